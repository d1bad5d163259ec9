"""The job in Polars on tables that are no reports: with a column for each point, or a row for each value.

Usage: tables_with_polars.py FOLDER OUT MINUTES
"""

import sys
from pathlib import Path

import polars as pl
import polars_parts
from heads import column


def time(minutes):
    stamp = pl.col("t").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ns")
    return stamp.dt.truncate(f"{minutes}m").alias("bin")


def wide(frame, names, minutes):
    points = [pl.col(name).cast(pl.Float64, strict=False).alias(column(name)) for name in names]
    frame = frame.select(time(minutes), *points)
    return frame.group_by("bin").agg(pl.all().mean()).collect(engine="streaming")


def long(frame, minutes):
    frame = frame.select("name", time(minutes), pl.col("v").cast(pl.Float64, strict=False))
    means = frame.group_by("bin", "name").agg(pl.col("v").mean()).collect(engine="streaming")
    turned = means.pivot("name", index="bin", values="v")
    return turned.rename({name: column(name) for name in turned.columns if name != "bin"})


def main(folder, out, minutes):
    paths = sorted(Path(folder).glob("*.csv"))
    frame = pl.scan_csv(paths, infer_schema=False, glob=False)
    names = frame.collect_schema().names()
    frame = long(frame, minutes) if "name" in names else wide(frame, names[1:], minutes)
    polars_parts.write(frame, out)


main(*sys.argv[1:])
