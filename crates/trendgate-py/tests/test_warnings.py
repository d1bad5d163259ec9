"""Warnings are objects with facts, and what is said speaks Python."""

import copy
import pickle
import re
import warnings

import conftest
import pytest
import trendgate
from trendgate._hints import PYTHON, in_python

LIBRARY = conftest.ROOT / "crates/trendgate/src"
#: What a person reads as a page, and not as an answer of a function.
PAGES = LIBRARY / "page"


def run(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    return trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")


def test_what_python_is_warned_of_is_what_the_outcome_and_the_manifest_have(tmp_path):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        manifest = run(tmp_path)
    said = [warning.message for warning in heard]
    assert all(type(warning) is trendgate.TrendgateWarning for warning in said)
    assert set(manifest.outcome.warnings) <= set(said)
    (unmapped,) = (warning for warning in said if warning.kind == "unmapped_points")
    assert unmapped in manifest.outcome.warnings
    assert unmapped in manifest.warnings
    assert unmapped.counts == {"unmapped": 1, "points": 1}
    assert unmapped.remedy == "describe them under cleaner.points; `trendgate.init` proposes how"
    assert str(unmapped) == f"{unmapped.message} ({unmapped.remedy})"
    assert (unmapped.file, unmapped.column) == (None, None)
    (place,) = {warning.filename for warning in heard}
    assert place == __file__


def test_a_warning_goes_between_processes_and_is_a_value(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (warning, *_) = run(tmp_path).outcome.warnings
    for again in (pickle.loads(pickle.dumps(warning)), copy.deepcopy(warning)):
        assert again == warning
        assert hash(again) == hash(warning)
        assert str(again) == str(warning)
    assert warning != trendgate.TrendgateWarning(warning.message, kind="another")


def test_a_warning_can_be_made_an_error_which_stops_the_run(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", trendgate.TrendgateWarning)
        with pytest.raises(trendgate.TrendgateWarning) as caught:
            run(tmp_path)
    assert caught.value.kind in ("nothing_to_check", "unmapped_points")
    assert not [path for path in conftest.files_under(tmp_path / "data") if path.startswith(".staging")]


def said_of_the_command_line():
    """Every line of the library that says an option or a command to somebody who called it."""
    for file in sorted(LIBRARY.rglob("*.rs")):
        if file.is_relative_to(PAGES) or file.stem.endswith("tests") or "tests" in file.parts:
            continue
        code, _, _ = file.read_text(encoding="utf-8").partition("\n#[cfg(test)]\nmod ")
        for number, line in enumerate(code.splitlines(), 1):
            if re.match(r"\s*//", line) is None and re.search(r"--[a-z]{2}|`trendgate ", line):
                yield f"{file.relative_to(conftest.ROOT)}:{number}", line


def test_no_hint_of_the_library_speaks_of_the_command_line():
    lines = dict(said_of_the_command_line())
    assert len(lines) > 40
    # What is written into a configuration is read there, whoever had it written.
    written = {place for place in lines if "propose/yaml.rs" in place}
    left = {place: in_python(line) for place, line in lines.items() if place not in written}
    assert {place: line for place, line in left.items() if re.search(r"--[a-z]{2}|`trendgate ", line)} == {}


def test_every_line_of_the_table_is_of_use():
    lines = [line for _, line in said_of_the_command_line()]
    used = set()
    for line in lines:
        for said, python in PYTHON:
            changed = re.sub(said, python, line)
            if changed != line:
                used.add(said)
            line = changed
    assert [said for said, _ in PYTHON if said not in used] == []


def test_hints_say_what_to_write_in_python(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    with pytest.raises(trendgate.ConfigError) as caught:
        trendgate.run({"cleaner": {"timezone": "UTC"}}, tmp_path / "in", data_dir=tmp_path / "data")
    assert caught.value.hint == 'say site="…", or cleaner.site_id to the configuration'
    with pytest.raises(trendgate.ConfigError) as caught:
        trendgate.run({"cleaner": {"site_id": "S"}}, tmp_path / "in", data_dir=tmp_path / "data")
    assert caught.value.hint == 'say timezone="Asia/Taipei" (or another IANA zone), or cleaner.timezone to the configuration'
    assert in_python("put the file back; --force keeps the committed bins") == "put the file back; force=True keeps the committed bins"
    assert in_python("a -- b `code`") == "a -- b `code`"
