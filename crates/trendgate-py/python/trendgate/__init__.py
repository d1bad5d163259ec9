"""Trendgate from Python: run a batch of trend reports, read what is committed by its manifest, verify it.

Importing this needs nothing but the wheel. Polars or pyarrow are imported when a frame or a table is asked for.

>>> manifest = trendgate.run("plant.yaml", ["reports"])
>>> frame = manifest.scan()
"""

try:
    import trendgate._trendgate
except ImportError as error:
    raise ImportError(
        f"the half of trendgate that is a native module cannot be loaded here: {error}\n"
        "  help: install a wheel for this platform and Python; to read datasets alone, pip install trendgate-reader, which needs none"
    ) from error

from trendgate import dask, ray, spark, tasks
from trendgate._batch import Added, Batch
from trendgate._dataset import Dataset, Snapshot
from trendgate._errors import (
    BugError,
    ChangingError,
    ConfigError,
    Conflict,
    ConflictError,
    ContractViolationError,
    DamagedError,
    FutureError,
    InputError,
    LockedError,
    MemoryLimitError,
    StoppedError,
    StorageError,
    TrendgateError,
    TrendgateWarning,
    TypeMismatchError,
    UnknownColumnError,
    UnsettledError,
    UsageError,
    Violation,
)
from trendgate._frames import ArrowFrame, Cleaned, check_frame, clean
from trendgate._manifest import Manifest, load_from_manifest
from trendgate._parts import Column, Gap, Part, TimeRange, validate_schema
from trendgate._run import Inspection, Outcome, Plan, Progress, inspect, plan, rebuild, retract, run
from trendgate._trendgate import FLAGS, __version__
from trendgate._verify import CheckReport, Finding, Verified, check, verify

__all__ = [
    "FLAGS",
    "Added",
    "ArrowFrame",
    "Batch",
    "BugError",
    "ChangingError",
    "CheckReport",
    "Cleaned",
    "Column",
    "ConfigError",
    "Conflict",
    "ConflictError",
    "ContractViolationError",
    "DamagedError",
    "Dataset",
    "Finding",
    "FutureError",
    "Gap",
    "InputError",
    "Inspection",
    "LockedError",
    "Manifest",
    "MemoryLimitError",
    "Outcome",
    "Part",
    "Plan",
    "Progress",
    "Snapshot",
    "StoppedError",
    "StorageError",
    "TimeRange",
    "TrendgateError",
    "TrendgateWarning",
    "TypeMismatchError",
    "UnknownColumnError",
    "UnsettledError",
    "UsageError",
    "Verified",
    "Violation",
    "__version__",
    "check",
    "check_frame",
    "clean",
    "dask",
    "inspect",
    "load_from_manifest",
    "plan",
    "ray",
    "rebuild",
    "retract",
    "run",
    "spark",
    "tasks",
    "validate_schema",
    "verify",
]
