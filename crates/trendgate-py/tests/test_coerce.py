"""Frames in whatever types their library has: what no value changes by is changed and said, what would lose a bit is refused."""

import datetime as dt
import decimal
import warnings

import conftest
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st

START = dt.datetime(2026, 1, 31, 23, tzinfo=dt.UTC)
CONFIG = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "1h", "points": {"CH1.CHST": {"name": "supply"}}}}


def times(bins, unit="ns", zone="UTC"):
    series = pl.Series([START + place * conftest.QUARTER for place in bins], dtype=pl.Datetime(unit, "UTC"))
    return series.dt.convert_time_zone(zone) if zone else series.dt.replace_time_zone(None)


def committed(folder):
    return trendgate.Dataset(folder / "data").scan("S").collect()


def reasons(folder):
    return pl.concat([pl.read_parquet(path) for path in trendgate.Dataset(folder / "data").snapshot("S").evidence_paths])


def added(folder, frame, **how):
    with trendgate.Batch(CONFIG, data_dir=folder / "data") as batch:
        return batch.add(frame, source="a.csv", **({"coerce": True} | how))


def test_every_type_of_times_and_numbers_becomes_that_of_the_dataset_and_is_counted(tmp_path):
    frame = pl.DataFrame(
        {
            "Timestamp": times(range(3), "ms", "Asia/Taipei"),
            "I": pl.Series([1, None, 2**53], dtype=pl.Int64),
            "U": pl.Series([1, 2, 3], dtype=pl.UInt8),
            "F": pl.Series([0.1, None, 2.5], dtype=pl.Float32),
            "B": pl.Series([True, False, None]),
            "D": pl.Series([decimal.Decimal("0.1"), None, decimal.Decimal("-12.25")], dtype=pl.Decimal(10, 2)),
            "CH1.CHST": pl.Series([7.0, 7.1, 7.2]),
        }
    )
    found = added(tmp_path, frame)
    assert found.coerced == {
        "time_unit": 3, "time_zone": 3, "names": 7, "no_flags": 3, "integers": 5, "small_floats": 2, "booleans": 2, "decimals": 2,
    }  # fmt: skip
    rows = committed(tmp_path)
    assert rows["timestamp"].to_list() == [START + place * conftest.QUARTER for place in range(3)]
    assert rows["quality_flags"].to_list() == [[], [], []]
    cells = {name: rows[name].to_list() for name in rows.columns[2:]}
    assert cells == {
        "b": [1.0, 0.0, None],
        "d": [0.1, None, -12.25],
        "f": [float(np.float32(0.1)), None, 2.5],
        "i": [1.0, None, 2.0**53],
        "supply": [7.0, 7.1, 7.2],
        "u": [1.0, 2.0, 3.0],
    }


