//! The shapes that are met in the field: what `init` writes, a run reads to the values that stand beside each.

use super::*;

fn shape(name: &str, zone: &str) -> Outcome {
    let path = format!(
        "{}/../../checks/shapes/{name}/in",
        env!("CARGO_MANIFEST_DIR")
    );
    outcome(Path::new(&path), zone)
}

/// The value of a point at an instant.
fn value(outcome: &Outcome, point: &str, instant: &str) -> Option<f64> {
    let values = outcome
        .points
        .get(point)
        .unwrap_or_else(|| panic!("{point}\n{}", outcome.yaml));
    values
        .iter()
        .find(|(time, _)| time == instant)
        .map(|(_, value)| *value)
}

/// What is expected of a shape: points, distinct times, the first and the last, values.
struct Expected {
    shape: &'static str,
    zone: &'static str,
    points: &'static [&'static str],
    rows: usize,
    first: &'static str,
    last: &'static str,
    values: &'static [(&'static str, &'static str, f64)],
}

const WIDE: [Expected; 7] = [
    Expected {
        shape: "ahu-wide-one-time-column",
        zone: "America/Chicago",
        points: &[
            "AHU: Outdoor Air Damper Control Signal",
            "AHU: Supply Air Fan Status",
            "AHU: Supply Air Temperature",
            "Occupancy Mode Indicator",
        ],
        rows: 20,
        first: "2019-04-04T04:50:00Z",
        last: "2019-04-04T05:09:00Z",
        values: &[("AHU: Supply Air Temperature", "2019-04-04T05:00:00Z", 56.5)],
    },
    Expected {
        shape: "us-wide-bom-decimal",
        zone: "America/Los_Angeles",
        points: &["CO2-val", "Elec-val", "WiFi-val", "truth-val"],
        rows: 10,
        first: "2019-07-03T06:40:00Z",
        last: "2019-07-03T07:25:00Z",
        values: &[("CO2-val", "2019-07-03T07:05:00Z", 84.0)],
    },
    Expected {
        shape: "wide-date-time-datetime",
        zone: "America/Chicago",
        points: &[
            "DischargeTemperature",
            "HeatCoolMode",
            "STPTDIAL",
            "ScheduleMode",
        ],
        rows: 12,
        first: "2021-12-03T05:30:00Z",
        last: "2021-12-03T06:25:00Z",
        values: &[("DischargeTemperature", "2021-12-03T05:40:00Z", 53.5)],
    },
    Expected {
        shape: "wide-ampm-units-row",
        zone: "America/Chicago",
        points: &["Fan Energy", "Filter DP", "Occupied", "SA Temp"],
        rows: 12,
        first: "2026-01-16T05:00:00Z",
        last: "2026-01-16T06:50:00Z",
        values: &[
            ("Fan Energy", "2026-01-16T05:10:00Z", 1235.1),
            ("Occupied", "2026-01-16T05:40:00Z", 0.0),
        ],
    },
    Expected {
        shape: "semicolon-wide-standard-clock",
        zone: "Etc/GMT-1",
        points: &["FlatX_Ele", "FlatY_Ele"],
        rows: 10,
        first: "2023-03-26T00:30:00Z",
        last: "2023-03-26T02:45:00Z",
        values: &[("FlatX_Ele", "2023-03-26T01:00:00Z", 5619.929)],
    },
    Expected {
        shape: "headerless-epoch-ms",
        zone: "America/Los_Angeles",
        points: &["temp"],
        rows: 12,
        first: "2024-01-01T08:00:00Z",
        last: "2024-01-01T19:00:00Z",
        values: &[("temp", "2024-01-01T10:00:00Z", 51.0)],
    },
    Expected {
        shape: "epoch-per-point-csv",
        zone: "Australia/Brisbane",
        points: &[
            "Demo_Tower_L5_Chiller_9_CHWST",
            "Demo_Tower_L5_Chiller_9_Status",
        ],
        rows: 17,
        first: "2025-01-01T00:00:00Z",
        last: "2025-01-01T02:45:00Z",
        values: &[("Demo_Tower_L5_Chiller_9_CHWST", "2025-01-01T01:00:00Z", 6.9)],
    },
];

