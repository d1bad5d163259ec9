"""What a hurried user looks at: the first file. Its columns, the lines before its rows and its spellings of missing values are
taken for those of all the others."""

from contextlib import contextmanager
from os import scandir
from pathlib import Path
from tempfile import TemporaryDirectory

from heads import column, head

# So much of the first file is looked at for spellings of missing values.
LOOKED_AT = 1 << 16
MISSING = ["No Data", "Data Loss", "---", "N/A", "TIME (-2)"]


def first(folder):
    """(lines before the rows, names of the columns) of the first file, a report or a table."""
    path = min(Path(folder).glob("*.csv"))
    with path.open(encoding="utf-8") as lines:
        names = lines.readline().strip().split(",")
        if "t" in names:
            return 1, [name if name in ("t", "name", "v") else column(name) for name in names]
    skip, names = head(path)
    return skip + 1, ["date", "time", *names]


def missing(folder):
    """The spellings of missing values that the beginning of the first file has."""
    with min(Path(folder).glob("*.csv")).open(encoding="utf-8") as file:
        text = file.read(LOOKED_AT)
    return [spelling for spelling in MISSING if f'"{spelling}"' in text]


def joined(folder):
    """The bytes of all files one after the other, as `cat *.csv` has them."""
    paths = sorted(entry.path for entry in scandir(folder) if entry.name.endswith(".csv"))
    return b"".join(map(content, paths))


def content(path):
    with open(path, "rb", buffering=0) as file:
        return file.read()


@contextmanager
def glob(folder, out, is_joined):
    """What to read: the files, or one file of all of them beside `out`, as long as it is needed."""
    if not is_joined:
        yield f"{folder}/*.csv"
        return
    with TemporaryDirectory(dir=Path(out).parent) as beside:
        path = Path(beside) / "all.csv"
        path.write_bytes(joined(folder))
        yield str(path)
