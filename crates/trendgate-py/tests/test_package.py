"""What is in the wheel, and what importing it costs."""

import ast
import subprocess
import sys
from importlib.metadata import distribution, version
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


def test_its_licences_come_with_it_and_with_the_reader():
    for name in ("trendgate", "trendgate-reader"):
        texts = [file.read_text() for file in distribution(name).files if "licenses" in file.parts]
        assert sorted(texts) == sorted((conftest.ROOT / f"LICENSE-{one}").read_text() for one in ("APACHE", "MIT"))


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
    named = {name for name in named if name == "__version__" or not name.startswith("_")}
    has = {name for name in dir(_trendgate) if not name.startswith("__")} | {"__version__"}
    assert named == has


def test_what_is_said_to_be_there_is_there():
    assert sorted(trendgate.__all__) == sorted(set(trendgate.__all__))
    assert all(hasattr(trendgate, name) for name in trendgate.__all__)
    assert version("trendgate") == trendgate.__version__
    assert trendgate.FLAGS == ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]


def test_the_version_is_that_of_the_workspace():
    lines = (conftest.ROOT / "Cargo.toml").read_text(encoding="utf-8").splitlines()
    assert f'version = "{trendgate.__version__}"' in lines
