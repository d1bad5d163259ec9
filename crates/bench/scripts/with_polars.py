"""The job in Polars: reports → means on an even axis → Parquet by month. Every cell is read as text and cast by hand, because
`ignore_errors` would make nulls of damage without a word.

Usage: with_polars.py FOLDER OUT MINUTES
"""

import sys

import polars as pl
import polars_parts
from heads import kinds, share_points


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
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal" if share_points(found) else "align")
    polars_parts.write(frame, out)


main(*sys.argv[1:])
