"""Work that another thread, or an event loop, stops: nothing is committed then, and nothing is left behind."""

import asyncio
import multiprocessing
import threading
import time

import conftest
import polars as pl
import pytest
import trendgate
from test_running import hold_the_site

MANY = [f"P{place}" for place in range(20)]


def staged(tmp_path):
    return [path for path in conftest.files_under(tmp_path / "data") if path.startswith((".staging", "processed"))]


def test_an_event_that_another_thread_sets_stops_a_run_that_waits_for_its_site(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    conftest.write_report(tmp_path / "in/b.csv", ["A"], "2026-01-31T00:00", 96)
    before = conftest.files_under(tmp_path / "data")
    stop = threading.Event()
    with hold_the_site(tmp_path / "data"):
        threading.Timer(0.2, stop.set).start()
        since = time.monotonic()
        with pytest.raises(trendgate.StoppedError, match="nothing was committed"):
            trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", wait=True, cancel=stop)
        assert time.monotonic() - since < 10
    assert conftest.files_under(tmp_path / "data") == before
    assert trendgate.Dataset(tmp_path / "data").snapshot("S").version == 1


@pytest.mark.parametrize("work", [trendgate.run, trendgate.plan])
def test_a_callable_that_is_true_from_the_beginning_stops_at_once(work, tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", MANY, "2020-01-01T00:00", 3000)
    with pytest.raises(trendgate.StoppedError):
        work(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", cancel=lambda: True)
    assert not staged(tmp_path)


def test_a_run_that_is_stopped_while_it_reads_leaves_nothing_and_the_next_one_is_whole(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", MANY, "2020-01-01T00:00", 20_000)
    stop = threading.Event()

    def progress(step):
        if step.stage == "reading":
            stop.set()

    with pytest.raises(trendgate.StoppedError):
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", progress=progress, cancel=stop)
    assert not staged(tmp_path)
    manifest = trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", cancel=threading.Event())
    assert (manifest.version, manifest.statistics.total_rows) == (1, 20_000)


def test_what_the_callable_raises_stops_the_run_and_is_what_the_caller_gets(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", MANY, "2020-01-01T00:00", 3000)

    def asked():
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", cancel=asked)
    assert not staged(tmp_path)


def test_a_batch_of_frames_is_stopped_and_undone(tmp_path):
    times = pl.Series([0, 900_000_000_000], dtype=pl.Datetime("ns", "UTC"))
    frame = pl.DataFrame({"timestamp": times, "quality_flags": pl.Series([[], []], dtype=pl.List(pl.String)), "a": [1.0, 2.0]})
    stop = threading.Event()
    with pytest.raises(trendgate.StoppedError):
        with trendgate.Batch(conftest.CONFIG, data_dir=tmp_path / "data", cancel=stop) as batch:
            batch.add(frame, source="a.csv")
            stop.set()
    assert batch.manifest is None
    assert not staged(tmp_path)


def test_tasks_upkeep_and_proposals_are_stopped_too(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", MANY, "2020-01-01T00:00", 3000)
    (task,) = trendgate.tasks.plan(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    with pytest.raises(trendgate.StoppedError):
        trendgate.tasks.execute(task, cancel=lambda: True)
    with pytest.raises(trendgate.StoppedError):
        trendgate.init(tmp_path / "in", cancel=lambda: True)
    outcome = trendgate.tasks.execute(task, cancel=multiprocessing.Event())
    assert trendgate.tasks.commit([outcome])[0].status == "committed"
    dataset = trendgate.Dataset(tmp_path / "data")
    with hold_the_site(tmp_path / "data"):
        for work in (dataset.gc, dataset.recover):
            with pytest.raises(trendgate.StoppedError):
                work("S", wait=True, cancel=lambda: True)


@pytest.mark.parametrize("cancel", [lambda: True, multiprocessing.Event()], ids=["callable", "event"])
def test_a_verification_is_stopped_before_its_next_file(cancel, grown):
    data, first, _second = grown
    if not callable(cancel):
        cancel.set()
    dataset = trendgate.Dataset(data)
    for verify in (dataset.verify, lambda **options: trendgate.verify(data, "S", **options), lambda **options: trendgate.verify(first.path, **options)):
        with pytest.raises(trendgate.StoppedError, match="while verifying the dataset"):
            verify(cancel=cancel)
        assert verify(cancel=threading.Event()).ok


def test_a_run_in_a_thread_of_an_event_loop_stops_with_its_task(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    conftest.write_report(tmp_path / "in/b.csv", ["A"], "2026-01-31T00:00", 96)
    ended = []

    async def run(**options):
        stop = threading.Event()
        running = asyncio.to_thread(trendgate.run, conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", cancel=stop, **options)
        work = asyncio.ensure_future(running)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            ended.extend(await asyncio.gather(work, return_exceptions=True))
            raise

    async def both():
        with hold_the_site(tmp_path / "data"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await run(wait=True)
        return await run()

    assert asyncio.run(both()).version == 2
    assert [type(one) for one in ended] == [trendgate.StoppedError]
