"""Frames without a dataset: cleaned by our rules, or held against the contract.

Enters: objects with Arrow's C stream interface. Leaves: what our cleaner makes of one, and what a batch would say of it. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config
from trendgate._errors import UsageError, violations_of
from trendgate._run import Progress, Teller, request
from trendgate._verify import CheckReport
from trendgate._warnings import TrendgateWarning, warnings_of

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

#: How often a frame has a row: `"15m"`, or a timedelta.
Interval = str | dt.timedelta


class ArrowFrame:
    """A frame that any library with Arrow's C stream interface takes as it is: `pl.DataFrame(frame)`, `pa.table(frame)`, `batch.add(frame, …)`."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._table.__arrow_c_schema__()

    def to_polars(self) -> pl.DataFrame:
        """It as a polars.DataFrame; no number is copied."""
        try:
            import polars
        except ImportError as error:
            raise ImportError("a DataFrame of Polars needs Polars: pip install polars") from error
        return polars.DataFrame(self._table)

    def to_arrow(self) -> pa.Table:
        """It as a pyarrow.Table; no number is copied."""
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("a table of Arrow needs pyarrow: pip install pyarrow") from error
        return pyarrow.table(self._table)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"ArrowFrame: {self._table.num_rows} rows, {self._table.num_columns} columns"


@dataclass(frozen=True)
class Cleaned:
    """What our cleaner makes of a frame.

    `frame` has the columns of a dataset: `timestamp`, `quality_flags`, and one float64 column a point, in the dataset's units. `evidence` says
    why rows are flagged, in the columns of evidence files. `warnings` are those of `Outcome.warnings`; `coerced` says how much of
    the frame was changed before it was cleaned, by kind.
    """

    frame: ArrowFrame
    evidence: ArrowFrame
    warnings: tuple[TrendgateWarning, ...] = field(repr=False)
    coerced: Mapping[str, int] = field(hash=False)


def clean(
    frame: Any,
    config: Config,
    *,
    interval: Interval | None = None,
    coerce: bool = False,
    tz: str | None = None,
    site: str | None = None,
    timezone: str | None = None,
    resample: str | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Cleaned:
    """Cleans `frame` as `run` cleans a report of the same rows; no dataset is needed, and nothing is written.

    >>> cleaned = trendgate.clean(frame, "plant.yaml")
    >>> cleaned.frame.to_polars()

    `frame` is any object with Arrow's C stream interface: `timestamp` (timestamp[ns, UTC], ascending; times may repeat, then the first number
    stands) and float64 points, called as the reports or as the dataset would call them, in the units that the configuration says. It is one
    report of one kind: its rows are put into bins of `resample_interval` by each point's aggregation (rows on that grid stay as they are),
    gaps up to `max_gap` are filled, and all rules look at it, those of machines and meters among them. `interval` is what a report states as
    its interval: how long a row stands for; without it a row stands for its own bin.

    With `coerce`, what no value changes by is done first, and counted: other units of time and zones, integers, float32, truth values and
    decimals, rows out of order; `tz` says whose clock times without a zone are of. Raises ContractViolationError with its `violations`
    where the frame cannot be cleaned, ConfigError where the configuration refuses its points.
    """
    asked = request(config, [], {"site": site, "timezone": timezone, "resample": resample})
    how = handling(coerce, tz, interval)
    rows, evidence, said = _trendgate.clean(streamable(frame), asked, how, Teller(progress, cancel))
    facts = json.loads(said)
    return Cleaned(ArrowFrame(rows), ArrowFrame(evidence), warnings_of(facts["warnings"]), facts["coerced"])


def check_frame(
    frame: Any,
    config: Config = None,
    *,
    coerce: bool = False,
    tz: str | None = None,
    site: str | None = None,
    timezone: str | None = None,
    resample: str | None = None,
) -> CheckReport:
    """Holds `frame` against the contract, as `check` does it with a file: what breaks it is reported, not raised.

    With a configuration, its bins and gaps are judged, too, as `Batch.add` would; without one, only columns, order and flags. With `coerce`
    what `Batch.add(…, coerce=True)` would make of it is judged, and `coerced` of the report says what that is. `bytes` is the size of its arrays
    and `row_groups` counts its batches.
    """
    asked = None
    if any(given is not None for given in (config, site, timezone, resample)):
        asked = request(config, [], {"site": site, "timezone": timezone, "resample": resample})
    report = json.loads(_trendgate.check_frame(streamable(frame), asked, handling(coerce, tz), Teller(None, None)))
    found = report.pop("violations")
    return CheckReport(None, **report, violations=violations_of(found), total=found["total"])


def handling(
    coerce: bool,
    tz: str | None,
    interval: Interval | None = None,
    *,
    rules: bool = False,
    on_conflict: str | None = None,
) -> dict[str, Any]:
    """How the half in Rust is to take a frame."""
    if isinstance(interval, dt.timedelta):
        interval = f"{round(interval / dt.timedelta(milliseconds=1))}ms"
    return {"coerce": coerce, "tz": tz, "interval": interval, "rules": rules, "on_conflict": on_conflict}


def streamable(frame: Any) -> Any:
    """The frame, if it has Arrow's C stream interface."""
    if hasattr(frame, "__arrow_c_stream__"):
        return frame
    hint = "a LazyFrame is collected first" if hasattr(frame, "collect") else None
    raise UsageError(f"expected a frame with Arrow's C stream interface, found {type(frame).__name__}", hint=hint)
