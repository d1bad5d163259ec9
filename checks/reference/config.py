"""What a plant's configuration says, for the program as YAML and for the reference as values."""

import json
from dataclasses import dataclass, field
from functools import cached_property

from .units import TYPES, UNITS, Unit, default_unit


@dataclass(frozen=True)
class PointRule:
    """How one point is read and judged."""

    words: dict
    unit: Unit | None
    aggregation: str
    conversion: tuple
    plausible: tuple | None
    frozen: dict | None
    hampel: dict | None
    required: bool
    idle_below: float | None
    #: How often the point is logged, where its description says so.
    interval: int | None


@dataclass
class Config:
    """The fields of the configuration; lengths of time in seconds."""

    zone: str
    interval: int
    now: int
    max_gap: int = 7 * 86400
    min_coverage: float = 0.5
    ambiguous_time: str = "earlier"
    nonexistent_time: str = "later"
    unit_system: str = "metric"
    allow_upsample: bool = False
    points: dict = field(default_factory=dict)
    batch: dict = field(default_factory=dict)
    #: Whether the dataset keeps the bytes of the files that are read.
    keeps: bool = False

    def yaml(self):
        """The file that the program gets: JSON is YAML, too."""
        cleaner = {
            "site_id": "S",
            "timezone": self.zone,
            "resample_interval": f"{self.interval}s",
            "max_gap": f"{self.max_gap}s",
            "min_coverage": self.min_coverage,
            "ambiguous_time": self.ambiguous_time,
            "nonexistent_time": self.nonexistent_time,
            "unit_system": self.unit_system,
            "allow_upsample": self.allow_upsample,
            "points": {name: written(described) for name, described in self.points.items()},
        }
        batch = self.batch if self.keeps else self.batch | {"keep_sources": "none"}
        return json.dumps({"cleaner": cleaner, "batch": batch}, ensure_ascii=False, indent=1)

    @cached_property
    def _rules(self):
        return {}

    def point(self, name):
        """The rule of the point of this name."""
        if name not in self._rules:
            described = self.points.get(name) or self.points.get("*", {})
            self._rules[name] = rule(described, self.unit_system)
        return self._rules[name]

    def running(self, name):
        """The point that says whether the equipment of the point of this name runs, if one does."""
        return (self.points.get(name) or self.points.get("*", {})).get("running")

    def column(self, name):
        """The column of a point: lower case, letters and digits, `_` for every run of all else."""
        renamed = self.points.get(name, {}).get("name")
        return renamed or "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def written(described):
    """A point as the configuration file has it: lengths of time as text."""
    spans = ("min_duration", "half_width", "interval")

    def value(key, what):
        if isinstance(what, dict) and key != "states":
            return {inner: value(inner, each) for inner, each in what.items()}
        return f"{what}s" if key in spans else what

    return {key: value(key, what) for key, what in described.items()}


def rule(described, system):
    """The rule that a description makes, with the defaults of its physical type."""
    name = described.get("physical_type")
    kind = TYPES.get(name)
    unit = None
    if "unit" in described:
        unit = UNITS[described["unit"]]
    elif kind and "any unit" not in kind.also and name != "dimensionless":
        unit = default_unit(name, system) or UNITS[kind.unit]
    words = {}
    for word, value in (("on", 1.0), ("off", 0.0)):
        for text in described.get("states", {}).get(word, []):
            words[text.casefold()] = value
    plausible = kind.plausible if kind else None
    if "plausible" in described:
        own = described["plausible"]
        plausible = (own.get("min", float("-inf")), own.get("max", float("inf")))
    return PointRule(
        words,
        unit,
        described.get("agg") or (kind.aggregation if kind else "mean"),
        (unit.factor, unit.offset) if unit else (1.0, 0.0),
        plausible,
        frozen_rule(described, kind),
        hampel_rule(described, kind),
        described.get("required", False),
        (described.get("frozen") or {}).get("idle_below", kind.idle_below if kind else None),
        described.get("interval"),
    )


def frozen_rule(described, kind):
    """Tolerance, shortest stretch and rest; None for a point that is not judged for standing still."""
    own = described.get("frozen")
    if own is None and (kind is None or kind.resolution is None):
        return None
    own = own or {}
    if not own.get("enabled", True):
        return None
    typed = kind if kind and kind.resolution is not None else None
    return {
        "tolerance": own.get("tolerance", 0.0),
        "min_duration": own.get("min_duration", typed.duration if typed else 7200),
        "idle_below": own.get("idle_below", typed.idle_below if typed else None),
        "asked": "frozen" in described,
        "running": described.get("running"),
    }


def hampel_rule(described, kind):
    """Half width, threshold and floor; None without a `hampel` section."""
    if "hampel" not in described:
        return None
    own = described["hampel"]
    floor = 5 * kind.resolution if kind and kind.resolution is not None else 0.0
    return {
        "half_width": own.get("half_width", 3600),
        "threshold": own.get("threshold", 3.0),
        "floor": own.get("floor", floor),
    }
