"""Datasets for the tests, made by the package itself from reports that are written here or stand in examples/."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trendgate

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "checks"))
from reports import report  # noqa: E402
EXAMPLES = ROOT / "examples"
CONFIG = {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_interval": "15m"}}
QUARTER = dt.timedelta(minutes=15)


def write_report(path, points, start, rows, value=lambda row, place: 20.0 + row % 7 + place):
    """A report of `rows` quarters of an hour from `start` on; returns what is in it, by column."""
    start = dt.datetime.fromisoformat(start)
    places = range(len(points))
    text = report(points, ([start + row * QUARTER, *(value(row, place) for place in places)] for row in range(rows)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return {point.lower(): [value(row, place) for row in range(rows)] for place, point in enumerate(points)}


def run_program(*words):
    """Runs the program with these words; an error where it fails."""
    done = subprocess.run([os.environ["TRENDGATE_BIN"], *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def files_under(folder):
    """Every file in a folder but those that say how runs ended, by its path from there."""
    found = (path for path in Path(folder).rglob("*") if path.is_file() and ".runs" not in path.parts)
    return sorted(str(path.relative_to(folder)) for path in found)


@pytest.fixture(autouse=True, scope="session")
def ctrl_c():
    """A shell starts what it puts in the background with Ctrl-C ignored; the tests send it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def plant(tmp_path_factory):
    """The example plant's folder and manifest."""
    data = tmp_path_factory.mktemp("plant") / "data"
    return data, trendgate.run(EXAMPLES / "plant.yaml", EXAMPLES / "plant", data_dir=data)


@pytest.fixture
def grown(tmp_path):
    """A dataset of two versions: the first has column a in January, the second column b in March."""
    write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    first = trendgate.run(CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    write_report(tmp_path / "in/b.csv", ["B"], "2026-03-02T00:00", 96)
    second = trendgate.run(CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    return tmp_path / "data", first, second
