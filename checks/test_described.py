"""Tables of forms that are met in the field, with an entry of `cleaner.sources` written by hand: the points, times and values of each.

`shapes/NAME/in` is a folder to run on, with `site.yaml` beside it. All names and numbers are made up.
"""

import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_field import committed
from workbooks import workbook

SHAPES = Path(__file__).resolve().parent / "shapes"

MBUS = ("energy", "flow temperature", "temperature difference", "volume flow")


@dataclass(frozen=True)
class Shape:
    """What a file is: its points, rows (of one value each, or of all points), its first and last time, cells without a value, values by
    column and time."""

    file: str
    points: tuple
    rows: int
    first: str
    last: str
    missing: int = 0
    values: dict = field(default_factory=dict)


SHAPE = {
    "ahu-wide-one-time-column": Shape(
        "ahu.csv",
        ("AHU: Supply Air Temperature", "AHU: Supply Air Fan Status")
        + ("AHU: Outdoor Air Damper Control Signal", "Occupancy Mode Indicator"),
        20,
        "2019-04-04T04:50:00Z",
        "2019-04-04T05:09:00Z",
        1,
        {("ahu_supply_air_temperature", "2019-04-04T05:00:00Z"): 56.5},
    ),
    "us-wide-bom-decimal": Shape(
        "input.csv",
        ("WiFi-val", "CO2-val", "Elec-val", "truth-val"),
        10,
        "2019-07-03T06:40:00Z",
        "2019-07-03T07:25:00Z",
        1,
        {("co2_val", "2019-07-03T07:05:00Z"): 84},
    ),
    "wide-date-time-datetime": Shape(
        "DDX.csv",
        ("DischargeTemperature", "ScheduleMode", "HeatCoolMode", "STPTDIAL"),
        12,
        "2021-12-03T05:30:00Z",
        "2021-12-03T06:25:00Z",
        0,
        {
            ("dischargetemperature", "2021-12-03T05:40:00Z"): 53.5,
            ("heatcoolmode", "2021-12-03T06:10:00Z"): 1,
            ("heatcoolmode", "2021-12-03T06:15:00Z"): 0,
            ("stptdial", "2021-12-03T05:35:00Z"): 1,
        },
    ),
    "wide-ampm-units-row": Shape(
        "ahu3.csv",
        ("SA Temp", "Fan Energy", "Filter DP", "Occupied"),
        12,
        "2026-01-16T05:00:00Z",
        "2026-01-16T06:50:00Z",
        0,
        {
            ("sa_temp", "2026-01-16T06:00:00Z"): (58 - 32) / 1.8,
            ("fan_energy", "2026-01-16T05:10:00Z"): 1235.1,
            ("occupied", "2026-01-16T05:40:00Z"): 0,
        },
    ),
    "semicolon-wide-standard-clock": Shape(
        "flats.csv",
        ("FlatX_Ele", "FlatY_Ele"),
        10,
        "2023-03-26T00:30:00Z",
        "2023-03-26T02:45:00Z",
        2,
        {("flatx_ele", "2023-03-26T01:00:00Z"): 5619.929},
    ),
    "headerless-epoch-ms": Shape(
        "temp.csv",
        ("temp",),
        12,
        "2024-01-01T08:00:00Z",
        "2024-01-01T19:00:00Z",
        0,
        {("temp", "2024-01-01T10:00:00Z"): 51},
    ),
    "mbus-gwf-long": Shape(
        "relay.csv",
        tuple(f"{meter}/{name}" for meter in (1, 2) for name in MBUS),
        24,
        "2024-01-31T23:00:00Z",
        "2024-02-02T23:00:00Z",
        0,
        {
            ("1_energy", "2024-02-01T23:00:00Z"): 721,
            ("2_flow_temperature", "2024-01-31T23:00:00Z"): 28,
            ("2_flow_temperature", "2024-02-02T23:00:00Z"): 28,
        },
    ),
    "interval-day-per-row": Shape(
        "usage.csv",
        ("TP-88001", "TP-88002"),
        384,
        "2026-01-30T16:00:00Z",
        "2026-02-01T15:45:00Z",
        1,
        {
            ("tp_88001", "2026-01-30T16:00:00Z"): 10.00,
            ("tp_88001", "2026-02-01T15:45:00Z"): 11.95,
            ("tp_88002", "2026-01-31T16:00:00Z"): 5.00,
            ("tp_88002", "2026-01-31T18:30:00Z"): None,
        },
    ),
    "long-semicolon-status": Shape(
        "export.csv",
        ("Gebäude 7.Heizung.VL", "Gebäude 7.Wärme"),
        8,
        "2026-03-29T00:30:00Z",
        "2026-03-29T01:15:00Z",
        1,
        {
            ("gebäude_7_heizung_vl", "2026-03-29T00:30:00Z"): 48.0,
            ("gebäude_7_heizung_vl", "2026-03-29T01:00:00Z"): 49.5,
            ("gebäude_7_wärme", "2026-03-29T01:00:00Z"): None,
            ("gebäude_7_wärme", "2026-03-29T01:15:00Z"): 1204107.5,
        },
    ),
    "epoch-per-point-csv": Shape(
        "Demo_Tower_L5_Chiller_9_CHWST.csv",
        ("Demo_Tower_L5_Chiller_9_CHWST",),
        12,
        "2025-01-01T00:00:00Z",
        "2025-01-01T02:45:00Z",
        0,
        {
            ("demo_tower_l5_chiller_9_chwst", "2025-01-01T01:00:00Z"): 6.9,
            ("demo_tower_l5_chiller_9_status", "2025-01-01T00:00:00Z"): 2 / 3,
            ("demo_tower_l5_chiller_9_status", "2025-01-01T02:40:00Z"): 1,
        },
    ),
    "alc-ivu-report-xlsx": Shape(
        "plant2.xlsx",
        ("Line Current", "CHWST", "CHWRT", "Run Status"),
        30,
        "2025-03-11T09:00:00Z",
        "2025-03-12T14:00:00Z",
        1,
        {
            ("chwst", "2025-03-11T13:00:00Z"): 7.4,
            ("line_current", "2025-03-12T14:00:00Z"): 39.5,
        },
    ),
    "niagara-xlsx-sheets": Shape(
        "MDB2.xlsx",
        ("MDB2_KW", "MDB2_KWH"),
        12,
        "2024-11-02T16:00:00Z",
        "2024-11-03T03:00:00Z",
        1,
        {
            ("mdb2_kw", "2024-11-02T21:00:00Z"): 112.5,
            ("mdb2_kwh", "2024-11-03T03:00:00Z"): 1701105.5,
        },
    ),
}


