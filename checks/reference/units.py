"""The tables of docs/types.md: physical types and units, read from the page itself."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/types.md"
SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Unit:
    """A unit: a value times `factor` plus `offset` is in `base`."""

    symbol: str
    base: str
    factor: float
    offset: float


@dataclass(frozen=True)
class PhysicalType:
    """What a physical type says of its points; ranges and resolutions in `unit`."""

    unit: str
    also: tuple
    aggregation: str
    plausible: tuple | None
    resolution: float | None
    duration: int | None
    idle_below: float | None


def span(text):
    """`1h30m` in seconds."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([dhms])", text))


def _tables():
    """The two tables of the page, as lists of cells."""
    tables = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            tables.append([])
        inside = True
        tables[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return [table[2:] for table in tables]


def _types(table):
    found = {}
    for name, _, unit, also, aggregation, plausible, resolution, duration, rest in table:
        found[name.strip("`")] = PhysicalType(
            unit,
            tuple(word.strip() for word in also.split(",") if word.strip()),
            aggregation,
            None if plausible == "-" else tuple(map(float, plausible.split(" to "))),
            None if resolution == "-" else float(resolution),
            None if duration == "-" else span(duration),
            None if rest == "-" else float(rest),
        )
    return found


def _units(table):
    found = {}
    for symbol, also, base, factor, offset, _ in table:
        unit = Unit(symbol, base, float(factor), float(offset))
        for word in [symbol, *also.split(",")]:
            if word.strip():
                found[word.strip()] = unit
    return found


_TYPES, _UNITS = _tables()
TYPES = _types(_TYPES)
UNITS = _units(_UNITS)
#: Units that a cell may carry: those with a name of letters or signs, and milliwatts, which no configuration states.
CELL_UNITS = {word: unit for word, unit in UNITS.items() if word != "1"} | {"mW": Unit("mW", "kW", 1e-6, 0.0)}
IMPERIAL = {"°C": "°F", "L/min": "GPM", "kPa": "psi", "m³": "gal"}


def default_unit(physical_type, system):
    """The unit of plain numbers of a point that has a type and states none; None where that is the type's own."""
    if system != "imperial":
        return None
    if physical_type == "cooling_load":
        return UNITS["RT"]
    kind = TYPES[physical_type]
    word = IMPERIAL.get(kind.unit)
    return UNITS[word] if word in kind.also else None
