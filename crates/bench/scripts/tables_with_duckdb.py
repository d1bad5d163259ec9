"""The job in DuckDB on tables that are no reports: with a column for each point, or a row for each value.

Usage: tables_with_duckdb.py FOLDER OUT MINUTES
"""

import sys
from pathlib import Path

import duckdb
from heads import column

ZONE = "Asia/Taipei"


def main(folder, out, minutes):
    paths = [str(path) for path in sorted(Path(folder).glob("*.csv"))]
    with open(paths[0], encoding="utf-8") as lines:
        names = lines.readline().strip().split(",")
    columns = dict.fromkeys(names, "VARCHAR")
    rows = f"read_csv({paths!r}, header=true, auto_detect=false, columns={columns!r}, delim=',', quote='\"')"
    bin_of = f"time_bucket(INTERVAL '{minutes} minutes', CAST(t AS TIMESTAMP)) AS bin"
    connection = duckdb.connect()
    if "name" in names:
        connection.execute(
            f"CREATE TABLE means AS SELECT {bin_of}, name, avg(try_cast(v AS DOUBLE)) AS mean FROM {rows} GROUP BY bin, name"
        )
        points = [name for (name,) in connection.execute("SELECT DISTINCT name FROM means ORDER BY name").fetchall()]
        turned = ", ".join(f"first(mean) FILTER (name = '{name}') AS \"{column(name)}\"" for name in points)
        query = f"SELECT bin, {turned} FROM means GROUP BY bin"
    else:
        means = ", ".join(f'avg(try_cast("{name}" AS DOUBLE)) AS "{column(name)}"' for name in names[1:])
        query = f"SELECT {bin_of}, {means} FROM {rows} GROUP BY bin"
    connection.execute(
        f"COPY (SELECT timezone('{ZONE}', bin) AS timestamp, * EXCLUDE (bin), year(timestamp) AS year, month(timestamp) AS month "
        f"FROM ({query}) ORDER BY timestamp) TO '{out}' (FORMAT parquet, PARTITION_BY (year, month), COMPRESSION snappy)"
    )


main(*sys.argv[1:])
