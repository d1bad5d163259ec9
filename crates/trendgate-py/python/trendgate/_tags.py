"""Names for versions: given, listed, taken away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from trendgate import _trendgate
from trendgate._errors import LockedError

_Result = TypeVar("_Result")

# Between two looks at a site that another command holds.
_PAUSE = 0.1


def tag(place: dict[str, Any], site: str, name: str, version: int | str | None, wait: bool) -> int:
    """The version that has the name now: `version`, or the last one."""
    return _once_free(lambda: _trendgate.tag(place, site, name, version), wait)


def tags(place: dict[str, Any], site: str) -> dict[str, int]:
    """The versions by their names, sorted by these."""
    return dict(_trendgate.tags(place, site))


def untag(place: dict[str, Any], site: str, name: str, wait: bool) -> None:
    """Takes the name away."""
    _once_free(lambda: _trendgate.untag(place, site, name), wait)


def _once_free(work: Callable[[], _Result], wait: bool) -> _Result:
    while True:
        try:
            return work()
        except LockedError:
            if not wait:
                raise
        time.sleep(_PAUSE)
