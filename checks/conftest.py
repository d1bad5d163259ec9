"""Runs the program on the examples and on real reports, once a session; the checks read what it left.

Nothing here knows how the program works: reports are read with Python's csv, datasets with pyarrow, Polars and DuckDB.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import side_files

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
CONFIG = EXAMPLES / "plant.yaml"
KMUH = ROOT.parent / "shared" / "data" / "kmuh"


def pytest_addoption(parser):
    """How many random plants are held against the reference, and from which seed on."""
    parser.addoption("--plants", type=int, default=300, help="how many random plants live (test_reference.py)")
    parser.addoption("--first-seed", type=int, default=1, help="the seed of the first of them")


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
    """A folder that one run has committed to, and the reports that it was made from."""

    folder: Path
    sources: Path
    manifest_path: Path
    manifest: dict

    @property
    def parts(self):
        """The parts as a reader finds them: from the manifest, never by looking into the folder."""
        processed = self.manifest_path.parent / ".." / "processed"
        return [processed / path for path in self.manifest["output_files"]]


def dataset(folder, sources, done):
    """What a run with --json has committed to `folder`."""
    assert done.json["status"] == "committed"
    path = ROOT / done.json["manifest"]
    manifest = side_files.whole(path)
    assert (manifest["version"], manifest["batch_id"]) == (done.json["version"], done.json["batch_id"])
    return Dataset(folder, sources, path, manifest)


def program():
    """The program to check: the one named, or else the newest that cargo has built."""
    named = os.environ.get("TRENDGATE_BIN")
    if named:
        return Path(named)
    words = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    metadata = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    target = Path(json.loads(metadata)["target_directory"])
    built = [path for path in (target / "release/trendgate", target / "debug/trendgate") if path.exists()]
    if not built:
        pytest.exit("the program is not built: run `cargo xtask test`, or name it in TRENDGATE_BIN", returncode=2)
    return max(built, key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def trendgate():
    """Runs the program with the words given."""
    path = program()

    def run(*words, under=()):
        done = subprocess.run(
            [*under, str(path), *map(str, words)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        assert "panicked" not in done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def plant(trendgate, tmp_path_factory):
    """The example plant."""
    folder = tmp_path_factory.mktemp("plant") / "data"
    sources = EXAMPLES / "plant"
    done = trendgate("run", sources, "--config", CONFIG, "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    return dataset(folder, sources, done)


@pytest.fixture(scope="session")
def kmuh(trendgate, tmp_path_factory):
    """Real reports of a hospital, where they are at hand; they are not ours to pass on."""
    if not KMUH.is_dir():
        pytest.skip("the real reports are not at hand; only the examples were checked")
    folder = tmp_path_factory.mktemp("kmuh") / "data"
    options = ["--site", "KMUH", "--timezone", "Asia/Taipei", "--resample", "15m"]
    done = trendgate("run", KMUH, *options, "--data-dir", folder, "--json")
    assert done.code == 0, done.err
    return dataset(folder, KMUH, done)


@pytest.fixture(scope="session")
def damaged_run(trendgate, tmp_path_factory):
    """The damaged reports: the run, and the dataset that it left."""
    folder = tmp_path_factory.mktemp("damaged") / "data"
    sources = EXAMPLES / "damaged"
    done = trendgate("run", sources, "--config", CONFIG, "--data-dir", folder, "--json")
    assert done.code == 3, done.err
    return done, dataset(folder, sources, done)


@pytest.fixture(scope="session")
def damaged(damaged_run):
    """The dataset of the damaged reports."""
    return damaged_run[1]


@pytest.fixture(params=["plant", "damaged", "kmuh"])
def any_dataset(request):
    """Each of them in turn."""
    return request.getfixturevalue(request.param)
