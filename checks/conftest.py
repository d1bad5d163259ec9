"""Runs the program on the example and on real reports, once a session; the checks read what it left.

Nothing here knows how the program works: reports are read with Python's csv, datasets with pyarrow, Polars and DuckDB.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
CONFIG = EXAMPLES / "plant.yaml"
KMUH = ROOT.parent / "shared" / "data" / "kmuh"


@dataclass(frozen=True)
class Finished:
    """A run of the program that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass(frozen=True)
class Dataset:
    """A folder that one run has committed to."""

    folder: Path
    manifest_path: Path
    manifest: dict

    @property
    def parts(self):
        """The parts as a reader finds them: from the manifest, never by looking into the folder."""
        processed = self.manifest_path.parent / ".." / "processed"
        return [processed / path for path in self.manifest["output_files"]]


def dataset(folder, result):
    """What a run with --json has committed to `folder`."""
    path = Path(result["manifest"])
    if not path.is_absolute():
        path = next(p for p in (ROOT / path, folder / path, folder / "manifests" / path) if p.exists())
    return Dataset(folder, path, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def trendgate():
    """Runs the program with the words given."""
    program = os.environ.get("TRENDGATE_BIN")
    if not program:
        pytest.fail("TRENDGATE_BIN is not set: run `cargo xtask test`, or name the program there")

    def run(*words):
        done = subprocess.run(
            [program, *map(str, words)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def plant(trendgate, tmp_path_factory):
    """The example plant."""
    folder = tmp_path_factory.mktemp("plant") / "data"
    done = trendgate("run", EXAMPLES / "plant", "--config", CONFIG, "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    assert done.json["status"] == "committed"
    return dataset(folder, done.json)


@pytest.fixture(scope="session")
def kmuh(trendgate, tmp_path_factory):
    """Real reports of a hospital, where they are at hand; they are not ours to pass on."""
    if not KMUH.is_dir():
        pytest.skip("the real reports are not at hand; only the example was checked")
    folder = tmp_path_factory.mktemp("kmuh") / "data"
    options = ["--site", "KMUH", "--timezone", "Asia/Taipei", "--resample", "15m"]
    done = trendgate("run", KMUH, *options, "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    assert done.json["status"] == "committed"
    return dataset(folder, done.json)


@pytest.fixture(scope="session")
def damaged_run(trendgate, tmp_path_factory):
    """The damaged reports: the run, and the dataset that it left."""
    folder = tmp_path_factory.mktemp("damaged") / "data"
    done = trendgate("run", EXAMPLES / "damaged", "--config", CONFIG, "--data-dir", folder, "--json")
    assert done.code == 3, done.err
    return done, dataset(folder, done.json)


@pytest.fixture(scope="session")
def damaged(damaged_run):
    """The dataset of the damaged reports."""
    return damaged_run[1]