def test_nan_is_null_without_a_flag_whatever_library_it_comes_from(tmp_path):
    cells = [1.0, float("nan"), 3.0]
    stamps = times(range(3))
    of_pandas = pd.DataFrame({"timestamp": stamps.to_pandas(), "a": pd.Series(cells)})
    of_pandas_na = pd.DataFrame({"timestamp": stamps.to_pandas(), "a": pd.Series([1.0, pd.NA, 3.0], dtype="Float64")})
    kinds = {
        "polars": pl.DataFrame({"timestamp": stamps, "a": cells}),
        "numpy": pa.table({"timestamp": pl.DataFrame({"t": stamps}).to_arrow()["t"], "a": pa.array(np.array(cells))}),
        "pandas": of_pandas,
        "pandas_na": of_pandas_na,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {name: added(tmp_path / name, frame) for name, frame in kinds.items()}
    rows = {name: committed(tmp_path / name) for name in kinds}
    assert rows["polars"]["a"].to_list() == [1.0, None, 3.0]
    assert rows["polars"]["quality_flags"].to_list() == [[], [], []]
    assert all(frame.equals(rows["polars"]) for frame in rows.values())
    assert len({one.digest for one in found.values()}) == 1
    assert found["polars"].coerced["nans"] == found["numpy"].coerced["nans"] == 1


def test_nan_is_null_without_a_flag_without_coercion_too(tmp_path):
    frame = pl.DataFrame(
        {"timestamp": times(range(2)), "quality_flags": pl.Series([[], []], dtype=pl.List(pl.String)), "a": [float("nan"), 1.0]}
    )
    added(tmp_path, frame, coerce=False)
    assert committed(tmp_path)["a"].to_list() == [None, 1.0]
    assert committed(tmp_path)["quality_flags"].to_list() == [[], []]


@pytest.mark.filterwarnings("ignore")
def test_infinite_numbers_say_why_their_rows_are_outliers_without_coercion_too(tmp_path):
    flags = pl.Series([[], ["FROZEN"], []], dtype=pl.List(pl.String))
    frame = pl.DataFrame({"timestamp": times(range(3)), "quality_flags": flags, "a": [float("-inf"), 1e20, float("nan")], "b": [1.0] * 3})
    spike = pl.DataFrame({"timestamp": times([0]), "column": ["b"], "rule": ["SPIKE"]})
    with trendgate.Batch(CONFIG, data_dir=tmp_path / "data") as batch:
        found = batch.add(frame, source="a.csv", evidence=spike)
    assert (found.reasons, found.coerced) == (3, {})
    assert committed(tmp_path)["quality_flags"].to_list() == [["OUTLIER"], ["FROZEN", "OUTLIER"], []]
    why = reasons(tmp_path)
    assert why.select("column", "flag", "rule", "value", "limit_low").rows() == [
        ("a", "OUTLIER", "not_finite", float("-inf"), -1e20),
        ("b", None, "SPIKE", None, None),
        ("a", "OUTLIER", "not_finite", 1e20, -1e20),
    ]
    trendgate.rebuild(CONFIG, data_dir=tmp_path / "data")
    assert reasons(tmp_path).equals(why)
    assert trendgate.verify(tmp_path / "data").findings == ()


def test_infinite_and_extreme_numbers_are_null_and_outliers(tmp_path):
    frame = pl.DataFrame({"timestamp": times(range(4)), "a": [float("inf"), -1e20, float("nan"), 1.0]})
    with pytest.warns(UserWarning, match='2 cells of "a" are infinite'):
        added(tmp_path, frame)
    assert committed(tmp_path)["quality_flags"].to_list() == [["OUTLIER"], ["OUTLIER"], [], []]
    (file,) = (tmp_path / "data/evidence").rglob("*.parquet")
    why = pl.read_parquet(file)
    assert why.select("column", "flag", "rule", "value", "limit_high").rows() == [
        ("a", "OUTLIER", "not_finite", float("inf"), 1e20),
        ("a", "OUTLIER", "not_finite", -1e20, 1e20),
    ]
    assert why["known_at"].to_list() == [START + place * conftest.QUARTER for place in (1, 2)]


def test_rows_out_of_order_are_sorted_and_two_of_one_time_are_refused(tmp_path):
    frame = pl.DataFrame({"timestamp": times([2, 0, 1]), "a": [3.0, 1.0, 2.0]})
    assert added(tmp_path, frame).coerced["sorted"] == 3
    assert committed(tmp_path)["a"].to_list() == [1.0, 2.0, 3.0]
    with pytest.raises(trendgate.ContractViolationError) as caught:
        added(tmp_path, pl.DataFrame({"timestamp": times([5, 3, 5]), "a": [3.0, 1.0, 2.0]}))
    # The row is the one that it was before they were sorted.
    assert [(one.kind, one.row) for one in caught.value.violations] == [("Duplicate", 2)]
    off = pl.DataFrame({"timestamp": pl.Series([START + conftest.QUARTER, START + dt.timedelta(seconds=1), START]), "a": [1.0] * 3})
    found = trendgate.check_frame(off, CONFIG, coerce=True).violations
    assert [(one.kind, one.row) for one in found] == [("OffGrid", 1), ("OffGrid", 0)]
    with pytest.raises(trendgate.ContractViolationError) as caught:
        trendgate.clean(pl.DataFrame({"timestamp": times([10**6, 0]), "a": [1.0, 2.0]}), CONFIG, coerce=True)
    assert [(one.kind, one.row) for one in caught.value.violations] == [("Future", 0)]


def test_local_times_are_of_the_zone_that_is_said_and_doubtful_ones_are_refused_by_their_row(tmp_path):
    summer = pl.Series([dt.datetime(2026, 7, 1, 12), dt.datetime(2026, 7, 1, 12, 15)], dtype=pl.Datetime("us"))
    found = added(tmp_path, pl.DataFrame({"timestamp": summer, "a": [1.0, 2.0]}), tz="Europe/Berlin")
    assert found.coerced == {"time_unit": 2, "local_time": 2, "no_flags": 2}
    assert committed(tmp_path)["timestamp"][0] == dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)
    for moment, what in ((dt.datetime(2026, 3, 29, 2, 30), "never"), (dt.datetime(2025, 10, 26, 2, 30), "twice")):
        stamps = pl.Series([dt.datetime(2025, 1, 1), moment], dtype=pl.Datetime("us"))
        with pytest.raises(trendgate.ContractViolationError, match=what) as caught:
            added(tmp_path, pl.DataFrame({"timestamp": stamps, "a": [1.0, 2.0]}), tz="Europe/Berlin")
        assert [(one.kind, one.row) for one in caught.value.violations] == [("LocalTime", 1)]
    with pytest.raises(trendgate.TypeMismatchError, match='say whose clock the times are of: tz="Asia/Taipei"'):
        added(tmp_path, pl.DataFrame({"timestamp": summer, "a": [1.0, 2.0]}))


