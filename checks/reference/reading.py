"""Reads one report: bytes in, rows of instants and cells out, and a count for every cell."""

import csv
import gzip
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from blake3 import blake3

from .cells import cell, decimal_signs
from .clocks import resolved

HEADERS = {("<>Date", "Time"), ("<>日期", "時間")}
POINT = re.compile(r"Point_\d+:")
SPANS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
FUTURE = 300
LOST = {"unrecognised", "unit_mismatch"}


class Refused(Exception):
    """The report is not read at all."""


class Future(Refused):
    """A row is later than now: time may mend it, so it is always tried again."""


@dataclass(frozen=True)
class Row:
    """A row that was accepted, at the second `time` since the epoch."""

    time: int
    moved: bool
    place: int
    cells: tuple


@dataclass(frozen=True)
class Point:
    """A point as its report declares it."""

    name: str
    suffix: str
    trend: str

    @property
    def full(self):
        return f"{self.name}:{self.suffix}" if self.suffix else self.name


@dataclass
class Report:
    """What one text says."""

    digest: str
    points: list
    interval: int | None
    rows: list = field(default_factory=list)
    rejected_rows: int = 0
    rejected_cells: int = 0
    resolved: int = 0
    by_rule: int = 0
    nonexistent: int = 0
    complete: bool = False

    @property
    def first(self):
        return min(row.time for row in self.rows)

    @property
    def last(self):
        return max(row.time for row in self.rows)

    @property
    def loses(self):
        """Whether more than 1 % of its rows, or 5 % of a point's cells, are lost. The row in which it was cut short is none."""
        torn = 0 if self.complete else 1
        if self.rejected_rows - torn > 0.01 * (len(self.rows) + self.rejected_rows):
            return True
        lost = Counter(place for row in self.rows for place, cell in enumerate(row.cells) if cell.fate in LOST)
        return any(count > 0.05 * len(self.rows) for count in lost.values())

    @property
    def kind(self):
        return (frozenset((p.name, p.suffix, interval_of(p.trend)) for p in self.points), self.interval)


def unpacked(data):
    """The bytes of the text: gzip is found by what it begins with."""
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def digest(data):
    """The identity of a text."""
    return blake3(unpacked(data)).hexdigest()


def decoded(data):
    """The text in these bytes: UTF-16 and UTF-8 prove themselves, the rest here is CP950."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp950")


def interval_of(text):
    """`15 Minutes` in seconds; None for a text that names no span."""
    found = re.search(r"(\d+)\s*(second|minute|hour|day)", text.lower())
    return int(found[1]) * SPANS[found[2]] if found else None


def fields(line):
    return next(csv.reader([line]), [])


def read(data, config):
    """The report in `data`.

    Raises Refused where the whole of it must not be taken.
    """
    lines = decoded(unpacked(data)).split("\n")
    ended = lines[-1] == ""
    lines = [line.removesuffix("\r") for line in (lines[:-1] if ended else lines)]
    head, below = head_of(lines)
    report = Report(digest(data), head.points, head.interval)
    rows = []
    for place, line in enumerate(lines[below:], below):
        cells = fields(line)
        if "End of Report" in line:
            report.complete = True
            nothing_behind(lines[place + 1 :])
            break
        if line == head.line or not any(cells):
            continue
        torn = not ended and place == len(lines) - 1 and head.line.startswith(line)
        if POINT.fullmatch(cells[0]) or (cells[0].startswith("<>") and not torn):
            raise Refused("a second head")
        if len(cells) == head.padded and not any(cells[head.width :]):
            cells = cells[: head.width]
        whole = not torn and (ended or place < len(lines) - 1 or (line.endswith('"') and line.count('"') % 2 == 0))
        if whole and len(cells) == head.width:
            rows.append((place, cells))
        else:
            reject(cells, report)
    accept(rows, head, report, config)
    return report


@dataclass
class Head:
    """What stands above the rows: the header's line, how many fields a row has, and how many with commas at the end of lines."""

    points: list
    interval: int | None
    stated: str
    line: str
    width: int
    padded: int


