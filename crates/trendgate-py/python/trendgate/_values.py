"""How values show themselves: in a few lines, however much is in them."""

from __future__ import annotations

import dataclasses
import html
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

_Item = TypeVar("_Item")

#: So many of a sequence or a mapping are shown.
FEW = 3
#: So many characters of a text are shown.
LONGEST = 200


def short(value: object) -> str:
    """The representation of a value, with the first few of whatever it has many of, and how many there are more."""
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")
    if isinstance(value, Mapping):
        items = [f"{short(key)}: {short(each)}" for key, each in _first(value.items())]
        return "{" + _listed(items, len(value)) + "}"
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return "[" + _listed([short(each) for each in _first(value)], len(value)) + "]"
    return repr(value)


def _first(items: Iterable[_Item]) -> list[_Item]:
    return list(itertools.islice(items, FEW))


def _listed(shown: list[str], count: int) -> str:
    more = [f"… {count - len(shown)} more"] if count > len(shown) else []
    return ", ".join(shown + more)


def frozen(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with their lists as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A small table of HTML, every text in it escaped."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>{html.escape(_plain(value))}</td></tr>"
        for name, value in rows
    )
    return f"<table><caption style='text-align:left'>{html.escape(title)}</caption><tbody>{cells}</tbody></table>"


def _plain(value: object) -> str:
    """As `short`, texts without quotes."""
    return short(value)[1:-1] if isinstance(value, str) else short(value)


class Value:
    """A dataclass whose representations are of bounded size."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={short(value)}' for name, value in self._shown())})"

    def _repr_html_(self) -> str:
        return table(type(self).__name__, self._shown())

    def _shown(self) -> list[tuple[str, object]]:
        return [(field.name, getattr(self, field.name)) for field in dataclasses.fields(self) if field.repr]
