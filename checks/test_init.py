"""What `trendgate init` writes, held against the reports as Python's csv reads them and against a YAML parser that is not ours."""

import re
from collections import Counter
from decimal import Decimal
from math import gcd

import conftest
import pytest
import sources
import yaml

FACTS = re.compile(r"(\d+) values? from (\S+) to (\S+) in steps of (\S+?)[;\n]")
COMMENT_LINE = re.compile(r'^    # ("(?:[^"\\\\]|\\\\.)*"): \{(.*?)\}')


@pytest.fixture(params=["plant", "kmuh"])
def reports(request):
    """A folder of reports."""
    if request.param == "kmuh" and not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; only the example plant was checked")
    return conftest.EXAMPLES / "plant" if request.param == "plant" else conftest.KMUH


def proposal(trendgate, reports):
    """The text that init prints for `reports`."""
    done = trendgate("init", reports, "--site", "S", "--timezone", "Asia/Taipei")
    assert done.code == 0, done.err
    return done.out


def numbers(reports):
    """Per point, by its name, its plain numbers as they are written."""
    found = {}
    for path in sorted(reports.glob("*.csv")):
        names, order = {}, []
        with path.open(encoding="utf-8", newline="") as file:
            for row in sources.csv.reader(file):
                if row and row[0].startswith("Point_"):
                    names[row[0].rstrip(":")] = row[1]
                elif row and row[0].startswith("<>"):
                    order = [names[key] for key in row[2:]]
                elif order and sources.ROW.match(row[0]):
                    for name, cell in zip(order, row[2:], strict=True):
                        values = found.setdefault(name, [])
                        if sources.number(cell) is not None and cell.strip() not in sources.STATES:
                            values.append(Decimal(cell.strip()))
    return found


def test_every_point_of_the_reports_is_there_exactly_once(trendgate, reports):
    text = proposal(trendgate, reports)
    active = list(yaml.safe_load(text)["cleaner"]["points"])
    comments = [yaml.safe_load(match[1]) for match in map(COMMENT_LINE.match, text.splitlines()) if match]
    assert Counter(active + comments) == Counter(numbers(reports).keys())


def test_the_facts_in_the_comments_are_those_of_the_reports(trendgate, reports):
    known = numbers(reports)
    lines = proposal(trendgate, reports).splitlines()
    checked = 0
    for comment, line in zip(lines, lines[1:], strict=False):
        facts = FACTS.search(comment + "\n")
        if not facts:
            continue
        name = yaml.safe_load(line.lstrip(" #").rsplit(": {", 1)[0].split(": {")[0])
        values = known[name]
        assert int(facts[1]) == len(values), name
        assert (float(facts[2]), float(facts[3])) == (float(min(values)), float(max(values))), name
        step = Decimal(facts[4])
        # All but one in a hundred stand on the steps, and the steps are no finer than they need be.
        on_steps = [value / step for value in values if value % step == 0]
        assert len(on_steps) >= 0.99 * len(values), name
        assert gcd(*(int(value) for value in on_steps)) == 1, name
        checked += 1
    assert checked > 10


def test_a_run_takes_the_proposal_and_fewer_living_sensors_are_called_frozen(trendgate, reports, tmp_path):
    text = proposal(trendgate, reports)
    frozen = {}
    for name, config in (("proposed", text), ("types alone", re.sub(r", frozen: \{.*?\}", "", text))):
        path = tmp_path / f"{name}.yaml"
        path.write_text(config, encoding="utf-8")
        done = trendgate("run", reports, "--config", path, "--data-dir", tmp_path / name, "--json")
        assert done.code == 0, done.err
        made = conftest.dataset(tmp_path / name, reports, done)
        frozen[name] = {
            column: point["rules"]["frozen"]["flagged"]
            for column, point in made.manifest["statistics"]["points"].items()
            if "frozen" in point.get("rules", {})
        }
    assert frozen["proposed"].keys() == frozen["types alone"].keys()
    for column, cells in frozen["proposed"].items():
        assert cells <= frozen["types alone"][column], column
    if reports == conftest.KMUH:
        # docs/guide.md tells of this sensor.
        assert (frozen["types alone"]["chs1_wt"], frozen["proposed"]["chs1_wt"]) == (576, 33)
