"""Every cell of the reports against the dataset, without a line of our reader."""

import collections
import datetime

import pyarrow

from conftest import cells, column_name

STATES = {"ON": 1.0, "OFF": 0.0}
RENAMED = {"冰水主管溫度": "chw_main_t"}


def expected(batch):
    """{(utc, column): number} and the number of cells and tokens in the reports."""
    numbers, count, tokens = {}, 0, 0
    for date, time, point, text in cells(batch.sources):
        count += 1
        value = STATES.get(text.strip())
        if value is None:
            try:
                value = float(text)
            except ValueError:
                tokens += 1
                continue
        year, month, day = map(int, date.split("/"))
        local = datetime.datetime(year, month, day, *map(int, time.split(":")))
        utc = local - datetime.timedelta(hours=8)
        key = utc, RENAMED.get(point, column_name(point))
        assert key not in numbers
        numbers[key] = value
    return numbers, count, tokens


def found(batch):
    table = batch.table()
    times = [time.as_py().replace(tzinfo=None) for time in table["timestamp"].cast(pyarrow.timestamp("us", "UTC"))]
    numbers = {}
    for name in table.column_names[2:]:
        for time, value in zip(times, table[name].to_pylist()):
            if value is not None:
                numbers[time, name] = value
    return times, numbers


def test_every_number_arrives_once_and_unchanged(batch):
    numbers, count, tokens = expected(batch)
    times, arrived = found(batch)
    assert arrived == numbers
    assert batch.manifest["cells"]["input"] == count
    assert batch.manifest["cells"]["used"] == len(numbers)
    assert batch.manifest["cells"]["missing"] == tokens
    steps = collections.Counter(b - a for a, b in zip(times, times[1:]))
    assert set(steps) == {datetime.timedelta(minutes=15)}


def test_the_real_reports_give_the_known_figures(kmuh):
    times, arrived = found(kmuh)
    assert len(kmuh.table().column_names) == 2 + 120
    assert len(times) == 11_904
    assert times[0] == datetime.datetime(2016, 10, 9, 16)
    assert len(arrived) == 442_560
    assert kmuh.manifest["cells"]["input"] == 827_328
    assert kmuh.manifest["cells"]["missing"] == 384_768
    assert sum(point["dead"] for point in kmuh.manifest["statistics"]["points"].values()) == 62


def test_the_plant_has_its_gap_filled_and_flagged(plant):
    table = plant.table()
    flags = table["quality_flags"].to_pylist()
    values = [table[name].to_pylist() for name in table.column_names[2:]]
    empty = [row for row in range(table.num_rows) if all(column[row] is None for column in values)]
    assert len(empty) == 192
    assert all(flags[row] == ["INSUFFICIENT_DATA"] for row in empty)
    # The clock corrections and the evening without a network leave one kind without data.
    flagged = sum(1 for row in flags if row)
    assert flagged == 192 + 8 + 6
    assert plant.manifest["statistics"]["quality_flags_distribution"]["INSUFFICIENT_DATA"] == flagged
