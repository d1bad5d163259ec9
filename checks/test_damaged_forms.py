"""What befalls files of each form of export: cut, with bytes that are no text, a foreign line, its head once more, zeros, empty, half a gzip.

As for Siemens' reports in `examples/damaged`, each file is refused by name, or every row and cell of it is in one count. All of a form lie in one
folder and are read by one run, each with points of its own.
"""

import gzip
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import conftest
import pytest
import reports
from test_field import committed
from workbooks import workbook

START, ROWS, QUARTER = datetime(2026, 2, 9), 40, timedelta(minutes=15)
TIMES = [START + QUARTER * row for row in range(ROWS)]
POINTS = ("A", "B")
ZONE = ["--site", "S", "--timezone", "Asia/Taipei", "--resample", "15m"]
ISO = 'time: {columns: t, format: "%Y-%m-%d %H:%M:%S"}'


def cell(row, point):
    return f"{20.5 + row / 10 if point == 'A' else 100.5 + row}"


def written(form, head, points=POINTS, rows=None):
    """What writes the parts of a text in a form of `reports`: its head of so many lines, its rows, and what stands below them."""
    rows = rows or [[time, *(cell(row, point) for point in points)] for row, time in enumerate(TIMES)]
    count = ROWS * (len(points) if form in ("metasys", "long") else 1)

    def write(name):
        lines = reports.report([f"{name}.{point}" for point in points], rows, form).splitlines()
        end = len(lines) - len(FEET.get(form, []))
        assert form == "day" or end == head + count, lines
        return lines[:head], lines[head:end], lines[end:]

    return write


#: What stands below the rows.
FEET = {"scheduler": ["End of Report"], "points": [",,,", "***", "End of Report"]}
#: The same cells in every row of 20 days.
DAYS = [[START + QUARTER * (96 * day + row), *(cell(row, point) for point in POINTS)] for day in range(20) for row in range(96)]
scheduler = written("scheduler", 6)


def own_file(name):
    return ["t,v"], [f"{time:%Y-%m-%d %H:%M:%S},{cell(row, 'A')}" for row, time in enumerate(TIMES)], []


def text(head, rows, foot):
    return "".join(line + "\r\n" for line in [*head, *rows, *foot]).encode()


def cut(head, rows, foot):
    """Ends five bytes into the row in the middle."""
    return text(head, rows[:20], []) + rows[20][:5].encode()


def no_text(head, rows, foot):
    """The last cell of a row has bytes that no encoding of the others has."""
    return text(head, [*rows[:20], "@@", *rows[21:]], foot).replace(b"@@", rows[20][:-3].encode() + b"\xff\xfe\xff")


def foreign(head, rows, foot):
    return text(head, [*rows[:20], "Hello, this is no row; is it?", *rows[20:]], foot)


def head_again(head, rows, foot):
    return text(head, [*rows[:20], *head, *rows[20:]], foot)


def zeros(head, rows, foot):
    """A row is zeros, as a disk leaves them, and so is the end of the file."""
    whole = text(head, [*rows[:20], "@@", *rows[21:]], foot)
    return whole.replace(b"@@", b"\0" * len(rows[20])) + b"\0" * 512


def empty(head, rows, foot):
    return b""


