"""One cell: a number, a missing token, or neither."""

import re
from dataclasses import dataclass

from .units import CELL_UNITS

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
    "offline": ["offline"],
    "timeout": ["timeout"],
    "failed": ["failed"],
    "###": ["###", "####", "#####"],
}
MISSING = {token: word for word, tokens in TOKENS.items() for token in tokens}
CLOCK_CORRECTION = re.compile(r"time \(-?\d+\)")
STATES = {"on": 1.0, "off": 0.0, "running": 1.0, "stop": 0.0, "enabled": 1.0, "open": 1.0, "closed": 0.0, "開": 1.0, "關": 0.0}
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
TOO_LARGE = 1e20


@dataclass(frozen=True)
class Cell:
    """What became of a cell: `number`, `missing`, `unrecognised`, `unit_mismatch` or `not_finite`."""

    fate: str
    value: float | None = None
    token: str | None = None


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
    unit = CELL_UNITS.get(text[number.end() :].strip()) if number else None
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
