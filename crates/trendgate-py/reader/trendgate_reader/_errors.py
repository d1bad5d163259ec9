"""What the reader refuses: a call that is wrong, and files that are not what was committed."""

from __future__ import annotations

from pathlib import Path


class ReaderError(Exception):
    """Whatever is refused. `path` is the file that it is about, `hint` says what to do, where that is known."""

    def __init__(self, message: str, *, path: Path | None = None, hint: str | None = None) -> None:
        super().__init__(message, path, hint)
        self.message = message
        self.path = path
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.message, self.path, self.hint)

    def __str__(self) -> str:
        text = self.message if self.path is None else f"{self.path}: {self.message}"
        return text if self.hint is None else f"{text}\n  help: {self.hint}"


def _again(of: type[ReaderError], message: str, path: Path | None, hint: str | None) -> ReaderError:
    return of(message, path=path, hint=hint)


class UsageError(ReaderError, ValueError):
    """The call is wrong: no such dataset, site or version, or a version that cannot be read any more."""


class DamagedError(ReaderError, ValueError):
    """What was committed is not there, was altered, or is of a format that this reader does not know."""
