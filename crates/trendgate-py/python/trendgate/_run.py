"""Work that takes its time: run, plan, inspect."""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config, Paths, StrPath, config_of, place, refuse_unknown, whether_cancelled
from trendgate._errors import error_of
from trendgate._manifest import Manifest
from trendgate._parts import TimeRange, moment_of, native
from trendgate._values import Value, frozen, short, table
from trendgate._warnings import TrendgateWarning, warning_of, warnings_of

Entry = Mapping[str, Any]


class Progress(NamedTuple):
    """How far a run is. `stage` is looking (in files), reading (in bytes), checking or committing (of unknown length: 0)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, repr=False)
class Outcome(Value):
    """How a run ended at a site: `status` is "committed", "nothing_new", "already_committed", "overtaken" or "failed".

    The last three are said of tasks alone: another run committed the same reports; another run committed something else in the meantime; nothing
    was committed, and `error` says why. `again` says that the site is to be planned again, with nothing to be mended first. `version` and
    `manifest` are those of the site's last version, where that is known; the numbers count files, `failed` has those that are no use.

    `warnings` has what was said: the same that Python was warned of.
    """

    site: str
    status: str
    version: int | None = None
    manifest: Path | None = None
    error: Exception | None = None
    again: bool = False
    known: int = 0
    known_rejects: int = 0
    withdrawn: int = 0
    ignored: int = 0
    failed: tuple[Entry, ...] = field(default=(), hash=False)
    warnings: tuple[TrendgateWarning, ...] = ()


def _plural(of: Iterable[object], noun: str) -> str:
    count = len(list(of))
    return f"{count} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True, repr=False)
class Plan:
    """What a run would read, merge and write."""

    reports: tuple[Entry, ...] = field(hash=False)
    known: tuple[str, ...]
    known_rejects: tuple[str, ...]
    withdrawn: tuple[str, ...]
    ignored: int
    passed_over: tuple[str, ...]
    duplicates: tuple[str, ...]
    failed: tuple[Entry, ...] = field(hash=False)
    kinds: tuple[Entry, ...] = field(hash=False)
    overlaps: tuple[Entry, ...] = field(hash=False)
    points: tuple[Entry, ...] = field(hash=False)
    months: tuple[str, ...]
    tasks: tuple[Entry, ...] = field(hash=False)
    bytes_to_read: int

    @property
    def columns(self) -> list[str]:
        """The names of the columns that the points become."""
        return [point["column"] for point in self.points]

    @property
    def unmapped(self) -> int:
        """How many points the configuration does not describe: each is taken for a gauge (mean)."""
        return sum(not point["mapped"] for point in self.points)

    def __repr__(self) -> str:
        return (
            f"Plan: {_plural(self.reports, 'report')} ({self.bytes_to_read} bytes) into {_plural(self.columns, 'column')} "
            f"({self.unmapped} not mapped), {_plural(self.months, 'month')}, {_plural(self.tasks, 'task')}; "
            f"{len(self.known)} known, {len(self.duplicates)} twice, {len(self.failed)} rejected"
        )

    def _repr_html_(self) -> str:
        rows = [
            ("reports", f"{len(self.reports)} ({self.bytes_to_read} bytes)"),
            ("known, twice, rejected", f"{len(self.known)}, {len(self.duplicates)}, {len(self.failed)}"),
            ("columns", f"{len(self.points)} ({self.unmapped} not mapped)"),
            ("months", short(self.months)),
            ("tasks", len(self.tasks)),
        ]
        return table("Plan", rows)


#: So many problems, and so many of the other reports of a file, are shown.
_SHOWN = 5


@dataclass(frozen=True, repr=False)
class Inspection:
    """What is in a report; intervals are in nanoseconds, `points` has one entry a point. Of a file of several, `more` has the others."""

    path: Path
    bytes: int
    line: int
    dialect: str
    encoding: str
    separator: str
    gzip: bool
    container: str
    title: str
    date_range: str | None
    date_order: str
    header_line: int
    stated_interval: int | None
    observed_interval: int | None
    rows: int
    time_range: TimeRange | None
    in_order: bool
    complete: bool
    cells: int
    points: tuple[Entry, ...] = field(hash=False)
    problems: tuple[str, ...] = ()
    more: tuple[Inspection, ...] = ()
    member: str | None = None

    def __repr__(self) -> str:
        lines = [f"Inspection {self._place()}: {self.dialect}, {self.encoding}"]
        lines += [f"  {name:<7}{value}" for name, value in self._said()]
        lines += map(repr, self.more[:_SHOWN])
        if len(self.more) > _SHOWN:
            lines.append(f"… {len(self.more) - _SHOWN} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [("dialect", f"{self.dialect}, {self.encoding}"), *self._said()]
        if self.more:
            rows.append(("others", f"{len(self.more)}"))
        return table(f"Inspection {self._place()}", rows)

    def _place(self) -> str:
        member = f"!{self.member}" if self.member else ""
        return f"{self.path}{member}:{self.line}"

    def _said(self) -> list[tuple[str, str]]:
        dead = sum(point["dead"] for point in self.points)
        problems = [("problem:", problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            problems.append(("", f"… {len(self.problems) - _SHOWN} more problems"))
        return [
            ("rows", f"{self.rows}, {self.time_range or 'none'}"),
            ("points", f"{len(self.points)} ({dead} dead), {self.cells} cells"),
            *problems,
        ]


class Options(TypedDict, total=False):
    """The options of `trendgate run`, which go before what the configuration says."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: StrPath | None
    threads: int | None
    rebuild: bool
    take_retracted: bool
    force: bool
    paranoid: bool
    wait: bool


