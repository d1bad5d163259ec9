"""What is wrong with the input is said by the exit code and by name, and a failure leaves nothing behind."""

import json
import os
import shutil
from pathlib import PurePath

import conftest
import pytest

PLANT = conftest.EXAMPLES / "plant"
ZONE = ["--site", "PLANT01", "--timezone", "Asia/Taipei"]
REFUSED = {"empty.csv", "noise.csv", "photo.csv", "no_rows.csv", "other.csv"}
FUTURE = "future.csv"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def by_name(entries, key):
    return {PurePath(entry[key]).name: entry for entry in entries}


def left_behind(data):
    """The files that a run left, but for locks, what spares the next run reading, the lists of what went wrong, and how it ended."""
    if not data.exists():
        return []
    kept = (path for path in data.rglob("*") if path.is_file())
    kept = (path for path in kept if not path.name.startswith(("errors-", "rejects-")) and ".runs" not in path.parts)
    return sorted(str(path.relative_to(data)) for path in kept if path.name not in ("lock", "stamps.json"))


def staged(data):
    folder = data / ".staging"
    if not folder.exists():
        return []
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name not in ("lock", "stamps.json"))


def versions(data):
    return sorted((data / "manifests").glob("manifest-*.json"))


def refused(done, data, code, word):
    """A run that failed with `code`, said `word`, and left nothing."""
    assert done.code == code, done.err
    assert word.lower() in (done.err + done.out).lower()
    assert left_behind(data) == []
    assert staged(data) == []


def test_a_path_that_does_not_exist(trendgate, data):
    done = trendgate("run", data / "nowhere", *ZONE, "--data-dir", data)
    refused(done, data, 2, "nowhere")


def test_a_folder_without_reports(trendgate, data, tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear sir\n", encoding="utf-8")
    refused(trendgate("run", folder, *ZONE, "--data-dir", data), data, 1, "no reports")


def test_a_folder_of_nothing_but_rejects(trendgate, data, tmp_path):
    folder = tmp_path / "rejects"
    folder.mkdir()
    for name in REFUSED:
        shutil.copy(conftest.EXAMPLES / "damaged" / name, folder)
    done = trendgate("run", folder, *ZONE, "--data-dir", data)
    for name in REFUSED:
        refused(done, data, 1, name)


def test_a_report_that_may_not_be_read(trendgate, data, tmp_path):
    folder = tmp_path / "secret"
    folder.mkdir()
    shutil.copy(conftest.EXAMPLES / "damaged/good.csv", folder / "secret.csv")
    (folder / "secret.csv").chmod(0)
    under = ()
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may read everything, and setpriv (util-linux) is not there to give that up")
        under = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    done = trendgate("run", folder, *ZONE, "--data-dir", data, under=under)
    refused(done, data, 1, "secret.csv")
    assert "ermission" in done.err


WRONG = {
    "no site": (["--timezone", "Asia/Taipei"], "site"),
    "no zone": (["--site", "PLANT01"], "zone"),
    "a zone that nobody knows": (["--site", "PLANT01", "--timezone", "Asia/Taipeh"], "Asia/Taipei"),
    "a site that is a path": (["--site", "../A", "--timezone", "Asia/Taipei"], "../A"),
    "a step that does not divide a day": ([*ZONE, "--resample", "7m"], "24 h"),
    "a step finer than the reports": ([*ZONE, "--resample", "5m"], "15m"),
    "an option that is none": ([*ZONE, "--resampel", "15m"], "--resample"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_refused_with_what_would_be_right(trendgate, data, case):
    words, right = WRONG[case]
    refused(trendgate("run", PLANT, *words, "--data-dir", data), data, 2, right)


def test_a_slip_in_the_configuration_is_named_with_its_line(trendgate, data, tmp_path):
    config = tmp_path / "slip.yaml"
    config.write_text("cleaner:\n  site_id: A\n  resample_intervall: 15m\n", encoding="utf-8")
    done = trendgate("run", PLANT, *ZONE, "--config", config, "--data-dir", data)
    refused(done, data, 2, "resample_interval")
    assert "slip.yaml:3" in done.err


def test_a_configuration_that_is_not_there(trendgate, data, tmp_path):
    done = trendgate("run", PLANT, *ZONE, "--config", tmp_path / "none.yaml", "--data-dir", data)
    refused(done, data, 2, "none.yaml")


def test_a_dry_run_writes_nothing(trendgate, data):
    done = trendgate("run", PLANT, "--config", conftest.CONFIG, "--dry-run", "--data-dir", data)
    assert done.code == 0, done.err
    assert "3 kinds" in done.out
    assert not data.exists()


def test_the_damaged_reports_are_named_and_the_others_committed(damaged_run):
    done, dataset = damaged_run
    failed = by_name(dataset.manifest["failed_files"], "file")
    assert failed.keys() == REFUSED | {FUTURE}
    assert all(name in done.err and entry["error"] for name, entry in failed.items())
    assert dataset.manifest["input_files_count"] == 7
    inputs = by_name(dataset.manifest["inputs"], "path")
    rows = {name: entry["rows"] for name, entry in inputs.items() if entry["status"] == "accepted"}
    assert rows == {
        "good.csv": 96,
        "cut.csv": 60,
        "ragged.csv": 94,
        "cp950.csv": 96,
        "utf16.csv": 96,
        "descending.csv": 96,
        "lf.csv": 96,
    }
    assert inputs["good_again.csv"]["status"] == "duplicate"
    assert dataset.manifest["cells"]["rejected"] == 6
    assert staged(dataset.folder) == []


def test_rejects_are_remembered_but_for_what_time_may_mend(damaged_run):
    _, dataset = damaged_run
    again = {name: entry["retry"] for name, entry in by_name(dataset.manifest["failed_files"], "file").items()}
    assert again == {FUTURE: "always"} | dict.fromkeys(REFUSED, "when_changed")


def test_a_second_run_has_nothing_to_do(trendgate, data):
    words = ["run", PLANT, "--config", conftest.CONFIG, "--data-dir", data, "--json"]
    first = trendgate(*words)
    assert (first.code, first.json["status"]) == (0, "committed"), first.err
    before = left_behind(data)
    second = trendgate(*words)
    assert (second.code, second.json["status"]) == (0, "nothing_new"), second.err
    assert left_behind(data) == before
    assert len(versions(data)) == 1
    assert json.loads(versions(data)[0].read_text(encoding="utf-8"))["version"] == first.json["version"] == 1
    assert staged(data) == []


def test_a_second_run_over_known_rejects_says_so(trendgate, data):
    words = ["run", conftest.EXAMPLES / "damaged", "--config", conftest.CONFIG, "--data-dir", data, "--json"]
    assert trendgate(*words).code == 3
    before = left_behind(data)
    second = trendgate(*words)
    assert (second.code, second.json["status"]) == (3, "nothing_new"), second.err
    assert second.json["files"] == {"known": 8, "known_rejects": 5, "rejected": 1, "withdrawn": 0, "ignored": 0}
    assert left_behind(data) == before
    assert staged(data) == []
