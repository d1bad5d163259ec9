"""What the versions of a site add up to: its parts and evidence, its columns, its gaps. Nothing is read or written here.

Enters: the records of a log, oldest first, or a base record and those behind it. Leaves: a `Fold`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Any, NamedTuple

from trendgate_reader._errors import DamagedError
from trendgate_reader._log import Log, Record
from trendgate_reader._snapshot import moment

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


class Placed(NamedTuple):
    """A file of the dataset as its manifest lists it, the version that added it, and the columns of that version."""

    version: int
    columns: list[dict[str, Any]]
    entry: dict[str, Any]


class Fold:
    """The sum of the versions up to one."""

    def __init__(self, log: Log) -> None:
        self.parts: dict[str, Placed] = {}
        self.evidence: dict[str, Placed] = {}
        self.gaps: list[dict[str, Any]] = []
        #: The manifest of the last version.
        self.head: dict[str, Any] = {}
        try:
            if log.facts is not None:
                self._begin(log.facts["fold"])
            for record in log.records:
                self._apply(record)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise DamagedError(f"expected the fields of a manifest: {error!r}") from None

    def live_parts(self) -> list[Placed]:
        """The parts, in the order of time."""
        return sorted(self.parts.values(), key=lambda part: [moment(time) for time in part.entry["time_range"]])

    def live_evidence(self) -> list[Placed]:
        """The evidence files, in the order of their months."""
        return [self.evidence[path] for path in sorted(self.evidence)]

    def columns(self) -> list[dict[str, Any]]:
        """The columns of all parts, sorted by name; of what versions say of one column, the last counts."""
        owners = sorted(self.parts.values(), key=lambda part: part.version)
        by_name = {column["name"]: column for part in owners for column in part.columns}
        return [by_name[name] for name in sorted(by_name)]

    def fingerprint(self) -> str:
        """What tells whether two datasets of a site have the same parts, whichever runs made them."""
        lines = (f"{_unattempted(path)} {part.entry['sha256']}\n".encode() for path, part in self.parts.items())
        return _digest(b"".join(sorted(lines)))

    def schema_hash(self) -> str:
        """The digest of the columns."""
        facts = ("name", "type", "unit", "physical_type")
        columns = [[column.get(fact) for fact in facts] + _of_aggregation(column) for column in self.columns()]
        return _digest(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode())

    def _begin(self, fold: dict[str, Any]) -> None:
        for files, listed in ((self.parts, fold["parts"]), (self.evidence, fold["evidence"])):
            for path, file in listed.items():
                files[path] = Placed(file["version"], fold["schemas"][file["columns"]], file["entry"])
        self.gaps = fold["gaps"]

    def _apply(self, record: Record) -> None:
        facts = record.facts
        added = ((self.parts, facts["replaces"], facts["files"]), (self.evidence, facts.get("replaces_evidence", []), facts["evidence_files"]))
        for files, gone, come in added:
            for path in gone:
                files.pop(path, None)
            for entry in come:
                files[entry["path"]] = Placed(record.version, facts["schema"], entry)
        self._replace_gaps(facts)
        self.head = facts

    def _replace_gaps(self, facts: dict[str, Any]) -> None:
        changed = facts.get("changed_range")
        if changed is not None:
            first, last = moment(changed[0]), moment(changed[1]) + _interval(facts["resample_interval"])
            self.gaps = [gap for gap in self.gaps if moment(gap["from"]) > last or moment(gap["to"]) < first]
        both = {(moment(gap["from"]), moment(gap["to"])): gap for gap in [*self.gaps, *facts["gaps"]]}
        self.gaps = [both[ends] for ends in sorted(both)]


def _interval(text: str) -> dt.timedelta:
    """A length of time such as `15m` or `1h30m`."""
    if not re.fullmatch(r"([0-9]+(d|h|ms|m|s))+", text):
        raise DamagedError(f"expected a length of time such as 15m, found {text!r}")
    pieces = re.findall(r"([0-9]+)(d|h|ms|m|s)", text)
    return dt.timedelta(milliseconds=sum(int(number) * UNITS[unit] for number, unit in pieces))


def _of_aggregation(column: dict[str, Any]) -> list[str]:
    """The fifth item of a column in the digest; columns without an aggregation have none."""
    aggregation = column.get("aggregation")
    return [] if aggregation is None else [aggregation]


def _unattempted(path: str) -> str:
    """The path of a part without attempt and execution."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/part-{'-'.join(name.rsplit('-', 2)[-2:])}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
