"""Why a row is flagged, and the page of a site."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trendgate import _trendgate
from trendgate._errors import UsageError
from trendgate._parts import instant, moment, nanoseconds
from trendgate._values import Value

Time = str | dt.datetime | dt.date


@dataclass(frozen=True, repr=False)
class Reason(Value):
    """One reason for a flag: `column` is None where it is of the whole row, `flag` where something is only recorded.

    `value` is what was judged, `limit_low` and `limit_high` are what would have passed, in the column's unit; `known_at` is from when on it is
    certain; `words` says it as a sentence. Where a machine was judged, `equipment` names it, and `inputs` the columns of what was measured of it.
    """

    column: str | None
    flag: str | None
    rule: str
    value: float | None
    limit_low: float | None
    limit_high: float | None
    known_at: dt.datetime | None
    words: str
    equipment: str | None
    inputs: Mapping[str, str] | None = field(hash=False)


@dataclass(frozen=True, repr=False)
class StatedReason(Value):
    """What a caller stated of a row or a cell with `Batch.add(…, evidence=…)`, by a rule of its own; `flag` is None where it raised none."""

    column: str | None
    flag: str | None
    rule: str
    value: float | None
    limit_low: float | None
    limit_high: float | None
    known_at: dt.datetime


@dataclass(frozen=True, repr=False)
class Explanation(Value):
    """A row: its time (the start of its bin), the version that wrote it, its part, its flags and values, and the reasons for its flags:
    those of the program's rules, and what callers stated of it."""

    site: str
    timestamp: dt.datetime
    version: int
    part: Path
    quality_flags: tuple[str, ...]
    values: Mapping[str, float | None] = field(hash=False)
    evidence: tuple[Reason, ...]
    stated: tuple[StatedReason, ...]

    def __str__(self) -> str:
        flags = ", ".join(self.quality_flags) or "clean"
        reasons = [f"  {reason.column or 'the row'}: {reason.words}" for reason in self.evidence]
        reasons += [f"  {stated.column or 'the row'}: {stated.rule}" for stated in self.stated]
        return "\n".join(map(_trendgate.escaped, [f"{self.site}, {self.timestamp.isoformat()}, version {self.version}: {flags}", *reasons]))


def explain(place: dict[str, Any], site: str, at: Time, column: str | None) -> Explanation:
    """The row that `at` falls into."""
    time = instant(at, "at")
    if time is None:
        raise UsageError("at: expected a time, found None")
    facts = json.loads(_trendgate.explain(place, site, nanoseconds(time), column))
    return Explanation(
        site=facts["site_id"],
        timestamp=moment(facts["timestamp"]),
        version=facts["version"],
        part=Path(facts["part"]),
        quality_flags=tuple(facts["quality_flags"]),
        values=facts["values"],
        evidence=tuple(map(_reason, facts["evidence"])),
        stated=tuple(StatedReason(**entry | {"known_at": moment(entry["known_at"])}) for entry in facts.get("stated", ())),
    )


def _reason(entry: dict[str, Any]) -> Reason:
    known_at = entry["known_at"]
    return Reason(**entry | {"known_at": None if known_at is None else moment(known_at)})


def report(place: dict[str, Any], site: str, start: Time | None, end: Time | None) -> str:
    """The page of the site, as HTML."""
    since, until = instant(start, "start"), instant(end, "end")
    return _trendgate.report(
        place, site, None if since is None else nanoseconds(since), None if until is None else nanoseconds(until)
    )
