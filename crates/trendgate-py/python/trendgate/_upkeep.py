"""What keeps a dataset in order: garbage, what a crash left, public names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trendgate import _trendgate
from trendgate._arguments import Cancel, Length, length_text
from trendgate._run import Teller
from trendgate._values import Value


@dataclass(frozen=True, repr=False)
class Removal(Value):
    """A file that went, or would go: `reason` is "unreferenced", "replaced", "past_retention", "followed" or "log_past_retention"."""

    path: Path
    bytes: int
    reason: str


@dataclass(frozen=True, repr=False)
class Garbage(Value):
    """What a collection of garbage did at a site, or would do (`dry_run`).

    `bytes` is what went. `expired` versions cannot be read any more, `pruned` ones have lost their details, `unkept` ones kept sources; `removed`
    are the files, `trimmed` the logs for people of which something went; `kept_bytes` of `kept_files` sources stay, `spared` files are too young or
    in use. `compacted` says up to which version (`up_to`) a base record took the place of how many `records` and `files`; None where it was not
    asked for, or nothing was to be done.
    """

    site: str
    dry_run: bool
    bytes: int
    expired: tuple[int, ...]
    pruned: tuple[int, ...]
    unkept: tuple[int, ...]
    removed: tuple[Removal, ...]
    trimmed: tuple[Path, ...]
    kept_files: int
    kept_bytes: int
    spared: int
    compacted: Mapping[str, int] | None = field(hash=False)


@dataclass(frozen=True, repr=False)
class Deed(Value):
    """What recovery did, or would do: `act` is "name_version", "undo", "clean_up", "remove_probe", "leave" or "wait"; to `path`; and `why`."""

    act: str
    path: Path
    why: str


@dataclass(frozen=True, repr=False)
class Recovery(Value):
    """What recovery did at a site, or would do (`dry_run`): nothing where nothing was left behind."""

    site: str
    dry_run: bool
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, repr=False)
class Repaired(Value):
    """A public name of a manifest that was made anew, and where what had the name before was moved to."""

    version: int
    public: Path
    moved_aside: Path | None


@dataclass(frozen=True)
class Asked:
    """What is asked of a collection of garbage, or of recovery."""

    retention: Length | None = None
    grace: Length = "3d"
    compact: bool = False
    other_machines: bool = False
    dry_run: bool = False
    wait: bool = False
    cancel: Cancel | None = None

    def facts(self) -> dict[str, Any]:
        """This, as the half in Rust wants it."""
        lengths = {"retention": length_text(self.retention), "grace": length_text(self.grace)}
        return {name: getattr(self, name) for name in ("compact", "other_machines", "dry_run", "wait")} | lengths


def collect_garbage(place: dict[str, Any], site: str, asked: Asked) -> Garbage:
    """Removes what no version of the site needs any more."""
    facts = json.loads(_trendgate.collect_garbage(place, site, asked.facts(), Teller(cancel=asked.cancel)))
    collected = facts["collected"]
    return Garbage(
        site=site,
        dry_run=asked.dry_run,
        bytes=facts["bytes"],
        expired=tuple(collected["expired"]),
        pruned=tuple(collected["pruned"]),
        unkept=tuple(collected["unkept"]),
        removed=tuple(Removal(Path(one["path"]), one["bytes"], one["reason"]) for one in collected["removed"]),
        trimmed=tuple(Path(one["path"]) for one in collected["trimmed"]),
        kept_files=collected["kept"]["files"],
        kept_bytes=collected["kept"]["bytes"],
        spared=collected["spared"],
        compacted=facts.get("compacted"),
    )


def recover(place: dict[str, Any], site: str, asked: Asked) -> Recovery:
    """Finishes or undoes what a crash left at the site."""
    facts = json.loads(_trendgate.recover(place, site, asked.facts(), Teller(cancel=asked.cancel)))
    deeds = tuple(Deed(one["act"], Path(one["path"]), one["why"]) for one in facts["deeds"])
    return Recovery(site=site, dry_run=asked.dry_run, deeds=deeds)


def repair(place: dict[str, Any], site: str) -> tuple[Repaired, ...]:
    """Makes the public names of the site's manifests anew."""
    return tuple(map(_repaired, json.loads(_trendgate.repair(place, site))))


def _repaired(entry: Mapping[str, Any]) -> Repaired:
    aside = entry["moved_aside"]
    return Repaired(entry["version"], Path(entry["public"]), None if aside is None else Path(aside))

