"""The reader that is Python alone finds what the package finds: the same snapshots, rows and schemas, and the same things refused."""

import datetime as dt
import hashlib
import json
import os
import pickle
import subprocess
import sys

import conftest
import polars as pl
import pyarrow as pa
import pytest
import trendgate
import trendgate_reader
from conftest import CONFIG, run_program, write_report
from trendgate_reader import _log

QUARTER = conftest.QUARTER
# Two days without rows are a gap, and not filled.
GAPPED = {"cleaner": CONFIG["cleaner"] | {"max_gap": "6h"}}


def two_sites(folder):
    """Two sites, one of which has grown by a column."""
    for site, points in (("S", ["A"]), ("T", ["B", "C"])):
        config = {"cleaner": CONFIG["cleaner"] | {"site_id": site}}
        write_report(folder / site / "a.csv", points, "2026-01-30T00:00", 300)
        trendgate.run(config, folder / site, data_dir=folder / "data")
    write_report(folder / "S/b.csv", ["D"], "2026-03-02T00:00", 96)
    trendgate.run(CONFIG, folder / "S", data_dir=folder / "data")


def retracted(folder):
    """Three versions, the last of which takes a report back; between its neighbours there is a gap."""
    for name, day in (("a", "2026-01-30"), ("b", "2026-02-02"), ("c", "2026-02-05")):
        write_report(folder / f"in/{name}.csv", ["A"], f"{day}T00:00", 96)
        trendgate.run(GAPPED, folder / "in", data_dir=folder / "data")
    (folder / "S.yaml").write_text(json.dumps(GAPPED), encoding="utf-8")
    run_program("retract", folder / "in/b.csv", "--config", folder / "S.yaml", "--data-dir", folder / "data")


def compacted(folder):
    """A base record and what came after it: rows that fill a gap, and a column."""
    retracted(folder)
    # A version is only compacted once another one took its place.
    run_program("gc", "--compact", "--grace", "0s", "--retention", "0s", "--data-dir", folder / "data")
    write_report(folder / "in/d.csv", ["A", "B"], "2026-02-02T00:00", 192)
    trendgate.run(GAPPED, folder / "in", data_dir=folder / "data")


def collected(folder):
    """Three versions of one month, whose earlier parts were collected: the first two have expired."""
    for row, name in enumerate("abc"):
        write_report(folder / f"in/{name}.csv", ["A"], f"2026-02-0{row + 1}T00:00", 96)
        trendgate.run(CONFIG, folder / "in", data_dir=folder / "data")
    run_program("gc", "--grace", "0s", "--retention", "0s", "--data-dir", folder / "data")


def frames(folder):
    """A dataset of frames."""
    start = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    times = pl.datetime_range(start, start + 95 * QUARTER, "15m", eager=True).cast(pl.Datetime("ns", "UTC"))
    flags = pl.Series([["FROZEN"] if row == 3 else [] for row in range(96)], dtype=pl.List(pl.String))
    frame = pl.DataFrame({"timestamp": times, "quality_flags": flags, "a": pl.Series(range(96), dtype=pl.Float64)})
    with trendgate.Batch(CONFIG, data_dir=folder / "data") as batch:
        batch.add(frame[:40], source="a")
        batch.add(frame[44:], source="b")


def microseconds(folder):
    """A dataset that began in nanoseconds, and counts microseconds since its second version."""
    write_report(folder / "in/a.csv", ["A"], "2026-01-30T00:00", 300)
    trendgate.run(CONFIG, folder / "in", data_dir=folder / "data")
    trendgate.run(CONFIG | {"batch": {"timestamp_unit": "us"}}, folder / "in", data_dir=folder / "data")


def other_names(folder):
    """A dataset whose folders are called otherwise."""
    data = folder / "data"
    names = {"output_base_dir": f"{data}/parts", "manifest_dir": f"{data}/m", "staging_dir": f"{data}/work"}
    write_report(folder / "in/a.csv", ["A"], "2026-01-30T00:00", 96)
    trendgate.run(CONFIG | {"batch": names}, folder / "in")


def example(folder):
    """The example plant, whose points have units, types and evidence."""
    trendgate.run(conftest.EXAMPLES / "plant.yaml", conftest.EXAMPLES / "plant", data_dir=folder / "data")


DATASETS = [two_sites, retracted, compacted, collected, frames, microseconds, other_names, example]


