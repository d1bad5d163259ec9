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
    assert caught.value.violations[0].kind == "Duplicate"


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
