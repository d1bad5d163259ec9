"""Makes the dataset of many reports: merged cells, bins, an unbroken axis, flags with their evidence."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from . import rules
from .merging import held_columns, merge, smallest_extremes

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
    #: Bins behind a report that is gone in which a value of it may have held.
    behind: set = field(default_factory=set)
    #: Bins in which a value held.
    held: set = field(default_factory=set)
    #: Columns whose rules look at values that hold: theirs, or those of the point that says whether their equipment runs.
    looking: set = field(default_factory=set)


def clean(reports, config, gone=(), committed=None):
    """The dataset of these reports. Where one is gone, the committed cells of its points in its time stand in for it."""
    reports = sorted(reports, key=lambda report: (report.first, report.digest))
    merged = merge(reports, config)
    axis, gaps = unbroken({row.time // config.interval * config.interval for report in reports for row in report.rows}, config)
    names = {config.column(point.full): point.full for report in reports for point in report.points}
    bins = {name: binned(merged.values[name], config.point(full), config.interval) for name, full in names.items()}
    partial = {}
    dataset = Dataset({}, set(), gaps, merged.cells, merged.points)
    kept = defaultdict(set)
    for report in gone:
        stand_in(report, committed, bins, axis, config, dataset, kept)
    there = merge([report for report in reports if report not in gone], config) if gone else merged
    for name in held_columns(reports, config):
        values, without = there.values.get(name, {}), there.without.get(name, set())
        own = {time: bins[name][time] for time in kept[name]}
        bins[name], some = held(values, without, kept[name], axis, config.point(names[name]), config)
        bins[name] |= own
        dataset.held |= some | own.keys()
    for name, full in names.items():
        if config.point(full).aggregation == "sum":
            own = {time: bins[name][time] for time in kept[name]}
            bins[name], partial[name] = summed(there.values.get(name, {}), config.point(full), config.interval)
            bins[name] |= own
            partial[name] = {time: total for time, total in partial[name].items() if time not in own}
    holding = held_columns(reports, config)
    for name, full in names.items():
        running = config.running(full)
        if name in holding or running and config.column(running) in holding:
            dataset.looking.add(name)
    dataset.evidence = evidence_of(reports, names, axis, bins, merged, dataset, config)
    for name, totals in partial.items():
        for time, total in totals.items():
            known = time + config.interval
            dataset.evidence.add((time, name, "INSUFFICIENT_DATA", "partial_sum", total, None, None, known))
    flags = defaultdict(set)
    for time, _, flag, *_ in dataset.evidence:
        flags[time].add(flag)
    for time in axis:
        values = {name: bins[name].get(time) for name in names}
        dataset.rows[time] = (values, [flag for flag in ORDER if flag in flags[time]])
    return dataset


def evidence_of(reports, names, axis, bins, merged, dataset, config):
    """Every flag with the reason for it: rows of time, column, flag, rule, value and band; and from when on that is certain."""
    found = set()
    rows = sorted({row.time for report in reports for row in report.rows})
    kinds = rules.kinds_of(reports, merged.winners, held_columns(reports, config), config)
    for time, rule, at in rules.insufficient(axis, kinds, dataset.held, rows, config):
        band = (config.min_coverage, 1.0) if rule == "coverage" else (None, None)
        found.add((time, None, "INSUFFICIENT_DATA", rule, None, *band, at))
    for name, full in names.items():
        rule = config.point(full)

        def known(end, holds=name in dataset.looking):
            return rules.certain(end, rows, axis, config) if holds else end

        if rule.required and merged.values[name]:
            for time in axis:
                if time not in bins[name]:
                    at = rules.on_the_axis_from(time, rows, config)
                    found.add((time, name, "INSUFFICIENT_DATA", "required", None, None, None, at))
        for time, number in smallest_extremes(merged.extremes[name], config.interval).items():
            found.add((time, name, "OUTLIER", "not_finite", number, -1e20, 1e20, time + config.interval))
        for time, *rest in rules.implausible(bins[name], rule):
            found.add((time, name, "OUTLIER", "plausible", *rest, known(time + config.interval)))
        for time, *rest in rules.hampel(bins[name], rule):
            last = (time + rule.hampel["half_width"]) // config.interval * config.interval
            found.add((time, name, "OUTLIER", "hampel", *rest, known(last + config.interval)))
        for time, *rest, end in rules.frozen(name, rule, bins, reports, config):
            found.add((time, name, "FROZEN", "frozen", *rest, known(end)))
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
    if rule.aggregation == "sum":
        return summed(cells, rule, step)[0]
    samples = defaultdict(list)
    for time in sorted(cells):
        samples[time // step * step].append(cells[time])
    return {time: converted(aggregated(numbers, rule.aggregation), rule) for time, numbers in samples.items()}


def summed(cells, rule, step):
    """The sums of bins each of whose intervals has its number, by time; and what the numbers of the others come to."""
    numbers = defaultdict(dict)
    for time in sorted(cells):
        numbers[time // step * step][time] = cells[time]
    whole, partial = {}, {}
    for start, found in numbers.items():
        due = list(range(start, start + step, rule.interval))
        total = 0.0
        for number in found.values():
            total += number
        (whole if list(found) == due else partial)[start] = converted(total, rule)
    return whole, partial


def held(cells, without, kept, axis, rule, config):
    """Bins of a point whose values hold: each until what is said next of it, for as long as the longest gap; and where any does.

    From a bin that was kept nothing holds, and over it nothing.
    """
    step = config.interval
    said = {time: None for time in without} | cells
    said = {time: value for time, value in said.items() if time // step * step not in kept} | dict.fromkeys(kept)
    times, parts = sorted(said), defaultdict(list)
    for time, following in zip(times, [*times[1:], float("inf")], strict=True):
        start, until = time // step * step, min(following, time + config.max_gap)
        while said[time] is not None and start < min(until, axis[-1] + step):
            parts[start].append((min(until, start + step) - max(time, start), said[time], until >= start + step))
            start += step
    parts = {time: parts[time] for time in axis if time in parts}
    values = {time: weighted(part, rule.aggregation) for time, part in parts.items()}
    return {time: converted(value, rule) for time, value in values.items() if value is not None}, set(parts)


def weighted(part, how):
    """What held in a bin as one value: for how long, what, and whether to the bin's end."""
    if how == "last":
        return part[-1][1] if part[-1][2] else None
    values = [value for _, value, _ in part]
    if how == "max" or min(values) == max(values):
        return max(values)
    total, length = 0.0, 0.0
    for seconds, value, _ in part:
        total += value * (seconds * 1e9)
        length += seconds * 1e9
    return total / length


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


def stand_in(report, committed, bins, axis, config, dataset, kept):
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
                    kept[config.column(point.full)].add(time)
        elif last < time < last + config.max_gap and time in committed.rows:
            dataset.behind.add(time)
