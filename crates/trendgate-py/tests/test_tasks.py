"""Tasks as values: planned, done anywhere, committed by whoever has their outcomes."""

import concurrent.futures
import pickle
import subprocess
import sys

import conftest
import pytest
import trendgate
from trendgate import tasks

SITES = {"sites": {site: {} for site in ("EAST", "WEST")}, "cleaner": {"timezone": "UTC", "resample_interval": "15m"}}


def two_sites(folder):
    """A configuration of two sites, and their reports: two months each."""
    config = SITES | {"sites": {site: {"paths": [str(folder / "in" / site)]} for site in SITES["sites"]}}
    for site in config["sites"]:
        conftest.write_report(folder / "in" / site / "a.csv", [f"{site}.A"], "2026-01-30T00:00", 288)
    return config


def parts_of(data, site):
    """The digests of the parts of a site's last version."""
    return sorted(part.sha256 for part in trendgate.Dataset(data).snapshot(site).parts)


def test_tasks_done_in_other_processes_in_any_order_make_what_a_run_makes(tmp_path):
    config = two_sites(tmp_path)
    planned = tasks.plan(config, data_dir=tmp_path / "data", threads=2)
    assert len(planned) == 4 and all(len(task) < 1000 for task in planned)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        outcomes = list(pool.map(tasks.execute, reversed(planned)))
    ends = tasks.commit(outcomes)
    assert [(end.site, end.status, end.version, end.again, end.error) for end in ends] == [
        ("EAST", "committed", 1, False, None),
        ("WEST", "committed", 1, False, None),
    ]
    for end in ends:
        alone = trendgate.run(config, tmp_path / "in" / end.site, site=end.site, data_dir=tmp_path / "alone")
        manifest = trendgate.Manifest.load(end.manifest)
        assert manifest.statistics.total_rows == alone.statistics.total_rows == 288
        assert parts_of(tmp_path / "data", end.site) == parts_of(tmp_path / "alone", end.site)


def test_some_of_the_sites_are_planned_and_one_that_does_not_exist_is_refused(tmp_path):
    config = two_sites(tmp_path)
    planned = tasks.plan(config, sites=["WEST"], data_dir=tmp_path / "data")
    ends = tasks.commit(map(tasks.execute, planned))
    assert [(end.site, end.status) for end in ends] == [("WEST", "committed")]
    with pytest.raises(trendgate.UsageError, match='the configuration has no site "NORTH"'):
        tasks.plan(config, sites=["WEST", "NORTH"], data_dir=tmp_path / "data")
    with pytest.raises(TypeError, match="no such option: site; there are timezone"):
        tasks.plan(config, site="WEST")
    one = tasks.plan(conftest.CONFIG, tmp_path / "in/EAST", sites=["OTHER"], data_dir=tmp_path / "other")
    assert [end.site for end in tasks.commit(map(tasks.execute, one))] == ["OTHER"]


def test_a_site_with_nothing_new_and_one_that_cannot_be_planned_are_answered_for(tmp_path):
    config = two_sites(tmp_path)
    tasks.commit(map(tasks.execute, tasks.plan(config, data_dir=tmp_path / "data")))
    config["sites"]["GONE"] = {"paths": [str(tmp_path / "none")]}
    ends = tasks.commit(map(tasks.execute, tasks.plan(config, data_dir=tmp_path / "data")))
    assert [(end.site, end.status, end.version, end.known) for end in ends] == [
        ("EAST", "nothing_new", 1, 1),
        ("GONE", "failed", None, 0),
        ("WEST", "nothing_new", 1, 1),
    ]
    gone = ends[1]
    assert isinstance(gone.error, trendgate.UsageError) and not gone.again
    assert str(gone.error).startswith(f"{tmp_path}/none: no such file or folder")


