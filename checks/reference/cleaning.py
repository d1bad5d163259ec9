"""Makes the dataset of many reports: merge, bins, the axis, flags with evidence, counts."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import NormalDist

from .reading import interval_of

ORDER = ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]
DAY = 86400
FEWEST_FROZEN = 6
FEWEST_HAMPEL = 5
#: 0.6745, the upper quartile of the standard normal distribution.
QUARTILE = NormalDist().inv_cdf(0.75)


@dataclass
class Dataset:
    """Rows by time, each a pair of values by column and flags; evidence; gaps; and what became of every cell."""

    rows: dict = field(default_factory=dict)
    evidence: set = field(default_factory=set)
    gaps: list = field(default_factory=list)
    cells: Counter = field(default_factory=Counter)
    conflicts: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    dead: set = field(default_factory=set)
    points: dict = field(default_factory=dict)
    #: Bins that have a committed cell of a report that is gone; and those near enough that what hangs on its rows is not known.
    stood: set = field(default_factory=set)
    approximate: set = field(default_factory=set)


@dataclass
class Merged:
    """Cells by column and time, and whose rows they were."""

    values: dict
    extremes: dict
    winners: set


def clean(reports, config, gone=(), committed=None):
    """The dataset of these reports. Where one is gone, the committed cells of its points in its time stand in for it."""
    dataset = Dataset()
    reports = sorted(reports, key=lambda report: (report.first, report.digest))
    merged = merge(reports, config, dataset)
    step = config.interval
    occupied = sorted({row.time // step * step for report in reports for row in report.rows})
    axis = unbroken(occupied, config, dataset)
    points = {config.column(point.full): point for report in reports for point in report.points}
    dataset.columns = sorted(points)
    bins = {name: binned(merged.values[name], config.point(points[name].full), step) for name in points}
    for report in gone:
        stand_in(report, committed, bins, axis, config, dataset)
    dataset.dead = {name for name in points if not merged.values[name]}
    count_points(reports, config, dataset)
    flags = defaultdict(set)

    def evidence(time, column, flag, rule, value, low, high):
        flags[time].add(flag)
        dataset.evidence.add((time, column, flag, rule, value, low, high))

    insufficient(reports, axis, bins, merged, config, dataset, evidence)
    for name in points:
        rule = config.point(points[name].full)
        for time, number in first_extremes(merged.extremes[name], step).items():
            evidence(time, name, "OUTLIER", "not_finite", number, -1e20, 1e20)
        outliers(name, bins[name], rule, step, evidence, dataset)
        frozen(name, points[name], bins, rule, reports, config, evidence, dataset)
    for time in axis:
        values = {name: bins[name].get(time) for name in points}
        dataset.rows[time] = (values, [flag for flag in ORDER if flag in flags[time]])
    return dataset


def stand_in(report, committed, bins, axis, config, dataset):
    """Committed cells go before whatever the reports that are there say of them."""
    first, last = report.first // config.interval * config.interval, report.last
    look = config.max_gap + DAY
    dataset.approximate.update(time for time in axis if first - look <= time <= last + look)
    for time in axis:
        if first <= time <= last and time in committed.rows:
            for point in report.points:
                value = committed.rows[time][0].get(config.column(point.full))
                if value is not None:
                    bins[config.column(point.full)][time] = value
                    dataset.stood.add(time)


def merge(reports, config, dataset):
    """Cell by cell, the first number wins: unmoved rows before moved ones, then the order of the reports, then of the rows."""
    found = defaultdict(list)
    extremes = defaultdict(list)
    values = defaultdict(dict)
    winners = set()
    for order, report in enumerate(reports):
        names = [config.column(point.full) for point in report.points]
        dataset.cells["rejected"] += report.rejected_cells
        for row in report.rows:
            for name, cell in zip(names, row.cells, strict=True):
                values.setdefault(name, {})
                extremes.setdefault(name, [])
                key = (row.moved, order, row.place)
                if cell.fate == "number":
                    found[name, row.time].append((key, cell.value))
                else:
                    dataset.cells[cell.fate] += 1
                if cell.fate == "not_finite":
                    extremes[name].append((row.time, key, cell.value))
    for (name, time), cells in found.items():
        cells.sort()
        (first, kept), *others = cells
        values[name][time] = kept
        winners.add((first[1], first[2]))
        dataset.cells["used"] += 1
        for (moved, *_), value in others:
            if moved:
                dataset.cells["moved_lost"] += 1
            elif value == kept:
                dataset.cells["equal_duplicates"] += 1
            else:
                dataset.cells["conflict_losers"] += 1
                dataset.conflicts.append((time, name, kept, value))
    dataset.cells["input"] = sum(dataset.cells.values())
    return Merged(values, extremes, winners)


def count_points(reports, config, dataset):
    """What each column's cells in accepted rows were."""
    for report in reports:
        for place, point in enumerate(report.points):
            name = config.column(point.full)
            start = {"cells": 0, "numbers": 0, "unrecognised": 0, "unit_mismatch": 0, "not_finite": 0, "dead": True, "missing": {}}
            counts = dataset.points.setdefault(name, start)
            for row in report.rows:
                count_cell(row.cells[place], counts)
    for counts in dataset.points.values():
        counts["missing"] = dict(sorted(counts["missing"].items()))


