"""What keeps a dataset in order and explains it, from Python: the same answers as the program's `--json`."""

import datetime as dt
import json
import os
import pickle
import subprocess

import conftest
import pytest
import trendgate


def program(*words):
    """What the program answers as JSON."""
    words = [os.environ["TRENDGATE_BIN"], *map(str, words), "--json"]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def test_a_row_is_explained_as_the_program_explains_it(plant):
    data, manifest = plant
    dataset = trendgate.Dataset(data)
    evidence = manifest.scan().filter(manifest.scan().collect()["quality_flags"].list.len() > 0).collect()
    at = evidence["timestamp"][0]
    said = program("explain", "--at", at.isoformat(), "--data-dir", data)
    explained = dataset.explain("PLANT01", at + dt.timedelta(minutes=7))
    assert explained.timestamp == at
    assert (explained.site, explained.version, list(explained.quality_flags)) == ("PLANT01", 1, said["quality_flags"])
    assert explained.values == said["values"]
    assert [(reason.column, reason.rule, reason.words) for reason in explained.evidence] == [
        (reason["column"], reason["rule"], reason["words"]) for reason in said["evidence"]
    ]
    assert explained.evidence[0].known_at == dt.datetime.fromisoformat(said["evidence"][0]["known_at"])
    assert explained.evidence[0].words in str(explained)
    assert pickle.loads(pickle.dumps(explained)) == explained
    one = dataset.explain("PLANT01", at, "plant_kw")
    assert list(one.values) == ["plant_kw"]
    assert {reason.column for reason in one.evidence} <= {"plant_kw", None}


def test_a_row_a_column_or_a_site_that_is_not_there_is_said_with_what_there_is(plant):
    dataset = trendgate.Dataset(plant[0])
    with pytest.raises(trendgate.UsageError, match="the dataset goes from"):
        dataset.explain("PLANT01", "1999-01-01")
    with pytest.raises(KeyError, match="no column") as caught:
        dataset.explain("PLANT01", dataset.manifests("PLANT01")[0].statistics.time_range.first, "nowhere")
    assert type(caught.value) is trendgate.UnknownColumnError
    for ask in (dataset.report, dataset.gc, dataset.repair, dataset.recover, dataset.snapshot):
        with pytest.raises(trendgate.UnknownSiteError, match="it has PLANT01"):
            ask("ELSEWHERE")


def test_the_page_of_a_site_is_html_that_needs_nothing_else(plant):
    dataset = trendgate.Dataset(plant[0])
    page = dataset.report("PLANT01")
    assert page.startswith("<!DOCTYPE html>")
    assert "PLANT01" in page
    first = plant[1].statistics.time_range.first
    day = dataset.report("PLANT01", first, first + dt.timedelta(days=1))
    assert "a part of the dataset" in day
    with pytest.raises(trendgate.UsageError, match="behind the start"):
        dataset.report("PLANT01", first, first)


@pytest.fixture
def regrown(tmp_path):
    """A dataset whose first version has a part that the second one replaced."""
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    conftest.write_report(tmp_path / "in/b.csv", ["A"], "2026-01-31T00:00", 48)
    trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    return tmp_path


def test_garbage_is_looked_at_and_then_collected(regrown):
    dataset = trendgate.Dataset(regrown / "data")
    before = conftest.files_under(regrown / "data")
    (would,) = dataset.gc(retention=dt.timedelta(0), grace="0s", dry_run=True)
    assert conftest.files_under(regrown / "data") == before
    said = program("gc", "--retention", "0s", "--grace", "0s", "--dry-run", "--data-dir", regrown / "data")["sites"][0]
    assert (would.site, would.dry_run, would.bytes, would.expired) == ("S", True, said["bytes"], (1,))
    assert [str(removal.path) for removal in would.removed] == [one["path"] for one in said["collected"]["removed"]]
    assert {removal.reason for removal in would.removed} == {"replaced", "followed", "past_retention"}
    (done,) = dataset.gc("S", retention="0s", grace="0s", compact=True, wait=True)
    assert (done.dry_run, done.bytes, done.removed) == (False, would.bytes, would.removed)
    assert done.compacted["up_to"] == 1
    assert not any(removal.path.exists() for removal in done.removed)
    assert dataset.gc(retention="0s", grace="0s")[0].bytes == 0
    assert dataset.verify().ok
    with pytest.raises(trendgate.UsageError, match="retention: expected a length of time"):
        dataset.gc(retention="soon")


