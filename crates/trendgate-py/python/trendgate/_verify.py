"""Files against what they should be: what was committed, and the contract."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    sources: int
    findings: list[Finding]

    @property
    def ok(self):
        """Whether there is no finding."""
        return not self.findings

    def __add__(self, other):
        return Verified(**{name: getattr(self, name) + getattr(other, name) for name in Verified.__dataclass_fields__})


@dataclass(frozen=True)
class CheckReport:
    """What a Parquet file is, or a frame, and where it breaks the contract: the first 20 `violations`, `total` counts all.

    `findings` has what breaks nothing: rows, their range, cells that are NaN or extreme by column, missing bins, gaps. Of a frame, `file` is None,
    and `coerced` says how much of it would be changed before the contract takes it, by kind.
    """

    file: Path | None
    bytes: int
    row_groups: int
    columns: int
    created_by: str | None
    metadata: dict[str, str]
    interval: int | None
    findings: dict[str, Any]
    violations: tuple[Violation, ...]
    total: int
    coerced: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self):
        """Whether it keeps the contract."""
        return self.total == 0


def verify(
    path: str | os.PathLike | None = None,
    site: str | None = None,
    *,
    config: str | os.PathLike | Mapping[str, Any] | None = None,
) -> Verified:
    """Verifies a manifest (a file) and its parts, or a dataset, by its folder or the `config` of its runs: one site or all."""
    if path is not None and (Path(path).is_file() or (Path(path).suffix == ".json" and not Path(path).is_dir())):
        return _verified(_trendgate.verify_manifest(path))
    return verify_dataset(place(path, config), site)


def verify_dataset(where, site):
    """Verifies the dataset that is meant: one site or all."""
    sites = [site] if site is not None else _trendgate.dataset_sites(where)
    return sum((_verified(_trendgate.verify_site(where, one)) for one in sites), Verified(0, 0, 0, 0, 0, []))


def place(data_dir, config):
    """Which dataset is meant, as the half in Rust wants it: the folder, else that of the configuration, else `data`."""
    as_text = isinstance(config, Mapping)
    return {
        "data_dir": data_dir,
        "config_file": None if as_text else config,
        # JSON is YAML.
        "config_text": json.dumps(config, ensure_ascii=False) if as_text else None,
    }


def check(path: str | os.PathLike) -> list[CheckReport]:
    """Checks a Parquet file, or every part of a manifest (a path that ends in `.json`), against the contract."""
    if Path(path).suffix != ".json":
        return [_checked(path)]
    files, _evidence, _fingerprint = _trendgate.manifest_files(path)
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
