"""Work that takes its time: run, plan, inspect."""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

from trendgate import _trendgate
from trendgate._errors import error_of
from trendgate._manifest import Manifest
from trendgate._parts import TimeRange, moment_of, native


class Progress(NamedTuple):
    """How far a run is. `stage` is looking (in files), reading (in bytes), checking or committing (of unknown length: 0)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """How a run ended at a site: `status` is "committed", "nothing_new", "already_committed", "overtaken" or "failed".

    The last three are said of tasks alone: another run committed the same reports; another run committed something else in the meantime; nothing
    was committed, and `error` says why. `again` says that the site is to be planned again, with nothing to be mended first. `version` and
    `manifest` are those of the site's last version, where that is known; the numbers count files, `failed` has those that are no use.

    `warnings` has what was said, one mapping each: `kind`, `message`, and what applies of `remedy`, `file`, `column`, `counts` and so on.
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
    failed: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    warnings: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def _plural(of, noun):
    return f"{len(of)} {noun}{'' if len(of) == 1 else 's'}"


@dataclass(frozen=True, repr=False)
class Plan:
    """What a run would read, merge and write."""

    reports: list[dict[str, Any]]
    known: list[str]
    known_rejects: list[str]
    withdrawn: list[str]
    ignored: int
    passed_over: list[str]
    duplicates: list[str]
    failed: list[dict[str, Any]]
    kinds: list[dict[str, Any]]
    overlaps: list[dict[str, Any]]
    points: list[dict[str, Any]]
    months: list[str]
    tasks: list[dict[str, Any]]
    bytes_to_read: int

    @property
    def columns(self):
        """The names of the columns that the points become."""
        return [point["column"] for point in self.points]

    @property
    def unmapped(self):
        """How many points the configuration does not describe: each is taken for a gauge (mean)."""
        return sum(not point["mapped"] for point in self.points)

    def __repr__(self):
        return (
            f"Plan: {_plural(self.reports, 'report')} ({self.bytes_to_read} bytes) into {_plural(self.columns, 'column')} "
            f"({self.unmapped} not mapped), {_plural(self.months, 'month')}, {_plural(self.tasks, 'task')}; "
            f"{len(self.known)} known, {len(self.duplicates)} twice, {len(self.failed)} rejected"
        )


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
    points: list[dict[str, Any]]
    problems: list[str]
    more: list[Inspection] = dataclasses.field(default_factory=list)
    member: str | None = None

    def __repr__(self):
        dead = sum(point["dead"] for point in self.points)
        member = f"!{self.member}" if self.member else ""
        lines = [
            f"Inspection {self.path}{member}:{self.line}: {self.dialect}, {self.encoding}",
            f"  rows   {self.rows}, {self.time_range or 'none'}",
            f"  points {len(self.points)} ({dead} dead), {self.cells} cells",
            *(f"  problem: {problem}" for problem in self.problems),
            *map(repr, self.more),
        ]
        return "\n".join(lines)


class Options(TypedDict, total=False):
    """The options of `trendgate run`, which go before what the configuration says."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: str | os.PathLike | None
    threads: int | None
    rebuild: bool
    take_retracted: bool
    force: bool
    paranoid: bool
    wait: bool


_ASKED_FOR_NOTHING = {
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
    config: str | os.PathLike | Mapping[str, Any] | None,
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[Options],
) -> Manifest:
    """Reads what is new at `paths`, cleans it and commits it as one version; returns its manifest.

    `config` is a configuration file, or its content as a mapping. Where nothing is new, the manifest is that of the last
    version. `outcome` of the manifest says which, and which files failed.

    `progress` is called in this thread while others work without the interpreter. What it raises, and Ctrl-C, stops the run:
    nothing is committed then, and nothing is left behind.
    """
    return ended_with(json.loads(_trendgate.run(request(config, paths, options), teller(progress))))


class SiteOptions(TypedDict, total=False):
    """Which site of which dataset is meant, and whether to wait for it."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: str | os.PathLike | None
    threads: int | None
    wait: bool


