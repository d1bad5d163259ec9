"""Forks, pools and workers: a batch belongs to the process that began it, and reading works in all of them."""

import multiprocessing
import os
import pickle
import subprocess
import sys
import warnings

import conftest
import pytest
import trendgate
from test_batch import in_child

PROGRAM = """
import multiprocessing, os, pathlib, signal, sys
import polars as pl, trendgate
data = pathlib.Path(sys.argv[1]) / "data"
times = pl.Series([0, 900_000_000_000], dtype=pl.Datetime("ns", "UTC"))
frame = pl.DataFrame({{"timestamp": times, "quality_flags": pl.Series([[], []], dtype=pl.List(pl.String)), "a": [1.0, 2.0]}})
config = {{"cleaner": {{"site_id": "S", "timezone": "UTC", "resample_interval": "15m"}}}}
{before}
with trendgate.Batch(config, data_dir=data) as batch:
    batch.add(frame, source="a.csv")
{inside}
print(batch.manifest.version, batch.manifest.statistics.total_rows)
"""

FORKED = """
    child = os.fork()
    if child == 0:
        {child}
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) == {code}, status
"""

#: What a child does in the open block of its parent, and how it ends.
CHILDREN = {
    "it exits at once": ("os._exit(3)", 3),
    "it exits": ("sys.exit(4)", 4),
    "it raises": ("raise LookupError('in the child')", 1),
    "it is killed": ("os.kill(os.getpid(), signal.SIGKILL)", -9),
    "it is terminated": ("os.kill(os.getpid(), signal.SIGTERM)", -15),
    "it drops the batch": ("batch = None; os._exit(5)", 5),
    "it commits": ("batch.__exit__(None, None, None)", 1),
    # The block of the child ends as that of the parent does.
    "it goes on": ("pass", 1),
}


def run(tmp_path, program, expected="1 2\n"):
    words = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected
    dataset = trendgate.Dataset(tmp_path / "data")
    assert dataset.to_arrow("S").num_rows == 2
    assert dataset.verify().ok
    assert dataset.recover(dry_run=True)[0].deeds == ()
    return done


@pytest.mark.parametrize("how", CHILDREN)
def test_whatever_a_forked_child_does_in_an_open_block_the_batch_is_its_parents(how, tmp_path):
    child, code = CHILDREN[how]
    run(tmp_path, PROGRAM.format(before="", inside=FORKED.format(child=child, code=code)))


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_pool_in_an_open_block_leaves_the_batch_alone(method, tmp_path):
    inside = f"""
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        assert pool.map(abs, [-1, 2, -3]) == [1, 2, 3]
"""
    program = PROGRAM.format(before="", inside=inside)
    script = tmp_path / "program.py"
    head, block = program.split("with trendgate.Batch", 1)
    body = "".join(f"    {line}\n" for line in ("with trendgate.Batch" + block).splitlines())
    script.write_text(f"{head}\nif __name__ == '__main__':\n{body}", encoding="utf-8")
    words = [sys.executable, "-W", "ignore", str(script), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "1 2\n"), done.stderr
    assert trendgate.Dataset(tmp_path / "data").verify().ok


def rows_of_a_day(work):
    """What a worker of a data loader does: reads its share by pyarrow, without Polars."""
    dataset, start, end = work
    return dataset.to_arrow("S", start, end).num_rows


def rows_by_polars(work):
    dataset, start, end = work
    return dataset.scan("S", start, end).collect().height


DAYS = [("2026-01-30", "2026-01-31"), ("2026-01-31", "2026-02-01"), ("2026-02-01", "2026-04-01")]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_read_a_dataset_by_pyarrow_however_they_were_begun(method, grown):
    dataset = trendgate.Dataset(grown[0])
    # Both were used before: that is what a training script does.
    assert dataset.to_arrow("S").num_rows == dataset.scan("S").collect().height == 192
    work = [(dataset, *day) for day in DAYS]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(rows_of_a_day, work * 5).get(timeout=120) == [96, 0, 96] * 5


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_workers_read_a_dataset_by_polars_if_they_are_no_forks(method, grown):
    dataset = trendgate.Dataset(grown[0])
    assert dataset.scan("S").collect().height == 192
    with multiprocessing.get_context(method).Pool(2) as pool:
        work = [(dataset, *day) for day in DAYS]
        assert pool.map_async(rows_by_polars, work).get(timeout=120) == [96, 0, 96]


def test_in_a_fork_of_a_process_that_had_polars_a_scan_warns_before_it_hangs(grown):
    dataset = trendgate.Dataset(grown[0])
    assert dataset.scan("S").collect().height == 192

    def scans():
        warned = 0
        for ask in (lambda: dataset.scan("S"), lambda: dataset.to_arrow("S", mask={"FROZEN"}), lambda: dataset.evidence("S")):
            with warnings.catch_warnings():
                warnings.simplefilter("error", trendgate.TrendgateWarning)
                try:
                    ask()
                except trendgate.TrendgateWarning as warning:
                    warned += warning.kind == "fork_with_polars"
        return warned

    assert in_child(scans) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error", trendgate.TrendgateWarning)
        assert dataset.scan("S").collect().height == 192


def test_a_dataset_a_snapshot_and_a_manifest_go_to_workers(grown):
    data, _, second = grown
    dataset = trendgate.Dataset(data)
    for value in (dataset, dataset.snapshot("S"), second):
        again = pickle.loads(pickle.dumps(value))
        assert type(again) is type(value)
    assert pickle.loads(pickle.dumps(dataset.snapshot("S"))).to_arrow().num_rows == 192


def test_a_run_in_a_fork_of_a_process_that_ran_is_whole(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    conftest.write_report(tmp_path / "in/b.csv", ["A"], "2026-01-31T00:00", 96)
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data").version
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert trendgate.Dataset(tmp_path / "data").verify().ok
