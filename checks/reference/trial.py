"""Lets the program live through a plant, and holds what it leaves against the reference."""

import json
import math
import shutil
import subprocess
import time
from collections import Counter
from datetime import datetime, timezone

import pyarrow.parquet as pq

from . import cleaning, reading

CELLS = ["used", "equal_duplicates", "conflict_losers", "missing", "unrecognised", "unit_mismatch", "not_finite", "rejected", "moved_lost"]


class Difference(AssertionError):
    """The program and the reference disagree."""


def differ(what, expected, found):
    raise Difference(f"{what}:\n  reference {expected}\n  program   {found}")


def same(what, expected, found):
    if expected != found:
        differ(what, expected, found)


def live(plant, program, folder):
    """The whole life of `plant` in `folder`.

    Raises Difference at the first step after which the two disagree.
    """
    shutil.rmtree(folder, ignore_errors=True)
    reports = folder / "in"
    reports.mkdir(parents=True)
    config = plant.config
    config.now = int(time.time())
    (folder / "config.yaml").write_text(config.yaml(), encoding="utf-8")
    member = {}
    for place, step in enumerate(plant.steps):
        if step[0] == "write":
            (reports / step[1]).write_bytes(step[2])
            continue
        for path in sorted(reports.iterdir()):
            data = path.read_bytes()
            try:
                member.setdefault(reading.digest(data), reading.read(data, config))
            except reading.Refused:
                continue
        done = run(program, folder)
        if not member:
            same(f"step {place}: exit code", 1, done.returncode)
            continue
        if done.returncode not in (0, 3):
            raise Difference(f"step {place}: exit code {done.returncode}\n{done.stderr}")
        expected = cleaning.clean(member.values(), config)
        compare(f"step {place}", expected, Found(folder / "data"))


def run(program, folder, *words):
    words = [program, "run", folder / "in", "--config", folder / "config.yaml", "--data-dir", folder / "data", "--json", *words]
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, timeout=120)


def seconds(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Found:
    """The dataset that the program has left, as docs/format.md says that it is read."""

    def __init__(self, data):
        self.manifests = []
        parts, evidence = {}, {}
        gaps = set()
        for path in sorted((data / "manifests/.log/S").glob("0*.json")):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            self.manifests.append(manifest)
            for gone in manifest["replaces"]:
                parts.pop(path_of(gone))
            for gone in manifest["replaces_evidence"]:
                evidence.pop(path_of(gone))
            parts |= dict.fromkeys(manifest["output_files"])
            evidence |= {entry["path"]: None for entry in manifest["evidence_files"]}
            gaps = next_gaps(gaps, manifest)
        self.gaps = sorted(gaps)
        self.rows = {}
        for path in parts:
            table = pq.read_table(data / "processed" / path)
            names = table.column_names
            times = table.column("timestamp").cast("int64").to_pylist()
            rest = [table.column(name).to_pylist() for name in names[1:]]
            for at, flags, *values in zip(times, *rest, strict=True):
                if at // 10**9 in self.rows:
                    raise Difference(f"two rows at {at}")
                self.rows[at // 10**9] = (dict(zip(names[2:], values, strict=True)), flags)
        self.evidence = []
        for path in evidence:
            table = pq.read_table(data / "evidence" / path)
            times = table.column("timestamp").cast("int64").to_pylist()
            names = ["column", "flag", "rule", "value", "limit_low", "limit_high"]
            self.evidence += zip([at // 10**9 for at in times], *(table.column(name).to_pylist() for name in names), strict=True)


def path_of(entry):
    return entry if isinstance(entry, str) else entry["path"]


def next_gaps(gaps, manifest):
    """The gaps of the dataset after a version: within one bin of what it changed, its own take the place of the known ones."""
    if not manifest.get("changed_range"):
        return gaps
    step = 0
    first, last = map(seconds, manifest["changed_range"])
    step = span_of(manifest["resample_interval"])
    kept = {gap for gap in gaps if gap[1] < first - step or gap[0] > last + step}
    return kept | {(seconds(gap["from"]), seconds(gap["to"]), gap["bins"]) for gap in manifest["gaps"]}


def span_of(text):
    from .units import span

    return span(text)


def close(one, other):
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def compare(what, expected, found):
    """Rows, flags, evidence, gaps, and the account of the cells."""
    same(f"{what}: times", sorted(expected.rows), sorted(found.rows))
    for at, (values, flags) in sorted(expected.rows.items()):
        there = {name: value for name, value in found.rows[at][0].items() if value is not None}
        same(f"{what}: values at {moment(at)}", {n: v for n, v in values.items() if v is not None}, there)
        same(f"{what}: flags at {moment(at)}", flags, found.rows[at][1])
    compare_evidence(what, expected, found)
    same(f"{what}: gaps", [tuple(gap) for gap in expected.gaps], found.gaps)
    cells = found.manifests[-1]["cells"]
    same(f"{what}: the account adds up", cells["input"], sum(count for fate, count in cells.items() if fate != "input"))
    if len(found.manifests) == 1:
        same(f"{what}: account", {fate: expected.cells[fate] for fate in ["input", *CELLS]}, {fate: cells.get(fate, 0) for fate in ["input", *CELLS]})


def moment(at):
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%dT%H:%MZ}"


def compare_evidence(what, expected, found):
    def key(row):
        return (row[0], row[1] or "", row[3])

    wanted = sorted(expected.evidence, key=key)
    there = sorted(found.evidence, key=key)
    names = [(moment(row[0]), *row[1:4]) for row in wanted]
    others = [(moment(row[0]), *row[1:4]) for row in there]
    if names != others:
        lacking, extra = Counter(names) - Counter(others), Counter(others) - Counter(names)
        differ(f"{what}: evidence", f"has alone {sorted(lacking, key=str)[:5]}", f"has alone {sorted(extra, key=str)[:5]}")
    for row, other in zip(wanted, there, strict=True):
        if not all(map(close, row[4:], other[4:])):
            differ(f"{what}: evidence at {moment(row[0])}", row, other)
