"""What type checkers know of the package: mypy and pyright, of those who use it and of itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trendgate

PACKAGE = Path(trendgate.__file__).parent

TYPED = """
import datetime as dt
import threading

import polars as pl
import trendgate

def use(frame: pl.DataFrame) -> int:
    stop = threading.Event()
    manifest = trendgate.run("plant.yaml", ["reports"], data_dir="data", progress=lambda step: print(step.stage), cancel=stop)
    rows: int = manifest.statistics.total_rows
    with trendgate.Batch({"cleaner": {}}, data_dir="data", cancel=lambda: False) as batch:
        added: trendgate.Added = batch.add(frame, source="a.csv")
        status: str = added.status
    cleaned: trendgate.Cleaned = trendgate.clean(frame, "plant.yaml", interval=dt.timedelta(minutes=15), coerce=True, tz="Asia/Taipei")
    clean: pl.DataFrame = cleaned.frame.to_polars()
    kinds: list[str] = [warning.kind for warning in cleaned.warnings]
    with trendgate.Batch("plant.yaml", rules=True, interval="15m", coerce=True) as raw:
        changed: int = raw.add(cleaned.frame, source="b.csv", coerce=False, tz=None).coerced["integers"]
    broken: bool = trendgate.check_frame(frame, coerce=True).ok
    try:
        trendgate.check("a.parquet")
    except trendgate.ContractViolationError as error:
        column: str = error.violations[0].column
    except trendgate.MissingPathError as error:
        path: str = error.filename
    return rows

def look(dataset: trendgate.Dataset) -> str:
    lazy: pl.LazyFrame = dataset.scan(["A", "B"], columns=["a"], start="2026-01-01", mask={"FROZEN"}, as_known=True, delay="1h", flags="bits")
    words: pl.DataFrame = dataset.dictionary("A")
    fingerprint: str = dataset.snapshot("A", version="train").fingerprint
    bins: pl.LazyFrame = dataset.resample("A", "1h", min_coverage=0.5, flags="columns")
    changes: trendgate.Changes = dataset.changes("A", since=3, window="24h")
    removed: int = sum(garbage.bytes for garbage in dataset.gc(retention=dt.timedelta(days=7), dry_run=True))
    reasons: tuple[trendgate.Reason, ...] = dataset.explain("A", dt.datetime.now(dt.UTC)).evidence
    left: list[str] = [deed.why for recovery in dataset.recover() for deed in recovery.deeds]
    months: tuple[dt.datetime, ...] = trendgate.plan_retraction("plant.yaml", version=3, site="A").months
    hash(trendgate.retract("plant.yaml", source="a.csv", force=True))
    return dataset.report("A") + trendgate.init(["in"], site="A").config
"""

MISTYPED = {
    'trendgate.run("plant.yaml", ["reports"], threads="two")': 'has incompatible type "str"',
    'trendgate.run("plant.yaml", ["reports"], cancel=7)': 'has incompatible type "int"',
    'trendgate.Batch("plant.yaml", rebuild=True)': 'Unexpected keyword argument "rebuild"',
    'trendgate.Batch("plant.yaml").add(1)': 'Missing named argument "source"',
    'trendgate.Batch("plant.yaml", coerce="yes")': 'has incompatible type "str"',
    'trendgate.clean(1, "plant.yaml", interval=15)': 'has incompatible type "int"',
    "trendgate.Manifest.load(1)": 'has incompatible type "int"',
    'trendgate.Dataset("data").scan("A", flags="rows")': 'has incompatible type "Literal[\'rows\']"',
    'trendgate.Dataset("data").to_arrow("A", masks="OUTLIER")': 'Unexpected keyword argument "masks"',
    'trendgate.retract("plant.yaml", version=1.5)': 'has incompatible type "float"',
    'trendgate.Dataset("data").gc(grace=3)': 'has incompatible type "int"',
    'trendgate.Dataset("data").explain("A")': 'Missing positional argument "at"',
    'trendgate.Dataset("data").snapshot("A").parts.append(1)': 'has no attribute "append"',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where mypy keeps what it has seen: all tests look at the same package."""
    return tmp_path_factory.mktemp("mypy")


def mypy(folder, *words):
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), *words]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder).stdout


def program(folder, text):
    (folder / "program.py").write_text(text, encoding="utf-8")
    return "program.py"


def test_a_type_checker_knows_the_package(folder):
    found = mypy(folder, program(folder, TYPED))
    assert found == "Success: no issues found in 1 source file\n"
    found = mypy(folder, program(folder, "import trendgate\n" + "\n".join(MISTYPED) + "\n"))
    for call, complaint in MISTYPED.items():
        assert complaint in found, (call, found)


def test_the_package_itself_is_strictly_typed(folder):
    # Of pyarrow and Ray there are no types; those of Dask leave out what they call.
    assert mypy(folder, "--ignore-missing-imports", "--allow-untyped-calls", "-p", "trendgate").startswith("Success: no issues found in ")


def test_the_stub_of_the_module_is_that_of_the_module(tmp_path):
    words = [sys.executable, "-m", "mypy.stubtest", "trendgate._trendgate", "--ignore-missing-stub"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_every_type_that_the_package_shows_is_known(tmp_path):
    words = ["-m", "pyright", "--verifytypes", "trendgate", "--ignoreexternal", "--pythonpath", sys.executable, "--outputjson"]
    # It does not find the packages of an environment by the interpreter alone.
    places = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=tmp_path, env=places)
    found = json.loads(done.stdout)["typeCompleteness"]
    wrong = {symbol["name"]: symbol["diagnostics"] for symbol in found["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]}
    assert (wrong, found["completenessScore"]) == ({}, 1)
    assert found["exportedSymbolCounts"]["withKnownType"] > 90