class RetractOptions(SiteOptions, total=False):
    """`force` retracts reports although the files of others of their months are gone; their committed bins stay then."""

    force: bool


def retract(
    config: str | os.PathLike | Mapping[str, Any] | None,
    *,
    source: str | os.PathLike | None = None,
    digest: str | None = None,
    version: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[RetractOptions],
) -> Manifest:
    """Takes reports, or frames of a `Batch`, out of the dataset, as a version in which their months are made again without them; its manifest.

    One of these says which: `source`, the file of a report or what a frame was called; `digest`, that of its content, as manifests have it;
    `version`, all that this version took. Later runs and batches pass the same contents over.

    Raises UsageError where the dataset has nothing of the kind, or where a frame with rows in the same months was not kept.
    """
    answer = _trendgate.retract(request(config, [], options), source, digest, version, teller(progress))
    return ended_with(json.loads(answer))


def rebuild(
    config: str | os.PathLike | Mapping[str, Any] | None,
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[SiteOptions],
) -> Manifest:
    """Makes all months of a dataset of frames again from what is kept of the frames, in the order of adding; returns the manifest.

    `config` may differ from that of the dataset. A dataset of reports is made again by `run(…, rebuild=True)`. Raises UsageError where a
    frame was not kept, and ConfigError where one does not fit the configuration.
    """
    return ended_with(json.loads(_trendgate.rebuild(request(config, [], options), teller(progress))))


def ended_with(answer):
    """The manifest of a run that ended so, and how."""
    return dataclasses.replace(Manifest.load(answer["manifest"]), outcome=outcome_of(answer))


def outcome_of(answer, again=False):
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
        failed=[native(entry) for entry in answer.get("failed_files", ())],
        warnings=answer.get("warnings", []),
    )


def plan(
    config: str | os.PathLike | Mapping[str, Any] | None,
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[Options],
) -> Plan:
    """What `run` would do; writes nothing."""
    facts = json.loads(_trendgate.plan(request(config, paths, options), teller(progress)))
    del facts["time"], facts["site_id"]
    return Plan(
        reports=[native(entry) for entry in facts.pop("inputs")],
        failed=[native(entry) for entry in facts.pop("failed_files")],
        points=facts.pop("columns"),
        duplicates=[twice["path"] for twice in facts.pop("duplicates")],
        **facts,
    )


def inspect(path: str | os.PathLike, *, timezone: str | None = None) -> Inspection:
    """Looks into a file. Without `timezone`, its times are those of the reports' own clock, read as UTC."""
    return inspection_of(json.loads(_trendgate.inspect(path, timezone or "UTC")))


def inspection_of(facts):
    more = [inspection_of(other) for other in facts.get("more", ())]
    between = facts["time_range"] and TimeRange(*(moment_of(nanos) for nanos in facts["time_range"]))
    return Inspection(**facts | {"path": Path(facts["path"]), "time_range": between, "more": more})


def request(config, paths, options):
    """What the half in Rust is asked for."""
    unknown = sorted(options.keys() - _ASKED_FOR_NOTHING.keys())
    if unknown:
        raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(_ASKED_FOR_NOTHING)}")
    as_text = isinstance(config, Mapping)
    return {
        **_ASKED_FOR_NOTHING,
        **options,
        "config_file": None if as_text else config,
        # JSON is YAML.
        "config_text": json.dumps(config, ensure_ascii=False) if as_text else None,
        "paths": [paths] if isinstance(paths, str | os.PathLike) else list(paths),
    }


def teller(progress):
    """What the half in Rust tells of steps and warnings; called by the function that the caller called."""

    def tell(stage, done, total):
        if stage is None:
            warnings.warn(done, stacklevel=3)
        elif progress is not None:
            progress(Progress(stage, done, total))

    return tell
