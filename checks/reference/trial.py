"""Lets the program live through a plant, and holds what it leaves against the reference."""

import json
import math
import shutil
import subprocess
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import pyarrow.parquet as pq
import side_files

from . import cleaning, reading
from .ledger import Ledger
from .units import span

CELLS = [
    "used",
    "equal_duplicates",
    "conflict_losers",
    "missing",
    "unrecognised",
    "unit_mismatch",
    "not_finite",
    "rejected",
    "moved_lost",
]


class Difference(AssertionError):
    """The program and the reference disagree."""


class Ended(Exception):
    """What comes now is not settled by the documents."""


def differ(what, expected, found):
    raise Difference(f"{what}:\n  reference {expected}\n  program   {found}")


def same(what, expected, found):
    if expected == found:
        return
    if isinstance(expected, list) and isinstance(found, list):
        place = next(
            (n for n, (one, other) in enumerate(zip(expected, found, strict=False)) if one != other), min(len(expected), len(found))
        )
        differ(f"{what}, {len(expected)} and {len(found)}, from place {place}", expected[place:][:3], found[place:][:3])
    differ(what, expected, found)


def live(plant, program, folder):
    """The whole life of `plant` in `folder`.

    Raises Difference at the first step after which the two disagree.
    """
    shutil.rmtree(folder, ignore_errors=True)
    plant.config.now = int(time.time())
    trial = Trial(program, folder, plant)
    for place, step in enumerate(plant.steps):
        trial.what = f"step {place}, {step[0]}"
        try:
            getattr(trial, step[0])(*step[1:])
        except Ended:
            return


class Trial:
    """The program's folder and the reference's ledger, side by side."""

    def __init__(self, program, folder, plant):
        self.program = program
        self.folder = folder
        self.reports = folder / "in"
        self.reports.mkdir(parents=True)
        self.ledger = Ledger(plant.config.keeps)
        self.committed = None
        self.what = ""
        self.written = set()
        self.configure(plant.config)

    def configure(self, config):
        config.now = int(time.time())
        self.config = config
        (self.folder / "config.yaml").write_text(config.yaml(), encoding="utf-8")

    def call(self, command, *words):
        words = [
            self.program,
            command,
            *words,
            "--config",
            self.folder / "config.yaml",
            "--data-dir",
            self.folder / "data",
            "--json",
        ]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, timeout=120)
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            print(self.what, " ".join(map(str, words)), done.returncode, done.stderr, sep="\n", file=log)
        return done

    def place(self, name):
        """Where a file of this name stands, below the folder of the reports."""
        path = self.reports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name, data):
        self.place(name).write_bytes(data)
        self.written.add(name)

    def copy(self, name, other):
        shutil.copyfile(self.place(name), self.place(other))

    def rename(self, name, other):
        self.place(name).rename(self.place(other))

    def remove(self, name):
        (self.reports / name).unlink()

    def files(self):
        """All files of the folder."""
        return {str(path.relative_to(self.reports)): path.read_bytes() for path in self.reports.rglob("*") if path.is_file()}

    def run(self, *words, force=False):
        self.over(self.files(), [self.reports], words, force)

    def run_new(self):
        files = {name: data for name, data in self.files().items() if name in self.written}
        if files:
            self.over(files, [self.reports / name for name in sorted(files)], (), force=False)

    def over(self, files, paths, words, force):
        """A run over these files."""
        self.written = set()
        self.ledger.run(files, set(map(reading.digest, self.files().values())), self.config, force)
        if self.ledger.left and self.ledger.gone():
            raise Ended
        self.settle(self.call("run", *paths, *words), whole="--rebuild" in words)

    def force(self):
        self.run("--take-retracted", force=True)

    def retract(self, name):
        data = (self.reports / name).read_bytes()
        if self.ledger.retract(reading.digest(data)):
            self.ledger.nothing_new()
            if self.ledger.gone():
                raise Ended
            self.settle(self.call("retract", self.reports / name))

    def retract_version(self, version):
        known = self.committed and len(self.committed.manifests) >= version
        if known and self.ledger.retract_version(version):
            self.ledger.nothing_new()
            if self.ledger.gone():
                raise Ended
            self.settle(self.call("retract", version))

    def rebuild(self, config):
        if config is not self.config:
            self.configure(config)
            if self.committed:
                same(f"{self.what}: exit code without --rebuild", 2, self.call("run", self.reports).returncode)
            self.ledger.read_again(config)
        self.ledger.here = set(map(reading.digest, self.files().values()))
        if self.ledger.gone():
            # Which months can be made again then is another test's.
            raise Ended
        self.run("--rebuild")

    def settle(self, done, whole=False):
        """Holds what a command has left against the reference."""
        known = bool(self.ledger.texts)
        if not known:
            same(f"{self.what}: exit code", 1, done.returncode)
            return
        same(f"{self.what}: exit code", 3 if self.ledger.rejected or self.ledger.lossy() else 0, done.returncode)
        found = Found(self.folder / "data")
        gone = self.ledger.gone()
        expected = cleaning.clean(self.ledger.members(), self.config, gone, self.committed)
        told = json.loads(done.stdout)
        compare(self.what, expected, found)
        if told["status"] == "committed":
            manifest = found.manifests[-1]
            self.ledger.committed(manifest["version"])
            for again in manifest["rebuilt_from"]:
                self.ledger.read_at(str(Path(again["path"]).relative_to(self.reports)), again["digest"].removeprefix("blake3:"))
            compare_inputs(self.what, self.ledger, self.reports, manifest)
            cells = manifest["cells"]
            same(f"{self.what}: the account adds up", cells["input"], sum(cells[fate] for fate in cells if fate != "input"))
            compare_approximate(self.what, self.ledger, expected, manifest)
            if not gone and (whole or len(found.manifests) == 1):
                compare_account(self.what, expected, manifest)
            if len(found.manifests) == 1:
                compare_statistics(self.what, expected, manifest["statistics"], self.config)
        self.committed = found


