"""One class for each kind of error of the library: whose move it is, as a Python exception that fits.

The classes are looked up by `of_kind` and `of_violations`, which the Rust half calls.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from errno import EACCES, ENOENT, EPERM
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trendgate import _trendgate
from trendgate._hints import in_python

if TYPE_CHECKING:
    from trendgate._verify import Finding


class TrendgateError(Exception):
    """Whatever the library refuses. `kind` says whose move it is; the message ends with what to do, where that is known.

    `message` is what is wrong, without its place; `path`, `line` (from 1) and `point` are the place, as far as there is one; `excerpt` has lines
    that show it, `hint` says what to do. Those that are OSErrors have `filename` and `errno`, too.
    """

    kind: str = "Unknown"

    def __init__(
        self,
        text: str,
        *,
        message: str | None = None,
        path: str | os.PathLike[str] | None = None,
        line: int | None = None,
        point: str | None = None,
        excerpt: Iterable[str] = (),
        hint: str | None = None,
        errno: int | None = None,
    ) -> None:
        super().__init__(text)
        self.text: str = in_python(text)
        self.message: str = in_python(message or text)
        self.path: Path | None = None if path is None else Path(path)
        self.line: int | None = line
        self.point: str | None = point
        self.excerpt: tuple[str, ...] = tuple(excerpt)
        self.hint: str | None = None if hint is None else in_python(hint)
        if isinstance(self, OSError):
            _as_of_the_system(self, errno, self.message, path)

    def __reduce__(self) -> tuple[Any, ...]:
        # Across processes, too: an error that cannot be pickled hides what it would say.
        return _again, (type(self), dict(self.__dict__), getattr(self, "errno", None))

    def __str__(self) -> str:
        lines = [self.text, *(f"  | {line}" for line in self.excerpt)]
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(map(_trendgate.escaped, lines))


def _as_of_the_system(error: OSError, errno: int | None, message: str, path: str | os.PathLike[str] | None) -> None:
    error.errno, error.strerror = errno, message
    error.filename = None if path is None else os.fspath(path)


def _again(of: type[TrendgateError], facts: dict[str, Any], errno: int | None) -> TrendgateError:
    error = of(facts["text"], message=facts["message"], path=facts["path"], errno=errno)
    error.__dict__.update(facts)
    return error


class UsageError(TrendgateError, ValueError):
    """The call is wrong: a path that does not exist, arguments that contradict each other."""

    kind = "Usage"


class MissingPathError(UsageError, FileNotFoundError):
    """There is no such file, folder or dataset: `filename` names it."""


class UnknownSiteError(UsageError, KeyError):
    """The dataset, or the configuration, has no such site; the hint names those that it has."""


class UnknownVersionError(UsageError, KeyError):
    """The site has no such version or tag, or had none yet at that time."""


class UnknownColumnError(UsageError, KeyError):
    """There is no column of that name; the hint has names like it."""


class ConfigError(TrendgateError, ValueError):
    """The configuration is wrong."""

    kind = "Config"


class InputError(TrendgateError, ValueError):
    """A report is not one, or is damaged."""

    kind = "Input"


class FutureError(InputError):
    """A report has rows in the future."""

    kind = "Future"


class ChangingError(TrendgateError, OSError):
    """A report changed while it was read. Try again when its writer has finished."""

    kind = "Changing"


@dataclass(frozen=True)
class Violation:
    """One rule of the contract, broken in one place; `row` is None where the whole column is at fault."""

    kind: str
    column: str
    row: int | None
    expected: str
    got: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        return _trendgate.escaped(f'{self.kind}: column "{self.column}"{row}: expected {self.expected}, got {self.got}')


class ContractViolationError(TrendgateError, ValueError):
    """Rows or columns break the contract of the dataset: the first 20 are `violations`, `total` counts all."""

    kind = "Contract"
    violations: tuple[Violation, ...] = ()
    total: int = 0


class TypeMismatchError(ContractViolationError, TypeError):
    """A column has another type than the contract wants."""


@dataclass(frozen=True)
class Conflict:
    """A cell for which a frame has another number (`found`) than the one that stands: `committed`, or of a frame that was added before."""

    source: str
    timestamp: dt.datetime
    column: str
    committed: float
    found: float

    def __str__(self) -> str:
        return _trendgate.escaped(
            f'{self.source}: {self.found} in "{self.column}" at {self.timestamp:%Y-%m-%dT%H:%M:%SZ}, where {self.committed} stands'
        )


class ConflictError(TrendgateError, ValueError):
    """Frames have other numbers for cells than those that stand, and nothing was committed: the first 50 are `conflicts`, `total` counts all.

    Add such a frame with `on_conflict="replace"` to correct what stands, or with `on_conflict="keep"` to leave it as it is.
    """

    kind = "Contract"
    conflicts: tuple[Conflict, ...] = ()
    total: int = 0


class StorageError(TrendgateError, OSError):
    """The operating system refused a read or a write; `errno` says why."""

    kind = "Storage"


class StorageNotFoundError(StorageError, FileNotFoundError):
    """A file went away while it was needed."""


class StoragePermissionError(StorageError, PermissionError):
    """The operating system allows this user no such read or write."""


class DamagedError(TrendgateError, ValueError):
    """Committed data is not what its manifest says; `findings` lists what, where more than one thing was looked at."""

    kind = "Damaged"
    findings: tuple[Finding, ...] = ()


class MissingFileError(DamagedError, FileNotFoundError):
    """A committed file is not there: `filename` names it."""


class LockedError(TrendgateError, OSError):
    """Another run holds the site."""

    kind = "Locked"


class UnsettledError(TrendgateError, OSError):
    """Whether the commit happened is not known; nothing was deleted. `Dataset.recover` finds out."""

    kind = "Unsettled"


class StoppedError(TrendgateError, RuntimeError):
    """The run was told to stop, and did before it committed anything."""

    kind = "Stopped"


class MemoryLimitError(TrendgateError, MemoryError):
    """The run needs more memory than `batch.memory_limit_mb`, and `batch.memory_action` says to stop then. Nothing was committed."""

    kind = "Memory"


class BugError(TrendgateError, RuntimeError):
    """The library contradicts itself. Nothing was committed. Please report it."""

    kind = "Bug"


BY_KIND: dict[str, type[TrendgateError]] = {
    of.kind: of
    for of in (
        UsageError,
        ConfigError,
        InputError,
        FutureError,
        ChangingError,
        ContractViolationError,
        StorageError,
        DamagedError,
        LockedError,
        UnsettledError,
        StoppedError,
        MemoryLimitError,
        BugError,
    )
}


#: What was asked for and is not there.
BY_MISSING: dict[str, type[UsageError]] = {
    "path": MissingPathError,
    "site": UnknownSiteError,
    "version": UnknownVersionError,
    "column": UnknownColumnError,
}

#: What the operating system's own number says of an error of storage.
BY_ERRNO: dict[int, type[StorageError]] = {
    ENOENT: StorageNotFoundError,
    EACCES: StoragePermissionError,
    EPERM: StoragePermissionError,
}


def of_kind(kind: str, text: str, message: str, *, missing: str | None = None, errno: int | None = None, **facts: Any) -> TrendgateError:
    """The exception for an error of the library."""
    of = BY_KIND[kind]
    if missing is not None:
        of = BY_MISSING[missing]
        errno = ENOENT if of is MissingPathError else errno
    elif of is StorageError and errno is not None:
        of = BY_ERRNO.get(errno, StorageError)
    return of(text, message=message, errno=errno, **facts)


def error_of(answer: Mapping[str, Any]) -> TrendgateError:
    """The exception for what failed, of which this was said."""
    path, line, message = answer.get("file"), answer.get("line"), answer["error"]
    place = "".join(f"{part}:" for part in (path, line) if part is not None)
    text = f"{place} {message}" if place else message
    return of_kind(answer["kind"], text, message, path=path, line=line, hint=answer.get("hint"))


def violations_of(found: Mapping[str, Any]) -> tuple[Violation, ...]:
    """The violations in what the library wrote as JSON."""
    return tuple(Violation(**one) for one in found["examples"])


def of_violations(
    found: str | Mapping[str, Any], text: str, path: str | os.PathLike[str] | None = None, hint: str | None = None
) -> ContractViolationError:
    """The exception for broken rules: a TypeError as well, where a type is among them."""
    facts: Mapping[str, Any] = json.loads(found) if isinstance(found, str) else found
    violations = violations_of(facts)
    mistyped = any(violation.kind == "TypeMismatch" for violation in violations)
    error = (TypeMismatchError if mistyped else ContractViolationError)(
        text, path=path, hint=hint, excerpt=[str(violation) for violation in violations[1:]]
    )
    error.violations = violations
    error.total = facts["total"]
    return error


def of_conflicts(found: str, text: str) -> ConflictError:
    """The exception for numbers that contradict those that stand."""
    facts: Mapping[str, Any] = json.loads(found)
    conflicts = tuple(Conflict(**one | {"timestamp": dt.datetime.fromisoformat(one["timestamp"])}) for one in facts["conflicts"])
    hint = 'on_conflict="replace" corrects what stands by the numbers of a frame; on_conflict="keep" leaves it as it is'
    error = ConflictError(text, hint=hint, excerpt=[str(conflict) for conflict in conflicts[1:10]])
    error.conflicts = conflicts
    error.total = facts["total"]
    return error