def test_numbers_that_float64_does_not_hold_are_refused_by_their_row(tmp_path):
    for cells in ([1, 2**53 + 1], [1, -(2**53) - 1], [1, 2**62]):
        with pytest.raises(trendgate.ContractViolationError) as caught:
            added(tmp_path, pl.DataFrame({"timestamp": times(range(2)), "Meter": cells}))
        assert [(one.kind, one.column, one.row) for one in caught.value.violations] == [("OutOfRange", "Meter", 1)]
    big = pl.Series([decimal.Decimal(1), decimal.Decimal(2**53) + decimal.Decimal("0.5")], dtype=pl.Decimal(30, 1))
    with pytest.raises(trendgate.ContractViolationError, match="OutOfRange"):
        added(tmp_path, pl.DataFrame({"timestamp": times(range(2)), "a": big}))


def test_two_columns_that_become_one_are_refused_with_both_names(tmp_path):
    frame = pl.DataFrame({"timestamp": times(range(1)), "CHST": [1.0], "chst ": [2.0]})
    with pytest.raises(trendgate.ContractViolationError, match='"chst", as "CHST" does'):
        added(tmp_path, frame)


def test_without_coercion_all_is_refused_and_the_error_says_what_would_do(tmp_path):
    flags = pl.Series([[], []], dtype=pl.List(pl.String))
    good = pl.DataFrame({"timestamp": times(range(2)), "quality_flags": flags, "a": [1.0, 2.0]})
    for bad in (
        good.with_columns(pl.col("timestamp").cast(pl.Datetime("us", "UTC"))),
        good.with_columns(pl.col("a").cast(pl.Float32)),
        good.with_columns(pl.col("a").cast(pl.Int32)),
        good.drop("quality_flags"),
        good.reverse(),
    ):
        with pytest.raises(trendgate.ContractViolationError, match="coerce=True"):
            added(tmp_path, bad, coerce=False)
    with pytest.raises(trendgate.UsageError, match="coerce=True alone"):
        added(tmp_path, good, coerce=False, tz="Asia/Taipei")
    with pytest.raises(trendgate.TypeMismatchError) as caught:
        added(tmp_path, good.with_columns(pl.lit("x").alias("a")))
    assert "coerce" not in str(caught.value)


