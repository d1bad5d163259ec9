"""All that is committed for a site: the fold of its log."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trendgate import _tags, _trendgate
from trendgate._changes import Changes, changes, length
from trendgate._errors import DamagedError, UsageError
from trendgate._manifest import Manifest
from trendgate._parts import Column, Gap, Part, Parts, column, gap, instant, nanoseconds, part
from trendgate._verify import Verified, place, verify_dataset


@dataclass(frozen=True, repr=False)
class Snapshot(Parts):
    """The dataset of a site as of one version: the parts that a reader opens, and nothing else."""

    site: str
    version: int
    parts: list[Part]
    evidence: list[Path]
    schema: list[Column]
    gaps: list[Gap]
    standing: list[dict[str, Any]]
    _place: dict[str, Any] = field(compare=False)

    def _explain_gone(self):
        _trendgate.snapshot(self._place, self.site, self.version, None)

    def __repr__(self):
        rows = sum(part.rows for part in self.parts)
        return f"Snapshot {self.site} version {self.version}: {rows} rows in {len(self.parts)} parts, {len(self.points)} points"


def snapshot_of(facts: str, place: dict[str, Any]) -> Snapshot:
    """The snapshot that the library wrote as JSON."""
    facts = json.loads(facts)
    return Snapshot(
        site=facts["site_id"],
        version=facts["version"],
        parts=[part(one["entry"], one["file"]) for one in facts["parts"]],
        evidence=[Path(file) for file in facts["evidence"]],
        schema=[column(entry) for entry in facts["columns"]],
        gaps=[gap(entry) for entry in facts["gaps"]],
        standing=facts["standing"],
        _place=place,
    )


class Dataset:
    """The dataset in the folder `root`, all sites. It looks at the log alone, so it is whole while a writer commits.

    Without `root` it is that of the configuration (a file, or its content as a mapping) of its runs, without both the one in `data`.
    """

    def __init__(
        self, root: str | os.PathLike | None = None, *, config: str | os.PathLike | Mapping[str, Any] | None = None
    ):
        self._place = place(root, config)
        self.root = Path(_trendgate.dataset_root(self._place) if root is None else root)

    def __repr__(self):
        return f"Dataset({str(self.root)!r})"

    def sites(self) -> list[str]:
        """The sites, sorted."""
        return _trendgate.dataset_sites(self._place)

    def snapshot(self, site: str, *, version: int | str | None = None, as_of: str | dt.datetime | None = None) -> Snapshot:
        """What a reader opens: of the last version, of `version` (its number, or its tag), or of the last one that was created by `as_of`.

        A version counts from the microsecond of its `created_at` on, and no other is of that microsecond, so `as_of=manifest.created_at` is
        the version of that manifest.
        """
        time = instant(as_of, "as_of")
        facts = _trendgate.snapshot(self._place, site, version, None if time is None else nanoseconds(time))
        return snapshot_of(facts, self._place)

    def scan(self, site: str, start=None, end=None, *, version: int | str | None = None, as_of=None):
        """A polars.LazyFrame over the site's live parts; see `Parts.scan` for `start` and `end`, `snapshot` for the rest."""
        return self.snapshot(site, version=version, as_of=as_of).scan(start, end)

    def to_arrow(self, site: str, start=None, end=None, *, version: int | str | None = None, as_of=None):
        """The same rows as a pyarrow.Table. Parts that are replaced and collected meanwhile make it begin again, with the new version."""
        while True:
            snapshot = self.snapshot(site, version=version, as_of=as_of)
            try:
                return snapshot.to_arrow(start, end)
            except (DamagedError, FileNotFoundError, UsageError):
                if self.snapshot(site, version=version, as_of=as_of).version == snapshot.version:
                    raise

    def changes(
        self, site: str, *, since: int | str | None = None, window: str | dt.timedelta | None = None
    ) -> Changes:
        """What changed since version `since` (of which the reader has everything; None or 0 is the beginning), and what to read to follow.

        `window` is how far what is computed looks back: "24h", "90m", "7d" or a timedelta. Of changed rows [a, b) `replace` is
        [a, b + window) and `read` is [a - window, b + window). A version that has expired can be gone on from. Raises UsageError where there
        is no such version, or where the versions after it were compacted: then begin anew, without `since`.
        """
        back = length(window)
        facts, changed, *columns = _trendgate.changes(self._place, site, since or 0)
        return changes(snapshot_of(facts, self._place), changed, back, columns)

    def tag(self, site: str, name: str, *, version: int | str | None = None, wait: bool = False) -> int:
        """Gives a version a name, and returns its number: `version`, or the last one. `version=name` means it wherever a version is asked for.

        What a tagged version refers to is not collected (`trendgate gc`), and its record is not compacted. A name is of one version until
        it is taken away: UsageError where another one has it, and where the version is not there or cannot be read any more; the same version
        may be given it again. Names are of letters, digits, ".", "_" and "-", and not of digits alone. LockedError where a run holds the site,
        unless `wait` says to wait for it.
        """
        return _tags.tag(self._place, site, name, version, wait)

    def tags(self, site: str) -> dict[str, int]:
        """The versions that have names, by these."""
        return _tags.tags(self._place, site)

    def untag(self, site: str, name: str, *, wait: bool = False) -> None:
        """Takes a name away; UsageError where no version has it."""
        _tags.untag(self._place, site, name, wait)

    def manifests(self, site: str, *, after: int | str = 0) -> list[Manifest]:
        """The site's versions after `after`, oldest first: what a consumer has not seen yet. An error where some of them were
        compacted (`trendgate gc --compact`): then begin anew from `snapshot`, and go on from its version."""
        return [Manifest.load(record) for record in _trendgate.records(self._place, site, after)]

    def verify(self, site: str | None = None) -> Verified:
        """Verifies the log and everything in it: one site or all."""
        return verify_dataset(self._place, site)
