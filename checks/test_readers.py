"""Readers that are not ours find in the files what the manifest says, in the types of the contract."""

import hashlib
import json
import re
import uuid
from pathlib import PurePath

import conftest
import duckdb
import jsonschema
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from blake3 import blake3

OWN = ("timestamp", "quality_flags")


def complaints(schema, document):
    """What a validator of the JSON Schema says of a document."""
    schema = json.loads((conftest.ROOT / "schemas" / schema).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return [f"{error.json_path}: {error.message}" for error in validator(schema).iter_errors(document)]


def test_the_manifest_obeys_its_schema(any_dataset):
    assert complaints("manifest.schema.json", any_dataset.manifest) == []
    without = {key: value for key, value in any_dataset.manifest.items() if key != "checksum"}
    assert len(complaints("manifest.schema.json", without)) == 1


def test_the_configuration_obeys_its_schema():
    config = yaml.safe_load(conftest.CONFIG.read_text(encoding="utf-8"))
    assert complaints("config.schema.json", config) == []
    for wrong in ({"cleaner": {"site": "A"}}, {"batch": {"compression": "gzip"}}, {"batches": {}}):
        assert len(complaints("config.schema.json", wrong)) == 1, wrong


def test_the_batch_is_known_by_a_uuid_and_digests(any_dataset):
    manifest = any_dataset.manifest
    assert str(uuid.UUID(manifest["batch_id"])) == manifest["batch_id"]
    for key in ("checksum", "schema_hash", "config_digest"):
        assert re.fullmatch("sha256:[0-9a-f]{64}", manifest[key]), key


def test_the_public_manifest_is_the_record_in_the_log(any_dataset):
    log = any_dataset.folder / "manifests/.log" / any_dataset.manifest["site_id"]
    (record,) = log.glob("*.json")
    assert int(record.stem) == 1
    assert record.read_bytes() == any_dataset.manifest_path.read_bytes()


def test_nothing_is_published_but_the_parts(any_dataset):
    published = (any_dataset.folder / "processed").rglob("*")
    assert {p.resolve() for p in published if p.is_file()} == {p.resolve() for p in any_dataset.parts}


def test_the_inputs_are_the_bytes_that_the_manifest_names(any_dataset):
    manifest = any_dataset.manifest
    taken = [entry for entry in manifest["inputs"] if entry["status"] == "accepted"]
    assert len(taken) == manifest["input_files_count"]
    for entry in taken:
        content = (any_dataset.sources / PurePath(entry["path"]).name).read_bytes()
        assert len(content) == entry["bytes"]
        assert "blake3:" + blake3(content).hexdigest() == entry["digest"]


def test_the_checksum_is_that_of_the_manifest_with_zeros_in_its_place(any_dataset):
    text = any_dataset.manifest_path.read_bytes()
    digits = any_dataset.manifest["checksum"].removeprefix("sha256:").encode()
    assert re.fullmatch(rb"[0-9a-f]{64}", digits)
    assert text.count(digits) == 1
    zeroed = text.replace(digits, b"0" * 64)
    assert hashlib.sha256(zeroed).hexdigest().encode() == digits


def test_the_parts_are_the_bytes_that_the_manifest_names(any_dataset):
    files = any_dataset.manifest["files"]
    assert [file["path"] for file in files] == any_dataset.manifest["output_files"]
    for file, part in zip(files, any_dataset.parts, strict=True):
        content = part.read_bytes()
        assert len(content) == file["bytes"]
        assert "sha256:" + hashlib.sha256(content).hexdigest() == file["sha256"]


def test_counts_are_those_of_the_manifest_in_every_reader(any_dataset):
    statistics, paths = any_dataset.manifest["statistics"], [str(p) for p in any_dataset.parts]
    tables = [pq.read_table(path, partitioning=None) for path in paths]
    assert [t.num_rows for t in tables] == [f["rows"] for f in any_dataset.manifest["files"]]
    frames = [pl.read_parquet(path, hive_partitioning=False) for path in paths]
    relation = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
    with duckdb.connect() as base:
        (by_duckdb,) = base.execute(f"select count(*) from {relation}", [paths]).fetchone()
        by_flag = dict(
            base.execute(
                f"select flag, count(*) from (select unnest(quality_flags) flag from {relation}) group by flag",
                [paths],
            ).fetchall()
        )
    assert statistics["total_rows"] == by_duckdb
    assert statistics["total_rows"] == sum(t.num_rows for t in tables) == sum(f.height for f in frames)
    expected = {flag: n for flag, n in statistics["quality_flags_distribution"].items() if n}
    assert by_flag == expected


def test_polars_duckdb_and_pyarrow_read_the_same_values(any_dataset):
    for path in map(str, any_dataset.parts):
        table = pq.read_table(path, partitioning=None)
        frame = pl.read_parquet(path, hive_partitioning=False)
        assert frame.columns == table.column_names
        assert frame.schema["timestamp"] == pl.Datetime("ns", "UTC")
        assert frame.schema["quality_flags"] == pl.List(pl.String)
        points = [name for name in table.column_names if name not in OWN]
        assert all(frame.schema[name] == pl.Float64 for name in points)
        for name in [*points, "quality_flags"]:
            assert frame[name].to_list() == table[name].to_pylist(), name
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in points)
        with duckdb.connect() as base:
            found = base.execute(
                f"select {quoted} from read_parquet(?, hive_partitioning = false) order by timestamp", [path]
            ).fetchall()
        assert found == list(zip(*(table[name].to_pylist() for name in points), strict=True))