def test_how_long_is_kept_what_was_replaced_the_configuration_says(regrown):
    folders = {"output_base_dir": "processed", "staging_dir": ".staging", "manifest_dir": "manifests"}
    batch = {name: str(regrown / "data" / folder) for name, folder in folders.items()}
    config = conftest.CONFIG | {"batch": {"retention": "1ms", **batch}}
    (would,) = trendgate.Dataset(config=config).gc(dry_run=True)
    assert would.expired == (1,)
    assert trendgate.Dataset(regrown / "data").gc(dry_run=True)[0].expired == ()


def test_what_a_crash_left_is_undone_and_a_public_name_is_made_again(regrown):
    dataset = trendgate.Dataset(regrown / "data")
    assert [(one.site, one.deeds) for one in dataset.recover()] == [("S", ())]
    public = dataset.manifests("S")[0].path
    named = next((regrown / "data/manifests").glob("*.json"))
    named.unlink()
    assert public.exists()
    (would,) = dataset.recover(dry_run=True)
    assert [(deed.act, deed.path) for deed in would.deeds] == [("name_version", named)]
    (repaired,) = dataset.repair()
    assert (repaired.public, repaired.moved_aside) == (named, None)
    assert named.exists()
    assert dataset.recover("S")[0].deeds == ()


def test_a_report_is_retracted_by_its_file_its_version_or_its_digest(regrown):
    at = {"data_dir": regrown / "data"}
    files = trendgate.plan_retraction(conftest.CONFIG, source=regrown / "in/b.csv", **at)
    assert (files.site, files.version, files.read_again, files.rows) == ("S", 2, 1, 144)
    (leaving,) = files.leaving
    assert (leaving.path, leaving.taken_by) == (str(regrown / "in/b.csv"), 2)
    assert files.months[0] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert trendgate.plan_retraction(conftest.CONFIG, version=2, **at) == files
    assert trendgate.plan_retraction(conftest.CONFIG, digest=leaving.digest, **at) == files
    assert hash(files) == hash(trendgate.plan_retraction(conftest.CONFIG, version=2, **at))
    assert trendgate.Dataset(regrown / "data").snapshot("S").version == 2
    manifest = trendgate.retract(conftest.CONFIG, version=2, **at)
    assert (manifest.version, manifest.outcome.status) == (3, "committed")
    assert trendgate.Dataset(regrown / "data").to_arrow("S").num_rows == 96
    with pytest.raises(trendgate.UsageError, match="has no report"):
        trendgate.retract(conftest.CONFIG, version=2, **at)
    with pytest.raises(trendgate.UsageError, match="expected one of source, digest and version"):
        trendgate.retract(conftest.CONFIG, version=2, digest=leaving.digest, **at)
    with pytest.raises(TypeError, match="no such option: rebuild"):
        trendgate.retract(conftest.CONFIG, version=2, rebuild=True, **at)
    again = trendgate.run(conftest.CONFIG, regrown / "in", take_retracted=True, **at)
    assert again.version == 4


def test_a_configuration_is_proposed_from_reports_and_runs(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["CH1.KW", "CH1.QQ"], "2026-01-30T00:00", 96)
    (tmp_path / "in/b.csv").write_text("no report\n", encoding="utf-8")
    proposal = trendgate.init(tmp_path / "in", site="PLANT09", timezone="Asia/Taipei")
    assert (proposal.reports, proposal.proposed, proposal.unmapped, proposal.dead) == (1, 1, 1, 0)
    assert "PLANT09" in proposal.config
    (failed,) = proposal.failed
    assert isinstance(failed, trendgate.InputError)
    assert failed.path == tmp_path / "in/b.csv"
    (tmp_path / "plant.yaml").write_text(proposal.config, encoding="utf-8")
    manifest = trendgate.run(tmp_path / "plant.yaml", tmp_path / "in", data_dir=tmp_path / "data")
    assert (manifest.site_id, manifest.timezone) == ("PLANT09", "Asia/Taipei")
    with pytest.raises(FileNotFoundError):
        trendgate.init([tmp_path / "nowhere"])


def test_a_report_is_inspected_as_a_configuration_says(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 4)
    taipei = conftest.CONFIG | {"cleaner": {"timezone": "Asia/Taipei"}}
    looked = trendgate.inspect(tmp_path / "in/a.csv", config=taipei)
    assert looked.time_range.first == dt.datetime(2026, 1, 29, 16, tzinfo=dt.UTC)
    assert trendgate.inspect(tmp_path / "in/a.csv").time_range.first == dt.datetime(2026, 1, 30, tzinfo=dt.UTC)
