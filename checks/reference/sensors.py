"""Points, and what they read at an instant."""

import random
from dataclasses import dataclass, field

from .units import CELL_UNITS, TYPES

MISSING = [
    "No Data", "No Data", "Data Loss", "TIME (-2)", "TIME (3)", "TIME (0)", "", "---", "N/A", "#VALUE!", "Error", "nan", "inf",
    "null", "none", "n/a", "#n/a", "--", "[-]", "-", "?", "bad", "nodata", "comm fail", "err", "NO DATA", " No Data ",
]  # fmt: skip
UNKNOWN = ["hello", "12:30", "1.5k", "2 1", "+-5", "1,234", "7,625", "0,125", "--5", "1e", "abc 5"]
WORDS = {"on": ["off", "0"], "off": ["on", "1"]}
NAMES = ["CH{}.CHWST", "AHU {} T", "冰水溫度{}", "MMCB-{}.KW", "x{}__y", "P{}", "Ünit {}", "ZWP/{}.WDP"]
TRENDS = ["5 minutes", "5 minutes", "15 minutes", "15 minutes", "30 minutes", "1 hour", "COV", "COV         15 minutes", ""]
GAUGES = [
    {},
    {},
    {"physical_type": "air_temperature", "unit": "°C"},
    {"physical_type": "air_temperature", "unit": "°F"},
    {"physical_type": "chilled_water_temperature"},
    {"physical_type": "flow", "unit": "GPM"},
    {"physical_type": "flow"},
    {"physical_type": "relative_humidity", "unit": "%"},
    {"physical_type": "cooling_load", "unit": "RT"},
    {"physical_type": "pressure", "unit": "psi"},
    {"physical_type": "power"},
    {"physical_type": "setpoint"},
    {"unit": "kPa"},
    {"agg": "max"},
    {"agg": "last"},
    {"agg": "mean", "physical_type": "water_temperature", "unit": "°C"},
]


@dataclass(eq=False)
class Sensor:
    """A point: its name, and what it reads at an instant."""

    name: str
    suffix: str
    trend: str
    nature: str
    salt: int
    decimals: int
    poor: float
    stuck: list = field(default_factory=list)
    unit: str = ""
    #: Whether every cell is a number.
    sure: bool = False

    @property
    def full(self):
        return f"{self.name}:{self.suffix}" if self.suffix else self.name

    def text(self, time, chance):
        """The cell at `time`: always the same, but for what `chance` corrects."""
        noise = random.Random(self.salt * 1_000_003 + time)
        if self.nature == "dead":
            return "No Data"
        if noise.random() < self.poor and not self.sure:
            return noise.choice(MISSING)
        if noise.random() < 0.01 and not self.sure:
            return noise.choice(UNKNOWN)
        if self.nature == "state":
            return noise.choice(["ON", "OFF", "on", "Off", "1", "0"])
        if self.nature == "counter":
            return self.counter(time, noise)
        return self.gauge(time, noise, chance)

    def counter(self, time, noise):
        value = time // 60 % 100_000
        return f"{value:,}" if value >= 1_000_000 else str(value)

    def gauge(self, time, noise, chance):
        still = any(low <= time % 86400 < high for low, high in self.stuck)
        value = 20 + (0 if still else noise.randrange(0, 100) / 10)
        if noise.random() < 0.02 and not self.sure:
            value = noise.choice([-500.0, 900.0, 1e25, -1e20, 9e15, 122.0])
        if chance.random() < 0.01:
            value += 7
        text = f"{value:.{self.decimals}f}" if abs(value) < 1e6 else f"{value:g}"
        if self.unit and "e" not in text and noise.random() < 0.3:
            text += noise.choice(["", " "]) + self.unit
        return noise.choice(["", "", "", " ", "  "]) + text


