"""Cells of many reports, each time and column once; and what became of every cell."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from .reading import interval_of


@dataclass
class Merged:
    """The numbers that won, by column and time; those removed for their size; rows that won a cell; and the account."""

    values: dict = field(default_factory=dict)
    extremes: dict = field(default_factory=dict)
    winners: set = field(default_factory=set)
    cells: Counter = field(default_factory=Counter)
    points: dict = field(default_factory=dict)
    #: Of each column the times of rows that were not moved and have no number of it.
    without: dict = field(default_factory=dict)


def held_columns(reports, config):
    """The columns whose values hold: logged by changes alone in a report without an interval, and described as nothing else."""
    return {
        config.column(point.full)
        for report in reports
        for point in report.points
        if report.interval is None
        and config.point(point.full).interval is None
        and "cov" in point.trend.lower()
        and not interval_of(point.trend)
    }


def merge(reports, config):
    """The first number wins: rows that were not moved before those that were, then the order of the reports, then of the rows."""
    merged = Merged()
    held = held_columns(reports, config)
    found = defaultdict(list)
    states = set()
    for order, report in enumerate(reports):
        merged.cells["rejected"] += report.rejected_cells
        for place, point in enumerate(report.points):
            name = config.column(point.full)
            merged.values.setdefault(name, {})
            merged.extremes.setdefault(name, [])
            without = merged.without.setdefault(name, set())
            counts = merged.points.setdefault(name, no_cells())
            described = config.point(point.full)
            if described.aggregation == "max" or described.words:
                states.add(name)
            for row in report.rows:
                cell, key = row.cells[place], (row.moved, order, row.place)
                count(cell, counts)
                if cell.fate == "number":
                    found[name, row.time].append((key, cell.value))
                else:
                    merged.cells[cell.fate] += 1
                    if not row.moved:
                        without.add(row.time)
                        found[name, row.time].append((key, None))
                if cell.fate == "not_finite":
                    merged.extremes[name].append((row.time, key, cell.value))
    for (name, time), numbers in found.items():
        if name in held:
            settle_held(name, time, sorted(numbers, key=lambda number: number[0]), merged, name in states)
        elif numbers := [number for number in numbers if number[1] is not None]:
            settle(name, time, sorted(numbers), merged, name in states)
    merged.cells["input"] = sum(merged.cells.values())
    return merged


def settle(name, time, numbers, merged, exact):
    """One cell: who wins, and how the others lose. Of a number and the same one rounded the longer wins, but where they are states."""
    ((_, *row), first), *others = numbers
    kept = first
    merged.winners.add(tuple(row))
    merged.cells["used"] += 1
    for (moved, *_), value in others:
        if moved:
            merged.cells["moved_lost"] += 1
        elif value in (first, kept) or not exact and (is_rounded(first, value) or is_rounded(value, first)):
            merged.cells["equal_duplicates"] += 1
            if is_rounded(first, value) and not exact and decimals(value) > decimals(kept):
                kept = value
        else:
            merged.cells["conflict_losers"] += 1
    merged.values[name][time] = kept


def settle_held(name, time, numbers, merged, exact):
    """One cell of a point whose values hold: of the report that wins the last row counts, also where it has no number."""
    first, kept, giver = None, None, None
    for (moved, order, _), value in numbers:
        if moved:
            merged.cells["used" if kept is None else "moved_lost"] += 1
            kept = value if kept is None else kept
        elif giver == order:
            merged.cells["used"] -= value is None
            merged.cells["equal_duplicates" if value == kept else "conflict_losers"] += 1
            first, kept, giver = value, value, None if value is None else order
        elif value is None:
            continue
        elif kept is None:
            first, kept, giver = value, value, order
            merged.cells["used"] += 1
        elif value in (first, kept) or not exact and (is_rounded(first, value) or is_rounded(value, first)):
            merged.cells["equal_duplicates"] += 1
            if is_rounded(first, value) and not exact and decimals(value) > decimals(kept):
                kept = value
        else:
            merged.cells["conflict_losers"] += 1
    if kept is not None:
        merged.values[name][time] = kept


def decimals(number):
    """How many decimals the shortest text of a number has."""
    return max(0, -Decimal(repr(number)).normalize().as_tuple().exponent)


def is_rounded(short, long):
    """Whether `short` may be `long`, rounded to the decimals that it has."""
    step = Decimal(10) ** -decimals(short)
    return 2 * abs(Decimal(repr(long)) - Decimal(repr(short))) <= step


def no_cells():
    return {"cells": 0, "numbers": 0, "unrecognised": 0, "unit_mismatch": 0, "not_finite": 0, "dead": True, "missing": Counter()}


def count(cell, counts):
    """One cell of an accepted row, in the statistics of its column."""
    counts["cells"] += 1
    if cell.fate == "number":
        counts["numbers"] += 1
        counts["dead"] = False
    elif cell.fate == "missing":
        counts["missing"][cell.token] += 1
    else:
        counts[cell.fate] += 1


def smallest_extremes(extremes, step):
    """Per bin the smallest number that was removed for its size."""
    found = {}
    for time, _, number in extremes:
        start = time // step * step
        found[start] = min(number, found.get(start, number))
    return found
