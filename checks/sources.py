"""Reads a report a second time, as simply as can be: for comparison with what the program made of it."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

TAIPEI = timezone(timedelta(hours=8))
STATES = {"ON": 1.0, "OFF": 0.0, "開": 1.0, "關": 0.0}
RENAMED = {"冰水主管溫度": "chw_main_t"}  # by examples/plant.yaml
ENCODINGS = {"cp950.csv": "cp950", "utf16.csv": "utf-16"}
ROW = re.compile(r"\d{4}/\d{1,2}/\d{1,2}$")


@dataclass
class Source:
    """One report: the numbers in its whole rows by (time, column), and how often each text stands there instead."""

    columns: list = field(default_factory=list)
    numbers: dict = field(default_factory=dict)
    times: set = field(default_factory=set)
    texts: Counter = field(default_factory=Counter)

    @property
    def cells(self):
        return len(self.numbers) + self.texts.total()


def column(name):
    """The column that a point's name becomes: letters and digits in lower case, `_` for every run of all else."""
    if name in RENAMED:
        return RENAMED[name]
    runs = "".join(c.lower() if c.isalnum() else " " for c in name)
    return "_".join(runs.split())


def number(text):
    """The number in a cell, or None."""
    text = text.strip()
    if text in STATES:
        return STATES[text]
    try:
        return float(text)
    except ValueError:
        return None


def read(path):
    """The report at `path`. Rows with a field too few or too many are passed over."""
    source, keys, width = Source(), {}, None
    with path.open(encoding=ENCODINGS.get(path.name, "utf-8"), newline="") as file:
        for row in csv.reader(file):
            if row and row[0].startswith("Point_"):
                keys[row[0].rstrip(":")] = row[1] + (":" + row[2] if row[2] else "")
            elif row and row[0].startswith("<>"):
                width = len(row)
                source.columns = [column(keys[key]) for key in row[2:]]
            elif width and len(row) == width and ROW.match(row[0]):
                take(source, row)
    return source


def take(source, row):
    local = datetime.strptime(f"{row[0]} {row[1]}", "%Y/%m/%d %H:%M:%S")
    time = local.replace(tzinfo=TAIPEI).astimezone(timezone.utc)
    source.times.add(time)
    for name, text in zip(source.columns, row[2:], strict=True):
        value = number(text)
        if value is None:
            source.texts[text] += 1
        else:
            source.numbers[time, name] = value
