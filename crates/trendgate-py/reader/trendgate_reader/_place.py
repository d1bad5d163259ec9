"""Where a dataset has its folders, and which paths a manifest may name in them.

Enters: the folder of a dataset, and text from files that anyone may have written. Leaves: folders, and paths that cannot lead out of them. Refused: a
`trendgate.json` of another format or with names that are no folder's, and every path that no file of the site has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from trendgate_reader._errors import DamagedError, UsageError

FORMAT = 1
USUAL = {"processed": "processed", "manifests": "manifests", "staging": ".staging"}
RESERVED = {"evidence", "sources", "trendgate.json"}
NAME = r"[A-Za-z0-9._=-]+"
SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Folders:
    """The folders of a dataset that a reader looks into."""

    root: Path
    processed: Path
    manifests: Path
    evidence: Path

    def log(self, site: str) -> Path:
        """Where the records of a site's versions are."""
        return self.manifests / ".log" / site


def find(root: Path) -> Folders:
    """The folders of the dataset in `root`, as its `trendgate.json` calls them."""
    names = _names(root)
    folders = Folders(root, root / names["processed"], root / names["manifests"], root / "evidence")
    traces = (root / "trendgate.json", folders.manifests / ".log", folders.manifests / ".runs", root / names["staging"])
    if not any(trace.exists() for trace in traces):
        what = "there is no dataset in this folder" if root.is_dir() else "no such folder"
        raise UsageError(what, path=root)
    return folders


def _names(root: Path) -> dict[str, str]:
    path = root / "trendgate.json"
    if not path.exists() and not path.is_symlink():
        return USUAL
    if path.is_symlink() or not path.is_file():
        raise DamagedError("expected a file", path=path)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        stated = facts["format"]
        names = {kind: facts[kind] for kind in USUAL}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"expected the names of folders: {error!r}", path=path) from None
    if stated != FORMAT or isinstance(stated, bool):
        hint = "a newer Trendgate may have written it: read it by a newer trendgate-reader"
        raise DamagedError(f"expected format {FORMAT}, found {stated!r}", path=path, hint=hint)
    if len(set(map(repr, names.values()))) < len(names):
        raise DamagedError("expected three different folders", path=path)
    for name in names.values():
        _check_folder(root, name, path)
    return names


def _check_folder(root: Path, name: object, path: Path) -> None:
    plain = isinstance(name, str) and name not in ("", ".", "..") and not re.search(r"[/\\\0]", name)
    if not plain or name in RESERVED:
        raise DamagedError(f"expected the name of a folder, found {name!r}", path=path)
    folder = root / str(name)
    # A link in the place of a usual folder is its owner's wish.
    if name not in USUAL.values() and folder.is_symlink() and not folder.resolve().is_relative_to(root.resolve()):
        raise DamagedError("a folder that trendgate.json names is a link to somewhere else", path=folder)


def sites(folders: Folders) -> list[str]:
    """The sites with a version, sorted."""
    log = folders.manifests / ".log"
    if not log.is_dir():
        return []
    found = (folder.name for folder in log.iterdir() if SITE.fullmatch(folder.name) and folder.is_dir())
    return sorted(site for site in found if records(folders.log(site)))


def records(log: Path) -> dict[int, Path]:
    """The records in a site's log, by their versions."""
    return _numbered(log, r"([0-9]{20})\.json")


def bases(log: Path) -> dict[int, Path]:
    """The base records in a site's log, by the versions up to which they stand for all."""
    return _numbered(log, r"base-([0-9]{20})\.sealed")


def _numbered(log: Path, pattern: str) -> dict[int, Path]:
    if not log.is_dir():
        return {}
    named = ((re.fullmatch(pattern, path.name), path) for path in log.iterdir())
    return dict(sorted((int(match[1]), path) for match, path in named if match))


def check_paths(site: str, kind: str, paths: list[str]) -> None:
    """Refuses paths that no file of this `kind` ("part" or "evidence") of the site has."""
    pattern = re.compile(rf"{re.escape(site)}/year=[0-9]{{4}}/month=[0-9]{{2}}/{kind}-{NAME}\.parquet")
    for path in paths:
        if not (isinstance(path, str) and pattern.fullmatch(path)):
            raise DamagedError(f"expected the path of a file of {site} ({kind}), found {path!r}")
