"""Draws docs/result.svg from the dataset of the example plant.

    cargo run --release -- run examples/plant --config examples/plant.yaml --data-dir data
    python docs/result.py data docs/result.svg      (needs polars and matplotlib)
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import polars as pl

data, picture = pathlib.Path(sys.argv[1]), sys.argv[2]
manifest_path = next((data / "manifests").glob("manifest-*.json"))
manifest = json.loads(manifest_path.read_text())
parts = [manifest_path.parent / ".." / "processed" / part for part in manifest["output_files"]]
frame = pl.scan_parquet(parts, hive_partitioning=False).sort("timestamp").collect()
time = frame["timestamp"].to_numpy()
flagged = frame["quality_flags"].list.len().to_numpy() > 0

plt.rcParams.update({"font.size": 9, "svg.hashsalt": "trendgate", "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(3, 1, figsize=(9, 5.4), sharex=True, layout="constrained")
rows = [
    (axes[0], "kW", [("plant_kw", "plant power")]),
    (axes[1], "°C", [("ch1_chwst", "chilled water supply"), ("ch1_chwrt", "return"), ("outdoor_t", "outdoor air")]),
    (axes[2], "Hz", [("chp_1_hz", "pump 1"), ("chp_2_hz", "pump 2")]),
]
for axis, unit, columns in rows:
    for column, label in columns:
        axis.plot(time, frame[column].to_numpy(), linewidth=0.8, label=label)
    low, high = axis.get_ylim()
    axis.fill_between(time, low, high, where=flagged, step="post", color="tab:red", alpha=0.18, linewidth=0)
    axis.set_ylim(low, high)
    axis.set_ylabel(unit)
    axis.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3, frameon=False, fontsize=8)
axes[0].set_title(
    f"{manifest['statistics']['total_rows']} rows, {len(manifest['schema']) - 2} points from "
    f"{manifest['input_files_count']} reports; red: flagged INSUFFICIENT_DATA",
    loc="left",
    fontsize=9,
)
axes[2].xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%d %b"))
figure.savefig(picture, metadata={"Date": None})
