"""The dataset in the hands of other readers, and the manifest by its own documentation."""

import hashlib
import json
import re

import duckdb
import jsonschema
import polars
import pyarrow
import pyarrow.parquet as pq

from conftest import ROOT


def test_the_parquet_types_are_those_of_the_contract(batch):
    for part in batch.parts:
        file = pq.ParquetFile(part)
        timestamp = file.schema.column(0)
        assert timestamp.name == "timestamp"
        assert timestamp.physical_type == "INT64"
        logical = json.loads(timestamp.logical_type.to_json())
        assert (logical["Type"], logical["timeUnit"], logical["isAdjustedToUTC"]) == ("Timestamp", "nanoseconds", True)
        schema = file.schema_arrow
        assert schema.field("timestamp").type == pyarrow.timestamp("ns", "UTC")
        assert schema.field("quality_flags").type == pyarrow.list_(pyarrow.string())
        assert all(field.type == pyarrow.float64() for field in list(schema)[2:])
        assert [field.name for field in list(schema)[2:]] == sorted(field.name for field in list(schema)[2:])
        metadata = {key.decode(): value.decode() for key, value in file.metadata.metadata.items()}
        assert metadata["batch_id"] == batch.manifest["batch_id"]
        assert metadata["site_id"] == batch.manifest["site_id"]
        assert metadata["schema_hash"] == batch.manifest["schema_hash"]
        assert metadata["trendgate_version"] == batch.manifest["trendgate_version"]
        columns = {column["name"]: column for column in batch.manifest["schema"]}
        assert set(columns) == set(schema.names)
        for field in list(schema)[2:]:
            column = columns[field.name]
            known = {key.decode(): value.decode() for key, value in field.metadata.items()}
            assert known["point"] == column["point"]
            assert known.get("unit") == column.get("unit")
            assert known.get("physical_type") == column.get("physical_type")


def test_polars_pyarrow_and_duckdb_see_the_same_rows(batch):
    rows = batch.manifest["statistics"]["total_rows"]
    paths = [str(part) for part in batch.parts]
    table = batch.table()
    assert table.num_rows == rows
    assert table["quality_flags"].null_count == 0
    frame = polars.scan_parquet(paths, hive_partitioning=False).collect()
    assert frame.height == rows
    assert frame.schema["timestamp"] == polars.Datetime("ns", "UTC")
    assert frame.schema["quality_flags"] == polars.List(polars.String)
    assert frame["quality_flags"].null_count() == 0
    duck = duckdb.sql(f"select * from read_parquet({paths}, hive_partitioning=false)")
    assert duck.types[:2] == ["TIMESTAMP WITH TIME ZONE", "VARCHAR[]"] or str(duck.types[0]).startswith("TIMESTAMP")
    numbers = sum(frame[name].len() - frame[name].null_count() for name in frame.columns[2:])
    counts = ", ".join(f'count("{name}")' for name in frame.columns[2:])
    assert sum(duckdb.sql(f"select {counts} from duck").fetchall()[0]) == numbers
    values = sum(point["values"] for point in batch.manifest["statistics"]["points"].values())
    assert values == numbers


def test_the_manifest_counts_what_is_on_disk(batch):
    manifest = batch.manifest
    on_disk = {path.resolve() for path in (batch.data / "processed").rglob("*") if path.is_file()}
    assert on_disk == {part.resolve() for part in batch.parts}
    for entry, path in zip(manifest["files"], batch.parts):
        assert entry["path"] == manifest["output_files"][manifest["files"].index(entry)]
        content = path.read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == "sha256:" + hashlib.sha256(content).hexdigest()
        assert entry["rows"] == pq.read_metadata(path).num_rows
    for entry in manifest["inputs"]:
        content = (batch.sources / entry["path"].rsplit("/")[-1]).read_bytes()
        assert entry["sha256"] == "sha256:" + hashlib.sha256(content).hexdigest()
    cells = dict(manifest["cells"])
    assert cells.pop("input") == sum(cells.values())


def test_the_checksum_is_that_of_the_documentation(batch):
    content = batch.manifest_path.read_bytes()
    checksum = batch.manifest["checksum"].removeprefix("sha256:")
    zeroed = content.replace(checksum.encode(), b"0" * 64)
    assert hashlib.sha256(zeroed).hexdigest() == checksum
    log = batch.data / "manifests" / ".log" / batch.manifest["site_id"] / f"{1:020}.json"
    assert log.read_bytes() == content


def test_the_manifest_meets_its_json_schema(batch):
    schema = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text())
    jsonschema.validate(batch.manifest, schema)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", batch.manifest["batch_id"])


def test_the_configuration_of_the_example_meets_its_json_schema():
    schema = json.loads((ROOT / "schemas" / "config.schema.json").read_text())
    points = {"PLANT.KWH": {"physical_type": "energy_counter", "unit": "kWh"}}
    jsonschema.validate({"cleaner": {"site_id": "A", "resample_interval": "15m", "points": points}}, schema)
    for wrong in ({"cleaner": {"site": "A"}}, {"batch": {"compression": "gzip"}}):
        try:
            jsonschema.validate(wrong, schema)
        except jsonschema.ValidationError:
            continue
        raise AssertionError(f"{wrong} was accepted")
