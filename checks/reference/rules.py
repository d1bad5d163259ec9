"""What is judged on bins, each rule by its definition: the times at which it flags, with the value and the band.

Where it takes more than the bin's end or the rule's look, also from when on that is certain whatever rows still come.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from statistics import NormalDist

from .reading import interval_of

FEWEST_FROZEN = 6
FEWEST_HAMPEL = 5
#: 0.6745, the upper quartile of the standard normal distribution.
QUARTILE = NormalDist().inv_cdf(0.75)


@dataclass
class Kind:
    """A kind of report: when it has samples, and the spans in which its rows follow each other closely enough."""

    interval: int | None
    samples: list
    spans: list


def kinds_of(reports, winners, held, config):
    """The kinds of these reports. A row that was moved is a sample only where it won, and one of values that hold alone none."""
    found, intervals = defaultdict(lambda: (set(), set())), {}
    for order, report in enumerate(reports):
        rows, samples = found[report.kind]
        intervals[report.kind] = report.interval or described_interval(report, held, config)
        holds = [config.column(point.full) in held for point in report.points]
        for row in report.rows:
            due = {hold for hold, cell in zip(holds, row.cells, strict=True) if cell.fate == "number"}
            if all(holds) or due == {True}:
                continue
            rows.add(row.time)
            numbers = any(cell.fate == "number" for cell in row.cells)
            if numbers and (not row.moved or (order, row.place) in winners):
                samples.add(row.time)
    kinds = []
    for kind, (rows, samples) in found.items():
        interval = intervals[kind]
        rows = sorted(rows)
        spans = [(row, following) for row, following in zip(rows, rows[1:], strict=False) if following - row <= config.max_gap]
        kinds.append(Kind(interval, sorted(samples), spans))
    return kinds


def described_interval(report, held, config):
    """The interval that the configuration states of all points of a report, those aside whose values hold; else None."""
    points = [config.point(point.full) for point in report.points if config.column(point.full) not in held]
    stated = {point.interval for point in points}
    return stated.pop() if len(stated) == 1 else None


def coverage(time, step, kind):
    """The share of the bin at `time` that samples cover: each for its interval, or for its own bin where none is stated."""
    end = time + step
    if kind.interval is None:
        return 1.0 if bisect_left(kind.samples, time) < bisect_left(kind.samples, end) else 0.0
    covered, reached = 0, time
    for sample in kind.samples[bisect_left(kind.samples, time - kind.interval) : bisect_left(kind.samples, end)]:
        low, high = max(sample, reached), min(sample + kind.interval, end)
        if high > low:
            covered += high - low
            reached = high
    return covered / step


def active_from(time, kind, config):
    """From when on the bin is known to touch the span between two rows that are near enough, and the kind to be alive there.

    None where it is not so.
    """
    end = time + config.interval
    seconds = [following for row, following in kind.spans if row < end and following >= time]
    samples = [sample for sample in kind.samples if time - config.max_gap <= sample <= end + config.max_gap]
    return max(end, min(seconds), min(samples)) if seconds and samples else None


def on_the_axis_from(time, rows, config):
    """From when on a bin is known to be over and on the axis: without a row of its own, by the next one."""
    end = time + config.interval
    return max(end, rows[bisect_left(rows, time)])


def insufficient(axis, kinds, held, rows, config):
    """`no_sample` and `coverage`: a time, the rule, and from when on that is certain."""
    for time in axis:
        shares = [(kind, coverage(time, config.interval, kind)) for kind in kinds]
        if time not in held and not any(share for _, share in shares):
            yield time, "no_sample", on_the_axis_from(time, rows, config)
        known = [active_from(time, kind, config) for kind, share in shares if share < config.min_coverage]
        known = [at for at in known if at is not None]
        if known:
            yield time, "coverage", min(known)


def beyond(value, limit):
    """Whether `value` is above `limit`, by more than rounding."""
    return value > limit and value - limit > 1e-9 * max(1.0, abs(limit))


def implausible(bins, rule):
    """`plausible`: outside of the range, whose bounds belong to it."""
    if rule.plausible:
        low, high = rule.plausible
        for time, value in bins.items():
            if beyond(value, high) or beyond(low, value):
                yield time, value, low, high


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def hampel(bins, rule):
    """`hampel`: too far from the median of its neighbours."""
    if rule.hampel is None:
        return
    for time, value in bins.items():
        around = {other: bins[other] for other in bins if abs(other - time) <= rule.hampel["half_width"]}
        if len(around) < FEWEST_HAMPEL or min(around) == time or max(around) == time:
            continue
        middle = median(around.values())
        spread = median(abs(other - middle) for other in around.values())
        limit = max(rule.hampel["threshold"] * spread / QUARTILE, rule.hampel["floor"])
        if beyond(abs(value - middle), limit):
            yield time, value, middle - limit, middle + limit


def logged(name, reports, config):
    """How often a point is logged, in any report (as it says, or more rarely if the report has fewer rows); if it logs changes."""
    points = [(report, point) for report in reports for point in report.points if config.column(point.full) == name]
    own = config.point(points[0][1].full).interval
    if own is not None:
        return own, False
    rarest = max(max(interval_of(point.trend) or 0, report.interval or 0) for report, point in points)
    return rarest, any("cov" in point.trend.lower() and not interval_of(point.trend) for _, point in points)


def certain(end, rows, axis, config):
    """From when on that is known which a rule sees in the bins before `end`, where values hold in some of them.

    For as long as a value holds its point may say that logging began anew; and a bin without a row is there by the next row. For the longest
    gap and a bin, one may come that puts the bins behind the last one there as well.
    """
    last = axis[bisect_left(axis, end) - 1]
    following = last + config.interval
    there = on_the_axis_from(last, rows, config) if following >= end else following + config.max_gap + config.interval
    return max(there, end + config.max_gap)


def at_rest(time, value, bins, rule, config):
    """Whether the equipment stands; None where that is not known. Water that flows backwards flows: sizes count."""
    running = rule.frozen["running"]
    if running is not None:
        state = bins.get(config.column(running), {}).get(time)
        if state is None:
            return None
        if not beyond(abs(state), config.point(running).idle_below or 0.0):
            return True
    still = rule.frozen["idle_below"]
    return still is not None and not beyond(abs(value), still)


def frozen(name, rule, bins, reports, config):
    """`frozen`: the union of all windows within the tolerance that are long enough. It is certain once the first one has ended."""
    if rule.frozen is None:
        return
    own, changes = logged(name, reports, config)
    if changes and not rule.frozen["asked"]:
        return
    duration = max(rule.frozen["min_duration"], 4 * own, 5 * config.interval)
    rest = {time: at_rest(time, value, bins, rule, config) for time, value in bins[name].items()}
    known = sorted(time for time, stands in rest.items() if stands is not None)
    resting = {time for time in known if rest[time]}
    flagged = {}
    for run in runs(known, resting, min(config.max_gap, duration)):
        flagged |= windows(run, bins[name], rule.frozen["tolerance"], duration)
    for time, last in sorted(flagged.items()):
        value = bins[name][time]
        yield time, value, value - rule.frozen["tolerance"], value + rule.frozen["tolerance"], last + config.interval


def runs(times, breaks, longest):
    """Stretches of times without one of `breaks` between, and not farther from each other than `longest`."""
    run = []
    for time in times:
        if run and (time in breaks or time - run[-1] > longest):
            yield run
            run = []
        if time not in breaks:
            run.append(time)
    yield run


def windows(run, values, tolerance, duration):
    """The times in all windows of a run, each with the last time of the window that ends first."""
    flagged = {}
    allowed = tolerance * (1 + 1e-6) + 1e-9
    for start in range(len(run)):
        low, high = math.inf, -math.inf
        for end in range(start, len(run)):
            low, high = min(low, values[run[end]]), max(high, values[run[end]])
            if high - low > allowed:
                break
            if end - start + 1 >= FEWEST_FROZEN and run[end] - run[start] >= duration:
                for time in run[start : end + 1]:
                    flagged[time] = min(run[end], flagged.get(time, run[end]))
    return flagged
