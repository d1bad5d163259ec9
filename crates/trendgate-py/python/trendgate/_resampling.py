"""Bins → longer bins, each column by its own aggregation.

Enters: what is read, and how long a bin is to be. Leaves: a polars.LazyFrame with one row for each longer bin that has a row. Refused: lengths that
the bins of the dataset do not fill, and columns of which it is not known how their bins came about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Unpack

from trendgate._errors import UsageError
from trendgate._parts import Column, Moment, span
from trendgate._reading import bit, list_of, scan
from trendgate._trendgate import FLAGS
from trendgate._wanted import Chosen, Flags, OtherOptions, Wanted, one_of

import polars as pl  # behind the import above, which says what to install

_DAY = dt.timedelta(days=1)
#: How bins become one, by how samples became a bin: a value that held over a bin as long as any other.
_WAYS = {
    "mean": "mean",
    "held_mean": "mean",
    "last": "last",
    "held_last": "last",
    "max": "max",
    "held_max": "max",
    "sum": "sum",
}
_COUNT = "count:"


def resample(
    chosen: Chosen,
    every: str | dt.timedelta,
    start: Moment,
    end: Moment,
    *,
    aggregations: Mapping[str, str] | None = None,
    min_coverage: float | None = None,
    counts: bool = False,
    flags: Flags = "list",
    **options: Unpack[OtherOptions],
) -> pl.LazyFrame:
    """The rows in bins of the length `every`."""
    length = span(every, "every")
    one_of("flags", flags, ("list", "columns", "bits"))
    wanted = Wanted.of(chosen, start, end, flags="bits", **options)
    intervals = {span(source.resample_interval, "resample_interval") for source in chosen.sources}
    for interval in sorted(intervals):
        if length < interval or length % interval or (_DAY % length and length % _DAY):
            raise UsageError(
                f"every: expected a multiple of {interval} that a day is a multiple of, or whole days, found {length}",
                hint="the dataset has a row every " + str(interval),
            )
    if len(intervals) > 1 and min_coverage is not None:
        raise UsageError("min_coverage: the sites have different intervals", hint="resample them one by one")
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        raise UsageError(f"min_coverage: expected a share from 0 to 1, found {min_coverage}")
    fewest = 0.0 if min_coverage is None else min_coverage * (length / min(intervals))
    ways = _ways(wanted.points, aggregations or {})
    # Bins are cut from 1970-01-01T00:00Z on, as those of the dataset are.
    time = pl.col("timestamp").dt.truncate(f"{length // dt.timedelta(milliseconds=1)}ms")
    by = [name for name in wanted.names if name == "site_id"]
    joined = scan(wanted).group_by(*by, time, maintain_order=True).agg(
        *([pl.col("quality_flags").bitwise_or()] if "quality_flags" in wanted.names else []),
        *(_value(name, way, fewest) for name, way in ways.items()),
        *([pl.col(name).count().alias(_COUNT + name) for name in ways] if counts else []),
    )
    names: list[pl.Expr] = []
    for name in wanted.names:
        if name != "quality_flags":
            names.append(pl.col(name))
        elif flags == "list":
            names.append(list_of(pl.col(name)).alias(name))
        elif flags == "bits":
            names.append(pl.col(name))
        else:
            names.extend(((pl.col(name) & bit(flag)) != 0).alias(f"flag:{flag}") for flag in FLAGS)
    return joined.select(names + [pl.col(_COUNT + name) for name in ways if counts])


def _ways(points: Mapping[str, Column], stated: Mapping[str, str]) -> dict[str, str]:
    """How the bins of each column become one."""
    ways = {}
    for name, column in points.items():
        way = stated.get(name, column.aggregation)
        if way is None:
            raise UsageError(
                f"aggregations: how the bins of {name!r} came about is not known: an earlier program wrote them",
                hint=f'say it: aggregations={{"{name}": "mean"}}, or last, max or sum',
            )
        one_of(f"aggregations: {name}", way, tuple(_WAYS))
        ways[name] = _WAYS[way]
    return ways


def _value(name: str, way: str, fewest: float) -> pl.Expr:
    """One value of all that a longer bin has; null where there is none, or fewer than `fewest`."""
    column = pl.col(name)
    ways = {"mean": column.mean(), "last": column.filter(column.is_not_null()).last(), "max": column.max(), "sum": column.sum()}
    return pl.when(column.count() >= max(fewest - 1e-9, 1)).then(ways[way]).alias(name)
