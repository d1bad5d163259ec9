"""Values: equal where they say the same, hashable, and shown in a few lines."""

import copy
import dataclasses
import pickle
from pathlib import Path

import conftest
import pytest
import trendgate
from trendgate._values import short


def values(manifest):
    """One of each."""
    data = manifest.path.parent.parent
    dataset = trendgate.Dataset(data)
    return [
        manifest.outcome,
        manifest.statistics,
        dataset.snapshot("S"),
        dataset.changes("S", window="24h"),
        dataset.verify(),
        dataset.gc(dry_run=True)[0],
        dataset.recover(dry_run=True)[0],
        dataset.explain("S", manifest.statistics.time_range.first),
        trendgate.plan(conftest.CONFIG, data.parent / "in", data_dir=data),
        trendgate.inspect(data.parent / "in/a.csv"),
        trendgate.check(manifest.paths[0])[0],
        trendgate.plan_retraction(conftest.CONFIG, version=1, data_dir=data),
        manifest,
    ]


@pytest.fixture
def manifest(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    return trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")


def test_values_are_equal_to_their_copies_and_have_one_hash(manifest):
    for value in values(manifest):
        for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert again == value, type(value)
            assert hash(again) == hash(value)
            assert repr(again) == repr(value)


def test_no_field_of_a_value_is_a_list(manifest):
    for value in values(manifest):
        lists = [field.name for field in dataclasses.fields(value) if isinstance(getattr(value, field.name), list)]
        assert lists == [], type(value)


def test_a_notebook_gets_small_escaped_tables(manifest):
    for value in values(manifest):
        html = value._repr_html_()
        assert html.startswith("<table>"), type(value)
        assert html.endswith("</table>")
        assert "<script" not in html
        assert len(html) < 10_000
    hostile = trendgate.Finding(Path("<script>alert(1)</script>"), "<b>", "&")
    verified = trendgate.Verified(1, 1, 1, 1, 0, (hostile,))
    assert "<script" not in verified._repr_html_()
    assert "&lt;script&gt;" in verified._repr_html_()


def test_representations_stay_small_however_much_there_is(manifest):
    failed = tuple({"file": f"{place}.csv", "kind": "Input", "error": "x" * 10_000} for place in range(5000))
    outcome = dataclasses.replace(manifest.outcome, failed=failed)
    assert len(repr(outcome)) < 3000
    assert "4997 more" in repr(outcome)
    assert len(outcome._repr_html_()) < 5000
    findings = tuple(trendgate.Finding(Path(f"{place}"), "a", "b") for place in range(5000))
    assert "4997 more" in repr(trendgate.Verified(1, 1, 1, 1, 0, findings))
    looked = trendgate.inspect(manifest.path.parent.parent.parent / "in/a.csv")
    many = dataclasses.replace(looked, problems=tuple(f"problem {place}" for place in range(5000)), more=(looked,) * 5000)
    assert len(repr(many)) < 3000
    assert "4995 more problems" in repr(many)


def test_what_is_shown_of_a_value_says_how_much_is_not():
    assert short([1, 2, 3]) == "[1, 2, 3]"
    assert short(tuple(range(1000))) == "[0, 1, 2, … 997 more]"
    assert short({str(key): key for key in range(5)}) == "{'0': 0, '1': 1, '2': 2, … 2 more}"
    assert short("x" * 201) == f"'{'x' * 200}…'"
