"""A dataset as of one version: which files a reader opens, and their rows as a frame or a table."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from trendgate_reader._errors import DamagedError, UsageError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from trendgate_reader._dataset import Dataset

#: What a caller may give as a time: text such as 2026-02-01T00:00Z, a datetime with a zone, or a date (its midnight in UTC).
Time = str | dt.date | dt.datetime


class TimeRange(NamedTuple):
    """From the first row to the last, both in it."""

    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True)
class Column:
    """A column; where it is a point's, `point` is its name in the reports, and `aggregation` says how the samples of a bin became one value."""

    name: str
    type: str
    point: str | None = None
    unit: str | None = None
    physical_type: str | None = None
    aggregation: str | None = None


@dataclass(frozen=True)
class Gap:
    """A stretch of `bins` missing bins, from `start` to `end`."""

    start: dt.datetime
    end: dt.datetime
    bins: int


@dataclass(frozen=True)
class Part:
    """One Parquet file: `path` as the manifest has it, `file` as it opens from here."""

    path: str
    file: Path
    sha256: str
    bytes: int
    rows: int
    time_range: TimeRange
    quality_flags: dict[str, int]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was committed."""

    file: Path
    expected: str
    got: str


@dataclass(frozen=True)
class Listed:
    """A file with what was committed of it."""

    file: Path
    sha256: str
    bytes: int


@dataclass(frozen=True, repr=False)
class Snapshot:
    """The dataset of a site as of `version`: the parts that a reader opens, and nothing else. `schema` has the columns of all of them.

    `fingerprint` is that of the rows, `schema_hash` that of the columns; `config_digest`, `resample_interval`, `timezone`, `created_at`,
    `trendgate_version` and `origin` are those of the version.
    """

    site: str
    version: int
    parts: list[Part]
    evidence_paths: list[Path]
    schema: list[Column]
    gaps: list[Gap]
    standing: list[dict[str, Any]]
    fingerprint: str
    schema_hash: str
    config_digest: str
    resample_interval: str
    timezone: str
    created_at: dt.datetime
    trendgate_version: str
    origin: str
    _listed: list[Listed] = field(compare=False)
    _dataset: Dataset = field(compare=False)

    @property
    def points(self) -> list[Column]:
        """The columns that are points: all but `timestamp` and `quality_flags`."""
        return [column for column in self.schema if column.name not in ("timestamp", "quality_flags")]

    @property
    def time_unit(self) -> str:
        """What `timestamp` counts in the files: "ns" or "us"."""
        types = {column.type for column in self.schema if column.name == "timestamp"}
        return "us" if types == {"timestamp[us, UTC]"} else "ns"

    @property
    def paths(self) -> list[Path]:
        """The files, for whatever else reads Parquet. Readers must not take columns from the folders' names."""
        return [part.file for part in self.parts]

    def scan(self, start: Time | None = None, end: Time | None = None) -> pl.LazyFrame:
        """A polars.LazyFrame over exactly these files: `timestamp`, `quality_flags`, then the points by name.

        With `start` (in it) and `end` (not in it), files beyond them are not opened. A column that a file lacks is null there.
        """
        import polars as pl

        first, behind = instant(start, "start"), instant(end, "end")
        kind = pl.Datetime("us" if self.time_unit == "us" else "ns", "UTC")
        points = {column.name: pl.Float64() for column in self.points}
        schema = pl.Schema({"timestamp": kind, "quality_flags": pl.List(pl.String), **points})
        files = self._files(first, behind)
        if not files:
            return pl.LazyFrame(schema=schema)
        frame = pl.scan_parquet(files, schema=schema, missing_columns="insert", hive_partitioning=False, glob=False)
        if first is not None:
            frame = frame.filter(pl.col("timestamp") >= pl.lit(first).cast(kind))
        if behind is not None:
            frame = frame.filter(pl.col("timestamp") < pl.lit(behind).cast(kind))
        return frame

    def to_arrow(self, start: Time | None = None, end: Time | None = None) -> pa.Table:
        """The same rows as a pyarrow.Table; its fields say point, unit, physical type and aggregation."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        first, behind = instant(start, "start"), instant(end, "end")
        kind = pa.timestamp(self.time_unit, "UTC")
        own = [pa.field("timestamp", kind, nullable=False), pa.field("quality_flags", pa.list_(pa.string()), nullable=False)]
        schema = pa.schema([*own, *(pa.field(column.name, pa.float64(), metadata=_facts(column)) for column in self.points)])
        files = self._files(first, behind)
        if not files:
            return schema.empty_table()
        chosen = ds.scalar(True)
        if first is not None:
            chosen &= ds.field("timestamp") >= pa.scalar(first, kind)
        if behind is not None:
            chosen &= ds.field("timestamp") < pa.scalar(behind, kind)
        return ds.dataset([str(file) for file in files], schema=schema, format="parquet", partitioning=None).to_table(filter=chosen)

    def verify(self) -> list[Finding]:
        """Reads every part and evidence file; those that are not the bytes that were committed."""
        return [finding for listed in self._listed for finding in _findings(listed)]

    def _files(self, first: dt.datetime | None, behind: dt.datetime | None) -> list[Path]:
        within = [
            part.file
            for part in self.parts
            if (first is None or part.time_range.last >= first) and (behind is None or part.time_range.first < behind)
        ]
        for file in within:
            if not file.is_file():
                # An error of its own where the version has expired.
                self._dataset.snapshot(self.site, version=self.version)
                hint = "a later version may have replaced it, and `gc` removed it: take a new snapshot"
                raise DamagedError("a part that is listed is not there", path=file, hint=hint)
        return within

    def __repr__(self) -> str:
        rows = sum(part.rows for part in self.parts)
        return f"Snapshot {self.site} version {self.version}: {rows} rows in {len(self.parts)} parts, {len(self.points)} points"


def _findings(listed: Listed) -> Iterator[Finding]:
    try:
        with listed.file.open("rb") as file:
            found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
            size = file.tell()
    except OSError as error:
        yield Finding(listed.file, listed.sha256, error.strerror or str(error))
        return
    if size != listed.bytes:
        yield Finding(listed.file, f"{listed.bytes} bytes", f"{size} bytes")
    elif found != listed.sha256:
        yield Finding(listed.file, listed.sha256, found)


def _facts(column: Column) -> dict[str, str]:
    facts = {"point": column.point, "unit": column.unit, "physical_type": column.physical_type, "aggregation": column.aggregation}
    return {key: value for key, value in facts.items() if value is not None}


def moment(text: str) -> dt.datetime:
    """A time of a manifest; what is finer than a microsecond is cut off."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise DamagedError(f"expected a time, found {text!r}") from None


def instant(time: Time | None, name: str) -> dt.datetime | None:
    """A time that a caller gave, in UTC; a date is its midnight in UTC, by which the months are cut."""
    if isinstance(time, str):
        try:
            time = dt.date.fromisoformat(time) if len(time) == 10 else dt.datetime.fromisoformat(time)
        except ValueError:
            raise UsageError(f"{name}: expected a time such as 2026-02-01T00:00Z, found {time!r}") from None
    if time is None:
        return None
    if not isinstance(time, dt.datetime):
        return dt.datetime(time.year, time.month, time.day, tzinfo=dt.UTC)
    if time.tzinfo is None:
        raise UsageError(f"{name}: expected a time with a zone, found {time}", hint="the dataset is in UTC: say which zone")
    return time.astimezone(dt.UTC)
