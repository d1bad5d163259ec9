"""One class for each kind of error of the library: whose move it is, as a Python exception that fits.

The classes are looked up by `of_kind` and `of_violations`, which the Rust half calls.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from trendgate import _trendgate


class TrendgateWarning(UserWarning):
    """What a person should know, and what fails nothing."""


class TrendgateError(Exception):
    """Whatever the library refuses. `kind` says whose move it is; the message ends with what to do, where that is known."""

    kind = "Unknown"

    def __init__(self, text, *, message=None, path=None, line=None, point=None, excerpt=(), hint=None, errno=None):
        super().__init__(text)
        self.text = text
        self.message = message or text
        self.path = None if path is None else Path(path)
        self.line = line
        self.point = point
        self.excerpt = list(excerpt)
        self.hint = hint
        if errno is not None:
            self.errno = errno

    def __reduce__(self):
        # Across processes, too: an error that cannot be pickled hides what it would say.
        return _again, (type(self), self.text, self.__dict__, getattr(self, "errno", None))

    def __str__(self):
        lines = [self.text, *(f"  | {line}" for line in self.excerpt)]
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(map(_trendgate.escaped, lines))


def _again(of, text, facts, errno):
    error = of(text, errno=errno)
    error.__dict__.update(facts)
    return error


class UsageError(TrendgateError, ValueError):
    """The call is wrong: a path that does not exist, arguments that contradict each other."""

    kind = "Usage"


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

    def __str__(self):
        row = "" if self.row is None else f", row {self.row}"
        return _trendgate.escaped(f'{self.kind}: column "{self.column}"{row}: expected {self.expected}, got {self.got}')


class ContractViolationError(TrendgateError, ValueError):
    """Rows or columns break the contract of the dataset: the first 20 are `violations`, `total` counts all."""

    kind = "Contract"
    violations: tuple[Violation, ...] = ()
    total = 0


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

    def __str__(self):
        return _trendgate.escaped(
            f'{self.source}: {self.found} in "{self.column}" at {self.timestamp:%Y-%m-%dT%H:%M:%SZ}, where {self.committed} stands'
        )


class ConflictError(TrendgateError, ValueError):
    """Frames have other numbers for cells than those that stand, and nothing was committed: the first 50 are `conflicts`, `total` counts all.

    Add such a frame with `on_conflict="replace"` to correct what stands, or with `on_conflict="keep"` to leave it as it is.
    """

    kind = "Contract"
    conflicts: tuple[Conflict, ...] = ()
    total = 0


class StorageError(TrendgateError, OSError):
    """The operating system refused a read or a write; `errno` says why."""

    kind = "Storage"


class DamagedError(TrendgateError, ValueError):
    """Committed data is not what its manifest says; `findings` lists what, where more than one thing was looked at."""

    kind = "Damaged"
    findings: tuple = ()


class LockedError(TrendgateError, OSError):
    """Another run holds the site."""

    kind = "Locked"


class UnsettledError(TrendgateError, OSError):
    """Whether the commit happened is not known; nothing was deleted. Run `trendgate recover`."""

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


BY_KIND = {
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


def of_kind(kind, text, message, **facts):
    """The exception for an error of the library."""
    return BY_KIND[kind](text, message=message, **facts)


def error_of(answer):
    """The exception for a site that failed, of which this was said."""
    path, line, message = answer.get("file"), answer.get("line"), answer["error"]
    place = "".join(f"{part}:" for part in (path, line) if part is not None)
    text = f"{place} {message}" if place else message
    return of_kind(answer["kind"], text, message, path=path, line=line, hint=answer.get("hint"))


def violations_of(found):
    """The violations in what the library wrote as JSON."""
    return tuple(Violation(**one) for one in found["examples"])


def of_violations(found, text, path=None, hint=None):
    """The exception for broken rules: a TypeError as well, where a type is among them."""
    found = json.loads(found) if isinstance(found, str) else found
    violations = violations_of(found)
    mistyped = any(violation.kind == "TypeMismatch" for violation in violations)
    error = (TypeMismatchError if mistyped else ContractViolationError)(
        text, path=path, hint=hint, excerpt=[str(violation) for violation in violations[1:]]
    )
    error.violations = violations
    error.total = found["total"]
    return error


def of_conflicts(found, text):
    """The exception for numbers that contradict those that stand."""
    found = json.loads(found)
    conflicts = tuple(Conflict(**one | {"timestamp": _moment(one["timestamp"])}) for one in found["conflicts"])
    hint = 'on_conflict="replace" corrects what stands by the numbers of a frame; on_conflict="keep" leaves it as it is'
    error = ConflictError(text, hint=hint, excerpt=[str(conflict) for conflict in conflicts[1:10]])
    error.conflicts = conflicts
    error.total = found["total"]
    return error


def _moment(text):
    """A time of the library; nanoseconds below a microsecond are cut off."""
    return dt.datetime.fromisoformat(text)
