"""What is committed comes back: by a manifest, by the dataset, for every reader."""

import datetime as dt
import json
import os
import re
from pathlib import Path

import conftest
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
import trendgate


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_a_manifest_has_every_field_of_the_file(plant):
    manifest = plant[1]
    facts = json.loads(manifest.path.read_text(encoding="utf-8"))
    assert all(hasattr(manifest, name) for name in facts)
    typed = {"created_at", "time_baseline", "statistics", "files", "gaps", "schema", "changed_range"}
    beside = {"inputs", "kinds", "rebuilt_from", "superseded", "retracted", "conflicts"}
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    assert {name for name in facts if getattr(manifest, name) != said[name]} <= typed | beside
    assert manifest.statistics.total_rows == facts["statistics"]["total_rows"]
    assert [column.point for column in manifest.schema] == [column["point"] for column in facts["schema"]]
    assert [part.sha256 for part in manifest.parts] == [part["sha256"] for part in facts["files"]]
    assert manifest.created_at.tzinfo is dt.UTC
    schema = json.loads((conftest.ROOT / "schemas/manifest.schema.json").read_text(encoding="utf-8"))
    assert all(hasattr(manifest, name) for name in schema["properties"])


def test_a_scan_is_the_rows_of_the_parts(plant):
    manifest = plant[1]
    frame = manifest.scan().collect()
    tables = [pq.read_table(path, partitioning=None) for path in manifest.paths]
    table = pa.concat_tables(tables)
    assert frame.height == manifest.statistics.total_rows == table.num_rows
    assert frame.columns == ["timestamp", "quality_flags", *(column.name for column in manifest.points)]
    for name in frame.columns[1:]:
        assert frame[name].to_list() == table[name].to_pylist(), name
    assert frame.schema["timestamp"] == pl.Datetime("ns", "UTC")
    assert frame.schema["quality_flags"] == pl.List(pl.String)
    assert frame["timestamp"].is_sorted()
    assert trendgate.load_from_manifest(manifest.path).collect().equals(frame)
    assert pl.from_arrow(manifest.to_arrow()).equals(frame)


def test_arrow_says_point_unit_and_type(plant):
    field = plant[1].to_arrow().schema.field("plant_kwh")
    facts = {b"point": b"PLANT.KWH", b"unit": b"kWh", b"physical_type": b"energy_counter", b"aggregation": b"last"}
    assert field.metadata == facts


def test_duckdb_and_pandas_read_the_same_rows(plant):
    manifest = plant[1]
    frame = manifest.scan().collect()
    relation = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
    with duckdb.connect() as base:
        rows, total = base.execute(f"select count(*), sum(plant_kw) from {relation}", [list(map(str, manifest.paths))]).fetchone()
    assert (rows, total) == (frame.height, pytest.approx(frame["plant_kw"].sum(), rel=1e-12))
    assert manifest.to_arrow().to_pandas()["plant_kw"].sum() == pytest.approx(total, rel=1e-12)


def test_a_part_without_a_column_has_nulls_there(grown):
    data, first, second = grown
    frame = trendgate.Dataset(data).scan("S").collect()
    assert frame.columns == ["timestamp", "quality_flags", "a", "b"]
    january, march = frame.filter(pl.col("timestamp") < utc("2026-02-01")), frame.filter(pl.col("timestamp") > utc("2026-03-01"))
    assert january["a"].to_list() == [20.0 + row % 7 for row in range(96)]
    assert january["b"].null_count() == 96
    assert march["b"].to_list() == [20.0 + row % 7 for row in range(96)]
    assert march["a"].null_count() == 96
    assert pl.from_arrow(trendgate.Dataset(data).to_arrow("S")).equals(frame)
    assert first.scan().collect().columns == ["timestamp", "quality_flags", "a"]


def test_only_files_within_the_bounds_are_opened(grown):
    data, first, _second = grown
    dataset = trendgate.Dataset(data)
    (january,) = first.paths
    january.rename(january.with_suffix(".away"))
    assert dataset.scan("S", start="2026-02-01").collect().height == 96
    assert dataset.to_arrow("S", start="2026-02-01").num_rows == 96
    with pytest.raises(trendgate.DamagedError, match="is not there"):
        dataset.scan("S")


def test_bounds_take_the_start_and_leave_the_end(grown):
    dataset = trendgate.Dataset(grown[0])
    bounds = {"start": "2026-01-30T01:00Z", "end": dt.datetime(2026, 1, 30, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))}
    times = dataset.scan("S", **bounds).collect()["timestamp"].to_list()
    assert times == [utc("2026-01-30T01:00") + row * conftest.QUARTER for row in range(4)]
    assert dataset.to_arrow("S", **bounds)["timestamp"].to_pylist() == times
    assert dataset.scan("S", end=dt.date(2020, 1, 1)).collect().shape == (0, 4)
    assert dataset.to_arrow("S", end=dt.date(2020, 1, 1)).shape == (0, 4)


