"""The job in Polars as a hurried user writes it: what the first file has is asked of all, and what cannot be read is null in
silence. Takes reports and tables.

Columns that a file has more than the first are cut off, and its cells go to the columns of the first by their place. Rows of a
wide file are taken to be in order of time, as the files are by their names.

Tried on the corpora of the benchmark, and slower or no faster: `group_by`, which needs no order (by a quarter on wide), the
engine in memory, cells as text with `cast`, `low_memory`, dates and times as types of the schema or as one text, months by
`partition_by` after `collect`, zstd, lz4, no compression, no statistics, one file instead of one a month, no quotes in tables; of
tables with one value a row: names as texts, `group_by_dynamic` by name, means by filters on the name, and sums by the text of the
time first. Opening 20 000 small reports costs five times as much as reading their bytes put together, which whoever knows that
does: the fourth argument.

Usage: hurried_polars.py FOLDER OUT MINUTES [joined]
"""

import sys

import polars as pl
from heads import column
from hurried import first, joined

ZONE = "Asia/Taipei"
TEXTS = {"date": pl.String, "time": pl.String, "t": pl.String, "name": pl.Categorical}


def read(folder, is_joined):
    skip, names = first(folder)
    schema = {name: TEXTS.get(name, pl.Float64) for name in names}
    frame = pl.scan_csv(
        joined(folder) if is_joined else f"{folder}/*.csv",
        schema=schema,
        has_header=False,
        skip_lines=skip,
        ignore_errors=True,
        truncate_ragged_lines=True,
        extra_columns="ignore",
    )
    if "date" in names:
        day = pl.col("date").str.to_date("%Y/%m/%d", strict=False)
        time = day.dt.combine(pl.col("time").str.to_time("%H:%M:%S", strict=False), "us")
    else:
        time = pl.col("t").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return frame.with_columns(time.alias("bin")).drop("date", "time", "t", strict=False).filter(pl.col("bin").is_not_null()), names


def main(folder, out, minutes, *joined):
    frame, names = read(folder, bool(joined))
    every = f"{minutes}m"
    if "name" in names:
        means = frame.group_by(pl.col("bin").dt.truncate(every), "name").agg(pl.col("v").mean())
        turned = means.collect(engine="streaming").pivot("name", index="bin", values="v")
        frame = turned.rename({name: column(name) for name in turned.columns if name != "bin"}).lazy()
    else:
        frame = frame.set_sorted("bin").group_by_dynamic("bin", every=every).agg(pl.all().mean())
    timestamp = pl.col("bin").dt.replace_time_zone(ZONE).dt.convert_time_zone("UTC")
    frame = frame.with_columns(timestamp.alias("timestamp")).drop("bin")
    by = [pl.col("timestamp").dt.year().alias("year"), pl.col("timestamp").dt.month().alias("month")]
    frame.sink_parquet(pl.PartitionBy(out, key=by, include_key=False), compression="snappy", mkdir=True, engine="streaming")


main(*sys.argv[1:])
