"""Reads one report: bytes in, rows of instants and cells out, and a count for every cell."""

import csv
import gzip
import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import cache
from zoneinfo import ZoneInfo

from .units import UNITS

#: Missing tokens by the word under which they are counted.
TOKENS = {
    "(empty)": [""],
    "nan": ["nan"],
    "inf": ["inf", "+inf", "-inf"],
    "null": ["null", "none"],
    "n/a": ["n/a", "na"],
    "#n/a": ["#n/a"],
    "#value!": ["#value!"],
    "---": ["-", "--", "---", "[-]"],
    "?": ["?"],
    "bad": ["bad"],
    "no data": ["no data", "nodata"],
    "data loss": ["data loss"],
    "comm fail": ["comm fail", "commfail"],
    "error": ["error", "err"],
}
MISSING = {token: word for word, tokens in TOKENS.items() for token in tokens}
CLOCK_CORRECTION = re.compile(r"time \(-?\d+\)")
STATES = {"on": 1.0, "off": 0.0, "running": 1.0, "stop": 0.0, "enabled": 1.0, "open": 1.0, "closed": 0.0, "開": 1.0, "關": 0.0}
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
HEADERS = {("<>Date", "Time"), ("<>日期", "時間")}
TOO_LARGE = 1e20
SPANS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Refused(Exception):
    """The report is not read at all."""


@dataclass(frozen=True)
class Cell:
    """What became of a cell: `number`, `missing`, `unrecognised`, `unit_mismatch` or `not_finite`."""

    fate: str
    value: float | None = None
    token: str | None = None


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
    def kind(self):
        return (frozenset((p.name, p.suffix, interval_of(p.trend)) for p in self.points), self.interval)


def unpacked(data):
    """The bytes of the text: gzip is found by what it begins with."""
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def digest(data):
    """The identity of a text."""
    return hashlib.sha256(unpacked(data)).hexdigest()


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
    lines = [line.rstrip("\r") for line in (lines[:-1] if ended else lines)]
    report, width, keys, raw = None, 0, {}, []
    interval, stated = None, ""
    for place, line in enumerate(lines):
        cells = fields(line)
        while report is None and cells and cells[-1] == "":
            cells.pop()
        if report is None:
            if not cells:
                continue
            if re.fullmatch(r"Point_\d+:", cells[0]):
                if cells[0][:-1] in keys:
                    raise Refused("a second point of this key")
                name, suffix, trend = (unicodedata.normalize("NFC", cell) for cell in (cells[1:] + ["", "", ""])[:3])
                keys[cells[0][:-1]] = Point(name, suffix, trend)
            elif cells[0] == "Time Interval:":
                interval = interval_of(cells[1])
            elif cells[0] == "Date Range:":
                stated = cells[1]
            elif tuple(cells[:2]) in HEADERS:
                if set(keys) != set(cells[2:]):
                    raise Refused("a point that the header lacks")
                report = Report(digest(data), [keys[key] for key in cells[2:]], interval)
                check_points(report.points)
                header, width = line, len(cells)
                padded = len(fields(line))
            continue
        if "End of Report" in line:
            report.complete = True
            if any(rest.strip(", \"") for rest in lines[place + 1 :]):
                raise Refused("rows behind the trailer")
            break
        if line == header or not any(cells):
            continue
        if re.fullmatch(r"Point_\d+:", cells[0]) or cells[0].startswith("<>"):
            raise Refused("a second head")
        if len(cells) == padded and not any(cells[width:]):
            cells = cells[:width]
        last = place == len(lines) - 1 and not ended
        whole = not last or (line.endswith('"') and line.count('"') % 2 == 0)
        if whole and len(cells) == width:
            raw.append((cells, place))
        else:
            report.rejected_rows += 1
            report.rejected_cells += max(0, len(cells) - 2)
    if report is None or not raw:
        raise Refused("no report, or one without rows")
    order = order_of([cells[0] for cells, _ in raw], stated)
    timed = [(local_time(cells, order), place, cells) for cells, place in raw]
    for local, _, cells in timed:
        if local is None:
            report.rejected_rows += 1
            report.rejected_cells += len(cells) - 2
    raw = [(local, place, cells[2:]) for local, place, cells in timed if local is not None]
    if not raw:
        raise Refused("no row with a time")
    instants = resolved([local for local, _, _ in raw], config, report)
    settings = [config.point(point.full) for point in report.points]
    for (_, place, texts), (time, moved) in zip(raw, instants, strict=True):
        if time > config.now + 300:
            raise Refused("a row in the future")
        cells = tuple(cell(text, point) for text, point in zip(texts, settings, strict=True))
        report.rows.append(Row(time, moved, place, cells))
    return report


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