def head_of(lines):
    """The head of the report, and the place of the first line below it."""
    keys, interval, stated = {}, None, ""
    for place, line in enumerate(lines):
        padded = fields(line)
        cells = padded[: max((n for n, text in enumerate(padded, 1) if text), default=0)]
        if not cells:
            continue
        if POINT.fullmatch(cells[0]):
            if cells[0][:-1] in keys:
                raise Refused("a second point of this key")
            keys[cells[0][:-1]] = point_of([*cells[1:], "", "", ""])
        elif cells[0] == "Time Interval:":
            interval = interval_of(cells[1])
        elif cells[0] == "Date Range:":
            stated = cells[1]
        elif tuple(cells[:2]) in HEADERS:
            if set(keys) != set(cells[2:]):
                raise Refused("a point that the header lacks")
            points = [keys[key] for key in cells[2:]]
            check_points(points)
            return Head(points, interval, stated, line, len(cells), len(padded)), place + 1
        elif len(cells) > 2 and some_day(cells[0]) and TIME.fullmatch(cells[1].strip()):
            raise Refused("a row above the head")
    raise Refused("no header")


def point_of(cells):
    """The point of a line of the head: names in NFC, with every kind of blank as one; a suffix may stand in the name."""
    name, suffix = (" ".join(unicodedata.normalize("NFC", text).split()) for text in cells[:2])
    if not suffix and ":" in name:
        name, suffix = name.rsplit(":", 1)
    return Point(name, suffix, cells[2])


def nothing_behind(lines):
    """Rows behind a trailer would be another report's."""
    if any(line.strip(', "') for line in lines):
        raise Refused("rows behind the trailer")


def reject(cells, report):
    report.rejected_rows += 1
    report.rejected_cells += max(0, len(cells) - 2)


def accept(rows, head, report, config):
    """Rows with as many fields as the header: those with a time enter the report."""
    if not rows:
        raise Refused("no rows")
    order = order_of([cells[0] for _, cells in rows], head.stated)
    timed = []
    for place, cells in rows:
        local = local_time(cells, order)
        if local is None:
            reject(cells, report)
        else:
            timed.append((place, local, cells[2:]))
    if not timed:
        raise Refused("no row with a time")
    rules = [config.point(point.full) for point in report.points]
    signs = decimal_signs(zip(*(texts for _, _, texts in timed), strict=True))
    clock = resolved([local for _, local, _ in timed], config, report)
    for (place, _, texts), (time, moved) in zip(timed, clock, strict=True):
        if time > config.now + FUTURE:
            raise Future("a row in the future")
        report.rows.append(Row(time, moved, place, tuple(map(cell, texts, rules, signs))))


def check_points(points):
    """A point that stands twice in one file, or has no name, rejects it."""
    names = [point.full for point in points]
    if len(set(names)) < len(names) or not all(point.name for point in points):
        raise Refused("a point twice, or an empty name")


DATE = re.compile(r"(\d{1,4})/(\d{1,2})/(\d{1,4})")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
ORDERS = {"ymd": (1, 2, 3), "mdy": (3, 1, 2), "dmy": (3, 2, 1)}


def date_of(text, order):
    """The day that `text` is in this order of its parts; None where it is none."""
    found = DATE.fullmatch(text.strip())
    if not found or len(found[ORDERS[order][0]]) != 4:
        return None
    try:
        return date(*(int(found[place]) for place in ORDERS[order]))
    except ValueError:
        return None


def order_of(dates, stated):
    """The only order of year, month and day in which the dates are days, and lie in the stated range."""
    proved = []
    for order in ORDERS:
        days = [date_of(text, order) for text in dates]
        bounds = [date_of(found[0], order) for found in DATE.finditer(stated)]
        if any(days) and all(bounds) and all(day is not None or not some_day(text) for day, text in zip(days, dates, strict=True)):
            proved.append(order)
    if len(proved) != 1:
        raise Refused("the order of day and month is not proved")
    return proved[0]


def some_day(text):
    return any(date_of(text, order) for order in ORDERS)


def local_time(cells, order):
    """The wall time of a row; None where the row is rejected."""
    day, time = date_of(cells[0], order), TIME.fullmatch(cells[1].strip())
    if day is None or not time:
        return None
    try:
        return datetime(day.year, day.month, day.day, *(int(part or 0) for part in time.groups()))
    except ValueError:
        return None
