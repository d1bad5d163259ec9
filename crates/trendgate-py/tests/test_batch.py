"""Frames of a cleaner of one's own: what goes in comes out, what breaks the contract raises, and nothing is left behind."""

import contextlib
import datetime as dt
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings

import conftest
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st

START = dt.datetime(2026, 1, 31, 23, tzinfo=dt.UTC)
UTC = pl.Datetime("ns", "UTC")


def rows(bins, flags=None, **points):
    """A polars frame with a row in each of `bins`, a quarter of an hour each, counted from an hour before a month ends."""
    flags = [[] for _ in bins] if flags is None else flags
    times = [START + place * conftest.QUARTER for place in bins]
    columns = {"timestamp": pl.Series(times, dtype=UTC), "quality_flags": pl.Series(flags, dtype=pl.List(pl.String))}
    columns |= {name: pl.Series(list(cells), dtype=pl.Float64) for name, cells in points.items()}
    return pl.DataFrame(columns)


def batch_in(folder, on_conflict="raise", **more):
    config = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "1h"} | more}
    return trendgate.Batch(config, data_dir=folder / "data", on_conflict=on_conflict)


def committed(folder):
    return trendgate.Dataset(folder / "data").scan("S").collect()


def test_a_batch_of_frames_becomes_a_version_that_names_its_sources(tmp_path):
    with batch_in(tmp_path, "keep") as batch:
        first = batch.add(rows(range(3), [["FROZEN"], [], []], a=[1.0, None, 3.0]), source="a.csv")
        again = batch.add(rows(range(3), [["FROZEN"], [], []], a=[1.0, None, 3.0]), source=tmp_path / "copy.csv")
        batch.add(rows(range(1, 5), [["OUTLIER"], [], [], []], a=[7.0] * 4, b=[1.0] * 4), source="b.csv")
        assert repr(batch) == "Batch open: 3 frames, 10 rows"
    manifest = batch.manifest
    assert (first.status, again.status, first.rows) == ("accepted", "duplicate", 3)
    assert (manifest.version, manifest.outcome.status, manifest.statistics.total_rows) == (1, "committed", 5)
    assert [(entry["path"], entry["status"]) for entry in manifest.inputs] == [
        ("a.csv", "accepted"),
        ("b.csv", "accepted"),
        (str(tmp_path / "copy.csv"), "duplicate"),
    ]
    assert manifest.inputs[0]["digest"] == first.digest
    assert repr(batch) == "Batch committed: S version 1"
    manifest.validate()
    assert trendgate.verify(tmp_path / "data").findings == ()
    # First wins, cell by cell; flags unite.
    expected = rows(range(5), [["FROZEN"], ["OUTLIER"], [], [], []], a=[1.0, 7.0, 3.0, 7.0, 7.0], b=[None, 1.0, 1.0, 1.0, 1.0])
    assert committed(tmp_path).equals(expected)
    assert (manifest.conflicts["cells"], manifest.cells["input"]) == (1, 11)


def test_every_kind_of_frame_that_speaks_arrow_goes_in(tmp_path):
    frame = rows(range(3), [["FROZEN"], [], ["OUTLIER", "INSUFFICIENT_DATA"]], a=[1.0, None, 3.0])
    table = pa.table(frame)
    pandas = frame.to_pandas()
    pandas["timestamp"] = pandas["timestamp"].astype("datetime64[ns, UTC]")
    kinds = [frame, table, pandas, pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1))]
    digests = set()
    for place, kind in enumerate(kinds):
        with batch_in(tmp_path / str(place)) as batch:
            digests.add(batch.add(kind, source="a").digest)
        assert committed(tmp_path / str(place)).equals(frame)
    assert len(digests) == 1, "the digest is of the content, not of its form"


def test_flags_that_were_cast_to_float64_are_a_type_error_that_names_column_and_types(tmp_path):
    bad = rows(range(2), a=[1.0, 2.0]).with_columns(quality_flags=pl.lit(0.0))
    with pytest.raises(TypeError) as caught, batch_in(tmp_path) as batch:
        batch.add(bad, source="a.csv")
    assert isinstance(caught.value, trendgate.ContractViolationError)
    (violation,) = caught.value.violations
    assert (violation.kind, violation.column) == ("TypeMismatch", "quality_flags")
    assert str(caught.value) == (
        'a.csv: TypeMismatch: column "quality_flags": expected list<string>, got float64\n'
        "  help: the flags are lists of strings, [] where there is none: cast the points alone, not every column"
    )
    assert not (tmp_path / "data").exists()


