"""All that is committed for a site: the fold of its log."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trendgate import _explain, _trendgate, _upkeep
from trendgate._arguments import Cancel, Config, Length, StrPath, place
from trendgate._errors import DamagedError, UsageError
from trendgate._explain import Explanation
from trendgate._manifest import Manifest
from trendgate._parts import Column, Gap, Part, Parts, column, gap, instant, nanoseconds, part
from trendgate._upkeep import Garbage, Recovery, Repaired
from trendgate._values import table
from trendgate._verify import Verified, verify_dataset


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

    def __repr__(self) -> str:
        rows = sum(part.rows for part in self.parts)
        return f"Snapshot {self.site} version {self.version}: {rows} rows in {len(self.parts)} parts, {len(self.points)} points"

    def _repr_html_(self) -> str:
        rows = sum(part.rows for part in self.parts)
        said = [("rows", rows), ("parts", len(self.parts)), ("points", len(self.points))]
        return table(f"Snapshot {self.site} version {self.version}", said)


class Dataset:
    """The dataset in the folder `root`, all sites. It looks at the log alone, so it is whole while a writer commits.

    Without `root` it is that of the configuration (a file, or its content as a mapping) of its runs, without both the one in `data`.
    """

    def __init__(
        self, root: StrPath | None = None, *, config: Config = None
    ) -> None:
        self._place = place(root, config)
        self.root = Path(_trendgate.dataset_root(self._place) if root is None else root)

    def __repr__(self):
        return f"Dataset({str(self.root)!r})"

    def sites(self) -> list[str]:
        """The sites, sorted."""
        return _trendgate.dataset_sites(self._place)

    def snapshot(self, site: str, *, version: int | None = None, as_of: str | dt.datetime | None = None) -> Snapshot:
        """What a reader opens: of the last version, of `version`, or of the last one that was created by `as_of`.

        A version counts from its `created_at` on, so `as_of=manifest.created_at` is the version of that manifest.
        """
        time = instant(as_of, "as_of")
        facts = json.loads(_trendgate.snapshot(self._place, site, version, None if time is None else nanoseconds(time)))
        return Snapshot(
            site=facts["site_id"],
            version=facts["version"],
            parts=[part(one["entry"], one["file"]) for one in facts["parts"]],
            evidence=[Path(file) for file in facts["evidence"]],
            schema=[column(entry) for entry in facts["columns"]],
            gaps=[gap(entry) for entry in facts["gaps"]],
            standing=facts["standing"],
            _place=self._place,
        )

    def scan(self, site: str, start=None, end=None, *, version: int | None = None, as_of=None):
        """A polars.LazyFrame over the site's live parts; see `Parts.scan` for `start` and `end`, `snapshot` for the rest."""
        return self.snapshot(site, version=version, as_of=as_of).scan(start, end)

    def to_arrow(self, site: str, start=None, end=None, *, version: int | None = None, as_of=None):
        """The same rows as a pyarrow.Table. Parts that are replaced and collected meanwhile make it begin again, with the new version."""
        while True:
            snapshot = self.snapshot(site, version=version, as_of=as_of)
            try:
                return snapshot.to_arrow(start, end)
            except (DamagedError, FileNotFoundError, UsageError):
                if self.snapshot(site, version=version, as_of=as_of).version == snapshot.version:
                    raise

    def manifests(self, site: str, *, after: int = 0) -> list[Manifest]:
        """The site's versions after `after`, oldest first: what a consumer has not seen yet. An error where some of them were
        compacted (`trendgate gc --compact`): then begin anew from `snapshot`, and go on from its version."""
        return [Manifest.load(record) for record in _trendgate.records(self._place, site, after)]

    def verify(self, site: str | None = None) -> Verified:
        """Verifies the log and everything in it: one site or all."""
        return verify_dataset(self._place, site)

    def explain(self, site: str, at: str | dt.datetime, column: str | None = None) -> Explanation:
        """Why the row that `at` falls into has its flags, as of the last version: of one column (by its name or its point's), or of all.

        Raises UsageError where there is no such row, UnknownColumnError where there is no such column.
        """
        return _explain.explain(self._place, site, at, column)

    def report(self, site: str, start: str | dt.datetime | None = None, end: str | dt.datetime | None = None) -> str:
        """The page of the site as HTML, which needs no other file: what its rows are and what is flagged, from `start` (in it) to `end` (not)."""
        return _explain.report(self._place, site, start, end)

    def gc(
        self,
        site: str | None = None,
        *,
        retention: Length | None = None,
        grace: Length = "3d",
        compact: bool = False,
        dry_run: bool = False,
        wait: bool = False,
        cancel: Cancel | None = None,
    ) -> tuple[Garbage, ...]:
        """Removes what no version needs any more, of one site or of all; with `dry_run` it says what would be.

        `retention` is for how long what a version refers to is kept after a later one took its place: without it what the configuration says, else
        7d. Files that no version refers to stay until they are as old as `grace`. With `compact` one base record takes the place of the records of
        versions past the retention: they cannot be asked for any more. With `wait` a site that is held is waited for, until `cancel` says to stop.
        """
        wanted = _upkeep.Wanted(retention=retention, grace=grace, compact=compact, dry_run=dry_run, wait=wait, cancel=cancel)
        return tuple(_upkeep.collect_garbage(self._place, one, wanted) for one in self._those(site))

    def recover(
        self,
        site: str | None = None,
        *,
        other_machines: bool = False,
        dry_run: bool = False,
        wait: bool = False,
        cancel: Cancel | None = None,
    ) -> tuple[Recovery, ...]:
        """Finishes or undoes what a crash left, of one site or of all; every run does so at its start. With `dry_run` it says what would be done.

        `other_machines` undoes attempts of other machines, too: only where it is certain that nothing runs there.
        """
        sites = _trendgate.sites_to_recover(self._place) if site is None else [site]
        wanted = _upkeep.Wanted(other_machines=other_machines, dry_run=dry_run, wait=wait, cancel=cancel)
        return tuple(_upkeep.recover(self._place, one, wanted) for one in sites)

    def repair(self, site: str | None = None) -> tuple[Repaired, ...]:
        """Makes the public names of the manifests anew from the log, of one site or of all; what stands in their way is moved aside."""
        return tuple(done for one in self._those(site) for done in _upkeep.repair(self._place, one))

    def _those(self, site: str | None) -> list[str]:
        return self.sites() if site is None else [site]