@pytest.fixture(scope="module", params=DATASETS, ids=lambda make: make.__name__)
def data(request, tmp_path_factory):
    """The folder of each dataset in turn."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    request.param(folder)
    return folder / "data"


SAID = (
    "fingerprint",
    "schema_hash",
    "config_digest",
    "resample_interval",
    "timezone",
    "created_at",
    "trendgate_version",
    "origin",
)


def facts(snapshot):
    """What a snapshot of either package says, without the classes."""
    return {
        "site": snapshot.site,
        "version": snapshot.version,
        "parts": [vars(part) for part in snapshot.parts],
        "evidence": list(snapshot.evidence_paths),
        "schema": [{name: getattr(column, name) for name in trendgate_reader.Column.__dataclass_fields__} for column in snapshot.schema],
        "gaps": [vars(gap) for gap in snapshot.gaps],
        "standing": list(snapshot.standing),
        "points": [column.name for column in snapshot.points],
        "time_unit": snapshot.time_unit,
        "paths": list(snapshot.paths),
        "repr": repr(snapshot),
        "said": {name: getattr(snapshot, name) for name in SAID},
    }


def answer(call):
    """What a call gives, or whose move its error says it is: by the class that both packages have."""
    try:
        return facts(call())
    except (trendgate.TrendgateError, trendgate_reader.ReaderError) as error:
        return next(of.__name__ for of in type(error).__mro__ if hasattr(trendgate_reader, of.__name__))


def test_every_version_of_every_site_is_what_the_package_finds(data):
    theirs, ours = trendgate.Dataset(data), trendgate_reader.Dataset(data)
    assert ours.sites() == theirs.sites()
    for site in theirs.sites():
        last = theirs.snapshot(site).version
        assert facts(ours.snapshot(site)) == facts(theirs.snapshot(site))
        for version in range(last + 2):
            asked = {"version": version}
            assert answer(lambda: ours.snapshot(site, **asked)) == answer(lambda: theirs.snapshot(site, **asked)), asked
        for record in sorted((data / ("m" if (data / "m").exists() else "manifests") / ".log" / site).glob("[0-9]*.json")):
            created = dt.datetime.fromisoformat(json.loads(record.read_text(encoding="utf-8"))["created_at"])
            for time in (created, created - dt.timedelta(microseconds=1), created + dt.timedelta(days=1)):
                asked = {"as_of": time}
                assert answer(lambda: ours.snapshot(site, **asked)) == answer(lambda: theirs.snapshot(site, **asked)), asked


def test_the_rows_and_their_schema_are_those_of_the_package(data):
    theirs, ours = trendgate.Dataset(data), trendgate_reader.Dataset(data)
    bounds = [{}, {"start": "2026-01-31", "end": "2026-02-02T07:00Z"}, {"end": dt.date(2020, 1, 1)}]
    for site in theirs.sites():
        for within in bounds:
            frame = ours.scan(site, **within).collect()
            assert frame.equals(theirs.scan(site, **within).collect())
            assert frame.schema == theirs.scan(site, **within).collect_schema()
            table = ours.to_arrow(site, **within)
            assert table.equals(theirs.to_arrow(site, **within))
            assert pl.from_arrow(table).equals(frame)
        assert frame.height == 0 < ours.scan(site).collect().height


def test_every_byte_is_what_was_committed(data):
    assert trendgate_reader.Dataset(data).verify() == []


def test_the_manifests_behind_a_version_are_the_records_of_the_log(data):
    theirs, ours = trendgate.Dataset(data), trendgate_reader.Dataset(data)
    for site in theirs.sites():
        last = theirs.snapshot(site).version
        found = ours.manifests(site, after=last - 1)
        assert [one["checksum"] for one in found] == [one.checksum for one in theirs.manifests(site, after=last - 1)]
        assert ours.manifests(site, after=last) == []


def test_the_flags_are_those_of_the_package():
    assert trendgate_reader.FLAGS == trendgate.FLAGS
    assert trendgate_reader.__version__ == trendgate.__version__


def test_the_datasets_have_what_they_are_made_for(tmp_path):
    for make in DATASETS:
        make(tmp_path / make.__name__)
    snapshot = {make.__name__: trendgate.Dataset(tmp_path / make.__name__ / "data").snapshot for make in DATASETS}
    assert trendgate.Dataset(tmp_path / "two_sites/data").sites() == ["S", "T"]
    assert [gap.bins for gap in snapshot["retracted"]("S", version=3).gaps] == [192, 192]
    assert [gap.bins for gap in snapshot["retracted"]("S").gaps] == [480]
    assert [path.name for path in (tmp_path / "compacted/data/manifests/.log/S").glob("base-*")] == [f"base-{3:020}.sealed"]
    assert [gap.bins for gap in snapshot["compacted"]("S").gaps] == [192, 96]
    with pytest.raises(trendgate.UsageError, match="has expired"):
        snapshot["collected"]("S", version=1)
    assert [one.origin for one in trendgate.Dataset(tmp_path / "frames/data").manifests("S")] == ["frames"]
    assert [snapshot["microseconds"]("S", version=version).time_unit for version in (1, 2)] == ["ns", "us"]
    assert snapshot["example"]("PLANT01").evidence_paths and {column.unit for column in snapshot["example"]("PLANT01").points} > {"kW", "kWh"}


def sealed_anew(record, change):
    """Has `record` say something else, under a checksum that is right."""
    facts = json.loads(record.read_text(encoding="utf-8"))
    change(facts)
    facts["checksum"] = "sha256:" + "0" * 64
    text = json.dumps(facts, indent=2, ensure_ascii=False).encode()
    digits = hashlib.sha256(text).hexdigest()
    record.write_bytes(text.replace(b"0" * 64, digits.encode(), 1))


FORMATS = {
    "manifest": (lambda facts: facts.update(manifest_version="2.0"), r"expected manifest_version 1\.x, found '2\.0'"),
    "site": (lambda facts: facts.update(site_id="../S"), "expected version 2 of S, found version 2 of ../S"),
    "path": (lambda facts: facts["files"][0].update(path="../../etc/passwd"), "expected the path of a file of S"),
    "other site": (lambda facts: facts["replaces"].append("T/year=2026/month=01/part-a.parquet"), "expected the path of a file of S"),
    "field": (lambda facts: facts.pop("files"), "expected the fields of a manifest"),
}


@pytest.mark.parametrize("case", FORMATS)
def test_a_record_that_no_reader_may_follow_is_refused_and_the_version_before_it_is_good(grown, case):
    change, complaint = FORMATS[case]
    record = grown[0] / f"manifests/.log/S/{2:020}.json"
    sealed_anew(record, change)
    dataset = trendgate_reader.Dataset(grown[0])
    with pytest.raises(trendgate_reader.DamagedError, match=complaint) as caught:
        dataset.snapshot("S")
    assert caught.value.path == record
    assert dataset.snapshot("S", version=1).version == 1
    assert [finding.file for finding in dataset.verify()] == [record]


def test_what_is_not_known_of_a_record_is_passed_over(grown):
    sealed_anew(grown[0] / f"manifests/.log/S/{2:020}.json", lambda facts: facts.update(manifest_version="1.7", novelty={"a": 1}))
    assert trendgate_reader.Dataset(grown[0]).snapshot("S").version == 2


def test_a_changed_byte_is_damage_wherever_it_is(grown):
    data, first, _second = grown
    dataset = trendgate_reader.Dataset(data)
    part = first.paths[0].resolve()
    before = part.read_bytes()
    part.write_bytes(before[:100] + bytes([before[100] ^ 1]) + before[101:])
    assert [(finding.file, finding.expected) for finding in dataset.verify("S")] == [(part, first.parts[0].sha256)]
    part.write_bytes(before[:-1])
    assert [(finding.expected, finding.got) for finding in dataset.verify("S")] == [(f"{len(before)} bytes", f"{len(before) - 1} bytes")]
    part.unlink()
    assert [finding.file for finding in dataset.verify("S")] == [part]
    with pytest.raises(trendgate_reader.DamagedError, match="is not there"):
        dataset.scan("S")
    record = data / f"manifests/.log/S/{1:020}.json"
    record.write_bytes(record.read_bytes().replace(b'"S"', b'"T"', 1))
    with pytest.raises(trendgate_reader.DamagedError, match="expected checksum sha256:"):
        dataset.snapshot("S")
    record.unlink()
    with pytest.raises(trendgate_reader.DamagedError, match="expected version 1 in the log, found none"):
        dataset.snapshot("S")


def test_a_part_that_is_gone_because_its_version_has_expired_is_no_damage(grown):
    data, first, _second = grown
    old = trendgate_reader.Dataset(data).snapshot("S", version=1)
    (data / f"manifests/.log/S/{1:020}.expired").touch()
    first.paths[0].unlink()
    with pytest.raises(trendgate_reader.UsageError, match="version 1 of S has expired"):
        old.scan()


NAMES = {"format": 1, "processed": "processed", "manifests": "manifests", "staging": ".staging"}


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"format": 2}, "expected format 1, found 2"),
        ({"processed": ".."}, "expected the name of a folder"),
        ({"processed": "evidence"}, "expected the name of a folder"),
        ({"processed": "/tmp"}, "expected the name of a folder"),
        ({"processed": "manifests"}, "expected three different folders"),
        ({"processed": None}, "expected the name of a folder"),
        ({"processed": "away"}, "a link to somewhere else"),
    ],
)
def test_folders_that_are_not_the_datasets_are_refused(grown, tmp_path, facts, complaint):
    data = grown[0]
    (data / "away").symlink_to(tmp_path)
    (data / "trendgate.json").write_text(json.dumps(NAMES | facts), encoding="utf-8")
    with pytest.raises(trendgate_reader.DamagedError, match=complaint):
        trendgate_reader.Dataset(data).snapshot("S")
    with pytest.raises(trendgate.DamagedError):
        trendgate.Dataset(data).snapshot("S")


def test_a_base_record_of_another_form_or_content_is_refused(tmp_path):
    compacted(tmp_path)
    (base,) = (tmp_path / "data/manifests/.log/S").glob("base-*.sealed")
    before = base.read_bytes()
    base.write_bytes(before[:-1])
    with pytest.raises(trendgate_reader.DamagedError, match="expected the digest of what is behind it") as caught:
        trendgate_reader.Dataset(tmp_path / "data").snapshot("S")
    assert caught.value.path == base
    # Zstandard has blocks that are not compressed: a frame with this text, by hand.
    text = json.dumps({"base_version": "2.0"}).encode()
    frame = bytes.fromhex("28b52ffd20") + bytes([len(text)]) + (len(text) << 3 | 1).to_bytes(3, "little") + text
    base.write_bytes(f"sha256:{hashlib.sha256(frame).hexdigest()}\n".encode() + frame)
    with pytest.raises(trendgate_reader.DamagedError, match=r"expected a base record of the form 1\.x, found '2\.0'"):
        trendgate_reader.Dataset(tmp_path / "data").snapshot("S")


@pytest.mark.parametrize("module", ["backports.zstd", "pyarrow"])
def test_either_module_that_has_zstandard_unpacks(monkeypatch, module):
    for other in {"compression.zstd", "backports.zstd"} - {module}:
        monkeypatch.setitem(sys.modules, other, None)
    packed = pa.compress(b"a log", codec="zstd", asbytes=True)
    assert _log.unpack(packed) == b"a log"
    with pytest.raises(trendgate_reader.DamagedError, match="expected a Zstandard frame"):
        _log.unpack(packed[:4] + b"x" + packed[5:-3])


def test_where_nothing_unpacks_zstandard_the_error_says_what_to_install(monkeypatch):
    for module in ("compression.zstd", "backports.zstd", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'trendgate-reader\[compacted\]'"):
        _log.unpack(b"")


def test_calls_that_are_wrong_are_refused(grown, tmp_path):
    dataset = trendgate_reader.Dataset(grown[0])
    with pytest.raises(trendgate_reader.UsageError, match="no site 'T'") as caught:
        dataset.scan("T")
    assert caught.value.hint == "it has S"
    for wrong in ({"version": 1, "as_of": "2026-01-01"}, {"version": -1}, {"as_of": "yesterday"}, {"as_of": dt.datetime(2026, 1, 1)}):
        with pytest.raises(trendgate_reader.UsageError):
            dataset.snapshot("S", **wrong)
    with pytest.raises(trendgate_reader.UsageError, match="there is no dataset in this folder"):
        trendgate_reader.Dataset(tmp_path / "in").sites()
    with pytest.raises(trendgate_reader.UsageError, match="no such folder"):
        trendgate_reader.Dataset(tmp_path / "nowhere").sites()


def test_snapshots_and_errors_go_to_other_processes(grown):
    snapshot = pickle.loads(pickle.dumps(trendgate_reader.Dataset(grown[0]).snapshot("S")))
    assert snapshot.scan().collect().height == 192
    error = pickle.loads(pickle.dumps(trendgate_reader.DamagedError("broken", path=grown[0], hint="mend it")))
    assert str(error) == f"{grown[0]}: broken\n  help: mend it"


def test_importing_it_imports_nothing_that_is_not_pythons_own():
    program = "import sys; before = set(sys.modules); import trendgate_reader; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    new = {name.partition(".")[0] for name in done.stdout.split()}
    assert new - sys.stdlib_module_names == {"trendgate_reader"}


def test_it_is_typed(tmp_path):
    # pyarrow has no types.
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-pyarrow.*]\nignore_missing_imports = True\n", encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "-p", "trendgate_reader"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.startswith("Success: no issues found"), done.stdout


def test_without_its_native_half_the_package_names_the_reader(tmp_path):
    source = os.path.dirname(trendgate.__file__)
    program = f"""
import importlib.machinery, importlib.util, sys
sys.modules["trendgate._trendgate"] = None
sys.path.insert(0, {os.path.dirname(source)!r})
try:
    import trendgate
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert "pip install trendgate-reader" in done.stdout
