"""One cell: a number, a missing token, or neither; and the decimal signs that cells prove."""

import re
from dataclasses import dataclass

from .units import CELL_UNITS, UNITS

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
#: A number with a point, and with a comma, as its decimal sign: plain, or with its thousands set apart.
NUMBERS = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?[1-9]\d{0,2}(?P<by>[, '’\u00a0\u202f])\d{3}((?P=by)\d{3})*(\.\d+)?"),
    ",": re.compile(r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?|[+-]?[1-9]\d{0,2}(?P<by>[. '’\u00a0\u202f])\d{3}((?P=by)\d{3})*(,\d+)?"),
}
BEGINNING = re.compile(r"[+-]?[\d.,'’ \u00a0\u202f]*")
TOO_LARGE = 1e20


@dataclass(frozen=True)
class Cell:
    """What became of a cell: `number`, `missing`, `unrecognised`, `unit_mismatch` or `not_finite`."""

    fate: str
    value: float | None = None
    token: str | None = None


def readings(text):
    """What a text is with a point, and with a comma, as its decimal sign."""
    found = {}
    for sign, pattern in NUMBERS.items():
        match = pattern.fullmatch(text)
        if match:
            plain = text.replace(match["by"], "") if match["by"] else text
            found[sign] = float(plain.replace(sign, "."))
    return found


def parts(text):
    """The number of a cell, and the text behind it."""
    if readings(text):
        return text, ""
    number = BEGINNING.match(text)[0]
    return number.rstrip(), text[len(number) :].strip()


def proofs(text):
    """The decimal signs that a cell proves: one or none."""
    number, unit = parts(text.strip())
    found = readings(number) if not unit or unit in CELL_UNITS else {}
    return set(found) if len(found) == 1 else set()


def decimal_signs(columns):
    """For each column its decimal sign: as its cells prove, else as all others do; None where they disagree, or none does."""
    own = [set().union(*map(proofs, column)) for column in columns]
    together = set().union(*own)
    return [next(iter(signs)) if len(signs) == 1 else None for signs in (signs or together for signs in own)]


def cell(text, point, sign):
    """What a cell says of `point`, in a column with this decimal sign."""
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
    number, behind = parts(text)
    found = readings(number)
    unit = CELL_UNITS.get(behind)
    if not found or behind and unit is None:
        return Cell("unrecognised", token=text)
    value = found.get(sign or ".")
    if len(set(found.values())) > 1 and sign is None and "," in number or value is None:
        return Cell("unrecognised", token=text)
    if not behind:
        return sized(value)
    if point.unit is None:
        # Kelvin or a difference: nobody knows.
        return sized(value if unit.symbol == "K" else value * unit.factor + unit.offset)
    if unit.symbol == "K" and point.unit.base == "Δ°C":
        unit = UNITS["Δ°C"]
    if point.unit.base != unit.base:
        return Cell("unit_mismatch", token=text)
    if point.unit == unit:
        return sized(value)
    return sized((value * unit.factor + unit.offset - point.unit.offset) / point.unit.factor)


def sized(value):
    return Cell("not_finite" if abs(value) >= TOO_LARGE else "number", value)
