"""Makes the dataset of many reports: merged cells, bins, an unbroken axis, flags with their evidence."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from . import rules
from .merging import merge, smallest_extremes

ORDER = ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]
DAY = 86400


@dataclass
class Dataset:
    """Rows by time, each a pair of values by column and flags; evidence; gaps; and what became of every cell."""

    rows: dict
    evidence: set
    gaps: list
    cells: Counter
    points: dict
    #: Bins that have a committed cell of a report that is gone; and those near enough that what hangs on its rows is not known.
    stood: set = field(default_factory=set)
    approximate: set = field(default_factory=set)


def clean(reports, config, gone=(), committed=None):
    """The dataset of these reports. Where one is gone, the committed cells of its points in its time stand in for it."""
    reports = sorted(reports, key=lambda report: (report.first, report.digest))
    merged = merge(reports, config)
    axis, gaps = unbroken({row.time // config.interval * config.interval for report in reports for row in report.rows}, config)
    names = {config.column(point.full): point.full for report in reports for point in report.points}
    bins = {name: binned(merged.values[name], config.point(full), config.interval) for name, full in names.items()}
    dataset = Dataset({}, set(), gaps, merged.cells, merged.points)
    for report in gone:
        stand_in(report, committed, bins, axis, config, dataset)
    dataset.evidence = evidence_of(reports, names, axis, bins, merged, config)
    flags = defaultdict(set)
    for time, _, flag, *_ in dataset.evidence:
        flags[time].add(flag)
    for time in axis:
        values = {name: bins[name].get(time) for name in names}
        dataset.rows[time] = (values, [flag for flag in ORDER if flag in flags[time]])
    return dataset


def evidence_of(reports, names, axis, bins, merged, config):
    """Every flag with the reason for it: rows of time, column, flag, rule, value and band; and from when on that is certain."""
    found = set()
    rows = sorted({row.time for report in reports for row in report.rows})
    for time, rule, known in rules.insufficient(axis, rules.kinds_of(reports, merged.winners, config), rows, config):
        band = (config.min_coverage, 1.0) if rule == "coverage" else (None, None)
        found.add((time, None, "INSUFFICIENT_DATA", rule, None, *band, known))
    for name, full in names.items():
        rule = config.point(full)
        if rule.required and merged.values[name]:
            for time in axis:
                if time not in bins[name]:
                    known = rules.on_the_axis_from(time, rows, config)
                    found.add((time, name, "INSUFFICIENT_DATA", "required", None, None, None, known))
        for time, number in smallest_extremes(merged.extremes[name], config.interval).items():
            found.add((time, name, "OUTLIER", "not_finite", number, -1e20, 1e20, time + config.interval))
        for time, *rest in rules.implausible(bins[name], rule):
            found.add((time, name, "OUTLIER", "plausible", *rest, time + config.interval))
        for time, *rest in rules.hampel(bins[name], rule):
            last = (time + rule.hampel["half_width"]) // config.interval * config.interval
            found.add((time, name, "OUTLIER", "hampel", *rest, last + config.interval))
        for time, *rest in rules.frozen(name, rule, bins, reports, config):
            found.add((time, name, "FROZEN", "frozen", *rest))
    return found


def unbroken(occupied, config):
    """The axis, from the first bin to the last but for gaps that are too long; and those gaps, with how many bins they lack."""
    axis, gaps = [], []
    for time in sorted(occupied):
        following = axis[-1] + config.interval if axis else time
        if time - following > config.max_gap:
            gaps.append((following, time, (time - following) // config.interval))
        else:
            axis.extend(range(following, time, config.interval))
        axis.append(time)
    return axis, gaps


def binned(cells, rule, step):
    """One value a bin, in the dataset's unit."""
    samples = defaultdict(list)
    for time in sorted(cells):
        samples[time // step * step].append(cells[time])
    return {time: converted(aggregated(numbers, rule.aggregation), rule) for time, numbers in samples.items()}


def aggregated(numbers, how):
    """The numbers of a bin, in order of time, as one. A mean is summed one by one, so that its last bit is the same, too."""
    if how == "last":
        return numbers[-1]
    if how == "max":
        return max(numbers)
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers)


def converted(value, rule):
    factor, offset = rule.conversion
    return value if (factor, offset) == (1.0, 0.0) else value * factor + offset


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
