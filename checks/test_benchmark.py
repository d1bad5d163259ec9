"""What the benchmark's comparison finds equal, and how it counts what a hurried peer lost."""

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import conftest
import polars as pl
import pytest

COMPARE = conftest.ROOT / "crates" / "bench" / "scripts" / "compare.py"
TIMES = [datetime(2026, 1, 31, 23, 50, tzinfo=timezone.utc) + timedelta(minutes=5 * step) for step in range(4)]
RIGHT = {"timestamp": TIMES, "p1": [1.0, 2.0, None, 4.0], "p2": [10.0, 20.0, 30.0, 40.0]}


def dataset(folder, columns):
    """Two parts, as a contestant leaves them for two months; none where there are no rows."""
    table = pl.DataFrame(columns, schema_overrides={"timestamp": pl.Datetime("us", "UTC"), "p1": pl.Float64})
    for month, part in ((1, table[:2]), (2, table[2:])):
        target = folder / "year=2026" / f"month={month}"
        if part.height:
            target.mkdir(parents=True)
            part.write_parquet(target / "part.parquet")
    return folder


def compare(how, *named):
    words = [f"{name}={folder}" for name, folder in named]
    return subprocess.run([sys.executable, "-B", COMPARE, how, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def counted(tmp_path):
    """What is counted of a peer with these columns."""
    right = dataset(tmp_path / "right", RIGHT)

    def count(**columns):
        peer = dataset(tmp_path / "peer", columns)
        ended = compare("--counted", ("ours", right), ("peer", peer))
        assert ended.returncode == 0, ended.stderr
        (loss,) = json.loads(ended.stdout)
        assert (loss.pop("name"), loss.pop("cells")) == ("peer", 7)
        return loss

    return count


def test_what_is_the_same_within_rounding_has_lost_nothing(counted):
    near = [1.0 + 1e-12, 2.0, None, 4.0]
    assert counted(**{**RIGHT, "p1": near}) == {"missing": 0, "different": 0, "more": 0}


def test_nulls_other_numbers_and_numbers_that_are_too_many_are_counted_apart(counted):
    assert counted(timestamp=TIMES, p1=[None, 2.5, 3.0, 4.0], p2=[10.0, 20.0, 31.0, None]) == {"missing": 2, "different": 2, "more": 1}


def test_cells_of_rows_that_are_not_there_are_missing(counted):
    half = {name: values[:1] for name, values in RIGHT.items()}
    assert counted(**half) == {"missing": 5, "different": 0, "more": 0}


def test_cells_of_other_rows_and_other_columns_are_too_many(counted):
    later = [*TIMES, TIMES[-1] + timedelta(minutes=5)]
    columns = {"timestamp": later, "p1": [*RIGHT["p1"], 5.0], "p3": [None, 1.0, None, None, 2.0]}
    assert counted(**columns) == {"missing": 4, "different": 0, "more": 3}


def test_of_rows_of_one_time_the_first_counts_and_the_cells_of_the_rest_are_too_many(counted):
    twice = {name: [values[0], *values] for name, values in RIGHT.items()}
    assert counted(**twice) == {"missing": 0, "different": 0, "more": 2}


def test_of_a_peer_that_wrote_nothing_every_cell_is_missing(counted):
    assert counted(timestamp=[], p1=[]) == {"missing": 7, "different": 0, "more": 0}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({**RIGHT, "p1": [1.0, 2.0, None, 4.0 + 1e-6]}, "another p1 at 2026-02-01 00:05:00+00:00: 4.000001 against 4.0"),
        ({**RIGHT, "p1": [1.0, None, None, 4.0]}, "another p1"),
        ({name: values[:3] for name, values in RIGHT.items()}, "other times: 4 rows against 3"),
        ({"timestamp": TIMES, "p1": RIGHT["p1"]}, "other columns: ['p2']"),
    ],
)
def test_a_careful_peer_with_anything_else_is_refused(tmp_path, columns, said):
    right, other = dataset(tmp_path / "right", RIGHT), dataset(tmp_path / "other", columns)
    ended = compare("--near", ("ours", right), ("peer", other))
    assert ended.returncode == 1
    assert "against ours: peer has" in ended.stderr
    assert said in ended.stderr


def test_what_is_equal_is_told_in_one_line(tmp_path):
    right, same = dataset(tmp_path / "right", RIGHT), dataset(tmp_path / "same", RIGHT)
    for how in ("--near", "--exact"):
        ended = compare(how, ("ours", right), ("peer", same))
        assert ended.stdout == "7 cells in 4 rows are the same in ours, peer\n"
