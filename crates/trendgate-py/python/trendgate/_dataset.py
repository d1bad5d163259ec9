"""All that is committed for a site: the fold of its log."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

from trendgate import _trendgate
from trendgate._manifest import Manifest
from trendgate._parts import Column, Gap, Part, Parts, column, gap, instant, nanoseconds, part
from trendgate._verify import Verified, verify


@dataclass(frozen=True, repr=False)
class Snapshot(Parts):
    """The dataset of a site as of one version: the parts that a reader opens, and nothing else."""

    site: str
    version: int
    parts: list[Part]
    evidence: list[Path]
    schema: list[Column]
    gaps: list[Gap]

    def __repr__(self):
        rows = sum(part.rows for part in self.parts)
        return f"Snapshot {self.site} version {self.version}: {rows} rows in {len(self.parts)} parts, {len(self.points)} points"


class Dataset:
    """The dataset in a folder, all sites. It looks at the log alone, so it is whole while a writer commits."""

    def __init__(self, root: str | os.PathLike):
        self.root = Path(root)

    def __repr__(self):
        return f"Dataset({str(self.root)!r})"

    def sites(self) -> list[str]:
        """The sites, sorted."""
        return _trendgate.dataset_sites(self.root)

    def snapshot(self, site: str, *, version: int | None = None, as_of: str | dt.datetime | None = None) -> Snapshot:
        """What a reader opens: of the last version, of `version`, or of the last one that was created by `as_of`.

        A version counts from its `created_at` on, so `as_of=manifest.created_at` is the version of that manifest.
        """
        time = instant(as_of, "as_of")
        facts = json.loads(_trendgate.snapshot(self.root, site, version, None if time is None else nanoseconds(time)))
        return Snapshot(
            site=facts["site"],
            version=facts["version"],
            parts=[part(one["entry"], one["file"]) for one in facts["parts"]],
            evidence=[Path(file) for file in facts["evidence"]],
            schema=[column(entry) for entry in facts["columns"]],
            gaps=[gap(entry) for entry in facts["gaps"]],
        )

    def scan(self, site: str, start=None, end=None, *, version: int | None = None, as_of=None):
        """A polars.LazyFrame over the site's live parts; see `Parts.scan` for `start` and `end`, `snapshot` for the rest."""
        return self.snapshot(site, version=version, as_of=as_of).scan(start, end)

    def to_arrow(self, site: str, start=None, end=None, *, version: int | None = None, as_of=None):
        """The same rows as a pyarrow.Table."""
        return self.snapshot(site, version=version, as_of=as_of).to_arrow(start, end)

    def manifests(self, site: str, *, after: int = 0) -> list[Manifest]:
        """The site's versions after `after`, oldest first: what a consumer has not seen yet."""
        return [Manifest.load(record) for record in _trendgate.records(self.root, site, after)]

    def verify(self, site: str | None = None) -> Verified:
        """Verifies the log and everything in it: one site or all."""
        return verify(self.root, site)
