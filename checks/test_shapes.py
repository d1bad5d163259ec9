"""Forms of export that a run knows by their content, each with what a correct import of it yields.

`shapes/NAME/in` is a folder to run on. All names and numbers are made up.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from test_field import committed

SHAPES = Path(__file__).resolve().parent / "shapes"
NULL = None


@dataclass(frozen=True)
class Shape:
    """What an import of a folder yields: columns, some of their values by the instant of their bin, cells by their fate."""

    zone: str
    columns: set
    values: dict
    first: str
    last: str
    cells: dict
    stated: str = ""
    resample: str = "15m"
    code: int = 0
    says: tuple = field(default=())


SHAPES_READ = {
    "siemens-point-blocks": Shape(
        "America/Anchorage",
        {"wing_2_tec_room_temp", "wing_fan3", "wing_dead", "wing_oat"},
        {
            ("wing_2_tec_room_temp", "2025-02-13T10:00Z"): 72.25,
            ("wing_oat", "2025-02-13T09:15Z"): 13.5,
            ("wing_oat", "2025-02-13T09:00Z"): NULL,
            ("wing_fan3", "2025-02-13T08:00Z"): 1.0,
        },
        "2025-02-13T08:00Z",
        "2025-02-13T10:00Z",
        {"input": 20, "unrecognised": 1},
        code=3,
        says=("ERROR (0)",),
    ),
    "niagara-history-csv": Shape(
        "Europe/Lisbon",
        {"ahu3_supplyt"},
        {
            ("ahu3_supplyt", "2025-05-15T11:45Z"): 18.75,
            ("ahu3_supplyt", "2025-05-15T12:00Z"): NULL,
            ("ahu3_supplyt", "2025-05-15T13:15Z"): 20.25,
        },
        "2025-05-15T11:30Z",
        "2025-05-15T13:15Z",
        {"input": 8, "missing": 3, "rejected": 0},
    ),
    "haystack-zinc-hisread": Shape(
        "America/New_York",
        {"demo_ahu_sat"},
        {
            ("demo_ahu_sat", "2024-03-10T06:30Z"): pytest.approx((55.5 - 32) / 1.8),
            ("demo_ahu_sat", "2024-03-10T06:45Z"): NULL,
            ("demo_ahu_sat", "2024-03-10T07:00Z"): pytest.approx((56.25 - 32) / 1.8),
        },
        "2024-03-10T06:30Z",
        "2024-03-10T07:30Z",
        {"input": 5, "missing": 2},
    ),
    # Nothing in it proves the order of day and month.
    "metasys-extractor-long": Shape(
        "UTC",
        {"demo_nae1_fc_1_ahu2_zn_t", "demo_nae1_fc_1_ahu2_sf_s"},
        {
            ("demo_nae1_fc_1_ahu2_zn_t", "2024-02-10T01:15Z"): pytest.approx((72.5 - 32) / 1.8),
            ("demo_nae1_fc_1_ahu2_zn_t", "2024-02-10T00:45Z"): NULL,
            ("demo_nae1_fc_1_ahu2_sf_s", "2024-02-10T00:15Z"): 1.0,
        },
        "2024-02-10T00:00Z",
        "2024-02-10T01:15Z",
        {"input": 12, "missing": 1},
        stated="date_order: mdy",
    ),
}


def instant(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", sorted(SHAPES_READ))
def test_a_form_of_export_is_read_to_its_right_values(trendgate, tmp_path, name):
    shape = SHAPES_READ[name]
    options = ["--site", "S", "--timezone", shape.zone, "--resample", shape.resample, "--data-dir", tmp_path / "data", "--json"]
    if shape.stated:
        unstated = trendgate("run", SHAPES / name / "in", *options)
        assert unstated.code == 1
        assert shape.stated.split(":")[0] in unstated.err
        config = tmp_path / "site.yaml"
        config.write_text(f"cleaner: {{{shape.stated}}}\n")
        options += ["--config", config]
    done = trendgate("run", SHAPES / name / "in", *options)
    assert done.code == shape.code, done.err
    for word in shape.says:
        assert word in done.err
    for fate, count in shape.cells.items():
        assert done.json["cells"][fate] == count, fate
    found = committed(tmp_path / "data")
    assert found.keys() - {"timestamp", "quality_flags"} == shape.columns
    times = sorted(found["timestamp"])
    assert (times[0], times[-1]) == (instant(shape.first), instant(shape.last))
    for (column, time), value in shape.values.items():
        assert found[column][instant(time)] == value, (column, time)
    again = trendgate("run", SHAPES / name / "in", *options)
    assert (again.code, again.json["status"]) == (0, "nothing_new")


def test_a_change_of_one_point_ends_no_value_of_another(trendgate, tmp_path):
    rows = {
        "A.T": ["0:00:00,10", "0:20:00,14", "0:20:00,16", "0:30:00,20"],
        "B.T": ["0:10:00,1", "0:20:00,3", "0:40:00,5"],
    }
    blocks = [
        f"Point Name:,{name}\nTrend Every:,COV\n" + "".join(f"1/20/2026,{row}, -N-\n" for row in values) + ",,,\n"
        for name, values in rows.items()
    ]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("".join(blocks) + "End of Report\n")
    options = ["--site", "S", "--timezone", "UTC", "--resample", "15m", "--data-dir", tmp_path / "data"]
    done = trendgate("run", tmp_path / "in", *options)
    assert done.code == 0, done.err
    found = committed(tmp_path / "data")
    times = [instant(f"2026-01-20T00:{minute:02}Z") for minute in (0, 15, 30)]
    assert [found["a_t"][time] for time in times] == pytest.approx([10, (5 * 10 + 10 * 16) / 15, 20])
    assert [found["b_t"][time] for time in times] == pytest.approx([1, (5 * 1 + 10 * 3) / 15, (10 * 3 + 5 * 5) / 15])
