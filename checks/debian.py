"""Programs of Debian's packages, unpacked into a cache: nothing is installed, and no right of the system is needed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def cache():
    """Where things are kept from one session to the next, as `cargo xtask` does with the environments of Python."""
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and Path(os.environ["HOME"], ".cache"))
    if not base:
        pytest.skip("no place for the packages: set HOME or XDG_CACHE_HOME")
    return Path(base, "trendgate", "debian")


def quiet(words, folder):
    """Runs a command; whether it succeeded."""
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=False)
    return done.returncode == 0


def unpacked(*packages, architecture=None):
    """The folder with the content of these packages, those of another `architecture` where one is named; skips where they cannot be had."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        pytest.skip(f"{' and '.join(packages)} come from Debian's packages, and there is no apt-get here")
    folder = cache() / "-".join([*packages[:1], *([architecture] if architecture else packages[1:])])
    finished = folder / "finished"
    if finished.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    download = ["apt-get", "-qq", "download", *packages]
    # Where the system's lists of packages are not there, old, or of another architecture, lists of our own.
    lists = ["-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/apt"]
    if architecture:
        of = ("APT::Architecture", "APT::Architectures")
        lists += ["-o", "Dir::State::status=/dev/null", *(word for name in of for word in ("-o", f"{name}={architecture}"))]
    if architecture or not quiet(download, folder):
        (folder / "lists/partial").mkdir(parents=True)
        (folder / "apt/archives/partial").mkdir(parents=True)
        quiet(["apt-get", *lists, "-qq", "update"], folder)
        if not quiet([download[0], *lists, *download[1:]], folder):
            pytest.skip(f"{' and '.join(packages)} cannot be had from Debian's packages here")
    for package in folder.glob("*.deb"):
        assert quiet(["dpkg", "-x", package.name, "."], folder), package
        package.unlink()
    for left in ("lists", "apt"):
        shutil.rmtree(folder / left, ignore_errors=True)
    finished.touch()
    return folder
