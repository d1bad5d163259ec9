"""Readers at their floors and at their newest, each in an environment of its own: tries the package there, and writes docs/readers.md.

    environments.py --wheel WHEEL --out FOLDER [--check]

Enters: the wheel, the floors of its extras (pyproject.toml), and the versions that it is tested with (tests/requirements.txt). Leaves: docs/readers.md, or
with `--check` an error where it says something else. An environment whose Python is not here is left out, and said.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
PAGE = PACKAGE.parents[1] / "docs" / "readers.md"
#: What reads rows; the other extras are engines.
EXTRAS = ("polars", "arrow", "pandas", "duckdb", "dask")
#: What no extra names, and the table has.
BESIDE = ("ibis-framework[duckdb]>=9.5", "dask[dataframe]>=2025.1")
#: What the tests use beside the readers; rich comes with Ibis, which wants another one than they do.
TOOLS = ("backports.zstd", "hypothesis", "matplotlib", "pytest", "tqdm")
#: The tests that are run in none of them: that of the page, which needs all of them, and those of a kernel and of type checkers, of which nothing is
#: a reader's. All others are, so that no new one is forgotten.
LEFT_OUT = ("test_matrix.py", "test_notebook.py", "test_typing.py")
#: What a type checker says follows from its own version and from the stubs' alone.
OF_TYPES = "not typed and not type_checker"

COLUMNS = ("read by", "with", "a column that came later", "`year`, `month`", "`timestamp`: ns, µs", "`quality_flags`")

PAGE_HEAD = """# What is true of each reader

A dataset is read by the paths that its snapshot lists (`trendgate.Dataset(data).snapshot(site).paths`), never by a glob. What a reader makes of them is its own
affair, and most take the columns of the *first* file for those of all: a point that came later is then in no row, without a word. This table is made by trying each:
`cargo xtask readers` writes it, and the suite (`--full`) holds it against what the readers do.

Two parts are read, of January and of March; the column `late` is in March's alone. *There* means that every row and every number is; *lost without a word*, that the
column is gone and nothing is said; *refused*, that the reader raises. `year` and `month` are columns that a reader makes of the folders' names: no point has them.

"""

PAGE_FOOT = """
- `scan`, `to_arrow`, `to_pandas` and `to_duckdb` take the columns from the manifest. So does whoever hands them to a reader: `schema=` of `polars.scan_parquet` (with
  `missing_columns="insert"`) and of `pyarrow.dataset.dataset`.
- DuckDB 1, and Ibis over it, count microseconds whatever the files count; timestamps are whole multiples of the interval, so nothing is cut off. DuckDB 2 counts what
  the files do, and Ibis 12 does not know its type of nanoseconds: a dataset of `batch.timestamp_unit: us` is one that it reads.
- pandas has a NumPy array in each cell of `quality_flags`, pyarrow and Polars have lists: `"FROZEN" in flags` holds for all of them.

## Which versions

The extras of the package (`pip install 'trendgate[polars]'`) have floors, and each is tested at its floor: {floors}. Above, each library is tried at its floor
and at the version that the package is tested with; pandas 2 beside pandas 3. The environments have Python {pythons}; the wheel is of the stable ABI of
Python 3.11, so that one wheel does for all. In each of them the tests of the package are run, and every snippet of its pages. The floor
of Polars comes from these: before 1.38.1 `rolling_mean_by` and its like refuse a column with nulls.
"""


class Environment(NamedTuple):
    """What is installed together, for which Python."""

    name: str
    python: str
    words: list[str]


def floors() -> list[str]:
    """The requirements of the extras that read."""
    extras = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return list(dict.fromkeys(requirement for extra in EXTRAS for requirement in extras[extra]))


def environments(scratch: Path) -> list[Environment]:
    """All of them."""
    pinned = str(PACKAGE / "tests/requirements.txt")
    tools = [line for line in Path(pinned).read_text(encoding="utf-8").splitlines() if line.split("==")[0] in TOOLS]
    newest = ["-r", pinned, "-r", str(HERE / "newest.txt"), "dask[dataframe]"]
    pandas_2 = scratch / "pandas2.txt"
    pandas_2.write_text("pandas==2.3.3\n", encoding="utf-8")
    return [
        Environment("floors", "3.11", ["--resolution", "lowest-direct", *floors(), *BESIDE, *tools]),
        Environment("pandas 2", "3.12", [*newest, "--overrides", str(pandas_2)]),
        Environment("newest", "3.13", newest),
    ]


def interpreter(version: str) -> str | None:
    """A Python of this version: on the path, or among those that pyenv keeps; None where there is none."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    on_path = shutil.which(f"python{version}")
    for program in [*([on_path] if on_path else []), *map(str, sorted(kept.glob(f"{version}.*/bin/python"), reverse=True))]:
        # What pyenv has on the path may be a name alone.
        if subprocess.run([program, "-c", ""], capture_output=True).returncode == 0:
            return program
    return None


