"""What is in the wheel, and what importing it costs."""

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import conftest
import trendgate
from trendgate import _trendgate

PACKAGE = Path(trendgate.__file__).parent


def python(program):
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_package_under_test_is_the_installed_one():
    assert "site-packages" in PACKAGE.parts


def test_importing_it_imports_nothing_that_is_not_pythons_own():
    program = "import sys; before = set(sys.modules); import trendgate; print(set(sys.modules) - before)"
    new = {name.partition(".")[0] for name in ast.literal_eval(python(program))}
    assert new - sys.stdlib_module_names == {"trendgate"}


def test_importing_it_takes_less_than_100_ms():
    # Of the processor's time: the time on the wall is that of whatever else the machine is doing.
    program = "from time import process_time as now; a = now(); import trendgate; print(now() - a)"
    assert min(float(python(program)) for _ in range(5)) < 0.1


def test_without_polars_or_pyarrow_the_error_says_what_to_install(plant):
    path = plant[1].path
    for missing, call in (("polars", "scan"), ("pyarrow", "to_arrow")):
        program = f"""
import sys, trendgate
sys.modules[{missing!r}] = None
try:
    trendgate.Manifest.load({str(path)!r}).{call}()
except ImportError as error:
    print(error)
"""
        assert python(program).endswith(f"pip install {missing}")


def test_tables_whose_cells_are_as_written_need_no_polars(plant):
    path = plant[1].path
    program = f"""
import sys, trendgate
sys.modules["polars"] = None
table = trendgate.Manifest.load({str(path)!r}).to_arrow("2026-02-27", columns=["plant_kw", "quality_flags"], drop_dead=True, time_unit="us")
print(table.column_names, table.schema.metadata[b"site_id"].decode())
"""
    assert python(program) == "['timestamp', 'plant_kw', 'quality_flags'] PLANT01"


def test_it_is_typed_and_the_stub_names_what_the_module_has():
    assert (PACKAGE / "py.typed").exists()
    stub = ast.parse((PACKAGE / "_trendgate.pyi").read_text(encoding="utf-8"))
    named = {node.name for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    named |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    has = {name for name in dir(_trendgate) if not name.startswith("__")} | {"__version__"}
    assert named == has


TYPED = """
import polars as pl
import trendgate

def use(frame: pl.DataFrame) -> int:
    manifest = trendgate.run("plant.yaml", ["reports"], data_dir="data", progress=lambda step: print(step.stage))
    rows: int = manifest.statistics.total_rows
    with trendgate.Batch({"cleaner": {}}, data_dir="data") as batch:
        added: trendgate.Added = batch.add(frame, source="a.csv")
        status: str = added.status
    dataset = trendgate.Dataset("data")
    lazy: pl.LazyFrame = dataset.scan(["A", "B"], columns=["a"], mask={"FROZEN"}, as_known=True, delay="1h", flags="bits")
    words: pl.DataFrame = dataset.dictionary("A")
    fingerprint: str = dataset.snapshot("A").fingerprint
    bins: pl.LazyFrame = dataset.resample("A", "1h", min_coverage=0.5, flags="columns")
    try:
        trendgate.check("a.parquet")
    except trendgate.ContractViolationError as error:
        column: str = error.violations[0].column
    return rows
"""

MISTYPED = {
    'trendgate.run("plant.yaml", ["reports"], threads="two")': 'has incompatible type "str"',
    'trendgate.Batch("plant.yaml", rebuild=True)': 'Unexpected keyword argument "rebuild"',
    'trendgate.Batch("plant.yaml").add(1)': 'Missing named argument "source"',
    'trendgate.Dataset("data").scan("A", flags="rows")': 'has incompatible type "Literal[\'rows\']"',
    'trendgate.Dataset("data").to_arrow("A", masks="OUTLIER")': 'Unexpected keyword argument "masks"',
    "trendgate.Manifest.load(1)": 'has incompatible type "int"',
}


def mypy(program, folder):
    (folder / "program.py").write_text(program, encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "program.py"]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder).stdout


def test_a_type_checker_knows_the_package(tmp_path):
    found = mypy(TYPED, tmp_path)
    assert found == "Success: no issues found in 1 source file\n"
    found = mypy("import trendgate\n" + "\n".join(MISTYPED) + "\n", tmp_path)
    for call, complaint in MISTYPED.items():
        assert complaint in found, (call, found)


def test_the_stub_of_the_module_is_that_of_the_module(tmp_path):
    words = [sys.executable, "-m", "mypy.stubtest", "trendgate._trendgate", "--ignore-missing-stub"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_what_is_said_to_be_there_is_there():
    assert sorted(trendgate.__all__) == sorted(set(trendgate.__all__))
    assert all(hasattr(trendgate, name) for name in trendgate.__all__)
    assert version("trendgate") == trendgate.__version__
    assert trendgate.FLAGS == ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]


def test_the_version_is_that_of_the_workspace():
    lines = (conftest.ROOT / "Cargo.toml").read_text(encoding="utf-8").splitlines()
    assert f'version = "{trendgate.__version__}"' in lines
