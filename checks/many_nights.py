"""How long the nights of many sites take: `python checks/many_nights.py [sites] [nights]`, with the program named in TRENDGATE_BIN.

Every night each site has one more report, and one command takes them all; every tenth night one site has a damaged report beside it and another one
is locked. Prints the time and the exit code of each night, and then what `status` and `verify` say.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conftest import program
from nightly import configure, deliver, section
from test_many_sites import held


def main(sites=40, nights=30):
    """Runs all nights."""
    ids = [f"SITE{place:02}" for place in range(1, sites + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, {site: section(site) for site in ids})
        took, codes = [], []
        for night in range(nights):
            for site in ids:
                deliver(folder, site, night, count=25)
            is_bad = night % 10 == 9
            if is_bad:
                (folder / f"in/{ids[1]}/bad_{night}.csv").write_bytes(b'"Key  Name:Suffix"\r\n\x00')
                with held(folder / "data", ids[2]):
                    took.append(command(folder, codes, "run", "--all"))
            else:
                took.append(command(folder, codes, "run", "--all"))
            print(f"night {night + 1:2}: {took[-1]:6.2f} s, exit {codes[-1]}", flush=True)
        took.append(command(folder, codes, "run", "--all"))
        print(f"again   : {took[-1]:6.2f} s, exit {codes[-1]} (takes what the lock kept)")
        took.append(command(folder, codes, "run", "--all"))
        print(f"no news : {took[-1]:6.2f} s, exit {codes[-1]}")
        print(f"verify  : {command(folder, codes, 'verify', '--all'):6.2f} s, exit {codes[-1]}")
        print(f"gc      : {command(folder, codes, 'gc', '--all'):6.2f} s, exit {codes[-1]}")
        print(f"status  : {command(folder, codes, 'status'):6.2f} s, exit {codes[-1]}")
        said = subprocess.run([str(program()), "status"], cwd=folder, capture_output=True, text=True, check=True).stdout
        print("\n".join(said.splitlines()[:8]))
        print(f"… {said.count('last run')} sites, {said.count('exit 0')} with exit 0")


def command(folder, codes, *words):
    """Runs a command; how long it took."""
    since = time.monotonic()
    done = subprocess.run([str(program()), *words], cwd=folder, capture_output=True, check=False, env=os.environ)
    codes.append(done.returncode)
    return time.monotonic() - since


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
