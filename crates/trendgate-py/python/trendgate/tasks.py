"""Runs whose tasks others do: processes, machines, engines that carry bytes.

>>> outcomes = map(trendgate.tasks.execute, trendgate.tasks.plan("sites.yaml"))
>>> trendgate.tasks.commit(outcomes)

`plan` gives the tasks of all sites as one list of short byte strings, `execute` does one of them anywhere, any number of times, and `commit`
makes a version of what they left. All processes see the dataset and the reports under the same paths, and have the same version of this package;
a task of another version is refused. `trendgate.dask`, `trendgate.spark` and `trendgate.ray` do all three.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypedDict, Unpack

from trendgate import _trendgate
from trendgate._arguments import Cancel, Config, Paths, StrPath, refuse_unknown
from trendgate._run import Outcome, Progress, outcome_of, request, Teller

__all__ = ["Outcome", "TaskOptions", "commit", "execute", "plan"]


class TaskOptions(TypedDict, total=False):
    """The options of `trendgate.run` that a run has whose tasks others do; `threads` are those of the plan."""

    timezone: str | None
    resample: str | None
    data_dir: StrPath | None
    threads: int | None
    rebuild: bool
    force: bool
    paranoid: bool
    wait: bool


def plan(
    config: Config,
    paths: Paths | None = None,
    *,
    sites: Iterable[str] | None = None,
    out: StrPath | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[TaskOptions],
) -> list[bytes]:
    """The tasks of what is new at `paths`, or at those of the configuration: of all its sites, or of `sites`.

    A site with nothing to do, or that cannot be planned, has one task that says so. The attempts wait in staging until they are committed, or
    until another run commits something else. With `out` the tasks are kept in that folder, too: where some are there of attempts that still wait,
    nothing is planned, and those without an outcome are returned. So a driver that died is followed by another one. `cancel` is that of `trendgate.run`,
    here and in `execute` and `commit`.
    """
    refuse_unknown(options, TaskOptions.__annotations__)
    if out is not None:
        resumed = _trendgate.resumed_tasks(out)
        if resumed is not None:
            return resumed
    asked = request(config, () if paths is None else paths, options)
    tasks = _trendgate.plan_tasks(asked, None if sites is None else list(sites), Teller(progress, cancel))
    if out is not None:
        _trendgate.keep_tasks(out, tasks)
    return tasks


def execute(task: bytes, *, cancel: Cancel | None = None) -> bytes:
    """Does one task, on one thread; its outcome. What is wrong with reports is part of it.

    What it raises says that it may be done again; UsageError, that it is no task of this version. A task that was done already is not done again.
    """
    return _trendgate.execute_task(task, Teller(cancel=cancel))


def commit(outcomes: Iterable[bytes], *, cancel: Cancel | None = None) -> list[Outcome]:
    """Commits what tasks made, site by site; how each ended, in the order of their names.

    Of the outcomes of an attempt one is enough where the others were made, too: they are kept beside it. A site that fails keeps nobody from the
    others. What was overtaken, or had trouble with a report that the next plan knows, is `again`: plan those sites again.
    """
    ends = _trendgate.commit_tasks(list(outcomes), Teller(cancel=cancel))
    return [outcome_of(json.loads(answer), again) for answer, again in ends]
