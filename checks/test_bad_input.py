"""Bad input: the right exit code, a message that names the file, and nothing left behind."""

import json
import os

import pytest

from conftest import EXAMPLES, trendgate

PLANT = EXAMPLES / "plant"
SITE = ("--site", "PLANT01", "--timezone", "Asia/Taipei", "--resample", "15m")


def left_behind(data):
    return [path for path in data.rglob("*") if path.is_file()] if data.exists() else []


def refused(tmp_path, code, *args):
    data = tmp_path / "data"
    done = trendgate("run", *args, "--data-dir", data)
    assert done.returncode == code, done.stderr
    assert "error: " in done.stderr
    assert "panicked" not in done.stderr
    assert left_behind(data) == []
    return done.stderr


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path):
    assert "nowhere" in refused(tmp_path, 2, tmp_path / "nowhere", *SITE)


def test_a_folder_without_reports_fails(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("hello")
    assert "no reports found" in refused(tmp_path, 1, tmp_path / "in", *SITE)


def test_a_folder_of_nothing_but_broken_files_fails(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("02-empty.csv", "03-noise.csv", "04-picture.csv", "05-header-only.csv", "12-not-a-report.csv"):
        (tmp_path / "in" / name).write_bytes((EXAMPLES / "damaged" / name).read_bytes())
    text = refused(tmp_path, 1, tmp_path / "in", *SITE)
    assert all(name in text for name in ("02-empty", "03-noise", "04-picture", "05-header", "12-not"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path):
    (tmp_path / "in").mkdir()
    secret = tmp_path / "in" / "secret.csv"
    secret.write_text("x")
    secret.chmod(0)
    assert "secret.csv" in refused(tmp_path, 1, tmp_path / "in", *SITE)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("--timezone", "Asia/Taipei"), "site"),
        (("--site", "A"), "time zone"),
        (("--site", "A", "--timezone", "Asia/Taipeh"), 'did you mean "Asia/Taipei"?'),
        (("--site", "../A", "--timezone", "UTC"), "not a site id"),
        (("--site", "A", "--timezone", "UTC", "--resample", "7m"), "divides 24 h"),
        (("--site", "A", "--timezone", "UTC", "--resample", "5m"), "--resample 15m"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(tmp_path, args, text):
    assert text in refused(tmp_path, 2, PLANT, *args)


def test_a_typo_in_the_configuration_is_named_with_its_line(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("cleaner:\n  site_id: A\n  time_zone: UTC\n")
    text = refused(tmp_path, 2, PLANT, "--config", config)
    assert "config.yaml:3" in text
    assert "did you mean" in text


def test_damaged_files_among_good_ones_are_rejected_one_by_one(tmp_path):
    data = tmp_path / "data"
    args = ("--site", "TANK", "--timezone", "Asia/Taipei", "--resample", "1h", "--data-dir", data, "--json")
    done = trendgate("run", EXAMPLES / "damaged", *args)
    assert done.returncode == 3, done.stderr
    printed = json.loads(done.stdout)
    manifest = json.loads(open(printed["manifest"], encoding="utf-8").read())
    failed = {entry["file"].rsplit("/")[-1]: entry for entry in manifest["failed_files"]}
    assert set(failed) == {
        "02-empty.csv",
        "03-noise.csv",
        "04-picture.csv",
        "05-header-only.csv",
        "11-future.csv",
        "12-not-a-report.csv",
    }
    assert (failed["11-future.csv"]["retry"], failed["02-empty.csv"]["retry"]) == ("always", "when_changed")
    inputs = {entry["path"].rsplit("/")[-1]: entry for entry in manifest["inputs"]}
    assert inputs["13-good-copy.csv"]["status"] == "duplicate"
    assert manifest["input_files_count"] == 6
    rows = {name: entry["rows"] for name, entry in inputs.items() if entry["status"] == "accepted"}
    assert rows == {
        "01-good.csv": 24,
        "06-chinese-cp950.csv": 24,
        "07-utf16.csv": 24,
        "08-descending.csv": 24,
        "09-ragged.csv": 22,
        "10-cut.csv": rows["10-cut.csv"],
    }
    assert not inputs["10-cut.csv"]["complete"] and 5 < rows["10-cut.csv"] < 24
    assert "水槽溫度" in {column.get("point") for column in manifest["schema"]}
    assert len(manifest["gaps"]) == 5
    assert not any((data / ".staging").iterdir())

    # Once more: what was rejected for good is remembered, the future is tried again; nothing is committed.
    again = trendgate("run", EXAMPLES / "damaged", *args)
    assert again.returncode == 3, again.stderr
    printed = json.loads(again.stdout)
    assert printed["status"] == "nothing_new"
    assert printed["files"] == {"known": 7, "known_rejects": 5, "rejected": 1}
    assert len(list((data / "manifests").glob("*.json"))) == 1


def test_the_same_reports_again_are_nothing_new(tmp_path):
    data = tmp_path / "data"
    args = ("run", PLANT, "--config", EXAMPLES / "plant.yaml", "--data-dir", data, "--json")
    first = trendgate(*args)
    assert first.returncode == 0, first.stderr
    before = sorted(data.rglob("*"))
    again = trendgate(*args)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["status"] == "nothing_new"
    assert sorted(data.rglob("*")) == before


def test_a_dry_run_writes_nothing(tmp_path):
    data = tmp_path / "data"
    done = trendgate("run", PLANT, *SITE, "--dry-run", "--data-dir", data)
    assert done.returncode == 0, done.stderr
    assert "3 kinds" in done.stdout
    assert not data.exists()
