"""Many sites in one configuration: what `--all` leaves is what a run of each site leaves, and one that is broken, locked or on a full disk keeps
nobody from the others. How a configuration is found, and what goes before what.
"""

import fcntl
import json
import os
import signal
import subprocess
from contextlib import contextmanager

import conftest
import pytest
import side_files
import yaml
from nightly import SHARED, configure, deliver, section
from test_readers import complaints

WELL = ["EAST", "NORTH", "SOUTH", "WEST"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TRENDGATE_")}


@pytest.fixture
def trendgate_in():
    """Runs the program in a folder, with more words in its environment."""

    def run(folder, *words, **environment):
        done = subprocess.run(
            [str(conftest.program()), *map(str, words)],
            cwd=folder,
            env=ENVIRONMENT | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "panicked" not in done.stderr, done.stderr
        return conftest.Finished(done.returncode, done.stdout, done.stderr)

    return run


def versions(data, site):
    """The numbers of the versions of a site."""
    return sorted(int(path.stem) for path in (data / "manifests/.log" / site).glob("*.json") if path.stem.isdigit())


def content(data, site):
    """The digests of all parts and evidence files of the last version of a site, and what decides its results."""
    log = data / "manifests/.log" / site
    last = max((path for path in log.glob("*.json") if path.stem.isdigit()), key=lambda path: int(path.stem))
    manifest = side_files.whole(last)
    files = [file["sha256"] for kind in ("files", "evidence_files") for file in manifest[kind]]
    return sorted(files), manifest["config_digest"], manifest["statistics"]["total_rows"]


def lines_of(done):
    """The lines of the summary, by site."""
    return {line.split()[0]: line for line in done.out.splitlines()[2:]}


@contextmanager
def held(data, site):
    """The lock of a site, held by another program."""
    with (data / "manifests/.log" / site / "lock").open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def small_disk(folder):
    """A file system with room for little more than folders; false where none may be mounted."""
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], capture_output=True, check=False)
    try:
        yield mount.returncode == 0
    finally:
        if mount.returncode == 0:
            subprocess.run(["umount", folder], check=True)


def test_all_sites_are_what_each_alone_is_and_a_file_of_its_own_has_its_digest(trendgate_in, tmp_path):
    for place, site in enumerate(WELL):
        deliver(tmp_path, site, 0, nights=40 + place)
    configure(tmp_path, {site: section(site) for site in WELL})
    done = trendgate_in(tmp_path, "run", "--all", "--json")
    assert done.code == 0, done.err
    assert complaints("answers.schema.json", done.json) == []
    assert [site["site_id"] for site in done.json["sites"]] == WELL
    assert {site["status"] for site in done.json["sites"]} == {"committed"}
    for site in WELL:
        own = {"cleaner": SHARED | {"site_id": site, "timezone": "Asia/Taipei"}}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
        words = ["run", f"in/{site}", "--config", "own.yaml", "--data-dir"]
        alone = trendgate_in(tmp_path, *words, f"alone/{site}")
        assert alone.code == 0, alone.err
        assert content(tmp_path / "data", site) == content(tmp_path / "alone" / site, site)
        again = trendgate_in(tmp_path, *words, "data", "--json")
        assert (again.code, again.json["status"]) == (0, "nothing_new"), again.err
    done = trendgate_in(tmp_path, "run", "--all")
    assert done.code == 0, done.err
    assert done.out.startswith("4 sites: 4 nothing new; ")
    assert all("nothing new  1  " in line for line in lines_of(done).values()), done.out