def is_long(folder):
    """Whether the rows of a shape are of one value."""
    return "table: wide" not in (folder / "site.yaml").read_text()


def test_every_shape_has_its_answer():
    described = {path.parent.name for path in SHAPES.glob("*/site.yaml")}
    assert described == SHAPE.keys()


@pytest.mark.parametrize("name", sorted(SHAPE))
def test_a_table_is_read_as_it_is_described(trendgate, tmp_path, name):
    shape, folder = SHAPE[name], SHAPES / name
    config = ["--config", folder / "site.yaml"]
    seen = trendgate("inspect", folder / "in" / shape.file, *config, "--json").json
    points = [point["point"] for report in [seen, *seen["more"]] for point in report["points"]]
    assert points == list(shape.points)
    ends = [datetime.fromisoformat(end).timestamp() * 10**9 for end in (shape.first, shape.last)]
    assert (seen["rows"], seen["time_range"]) == (shape.rows, ends)
    files = len(list((folder / "in").iterdir()))
    data = tmp_path / "data"
    done = trendgate("run", folder / "in", *config, "--site", "S", "--data-dir", data, "--json")
    assert done.code == 0, done.err
    assert done.json["cells"]["missing"] == shape.missing
    if files == 1:
        cells = shape.rows * (1 if is_long(folder) else len(shape.points))
        assert done.json["cells"]["used"] == cells - shape.missing
    found = committed(data)
    for (column, time), value in shape.values.items():
        there = found[column].get(datetime.fromisoformat(time))
        assert there == (value if value is None else pytest.approx(value)), (column, time)
    again = trendgate("run", folder / "in", *config, "--site", "S", "--data-dir", data, "--json")
    assert (again.code, again.json["version"]) == (0, done.json["version"])


