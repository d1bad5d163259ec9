"""Frames of a cleaner of the caller's own: checked, partitioned and committed as a run's would be."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from trendgate import _trendgate
from trendgate._errors import UsageError
from trendgate._frames import handling, streamable
from trendgate._manifest import Manifest
from trendgate._run import Progress, ended_with, request, teller


@dataclass(frozen=True)
class Added:
    """What became of a frame: `status` is "accepted", "known" (the dataset has it) or "duplicate" (this batch has it).

    `coerced` counts what of it was changed so that the contract takes it, where `coerce` allows that, by kind: rows (`time_unit`, `time_zone`,
    `local_time`, `sorted`, `no_flags`), columns (`names`) or cells (`integers`, `small_floats`, `booleans`, `decimals`, `nans`).
    `conflicts` counts its numbers that differ from committed ones of the same cells: what is committed stands, so they change nothing.
    """

    source: str
    rows: int
    digest: str
    status: str
    conflicts: int
    coerced: dict[str, int]


class BatchOptions(TypedDict, total=False):
    """The options of `trendgate.run` that a batch of frames has, too."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: str | os.PathLike | None
    wait: bool


class Batch:
    """A batch of frames that becomes one version of the site's dataset, or nothing.

    >>> with trendgate.Batch("plant.yaml") as batch:
    ...     batch.add(frame, source="a.csv")
    >>> batch.manifest

    With `coerce`, frames need not be so exact: times of any unit and zone become timestamp[ns, UTC] (`tz` says whose clock times without a zone
    are of; one that happens twice or never there is refused), integers up to 2^53, float32, truth values and decimals become float64, rows are
    put in the order of time, names become those of columns, and where there are no flags there are none. What was changed stands in what
    `add` returns. Both can be said of one frame in `add`, too. NaN is null in any case, whatever library it comes from.

    Each frame has `timestamp` (timestamp[ns, UTC], ascending, on the grid of the configuration's resample_interval), `quality_flags`
    (lists of `trendgate.FLAGS`), and one float64 column a point, in the dataset's units. Of two numbers for one cell the one that
    was added first stands, and what is committed goes before all; flags unite. Missing bins up to max_gap are inserted. Numbers that lose
    are warned of, and those that lose to committed ones are counted in what `add` returns.

    The site is held from entering the block to leaving it. Leaving it commits; leaving it by an exception, Ctrl-C among them, undoes
    everything. `manifest` is that of the version, once it is committed, and its `outcome` says how. A fork of the process that ends, or
    leaves the block, neither undoes nor commits the batch: there, its methods raise UsageError.
    """

    manifest: Manifest | None

    def __init__(
        self,
        config: str | os.PathLike | Mapping[str, Any] | None,
        *,
        coerce: bool = False,
        tz: str | None = None,
        progress: Callable[[Progress], object] | None = None,
        **options: Unpack[BatchOptions],
    ) -> None:
        unknown = sorted(options.keys() - BatchOptions.__annotations__.keys())
        if unknown:
            raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(BatchOptions.__annotations__)}")
        self._request = request(config, [], options)
        self._coerce = coerce
        self._tz = tz
        self._progress = progress
        self._batch: _trendgate.FrameBatch | None = None
        self._added = 0
        self._rows = 0
        self.manifest = None

    def __enter__(self) -> Self:
        if self._batch is not None:
            raise UsageError("the batch was begun before", hint="make another one")
        self._batch = _trendgate.FrameBatch.begin(self._request, teller(self._progress))
        return self

    def add(self, frame: Any, *, source: str | os.PathLike, coerce: bool | None = None, tz: str | None = None) -> Added:
        """Adds the rows of `frame`: any object with Arrow's C stream interface. `source` names it in the manifest.

        Its arrays are not copied. Raises ContractViolationError with its `violations` where it breaks the contract (TypeMismatchError,
        a TypeError too, where a column has another type): the batch stands as before, and other frames can follow.
        """
        if self._batch is None:
            raise UsageError("the batch has not begun", hint="add frames inside of `with trendgate.Batch(…) as batch:`")
        source = os.fspath(source)
        coerce = self._coerce if coerce is None else coerce
        tz = tz or (self._tz if coerce else None)
        how = handling(coerce, tz)
        added = Added(source=source, **json.loads(self._batch.add(streamable(frame), source, how, teller(self._progress))))
        self._added += 1
        self._rows += added.rows
        return added

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            if kind is None:
                self.manifest = ended_with(json.loads(batch.commit(teller(self._progress))))
        finally:
            batch.abandon()

    def __repr__(self) -> str:
        if self.manifest is not None:
            return f"Batch {self.manifest.outcome.status}: {self.manifest.site_id} version {self.manifest.version}"
        state = "not begun" if self._batch is None else "open"
        return f"Batch {state}: {self._added} frames, {self._rows} rows"