def made(environment: Environment, wheel: Path, scratch: Path) -> Path | None:
    """The Python of an environment with the package in it; None where that Python is not here."""
    folder = scratch / environment.name.replace(" ", "-")
    uv = [sys.executable, "-m", "uv", "--no-config"]
    shutil.rmtree(folder, ignore_errors=True)
    base = interpreter(environment.python)
    if base is None:
        print(f"SKIPPED: {environment.name}: there is no Python {environment.python} here", flush=True)
        return None
    subprocess.run([*uv, "venv", "-q", "--python", base, str(folder)], check=True)
    python = folder / "bin/python"
    words = [str(wheel), str(PACKAGE / "reader"), *environment.words]
    subprocess.run([*uv, "pip", "install", "-q", "--python", str(python), *words], check=True)
    return python


def facts_of(environment: Environment, python: Path) -> dict:
    """Runs the tests in an environment, and what it finds of its readers."""
    print(f"-- {environment.name}, Python {environment.python}", flush=True)
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    tests = sorted(str(path) for path in (PACKAGE / "tests").glob("test_*.py") if path.name not in LEFT_OUT)
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--disable-warnings", "-k", OF_TYPES]
    subprocess.run([str(python), "-B", *words, *tests], cwd=PACKAGE, env=quiet, check=True)
    found = subprocess.run([str(python), "-B", "-W", "ignore", str(HERE / "readers.py")], env=quiet, check=True, stdout=subprocess.PIPE)
    return json.loads(found.stdout)


def cells(fact: dict[str, str]) -> tuple[str, ...]:
    """What is true of a way to read, as cells of the table; without the versions."""
    times = f"`{fact['ns']}`, `{fact['us']}`" if fact["ns"] != fact["us"] else f"`{fact['ns']}`"
    return (fact["later"], fact["folders"], times, f"`{fact['flags']}`")


def table(found: list[dict]) -> list[str]:
    """A line for each way to read and for each set of versions of which the same is true."""
    rows: dict[tuple, list[str]] = {}
    for fact in (fact for one in found for fact in one["facts"]):
        versions = rows.setdefault((f"`{fact['reader']}`", fact["library"].removesuffix("-framework"), *cells(fact)), [])
        if fact["version"] not in versions:
            versions.append(fact["version"])
    ways = list(dict.fromkeys(key[0] for key in rows))
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for (way, library, *rest), versions in sorted(rows.items(), key=lambda row: ways.index(row[0][0])):
        lines.append("| " + " | ".join([way, f"{library} {', '.join(versions)}", *rest]) + " |")
    return lines


def page(found: list[dict]) -> str:
    """docs/readers.md."""
    pythons = ", ".join(one["python"].rpartition(".")[0] for one in found)
    foot = PAGE_FOOT.format(floors=", ".join(f"`{floor}`" for floor in floors()), pythons=pythons)
    return PAGE_HEAD + "\n".join(table(found)) + "\n" + foot


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="where the environments are made")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page says something else")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    all_of_them = environments(asked.out)
    pythons = {one.name: made(one, asked.wheel, asked.out) for one in all_of_them}
    found = [facts_of(one, python) for one in all_of_them if (python := pythons[one.name])]
    if len(found) < len(all_of_them):
        sys.exit("the table needs all of them" if not asked.check else None)
    if not asked.check:
        PAGE.write_text(page(found), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page(found):
        sys.exit(f"{PAGE.name} is not what the readers do: `cargo xtask readers` writes it anew")


if __name__ == "__main__":
    main()
