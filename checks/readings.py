"""Reports of our own making, and what a dataset holds: for the checks that work flags out a second time."""

from datetime import timedelta

import pyarrow.parquet as pq
import reports

BIN = timedelta(minutes=15)


def rows(dataset):
    tables = [pq.read_table(part) for part in dataset.parts]
    return [row for table in tables for row in table.to_pylist()]


def evidence(dataset):
    files = [dataset.folder / "evidence" / file["path"] for file in dataset.manifest["evidence_files"]]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def report(points, series, start):
    """A report of `{name: values}`, one row every quarter of an hour."""
    rows = ([start + step * BIN, *values] for step, values in enumerate(zip(*series, strict=True)))
    return reports.report(points, rows, definition="5 minutes")
