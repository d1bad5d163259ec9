"""The library speaks of its command line; here it speaks Python.

Enters: a sentence of an error or a warning. Leaves: the same, with options and commands as this package has them. `PYTHON` is the whole table: what
stands first goes first.
"""

from __future__ import annotations

import re

#: What the library says (a regular expression), and what that is in Python.
PYTHON: tuple[tuple[str, str], ...] = (
    (r"`trendgate gc --retention`", "`Dataset.gc(retention=…)`"),
    (r"`(?:trendgate )?gc --compact`", "`Dataset.gc(compact=True)`"),
    (r"`trendgate gc`", "`Dataset.gc`"),
    (r"`trendgate verify --repair`", "`Dataset.repair`"),
    (r"`trendgate verify`", "`trendgate.verify`"),
    (r"`trendgate run --rebuild`", "`trendgate.run(…, rebuild=True)`"),
    (r"`trendgate tag NAME`", "`Dataset.tag`"),
    (r"`trendgate log`", "`Dataset.manifests`"),
    (r"`trendgate show VERSION`", "`Manifest.inputs`"),
    (r"`trendgate points`", "`Snapshot.points`"),
    (r"`trendgate explain`", "`Dataset.explain`"),
    (r"`trendgate inspect FILE`", "`trendgate.inspect(file)`"),
    (r"`trendgate inspect`", "`trendgate.inspect`"),
    (r"`trendgate init FILE`", "`trendgate.init(file)`"),
    (r"`trendgate init`", "`trendgate.init`"),
    (r"`trendgate task plan`", "`trendgate.tasks.plan`"),
    (r"`trendgate task run`", "`trendgate.tasks.execute`"),
    (r"`run`, `plan`, `verify`, `gc` and `report` take all of them with --all", "`trendgate.tasks.plan` takes all of them"),
    (r"without --rebuild", "without rebuild"),
    (r"\brun --rebuild", "run with rebuild=True"),
    (r"--rebuild", "rebuild=True"),
    (r"--force", "force=True"),
    (r"--other-machines", "other_machines=True"),
    (r"use --wait", "say wait=True"),
    (r"add --site ID", 'say site="…"'),
    (r"with --site", "with site=…"),
    (r"--site", "site"),
    (r"add --timezone (\S+)", r'say timezone="\1"'),
    (r"use --resample (\S+)", r'say resample="\1"'),
    (r"another --data-dir", "another data_dir"),
    (r"--data-dir", "data_dir"),
    (r"--(timezone|resample|threads|interval|retention|grace)", r"\1"),
)


def in_python(text: str) -> str:
    """The sentence with options and commands as this package has them."""
    if "--" not in text and "`" not in text:
        return text
    for said, python in PYTHON:
        text = re.sub(said, python, text)
    return text
