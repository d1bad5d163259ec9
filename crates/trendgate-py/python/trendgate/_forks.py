"""Whether this process is a fork of one that had Polars: the threads of Polars are not in the fork, and what they held stays held there.

Enters: forks, which are noted in the child. Leaves: a warning, where frames are asked for in one.
"""

from __future__ import annotations

import os
import sys
import warnings

from trendgate._warnings import TrendgateWarning


class _Process:
    """What is known of this process."""

    is_fork_with_polars = False


def _note() -> None:
    _Process.is_fork_with_polars = _Process.is_fork_with_polars or "polars" in sys.modules


os.register_at_fork(after_in_child=_note)


def warn_of_fork(stacklevel: int) -> None:
    """Warns where collecting a frame of Polars may hang; `stacklevel` is that of who asked for it."""
    if _Process.is_fork_with_polars:
        text = "this process is a fork of one that had imported Polars: to collect a frame may hang here for ever"
        remedy = "begin workers by spawn or forkserver, or read by to_arrow, without masks and flags as known"
        warnings.warn(TrendgateWarning(text, kind="fork_with_polars", remedy=remedy), stacklevel=stacklevel + 1)
