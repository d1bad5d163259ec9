"""Invents plants: a configuration, and what happens to a folder of reports night by night. All of a plant follows from its seed."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .config import Config

ZONES = [
    "Asia/Taipei", "America/New_York", "Europe/Zurich", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll",
    "Africa/Casablanca", "America/Asuncion", "Asia/Beirut", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham",
]  # fmt: skip
CHANGES = {}
TRAILER = " ******************************** End of Report *********************************"
MISSING = ["No Data", "Data Loss", "TIME (-2)", "TIME (3)", "", "---", "N/A", "#VALUE!", "Error", "nan", "inf"]
UNKNOWN = ["hello", "12:30"]


@dataclass
class Plant:
    """A configuration and the steps of its life: `("write", name, bytes)`, `("run",)` and so on."""

    seed: int
    config: Config
    steps: list = field(default_factory=list)


@dataclass
class Sensor:
    """A point: its name, and what it reads at an instant."""

    name: str
    suffix: str
    trend: str
    kind: str
    salt: int
    stuck: list = field(default_factory=list)

    @property
    def full(self):
        return f"{self.name}:{self.suffix}" if self.suffix else self.name

    def text(self, time, chance):
        """The cell at `time`: always the same, but for `chance`."""
        noise = random.Random(self.salt * 1_000_003 + time)
        if any(low <= time < high for low, high in self.stuck):
            noise = random.Random(self.salt)
        if self.kind == "dead":
            return "No Data"
        if noise.random() < 0.04:
            return noise.choice(MISSING)
        if noise.random() < 0.01:
            return noise.choice(UNKNOWN)
        if self.kind == "state":
            return noise.choice(["ON", "OFF"])
        if self.kind == "counter":
            return str(time // 60 - 18_000_000)
        value = 20 + noise.randrange(0, 100) / 10
        if noise.random() < 0.02:
            value = noise.choice([-500.0, 900.0, 1e25])
        if chance.random() < 0.01:
            value += 7
        return f"{value:g}"


def plant(seed):
    """The plant of this seed."""
    chance = random.Random(seed)
    step = chance.choice([300, 900, 3600])
    zone = chance.choice(ZONES)
    config = Config(zone=zone, interval=step, now=0, allow_upsample=True)
    made = Plant(seed, config)
    config.max_gap = chance.choice([3600 * 3, 3600 * 12, 7 * 86400])
    config.min_coverage = chance.choice([0.5, 0.5, 0.3, 1.0])
    start = datetime(chance.randrange(2008, 2026), chance.randrange(1, 13), chance.randrange(1, 28), tzinfo=timezone.utc)
    start = int(start.timestamp()) // 3600 * 3600
    sensors = sensors_of(chance, config)
    count = chance.randrange(1, 4)
    kinds = [(chance.sample(sensors, chance.randrange(1, min(5, len(sensors) + 1))), chance.choice([300, 900, 900, 3600, None])) for _ in range(count)]
    for night in range(chance.randrange(1, 4)):
        for number in range(chance.randrange(1, 4)):
            points, interval = chance.choice(kinds)
            begin = start + chance.randrange(0, 30) * 3600
            length = chance.randrange(1, 40)
            times = [begin + place * (interval or 900) for place in range(length)]
            if chance.random() < 0.3:
                times = [time for time in times if chance.random() < 0.7] or times[:1]
            made.steps.append(("write", f"r{night}_{number}.csv", report(chance, zone, points, interval, times)))
        made.steps.append(("run",))
    return made


def sensors_of(chance, config):
    """The points of a plant; some are described in `config`."""
    sensors = []
    for place in range(chance.randrange(1, 7)):
        kind = chance.choice(["gauge", "gauge", "gauge", "state", "counter", "dead"])
        trend = chance.choice(["5 minutes", "15 minutes", "1 hour", "COV", ""])
        sensor = Sensor(f"P{place}.T", chance.choice(["", "", "X"]), trend, kind, chance.randrange(10**6))
        sensors.append(sensor)
        described = {}
        if kind == "counter" and chance.random() < 0.7:
            described = chance.choice([{"physical_type": "energy_counter", "unit": "kWh"}, {"agg": "last"}])
        elif kind == "state" and chance.random() < 0.7:
            described = {"physical_type": "status"}
        elif kind == "gauge" and chance.random() < 0.7:
            described = chance.choice([{"physical_type": "air_temperature", "unit": "°C"}, {"physical_type": "air_temperature", "unit": "°F"}, {"physical_type": "flow", "unit": "GPM"}])
        if chance.random() < 0.15:
            described = described | {"required": True}
        if described:
            config.points[sensor.full] = described
    return sensors


def report(chance, zone, sensors, interval, times):
    """The bytes of a report with a row at each of `times`, on the wall clock of the zone."""
    lines = ['"Key            Name:Suffix                                Trend Definitions Used"']
    lines += [f'"Point_{n}:","{s.name}","{s.suffix}","{s.trend}"' for n, s in enumerate(sensors, 1)]
    if interval:
        lines.append(f'"Time Interval:","{interval // 60} Minutes"')
    lines += ['"Report Timings:","All Hours"', '""']
    lines.append(",".join(['"<>Date"', '"Time"', *(f'"Point_{n}"' for n in range(1, len(sensors) + 1))]))
    for time in times:
        local = datetime.fromtimestamp(time, timezone.utc).astimezone(ZoneInfo(zone))
        cells = [f"{local:%Y/%m/%d}", f"{local:%H:%M:%S}", *(sensor.text(time, chance) for sensor in sensors)]
        lines.append(",".join(f'"{cell}"' for cell in cells))
    lines.append(TRAILER)
    return ("\r\n".join(lines) + "\r\n").encode()
