"""Forms that are met in the field: what `trendgate init` writes for each, a run takes, and reads to the right values.

Three need one line by hand, which stands in what `init` writes as a comment: a person has to decide it. Names and numbers are made up.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from test_field import committed

SHAPES = Path(__file__).resolve().parent / "shapes"
NULL = None


def celsius(fahrenheit):
    return pytest.approx((fahrenheit - 32) / 1.8)


@dataclass(frozen=True)
class Shape:
    """The zone of a site, what a run reads by the proposal, and the comment that has to be made a line."""

    zone: str
    columns: int
    first: str
    last: str
    values: dict
    decided: str = ""
    resample: str = "15m"
    code: int = 0


SHAPE = {
    "ahu-wide-one-time-column": Shape(
        "America/Chicago", 4, "2019-04-04T04:50Z", "2019-04-04T05:09Z",
        {("ahu_supply_air_temperature", "2019-04-04T05:00Z"): celsius(56.5)}, resample="1m",
    ),
    "alc-ivu-report-xlsx": Shape(
        "Australia/Melbourne", 4, "2025-03-11T09:00Z", "2025-03-12T14:00Z",
        {("chwst", "2025-03-11T13:00Z"): 7.4, ("line_current", "2025-03-12T14:00Z"): 39.5},
        decided="mend: exchanged_day_month", resample="1h",
    ),
    "epoch-per-point-csv": Shape(
        "Australia/Brisbane", 2, "2025-01-01T00:00Z", "2025-01-01T02:45Z",
        {("demo_tower_l5_chiller_9_chwst", "2025-01-01T01:00Z"): 6.9},
    ),
    "headerless-epoch-ms": Shape(
        "America/Los_Angeles", 1, "2024-01-01T08:00Z", "2024-01-01T19:00Z", {("temp", "2024-01-01T10:00Z"): 51}, resample="1h",
    ),
    "interval-day-per-row": Shape(
        "Asia/Taipei", 2, "2026-01-30T16:00Z", "2026-02-01T15:45Z",
        {
            ("tp_88001", "2026-01-30T16:00Z"): 10.0,
            ("tp_88001", "2026-02-01T15:45Z"): 11.95,
            ("tp_88002", "2026-01-31T16:00Z"): 5.0,
            ("tp_88002", "2026-01-31T18:30Z"): NULL,
        },
    ),
    "long-semicolon-status": Shape(
        "Europe/Berlin", 2, "2026-03-29T00:30Z", "2026-03-29T01:15Z",
        {
            ("gebäude_7_heizung_vl", "2026-03-29T01:00Z"): 49.5,
            ("gebäude_7_wärme", "2026-03-29T01:00Z"): NULL,
            ("gebäude_7_wärme", "2026-03-29T01:15Z"): 1204107.5,
        },
    ),
    "mbus-gwf-long": Shape(
        "Europe/Zurich", 8, "2024-01-31T23:00Z", "2024-02-02T23:00Z",
        {("1_energy", "2024-02-01T23:00Z"): 721, ("2_flow_temperature", "2024-02-02T23:00Z"): 28}, resample="1h",
    ),
    "metasys-extractor-long": Shape(
        "UTC", 2, "2024-02-10T00:00Z", "2024-02-10T01:15Z",
        {("demo_nae1_fc_1_ahu2_zn_t", "2024-02-10T01:15Z"): celsius(72.5)}, decided="date_order: mdy",
    ),
    "niagara-history-csv": Shape(
        "Europe/Lisbon", 1, "2025-05-15T11:30Z", "2025-05-15T13:15Z", {("ahu3_supplyt", "2025-05-15T13:15Z"): 20.25},
    ),
    "niagara-xlsx-sheets": Shape(
        "Asia/Singapore", 2, "2024-11-02T16:00Z", "2024-11-03T03:00Z",
        {("mdb2_kw", "2024-11-02T21:00Z"): 112.5, ("mdb2_kwh", "2024-11-03T03:00Z"): 1701105.5}, resample="1h",
    ),
    "semicolon-wide-standard-clock": Shape(
        "Europe/Zurich", 2, "2023-03-26T00:30Z", "2023-03-26T02:45Z", {("flatx_ele", "2023-03-26T01:00Z"): 5619.929},
    ),
    "siemens-scheduler-us-one-day": Shape(
        "America/Anchorage", 3, "2024-07-08T08:00Z", "2024-07-08T09:55Z",
        {("plant7_oa_t", "2024-07-08T08:15Z"): celsius(61.4)}, decided="date_order: mdy", resample="5m",
    ),
    "us-wide-bom-decimal": Shape(
        "America/Los_Angeles", 4, "2019-07-03T06:40Z", "2019-07-03T07:25Z", {("co2_val", "2019-07-03T07:05Z"): 84}, resample="5m",
    ),
    "wide-ampm-units-row": Shape(
        "America/Chicago", 4, "2026-01-16T05:00Z", "2026-01-16T06:50Z",
        {("sa_temp", "2026-01-16T06:00Z"): celsius(58), ("occupied", "2026-01-16T05:40Z"): 0}, resample="10m",
    ),
    "wide-date-time-datetime": Shape(
        "America/Chicago", 4, "2021-12-03T05:30Z", "2021-12-03T06:25Z",
        # Words that no table knows are a comment for a person, and unrecognised until it is a line.
        {("dischargetemperature", "2021-12-03T05:40Z"): 53.5, ("heatcoolmode", "2021-12-03T05:40Z"): NULL}, resample="5m", code=3,
    ),
}


def decided(text, line):
    """The proposal with the comment that is this line made one, as a person would."""
    return text.replace(f"# {line}\n", f"{line}\n", 1)


def proposed(trendgate, shape, tmp_path, folder):
    done = trendgate("init", folder, "--site", "S", "--timezone", shape.zone)
    text = done.out
    if shape.decided:
        assert done.code == 3, done.err
        assert f"# {shape.decided}\n" in text
        text = decided(text, shape.decided)
    else:
        assert done.code == 0, done.err
    config = tmp_path / "site.yaml"
    config.write_text(text, encoding="utf-8")
    return config


@pytest.mark.parametrize("name", sorted(SHAPE))
def test_what_init_writes_a_run_reads_to_the_right_values(trendgate, tmp_path, name):
    shape, folder = SHAPE[name], SHAPES / name / "in"
    config = proposed(trendgate, shape, tmp_path, folder)
    data = tmp_path / "data"
    done = trendgate("run", folder, "--config", config, "--resample", shape.resample, "--data-dir", data, "--json")
    assert done.code == shape.code, done.err + config.read_text()
    found = committed(data)
    columns = found.keys() - {"timestamp", "quality_flags"}
    assert len(columns) == shape.columns, columns
    times = sorted(found["timestamp"])
    assert (times[0], times[-1]) == (datetime.fromisoformat(shape.first), datetime.fromisoformat(shape.last))
    for (column, time), value in shape.values.items():
        there = found[column][datetime.fromisoformat(time)]
        assert there == (value if value is None or not isinstance(value, float) else pytest.approx(value)), (column, time)


def test_the_share_of_lines_to_check(trendgate, tmp_path):
    marked = lines = 0
    for name, shape in sorted(SHAPE.items()):
        text = trendgate("init", SHAPES / name / "in", "--site", "S", "--timezone", shape.zone).out
        assert not text or yaml.safe_load(text)["cleaner"]["site_id"] == "S"
        own = [line for line in text.splitlines() if line.startswith("    ")]
        checks = sum("CHECK" in line for line in own if line.lstrip().startswith("#"))
        fields = sum(not line.lstrip().startswith("#") for line in own)
        print(f"{name}: {checks} of {fields} lines are marked CHECK")
        marked, lines = marked + checks, lines + fields
    print(f"all shapes: {marked} of {lines} lines are marked CHECK ({marked / lines:.0%})")
    assert marked <= 0.15 * lines
