"""What all engines share: plan, hand out, commit each site as its tasks end, plan again what has to be.

Enters: a function that takes tasks and gives `(place, outcome)` in any order, where an outcome may be an exception: the task cannot be done. Leaves:
how each site ended. What an engine does about workers that die is its own affair.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypedDict

from trendgate import _trendgate, tasks
from trendgate._arguments import Cancel, Config, Paths, StrPath, whether_cancelled
from trendgate._errors import StoppedError
from trendgate._run import Outcome
from trendgate._trendgate import site_of_task as site_of

#: A site is planned so often, at most.
ROUNDS = 20
#: So many sites are committed at a time, beside the tasks of others.
COMMITS = 8
#: So many commits may wait for their turn.
AHEAD = 64

HandOut = Callable[[list[bytes]], Generator[tuple[int, bytes | Exception]]]


class EngineOptions(tasks.TaskOptions, total=False):
    """The options of an engine's run."""

    sites: Iterable[str] | None
    out: StrPath | None
    progress: Callable[[int, int], object] | None
    cancel: Cancel | None


class _Board:
    """How many tasks are done, who hears of it, and who may stop them."""

    def __init__(self, progress: Callable[[int, int], object] | None, cancel: Cancel | None) -> None:
        self._progress = progress or (lambda done, total: None)
        self._is_cancelled = whether_cancelled(cancel)
        self.done = self.total = 0

    def more(self, *, done: int = 0, total: int = 0) -> None:
        self.done += done
        self.total += total
        self._progress(self.done, self.total)
        if self._is_cancelled():
            raise StoppedError(
                f"stopped with {self.done} of {self.total} tasks done; sites whose tasks were all done are committed",
                hint="run it again; with `out`, tasks that were done are not done again",
            )


def drive(
    hand_out: HandOut,
    config: Config,
    paths: Paths | None,
    *,
    sites: Iterable[str] | None = None,
    out: StrPath | None = None,
    progress: Callable[[int, int], object] | None = None,
    cancel: Cancel | None = None,
    **options: Any,
) -> list[Outcome]:
    """Runs what is new at `paths` by `hand_out`; how each site ended, in the order of their names."""
    board = _Board(progress, cancel)
    ended: dict[str, Outcome] = {}
    # Drivers meet at a site for a moment only, when they plan and when they commit.
    options.setdefault("wait", True)
    paths = paths if paths is None or isinstance(paths, str | os.PathLike) else list(paths)
    for _ in range(ROUNDS):
        planned = tasks.plan(config, paths, sites=sites, out=out, **options)
        board.more(total=len(planned))
        for end in _round(hand_out, planned, board):
            ended[end.site] = end
        if out is not None:
            _trendgate.forget_tasks(out)
        sites = [site for site, end in ended.items() if end.again]
        if not sites:
            break
    return [ended[site] for site in sorted(ended)]


def _round(hand_out: HandOut, planned: list[bytes], board: _Board) -> list[Outcome]:
    """How each site of these tasks ended."""
    of = [site_of(task) for task in planned]
    left = Counter(of)
    outcomes: defaultdict[str, list[bytes]] = defaultdict(list)
    failed: dict[str, Exception] = {}
    commits: list[Future[list[Outcome]]] = []
    with contextlib.closing(hand_out(planned)) as handed, ThreadPoolExecutor(COMMITS) as pool:
        for place, outcome in handed:
            site = of[place]
            if isinstance(outcome, Exception):
                failed[site] = outcome
            else:
                outcomes[site].append(outcome)
            left[site] -= 1
            if left[site] == 0:
                made = outcomes.pop(site, [])
                if site not in failed:
                    commits.append(pool.submit(tasks.commit, made))
                # Outcomes do not pile up where tasks are faster than commits.
                if len(commits) > AHEAD:
                    commits[-AHEAD].result()
            board.more(done=1)
        ended = [end for commit in commits for end in commit.result()]
    return ended + [Outcome(site=site, status="failed", error=error) for site, error in failed.items()]
