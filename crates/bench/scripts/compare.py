"""Whether datasets hold the same numbers, cell by cell within a relative 1e-9; `--exact` wants every bit and flag the same.

Usage: compare.py [--exact] NAME=FOLDER NAME=FOLDER…, each a folder with `year=…/month=…/*.parquet` below it
"""

import sys
from pathlib import Path

import polars as pl

NEAR = 1e-9
BESIDE = ["year", "month", "quality_flags"]


def parts(folder):
    return sorted(Path(folder).rglob("*.parquet"))


def frame(folder, exact):
    """The dataset sorted by time, its columns by name. Columns that are null in a month may be missing from its parts."""
    read = [pl.read_parquet(part, hive_partitioning=False) for part in parts(folder)]
    table = pl.concat(read, how="diagonal").sort("timestamp")
    if not exact:
        table = table.drop(BESIDE, strict=False)
    time = pl.col("timestamp").dt.convert_time_zone("UTC").dt.cast_time_unit("ns")
    return table.with_columns(time).select(sorted(table.columns))


def agreed(left, right):
    """Cell by cell, whether both are null or both are near."""
    largest = pl.select(pl.max_horizontal(left.abs(), right.abs())).to_series()
    return ((left - right).abs() <= NEAR * largest).fill_null(False) | (left.is_null() & right.is_null())


def different(name, first, other, exact):
    """What is different, in words; None where nothing is."""
    if first.columns != other.columns:
        return f"{name} has other columns: {sorted(set(first.columns) ^ set(other.columns))[:5]}"
    if not first["timestamp"].equals(other["timestamp"]):
        return f"{name} has other times: {first.height} rows against {other.height}"
    if exact:
        return None if first.equals(other) else f"{name} has other values or flags"
    for column in first.columns:
        if column == "timestamp":
            continue
        left, right = first[column], other[column]
        same = agreed(left, right)
        if not same.all():
            row = same.arg_min()
            return f"{name} has another {column} at {first['timestamp'][row]}: {right[row]} against {left[row]}"
    return None


def main(*words):
    exact = words[0] == "--exact"
    named = [word.split("=", 1) for word in words[exact:]]
    (first_name, first_folder), *others = named
    first = frame(first_folder, exact)
    cells = sum(first[column].count() for column in first.columns if column != "timestamp")
    if not cells:
        raise SystemExit(f"{first_name} has no cells")
    for name, folder in others:
        found = different(name, first, frame(folder, exact), exact)
        if found:
            raise SystemExit(f"against {first_name}: {found}")
    print(f"{cells} cells in {first.height} rows are the same in {', '.join(name for name, _ in named)}")


main(*sys.argv[1:])
