"""Our rules on frames: what a run makes of a report, `clean` makes of its rows, without a dataset."""

import datetime as dt

import conftest
import polars as pl
import pyarrow as pa
import pytest
import trendgate
from hypothesis import given, settings
from hypothesis import strategies as st

START = dt.datetime(2026, 1, 31, 20, tzinfo=dt.UTC)
POINTS = {
    "CHST": {"physical_type": "chilled_water_temperature", "unit": "°F", "frozen": {"min_duration": "1h", "tolerance": 0.2}},
    "KW": {"physical_type": "power", "scale": 0.5, "required": True},
    "KWH": {"physical_type": "energy_counter"},
}
CONFIG = {
    "cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "2h", "points": POINTS, "meters": {"M": {"power": "KW", "energy": "KWH"}}}
}
NAMES = list(POINTS)


def frame_of(rows):
    """The rows (their quarters of an hour, and their cells) as a raw frame."""
    stamps = pl.Series([START + place * conftest.QUARTER for place, _ in rows], dtype=pl.Datetime("ns", "UTC"))
    columns = {name: pl.Series([cells[at] for _, cells in rows], dtype=pl.Float64) for at, name in enumerate(NAMES)}
    return pl.DataFrame({"timestamp": stamps, **columns})


def run_on(folder, rows):
    """What a run on a report of the rows leaves: its rows and its evidence."""
    lines = ([START.replace(tzinfo=None) + place * conftest.QUARTER, *("No Data" if c is None else c for c in cells)] for place, cells in rows)
    path = folder / "in/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(conftest.report(NAMES, lines), encoding="utf-8", newline="")
    manifest = trendgate.run(CONFIG, path.parent, data_dir=folder / "data")
    evidence = [pl.read_parquet(file) for file in sorted((folder / "data/evidence").rglob("*.parquet"))]
    return manifest.scan().collect(), pl.concat(evidence) if evidence else None


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 12), st.tuples(*[st.none() | st.sampled_from([44.6, 45.5, 1e30]) | st.floats(-50, 900).map(lambda x: round(x, 1))] * 3)),
        min_size=1,
        max_size=60,
    )
)
def test_a_frame_of_the_rows_of_a_report_is_cleaned_as_the_report_is(rows, tmp_path_factory):
    places = [sum(step for step, _ in rows[: at + 1]) for at in range(len(rows))]
    rows = [(place, cells) for place, (_, cells) in zip(places, rows, strict=True)]
    expected, why = run_on(tmp_path_factory.mktemp("run"), rows)
    cleaned = trendgate.clean(frame_of(rows), CONFIG, interval="15m")
    assert cleaned.frame.to_polars().equals(expected)
    evidence = cleaned.evidence.to_polars()
    assert evidence.height == 0 if why is None else evidence.equals(why)


ROWS = [(place, (44.6 + place % 2, 10.0 + place, 100.0 + place)) for place in range(8)]


def test_every_kind_of_frame_goes_in_and_tables_of_every_library_come_out():
    frame = frame_of(ROWS)
    table = frame.to_arrow()
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=3))
    found = [trendgate.clean(kind, CONFIG) for kind in (frame, table, frame.to_pandas(), reader)]
    first = found[0].frame.to_polars()
    assert all(one.frame.to_polars().equals(first) for one in found)
    assert found[0].frame.to_arrow().schema.field("chst").metadata[b"unit"] == "°C".encode()
    assert pa.table(found[0].frame).num_rows == len(found[0].frame) == pl.DataFrame(found[0].frame).height == 8
    assert repr(found[0].frame) == "ArrowFrame: 8 rows, 5 columns"
    assert len(found[0].evidence) == 0
    assert [warning.kind for warning in found[0].warnings] == ["nothing_to_check"]


def test_points_go_by_their_names_or_by_their_columns_and_one_that_is_two_columns_is_refused():
    frame = frame_of(ROWS)
    by_columns = trendgate.clean(frame.rename(str.lower, strict=False), CONFIG).frame.to_polars()
    assert by_columns.equals(trendgate.clean(frame, CONFIG).frame.to_polars())
    with pytest.raises(trendgate.ContractViolationError, match='"CHST", as "CHST" is'):
        trendgate.clean(frame.with_columns(chst=pl.col("CHST")), CONFIG)


def test_rows_off_the_grid_are_put_into_bins_and_coerced_rows_are_counted():
    stamps = pl.Series([dt.datetime(2026, 2, 1, 8, minute) for minute in (20, 5, 35)], dtype=pl.Datetime("us"))
    cleaned = trendgate.clean(pl.DataFrame({"timestamp": stamps, "KW": [20, 10, 30]}), CONFIG, coerce=True, tz="Asia/Taipei")
    rows = cleaned.frame.to_polars()
    assert rows["timestamp"].to_list() == [dt.datetime(2026, 2, 1, 0, minute, tzinfo=dt.UTC) for minute in (0, 15, 30)]
    assert rows["kw"].to_list() == [5.0, 10.0, 15.0]
    assert cleaned.coerced == {"time_unit": 3, "local_time": 3, "sorted": 2, "integers": 3}


