"""Other forms of the same rows: one row a value, longer bins, and a dictionary of the points."""

import datetime as dt

import conftest
import flagged
import polars as pl
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st

POINTS = {
    "KW": {"physical_type": "power", "unit": "kW"},
    "RAIN": {"agg": "sum"},
    "PEAK": {"agg": "max"},
    "KWH": {"physical_type": "energy_counter", "unit": "kWh"},
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    flagged.commit(folder, flagged.rows(300))
    return trendgate.Dataset(folder / "data")


@pytest.fixture(scope="module")
def metered(tmp_path_factory):
    """A mean, a sum, a maximum and a counter, of three days and a bit, with a hole of two hours and a quarter and one of four days."""
    folder = tmp_path_factory.mktemp("metered")
    rows = []
    for row in range(310):
        if 21 <= row < 30:
            continue
        days = 4 if row >= 200 else 0
        time = dt.datetime(2026, 1, 30) + row * conftest.QUARTER + dt.timedelta(days=days)
        rows.append([time, 10.0 + row % 9, float(row % 4), float(row * 31 % 17), 1000.0 + row])
    path = folder / "in/a.csv"
    path.parent.mkdir()
    path.write_text(conftest.report(["KW", "RAIN", "PEAK", "KWH"], rows), encoding="utf-8", newline="")
    config = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "1d", "points": POINTS}}
    trendgate.run(config, folder / "in", data_dir=folder / "data")
    return trendgate.Dataset(folder / "data")


def test_one_row_a_value_has_every_value_once(dataset):
    wide = dataset.scan("S", mask=["OUTLIER"]).collect()
    long = dataset.long("S", mask=["OUTLIER"]).collect()
    assert long.columns == ["timestamp", "column", "value"]
    assert long["column"].unique(maintain_order=True).to_list() == ["a", "b", "c"]
    for name in "abc":
        mine = long.filter(column=name)
        assert mine.select("timestamp", pl.col("value").alias(name)).equals(wide.select("timestamp", name).drop_nulls())


def test_units_and_sites_are_said_if_asked_for(plant):
    long = trendgate.Dataset(plant[0]).long(["PLANT01"], columns=["plant_kw", "chp_1_st"], units=True).collect()
    assert long.columns == ["site_id", "timestamp", "column", "value", "unit"]
    assert dict(long.select("column", "unit").unique().iter_rows()) == {"plant_kw": "kW", "chp_1_st": None}
    assert long["site_id"].unique().to_list() == ["PLANT01"]


