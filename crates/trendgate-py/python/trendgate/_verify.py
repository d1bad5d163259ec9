"""Files against what they should be: what was committed, and the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config, StrPath, place
from trendgate._errors import DamagedError, Violation, of_violations, violations_of
from trendgate._values import Value

if TYPE_CHECKING:
    from trendgate._manifest import Manifest


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was committed."""

    file: Path
    expected: str
    got: str

    def __str__(self) -> str:
        return _trendgate.escaped(f"{self.file}: expected {self.expected}, found {self.got}")


@dataclass(frozen=True, repr=False)
class Verified(Value):
    """What was looked at, and the `findings`: none where all is as it was committed."""

    manifests: int
    parts: int
    bytes: int
    rows: int
    sources: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no finding."""
        return not self.findings

    def __add__(self, other: Verified) -> Verified:
        return Verified(**{name: getattr(self, name) + getattr(other, name) for name in Verified.__dataclass_fields__})


@dataclass(frozen=True, repr=False)
class CheckReport(Value):
    """What a Parquet file is, or a frame, and where it breaks the contract: the first 20 `violations`, `total` counts all.

    `findings` has what breaks nothing: rows, their range, cells that are NaN or extreme by column, missing bins, gaps. Of a frame, `file` is None,
    and `coerced` says how much of it would be changed before the contract takes it, by kind.
    """

    file: Path | None
    bytes: int
    row_groups: int
    columns: int
    created_by: str | None
    metadata: Mapping[str, str] = field(hash=False)
    interval: int | None
    findings: Mapping[str, Any] = field(hash=False)
    violations: tuple[Violation, ...]
    total: int
    coerced: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def ok(self) -> bool:
        """Whether it keeps the contract."""
        return self.total == 0


def verify(
    path: StrPath | None = None,
    site: str | None = None,
    *,
    config: Config = None,
    cancel: Cancel | None = None,
) -> Verified:
    """Verifies a manifest (a file) and its parts, or a dataset, by its folder or the `config` of its runs: one site or all.

    Ctrl-C and `cancel` (see `trendgate.run`, raises StoppedError) stop it before its next file.
    """
    from trendgate._run import Teller

    if path is not None and (Path(path).is_file() or (Path(path).suffix == ".json" and not Path(path).is_dir())):
        return _verified(_trendgate.verify_manifest(path, Teller(cancel=cancel)))
    return verify_dataset(place(path, config), site, cancel)


def verify_dataset(where: dict[str, Any], site: str | None, cancel: Cancel | None = None) -> Verified:
    """Verifies the dataset that is meant: one site or all."""
    from trendgate._run import Teller

    sites = [site] if site is not None else _trendgate.dataset_sites(where)
    tell = Teller(cancel=cancel)
    return sum((_verified(_trendgate.verify_site(where, one, tell)) for one in sites), Verified(0, 0, 0, 0, 0, ()))


def check(path: StrPath) -> list[CheckReport]:
    """Checks a Parquet file, or every part of a manifest (a path that ends in `.json`), against the contract."""
    if Path(path).suffix != ".json":
        return [_checked(path)]
    files, _evidence, _fingerprint = _trendgate.manifest_files(path)
    return [_checked(file) for file in files]


def validate_manifest(manifest: Manifest) -> Verified:
    """Raises for the first of: a byte that was changed, a rule that is broken."""
    verified = verify(manifest.path)
    if not verified.ok:
        first, *more = map(str, verified.findings)
        error = DamagedError(first, path=verified.findings[0].file, excerpt=more, hint="restore the files that are named")
        error.findings = verified.findings
        raise error
    for file in manifest.paths:
        report = json.loads(_trendgate.check_file(file))
        found = report["violations"]
        if found["total"]:
            raise of_violations(found, f"{file}: breaks the contract: {violations_of(found)[0]}", path=file)
    return verified


def _verified(text: str) -> Verified:
    facts = json.loads(text)
    findings = tuple(Finding(Path(one["file"]), one["expected"], one["got"]) for one in facts.pop("findings"))
    return Verified(**facts, findings=findings)


def _checked(file: StrPath) -> CheckReport:
    report = json.loads(_trendgate.check_file(file))
    found = report.pop("violations")
    return CheckReport(Path(file), **report, violations=violations_of(found), total=found["total"])
