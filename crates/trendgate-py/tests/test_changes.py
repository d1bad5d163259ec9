"""Who follows a dataset by `changes` has what a computation from scratch has, whatever comes, goes and is made again."""

import datetime as dt
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import conftest
import polars as pl
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

HOUR = dt.timedelta(hours=1)
START = dt.datetime(2026, 1, 29, tzinfo=dt.UTC)


def config(aggregation="mean", interval="30m"):
    """Samples come every quarter of an hour: two or four of them make a bin."""
    points = {name: {"agg": aggregation} for name in ("A", "B")}
    return {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_interval": interval, "max_gap": "1h", "points": points}}


def arrive(folder, number, points, start, rows, settings_):
    """A report of whole numbers, so that sums are the same in whatever order they are added; returns its manifest."""
    report = folder / f"in/{number}.csv"
    begin = (START + start * HOUR).replace(tzinfo=None).isoformat()
    conftest.write_report(report, points, begin, rows, lambda row, place: 16 + 4 * ((row * 7 + 3 * number + place) % 11))
    return trendgate.run(settings_, report, data_dir=folder / "data")


def retract(folder, version, settings_):
    """Takes the reports of a version back; the command is the only way to yet."""
    (folder / "plant.json").write_text(json.dumps(settings_), encoding="utf-8")
    words = ["retract", "--config", folder / "plant.json", "--data-dir", folder / "data", "--force", version]
    return subprocess.run([os.environ["TRENDGATE_BIN"], *map(str, words)], capture_output=True, text=True, check=False)


def features(rows, window):
    """What looks back for as long as `window`, the far end included, and at nothing else."""
    missing = [pl.lit(None, pl.Float64).alias(name) for name in ("a", "b") if name not in rows.collect_schema()]
    rows = rows.with_columns(missing).select("timestamp", "quality_flags", "a", "b").collect()
    earlier = rows.select((pl.col("timestamp") + window).dt.cast_time_unit("ns"), pl.col("a", "b").name.suffix("_then"), pl.col("quality_flags").alias("flags_then"))
    computed = rows.join(earlier, on="timestamp", how="left").sort("timestamp")
    if window:
        over = {"window_size": window, "closed": "both"}
        computed = computed.with_columns(
            pl.col("a").rolling_sum_by("timestamp", **over).alias("a_sum"),
            pl.col("b").rolling_max_by("timestamp", **over).alias("b_max"),
            pl.col("quality_flags").list.len().cast(pl.Float64).rolling_sum_by("timestamp", **over).alias("flagged"),
        )
    return computed


class Follower:
    """Keeps features by what `changes` says, in one piece or in several."""

    def __init__(self, dataset, window, in_pieces):
        self.dataset, self.window, self.in_pieces = dataset, window, in_pieces
        self.cached, self.since = None, None

    def follow(self):
        changes = self.dataset.changes("S", since=self.since, window=self.window)
        self.since = changes.since
        if self.cached is None:
            self.cached = features(changes.snapshot.scan().limit(0), self.window)
        if self.in_pieces:
            pieces = changes.stretches
        else:
            pieces = [] if changes.replace is None else [(changes.read, changes.replace)]
        for read, replace in pieces:
            stale = pl.col("timestamp").is_between(*replace, closed="left")
            fresh = features(changes.snapshot.scan(*read), self.window).filter(stale)
            self.cached = pl.concat([self.cached.filter(~stale), fresh]).sort("timestamp")
        return changes

    def is_right(self):
        from_scratch = features(self.dataset.scan("S"), self.window)
        assert_frame_equal(self.cached, from_scratch)


ARRIVALS = st.tuples(
    st.just("arrive"), st.sampled_from([["A"], ["B"], ["A", "B"]]), st.integers(0, 120), st.integers(1, 96)
)
ACTIONS = ARRIVALS | st.tuples(st.just("retract"), st.integers(1, 4)) | st.tuples(
    st.just("rebuild"), st.sampled_from(["mean", "max", "last"]), st.sampled_from(["30m", "1h"])
)


@settings(max_examples=20, deadline=None)
@given(
    first=ARRIVALS,
    actions=st.lists(st.tuples(ACTIONS, st.booleans()), min_size=1, max_size=5),
    window=st.sampled_from([dt.timedelta(0), HOUR, 7 * HOUR, dt.timedelta(days=2)]),
)
def test_features_that_follow_are_those_from_scratch(first, actions, window):
    with tempfile.TemporaryDirectory() as made:
        folder, now = Path(made), config()
        arrive(folder, 0, *first[1:], now)
        dataset = trendgate.Dataset(folder / "data")
        followers = [Follower(dataset, window, in_pieces) for in_pieces in (False, True)]
        for number, ((kind, *what), looks) in enumerate(actions, 1):
            if kind == "arrive":
                arrive(folder, number, *what, now)
            elif kind == "retract":
                retract(folder, what[0], now)
            else:
                now = config(*what)
                trendgate.run(now, folder / "in", data_dir=folder / "data", rebuild=True)
            if looks:
                for follower in followers:
                    follower.follow()
                    follower.is_right()
        for follower in followers:
            follower.follow()
            follower.is_right()
            assert follower.follow().replace is None


def test_a_rebuild_with_another_aggregation_shows_in_a_cache(tmp_path):
    arrive(tmp_path, 0, ["A"], 0, 96, config("mean"))
    dataset = trendgate.Dataset(tmp_path / "data")
    follower = Follower(dataset, HOUR, in_pieces=False)
    follower.follow()
    before = follower.cached
    manifest = trendgate.run(config("max"), tmp_path / "in", data_dir=tmp_path / "data", rebuild=True)
    assert manifest.changed_range is not None
    with pytest.raises(AssertionError):
        follower.is_right()
    changes = follower.follow()
    follower.is_right()
    assert (changes.added, changes.removed, changes.since) == ((), (), 2)
    assert follower.cached["a"].sum() > before["a"].sum()


def test_a_change_reaches_as_far_as_the_window_and_its_last_row_is_in_it(tmp_path):
    first = arrive(tmp_path, 0, ["A"], 0, 8 * 4, config())
    dataset = trendgate.Dataset(tmp_path / "data")
    follower = Follower(dataset, 3 * HOUR, in_pieces=False)
    assert follower.follow().added == ("a",)
    # The report begins and ends before others do: a row that changes has rows behind it.
    arrive(tmp_path, 1, ["B"], 2, 4, config())
    changes = dataset.changes("S", since=first.version, window="3h")
    changed = dataset.manifests("S", after=1)[0].changed_range
    assert changed == (START + 2 * HOUR, START + 2.5 * HOUR)
    assert changes.replace == (START + 2 * HOUR, START + 6 * HOUR)
    assert changes.read == (START - HOUR, START + 6 * HOUR)
    assert (changes.added, changes.removed) == (("b",), ())
    # Up to the last changed row and the window behind it is a row too few.
    stale = Follower(dataset, 3 * HOUR, in_pieces=False)
    stale.follow()
    from_scratch, old = stale.cached, follower.cached
    end = changed.last + 3 * HOUR
    assert end < changes.replace.end
    behind = pl.col("timestamp") >= end
    kept = pl.concat([old.filter(behind), from_scratch.filter(~behind)]).sort("timestamp")
    assert (kept["b_max"].eq_missing(from_scratch["b_max"])).not_().sum() == 1
    follower.follow()
    follower.is_right()


def test_far_apart_changes_are_stretches_whose_reads_do_not_overlap(tmp_path):
    for number, start in enumerate([0, 2, 40, 200]):
        arrive(tmp_path, number, ["A"], start, 8, config())
    dataset = trendgate.Dataset(tmp_path / "data")
    changes = dataset.changes("S", since=1, window=dt.timedelta(hours=12))
    at = [(start * HOUR, end * HOUR) for start, end in ((2, 4), (40, 42), (200, 202))]
    back = 12 * HOUR
    assert changes.stretches == tuple(
        ((START + start - back, START + end + back), (START + start, START + end + back)) for start, end in at
    )
    assert changes.read == (changes.stretches[0].read.start, changes.stretches[-1].read.end)
    assert changes.replace == (changes.stretches[0].replace.start, changes.stretches[-1].replace.end)
    one = dataset.changes("S", since=1, window="5d")
    assert one.stretches == ((one.read, one.replace),)
    assert one.replace == (START + 2 * HOUR, START + 202 * HOUR + dt.timedelta(days=5))
    rows = dataset.scan("S").collect()
    assert rows.filter(changes.stale()).height == 12
    assert rows.filter(dataset.changes("S", since=4).stale()).height == 0


def test_nothing_new_and_nothing_seen(tmp_path):
    arrive(tmp_path, 0, ["A"], 0, 8, config())
    dataset = trendgate.Dataset(tmp_path / "data")
    for nothing in (None, 0):
        changes = dataset.changes("S", since=nothing)
        assert changes.replace == changes.read == (START, START + 2 * HOUR)
    again = dataset.changes("S", since=changes.since, window="24h")
    assert (again.read, again.replace, again.stretches, again.added, again.removed, again.since) == (None, None, (), (), (), 1)
    assert repr(again) == "Changes up to version 1 of S: no rows"
    assert repr(changes) == "Changes up to version 1 of S: rows from 2026-01-29T00:00:00Z to before 2026-01-29T02:00:00Z, +a"


def test_a_column_that_goes_is_told(tmp_path):
    arrive(tmp_path, 0, ["A", "B"], 0, 8, config())
    arrive(tmp_path, 1, ["A"], 0, 8, config())
    done = retract(tmp_path, 1, config())
    assert done.returncode == 0, done.stderr
    dataset = trendgate.Dataset(tmp_path / "data")
    changes = dataset.changes("S", since=1)
    assert (changes.added, changes.removed) == ((), ("b",))
    assert dataset.changes("S", since=2).removed == ("b",)


def test_another_unit_of_time_changes_no_row(tmp_path):
    arrive(tmp_path, 0, ["A"], 0, 8, config())
    microseconds = config() | {"batch": {"timestamp_unit": "us"}}
    manifest = trendgate.run(microseconds, tmp_path / "in", data_dir=tmp_path / "data")
    dataset = trendgate.Dataset(tmp_path / "data")
    changes = dataset.changes("S", since=1, window="24h")
    assert (manifest.version, changes.since, changes.replace) == (2, 2, None)
    assert (changes.snapshot.time_unit, changes.snapshot.scan().collect().height) == ("us", 4)


def test_who_cannot_go_on_is_told_to_begin_anew(tmp_path):
    for number in range(4):
        arrive(tmp_path, number, ["A"], number, 8, config())
    dataset = trendgate.Dataset(tmp_path / "data")
    with pytest.raises(trendgate.UsageError, match="expected a version from 1 to 4, found 9") as caught:
        dataset.changes("S", since=9)
    assert "begin anew" in caught.value.hint
    words = ["gc", "--data-dir", tmp_path / "data", "--retention", "1s", "--grace", "1s", "--compact"]
    # What a version is followed by has to be older than the retention.
    time.sleep(1.2)
    done = subprocess.run([os.environ["TRENDGATE_BIN"], *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with pytest.raises(trendgate.UsageError, match="was compacted") as caught:
        dataset.changes("S", since=2)
    assert "begin anew" in caught.value.hint
    # The base record stands for version 3: what came after it is known.
    assert dataset.changes("S", since=3).replace == (START + 4 * HOUR, START + 5 * HOUR)
    assert dataset.changes("S").replace == (START, START + 5 * HOUR)
    assert [manifest.version for manifest in dataset.manifests("S", after=3)] == [4]


@pytest.mark.parametrize(
    ("window", "length"),
    [
        (None, dt.timedelta()),
        ("24h", dt.timedelta(days=1)),
        ("90m", dt.timedelta(minutes=90)),
        ("1d12h", dt.timedelta(hours=36)),
        ("1h30m", dt.timedelta(minutes=90)),
        (dt.timedelta(seconds=7), dt.timedelta(seconds=7)),
    ],
)
def test_a_window_is_text_or_a_timedelta(tmp_path, window, length):
    arrive(tmp_path, 0, ["A"], 0, 8, config())
    changes = trendgate.Dataset(tmp_path / "data").changes("S", window=window)
    assert changes.replace.end - (START + 2 * HOUR) == START - changes.read.start == length


@pytest.mark.parametrize("window", ["", "h", "24", "1.5h", "-1h", "24 h", 24, dt.timedelta(seconds=-1)])
def test_what_is_no_window_is_refused(tmp_path, window):
    with pytest.raises(trendgate.UsageError, match="window: expected"):
        trendgate.Dataset(tmp_path).changes("S", window=window)


def test_a_window_of_ages_ends_where_times_do(tmp_path):
    arrive(tmp_path, 0, ["A"], 0, 8, config())
    changes = trendgate.Dataset(tmp_path / "data").changes("S", window=dt.timedelta.max)
    assert [time.year for time in changes.read] == [1678, 2262]
    assert changes.snapshot.scan(*changes.read).collect().height == 4
