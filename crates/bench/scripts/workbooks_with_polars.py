"""The job in Polars on workbooks that are no reports, read by python-calamine: a column for each point on the first sheet.

Usage: workbooks_with_polars.py FOLDER OUT MINUTES
"""

import sys
from datetime import datetime, time
from pathlib import Path

import polars as pl
import polars_parts
from heads import column
from python_calamine import CalamineWorkbook


def instant(cell):
    """A time as it is read: at midnight it is a date."""
    return cell if isinstance(cell, datetime) else datetime.combine(cell, time.min)


def read(path):
    """The rows of a workbook's first sheet; of a point, a cell that is no number is null."""
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    times, *points = zip(*rows, strict=True)
    cells = (pl.Series(column(name), cells, pl.Float64, strict=False) for name, cells in zip(head[1:], points, strict=True))
    return pl.DataFrame([pl.Series("t", [instant(cell) for cell in times], pl.Datetime("ns")), *cells])


def main(folder, out, minutes):
    frame = pl.concat([read(path) for path in sorted(Path(folder).glob("*.xlsx"))])
    start = pl.col("t").dt.round("1s").dt.truncate(f"{minutes}m").alias("bin")
    frame = frame.lazy().with_columns(start).drop("t").group_by("bin").agg(pl.all().mean()).collect()
    polars_parts.write(frame, out)


main(*sys.argv[1:])
