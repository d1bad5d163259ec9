"""The program against a second one: random plants live for some nights, and rows, flags, evidence and counts are worked out apart.

A few hundred plants by default; more by hand:

    python -m pytest checks/test_reference.py --plants 5000 --first-seed 1

A plant that shows a difference is kept in a folder, and the message says how to let it live again.
"""

import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import conftest
import pytest
from reference import plants, trial

AT_ONCE = 2
SHOWN = 10


def room():
    """Where plants live: in memory where that can be had, for speed; nothing here is about disks."""
    shared = Path("/dev/shm")
    return tempfile.mkdtemp(prefix="plants-", dir=shared if os.access(shared, os.W_OK) else None)


def life(seed, program, folder):
    """Lets one plant live: what differs, or None. The folder is left only where something does."""
    home = Path(folder) / str(seed)
    try:
        trial.live(plants.plant(seed), program, home)
    except trial.Difference as difference:
        return f"{difference}"
    except Exception as error:  # noqa: BLE001
        return f"the reference failed: {error!r}"
    shutil.rmtree(home)
    return None


def test_random_plants_come_out_as_the_reference_says(pytestconfig, tmp_path):
    count, first = pytestconfig.getoption("--plants"), pytestconfig.getoption("--first-seed")
    program = conftest.program()
    folder = room()
    seeds = range(first, first + count)
    with ProcessPoolExecutor(AT_ONCE) as pool:
        found = pool.map(life, seeds, [program] * count, [folder] * count, chunksize=4)
        differences = {seed: difference for seed, difference in zip(seeds, found, strict=True) if difference}
    told = []
    for seed, difference in differences.items():
        kept = tmp_path / str(seed)
        shutil.copytree(Path(folder) / str(seed), kept)
        again = f"python -m pytest checks/test_reference.py --plants 1 --first-seed {seed}"
        told.append(f"plant {seed}, kept in {kept}; again: {again}\n{difference}")
    shutil.rmtree(folder)
    if told:
        pytest.fail(f"{len(told)} of {count} plants differ\n\n" + "\n\n".join(told[:SHOWN]), pytrace=False)
