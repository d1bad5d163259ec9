"""What `scan` reads by its options, every other reader reads, too; of several sites, of columns that came later, of other units."""

import datetime as dt
import os
import subprocess
import warnings

import conftest
import duckdb
import flagged
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st


def committed(folder, site, points, start, rows, **batch):
    """One more report of a site."""
    config = {"cleaner": conftest.CONFIG["cleaner"] | {"site_id": site}, "batch": batch}
    conftest.write_report(folder / site / f"{start}.csv", points, start, rows)
    return trendgate.run(config, folder / site, data_dir=folder / "data")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A site S with flags and a point that came in February, a site T that has other points and counts microseconds, and a site U that shares one."""
    folder = tmp_path_factory.mktemp("options")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flagged.commit(folder, flagged.rows(200))
        (folder / "in/later.csv").write_text(
            conftest.report(["D"], [[dt.datetime(2026, 2, 3) + row * conftest.QUARTER, 7.0] for row in range(20)]),
            encoding="utf-8",
            newline="",
        )
        trendgate.run(flagged.CONFIG, folder / "in", data_dir=folder / "data")
        committed(folder, "T", ["X", "A"], "2026-01-31T22:00", 30, timestamp_unit="us")
        committed(folder, "U", ["A"], "2026-01-31T22:00", 30)
    return trendgate.Dataset(folder / "data")


BOUNDS = [None, "2026-01-29", "2026-01-30T03:00Z", "2026-01-31T23:10Z", "2026-02-02", "2026-03-01", "2030-01-01"]
OPTIONS = st.fixed_dictionaries(
    {
        "site": st.sampled_from(["S", "T", ["S"], ["T", "S"], ["U", "S", "T"]]),
        "start": st.sampled_from(BOUNDS),
        "end": st.sampled_from(BOUNDS),
        "columns": st.none() | st.lists(st.sampled_from(["a", "quality_flags", "timestamp"]), max_size=3),
        "mask": st.sampled_from([(), ["FROZEN"], ["OUTLIER", "rule:coverage"]]),
        "as_known": st.booleans(),
        "delay": st.sampled_from([dt.timedelta(0), "1h"]),
        "flags": st.sampled_from(["list", "columns", "bits"]),
        "drop_dead": st.booleans(),
        "time_unit": st.sampled_from([None, "ns", "us", "ms"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(options=OPTIONS)
def test_every_reader_gives_the_rows_of_the_scan(dataset, options):
    frame = dataset.scan(**options).collect()
    table = dataset.to_arrow(**options)
    assert pl.from_arrow(table).equals(frame) and pl.from_arrow(table).schema == frame.schema
    assert table.column_names == frame.columns
    kinds = {"quality_flags": pa.uint32() if options["flags"] == "bits" else pa.list_(pa.string()), "a": pa.float64()}
    for field in table.schema:
        assert field.type == kinds.get(field.name, field.type)
        assert field.nullable == (field.name not in ("timestamp", "site_id", "quality_flags") and "flag:" not in field.name)
    with_index = dataset.to_pandas(**options)
    assert with_index.index.name == "timestamp" and list(with_index.columns) == [name for name in frame.columns if name != "timestamp"]
    again = pl.from_arrow(pa.Table.from_pandas(with_index.reset_index()))
    for name in frame.columns:
        found = again[name].to_list() if again[name].dtype != pl.Float64 else again[name].fill_nan(None).to_list()
        assert found == frame[name].to_list(), name
    with duckdb.connect() as base:
        relation = dataset.to_duckdb(**options, connection=base)
        assert relation.columns == frame.columns
        from_duckdb = relation.to_arrow_table() if hasattr(relation, "to_arrow_table") else relation.arrow()
        for name in frame.columns[1 if isinstance(options["site"], str) else 2 :]:
            assert from_duckdb[name].to_pylist() == frame[name].to_list(), name


def test_columns_are_read_in_the_order_that_is_asked_for(dataset):
    assert dataset.scan("S", columns=["c", "a"]).collect_schema().names() == ["timestamp", "c", "a"]
    assert dataset.scan("S", columns=["d", "quality_flags", "d"]).collect_schema().names() == ["timestamp", "d", "quality_flags"]
    assert dataset.scan("S", columns=[]).collect().width == 1
    one = dataset.scan("S", columns=["flag:FROZEN", "a"], flags="columns").collect()
    assert one.columns == ["timestamp", "flag:FROZEN", "a"] and one["flag:FROZEN"].any()
    with pytest.raises(KeyError, match="there is no column 'aa'") as caught:
        dataset.scan("S", columns=["aa"])
    assert isinstance(caught.value, trendgate.UnknownColumnError) and caught.value.hint == "did you mean a?"
    with pytest.raises(trendgate.UsageError, match="expected a list of names, found the text 'a'"):
        dataset.to_arrow("S", columns="a")
    with pytest.raises(KeyError, match="there is no column 'flag:FROZEN'"):
        dataset.to_pandas("S", columns=["flag:FROZEN"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"flags": "rows"}, "flags: expected one of 'list', 'columns', 'bits', found 'rows'"),
        ({"time_unit": "s"}, "time_unit: expected one of None, 'ns', 'us', 'ms', found 's'"),
        ({"delay": "soon"}, "delay: expected a length of time such as 15m, 24h or 7d, found 'soon'"),
        ({"delay": dt.timedelta(-1)}, "delay: expected a length of time of at least 0"),
        ({"site": []}, "expected a site, found an empty list"),
        ({"site": ["S", "T"], "version": 1}, "sites count their versions by themselves"),
    ],
)
def test_what_cannot_be_meant_is_refused(dataset, options, said):
    for read in (dataset.scan, dataset.to_arrow):
        with pytest.raises(trendgate.UsageError, match=said):
            read(**{"site": "S"} | options)


def test_rows_of_several_sites_are_by_site_and_by_time_with_the_columns_of_all(dataset):
    frame = dataset.scan(["U", "S", "T"]).collect()
    assert frame.columns == ["site_id", "timestamp", "quality_flags", "a", "b", "c", "d", "x"]
    assert frame.schema["timestamp"] == pl.Datetime("ns", "UTC")
    assert frame["site_id"].unique(maintain_order=True).to_list() == ["S", "T", "U"]
    for site in ("S", "T", "U"):
        mine, alone = frame.filter(site_id=site), dataset.scan(site, time_unit="ns").collect()
        assert mine.select(alone.columns).equals(alone)
        assert all(mine[name].null_count() == mine.height for name in frame.columns[3:] if name not in alone.columns)
    table = dataset.to_arrow(["S", "T"], columns=["x"])
    assert [one["site_id"] for one in eval(table.schema.metadata[b"sites"])] == ["S", "T"]
    assert dataset.scan(["S", "T"], as_of="2100-01-01").collect().height == table.num_rows


def test_a_site_of_microseconds_is_read_in_any_unit(dataset):
    assert dataset.scan("T").collect_schema()["timestamp"] == pl.Datetime("us", "UTC")
    for unit in ("ns", "us", "ms"):
        times = dataset.scan("T", time_unit=unit).collect()["timestamp"]
        assert times.dtype == pl.Datetime(unit, "UTC") and times.dt.epoch("ms").to_list()[:2] == [1769896800000, 1769897700000]
    known = dataset.scan("T", as_known=True, mask=trendgate.FLAGS).collect()
    assert known.schema["timestamp"] == pl.Datetime("us", "UTC") and known.height == 30


def test_points_without_any_value_are_left_out_if_asked(tmp_path):
    dead = lambda row, place: "No Data" if place else 20.0 + row % 7
    conftest.write_report(tmp_path / "in/a.csv", ["A", "B"], "2026-01-30T00:00", 96, dead)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    dataset = trendgate.Dataset(tmp_path / "data")
    assert dataset.scan("S").collect_schema().names() == ["timestamp", "quality_flags", "a", "b"]
    assert dataset.scan("S", drop_dead=True).collect_schema().names() == ["timestamp", "quality_flags", "a"]
    assert dataset.to_arrow("S", drop_dead=True, end="2020-01-01").column_names == ["timestamp", "quality_flags", "a"]
    assert dataset.dictionary("S")["dead"].to_list() == [False, True]


def test_a_version_is_read_with_the_columns_and_the_evidence_that_it_had(dataset):
    first = dataset.scan("S", version=1, mask=["FROZEN"]).collect()
    assert first.columns == ["timestamp", "quality_flags", "a", "b", "c"]
    assert dataset.snapshot("S", version=1).scan(mask=["FROZEN"]).collect().equals(first)
    [manifest, later] = dataset.manifests("S")
    assert manifest.scan(mask=["FROZEN"]).collect().equals(first)
    assert later.scan(mask=["FROZEN"]).collect()["d"].count() == 20
    with pytest.raises(KeyError, match="there is no column 'd'"):
        dataset.scan("S", version=1, columns=["d"])


def test_files_beyond_the_bounds_are_not_opened_neither_parts_nor_evidence(tmp_path):
    flagged.commit(tmp_path, flagged.rows(400))
    dataset = trendgate.Dataset(tmp_path / "data")
    snapshot = dataset.snapshot("S")
    january, february = snapshot.evidence_paths
    whole = dataset.scan("S", "2026-02-01", mask=trendgate.FLAGS, as_known=True).collect()
    for gone in (january, snapshot.paths[0]):
        gone.rename(gone.with_suffix(".away"))
    assert dataset.scan("S", "2026-02-01", mask=trendgate.FLAGS, as_known=True).collect().equals(whole)
    assert dataset.evidence("S", "2026-02-01").collect().height > 0
    assert dataset.to_pandas("S", "2026-02-01", mask=trendgate.FLAGS, columns=["a"]).shape == (whole.height, 1)
    with pytest.raises(trendgate.DamagedError, match="is not there"):
        dataset.evidence("S")
    february.rename(february.with_suffix(".away"))
    # Evidence is of no concern to who neither masks nor asks what was known.
    assert dataset.scan("S", "2026-02-01").collect().height == whole.height


def test_a_frame_of_pandas_says_units_and_what_was_read(plant):
    data, manifest = plant
    frame = trendgate.Dataset(data).to_pandas("PLANT01", columns=["plant_kw", "plant_kwh"])
    assert frame.attrs["units"] == {"plant_kw": "kW", "plant_kwh": "kWh"}
    assert frame.attrs["physical_types"] == {"plant_kw": "power", "plant_kwh": "energy_counter"}
    assert frame.attrs["fingerprint"] == manifest.fingerprint
    assert isinstance(frame.index, pd.DatetimeIndex) and str(frame.index.tz) == "UTC"


def test_evidence_comes_by_range_column_and_site(dataset):
    whole = dataset.evidence("S").collect()
    assert whole.columns == ["timestamp", "column", "flag", "rule", "value", "limit_low", "limit_high", "known_at"]
    paths = dataset.snapshot("S").evidence_paths
    assert whole.equals(pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in paths]))
    part = dataset.evidence("S", "2026-01-30T06:00Z", "2026-01-31", ["b"]).collect()
    time = pl.col("timestamp").is_between(pl.lit("2026-01-30T06:00").str.to_datetime(time_zone="UTC"), dt.datetime(2026, 1, 31, tzinfo=dt.UTC), closed="left")
    assert part.equals(whole.filter(time & ((pl.col("column") == "b") | pl.col("column").is_null())))
    assert set(part["column"]) == {"b", None}
    several = dataset.evidence(["T", "S"]).collect()
    assert several.columns[:2] == ["site_id", "timestamp"] and set(several["site_id"]) >= {"S"}
    with pytest.raises(KeyError, match="there is no column 'z'"):
        dataset.evidence("S", columns=["z"])


def test_one_column_of_one_month_reads_a_small_part_of_the_bytes(tmp_path):
    """What is read does not grow with the dataset but with the month: by the pages of the files that are in memory afterwards."""
    if int(pl.__version__.partition(".")[0]) < 2:
        pytest.skip("earlier Polars asks the system for the whole of each file")
    points = [f"P{place:03}" for place in range(120)]
    noise = lambda row, place: round((row * 7919 + place * 104729) % 9973 / 7, 3)
    for month in (1, 2, 3):
        conftest.write_report(tmp_path / f"in/{month}.csv", points, f"2026-{month:02}-01T00:00", 2600, noise)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    files = [*(tmp_path / "data/processed").rglob("*.parquet"), *(tmp_path / "data/evidence").rglob("*.parquet")]

    def in_memory():
        words = ["fincore", "--bytes", "--noheadings", "--output", "RES", *map(str, files)]
        return sum(map(int, subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()))

    for file in files:
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if in_memory():
        pytest.skip("the file system keeps pages that nobody needs")
    dataset = trendgate.Dataset(tmp_path / "data")
    frame = dataset.scan("S", "2026-02-01", "2026-03-01", columns=["p007"], mask=["OUTLIER"]).collect()
    assert in_memory() < min(1_000_000, sum(file.stat().st_size for file in files) / 10)
    assert frame.shape == (2688, 2) and frame["p007"][1] == pytest.approx(noise(1, 7))
