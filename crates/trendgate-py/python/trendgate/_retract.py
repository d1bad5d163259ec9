"""Reports that are taken out of a dataset, and what that would do."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config, StrPath, refuse_unknown
from trendgate._manifest import Manifest
from trendgate._parts import TimeRange, moment, native, time_range
from trendgate._run import Progress, Teller, ended_with, request
from trendgate._values import Value


class RetractOptions(TypedDict, total=False):
    """The options of `trendgate.run` that a retraction has, too."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: StrPath | None
    threads: int | None
    force: bool
    wait: bool


@dataclass(frozen=True, repr=False)
class LeavingReport(Value):
    """A text whose reports would leave: its file (and its name in it), what it is known by, the version that took it, its rows' range."""

    path: str
    member: str | None
    digest: str
    taken_by: int
    time_range: TimeRange | None


@dataclass(frozen=True, repr=False)
class PlannedRetraction(Value):
    """What a retraction would do: the reports that would leave, the UTC months that would be made again without them, from how many other
    reports; the parts of those months now, and their rows."""

    site: str
    version: int
    leaving: tuple[LeavingReport, ...]
    months: tuple[dt.datetime, ...]
    read_again: int
    parts: tuple[str, ...]
    rows: int


def retract(
    config: Config,
    *,
    source: StrPath | None = None,
    digest: str | None = None,
    version: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[RetractOptions],
) -> Manifest:
    """Takes reports, or frames of a `Batch`, out of the dataset: a version in which their months are made again without them; returns its manifest.

    One of these says which: `source`, the file of a report or what a frame was called; `digest`, that of its content ("blake3:…"), as manifests have it; `version`, all that this
    version took. Later runs pass the contents over, unless `take_retracted` says otherwise. `force` lets a report leave months in which another one
    is gone: their committed bins stay then. Raises UsageError where the dataset has nothing of the kind, or where a frame of those months was not
    kept. `config`, `progress` and `cancel` are those of
    `trendgate.run`.
    """
    asked = _asked(config, options)
    return ended_with(json.loads(_trendgate.retract(asked, source, digest, version, Teller(progress, cancel))))


def plan_retraction(
    config: Config,
    *,
    source: StrPath | None = None,
    digest: str | None = None,
    version: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[RetractOptions],
) -> PlannedRetraction:
    """What `retract` would do; writes nothing."""
    asked = _asked(config, options)
    facts = json.loads(_trendgate.plan_retraction(asked, source, digest, version, Teller(progress, cancel)))
    return PlannedRetraction(
        site=facts["site_id"],
        version=facts["version"],
        leaving=tuple(map(_leaving, facts["leaving"])),
        months=tuple(map(moment, facts["months"])),
        read_again=facts["read_again"],
        parts=tuple(facts["parts"]),
        rows=facts["rows"],
    )


def _leaving(entry: Mapping[str, Any]) -> LeavingReport:
    entry = native(entry)
    return LeavingReport(
        path=entry["path"],
        member=entry.get("member"),
        digest=entry["digest"],
        taken_by=entry["taken_by"],
        time_range=time_range(entry["time_range"]),
    )


def _asked(config: Config, options: RetractOptions) -> dict[str, Any]:
    refuse_unknown(options, RetractOptions.__annotations__)
    return request(config, (), options)
