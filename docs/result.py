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

plt.rcParams.update({"font.size": 9, "svg.hashsalt": "trendgate", "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(3, 1, figsize=(9, 5.4), sharex=True, layout="constrained")
rows = [
    (axes[0], "kW", [("plant_kw", "plant power")]),
    (axes[1], "°C", [("ch1_chwst", "chilled water supply"), ("ch1_chwrt", "return"), ("outdoor_t", "outdoor air")]),
    (axes[2], "kW", [("ch1_ton", "chiller's load meter"), ("chp_2_kw", "pump 2 (× 20)")]),
]
scale = {"chp_2_kw": 20}
colours = {"INSUFFICIENT_DATA": "tab:red", "HEAT_IMBALANCE": "tab:purple", "AFFINITY_VIOLATION": "tab:olive"}
for axis, unit, columns in rows:
    for column, label in columns:
        axis.plot(time, scale.get(column, 1) * frame[column].to_numpy(), linewidth=0.8, label=label)
    low, high = axis.get_ylim()
    for flag, colour in colours.items():
        flagged = frame["quality_flags"].list.contains(flag).to_numpy()
        axis.fill_between(time, low, high, where=flagged, step="post", color=colour, alpha=0.22, linewidth=0)
    axis.set_ylim(low, high)
    axis.set_ylabel(unit)
    axis.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3, frameon=False, fontsize=8)
figure.suptitle(
    f"{manifest['statistics']['total_rows']} rows, {len(manifest['schema']) - 2} points from {manifest['input_files_count']} reports; "
    "flagged INSUFFICIENT_DATA red, HEAT_IMBALANCE purple, AFFINITY_VIOLATION olive",
    x=0.01,
    ha="left",
    fontsize=9,
)
axes[2].xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%d %b"))
figure.savefig(picture, metadata={"Date": None})
