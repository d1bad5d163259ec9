"""The log of a site: the records of its versions, each proven whole.

Enters: `manifests/.log/{site}/`. Leaves: the base record, where versions were compacted, and the records behind it, in order. Refused: a record that is
torn, altered, of another site or version, or of another format, and a number that is missing.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from trendgate_reader import _place
from trendgate_reader._errors import DamagedError
from trendgate_reader._place import Folders

#: What stands before the 64 digits of a record's checksum, once in the file.
BEFORE = b'"checksum": "sha256:'
DIGITS = 64
NEWER = "a newer Trendgate may have written it: read it by a newer trendgate-reader"


class Record(NamedTuple):
    """A version's record: `facts` is the manifest as it stands there."""

    version: int
    path: Path
    facts: dict[str, Any]


class Log(NamedTuple):
    """The records of a site behind `base`, the last version that was compacted (0 where none was), whose sum is in `facts`."""

    base: int
    facts: dict[str, Any] | None
    records: list[Record]


def read(folders: Folders, site: str, until: int | None = None) -> Log:
    """The log of a site, up to the version `until`; an error where a record in it is damaged."""
    while True:
        base = last_compacted(folders, site)
        try:
            return _read_behind(folders, site, base, until)
        except DamagedError:
            # What is not there may have been compacted since the log was listed.
            if last_compacted(folders, site) <= base:
                raise


def last_compacted(folders: Folders, site: str) -> int:
    """The last version that a base record stands for; 0 where there is none."""
    return max(_place.bases(folders.log(site)), default=0)


def has_expired(folders: Folders, site: str, version: int) -> bool:
    """Whether files of a version were replaced and collected."""
    return (folders.log(site) / f"{version:020}.expired").exists()


def _read_behind(folders: Folders, site: str, base: int, until: int | None) -> Log:
    facts = _base_record(folders, site, base) if base else None
    return Log(base, facts, list(_records(folders, site, base, until)))


def _records(folders: Folders, site: str, base: int, until: int | None) -> Iterator[Record]:
    log = folders.log(site)
    last = max(_place.records(log), default=0)
    if base and last <= base:
        raise DamagedError(f"expected version {base + 1} behind the base record, found none", path=log)
    if until is not None and until > 0:
        last = min(last, until)
    for version in range(base + 1, last + 1):
        # By its name: a listing made while versions are committed can lack one and have the next.
        path = log / f"{version:020}.json"
        yield Record(version, path, record(path, site, version))


def record(path: Path, site: str, version: int) -> dict[str, Any]:
    """The record at `path`, which has to be that of this version."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DamagedError(f"expected version {version} in the log, found none", path=path) from None
    try:
        facts = _sealed(content)
        found = (facts["site_id"], facts["version"])
        if found != (site, version):
            raise DamagedError(f"expected version {version} of {site}, found version {found[1]} of {found[0]}")
        _check_files(site, facts)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"expected the fields of a manifest: {error!r}", path=path) from None
    except DamagedError as error:
        raise DamagedError(error.message, path=path, hint=error.hint) from None
    return facts


def _sealed(content: bytes) -> dict[str, Any]:
    facts = _json(content)
    stated = facts["manifest_version"]
    if not (isinstance(stated, str) and stated.startswith("1.")):
        raise DamagedError(f"expected manifest_version 1.x, found {stated!r}", hint=NEWER)
    before, _, behind = content.partition(BEFORE)
    digits, behind_digits = behind[:DIGITS], behind[DIGITS:]
    if BEFORE in behind or not re.fullmatch(rb"[0-9a-f]{64}", digits):
        raise DamagedError("expected one field checksum with a sha256 digest")
    found = hashlib.sha256(before + BEFORE + b"0" * DIGITS + behind_digits).hexdigest()
    if found != digits.decode():
        raise DamagedError(f"expected checksum sha256:{digits.decode()}, found sha256:{found}: the file was altered")
    return facts


def _check_files(site: str, facts: dict[str, Any]) -> None:
    _place.check_paths(site, "part", [entry["path"] for entry in facts["files"]])
    _place.check_paths(site, "part", facts["replaces"])
    _place.check_paths(site, "evidence", [entry["path"] for entry in facts["evidence_files"]])
    _place.check_paths(site, "evidence", facts.get("replaces_evidence", []))


def _base_record(folders: Folders, site: str, version: int) -> dict[str, Any]:
    path = folders.log(site) / f"base-{version:020}.sealed"
    try:
        stated, _, frame = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        raise DamagedError("expected a base record, found none", path=path) from None
    found = f"sha256:{hashlib.sha256(frame).hexdigest()}"
    if stated.decode("ascii", "replace") != found:
        raise DamagedError(f"expected the digest of what is behind it ({found}), found another one", path=path)
    try:
        facts = _json(unpack(frame))
        form = facts["base_version"]
        if not (isinstance(form, str) and form.startswith("1.")):
            raise DamagedError(f"expected a base record of the form 1.x, found {form!r}", hint=NEWER)
        of = (facts["site_id"], facts["version"])
        if of != (site, version):
            raise DamagedError(f"expected version {version} of {site}, found version {of[1]} of {of[0]}")
        for kind, files in (("part", facts["fold"]["parts"]), ("evidence", facts["fold"]["evidence"])):
            _place.check_paths(site, kind, [*files, *(file["entry"]["path"] for file in files.values())])
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"expected the fields of a base record: {error!r}", path=path) from None
    except DamagedError as error:
        raise DamagedError(error.message, path=path, hint=error.hint) from None
    return facts


def _json(content: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"expected JSON: {error}") from None
    if not isinstance(facts, dict):
        raise DamagedError("expected an object of JSON, found something else")
    return facts


def unpack(frame: bytes) -> bytes:
    """What a Zstandard frame holds, by whichever module has Zstandard here."""
    for module in ("compression.zstd", "backports.zstd"):
        try:
            zstd = importlib.import_module(module)
        except ImportError:
            continue
        try:
            return bytes(zstd.decompress(frame))
        except zstd.ZstdError as error:
            raise DamagedError(f"expected a Zstandard frame: {error}") from None
    try:
        import pyarrow as pa
    except ImportError:
        hint = "pip install pyarrow, or pip install 'trendgate-reader[compacted]'; Python 3.14 has it"
        raise ImportError(f"a log that was compacted is packed by Zstandard, and nothing here unpacks that: {hint}") from None
    try:
        return bytes(pa.input_stream(pa.BufferReader(frame), compression="zstd").read())
    except OSError as error:
        raise DamagedError(f"expected a Zstandard frame: {error}") from None
