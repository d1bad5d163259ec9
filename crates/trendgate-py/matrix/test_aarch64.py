"""The wheel for aarch64 is imported and run, in an emulator of that processor: qemu and a Python of Debian's packages."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "checks"))
import debian  # noqa: E402

#: Python, and what it links.
PYTHON = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libc6", "libgcc-s1", "libexpat1", "zlib1g", "libssl3", "libffi8")

#: Makes a dataset of the example plant, and says what is in it.
PROGRAM = """
import json, platform, sys, trendgate
config, reports, data = sys.argv[1:]
manifest = trendgate.run(config, [reports], data_dir=data, threads=2)
dataset = trendgate.Dataset(data)
print(json.dumps({
    "machine": platform.machine(),
    "version": trendgate.__version__,
    "rows": manifest.statistics.total_rows,
    "flags": manifest.statistics.quality_flags_distribution,
    "fingerprint": dataset.snapshot("PLANT01").fingerprint,
    "findings": len(dataset.verify().findings),
}))
"""


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    """Runs a program of Python on that processor, with the wheel at hand; what it printed as JSON."""
    qemu = debian.unpacked("qemu-user-static") / "usr/bin/qemu-aarch64-static"
    system = debian.unpacked(*PYTHON, architecture="arm64")
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(os.environ["TRENDGATE_WHEEL"]) as wheel:
        wheel.extractall(site)

    def run(program, *words):
        words = [qemu, "-L", system, system / "usr/bin/python3.11", "-W", "ignore", "-c", program, *words]
        done = subprocess.run(list(map(str, words)), env={"PYTHONPATH": str(site), "HOME": str(site)}, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_wheel_makes_the_dataset_that_the_program_makes_here(emulated, tmp_path):
    config, reports = ROOT / "examples/plant.yaml", ROOT / "examples/plant"
    there = emulated(PROGRAM, config, reports, tmp_path / "there")
    assert (there["machine"], there["findings"]) == ("aarch64", 0)
    words = [os.environ["TRENDGATE_BIN"], "run", str(reports), "--config", str(config), "--data-dir", str(tmp_path / "here")]
    subprocess.run(words, capture_output=True, check=True)
    shown = [os.environ["TRENDGATE_BIN"], "show", "--data-dir", str(tmp_path / "here"), "--json"]
    [here] = json.loads(subprocess.run(shown, capture_output=True, check=True).stdout)
    assert there["rows"] == sum(part["entry"]["rows"] for part in here["parts"]) > 0
    # The same bytes, on whichever processor.
    assert there["fingerprint"] == here["fingerprint"]
