//! `FROZEN` says that a sensor hangs: by what `init` writes, not of one that is slow, coarse, or at rest.

use super::{QUARTER, folder, hospital, initial, judged, report, start};
use trendgate::internals::model::NotJudged;
use trendgate::time::{Extent, HOUR};
use trendgate::vocabulary::Rule;

const POINTS: [(&str, &str); 4] = [
    ("AHU1.SAT", "5 minutes"),
    ("AHU2.SAT", "5 minutes"),
    ("CH1.CHST", "COV         10 minutes"),
    ("CH2.CHST", "COV"),
];

/// Twenty days: a slow sensor in steps of half a degree, a lively one, and two of chillers; all but the first hang for half of the tenth day.
fn cell(row: usize, point: usize) -> String {
    let hangs = (960..1008).contains(&row) && point > 0;
    let row = if hangs { 960 } else { row };
    let tenths = match point {
        0 => 200 + 5 * [0, 1, 2, 3, 2, 1][row / 23 % 6],
        1 => 160 + [0, 1, 0, 2, 1, 3][row % 6] + row / 7 % 5,
        _ => 70 + [0, 1, 0, 2, 1, 3, 4][row % 7],
    };
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[test]
fn a_slow_sensor_in_coarse_steps_is_not_frozen_and_a_lively_one_that_hangs_is() {
    let reports = folder(&[("a.csv", &report(&POINTS, 1920, cell))]);
    let data = tempfile::tempdir().unwrap();
    let yaml = initial(reports.path(), "UTC");
    let found = judged(data.path(), &yaml, &[reports.path().to_owned()]);
    assert_eq!(found.counts("ahu1_sat", Rule::Frozen).flagged, 0, "{yaml}");
    assert_eq!(found.counts("ahu1_sat", Rule::Frozen).good, 1920);
    let hung = Extent::new(start() + 960 * QUARTER, start() + 1007 * QUARTER);
    assert_eq!(found.stretches("ahu2_sat", Rule::Frozen), [hung], "{yaml}");
    // By the types alone the slow one stands still for longer than four hours again and again.
    let data = tempfile::tempdir().unwrap();
    let types = "cleaner: {site_id: S, timezone: UTC, resample_interval: 15m, points: {\"AHU*\": {physical_type: air_temperature, unit: °C}}}";
    let found = judged(data.path(), types, &[reports.path().to_owned()]);
    assert!(found.counts("ahu1_sat", Rule::Frozen).flagged > 1500);
}

#[test]
fn a_point_that_is_logged_by_time_beside_its_changes_is_judged_and_one_of_changes_only_is_not() {
    let reports = folder(&[("a.csv", &report(&POINTS, 1920, cell))]);
    let data = tempfile::tempdir().unwrap();
    let yaml = initial(reports.path(), "UTC");
    let found = judged(data.path(), &yaml, &[reports.path().to_owned()]);
    let hung = Extent::new(start() + 960 * QUARTER, start() + 1007 * QUARTER);
    assert_eq!(found.stretches("ch1_chst", Rule::Frozen), [hung], "{yaml}");
    let changes = found.counts("ch2_chst", Rule::Frozen);
    assert_eq!(changes.judged(), 0);
    assert_eq!(changes.not_judged[&NotJudged::ChangeOfValue], 1920);
}

#[test]
fn an_hour_of_its_own_trend_is_repeated_and_four_of_them_are_the_least() {
    // Logged hourly in a report of every quarter of an hour, and hanging for three hours, then for five.
    let hourly = |row: usize, _: usize| {
        let hour = row / 4;
        let hour = match hour {
            100..103 => 100,
            200..205 => 200,
            other => other,
        };
        format!("7.{}", hour * 7 % 10)
    };
    let reports = folder(&[("a.csv", &report(&[("CH1.CHST", "1 hour")], 1920, hourly))]);
    let data = tempfile::tempdir().unwrap();
    let yaml = initial(reports.path(), "UTC");
    let found = judged(data.path(), &yaml, &[reports.path().to_owned()]);
    let hung = Extent::new(start() + 200 * HOUR, start() + 205 * HOUR - QUARTER);
    assert_eq!(found.stretches("ch1_chst", Rule::Frozen), [hung], "{yaml}");
}

#[test]
fn the_hospital_by_init_alone_is_believed_and_its_outage_is_found_on_all_four_sensors() {
    let Some(reports) = hospital() else { return };
    let data = tempfile::tempdir().unwrap();
    let yaml = initial(&reports, "Asia/Taipei");
    let found = judged(data.path(), &yaml, &[reports]);
    let statistics = &found.manifest.statistics;
    let frozen = statistics.quality_flags_distribution[&trendgate::vocabulary::Flag::Frozen];
    assert!(frozen * 100 < statistics.total_rows * 8, "{frozen} rows");
    let mut judged = 0;
    for (column, point) in &statistics.points {
        let Some(counts) = point.rules.get(&Rule::Frozen) else {
            continue;
        };
        assert!(
            counts.flagged * 20 < counts.judged().max(1),
            "{column} {counts:?}"
        );
        judged += counts.judged();
    }
    assert!(judged > 150_000);
    let outage = Extent::new(
        "2016-11-29T02:00:00Z".parse().unwrap(),
        "2016-11-29T06:15:00Z".parse().unwrap(),
    );
    for column in ["ch5_chst", "ch5_chrt", "ch5_cwst", "ch5_cwrt"] {
        let stretches = found.stretches(column, Rule::Frozen);
        assert!(stretches.contains(&outage), "{column} {stretches:?}");
    }
}