def cell(text, point):
    """What a cell says of `point`."""
    text = text.strip()
    folded = text.casefold()
    if folded in point.words:
        return Cell("number", point.words[folded])
    if CLOCK_CORRECTION.fullmatch(folded):
        return Cell("missing", token="time (n)")
    if folded in MISSING:
        return Cell("missing", token=MISSING[folded])
    if folded in STATES:
        return Cell("number", STATES[folded])
    if NUMBER.fullmatch(text):
        return sized(float(text))
    if GROUPED.fullmatch(text) and (text.count(",") > 1 or "." in text):
        return sized(float(text.replace(",", "")))
    number = NUMBER.match(text)
    unit = UNITS.get(text[number.end() :].strip()) if number else None
    if unit is None:
        return Cell("unrecognised", token=text)
    value = float(number[0])
    if point.unit is None:
        return sized(value * unit.factor + unit.offset)
    if point.unit.base != unit.base:
        return Cell("unit_mismatch", token=text)
    if point.unit == unit:
        return sized(value)
    return sized((value * unit.factor + unit.offset - point.unit.offset) / point.unit.factor)


def sized(value):
    return Cell("not_finite" if abs(value) >= TOO_LARGE else "number", value)


def epoch(instant):
    return int(instant.timestamp())


@cache
def readings(local, zone):
    """The instants at which the clock of `zone` shows `local`: with the offset before a change, and with the one behind it."""
    clock = ZoneInfo(zone)
    return tuple(epoch(local.replace(tzinfo=clock, fold=fold)) for fold in (0, 1))


@cache
def offset(instant, zone):
    return datetime.fromtimestamp(instant, timezone.utc).astimezone(ZoneInfo(zone)).utcoffset()


@cache
def change(local, zone):
    """The change of clocks that makes `local` a time that happens twice, or never; None for all others."""
    one, other = sorted(readings(local, zone))
    if one == other:
        return None
    before = offset(one - 1, zone)
    low, high = one - 1, other
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high


def twice(local, zone):
    first, second = readings(local, zone)
    return first < second


def never(local, zone):
    first, second = readings(local, zone)
    return first > second


def resolved(locals_, config, report):
    """For each row its instant, and whether it was moved out of an hour that never happened."""
    zone = config.zone
    backwards = descending(locals_, zone)
    found = [None] * len(locals_)
    hours = {}
    for place, local in enumerate(locals_):
        if twice(local, zone):
            hours.setdefault(change(local, zone), []).append(place)
        elif never(local, zone):
            report.nonexistent += 1
            found[place] = (readings(local, zone)[0 if config.nonexistent_time == "later" else 1], True)
        else:
            found[place] = (readings(local, zone)[0], False)
    for places in hours.values():
        if backwards:
            places = places[::-1]
        passes = passes_of([locals_[place] for place in places])
        if passes is None:
            report.by_rule += len(places)
            passes = [0 if config.ambiguous_time == "earlier" else 1] * len(places)
        else:
            report.resolved += len(places)
        for place, which in zip(places, passes, strict=True):
            found[place] = (readings(locals_[place], zone)[which], False)
    return found


def passes_of(times):
    """Of the rows of one doubled hour, in order of time: in which pass each stands; None where nothing tells."""
    steps = [place for place in range(1, len(times)) if times[place] < times[place - 1]]
    if steps:
        return [sum(place >= step for step in steps[:1]) for place in range(len(times))]
    if all(count == 2 for count in Counter(times).values()):
        return [place % 2 for place in range(len(times))]
    return None


def descending(locals_, zone):
    """The direction of a report: what most of its steps outside of doubled hours say, else those within."""
    doubled = [twice(local, zone) for local in locals_]
    outside, within = 0, 0
    for place in range(1, len(locals_)):
        step = (locals_[place] > locals_[place - 1]) - (locals_[place] < locals_[place - 1])
        if doubled[place] and doubled[place - 1]:
            within += step
        else:
            outside += step
    return outside < 0 or (outside == 0 and within < 0)
