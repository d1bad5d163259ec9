"""Reports as loggers, spreadsheets and people leave them; and files that are none."""

import gzip
import unicodedata
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .clocks import change, twice

JUNK = 99
REPEATED = 0.003
APART = 0.1
TRAILER = " ******************************** End of Report *********************************"


def local(at, zone):
    return datetime.fromtimestamp(at, timezone.utc).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def rows_of(chance, zone, kind, begin, end, sound):
    """Local times and what to read at them: by a clock that changes, or by one that does not know of changes."""
    end = max(end, begin + 1)
    if kind.clock == "honest":
        times = [(local(at, zone), at) for at in range(begin, end, kind.step)]
    else:
        first = local(begin, zone)
        times = [(first + timedelta(seconds=after), begin + after) for after in range(0, end - begin, kind.step)]
    if sound:
        return times
    if chance.random() < 0.2:
        times = [row for row in times if chance.random() < 0.8] or times[:1]
    if chance.random() < 0.1:
        lost = chance.randrange(len(times))
        times = times[:lost] + times[lost + chance.randrange(1, 20) :] or times[:1]
    if chance.random() < 0.15:
        for _ in range(chance.randrange(1, 3)):
            place = chance.randrange(len(times))
            times.insert(place, times[place])
    return arranged(chance, zone, times)


def arranged(chance, zone, times):
    """The rows in time order, the last one first, or in disorder where no hour of theirs is doubled."""
    dice = chance.random()
    if dice < 0.15:
        times = times[::-1]
    elif dice < 0.25 and not any(twice(each, zone) for each, _ in times):
        chance.shuffle(times)
    return times if clear(times, zone) else sorted(times, key=lambda row: row[1])


def clear(times, zone):
    """Whether within each doubled hour the rows step back once at most: of more steps the documents say nothing."""
    hours = {}
    for each, _ in times:
        if twice(each, zone):
            hours.setdefault(change(each, zone), []).append(each)
    for inside in hours.values():
        back = sum(one > other for one, other in zip(inside, inside[1:], strict=False))
        on = sum(one < other for one, other in zip(inside, inside[1:], strict=False))
        if min(back, on) > 1:
            return False
    return True


def report(chance, zone, kind, begin, end, packed, sound):
    """The bytes of a report."""
    rows = rows_of(chance, zone, kind, begin, end, sound)
    form = Form(chance, zone, kind.points, rows)
    form.cut &= not sound
    lines = form.head(kind, rows)
    for place, (each, at) in enumerate(rows):
        cells = [form.date(each), form.time(each), *(point.text(at, chance) for point in kind.points)]
        if chance.random() < 0.01 and 2 < place < len(rows) - 1:
            cells = chance.choice([cells[:-1], [*cells, "1"], [form.no_day(each), *cells[1:]], [cells[0], "25:61:00", *cells[2:]]])
        lines.append(form.line(cells))
        if chance.random() < REPEATED and place:
            lines.append(form.header)
        if chance.random() < 0.003:
            lines.append("")
    data = form.written(lines)
    return gzip.compress(data, mtime=0) if packed else data


