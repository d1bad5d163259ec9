"""Reads what Trendgate commits, by docs/format.md alone: the log of a site in, its parts, columns and rows out. Nothing is ever written.

>>> dataset = trendgate_reader.Dataset("data")
>>> dataset.scan("PLANT01").collect()
"""

from trendgate_reader._dataset import Dataset
from trendgate_reader._errors import DamagedError, ReaderError, UsageError
from trendgate_reader._snapshot import Column, Finding, Gap, Part, Snapshot, TimeRange

__version__ = "0.1.0"

#: The flags of a row, in the order in which `quality_flags` has them.
FLAGS = ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]

__all__ = [
    "FLAGS",
    "Column",
    "DamagedError",
    "Dataset",
    "Finding",
    "Gap",
    "Part",
    "ReaderError",
    "Snapshot",
    "TimeRange",
    "UsageError",
    "__version__",
]
