"""Wall clocks that change: which instant a local time is, where it happens twice or never."""

from collections import Counter
from datetime import datetime, timezone
from functools import cache
from zoneinfo import ZoneInfo


def epoch(instant):
    return int(instant.timestamp())


@cache
def readings(local, zone):
    """The instants at which the clock of `zone` shows `local`: with the offset before a change, and with the one behind it."""
    clock = ZoneInfo(zone)
    return tuple(epoch(local.replace(tzinfo=clock, fold=fold)) for fold in (0, 1))


@cache
def offset(instant, zone):
    return datetime.fromtimestamp(instant, timezone.utc).astimezone(ZoneInfo(zone)).utcoffset()


@cache
def change(local, zone):
    """The change of clocks that makes `local` a time that happens twice, or never; None for all others."""
    one, other = sorted(readings(local, zone))
    if one == other:
        return None
    before = offset(one - 1, zone)
    low, high = one - 1, other
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high


def twice(local, zone):
    first, second = readings(local, zone)
    return first < second


def never(local, zone):
    first, second = readings(local, zone)
    return first > second


def resolved(locals_, config, report):
    """For each row its instant, and whether it was moved out of an hour that never happened."""
    zone = config.zone
    backwards = descending(locals_, zone)
    found = [None] * len(locals_)
    hours = {}
    for place, local in enumerate(locals_):
        if twice(local, zone):
            hours.setdefault(change(local, zone), []).append(place)
        elif never(local, zone):
            report.nonexistent += 1
            found[place] = (readings(local, zone)[0 if config.nonexistent_time == "later" else 1], True)
        else:
            found[place] = (readings(local, zone)[0], False)
    for places in hours.values():
        if backwards:
            places = places[::-1]
        passes = passes_of([locals_[place] for place in places])
        if passes is None:
            report.by_rule += len(places)
            passes = [0 if config.ambiguous_time == "earlier" else 1] * len(places)
        else:
            report.resolved += len(places)
        for place, which in zip(places, passes, strict=True):
            found[place] = (readings(locals_[place], zone)[which], False)
    return found


def passes_of(times):
    """Of the rows of one doubled hour, in order of time: in which pass each stands; None where nothing tells."""
    steps = [place for place in range(1, len(times)) if times[place] < times[place - 1]]
    if steps:
        return [sum(place >= step for step in steps[:1]) for place in range(len(times))]
    if all(count == 2 for count in Counter(times).values()):
        return [place % 2 for place in range(len(times))]
    return None


def descending(locals_, zone):
    """The direction of a report: what most of its steps outside of doubled hours say, else those within."""
    doubled = [twice(local, zone) for local in locals_]
    outside, within = 0, 0
    for place in range(1, len(locals_)):
        step = (locals_[place] > locals_[place - 1]) - (locals_[place] < locals_[place - 1])
        if doubled[place] and doubled[place - 1]:
            within += step
        else:
            outside += step
    return outside < 0 or (outside == 0 and within < 0)
