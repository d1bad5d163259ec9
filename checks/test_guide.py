"""The guide, followed literally: every command of docs/guide.md in its order, from a fresh folder, and every piece of configuration in it.

Only what a reader puts in is put in: `REPORTS` is a folder with the example plant's reports, `PART.parquet` a part of the dataset, and the
times and the column of `explain` are some that this dataset has.
"""

import os
import re
import shutil
import subprocess

import conftest
import pytest
import yaml

GUIDE = (conftest.ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
OF_THE_HOSPITAL = {"2016-11-12": "2026-02-12", "mmcb_kw": "plant_kw"}


def blocks(language):
    """The blocks of the guide in this language, each with the line that it begins in."""
    found = re.finditer(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [(GUIDE.count("\n", 0, block.start(1)) + 1, block.group(1)) for block in found]


@pytest.fixture
def desk(tmp_path):
    """A folder with reports and the program, and nothing else; runs a line in it."""
    shutil.copytree(conftest.EXAMPLES / "plant", tmp_path / "REPORTS")
    shutil.copy(next((tmp_path / "REPORTS").glob("*.csv")), tmp_path / "REPORT.csv")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/trendgate").symlink_to(conftest.program())
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"

    def run(line):
        words = ["bash", "-euc", line]
        return subprocess.run(words, cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True)

    run.folder = tmp_path
    return run


def test_every_command_does_what_the_guide_says_in_its_order(desk):
    commands = [(line, command) for line, block in blocks("sh") for command in block.splitlines() if command.strip()]
    assert len(commands) >= 11
    for line, command in commands:
        for there, here in OF_THE_HOSPITAL.items():
            command = command.replace(there, here)
        parts = list(desk.folder.glob("data/processed/**/*.parquet"))
        if parts:
            command = command.replace("PART.parquet", str(parts[0]))
        done = desk(command)
        assert done.returncode == 0, f"docs/guide.md:{line}: {command}\n{done.stdout}{done.stderr}"
        assert done.stdout or ">" in command, f"docs/guide.md:{line}: {command} says nothing"
    assert (desk.folder / "data/trendgate.json").is_file()
    proposed = (desk.folder / "site.yaml").read_text(encoding="utf-8")
    assert "physical_type" in proposed


@pytest.mark.parametrize(("line", "block"), blocks("yaml"))
def test_every_piece_of_configuration_is_one(desk, line, block):
    if not re.match("(#.*\n)?(cleaner|batch):", block):
        block = f"cleaner:\n  points:\n{block}"
    (desk.folder / "piece.yaml").write_text(block, encoding="utf-8")
    stated = "" if "site_id" in block else "--site S --timezone Asia/Taipei --resample 15m"
    if "\nsites:" in block:
        stated = f"--site {next(iter(yaml.safe_load(block)['sites']))}"
    if "date_order" in block:
        # The example's dates prove another order than the guide's; what it says is said of reports that leave it open.
        for report in (desk.folder / "REPORTS").glob("*.csv"):
            text = report.read_text(encoding="utf-8")
            report.write_text(re.sub(r"\b(2026)/(\d+)/(\d+)", r"\3/\2/\1", text), encoding="utf-8")
    done = desk(f"trendgate plan REPORTS --config piece.yaml {stated}")
    assert done.returncode == 0, f"docs/guide.md:{line}\n{done.stderr}"
