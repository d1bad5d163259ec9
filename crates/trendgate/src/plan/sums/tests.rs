//! Which points are added up, over which time, and what is refused.

use super::*;
use crate::acquire::{DialectId, ReportPoint, Trend};
use crate::config::{Config, Overrides, Settings};
use crate::model::PointId;
use crate::plan::DatasetPoints;
use crate::time::{HOUR, MINUTE};
use std::collections::BTreeSet;

const QUARTER: Span = MINUTE.times(15);

/// A report of these points with their definitions, and its interval.
type Said<'a> = (&'a [(&'a str, Trend)], Option<Span>);

/// For each point the name of what becomes of its samples, over which time its numbers are sums, and whether they are left out.
fn settled(points: &str, reports: &[Said<'_>]) -> Result<Vec<String>> {
    let text = format!(
        "cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 1h\n  points: {points}\n"
    );
    let settings = Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap();
    let declared: Vec<Vec<ReportPoint>> = reports
        .iter()
        .map(|(points, _)| {
            let point = |(name, trend): &(&str, Trend)| ReportPoint {
                id: PointId::new(name, ""),
                definition: String::new(),
                trend: *trend,
            };
            points.iter().map(point).collect()
        })
        .collect();
    let shapes: Vec<Shape<'_>> = declared
        .iter()
        .zip(reports)
        .map(|(points, (_, interval))| Shape {
            points,
            interval: *interval,
            dialect: DialectId::default(),
            entry: None,
        })
        .collect();
    let points = DatasetPoints::new(&shapes, settings.description(), &BTreeSet::new())?;
    let shown = |spec: &PointSpec| {
        let over = spec
            .sum_over
            .map_or(String::new(), |over| format!(" {over}"));
        let left_out = if spec.left_out { " left out" } else { "" };
        format!("{}{over}{left_out}", spec.aggregation.name())
    };
    Ok(points.roster.iter().map(shown).collect())
}

fn refused(points: &str, reports: &[Said<'_>]) -> String {
    let error = settled(points, reports).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
    format!("{error} ({})", error.hint_text().unwrap_or_default())
}

const PLAIN: Trend = Trend {
    interval: None,
    change_of_value: false,
    is_total: false,
};
const TOTAL: Trend = Trend {
    is_total: true,
    ..PLAIN
};
const QUARTERLY: Trend = Trend {
    interval: Some(QUARTER),
    ..PLAIN
};

#[test]
fn the_interval_of_a_sum_is_the_points_own_else_that_of_all_its_reports() {
    let points = "{A: {agg: sum}, B: {physical_type: energy, interval: 30m}, C: {agg: last}}";
    let each = [("A", PLAIN), ("B", PLAIN), ("C", PLAIN)];
    let found = settled(points, &[(&each, Some(QUARTER))]).unwrap();
    assert_eq!(found, ["sum 15m", "sum 30m", "last"]);
    let by_trend = settled("{A: {agg: sum}}", &[(&[("A", QUARTERLY)], None)]).unwrap();
    assert_eq!(by_trend, ["sum 15m"]);
    let again = [
        (&[("A", QUARTERLY)][..], None),
        (&[("A", PLAIN)], Some(QUARTER)),
    ];
    assert_eq!(settled("{A: {agg: sum}}", &again).unwrap(), ["sum 15m"]);
    let whole = settled("{A: {agg: sum}}", &[(&[("A", PLAIN)], Some(HOUR))]).unwrap();
    assert_eq!(whole, ["sum 1h"]);
}

#[test]
fn what_a_report_calls_a_total_is_added_up_unless_the_configuration_says_otherwise() {
    let totals = [("A", TOTAL), ("B", TOTAL), ("C", TOTAL), ("D", PLAIN)];
    let points = "{A: {interval: 15m}, B: {agg: last}, D: {interval: 15m}}";
    let found = settled(points, &[(&totals, None)]).unwrap();
    assert_eq!(found, ["sum 15m", "last", "mean left out", "mean"]);
    let found = settled("{}", &[(&totals, Some(QUARTER))]).unwrap();
    assert_eq!(found, ["sum 15m", "sum 15m", "sum 15m", "mean"]);
    let held = settled("{A: {interval: cov}}", &[(&totals[..1], None)]).unwrap();
    assert_eq!(held, ["held_mean left out"]);
}

#[test]
fn a_sum_over_an_unknown_time_or_one_that_bins_cannot_hold_is_refused() {
    let point = "{A.KWH: {agg: sum}}";
    let changes = Trend {
        change_of_value: true,
        ..PLAIN
    };
    insta::assert_snapshot!(refused(point, &[(&[("A.KWH", PLAIN)], None)]), @r#"the point "A.KWH" is to be added up (agg: sum), and nothing says over which time each of its numbers is a sum (state it under cleaner.points, such as `"A.KWH": {interval: 15m}`)"#);
    insta::assert_snapshot!(refused(point, &[(&[("A.KWH", PLAIN)], Some(QUARTER)), (&[("A.KWH", PLAIN)], Some(HOUR))]), @r#"the point "A.KWH" is to be added up (agg: sum), and its reports do not agree over which time each of its numbers is a sum (15m, 1h) (state it under cleaner.points, such as `"A.KWH": {interval: 15m}`)"#);
    insta::assert_snapshot!(refused(point, &[(&[("A.KWH", PLAIN)], Some(7 * MINUTE))]), @r#"the numbers of the point "A.KWH" are sums over 7m each, which bins of 1h (cleaner.resample_interval) cannot be made of (set cleaner.resample_interval to a multiple of 7m; or keep each number where it stands: `"A.KWH": {agg: last}` under cleaner.points)"#);
    insta::assert_snapshot!(refused("{A.KWH: {agg: sum, interval: 2h}}", &[(&[("A.KWH", PLAIN)], None)]), @r#"the numbers of the point "A.KWH" are sums over 2h each, which bins of 1h (cleaner.resample_interval) cannot be made of (set cleaner.resample_interval to a multiple of 2h; or keep each number where it stands: `"A.KWH": {agg: last}` under cleaner.points)"#);
    insta::assert_snapshot!(refused(point, &[(&[("A.KWH", changes)], None)]), @r#"the point "A.KWH" is to be added up (agg: sum) and logs its changes of value, which are no sums over a time (under cleaner.points state the `interval` that each of its numbers is a sum over, or another agg: `"A.KWH": {agg: last}`)"#);
    let total = refused("{A.KWH: {interval: 1d}}", &[(&[("A.KWH", TOTAL)], None)]);
    assert!(total.contains("sums over 1d each"), "{total}");
}
