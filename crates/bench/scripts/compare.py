"""Whether datasets hold the same: `--near` wants the same numbers, cell by cell within a relative 1e-9, `--exact` every bit and
flag. `--counted` wants nothing: it says as JSON how many cells of the first each of the others lacks, has otherwise or has beside
them.

Usage: compare.py --near|--exact|--counted NAME=FOLDER NAME=FOLDER…, each a folder with `year=…/month=…/*.parquet` below it
"""

import json
import sys
from pathlib import Path

import polars as pl

NEAR = 1e-9
BESIDE = ["year", "month", "quality_flags"]
EMPTY = pl.DataFrame(schema={"timestamp": pl.Datetime("ns", "UTC")})


def parts(folder):
    return sorted(Path(folder).rglob("*.parquet"))


def frame(folder, exact):
    """The dataset sorted by time, its columns by name. Columns that are null in a month may be missing from its parts."""
    read = [pl.read_parquet(part, hive_partitioning=False) for part in parts(folder)]
    table = pl.concat(read, how="diagonal").sort("timestamp", maintain_order=True)
    if not exact:
        table = table.drop(BESIDE, strict=False)
    time = pl.col("timestamp").dt.convert_time_zone("UTC").dt.cast_time_unit("ns")
    return table.with_columns(time).select(sorted(table.columns))


def agreed(left, right):
    """Cell by cell, whether both are null, or finite and near."""
    largest = pl.select(pl.max_horizontal(left.abs(), right.abs())).to_series()
    near = ((left - right).abs() <= NEAR * largest) & largest.is_finite()
    return near.fill_null(False) | (left.is_null() & right.is_null())


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


def cells(table):
    """How many cells are not null."""
    return sum(table[column].count() for column in table.columns if column != "timestamp")


def counted(name, first, other):
    """How many cells of `first` are not in `other`, are other numbers there, and how many are there that `first` has not. Of rows
    of one time the first counts, and the cells of the rest are too many."""
    once = other.unique("timestamp", keep="first", maintain_order=True)
    beside = once.rename({column: f"{column} of other" for column in once.columns if column != "timestamp"})
    both = first.join(beside, on="timestamp", how="full", coalesce=True)
    none = pl.Series([None], dtype=pl.Float64).new_from_index(0, both.height)
    missing = different = 0
    more = cells(other) - cells(once)
    for column in sorted({*first.columns, *once.columns} - {"timestamp"}):
        left = both.get_column(column, default=none)
        right = both.get_column(f"{column} of other", default=none)
        missing += int((left.is_not_null() & right.is_null()).sum())
        more += int((left.is_null() & right.is_not_null()).sum())
        different += int((left.is_not_null() & right.is_not_null() & ~agreed(left, right)).sum())
    return {"name": name, "cells": cells(first), "missing": missing, "different": different, "more": more}


def main(how, *words):
    if how not in ("--near", "--exact", "--counted"):
        raise SystemExit(f"{how} is no way to compare")
    exact = how == "--exact"
    named = [word.split("=", 1) for word in words]
    (first_name, first_folder), *others = named
    first = frame(first_folder, exact)
    if not cells(first):
        raise SystemExit(f"{first_name} has no cells")
    if how == "--counted":
        lost = [counted(name, first, frame(folder, exact) if parts(folder) else EMPTY) for name, folder in others]
        print(json.dumps(lost))
        return
    for name, folder in others:
        found = different(name, first, frame(folder, exact), exact)
        if found:
            raise SystemExit(f"against {first_name}: {found}")
    print(f"{cells(first)} cells in {first.height} rows are the same in {', '.join(name for name, _ in named)}")


main(*sys.argv[1:])
