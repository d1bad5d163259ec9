"""Runs on a Ray cluster.

>>> ray.init(address="auto")
>>> trendgate.ray.run("sites.yaml")
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import Any, Unpack

from trendgate._arguments import Config, Paths
from trendgate._engine import EngineOptions, drive
from trendgate._run import Outcome
from trendgate.tasks import execute

#: So often a task is done again whose worker died, or that raised.
RETRIES = 3
#: So many tasks Ray knows of at once.
AT_ONCE = 1000


def run(
    config: Config,
    paths: Paths | None = None,
    **options: Unpack[EngineOptions],
) -> list[Outcome]:
    """Runs what is new at `paths`, or at those of the configuration, on the cluster that `ray.init` named; how each site ended.

    The options are those of `trendgate.dask.run`.
    """

    def hand_out(planned: list[bytes]) -> Generator[tuple[int, bytes | Exception]]:
        import ray

        remote = ray.remote(max_retries=RETRIES, retry_exceptions=True)(execute)
        not_begun = enumerate(planned)
        places: dict[Any, int] = {}

        def hand_out_some(count: int) -> None:
            for place, task in itertools.islice(not_begun, count):
                places[remote.remote(task)] = place

        hand_out_some(AT_ONCE)
        try:
            while places:
                (done,), _ = ray.wait(list(places), num_returns=1)
                place = places.pop(done)
                try:
                    outcome = ray.get(done)
                except ray.exceptions.RayError as error:
                    outcome = error
                hand_out_some(1)
                yield place, outcome
        finally:
            for running in places:
                ray.cancel(running, force=False)

    return drive(hand_out, config, paths, **options)
