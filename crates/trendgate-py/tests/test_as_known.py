"""`as_known` takes the flags that were known in time: what comes later changes none of them."""

import datetime as dt
import warnings

import conftest
import flagged
import polars as pl
import pytest
import trendgate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DELAYS = [dt.timedelta(0), dt.timedelta(minutes=15), dt.timedelta(hours=1), dt.timedelta(hours=5)]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    flagged.commit(folder, flagged.rows(500))
    return trendgate.Dataset(folder / "data")


@pytest.mark.parametrize("delay", DELAYS)
def test_flags_and_masks_are_those_of_the_evidence_that_was_known(dataset, delay):
    known = dataset.scan("S", mask=["FROZEN", "OUTLIER"], as_known=True, delay=delay)
    assert known.collect().equals(flagged.naive(dataset, ["FROZEN", "OUTLIER"], known_after=delay))


def test_in_the_end_everything_is_known_and_at_once_less_than_that(dataset):
    hindsight = dataset.scan("S").collect()
    assert dataset.scan("S", as_known=True, delay="30d").collect().equals(hindsight)
    at_once = dataset.scan("S", as_known=True).collect()
    count = lambda frame: frame["quality_flags"].list.len().sum()
    assert 0 < count(at_once) < count(hindsight)
    frozen = lambda **more: dataset.scan("S", flags="columns", **more).collect()["flag:FROZEN"].sum()
    # A stretch stands still for two hours before anybody can know.
    assert 0 < frozen(as_known=True) < frozen(as_known=True, delay="1h") < frozen()


@pytest.mark.parametrize("flags", ["list", "columns", "bits"])
def test_each_form_says_the_same_flags(dataset, flags):
    lists = dataset.scan("S", as_known=True, delay="30m").collect()["quality_flags"].to_list()
    frame = dataset.scan("S", as_known=True, delay="30m", flags=flags).collect()
    if flags == "list":
        found = frame["quality_flags"].to_list()
    elif flags == "bits":
        found = [[flag for place, flag in enumerate(trendgate.FLAGS) if bits >> place & 1] for bits in frame["quality_flags"]]
    else:
        found = [[flag for flag in trendgate.FLAGS if row[f"flag:{flag}"]] for row in frame.to_dicts()]
    assert found == lists


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), cut=st.integers(8, 240), delay=st.sampled_from(DELAYS), minutes=st.integers(0, 14))
def test_what_comes_later_changes_no_row_that_was_decided(tmp_path_factory, seed, cut, delay, minutes):
    """No look ahead: rows whose decision fell before the cut have the same flags and masks, whatever rows came after it."""
    folder = tmp_path_factory.mktemp("cut")
    made = flagged.rows(240, seed)
    now = flagged.START + cut * conftest.QUARTER + dt.timedelta(minutes=minutes)
    seen = [row for row in made if row[0] <= now]
    if len(seen) < 2:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flagged.commit(folder / "seen", seen)
        flagged.commit(folder / "all", made)
    decided = pl.col("timestamp") + conftest.QUARTER + delay <= pl.lit(now.replace(tzinfo=dt.UTC))
    options = {"mask": trendgate.FLAGS, "as_known": True, "delay": delay}
    before, after = (
        trendgate.Dataset(folder / name / "data").scan("S", **options).filter(decided).collect() for name in ("seen", "all")
    )
    # A row that no row was at is there only once a later one is.
    both = before.join(after, on="timestamp", how="semi"), after.join(before, on="timestamp", how="semi")
    assert both[0].equals(both[1])
    assert before.height == both[0].height


def test_evidence_of_an_earlier_program_is_never_known_and_that_is_said(tmp_path):
    flagged.commit(tmp_path, flagged.rows(200))
    dataset = trendgate.Dataset(tmp_path / "data")
    flagged.without_known_at(tmp_path / "data")
    with pytest.warns(trendgate.TrendgateWarning, match="the evidence of 2 months was written by an earlier program"):
        frame = dataset.scan("S", as_known=True, mask=trendgate.FLAGS, delay="365d").collect()
    assert frame["quality_flags"].list.len().sum() == 0
    assert frame.drop("quality_flags").equals(dataset.scan("S").collect().drop("quality_flags"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Where nothing hangs on it, nothing is said.
        dataset.scan("S", as_known=True, columns=["a"]).collect()
        assert dataset.scan("S", mask=["FROZEN"]).collect()["a"].null_count() > 0


def test_a_manifest_says_how_long_after_a_bin_each_flag_is_known_at_the_latest(dataset):
    [manifest] = dataset.manifests("S")
    after = manifest.known_after
    # hampel: half a width of an hour; frozen: five steps of two hours behind a window of two hours; no_sample and coverage: max_gap.
    assert after == {
        "plausible": 0.0,
        "hampel": 3600.0,
        "frozen": 12 * 3600.0,
        "not_finite": 0.0,
        "no_sample": 3 * 3600.0,
        "coverage": 3 * 3600.0,
    }
    late = dataset.evidence("S").with_columns(
        late=(pl.col("known_at") - pl.col("timestamp") - conftest.QUARTER).dt.total_seconds()
    ).group_by("rule").agg(pl.col("late").max()).collect()
    assert {"frozen", "hampel", "plausible", "no_sample"} <= set(late["rule"])
    assert all(0 <= row["late"] <= after[row["rule"]] for row in late.to_dicts())