def sensors_of(chance, config, sure):
    """The points of a plant; some are described in `config`."""
    sensors = []
    for place in range(chance.randrange(1, 8)):
        natures = ["gauge", "gauge", "gauge", "gauge", "state", "counter", "dead"]
        nature = chance.choice(natures[: 6 if sure else 7])
        sensor = Sensor(
            chance.choice(NAMES).format(place),
            chance.choice(["", "", "", "X", "KW H"]),
            chance.choice(TRENDS),
            nature,
            chance.randrange(10**6),
            chance.choice([0, 1, 1, 2]),
            chance.choice([0.0, 0.02, 0.1, 0.4]),
            sure=sure,
        )
        if chance.random() < 0.5:
            low = chance.randrange(0, 12) * 3600
            sensor.stuck.append((low, low + chance.choice([1, 2, 3, 5, 12]) * 3600))
        described = description(chance, sensor, config.interval)
        if described:
            config.points[sensor.full] = described
        sensors.append(sensor)
    follow(chance, sensors, config)
    if chance.random() < 0.1:
        config.points["*"] = chance.choice([{"agg": "max"}, {"hampel": {}}, {"frozen": {"tolerance": 0.2}}, {"unit": "kW"}])
    return sensors


def follow(chance, sensors, config):
    """Some points stand still where another says that their machine is at rest."""
    for sensor in sensors:
        described = config.points.get(sensor.full, {})
        if described.get("physical_type") in ("air_temperature", "flow", "power") and chance.random() < 0.3:
            tells = [
                each.full
                for each in sensors
                if config.points.get(each.full, {}).get("physical_type") in ("status", "flow", "power")
            ]
            described |= {"running": chance.choice(tells)} if tells else {}


def description(chance, sensor, bin_length):
    """What the configuration says of a point."""
    described = {}
    if sensor.nature in ("counter", "gauge") and chance.random() < 0.15:
        return sum_of_intervals(chance, bin_length)
    if sensor.nature == "counter":
        described = chance.choice(
            [
                {},
                {"physical_type": "energy_counter", "unit": "kWh"},
                {"agg": "last"},
                {"physical_type": "energy_counter", "unit": "MWh"},
            ]
        )
    elif sensor.nature == "state":
        described = chance.choice([{}, {"physical_type": "status"}, {"states": WORDS}])
    elif sensor.nature == "gauge":
        described = dict(chance.choice(GAUGES)) if chance.random() < 0.6 else of_any_type(chance)
        if described.get("unit") == "°F" and chance.random() < 0.5:
            sensor.unit = chance.choice(["°C", "F", "kW"])
        elif not described and chance.random() < 0.3:
            sensor.unit = chance.choice(sorted(CELL_UNITS))
        judged(chance, described)
    if chance.random() < 0.12:
        described = described | {"required": True}
    if chance.random() < 0.1:
        described = described | {"name": f"renamed_{sensor.salt}"}
    return dict(described)


def sum_of_intervals(chance, bin_length):
    """Each number counts an interval of which bins consist, whatever the point's reports say."""
    described = dict(chance.choice([{"agg": "sum"}, {"agg": "sum", "unit": "MWh"}, {"physical_type": "energy"}]))
    described["interval"] = chance.choice([span for span in (300, 900, 1800, 3600) if bin_length % span == 0])
    if chance.random() < 0.2:
        described["required"] = True
    return described


def of_any_type(chance):
    """A physical type, with one of the units that it may have; none of sums, which need an interval."""
    name = chance.choice(sorted(name for name, kind in TYPES.items() if kind.aggregation != "sum"))
    words = [TYPES[name].unit, *TYPES[name].also]
    return {"physical_type": name} | ({} if "any unit" in words else {"unit": chance.choice(words)})


def judged(chance, described):
    """Rules of its own."""
    if chance.random() < 0.15:
        described["plausible"] = chance.choice(
            [{"min": 21.0, "max": 100.0}, {"min": -10.0, "max": 28.5}, {"min": 20.0, "max": 29.0}]
        )
    if chance.random() < 0.15:
        described["hampel"] = chance.choice(
            [{}, {"half_width": 7200}, {"threshold": 1.0, "floor": 0.5}, {"half_width": 1800, "floor": 2.0}]
        )
    if chance.random() < 0.15:
        described["frozen"] = chance.choice(
            [{"tolerance": 0.0}, {"min_duration": 3600, "tolerance": 0.2}, {"enabled": False}, {"idle_below": 20.0}, {}]
        )
