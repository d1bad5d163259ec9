"""A starter configuration from reports."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from trendgate import _trendgate
from trendgate._arguments import Cancel, Paths
from trendgate._errors import TrendgateError, error_of
from trendgate._run import Progress, Teller
from trendgate._values import Value


@dataclass(frozen=True, repr=False)
class Proposal(Value):
    """A configuration that was proposed: `config` is its text (YAML with comments), and what is marked CHECK in it is for a person to decide.

    Counted are reports that were read; points that are `proposed` (of those, to `check`), left `unmapped`, `dead` (without a number) or
    `renamed`; and lines marked CHECK that are about no point (`check_elsewhere`). `failed` has why files are of no use.
    """

    config: str
    reports: int
    proposed: int
    check: int
    unmapped: int
    dead: int
    renamed: int
    check_elsewhere: int
    failed: tuple[TrendgateError, ...]


def init(
    paths: Paths,
    *,
    site: str | None = None,
    timezone: str | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Proposal:
    """Reads the reports at `paths` and proposes a configuration for them; writes nothing.

    The site's id and the IANA zone of the reports' clock are left to be filled in where they are not given. Raises MissingPathError where there is
    no such path, InputError where nothing there may be a report.

    >>> Path("plant.yaml").write_text(trendgate.init("reports", site="PLANT01", timezone="Asia/Taipei").config)
    """
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    facts = json.loads(_trendgate.propose(listed, site, timezone, Teller(progress, cancel)))
    failed = tuple(error_of(answer) for answer in facts.pop("failed"))
    return Proposal(**facts, failed=failed)
