"""Parts and evidence → lazy frames.

Enters: what is read (the parts and evidence of one site or of several) and how: `Wanted`. Leaves: polars.LazyFrames, which open a file only when they
are collected. Refused: flags "as known" where no evidence says since when. This module needs Polars, so it is imported where a frame is asked for.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

from trendgate._errors import UsageError
from trendgate._forks import warn_of_fork
from trendgate._parts import Moment, Parts, instant, span, there
from trendgate._trendgate import FLAGS
from trendgate._wanted import Chosen, Wanted, named, points_of
from trendgate._warnings import TrendgateWarning

try:
    import polars as pl
except ImportError as error:
    raise ImportError("a LazyFrame needs Polars: pip install polars") from error

#: What is worked with beside the columns of the result: the bits of the flags of a row, and its columns that are masked.
_BITS, _MASKED = "trendgate:bits", "trendgate:masked"
#: Stands for all columns where evidence is of a whole row; no column has this name.
_WHOLE_ROW = ""


def scan(wanted: Wanted) -> pl.LazyFrame:
    """The rows: by site, then by time."""
    warn_of_fork(3)
    frames = [_of_site(wanted, source) for source in wanted.chosen.sources]
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def evidence(chosen: Chosen, start: Moment, end: Moment, columns: Collection[str] | None) -> pl.LazyFrame:
    """Why cells are flagged, with that of whole rows; see `Parts.evidence`."""
    warn_of_fork(3)
    if columns is not None:
        columns = named(list(columns), [], points_of(chosen))
    first, last = instant(start, "start"), instant(end, "end")
    frames = []
    for source in chosen.sources:
        frame = _evidence_of(source, first, last, columns)
        frames.append(frame.select(pl.lit(source.site).alias("site_id"), pl.all()) if chosen.is_named else frame)
    units = {source.time_unit for source in chosen.sources}
    if len(units) > 1:
        frames = [frame.with_columns(pl.col("timestamp", "known_at").dt.cast_time_unit("ns")) for frame in frames]
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def long(wanted: Wanted, *, units: bool = False) -> pl.LazyFrame:
    """One row a value: by site, then by column, then by time."""
    index = [name for name in ("site_id", "timestamp") if name in wanted.names]
    frames = []
    for source in wanted.chosen.sources:
        wide = _of_site(wanted, source).select(*index, *wanted.points)
        frames.append(wide.unpivot(index=index, variable_name="column", value_name="value").filter(pl.col("value").is_not_null()))
    frame = frames[0] if len(frames) == 1 else pl.concat(frames)
    if units:
        known = {column.name: column.unit for column in wanted.points.values() if column.unit}
        unit = pl.col("column").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
        frame = frame.with_columns(unit.alias("unit"))
    return frame


def _of_site(wanted: Wanted, source: Parts) -> pl.LazyFrame:
    """The rows of one site, in the columns that are wanted."""
    frame = rows(source, wanted.start, wanted.end)
    own = {column.name for column in source.points}
    if wanted.as_known and (wanted.masks or wanted.has_flags):
        _refuse_untold(source, wanted)
        _warn_of_unknown(source, wanted)
    if wanted.masks:
        frame = frame.join(_masked_columns(source, wanted, own), on="timestamp", how="left", maintain_order="left")
    if wanted.has_flags and wanted.as_known:
        known = _known_flags(source, wanted)
        frame = frame.join(known, on="timestamp", how="left", maintain_order="left")
        bits = pl.col(_BITS).fill_null(0)
    else:
        bits = bits_of(pl.col("quality_flags"))
    zoned = pl.Datetime(wanted.time_unit, "UTC")
    exprs = []
    for name in wanted.names:
        if name == "site_id":
            expr = pl.lit(source.site)
        elif name == "timestamp":
            expr = pl.col(name).cast(zoned)
        elif name in wanted.points:
            expr = _value(name, wanted.masks) if name in own else pl.lit(None, dtype=pl.Float64)
        elif name == "quality_flags" and wanted.flags == "list":
            expr = list_of(bits) if wanted.as_known else pl.col(name)
        elif name == "quality_flags":
            expr = bits
        else:
            expr = (bits & bit(name.removeprefix("flag:"))) != 0
        exprs.append(expr.alias(name))
    return frame.select(exprs)


def _value(name: str, masks: bool) -> pl.Expr:
    """A point, without the cells that are masked."""
    if not masks:
        return pl.col(name)
    masked = pl.col(_MASKED).list
    return pl.when(masked.contains(pl.lit(name)) | masked.contains(pl.lit(_WHOLE_ROW))).then(None).otherwise(pl.col(name))


def rows(source: Parts, start: dt.datetime | None, end: dt.datetime | None) -> pl.LazyFrame:
    """The rows as the files have them; a column that a file lacks is null there."""
    kind = pl.Datetime(source.time_unit, "UTC")
    schema: dict[str, Any] = {"timestamp": kind, "quality_flags": pl.List(pl.String)}
    schema |= {column.name: pl.Float64() for column in source.points}
    files = source.files_within(start, end)
    if not files:
        return pl.LazyFrame(schema=schema)
    frame = pl.scan_parquet(files, schema=schema, missing_columns="insert", hive_partitioning=False, glob=False)
    return _within(frame, source, start, end)


def _within(frame: pl.LazyFrame, source: Parts, start: dt.datetime | None, end: dt.datetime | None) -> pl.LazyFrame:
    """The rows from `start` on and before `end`."""
    time, kind = pl.col("timestamp"), pl.Datetime(source.time_unit, "UTC")
    if start is not None:
        frame = frame.filter(time >= pl.lit(start).cast(kind))
    if end is not None:
        frame = frame.filter(time < pl.lit(end).cast(kind))
    return frame


def _evidence_files(source: Parts, start: dt.datetime | None, end: dt.datetime | None) -> list[Path]:
    """The evidence files of the months that have rows from `start` on and before `end`: their folders say which month they are of."""
    chosen = [file for file in source.evidence_paths if _month(file, 1) > start] if start else list(source.evidence_paths)
    if end is not None:
        chosen = [file for file in chosen if _month(file, 0) < end]
    return there(chosen, source)


def _month(file: Path, further: int) -> dt.datetime:
    """The beginning of the month of an evidence file, or of one that is so many `further`."""
    year, month = (int(folder.partition("=")[2]) for folder in file.parts[-3:-1])
    years, months = divmod(month - 1 + further, 12)
    return dt.datetime(year + years, months + 1, 1, tzinfo=dt.UTC)


def _evidence_of(
    source: Parts, start: dt.datetime | None, end: dt.datetime | None, columns: Collection[str] | None
) -> pl.LazyFrame:
    """The evidence of these columns, and that of whole rows."""
    kind = pl.Datetime(source.time_unit, "UTC")
    texts = {name: pl.String() for name in ("column", "flag", "rule")}
    numbers = {name: pl.Float64() for name in ("value", "limit_low", "limit_high")}
    schema: dict[str, Any] = {"timestamp": kind, **texts, **numbers, "known_at": kind}
    files = _evidence_files(source, start, end)
    if not files:
        return pl.LazyFrame(schema=schema)
    frame = pl.scan_parquet(
        files, schema=schema, missing_columns="insert", extra_columns="ignore", hive_partitioning=False, glob=False
    )
    if columns is not None:
        column = pl.col("column")
        frame = frame.filter(column.is_in(sorted(columns)) | column.is_null())
    return _within(frame, source, start, end)


def causes(source: Parts, start: dt.datetime | None, end: dt.datetime | None, columns: Collection[str] | None) -> pl.LazyFrame:
    """Why cells are flagged: `timestamp`, `column` ("" for the whole row), `flag`, `rule`, `known_at`.

    Flags that no evidence explains, as those of frames that were cleaned elsewhere, are of whole rows.
    """
    names = ["timestamp", pl.col("column").fill_null(_WHOLE_ROW), "flag", "rule", "known_at"]
    told = _evidence_of(source, start, end, columns).select(names)
    if source.origin != "frames":
        return told
    untold = _untold(source, start, end)
    whole = untold.select("timestamp", pl.lit(_WHOLE_ROW).alias("column"), "flag")
    return pl.concat([told, whole], how="diagonal")


def _untold(source: Parts, start: dt.datetime | None, end: dt.datetime | None) -> pl.LazyFrame:
    """The flags of rows of which there is no evidence: `timestamp`, `flag`."""
    flags = rows(source, start, end).select("timestamp", pl.col("quality_flags").alias("flag"))
    flags = flags.explode("flag").filter(pl.col("flag").is_not_null())
    told = _evidence_of(source, start, end, None).select("timestamp", "flag").filter(pl.col("flag").is_not_null())
    return flags.join(told.unique(), on=["timestamp", "flag"], how="anti")


def _masked_columns(source: Parts, wanted: Wanted, own: set[str]) -> pl.LazyFrame:
    """For each row with a masked cell the columns that are."""
    columns = [name for name in wanted.points if name in own]
    picked = pl.col("flag").is_in(sorted(wanted.masked_flags)) | pl.col("rule").is_in(sorted(wanted.masked_rules))
    found = causes(source, wanted.start, wanted.end, columns).filter(picked.fill_null(False))
    if wanted.as_known:
        found = found.filter(_is_known(source, wanted))
    return found.group_by("timestamp").agg(pl.col("column").alias(_MASKED))


def _known_flags(source: Parts, wanted: Wanted) -> pl.LazyFrame:
    """For each row with a flag that was known in time the bits of these flags."""
    found = _evidence_of(source, wanted.start, wanted.end, None).filter(pl.col("flag").is_not_null() & _is_known(source, wanted))
    bits = pl.col("flag").replace_strict(FLAGS, [bit(flag) for flag in FLAGS], default=0, return_dtype=pl.UInt32)
    return found.select("timestamp", bits.alias(_BITS)).unique().group_by("timestamp").agg(pl.col(_BITS).sum())


def _is_known(source: Parts, wanted: Wanted) -> pl.Expr:
    """Whether evidence was known so long after the end of its bin. Where nobody knows since when, it was not."""
    after = span(source.resample_interval, "resample_interval") + wanted.delay
    known = pl.col("known_at") <= pl.col("timestamp") + pl.lit(after)
    return known.fill_null(False)


def _refuse_untold(source: Parts, wanted: Wanted) -> None:
    """Refuses flags that no evidence explains: nobody knows since when they are known."""
    if source.origin == "frames" and not _untold(source, wanted.start, wanted.end).head(1).collect().is_empty():
        raise UsageError(
            f"as_known: {source.site} has flags of which no evidence says since when they are known",
            hint="the rows came as frames with flags of their own: hand evidence in with them, or read without as_known",
        )


def _warn_of_unknown(source: Parts, wanted: Wanted) -> None:
    """Says so where evidence is of a program that did not write since when it is known."""
    files = _evidence_files(source, wanted.start, wanted.end)
    without = [file for file in files if "known_at" not in pl.read_parquet_schema(file)]
    if without:
        text = (
            f"{source.site}: the evidence of {len(without)} months was written by an earlier program, which did not say since when it is known: "
            "as_known leaves it out"
        )
        remedy, counts = "`trendgate.run(…, rebuild=True)` makes it anew", {"months": len(without)}
        warnings.warn(TrendgateWarning(text, kind="evidence_without_known_at", remedy=remedy, counts=counts), stacklevel=6)


def bit(flag: str) -> int:
    """The bit of a flag, by its place in FLAGS."""
    return 1 << FLAGS.index(flag)


def bits_of(flags: pl.Expr) -> pl.Expr:
    """The bits of a list of flags."""
    return pl.sum_horizontal(flags.list.contains(pl.lit(flag)).cast(pl.UInt32) * bit(flag) for flag in FLAGS).cast(pl.UInt32)


def list_of(bits: pl.Expr) -> pl.Expr:
    """The list of the flags with these bits, in the order of FLAGS."""
    named = [pl.when((bits & bit(flag)) != 0).then(pl.lit(flag)) for flag in FLAGS]
    return pl.concat_list(named).list.drop_nulls()
