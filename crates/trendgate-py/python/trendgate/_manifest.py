"""A manifest: what one batch did, and the parts that it added."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from trendgate import _trendgate
from trendgate._parts import Column, Gap, Part, Parts, TimeRange, column, gap, moment, native, part, stamp, time_range
from trendgate._verify import validate_manifest


@dataclass(frozen=True)
class Statistics:
    """What the rows of a batch are: `points` has one entry a column, as the manifest has it."""

    total_rows: int
    time_range: TimeRange | None
    quality_flags_distribution: dict[str, int]
    points: dict[str, dict[str, Any]]


@dataclass(frozen=True, repr=False, eq=False)
class Manifest(Parts):
    """A committed batch. Its fields are those of the file, whose meaning is in docs/format.md; `Manifest.load` makes one."""

    path: Path
    manifest_version: str
    batch_id: str
    site_id: str
    created_at: dt.datetime
    input_files_count: int
    output_files: list[str]
    statistics: Statistics
    schema_hash: str
    checksum: str
    files: list[Part]
    inputs: list[dict[str, Any]]
    inputs_file: dict[str, Any] | None
    details_file: dict[str, Any] | None
    kinds: list[dict[str, Any]]
    failed_files: list[dict[str, Any]]
    evidence_files: list[dict[str, Any]]
    gaps: list[Gap]
    trips: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    standing: list[dict[str, Any]]
    equipment: list[dict[str, Any]]
    equipment_off: list[dict[str, Any]]
    conflicts: dict[str, Any]
    cells: dict[str, int]
    config_digest: str
    config: dict[str, Any] | None
    time_baseline: dt.datetime
    trendgate_version: str
    version: int
    replaces: list[str]
    replaces_evidence: list[str]
    changed_range: TimeRange | None
    rebuilt_from: list[dict[str, Any]]
    redigested: list[dict[str, Any]]
    superseded: list[dict[str, Any]]
    retracted: list[dict[str, Any]]
    approximate_bins: int
    timezone: str
    resample_interval: str
    schema: list[Column]
    origin: str
    public_copy: str
    keep_sources: str
    known_after: dict[str, float]
    evidence_paths: list[Path] = field(default_factory=list)
    fingerprint: str = ""
    outcome: Any = None

    @classmethod
    def load(cls, path: str | os.PathLike) -> Manifest:
        """The manifest at `path`, under its public name or in the log, proven to be what was committed.

        Raises DamagedError where a byte of it was changed; UsageError where there is no such file.
        """
        facts = json.loads(_trendgate.manifest(path))
        files, evidence, fingerprint = _trendgate.manifest_files(path)
        paths = [Path(file) for file in evidence]
        return cls(**_typed(facts, files), path=Path(path), evidence_paths=paths, fingerprint=fingerprint)

    @property
    def site(self) -> str:
        """The site: `site_id` by another name."""
        return self.site_id

    @property
    def parts(self):
        """The parts that this batch added, in the order of time: `files` by another name."""
        return self.files

    def _explain_gone(self):
        _trendgate.manifest_files(self.path)

    def validate(self):
        """Reads everything that is listed: bytes against digests; columns, rows and flags against the contract.

        Raises DamagedError with its `findings`, or ContractViolationError with its `violations`; returns what was looked at.
        """
        return validate_manifest(self)

    def __repr__(self):
        flags = ", ".join(f"{flag} {rows}" for flag, rows in self.statistics.quality_flags_distribution.items() if rows)
        lines = [
            f"Manifest {self.site_id} version {self.version}, written {stamp(self.created_at)}",
            f"  batch  {self.batch_id}",
            f"  rows   {self.statistics.total_rows}, {self.statistics.time_range or 'none'}, every {self.resample_interval}",
            f"  parts  {len(self.files)}, {len(self.points)} points",
            f"  inputs {self.input_files_count} accepted, {len(self.failed_files)} failed",
            f"  flags  {flags or 'none'}",
        ]
        return "\n".join(lines)


# What the library leaves out of the JSON where there is nothing to say.
_ABSENT = {
    "inputs_file": None,
    "config": None,
    "details_file": None,
    "changed_range": None,
    "warnings": [],
    "standing": [],
    "redigested": [],
    "equipment": [],
    "equipment_off": [],
    "known_after": {},
    "origin": "reports",
    "public_copy": "write",
    "keep_sources": "auto",
}


def _typed(facts, files):
    facts = _ABSENT | facts
    facts = {each.name: facts[each.name] for each in fields(Manifest) if each.name in facts}
    statistics = facts["statistics"]
    facts["statistics"] = Statistics(**statistics | {"time_range": time_range(statistics["time_range"])})
    facts["files"] = [part(entry, file) for entry, file in zip(facts["files"], files, strict=True)]
    facts["schema"] = [column(entry) for entry in facts["schema"]]
    facts["gaps"] = [gap(entry) for entry in facts["gaps"]]
    facts["changed_range"] = time_range(facts["changed_range"])
    for name in ("inputs", "failed_files", "rebuilt_from", "superseded", "retracted"):
        facts[name] = [native(entry) for entry in facts[name]]
    for name in ("created_at", "time_baseline"):
        facts[name] = moment(facts[name])
    return facts


def load_from_manifest(path: str | os.PathLike):
    """A polars.LazyFrame over exactly the parts that the manifest at `path` lists."""
    return Manifest.load(path).scan()