def seconds(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Found:
    """The dataset that the program has left, as docs/format.md says that it is read."""

    def __init__(self, data):
        self.manifests = []
        parts, evidence = {}, {}
        gaps = set()
        for path in sorted((data / "manifests/.log/S").glob("0*.json")):
            manifest = side_files.whole(path)
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
                    raise Difference(f"two rows at {moment(at // 10**9)}")
                self.rows[at // 10**9] = (dict(zip(names[2:], values, strict=True)), flags)
        self.evidence = []
        for path in evidence:
            table = pq.read_table(data / "evidence" / path)
            times, known = (table.column(name).cast("int64").to_pylist() for name in ["timestamp", "known_at"])
            names = ["column", "flag", "rule", "value", "limit_low", "limit_high"]
            columns = [table.column(name).to_pylist() for name in names]
            self.evidence += zip([at // 10**9 for at in times], *columns, known, strict=True)


def path_of(entry):
    return entry if isinstance(entry, str) else entry["path"]


def next_gaps(gaps, manifest):
    """The gaps after a version: its own take the place of those whose missing bins are within one bin of what it changed."""
    if not manifest.get("changed_range"):
        return gaps
    first, last = map(seconds, manifest["changed_range"])
    step = span(manifest["resample_interval"])
    kept = {gap for gap in gaps if gap[1] - step < first - step or gap[0] > last + step}
    return kept | {(seconds(gap["from"]), seconds(gap["to"]), gap["bins"]) for gap in manifest["gaps"]}


def close(one, other):
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def compare(what, expected, found):
    """Rows, flags, evidence and gaps. Near reports that are gone, what hangs on their rows alone is passed over."""
    same(f"{what}: times", *map(sorted, (expected.rows, found.rows)))
    unsure = {"OUTLIER", "INSUFFICIENT_DATA"}
    for at, (values, flags) in sorted(expected.rows.items()):
        there, raised = found.rows[at]
        same(f"{what}: values at {moment(at)}", present(values), present(there))
        if at in expected.approximate:
            flags, raised = ([flag for flag in each if flag not in unsure] for each in (flags, raised))
        same(f"{what}: flags at {moment(at)}", flags, raised)
    compare_evidence(what, expected, found)
    same(f"{what}: gaps", [tuple(gap) for gap in expected.gaps], found.gaps)


def present(values):
    return {name: value for name, value in sorted(values.items()) if value is not None}


def compare_approximate(what, ledger, expected, manifest):
    """Bins that kept committed cells are counted: at least those of the months that new rows are in, at most all."""
    rows = [row for digest in ledger.new for row in ledger.texts[digest].report.rows]
    months = {moment(row.time)[:7] for row in rows}
    least = sum(moment(at)[:7] in months for at in expected.stood)
    most = len(expected.stood | expected.behind)
    if not least <= manifest["approximate_bins"] <= most:
        differ(f"{what}: approximate bins", f"{least} to {most}", manifest["approximate_bins"])


def compare_account(what, expected, manifest):
    """What became of every cell of all reports."""
    cells = manifest["cells"]
    fates = ["input", *CELLS]
    same(f"{what}: account", {fate: expected.cells[fate] for fate in fates}, {fate: cells.get(fate, 0) for fate in fates})
    same(f"{what}: conflicts", expected.cells["conflict_losers"], manifest["conflicts"]["cells"])
    same(f"{what}: duplicates", expected.cells["equal_duplicates"], manifest["conflicts"]["equal_duplicates"])
    points = manifest["statistics"]["points"]
    same(f"{what}: columns", sorted(expected.points), sorted(points))
    for name, there in points.items():
        same(f"{what}: what {name} had", expected.points[name], statistics(there))


def statistics(there):
    found = {fate: there[fate] for fate in ["cells", "numbers", "unrecognised", "unit_mismatch", "not_finite", "dead"]}
    return found | {"missing": folded(there["missing"])}


def compare_statistics(what, expected, there, config):
    """What is said of the rows of a first version, which are all."""
    same(f"{what}: rows", len(expected.rows), there["total_rows"])
    same(f"{what}: range", [min(expected.rows), max(expected.rows)], list(map(seconds, there["time_range"])))
    raised = Counter(flag for _, flags in expected.rows.values() for flag in flags)
    same(f"{what}: flags", raised, Counter({flag: rows for flag, rows in there["quality_flags_distribution"].items() if rows}))
    flagged = Counter((row[1], row[3]) for row in expected.evidence)
    for name, point in there["points"].items():
        values = [row[0][name] for row in expected.rows.values() if row[0][name] is not None]
        same(f"{what}: values of {name}", len(values), point["values"])
        if values:
            same(f"{what}: extremes of {name}", [min(values), max(values)], [point["min"], point["max"]])
            if not close(sum(values) / len(values), point["mean"]):
                differ(f"{what}: mean of {name}", sum(values) / len(values), point["mean"])
        for rule, counts in point.get("rules", {}).items():
            same(f"{what}: {rule} of {name}", flagged[name, rule], counts["flagged"])
            judged = counts["flagged"] + counts["good"] + sum(counts["not_judged"].values())
            same(f"{what}: answers of {rule} of {name}", len(expected.rows), judged)
        if point.get("resets") is not None:
            same(
                f"{what}: resets of {name}",
                sum(one > other for one, other in zip(values, values[1:], strict=False)),
                point["resets"],
            )


def folded(tokens):
    """Counts of missing tokens without regard to case."""
    found = Counter()
    for token, count in tokens.items():
        found[token.casefold()] += count
    return found


def compare_inputs(what, ledger, reports, manifest):
    """What the manifest says of each report that was new."""
    there = {}
    for entry in manifest["inputs"]:
        if entry["status"] == "accepted":
            there[str(Path(entry["path"]).relative_to(reports))] = entry
    found = {name: said(entry) for name, entry in there.items()}
    expected = {}
    for name in there:
        report = ledger.texts[ledger.at[name]].report
        expected[name] = {
            "rows": len(report.rows),
            "rejected_rows": report.rejected_rows,
            "rejected_cells": report.rejected_cells,
            "ambiguous_resolved": report.resolved,
            "ambiguous_by_rule": report.by_rule,
            "nonexistent": report.nonexistent,
            "complete": report.complete,
            "time_range": [report.first, report.last],
        }
    for name in there:
        same(f"{what}: what is said of {name}", expected[name], found[name])


def said(entry):
    names = ["rows", "rejected_rows", "rejected_cells", "ambiguous_resolved", "ambiguous_by_rule", "nonexistent", "complete"]
    return {name: entry[name] for name in names} | {"time_range": list(map(seconds, entry["time_range"]))}


def moment(at):
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%dT%H:%MZ}"


def compare_evidence(what, expected, found):
    def key(row):
        return (row[0], row[1] or "", row[3])

    unsure = {"no_sample", "coverage", "not_finite", "partial_sum"}
    wanted, there = (
        sorted((row for row in rows if row[3] not in unsure or row[0] not in expected.approximate), key=key)
        for rows in (expected.evidence, found.evidence)
    )
    names = [(moment(row[0]), *row[1:4]) for row in wanted]
    others = [(moment(row[0]), *row[1:4]) for row in there]
    if names != others:
        lacking, extra = Counter(names) - Counter(others), Counter(others) - Counter(names)
        differ(f"{what}: evidence", f"has alone {sorted(lacking, key=str)[:5]}", f"has alone {sorted(extra, key=str)[:5]}")
    for row, other in zip(wanted, there, strict=True):
        if not all(map(close, row[4:7], other[4:7])):
            differ(f"{what}: evidence at {moment(row[0])}", row, other)
        # The rows of a report that is gone are not known, only their bins.
        by_rows = row[3] == "required" or row[1] in expected.looking
        if row[7] * 10**9 != other[7] and not (by_rows and row[0] in expected.approximate):
            differ(f"{what}: from when on {row[1:4]} at {moment(row[0])} is certain", row[7] * 10**9, other[7])
