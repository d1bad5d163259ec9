"""What is true of each reader of Parquet that is given the parts of a dataset: found out by reading, with whatever versions are installed here.

Enters: a folder to make datasets in. Leaves: for each way to read, with the version of its library, what becomes of a column that came later, of the
folders' names, of timestamps and of flags. As a program it prints that as JSON.
"""

import datetime as dt
import importlib
import importlib.metadata
import json
import platform
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import trendgate
import trendgate_reader

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "checks"))
from reports import report  # noqa: E402

ROWS = 192


class Read(NamedTuple):
    """What a reader made of the files: its columns with their types as text, how many rows, and the sum of `late`, where it has that."""

    types: dict[str, str]
    rows: int
    total: float | None


class Way(NamedTuple):
    """A way to read: the library that does it, how people write it, and the call itself, of the dataset and the paths of its parts."""

    library: str
    written: str
    read: Callable[[Path, list[str]], Any]


def _lib(name: str) -> Any:
    return importlib.import_module(name)


def _duckdb(options: str) -> Callable[[Path, list[str]], Any]:
    return lambda _data, paths: _lib("duckdb").sql(f"from read_parquet({paths}{options})")


WAYS = [
    Way("polars", "trendgate.Dataset(data).scan(site)", lambda data, _paths: trendgate.Dataset(data).scan("S").collect()),
    Way("pyarrow", "trendgate.Dataset(data).to_arrow(site)", lambda data, _paths: trendgate.Dataset(data).to_arrow("S")),
    Way("pandas", "trendgate.Dataset(data).to_pandas(site)", lambda data, _paths: trendgate.Dataset(data).to_pandas("S").reset_index()),
    Way("duckdb", "trendgate.Dataset(data).to_duckdb(site)", lambda data, _paths: trendgate.Dataset(data).to_duckdb("S")),
    Way("polars", "trendgate_reader.Dataset(data).scan(site)", lambda data, _paths: trendgate_reader.Dataset(data).scan("S").collect()),
    Way("pyarrow", "trendgate_reader.Dataset(data).to_arrow(site)", lambda data, _paths: trendgate_reader.Dataset(data).to_arrow("S")),
    Way("pandas", "pandas.read_parquet(paths)", lambda _data, paths: _lib("pandas").read_parquet(paths)),
    Way("pandas", "pandas.concat(map(pandas.read_parquet, paths))", lambda _data, paths: _lib("pandas").concat(map(_lib("pandas").read_parquet, paths))),
    Way("pyarrow", "pyarrow.parquet.read_table(paths)", lambda _data, paths: _lib("pyarrow.parquet").read_table(paths)),
    Way("pyarrow", "pyarrow.dataset.dataset(paths).to_table()", lambda _data, paths: _lib("pyarrow.dataset").dataset(paths).to_table()),
    Way("dask", "dask.dataframe.read_parquet(paths)", lambda _data, paths: _lib("dask.dataframe").read_parquet(paths).compute()),
    Way("polars", "polars.read_parquet(paths)", lambda _data, paths: _lib("polars").read_parquet(paths)),
    Way("polars", "polars.scan_parquet(paths)", lambda _data, paths: _lib("polars").scan_parquet(paths).collect()),
    Way(
        "polars",
        'polars.scan_parquet(paths, missing_columns="insert")',
        lambda _data, paths: _lib("polars").scan_parquet(paths, missing_columns="insert").collect(),
    ),
    Way(
        "polars",
        'polars.concat(map(polars.scan_parquet, paths), how="diagonal")',
        lambda _data, paths: _lib("polars").concat(map(_lib("polars").scan_parquet, paths), how="diagonal").collect(),
    ),
    Way("duckdb", "read_parquet(paths)", _duckdb("")),
    Way("duckdb", "read_parquet(paths, union_by_name = true)", _duckdb(", union_by_name = true")),
    Way(
        "duckdb",
        "read_parquet(paths, union_by_name = true, hive_partitioning = false)",
        _duckdb(", union_by_name = true, hive_partitioning = false"),
    ),
    Way("ibis-framework", "ibis.read_parquet(paths)", lambda _data, paths: _lib("ibis").read_parquet(paths)),
    Way(
        "ibis-framework",
        "ibis.read_parquet(paths, union_by_name=True, hive_partitioning=False)",
        lambda _data, paths: _lib("ibis").read_parquet(paths, union_by_name=True, hive_partitioning=False),
    ),
]


