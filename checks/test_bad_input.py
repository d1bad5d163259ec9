"""What is wrong with the input is said by the exit code and by name, and a failure leaves nothing behind."""

import json

import conftest
import pytest

PLANT = conftest.EXAMPLES / "plant"
ZONE = ["--site", "PLANT01", "--timezone", "Asia/Taipei"]
REFUSED = {"empty.csv", "noise.csv", "photo.csv", "no_rows.csv", "future.csv"}


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def left_behind(data):
    """What a failed run left: anything but folders and locks."""
    if not data.exists():
        return []
    kept = (path for path in data.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(data)) for path in kept if "lock" not in path.name)


def staged(data):
    folder = data / ".staging"
    if not folder.exists():
        return []
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if "lock" not in path.name)


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
    (folder / "photo.csv").write_bytes((conftest.EXAMPLES / "damaged/photo.csv").read_bytes())
    refused(trendgate("run", folder, *ZONE, "--data-dir", data), data, 1, "photo.csv")


def test_a_zone_that_nobody_knows(trendgate, data):
    done = trendgate("run", PLANT, "--site", "PLANT01", "--timezone", "Asia/Taipeh", "--data-dir", data)
    refused(done, data, 2, "Asia/Taipeh")


def test_no_site(trendgate, data):
    refused(trendgate("run", PLANT, "--timezone", "Asia/Taipei", "--data-dir", data), data, 2, "site")


def test_no_zone(trendgate, data):
    refused(trendgate("run", PLANT, "--site", "PLANT01", "--data-dir", data), data, 2, "timezone")


def test_a_slip_in_the_configuration(trendgate, data, tmp_path):
    config = tmp_path / "slip.yaml"
    config.write_text("cleaner:\n  resample_intervall: 15m\n", encoding="utf-8")
    done = trendgate("run", PLANT, *ZONE, "--config", config, "--data-dir", data)
    refused(done, data, 2, "resample_interval")
    assert "slip.yaml" in done.err


def test_the_damaged_reports_are_named_and_the_others_committed(damaged_run):
    done, dataset = damaged_run
    assert done.json["status"] == "committed"
    failed = {entry["file"].rpartition("/")[2]: entry["error"] for entry in dataset.manifest["failed_files"]}
    assert failed.keys() == REFUSED
    assert all(failed.values())
    assert "2099" in failed["future.csv"] or "future" in failed["future.csv"]
    assert dataset.manifest["input_files_count"] == 6
    inputs = {entry["path"].rpartition("/")[2]: entry for entry in dataset.manifest["inputs"]}
    rows = {name: entry["rows"] for name, entry in inputs.items() if name not in REFUSED}
    assert rows == {
        "good.csv": 96,
        "cut.csv": 60,
        "ragged.csv": 94,
        "cp950.csv": 96,
        "utf16.csv": 96,
        "descending.csv": 96,
    }
    assert staged(dataset.folder) == []


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
    second = trendgate(*words)
    assert (second.code, second.json["status"]) == (3, "nothing_new"), second.err
    assert len(versions(data)) == 1
