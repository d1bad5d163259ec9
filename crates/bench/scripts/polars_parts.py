"""How the jobs in Polars end: local bins → UTC → Parquet by month."""

from pathlib import Path

import polars as pl

ZONE = "Asia/Taipei"


def write(frame, out):
    """Writes a row for each `bin`, the local time that it begins at, in order of time."""
    timestamp = pl.col("bin").dt.replace_time_zone(ZONE).dt.convert_time_zone("UTC")
    frame = frame.with_columns(timestamp.alias("timestamp")).drop("bin").sort("timestamp")
    by = [pl.col("timestamp").dt.year().alias("year"), pl.col("timestamp").dt.month().alias("month")]
    for (year, month), part in frame.with_columns(by).partition_by("year", "month", as_dict=True, include_key=False).items():
        target = Path(out) / f"year={year}" / f"month={month}"
        target.mkdir(parents=True)
        part.write_parquet(target / "part.parquet", compression="snappy")