def count_cell(cell, counts):
    counts["cells"] += 1
    if cell.fate == "number":
        counts["numbers"] += 1
        counts["dead"] = False
    elif cell.fate == "missing":
        token = cell.token
        counts["missing"][token] = counts["missing"].get(token, 0) + 1
    else:
        counts[cell.fate] += 1


def unbroken(occupied, config, dataset):
    """The axis: from the first bin to the last, but for gaps that are too long."""
    axis = []
    for time in occupied:
        missing = time - axis[-1] - config.interval if axis else 0
        if missing > config.max_gap:
            dataset.gaps.append((axis[-1] + config.interval, time, missing // config.interval))
        elif missing > 0:
            axis.extend(range(axis[-1] + config.interval, time, config.interval))
        axis.append(time)
    return axis


def binned(cells, rule, step):
    """One value a bin, in the dataset's unit."""
    samples = defaultdict(list)
    for time in sorted(cells):
        samples[time // step * step].append(cells[time])
    factor, offset = rule.conversion
    found = {}
    for time, numbers in samples.items():
        if rule.aggregation == "mean":
            total = 0.0
            for number in numbers:
                total += number
            value = total / len(numbers)
        elif rule.aggregation == "last":
            value = numbers[-1]
        else:
            value = max(numbers)
        found[time] = value if (factor, offset) == (1.0, 0.0) else value * factor + offset
    return found


def first_extremes(extremes, step):
    """Per bin the first number that was removed for its size."""
    found = {}
    for time, _, number in sorted(extremes):
        found.setdefault(time // step * step, number)
    return found


def insufficient(reports, axis, bins, merged, config, dataset, evidence):
    """`INSUFFICIENT_DATA` by its three rules."""
    kinds = kinds_of(reports, merged, config)
    for time in axis:
        shares = [(kind, coverage(time, config.interval, kind)) for kind in kinds]
        if not any(share for _, share in shares):
            evidence(time, None, "INSUFFICIENT_DATA", "no_sample", None, None, None)
        if any(share < config.min_coverage and active(time, kind, config) for kind, share in shares):
            evidence(time, None, "INSUFFICIENT_DATA", "coverage", None, config.min_coverage, 1.0)
    for report in reports:
        for point in report.points:
            name = config.column(point.full)
            if config.point(point.full).required and name not in dataset.dead:
                for time in axis:
                    if time not in bins[name]:
                        evidence(time, name, "INSUFFICIENT_DATA", "required", None, None, None)


@dataclass
class Kind:
    """A kind of report: when it has rows, when samples, and the spans in which its rows follow each other closely enough."""

    interval: int | None
    samples: list
    spans: list


def kinds_of(reports, merged, config):
    """The kinds of these reports."""
    found = defaultdict(lambda: (set(), set()))
    for order, report in enumerate(reports):
        rows, samples = found[report.kind]
        for row in report.rows:
            rows.add(row.time)
            numbers = any(cell.fate == "number" for cell in row.cells)
            if numbers and (not row.moved or (order, row.place) in merged.winners):
                samples.add(row.time)
    kinds = []
    for (_, interval), (rows, samples) in found.items():
        rows = sorted(rows)
        spans = [(row, following) for row, following in zip(rows, rows[1:], strict=False) if following - row <= config.max_gap]
        kinds.append(Kind(interval, sorted(samples), spans))
    return kinds


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


def active(time, kind, config):
    """Whether the bin touches the span between two rows that are near enough, and the kind is alive there."""
    end = time + config.interval
    if not any(row < end and following >= time for row, following in kind.spans):
        return False
    place = bisect_left(kind.samples, time - config.max_gap)
    return place < len(kind.samples) and kind.samples[place] <= end + config.max_gap


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def beyond(value, limit):
    """Whether `value` is above `limit`, by more than rounding."""
    return value > limit and value - limit > 1e-9 * max(1.0, abs(limit))


def outliers(name, bins, rule, step, evidence, dataset):
    """`OUTLIER` by range and by filter."""
    for time, value in bins.items():
        if rule.plausible:
            low, high = rule.plausible
            if beyond(value, high) or beyond(low, value):
                evidence(time, name, "OUTLIER", "plausible", value, low, high)
        if rule.hampel:
            width = rule.hampel["half_width"]
            around = {other: bins[other] for other in bins if abs(other - time) <= width}
            if len(around) < FEWEST_HAMPEL or min(around) == time or max(around) == time:
                continue
            middle = median(around.values())
            spread = median([abs(other - middle) for other in around.values()])
            limit = max(rule.hampel["threshold"] * spread / QUARTILE, rule.hampel["floor"])
            if beyond(abs(value - middle), limit):
                evidence(time, name, "OUTLIER", "hampel", value, middle - limit, middle + limit)


def rarest(report, point):
    """How often a point is logged: as it says, or more rarely where its report has fewer rows."""
    return max(interval_of(point.trend) or 0, report.interval or 0)


def frozen(name, point, bins, rule, reports, config, evidence, dataset):
    """`FROZEN`: the union of all windows within the tolerance that are long enough."""
    if rule.frozen is None:
        return
    trends = [
        each.trend for report in reports for each in report.points if config.column(each.full) == name
    ]
    if any("cov" in trend.lower() for trend in trends) and not rule.frozen["asked"]:
        return
    own = max((rarest(report, each) for report in reports for each in report.points if config.column(each.full) == name), default=0)
    duration = max(rule.frozen["min_duration"], 4 * own, 5 * config.interval)
    longest = min(config.max_gap, duration)
    tolerance = rule.frozen["tolerance"] * (1 + 1e-6) + 1e-9
    running = rule.frozen["running"]
    judged = []
    for time in sorted(bins[name]):
        value = bins[name][time]
        rest = rule.frozen["idle_below"] is not None and abs(value) <= rule.frozen["idle_below"]
        if running is not None and not rest:
            other = bins.get(config.column(running), {}).get(time)
            rest = other is None or other <= (config.point(running).idle_below or 0.0)
        judged.append((time, None if rest else value))
    flagged = set()
    for start in range(len(judged)):
        low, high = math.inf, -math.inf
        for end in range(start, len(judged)):
            time, value = judged[end]
            if value is None or (end > start and time - judged[end - 1][0] > longest):
                break
            low, high = min(low, value), max(high, value)
            if high - low > tolerance:
                break
            if end - start + 1 >= FEWEST_FROZEN and time - judged[start][0] >= duration:
                flagged.update(moment for moment, _ in judged[start : end + 1])
    for time in flagged:
        value = bins[name][time]
        evidence(time, name, "FROZEN", "frozen", value, value - rule.frozen["tolerance"], value + rule.frozen["tolerance"])
