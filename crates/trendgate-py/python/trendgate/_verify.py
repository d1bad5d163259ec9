"""Files against what they should be: what was committed, and the contract."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trendgate import _trendgate
from trendgate._errors import DamagedError, Violation, of_violations, violations_of


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was committed."""

    file: Path
    expected: str
    got: str

    def __str__(self):
        return _trendgate.escaped(f"{self.file}: expected {self.expected}, found {self.got}")


@dataclass(frozen=True)
class Verified:
    """What was looked at, and the `findings`: none where all is as it was committed."""

    manifests: int
    parts: int
    bytes: int
    rows: int
    findings: list[Finding]

    @property
    def ok(self):
        """Whether there is no finding."""
        return not self.findings

    def __add__(self, other):
        return Verified(**{name: getattr(self, name) + getattr(other, name) for name in Verified.__dataclass_fields__})


@dataclass(frozen=True)
class CheckReport:
    """What a Parquet file is, and where it breaks the contract: the first 20 `violations`, `total` counts all."""

    file: Path
    bytes: int
    row_groups: int
    columns: int
    created_by: str | None
    metadata: dict[str, str]
    interval: int | None
    findings: dict[str, Any]
    violations: tuple[Violation, ...]
    total: int

    @property
    def ok(self):
        """Whether the file keeps the contract."""
        return self.total == 0


def verify(path: str | os.PathLike, site: str | None = None) -> Verified:
    """Verifies a manifest (a path that ends in `.json`) and its parts, or the dataset in a folder: one site or all."""
    if Path(path).suffix == ".json":
        return _verified(_trendgate.verify_manifest(path))
    sites = [site] if site is not None else _trendgate.dataset_sites(path)
    return sum((_verified(_trendgate.verify_site(path, one)) for one in sites), Verified(0, 0, 0, 0, []))


def check(path: str | os.PathLike) -> list[CheckReport]:
    """Checks a Parquet file, or every part of a manifest (a path that ends in `.json`), against the contract."""
    if Path(path).suffix != ".json":
        return [_checked(path)]
    files, _evidence = _trendgate.manifest_files(path)
    return [_checked(file) for file in files]


def validate_manifest(manifest):
    """Raises for the first of: a byte that was changed, a rule that is broken."""
    verified = verify(manifest.path)
    if not verified.ok:
        first, *more = map(str, verified.findings)
        error = DamagedError(first, path=verified.findings[0].file, excerpt=more, hint="restore the files that are named")
        error.findings = tuple(verified.findings)
        raise error
    for file in manifest.paths:
        report = json.loads(_trendgate.check_file(file))
        found = report["violations"]
        if found["total"]:
            raise of_violations(found, f"{file}: breaks the contract: {violations_of(found)[0]}", path=file)
    return verified


def _verified(text):
    facts = json.loads(text)
    findings = [Finding(Path(one["file"]), one["expected"], one["got"]) for one in facts.pop("findings")]
    return Verified(**facts, findings=findings)


def _checked(file):
    report = json.loads(_trendgate.check_file(file))
    found = report.pop("violations")
    return CheckReport(Path(file), **report, violations=violations_of(found), total=found["total"])