GOOD = rows(range(3), a=[1.0, 2.0, 3.0])
SOON = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=2)
BREACHES = {
    "MissingColumn": GOOD.drop("quality_flags"),
    "Duplicate": pl.concat([GOOD[:2], GOOD[1:]]),
    "Disorder": GOOD.reverse(),
    "Future": GOOD[:1].with_columns(timestamp=pl.lit(SOON).cast(UTC)),
    "UnknownFlag": GOOD.with_columns(quality_flags=pl.lit(["STALE"], dtype=pl.List(pl.String))),
    "NullFlags": GOOD.with_columns(quality_flags=pl.lit(None, dtype=pl.List(pl.String))),
    "OffGrid": GOOD.with_columns(pl.col("timestamp").dt.offset_by("1s")),
    "UnexpectedColumn": GOOD.with_columns(year=1.0),
    "TypeMismatch": GOOD.with_columns(pl.col("timestamp").dt.convert_time_zone("Asia/Taipei")),
    "NullTimestamp": GOOD.with_columns(timestamp=pl.lit(None, dtype=UTC)),
}


@pytest.mark.parametrize("kind", BREACHES)
def test_each_breach_raises_with_its_violations_and_leaves_nothing(kind, tmp_path):
    with pytest.raises(trendgate.ContractViolationError) as caught, batch_in(tmp_path) as batch:
        batch.add(GOOD, source="good.csv")
        batch.add(BREACHES[kind], source="bad.csv")
    assert {violation.kind for violation in caught.value.violations} == {kind}
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith("bad.csv: ")
    assert not (tmp_path / "data").exists()


def test_a_caller_can_go_on_without_a_frame_that_was_refused(tmp_path):
    with batch_in(tmp_path) as batch:
        with contextlib.suppress(trendgate.ContractViolationError):
            batch.add(BREACHES["Disorder"], source="bad.csv")
        batch.add(GOOD, source="good.csv")
    assert committed(tmp_path).equals(GOOD)
    (failed,) = batch.manifest.outcome.failed
    assert (failed["file"], failed["kind"]) == ("bad.csv", "Contract")
    assert batch.manifest.failed_files[0]["file"] == "bad.csv"


@pytest.mark.parametrize("raised", [LookupError, KeyboardInterrupt, SystemExit])
def test_leaving_by_an_exception_undoes_everything(raised, tmp_path):
    with batch_in(tmp_path) as batch:
        batch.add(GOOD, source="a.csv")
    before = conftest.files_under(tmp_path)
    with pytest.raises(raised), batch_in(tmp_path) as batch:
        batch.add(rows(range(9), a=[5.0] * 9), source="b.csv")
        raise raised
    assert batch.manifest is None
    assert conftest.files_under(tmp_path) == before
    with batch_in(tmp_path) as batch:
        assert batch.add(GOOD, source="a.csv").status == "known"
    assert (batch.manifest.version, batch.manifest.outcome.status) == (1, "nothing_new")


def test_a_batch_that_is_forgotten_lets_go_of_the_site(tmp_path):
    batch = batch_in(tmp_path).__enter__()
    batch.add(GOOD, source="a.csv")
    with pytest.raises(trendgate.LockedError), batch_in(tmp_path):
        pass
    del batch
    gc.collect()
    assert not (tmp_path / "data").exists()


def test_a_correction_that_is_kept_out_warns_and_is_counted(tmp_path):
    with batch_in(tmp_path) as batch:
        assert batch.add(rows(range(3), a=[1.0, None, 3.0]), source="a.csv").conflicts == 0
    corrected = rows(range(4), a=[1.0, 2.0, 30.0, 4.0])
    with pytest.warns(UserWarning, match='b.csv: 1 of its numbers differ from committed ones and change nothing .*30 in "a"') as caught:
        with batch_in(tmp_path, "keep") as batch:
            added = batch.add(corrected, source="b.csv")
    assert caught[0].filename == __file__
    assert (added.status, added.conflicts) == ("accepted", 1)
    assert batch.manifest.conflicts["cells"] == 1
    assert committed(tmp_path).equals(rows(range(4), a=[1.0, 2.0, 3.0, 4.0]))
    # What is only new, or says the same, says nothing.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with batch_in(tmp_path) as batch:
            assert batch.add(rows(range(3, 6), a=[4.0, 5.0, 6.0]), source="c.csv").conflicts == 0


