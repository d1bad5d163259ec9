"""All that is committed for a site: the fold of its log."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from trendgate import _explain, _tables, _tags, _trendgate, _upkeep
from trendgate._arguments import Cancel, Config, Length, StrPath, place
from trendgate._changes import Changes, changes, length
from trendgate._errors import DamagedError, UsageError
from trendgate._explain import Explanation
from trendgate._manifest import Manifest
from trendgate._parts import Column, Gap, Moment, Part, Parts, column, gap, instant, moment, nanoseconds, part
from trendgate._upkeep import Garbage, Recovery, Repaired
from trendgate._values import table
from trendgate._verify import Verified, verify_dataset
from trendgate._wanted import Chosen, Flags, ReadOptions, ResampleOptions, TimeUnit, Wanted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_T = TypeVar("_T")


@dataclass(frozen=True, repr=False)
class Snapshot(Parts):
    """The dataset of a site as of one version: the parts that a reader opens, and nothing else.

    `fingerprint` is that of the rows: of two datasets of a site that have the same, every part has the same bytes, whichever runs made them.
    `schema_hash` is that of the columns. `config_digest`, `resample_interval`, `timezone`, `created_at` and `trendgate_version` are those of the
    version; `origin` is "reports" or "frames".
    """

    site: str
    version: int
    parts: tuple[Part, ...]
    evidence_paths: tuple[Path, ...]
    schema: tuple[Column, ...]
    gaps: tuple[Gap, ...]
    standing: tuple[Mapping[str, Any], ...] = field(hash=False)
    fingerprint: str
    schema_hash: str
    config_digest: str
    resample_interval: str
    timezone: str
    created_at: dt.datetime
    trendgate_version: str
    origin: str
    _place: dict[str, Any] = field(compare=False)

    def _explain_gone(self) -> None:
        _trendgate.snapshot(self._place, self.site, self.version, None)

    def __repr__(self) -> str:
        rows = sum(part.rows for part in self.parts)
        return f"Snapshot {self.site} version {self.version}: {rows} rows in {len(self.parts)} parts, {len(self.points)} points"

    def _repr_html_(self) -> str:
        rows = sum(part.rows for part in self.parts)
        said = [("rows", rows), ("parts", len(self.parts)), ("points", len(self.points))]
        return table(f"Snapshot {self.site} version {self.version}", said)


# What a snapshot says of itself as the library has it.
_SAID = ("fingerprint", "schema_hash", "config_digest", "resample_interval", "timezone", "trendgate_version", "origin")


def snapshot_of(said: str, place: dict[str, Any]) -> Snapshot:
    """The snapshot that the library wrote as JSON."""
    facts = json.loads(said)
    return Snapshot(
        site=facts["site_id"],
        version=facts["version"],
        parts=tuple(part(one["entry"], one["file"]) for one in facts["parts"]),
        evidence_paths=tuple(map(Path, facts["evidence"])),
        schema=tuple(map(column, facts["columns"])),
        gaps=tuple(map(gap, facts["gaps"])),
        standing=tuple(facts["standing"]),
        created_at=moment(facts["created_at"]),
        **{name: facts[name] for name in _SAID},
        _place=place,
    )


class Dataset:
    """The dataset in the folder `root`, all sites. It looks at the log alone, so it is whole while a writer commits.

    Without `root` it is that of the configuration (a file, or its content as a mapping) of its runs, without both the one in `data`.
    """

    def __init__(self, root: StrPath | None = None, *, config: Config = None) -> None:
        self._place = place(root, config)
        self.root: Path = Path(_trendgate.dataset_root(self._place) if root is None else root)

    def __repr__(self) -> str:
        return f"Dataset({str(self.root)!r})"

    def sites(self) -> list[str]:
        """The sites, sorted."""
        return _trendgate.dataset_sites(self._place)

    def snapshot(self, site: str, *, version: int | str | None = None, as_of: Moment = None) -> Snapshot:
        """What a reader opens: of the last version, of `version` (its number, or its tag), or of the last one that was created by `as_of`.

        A version counts from the microsecond of its `created_at` on, and no other is of that microsecond, so `as_of=manifest.created_at` is
        the version of that manifest.
        """
        time = instant(as_of, "as_of")
        facts = _trendgate.snapshot(self._place, site, version, None if time is None else nanoseconds(time))
        return snapshot_of(facts, self._place)

    def scan(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        columns: Sequence[str] | None = None,
        mask: str | Collection[str] = (),
        as_known: bool = False,
        delay: dt.timedelta | str = dt.timedelta(0),
        flags: Flags = "list",
        drop_dead: bool = False,
        time_unit: TimeUnit | None = None,
        version: int | str | None = None,
        as_of: Moment = None,
    ) -> pl.LazyFrame:
        """A polars.LazyFrame over the live parts of a site, or of several; `Snapshot.scan` says what the options mean.

        Of several sites `site_id` comes first, the columns are those of all of them, and rows are sorted by site and then by time. `version` and
        `as_of` are those of `snapshot`; sites count their versions by themselves, so of several there is `as_of`, or a tag that each has.
        """
        from trendgate import _reading

        wanted = Wanted.of(
            self._chosen(site, version, as_of),
            start,
            end,
            columns=columns,
            mask=mask,
            as_known=as_known,
            delay=delay,
            flags=flags,
            drop_dead=drop_dead,
            time_unit=time_unit,
        )
        return _reading.scan(wanted)

    def to_arrow(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        version: int | str | None = None,
        as_of: Moment = None,
        **options: Unpack[ReadOptions],
    ) -> pa.Table:
        """The rows of `scan`, by its options, as a pyarrow.Table; see `Snapshot.to_arrow`.

        Parts that are replaced and collected meanwhile make it begin again, with the new version.
        """
        return self._whole(_tables.to_arrow, site, start, end, version, as_of, options)

    def to_pandas(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        version: int | str | None = None,
        as_of: Moment = None,
        **options: Unpack[ReadOptions],
    ) -> pd.DataFrame:
        """The rows of `scan`, by its options, as a pandas.DataFrame; see `Snapshot.to_pandas`."""
        return self._whole(_tables.to_pandas, site, start, end, version, as_of, options)

    def to_duckdb(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        connection: duckdb.DuckDBPyConnection | None = None,
        version: int | str | None = None,
        as_of: Moment = None,
        **options: Unpack[ReadOptions],
    ) -> duckdb.DuckDBPyRelation:
        """The rows of `scan`, by its options, as a relation of DuckDB; see `Snapshot.to_duckdb`."""

        def relation(wanted: Wanted) -> duckdb.DuckDBPyRelation:
            return _tables.to_duckdb(wanted, connection)

        return self._whole(relation, site, start, end, version, as_of, options)

    def long(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        units: bool = False,
        version: int | str | None = None,
        as_of: Moment = None,
        **options: Unpack[ReadOptions],
    ) -> pl.LazyFrame:
        """One row a value: (`site_id`,) `timestamp`, `column`, `value`; see `Snapshot.long`."""
        from trendgate import _reading

        return _reading.long(Wanted.of(self._chosen(site, version, as_of), start, end, **options), units=units)

    def resample(
        self,
        site: str | Sequence[str],
        every: str | dt.timedelta,
        start: Moment = None,
        end: Moment = None,
        *,
        version: int | str | None = None,
        as_of: Moment = None,
        **options: Unpack[ResampleOptions],
    ) -> pl.LazyFrame:
        """A polars.LazyFrame with longer bins: `every` is "1h", "1d", … or a timedelta, a multiple of the dataset's interval.

        Each column comes about by its own aggregation: the mean of means, the last value, the largest, the sum; `aggregations` says another one by
        column. A bin is labelled by its left edge, which it has, and cut in UTC, as the dataset's are. Its flags are those of all its rows. A bin
        without a value is null; with `min_coverage`, so is one in which fewer than this share of the bins have one. `counts` adds `count:NAME`, how
        many have. Bins without any row are not there. The other options are those of `scan`.
        """
        from trendgate import _resampling

        return _resampling.resample(self._chosen(site, version, as_of), every, start, end, **options)

    def evidence(
        self,
        site: str | Sequence[str],
        start: Moment = None,
        end: Moment = None,
        columns: Collection[str] | None = None,
        *,
        version: int | str | None = None,
        as_of: Moment = None,
    ) -> pl.LazyFrame:
        """Why cells are flagged, as a polars.LazyFrame; see `Snapshot.evidence`."""
        from trendgate import _reading

        return _reading.evidence(self._chosen(site, version, as_of), start, end, columns)

    def dictionary(self, site: str, *, version: int | str | None = None, as_of: Moment = None) -> pl.DataFrame:
        """What each point of a site is and has, one row a point, as a polars.DataFrame.

        `column`, `point`, `unit`, `physical_type`, `aggregation`; `dead` (without any value), `min`, `max`, `values` (the share of bins that have
        one), `first` and `last` (the rows of the first and the last value), and `flag:FROZEN` and so on: the share of bins in which the cell has
        the flag, as `mask` goes by it. All is counted over the rows and the evidence, which are read for it.
        """
        return self.snapshot(site, version=version, as_of=as_of).dictionary()

    def _chosen(self, site: str | Sequence[str], version: int | str | None, as_of: Moment) -> Chosen:
        """The site, or several."""
        if isinstance(site, str):
            return Chosen((self.snapshot(site, version=version, as_of=as_of),))
        sites = sorted(set(site))
        if not sites:
            raise UsageError("expected a site, found an empty list of them", hint="`sites` lists them")
        if isinstance(version, int) and len(sites) > 1:
            raise UsageError("version: sites count their versions by themselves", hint="say as_of or a tag that each has, or read them one by one")
        return Chosen(tuple(self.snapshot(one, version=version, as_of=as_of) for one in sites), is_named=True)

    def _whole(
        self,
        read: Callable[[Wanted], _T],
        site: str | Sequence[str],
        start: Moment,
        end: Moment,
        version: int | str | None,
        as_of: Moment,
        options: ReadOptions,
    ) -> _T:
        """What `read` gives of a version of which all parts are there until it is done."""
        while True:
            chosen = self._chosen(site, version, as_of)
            try:
                return read(Wanted.of(chosen, start, end, **options))
            except (DamagedError, FileNotFoundError, UsageError):
                if self._chosen(site, version, as_of) == chosen:
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
        facts, changed, added, removed = _trendgate.changes(self._place, site, since or 0)
        return changes(snapshot_of(facts, self._place), changed, back, (added, removed))

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

    def verify(self, site: str | None = None, *, cancel: Cancel | None = None) -> Verified:
        """Verifies the log and everything in it: one site or all. Ctrl-C and `cancel` (see `trendgate.run`) stop it before its next file."""
        return verify_dataset(self._place, site, cancel)

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
        asked = _upkeep.Asked(retention=retention, grace=grace, compact=compact, dry_run=dry_run, wait=wait, cancel=cancel)
        return tuple(_upkeep.collect_garbage(self._place, one, asked) for one in self._those(site))

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
        asked = _upkeep.Asked(other_machines=other_machines, dry_run=dry_run, wait=wait, cancel=cancel)
        return tuple(_upkeep.recover(self._place, one, asked) for one in sites)

    def repair(self, site: str | None = None) -> tuple[Repaired, ...]:
        """Makes the public names of the manifests anew from the log, of one site or of all; what stands in their way is moved aside."""
        return tuple(done for one in self._those(site) for done in _upkeep.repair(self._place, one))

    def _those(self, site: str | None) -> list[str]:
        return self.sites() if site is None else [site]
