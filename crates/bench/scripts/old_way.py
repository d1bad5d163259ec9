"""The job as the batch processor did it that Trendgate replaces: every report as a frame in one list, then one frame of all.

Usage: old_way.py FOLDER OUT MINUTES
"""

import sys
from pathlib import Path

import polars as pl
from heads import kinds


def main(folder, out, minutes):
    frames = []
    for (skip, names), paths in kinds(folder).items():
        for path in paths:
            read = pl.read_csv(
                path,
                skip_lines=skip + 1,
                has_header=False,
                new_columns=["date", "time", *names],
                infer_schema=False,
                truncate_ragged_lines=True,
            )
            time = pl.concat_str("date", pl.lit(" "), "time").str.to_datetime("%Y/%m/%d %H:%M:%S", time_unit="ns")
            rows = read.filter(pl.col("time").is_not_null())
            frames.append(rows.select(time.alias("timestamp"), pl.col(list(names)).cast(pl.Float64, strict=False)))
    frame = pl.concat(frames, how="diagonal").sort("timestamp")
    frame = frame.group_by_dynamic("timestamp", every=f"{minutes}m").agg(pl.exclude("timestamp").mean())
    utc = pl.col("timestamp").dt.replace_time_zone("Asia/Taipei").dt.convert_time_zone("UTC")
    Path(out).mkdir(parents=True)
    frame.with_columns(utc).write_parquet(Path(out) / "all.parquet", compression="snappy")


main(*sys.argv[1:])