def naive_bins(frame, hours, way, name):
    """The bins of one column, by hand."""
    bins = {}
    for time, value in frame.select("timestamp", name).iter_rows():
        bins.setdefault(time.replace(minute=0, hour=time.hour // hours * hours), []).append(value)
    found = {}
    for label, values in bins.items():
        values = [value for value in values if value is not None]
        if not values:
            found[label] = None
        else:
            found[label] = {"mean": sum(values) / len(values), "last": values[-1], "max": max(values), "sum": sum(values)}[way]
    return found


@pytest.mark.parametrize("every", ["1h", dt.timedelta(hours=4), "1d"])
def test_each_column_is_joined_by_its_own_aggregation(metered, every):
    frame = metered.scan("S").collect()
    hours = {"1h": 1, "1d": 24}.get(every, 4)
    bins = metered.resample("S", every).collect()
    assert bins.columns == frame.columns
    for name, way in (("kw", "mean"), ("rain", "sum"), ("peak", "max"), ("kwh", "last")):
        expected = naive_bins(frame, hours, way, name)
        assert bins["timestamp"].to_list() == list(expected)
        assert bins[name].to_list() == pytest.approx(list(expected.values())), name
    assert bins["rain"].sum() == frame["rain"].sum()
    # The hour without a row of any report is there, and null.
    assert bins["kw"].null_count() == (1 if every == "1h" else 0)


def test_flags_of_a_longer_bin_are_those_of_all_its_rows(dataset):
    within = {}
    for time, found in dataset.scan("S").collect().select("timestamp", "quality_flags").iter_rows():
        within.setdefault(time.replace(minute=0, hour=time.hour // 2 * 2), set()).update(found)
    expected = [[flag for flag in trendgate.FLAGS if flag in found] for found in within.values()]
    assert sum(map(len, expected)) > 20
    lists = dataset.resample("S", "2h").collect()
    assert (lists["timestamp"].to_list(), lists["quality_flags"].to_list()) == (list(within), expected)
    bits = dataset.resample("S", "2h", flags="bits").collect()["quality_flags"].to_list()
    assert bits == [sum(1 << trendgate.FLAGS.index(flag) for flag in flags) for flags in expected]
    columns = dataset.resample("S", "2h", flags="columns").collect()
    for flag in trendgate.FLAGS:
        assert columns[f"flag:{flag}"].to_list() == [flag in flags for flags in expected]


def test_a_bin_with_too_few_values_is_null_and_how_many_there_are_is_counted(metered):
    bins = metered.resample("S", "1h", columns=["kw", "rain"], counts=True).collect()
    assert bins.columns == ["timestamp", "kw", "rain", "count:kw", "count:rain"]
    # Rows are missing from 05:15 to 07:15.
    assert bins["count:kw"].to_list()[4:9] == [4, 1, 0, 2, 4]
    enough = metered.resample("S", "1h", columns=["kw", "rain"], min_coverage=0.5).collect()
    assert [value is None for value in enough["kw"].to_list()[4:9]] == [False, True, True, False, False]
    assert enough["rain"].to_list()[7] == bins["rain"].to_list()[7]
    whole = metered.resample("S", "1h", columns=["kw"], min_coverage=1).collect()
    assert [value is None for value in whole["kw"].to_list()[4:9]] == [False, True, True, True, False]


@settings(max_examples=25, deadline=None)
@given(every=st.sampled_from(["15m", "30m", "1h", "3h", "1d", "2d"]), mask=st.sampled_from([(), ["FROZEN"], trendgate.FLAGS]))
def test_sums_add_up_and_nothing_is_masked_twice(metered, every, mask):
    frame = metered.scan("S", mask=mask).collect()
    bins = metered.resample("S", every, mask=mask, counts=True).collect()
    for name in ("kw", "rain", "peak", "kwh"):
        assert bins[f"count:{name}"].sum() == frame[name].count()
        assert (bins[f"count:{name}"] == 0).to_list() == bins[name].is_null().to_list()
    assert bins["rain"].sum() == frame["rain"].sum()
    assert bins["peak"].max() == frame["peak"].max()
    if every == "15m":
        assert bins.drop("^count:.*$").equals(frame)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"every": "20m"}, "every: expected a multiple of 0:15:00"),
        ({"every": "7h"}, "that a day is a multiple of"),
        ({"every": "5m"}, "every: expected a multiple"),
        ({"every": "1 hour"}, "every: expected a length of time"),
        ({"every": "1h", "min_coverage": 2}, "min_coverage: expected a share"),
        ({"every": "1h", "aggregations": {"kw": "median"}}, "aggregations: kw: expected one of 'mean'"),
    ],
)
def test_bins_that_cannot_be_made_are_refused(metered, options, said):
    with pytest.raises(trendgate.UsageError, match=said):
        metered.resample("S", **options)


def test_another_aggregation_can_be_said(metered):
    bins = metered.resample("S", "1d", columns=["kw"], aggregations={"kw": "max"}).collect()
    expected = naive_bins(metered.scan("S").collect(), 24, "max", "kw")
    assert bins["kw"].to_list() == list(expected.values())


def test_a_dictionary_says_what_each_point_is_and_has(dataset):
    frame = dataset.scan("S").collect()
    words = dataset.dictionary("S")
    assert words.columns == [
        "column", "point", "unit", "physical_type", "aggregation", "dead", "min", "max", "values", "first", "last",
        *(f"flag:{flag}" for flag in trendgate.FLAGS),
    ]
    assert words["column"].to_list() == ["a", "b", "c"] and words["point"].to_list() == ["A", "B", "C"]
    for row in words.to_dicts():
        has = frame.filter(pl.col(row["column"]).is_not_null())
        values = has[row["column"]]
        assert (row["min"], row["max"], row["dead"]) == (values.min(), values.max(), False)
        assert row["values"] == pytest.approx(values.len() / frame.height)
        assert (row["first"], row["last"]) == (has["timestamp"].min(), has["timestamp"].max())
        # A cell without a value can be flagged as well: by the evidence, as a mask goes by it.
        for flag in trendgate.FLAGS:
            evidence = dataset.evidence("S", columns=[row["column"]]).filter(flag=flag).collect()
            assert row[f"flag:{flag}"] == pytest.approx(evidence["timestamp"].n_unique() / frame.height), (row["column"], flag)
    assert words.filter(column="a")["flag:FROZEN"].item() > words.filter(column="b")["flag:FROZEN"].item() == 0


def test_a_dictionary_knows_units_and_types(metered):
    facts = metered.dictionary("S").select("column", "unit", "physical_type", "aggregation").rows()
    assert facts == [
        ("kw", "kW", "power", "mean"),
        ("kwh", "kWh", "energy_counter", "last"),
        ("peak", None, None, "max"),
        ("rain", None, None, "sum"),
    ]
