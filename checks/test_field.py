"""Inputs after what is met in the field, and what must become of each: right values, null, or a refusal by name; never others.

`field/NAME/in` is a folder to run on, with `site.yaml` beside it where one is needed. All names and numbers are made up. Where a
case is refused, or null, only until the program learns to read it, the table says so.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

FIELD = Path(__file__).resolve().parent / "field"
TAIPEI, CHICAGO, ZURICH = "Asia/Taipei", "America/Chicago", "Europe/Zurich"
NULL = None


def steps(first, count, by=1):
    """So many values, each one more than the one before it."""
    return [first + place * by for place in range(count)]


def of(*values, times=1):
    return list(values) * times


@dataclass(frozen=True)
class Case:
    """What must come of a folder: exit code, files that are refused with a word of it, values by column from `first` on."""

    columns: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    code: int | None = None
    says: tuple = ()
    first: str = "2026-01-10T00:00"
    zone: str = TAIPEI
    resample: str = "15m"
    cells: dict = field(default_factory=dict)
    unflagged: bool = False

    @property
    def exit(self):
        if self.code is not None:
            return self.code
        if self.refused:
            return 3 if self.columns else 1
        return 0


def refused(word="", name="a.csv"):
    return Case(refused={name: word})


def lossy(columns, **rest):
    """A file that is accepted and loses more than may be lost without a word."""
    return Case(columns, code=3, **rest)


A = {"a_t": steps(20, 8)}
FOLD = {"a_t": steps(100, 12)}
GLITCH = lossy({"a_t": of(20, 21, 22, 23, NULL, 25, 26, 27)}, cells={"rejected": 1}, says=("the logger's clock was wrong", "a.csv:11"))

CASES = {
    # More than one report in a file.
    "append_other_points_no_trailer": Case(
        {"a_t": steps(20, 4) + of(NULL, times=4), "b_t": steps(30, 4) + of(NULL, times=4)}
        | {"c_kw": of(NULL, times=4) + steps(1000, 4), "d_kw": of(NULL, times=4) + steps(2000, 4)}
    ),
    "append_reordered_months": Case(
        {
            "ch1_chwst": [7.0 + row % 5 / 10 for row in range(192)] * 2,
            "ch1_chwrt": [12.0 + row % 5 / 10 for row in range(192)] * 2,
            "ch1_kw": [300 + row % 7 for row in range(192)] * 2,
        },
        first="2026-01-30T00:00",
    ),
    "append_wider": Case(
        {"a_t": steps(20, 96), "b_t": steps(30, 96), "c_kw": steps(100, 96), "d_kw": steps(200, 96), "e_kw": of(1.0, times=96)}
    ),
    "concat_daily": Case({"a_t": of(*steps(20, 5), times=20)[:96] * 3, "b_t": of(*steps(30, 7), times=14)[:96] * 3}),
    "header_mid": Case(A, cells={"rejected": 0}),
    "overlap_rows": Case({"a_t": steps(20, 12)}, cells={"equal_duplicates": 4}),
    # Numbers.
    "dec_comma_mixed": Case({"a_t": of(7.5, 7.625, 7.75, 8.125, 8.0, 0.875, 1.5, 12.375)}, cells={"unrecognised": 0}),
    "partial_unrecognised": Case(
        {"a_t": of(20, 21.1, 22.2, 23.3, 24.4, 20.5, 21.6, 22.7, 23.8, 24.9, times=10), "b_t": of(30.5, times=100)},
        cells={"unrecognised": 0},
    ),
    "thousands": Case({"m_kwh": steps(1234000.5, 4), "m_x": of(1234.0, 1234.1, 1234.2, 1234.3)}),
    "us_thousands": lossy({"m_kwh": of(NULL, times=4)}, cells={"unrecognised": 4}, says=("ambiguous number", 'decimal: "."')),
    "us_thousands_stated": Case({"m_kwh": steps(1234, 4)}),
    "suffix_star": Case({"a_t": steps(20.5, 8)}, cells={"used": 8}),
    "unit_case": lossy({"a_x": of(5e-6, NULL, 1234.0, 55.0, 12.0, NULL, 3000.0, 0.007)}, says=("that no table knows (hrs)", "unit:")),
    "unit_in_one_file": Case(
        {"a_t": [*((f - 32) / 1.8 for f in steps(72, 4)), *steps(76, 4)]}, says=("A.T", "without one", "a.csv", "b.csv")
    ),
    "odd_numbers": lossy(
        {
            "a_x": of(0.0, 0.0, 1500.0, 0.0015, 7.0, NULL, NULL, NULL, NULL)
            + of(5.0, 12.5, -9999.0, NULL, NULL, 12.0, NULL, 12.0, (72 - 32) / 1.8)
        }
    ),
    "sentinels": Case({"a_chwst": of(7.1, 7.2, -9999.0, 7.2, 32767.0, 7.3, 999.9, 7.1)}),
    "rollover": Case({"m_kwh": of(999990.0, 999995.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0)}),
    "excel_sci_counter": Case({"m_kwh": of(1.23457e11, times=8)}, says=("M.KWH", "rounded")),
    "multistate": lossy(
        {"a_mode": of(NULL, NULL, 0.0, NULL, NULL, NULL), "a_st": of(1.0, 0.0, NULL, NULL, 1.0, NULL)},
        says=("neither on nor off", "AUTO", "Tripped", "states:"),
    ),
    "multistate_named": Case({"a_mode": of(2.0, 1.0, 0.0, 3.0, 4.0, 5.0), "a_st": of(1.0, 0.0, 2.0, 3.0, 1.0, 4.0)}),
    "scaled_counter": Case({"m_kwh": steps(120, 4, 10)}),
    "missing_variants": Case({"a_t": of(NULL, times=21)}, cells={"missing": 21, "unrecognised": 0}),
    # Day and month have changed places.
    "excel_swap_office_hours": refused("day and month"),
    "excel_swap_one_day_with_range": refused("day and month"),
    "excel_swap_two_days": refused("day and month"),
    "range_mismatch": Case(A, says=("2025-12-01 to 2025-12-31", "2026-01-10 to 2026-01-10")),
    # A clock that was wrong for a row.
    "glitch_2000": GLITCH,
    "glitch_2089": GLITCH,
    "us_two_days_15min": Case({"a_t": of(*steps(20, 7), times=28)[:192]}, first="2026-05-01T00:00"),
    "us_weekly_5min": Case({"a_t": of(*steps(20, 7), times=288)}, first="2026-05-01T00:00", resample="5m"),
    "us_month_plain": Case({"a_t": of(*steps(20, 7), times=426)[:2976]}, first="2026-05-01T00:00"),
    "us_month_with_range": Case({"a_t": of(*steps(20, 7), times=426)[:2976]}, first="2026-05-01T00:00"),
    "us_month_with_range_gz": Case({"a_t": of(*steps(20, 7), times=426)[:2976]}, first="2026-05-01T00:00"),
    "excel_us_resave_ymd_range": Case({"a_t": of(*steps(20, 9), times=23)[:200], "b_t": of(30, times=200)}),
    # What spreadsheets and other countries make of dates and times.
    "two_digit_year": Case(A, first="2026-01-14T00:00"),
    "cjk_date": Case(A),
    "roc_year": Case(A),
    "month_names": Case(A, first="2026-01-09T23:00"),
    "ampm": Case(A),
    "us_ampm": Case(A, first="2026-05-14T00:00"),
    "cjk_halves_of_the_day": Case(A, first="2026-01-10T11:15"),
    "fullwidth_digits": Case(A),
    "subsecond": Case(A),
    "interval_hms": Case(A),
    "midnight_24": Case({"a_t": steps(20, 13)}, first="2026-01-10T22:00"),
    # Clocks that change.
    "dst_fold_ok": Case(FOLD, first="2025-11-02T00:30", zone=CHICAGO),
    "dst_fold_desc": Case(FOLD, first="2025-11-02T00:30", zone=CHICAGO),
    "dst_fold_hourly": Case({"a_t": steps(100, 4)}, first="2025-11-02T00:00", zone=CHICAGO, resample="1h"),
    # A value holds until the next one, in the order of the instants.
    "dst_fold_cov": Case(
        {"a_t": of(1.0, 1497 / 900, 2.0, 2.0, 2391 / 900, 3436 / 900, 4.0, 3900 / 900, 5.0, 5340 / 900)},
        first="2025-11-02T00:45",
        zone=CHICAGO,
    ),
    "cov_irregular": Case(
        {
            "a_t": of(18569 / 893, *of(21.0, times=5), 19141 / 900, *of(22.0, times=5), 20699 / 900),
            "p_st": of(184 / 893, *of(0.0, times=5), 241 / 900, *of(1.0, times=5), 1 / 900),
        },
        unflagged=True,
    ),
    "dst_fold_dup_row": Case({"a_t": of(100, 101, 102, *range(104, 113))}, first="2025-11-02T00:30", zone=CHICAGO),
    "dst_gap": Case(
        {"a_t": [*steps(0, 8), *steps(12, 8)]},
        first="2026-03-08T00:00",
        zone=CHICAGO,
        cells={"conflict_losers": 0},
        says=("does not keep daylight saving time", 'clock: "-06:00"'),
    ),
    "std_clock_zurich": Case(says=("does not keep daylight saving time", 'clock: "+01:00"'), zone=ZURICH),
    # Text.
    "latin1_degree": Case({"a_t": steps(20.5, 4)}),
    "gbk": refused("GBK"),
    "utf8_stray_byte_states": lossy({"p_st": of(0.0, 1.0, times=4), "a_t": of(30.5, 30.5, 30.5, NULL, 30.5, 30.5, 30.5, 30.5)}),
    "utf16_nobom": Case(A),
    "excel_unicode_text": Case(A | {"b_t": of(5, times=8)}),
    "resaved_with_semicolons": Case(A | {"b_t": of(5, times=8)}),
    "cr_only": Case(A),
    # Names.
    "dup_point": Case({"b_t": steps(40, 4)}, {"a.csv": "A.T"}),
    "empty_name": Case({"b_t": steps(40, 4)}, {"a.csv": "Point_2"}),
    "name_case": Case(code=2, says=("AHU1.T", "ahu1.t", "a.csv", "b.csv")),
    "nbsp_name": Case({"ahu_1_t": steps(20, 8)}),
    "name_colon_suffix": Case({"plant_dem_total_hi": [*steps(20, 4), *steps(40, 4)]}),
    # Rows.
    "space_after_comma_all": Case(A | {"b_t": steps(30, 8)}),
    "trailing_comma_rows_only": Case(A | {"b_t": steps(30, 8)}),
    "jitter": Case(
        {"a_t": of(20.0, 21.5, NULL, 23.0, 24.5, NULL, 26.0, 27.5, NULL, 29.0, 30.5)},
        says=("4 bins of 15m with two rows, beside 3 with none",),
    ),
    "excel_hashes": lossy(
        {"a_t": of(21.0, 22.0, 23.0, NULL, 25.0, 26.0, 27.0)}, first="2026-01-10T00:15", says=("2 of 8 rows have no date",)
    ),
    "no_final_newline_unquoted": Case({"a_t": steps(20, 7)}),
    "nul_tail": Case(A),
    "quoted_newline_title": Case(A),
    "gz_upper": Case(A),
    "other_ext": Case({"a_t": steps(20, 8)}, refused={"c.xlsx": "zip archive is damaged"}),
}

#: Other forms of export.
CASES |= {
    "siemens_print_pages": Case(
        {"pnl1_22_aux": steps(68, 10, 0.5), "pnl1_22_occ": of(1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0)},
        first="2023-09-14T00:00",
        zone=CHICAGO,
        resample="5m",
        cells={"rejected": 0, "missing": 0, "unrecognised": 0},
    ),
    # Means are of the time before their row, samples of its instant.
    "toa5_roof": Case(
        {"airt_avg": of(11.0, 14.0, 17.0, 20.0, NULL), "rh": of(50.5, 53.0, 56.0, 59.0, 61.0)},
        cells={"used": 23, "missing": 13, "rejected": 0},
        says=("totals are not read", "a.csv: Rain_Tot"),
    ),
}

#: Cases without an answer yet.
LATER = {"fullwidth_name"}


def test_every_case_has_its_answer():
    assert {path.name for path in FIELD.iterdir()} == CASES.keys() | LATER


def committed(data):
    """Values by column and time."""
    found = defaultdict(dict)
    for part in sorted((data / "processed").rglob("*.parquet")):
        for row in pq.read_table(part).to_pylist():
            for column, value in row.items():
                found[column][row["timestamp"]] = value
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_of_the_field(trendgate, tmp_path, name):
    case = CASES[name]
    config = FIELD / name / "site.yaml"
    words = ["--config", config] if config.exists() else []
    options = ["--site", "S", "--timezone", case.zone, "--resample", case.resample]
    done = trendgate("run", FIELD / name / "in", *words, *options, "--data-dir", tmp_path / "data", "--json")
    assert done.code == case.exit, done.err
    for word in case.says:
        assert word in done.err
    for file, word in case.refused.items():
        assert file in done.err
        assert word.lower() in done.err.lower()
    if done.code in (1, 2):
        assert not list((tmp_path / "data").rglob("*.parquet"))
        return
    assert {Path(entry["file"]).name for entry in done.json["failed_files"]} == case.refused.keys()
    for fate, count in case.cells.items():
        assert done.json["cells"][fate] == count
    start = datetime.fromisoformat(case.first).replace(tzinfo=ZoneInfo(case.zone)).astimezone(timezone.utc)
    step = {"5m": timedelta(minutes=5), "15m": timedelta(minutes=15), "1h": timedelta(hours=1)}[case.resample]
    found = committed(tmp_path / "data")
    for column, values in case.columns.items():
        there = [found[column].pop(start + place * step) for place in range(len(values))]
        assert there == [value if value is NULL else pytest.approx(value) for value in values]
        assert not found[column]
    assert not (case.unflagged and any(found["quality_flags"].values()))


def test_a_clock_that_never_changes_is_read_as_it_is_stated(trendgate, tmp_path):
    config = tmp_path / "site.yaml"
    config.write_text('cleaner: {clock: "+01:00", points: {M.KWH: {physical_type: energy_counter}}}\n')
    options = ["--config", config, "--site", "S", "--timezone", ZURICH, "--resample", "15m"]
    done = trendgate("run", FIELD / "std_clock_zurich" / "in", *options, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    assert "daylight" not in done.err
    readings = committed(tmp_path / "data")["m_kwh"]
    for start, first in (("2023-03-25", 5000), ("2023-10-28", 9000)):
        start = datetime.fromisoformat(start).replace(tzinfo=timezone(timedelta(hours=1)))
        there = [readings.pop(start + step * timedelta(minutes=15)) for step in range(288)]
        assert there == pytest.approx([first + step * 0.02 for step in range(288)])
    assert not readings
