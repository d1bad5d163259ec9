"""Runs: what is committed, what a caller hears of it, and how it stops."""

import fcntl
import os
import signal
import threading
import time

import conftest
import pytest
import trendgate


def test_a_run_says_how_far_it_is_and_returns_what_it_committed(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    heard, threads = [], set()

    def progress(step):
        heard.append(step)
        threads.add(threading.get_ident())

    manifest = trendgate.run(conftest.CONFIG, [tmp_path / "in"], data_dir=tmp_path / "data", progress=progress)
    assert (manifest.site_id, manifest.version, manifest.statistics.total_rows) == ("S", 1, 96)
    assert (manifest.outcome.status, manifest.outcome.failed) == ("committed", ())
    assert manifest.path.parent == tmp_path / "data/manifests"
    stages = list(dict.fromkeys(step.stage for step in heard))
    assert stages == ["looking", "reading", "checking", "committing"]
    read = [step for step in heard if step.stage == "reading"][-1]
    assert read.done == read.total == (tmp_path / "in/a.csv").stat().st_size
    assert threads == {threading.get_ident()}


def test_the_second_run_has_nothing_new(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    first = trendgate.run(conftest.CONFIG, str(tmp_path / "in"), data_dir=tmp_path / "data")
    again = trendgate.run(conftest.CONFIG, str(tmp_path / "in"), data_dir=tmp_path / "data")
    assert (again.outcome.status, again.outcome.known) == ("nothing_new", 1)
    assert (again.version, again.checksum) == (1, first.checksum)


def test_a_bad_file_is_in_the_outcome_and_stops_nothing(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    (tmp_path / "in/b.csv").write_text("no report\n", encoding="utf-8")
    manifest = trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    (failed,) = manifest.outcome.failed
    assert (failed["file"], failed["kind"]) == (str(tmp_path / "in/b.csv"), "Input")
    assert "unmapped_points" in [warning.kind for warning in manifest.outcome.warnings]
    (unmapped,) = (warning for warning in manifest.warnings if warning.kind == "unmapped_points")
    assert (unmapped.counts, manifest.standing) == ({"unmapped": 1, "points": 1}, ())
    assert manifest.statistics.total_rows == 96


def test_a_plan_and_an_inspection_write_nothing(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A", "B"], "2026-01-30T00:00", 96)
    plan = trendgate.plan(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    assert (plan.columns, plan.unmapped, len(plan.reports), len(plan.tasks)) == (["a", "b"], 2, 1, 1)
    assert plan.bytes_to_read == (tmp_path / "in/a.csv").stat().st_size
    assert repr(plan).startswith("Plan: 1 report (")
    inspection = trendgate.inspect(tmp_path / "in/a.csv", timezone="Asia/Taipei")
    assert (inspection.rows, inspection.cells, len(inspection.points)) == (96, 192, 2)
    assert str(inspection.time_range) == "2026-01-29T16:00:00Z .. 2026-01-30T15:45:00Z"
    assert "points 2 (0 dead), 192 cells" in repr(inspection)
    assert conftest.files_under(tmp_path) == ["in/a.csv"]


def test_an_option_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(TypeError, match="no such option: resample_interval; there are site, timezone"):
        trendgate.run(conftest.CONFIG, tmp_path, resample_interval="5m")


def test_what_the_callback_raises_stops_the_run_and_leaves_nothing(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)

    def progress(_step):
        raise LookupError("enough")

    # The reports are read after the first step, and a run asks whether to stop before it commits.
    with pytest.raises(LookupError, match="enough") as caught:
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", progress=progress)
    committed = [path for path in conftest.files_under(tmp_path / "data") if path.startswith("processed")]
    assert bool(committed) == hasattr(caught.value, "__notes__")
    assert not [path for path in conftest.files_under(tmp_path / "data") if path.startswith(".staging")]


def hold_the_site(data):
    """Takes the lock of the site as another run would."""
    (lock,) = (data / "manifests/.log/S").glob("*lock*")
    held = lock.open("r+b")
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def test_ctrl_c_stops_a_run_while_other_threads_go_on(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    conftest.write_report(tmp_path / "in/b.csv", ["A"], "2026-01-31T00:00", 96)
    before = conftest.files_under(tmp_path / "data")
    turns = []

    def interrupt():
        for _ in range(20):
            turns.append(time.monotonic())
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    with hold_the_site(tmp_path / "data"):
        # It waits for the site, so that it is there when the signal comes.
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", wait=True)
        thread.join()
    assert len(turns) == 20
    assert conftest.files_under(tmp_path / "data") == before
    assert trendgate.Dataset(tmp_path / "data").snapshot("S").version == 1


def test_ctrl_c_while_reports_are_read_leaves_no_staging(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", [f"P{place}" for place in range(60)], "2020-01-01T00:00", 20_000)
    seen = []

    def progress(step):
        if step.stage == "reading" and not seen:
            seen.append(step)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data", progress=progress)
    # Reading goes on for a moment: on a machine fast enough the run may be past its commit, and then says so.
    left = conftest.files_under(tmp_path / "data")
    assert bool(left) == hasattr(caught.value, "__notes__")
    assert not [path for path in left if path.startswith(".staging")]


def test_a_site_that_is_held_is_an_error_of_its_own(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    with hold_the_site(tmp_path / "data"), pytest.raises(trendgate.LockedError):
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
