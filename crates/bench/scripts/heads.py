"""A folder of reports → its kinds: which points, how long the preamble is, which files. What both peers need to know first."""

import re
from pathlib import Path

HEADER = '"<>Date"'


def kinds(folder):
    """{(preamble lines, point names): [paths]}, the paths sorted."""
    found = {}
    for path in sorted(Path(folder).glob("*.csv")):
        found.setdefault(head(path), []).append(str(path))
    return found


def head(path):
    names = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if line.startswith(HEADER):
                return number, tuple(names)
            if line.startswith('"Point_'):
                names.append(column(line.split('","')[1]))
    raise SystemExit(f"{path}: no line begins with {HEADER}")


def share_points(found):
    """Whether a point is in more than one of the kinds."""
    names = [name for _, names in found for name in names]
    return len(names) > len(set(names))


def column(name):
    """The column that a point's name becomes."""
    return re.sub("[^0-9a-z]+", "_", name.lower()).strip("_")
