"""Reports of a night, as a scheduler of a site exports them, and the files of configuration of many sites."""

from datetime import datetime, timedelta

import reports
import yaml

FIRST = datetime(2025, 1, 1)


def report(points, night, nights=1, step=15):
    """A report of `points` over the days from `night` on; each number tells its point and its time."""
    start = FIRST + timedelta(days=night)
    rows = range(nights * 24 * 60 // step)
    cells = ([f"{20 + place + (row % 96) / 10:.1f}" for place in range(len(points))] for row in rows)
    return reports.report(points, ([start + timedelta(minutes=step * row), *row_cells] for row, row_cells in zip(rows, cells)))


def points(site, count=4):
    """The points of a site; no other site has one of these names."""
    return [f"{site}.T{place}" for place in range(count)]


def deliver(folder, site, night, nights=1, count=4):
    """Puts the report of a night into the folder of a site."""
    place = folder / "in" / site
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"night_{night:03}.csv"
    path.write_text(report(points(site, count), night, nights), encoding="utf-8", newline="")
    return path


SHARED = {"resample_interval": "15m", "points": {"*.T?": {"physical_type": "water_temperature", "unit": "°C"}}}


def configure(folder, sites, name="trendgate.yaml", batch=None):
    """One file for `sites`: what each of them has of its own."""
    text = {"cleaner": SHARED, "batch": batch or {}, "sites": sites}
    path = folder / name
    path.write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    return path


def section(site, **more):
    """What a site has of its own: where its reports are, and its zone."""
    return {"paths": [f"in/{site}"], "cleaner": {"timezone": "Asia/Taipei"}, **more}
