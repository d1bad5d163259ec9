"""From the example reports to a table of features and a plot, with the Python package.

    python examples/features.py data features.png      (needs polars; matplotlib for the plot)
"""

import sys
from pathlib import Path

import polars as pl
import trendgate

EXAMPLES = Path(__file__).resolve().parent


def features(dataset, site, point):
    """A point beside its own past; no feature sees the row that it stands in."""
    frame = dataset.scan(site).select("timestamp", point, (pl.col("quality_flags").list.len() > 0).alias("flagged"))
    lagged = [
        frame.select(pl.col("timestamp").dt.offset_by(lag), pl.col(point).alias(f"{point}_lag{lag}")) for lag in ("1h", "24h")
    ]
    for past in lagged:
        frame = frame.join(past, on="timestamp", how="left")
    mean = pl.col(point).rolling_mean_by("timestamp", window_size="4h", closed="left")
    return frame.sort("timestamp").with_columns(mean.alias(f"{point}_mean4h")).collect()


def draw(table, point, picture):
    """The point and its mean over the last four hours."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
    for column in (point, f"{point}_mean4h"):
        axis.plot(table["timestamp"].to_numpy(), table[column].to_numpy(), linewidth=0.8, label=column)
    axis.legend()
    figure.savefig(picture)


def main(data, picture=None):
    """Runs the batch, prints the last rows of the table, draws it where a picture is asked for."""
    manifest = trendgate.run(EXAMPLES / "plant.yaml", EXAMPLES / "plant", data_dir=data)
    print(manifest)
    table = features(trendgate.Dataset(data), manifest.site_id, "plant_kw")
    print(table.tail())
    if picture:
        draw(table, "plant_kw", picture)
    return table


if __name__ == "__main__":
    main(*sys.argv[1:])