def test_what_cannot_be_cleaned_is_refused_with_the_row():
    frame = frame_of(ROWS)
    later = frame.with_columns(pl.col("timestamp").dt.offset_by("40y"))
    flagged = frame.with_columns(quality_flags=pl.Series([[]] * 8, dtype=pl.List(pl.String)))
    for bad, kind, row in (
        (frame.reverse(), "Disorder", 1),
        (later, "Future", 0),
        (flagged, "UnexpectedColumn", None),
        (frame.with_columns(pl.lit("x").alias("KW")), "TypeMismatch", None),
        (frame.drop("timestamp"), "MissingColumn", None),
    ):
        with pytest.raises(trendgate.ContractViolationError) as caught:
            trendgate.clean(bad, CONFIG)
        assert (caught.value.violations[0].kind, caught.value.violations[0].row) == (kind, row)
    with pytest.raises(trendgate.UsageError, match="a LazyFrame is collected first"):
        trendgate.clean(frame.lazy(), CONFIG)
    with pytest.raises(trendgate.ConfigError):
        trendgate.clean(frame, {"cleaner": {}})
    with pytest.raises(trendgate.ConfigError, match="resample_interval"):
        trendgate.clean(frame, CONFIG, interval=dt.timedelta(hours=1))


def test_what_a_person_should_know_is_said():
    rows = [(0, (44.6, None, 1.0)), (1, (1e30, None, 2.0)), (1, (44.7, None, 9.0))]
    cleaned = trendgate.clean(frame_of(rows).with_columns(other=pl.lit(1.0)), CONFIG)
    kinds = {warning.kind: warning for warning in cleaned.warnings}
    assert {"unmapped_points", "dead_required_point", "extreme_cells", "lost_cells"} <= set(kinds)
    assert (kinds["lost_cells"].column, kinds["lost_cells"].counts["repeated"]) == ("kwh", 1)
    assert cleaned.frame.to_polars()["quality_flags"].to_list() == [[], ["OUTLIER"]]


def evidence_of(folder):
    files = sorted((folder / "data/evidence").rglob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files]) if files else None


@pytest.mark.filterwarnings("ignore")
def test_a_batch_with_rules_commits_what_clean_gives_with_its_evidence(tmp_path):
    frame = frame_of([(0, (44.6, 10.0, 100.0)), (1, (900.0, 11.0, 101.0)), (2, (1e30, None, 102.0)), (6, (44.7, 12.0, 103.0))])
    cleaned = trendgate.clean(frame, CONFIG, interval="15m")
    with trendgate.Batch(CONFIG, data_dir=tmp_path / "data", rules=True, interval=dt.timedelta(minutes=15)) as batch:
        added = batch.add(frame, source="raw.csv")
    assert batch.manifest.scan().collect().equals(cleaned.frame.to_polars())
    rules = ["plausible", "not_finite", "required", "no_sample", "no_sample", "no_sample"]
    assert evidence_of(tmp_path)["rule"].to_list() == rules
    assert added.reasons == 3
    assert trendgate.verify(tmp_path / "data").findings == ()
    # What a later frame brings leaves the evidence of the earlier one where it is.
    with trendgate.Batch(CONFIG, data_dir=tmp_path / "data", rules=True) as batch:
        batch.add(frame_of([(4, (44.6, 10.0, 102.5))]), source="more.csv")
    assert evidence_of_live(batch)["rule"].to_list() == [*rules[:4], "no_sample"]
    assert trendgate.verify(tmp_path / "data").findings == ()
    looks = batch.manifest.known_after
    assert (looks["plausible"], looks["not_finite"], looks["no_sample"]) == (0, 0, 7200)
    assert looks["frozen"] == 12 * 3600
    made_again = trendgate.rebuild(CONFIG, data_dir=tmp_path / "data")
    assert made_again.known_after == looks
    assert trendgate.verify(tmp_path / "data").findings == ()


@pytest.mark.filterwarnings("ignore")
def test_a_batch_with_rules_says_what_clean_says(tmp_path):
    rows = [(0, (44.6, None, 1.0)), (1, (1e30, None, 2.0)), (1, (44.7, None, 9.0)), (3, (float("inf"), None, 3.0)), (4, (float("inf"), None, None))]
    frame = frame_of(rows).with_columns(Other=pl.Series([1.0, 1.0, 1.0, 1.0, None]))
    cleaned = trendgate.clean(frame, CONFIG, interval="15m")
    with trendgate.Batch(CONFIG, data_dir=tmp_path / "data", rules=True, interval="15m") as batch:
        batch.add(frame, source="frame")
    assert batch.manifest.scan().collect().equals(cleaned.frame.to_polars())
    # Of a bin without a sample the dataset says that there is none, and nothing more.
    empty = pl.col("timestamp") == START + 2 * conftest.QUARTER
    why = cleaned.evidence.to_polars().filter(~empty | (pl.col("rule") == "no_sample"))
    assert why["rule"].to_list().count("no_sample") == 2
    by = ["timestamp", "column", "rule"]
    assert evidence_of(tmp_path).sort(by).equals(why.sort(by))
    of_cells = {"extreme_cells", "lost_cells", "unmapped_points", "dead_required_point"}
    said = {warning.kind: warning.message for warning in cleaned.warnings}
    found = {warning.kind: warning.message for warning in batch.manifest.outcome.warnings}
    assert of_cells <= set(said)
    assert {kind: found.get(kind) for kind in said} == said


def evidence_of_live(batch):
    """The evidence of the version that a batch committed."""
    root = batch.manifest.path.parent.parent
    return pl.concat([pl.read_parquet(root / "evidence" / entry["path"]) for entry in batch.manifest.evidence_files])


@pytest.mark.filterwarnings("ignore")
def test_an_interval_goes_with_raw_frames_alone(tmp_path):
    with pytest.raises(TypeError, match="goes with rules=True"):
        trendgate.Batch(CONFIG, data_dir=tmp_path / "data", interval="15m")
