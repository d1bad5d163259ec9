"""The job in Polars: reports → means on an even axis → Parquet by month. Every cell is read as text and cast by hand, because
`ignore_errors` would make nulls of damage without a word.

Usage: with_polars.py FOLDER OUT MINUTES
"""

import sys
from pathlib import Path

import polars as pl
from heads import kinds

ZONE = "Asia/Taipei"


def means(names, skip, paths, minutes):
    """One kind's means; the trailer, which has no time, is not a row."""
    frame = pl.scan_csv(
        paths,
        skip_lines=skip + 1,
        has_header=False,
        new_columns=["date", "time", *names],
        infer_schema=False,
        truncate_ragged_lines=True,
        glob=False,
    )
    time = pl.concat_str("date", pl.lit(" "), "time").str.to_datetime("%Y/%m/%d %H:%M:%S", time_unit="ns")
    return (
        frame.filter(pl.col("time").is_not_null())
        .select(time.dt.truncate(f"{minutes}m").alias("bin"), pl.col(names).cast(pl.Float64, strict=False))
        .group_by("bin")
        .agg(pl.col(names).mean())
    )


def main(folder, out, minutes):
    found = kinds(folder)
    lazy = [means(list(names), skip, paths, minutes) for (skip, names), paths in found.items()]
    frames = [frame.sort("bin") for frame in pl.collect_all(lazy, engine="streaming")]
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="align")
    timestamp = pl.col("bin").dt.replace_time_zone(ZONE).dt.convert_time_zone("UTC")
    frame = frame.with_columns(timestamp.alias("timestamp")).drop("bin").sort("timestamp")
    by = [pl.col("timestamp").dt.year().alias("year"), pl.col("timestamp").dt.month().alias("month")]
    for (year, month), part in frame.with_columns(by).partition_by("year", "month", as_dict=True, include_key=False).items():
        target = Path(out) / f"year={year}" / f"month={month}"
        target.mkdir(parents=True)
        part.write_parquet(target / "part.parquet", compression="snappy")


main(*sys.argv[1:])