def test_of_two_frames_of_one_batch_that_differ_the_later_one_warns(tmp_path):
    with pytest.warns(UserWarning, match="b.csv: 2 of its numbers differ from those of frames that were added before it"):
        with batch_in(tmp_path, "keep") as batch:
            batch.add(GOOD, source="a.csv")
            assert batch.add(rows(range(3), a=[1.0, 20.0, 30.0]), source="b.csv").conflicts == 0
    assert committed(tmp_path).equals(GOOD)


def in_child(work):
    """What `work` gives in a fork of this process."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = work()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_child_neither_undoes_nor_commits_nor_unlocks_its_parents_batch(tmp_path):
    with batch_in(tmp_path) as batch:
        batch.add(GOOD, source="a.csv")

        def misuse():
            raised = 0
            for work in (lambda: batch.add(GOOD, source="b.csv"), lambda: batch.__exit__(None, None, None)):
                try:
                    work()
                except trendgate.UsageError as error:
                    raised += "this is a fork of it" in str(error)
            gc.collect()
            return raised

        assert in_child(misuse) == 2
        with pytest.raises(trendgate.LockedError), batch_in(tmp_path):
            pass
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(abs, [-1, 2]) == [1, 2]
        batch.add(rows(range(3, 5), a=[4.0, 5.0]), source="c.csv")
    assert committed(tmp_path).equals(rows(range(5), a=[1.0, 2.0, 3.0, 4.0, 5.0]))
    assert trendgate.verify(tmp_path / "data").findings == ()


def test_a_forked_child_that_exits_inside_of_the_block_leaves_the_batch_to_its_parent(tmp_path):
    program = """
