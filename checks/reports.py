"""Reports, by the builder that the tests in Rust use, too: `testkit report`."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def testkit():
    """The builder's program: named in TESTKIT_BIN, else where cargo puts it beside the program under test."""
    named = os.environ.get("TESTKIT_BIN")
    if named:
        return named
    tested = os.environ.get("TRENDGATE_BIN")
    target = Path(tested).resolve().parent.parent if tested else ROOT / "target"
    built = target / "debug/testkit"
    assert built.exists(), "the builder of reports is not built: run `cargo build --package testkit`, or name it in TESTKIT_BIN"
    return built


def report(points, rows, form="scheduler", definition="15 minutes"):
    """The text of a report whose rows are a time and the cells; `testkit report --help` lists the forms."""
    lines = ["t," + ",".join(points)]
    lines += [",".join([f"{time:%Y-%m-%d %H:%M:%S}", *map(str, cells)]) for time, *cells in rows]
    words = [testkit(), "report", "--form", form, "--definition", definition]
    return subprocess.run(words, input="\n".join(lines).encode(), capture_output=True, check=True).stdout.decode()
