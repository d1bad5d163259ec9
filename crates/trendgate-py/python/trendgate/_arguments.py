"""What callers give: the types of arguments that many functions share, and what becomes of them."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias


class Settable(Protocol):
    """An event: one of threading, asyncio or multiprocessing."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...


StrPath: TypeAlias = str | os.PathLike[str]
#: A configuration file, or its content as a mapping; None is the defaults.
Config: TypeAlias = StrPath | Mapping[str, Any] | None
Paths: TypeAlias = StrPath | Iterable[StrPath]
#: What says that work is to stop: an event that another thread sets, or a callable that is true then.
Cancel: TypeAlias = Callable[[], object] | Settable
#: A length of time: "12h", "7d", or a timedelta.
Length: TypeAlias = str | dt.timedelta


def whether_cancelled(cancel: Cancel | None) -> Callable[[], object]:
    """The question whether to stop."""
    if cancel is None:
        return lambda: False
    return cancel if callable(cancel) else cancel.is_set


def length_text(length: Length | None) -> str | None:
    """A length of time as the library reads it."""
    if not isinstance(length, dt.timedelta):
        return length
    milliseconds = length // dt.timedelta(milliseconds=1)
    return f"{milliseconds}ms" if milliseconds else "0s"


def config_of(config: Config) -> dict[str, Any]:
    """A configuration as the half in Rust wants it."""
    as_text = isinstance(config, Mapping)
    return {
        "config_file": None if as_text else config,
        # JSON is YAML.
        "config_text": json.dumps(config, ensure_ascii=False) if as_text else None,
    }


def place(data_dir: StrPath | None, config: Config) -> dict[str, Any]:
    """Which dataset is meant, as the half in Rust wants it: the folder, else that of the configuration, else `data`."""
    return {"data_dir": data_dir, **config_of(config)}


def refuse_unknown(options: Mapping[str, object], known: Iterable[str]) -> None:
    """Raises TypeError where there is an option that is not known."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(known)}")
