"""docs/operations.md, followed literally: what is copied while runs are at work is a dataset, and what is restored from it grows on."""

import fcntl
import re
import shutil
import subprocess
import threading

import conftest
import polars
import pytest

PAGE = (conftest.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BACKUP, RESTORE = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WORDS = ["--config", conftest.CONFIG]


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """The example's reports, each cut into one a day, in a folder a day."""
    folder = tmp_path_factory.mktemp("days")
    for report in sorted((conftest.EXAMPLES / "plant").glob("*.csv")):
        lines = report.read_text(encoding="utf-8").splitlines(keepends=True)
        first = next(place for place, line in enumerate(lines) if line.startswith('"2026/'))
        for day in dict.fromkeys(line.split(",")[0] for line in lines[first:] if line.startswith('"2026/')):
            rows = [line for line in lines if line.startswith(day)]
            head = [line for line in lines[:first] if not line.startswith('"Date Range:"')]
            text = "".join([*head, *rows, *lines[-1:]])
            year, month, number = day.strip('"').split("/")
            night = folder / f"{year}-{int(month):02}-{int(number):02}"
            night.mkdir(exist_ok=True)
            (night / report.name).write_text(text, encoding="utf-8")
    nights = sorted(folder.iterdir())
    assert len(nights) == 26
    return nights


@pytest.fixture
def desk(tmp_path):
    """A folder for datasets; runs a block of the page with the folders that it is about."""
    if not shutil.which("rsync"):
        pytest.skip("the page copies by rsync, which is not here: apt-get install rsync")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "trendgate").symlink_to(conftest.program())

    def block(text, data, copy):
        for name, folder in (("DATA", data), ("COPY", copy)):
            text, found = re.subn(rf"(?m)^{name}=/\S+$", f"{name}={folder}", text)
            assert found == 1, text
        script = f'PATH="{tmp_path / "bin"}:$PATH"\n{text}'
        return subprocess.run(["bash", "-uc", script], capture_output=True, text=True, timeout=300, check=False)

    block.folder = tmp_path
    return block


def rows(trendgate, folder):
    """The rows of a dataset, by the files that the program lists."""
    files = trendgate("files", "--data-dir", folder, "--site", "PLANT01").out.splitlines()
    frames = [polars.read_parquet(file, hive_partitioning=False) for file in files]
    return polars.concat(frames, how="diagonal").sort("timestamp")


def versions(trendgate, folder):
    """How many versions a dataset has."""
    return len(trendgate("log", "--data-dir", folder, "--json").json)


def test_copies_that_are_made_while_runs_are_at_work_are_whole_and_one_is_restored(trendgate, days, desk):
    data, copy, reports = (desk.folder / name for name in ("data", "copy", "in"))
    reports.mkdir()
    ended = []

    def nights():
        for night in days:
            for report in night.iterdir():
                shutil.copy(report, reports / f"{night.name}-{report.name}")
            ended.append(trendgate("run", reports, *WORDS, "--data-dir", data).code)

    at_work = threading.Thread(target=nights)
    at_work.start()
    while not ended:
        at_work.join(0.05)
    copied = []
    while at_work.is_alive():
        before = len(ended)
        done = desk(BACKUP, data, copy)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "all as the manifests say" in done.stdout
        copied.append((before, versions(trendgate, copy), len(ended)))
    at_work.join()
    assert ended == [0] * len(days)
    beside = [copy for copy in copied if copy[2] > copy[0]]
    assert len(beside) >= 2, f"no copy was made while a run ended: {copied}"
    assert all(before <= there <= after + 1 for before, there, after in copied), copied

    whole = rows(trendgate, data)
    early = rows(trendgate, copy)
    assert early.height < whole.height or copied[-1][1] == len(days)
    done = desk(RESTORE, data, copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all as the manifests say" in done.stdout
    assert rows(trendgate, data).equals(early)
    done = trendgate("run", reports, *WORDS, "--data-dir", data)
    assert done.code == 0, done.err
    assert rows(trendgate, data).equals(whole)
    assert (desk.folder / "data.broken" / "processed").is_dir()


def test_a_copy_with_the_log_last_can_name_what_was_not_copied(trendgate, days, desk):
    data, copy = desk.folder / "data", desk.folder / "copy"
    assert trendgate("run", days[0], *WORDS, "--data-dir", data).code == 0
    lines = [line for line in BACKUP.splitlines() if not line.startswith("#")]
    log = next(place for place, line in enumerate(lines) if line.startswith("rsync") and line.endswith('"$COPY/manifests/"'))
    first, second = [*lines[:log], lines[log + 1]], [*lines[:2], lines[log], *lines[log + 2 :]]
    assert desk("\n".join(first), data, copy).returncode == 0
    assert trendgate("run", days[1], *WORDS, "--data-dir", data).code == 0
    done = desk("\n".join(second), data, copy)
    assert done.returncode == 1
    assert "NOT as the manifests say" in done.stdout
    assert re.search(r"inputs-PLANT01-\S+\n.*\n +found .*found no file", done.stdout), done.stdout


def test_what_a_collection_removed_is_removed_from_the_copy_by_another(trendgate, days, desk):
    data, copy = desk.folder / "data", desk.folder / "copy"
    collect = ["gc", "--grace", "0s", "--retention", "0s"]
    parts = lambda folder: sorted(path.relative_to(folder) for path in folder.glob("processed/**/*.parquet"))  # noqa: E731
    for night in days[:3]:
        assert trendgate("run", night, *WORDS, "--data-dir", data).code == 0
        assert desk(BACKUP, data, copy).returncode == 0
    assert trendgate(*collect, "--data-dir", data).code == 0
    done = desk(BACKUP, data, copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(parts(copy)) > len(parts(data))
    assert trendgate(*collect, "--data-dir", copy).code == 0
    assert parts(copy) == parts(data)
    assert trendgate("verify", "--data-dir", copy).code == 0


def test_one_site_is_restored_by_what_the_page_lists(trendgate, days, desk):
    data, alone = desk.folder / "data", desk.folder / "alone"
    assert days[8].name == "2026-02-19", "the day of the closed valve, which has evidence"
    for site, night in (("NORTH", days[7]), ("SOUTH", days[8])):
        assert trendgate("run", night, *WORDS, "--site", site, "--data-dir", data).code == 0
    listed = re.search(r"One site alone: (.*?)\. Sites", PAGE, re.DOTALL).group(1)
    patterns = [pattern.replace("SITE", "SOUTH") for pattern in re.findall(r"`([^`]+)`", listed)]
    assert len(patterns) == 6
    for pattern in [*patterns, "trendgate.json"]:
        found = list(data.glob(pattern))
        assert found, pattern
        for path in found:
            target = alone / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)
    assert trendgate("recover", "--data-dir", alone).code == 0
    done = trendgate("verify", "--data-dir", alone, "--json")
    assert done.code == 0, done.out
    assert [site["site_id"] for site in done.json["verified"]] == ["SOUTH"]


def test_a_site_that_another_run_holds_is_left_to_it(trendgate, days, tmp_path):
    data = tmp_path / "data"
    assert trendgate("run", days[0], *WORDS, "--data-dir", data).code == 0
    with open(data / "manifests/.log/PLANT01/lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert trendgate("run", days[1], *WORDS, "--data-dir", data).code == 75
    assert trendgate("run", days[1], *WORDS, "--data-dir", data).code == 0
