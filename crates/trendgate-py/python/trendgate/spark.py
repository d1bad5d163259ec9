"""Runs on a Spark cluster, classic or by Spark Connect.

>>> session = SparkSession.builder.getOrCreate()
>>> trendgate.spark.run(session, "sites.yaml")
"""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Unpack

from trendgate._arguments import Config, Paths
from trendgate._engine import EngineOptions, drive
from trendgate._run import Outcome
from trendgate.tasks import execute

#: So often a task is done again that raised, if the cluster does it so often (`spark.task.maxFailures` less one).
RETRIES = 3
#: So many tasks are one job. `progress` hears, and `cancel` is asked, when a job has ended.
AT_ONCE = 10_000


def run(
    session: Any,
    config: Config,
    paths: Paths | None = None,
    **options: Unpack[EngineOptions],
) -> list[Outcome]:
    """Runs what is new at `paths`, or at those of the configuration, on the executors of `session` (a SparkSession of either kind); how each site ended.

    The options are those of `trendgate.dask.run`; tasks are handed out by the ten thousand, and `progress` and `cancel` come after each. A site
    whose task raises at its fourth attempt, or later, fails alone. Where the cluster gives up before, or workers died as often, its job ends with an
    exception, and the run with it; what was done is not done again by a run with the same `out`.
    """

    def hand_out(planned: list[bytes]) -> Generator[tuple[int, bytes | Exception]]:
        for begin in range(0, len(planned), AT_ONCE):
            tasks = [(begin + nth, task) for nth, task in enumerate(planned[begin : begin + AT_ONCE])]
            frame = session.createDataFrame(tasks, "place long, task binary")
            done = frame.repartition(len(tasks)).mapInArrow(_execute_all, "place long, outcome binary, error binary")
            for row in done.collect():
                yield row.place, pickle.loads(row.error) if row.outcome is None else bytes(row.outcome)

    return drive(hand_out, config, paths, **options)


def _execute_all(batches: Iterable[Any]) -> Iterator[Any]:
    import pyarrow as pa
    from pyspark import TaskContext

    context = TaskContext.get()
    last = context is not None and context.attemptNumber() >= RETRIES
    for batch in batches:
        for place, task in zip(batch["place"], batch["task"]):
            outcome = error = None
            try:
                outcome = execute(task.as_py())
            except Exception as raised:
                if not last:
                    raise
                error = _carried(raised)
            columns = {"place": pa.array([place.as_py()], pa.int64())}
            columns |= {name: pa.array([value], pa.binary()) for name, value in [("outcome", outcome), ("error", error)]}
            yield pa.record_batch(columns)


def _carried(error: Exception) -> bytes:
    """The error as bytes that the driver can read; its text where it cannot be taken apart and put together."""
    try:
        carried = pickle.dumps(error)
        pickle.loads(carried)
    except Exception:
        return pickle.dumps(RuntimeError(repr(error)))
    return carried