_ASKED_FOR_NOTHING: dict[str, Any] = {
    "site": None,
    "timezone": None,
    "resample": None,
    "data_dir": None,
    "threads": None,
    "rebuild": False,
    "take_retracted": False,
    "force": False,
    "paranoid": False,
    "wait": False,
}


def run(
    config: Config,
    paths: Paths,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[Options],
) -> Manifest:
    """Reads what is new at `paths`, cleans it and commits it as one version; returns its manifest.

    `config` is a configuration file, or its content as a mapping. Where nothing is new, the manifest is that of the last
    version. `outcome` of the manifest says which, and which files failed.

    `progress` is called in this thread while others work without the interpreter. What it raises, and Ctrl-C, stops the run:
    nothing is committed then, and nothing is left behind. So does `cancel`, with StoppedError: an event that another thread sets, or a callable
    that is true from some time on. A run that is past its commit by then ends as it would have.
    """
    return ended_with(json.loads(_trendgate.run(request(config, paths, options), Teller(progress, cancel))))


class RebuildOptions(TypedDict, total=False):
    """The options of `trendgate.run` that a rebuild of a dataset of frames has, too."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: StrPath | None
    threads: int | None
    wait: bool


def rebuild(
    config: Config,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[RebuildOptions],
) -> Manifest:
    """Makes all months of a dataset of frames again from what is kept of the frames, in the order of adding; returns the manifest.

    `config` may differ from that of the dataset. A dataset of reports is made again by `run(…, rebuild=True)`. Raises UsageError where a
    frame was not kept, and ConfigError where one does not fit the configuration.
    """
    refuse_unknown(options, RebuildOptions.__annotations__)
    return ended_with(json.loads(_trendgate.rebuild(request(config, [], options), Teller(progress, cancel))))


def ended_with(answer: Mapping[str, Any]) -> Manifest:
    """The manifest of a run that ended so, and how."""
    return dataclasses.replace(Manifest.load(answer["manifest"]), outcome=outcome_of(answer))


def outcome_of(answer: Mapping[str, Any], again: bool = False) -> Outcome:
    """How a site ended of which this was said."""
    files = answer.get("files", {})
    manifest = answer.get("manifest")
    return Outcome(
        site=answer["site_id"],
        status=answer["status"],
        version=answer.get("version"),
        manifest=None if manifest is None else Path(manifest),
        error=error_of(answer) if answer["status"] == "failed" else None,
        again=again,
        known=files.get("known", 0),
        known_rejects=files.get("known_rejects", 0),
        withdrawn=files.get("withdrawn", 0),
        ignored=files.get("ignored", 0),
        failed=tuple(native(entry) for entry in answer.get("failed_files", ())),
        warnings=warnings_of(answer.get("warnings", ())),
    )


def plan(
    config: Config,
    paths: Paths,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[Options],
) -> Plan:
    """What `run` would do; writes nothing."""
    facts = json.loads(_trendgate.plan(request(config, paths, options), Teller(progress, cancel)))
    del facts["time"], facts["site_id"]
    return Plan(
        reports=tuple(native(entry) for entry in facts.pop("inputs")),
        failed=tuple(native(entry) for entry in facts.pop("failed_files")),
        points=tuple(facts.pop("columns")),
        duplicates=tuple(twice["path"] for twice in facts.pop("duplicates")),
        **frozen(facts),
    )


def inspect(path: StrPath, *, config: Config = None, timezone: str | None = None) -> Inspection:
    """Looks into a file, which is read as `config` says; of several sites, the section counts that has it among its `paths`.

    Without `timezone` its clock is that of the configuration; without both, times are those of the reports' own clock, read as UTC. Raises
    MissingPathError where there is no such file, InputError where it is no report.
    """
    return inspection_of(json.loads(_trendgate.inspect(path, place(None, config), timezone)))


def inspection_of(facts: Mapping[str, Any]) -> Inspection:
    """What the library wrote of a file."""
    more = tuple(inspection_of(other) for other in facts.get("more", ()))
    between = facts["time_range"] and TimeRange(*(moment_of(nanos) for nanos in facts["time_range"]))
    return Inspection(**frozen(facts) | {"path": Path(facts["path"]), "time_range": between, "more": more})


def request(config: Config, paths: Paths, options: Mapping[str, object]) -> dict[str, Any]:
    """What the half in Rust is asked for."""
    refuse_unknown(options, _ASKED_FOR_NOTHING)
    return {
        **_ASKED_FOR_NOTHING,
        **options,
        **config_of(config),
        "paths": [paths] if isinstance(paths, str | os.PathLike) else list(paths),
    }


class Teller:
    """What the half in Rust tells of steps and warnings, and asks whether to stop; called by the function that the caller called."""

    def __init__(self, progress: Callable[[Progress], object] | None = None, cancel: Cancel | None = None) -> None:
        self._progress = progress
        self.is_cancelled = whether_cancelled(cancel)

    def __call__(self, stage: str | None, done: Any, total: Any) -> None:
        if stage is None:
            warnings.warn(warning_of(json.loads(done)), stacklevel=3)
        elif self._progress is not None:
            self._progress(Progress(stage, done, total))
