"""Flags, evidence and counts, worked out a second time from the values in the dataset.

The rules' figures are read from docs/types.md, the definitions are those of docs/design.md; nothing is taken from the program.
"""

import math
import random
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone

import conftest
import pytest
from readings import BIN, evidence, report, rows

MAX_GAP = timedelta(days=7)
FEWEST = 6
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def span(text):
    """`1h30m` as a length of time."""
    return timedelta(seconds=sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([dhms])", text)))


@pytest.fixture(scope="session")
def types():
    """For each physical type its plausible range and its rule for standing still, from the documentation."""
    table = {}
    for line in (conftest.ROOT / "docs/types.md").read_text(encoding="utf-8").splitlines():
        if not line.startswith("| `"):
            continue
        name, _, _, _, _, plausible, _, duration, rest = [cell.strip() for cell in line.strip("|").split("|")]
        table[name.strip("`")] = {
            "plausible": None if plausible == "-" else tuple(map(float, plausible.split(" to "))),
            "still": None if duration == "-" else (0.0, span(duration)),
            "rest": -1.0 if rest == "-" else float(rest),
        }
    assert len(table) > 15
    return table


@pytest.fixture(scope="session")
def described(trendgate, tmp_path_factory):
    """The real reports, with their points described."""
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; only the examples were checked")
    folder = tmp_path_factory.mktemp("described") / "data"
    config = conftest.ROOT / "checks/kmuh.yaml"
    done = trendgate("run", conftest.KMUH, "--config", config, "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    return conftest.dataset(folder, conftest.KMUH, done)


def definitions(sources):
    """How often each point is logged, as the reports say: its interval and whether it logs changes of value only."""
    found = {}
    for path in sorted(sources.glob("*.csv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            point = re.match(r'"Point_\d+:","([^"]*)","[^"]*","([^"]*)"', line)
            if point:
                interval = re.search(r"(\d+) (minute|hour)", point[2])
                length = span(interval[1] + interval[2][0]) if interval else timedelta(0)
                before, changes = found.get(point[1], (timedelta(0), False))
                found[point[1]] = (max(before, length), changes or point[2].strip() == "COV")
    return found


def still(samples, tolerance, duration):
    """The times that stand still, of `(time, value)` without a break between them: every shortest window, from both ends."""
    flagged = set()
    for series in (samples, samples[::-1]):
        for start, (begin, first) in enumerate(series):
            low = high = first
            for end in range(start, len(series)):
                time, value = series[end]
                low, high = min(low, value), max(high, value)
                if high - low > tolerance * (1 + 1e-6) + 1e-9:
                    break
                if end - start + 1 >= FEWEST and abs(time - begin) >= duration:
                    flagged.update(time for time, _ in series[start : end + 1])
                    break
    return flagged


def runs(samples, gap):
    """Samples up to each break; `None` stands for a rest."""
    run = []
    for sample in samples:
        if sample is None or (run and sample[0] - run[-1][0] > gap):
            yield run
            run = []
        if sample is not None:
            run.append(sample)
    yield run


def frozen(series, rule, rest, interval):
    """The frozen times of `(time, value)`, by the definition."""
    tolerance, duration = rule
    duration = max(duration, 4 * interval, 5 * BIN)
    samples = [None if abs(v) <= rest else (t, v) for t, v in series if v is not None]
    every = [still(run, tolerance, duration) for run in runs(samples, min(MAX_GAP, duration))]
    return set().union(*every)


def test_every_flag_of_the_real_reports_is_the_one_of_its_definition(described, types):
    found = defaultdict(set)
    for row in evidence(described):
        found[row["column"], row["rule"]].add(row["timestamp"])
    data, logged = rows(described), definitions(described.sources)
    judged = 0
    for column in described.manifest["schema"]:
        physical = types.get(column["physical_type"])
        if physical is None:
            continue
        name, point = column["name"], column["point"]
        series = [(row["timestamp"], row[name]) for row in data]
        if physical["plausible"]:
            low, high = physical["plausible"]
            expected = {t for t, v in series if v is not None and not low <= v <= high}
            assert found.pop((name, "plausible"), set()) == expected, name
        interval, changes = logged[point]
        if physical["still"] and not changes:
            expected = frozen(series, physical["still"], physical["rest"], max(interval, BIN))
            assert found.pop((name, "frozen"), set()) == expected, name
            judged += bool(expected)
    assert judged > 10
    assert {rule for _, rule in found} <= {"coverage", "no_sample"}, "nothing else is flagged"


def test_the_main_meter_read_nonsense_for_six_hours(described):
    """Found by looking at the flags: on 2017-01-15 the meter reads -26 kW, in the report as in the dataset."""
    mine = [row for row in evidence(described) if row["column"] == "mmcb_kw"]
    times = {row["timestamp"] for row in mine if row["rule"] == "plausible"}
    assert (min(times).isoformat(), len(times)) == ("2017-01-15T00:45:00+00:00", 24)
    assert {row["timestamp"] for row in mine if row["rule"] == "frozen"} == times
    text = (conftest.KMUH / "TR_KH_MMCB_161211-170210.csv").read_text(encoding="utf-8")
    assert len(re.findall(r'"2017/0?1/15","(?:08:45|09|1[0-4]).*?"\s*-26"', text)) >= 24


def test_a_row_has_a_flag_exactly_where_a_rule_has_evidence(plant, damaged, described):
    for dataset in (plant, damaged, described):
        flags = defaultdict(set)
        for row in evidence(dataset):
            if row["flag"]:
                flags[row["timestamp"]].add(row["flag"])
        for row in rows(dataset):
            assert set(row["quality_flags"]) == flags.pop(row["timestamp"], set()), row["timestamp"]
        assert not flags


def test_the_manifest_counts_every_bin_of_every_rule_once(plant, described):
    for dataset in (plant, described):
        flagged = Counter((row["column"], row["rule"]) for row in evidence(dataset))
        statistics = dataset.manifest["statistics"]
        data = rows(dataset)
        for name, point in statistics["points"].items():
            values = [row[name] for row in data if row[name] is not None]
            assert point["values"] == len(values)
            if values:
                assert (point["min"], point["max"]) == (min(values), max(values))
                assert math.isclose(point["mean"], math.fsum(values) / len(values), rel_tol=1e-12, abs_tol=1e-12)
            for rule, counts in point.get("rules", {}).items():
                reasons = counts["not_judged"]
                assert counts["flagged"] == flagged[name, rule]
                assert counts["flagged"] + counts["good"] + sum(reasons.values()) == statistics["total_rows"]
                assert reasons.get("no_value", 0) == statistics["total_rows"] - len(values)


def test_flags_do_not_depend_on_the_unit_system(trendgate, tmp_path):
    """The same plant in °C, L/min, kPa and RT as in °F, GPM, psi and RT: the same flags, and the same values but for rounding."""
    dice = random.Random(7)
    halves, flows = [], []
    for _ in range(400):
        keep = halves and dice.random() < 0.85
        halves.append(halves[-1] if keep else dice.randrange(-10, 70))
        flows.append(flows[-1] if keep and flows else dice.randrange(0, 90))
    metric = {"A.T": [f"{h / 2:.1f}" for h in halves], "A.F": [f"{f * 3785.411784:.6f}" for f in flows]}
    imperial = {"A.T": [f"{32 + h * 0.9:.1f}" for h in halves], "A.F": [f"{f * 1000}" for f in flows]}
    found = []
    for system, series in (("metric", metric), ("imperial", imperial)):
        reports = tmp_path / system
        reports.mkdir()
        text = report(list(series), list(series.values()), datetime(2026, 1, 20, tzinfo=timezone.utc))
        (reports / "a.csv").write_text(text, encoding="utf-8")
        config = tmp_path / f"{system}.yaml"
        points = "{A.T: {physical_type: chilled_water_temperature}, A.F: {physical_type: flow}}"
        config.write_text(
            f"cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n  unit_system: {system}\n  points: {points}\n",
            encoding="utf-8",
        )
        folder = tmp_path / f"{system}-data"
        done = trendgate("run", reports, "--config", config, "--data-dir", folder, "--json")
        assert done.code == 0, done.err
        found.append(conftest.dataset(folder, reports, done))
    here, there = map(rows, found)
    assert [row["quality_flags"] for row in here] == [row["quality_flags"] for row in there]
    assert {flag for row in here for flag in row["quality_flags"]} == {"FROZEN", "OUTLIER"}
    for one, other in zip(here, there, strict=True):
        for name in ("a_t", "a_f"):
            assert math.isclose(one[name], other[name], rel_tol=1e-12, abs_tol=1e-9)
    schema, points = found[1].manifest["schema"], found[1].manifest["statistics"]["points"]
    assert {c["name"]: c["unit"] for c in schema if c["point"]} == {"a_t": "°C", "a_f": "L/min"}
    assert (points["a_f"]["converted"]["from"], points["a_f"]["converted"]["factor"]) == ("GPM", 3.785411784)
    assert "converted" not in found[0].manifest["statistics"]["points"]["a_f"]


def test_explain_says_why(trendgate, described):
    words = ["--at", "2017-01-15T01:00", "--data-dir", described.folder]
    told = trendgate("explain", *words, "--column", "MMCB.KW")
    assert told.code == 0
    assert "-26 kW is outside the plausible range, -1 kW to 50000 kW (known from 2017-01-15T01:15:00Z on)" in told.out
    assert "2017-01-15 09:00 in Asia/Taipei" in told.out
    asjson = trendgate("explain", *words, "--json").json
    why = {(row["column"], row["rule"], row["value"], row["known_at"]) for row in asjson["evidence"]}
    assert ("mmcb_kw", "plausible", -26.0, "2017-01-15T01:15:00Z") in why
    for wrong in (["--at", "tomorrow"], ["--at", "2031-01-01T00:00"], ["--at", "2017-01-15T01:00", "--column", "nothing"]):
        refused = trendgate("explain", *wrong, "--data-dir", described.folder)
        assert refused.code == 2 and "help:" in refused.err, refused
