"""A manifest: what one batch did, and the parts that it added."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trendgate import _trendgate
from trendgate._arguments import StrPath
from trendgate._parts import Column, Gap, Part, Parts, TimeRange, column, gap, moment, native, part, stamp, time_range
from trendgate._values import Value, frozen, table
from trendgate._verify import Verified, validate_manifest
from trendgate._warnings import TrendgateWarning, warnings_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class Statistics(Value):
    """What the rows of a batch are: `points` has one entry a column, as the manifest has it."""

    total_rows: int
    time_range: TimeRange | None
    quality_flags_distribution: Mapping[str, int] = field(hash=False)
    points: Mapping[str, Mapping[str, Any]] = field(hash=False)


@dataclass(frozen=True, repr=False, eq=False)
class Manifest(Parts):
    """A committed batch. Its fields are those of the file, whose meaning is in docs/format.md; `Manifest.load` makes one.

    Two of the same content (`checksum`) are equal.
    """

    path: Path
    manifest_version: str
    batch_id: str
    site_id: str
    created_at: dt.datetime
    input_files_count: int
    output_files: tuple[str, ...]
    statistics: Statistics
    schema_hash: str
    checksum: str
    files: tuple[Part, ...]
    inputs: tuple[Mapping[str, Any], ...]
    inputs_file: Mapping[str, Any] | None
    details_file: Mapping[str, Any] | None
    kinds: tuple[Mapping[str, Any], ...]
    failed_files: tuple[Mapping[str, Any], ...]
    evidence_files: tuple[Mapping[str, Any], ...]
    gaps: tuple[Gap, ...]
    trips: tuple[Mapping[str, Any], ...]
    warnings: tuple[TrendgateWarning, ...]
    standing: tuple[Mapping[str, Any], ...]
    equipment: tuple[Mapping[str, Any], ...]
    equipment_off: tuple[Mapping[str, Any], ...]
    conflicts: Mapping[str, Any]
    cells: Mapping[str, int]
    config_digest: str
    config: Mapping[str, Any] | None
    time_baseline: dt.datetime
    trendgate_version: str
    version: int
    replaces: tuple[str, ...]
    replaces_evidence: tuple[str, ...]
    changed_range: TimeRange | None
    rebuilt_from: tuple[Mapping[str, Any], ...]
    redigested: tuple[Mapping[str, Any], ...]
    superseded: tuple[Mapping[str, Any], ...]
    retracted: tuple[Mapping[str, Any], ...]
    approximate_bins: int
    timezone: str
    resample_interval: str
    schema: tuple[Column, ...]
    origin: str
    public_copy: str
    keep_sources: str
    known_after: Mapping[str, float]
    evidence_paths: tuple[Path, ...] = ()
    fingerprint: str = ""
    outcome: Any = None

    @classmethod
    def load(cls, path: StrPath) -> Manifest:
        """The manifest at `path`, under its public name or in the log, proven to be what was committed.

        Raises DamagedError where a byte of it was changed; UsageError where there is no such file.
        """
        facts = json.loads(_trendgate.manifest(path))
        files, evidence, fingerprint = _trendgate.manifest_files(path)
        paths = tuple(map(Path, evidence))
        return cls(**_typed(facts, files), path=Path(path), evidence_paths=paths, fingerprint=fingerprint)

    @property
    def site(self) -> str:
        """The site: `site_id` by another name."""
        return self.site_id

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that this batch added, in the order of time: `files` by another name."""
        return self.files

    def _explain_gone(self) -> None:
        _trendgate.manifest_files(self.path)

    def validate(self) -> Verified:
        """Reads everything that is listed: bytes against digests; columns, rows and flags against the contract.

        Raises DamagedError with its `findings`, or ContractViolationError with its `violations`; returns what was looked at.
        """
        return validate_manifest(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and other.checksum == self.checksum

    def __hash__(self) -> int:
        return hash(self.checksum)

    def __repr__(self) -> str:
        lines = [f"Manifest {self.site_id} version {self.version}, written {stamp(self.created_at)}"]
        return "\n".join(lines + [f"  {name:<6} {value}" for name, value in self._said()])

    def _repr_html_(self) -> str:
        return table(f"Manifest {self.site_id} version {self.version}, written {stamp(self.created_at)}", self._said())

    def _said(self) -> list[tuple[str, object]]:
        flags = ", ".join(f"{flag} {rows}" for flag, rows in self.statistics.quality_flags_distribution.items() if rows)
        return [
            ("batch", self.batch_id),
            ("rows", f"{self.statistics.total_rows}, {self.statistics.time_range or 'none'}, every {self.resample_interval}"),
            ("parts", f"{len(self.files)}, {len(self.points)} points"),
            ("inputs", f"{self.input_files_count} accepted, {len(self.failed_files)} failed"),
            ("flags", flags or "none"),
        ]


# What the library leaves out of the JSON where there is nothing to say.
_ABSENT: dict[str, Any] = {
    "inputs_file": None,
    "config": None,
    "details_file": None,
    "changed_range": None,
    "warnings": (),
    "standing": (),
    "redigested": (),
    "equipment": (),
    "equipment_off": (),
    "known_after": {},
    "origin": "reports",
    "public_copy": "write",
    "keep_sources": "auto",
}


def _typed(facts: dict[str, Any], files: list[str]) -> dict[str, Any]:
    facts = _ABSENT | facts
    facts = {each.name: facts[each.name] for each in fields(Manifest) if each.name in facts}
    statistics = facts["statistics"]
    facts["statistics"] = Statistics(**statistics | {"time_range": time_range(statistics["time_range"])})
    facts["files"] = [part(entry, file) for entry, file in zip(facts["files"], files, strict=True)]
    facts["schema"] = [column(entry) for entry in facts["schema"]]
    facts["gaps"] = [gap(entry) for entry in facts["gaps"]]
    facts["changed_range"] = time_range(facts["changed_range"])
    facts["warnings"] = warnings_of(facts["warnings"])
    for name in ("inputs", "failed_files", "rebuilt_from", "superseded", "retracted"):
        facts[name] = [native(entry) for entry in facts[name]]
    for name in ("created_at", "time_baseline"):
        facts[name] = moment(facts[name])
    return frozen(facts)


def load_from_manifest(path: StrPath) -> pl.LazyFrame:
    """A polars.LazyFrame over exactly the parts that the manifest at `path` lists."""
    return Manifest.load(path).scan()
