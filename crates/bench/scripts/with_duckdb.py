"""The job in DuckDB: reports → means on an even axis → Parquet by month. Every cell is read as text and cast by hand, because a
`nullstr` with `ignore_errors` drops the rows that it cannot read without a word.

Usage: with_duckdb.py FOLDER OUT MINUTES
"""

import sys

import duckdb
from heads import kinds, share_points

ZONE = "Asia/Taipei"
# More kinds than this are turned from long to wide instead of joined.
JOINED = 32


def rows(paths, skip, points):
    """The rows of reports of one width; the trailer, which has no time, is not one."""
    columns = {"date": "VARCHAR", "time": "VARCHAR", **{f"p{i}": "VARCHAR" for i in range(points)}}
    return f"""(
        SELECT *, time_bucket(INTERVAL '{{minutes}} minutes', CAST(date AS DATE) + CAST(time AS TIME)) AS bin
        FROM read_csv({paths!r}, skip={skip + 1}, header=false, auto_detect=false, columns={columns!r}, delim=',', quote='"',
                      null_padding=true, filename=true)
        WHERE time IS NOT NULL)"""


def wide(found):
    """Few kinds: each is averaged by itself, and they are joined by time."""
    queries = []
    for (skip, names), paths in found.items():
        means = ", ".join(f'avg(try_cast(p{i} AS DOUBLE)) AS "{name}"' for i, name in enumerate(names))
        queries.append(f"(SELECT bin, {means} FROM {rows(paths, skip, len(names))} GROUP BY bin)")
    joined = queries[0] + " AS k0" + "".join(f" FULL JOIN {q} AS k{i} USING (bin)" for i, q in enumerate(queries[1:], 1))
    return f"SELECT * FROM {joined}"


def stacked(found):
    """Kinds that share points: their rows stand one after the other by name."""
    queries, all_names = [], {}
    for (skip, names), paths in found.items():
        cells = ", ".join(f'try_cast(p{i} AS DOUBLE) AS "{name}"' for i, name in enumerate(names))
        queries.append(f"(SELECT bin, {cells} FROM {rows(paths, skip, len(names))})")
        all_names.update(dict.fromkeys(names))
    means = ", ".join(f'avg("{name}") AS "{name}"' for name in all_names)
    return f"SELECT bin, {means} FROM ({' UNION ALL BY NAME '.join(queries)}) GROUP BY bin"


def long(found, connection):
    """Many kinds: all reports of one width are read together, averaged by point and turned to columns."""
    connection.execute("CREATE TABLE points (filename VARCHAR, place VARCHAR, name VARCHAR)")
    widths = {}
    for (skip, names), paths in found.items():
        widths.setdefault((skip, len(names)), []).extend(paths)
        known = [(path, f"p{i}", name) for path in paths for i, name in enumerate(names)]
        connection.executemany("INSERT INTO points VALUES (?, ?, ?)", known)
    cells = " UNION ALL ".join(
        f"(UNPIVOT (SELECT bin, filename, {', '.join(f'p{i}' for i in range(points))} FROM {rows(paths, skip, points)}) "
        f"ON COLUMNS('^p[0-9]+$') INTO NAME place VALUE cell)"
        for (skip, points), paths in widths.items()
    )
    connection.execute(
        "CREATE TABLE means AS SELECT bin, name, avg(try_cast(cell AS DOUBLE)) AS mean FROM "
        f"({cells}) JOIN points USING (filename, place) GROUP BY bin, name".replace("{minutes}", sys.argv[3])
    )
    connection.execute(f"SET pivot_limit = {sum(len(names) for _, names in found) + 1}")
    return "PIVOT means ON name USING first(mean) GROUP BY bin"


def main(folder, out, minutes):
    connection = duckdb.connect()
    found = kinds(folder)
    if share_points(found):
        query = stacked(found)
    else:
        query = wide(found) if len(found) <= JOINED else long(found, connection)
    query = query.replace("{minutes}", minutes)
    connection.execute(
        f"COPY (SELECT timezone('{ZONE}', bin) AS timestamp, * EXCLUDE (bin), year(timestamp) AS year, month(timestamp) AS month "
        f"FROM ({query}) ORDER BY timestamp) TO '{out}' (FORMAT parquet, PARTITION_BY (year, month), COMPRESSION snappy)"
    )


main(*sys.argv[1:])