@pytest.mark.parametrize("start", ["2026-01-30T01:00", dt.datetime(2026, 1, 30), "yesterday"])
def test_a_time_without_a_zone_is_refused(grown, start):
    with pytest.raises(trendgate.UsageError, match="start: expected a time"):
        trendgate.Dataset(grown[0]).scan("S", start=start)


def test_earlier_versions_stay_readable(grown):
    data, first, second = grown
    dataset = trendgate.Dataset(data)
    assert dataset.sites() == ["S"]
    assert dataset.scan("S", version=1).collect().equals(first.scan().collect())
    assert [dataset.snapshot("S", as_of=one.created_at).version for one in (first, second)] == [1, 2]
    assert dataset.snapshot("S", as_of=second.created_at - dt.timedelta(microseconds=1)).version == 1
    assert dataset.snapshot("S").version == second.version == 2
    assert [manifest.batch_id for manifest in dataset.manifests("S", after=1)] == [second.batch_id]
    with pytest.raises(trendgate.UsageError, match="expected a version from 1 to 2, found 3"):
        dataset.scan("S", version=3)
    with pytest.raises(trendgate.UsageError, match="no site") as caught:
        dataset.scan("T")
    assert caught.value.hint == "it has S"


def test_a_whole_batch_is_valid_and_a_changed_byte_is_not(grown):
    data, first, _second = grown
    verified = first.validate()
    assert (verified.parts, verified.rows, verified.ok) == (1, 96, True)
    assert trendgate.verify(data).ok and trendgate.Dataset(data).verify("S").rows == 192
    (part,) = first.paths
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    with pytest.raises(trendgate.DamagedError, match=re.escape(part.name)) as caught:
        first.validate()
    assert len(caught.value.findings) == 1
    assert [finding.file.name for finding in trendgate.verify(data).findings] == [part.name]


def test_a_changed_byte_in_a_manifest_is_damage(grown):
    path = grown[1].path
    path.write_bytes(path.read_bytes().replace(b'"S"', b'"T"', 1))
    with pytest.raises(trendgate.DamagedError, match="checksum"):
        trendgate.Manifest.load(path)


def test_check_reports_what_breaks_the_contract(grown, tmp_path):
    _data, first, _second = grown
    assert [report.ok for report in trendgate.check(first.path)] == [True]
    frame = first.scan().collect()
    frame.with_columns(quality_flags=pl.concat_list(pl.lit("HOT"))).write_parquet(tmp_path / "odd.parquet")
    (report,) = trendgate.check(tmp_path / "odd.parquet")
    assert (report.ok, report.total, len(report.violations)) == (False, 96, 20)
    assert (report.violations[0].kind, report.violations[0].column, report.violations[0].row) == ("UnknownFlag", "quality_flags", 0)


def test_the_schema_of_a_scan_is_valid_for_every_reader(grown):
    manifest = grown[1]
    frame = manifest.scan()
    for right in (frame, frame.collect(), manifest.to_arrow(), manifest.to_arrow().schema):
        trendgate.validate_schema(right, manifest)


def test_flags_cast_to_numbers_are_a_type_error_that_names_both_types(grown):
    manifest = grown[1]
    wrong = manifest.scan().with_columns(pl.lit(0.0).alias("quality_flags"))
    with pytest.raises(TypeError) as caught:
        trendgate.validate_schema(wrong, manifest)
    assert isinstance(caught.value, trendgate.ContractViolationError)
    assert caught.value.message == 'TypeMismatch: column "quality_flags": expected list<string>, got float64'


@pytest.mark.parametrize(
    ("change", "kind", "got"),
    [
        (lambda f: f.drop("a"), "MissingColumn", "no such column"),
        (lambda f: f.with_columns(x=1.0), "UnexpectedColumn", "float64"),
        (lambda f: f.with_columns(pl.col("timestamp").dt.cast_time_unit("us")), "TypeMismatch", "timestamp[us, UTC]"),
        (lambda f: f.with_columns(pl.col("timestamp").dt.replace_time_zone(None)), "TypeMismatch", "timestamp[ns, no zone]"),
        (lambda f: f.with_columns(pl.col("a").cast(pl.Int64)), "TypeMismatch", "int64"),
    ],
)
def test_another_column_or_type_is_a_violation(grown, change, kind, got):
    manifest = grown[1]
    with pytest.raises(trendgate.ContractViolationError) as caught:
        trendgate.validate_schema(change(manifest.scan()), manifest)
    assert [(violation.kind, violation.got) for violation in caught.value.violations] == [(kind, got)]
    assert caught.value.total == 1
    assert isinstance(caught.value, TypeError) == (kind == "TypeMismatch")


def test_representations_say_what_matters(grown):
    data, first, _second = grown
    text = repr(first)
    assert text.startswith("Manifest S version 1, written 20")
    assert "rows   96, 2026-01-30T00:00:00Z .. 2026-01-30T23:45:00Z, every 15m" in text
    assert repr(trendgate.Dataset(data).snapshot("S")) == "Snapshot S version 2: 192 rows in 2 parts, 2 points"


