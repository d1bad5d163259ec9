"""The figures of docs/hospital.md, held against the real reports."""

import re
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from itertools import groupby

import conftest
import pytest
from readings import BIN, evidence, rows

sys.path.insert(0, str(conftest.ROOT / "docs"))
import hospital_init  # noqa: E402


@pytest.fixture(scope="session")
def hospital(trendgate, tmp_path_factory):
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; the page on their flags was not checked")
    folder = tmp_path_factory.mktemp("hospital") / "data"
    done = trendgate("run", conftest.KMUH, "--config", conftest.ROOT / "docs/hospital.yaml", "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    return conftest.dataset(folder, conftest.KMUH, done)


@pytest.fixture(scope="session")
def found(hospital):
    """The times of each column and rule."""
    times = defaultdict(list)
    for row in evidence(hospital):
        times[row["column"], row["rule"]].append(row["timestamp"])
    return times


def at(*time):
    return datetime(*time, tzinfo=timezone.utc)


def text():
    return (conftest.ROOT / "docs/hospital.md").read_text(encoding="utf-8")


def test_the_shares_are_those_of_the_page(hospital):
    counts = Counter()
    for point in hospital.manifest["statistics"]["points"].values():
        for rule, said in point.get("rules", {}).items():
            counts[rule] += said["flagged"]
            counts[rule, "judged"] += said["flagged"] + said["good"]
    for rule in ("frozen", "hampel", "plausible"):
        share = 100 * counts[rule] / counts[rule, "judged"]
        digits = 1 if rule == "frozen" else 2
        assert f"| `{rule}` | {counts[rule]:,} | {share:.{digits}f} % |".replace(",", " ") in text()
    assert counts["hampel"] / counts["hampel", "judged"] < 0.005, "with its floor the filter flags under half a percent"


def test_the_rows_and_the_two_largest_columns_are_those_of_the_page(hospital, found):
    flagged = hospital.manifest["statistics"]["quality_flags_distribution"]
    share = round(100 * flagged["FROZEN"] / 11904)
    assert f"{flagged['FROZEN']:,} of the 11,904 rows ({share} %)".replace(",", " ") in text()
    assert f"{flagged['INSUFFICIENT_DATA']} rows" in text()
    frozen = sorted((len(times) for (_, rule), times in found.items() if rule == "frozen"), reverse=True)
    assert f"two points make {round(100 * sum(frozen[:2]) / sum(frozen))} % of it" in text()


def flagged_and_good(trendgate, config, folder):
    """Of each column, what `frozen` says by a configuration; and how many rows carry the flag."""
    (folder.parent / f"{folder.name}.yaml").write_text(config, encoding="utf-8")
    done = trendgate("run", conftest.KMUH, "--config", folder.parent / f"{folder.name}.yaml", "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    made = conftest.dataset(folder, conftest.KMUH, done)
    points = made.manifest["statistics"]["points"]
    said = {column: point["rules"]["frozen"] for column, point in points.items() if "frozen" in point.get("rules", {})}
    return made, {column: (counts["flagged"], counts["good"]) for column, counts in said.items()}


def test_one_step_as_tolerance_would_flag_what_the_page_says(trendgate, tmp_path):
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; the page on their flags was not checked")
    config = (conftest.ROOT / "docs/hospital.yaml").read_text(encoding="utf-8")
    config = re.sub(r", frozen: \{min_duration: \w+\}", "", config)
    judged = r"(physical_type: (?:power|\w+_temperature|temperature_difference|differential_pressure))"
    _, said = flagged_and_good(trendgate, re.sub(judged, r"\1, frozen: {tolerance: 0.1}", config), tmp_path / "plain")
    flagged, good = (sum(counts[place] for counts in said.values()) for place in (0, 1))
    assert f"would flag {round(100 * flagged / (flagged + good))} % of the cells" in text()


def test_by_init_alone_the_shares_before_and_after_are_those_of_the_page(trendgate, tmp_path):
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; the page on their flags was not checked")
    done = trendgate("init", conftest.KMUH, "--site", "KMUH", "--timezone", "Asia/Taipei")
    assert done.code == 0, done.err
    _, before = flagged_and_good(trendgate, hospital_init.one_step(done.out), tmp_path / "before")
    made, after = flagged_and_good(trendgate, done.out, tmp_path / "after")
    lines = []
    for column, (flagged, good) in after.items():
        bins = flagged + good
        old = f"{before[column][0]:,} | {100 * before[column][0] / bins:.1f} %" if column in before else "not judged |"
        lines.append(f"| `{column}` | {old} | {flagged:,} | {100 * flagged / bins:.1f} % |".replace(",", " "))
    assert [line for line in text().splitlines() if line.startswith("| `") and line.count("|") == 6] == lines
    assert all(flagged < 0.05 * (flagged + good) for flagged, good in after.values()), "nobody would believe more"
    cells = [sum(counts[place] for counts in after.values()) for place in (0, 1)]
    rows = made.manifest["statistics"]["quality_flags_distribution"]["FROZEN"]
    assert f"{rows} rows carry the flag, and {cells[0]:,} of {sum(cells):,} judged cells".replace(",", " ").replace("flag  and", "flag, and") in text()


def test_the_main_meter_does_not_agree_with_itself(hospital):
    counters, powers = defaultdict(list), defaultdict(list)
    for row in rows(hospital):
        day = row["timestamp"].date()
        if row["mmcb_kwh"] is not None:
            counters[day].append(row["mmcb_kwh"])
        if row["mmcb_kw"] is not None:
            powers[day].append(row["mmcb_kw"])
    found = {row["timestamp"].date(): row for row in evidence(hospital) if row["rule"] == "meter"}
    assert f"| `meter` | {len(found)} days |" in text()
    ratios = []
    for day, row in found.items():
        before = max(other for other in counters if other < day)
        counted = counters[day][-1] - counters[before][-1]
        assert row["value"] == counted and (row["flag"], row["column"]) == (None, "mmcb_kwh")
        energy = 24 * sum(powers[day]) / len(powers[day])
        # The page's rule lets the bins at both ends pass, and 2 %.
        assert row["limit_low"] < energy < row["limit_high"] < 1.05 * energy, day
        assert row["known_at"].hour == 0 and row["known_at"].date() > day
        ratios.append(energy / counted)
    assert f"{sorted(ratios)[len(ratios) // 2]:.1f} times what" in text()


def test_the_controller_of_chiller_5_was_away_for_a_morning(hospital, found):
    morning = [at(2016, 11, 29, 2) + step * BIN for step in range(18)]
    data = {row["timestamp"]: row for row in rows(hospital)}
    for column in ("ch5_chst", "ch5_chrt", "ch5_cwst", "ch5_cwrt"):
        assert [time for time in found[column, "frozen"] if time.date() == morning[0].date()] == morning
        assert len({data[time][column] for time in morning}) == 1
    assert len({data[time]["mmcb_kw"] for time in morning}) > 10


def test_the_main_meter_read_nonsense(found):
    assert found["mmcb_kw", "frozen"] == found["mmcb_kw", "plausible"][:24]
    assert (found["mmcb_kw", "plausible"][0], len(found["mmcb_kw", "plausible"])) == (at(2017, 1, 15, 0, 45), 25)


def test_a_point_logged_hourly_is_not_flagged_for_its_runs_of_four(hospital, found):
    data = {row["timestamp"]: row for row in rows(hospital)}
    for column, flagged in (("ch5_ctdt", 41), ("ch5_etdt", 64)):
        times = found[column, "frozen"]
        assert len(times) == flagged and f"{flagged}" in text()
        stretches = []
        for time in times:
            value = data[time][column]
            # A clock correction in between is no reading.
            if stretches and value == stretches[-1][-1][1] and (time - stretches[-1][-1][0]) <= 5 * BIN:
                stretches[-1].append((time, value))
            else:
                stretches.append([(time, value)])
        assert all(stretch[-1][0] - stretch[0][0] >= 16 * BIN for stretch in stretches)
        runs = [len(list(run)) for value, run in groupby(data[time][column] for time in sorted(data)) if value is not None]
        assert runs.count(4) > 500, "the reports repeat it four times"


@pytest.mark.parametrize(("column", "bins"), [("zwp_z1_wdp", 470), ("zwp_z2_wdp", 1846), ("ah0203_dt", 251)])
def test_the_columns_that_make_most_of_it(found, column, bins):
    assert len(found[column, "frozen"]) == bins
    assert f"{bins:,}".replace(",", " ") in text()
