"""A dataset with flags of several rules, and without: what masks, flags as they were known, and dictionaries are held against."""

import datetime as dt
import json
import random

import conftest
import polars as pl
import trendgate

POINTS = {
    "A": {"frozen": {"min_duration": "2h"}, "hampel": {"half_width": "1h", "threshold": 3, "floor": 0.5}},
    "B": {"plausible": {"min": 0, "max": 50}},
    "C": {},
}
CONFIG = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "3h", "points": POINTS}}
START = dt.datetime(2026, 1, 30)


def rows(count, seed=1, start=START):
    """Rows of a report of A, B and C: A stands still at times and has spikes, B is implausible at times, and some rows are missing."""
    chance = random.Random(seed)
    made, a, still = [], 20.0, 0
    for row in range(count):
        still = still - 1 if still > 0 else chance.choice([0] * 30 + [12])
        a = a if still else round(20 + 3 * chance.random(), 2)
        spike = 40.0 if not still and chance.random() < 0.03 else 0.0
        b = 99.0 if chance.random() < 0.04 else round(25 * chance.random(), 2)
        if chance.random() < 0.94:
            made.append([start + row * conftest.QUARTER, a + spike, b, float(row % 5)])
    return made


def commit(folder, made, config=CONFIG, name="a.csv", **options):
    """The version with one more report of these rows."""
    path = folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(conftest.report(["A", "B", "C"], made), encoding="utf-8", newline="")
    return trendgate.run(config, folder / "in", data_dir=folder / "data", **options)


def naive(dataset, mask=(), interval=conftest.QUARTER, known_after=None):
    """The rows with the cells masked, row by row from the parts and the evidence; with `known_after`, by evidence that was known by then."""
    snapshot = dataset.snapshot("S")
    frame = pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in snapshot.paths], how="diagonal")
    evidence = [row for path in snapshot.evidence_paths for row in pl.read_parquet(path, hive_partitioning=False).to_dicts()]
    if known_after is not None:
        evidence = [why for why in evidence if why["known_at"] <= why["timestamp"] + interval + known_after]
    whys = {}
    for why in evidence:
        whys.setdefault(why["timestamp"], []).append(why)
    found = []
    for row in frame.to_dicts():
        mine = whys.get(row["timestamp"], [])
        if known_after is not None:
            flags = {why["flag"] for why in mine}
            row["quality_flags"] = [flag for flag in trendgate.FLAGS if flag in flags]
        for why in mine:
            if why["flag"] in mask or f"rule:{why['rule']}" in mask:
                columns = [why["column"]] if why["column"] else [column.name for column in snapshot.points]
                row |= dict.fromkeys(columns)
        found.append(row)
    return pl.DataFrame(found, schema=dataset.scan("S").collect_schema())


def without_known_at(folder):
    """Makes the evidence that of an earlier program, which did not write since when it is known."""
    for record in sorted((folder / "manifests/.log/S").glob("0*.json")):
        for entry in json.loads(record.read_text(encoding="utf-8"))["evidence_files"]:
            path = folder / "evidence" / entry["path"]
            pl.read_parquet(path, hive_partitioning=False).drop("known_at").write_parquet(path)
