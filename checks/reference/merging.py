"""Cells of many reports, each time and column once; and what became of every cell."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Merged:
    """The numbers that won, by column and time; those removed for their size; rows that won a cell; and the account."""

    values: dict = field(default_factory=dict)
    extremes: dict = field(default_factory=dict)
    winners: set = field(default_factory=set)
    cells: Counter = field(default_factory=Counter)
    points: dict = field(default_factory=dict)


def merge(reports, config):
    """The first number wins: rows that were not moved before those that were, then the order of the reports, then of the rows."""
    merged = Merged()
    found = defaultdict(list)
    for order, report in enumerate(reports):
        merged.cells["rejected"] += report.rejected_cells
        for place, point in enumerate(report.points):
            name = config.column(point.full)
            merged.values.setdefault(name, {})
            merged.extremes.setdefault(name, [])
            counts = merged.points.setdefault(name, no_cells())
            for row in report.rows:
                cell, key = row.cells[place], (row.moved, order, row.place)
                count(cell, counts)
                if cell.fate == "number":
                    found[name, row.time].append((key, cell.value))
                else:
                    merged.cells[cell.fate] += 1
                if cell.fate == "not_finite":
                    merged.extremes[name].append((row.time, key, cell.value))
    for (name, time), numbers in found.items():
        settle(name, time, sorted(numbers), merged)
    merged.cells["input"] = sum(merged.cells.values())
    return merged


def settle(name, time, numbers, merged):
    """One cell: who wins, and how the others lose."""
    ((_, *row), kept), *others = numbers
    merged.values[name][time] = kept
    merged.winners.add(tuple(row))
    merged.cells["used"] += 1
    for (moved, *_), value in others:
        lost = "moved_lost" if moved else "equal_duplicates" if value == kept else "conflict_losers"
        merged.cells[lost] += 1


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
