"""Every kind of error of the library has its class, and what the library knows about an error arrives."""

import pickle
from pathlib import Path

import conftest
import pytest
import trendgate
from trendgate import _trendgate
from trendgate._errors import BY_KIND

FITS = {
    "Usage": (trendgate.UsageError, ValueError),
    "Config": (trendgate.ConfigError, ValueError),
    "Input": (trendgate.InputError, ValueError),
    "Future": (trendgate.FutureError, ValueError),
    "Changing": (trendgate.ChangingError, OSError),
    "Contract": (trendgate.ContractViolationError, ValueError),
    "Storage": (trendgate.StorageError, OSError),
    "Damaged": (trendgate.DamagedError, ValueError),
    "Locked": (trendgate.LockedError, OSError),
    "Unsettled": (trendgate.UnsettledError, OSError),
    "Stopped": (trendgate.StoppedError, RuntimeError),
    "Memory": (trendgate.MemoryLimitError, MemoryError),
    "Bug": (trendgate.BugError, RuntimeError),
}


def test_every_kind_of_the_library_has_one_class():
    assert list(BY_KIND) == list(FITS) == _trendgate.ERROR_KINDS
    assert all(BY_KIND[kind].kind == kind for kind in BY_KIND)


@pytest.mark.parametrize("kind", _trendgate.ERROR_KINDS)
def test_an_error_arrives_as_its_class_with_all_that_is_known(kind):
    with pytest.raises(trendgate.TrendgateError) as caught:
        _trendgate.example_of(_trendgate.ERROR_KINDS.index(kind))
    error = caught.value
    own, usual = FITS[kind]
    assert type(error) is own
    assert isinstance(error, usual)
    assert (error.kind, error.path, error.line, error.point) == (kind, Path("reports/a.csv"), 7, "CH1.KW")
    assert (error.message, error.hint) == ("expected one thing, found another", "mend it")
    assert str(error) == (
        'reports/a.csv:7: point "CH1.KW": expected one thing, found another\n  | what stands there\n  help: mend it'
    )


@pytest.mark.parametrize("kind", _trendgate.ERROR_KINDS)
def test_an_error_survives_the_way_between_processes(kind):
    with pytest.raises(trendgate.TrendgateError) as caught:
        _trendgate.example_of(_trendgate.ERROR_KINDS.index(kind))
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert again.line == 7


def test_a_path_that_does_not_exist_is_the_callers_mistake(tmp_path):
    with pytest.raises(trendgate.UsageError, match="no such file") as caught:
        trendgate.Manifest.load(tmp_path / "manifest.json")
    assert caught.value.path == tmp_path / "manifest.json"


def test_a_wrong_configuration_is_named_with_what_was_probably_meant(tmp_path):
    config = {"cleaner": {"site_id": "S", "timezone": "UTC", "resample_intervall": "5m"}}
    with pytest.raises(trendgate.ConfigError, match="resample_intervall") as caught:
        trendgate.run(config, tmp_path, data_dir=tmp_path / "data")
    assert "resample_interval" in str(caught.value)


def test_a_file_that_is_no_report_is_shown(tmp_path):
    (tmp_path / "a.csv").write_text("hello\nworld\n", encoding="utf-8")
    with pytest.raises(trendgate.InputError, match="hello"):
        trendgate.inspect(tmp_path / "a.csv")


def test_an_error_of_the_system_has_its_number(tmp_path):
    conftest.write_report(tmp_path / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="data") as caught:
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    assert isinstance(caught.value, trendgate.StorageError)
    assert caught.value.errno is not None


def test_an_error_prints_nothing_that_a_terminal_obeys():
    error = trendgate.InputError("a\n\x1b[2J", excerpt=["\x07\u202e"], hint="\x9b31m 中文")
    assert str(error) == "a\\n\\u{1b}[2J\n  | \\u{7}\\u{202e}\n  help: \\u{9b}31m 中文"
    assert set(_trendgate.escaped("\udcb7\udcc5")) == {"\ufffd"}
