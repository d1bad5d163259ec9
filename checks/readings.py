"""Reports of our own making, and what a dataset holds: for the checks that work flags out a second time."""

from datetime import timedelta

import pyarrow.parquet as pq

BIN = timedelta(minutes=15)


def rows(dataset):
    tables = [pq.read_table(part) for part in dataset.parts]
    return [row for table in tables for row in table.to_pylist()]


def evidence(dataset):
    files = [dataset.folder / "evidence" / file["path"] for file in dataset.manifest["evidence_files"]]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def report(points, series, start):
    """A report of `{name: values}`, one row every quarter of an hour."""
    lines = ['"Key  Name:Suffix"']
    lines += [f'"Point_{n}:","{name}","","5 minutes"' for n, name in enumerate(points, 1)]
    lines += ['"Time Interval:","15 Minutes"', '""']
    lines.append(",".join(['"<>Date"', '"Time"', *(f'"Point_{n}"' for n in range(1, len(points) + 1))]))
    for step, values in enumerate(zip(*series, strict=True)):
        at = start + step * BIN
        lines.append(",".join(f'"{cell}"' for cell in [f"{at:%Y/%m/%d}", f"{at:%H:%M:%S}", *values]))
    return "\r\n".join([*lines, '" **** End of Report ****"', ""])
