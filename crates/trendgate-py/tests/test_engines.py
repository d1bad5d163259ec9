"""Engines with two workers, each a process: what they make is what one machine makes, whoever dies, and whoever else is at work."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import engines
import psutil
import pytest
import trendgate
from nightly import configure, deliver, section

SITES = [f"SITE{place}" for place in range(1, 9)]
MONTHS = {"threads": 4}


@pytest.fixture(scope="module", params=[engines.dask, engines.spark, engines.ray], ids=lambda start: start.__name__)
def engine(request, tmp_path_factory):
    with request.param(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


def site_reports(folder, sites=SITES):
    """Four months of reports of each site, and their configuration."""
    for place, site in enumerate(sites):
        deliver(folder, site, 0, nights=120 + place, count=4)
    return configure(folder, {site: section(site) | {"paths": [str(folder / "in" / site)]} for site in sites})


def another_night(folder, sites=SITES):
    for place, site in enumerate(sites):
        deliver(folder, site, 118 + place, nights=40, count=5)


def content(data, site):
    """What is committed of a site: the parts and the evidence by path without attempt and by digest, and all that the manifest counts."""
    snapshot = trendgate.Dataset(data).snapshot(site)
    record = trendgate.Manifest.load(trendgate.Dataset(data).manifests(site)[-1].path)
    raw = json.loads(record.path.read_text(encoding="utf-8"))
    nameless = lambda entry: (re.sub("-[0-9a-f]{24,}-", "-", entry["path"]), entry["sha256"], entry["rows"])
    files = {kind: sorted(map(nameless, raw[kind])) for kind in ("files", "evidence_files")}
    assert sorted(part.sha256 for part in snapshot.parts)
    same = "version batch_id statistics cells conflicts schema schema_hash gaps config_digest kinds equipment changed_range failed_files".split()
    return files | {name: raw.get(name) for name in same} | {"parts": sorted(part.sha256 for part in snapshot.parts)}


@contextmanager
def readers(data, sites):
    """Two readers that look at all sites again and again; each sees whole versions, and never an older one after a newer one."""
    wrong, seen, stop = [], set(), threading.Event()

    def read():
        last = dict.fromkeys(sites, 0)
        while not stop.is_set():
            for site in sites:
                try:
                    snapshot = trendgate.Dataset(data).snapshot(site)
                except (trendgate.UsageError, trendgate.StorageError, FileNotFoundError):
                    continue
                rows = snapshot.to_arrow().num_rows
                (manifest,) = (it for it in trendgate.Dataset(data).manifests(site) if it.version == snapshot.version)
                if rows != sum(part.rows for part in snapshot.parts) or snapshot.version < last[site]:
                    wrong.append((site, snapshot.version, rows))
                if manifest.version == 1 and rows != manifest.statistics.total_rows:
                    wrong.append((site, 1, rows, manifest.statistics.total_rows))
                last[site] = snapshot.version
                seen.add((site, snapshot.version))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


@contextmanager
def a_worker_dies(engine, data, parts):
    """While so many parts are made: one of the workers is killed when they are there."""
    dead = []

    def watch():
        while not dead:
            time.sleep(0.02)
            # What is committed meanwhile moves.
            with suppress(FileNotFoundError):
                if len({path.name for path in data.rglob("part-*.parquet")}) >= parts:
                    dead.append(engine.kill_worker())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        dead.append(None)
        watcher.join()
    assert len(dead) == 2, "nobody was killed"


def test_a_worker_that_is_killed_half_way_changes_nothing_and_readers_see_whole_versions(engine, tmp_path):
    config, data = site_reports(tmp_path), tmp_path / "data"
    with readers(data, SITES) as seen:
        # Half of the tasks of eight sites, each in months of its own.
        with a_worker_dies(engine, data, parts=16):
            first = engine.run(config, data_dir=data, **MONTHS)
        assert engine.failed_tasks() in (None, 1)
        another_night(tmp_path)
        second = engine.run(config, data_dir=data, **MONTHS)
    for version, ends in ((1, first), (2, second)):
        assert [(end.site, end.status, end.version, end.error) for end in ends] == [
            (site, "committed", version, None) for site in SITES
        ]
    assert {version for _, version in seen} == {1, 2}
    for site in SITES:
        reports = tmp_path / "in" / site
        for paths in (reports / "night_000.csv", reports):
            trendgate.run(config, paths, site=site, data_dir=tmp_path / "alone")
        assert content(data, site) == content(tmp_path / "alone", site)
    assert not trendgate.verify(data).findings
    assert [path for path in (data / ".staging").rglob("*") if path.is_file() and "lock" not in path.name] == []


def test_of_two_drivers_with_the_same_reports_one_commits_and_one_says_so(engine, tmp_path):
    config, data = site_reports(tmp_path, SITES[:2]), tmp_path / "data"
    rival = []

    def progress(done, total):
        # Ours is planned, and nothing of it is handed out.
        if not rival:
            rival.append(None)
            rival[0] = engine.run(config, data_dir=data, **MONTHS)

    ours = engine.run(config, data_dir=data, progress=progress, **MONTHS)
    assert [(end.site, end.status, end.version) for end in rival[0]] == [(site, "committed", 1) for site in SITES[:2]]
    assert [(end.site, end.status, end.version) for end in ours] == [(site, "already_committed", 1) for site in SITES[:2]]


def test_of_two_drivers_with_different_reports_of_a_site_one_is_overtaken_and_redoes_its_months(engine, tmp_path):
    site = SITES[0]
    config, data, reports = site_reports(tmp_path, [site]), tmp_path / "data", tmp_path / "in" / site
    early = [reports / "night_000.csv"]
    another_night(tmp_path, [site])
    heard, rival = [], []

    def progress(done, total):
        heard.append((done, total))
        if not rival:
            rival.append(None)
            rival[0] = engine.run(config, early, data_dir=data, **MONTHS)

    (ours,) = engine.run(config, [reports], data_dir=data, progress=progress, **MONTHS)
    assert [(end.status, end.version) for end in rival[0]] == [("committed", 1)]
    assert (ours.status, ours.version, ours.again) == ("committed", 2, False)
    # Both plans are counted, and of the second one only the months that the later report touches are made.
    first, both = heard[0][1], heard[-1][1]
    assert heard[-1] == (both, both) and first < both < 2 * first
    for paths in (early, [reports]):
        trendgate.run(config, paths, site=site, data_dir=tmp_path / "alone")
    assert content(data, site) == content(tmp_path / "alone", site)


KILLED = """
import os, signal
from functools import partial
import trendgate

