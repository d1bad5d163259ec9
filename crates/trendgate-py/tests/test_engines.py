"""A Dask cluster of a scheduler and two workers, each a process: what it makes is what one machine makes, whoever dies, and whoever else is at work."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import conftest
import pytest
import trendgate
from distributed import Client
from nightly import configure, deliver, section

SITES = [f"SITE{place}" for place in range(1, 9)]
MONTHS = {"threads": 4}


class Cluster:
    """A scheduler and workers of one thread each, on the loopback."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.workers = []

    def _start(self, module, *words):
        words = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(self.file), *words]
        log = (self.folder / f"{module}-{time.monotonic_ns()}.log").open("wb")
        with log:
            return subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def add_worker(self):
        words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        worker = self._start("dask_worker", *words, "--local-directory", str(self.folder))
        self.workers.append(worker)
        return worker

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker()
        cluster.add_worker()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def client(cluster):
    deadline = time.monotonic() + 60
    while not cluster.file.exists():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.05)
    with Client(scheduler_file=str(cluster.file), timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


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


def test_a_worker_that_is_killed_half_way_changes_nothing_and_readers_see_whole_versions(cluster, client, tmp_path):
    config, data = site_reports(tmp_path), tmp_path / "data"
    killed = []

    def progress(done, total):
        if total and done == total // 2 and not killed:
            killed.append(done)
            cluster.workers[0].send_signal(signal.SIGKILL)

    with readers(data, SITES) as seen:
        first = trendgate.dask.run(client, config, data_dir=data, progress=progress, **MONTHS)
        another_night(tmp_path)
        cluster.workers.pop(0).wait(timeout=30)
        cluster.add_worker()
        second = trendgate.dask.run(client, config, data_dir=data, **MONTHS)
    for version, ends in ((1, first), (2, second)):
        assert [(end.site, end.status, end.version, end.error) for end in ends] == [
            (site, "committed", version, None) for site in SITES
        ]
    # Half of the tasks of eight sites, each in months of its own.
    assert killed and killed[0] >= 8
    assert {version for _, version in seen} == {1, 2}
    for site in SITES:
        reports = tmp_path / "in" / site
        for paths in (reports / "night_000.csv", reports):
            trendgate.run(config, paths, site=site, data_dir=tmp_path / "alone")
        assert content(data, site) == content(tmp_path / "alone", site)
    assert not trendgate.verify(data).findings
    assert [path for path in (data / ".staging").rglob("*") if path.is_file() and "lock" not in path.name] == []


def test_of_two_drivers_with_the_same_reports_one_commits_and_one_says_so(client, tmp_path):
    config, data = site_reports(tmp_path, SITES[:2]), tmp_path / "data"
    rival = []

    def progress(done, total):
        # Ours is planned, and nothing of it is handed out.
        if not rival:
            rival.append(None)
            rival[0] = trendgate.dask.run(client, config, data_dir=data, **MONTHS)

    ours = trendgate.dask.run(client, config, data_dir=data, progress=progress, **MONTHS)
    assert [(end.site, end.status, end.version) for end in rival[0]] == [(site, "committed", 1) for site in SITES[:2]]
    assert [(end.site, end.status, end.version) for end in ours] == [(site, "already_committed", 1) for site in SITES[:2]]


def test_of_two_drivers_with_different_reports_of_a_site_one_is_overtaken_and_redoes_its_months(client, tmp_path):
    site = SITES[0]
    config, data, reports = site_reports(tmp_path, [site]), tmp_path / "data", tmp_path / "in" / site
    early = [reports / "night_000.csv"]
    another_night(tmp_path, [site])
    heard, rival = [], []

    def progress(done, total):
        heard.append((done, total))
        if not rival:
            rival.append(None)
            rival[0] = trendgate.dask.run(client, config, early, data_dir=data, **MONTHS)

    (ours,) = trendgate.dask.run(client, config, [reports], data_dir=data, progress=progress, **MONTHS)
    assert [(end.status, end.version) for end in rival[0]] == [("committed", 1)]
    assert (ours.status, ours.version, ours.again) == ("committed", 2, False)
    # Both plans are counted, and of the second one only the months that the later report touches are made.
    first, both = heard[0][1], heard[-1][1]
    assert heard[-1] == (both, both) and first < both < 2 * first
    for paths in (early, [reports]):
        trendgate.run(config, paths, site=site, data_dir=tmp_path / "alone")
    assert content(data, site) == content(tmp_path / "alone", site)


KILLED = """
import os, signal, sys
import trendgate
from distributed import Client

def progress(done, total):
    if done == {kill_at}:
        os.kill(os.getpid(), signal.SIGKILL)

with Client(scheduler_file={scheduler!r}, timeout=60) as client:
    trendgate.dask.run(client, {config!r}, data_dir={data!r}, out={out!r}, progress=progress, threads=4)
"""


# Of four tasks a site, three are done when nothing can be committed yet; with nine a commit is done, or is what the driver is killed in.
@pytest.mark.parametrize("kill_at", [3, 9])
def test_a_driver_that_is_killed_is_followed_by_one_that_does_what_is_left(cluster, client, tmp_path, kill_at):
    sites = SITES[:4]
    config, data, out = site_reports(tmp_path, sites), tmp_path / "data", tmp_path / "out"
    words = {"scheduler": str(cluster.file), "config": str(config), "data": str(data), "out": str(out)}
    done = subprocess.run([sys.executable, "-c", KILLED.format(kill_at=kill_at, **words)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    # What the driver had handed out ends, or is given up, when the scheduler misses it.
    time.sleep(1)
    planned = sorted(out.glob("*.task"))
    made = {path.name for path in (data / ".staging").glob("*/part-*")}
    left = trendgate.tasks.plan(config, data_dir=data, out=out)
    assert len(planned) == 16 and len(left) < len(planned)
    totals = []
    ends = trendgate.dask.run(client, config, data_dir=data, out=out, progress=lambda _, total: totals.append(total))
    assert totals[0] == len(left)
    assert [(end.site, end.version, end.error) for end in ends] == [(site, 1, None) for site in sites]
    if kill_at == 3:
        assert {end.status for end in ends} == {"committed"}
        assert totals[-1] == len(left), "nothing is planned again"
        used = {path.name for site in sites for path in trendgate.Dataset(data).snapshot(site).paths}
        assert len(made) >= 3 and made <= used, "what was done before is what is committed"
    for site in sites:
        trendgate.run(config, tmp_path / "in" / site, site=site, data_dir=tmp_path / "alone")
        assert content(data, site) == content(tmp_path / "alone", site)
    assert [end.status for end in trendgate.dask.run(client, config, data_dir=data, out=out)] == ["nothing_new"] * 4


def test_a_run_that_is_cancelled_stops_and_what_is_committed_stays(client, tmp_path):
    config, data = site_reports(tmp_path, SITES[:3]), tmp_path / "data"
    stop, heard = threading.Event(), []

    def progress(done, total):
        heard.append((done, total))
        if done == total - 1:
            stop.set()

    with pytest.raises(trendgate.StoppedError, match=r"stopped with \d+ of \d+ tasks done"):
        trendgate.dask.run(client, config, data_dir=data, progress=progress, cancel=stop, **MONTHS)
    assert heard[-1][0] == heard[-1][1] - 1
    committed = trendgate.Dataset(data).sites()
    with pytest.raises(trendgate.StoppedError):
        trendgate.dask.run(client, config, data_dir=data, cancel=lambda: True)
    ends = trendgate.dask.run(client, config, data_dir=data, cancel=lambda: False)
    assert 2 <= len(committed) <= 3
    assert {end.site: end.status for end in ends} == {
        site: "nothing_new" if site in committed else "committed" for site in SITES[:3]
    }


def test_a_task_that_a_worker_refuses_fails_its_site_alone(client, tmp_path, monkeypatch):
    config, data = site_reports(tmp_path, SITES[:2]), tmp_path / "data"
    plan = trendgate.tasks.plan

    def of_another_version(*words, **options):
        first, *others = plan(*words, **options)
        return [first.replace(trendgate.__version__.encode(), b"9.9.9", 1), *others]

    monkeypatch.setattr(trendgate.tasks, "plan", of_another_version)
    monkeypatch.setattr("trendgate._engine.site_of", lambda task: SITES[0] if b"9.9.9" in task else _site_of(task))
    ends = trendgate.dask.run(client, config, data_dir=data)
    assert [(end.site, end.status) for end in ends] == [(SITES[0], "failed"), (SITES[1], "committed")]
    assert isinstance(ends[0].error, trendgate.UsageError)
    assert "a task is of trendgate 9.9.9" in str(ends[0].error)


def _site_of(task):
    return trendgate._trendgate.site_of_task(task)
