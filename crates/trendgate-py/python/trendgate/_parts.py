"""Parts that a manifest or a dataset lists → frames and tables over exactly these files."""

from __future__ import annotations

import base64
import datetime as dt
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, Unpack

from trendgate import _trendgate
from trendgate._errors import MissingFileError, UsageError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from trendgate._wanted import Flags, ReadOptions, ResampleOptions, TimeUnit

#: A time: with its zone, or a date, which is its midnight in UTC; or either as ISO 8601 text.
Moment: TypeAlias = str | dt.date | dt.datetime | None

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class TimeRange(NamedTuple):
    """From the first row to the last, both in it."""

    first: dt.datetime
    last: dt.datetime

    def __str__(self) -> str:
        return f"{stamp(self.first)} .. {stamp(self.last)}"


@dataclass(frozen=True)
class Column:
    """A column; where it is a point's, `point` is its name in the reports.

    `aggregation` says how the samples of a bin became one value: `mean`, `last`, `max` or `sum`, or `held_mean`, `held_last` or `held_max` of a point
    that logs its changes, so that a value holds until the next one; None in versions of earlier programs.
    """

    name: str
    type: str
    point: str | None = None
    unit: str | None = None
    physical_type: str | None = None
    aggregation: str | None = None


@dataclass(frozen=True)
class Gap:
    """A stretch of `bins` missing bins, from `start` to `end`: longer than what is filled."""

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
    quality_flags: Mapping[str, int] = field(hash=False)


def moment(text: str) -> dt.datetime:
    """A time that the library wrote; what is finer than a microsecond is cut off."""
    return dt.datetime.fromisoformat(text)


