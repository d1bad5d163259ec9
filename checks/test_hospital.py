"""The figures of docs/hospital.md, held against the real reports."""

import re
from collections import Counter, defaultdict
from datetime import datetime, timezone
from itertools import groupby

import conftest
import pytest
from readings import BIN, evidence, rows


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


def test_the_rows_and_the_four_largest_columns_are_those_of_the_page(hospital, found):
    flagged = hospital.manifest["statistics"]["quality_flags_distribution"]
    share = round(100 * flagged["FROZEN"] / 11904)
    assert f"{flagged['FROZEN']:,} of the 11,904 rows ({share} %)".replace(",", " ") in text()
    assert f"{flagged['INSUFFICIENT_DATA']} rows" in text()
    frozen = sorted((len(times) for (_, rule), times in found.items() if rule == "frozen"), reverse=True)
    assert f"four points make {round(100 * sum(frozen[:4]) / sum(frozen))} % of it" in text()


def test_the_tolerances_of_the_types_would_flag_what_the_page_says(trendgate, tmp_path):
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; the page on their flags was not checked")
    config = (conftest.ROOT / "docs/hospital.yaml").read_text(encoding="utf-8")
    (tmp_path / "plain.yaml").write_text(re.sub(r"frozen: \{tolerance: [0-9.]+\}", "frozen: {}", config), encoding="utf-8")
    done = trendgate("run", conftest.KMUH, "--config", tmp_path / "plain.yaml", "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    points = conftest.dataset(tmp_path / "data", conftest.KMUH, done).manifest["statistics"]["points"].values()
    said = [point["rules"]["frozen"] for point in points if "frozen" in point.get("rules", {})]
    flagged, good = (sum(counts[key] for counts in said) for key in ("flagged", "good"))
    assert f"would flag {round(100 * flagged / (flagged + good))} % of the cells" in text()


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


@pytest.mark.parametrize(("column", "bins"), [("ah0101_t", 4595), ("cwrt3_wt", 4230), ("zwp_z1_wdp", 3226), ("zwp_z2_wdp", 2227)])
def test_the_columns_that_make_most_of_it(found, column, bins):
    assert len(found[column, "frozen"]) == bins
    assert f"{bins:,}".replace(",", " ") in text()