class Form:
    """How a report is written down."""

    def __init__(self, chance, zone, points, rows):
        self.chance = chance
        self.order = self.proved(rows) if chance.random() < 0.15 else "ymd"
        self.clock = chance.choice([0] * 8 + [1, 2])
        self.quoted = chance.random() < 0.85
        self.padded = not self.quoted and chance.random() < 0.4
        self.width = len(points) + 2
        self.end = chance.choice(["\r\n", "\r\n", "\n"])
        self.chinese = chance.random() < 0.15
        self.long = chance.random() < 0.5
        self.encoding = chance.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
        if zone == "Asia/Taipei" and self.chinese and all(usual(point.full) for point in points):
            self.encoding = chance.choice(["cp950", "utf-8"])
        self.cut = chance.random() < 0.06
        self.apart = chance.random() < APART and self.encoding != "cp950" and chance.choice(["accents", "blanks", "suffix"])

    def line(self, cells):
        if self.quoted:
            return ",".join(f'"{cell}"' for cell in cells)
        if self.padded:
            cells = [*cells, *[""] * (self.width - len(cells))]
        return ",".join(cells)

    def proved(self, rows):
        """An order of day and month that some row proves."""
        return self.chance.choice(["mdy", "dmy"]) if any(at.day > 12 for at, _ in rows) else "ymd"

    def spelt(self, point):
        """Name and suffix; in some files with accents as letters of their own, other blanks, or the suffix in the name."""
        names = [point.name, point.suffix]
        if self.apart == "accents":
            names = [unicodedata.normalize("NFD", name) for name in names]
        elif self.apart == "blanks":
            names = [name.replace(" ", "\u00a0") for name in names]
        elif self.apart == "suffix" and point.suffix:
            names = [point.full, ""]
        return names

    def date(self, at):
        parts = {"y": f"{at.year}", "m": f"{at:%m}", "d": f"{at:%d}"} if self.long else {"y": at.year, "m": at.month, "d": at.day}
        return "/".join(str(parts[part]) for part in self.order)

    def no_day(self, at):
        """A date that no calendar has."""
        return f"{at.year}/2/30" if self.order == "ymd" else ""

    def time(self, at):
        return [f"{at:%H:%M:%S}", f"{at.hour}:{at:%M:%S}", f"{at:%H:%M}"][self.clock]

    def head(self, kind, rows):
        lines = [self.line(["Key            Name:Suffix                                Trend Definitions Used"])]
        points = [(*self.spelt(point), point.trend) for point in kind.points]
        lines += [self.line([f"Point_{n}:", *point]) for n, point in enumerate(points, 1)]
        if kind.interval:
            minutes = kind.interval // 60
            lines.append(self.line(["Time Interval:", "1 Hour" if minutes == 60 else f"{minutes} Minutes"]))
        if self.chance.random() < 0.7:
            first, last = min(at for at, _ in rows), max(at for at, _ in rows)
            stated = f"{self.date(first)} 00:00:00 - {self.date(last)} 23:59:59"
            lines.append(self.line(["Date Range:", stated]))
        lines += [self.line(["Report Timings:", "All Hours"]), self.line([""])]
        words = ["<>日期", "時間"] if self.chinese else ["<>Date", "Time"]
        self.header = self.line([*words, *(f"Point_{n}" for n in range(1, len(kind.points) + 1))])
        return [*lines, self.header]

    def written(self, lines):
        if self.cut:
            text = self.end.join(lines) + self.end
            head = len(self.end.join(lines[: lines.index(self.header) + 2]) + self.end)
            text = text[: self.chance.randrange(head, len(text) + 1)]
            text = text.removesuffix('""')
        else:
            text = self.end.join([*lines, TRAILER, ""])
        return text.encode(self.encoding)


def usual(name):
    """Whether the letters of a name are ASCII or of those that CP950 is believed for."""
    return all(letter.isascii() or letter in "冰水溫度" for letter in name)


def junk(chance, config, kind, begin):
    """A file that must be refused: no report, one without rows, one of the future, or one with the rest of another in it."""
    good = report_of(config.zone, kind, begin)
    *body, row, trailer = good
    place = next(place for place, line in enumerate(body) if line.startswith('"<>'))
    head, preamble, header = body[: place + 1], body[:place], body[place]
    spare = f'"Point_{len(preamble) + 1}:","SPARE","",""'
    nameless = f'"Point_{len(preamble) + 1}:","","",""'
    again = preamble[0].replace("Point_1:", f"Point_{len(preamble) + 1}:")
    wider = [header + f',"Point_{len(preamble) + 1}"', *(line + ',"1"' for line in [*body[place + 1 :], row])]
    files = [
        [],
        ["Dear sir", ""],
        head,
        [*head, trailer, ""],
        [*body, '"2099/01/01",' + row.split(",", 1)[1], trailer, ""],
        [*good, row, ""],
        [*body, spare, row, trailer, ""],
        [*head, *good, ""],
        [row, *good, ""],
        [preamble[0], *good, ""],
        [spare, *good, ""],
        [*preamble, nameless, *wider, trailer, ""],
        [*preamble, again, *wider, trailer, ""],
        [*body, row, '"<>Date","Time","Point_9"', '"2010/01/01","00:00:00","1"', trailer, ""],
    ]
    return "\r\n".join(chance.choice(files[:JUNK])).encode()


def report_of(zone, kind, begin):
    """The lines of a sound report of a few rows."""
    lines = [f'"Point_{n}:","{point.name}","{point.suffix}","{point.trend}"' for n, point in enumerate(kind.points, 1)]
    lines.append(",".join(['"<>Date"', '"Time"', *(f'"Point_{n}"' for n in range(1, len(kind.points) + 1))]))
    for place in range(3):
        at = local(begin, zone) + timedelta(minutes=15 * place)
        lines.append(",".join([f'"{at:%Y/%m/%d}"', f'"{at:%H:%M:%S}"', *['"1"'] * len(kind.points)]))
    return [*lines, TRAILER]
