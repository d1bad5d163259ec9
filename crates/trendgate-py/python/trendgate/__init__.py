"""Trendgate from Python: run a batch of trend reports, read what is committed by its manifest, verify it.

Importing this needs nothing but the wheel. Polars or pyarrow are imported when a frame or a table is asked for.

>>> manifest = trendgate.run("plant.yaml", ["reports"])
>>> frame = manifest.scan()
"""

try:
    import trendgate._trendgate
except ImportError as _error:
    raise ImportError(
        f"the half of trendgate that is a native module cannot be loaded here: {_error}\n"
        "  help: install a wheel for this platform and Python; to read datasets alone, pip install trendgate-reader, which needs none"
    ) from _error

from trendgate import _forks, dask, ray, spark, tasks
from trendgate._batch import Added, Batch
from trendgate._changes import Bounds, Changes, Stretch
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
    MissingFileError,
    MissingPathError,
    StoppedError,
    StorageError,
    StorageNotFoundError,
    StoragePermissionError,
    TrendgateError,
    TypeMismatchError,
    UnknownColumnError,
    UnknownSiteError,
    UnknownVersionError,
    UnsettledError,
    UsageError,
    Violation,
)
from trendgate._explain import Explanation, Reason, StatedReason
from trendgate._frames import ArrowFrame, Cleaned, check_frame, clean
from trendgate._manifest import Manifest, load_from_manifest
from trendgate._parts import Column, Gap, Part, TimeRange, validate_schema
from trendgate._propose import Proposal, init
from trendgate._retract import LeavingReport, PlannedRetraction, plan_retraction, retract
from trendgate._run import Inspection, Outcome, Plan, Progress, inspect, plan, rebuild, run
from trendgate._trendgate import FLAGS, __version__
from trendgate._upkeep import Deed, Garbage, Recovery, Removal, Repaired
from trendgate._verify import CheckReport, Finding, Verified, check, verify
from trendgate._warnings import TrendgateWarning

__all__ = [
    "FLAGS",
    "Added",
    "ArrowFrame",
    "Batch",
    "Bounds",
    "BugError",
    "Changes",
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
    "Deed",
    "Explanation",
    "Finding",
    "FutureError",
    "Gap",
    "Garbage",
    "InputError",
    "Inspection",
    "LeavingReport",
    "LockedError",
    "Manifest",
    "MemoryLimitError",
    "MissingFileError",
    "MissingPathError",
    "Outcome",
    "Part",
    "Plan",
    "PlannedRetraction",
    "Progress",
    "Proposal",
    "Reason",
    "Recovery",
    "Removal",
    "Repaired",
    "Snapshot",
    "StatedReason",
    "StoppedError",
    "StorageError",
    "StorageNotFoundError",
    "StoragePermissionError",
    "Stretch",
    "TimeRange",
    "TrendgateError",
    "TrendgateWarning",
    "TypeMismatchError",
    "UnknownColumnError",
    "UnknownSiteError",
    "UnknownVersionError",
    "UnsettledError",
    "UsageError",
    "Verified",
    "Violation",
    "__version__",
    "check",
    "check_frame",
    "clean",
    "dask",
    "init",
    "inspect",
    "load_from_manifest",
    "plan",
    "plan_retraction",
    "ray",
    "rebuild",
    "retract",
    "run",
    "spark",
    "tasks",
    "validate_schema",
    "verify",
]
