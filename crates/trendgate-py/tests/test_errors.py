"""Every kind of error of the library has its class, and what the library knows about an error arrives."""

import errno
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import conftest
import pytest
import trendgate
from trendgate import _trendgate
from trendgate._errors import BY_ERRNO, BY_KIND, BY_MISSING, of_kind

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
    nowhere = tmp_path / "manifest.json"
    for ask in (
        lambda: trendgate.Manifest.load(nowhere),
        lambda: trendgate.inspect(nowhere),
        lambda: trendgate.run(conftest.CONFIG, nowhere, data_dir=tmp_path / "data"),
        lambda: trendgate.plan(conftest.CONFIG, [nowhere], data_dir=tmp_path / "data"),
        lambda: trendgate.run(nowhere, tmp_path, data_dir=tmp_path / "data"),
        lambda: trendgate.Dataset(nowhere).sites(),
        lambda: trendgate.verify(nowhere),
        lambda: trendgate.check(tmp_path / "manifest.json"),
    ):
        with pytest.raises(trendgate.UsageError, match="no such") as caught:
            ask()
        error = caught.value
        assert type(error) is trendgate.MissingPathError
        assert isinstance(error, FileNotFoundError | ValueError)
        assert (error.path, error.filename, error.errno) == (nowhere, str(nowhere), errno.ENOENT)
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.filename, again.errno, str(again)) == (type(error), str(nowhere), errno.ENOENT, str(error))
    with pytest.raises(FileNotFoundError, match="there is no dataset in this folder"):
        trendgate.Dataset(tmp_path).sites()


def test_everything_that_can_be_missing_has_its_class_which_is_what_python_would_raise(grown):
    assert list(BY_MISSING) == _trendgate.MISSING
    dataset = trendgate.Dataset(grown[0])
    with pytest.raises(KeyError, match="it has S") as caught:
        dataset.snapshot("T")
    assert type(caught.value) is trendgate.UnknownSiteError
    assert str(caught.value).startswith(f"{grown[0]}: the dataset has no site")
    for wrong in ({"version": 9}, {"as_of": "1999-01-01"}, {"version": "no-such-tag"}):
        with pytest.raises(KeyError, match="`Dataset.manifests` lists the versions|`Dataset.tag` makes one") as caught:
            dataset.snapshot("S", **wrong)
        assert type(caught.value) is trendgate.UnknownVersionError


def test_an_error_of_the_system_is_the_class_that_python_has_for_it():
    for number, usual in ((errno.ENOENT, FileNotFoundError), (errno.EACCES, PermissionError), (errno.EPERM, PermissionError)):
        error = of_kind("Storage", "a.csv: cannot read", "cannot read", errno=number, path="a.csv")
        assert type(error) is BY_ERRNO[number]
        assert isinstance(error, usual | trendgate.StorageError)
        assert (error.errno, error.filename) == (number, "a.csv")
    full = of_kind("Storage", "a.csv: cannot write", "cannot write", errno=errno.ENOSPC, path="a.csv")
    assert (type(full), full.errno) == (trendgate.StorageError, errno.ENOSPC)


def test_what_may_not_be_read_is_a_permission_error(grown):
    under = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may read everything, and setpriv (util-linux) is not there to give that up")
        under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    log = grown[0] / "manifests/.log/S"
    look = f"import trendgate\ntry:\n    trendgate.Dataset({str(grown[0])!r}).snapshot('S')\nexcept PermissionError as error:\n    print(error.filename)"
    log.chmod(0)
    try:
        done = subprocess.run([*under, sys.executable, "-c", look], capture_output=True, text=True, check=False)
    finally:
        log.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(str(log))


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