def moment_of(nanoseconds: int) -> dt.datetime:
    """A time in nanoseconds since the epoch; what is finer than a microsecond is cut off."""
    return _EPOCH + dt.timedelta(microseconds=nanoseconds // 1000)


def nanoseconds(time: dt.datetime) -> int:
    """Nanoseconds since the epoch of a time."""
    return (time - _EPOCH) // dt.timedelta(microseconds=1) * 1000


def time_range(pair: Sequence[str] | None) -> TimeRange | None:
    """A range that the library wrote, or None."""
    return None if pair is None else TimeRange(moment(pair[0]), moment(pair[1]))


def stamp(time: dt.datetime) -> str:
    """A time as the library writes it."""
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def native(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its paths as `os` has them: bytes that are not UTF-8 come as surrogate escapes."""
    given = [name for name in ("path", "location", "file") if f"{name}_bytes" in entry]
    return dict(entry) | {name: os.fsdecode(base64.b64decode(entry[f"{name}_bytes"])) for name in given}


def part(entry: Mapping[str, Any], file: str) -> Part:
    """A part from its entry in a manifest."""
    return Part(
        path=entry["path"],
        file=Path(file),
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        rows=entry["rows"],
        time_range=TimeRange(*map(moment, entry["time_range"])),
        quality_flags=entry.get("quality_flags", {}),
    )


def column(entry: Mapping[str, Any]) -> Column:
    """A column from its entry in a manifest."""
    known: dict[str, Any] = {key: entry.get(key) for key in Column.__dataclass_fields__}
    return Column(**known)


def gap(entry: dict[str, Any]) -> Gap:
    """A gap from its entry in a manifest."""
    return Gap(moment(entry["from"]), moment(entry["to"]), entry["bins"])


_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")


def span(length: str | dt.timedelta, name: str) -> dt.timedelta:
    """A length of time, at least 0, as a caller gave it or as the library writes it: "15m", "1h30m", "7d"."""
    if isinstance(length, str):
        found = _SPAN.fullmatch(length)
        if not length or found is None:
            raise UsageError(f"{name}: expected a length of time such as 15m, 24h or 7d, found {length!r}")
        days, hours, minutes, seconds, millis = (int(number or 0) for number in found.groups())
        return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis)
    if length < dt.timedelta(0):
        raise UsageError(f"{name}: expected a length of time of at least 0, found {length}")
    return length


def instant(time: Moment, name: str) -> dt.datetime | None:
    """A time that a caller gave, in UTC; a date is its midnight in UTC, by which the months are cut."""
    if time is None:
        return None
    if isinstance(time, str):
        try:
            time = dt.date.fromisoformat(time) if len(time) == 10 else dt.datetime.fromisoformat(time)
        except ValueError:
            raise UsageError(f"{name}: expected a time such as 2026-02-01T00:00Z, found {time!r}") from None
    if not isinstance(time, dt.datetime):
        return dt.datetime(time.year, time.month, time.day, tzinfo=dt.UTC)
    if time.tzinfo is None:
        raise UsageError(f"{name}: expected a time with a zone, found {time}", hint="the dataset is in UTC: say which zone")
    return time.astimezone(dt.UTC)


class Parts:
    """What can be read: `parts` in the order of time, `schema`, the columns of all of them, and the evidence of their flags."""

    schema: tuple[Column, ...]
    evidence_paths: tuple[Path, ...]
    version: int
    fingerprint: str
    schema_hash: str
    config_digest: str
    resample_interval: str
    timezone: str
    created_at: dt.datetime
    trendgate_version: str
    origin: str

    def _explain_gone(self) -> None:
        """Raises UsageError where parts may be gone, because their version has expired since it was read."""

    if TYPE_CHECKING:

        @property
        def site(self) -> str: ...

        @property
        def parts(self) -> tuple[Part, ...]: ...

    @property
    def points(self) -> tuple[Column, ...]:
        """The columns that are points: all but `timestamp` and `quality_flags`."""
        return tuple(column for column in self.schema if column.name not in ("timestamp", "quality_flags"))

    @property
    def time_unit(self) -> TimeUnit:
        """What `timestamp` counts in the files: "ns", or "us" where the dataset has `timestamp_unit: us`."""
        [unit] = {column.type for column in self.schema if column.name == "timestamp"} or {"timestamp[ns, UTC]"}
        return "us" if unit.startswith("timestamp[us") else "ns"

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, for DuckDB and whatever else reads Parquet. Readers must not take columns from the folders' names."""
        return tuple(part.file for part in self.parts)

    def scan(
        self,
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
    ) -> pl.LazyFrame:
        """A polars.LazyFrame over exactly these files: `timestamp`, the flags of each row, then the points by name.

        With `start` (in it) and `end` (not in it), files beyond them are not opened, neither parts nor evidence. A column that a file lacks is null
        there.

        `columns` are the ones to read, in that order; `timestamp` is always there. A name that there is not is an UnknownColumnError, which is a
        KeyError, too.

        `mask` names flags, and rules as "rule:NAME": cells of which the evidence says so are null, of every point where the evidence is of the
        whole row. Evidence is read of the chosen columns only.

        `as_known` takes, for masks and for flags, only evidence that was known at the end of the row's bin, or at most `delay` after it: what a
        model can use that decides then. Rows with later stamps never change that. Evidence of earlier programs does not say since when it is known,
        and is left out with a TrendgateWarning.

        `flags` is how the flags of a row come: "list" as `quality_flags`, "columns" as one Boolean `flag:FROZEN` for each of FLAGS, "bits" as one
        UInt32 `quality_flags`, in which bit i is FLAGS[i].

        `drop_dead` leaves out points that have no value anywhere in the dataset; the footers of all parts are read for that. `time_unit` is what
        `timestamp` counts: "ns", "us" or "ms"; without it, what it does in the files.
        """
        from trendgate import _reading, _wanted

        wanted = _wanted.Wanted.of(
            _wanted.Chosen((self,)),
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

    def to_arrow(self, start: Moment = None, end: Moment = None, **options: Unpack[ReadOptions]) -> pa.Table:
        """The rows of `scan`, by its options, as a pyarrow.Table.

        Its fields say point, unit, physical type and aggregation, its schema's metadata what was read: site, version, fingerprint, hashes.
        Without masks, `as_known` and another form of flags it needs no Polars.
        """
        from trendgate import _tables, _wanted

        return _tables.to_arrow(_wanted.Wanted.of(_wanted.Chosen((self,)), start, end, **options))

    def to_pandas(self, start: Moment = None, end: Moment = None, **options: Unpack[ReadOptions]) -> pd.DataFrame:
        """The rows of `scan`, by its options, as a pandas.DataFrame with `timestamp` as its index.

        `attrs` has `units` and `physical_types` by column, and what the metadata of `to_arrow` says.
        """
        from trendgate import _tables, _wanted

        return _tables.to_pandas(_wanted.Wanted.of(_wanted.Chosen((self,)), start, end, **options))

    def to_duckdb(
        self,
        start: Moment = None,
        end: Moment = None,
        *,
        connection: duckdb.DuckDBPyConnection | None = None,
        **options: Unpack[ReadOptions],
    ) -> duckdb.DuckDBPyRelation:
        """The rows of `scan`, by its options, as a relation of DuckDB, in `connection` or the default one. They are read at once."""
        from trendgate import _tables, _wanted

        return _tables.to_duckdb(_wanted.Wanted.of(_wanted.Chosen((self,)), start, end, **options), connection)

    def long(
        self, start: Moment = None, end: Moment = None, *, units: bool = False, **options: Unpack[ReadOptions]
    ) -> pl.LazyFrame:
        """One row a value: `timestamp`, `column`, `value`, by column and then by time; with `units`, a column `unit`, too.

        The options are those of `scan`. Cells without a value have no row, and flags no column.
        """
        from trendgate import _reading, _wanted

        return _reading.long(_wanted.Wanted.of(_wanted.Chosen((self,)), start, end, **options), units=units)

    def resample(
        self, every: str | dt.timedelta, start: Moment = None, end: Moment = None, **options: Unpack[ResampleOptions]
    ) -> pl.LazyFrame:
        """Longer bins; see `Dataset.resample`."""
        from trendgate import _resampling, _wanted

        return _resampling.resample(_wanted.Chosen((self,)), every, start, end, **options)

    def evidence(
        self, start: Moment = None, end: Moment = None, columns: Collection[str] | None = None
    ) -> pl.LazyFrame:
        """Why cells are flagged, one row a flagged cell, as a polars.LazyFrame; docs/format.md says what its columns are.

        Of rows from `start` on and before `end`; with `columns`, of these points and of whole rows (whose `column` is null).
        """
        from trendgate import _reading, _wanted

        return _reading.evidence(_wanted.Chosen((self,)), start, end, columns)

    def dictionary(self) -> pl.DataFrame:
        """What each point is and has; see `Dataset.dictionary`."""
        from trendgate import _dictionary

        return _dictionary.dictionary(self)

    def provenance(self) -> dict[str, str]:
        """What was read, as the metadata of every table says it."""
        names = ("version", "fingerprint", "schema_hash", "config_digest", "resample_interval", "timezone", "trendgate_version")
        return {"site_id": self.site, **{name: str(getattr(self, name)) for name in names}}

    def files_within(self, start: dt.datetime | None, end: dt.datetime | None) -> list[Path]:
        """The files that have rows from `start` on and before `end`."""
        chosen = [
            part.file
            for part in self.parts
            if (start is None or part.time_range.last >= start) and (end is None or part.time_range.first < end)
        ]
        return there(chosen, self)


def there(files: Iterable[Path], parts: Parts) -> list[Path]:
    """The files, each of which has to be there."""
    files = list(files)
    for file in files:
        if not file.is_file():
            parts._explain_gone()
            hint = "a later version may have replaced it, and `gc` removed it: read the dataset, not this manifest"
            raise MissingFileError(f"{file}: a file that is listed is not there", path=file, hint=hint, errno=ENOENT)
    return files


def validate_schema(frame: Any, manifest: Parts) -> None:
    """Raises unless the columns of `frame` are those of `manifest` (or of a snapshot), each of its type.

    `frame` is a polars LazyFrame or DataFrame, or anything with Arrow's C interface. No row is read.

    Raises ContractViolationError with its `violations`; TypeMismatchError, a TypeError too, where a column has another type.
    """
    if hasattr(frame, "collect_schema"):
        schema = frame.collect_schema()
        # Schemas of earlier Polars have no interface of their own.
        frame = schema if hasattr(schema, "__arrow_c_schema__") else schema.to_frame()
    if not (hasattr(frame, "__arrow_c_schema__") or hasattr(frame, "__arrow_c_stream__")):
        raise UsageError(f"expected a frame or table with Arrow's C interface, found {type(frame).__name__}")
    _trendgate.check_schema(frame, [column.name for column in manifest.points], manifest.time_unit)
