"""What the documents show is run: every Python block of a page, in order, on the example plant."""

import os
import re
import runpy

import conftest
import pytest
import trendgate


def blocks(page):
    """The Python blocks of a page, each padded so that a failure names the page's own line."""
    text = (conftest.ROOT / page).read_text(encoding="utf-8")
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield "\n" * text.count("\n", 0, block.start(1)) + block.group(1)


def in_a_folder(tmp_path, monkeypatch, data=None):
    """Makes `tmp_path` what the pages take for granted: a configuration, reports, and perhaps a dataset."""
    if data is not None:
        (tmp_path / "data").symlink_to(data)
    (tmp_path / "plant.yaml").symlink_to(conftest.EXAMPLES / "plant.yaml")
    (tmp_path / "reports").symlink_to(conftest.EXAMPLES / "plant")
    (tmp_path / "examples").symlink_to(conftest.EXAMPLES)
    (tmp_path / "target/release").mkdir(parents=True)
    (tmp_path / "target/release/trendgate").symlink_to(os.environ["TRENDGATE_BIN"])
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("README.md", 2),
        ("crates/trendgate-py/README.md", 14),
        ("crates/trendgate-py/reader/README.md", 1),
        ("docs/scale.md", 1),
    ],
)
def test_the_snippets_of_a_page_do_what_it_says(page, expected, plant, tmp_path, monkeypatch):
    in_a_folder(tmp_path, monkeypatch, plant[0])
    found = list(blocks(page))
    assert len(found) == expected
    names = {}
    for block in found:
        exec(compile(block, page, "exec"), names)


def test_each_snippet_of_the_interface_can_be_pasted_alone(plant, tmp_path, monkeypatch):
    page = "docs/batch_to_feature_engineer_interface.md"
    in_a_folder(tmp_path, monkeypatch, plant[0])
    found = list(blocks(page))
    assert len(found) == 15
    for block in found:
        exec(compile(block, page, "exec"), {})


def test_a_bar_of_tqdm_shows_the_whole_run(tmp_path, monkeypatch, capsys):
    in_a_folder(tmp_path, monkeypatch)
    (block,) = [block for block in blocks("crates/trendgate-py/README.md") if "tqdm" in block]
    names = {"trendgate": trendgate}
    exec(compile(block, "tqdm", "exec"), names)
    assert names["manifest"].outcome.status == "committed"
    assert names["bar"].desc == "committing: "
    assert {"looking:", "reading:", "checking:"} <= set(capsys.readouterr().err.split())


def test_bars_of_rich_show_the_whole_run(tmp_path, monkeypatch):
    in_a_folder(tmp_path, monkeypatch)
    (block,) = [block for block in blocks("crates/trendgate-py/README.md") if "rich" in block]
    names = {"trendgate": trendgate}
    plan = trendgate.plan("plant.yaml", ["reports"], data_dir="data")
    exec(compile(block, "rich", "exec"), names)
    assert names["manifest"].outcome.status == "committed"
    shown = {task.description: (task.completed, task.total) for task in names["bars"].tasks}
    assert list(shown) == ["looking", "reading", "checking", "committing"]
    assert shown["reading"] == (plan.bytes_to_read, plan.bytes_to_read)


def test_the_example_makes_features_that_know_only_the_past(tmp_path):
    names = runpy.run_path(str(conftest.EXAMPLES / "features.py"))
    table = names["main"](tmp_path / "data", tmp_path / "features.png")
    assert (tmp_path / "features.png").read_bytes().startswith(b"\x89PNG")
    assert table.columns == ["timestamp", "plant_kw", "flagged", "plant_kw_lag1h", "plant_kw_lag24h", "plant_kw_mean4h"]
    for lag, rows in (("1h", 4), ("24h", 96)):
        assert table[f"plant_kw_lag{lag}"][rows:].to_list() == table["plant_kw"][:-rows].to_list()
        assert table[f"plant_kw_lag{lag}"][:rows].null_count() == rows
    past = [value for value in table["plant_kw"][84:100] if value is not None]
    assert table["plant_kw_mean4h"][100] == pytest.approx(sum(past) / len(past))
