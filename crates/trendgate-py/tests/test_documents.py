"""What the documents show is run: every Python block of a page, in order, on the example plant."""

import re
import runpy

import conftest
import pytest


def blocks(page):
    """The Python blocks of a page, each padded so that a failure names the page's own line."""
    text = (conftest.ROOT / page).read_text(encoding="utf-8")
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield "\n" * text.count("\n", 0, block.start(1)) + block.group(1)


@pytest.mark.parametrize(
    ("page", "expected"),
    [("docs/batch_to_feature_engineer_interface.md", 9), ("README.md", 2), ("crates/trendgate-py/README.md", 1)],
)
def test_the_snippets_of_a_page_do_what_it_says(page, expected, plant, tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(plant[0])
    (tmp_path / "plant.yaml").symlink_to(conftest.EXAMPLES / "plant.yaml")
    (tmp_path / "reports").symlink_to(conftest.EXAMPLES / "plant")
    (tmp_path / "examples").symlink_to(conftest.EXAMPLES)
    monkeypatch.chdir(tmp_path)
    found = list(blocks(page))
    assert len(found) == expected
    names = {}
    for block in found:
        exec(compile(block, page, "exec"), names)


def test_the_example_makes_features_that_know_only_the_past(tmp_path):
    names = runpy.run_path(str(conftest.EXAMPLES / "features.py"))
    table = names["main"](tmp_path / "data")
    assert table.columns == ["timestamp", "plant_kw", "flagged", "plant_kw_lag1h", "plant_kw_lag24h", "plant_kw_mean4h"]
    for lag, rows in (("1h", 4), ("24h", 96)):
        assert table[f"plant_kw_lag{lag}"][rows:].to_list() == table["plant_kw"][:-rows].to_list()
        assert table[f"plant_kw_lag{lag}"][:rows].null_count() == rows
    past = [value for value in table["plant_kw"][84:100] if value is not None]
    assert table["plant_kw_mean4h"][100] == pytest.approx(sum(past) / len(past))