def test_of_two_plans_of_the_same_reports_the_second_is_already_committed_and_of_other_reports_it_is_overtaken(tmp_path):
    folder = tmp_path / "in"
    conftest.write_report(folder / "a.csv", ["A"], "2026-01-30T00:00", 96)
    first, same = (tasks.plan(conftest.CONFIG, folder, data_dir=tmp_path / "data") for _ in range(2))
    conftest.write_report(folder / "b.csv", ["B"], "2026-01-30T00:00", 96)
    more = tasks.plan(conftest.CONFIG, folder, data_dir=tmp_path / "data")
    first, same, more = (list(map(tasks.execute, planned)) for planned in (first, same, more))
    ends = [tasks.commit(outcomes)[0] for outcomes in (first, same, more)]
    assert [(end.status, end.version, end.again) for end in ends] == [
        ("committed", 1, False),
        ("already_committed", 1, False),
        ("overtaken", 1, True),
    ]
    assert trendgate.Manifest.load(ends[1].manifest).batch_id == trendgate.Manifest.load(ends[0].manifest).batch_id
    again = tasks.commit(map(tasks.execute, tasks.plan(conftest.CONFIG, folder, data_dir=tmp_path / "data")))
    assert [(end.status, end.version) for end in again] == [("committed", 2)]


def test_a_report_whose_rows_prove_to_be_out_of_order_is_read_whole_in_the_next_plan(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    disordered = tmp_path / "in/b.csv"
    conftest.write_report(disordered, ["B"], "2026-01-02T00:00", 3000)
    lines = disordered.read_bytes().splitlines(keepends=True)
    lines[1400:1500], lines[1500:1600] = lines[1500:1600], lines[1400:1500]
    disordered.write_bytes(b"".join(lines))
    ends = []
    while not ends or ends[-1].again:
        planned = tasks.plan(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
        ends += tasks.commit(map(tasks.execute, planned))
    assert [(end.status, end.again) for end in ends] == [("failed", True), ("committed", False)]
    assert str(ends[0].error).startswith(f"{disordered}: it has to be read whole, for its times")
    assert trendgate.Manifest.load(ends[1].manifest).statistics.total_rows == 3000


def test_what_a_driver_left_is_gone_on_with_and_only_what_was_not_done_is_done(tmp_path):
    config, out = two_sites(tmp_path), tmp_path / "out"
    planned = tasks.plan(config, data_dir=tmp_path / "data", out=out, threads=2)
    done = [tasks.execute(planned[0]), *map(tasks.execute, planned[2:])]
    made = sorted((tmp_path / "data/.staging").glob("*/part-*"))
    left = tasks.plan(config, data_dir=tmp_path / "data", out=out)
    # Of EAST what was not done; of WEST, where all was, one task speaks for all.
    assert left == [planned[1], planned[2]]
    outcomes = list(map(tasks.execute, left))
    assert outcomes[1] == done[1]
    ends = tasks.commit(outcomes)
    assert [(end.site, end.status) for end in ends] == [("EAST", "committed"), ("WEST", "committed")]
    used = [path.name for end in ends for path in trendgate.Manifest.load(end.manifest).paths]
    assert {path.name for path in made} < set(used) and len(used) == 4
    # All that was in the folder is committed: what is planned now is new.
    ends = tasks.commit(map(tasks.execute, tasks.plan(config, data_dir=tmp_path / "data", out=out)))
    assert [end.status for end in ends] == ["nothing_new", "nothing_new"]


def test_a_task_of_another_version_and_other_bytes_are_refused(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    (task,) = tasks.plan(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    other = task.replace(trendgate.__version__.encode(), b"9.9.9", 1)
    with pytest.raises(trendgate.UsageError, match=r"a task is of trendgate 9\.9\.9 \(rules \d+\), and this is ") as caught:
        tasks.execute(other)
    assert "the same version on the driver and on every worker" in str(caught.value)
    with pytest.raises(trendgate.UsageError, match="expected the outcome of a task"):
        tasks.commit([task])
    with pytest.raises(trendgate.UsageError, match="expected a task"):
        tasks.execute(b"no task")


def test_an_error_goes_from_process_to_process_whole():
    error = trendgate.StorageError("a: full", message="full", path="a", hint="make room", errno=28)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is trendgate.StorageError
    assert (str(again), again.message, again.path, again.errno) == (str(error), "full", error.path, 28)


INTERRUPTED = """
import os, signal, sys, threading, time
import trendgate
from trendgate import tasks

signal.signal(signal.SIGINT, signal.default_int_handler)
planned = tasks.plan({config!r}, {paths!r}, data_dir={data!r})
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    while True:
        tasks.execute(planned[0])
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_stops_a_task(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    program = INTERRUPTED.format(config=conftest.CONFIG, paths=str(tmp_path / "in"), data=str(tmp_path / "data"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "stopped\n", done.stderr