def test_a_frame_is_checked_without_a_dataset(tmp_path):
    frame = pl.DataFrame({"timestamp": times([0, 1, 3], "us"), "a": pl.Series([1, 2, 3])})
    strict = trendgate.check_frame(frame)
    assert (strict.ok, strict.file, strict.findings["rows"]) == (False, None, 3)
    assert {one.kind for one in strict.violations} == {"TypeMismatch", "MissingColumn"}
    loose = trendgate.check_frame(frame, CONFIG, coerce=True)
    assert loose.ok and loose.coerced == {"time_unit": 3, "no_flags": 3, "integers": 3}
    assert (loose.findings["missing_bins"], loose.interval) == (1, 900_000_000_000)
    off = trendgate.check_frame(frame.with_columns(pl.col("timestamp").dt.offset_by("1s")), CONFIG, coerce=True)
    assert [one.kind for one in off.violations] == ["OffGrid"]
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(st.none() | st.integers(-(2**53), 2**53), min_size=1, max_size=12),
    unit=st.sampled_from(["ms", "us", "ns"]),
    zone=st.sampled_from(["UTC", "Asia/Taipei", "America/New_York"]),
    order=st.randoms(use_true_random=False),
)
def test_a_coerced_frame_is_the_frame_that_its_values_make(cells, unit, zone, order, tmp_path_factory):
    places = list(range(len(cells)))
    order.shuffle(places)
    frame = pl.DataFrame({"timestamp": times(places, unit, zone), "a": pl.Series([cells[place] for place in places], dtype=pl.Int64)})
    folder = tmp_path_factory.mktemp("coerced")
    added(folder, frame)
    rows = committed(folder)
    assert rows["a"].to_list() == [None if cell is None else float(cell) for cell in cells]
    assert rows["timestamp"].to_list() == [START + place * conftest.QUARTER for place in range(len(cells))]


SMALL = {
    "i8": pa.array([1, None], pa.int8()),
    "i64": pa.array([-(2**53), None], pa.int64()),
    "u64": pa.array([2**53, None], pa.uint64()),
    "f16": pa.array(np.array([1.5, np.nan], dtype=np.float16)),
    "f32": pa.array(np.array([0.1, np.nan], dtype=np.float32)),
    "bool": pa.array([None, False, True, None])[2:],
    "d32": pa.array([decimal.Decimal("1.5"), None]).cast(pa.decimal32(5, 1)),
    "d128": pa.array([decimal.Decimal("1500"), None], pa.decimal128(5, -2)),
    "d256": pa.array([decimal.Decimal("0.1"), None], pa.decimal256(50, 3)),
    "codes": pa.array([7, None], pa.int32()).dictionary_encode(),
    "codes_nan": pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array([2.5, float("nan")])),
    "empty": pa.nulls(2),
}
VALUES = {
    "i8": 1.0, "i64": -(2.0**53), "u64": 2.0**53, "f16": 1.5, "f32": float(np.float32(0.1)), "bool": 1.0, "d32": 1.5, "d128": 1500.0, "d256": 0.1,
    "codes": 7.0, "codes_nan": 2.5, "empty": None,
}  # fmt: skip


def test_every_type_of_numbers_of_arrow_sliced_and_in_chunks_too(tmp_path):
    stamps = pl.DataFrame({"t": times(range(2))}).to_arrow()["t"].combine_chunks()
    table = pa.table({"timestamp": stamps, **SMALL})
    added(tmp_path / "whole", table)
    rows = committed(tmp_path / "whole")
    assert {name: rows[name].to_list() for name in VALUES} == {name: [value, None] for name, value in VALUES.items()}
    padded = pa.concat_tables([table.slice(1), table, table.slice(0, 1)]).slice(1, 2)
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1, 1)])
    assert pieces["i8"].num_chunks == 2
    for name, same in (("padded", padded), ("pieces", pieces)):
        added(tmp_path / name, same)
        assert committed(tmp_path / name).equals(rows)
    cleaned = trendgate.clean(pieces, CONFIG, coerce=True).frame.to_polars()
    assert cleaned.select(list(VALUES)).equals(rows.select(list(VALUES)))


@pytest.mark.parametrize("kind", ["Int8", "Int64", "UInt32", "Float32", "Float64", "boolean", "double[pyarrow]", "object"])
def test_the_nullable_types_of_pandas_and_its_objects(tmp_path, kind):
    cells = pd.Series([True, pd.NA] if kind == "boolean" else [1, None], dtype=kind)
    added(tmp_path, pd.DataFrame({"timestamp": times(range(2)).to_pandas(), "a": cells}))
    assert committed(tmp_path)["a"].to_list() == [1.0, None]


