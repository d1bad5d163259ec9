"""What the checks share: the program, runs of it, and readers that are not ours."""

import csv
import json
import os
import pathlib
import re
import subprocess

import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
KMUH = ROOT.parent / "shared" / "data" / "kmuh"


def trendgate(*args, cwd=None):
    """Runs the program; the completed process."""
    program = os.environ["TRENDGATE_BIN"]
    return subprocess.run([program, *map(str, args)], capture_output=True, text=True, cwd=cwd, check=False)


class Batch:
    """A committed batch: what the program printed, its manifest, and its rows as pyarrow reads them."""

    def __init__(self, data, sources, printed):
        self.data = data
        self.sources = sources
        self.printed = printed
        self.manifest_path = pathlib.Path(printed["manifest"])
        self.manifest = json.loads(self.manifest_path.read_text())
        processed = self.manifest_path.parent / ".." / "processed"
        self.parts = [processed / part for part in self.manifest["output_files"]]

    def table(self):
        tables = [pq.read_table(part, partitioning=None) for part in self.parts]
        assert all(table.schema.equals(tables[0].schema) for table in tables)
        import pyarrow

        return pyarrow.concat_tables([table.replace_schema_metadata(None) for table in tables]).sort_by("timestamp")


def run(data, sources, *args):
    done = trendgate("run", sources, "--data-dir", data, "--json", *args)
    assert done.returncode == 0, done.stderr
    return Batch(data, sources, json.loads(done.stdout))


@pytest.fixture(scope="session")
def plant(tmp_path_factory):
    data = tmp_path_factory.mktemp("plant") / "data"
    return run(data, EXAMPLES / "plant", "--config", EXAMPLES / "plant.yaml")


@pytest.fixture(scope="session")
def kmuh(tmp_path_factory):
    if not KMUH.is_dir():
        pytest.skip(f"the real reports are not here ({KMUH})")
    data = tmp_path_factory.mktemp("kmuh") / "data"
    return run(data, KMUH, "--site", "KMUH", "--timezone", "Asia/Taipei", "--resample", "15m")


@pytest.fixture(params=["plant", "kmuh"])
def batch(request):
    return request.getfixturevalue(request.param)


def column_name(point):
    """The rule for column names, written once more."""
    return re.sub(r"[\W_]+", "_", point.lower()).strip("_")


def cells(folder):
    """Every cell of the reports in a folder by Python's own csv module: (date, time, point, text)."""
    for path in sorted(folder.glob("*.csv")):
        points, header = {}, None
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if header is None and row and re.fullmatch(r"Point_\d+:", row[0]):
                    points[row[0][:-1]] = row[1]
                elif header is None and row and row[0] == "<>Date":
                    header = [points[key] for key in row[2:]]
                elif header is not None and len(row) == len(header) + 2:
                    for point, text in zip(header, row[2:]):
                        yield row[0], row[1], point, text
