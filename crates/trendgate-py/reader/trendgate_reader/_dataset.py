"""All that is committed for the sites of a folder."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trendgate_reader import _log, _place, _tags
from trendgate_reader._errors import DamagedError, UsageError
from trendgate_reader._fold import Fold, Placed
from trendgate_reader._snapshot import Column, Finding, Gap, Listed, Part, Snapshot, Time, TimeRange, instant, moment

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


class Dataset:
    """The dataset in the folder `root`, all sites. It goes by the log alone, so it is whole while a writer commits."""

    def __init__(self, root: str | os.PathLike[str] = "data") -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"Dataset({str(self.root)!r})"

    def sites(self) -> list[str]:
        """The sites, sorted."""
        return _place.sites(_place.find(self.root))

    def snapshot(self, site: str, *, version: int | str | None = None, as_of: Time | None = None) -> Snapshot:
        """What a reader opens: of the last version, of `version` (its number, or its tag), or of the last one that was created by `as_of`.

        Raises UsageError where there is no such site or version, or where it cannot be read any more; DamagedError where the log is not what was
        committed. A version before the damage can be asked for by its number.
        """
        if version is not None and as_of is not None:
            raise UsageError("expected a version or a time, found both")
        folders = self._folders(site)
        time = instant(as_of, "as_of")
        number = None if version is None else _tags.version_of(folders, site, version)
        log = _log.read(folders, site, until=number)
        if number is not None or time is not None:
            log = _until(log, site, number, time)
            _refuse_expired(folders, site, log.records[-1].version)
        return self._snapshot(folders, site, Fold(log))

    def tags(self, site: str) -> dict[str, int]:
        """The versions that have names, by these."""
        return _tags.tags(self._folders(site), site)

    def scan(
        self, site: str, start: Time | None = None, end: Time | None = None, *, version: int | str | None = None, as_of: Time | None = None
    ) -> pl.LazyFrame:
        """A polars.LazyFrame over the site's live parts; see `Snapshot.scan` for `start` and `end`, `snapshot` for the rest."""
        return self.snapshot(site, version=version, as_of=as_of).scan(start, end)

    def to_arrow(
        self, site: str, start: Time | None = None, end: Time | None = None, *, version: int | str | None = None, as_of: Time | None = None
    ) -> pa.Table:
        """The same rows as a pyarrow.Table. Parts that are replaced and collected meanwhile make it begin again, with the new version."""
        while True:
            snapshot = self.snapshot(site, version=version, as_of=as_of)
            try:
                return snapshot.to_arrow(start, end)
            except (DamagedError, FileNotFoundError, UsageError):
                if self.snapshot(site, version=version, as_of=as_of).version == snapshot.version:
                    raise

    def manifests(self, site: str, *, after: int = 0) -> list[dict[str, Any]]:
        """The records of the site's versions after `after`, oldest first, as docs/format.md describes them; without what stands beside them.

        Raises UsageError where some of them were compacted: then begin anew from `snapshot`, and go on from its version.
        """
        log = _log.read(self._folders(site), site)
        if after < log.base:
            raise _compacted(site, f"version {after + 1}", log.base)
        return [record.facts for record in log.records if record.version > after]

    def verify(self, site: str | None = None) -> list[Finding]:
        """Reads the logs, parts and evidence of one site or all: what is not as it was committed; an empty list where all is."""
        findings: list[Finding] = []
        for one in self.sites() if site is None else [site]:
            try:
                findings += self.snapshot(one).verify()
            except DamagedError as error:
                log = self._folders(one).log(one)
                findings.append(Finding(error.path or log, "what was committed", error.message))
        return findings

    def _folders(self, site: str) -> _place.Folders:
        folders = _place.find(self.root)
        sites = _place.sites(folders)
        if site not in sites:
            raise UsageError(f"no site {site!r}", path=self.root, hint=f"it has {', '.join(sites) or 'none'}")
        return folders

    def _snapshot(self, folders: _place.Folders, site: str, fold: Fold) -> Snapshot:
        try:
            parts = [_part(folders, placed) for placed in fold.live_parts()]
            evidence = [_listed(folders.evidence, placed) for placed in fold.live_evidence()]
            return Snapshot(
                site=site,
                version=fold.head["version"],
                parts=parts,
                evidence_paths=[listed.file for listed in evidence],
                schema=[_column(entry) for entry in fold.columns()],
                gaps=[Gap(moment(gap["from"]), moment(gap["to"]), gap["bins"]) for gap in fold.gaps],
                standing=fold.head.get("standing", []),
                fingerprint=fold.fingerprint(),
                schema_hash=fold.schema_hash(),
                config_digest=fold.head["config_digest"],
                resample_interval=fold.head["resample_interval"],
                timezone=fold.head["timezone"],
                created_at=moment(fold.head["created_at"]),
                trendgate_version=fold.head["trendgate_version"],
                origin=fold.head.get("origin", "reports"),
                _listed=[Listed(part.file, part.sha256, part.bytes) for part in parts] + evidence,
                _dataset=self,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DamagedError(f"expected the fields of a manifest: {error!r}", path=folders.log(site)) from None


def _until(log: _log.Log, site: str, version: int | None, time: dt.datetime | None) -> _log.Log:
    """The log up to a version, or to the last one that was created by a time."""
    if version is not None:
        if 1 <= version <= log.base:
            raise _compacted(site, f"version {version}", log.base)
        chosen = [record for record in log.records if record.version <= version]
        if not chosen or chosen[-1].version != version:
            last = max((record.version for record in log.records), default=log.base)
            raise UsageError(f"expected a version from {log.base + 1} to {last}, found {version}")
        return log._replace(records=chosen)
    by_then = [place for place, record in enumerate(log.records) if time is not None and moment(record.facts["created_at"]) <= time]
    if by_then:
        return log._replace(records=log.records[: by_then[-1] + 1])
    if log.base:
        raise _compacted(site, f"the dataset as it was at {time}", log.base)
    raise UsageError(f"{site} had no version yet at {time}")


def _refuse_expired(folders: _place.Folders, site: str, version: int) -> None:
    if _log.has_expired(folders, site, version):
        hint = "parts that it refers to were replaced, and `trendgate gc` removed them: read the last version"
        raise UsageError(f"version {version} of {site} has expired", hint=hint)


def _compacted(site: str, what: str, base: int) -> UsageError:
    message = f"{what} of {site} was compacted: the versions up to {base} are one base record"
    return UsageError(message, hint=f"the first version that can be asked for is {base + 1}")


def _part(folders: _place.Folders, placed: Placed) -> Part:
    entry = placed.entry
    first, last = entry["time_range"]
    return Part(
        path=entry["path"],
        file=folders.processed / entry["path"],
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        rows=entry["rows"],
        time_range=TimeRange(moment(first), moment(last)),
        quality_flags=entry.get("quality_flags", {}),
    )


def _listed(folder: Path, placed: Placed) -> Listed:
    return Listed(folder / placed.entry["path"], placed.entry["sha256"], placed.entry["bytes"])


def _column(entry: dict[str, Any]) -> Column:
    return Column(
        name=entry["name"],
        type=entry["type"],
        point=entry.get("point"),
        unit=entry.get("unit"),
        physical_type=entry.get("physical_type"),
        aggregation=entry.get("aggregation"),
    )
