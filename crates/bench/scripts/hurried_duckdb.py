"""The job in DuckDB as a hurried user writes it: what the first file has is asked of all, and rows that cannot be read are
dropped in silence. Takes reports and tables.

A row of another number of columns goes, and so does a row with one cell that is neither a number nor one of the spellings of
missing values that were seen. Nothing is put in order of time.

Tried on the corpora of the benchmark, and slower or no faster: cells as text with `try_cast` (by a quarter on wide, by half on
dirty), types and dialect found by the sniffer, decimals of one place, floats of 32 bits, `parallel=false`, `strict_mode=false`,
`null_padding`, `new_line`, `escape=''`, `dateformat`, other sizes of buffers, `preserve_insertion_order=false`, bins by
whole-number division, zstd, no compression, larger row groups, one file instead of one a month, sorting, spellings that the
reports do not have; of tables with one value a row: the means by `PIVOT` alone, and by filters on the name (ten times the time),
names as an enumeration. Opening 20 000 small reports costs 25 times as much as
reading a copy of all of them in one file, which whoever knows that makes first: the fourth argument.

Usage: hurried_duckdb.py FOLDER OUT MINUTES [joined]
"""

import sys

import duckdb
from heads import column
from hurried import first, glob, missing

ZONE = "Asia/Taipei"
TYPES = {"date": "DATE", "time": "TIME", "t": "TIMESTAMP", "name": "VARCHAR"}


def main(folder, out, minutes, *joined):
    skip, names = first(folder)
    columns = {name: TYPES.get(name, "DOUBLE") for name in names}
    time = "date + time" if "date" in names else "t"
    time = f"time_bucket(INTERVAL '{minutes} minutes', {time}) AS bin"
    connection = duckdb.connect()
    renamed = ""
    with glob(folder, out, bool(joined)) as paths:
        rows = (
            f"read_csv('{paths}', ignore_errors=true, auto_detect=false, header=false, skip={skip}, columns={columns!r}, "
            f"delim=',', quote='\"', nullstr={['', *missing(folder)]!r})"
        )
        if "name" in names:
            connection.execute(f"CREATE TABLE means AS SELECT {time}, name, avg(v) AS mean FROM {rows} GROUP BY bin, name")
            points = [name for (name,) in connection.execute("SELECT DISTINCT name FROM means").fetchall()]
            query = "PIVOT means ON name USING first(mean) GROUP BY bin"
            renamed = "RENAME (" + ", ".join(f'"{name}" AS "{column(name)}"' for name in points) + ")"
        else:
            means = ", ".join(f'avg("{name}") AS "{name}"' for name in names if name not in TYPES)
            query = f"SELECT {time}, {means} FROM {rows} GROUP BY bin"
        connection.execute(
            f"COPY (SELECT timezone('{ZONE}', bin) AS timestamp, * EXCLUDE (bin) {renamed}, "
            f"year(timestamp) AS year, month(timestamp) AS month FROM ({query})) TO '{out}' (FORMAT parquet, PARTITION_BY (year, month), COMPRESSION snappy)"
        )


main(*sys.argv[1:])
