"""A version is found again: by its time, and by a name that keeps what it consists of."""

import datetime as dt
import os
import subprocess
import threading

import conftest
import polars as pl
import pytest
import trendgate
import trendgate_reader

START = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


def frame(value, rows=2):
    times = [START + row * conftest.QUARTER for row in range(rows)]
    columns = {"timestamp": pl.Series(times, dtype=pl.Datetime("ns", "UTC")), "quality_flags": pl.Series([[]] * rows, dtype=pl.List(pl.String))}
    return pl.DataFrame(columns | {"a": pl.Series([float(value)] * rows)})


def gc(folder, *words):
    words = [os.environ["TRENDGATE_BIN"], "gc", "--data-dir", folder, "--retention", "0s", "--grace", "0s", *words]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def replaced(tmp_path):
    """A dataset of four versions, each of which takes the place of the month before."""
    for number in range(4):
        conftest.write_report(tmp_path / f"in/{number}.csv", ["A"], f"2026-02-0{number + 1}T00:00", 96)
        trendgate.run(conftest.CONFIG, tmp_path / "in", data_dir=tmp_path / "data")
    return trendgate.Dataset(tmp_path / "data")


def test_as_of_its_created_at_a_dataset_is_that_version_however_fast_versions_were_made(tmp_path):
    for number in range(40):
        with trendgate.Batch(conftest.CONFIG, data_dir=tmp_path / "data", on_conflict="keep") as batch:
            batch.add(frame(number, rows=number + 1), source=f"{number}.csv")
    dataset = trendgate.Dataset(tmp_path / "data")
    manifests = dataset.manifests("S")
    made = [manifest.created_at for manifest in manifests]
    assert made == sorted(set(made)) and len(made) == 40
    assert [dataset.snapshot("S", as_of=time).version for time in made] == [manifest.version for manifest in manifests]
    just_before = [time - dt.timedelta(microseconds=1) for time in made[1:]]
    assert [dataset.snapshot("S", as_of=time).version for time in just_before] == list(range(1, 40))
    written = manifests[6].path.read_text(encoding="utf-8")
    [text] = [line.split('"')[3] for line in written.splitlines() if '"created_at"' in line]
    assert dt.datetime.fromisoformat(text) == made[6] and dataset.snapshot("S", as_of=text).version == 7
    with pytest.raises(trendgate.UsageError, match="had no version yet"):
        dataset.snapshot("S", as_of=made[0] - dt.timedelta(microseconds=1))


def test_a_tag_stands_for_its_version_wherever_one_is_asked_for(replaced):
    assert replaced.tag("S", "train-2026-11", version=2) == 2
    assert replaced.tag("S", "train-2026-11", version=2) == 2
    assert replaced.tag("S", "last") == 4
    assert replaced.tag("S", "copy", version="train-2026-11") == 2
    assert list(replaced.tags("S").items()) == [("copy", 2), ("last", 4), ("train-2026-11", 2)]
    assert replaced.snapshot("S", version="train-2026-11").version == 2
    assert replaced.scan("S", version="train-2026-11").collect().equals(replaced.scan("S", version=2).collect())
    assert replaced.to_arrow("S", version="train-2026-11").num_rows == 2 * 96
    assert replaced.changes("S", since="train-2026-11").replace == replaced.changes("S", since=2).replace
    assert [manifest.version for manifest in replaced.manifests("S", after="train-2026-11")] == [3, 4]
    assert replaced.snapshot("S", version="3").version == 3
    with pytest.raises(trendgate.UsageError, match="is of version 2 of S already"):
        replaced.tag("S", "train-2026-11")
    replaced.untag("S", "copy")
    with pytest.raises(trendgate.UsageError, match="S has no tag") as caught:
        replaced.scan("S", version="copy")
    assert caught.value.hint == "it has last, train-2026-11"
    for name in ("", "12", "a/b", ".a"):
        with pytest.raises(trendgate.UsageError, match="no tag can be called"):
            replaced.tag("S", name)
    assert trendgate.verify(replaced.root).ok


def test_what_a_tagged_version_consists_of_is_not_collected(replaced):
    expected = replaced.scan("S", version=2).collect()
    replaced.tag("S", "train", version=2)
    gc(replaced.root, "--compact")
    assert replaced.scan("S", version="train").collect().equals(expected)
    with pytest.raises(trendgate.UsageError, match="was compacted"):
        replaced.scan("S", version=1)
    with pytest.raises(trendgate.UsageError, match="has expired"):
        replaced.scan("S", version=3)
    assert replaced.changes("S", since=3).snapshot.version == 4
    assert trendgate.verify(replaced.root).ok
    replaced.untag("S", "train")
    gc(replaced.root)
    with pytest.raises(trendgate.UsageError, match="has expired"):
        replaced.scan("S", version=2)
    with pytest.raises(trendgate.UsageError, match="has expired"):
        replaced.tag("S", "train", version=2)
    assert replaced.tags("S") == {}


def test_the_command_and_the_package_see_the_same_tags(replaced):
    def tag(*words):
        words = [os.environ["TRENDGATE_BIN"], "tag", *words, "--data-dir", str(replaced.root)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout or done.stderr).strip()

    assert tag() == (0, "no tags")
    code, text = tag("train", "--at-version", "3")
    assert code == 0 and text.startswith("S train  version 3  2")
    assert replaced.tags("S") == {"train": 3}
    assert tag() == (0, text)
    assert tag("train") == (2, "error: S: tag train is of version 3 of S already\n  help: use another name, or remove the tag first")
    assert tag("train", "--remove") == (0, f"{text}  REMOVED")
    assert replaced.tags("S") == {}


def test_a_tag_waits_for_a_run_only_where_that_is_wanted(tmp_path):
    holds, may_end = threading.Event(), threading.Event()

    other = tmp_path / "data"
    with trendgate.Batch(conftest.CONFIG, data_dir=other) as batch:
        batch.add(frame(1), source="a")
    dataset = trendgate.Dataset(other)

    def run():
        with trendgate.Batch(conftest.CONFIG, data_dir=other):
            holds.set()
            may_end.wait(30)

    running = threading.Thread(target=run)
    running.start()
    assert holds.wait(30)
    for refused in (lambda: dataset.tag("S", "train"), lambda: dataset.untag("S", "train")):
        with pytest.raises(trendgate.LockedError):
            refused()
    threading.Timer(0.5, may_end.set).start()
    assert dataset.tag("S", "train", wait=True) == 1
    running.join()
    dataset.untag("S", "train", wait=True)
    assert dataset.tags("S") == {}


def test_the_reader_in_python_alone_knows_tags(replaced):
    reader = trendgate_reader.Dataset(replaced.root)
    assert reader.tags("S") == {}
    replaced.tag("S", "train", version=2)
    assert reader.tags("S") == {"train": 2}
    assert reader.scan("S", version="train").collect().equals(replaced.scan("S", version="train").collect())
    assert [reader.snapshot("S", version=asked).version for asked in ("train", "3", 3)] == [2, 3, 3]
    for wrong in ("other", "../lock", ""):
        with pytest.raises(trendgate_reader.UsageError, match="S has no tag"):
            reader.snapshot("S", version=wrong)
    tag = replaced.root / "manifests/.log/S/tags/train"
    tag.write_bytes(tag.read_bytes().replace(b'"version":2', b'"version":3'))
    for look in (reader.snapshot, replaced.snapshot):
        with pytest.raises((trendgate_reader.DamagedError, trendgate.DamagedError), match="expected"):
            look("S", version="train")
