"""Names for versions: what `trendgate tag` gives."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from trendgate_reader._errors import DamagedError, UsageError
from trendgate_reader._place import Folders

NAME = re.compile(r"(?![0-9]*\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
NUMBER = re.compile(r"[0-9]+\Z")


def tags(folders: Folders, site: str) -> dict[str, int]:
    """The versions that have names, by these."""
    folder = folders.log(site) / "tags"
    names = sorted(path.name for path in folder.iterdir() if NAME.match(path.name)) if folder.is_dir() else []
    return {name: _read(folder / name, site)[0] for name in names}


def version_of(folders: Folders, site: str, asked: int | str) -> int:
    """The version that a number or a name means; an error where the name is of a record that is not in the log."""
    if isinstance(asked, int):
        return asked
    if NUMBER.match(asked):
        return int(asked)
    path = folders.log(site) / "tags" / asked
    if not NAME.match(asked) or not path.is_file():
        names = ", ".join(tags(folders, site))
        raise UsageError(f"{site} has no tag {asked!r}", hint=f"it has {names or 'none'}")
    version, digest = _read(path, site)
    record = folders.log(site) / f"{version:020}.json"
    if not record.is_file() or f"sha256:{hashlib.sha256(record.read_bytes()).hexdigest()}" != digest:
        raise DamagedError(f"tag {asked} is of version {version} with the record {digest}, which is not in the log", path=path)
    return version


def _read(path: Path, site: str) -> tuple[int, str]:
    """The version that a tag is of, and the digest of its record."""
    stated, _, text = path.read_bytes().partition(b"\n")
    found = f"sha256:{hashlib.sha256(text).hexdigest()}"
    if stated.decode("ascii", "replace") != found:
        raise DamagedError(f"expected the digest of what is behind it ({found}), found another one", path=path)
    try:
        facts = json.loads(text)
        form, of = facts["tag_version"], (facts["site_id"], facts["name"])
        if not (isinstance(form, str) and form.startswith("1.")):
            raise DamagedError(f"expected a tag of the form 1.x, found {form!r}", path=path)
        if of != (site, path.name):
            raise DamagedError(f"expected the tag {path.name} of {site}, found {of[1]} of {of[0]}", path=path)
        return int(facts["version"]), str(facts["record"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"expected the fields of a tag: {error!r}", path=path) from None
