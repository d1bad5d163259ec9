"""Rows as tables of Arrow, of pandas, and as a relation of DuckDB.

Enters: `Wanted`. Leaves: the rows that `scan` gives, with what is known of each column and of what was read. Where every cell is as the files have
it, pyarrow reads them by itself; else the rows come from the lazy frame.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trendgate._parts import Column, Parts
from trendgate._wanted import Wanted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


def to_arrow(wanted: Wanted) -> pa.Table:
    """The rows as a pyarrow.Table."""
    if not wanted.is_as_written:
        import_pyarrow()
        from polars import CompatLevel

        from trendgate._reading import scan

        return scan(wanted).collect().to_arrow(compat_level=CompatLevel.oldest()).cast(_schema(wanted))
    pa = import_pyarrow()
    return pa.concat_tables([_of_site(wanted, source) for source in wanted.chosen.sources])


def to_pandas(wanted: Wanted) -> pd.DataFrame:
    """The rows as a pandas.DataFrame, by `timestamp`."""
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise ImportError("a DataFrame of pandas needs pandas and pyarrow: pip install pandas pyarrow") from error
    frame = to_arrow(wanted).to_pandas().set_index("timestamp")
    facts: dict[str, Any] = {}
    for name, fact in (("units", "unit"), ("physical_types", "physical_type")):
        facts[name] = {column.name: getattr(column, fact) for column in wanted.points.values() if getattr(column, fact)}
    frame.attrs = facts | _provenance(wanted)
    return frame


def to_duckdb(wanted: Wanted, connection: duckdb.DuckDBPyConnection | None) -> duckdb.DuckDBPyRelation:
    """The rows as a relation of DuckDB."""
    try:
        import duckdb
    except ImportError as error:
        raise ImportError("a relation of DuckDB needs DuckDB and pyarrow: pip install duckdb pyarrow") from error
    return (connection or duckdb).from_arrow(to_arrow(wanted))


def _of_site(wanted: Wanted, source: Parts) -> pa.Table:
    """The rows of one site, read by pyarrow."""
    pa = import_pyarrow()
    from pyarrow import dataset

    schema = _schema(wanted)
    here = [field for field in schema if field.name not in ("site_id", "timestamp")]
    time = pa.field("timestamp", pa.timestamp(source.time_unit, "UTC"), nullable=False)
    stored = pa.schema([time, *here])
    files = [str(file) for file in source.files_within(wanted.start, wanted.end)]
    table = stored.empty_table()
    if files:
        bounds = [dataset.field("timestamp") >= pa.scalar(wanted.start, time.type)] if wanted.start else []
        bounds += [dataset.field("timestamp") < pa.scalar(wanted.end, time.type)] if wanted.end else []
        chosen = None
        for bound in bounds:
            chosen = bound if chosen is None else chosen & bound
        table = dataset.dataset(files, schema=stored, format="parquet", partitioning=None).to_table(filter=chosen)
    if wanted.chosen.is_named:
        table = table.add_column(0, "site_id", pa.array([source.site] * table.num_rows, pa.string()))
    # Of times that are whole seconds nothing is cut off.
    return table.cast(schema)


def _schema(wanted: Wanted) -> pa.Schema:
    """What the columns are, and what was read."""
    pa = import_pyarrow()
    fields = []
    for name in wanted.names:
        if name == "site_id":
            fields.append(pa.field(name, pa.string(), nullable=False))
        elif name == "timestamp":
            fields.append(pa.field(name, pa.timestamp(wanted.time_unit, "UTC"), nullable=False))
        elif name in wanted.points:
            fields.append(pa.field(name, pa.float64(), metadata=_facts(wanted.points[name])))
        elif name == "quality_flags" and wanted.flags == "list":
            fields.append(pa.field(name, pa.list_(pa.string()), nullable=False))
        else:
            fields.append(pa.field(name, pa.uint32() if name == "quality_flags" else pa.bool_(), nullable=False))
    said = {key: value if isinstance(value, str) else json.dumps(value) for key, value in _provenance(wanted).items()}
    return pa.schema(fields, metadata=said)


def _provenance(wanted: Wanted) -> dict[str, Any]:
    """What was read: of one site what it says of itself, of several a list of that."""
    each = [source.provenance() for source in wanted.chosen.sources]
    return {"sites": each} if wanted.chosen.is_named else dict(each[0])


def _facts(column: Column) -> dict[str, str]:
    facts = {name: getattr(column, name) for name in ("point", "unit", "physical_type", "aggregation")}
    return {name: fact for name, fact in facts.items() if fact is not None}


def import_pyarrow() -> Any:
    """pyarrow, which is imported only where a table is asked for."""
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise ImportError("an Arrow table needs pyarrow: pip install pyarrow") from error
    return pyarrow
