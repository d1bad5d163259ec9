"""Frames of a cleaner of the caller's own: checked, partitioned and committed as a run's would be."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config, StrPath, refuse_unknown
from trendgate._errors import UsageError
from trendgate._frames import Interval, handling, streamable
from trendgate._manifest import Manifest
from trendgate._run import Progress, ended_with, request, Teller


@dataclass(frozen=True)
class Added:
    """What became of a frame: `status` is "accepted", "known" (the dataset has it), "duplicate" (this batch has it) or "withdrawn" (it was
    retracted, and is passed over unless it comes to replace).

    `conflicts` counts its numbers that differ from committed ones of the same cells: by `on_conflict` they keep the batch from being
    committed ("raise"), change nothing ("keep") or take their place ("replace"). `reasons` counts the rows of its evidence, those of our rules
    among them.

    `coerced` counts what of it was changed so that the contract takes it, where `coerce` allows that, by kind: rows (`time_unit`, `time_zone`,
    `local_time`, `sorted`, `no_flags`), columns (`names`) or cells (`integers`, `small_floats`, `booleans`, `decimals`, `nans`).
    """

    source: str
    rows: int
    digest: str
    status: str
    conflicts: int
    reasons: int = 0
    coerced: Mapping[str, int] = field(default_factory=dict, hash=False)


OnConflict = Literal["raise", "keep", "replace"]


class BatchOptions(TypedDict, total=False):
    """The options of `trendgate.run` that a batch of frames has, too."""

    site: str | None
    timezone: str | None
    resample: str | None
    data_dir: StrPath | None
    wait: bool


class Batch:
    """A batch of frames that becomes one version of the site's dataset, or nothing.

    >>> with trendgate.Batch("plant.yaml") as batch:
    ...     batch.add(frame, source="a.csv")
    >>> batch.manifest

    With `coerce`, frames need not be so exact: times of any unit and zone become timestamp[ns, UTC] (`tz` says whose clock times without a zone
    are of; one that happens twice or never there is refused), integers up to 2^53, float32, truth values and decimals become float64, rows are
    put in the order of time, names become those of columns, and where there are no flags there are none. What was changed stands in what
    `add` returns. Texts and dates are refused, and so is an index of pandas without a name. Both can be said of one frame in `add`, too. NaN is
    null in any case, whatever library it comes from; numbers that are infinite or at least 1e20 in size are null, their rows OUTLIER, and evidence
    (`not_finite`) says what they were.

    With `rules`, frames are raw: each is cleaned by our rules as `trendgate.clean` does it (units, bins, flags, evidence; `interval` as there), and what
    comes of it is added, its evidence too. A frame is cleaned by itself: rules that look around a row see nothing of what is committed, nor of other
    frames, so give frames of whole stretches. Bins without a sample are filled by the dataset (evidence
    `no_sample`), unless another frame has them.

    Each frame has `timestamp` (timestamp[ns, UTC], ascending, on the grid of the configuration's resample_interval), `quality_flags`
    (lists of `trendgate.FLAGS`), and one float64 column a point, in the dataset's units. Frames complete each other, in the order of adding,
    and what is committed goes before all: cells without a number get one, and the flags of a row are those of all frames that have it.
    Missing bins up to max_gap are inserted.

    `on_conflict` says what becomes of a number for a cell that has another one already, committed or of an earlier frame:

    - "raise" (the default): leaving the block raises ConflictError, which lists such cells, and nothing is committed.
    - "keep": the number that stands is kept; that is warned of, and counted in what `add` returns.
    - "replace": the frame replaces. Its cells, nulls too, take the place of those that stand, and the flags of its rows are its own, beside
      those that evidence gives to columns which it does not have. Those columns stay as they are. It outranks all frames before it.

    What a frame said is kept beside the dataset (unless `batch.keep_sources` is none), so that `trendgate.retract` and `trendgate.rebuild`
    can make months again.

    The site is held from entering the block to leaving it. Leaving it commits; leaving it by an exception, Ctrl-C among them, undoes
    everything; so does `cancel` (see `trendgate.run`), which raises StoppedError. `manifest` is that of the version, once it is committed, and its `outcome` says how. A fork of the process that ends, or
    leaves the block, neither undoes nor commits the batch: there, its methods raise UsageError.
    """

    manifest: Manifest | None

    def __init__(
        self,
        config: Config,
        *,
        on_conflict: OnConflict = "raise",
        coerce: bool = False,
        tz: str | None = None,
        rules: bool = False,
        interval: Interval | None = None,
        progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        **options: Unpack[BatchOptions],
    ) -> None:
        if interval is not None and not rules:
            raise TypeError("interval says how long a row of a raw frame stands for, and goes with rules=True")
        refuse_unknown(options, BatchOptions.__annotations__)
        self._request = request(config, [], options)
        self._on_conflict = on_conflict
        self._coerce = coerce
        self._tz = tz
        self._rules = rules
        self._interval = interval
        self._progress = progress
        self._cancel = cancel
        self._batch: _trendgate.FrameBatch | None = None
        self._added = 0
        self._rows = 0
        self.manifest = None

    def __enter__(self) -> Self:
        if self._batch is not None:
            raise UsageError("the batch was begun before", hint="make another one")
        self._batch = _trendgate.FrameBatch.begin(self._request, self._on_conflict, Teller(self._progress, self._cancel))
        return self

    def add(
        self,
        frame: Any,
        *,
        source: StrPath,
        on_conflict: OnConflict | None = None,
        evidence: Any | None = None,
        coerce: bool | None = None,
        tz: str | None = None,
    ) -> Added:
        """Adds the rows of `frame`: any object with Arrow's C stream interface. `source` names it in the manifest; `on_conflict`, `coerce` and
        `tz` go before those of the batch.

        `evidence` says why: a frame with `timestamp` (a row of `frame`), `column` (one of its points, or null for the whole row) and `rule`
        (a name of your own in capital letters, such as SPIKE or MAINTENANCE), and any of `flag` (one that the row has, or null), `value`,
        `limit_low`, `limit_high` (in the dataset's units) and `known_at` (from when on that is certain: no earlier than the end of the bin;
        where it is not stated, the end of the frame's last bin). It becomes the evidence of the dataset, beside what others said. With `coerce`,
        its times are changed as those of the frame; with `coerce` or `rules`, it may call columns as the frame does.

        The arrays of `frame` are not copied. Raises ContractViolationError with its `violations` where frame or evidence break the contract
        (TypeMismatchError, a TypeError too, where a column has another type): the batch stands as before, and other frames can follow.
        """
        if self._batch is None:
            raise UsageError("the batch has not begun", hint="add frames inside of `with trendgate.Batch(…) as batch:`")
        name = os.fspath(source)
        coerce = self._coerce if coerce is None else coerce
        tz = tz or (self._tz if coerce else None)
        how = handling(coerce, tz, self._interval, rules=self._rules, on_conflict=on_conflict)
        stated = None if evidence is None else streamable(evidence)
        facts = self._batch.add(streamable(frame), name, stated, how, Teller(self._progress, self._cancel))
        added = Added(source=name, **json.loads(facts))
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
                self.manifest = ended_with(json.loads(batch.commit(Teller(self._progress, self._cancel))))
        finally:
            batch.abandon()

    def __repr__(self) -> str:
        if self.manifest is not None:
            return f"Batch {self.manifest.outcome.status}: {self.manifest.site_id} version {self.manifest.version}"
        state = "not begun" if self._batch is None else "open"
        return f"Batch {state}: {self._added} frames, {self._rows} rows"
