"""Draws docs/reports.svg: time and memory of a run over the number of its reports.

    cargo xtask bench --scale 1 --only curve --json bench.json
    python docs/reports.py bench.json docs/reports.svg      (needs matplotlib)
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

bench, picture = json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2]
scenario = next(s for s in bench["scenarios"] if s["contestants"][0]["name"].endswith(" reports"))
reports = [int(c["name"].split()[0]) for c in scenario["contestants"]]
median = [c["median"] for c in scenario["contestants"]]

plt.rcParams.update({"font.size": 9, "svg.hashsalt": "trendgate", "axes.spines.top": False, "axes.spines.right": False})
figure, (memory, time) = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained")
memory.plot(reports, [m["peak_rss_bytes"] / 1e6 for m in median], "o-", color="tab:blue")
memory.set(xscale="log", yscale="log", xlabel="reports of 24 rows × 20 points", ylabel="peak MB", ylim=(10, 1000))
time.plot(reports, [m["wall_s"] for m in median], "o-", color="tab:red", label="wall")
time.plot(reports, [m["cpu_s"] for m in median], "o--", color="tab:orange", label="CPU")
time.set(xscale="log", yscale="log", xlabel="reports of 24 rows × 20 points", ylabel="seconds")
time.legend(frameon=False)
figure.savefig(picture, metadata={"Date": None})