def test_an_index_of_pandas_is_the_times_if_it_is_called_so_and_else_refused(tmp_path):
    stamps = pd.DatetimeIndex(times(range(2)).to_pandas())
    added(tmp_path, pd.DataFrame({"a": [1.0, 2.0]}, index=stamps.rename("timestamp")))
    assert committed(tmp_path)["a"].to_list() == [1.0, 2.0]
    frame = pd.DataFrame({"timestamp": stamps, "quality_flags": [[], []], "a": [1.0, 2.0]}, index=[7, 3])
    for bad in (frame, pd.DataFrame({"a": [1.0, 2.0]}, index=stamps.rename(None))):
        for coerce in (True, False):
            with pytest.raises(trendgate.ContractViolationError, match=r"reset_index\(drop=True\)"):
                added(tmp_path, bad, coerce=coerce)
            (found,) = trendgate.check_frame(bad, coerce=coerce).violations
            assert (found.kind, found.column) == ("UnexpectedColumn", "__index_level_0__")
        with pytest.raises(trendgate.ContractViolationError, match="__index_level_0__"):
            trendgate.clean(bad, CONFIG, coerce=True)


def test_what_is_no_number_and_no_instant_is_refused_with_what_to_do(tmp_path):
    stamps = times(range(2))
    for cells, what in (
        (["1.5", "x"], "parse the texts into float64"),
        (pl.Series(["1.5", "x"], dtype=pl.Categorical), "parse the texts into float64"),
        ([dt.date(2026, 1, 1)] * 2, "cast the point to float64"),
        ([dt.timedelta(1)] * 2, "cast the point to float64"),
        (stamps, "cast the point to float64"),
    ):
        for coerce in (True, False):
            with pytest.raises(trendgate.TypeMismatchError, match=what) as caught:
                frame = pl.DataFrame({"timestamp": stamps, "quality_flags": pl.Series([[], []], dtype=pl.List(pl.String)), "a": cells})
                added(tmp_path, frame, coerce=coerce)
            assert "coerce" not in str(caught.value)
    for moments in (["2026-02-01T00:00"], [dt.date(2026, 2, 1)], [1_769_900_400]):
        for coerce in (True, False):
            with pytest.raises(trendgate.TypeMismatchError, match="parse them into timestamps of the zone") as caught:
                flags = pl.Series([[]], dtype=pl.List(pl.String))
                added(tmp_path, pl.DataFrame({"timestamp": moments, "quality_flags": flags, "a": [1.0]}), coerce=coerce)
            assert "coerce" not in str(caught.value)
    with pytest.raises(trendgate.UsageError, match='"Taipei" is not an IANA time zone'):
        added(tmp_path, pl.DataFrame({"timestamp": stamps, "a": [1.0, 2.0]}), tz="Taipei")


def test_reserved_names_and_a_second_column_of_times_are_refused(tmp_path):
    for name in ("Timestamp", "Quality Flags", "Year", "MONTH", ""):
        frame = pl.DataFrame({"timestamp": times(range(1)), name: [1.0]})
        with pytest.raises(trendgate.ContractViolationError):
            added(tmp_path, frame)
        # What no point may be called is the configuration's to say; a column without a name is the frame's fault.
        with pytest.raises(trendgate.ConfigError if name else trendgate.ContractViolationError):
            trendgate.clean(frame, CONFIG, coerce=True)
    renamed = pl.DataFrame({"Time Stamp": times(range(1)), "TIMESTAMP": times(range(1))})
    with pytest.raises(trendgate.ContractViolationError, match="TypeMismatch"):
        trendgate.clean(renamed, CONFIG, coerce=True)


