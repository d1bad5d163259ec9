"""Draws docs/hospital_init.svg: the hospital's flags by what `trendgate init` writes, and by what it wrote when one step of a sensor was no
movement. The reports are not part of this repository.

    trendgate init REPORTS --site KMUH --timezone Asia/Taipei > init.yaml
    python docs/hospital_init.py one-step init.yaml > before.yaml
    trendgate run REPORTS --config before.yaml --data-dir before
    trendgate run REPORTS --config init.yaml --data-dir after
    python docs/hospital_init.py draw before after docs/hospital_init.svg      (needs polars and matplotlib)
"""

import json
import pathlib
import re
import sys
from datetime import datetime, timezone

JUDGED = ("water_temperature", "air_temperature", "power")


def one_step(text):
    """The configuration with a tolerance of one step of each sensor (0.1 at most), no durations of their own, and points that also log
    their changes of value not judged."""
    lines = []
    for above, line in zip(["", *text.splitlines()], text.splitlines(), strict=False):
        if re.match(r'    "', line) and any(f"{kind}, " in line for kind in JUDGED):
            line = re.sub(r", frozen: \{.*?\}", "", line)
            step = re.search(r"in steps of ([\d.]+)", above)
            rule = f"tolerance: {min(0.1, float(step[1]) if step else 0.1)}"
            if re.match(r'    "CH5\.C[HW]ST"', line):
                rule = "enabled: false"
            line = line.replace("}", f", frozen: {{{rule}}}}}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def dataset(data):
    """The rows, the times at which each column is FROZEN, and how many bins have a value, by column."""
    import polars as pl

    manifest = json.loads(next((data / "manifests").glob("manifest-*.json")).read_text())
    parts = [data / "processed" / part for part in manifest["output_files"]]
    rows = pl.scan_parquet(parts, hive_partitioning=False).sort("timestamp").collect()
    files = [data / "evidence" / file["path"] for file in manifest["evidence_files"]]
    evidence = pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files])
    frozen = evidence.filter(pl.col("rule") == "frozen").select("timestamp", "column", "value")
    return rows, frozen


def draw(before, after, picture):
    """Shares by point, a living header, and the outage of chiller 5's controller."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    import polars as pl

    (rows, old), (_, new) = dataset(before), dataset(after)
    columns = sorted(set(old["column"]) | set(new["column"]), reverse=True)
    share = {
        name: [100 * found.filter(pl.col("column") == column).height / rows[column].count() for column in columns]
        for name, found in (("before", old), ("after", new))
    }
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "trendgate", "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplot_mosaic([["bars", "header"], ["bars", "outage"]], figsize=(10, 6.5), layout="constrained")
    bars = axes["bars"]
    places = range(len(columns))
    bars.barh([place + 0.2 for place in places], share["before"], 0.4, color="tab:gray", label="a tolerance of one step")
    bars.barh([place - 0.2 for place in places], share["after"], 0.4, color="tab:red", label="what init writes now")
    bars.set_yticks(list(places), columns, fontsize=8)
    bars.set_xlabel("% of the point's bins that are FROZEN")
    bars.legend(frameon=False, loc="lower right")
    panels = [
        ("header", "chs1_wt: a chilled-water header that is held at its setpoint", [("chs1_wt", "header")], (2016, 11, 22, 0), (2016, 11, 23, 12)),
        ("outage", "the four sensors of chiller 5 on 29 November", [("ch5_cwst", "condenser water out"), ("ch5_cwrt", "in"),
         ("ch5_chrt", "chilled water return"), ("ch5_chst", "supply")], (2016, 11, 28, 22), (2016, 11, 29, 10)),
    ]
    for place, title, drawn, start, end in panels:
        axis = axes[place]
        start, end = (datetime(*time, tzinfo=timezone.utc) for time in (start, end))
        window = pl.col("timestamp").is_between(start, end)
        for (column, label), colour in zip(drawn, ["tab:blue", "tab:orange", "tab:green", "tab:purple"], strict=False):
            here = rows.filter(window)
            axis.plot(here["timestamp"].to_numpy(), here[column].to_numpy(), linewidth=0.9, label=label, color=colour)
            for found, dot, size in ((old, "tab:gray", 5), (new, "tab:red", 3)):
                why = found.filter(window & (pl.col("column") == column))
                axis.plot(why["timestamp"].to_numpy(), why["value"].to_numpy(), ".", color=dot, markersize=size)
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_ylabel("°C")
        axis.margins(y=0.2)
        axis.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(maxticks=6))
        axis.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%d %b\n%H:%M"))
        if len(drawn) > 1:
            axis.legend(frameon=False, fontsize=8, ncols=2)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    if sys.argv[1] == "one-step":
        sys.stdout.write(one_step(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")))
    else:
        draw(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4])
