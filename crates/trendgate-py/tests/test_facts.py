"""A snapshot says what it is: a fingerprint that any program can compute, the hash of its columns, and what made it; and so does every table."""

import hashlib
import json
import os
import re
import subprocess
import warnings

import conftest
import flagged
import pyarrow.parquet as pq
import pytest
import trendgate

HEX = re.compile("sha256:[0-9a-f]{64}")


def by_hand(folder, versions):
    """The fingerprint by docs/format.md: from the records of the log and the files, with nothing of ours."""
    live = {}
    for version in range(1, versions + 1):
        record = json.loads((folder / f"manifests/.log/S/{version:020}.json").read_text(encoding="utf-8"))
        for path in record["replaces"]:
            del live[path]
        live |= {entry["path"]: entry["sha256"] for entry in record["files"]}
    lines = []
    for path, digest in live.items():
        assert digest == "sha256:" + hashlib.sha256((folder / "processed" / path).read_bytes()).hexdigest()
        place, name = path.rsplit("/", 1)
        found = re.fullmatch(r"part-.+-([0-9]{6}-[0-9]{5}\.parquet)", name)
        lines.append(f"{place}/part-{found[1]} {digest}\n")
    return "sha256:" + hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def quiet_commit(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return flagged.commit(*arguments, **options)


def test_datasets_of_equal_rows_have_one_fingerprint_whichever_runs_made_them(tmp_path):
    made = flagged.rows(400)
    quiet_commit(tmp_path / "at once", made)
    quiet_commit(tmp_path / "by one thread", made, threads=1)
    for nth, start in enumerate(range(0, len(made), 100)):
        quiet_commit(tmp_path / "one by one", made[start : start + 100], name=f"{nth}.csv")
    quiet_commit(tmp_path / "another", [*made[:-1], [made[-1][0], 1.0, 2.0, 3.0]])
    found = {}
    for folder in ("at once", "by one thread", "one by one", "another"):
        dataset = trendgate.Dataset(tmp_path / folder / "data")
        found[folder] = dataset.snapshot("S")
        assert found[folder].fingerprint == by_hand(tmp_path / folder / "data", found[folder].version)
    assert found["one by one"].version > 1
    assert found["at once"].fingerprint == found["by one thread"].fingerprint == found["one by one"].fingerprint
    assert found["another"].fingerprint != found["at once"].fingerprint
    assert len({snapshot.schema_hash for snapshot in found.values()}) == 1


def test_a_snapshot_says_what_made_it(grown):
    data, first, second = grown
    dataset = trendgate.Dataset(data)
    snapshot = dataset.snapshot("S")
    assert HEX.fullmatch(snapshot.fingerprint) and HEX.fullmatch(snapshot.schema_hash)
    for name in ("config_digest", "resample_interval", "timezone", "created_at", "trendgate_version", "origin", "version"):
        assert getattr(snapshot, name) == getattr(second, name), name
    assert (snapshot.resample_interval, snapshot.timezone, snapshot.origin) == ("15m", "UTC", "reports")
    before = dataset.snapshot("S", version=1)
    assert (before.fingerprint, before.schema_hash, before.created_at) == (first.fingerprint, first.schema_hash, first.created_at)
    # That of a batch is of what it added alone.
    assert second.fingerprint not in (first.fingerprint, snapshot.fingerprint)


def test_the_hash_of_the_columns_is_that_of_the_documented_json(grown):
    snapshot = trendgate.Dataset(grown[0]).snapshot("S")
    entries = [
        [column.name, column.type, column.unit, column.physical_type] + ([column.aggregation] if column.aggregation else [])
        for column in snapshot.schema
    ]
    text = json.dumps(sorted(entries), separators=(",", ":"), ensure_ascii=False)
    assert snapshot.schema_hash == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_every_table_says_what_it_was_read_from(grown, tmp_path):
    dataset = trendgate.Dataset(grown[0])
    snapshot = dataset.snapshot("S")
    said = snapshot.provenance()
    assert list(said) == [
        "site_id", "version", "fingerprint", "schema_hash", "config_digest", "resample_interval", "timezone", "trendgate_version"
    ]
    assert (said["site_id"], said["version"], said["fingerprint"]) == ("S", "2", snapshot.fingerprint)
    in_bytes = {name.encode(): value.encode() for name, value in said.items()}
    for options in ({}, {"columns": ["a"]}, {"flags": "bits"}, {"mask": "FROZEN"}, {"end": "2020-01-01"}):
        assert dataset.to_arrow("S", **options).schema.metadata == in_bytes, options
        attrs = dataset.to_pandas("S", **options).attrs
        assert {name: attrs[name] for name in said} == said
    pq.write_table(dataset.to_arrow("S"), tmp_path / "kept.parquet")
    assert pq.read_schema(tmp_path / "kept.parquet").metadata[b"fingerprint"].decode() == snapshot.fingerprint


def test_the_program_says_the_fingerprint_too(grown):
    data, _first, _second = grown
    program = os.environ["TRENDGATE_BIN"]
    fingerprint = trendgate.Dataset(data).snapshot("S").fingerprint
    for words in (["status"], ["show"]):
        done = subprocess.run([program, *words, "--data-dir", data, "--json"], capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        found = answer["sites"][0] if "sites" in answer else answer[0] if isinstance(answer, list) else answer
        assert found["fingerprint"] == fingerprint, words


@pytest.mark.parametrize("unit", ["ns", "us"])
def test_a_change_of_the_unit_is_another_fingerprint_and_another_hash_of_columns(tmp_path, unit):
    quiet_commit(tmp_path, flagged.rows(100), flagged.CONFIG | {"batch": {"timestamp_unit": "ns"}})
    quiet_commit(tmp_path, flagged.rows(100), flagged.CONFIG | {"batch": {"timestamp_unit": unit}})
    dataset = trendgate.Dataset(tmp_path / "data")
    first, last = dataset.snapshot("S", version=1), dataset.snapshot("S")
    is_same = unit == "ns"
    assert (first.version == last.version, first.fingerprint == last.fingerprint) == (is_same, is_same)
    assert (first.schema_hash == last.schema_hash) == is_same
    assert last.fingerprint == by_hand(tmp_path / "data", last.version)


def test_a_dataset_of_which_all_was_withdrawn_is_empty_in_every_form(grown):
    data, _first, _second = grown
    (data.parent / "plant.yaml").write_text(json.dumps(conftest.CONFIG), encoding="utf-8")
    for version in ("1", "2"):
        words = ["retract", version, "--config", data.parent / "plant.yaml", "--data-dir", data]
        subprocess.run([os.environ["TRENDGATE_BIN"], *words], capture_output=True, check=True)
    dataset = trendgate.Dataset(data)
    snapshot = dataset.snapshot("S")
    assert (snapshot.version, snapshot.parts) == (4, ())
    assert snapshot.fingerprint == "sha256:" + hashlib.sha256(b"").hexdigest()
    options = {"mask": trendgate.FLAGS, "as_known": True, "drop_dead": True}
    assert dataset.scan("S", **options).collect().shape == (0, 2)
    assert dataset.to_arrow("S").num_rows == dataset.to_pandas("S", **options).shape[0] == 0
    assert dataset.evidence("S").collect().height == dataset.dictionary("S").height == dataset.long("S").collect().height == 0
    assert dataset.resample("S", "1h").collect().height == 0
    assert dataset.scan("S", version=2).collect().height == 192