def test_a_path_that_is_not_utf8_comes_back_as_os_has_it(tmp_path):
    name = os.fsdecode(b"\xb7\xc5\xab\xd7.csv")  # Big5
    conftest.write_report(tmp_path / "in" / name, ["A"], "2026-01-30T00:00", 96)
    manifest = trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    [entry] = manifest.inputs
    assert Path(entry["path"]).name == name and Path(entry["path"]).is_file()
    assert entry["path_bytes"]


OTHERS = {"output_base_dir": "plant/parts", "manifest_dir": "plant/m", "staging_dir": "plant/work"}


def test_a_dataset_of_other_names_is_found_by_its_folder_or_by_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = conftest.CONFIG | {"batch": OTHERS}
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    manifest = trendgate.run(config, "in")
    assert (tmp_path / "plant/parts/S").is_dir() and (tmp_path / "plant/trendgate.json").is_file()
    for dataset in (trendgate.Dataset("plant"), trendgate.Dataset(config=config)):
        assert (str(dataset.root), dataset.sites()) == ("plant", ["S"])
        assert dataset.scan("S").collect().equals(manifest.scan().collect())
        assert [one.batch_id for one in dataset.manifests("S")] == [manifest.batch_id]
        assert dataset.verify().rows == 96
    assert trendgate.verify("plant").ok and trendgate.verify(config=config).ok
    usual = {field: f"plant/{name}" for field, name in zip(OTHERS, ("processed", "manifests", ".staging"), strict=True)}
    other = conftest.CONFIG | {"batch": usual}
    for wrong in (lambda: trendgate.Dataset(config=other), lambda: trendgate.run(other, "in")):
        with pytest.raises(trendgate.ConfigError, match='the dataset has the folders processed "parts"'):
            wrong()


def test_a_folder_that_is_no_dataset_or_no_file_is_said(tmp_path):
    with pytest.raises(trendgate.UsageError, match="there is no dataset in this folder"):
        trendgate.Dataset(tmp_path).sites()
    with pytest.raises(trendgate.UsageError, match="no such folder"):
        trendgate.verify(tmp_path / "nowhere")
    for look in (trendgate.check, trendgate.Manifest.load):
        with pytest.raises(trendgate.UsageError, match="expected a file, found a folder"):
            look(tmp_path)


def test_a_part_that_is_gone_is_damage_and_a_file_that_is_not_there(grown):
    snapshot = trendgate.Dataset(grown[0]).snapshot("S")
    snapshot.paths[0].unlink()
    with pytest.raises(FileNotFoundError) as caught:
        snapshot.scan()
    assert type(caught.value) is trendgate.MissingFileError
    assert isinstance(caught.value, trendgate.DamagedError)
    assert (caught.value.filename, caught.value.errno) == (str(snapshot.paths[0]), 2)


def test_a_part_that_is_gone_because_its_version_has_expired_is_no_damage(grown):
    data, first, _second = grown
    dataset = trendgate.Dataset(data)
    old = dataset.snapshot("S", version=1)
    # As a collection does: the mark first, then the part.
    record = data / "manifests/.log/S" / f"{1:020}.expired"
    record.touch()
    first.paths[0].unlink()
    for gone in (old, first):
        with pytest.raises(trendgate.UsageError, match="version 1 of S has expired"):
            gone.scan()


def read_by_dask(paths):
    import dask.dataframe

    return dask.dataframe.read_parquet(paths).columns


READERS = {
    "DuckDB, `read_parquet` in SQL": lambda paths: duckdb.sql("select * from read_parquet(?)", params=[paths]).columns,
    "Polars `scan_parquet`, `read_parquet`": lambda paths: pl.read_parquet(paths).columns,
    "pandas `read_parquet(paths)`": lambda paths: pd.read_parquet(paths).columns,
    "pyarrow `parquet.read_table(paths)`": lambda paths: pq.read_table(paths).column_names,
    "pyarrow `dataset.dataset(paths)`": lambda paths: pyarrow.dataset.dataset(paths).to_table().column_names,
    "dask `dataframe.read_parquet(paths)`": read_by_dask,
}


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_makes_of_a_column_that_came_later_what_the_page_says(grown, reader):
    page = (conftest.ROOT / "docs/batch_to_feature_engineer_interface.md").read_text(encoding="utf-8")
    [(later, folders)] = re.findall(rf"^\| {re.escape(reader)} \| (.*) \| (.*) \|$", page, re.MULTILINE)
    paths = [str(path) for path in trendgate.Dataset(grown[0]).snapshot("S").paths]
    if later.startswith("refused"):
        with pytest.raises(pl.exceptions.SchemaError):
            READERS[reader](paths)
        return
    columns = list(READERS[reader](paths))
    assert ("b" not in columns) == later.startswith("is lost")
    assert ({"year", "month"} <= set(columns)) == folders.startswith("are added")
