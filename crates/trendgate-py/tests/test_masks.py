"""Cells are masked one by one, by the evidence; rows only where the evidence is of the row."""

import warnings

import conftest
import flagged
import polars as pl
import pytest
import trendgate

UTC = pl.Datetime("ns", "UTC")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("masks")
    flagged.commit(folder, flagged.rows(500))
    return trendgate.Dataset(folder / "data")


@pytest.mark.parametrize(
    "mask",
    [["FROZEN"], {"OUTLIER"}, "INSUFFICIENT_DATA", ("rule:hampel",), ["FROZEN", "rule:plausible"], trendgate.FLAGS, ["rule:NONE"], []],
    ids=str,
)
def test_what_is_masked_is_what_the_evidence_says_of_each_cell(dataset, mask):
    masked = dataset.scan("S", mask=mask).collect()
    words = [mask] if isinstance(mask, str) else mask
    assert masked.equals(flagged.naive(dataset, words))
    whole = dataset.scan("S").collect()
    lost = {name: masked[name].null_count() - whole[name].null_count() for name in "abc"}
    if words == ["FROZEN"]:
        assert lost["a"] > 20 and lost["b"] == lost["c"] == 0
    if words == ["rule:NONE"]:
        assert lost == {"a": 0, "b": 0, "c": 0}


def test_by_cells_far_fewer_are_lost_than_by_rows(dataset):
    mask = ["FROZEN", "OUTLIER"]
    whole = dataset.scan("S").collect()
    by_row = whole.filter(pl.col("quality_flags").list.set_intersection(mask).list.len() == 0)
    cells = lambda frame: sum(frame[name].count() for name in "abc")
    lost = cells(whole) - cells(dataset.scan("S", mask=mask).collect())
    assert 0 < 2 * lost < cells(whole) - cells(by_row)


def test_on_the_reports_of_the_hospital_rows_lose_many_times_what_cells_lose(tmp_path):
    reports = conftest.ROOT.parent / "shared/data/kmuh"
    if not reports.is_dir():
        pytest.skip("the reports of the hospital are not here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trendgate.run(conftest.ROOT / "docs/hospital.yaml", reports, data_dir=tmp_path)
    dataset = trendgate.Dataset(tmp_path)
    [site] = dataset.sites()
    mask = ["FROZEN", "OUTLIER"]
    points = [column.name for column in dataset.snapshot(site).points]
    cells = lambda frame: sum(frame[name].count() for name in points)
    whole = dataset.scan(site).collect()
    by_row = whole.filter(pl.col("quality_flags").list.set_intersection(mask).list.len() == 0)
    lost = cells(whole) - cells(dataset.scan(site, mask=mask).collect())
    assert cells(whole) == 442_560
    by_rows, by_cells = (f"{figure:,}".replace(",", " ") for figure in (cells(whole) - cells(by_row), lost))
    page = (conftest.ROOT / "docs/batch_to_feature_engineer_interface.md").read_text(encoding="utf-8")
    assert f"loses {by_rows} cells, and masking loses {by_cells}:" in page


def test_a_mask_of_chosen_columns_is_that_of_all_and_reads_their_evidence_alone(dataset):
    part = dataset.scan("S", mask=trendgate.FLAGS, columns=["b", "a"])
    assert part.collect().equals(dataset.scan("S", mask=trendgate.FLAGS).collect().select("timestamp", "b", "a"))
    # Of the evidence of other columns nothing is asked for, from the file on.
    plan = dataset.scan("S", mask=["FROZEN"], columns=["b"]).explain()
    read = [line for line in plan.splitlines() if "SELECTION" in line]
    assert any('col("column")' in line and "is_in" in line for line in read)


def test_a_flag_that_there_is_not_is_refused_with_one_that_there_is(dataset):
    with pytest.raises(trendgate.UsageError, match="there is no flag 'FROZE'") as caught:
        dataset.scan("S", mask=["FROZE"])
    assert caught.value.hint == "did you mean FROZEN?"
    with pytest.raises(trendgate.UsageError, match="there is no flag 'hampel'") as caught:
        dataset.to_arrow("S", mask=["hampel"])
    assert "'rule:NAME'" in caught.value.hint


def test_flags_come_as_a_list_as_columns_and_as_bits_in_the_order_of_FLAGS(dataset):
    lists = dataset.scan("S").collect()["quality_flags"].to_list()
    columns = dataset.scan("S", flags="columns").collect()
    bits = dataset.scan("S", flags="bits").collect()
    names = [f"flag:{flag}" for flag in trendgate.FLAGS]
    assert columns.columns == ["timestamp", *names, "a", "b", "c"]
    assert all(kind == pl.Boolean for name, kind in columns.schema.items() if name in names)
    assert bits.schema["quality_flags"] == pl.UInt32
    assert {flag for flags in lists for flag in flags} == {"FROZEN", "OUTLIER", "INSUFFICIENT_DATA"}
    for place, flag in enumerate(trendgate.FLAGS):
        has = [flag in flags for flags in lists]
        assert columns[f"flag:{flag}"].to_list() == has
        assert [bool(number >> place & 1) for number in bits["quality_flags"]] == has


def test_FLAGS_is_only_ever_appended_to():
    """A bit of `flags="bits"` means the same in every release: what stands here stays where it stands."""
    assert trendgate.FLAGS[:5] == ["FROZEN", "HEAT_IMBALANCE", "AFFINITY_VIOLATION", "OUTLIER", "INSUFFICIENT_DATA"]


def test_flags_of_frames_that_no_evidence_explains_mask_their_rows(tmp_path):
    times = [conftest.dt.datetime(2026, 1, 1, tzinfo=conftest.dt.UTC) + row * conftest.QUARTER for row in (0, 1, 3)]
    frame = pl.DataFrame({
        "timestamp": pl.Series(times, dtype=UTC),
        "quality_flags": pl.Series([["OUTLIER"], ["FROZEN"], []], dtype=pl.List(pl.String)),
        "a": [1.0, 2.0, 3.0],
        "b": [4.0, 5.0, 6.0],
    })
    with trendgate.Batch({"cleaner": conftest.CONFIG["cleaner"] | {"max_gap": "1h"}}, data_dir=tmp_path / "data") as batch:
        batch.add(frame, source="a.csv")
    dataset = trendgate.Dataset(tmp_path / "data")
    assert dataset.snapshot("S").origin == "frames"
    masked = dataset.scan("S", mask=["OUTLIER"]).collect()
    assert masked["a"].to_list() == [None, 2.0, None, 3.0]
    assert masked["b"].to_list() == [None, 5.0, None, 6.0]
    shares = dataset.dictionary("S")
    assert shares["flag:OUTLIER"].to_list() == [0.25, 0.25] and shares["flag:INSUFFICIENT_DATA"].to_list() == [0.25, 0.25]
    # The inserted row is explained; the other flags are not.
    assert dataset.scan("S", "2026-01-01T00:30Z", as_known=True).collect()["quality_flags"].to_list() == [["INSUFFICIENT_DATA"], []]
    with pytest.raises(trendgate.UsageError, match="as_known: S has flags of which no evidence says since when"):
        dataset.scan("S", as_known=True)
