"""Runs on a Dask cluster.

>>> with distributed.Client("scheduler:8786") as client:
...     trendgate.dask.run(client, "sites.yaml")
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Unpack

from trendgate._arguments import Config, Paths
from trendgate._engine import EngineOptions, drive
from trendgate._run import Outcome
from trendgate.tasks import execute

if TYPE_CHECKING:
    from distributed import Client

#: So often a task is done again that raised; workers that die are counted by the cluster (`distributed.scheduler.allowed-failures`).
RETRIES = 3
#: So many tasks the scheduler knows of at once.
AT_ONCE = 1000


def run(
    client: Client,
    config: Config,
    paths: Paths | None = None,
    **options: Unpack[EngineOptions],
) -> list[Outcome]:
    """Runs what is new at `paths`, or at those of the configuration, on the workers of `client`; how each site ended.

    `sites` are those of the configuration to run, all without it. `out` is a folder for the tasks: where a driver died, the next one with the same
    folder goes on where it was. `progress(done, total)` hears of tasks; `cancel`, a callable or a threading.Event, is asked between them:
    StoppedError is raised then, and what is committed stays. All else is as for `trendgate.tasks.plan`, but that a site that is held is waited for.
    """

    def hand_out(planned: list[bytes]) -> Generator[tuple[int, bytes | Exception]]:
        from distributed import as_completed

        not_begun = enumerate(planned)
        running_at: dict[object, tuple[int, Any]] = {}

        def some(count: int) -> Iterator[Any]:
            for place, task in itertools.islice(not_begun, count):
                # Not pure: equal tasks of two drivers are none of one key.
                future = client.submit(execute, task, pure=False, retries=RETRIES)
                running_at[future.key] = place, future
                yield future

        running = as_completed(list(some(AT_ONCE)))
        try:
            for future in running:
                error = future.exception()
                outcome = future.result() if error is None else error
                # The scheduler would do a finished task again whose worker dies, for as long as somebody holds its result.
                place, _ = running_at.pop(future.key)
                future.release()
                running.update(list(some(1)))
                yield place, outcome
        finally:
            client.cancel([future for _, future in running_at.values()])

    return drive(hand_out, config, paths, **options)
