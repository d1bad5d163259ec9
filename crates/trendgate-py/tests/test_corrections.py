"""Frames that correct what stands: refused, kept out, put in, taken out again; and reasons that a caller states."""

import pickle

import conftest
import polars as pl
import pytest
import trendgate
from test_batch import START, UTC, batch_in, committed, rows


def stated(folder):
    """What callers stated in the dataset: without what the program found."""
    frames = [pl.read_parquet(path) for path in trendgate.Dataset(folder / "data").snapshot("S").evidence_paths]
    return pl.concat(frames).filter(pl.col("rule").str.contains("^[A-Z]")) if frames else None


def test_a_correction_of_70_to_7_in_a_second_batch_is_not_lost_in_silence(tmp_path):
    with batch_in(tmp_path) as batch:
        batch.add(rows(range(3), chwst=[7.1, 70.0, 7.2]), source="a.csv")
    before = conftest.files_under(tmp_path)
    with pytest.raises(trendgate.ConflictError) as caught:
        with batch_in(tmp_path) as batch:
            batch.add(rows(range(3, 5), kw=[1.0, 2.0]), source="other.csv")
            added = batch.add(rows(range(4), chwst=[7.1, 7.0, 7.2, 7.3]), source="b.csv")
    error = caught.value
    assert isinstance(error, ValueError)
    assert (added.conflicts, error.total) == (1, 1)
    (conflict,) = error.conflicts
    assert (conflict.source, conflict.column, conflict.committed, conflict.found) == ("b.csv", "chwst", 70.0, 7.0)
    assert conflict.timestamp == START + conftest.QUARTER
    assert 'b.csv: 7 in "chwst" at 2026-01-31T23:15:00Z, where 70 stands' in str(error)
    assert 'on_conflict="replace"' in error.hint
    again = pickle.loads(pickle.dumps(error))
    assert (again.conflicts, again.total, str(again)) == (error.conflicts, error.total, str(error))
    # Nothing is written, the other frame is not committed either.
    assert batch.manifest is None
    assert [path for path in conftest.files_under(tmp_path) if "errors" not in str(path) and ".runs" not in str(path)] == [
        path for path in before if ".runs" not in str(path)
    ]
    with batch_in(tmp_path, "replace") as batch:
        batch.add(rows(range(1, 2), chwst=[7.0]), source="b.csv")
    assert committed(tmp_path).equals(rows(range(3), chwst=[7.1, 7.0, 7.2]))
    assert trendgate.verify(tmp_path / "data").findings == ()


def test_a_batch_says_what_becomes_of_conflicts_and_a_frame_goes_before_it(tmp_path):
    with batch_in(tmp_path) as batch:
        batch.add(rows(range(2), [["FROZEN"], ["OUTLIER"]], a=[1.0, 2.0], b=[1.0, 1.0]), source="a.csv")
    with batch_in(tmp_path, "keep") as batch:
        fix = batch.add(rows(range(2), a=[None, 3.0]), source="fix.csv", on_conflict="replace")
        with pytest.warns(UserWarning, match="late.csv: 1 of its numbers"):
            late = batch.add(rows(range(2), b=[5.0, 1.0]), source="late.csv")
    assert (fix.conflicts, late.conflicts) == (1, 1)
    assert committed(tmp_path).equals(rows(range(2), a=[None, 3.0], b=[1.0, 1.0]))
    assert [(entry.get("ordinal"), entry.get("replaces", False)) for entry in batch.manifest.inputs] == [(2, True), (3, False)]
    for wrong in ("first", "", "Keep"):
        with pytest.raises(trendgate.UsageError, match="expected on_conflict to be one of raise, keep, replace"):
            with batch_in(tmp_path, wrong):
                pass