def progress(done, total):
    if done == {kill_at}:
        os.kill(os.getpid(), signal.SIGKILL)

{driver}
run({config!r}, data_dir={data!r}, out={out!r}, progress=progress, threads=4)
"""


def killed_driver(engine, **words):
    """A driver in a process of its own that is killed; returns when nothing of what it started is left."""
    script = KILLED.format(driver=engine.driver, **words)
    driver = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdin=subprocess.DEVNULL)
    try:
        assert driver.wait(timeout=120) == -signal.SIGKILL
        deadline = time.monotonic() + 60
        while living_of(driver.pid):
            assert time.monotonic() < deadline, "what the driver started did not end"
            time.sleep(0.1)
    finally:
        for process in living_of(driver.pid):
            process.kill()
    # What the driver had handed out to others ends, or is given up, when they miss it.
    time.sleep(1)


def living_of(session):
    """The processes of a session that have not ended."""
    living = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
    return living


# Of four tasks a site, three are done when nothing can be committed yet; with nine a commit is done, or is what the driver is killed in.
@pytest.mark.parametrize("kill_at", [3, 9])
def test_a_driver_that_is_killed_is_followed_by_one_that_does_what_is_left(engine, tmp_path, kill_at):
    sites = SITES[:4]
    config, data, out = site_reports(tmp_path, sites), tmp_path / "data", tmp_path / "out"
    killed_driver(engine, kill_at=kill_at, config=str(config), data=str(data), out=str(out))
    planned = sorted(out.glob("*.task"))
    made = {path.name for path in (data / ".staging").glob("*/part-*")}
    left = trendgate.tasks.plan(config, data_dir=data, out=out)
    assert len(planned) == 16 and len(left) < len(planned)
    totals = []
    ends = engine.run(config, data_dir=data, out=out, progress=lambda _, total: totals.append(total))
    assert totals[0] == len(left)
    assert [(end.site, end.version, end.error) for end in ends] == [(site, 1, None) for site in sites]
    if kill_at == 3:
        assert {end.status for end in ends} == {"committed"}
        assert totals[-1] == len(left), "nothing is planned again"
        used = {path.name for site in sites for path in trendgate.Dataset(data).snapshot(site).paths}
        assert len(made & used) >= len(planned) - len(left) >= 3, "what was done before is what is committed"
    for site in sites:
        trendgate.run(config, tmp_path / "in" / site, site=site, data_dir=tmp_path / "alone")
        assert content(data, site) == content(tmp_path / "alone", site)
    assert [end.status for end in engine.run(config, data_dir=data, out=out)] == ["nothing_new"] * 4


def test_a_run_that_is_cancelled_stops_and_what_is_committed_stays(engine, tmp_path):
    config, data = site_reports(tmp_path, SITES[:3]), tmp_path / "data"
    stop, heard = threading.Event(), []

    def progress(done, total):
        heard.append((done, total))
        if done == total - 1:
            stop.set()

    with pytest.raises(trendgate.StoppedError, match=r"stopped with \d+ of \d+ tasks done"):
        engine.run(config, data_dir=data, progress=progress, cancel=stop, **MONTHS)
    assert heard[-1][0] == heard[-1][1] - 1
    committed = trendgate.Dataset(data).sites()
    with pytest.raises(trendgate.StoppedError):
        engine.run(config, data_dir=data, cancel=lambda: True)
    ends = engine.run(config, data_dir=data, cancel=lambda: False)
    assert 2 <= len(committed) <= 3
    assert {end.site: end.status for end in ends} == {
        site: "nothing_new" if site in committed else "committed" for site in SITES[:3]
    }


def test_a_task_that_a_worker_refuses_fails_its_site_alone(engine, tmp_path, monkeypatch):
    config, data = site_reports(tmp_path, SITES[:2]), tmp_path / "data"
    plan = trendgate.tasks.plan

    def of_another_version(*words, **options):
        first, *others = plan(*words, **options)
        return [first.replace(trendgate.__version__.encode(), b"9.9.9", 1), *others]

    monkeypatch.setattr(trendgate.tasks, "plan", of_another_version)
    monkeypatch.setattr("trendgate._engine.site_of", lambda task: SITES[0] if b"9.9.9" in task else _site_of(task))
    failed = engine.failed_tasks()
    ends = engine.run(config, data_dir=data)
    assert [(end.site, end.status) for end in ends] == [(SITES[0], "failed"), (SITES[1], "committed")]
    # At the fourth attempt it is an outcome like others.
    assert failed is None or engine.failed_tasks() == failed + 3
    assert isinstance(ends[0].error, trendgate.UsageError)
    assert "a task is of trendgate 9.9.9" in str(ends[0].error)


def _site_of(task):
    return trendgate._trendgate.site_of_task(task)


CONNECTED = """
import trendgate
from pyspark.sql import SparkSession

session = SparkSession.builder.remote("local[2]").config(map={{
    "spark.ui.enabled": "false", "spark.connect.grpc.binding.address": "127.0.0.1",
}}).getOrCreate()
ends = trendgate.spark.run(session, {config!r}, data_dir={data!r})
print(type(session).__module__, *((end.site, end.status) for end in ends))
session.stop()
"""


def test_a_session_of_spark_connect_will_do(tmp_path):
    engines.java()
    config, data = site_reports(tmp_path, SITES[:2]), tmp_path / "data"
    script = CONNECTED.format(config=str(config), data=str(data))
    # As it is tested itself, its server takes a port that is free.
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_TESTING": "1"}
    words = {"cwd": tmp_path, "env": environment, "stdin": subprocess.DEVNULL, "timeout": 300}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, **words)
    committed = [(site, "committed") for site in SITES[:2]]
    assert done.stdout.split("\n")[-2] == " ".join(map(str, ["pyspark.sql.connect.session", *committed]))