def test_files_are_of_the_types_of_the_contract(any_dataset):
    for path in any_dataset.parts:
        file = pq.ParquetFile(path)
        timestamp = next(c for c in map(file.schema.column, range(len(file.schema))) if c.path == "timestamp")
        assert timestamp.physical_type == "INT64"
        logical = json.loads(timestamp.logical_type.to_json())
        assert (logical["Type"], logical["isAdjustedToUTC"], logical["timeUnit"]) == ("Timestamp", True, "nanoseconds")
        schema = file.schema_arrow
        assert schema.names[:2] == ["timestamp", "quality_flags"]
        assert schema.names[2:] == sorted(schema.names[2:])
        assert schema.field("timestamp").type == pa.timestamp("ns", "UTC")
        flags = schema.field("quality_flags").type
        assert pa.types.is_list(flags) and pa.types.is_string(flags.value_type)
        assert all(schema.field(name).type == pa.float64() for name in schema.names[2:])


def test_rows_are_in_order_of_their_month_and_have_flags_without_nulls(any_dataset):
    before = None
    for path in any_dataset.parts:
        table = pq.read_table(path, partitioning=None)
        assert table["timestamp"].null_count == table["quality_flags"].null_count == 0
        assert all(flag is not None for flags in table["quality_flags"].to_pylist() for flag in flags)
        nanos = table["timestamp"].cast("int64").to_pylist()
        assert nanos and nanos == sorted(set(nanos))
        assert before is None or before < nanos[0]
        before = nanos[-1]
        months = {(t.year, t.month) for t in pl.read_parquet(path, hive_partitioning=False)["timestamp"].dt.date()}
        year, month = (part.partition("=")[2] for part in path.parent.parts[-2:])
        assert months == {(int(year), int(month))}


def metadata(part, column):
    found = pq.ParquetFile(part).schema_arrow.field(column).metadata or {}
    return {key.decode(): value.decode() for key, value in found.items()}


def test_columns_say_which_point_they_are(plant):
    for part in plant.parts:
        found = metadata(part, "plant_kwh")
        found = {key: found.get(key) for key in ("point", "unit", "physical_type", "aggregation")}
        assert found == {
            "point": "PLANT.KWH",
            "unit": "kWh",
            "physical_type": "energy_counter",
            "aggregation": "last",
        }
        assert metadata(part, "chp_1_st")["aggregation"] == "max"
        assert metadata(part, "chw_main_t")["point"] == "冰水主管溫度"
        names = pq.ParquetFile(part).schema_arrow.names
        assert all(metadata(part, name).get("point") for name in names if name not in OWN)


def test_files_say_where_they_come_from(any_dataset):
    for part in any_dataset.parts:
        found = {key.decode(): value.decode() for key, value in pq.read_metadata(part).metadata.items()}
        manifest = any_dataset.manifest
        for key in ("site_id", "schema_hash"):
            assert found.get(key) == manifest[key], key
        assert found.get("trendgate_version") == manifest["trendgate_version"]
        assert "batch_id" not in found, "the bytes of a part do not hang on its batch"
