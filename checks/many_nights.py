"""How long the nights of many sites take: `python checks/many_nights.py [sites] [nights]`, with the program named in TRENDGATE_BIN.

Every night each site has one more report, and one command takes them all; every tenth night one site has a damaged report beside it and another one
is locked. Prints the time and the exit code of each night, and then what `verify`, `gc` and `status` say; each has to end with the code that the manual
promises. `cargo xtask test --full` runs it.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from conftest import program
from nightly import configure, deliver, section
from test_many_sites import held


GOOD, LOCKED = 0, 75


def main(sites=40, nights=30):
    """Runs all nights."""
    assert sites >= 3, "one is damaged, one is locked, and one is neither"
    ids = [f"SITE{place:02}" for place in range(1, sites + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, {site: section(site) for site in ids})
        for night in range(nights):
            for site in ids:
                deliver(folder, site, night, count=25)
            is_bad = night % 10 == 9
            if is_bad:
                (folder / f"in/{ids[1]}/bad_{night}.csv").write_bytes(b'"Key  Name:Suffix"\r\n\x00')
            with held(folder / "data", ids[2]) if is_bad else nullcontext():
                timed(folder, f"night {night + 1:2}", LOCKED if is_bad else GOOD, "run", "--all")
        timed(folder, "again", GOOD, "run", "--all")
        timed(folder, "no news", GOOD, "run", "--all")
        timed(folder, "verify", GOOD, "verify", "--all")
        timed(folder, "gc", GOOD, "gc", "--all")
        said = timed(folder, "status", GOOD, "status", "--json")
        found = json.loads(said)["sites"]
        assert [(site["site_id"], site["exit"]) for site in found] == [(site, GOOD) for site in sorted(ids)]
        # What the lock kept from a site came with the night after.
        assert {site["rows"] for site in found} == {nights * 96}, [site["rows"] for site in found]
        print(f"{sites} sites, each with exit 0 and all rows of {nights} nights")


def timed(folder, name, expected, *words):
    """Runs a command, which has to end with this code, and tells how long it took; what it prints."""
    since = time.monotonic()
    done = subprocess.run([str(program()), *words], cwd=folder, capture_output=True, text=True, check=False)
    print(f"{name:8}: {time.monotonic() - since:6.2f} s, exit {done.returncode}", flush=True)
    assert done.returncode == expected, f"{name}: expected exit {expected}, found {done.returncode}\n{done.stderr}"
    return done.stdout


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