def test_what_is_said_of_one_site_makes_nothing_new_of_the_others(trendgate_in, tmp_path):
    for site in WELL:
        deliver(tmp_path, site, 0)
    sites = {site: section(site) for site in WELL}
    configure(tmp_path, sites)
    assert trendgate_in(tmp_path, "run", "--all").code == 0
    sites["EAST"]["cleaner"] |= {"max_gap": "2d", "points": {"EAST.T1": {"unit": "°F"}}}
    sites["NEW"] = section("NEW")
    deliver(tmp_path, "NEW", 0)
    configure(tmp_path, sites)
    done = trendgate_in(tmp_path, "run", "--all", "--json")
    ends = {site["site_id"]: site for site in done.json["sites"]}
    assert done.code == 2, "the configuration of one differs from that of its dataset"
    assert "max_gap is 2d, was 7d" in ends["EAST"]["failed"]["error"]
    assert {ends[site]["status"] for site in ("NORTH", "SOUTH", "WEST")} == {"nothing_new"}
    assert ends["NEW"]["status"] == "committed"
    plan = trendgate_in(tmp_path, "plan", "--all", "--rebuild", "--json")
    assert (plan.code, plan.json["dry_run"]) == (0, True), plan.err
    assert all(len(site["inputs"]) == 1 and site["inputs"][0]["known"] for site in plan.json["sites"])
    assert complaints("answers.schema.json", plan.json) == []
    rebuilt = trendgate_in(tmp_path, "run", "--site", "EAST", "--rebuild")
    assert rebuilt.code == 0, rebuilt.err
    assert versions(tmp_path / "data", "EAST") == [1, 2]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_one_broken_one_locked_and_one_on_a_full_disk_keep_nobody_from_the_others(trendgate_in, tmp_path, threads):
    sites = {site: section(site) for site in [*WELL, "LOCKED", "PARTLY", "BROKEN"]}
    for site in sites:
        deliver(tmp_path, site, 0)
    configure(tmp_path, sites)
    assert trendgate_in(tmp_path, "run", "--all").code == 0
    for site in sites:
        deliver(tmp_path, site, 1)
    (tmp_path / "in/PARTLY/bad.csv").write_bytes(b'"Key  Name:Suffix"\r\n\x00\x01')
    sites["BROKEN"]["paths"] = ["in/GONE"]
    sites["DAMAGED"] = section("DAMAGED")
    deliver(tmp_path, "DAMAGED", 0).write_bytes(b'"Key  Name:Suffix"\r\n\x00\x01')
    sites["WRONG"] = section("WRONG") | {"cleaner": {"timezone": "Asia/Taipeh"}}
    disk = tmp_path / "disk"
    with small_disk(disk) as is_there, held(tmp_path / "data", "LOCKED"):
        if is_there:
            folders = {"output_base_dir": "processed", "staging_dir": ".staging", "manifest_dir": "manifests"}
            sites["FULL"] = section("FULL", batch={field: f"disk/{name}" for field, name in folders.items()})
            deliver(tmp_path, "FULL", 0, nights=60, count=40)
        configure(tmp_path, sites)
        done = trendgate_in(tmp_path, "run", "--all", "--threads", threads)
        full = ["FULL"] if is_there else []
        failed = ["BROKEN", "DAMAGED", "WRONG", *full]
        assert done.code == 1, done.err
        said = lines_of(done)
        assert list(said) == sorted(sites)
        for site in WELL:
            assert said[site].split()[:5] == [site, "committed", "2", "192", "2025-01-02T15:45:00Z"], done.out
            assert versions(tmp_path / "data", site) == [1, 2]
        assert said["PARTLY"].split()[1:5] == ["committed,", "1", "rejected", "2"]
        assert said["LOCKED"].split()[1:5] == ["locked", "1", "96", "2025-01-01T15:45:00Z"]
        assert all("FAILED" in said[site] for site in failed), done.out
        assert done.out.splitlines()[0].startswith(f"{9 + len(full)} sites: 5 committed, 1 locked, {3 + len(full)} FAILED; ")
        assert "error: LOCKED: " in done.err
        assert all(f"error: {site}: " in done.err and "make room" in done.err for site in full)
        assert "rejected: PARTLY: " in done.err
        assert "error: DAMAGED: " in done.err
        assert f"error: BROKEN: {tmp_path}/in/GONE: no such file or folder" in done.err
        assert 'error: WRONG: ' in done.err and 'trendgate.yaml:' in done.err and 'did you mean "Asia/Taipei"?' in done.err
        assert all(f"{site}: looking at " in done.err for site in WELL)
        verified = trendgate_in(tmp_path, "verify", "--all")
        assert verified.code == 0, verified.err
        assert verified.out.count("all as the manifests say") == 7
        assert all(f"{site}: nothing is committed yet" in verified.err for site in ("DAMAGED", *full))
    part = next((tmp_path / "data/processed/NORTH").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    assert trendgate_in(tmp_path, "verify", "--all").code == 1
    assert trendgate_in(tmp_path, "verify", "--site", "SOUTH").code == 0
    with held(tmp_path / "data", "EAST"):
        swept = trendgate_in(tmp_path, "gc", "--all", "--json")
        assert swept.code == 75, swept.err
        assert [site["site_id"] for site in swept.json["sites"] if "failed" in site] == ["EAST"]
    status = trendgate_in(tmp_path, "status", "--json", "--data-dir", "data").json
    exits = {site["site_id"]: site["exit"] for site in status["sites"]}
    assert exits == {site: 0 for site in WELL} | {"LOCKED": 0, "PARTLY": 3, "BROKEN": 2, "DAMAGED": 1}, "each has its own word"
    if not is_there:
        pytest.skip("no file system may be mounted here: that of a full disk was not tried; all else was")


def test_only_a_lock_is_75_and_only_rejects_are_3(trendgate_in, tmp_path):
    sites = {site: section(site) for site in WELL}
    for site in sites:
        deliver(tmp_path, site, 0)
    configure(tmp_path, sites)
    (tmp_path / "in/WEST/bad.csv").write_bytes(b'"Key  Name:Suffix"\r\n\x00\x01')
    assert trendgate_in(tmp_path, "plan", "--all").code == 3
    assert trendgate_in(tmp_path, "run", "--all").code == 3
    with held(tmp_path / "data", "EAST"):
        done = trendgate_in(tmp_path, "run", "--all")
    assert done.code == 75
    assert done.out.startswith("4 sites: 3 nothing new, 1 locked; ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_all_in_order_and_what_is_committed_stays(trendgate_in, tmp_path, number, code):
    sites = [f"S{place:02}" for place in range(12)]
    for site in sites:
        deliver(tmp_path, site, 0, nights=30)
    configure(tmp_path, {site: section(site) for site in sites})
    words = [str(conftest.program()), "run", "--all", "--threads", "2"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=tmp_path, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True) as run:
        for line in run.stderr:
            if line.startswith("S04: looking"):
                break
        run.send_signal(number)
        out, err = run.communicate(timeout=120)
    assert run.returncode == code, err
    said = {line.split()[0]: line.split()[1] for line in out.splitlines()[2:]}
    assert list(said) == sites
    assert set(said.values()) == {"committed", "stopped"}, out
    assert said["S11"] == "stopped" and "error: S11: stopped before its run began" in err
    for site in sites:
        assert versions(tmp_path / "data", site) == ([1] if said[site] == "committed" else [])
    left = [path for path in (tmp_path / "data/.staging").rglob("*") if path.is_file()]
    assert left == []
    assert trendgate_in(tmp_path, "run", "--all").code == 0


def test_one_budget_of_memory_is_kept_and_a_site_beyond_its_share_is_run_alone(trendgate_in, tmp_path):
    sites = {site: section(site) for site in WELL}
    for site in sites:
        deliver(tmp_path, site, 0, count=6000 if site == "NORTH" else 4)
    large = {"*.T*": {"physical_type": "water_temperature", "unit": "°C"}}
    sites["NORTH"]["cleaner"]["points"] = large
    configure(tmp_path, sites, batch={"memory_limit_mb": 256, "threads": 4})
    done = trendgate_in(tmp_path, "run", "--all")
    assert done.code == 0, done.err
    assert versions(tmp_path / "data", "NORTH") == [1]
    assert done.err.count("NORTH: looking at 1 file") == 2, "and once more with all that there is"
    assert done.err.count("SOUTH: looking at 1 file") == 1


def test_a_site_is_named_or_all_are(trendgate_in, tmp_path):
    for site in WELL:
        deliver(tmp_path, site, 0)
    configure(tmp_path, {site: section(site) for site in WELL})
    listed = "name one with --site: EAST, NORTH, SOUTH, WEST"
    for command in (["run"], ["plan"], ["verify"], ["gc"], ["retract", "1"]):
        done = trendgate_in(tmp_path, *command)
        assert done.code == 2 and "the configuration has 4 sites" in done.err and listed in done.err, (command, done.err)
    done = trendgate_in(tmp_path, "run", "--site", "NORHT")
    assert done.code == 2 and 'the configuration has no site "NORHT"' in done.err
    assert trendgate_in(tmp_path, "run", "--all", "--site", "NORTH").code == 2
    assert trendgate_in(tmp_path, "run", "in/NORTH", "--all").code == 2
    done = trendgate_in(tmp_path, "run", "--site", "NORTH")
    assert done.code == 0 and "committed NORTH version 1" in done.out, done.err
    assert trendgate_in(tmp_path, "log").out.startswith("NORTH 1  "), "readers find the folder that all share"
    assert "S: " not in trendgate_in(tmp_path, "verify", "--site", "NORTH").out
    (tmp_path / "one.yaml").write_text("cleaner: {site_id: S, timezone: UTC}\n", encoding="utf-8")
    done = trendgate_in(tmp_path, "run", "--all", "--config", "one.yaml")
    assert done.code == 2 and "one.yaml: --all: the configuration has no `sites`" in done.err


def test_a_configuration_is_found_upward_and_said(trendgate_in, tmp_path):
    deliver(tmp_path, "NORTH", 0)
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    one = {"paths": ["in/NORTH"], "cleaner": SHARED | {"site_id": "NORTH", "timezone": "Asia/Taipei"}}
    (tmp_path / "trendgate.yaml").write_text(yaml.safe_dump(one, allow_unicode=True), encoding="utf-8")
    done = trendgate_in(below, "run", "--json")
    assert (done.code, done.json["status"]) == (0, "committed"), done.err
    assert done.err.splitlines()[0] == f"using {tmp_path}/trendgate.yaml"
    assert done.json["manifest"].startswith(f"{tmp_path}/data/manifests/"), "the data is where the file is"
    assert not (below / "data").exists()
    assert trendgate_in(below, "verify").out.startswith("NORTH: 2 manifests")
    other = trendgate_in(below, "run", tmp_path / "in/NORTH", "--data-dir", "own", "--site", "OTHER")
    assert other.code == 0 and (below / "own/manifests").is_dir(), "options go before what is found"
    (below / "plain.yaml").write_text("cleaner: {site_id: P, timezone: UTC, resample_interval: 15m}\n", encoding="utf-8")
    named = trendgate_in(below, "run", tmp_path / "in/NORTH", "--config", "plain.yaml")
    assert named.code == 0 and "using" not in named.err, named.err
    assert (below / "data/trendgate.json").is_file(), "a file that is named is as it always was"
    (tmp_path / "trendgate.yaml").write_text("cleaner: {site: X}\n", encoding="utf-8")
    broken = trendgate_in(below, "log")
    assert broken.code == 2 and f"{tmp_path}/trendgate.yaml:1: " in broken.err
    aside = trendgate_in(below, "log", "--data-dir", tmp_path / "data")
    assert aside.code == 0 and aside.err == "", "none is looked for where the dataset is named"


def test_an_option_goes_before_the_environment_and_that_before_the_file(trendgate_in, tmp_path):
    deliver(tmp_path, "S", 0)
    text = "cleaner: {site_id: S, timezone: UTC, resample_interval: 15m}\nbatch: {output_base_dir: filed/processed, staging_dir: filed/.staging, manifest_dir: filed/manifests}\n"
    for name in ("named.yaml", "trendgate.yaml"):
        (tmp_path / name).write_text(text.replace("filed", "found" if name == "trendgate.yaml" else "filed"), encoding="utf-8")
    config = str(tmp_path / "named.yaml")
    assert trendgate_in(tmp_path, "run", "in/S", TRENDGATE_CONFIG=config).code == 0
    assert (tmp_path / "filed/trendgate.json").is_file() and not (tmp_path / "found").exists()
    assert trendgate_in(tmp_path, "run", "in/S", TRENDGATE_CONFIG=config, TRENDGATE_DATA_DIR="there").code == 0
    assert (tmp_path / "there/trendgate.json").is_file()
    done = trendgate_in(tmp_path, "run", "in/S", "--config", "trendgate.yaml", "--data-dir", "here", TRENDGATE_CONFIG="none.yaml", TRENDGATE_DATA_DIR="there")
    assert done.code == 0 and (tmp_path / "here/trendgate.json").is_file(), done.err
    assert trendgate_in(tmp_path, "verify", "here", TRENDGATE_DATA_DIR="nowhere").code == 0, "a path that is typed goes before it, too"
    both = trendgate_in(tmp_path, "verify", "here", "--data-dir", "there")
    assert both.code == 2 and "cannot be used with '--data-dir <DIR>'" in both.err
    wrong = trendgate_in(tmp_path, "run", "in/S", TRENDGATE_THREADS="many")
    assert wrong.code == 2 and "many" in wrong.err
    assert trendgate_in(tmp_path, "run", "in/S", "--threads", "1", TRENDGATE_THREADS="0").code == 0


def test_the_example_of_the_guide_is_a_configuration_of_several_sites(trendgate_in, tmp_path):
    guide = (conftest.ROOT / "docs/guide.md").read_text(encoding="utf-8")
    example = guide.split("## Many sites", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    config = yaml.safe_load(example)
    assert complaints("config.schema.json", config) == []
    (tmp_path / "trendgate.yaml").write_text(example, encoding="utf-8")
    for site, own in config["sites"].items():
        for path in own["paths"]:
            (tmp_path / path).mkdir(parents=True)
            name = "h2_001.csv" if "input_pattern" in own.get("batch", {}) else "001.csv"
            deliver(tmp_path, site, 0).rename(tmp_path / path / name)
    done = trendgate_in(tmp_path, "run", "--all", "--json", "--data-dir", "data")
    assert done.code == 0, done.err
    assert json.loads(done.out)["sites"][0]["status"] == "committed"
