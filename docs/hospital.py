"""Draws docs/hospital.svg from the dataset of the real hospital's reports, which are not part of this repository.

    trendgate run REPORTS --config docs/hospital.yaml --data-dir data
    python docs/hospital.py data docs/hospital.svg      (needs polars and matplotlib)
"""

import json
import pathlib
import sys
from datetime import datetime, timezone

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import polars as pl

data, picture = pathlib.Path(sys.argv[1]), sys.argv[2]
manifest_path = next((data / "manifests").glob("manifest-*.json"))
manifest = json.loads(manifest_path.read_text())
parts = [data / "processed" / part for part in manifest["output_files"]]
frame = pl.scan_parquet(parts, hive_partitioning=False).sort("timestamp").collect()
files = [data / "evidence" / file["path"] for file in manifest["evidence_files"]]
evidence = pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files])

PANELS = [
    ("All four sensors of chiller 5 keep their last reading for four hours and a half", "°C", "frozen", (2016, 11, 28, 22), (2016, 11, 29, 10),
     [("ch5_chst", "chilled water supply"), ("ch5_chrt", "return"), ("ch5_cwst", "condenser water out"), ("ch5_cwrt", "in")]),
    ("The main meter reads -26 kW for six hours", "kW", "plausible", (2017, 1, 14, 12), (2017, 1, 15, 18), [("mmcb_kw", "main meter")]),
    ("Discharge air that reads 22.2 °C for hours day after day, beside one that moves by half degrees and lives", "°C", "frozen",
     (2016, 11, 14, 0), (2016, 11, 19, 0), [("ah0203_dt", "AH0203"), ("ah0101_t", "AH0101")]),
    ("A value far from its neighbours", "°C", "hampel", (2016, 12, 25, 18), (2016, 12, 26, 6), [("ahb109_dt", "AHB109")]),
]


def between(table, start, end):
    """The rows from one time to another."""
    start, end = (datetime(*time, tzinfo=timezone.utc) for time in (start, end))
    return table.filter(pl.col("timestamp").is_between(start, end))


plt.rcParams.update({"font.size": 9, "svg.hashsalt": "trendgate", "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(len(PANELS) + 1, 1, figsize=(9, 11), layout="constrained")
for axis, (title, unit, rule, start, end, columns) in zip(axes, PANELS, strict=False):
    for (column, label), colour in zip(columns, ["tab:blue", "tab:orange", "tab:green", "tab:purple"], strict=False):
        rows = between(frame, start, end)
        axis.plot(rows["timestamp"].to_numpy(), rows[column].to_numpy(), linewidth=0.9, label=label, color=colour)
        why = between(evidence, start, end).filter((pl.col("column") == column) & (pl.col("rule") == rule))
        axis.plot(why["timestamp"].to_numpy(), why["value"].to_numpy(), ".", color="tab:red", markersize=4)
    axis.set_title(f"{title} (red: {rule})", loc="left", fontsize=9)
    axis.set_ylabel(unit)
    axis.legend(loc="upper right", ncols=4, frameon=False, fontsize=8)
    axis.margins(y=0.25)
    axis.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%d %b\n%H:%M"))
meter = evidence.filter(pl.col("rule") == "meter").sort("timestamp")
said = (meter["limit_low"] + meter["limit_high"]) / 2
axes[-1].plot(meter["timestamp"].to_numpy(), (said / 1000).to_numpy(), linewidth=0.9, label="by its power", color="tab:blue")
axes[-1].plot(meter["timestamp"].to_numpy(), (meter["value"] / 1000).to_numpy(), linewidth=0.9, label="by its counter", color="tab:orange")
axes[-1].set_title("The main meter's energy of each day that meter finds: ten and a half times as much by one as by the other", loc="left", fontsize=9)
axes[-1].set_ylabel("MWh")
axes[-1].set_ylim(bottom=0)
axes[-1].legend(loc="center right", ncols=2, frameon=False, fontsize=8)
figure.savefig(picture, metadata={"Date": None})