import os, pathlib, sys
import polars as pl, trendgate
times = pl.Series([0, 900_000_000_000], dtype=pl.Datetime("ns", "UTC"))
frame = pl.DataFrame({"timestamp": times, "quality_flags": pl.Series([[], []], dtype=pl.List(pl.String)), "a": [1.0, 2.0]})
config = {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_interval": "15m"}}
with trendgate.Batch(config, data_dir=pathlib.Path(sys.argv[1]) / "data") as batch:
    batch.add(frame, source="a.csv")
    child = os.fork()
    if child == 0:
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(batch.manifest.version, batch.manifest.statistics.total_rows)
"""
    assert measured(program, tmp_path) == [1, 2]


def test_ctrl_c_while_a_frame_is_read_undoes_the_batch(tmp_path):
    def endless():
        for place in range(100_000):
            if place == 10:
                os.kill(os.getpid(), signal.SIGINT)
            yield pa.table(rows([place], a=[1.0])).to_batches()[0]

    reader = pa.RecordBatchReader.from_batches(pa.table(GOOD).schema, endless())
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt), batch_in(tmp_path) as batch:
        batch.add(reader, source="a.csv")
    assert not (tmp_path / "data").exists()
    assert threading.active_count() == threads


def test_a_frame_that_fails_half_way_is_an_error_with_its_reason(tmp_path):
    def broken():
        yield from pa.table(GOOD).to_batches()
        raise LookupError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(pa.table(GOOD).schema, broken())
    with pytest.raises(trendgate.InputError, match="the disk is gone"), batch_in(tmp_path) as batch:
        batch.add(reader, source="a.csv")
    assert not (tmp_path / "data").exists()


def test_flags_that_polars_could_not_type_are_an_error_that_says_what_to_do(tmp_path):
    bad = GOOD.with_columns(quality_flags=pl.Series([[], [], []]))
    with pytest.raises(trendgate.InputError, match=r"give it one, pl.List\(pl.String\)"), batch_in(tmp_path) as batch:
        batch.add(bad, source="a.csv")
    assert not (tmp_path / "data").exists()


def test_what_is_no_frame_and_a_batch_out_of_its_block_are_the_callers_mistake(tmp_path):
    batch = batch_in(tmp_path)
    with pytest.raises(trendgate.UsageError, match="has not begun"):
        batch.add(GOOD, source="a.csv")
    with batch:
        with pytest.raises(trendgate.UsageError, match="found LazyFrame\n  help: a LazyFrame is collected first"):
            batch.add(GOOD.lazy(), source="a.csv")
        with pytest.raises(trendgate.UsageError, match="found dict"):
            batch.add({}, source="a.csv")
        batch.add(GOOD, source="a.csv")
    with pytest.raises(trendgate.UsageError, match="has not begun"):
        batch.add(GOOD, source="a.csv")
    with pytest.raises(TypeError, match="no such option: rebuild; there are site, timezone"):
        trendgate.Batch(conftest.CONFIG, rebuild=True)


def test_numbers_that_no_sensor_can_have_measured_warn(tmp_path):
    frame = rows(range(3), a=[float("nan"), 1e20, 2.0])
    with pytest.warns(UserWarning, match='a.csv: 1 cells of "a" are infinite or at least 1e20') as caught, batch_in(tmp_path) as batch:
        batch.add(frame, source="a.csv")
    assert caught[0].filename == __file__
    assert committed(tmp_path).equals(rows(range(3), [[], ["OUTLIER"], []], a=[None, None, 2.0]))


def test_units_and_points_come_from_the_configuration(tmp_path):
    points = {"CH1.CHST": {"physical_type": "chilled_water_temperature"}}
    with batch_in(tmp_path, points=points) as batch:
        batch.add(rows(range(2), ch1_chst=[7.0, 7.1]), source="a.csv")
    (column,) = batch.manifest.points
    assert (column.name, column.point, column.unit) == ("ch1_chst", "CH1.CHST", "°C")


def test_reports_and_frames_do_not_mix(grown):
    data, _, _ = grown
    with pytest.raises(trendgate.UsageError, match="is made of reports"), trendgate.Batch(conftest.CONFIG, data_dir=data):
        pass


FLAGS = st.lists(st.sampled_from(trendgate.FLAGS), unique=True).map(lambda chosen: sorted(chosen, key=trendgate.FLAGS.index))
NUMBER = st.none() | st.floats(-9.9e19, 9.9e19, allow_nan=False)


@st.composite
def conforming(draw):
    """Any frame that meets the contract: any bins, any flags, any points, any numbers."""
    bins = draw(st.lists(st.integers(0, 300), unique=True, min_size=1, max_size=20).map(sorted))
    names = draw(st.lists(st.sampled_from(["a", "b", "冰水", "x.y"]), unique=True, max_size=3))
    cells = {name: draw(st.lists(NUMBER, min_size=len(bins), max_size=len(bins))) for name in names}
    return rows(bins, draw(st.lists(FLAGS, min_size=len(bins), max_size=len(bins))), **cells)


def filled(frame):
    """The frame with what the contract inserts: missing bins of an hour at most."""
    quarters = [(time - START) // conftest.QUARTER for time in frame["timestamp"]]
    missing = [
        place for one, next_one in zip(quarters, quarters[1:], strict=False) if next_one - one <= 5 for place in range(one + 1, next_one)
    ]
    inserted = rows(missing, [["INSUFFICIENT_DATA"]] * len(missing))
    points = sorted(set(frame.columns) - {"timestamp", "quality_flags"})
    return pl.concat([frame, inserted], how="diagonal").sort("timestamp").select("timestamp", "quality_flags", *points)


@settings(max_examples=40, deadline=None)
@given(frame=conforming())
def test_any_frame_that_meets_the_contract_comes_out_equal(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frame")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with batch_in(folder) as batch:
            batch.add(frame, source="a.csv")
    assert committed(folder).equals(filled(frame))
    assert trendgate.verify(folder / "data").findings == ()


def swapped(frame, place):
    order = list(range(frame.height))
    order[place], order[place + 1] = order[place + 1], order[place]
    return frame[order]


BREAK = {
    "Disorder": lambda frame, place: swapped(pl.concat([frame, rows([301, 302])], how="diagonal"), place),
    "Duplicate": lambda frame, place: pl.concat([frame[: place + 1], frame[place:]]),
    "MissingColumn": lambda frame, place: frame.drop(["timestamp", "quality_flags"][place % 2]),
    "TypeMismatch": lambda frame, place: frame.with_columns(
        [pl.lit(0.0).alias("quality_flags"), pl.col("timestamp").cast(pl.Datetime("us", "UTC"))][place % 2]
    ),
    "UnknownFlag": lambda frame, place: pl.concat([frame, rows([301], [["frozen"]])], how="diagonal"),
    "NullFlags": lambda frame, place: pl.concat([frame, rows([301], [None])], how="diagonal"),
    "OffGrid": lambda frame, place: frame.with_columns(pl.col("timestamp").dt.offset_by(f"{place + 1}ns")),
    "UnexpectedColumn": lambda frame, place: frame.with_columns(month=1.0),
}


@settings(max_examples=60, deadline=None)
@given(frame=conforming(), kind=st.sampled_from(sorted(BREAK)), data=st.data())
def test_any_frame_that_breaks_the_contract_raises_and_nothing_is_left(frame, kind, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frame")
    bad = BREAK[kind](frame, data.draw(st.integers(0, frame.height - 1)))
    with pytest.raises(trendgate.ContractViolationError) as caught, batch_in(folder) as batch:
        batch.add(frame, source="good.csv")
        batch.add(bad, source="bad.csv")
    assert kind in {violation.kind for violation in caught.value.violations}
    assert conftest.files_under(folder) == []


def measured(program, folder):
    """What a program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


MEASURE = """
import sys, pathlib
import numpy as np, pyarrow as pa, trendgate
# What it holds now, and the most that it ever held, in bytes.
status = lambda key: int(next(l for l in open("/proc/self/status") if l.startswith(key)).split()[1]) * 1024
def frame(first, rows, points, value):
    times = pa.array(np.arange(first, first + rows) * 60_000_000_000 + 1_577_836_800_000_000_000)
    flags = pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    cells = {f"p{place:03}": pa.array(np.full(rows, value)) for place in range(points)}
    return pa.table({"timestamp": times.cast(pa.timestamp("ns", "UTC")), "quality_flags": flags, **cells})
config = {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_interval": "1m"}}
"""


def test_memory_stays_flat_over_a_thousand_frames(tmp_path):
    # 1 000 files of 1 MB, a gigabyte in all: what is held after a tenth of them and after all, and the most that a whole batch ever
    # held, the commit in it, against one of a tenth of the frames.
    found = {}
    for frames in (100, 1000):
        found[frames] = measured(
            MEASURE
            + f"""
with trendgate.Batch(config, data_dir=pathlib.Path(sys.argv[1]) / "{frames}") as batch:
    for place in range({frames}):
        batch.add(frame(place * 1200, 1200, 100, 1.0 + place), source=f"{{place}}.csv")
        if place == 99:
            early = status("VmRSS")
    late = status("VmRSS")
assert batch.manifest.statistics.total_rows == 1200 * {frames}
print(early, late, status("VmHWM"))
""",
            tmp_path,
        )
    (_, _, few), (early, late, many) = found[100], found[1000]
    print(f"after 100 frames {early >> 20} MiB, after 1000 {late >> 20} MiB; at most {few >> 20} and {many >> 20} MiB")
    assert late < 1.2 * early
    assert many < 1.2 * few


def test_a_frame_of_a_gigabyte_is_added_without_a_second_one(tmp_path):
    before, after, peak, size = measured(
        MEASURE
        + """
# Made in place, so that the making does not set the mark.
big = frame(0, 500_000, 250, 1.0)
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
with trendgate.Batch(config, data_dir=pathlib.Path(sys.argv[1]) / "data") as batch:
    batch.add(big, source="big")
    after, peak = status("VmRSS"), status("VmHWM")
    raise SystemExit(print(before, after, peak, big.nbytes))
""",
        tmp_path,
    )
    print(f"{size >> 20} MiB: {before >> 20} MiB before, {after >> 20} MiB after, at most {peak >> 20} MiB")
    assert size > 1_000_000_000
    assert peak - before < 0.1 * size
    assert conftest.files_under(tmp_path) == []
