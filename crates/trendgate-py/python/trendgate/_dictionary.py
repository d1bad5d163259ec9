"""What each point of a dataset is and has: a data dictionary.

Enters: the parts of a site. Leaves: one row a point. All of it is counted over the rows and the evidence of the snapshot itself, not taken from what
the manifests say of the batches that wrote them.
"""

from __future__ import annotations

from typing import Any

from trendgate._parts import Parts
from trendgate._reading import causes, rows
from trendgate._trendgate import FLAGS

import polars as pl  # behind the import above, which says what to install


def dictionary(source: Parts) -> pl.DataFrame:
    """One row a point, in the order of their columns."""
    points = source.points
    facts = pl.DataFrame(
        [[column.name, column.point, column.unit, column.physical_type, column.aggregation] for column in points],
        schema={name: pl.String for name in ("column", "point", "unit", "physical_type", "aggregation")},
        orient="row",
    )
    total, found = _counted(source)
    flagged = _flagged(source)
    values = facts.join(found, on="column", how="left").join(flagged, on="column", how="left")
    whole = {flag: count for flag, count in _whole_rows(source).iter_rows()}
    shares = []
    for flag in FLAGS:
        count = pl.col(f"flag:{flag}").fill_null(0) + whole.get(flag, 0)
        shares.append((count / max(total, 1)).alias(f"flag:{flag}"))
    dead = pl.col("values") == 0
    share = pl.col("values") / max(total, 1)
    names: list[str | pl.Expr] = ["column", "point", "unit", "physical_type", "aggregation", dead.alias("dead"), "min", "max", share.alias("values"), "first", "last"]
    return values.select(*names, *shares)


def _counted(source: Parts) -> tuple[int, pl.DataFrame]:
    """How many rows there are; and of each point how many values, the range of these, and the first and the last row that has one."""
    frame = rows(source, None, None)
    aggregates: list[pl.Expr] = [pl.len().alias("rows")]
    for point in source.points:
        column, time = pl.col(point.name), pl.col("timestamp")
        has = time.filter(column.is_not_null())
        each = {"values": column.count(), "min": column.min(), "max": column.max(), "first": has.min(), "last": has.max()}
        aggregates.extend(value.alias(f"{point.name}\0{name}") for name, value in each.items())
    counted: dict[str, Any] = frame.select(aggregates).collect().row(0, named=True)
    kind = frame.collect_schema()["timestamp"]
    schema: dict[str, Any] = {"column": pl.String, "values": pl.UInt32, "min": pl.Float64, "max": pl.Float64, "first": kind, "last": kind}
    names = [name for name in schema if name != "column"]
    found = [[point.name, *(counted[f"{point.name}\0{name}"] for name in names)] for point in source.points]
    return counted["rows"], pl.DataFrame(found, schema=schema, orient="row")


def _flagged(source: Parts) -> pl.DataFrame:
    """Of each point how many bins have each flag, without those in which the whole row has it."""
    flagged = causes(source, None, None, None).filter(pl.col("flag").is_not_null()).select("timestamp", "column", "flag").unique()
    whole = flagged.filter(pl.col("column") == "").select("timestamp", "flag")
    own = flagged.filter(pl.col("column") != "").join(whole, on=["timestamp", "flag"], how="anti")
    counts = [(pl.col("flag") == flag).sum().alias(f"flag:{flag}") for flag in FLAGS]
    return own.group_by("column").agg(counts).collect()


def _whole_rows(source: Parts) -> pl.DataFrame:
    """How many rows have each flag as a whole."""
    whole = causes(source, None, None, None).filter((pl.col("column") == "") & pl.col("flag").is_not_null())
    return whole.select("timestamp", "flag").unique().group_by("flag").len().collect()