def make(folder: Path) -> dict[str, Path]:
    """Datasets of two parts, of January and of March: `grown` has the column `late` in March alone, `even` in both, and counts microseconds."""
    for name, january in (("grown", ["A"]), ("even", ["A", "LATE"])):
        for month, points in (("2026-01", january), ("2026-03", ["A", "LATE"])):
            text = report(points, ([_time(month, row), *(float(row) for _ in points)] for row in range(ROWS // 2)))
            path = folder / name / f"{month}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        cleaner = {"site_id": "S", "timezone": "UTC", "resample_interval": "15m"}
        config = {"cleaner": cleaner, "batch": {"timestamp_unit": "us" if name == "even" else "ns"}}
        for path in sorted((folder / name).glob("*.csv")):
            trendgate.run(config, path, data_dir=folder / name / "data")
    return {name: folder / name / "data" for name in ("grown", "even")}


def facts(way: Way, datasets: dict[str, Path]) -> dict[str, str]:
    """What is true of a way to read."""
    even = _reading(way, datasets["even"])
    january, _march = trendgate.Dataset(datasets["grown"]).snapshot("S").paths
    alone = _read_of(way.read(datasets["grown"], [str(january)]))
    assert even.rows == ROWS, (way.written, even)
    return {
        "reader": way.written,
        "library": way.library,
        "version": importlib.metadata.version(way.library),
        "later": _later(way, datasets["grown"]),
        "folders": ", ".join(name for name in ("year", "month") if name in even.types) or "none",
        "ns": alone.types["timestamp"],
        "us": even.types["timestamp"],
        "flags": even.types["quality_flags"],
    }


def all_facts(datasets: dict[str, Path]) -> Iterator[dict[str, str]]:
    """What is true of every way whose library is installed here."""
    for way in WAYS:
        if is_installed(way.library):
            yield facts(way, datasets)


def is_installed(library: str) -> bool:
    """Whether a library is installed here."""
    try:
        return bool(importlib.metadata.version(library))
    except importlib.metadata.PackageNotFoundError:
        return False


def _later(way: Way, data: Path) -> str:
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            read = _reading(way, data)
    except Exception as error:  # whatever a library calls it
        return f"refused: {type(error).__name__}"
    if read.total is None:
        # A warning about something else is no word about it.
        return "lost, with a warning" if any(re.search(r"\blate\b", str(one.message)) for one in said) else "lost without a word"
    expected = float(sum(range(ROWS // 2)))
    assert (read.rows, read.total) == (ROWS, expected), (way.written, read)
    return "there"


def _reading(way: Way, data: Path) -> Read:
    paths = [str(path) for path in trendgate.Dataset(data).snapshot("S").paths]
    return _read_of(way.read(data, paths))


def _read_of(found: Any) -> Read:
    library = type(found).__module__.partition(".")[0]
    return {"polars": _of_polars, "pyarrow": _of_arrow, "pandas": _of_pandas, "ibis": _of_ibis}.get(library, _of_duckdb)(found)


def _of_polars(frame: Any) -> Read:
    types = {name: str(kind) for name, kind in frame.schema.items()}
    return Read(types, frame.height, frame["late"].sum() if "late" in types else None)


def _of_arrow(table: Any) -> Read:
    types = {field.name: str(field.type) for field in table.schema}
    return Read(types, table.num_rows, sum(filter(None, table["late"].to_pylist())) if "late" in types else None)


def _of_pandas(frame: Any) -> Read:
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    # What is in a column of objects is said by the first of them.
    flags = type(frame["quality_flags"].iloc[0])
    types["quality_flags"] += f" of {flags.__module__}.{flags.__name__}".replace("builtins.", "") if types["quality_flags"] == "object" else ""
    return Read(types, len(frame), frame["late"].sum() if "late" in types else None)


def _of_ibis(table: Any) -> Read:
    types = {name: str(kind) for name, kind in table.schema().items()}
    return Read(types, table.count().execute(), table["late"].sum().execute() if "late" in types else None)


def _of_duckdb(relation: Any) -> Read:
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    [(rows,)] = relation.aggregate("count(*)").fetchall()
    [(total,)] = relation.aggregate("sum(late)").fetchall() if "late" in types else [(None,)]
    return Read(types, rows, total)


def _time(month: str, row: int) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{month}-05") + row * dt.timedelta(minutes=15)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        found = list(all_facts(make(Path(scratch))))
    json.dump({"python": platform.python_version(), "facts": found}, sys.stdout, indent=1)
