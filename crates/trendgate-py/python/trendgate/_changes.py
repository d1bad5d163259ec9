"""What changed since a version, and what to read to compute anew what depends on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from trendgate._errors import UsageError
from trendgate._parts import moment_of, span, stamp
from trendgate._values import short, table

if TYPE_CHECKING:
    import polars
    from trendgate._dataset import Snapshot

# Timestamps of 64 bits of nanoseconds reach a little further.
_FIRST, _LAST = dt.datetime(1678, 1, 1, tzinfo=dt.UTC), dt.datetime(2262, 1, 1, tzinfo=dt.UTC)


class Bounds(NamedTuple):
    """From `start` on and before `end`, as `scan` takes them: `scan(*bounds)`."""

    start: dt.datetime
    end: dt.datetime

    def __str__(self) -> str:
        return f"from {stamp(self.start)} to before {stamp(self.end)}"


class Stretch(NamedTuple):
    """One stretch of what changed: rows of `read` are needed to compute those of `replace`."""

    read: Bounds
    replace: Bounds


@dataclass(frozen=True)
class Changes:
    """What changed in a dataset since a version that its reader has.

    `snapshot` is the dataset as it is: read from it, and no version that is committed meanwhile comes between. `replace` is what has to be
    computed anew, around all that changed: take away the rows that you have there, and put there those that you compute from the rows of
    `read`. Both are None where no row changed. Where what changed lies far apart, `stretches` has it in pieces whose reads do not overlap.
    `added` and `removed` are the points' columns that came and went. `since` is what the next call takes.
    """

    snapshot: Snapshot
    read: Bounds | None
    replace: Bounds | None
    stretches: tuple[Stretch, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    since: int

    def stale(self, column: str = "timestamp") -> polars.Expr:
        """A Polars expression that is true for the rows of `stretches` to replace; `column` has their times."""
        # Says what to install where there is no Polars.
        import trendgate._reading  # noqa: F401

        import polars as pl

        time = pl.col(column)
        inside = [time.is_between(*stretch.replace, closed="left") for stretch in self.stretches]
        return pl.any_horizontal(inside) if inside else pl.lit(False)

    def _repr_html_(self) -> str:
        rows = [("replace", self.replace or "no rows"), ("read", self.read or "no rows")]
        columns = [("added", short(self.added)), ("removed", short(self.removed))]
        return table(f"Changes up to version {self.since} of {self.snapshot.site}", [*rows, *columns])

    def __repr__(self) -> str:
        rows = "no rows" if self.replace is None else f"rows {self.replace}"
        columns = "".join(f", {sign}{name}" for sign, names in (("+", self.added), ("-", self.removed)) for name in names[:5])
        return f"Changes up to version {self.since} of {self.snapshot.site}: {rows}{columns}"


def length(window: str | dt.timedelta | None) -> dt.timedelta:
    """How far features look back: a timedelta, or text such as "24h", "90m" or "1d12h"; None is no time at all.

    Raises UsageError where it is none of these, or less than nothing.
    """
    if window is None:
        return dt.timedelta()
    if not isinstance(window, str | dt.timedelta):
        raise UsageError(f"window: expected text or a timedelta, found {type(window).__name__}")
    return span(window, "window")


def changes(
    snapshot: Snapshot,
    changed: Iterable[tuple[int, int]],
    window: dt.timedelta,
    columns: tuple[Iterable[str], Iterable[str]],
) -> Changes:
    """What follows from stretches that changed, in nanoseconds, disjoint and in the order of time."""
    stretches: list[Stretch] = []
    for first, last in changed:
        start, end = moment_of(first), moment_of(last + 999)
        read = Bounds(_earlier(start, window), _later(end, window))
        replace = Bounds(start, read.end)
        if stretches and read.start <= stretches[-1].read.end:
            before = stretches.pop()
            read, replace = Bounds(before.read.start, read.end), Bounds(before.replace.start, replace.end)
        stretches.append(Stretch(read, replace))
    around = None if not stretches else (stretches[0], stretches[-1])
    added, removed = columns
    return Changes(
        snapshot=snapshot,
        read=around and Bounds(around[0].read.start, around[1].read.end),
        replace=around and Bounds(around[0].replace.start, around[1].replace.end),
        stretches=tuple(stretches),
        added=tuple(added),
        removed=tuple(removed),
        since=snapshot.version,
    )


def _earlier(time: dt.datetime, window: dt.timedelta) -> dt.datetime:
    return time - window if time - _FIRST > window else _FIRST


def _later(time: dt.datetime, window: dt.timedelta) -> dt.datetime:
    return time + window if _LAST - time > window else _LAST