def half_gzip(head, rows, foot):
    packed = gzip.compress(text(head, rows, foot), mtime=0)
    return packed[: len(packed) // 2]


DAMAGES = [text, cut, no_text, foreign, head_again, zeros, empty, half_gzip]


@dataclass(frozen=True)
class Form:
    """How a file of the form is written, what an entry of `sources` says of it, and what comes of each damage: accepted and rejected rows."""

    write: object
    outcomes: dict
    entry: str = ""
    end: str = "csv"
    #: Files in which bytes that are no text leave a cell that is not recognised.
    unrecognised: int = 1


def outcomes(whole, cut, zeros, foreign=None, lost=1):
    """Rows of a file that is whole, cut, or has a row of zeros; one row is rejected for each damage, and for zeros that of the end, too."""
    damaged = {"TEXT": (whole, 0), "CUT": (cut, 1), "NO_TEXT": (whole, 0), "HEAD_AGAIN": (whole, 0)}
    return damaged | {"FOREIGN": (foreign or whole, lost), "ZEROS": (zeros, max(lost, 2))}


BY_ROW, BY_VALUE = outcomes(40, 20, 39), outcomes(80, 20, 79)

FORMS = {
    "scheduler": Form(scheduler, BY_ROW),
    # What the damaged bytes are is a state, which is counted as it is.
    "points": Form(written("points", 4, "A"), BY_ROW, "date_order: mdy", unrecognised=0),
    "pages": Form(written("pages", 1), BY_ROW, "date_order: mdy"),
    # Below a line that may have been the name of another point, nobody knows of which point the rows are.
    "niagara": Form(written("niagara", 3, "A"), outcomes(40, 20, 20, foreign=20, lost=21), "interval: 15m"),
    # The damaged bytes are of a name: nobody knows which one.
    "metasys": Form(written("metasys", 1), BY_VALUE | {"NO_TEXT": "names of the points"}, "date_order: mdy, interval: 15m", unrecognised=0),
    "toa5": Form(written("toa5", 4), BY_ROW, "interval: 15m", "dat"),
    "zinc": Form(written("zinc", 2), outcomes(80, 40, 78), "interval: 15m", "zinc"),
    "wide": Form(written("table", 1), BY_ROW, f"table: wide, interval: 15m, {ISO}"),
    "long": Form(written("long", 1), BY_VALUE, f"table: long, interval: 15m, {ISO}, value: {{column: v}}, point: {{columns: name}}"),
    "day": Form(
        written("day", 1, rows=DAYS),
        outcomes(40 * 96, 20 * 96, 39 * 96),
        'table: day, time: {columns: day, format: "%Y-%m-%d"}, day: {columns: "%H:%M"}, point: {columns: name}',
    ),
    "own_file": Form(own_file, BY_ROW, f'table: long, interval: 15m, {ISO}, value: {{column: v}}, point: {{path: "(?<name>.*)"}}'),
}
REFUSED = {"EMPTY": "", "HALF_GZIP": "the compressed file is damaged"}


def run(trendgate, folder, entry, data):
    """A run over a folder whose files an entry is about, which has to lose something; the data set is in order and the account adds up."""
    config = folder.parent / "site.yaml"
    sources = f'  sources:\n    - {{match: "*", {entry}}}\n' if entry else ""
    config.write_text(f"cleaner:\n  max_gap: 30d\n{sources}", encoding="utf-8")
    done = trendgate("run", folder, "--config", config, *ZONE, "--data-dir", data, "--json")
    assert done.code == 3, done.err
    made = conftest.dataset(data, folder, done)
    cells = made.manifest["cells"]
    assert cells["input"] == sum(count for fate, count in cells.items() if fate != "input"), cells
    assert trendgate("verify", "--data-dir", data).code == 0
    return done, made.manifest


def values_are_those_written(data):
    """Whatever is a number is the one that was written, at its time; how many there are."""
    count = 0
    found = committed(data)
    for column in found.keys() - {"timestamp", "quality_flags"}:
        point = "B" if column.endswith("_b") else "A"
        for time, value in found[column].items():
            if value is not None:
                row = (time.replace(tzinfo=None) + timedelta(hours=8) - START) // QUARTER
                assert value == pytest.approx(float(cell(row % 96, point))), (column, time)
                count += 1
    return count


def counted(entries):
    """Accepted and rejected rows of files and members, by the names without their endings."""
    return {Path(entry["path"]).stem: (entry["rows"], entry["rejected_rows"]) for entry in entries if entry["status"] == "accepted"}


@pytest.mark.parametrize("name", FORMS)
def test_damaged_files_of_a_form_are_refused_by_name_or_counted_to_the_last_row(trendgate, tmp_path, name):
    form, folder, data = FORMS[name], tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    for damage in DAMAGES:
        stem = damage.__name__.upper()
        (folder / f"{stem}.{form.end}").write_bytes(damage(*form.write(stem)))
    done, manifest = run(trendgate, folder, form.entry, data)
    refused = {Path(entry["file"]).stem: entry["error"] for entry in manifest["failed_files"]}
    expected = REFUSED | {file: word for file, word in form.outcomes.items() if isinstance(word, str)}
    assert refused.keys() == expected.keys()
    assert all(word in refused[file] and f"{file}.{form.end}" in done.err for file, word in expected.items())
    accepted = {file: rows for file, rows in form.outcomes.items() if file not in expected}
    assert counted(manifest["inputs"]) == accepted
    assert all(f"{file}.{form.end}" in done.err for file, (_, rejected) in accepted.items() if rejected)
    cells = manifest["cells"]
    assert (cells["unrecognised"], cells["missing"], cells["conflict_losers"]) == (form.unrecognised, 0, 0)
    assert values_are_those_written(data) == cells["used"] == cells["input"] - cells["unrecognised"] - cells["rejected"]


def test_damaged_workbooks_are_refused_by_name_or_counted_to_the_last_row(trendgate, tmp_path):
    folder, data = tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    rows = [[f"{time:%Y-%m-%d %H:%M:%S}", *(float(cell(row, point)) for point in POINTS)] for row, time in enumerate(TIMES)]
    for name, between in {"TEXT": [], "FOREIGN": [["Hello", "this is", "no row"]], "HEAD_AGAIN": [["t", "HEAD_AGAIN.A", "HEAD_AGAIN.B"]]}.items():
        workbook(folder / f"{name}.xlsx", {"Trend": [["t", f"{name}.A", f"{name}.B"], *rows[:20], *between, *rows[20:]]})
    workbook(folder / "EMPTY.xlsx", {"Trend": []})
    whole = (folder / "TEXT.xlsx").read_bytes()
    (folder / "CUT.xlsx").write_bytes(whole[: len(whole) // 2])
    (folder / "NO_TEXT.xlsx").write_bytes(whole.replace(b"PK\x01\x02", b"PK\x01\xff", 1))
    done, manifest = run(trendgate, folder, f"table: wide, interval: 15m, {ISO}", data)
    assert {Path(entry["file"]).stem for entry in manifest["failed_files"]} == {"EMPTY", "CUT", "NO_TEXT"}, done.err
    assert counted(manifest["inputs"]) == {"TEXT": (40, 0), "FOREIGN": (40, 1), "HEAD_AGAIN": (40, 0)}
    assert values_are_those_written(data) == 240


def archive(prefix):
    """The damaged reports, whose names begin so, as members of an archive."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as members:
        for damage in DAMAGES:
            name = prefix + damage.__name__.upper()
            members.writestr(zipfile.ZipInfo(f"{name}.csv"), damage(*scheduler(name)))
    return packed.getvalue()


def test_damaged_archives_are_refused_by_member_or_counted_to_the_last_row(trendgate, tmp_path):
    folder, data = tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    half, torn = archive("H."), bytearray(archive("T."))
    # A byte of the compressed bytes of one member.
    torn[torn.index(b"T.CUT.csv") + 40] ^= 0xFF
    for name, bytes in {"week": archive(""), "half": half[: len(half) // 2], "torn": torn}.items():
        (folder / f"{name}.zip").write_bytes(bytes)
    done, manifest = run(trendgate, folder, "", data)
    failed = {(Path(entry["file"]).stem, entry.get("member")) for entry in manifest["failed_files"]}
    members = {(zip, f"{prefix}{name}.csv") for zip, prefix in (("week", ""), ("torn", "T.")) for name in REFUSED}
    assert failed == members | {("half", None), ("torn", "T.CUT.csv")}, done.err
    for zip, prefix in (("week", ""), ("torn", "T.")):
        [input] = [entry for entry in manifest["inputs"] if Path(entry["path"]).stem == zip]
        rows = {
            Path(member["member"]).stem: tuple(sum(report[what] for report in member["reports"]) for what in ("rows", "rejected_rows"))
            for member in input["texts"]
        }
        assert rows == {f"{prefix}{name}": rows for name, rows in BY_ROW.items() if (zip, name) != ("torn", "CUT")}
    assert values_are_those_written(data) == manifest["cells"]["used"]
