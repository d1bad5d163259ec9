"""What the library warns of, as a Python warning with its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trendgate import _trendgate
from trendgate._hints import in_python


class TrendgateWarning(UserWarning):
    """What a person should know, and what fails nothing.

    `kind` is a name that stays the same from version to version, `message` what was found, `remedy` what to do about it, where that is known. Of
    `file`, `point`, `column`, `equipment`, `rule` and `month` ("2016-11") there is what applies; `counts` has what was counted, by name, and
    `examples` the first few of what was found. Two of the same facts are equal.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        remedy: str | None = None,
        file: str | None = None,
        point: str | None = None,
        column: str | None = None,
        equipment: str | None = None,
        rule: str | None = None,
        month: str | None = None,
        counts: Mapping[str, int] | None = None,
        examples: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.kind: str = kind
        self.message: str = in_python(message)
        self.remedy: str | None = None if remedy is None else in_python(remedy)
        self.file: str | None = file
        self.point: str | None = point
        self.column: str | None = column
        self.equipment: str | None = equipment
        self.rule: str | None = rule
        self.month: str | None = month
        self.counts: dict[str, int] = dict(counts or {})
        self.examples: tuple[str, ...] = tuple(examples)

    def __str__(self) -> str:
        text = self.message if self.remedy is None else f"{self.message} ({self.remedy})"
        return _trendgate.escaped(text)

    def __repr__(self) -> str:
        return f"TrendgateWarning({self.kind}: {self})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), dict(self.__dict__))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((self.kind, self.message, self.file, self.point, self.column, self.month))


def _again(of: type[TrendgateWarning], facts: dict[str, Any]) -> TrendgateWarning:
    return of(facts.pop("message"), **facts)


def warning_of(entry: Mapping[str, Any]) -> TrendgateWarning:
    """The warning of which the library wrote this. What a later program says of it beyond what is known here is passed over."""
    known = ("remedy", "file", "point", "column", "equipment", "rule", "month", "counts", "examples")
    facts = {name: entry[name] for name in known if name in entry}
    return TrendgateWarning(entry["message"], kind=entry["kind"], **facts)


def warnings_of(entries: Iterable[Mapping[str, Any]]) -> tuple[TrendgateWarning, ...]:
    """The warnings of which the library wrote these."""
    return tuple(map(warning_of, entries))