def test_reasons_of_a_callers_own_become_evidence_and_leave_with_the_cells_that_they_are_of(tmp_path):
    frame = rows(range(3), [["OUTLIER"], [], ["FROZEN"]], a=[70.0, 7.0, 7.0], b=[1.0, 1.0, 1.0])
    times = frame["timestamp"]
    reasons = pl.DataFrame(
        {
            "timestamp": times,
            "column": ["a", None, "b"],
            "rule": ["SPIKE", "MAINTENANCE", "STUCK"],
            "flag": ["OUTLIER", None, "FROZEN"],
            "value": [70.0, None, None],
            "limit_high": [20.0, None, None],
            "known_at": [times[0] + conftest.QUARTER, None, None],
        },
        schema_overrides={"known_at": UTC},
    )
    with batch_in(tmp_path) as batch:
        added = batch.add(frame, source="a.csv", evidence=reasons)
    assert added.reasons == 3
    found = stated(tmp_path)
    assert found.select("column", "rule", "flag", "value", "limit_low", "limit_high").rows() == [
        ("a", "SPIKE", "OUTLIER", 70.0, None, 20.0),
        (None, "MAINTENANCE", None, None, None, None),
        ("b", "STUCK", "FROZEN", None, None, None),
    ]
    end = START + 3 * conftest.QUARTER
    assert [known - START for known in found["known_at"]] == [conftest.QUARTER, end - START, end - START]
    # The content with its reasons is another one than without.
    with batch_in(tmp_path) as batch:
        assert batch.add(frame, source="a.csv", evidence=reasons).status == "known"
        assert batch.add(frame, source="a.csv").status == "accepted"
    # A correction of one column takes its reasons along, and leaves the flag that another one explains.
    with batch_in(tmp_path, "replace") as batch:
        batch.add(rows(range(3), a=[7.0, 7.0, 7.0]), source="fix.csv")
    assert stated(tmp_path).select("column", "rule").rows() == [("b", "STUCK")]
    assert committed(tmp_path)["quality_flags"].to_list() == [[], [], ["FROZEN"]]
    assert trendgate.verify(tmp_path / "data").findings == ()


def test_reasons_that_do_not_fit_their_frame_raise_and_say_which(tmp_path):
    frame = rows(range(2), a=[1.0, 2.0])
    right = frame.select("timestamp", column=pl.lit("a"), rule=pl.lit("SPIKE"))
    wrong = {
        "NoSuchRow": right.with_columns(pl.col("timestamp").dt.offset_by("1h")),
        "UnexpectedColumn": right.with_columns(column=pl.lit("z")),
        "RuleName": right.with_columns(rule=pl.lit("spike")),
        "MissingFlag": right.with_columns(flag=pl.lit("FROZEN")),
        "UnknownFlag": right.with_columns(flag=pl.lit("BROKEN")),
        "KnownTooEarly": right.with_columns(known_at=pl.col("timestamp")),
        "MissingColumn": right.drop("rule"),
        "TypeMismatch": right.with_columns(value=pl.lit("seven")),
        "OutOfRange": right.with_columns(limit_high=pl.lit(2**53 + 1)),
    }
    with batch_in(tmp_path) as batch:
        for kind, evidence in wrong.items():
            with pytest.raises(trendgate.ContractViolationError) as caught:
                batch.add(frame, source="a.csv", evidence=evidence)
            assert {violation.kind for violation in caught.value.violations} == {kind}
        with pytest.raises(trendgate.UsageError, match="found LazyFrame"):
            batch.add(frame, source="a.csv", evidence=right.lazy())
        batch.add(frame, source="a.csv", evidence=right)
    assert stated(tmp_path)["rule"].to_list() == ["SPIKE"] * 2


def test_a_frame_is_taken_out_by_its_name_its_digest_or_its_version(tmp_path):
    config = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "1h"}}
    data = tmp_path / "data"
    with batch_in(tmp_path) as batch:
        batch.add(rows(range(3), a=[1.0, 1.0, 1.0]), source="a.csv")
    digests = {}
    for name, value in (("b.csv", 2.0), ("c.csv", 3.0), ("d.csv", 4.0)):
        with batch_in(tmp_path, "replace") as batch:
            digests[name] = batch.add(rows(range(3), a=[value] * 3), source=name).digest
    for which, left in (({"source": "d.csv"}, 3.0), ({"digest": digests["c.csv"]}, 2.0), ({"version": 2}, 1.0)):
        manifest = trendgate.retract(config, data_dir=data, **which)
        assert len(manifest.retracted) == 1
        assert committed(tmp_path).equals(rows(range(3), a=[left] * 3))
    for which in ({}, {"source": "a.csv", "version": 1}):
        with pytest.raises(trendgate.UsageError, match="expected one of source, digest and version"):
            trendgate.retract(config, data_dir=data, **which)
    with pytest.raises(trendgate.UsageError, match="S has no frame that was read from d.csv"):
        trendgate.retract(config, data_dir=data, source="d.csv")
    # A nightly job that adds everything again does not bring it back.
    with batch_in(tmp_path) as batch:
        assert batch.add(rows(range(3), a=[4.0] * 3), source="d.csv").status == "withdrawn"
    assert batch.manifest.outcome.withdrawn == 1
    assert trendgate.verify(data).findings == ()


