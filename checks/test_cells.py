"""Every number in the reports stands in the dataset, at its time, in its column, and nothing else does."""

from datetime import datetime, timedelta, timezone

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


def read_all(folder, names=("*.csv",)):
    paths = sorted(path for name in names for path in folder.glob(name))
    assert paths
    return [sources.read(path) for path in paths]


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
    numbers = sum(len(report.numbers) for report in reports)
    texts = sum(report.texts for report in reports)
    cells = kmuh.manifest["cells"]
    assert (cells["input"], cells["used"], cells["missing"]) == (827328, 442560, 384768)
    assert (numbers, texts) == (cells["used"], cells["missing"])


def test_every_cell_of_the_example_arrives(plant):
    reports = read_all(conftest.EXAMPLES / "plant")
    expected = together(reports)
    columns, times, values = rows(plant)
    assert columns == {name for report in reports for name in report.columns}
    assert len(columns) == 24
    assert "冰水出水溫度" in columns
    first = datetime(2026, 2, 8, 16, tzinfo=timezone.utc)
    assert even(times, first, datetime(2026, 3, 8, 15, 45, tzinfo=timezone.utc))
    assert len(times) == 2688
    assert unlike(expected, values) == []
    cells = plant.manifest["cells"]
    assert cells["used"] == len(expected)
    assert cells["missing"] == sum(report.texts for report in reports)
    assert cells["input"] == cells["used"] + cells["missing"]


def test_the_outage_is_empty_rows_with_their_flag(plant):
    reported = set().union(*(report.times for report in read_all(conftest.EXAMPLES / "plant")))
    empty = 0
    for part in plant.parts:
        table = pq.read_table(part, partitioning=None)
        nanos = table["timestamp"].cast("int64").to_pylist()
        for n, flags in zip(nanos, table["quality_flags"].to_pylist(), strict=True):
            if datetime.fromtimestamp(n // 1_000_000_000, timezone.utc) not in reported:
                empty += 1
                assert flags == ["INSUFFICIENT_DATA"]
    assert empty == 192


def test_every_readable_cell_of_the_damaged_reports_arrives(damaged):
    accepted = ["good.csv", "cut.csv", "ragged.csv", "cp950.csv", "utf16.csv", "descending.csv"]
    reports = read_all(conftest.EXAMPLES / "damaged", accepted)
    assert [len(report.times) for report in reports].count(96) == 4
    expected = together(reports)
    columns, times, values = rows(damaged)
    assert len(columns) == 18
    assert len(times) == 96
    assert unlike(expected, values) == []
