"""Parts that a manifest or a dataset lists → frames and tables over exactly these files."""

from __future__ import annotations

import base64
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trendgate import _trendgate
from trendgate._errors import DamagedError, UsageError

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class TimeRange(NamedTuple):
    """From the first row to the last, both in it."""

    first: dt.datetime
    last: dt.datetime

    def __str__(self):
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
    quality_flags: dict[str, int]


def moment(text):
    """A time that the library wrote; what is finer than a microsecond is cut off."""
    return dt.datetime.fromisoformat(text)


def moment_of(nanoseconds):
    """A time in nanoseconds since the epoch; what is finer than a microsecond is cut off."""
    return _EPOCH + dt.timedelta(microseconds=nanoseconds // 1000)


def nanoseconds(time):
    """Nanoseconds since the epoch of a time."""
    return (time - _EPOCH) // dt.timedelta(microseconds=1) * 1000


def time_range(pair):
    """A range that the library wrote, or None."""
    return None if pair is None else TimeRange(*map(moment, pair))


def stamp(time):
    """A time as the library writes it."""
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def native(entry):
    """The entry with its paths as `os` has them: bytes that are not UTF-8 come as surrogate escapes."""
    given = [name for name in ("path", "location", "file") if f"{name}_bytes" in entry]
    return entry | {name: os.fsdecode(base64.b64decode(entry[f"{name}_bytes"])) for name in given}


def part(entry, file):
    """A part from its entry in a manifest."""
    return Part(
        path=entry["path"],
        file=Path(file),
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        rows=entry["rows"],
        time_range=time_range(entry["time_range"]),
        quality_flags=entry.get("quality_flags", {}),
    )


def column(entry):
    """A column from its entry in a manifest."""
    return Column(**{key: entry.get(key) for key in Column.__dataclass_fields__})


def gap(entry):
    """A gap from its entry in a manifest."""
    return Gap(moment(entry["from"]), moment(entry["to"]), entry["bins"])


def instant(time, name):
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
    """What can be read: `parts` in the order of time, and `schema`, the columns of all of them."""

    parts: list[Part]
    schema: list[Column]

    def _explain_gone(self):
        """Raises UsageError where parts may be gone, because their version has expired since it was read."""

    @property
    def points(self):
        """The columns that are points: all but `timestamp` and `quality_flags`."""
        return [column for column in self.schema if column.name not in ("timestamp", "quality_flags")]

    @property
    def time_unit(self):
        """What `timestamp` counts in the files: "ns", or "us" where the dataset has `timestamp_unit: us`."""
        [unit] = {column.type for column in self.schema if column.name == "timestamp"} or {"timestamp[ns, UTC]"}
        return unit.removeprefix("timestamp[").split(",")[0]

    @property
    def paths(self):
        """The files, for DuckDB and whatever else reads Parquet. Readers must not take columns from the folders' names."""
        return [part.file for part in self.parts]

    def scan(self, start=None, end=None):
        """A polars.LazyFrame over exactly these files: `timestamp`, `quality_flags`, then the points by name.

        With `start` (in it) and `end` (not in it), files beyond them are not opened. A column that a file lacks is null there.
        """
        pl = _polars()
        start, end = instant(start, "start"), instant(end, "end")
        schema = {
            "timestamp": pl.Datetime(self.time_unit, "UTC"),
            "quality_flags": pl.List(pl.String),
            **{column.name: pl.Float64() for column in self.points},
        }
        files = self._files(start, end)
        if not files:
            return pl.LazyFrame(schema=schema)
        frame = pl.scan_parquet(files, schema=schema, missing_columns="insert", hive_partitioning=False, glob=False)
        time, zoned = pl.col("timestamp"), pl.Datetime(self.time_unit, "UTC")
        if start is not None:
            frame = frame.filter(time >= pl.lit(start).cast(zoned))
        if end is not None:
            frame = frame.filter(time < pl.lit(end).cast(zoned))
        return frame

    def to_arrow(self, start=None, end=None):
        """The same rows as a pyarrow.Table; its fields say point, unit and physical type."""
        pa, dataset = _pyarrow()
        start, end = instant(start, "start"), instant(end, "end")
        schema = pa.schema([
            pa.field("timestamp", pa.timestamp(self.time_unit, "UTC"), nullable=False),
            pa.field("quality_flags", pa.list_(pa.string()), nullable=False),
            *(pa.field(column.name, pa.float64(), metadata=_facts(column)) for column in self.points),
        ])
        files = self._files(start, end)
        if not files:
            return schema.empty_table()
        time, kind = dataset.field("timestamp"), schema.field("timestamp").type
        bounds = []
        if start is not None:
            bounds.append(time >= pa.scalar(start, kind))
        if end is not None:
            bounds.append(time < pa.scalar(end, kind))
        chosen = None
        for bound in bounds:
            chosen = bound if chosen is None else chosen & bound
        return dataset.dataset([str(file) for file in files], schema=schema, format="parquet").to_table(filter=chosen)

    def _files(self, start, end):
        chosen = [
            part.file
            for part in self.parts
            if (start is None or part.time_range.last >= start) and (end is None or part.time_range.first < end)
        ]
        for file in chosen:
            if not file.is_file():
                self._explain_gone()
                hint = "a later version may have replaced it, and `gc` removed it: read the dataset, not this manifest"
                raise DamagedError(f"{file}: a part that is listed is not there", path=file, hint=hint)
        return chosen


def validate_schema(frame, manifest):
    """Raises unless the columns of `frame` are those of `manifest` (or of a snapshot), each of its type.

    `frame` is a polars LazyFrame or DataFrame, or anything with Arrow's C interface. No row is read.

    Raises ContractViolationError with its `violations`; TypeMismatchError, a TypeError too, where a column has another type.
    """
    if hasattr(frame, "collect_schema"):
        # A frame without rows, not the schema itself: that has Arrow's interface in later versions of Polars alone.
        frame = frame.collect_schema().to_frame()
    if not (hasattr(frame, "__arrow_c_schema__") or hasattr(frame, "__arrow_c_stream__")):
        raise UsageError(f"expected a frame or table with Arrow's C interface, found {type(frame).__name__}")
    _trendgate.check_schema(frame, [column.name for column in manifest.points], manifest.time_unit)


def _facts(column):
    facts = {"point": column.point, "unit": column.unit, "physical_type": column.physical_type}
    return {key: value for key, value in facts.items() if value is not None}


def _polars():
    try:
        import polars
    except ImportError as error:
        raise ImportError("a LazyFrame needs Polars: pip install polars") from error
    return polars


def _pyarrow():
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise ImportError("an Arrow table needs pyarrow: pip install pyarrow") from error
    return pyarrow, pyarrow.dataset