def test_a_dataset_of_frames_is_made_again_by_another_configuration(tmp_path):
    data = tmp_path / "data"
    with batch_in(tmp_path) as batch:
        batch.add(rows([0, 1, 4], a=[1.0, 2.0, 3.0]), source="a.csv")
    assert committed(tmp_path).height == 5
    narrow = {"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "15m"}}
    with pytest.raises(trendgate.ConfigError, match="max_gap"):
        trendgate.Batch(narrow, data_dir=data).__enter__()
    manifest = trendgate.rebuild(narrow, data_dir=data)
    assert (manifest.version, len(manifest.rebuilt_from)) == (2, 1)
    assert committed(tmp_path).equals(rows([0, 1, 4], a=[1.0, 2.0, 3.0]))


def test_names_that_differ_in_case_only_are_refused_and_joined_by_the_configuration(tmp_path):
    with pytest.raises(trendgate.ContractViolationError) as caught, batch_in(tmp_path) as batch:
        batch.add(rows(range(2), chst=[1.0, 2.0]), source="a.csv")
        batch.add(rows(range(2, 4), CHST=[3.0, 4.0]), source="b.csv")
    assert caught.value.violations[0].kind == "SimilarColumn"
    assert "cleaner.points: {NAME: {name: COLUMN}}" in caught.value.hint
    with batch_in(tmp_path, points={"CHST": {"name": "chst", "unit": "°C"}}) as batch:
        batch.add(rows(range(2), chst=[1.0, 2.0]), source="a.csv")
        batch.add(rows(range(2, 4), CHST=[3.0, 4.0]), source="b.csv")
    assert committed(tmp_path).equals(rows(range(4), chst=[1.0, 2.0, 3.0, 4.0]))
    # Points that are new may be described later.
    points = {"CHST": {"name": "chst", "unit": "°C"}, "KW": {"unit": "kW"}}
    with batch_in(tmp_path, points=points) as batch:
        batch.add(rows(range(4), kw=[1.0] * 4), source="c.csv")
    assert {column.name: column.unit for column in batch.manifest.points} == {"chst": "°C", "kw": "kW"}


def test_masks_go_by_the_reasons_of_a_caller(tmp_path):
    frame = rows(range(3), [["OUTLIER"], [], []], a=[70.0, 7.0, 7.0], b=[1.0, 2.0, 3.0])
    reasons = pl.DataFrame(
        {
            "timestamp": frame["timestamp"],
            "column": ["a", None, "b"],
            "rule": ["SPIKE", "VISIT", "SPIKE"],
            "flag": ["OUTLIER", None, None],
        }
    )
    with batch_in(tmp_path) as batch:
        batch.add(frame, source="a.csv", evidence=reasons)
    dataset = trendgate.Dataset(tmp_path / "data")
    for mask, a, b in (
        (["rule:SPIKE"], [None, 7.0, 7.0], [1.0, 2.0, None]),
        (["rule:VISIT"], [70.0, None, 7.0], [1.0, None, 3.0]),
        (["OUTLIER"], [None, 7.0, 7.0], [1.0, 2.0, 3.0]),
    ):
        masked = dataset.scan("S", mask=mask).collect()
        assert (masked["a"].to_list(), masked["b"].to_list()) == (a, b)
    # Nothing said since when it is known: not before the frame has ended.
    known = dataset.scan("S", mask=["OUTLIER"], as_known=True).collect()
    assert known["a"].to_list() == [70.0, 7.0, 7.0]