const ENTRIES: [Expected; 3] = [
    Expected {
        shape: "mbus-gwf-long",
        zone: "Europe/Zurich",
        points: &[
            "1/energy",
            "1/flow temperature",
            "1/temperature difference",
            "1/volume flow",
            "2/energy",
            "2/flow temperature",
            "2/temperature difference",
            "2/volume flow",
        ],
        rows: 3,
        first: "2024-01-31T23:00:00Z",
        last: "2024-02-02T23:00:00Z",
        values: &[
            ("1/energy", "2024-02-01T23:00:00Z", 721.0),
            ("2/flow temperature", "2024-02-02T23:00:00Z", 28.0),
        ],
    },
    Expected {
        shape: "long-semicolon-status",
        zone: "Europe/Berlin",
        points: &["Gebäude 7.Heizung.VL", "Gebäude 7.Wärme"],
        rows: 4,
        first: "2026-03-29T00:30:00Z",
        last: "2026-03-29T01:15:00Z",
        values: &[
            ("Gebäude 7.Heizung.VL", "2026-03-29T01:00:00Z", 49.5),
            ("Gebäude 7.Wärme", "2026-03-29T01:15:00Z", 1_204_107.5),
        ],
    },
    Expected {
        shape: "interval-day-per-row",
        zone: "Asia/Taipei",
        points: &["TP-88001", "TP-88002"],
        rows: 192,
        first: "2026-01-30T16:00:00Z",
        last: "2026-02-01T15:45:00Z",
        values: &[
            ("TP-88001", "2026-01-30T16:00:00Z", 10.0),
            ("TP-88001", "2026-02-01T15:45:00Z", 11.95),
            ("TP-88002", "2026-01-31T16:00:00Z", 5.0),
        ],
    },
];

const SHEETS: [Expected; 1] = [Expected {
    shape: "niagara-xlsx-sheets",
    zone: "Asia/Singapore",
    points: &["MDB2_KW", "MDB2_KWH"],
    rows: 12,
    first: "2024-11-02T16:00:00Z",
    last: "2024-11-03T03:00:00Z",
    values: &[
        ("MDB2_KW", "2024-11-02T21:00:00Z", 112.5),
        ("MDB2_KWH", "2024-11-03T03:00:00Z", 1_701_105.5),
    ],
}];

fn is_read(expected: &Expected) -> Outcome {
    let found = shape(expected.shape, expected.zone);
    let about = format!("{}\n{}\n{}", expected.shape, found.shown(), found.yaml);
    assert!(found.failed.is_empty(), "{about}");
    assert_eq!(
        found.points.keys().collect::<Vec<_>>(),
        expected.points,
        "{about}"
    );
    let times: std::collections::BTreeSet<&String> = found
        .points
        .values()
        .flatten()
        .map(|(time, _)| time)
        .collect();
    assert_eq!(times.len(), expected.rows, "{about}");
    assert_eq!(
        (
            times.first().unwrap().as_str(),
            times.last().unwrap().as_str()
        ),
        (expected.first, expected.last),
        "{about}"
    );
    for (point, at, number) in expected.values {
        let found = value(&found, point, at);
        assert!(
            found.is_some_and(|found| (found - number).abs() < 1e-9),
            "{point} {found:?}\n{about}"
        );
    }
    found
}

#[test]
fn wide_shapes_need_no_line_by_hand() {
    WIDE.iter().for_each(|expected| drop(is_read(expected)));
}

#[test]
fn shapes_with_one_value_or_one_day_a_row_need_no_line_by_hand() {
    ENTRIES.iter().for_each(|expected| drop(is_read(expected)));
}

#[test]
fn a_workbook_with_exchanged_dates_needs_one_line_that_stands_there_as_a_comment() {
    let found = shape("alc-ivu-report-xlsx", "Australia/Melbourne");
    assert_eq!(found.failed.len(), 1, "{}", found.yaml);
    assert!(
        found.yaml.contains("# mend: exchanged_day_month"),
        "{}",
        found.yaml
    );
    assert!(found.yaml.contains("format: sheet"), "{}", found.yaml);
    assert!(
        found.yaml.contains("\n    \"CHWST\": "),
        "its points are proposed: {}",
        found.yaml
    );
}

#[test]
fn sheets_with_one_point_each_need_no_line_by_hand() {
    SHEETS.iter().for_each(|expected| drop(is_read(expected)));
}

#[test]
fn words_of_which_nothing_says_which_is_which_are_left_to_a_person() {
    let found = shape("wide-date-time-datetime", "America/Chicago");
    let line = found
        .yaml
        .lines()
        .find(|line| line.contains("HeatCoolMode"))
        .unwrap();
    assert_eq!(
        line.trim(),
        r#"# "HeatCoolMode": {states: {"COOL": ?, "HEAT": ?}}   # other texts 12 (COOL, HEAT); defined"#
    );
}

#[test]
fn one_line_in_seven_at_most_is_marked() {
    let (mut marked, mut lines) = (0, 0);
    for expected in WIDE.iter().chain(&ENTRIES).chain(&SHEETS) {
        let found = shape(expected.shape, expected.zone);
        let own = found.yaml.lines().filter(|line| line.starts_with("    "));
        let own: Vec<&str> = own.collect();
        let is_comment = |line: &&&str| line.trim_start().starts_with('#');
        let checks = own
            .iter()
            .filter(is_comment)
            .filter(|line| line.contains("CHECK"))
            .count();
        let fields = own.iter().filter(|line| !is_comment(line)).count();
        println!(
            "{}: {checks} of {fields} lines are marked CHECK",
            expected.shape
        );
        marked += checks;
        lines += fields;
    }
    println!(
        "all shapes: {marked} of {lines} lines are marked CHECK ({} %)",
        marked * 100 / lines
    );
    assert!(marked * 100 <= lines * 15, "{marked} of {lines}");
}