def test_evidence_under_a_name_of_two_columns_is_refused_and_under_one_of_one_is_taken(tmp_path):
    config = {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_interval": "15m", "points": {"a": {"name": "b"}, "b": {"name": "c"}}}}
    frame = pl.DataFrame({"timestamp": times(range(1)), "a": [1.0], "b": [2.0]})

    def stated(column):
        return pl.DataFrame({"timestamp": times(range(1)), "column": [column], "rule": ["SPIKE"]})

    with trendgate.Batch(config, data_dir=tmp_path / "data", coerce=True) as batch:
        with pytest.raises(trendgate.ContractViolationError, match="a column of the frame"):
            batch.add(frame, source="a.csv", evidence=stated("b"))
        batch.add(frame, source="a.csv", evidence=stated("a"))
    assert reasons(tmp_path)["column"].to_list() == ["b"]


def test_a_frame_is_held_against_the_bins_that_are_given_beside_a_site_and_they_are_not_ignored_without_one():
    frame = pl.DataFrame({"timestamp": times([0, 1, 3]), "quality_flags": [[], [], []], "a": [1.0, 2.0, 3.0]}, schema_overrides={"quality_flags": pl.List(pl.String)})
    moved = frame.with_columns(pl.col("timestamp").dt.offset_by("1m"))
    assert trendgate.check_frame(moved).ok
    assert not trendgate.check_frame(moved, site="S", timezone="UTC", resample="15m").ok
    with pytest.raises(trendgate.ConfigError, match="site"):
        trendgate.check_frame(moved, resample="15m")


def test_the_times_of_evidence_are_coerced_as_the_frames_and_its_columns_go_by_the_names_of_points(tmp_path):
    local = times(range(2), "us", "Asia/Taipei").dt.replace_time_zone(None)
    frame = pl.DataFrame({"timestamp": local, "CH1.CHST": [7, 8]})
    spike = {"timestamp": local[1:], "rule": ["SPIKE"], "known_at": local[1:].dt.offset_by("1h")}
    for column, rules in (("CH1.CHST", False), ("supply", False), ("CH1.CHST", True)):
        folder = tmp_path / f"{column} {rules}"
        with trendgate.Batch(CONFIG, data_dir=folder / "data", coerce=True, tz="Asia/Taipei", rules=rules) as batch:
            batch.add(frame, source="a.csv", evidence=pl.DataFrame(spike | {"column": [column]}))
        (row,) = reasons(folder).rows(named=True)
        assert (row["timestamp"], row["column"], row["rule"]) == (START + conftest.QUARTER, "supply", "SPIKE")
        assert row["known_at"] == START + conftest.QUARTER + dt.timedelta(hours=1)
    for how in ({"coerce": True}, {"rules": True}):
        with trendgate.Batch(CONFIG, data_dir=tmp_path / "none", **how) as batch:
            raw = pl.DataFrame({"timestamp": times(range(1)), "a": [1.0]})
            ours = pl.DataFrame({"timestamp": times(range(1)), "column": ["a"], "rule": ["plausible"], "flag": ["OUTLIER"]})
            with pytest.raises(trendgate.ContractViolationError, match="RuleName"):
                batch.add(raw, source="a.csv", evidence=ours)
            batch.add(raw, source="a.csv")


def test_microseconds_that_nanoseconds_do_not_reach_are_refused_with_their_row(tmp_path):
    def batch_of(stamps, numbers):
        columns = {
            "timestamp": pa.array(stamps, pa.timestamp("us", "UTC")),
            "quality_flags": pa.array([[]] * len(stamps), pa.list_(pa.string())),
            "a": pa.array(numbers, pa.float64()),
        }
        return pa.RecordBatch.from_pydict(columns)

    day, far = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
    first = [day + place * conftest.QUARTER for place in range(5)]
    good = batch_of(first, [1.0] * 5)
    late = batch_of([first[-1] + conftest.QUARTER, far], [1.0, 2.0])
    counted = CONFIG | {"batch": {"timestamp_unit": "us"}}
    frame = pa.Table.from_batches([good, late])
    (found,) = trendgate.check_frame(frame, counted).violations
    assert (found.kind, found.column, found.row) == ("OutOfRange", "timestamp", 6)
    assert "between 1677 and 2262" in found.expected
    broken = pa.Table.from_batches([batch_of([first[0], None, *first[2:]], [1.0] * 5), late])
    kinds = [("NullTimestamp", 1), ("OutOfRange", 6)]
    assert [(it.kind, it.row) for it in trendgate.check_frame(broken, counted).violations] == kinds
    stamps = pa.array([first[0], far], pa.timestamp("us", "UTC"))
    why = pa.table({"timestamp": stamps[:1], "column": ["a"], "rule": ["SPIKE"], "known_at": stamps[1:]})
    with trendgate.Batch(counted, data_dir=tmp_path / "data") as batch:
        for refused, evidence, expected in (
            (frame, None, [("OutOfRange", 6)]),
            (broken, None, kinds),
            (good, why, [("OutOfRange", 0)]),
        ):
            with pytest.raises(trendgate.ContractViolationError) as caught:
                batch.add(refused, source="a.csv", evidence=evidence)
            assert [(it.kind, it.row) for it in caught.value.violations] == expected
        assert batch.add(good, source="a.csv").rows == 5
