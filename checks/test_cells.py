"""Every number in the reports stands in the dataset, at its time, in its column, and nothing else does."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import PurePath

import conftest
import pyarrow.parquet as pq
import sources

STEP = timedelta(minutes=15)


def rows(dataset):
    """The dataset's rows in the order of its parts: columns, times, and values by (time, column)."""
    columns, times, values = set(), [], {}
    for part in dataset.parts:
        table = pq.read_table(part, partitioning=None)
        nanos = table["timestamp"].cast("int64").to_pylist()
        assert all(n % 1_000_000_000 == 0 for n in nanos)
        here = [datetime.fromtimestamp(n // 1_000_000_000, timezone.utc) for n in nanos]
        times += here
        for name in table.column_names:
            if name in ("timestamp", "quality_flags"):
                continue
            columns.add(name)
            for time, value in zip(here, table[name].to_pylist(), strict=True):
                if value is not None:
                    values[time, name] = value
    return columns, times, values


def unlike(expected, found):
    """The first few cells that differ, for a message that helps."""
    keys = sorted(expected.keys() | found.keys())
    wrong = [(k, expected.get(k), found.get(k)) for k in keys if expected.get(k) != found.get(k)]
    return wrong[:5]


def read_all(folder):
    paths = sorted(folder.glob("*.csv"))
    assert paths
    return [sources.read(path) for path in paths]


def accepted(dataset):
    """The reports that the manifest says were accepted, read anew."""
    inputs = dataset.manifest["inputs"]
    return [sources.read(dataset.sources / PurePath(i["path"]).name) for i in inputs if i["status"] == "accepted"]


def together(reports):
    """The cells of all reports; none of them may be there twice with two values."""
    cells = {}
    for report in reports:
        for key, value in report.numbers.items():
            assert cells.setdefault(key, value) == value, key
    return cells


def even(times, first, last):
    return times == [first + i * STEP for i in range((last - first) // STEP + 1)]


def test_every_cell_of_the_real_reports_arrives(kmuh):
    expected = together(read_all(conftest.KMUH))
    columns, times, values = rows(kmuh)
    first = datetime(2016, 10, 9, 16, tzinfo=timezone.utc)
    assert len(columns) == 120
    assert len(times) == 11904
    assert even(times, first, first + 11903 * STEP)
    assert len(expected) == len(values) == 442560
    assert unlike(expected, values) == []


def test_every_cell_of_the_real_reports_is_accounted_for(kmuh):
    reports = read_all(conftest.KMUH)
    cells = kmuh.manifest["cells"]
    assert (cells["input"], cells["used"], cells["missing"]) == (827328, 442560, 384768)
    assert cells["input"] == sum(report.cells for report in reports)
    assert cells["missing"] == sum(report.texts.total() for report in reports)
    points = kmuh.manifest["statistics"]["points"].values()
    assert sum(point["dead"] for point in points) == 62


def test_every_cell_of_the_example_arrives(plant):
    reports = read_all(plant.sources)
    expected = together(reports)
    columns, times, values = rows(plant)
    assert columns == {name for report in reports for name in report.columns}
    assert len(columns) == 25
    assert {"plant_kwh", "ch1_chwst", "chp_1_hz", "outdoor_t", "chw_main_t"} < columns
    first = datetime(2026, 2, 8, 16, tzinfo=timezone.utc)
    assert even(times, first, datetime(2026, 3, 8, 15, 45, tzinfo=timezone.utc))
    assert len(times) == 2688
    assert len(expected) == 57174
    # The load meter counts in tons of refrigeration, the dataset in kW.
    expected = {key: value * 3.5168528 if key[1] == "ch1_ton" else value for key, value in expected.items()}
    assert unlike(expected, values) == []
    assert {value for (_, name), value in values.items() if name.endswith("_st")} == {0.0, 1.0}


def test_the_oddities_of_the_example_are_those_that_its_readme_states(plant):
    planted = sum((report.texts for report in read_all(plant.sources)), Counter())
    corrections = {text: n for text, n in planted.items() if text.startswith("TIME (")}
    assert corrections == {"TIME (-2)": 42, "TIME (-1)": 36, "TIME (3)": 36, "TIME (5)": 42}
    assert (planted["No Data"], planted["Data Loss"]) == (4992, 24 + 54)
    assert planted.total() == 5226


def test_missing_cells_are_counted_by_report_and_token(any_dataset):
    for entry in any_dataset.manifest["inputs"]:
        if entry["status"] != "accepted":
            continue
        report = sources.read(any_dataset.sources / PurePath(entry["path"]).name)
        tokens = Counter()
        for text, n in report.texts.items():
            tokens["TIME (n)" if text.startswith("TIME (") else text] += n
        assert entry["missing"] == tokens, entry["path"]


def test_every_cell_ends_in_one_count(any_dataset):
    cells = dict(any_dataset.manifest["cells"])
    assert cells.pop("input") == sum(cells.values()) > 0
    assert cells["used"] == sum(len(report.numbers) for report in accepted(any_dataset))


def test_rows_without_a_report_are_empty_and_flagged(plant):
    """The outage leaves 192 rows of nothing; for six rows the pumps alone are silent."""
    reported = set().union(*(report.times for report in accepted(plant)))
    silent = {
        datetime(2026, 2, 26, 12, tzinfo=timezone.utc) + i * STEP for i in range(6)
    }
    empty, flagged = 0, set()
    for part in plant.parts:
        table = pq.read_table(part, partitioning=None)
        nanos = table["timestamp"].cast("int64").to_pylist()
        points = [table[name].to_pylist() for name in table.column_names[2:]]
        for i, (n, flags) in enumerate(zip(nanos, table["quality_flags"].to_pylist(), strict=True)):
            time = datetime.fromtimestamp(n // 1_000_000_000, timezone.utc)
            if "INSUFFICIENT_DATA" in flags:
                assert flags == ["INSUFFICIENT_DATA"]
                flagged.add(time)
            if time not in reported:
                empty += 1
                assert time in flagged
                assert all(values[i] is None for values in points)
    assert empty == 192
    assert {time for time in flagged if time in reported} == silent


def test_every_readable_cell_of_the_damaged_reports_arrives(damaged):
    reports = accepted(damaged)
    assert sorted(len(report.times) for report in reports) == [60, 94, 96, 96, 96, 96, 96]
    expected = together(reports)
    columns, times, values = rows(damaged)
    assert len(columns) == 21
    assert "一號冰機出水溫度" in columns
    assert len(times) == 96
    assert unlike(expected, values) == []
