"""Invents plants: a configuration, and what happens to a folder of reports night by night. All of a plant follows from its seed."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from .config import Config
from .sensors import sensors_of
from .writing import junk, report

ZONES = [
    "Asia/Taipei", "Asia/Taipei", "Asia/Taipei", "America/New_York", "America/Chicago", "Europe/Zurich",
    "Europe/Lisbon", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "Africa/Casablanca", "America/Asuncion",
    "Asia/Beirut", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "America/Santiago", "America/Havana",
    "Asia/Tehran", "Africa/Cairo", "Asia/Gaza", "Europe/London", "America/Caracas", "Asia/Pyongyang", "Europe/Moscow",
    "Europe/Istanbul", "America/Sao_Paulo", "Atlantic/Azores", "America/Nuuk", "Europe/Dublin", "Australia/Adelaide",
    "Asia/Amman", "UTC",
]  # fmt: skip
HOUR, DAY = 3600, 86400


@dataclass
class Plant:
    """A configuration and the steps of a life: `("write", name, bytes)`, `("run",)` and so on."""

    seed: int
    config: Config
    steps: list = field(default_factory=list)
    #: Whether files lose their content to other stretches, so that reports go whose rows stay.
    forgets: bool = False
    #: Whether a night's run is given that night's files alone, and finds the known ones where they were.
    piecemeal: bool = False


@dataclass(frozen=True)
class Kind:
    """What a logger writes together."""

    points: tuple
    interval: int | None
    step: int
    clock: str


@cache
def changes(zone):
    """All changes of the clock of `zone` from 2005 on."""
    clock = ZoneInfo(zone)

    def offset(at):
        return datetime.fromtimestamp(at, timezone.utc).astimezone(clock).utcoffset()

    found = []
    start = int(datetime(2005, 1, 1, tzinfo=timezone.utc).timestamp())
    for day in range(start, start + 21 * 366 * DAY, DAY):
        if offset(day) != offset(day + DAY):
            low, high = day, day + DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offset(day) else (low, middle)
            found.append(high)
    return found


def plant(seed):
    """The plant of this seed."""
    chance = random.Random(seed)
    config = Config(zone=chance.choice(ZONES), interval=chance.choice([300, 900, 900, 3600]), now=0, allow_upsample=True)
    config.max_gap = chance.choice([2 * HOUR, 3 * HOUR, 12 * HOUR, 7 * DAY])
    config.min_coverage = chance.choice([0.5, 0.5, 0.3, 0.75, 1.0])
    config.ambiguous_time = chance.choice(["earlier", "earlier", "later"])
    config.nonexistent_time = chance.choice(["later", "later", "earlier"])
    config.batch = chance.choice([{}, {}, {"max_rows_per_file": 40}, {"threads": 2}, {"memory_limit_mb": 64, "threads": 1}])
    # Every other plant keeps the bytes of its files, so that none is ever gone.
    config.keeps = seed % 2 == 0
    config.unit_system = chance.choice(["metric", "metric", "imperial"])
    made = Plant(seed, config)
    made.forgets = chance.random() < 0.25
    made.piecemeal = chance.random() < 0.15
    sensors = sensors_of(chance, config, made.forgets)
    kinds = [kind(chance, sensors) for _ in range(chance.randrange(1, 5))]
    Life(chance, made, kinds, beginning(chance, config.zone)).live()
    return made


def kind(chance, sensors):
    """A kind of report over some of the sensors."""
    points = tuple(chance.sample(sensors, chance.randrange(1, min(5, len(sensors)) + 1)))
    interval = chance.choice([300, 900, 900, 900, 1800, 3600, None])
    step = interval or 900
    if chance.random() < 0.1:
        step = chance.choice([300, 900, 3600])
    return Kind(points, interval, step, chance.choice(["honest", "honest", "single"]))


def beginning(chance, zone):
    """An instant, often near a change of the clock or the end of a month."""
    near = changes(zone)
    dice = chance.random()
    if near and dice < 0.75:
        return chance.choice(near) // HOUR * HOUR - chance.choice([1, 2, 3, 4, 6, 12, 24]) * HOUR
    at = datetime(chance.randrange(2008, 2026), chance.randrange(1, 13), chance.randrange(1, 28), tzinfo=timezone.utc)
    if dice < 0.9:
        at = at.replace(day=1) - timedelta(hours=chance.randrange(0, 24))
    return int(at.timestamp()) // HOUR * HOUR


class Life:
    """What happens to a folder, step by step."""

    def __init__(self, chance, plant, kinds, start):
        self.chance = chance
        self.plant = plant
        self.kinds = kinds
        self.start = start
        self.files = {}

    def live(self):
        for night in range(self.chance.choice([1, 1, 2, 3, 4, 5])):
            for number in range(self.chance.randrange(1, 4)):
                folder = self.chance.choice(["", "", "", "b/", "a/c/"])
                self.add(f"{folder}{self.chance.choice('abcdefgh')}{night}{number}.csv{self.chance.choice([''] * 9 + ['.gz'])}")
            if night and not self.plant.forgets:
                self.change()
            elif night:
                self.forget()
            self.do("run_new" if self.plant.piecemeal else "run")
        if not self.plant.forgets:
            self.last_things()

    def do(self, *step):
        self.plant.steps.append(step)

    def add(self, name):
        """A new file: a report of some kind, a copy of one, or something that is no report."""
        dice = self.chance.random()
        if dice < 0.05:
            self.do("write", name.removesuffix(".gz"), junk(self.chance, self.plant.config, self.kinds[0], self.start))
        elif dice < 0.09 and self.files and not self.plant.piecemeal:
            source = self.chance.choice(sorted(self.files))
            self.do("copy", source, f"copy{len(self.plant.steps)}/{source}")
        else:
            kind = self.chance.choice(self.kinds)
            begin = self.start + self.chance.choice([0, 0, 1, 2, 3, 4, 6, 9, 12, 24, 30]) * HOUR
            begin += self.chance.choice([0, 0, 0, 1, 2, 3]) * kind.step
            if self.chance.random() < 0.15:
                gap = self.plant.config.max_gap
                begin += self.chance.choice([gap - HOUR, gap, gap + HOUR, gap + DAY, 3 * DAY])
            if self.chance.random() < 0.1:
                kind = replace(kind, points=tuple(self.chance.sample(kind.points, len(kind.points))))
            self.write(name, kind, begin, begin + self.length(kind))

    def length(self, kind):
        many = 300 if kind.step == HOUR else self.chance.choice([60, 60, 60, 1500])
        return self.chance.choice([1, 2, 5, 12, 12, 30, 30, 60, 97, many]) * kind.step

    def write(self, name, kind, begin, end, sound=False):
        """A report; packed ones carry it in their name."""
        packed = name.endswith(".gz")
        self.files[name] = (kind, begin, end)
        self.do("write", name, report(self.chance, self.plant.config.zone, kind, begin, end, packed, sound))

    def change(self):
        """What may happen to known files where their rows can still leave."""
        dice = self.chance.random()
        names = sorted(self.files)
        if not names:
            return
        name = self.chance.choice(names)
        kind, begin, end = self.files[name]
        if dice < 0.3:
            begin -= self.chance.choice([0, 0, 1, 4, 12]) * kind.step
            end += self.chance.choice([0, 0, 1, 4, 12]) * kind.step
            self.write(name, kind, begin, end, sound=True)
        elif dice < 0.4:
            more = tuple(dict.fromkeys(kind.points + self.chance.choice(self.kinds).points))
            self.write(name, replace(kind, points=more), begin, end, sound=True)
        elif dice < 0.5 and not self.plant.piecemeal:
            self.do("rename", name, f"moved/{name}")
            self.files[f"moved/{name}"] = self.files.pop(name)
        elif dice < 0.65:
            self.do("run")
            self.do("retract", name)
        elif dice < 0.7:
            self.do("run")
            self.do("retract_version", self.chance.randrange(1, 5))
        elif dice < 0.75:
            self.do("run")
            self.do("force")

    def forget(self):
        """A file is overwritten by another stretch, or removed: its rows stay."""
        names = sorted(self.files)
        if not names:
            return
        name = self.chance.choice(names)
        kind, begin, end = self.files[name]
        if self.chance.random() < 0.2:
            self.do("remove", name)
            del self.files[name]
            return
        shift = self.chance.choice([1, 2, 4, 8, 20]) * kind.step
        self.write(name, kind, begin + shift, end + shift * self.chance.choice([0, 1, 1, 2]))

    def last_things(self):
        """Rebuilds, with and without another configuration; and once more, which changes nothing."""
        dice = self.chance.random()
        if dice < 0.4:
            self.do("rebuild", self.plant.config)
        elif dice < 0.7:
            self.do("rebuild", other(self.chance, self.plant.config))
        if self.chance.random() < 0.3:
            self.do("run")


def other(chance, config):
    """A configuration that differs in some field that changes results."""
    if chance.random() < 0.3 and config.points:
        name = chance.choice(sorted(config.points))
        described = {**config.points[name], "plausible": {"min": 22.0, "max": 27.0}}
        return replace(config, points={**config.points, name: described})
    # Bins that the intervals of sums do not fill are refused.
    sums = [described.get("interval", 1) for described in config.points.values()]
    fields = [
        ("min_coverage", [0.2, 0.6, 0.9]),
        ("max_gap", [4 * HOUR, 2 * DAY]),
        ("interval", [length for length in (300, 900, 3600) if all(length % span == 0 for span in sums)]),
        ("nonexistent_time", ["earlier", "later"]),
        ("ambiguous_time", ["earlier", "later"]),
    ]
    others = [(field, [value for value in values if value != getattr(config, field)]) for field, values in fields]
    field, values = chance.choice([each for each in others if each[1]])
    return replace(config, **{field: chance.choice(values)})
