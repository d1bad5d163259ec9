"""What is read, and how.

Enters: the parts of one site or of several, and the options of `scan`. Leaves: `Wanted`, the options checked, with the columns of the result.
Refused: columns, flags and forms that there are not.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from trendgate._errors import UnknownColumnError, UsageError
from trendgate._parts import Column, Moment, Parts, instant, span
from trendgate._trendgate import FLAGS, columns_with_values

#: How flags are given: as the list that the files have, as one column a flag, or as one number.
Flags = Literal["list", "columns", "bits"]
#: What timestamps count.
TimeUnit = Literal["ns", "us", "ms"]

_RULE = "rule:"


class OtherOptions(TypedDict, total=False):
    """How rows are read, but for their flags."""

    columns: Sequence[str] | None
    mask: str | Collection[str]
    as_known: bool
    delay: dt.timedelta | str
    drop_dead: bool
    time_unit: TimeUnit | None


class ReadOptions(OtherOptions, total=False):
    """How rows are read; `Dataset.scan` says what each means."""

    flags: Flags


class ResampleOptions(ReadOptions, total=False):
    """How bins are read and joined; `Dataset.resample` says what each means."""

    aggregations: Mapping[str, str] | None
    min_coverage: float | None
    counts: bool


@dataclass(frozen=True)
class Chosen:
    """What is read: one site, or several, which the column `site_id` tells apart."""

    sources: tuple[Parts, ...]
    is_named: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which rows, which columns, and how. `Wanted.of` checks the options and finds the columns; nothing is opened for that but for `drop_dead`."""

    chosen: Chosen
    start: dt.datetime | None
    end: dt.datetime | None
    names: tuple[str, ...]
    points: dict[str, Column]
    flags: Flags
    masked_flags: frozenset[str]
    masked_rules: frozenset[str]
    as_known: bool
    delay: dt.timedelta
    time_unit: TimeUnit

    @classmethod
    def of(
        cls,
        chosen: Chosen,
        start: Moment = None,
        end: Moment = None,
        *,
        columns: Sequence[str] | None = None,
        mask: str | Collection[str] = (),
        as_known: bool = False,
        delay: dt.timedelta | str = dt.timedelta(0),
        flags: Flags = "list",
        drop_dead: bool = False,
        time_unit: TimeUnit | None = None,
    ) -> Wanted:
        """The options, checked."""
        one_of("flags", flags, ("list", "columns", "bits"))
        one_of("time_unit", time_unit, (None, "ns", "us", "ms"))
        points = points_of(chosen)
        own = flag_columns(flags)
        names = [*own, *points] if columns is None else named(columns, own, points)
        if drop_dead:
            living = {name for source in chosen.sources for name in columns_with_values(source.paths)}
            names = [name for name in names if name in own or name in living]
        masked_flags, masked_rules = _causes(mask)
        units = {source.time_unit for source in chosen.sources}
        return cls(
            chosen=chosen,
            start=instant(start, "start"),
            end=instant(end, "end"),
            names=tuple((["site_id"] if chosen.is_named else []) + ["timestamp"] + names),
            points={name: points[name] for name in names if name in points},
            flags=flags,
            masked_flags=masked_flags,
            masked_rules=masked_rules,
            as_known=as_known,
            delay=span(delay, "delay"),
            time_unit=time_unit or (units.pop() if len(units) == 1 else "ns"),
        )

    @property
    def masks(self) -> bool:
        """Whether any cell is to be masked."""
        return bool(self.masked_flags or self.masked_rules)

    @property
    def has_flags(self) -> bool:
        """Whether any column says flags."""
        return any(name == "quality_flags" or name.startswith("flag:") for name in self.names)

    @property
    def is_as_written(self) -> bool:
        """Whether every cell is as the files have it."""
        return not (self.masks or self.as_known or self.flags != "list")


def one_of(name: str, found: object, allowed: Collection[object]) -> None:
    """Refuses a value that is none of these."""
    if found not in allowed:
        raise UsageError(f"{name}: expected one of {', '.join(map(repr, allowed))}, found {found!r}")


def flag_columns(flags: Flags) -> list[str]:
    """The columns that say the flags of a row."""
    return [f"flag:{flag}" for flag in FLAGS] if flags == "columns" else ["quality_flags"]


def points_of(chosen: Chosen) -> dict[str, Column]:
    """The points of all sites, by their columns, sorted; of what sites say differently of a column, nothing."""
    found: dict[str, Column] = {}
    for source in chosen.sources:
        for column in source.points:
            found[column.name] = _agreed(found.get(column.name, column), column)
    return dict(sorted(found.items()))


def _agreed(one: Column, other: Column) -> Column:
    """What two sites say of a column."""
    if one == other:
        return one
    facts = ("point", "unit", "physical_type", "aggregation")
    same = {fact: getattr(one, fact) for fact in facts if getattr(one, fact) == getattr(other, fact)}
    return Column(name=one.name, type=one.type, **same)


def named(columns: Sequence[str], own: list[str], points: dict[str, Column]) -> list[str]:
    """The columns by these names, each once; `quality_flags` stands for all columns that say flags."""
    if isinstance(columns, str):
        raise UsageError(f"columns: expected a list of names, found the text {columns!r}", hint=f"write columns=[{columns!r}]")
    names: list[str] = []
    for name in columns:
        if name in ("timestamp", "site_id"):
            continue
        names.extend(own if name == "quality_flags" else [name])
    known = {*own, *points}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "`points` lists them"
            raise UnknownColumnError(f"there is no column {name!r}", hint=hint)
    return list(dict.fromkeys(names))


def _causes(mask: str | Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The flags and the rules that cells are masked for."""
    words = [mask] if isinstance(mask, str) else list(mask)
    rules = {word.removeprefix(_RULE) for word in words if word.startswith(_RULE)}
    flags = {word for word in words if not word.startswith(_RULE)}
    for flag in sorted(flags.difference(FLAGS)):
        near = difflib.get_close_matches(flag.upper(), FLAGS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the flags are {', '.join(FLAGS)}; a rule is written as 'rule:NAME'"
        raise UsageError(f"mask: there is no flag {flag!r}", hint=hint)
    return frozenset(flags), frozenset(rules)