def test_numbers_of_intervals_are_added_up_and_a_bin_that_lacks_one_is_null_and_said(trendgate, tmp_path):
    shape = SHAPES / "interval-day-per-row"
    config = tmp_path / "site.yaml"
    points = '  points: {"TP-*": {physical_type: energy}}\n'
    config.write_text((shape / "site.yaml").read_text().replace("resample_interval: 15m", "resample_interval: 1h") + points)
    done = trendgate("run", shape / "in", "--config", config, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    found = committed(tmp_path / "data")
    at = datetime.fromisoformat
    assert found["tp_88001"][at("2026-01-30T16:00:00Z")] == pytest.approx(40.06)
    lacking = at("2026-01-31T18:00:00Z")
    assert found["tp_88002"][lacking] is None
    assert found["quality_flags"][lacking] == ["INSUFFICIENT_DATA"]
    assert sum(value is None for value in [*found["tp_88001"].values(), *found["tp_88002"].values()]) == 1
    why = trendgate("explain", "--at", "2026-01-31T18:00:00Z", "--data-dir", tmp_path / "data")
    assert "do not cover the bin whole" in why.out


def test_dates_that_a_spreadsheet_exchanged_are_refused_or_mended_and_said(trendgate, tmp_path):
    shape = SHAPES / "alc-ivu-report-xlsx"
    stated = (shape / "site.yaml").read_text()
    config = tmp_path / "site.yaml"
    options = ["--config", config, "--site", "S", "--data-dir", tmp_path / "data", "--json"]
    for time in ("sheet", "iso"):
        config.write_text(stated.replace("      mend: exchanged_day_month\n", "").replace("sheet}", f"{time}}}"))
        done = trendgate("run", shape / "in", *options)
        assert done.code == 1
        for word in ("plant2.xlsx!plant 2.xls:8", "day and month have changed places", "mend: exchanged_day_month"):
            assert word in done.err
    config.write_text(stated)
    done = trendgate("run", shape / "in", *options)
    assert done.code == 0, done.err
    (said,) = [warning for warning in done.json["warnings"] if warning["kind"] == "mended_dates"]
    assert said["counts"] == {"rows": 28, "reports": 1}


def test_names_that_come_from_the_path_are_those_of_each_file(trendgate, tmp_path):
    source = SHAPES / "epoch-per-point-csv" / "in" / "Demo_Tower_L5_Chiller_9_CHWST.csv"
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        (tmp_path / "in" / f"{name}.csv").write_bytes(source.read_bytes())
    entry = "{match: '*.csv', table: wide, prefix: '{stem}/', time: {columns: save_time, format: epoch_s}}"
    config = tmp_path / "site.yaml"
    config.write_text(f"cleaner: {{site_id: S, timezone: UTC, sources: [{entry}]}}\n")
    done = trendgate("run", tmp_path / "in", "--config", config, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    found = committed(tmp_path / "data")
    assert found.keys() >= {"one_value", "two_value"}
    assert found["one_value"] == found["two_value"]


def rows_of(first):
    times = [f"2024-01-01 00:{minute:02}" for minute in range(0, 60, 15)]
    return [["t", "value"], *([time, first + place] for place, time in enumerate(times))]


def as_csv(rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def run_described(trendgate, folder, entries):
    config = folder / "site.yaml"
    config.write_text(f"cleaner: {{site_id: S, timezone: UTC, resample_interval: 15m, sources: [{entries}]}}\n")
    return trendgate("run", folder / "in", "--config", config, "--data-dir", folder / "data", "--json")


def test_members_of_an_archive_and_sheets_of_a_workbook_have_names_and_entries_of_their_own(trendgate, tmp_path):
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "week.zip", "w") as archive:
        archive.writestr("north/T1.csv", as_csv(rows_of(1)))
        archive.writestr("north/T2.csv", as_csv(rows_of(1)))
        archive.writestr("notes.txt", "nothing to see")
    workbook(tmp_path / "in" / "plant.xlsx", {"Sheet1": rows_of(30), "Sheet2": rows_of(40), "Cover": [["Plant", "by us"]]})
    table = "table: wide, time: {columns: t, format: iso}"
    entries = [
        f"{{match: week.zip, {table}, point: {{path: '(?<name>.*/.*)'}}}}",
        f"{{match: plant.xlsx, member: Sheet1, {table}, point: sheet}}",
        f"{{match: plant.xlsx, member: 'Sheet*', {table}, prefix: '{{stem}}/'}}",
        f"{{match: plant.xlsx, member: 'Table*', {table}}}",
    ]
    done = run_described(trendgate, tmp_path, ", ".join(entries))
    assert done.code == 0, done.err
    # They are of no entry.
    (passed_over,) = [warning for warning in done.json["warnings"] if warning["kind"] == "passed_over"]
    assert [path.rsplit("/", 1)[-1] for path in passed_over["examples"]] == ["plant.xlsx!Cover", "week.zip!notes.txt"]
    found = committed_now(trendgate, tmp_path / "data")
    firsts = {name: next(iter(values.values())) for name, values in found.items() if name not in ("timestamp", "quality_flags")}
    assert firsts == {"north_t1": 1, "north_t2": 1, "sheet1": 30, "plant_value": 40}
    again = run_described(trendgate, tmp_path, ", ".join(entries))
    assert (again.code, again.json["version"]) == (0, 1)
    # Whether the files are new or known, it is said that no sheet has such a name.
    for answer in (done, again):
        said = [warning["message"] for warning in answer.json["warnings"] if warning["kind"] == "unmatched_source"]
        assert len(said) == 1
        assert '"Table*" in "plant.xlsx"' in said[0]
    # A sheet under a new name is a new point where its name is one.
    workbook(tmp_path / "in" / "plant.xlsx", {"Sheet3": rows_of(30), "Sheet2": rows_of(40)})
    entries[1] = entries[1].replace("Sheet1", "Sheet3")
    done = run_described(trendgate, tmp_path, ", ".join(entries))
    assert done.code == 0, done.err
    assert committed_now(trendgate, tmp_path / "data").keys() >= {"sheet3", "plant_value", "north_t1"}


def test_a_sheet_that_sums_up_others_is_left_out_and_said(trendgate, tmp_path):
    (tmp_path / "in").mkdir()
    days = [["Day", "Least", "Most"], *([f"2025-03-{day:02}", 1, 9] for day in range(1, 9))]
    quarters = [[f"2025-03-01 {quarter // 4:02}:{quarter % 4 * 15:02}", quarter % 7] for quarter in range(60)]
    workbook(tmp_path / "in" / "plant.xlsx", {"Summary": days, "Data": [["t", "value"], *quarters]})
    config = tmp_path / "site.yaml"
    done = trendgate("init", tmp_path / "in", "--site", "S", "--timezone", "UTC")
    assert 'Left out: the name of the sheet "Summary" says that it sums up others' in done.out
    config.write_text(done.out)
    done = trendgate("run", tmp_path / "in", "--config", config, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    (passed_over,) = [warning for warning in done.json["warnings"] if warning["kind"] == "passed_over"]
    assert [path.rsplit("/", 1)[-1] for path in passed_over["examples"]] == ["plant.xlsx!Summary"]
    assert committed_now(trendgate, tmp_path / "data").keys() == {"timestamp", "quality_flags", "data"}


CORPUS = Path(__file__).resolve().parent.parent / "fuzz" / "corpus" / "containers"


def test_workbooks_of_older_and_of_open_programs_are_read_alike(trendgate, tmp_path):
    entry = "{match: 'plant.*', member: Trend, table: wide, time: {columns: Date, format: sheet}, skip: ['Note*']}"
    found = {}
    for name, source in (("plant.xls", "10-workbook-xls"), ("plant.ods", "11-workbook-ods")):
        folder = tmp_path / name
        (folder / "in").mkdir(parents=True)
        (folder / "in" / name).write_bytes((CORPUS / source).read_bytes())
        done = run_described(trendgate, folder, entry)
        assert done.code == 0, done.err
        assert done.json["cells"]["missing"] == 1
        found[name] = committed_now(trendgate, folder / "data")
        again = run_described(trendgate, folder, entry)
        assert (again.code, again.json["status"]) == (0, "nothing_new")
    assert found["plant.xls"] == found["plant.ods"]
    chwst = found["plant.xls"]["chwst"]
    assert chwst[datetime.fromisoformat("2025-03-12T03:00:00Z")] == 7.7
    assert chwst[datetime.fromisoformat("2025-03-11T23:00:00Z")] is None


def test_a_sheet_that_takes_more_memory_than_a_run_may_is_refused_each_time(trendgate, tmp_path):
    (tmp_path / "in").mkdir()
    notes = [f"{number:064x}" * 16 for number in range(64)]
    rows = [[f"2024-01-01 00:{number % 60:02}", notes[number % 64]] for number in range(64_000)]
    workbook(tmp_path / "in" / "large.xlsx", {"All": [["t", "value"], *rows]})
    config = tmp_path / "site.yaml"
    entry = "{match: large.xlsx, table: wide, time: {columns: t, format: iso}}"
    config.write_text(f"cleaner: {{site_id: S, timezone: UTC, sources: [{entry}]}}\nbatch: {{memory_limit_mb: 64}}\n")
    for _ in range(2):
        done = trendgate("run", tmp_path / "in", "--config", config, "--data-dir", tmp_path / "data", "--json")
        assert done.code == 1
        assert "more than batch.memory_limit_mb: 64" in done.err


def test_an_entry_without_a_table_adds_to_the_dialects_of_its_texts(trendgate, tmp_path):
    def history(day, value):
        rows = "".join(f"{day}-Nov-24 12:{minute:02}:00 AM SGT,{{ok}},{value}\n" for minute in range(0, 60, 15))
        return f"history:/station/T1\nTimestamp,Status,Value\n{rows}{day}-Nov-24 01:00:00 AM SGT,{{ok}},-9999\n"

    folder = tmp_path / "in"
    (folder / "north").mkdir(parents=True)
    (folder / "north" / "a.csv").write_text(history("03", 20))
    refused = run_described(trendgate, tmp_path, "{match: '*.csv', missing: [-9999]}")
    assert refused.code == 1
    assert "abbreviations: {SGT" in refused.err
    entry = "{match: '*.csv', abbreviations: {SGT: '+08:00'}, missing: [-9999], prefix: '{stem}/', interval: 15m}"
    done = run_described(trendgate, tmp_path, entry)
    assert done.code == 0, done.err
    assert done.json["cells"]["missing"] == 1
    (folder / "a.csv").write_text(history("04", 30))
    grown = run_described(trendgate, tmp_path, entry)
    assert (grown.code, grown.json["version"]) == (0, 2)
    found = committed_now(trendgate, tmp_path / "data")["a_t1"]
    assert found[datetime.fromisoformat("2024-11-02T16:00:00Z")] == 20
    assert found[datetime.fromisoformat("2024-11-03T16:45:00Z")] == 30
    once = tmp_path / "once"
    once.mkdir()
    (once / "in").symlink_to(folder)
    assert run_described(trendgate, once, entry).code == 0
    assert committed_now(trendgate, once / "data")["a_t1"] == found


REFUSED = {
    "the other order": ("%d/%m/%Y %H:%M", ("expected a time in the format", "4/13/2019 0:00", "line 5")),
    "another column": ("iso", ("expected a time in the format \"iso\"", "4/12/2019 23:50")),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_table_that_is_not_as_it_is_described_is_refused_with_the_line_that_says_so(trendgate, tmp_path, name):
    time, words = REFUSED[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("Datetime,A\n4/12/2019 23:50,1\n4/13/2019 0:00,2\n")
    config = tmp_path / "site.yaml"
    config.write_text(
        "cleaner:\n  site_id: S\n  timezone: UTC\n  sources:\n"
        f"    - match: a.csv\n      table: wide\n      time: {{columns: Datetime, format: '{time}'}}\n"
    )
    done = trendgate("run", tmp_path / "in", "--config", config, "--data-dir", tmp_path / "data")
    assert done.code == 1
    for word in ("a.csv", "line 5 of the configuration", *words):
        assert word in done.err


def test_a_table_that_arrives_in_pieces_leaves_the_dataset_of_the_whole(trendgate, tmp_path):
    shape = SHAPES / "ahu-wide-one-time-column"
    lines = (shape / "in" / "ahu.csv").read_text().splitlines(keepends=True)
    config = tmp_path / "site.yaml"
    config.write_text((shape / "site.yaml").read_text().replace("ahu.csv", "'*.csv'"))
    folder = tmp_path / "in"
    folder.mkdir()
    found = {}
    for data, rows in (("whole", [slice(1, None)]), ("pieces", [slice(1, 14), slice(14, None)])):
        for piece in folder.iterdir():
            piece.unlink()
        for number, part in enumerate(rows):
            (folder / f"{number}.csv").write_text("".join([lines[0], *lines[part]]))
            done = trendgate("run", folder, "--config", config, "--site", "S", "--data-dir", tmp_path / data, "--json")
            assert done.code == 0, done.err
        found[data] = committed(tmp_path / data)
    assert found["whole"] == found["pieces"]


def test_a_change_of_the_description_reads_anew_what_it_concerns(trendgate, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("t,A,Note\n2024-01-01 00:00,1,2\n2024-01-01 00:05,-9999,4\n")
    config, options = tmp_path / "site.yaml", ["--data-dir", tmp_path / "data", "--json"]
    versions = []
    for more in ("", "name: a, ", "skip: [Note], ", "skip: [Note], missing: [-9999], "):
        entry = f"{{match: a.csv, table: wide, {more}time: {{columns: t, format: iso}}}}"
        config.write_text(f"cleaner: {{site_id: S, timezone: UTC, sources: [{entry}]}}\n")
        done = trendgate("run", tmp_path / "in", "--config", config, *options)
        assert done.code == 0, done.err
        versions.append(done.json["version"])
    assert versions == [1, 1, 2, 3]
    found = committed_now(trendgate, tmp_path / "data")
    assert found["a"][datetime.fromisoformat("2024-01-01T00:05:00Z")] is None


def committed_now(trendgate, data):
    """Values by column and time of the parts that are live."""
    found = {}
    for part in trendgate("files", "--data-dir", data).out.split():
        for row in pq.read_table(part).to_pylist():
            for column, value in row.items():
                found.setdefault(column, {})[row["timestamp"]] = value
    return found


def table(names=("Datetime", "A", "B"), separator=",", date="{month}/{day}/2019 {hour}:{minute:02}", end="\n", cell=str):
    """Six rows of a table around a midnight."""
    lines = [separator.join(names)]
    for row in range(6):
        day, hour, minute = (12, 23, 15 * row + 15) if row < 3 else (13, 0, 15 * row - 45)
        cells = {"A": cell(20.5 + row), "B": cell(1000.25 + row), "C": cell(row)}
        cells["Datetime"] = cells["Zeit"] = date.format(month=4, day=day, hour=hour, minute=minute)
        lines.append(separator.join(cells[name.strip('"')] for name in names))
    return end.join(lines) + end


#: A table that is written otherwise than the one for which its entry was written: read alike, or refused; never otherwise.
ALIKE = {
    "as it was": table(),
    "columns in another order": table(("B", "Datetime", "A")),
    "one more column": table(("Datetime", "A", "C", "B")),
    "semicolons": table(separator=";"),
    "tabulators": table(separator="\t"),
    "decimal commas": table(separator=";", cell=lambda value: str(value).replace(".", ",")),
    "quotes": table(('"Datetime"', '"A"', '"B"'), cell=lambda value: f'"{value}"'),
    "other line ends": table(end="\r\n"),
    "a byte order mark": "\ufeff" + table(),
    "lines above": "A title\nPrinted by nobody\n\n" + table(),
    "the header again": table() + "Datetime,A,B\n",
    "zeros in the dates": table(date="{month:02}/{day:02}/2019 {hour:02}:{minute:02}"),
    "separators behind the rows": table(end=",,\n"),
}
OTHERWISE = {
    "day first": (table(date="{day}/{month}/2019 {hour}:{minute:02}"), "day and month exchanged"),
    "year first": (table(date="2019-{month:02}-{day:02} {hour:02}:{minute:02}"), "expected a time"),
    "years of two digits": (table(date="{month}/{day}/19 {hour}:{minute:02}"), "expected a time"),
    "seconds": (table(date="{month}/{day}/2019 {hour}:{minute:02}:00"), "expected a time"),
    "a word for the zone": (table(date="{month}/{day}/2019 {hour}:{minute:02} CDT"), "expected a time"),
    "another name of the time": (table(("Zeit", "A", "B")), "the row of names"),
    "a column twice": (table(("Datetime", "A", "A")), "twice"),
    "a table with other columns below": (table() + table(("Datetime", "B", "A")), "another table"),
    "no row of names": (table().split("\n", 1)[1], "the row of names"),
    "no rows": ("Datetime,A,B\n", "no rows"),
}


def read_table(trendgate, folder, text):
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text(text, newline="")
    config = folder / "site.yaml"
    entry = "{match: a.csv, table: wide, time: {columns: Datetime, format: '%m/%d/%Y %H:%M'}}"
    config.write_text(f"cleaner: {{site_id: S, timezone: America/Chicago, resample_interval: 15m, sources: [{entry}]}}\n")
    return trendgate("run", folder / "in", "--config", config, "--data-dir", folder / "data", "--json")


@pytest.mark.parametrize("name", sorted(ALIKE))
def test_a_table_that_is_written_otherwise_is_read_alike(trendgate, tmp_path, name):
    done = read_table(trendgate, tmp_path, ALIKE[name])
    assert done.code == 0, done.err
    found = committed(tmp_path / "data")
    for column, first in (("a", 20.5), ("b", 1000.25)):
        assert list(found[column].values()) == [first + row for row in range(6)]
    assert min(found["a"]) == datetime.fromisoformat("2019-04-13T04:15:00Z")


@pytest.mark.parametrize("name", sorted(OTHERWISE))
def test_a_table_that_is_another_is_refused_and_said_so(trendgate, tmp_path, name):
    text, word = OTHERWISE[name]
    done = read_table(trendgate, tmp_path, text)
    assert done.code == 1
    assert word in done.err
    assert "a.csv" in done.err
    assert not list((tmp_path / "data").rglob("*.parquet"))


def test_a_table_that_nobody_describes_is_refused_with_what_it_looks_like(trendgate, tmp_path):
    for number, separator in enumerate((",", ";")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.csv").write_text(table(separator=separator))
        options = ["--site", "S", "--timezone", "UTC", "--data-dir", tmp_path / "data"]
        done = trendgate("run", folder, *options)
        assert done.code == 1
        assert 'looks like a wide table: time in "Datetime" (4/12/2019 23:15), 2 points' in done.err
        assert "`trendgate init FILE` writes its description" in done.err
