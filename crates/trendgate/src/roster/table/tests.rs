//! Which names and patterns describe which points, and what is refused.

use super::*;
use crate::config::Config;
use crate::model::{Aggregation, Unit, may_both_fit};
use crate::time::HOUR;

fn table(points: &str) -> Result<PointTable> {
    PointTable::new(
        &Config::parse(&format!("cleaner:\n  points: {points}\n"))
            .unwrap()
            .cleaner
            .points,
        &BTreeSet::new(),
        UnitSystem::Metric,
    )
}

fn id(name: &str) -> PointId {
    PointId {
        name: name.to_owned(),
        suffix: String::new(),
    }
}

#[test]
fn a_name_goes_before_a_pattern_and_the_type_decides_the_aggregation() {
    let table = table(r#"{"*.KWH": {physical_type: energy_counter, unit: kWh}, "A.KWH": {agg: max}, "*.ST": {physical_type: status}}"#).unwrap();
    let roster = table
        .roster([id("A.KWH"), id("B.KWH"), id("C.ST"), id("D.T")])
        .unwrap();
    let shown: Vec<_> = roster
        .iter()
        .map(|s| (s.column.as_str(), s.aggregation, s.mapped))
        .collect();
    assert_eq!(
        shown,
        [
            ("a_kwh", Aggregation::Max, true),
            ("b_kwh", Aggregation::Last, true),
            ("c_st", Aggregation::Max, true),
            ("d_t", Aggregation::Mean, false)
        ]
    );
    assert_eq!(table.unmatched(&roster), Vec::<&str>::new());
}

#[test]
fn patterns_count_characters_of_any_script() {
    for (pattern, text, expected) in [
        ("外氣??", "外氣溫度", true),
        ("外氣?", "外氣溫度", false),
        ("*溫*", "外氣溫度", true),
        ("A*B*C", "AxxBBC", true),
        ("A*B*C", "AxxBBCD", false),
        ("*", "", true),
        ("?", "", false),
        ("A[1]!{*}", "A[1]!{x}", true),
        ("**", "abc", true),
        ("a?c*", "abc", true),
    ] {
        assert_eq!(is_of_pattern(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn two_patterns_may_both_fit_what_some_text_is_of_both() {
    for (one, other, expected) in [
        ("*.KW", "CH*", true),
        ("*.KW", "CH1.*", true),
        ("*.KW", "*.KWH", false),
        ("CH?.KW", "CH10.*", false),
        ("CH?.KW", "CH1.*", true),
        ("AHU*", "CH*", false),
        ("*", "?", true),
        ("a*b*c", "a*c", true),
        ("??", "?", false),
        ("外*", "*溫", true),
        ("", "*", true),
        ("", "?", false),
    ] {
        assert_eq!(may_both_fit(one, other), expected, "{one} {other}");
        assert_eq!(may_both_fit(other, one), expected, "{other} {one}");
    }
}

#[test]
fn later_patterns_count_where_no_other_one_fits_and_names_go_before_both() {
    let points = r#"{"*.KW": {unit: W}, "CH*": {unit: kW}, "CH1.KW": {unit: MW}}"#;
    let config = Config::parse(&format!("cleaner:\n  points: {points}\n")).unwrap();
    let later = BTreeSet::from(["*.KW".to_owned()]);
    let table = PointTable::new(&config.cleaner.points, &later, UnitSystem::Metric).unwrap();
    let units = |table: &PointTable, name| {
        let roster = table.roster([id(name)]);
        roster.map(|roster| roster[0].unit.map(|unit| unit.symbol()))
    };
    assert_eq!(units(&table, "CH1.KW").unwrap(), Some("MW"));
    assert_eq!(units(&table, "CH2.KW").unwrap(), Some("kW"));
    assert_eq!(units(&table, "P1.KW").unwrap(), Some("W"));
    let alike = PointTable::new(&config.cleaner.points, &BTreeSet::new(), UnitSystem::Metric);
    let error = units(&alike.unwrap(), "CH2.KW").unwrap_err();
    assert!(error.message().ends_with("differently"), "{error}");
}

#[test]
fn a_name_is_met_however_blanks_stand_around_the_colon_of_its_suffix() {
    let table = table(
        r#"{"X: Y": {unit: kW}, "Ku\u0308hler\u00a0:\tA": {unit: V}, "P*: KW": {unit: W}, "a: b": {unit: A}, "Z: no": {}}"#,
    )
    .unwrap();
    let roster = table
        .roster([
            point_id("X:Y", ""),
            point_id("Kühler: A", ""),
            point_id("P1", "KW"),
            // A suffix of its own leaves the colon in the name.
            point_id("a: b", "c"),
        ])
        .unwrap();
    let units: Vec<_> = roster.iter().map(|spec| spec.unit).collect();
    assert_eq!(
        units,
        [
            Some(Unit::Ampere),
            Some(Unit::Volt),
            Some(Unit::Watt),
            Some(Unit::Kilowatt)
        ]
    );
    assert_eq!(table.unmatched(&roster), ["Z:no"]);
    assert_eq!(
        table.of_column("x_y").unwrap().unwrap().unit,
        Some(Unit::Kilowatt)
    );
}

#[test]
fn a_suffix_is_part_of_the_column_and_of_the_name() {
    let point = PointId {
        name: "A.B".into(),
        suffix: "x".into(),
    };
    let spec = &table(r#"{"A.B:x": {unit: kW}}"#)
        .unwrap()
        .roster([point])
        .unwrap()[0];
    assert_eq!(
        (spec.column.as_str(), spec.unit),
        ("a_b_x", Some(Unit::Kilowatt))
    );
}

#[test]
fn a_point_is_judged_by_its_type_unless_it_says_otherwise() {
    let table = table(
        "{A: {physical_type: power}, B: {physical_type: power, unit: W, running: A, frozen: {min_duration: 3h}}, \
         C: {physical_type: flow, frozen: {enabled: false}, plausible: {min: 0, max: 9}}, D: {physical_type: status}}",
    )
    .unwrap();
    let roster = table.roster(["A", "B", "C", "D"].map(id)).unwrap();
    assert_eq!(roster[0].frozen, PhysicalType::Power.stand_still());
    let frozen = roster[1].frozen.unwrap();
    assert_eq!(
        (frozen.min_duration, frozen.idle_below),
        (3 * HOUR, Some(1.0))
    );
    assert_eq!(roster[1].unit, Some(Unit::Watt));
    assert_eq!(roster[1].dataset_unit(), Some(Unit::Kilowatt));
    assert_eq!(roster[1].running.unwrap().column, Some(ColumnId::new(0)));
    assert_eq!(
        (roster[2].frozen, roster[2].plausible),
        (None, Some((0.0, 9.0)))
    );
    assert_eq!((roster[3].unit, roster[3].frozen), (None, None));
}

#[test]
fn the_unit_system_gives_the_units_that_points_do_not_state() {
    let config = Config::parse(
        "cleaner:\n  unit_system: imperial\n  points: {A: {physical_type: flow}, B: {physical_type: flow, unit: L/s}, \
         C: {physical_type: cooling_load}, D: {physical_type: power}, E: {physical_type: setpoint}}\n",
    )
    .unwrap();
    let unit_system = config.cleaner.unit_system;
    let table = PointTable::new(&config.cleaner.points, &BTreeSet::new(), unit_system).unwrap();
    let roster = table.roster(["A", "B", "C", "D", "E"].map(id)).unwrap();
    let units: Vec<_> = roster.iter().map(|spec| spec.unit).collect();
    assert_eq!(
        units,
        [
            Some(Unit::UsGallonPerMinute),
            Some(Unit::LitrePerSecond),
            Some(Unit::RefrigerationTon),
            Some(Unit::Kilowatt),
            None
        ]
    );
}

#[test]
fn columns_that_cannot_be_are_refused_with_both_points() {
    let error = |points: &str, names: &[&str]| {
        let table = match table(points) {
            Ok(table) => table,
            Err(error) => return error.to_string(),
        };
        table
            .roster(names.iter().map(|name| id(name)))
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(error("{}", &["A.B", "A-B"]), @r#"the points "A.B" and "A-B" would both give the column "a_b""#);
    insta::assert_snapshot!(error("{}", &["Time.Stamp", "TIMESTAMP"]), @r#"the point "TIMESTAMP" would give the column "timestamp", which is reserved"#);
    insta::assert_snapshot!(error("{}", &["..."]), @r#"the point "..." would give the column "", which is no name"#);
    insta::assert_snapshot!(error(r#"{"*A": {unit: kW}, "B*": {unit: W}}"#, &["BA"]), @r#"the point "BA" is described by the patterns "*A" and "B*", differently"#);
    insta::assert_snapshot!(error("{A: {physical_type: flow, unit: kW}}", &[]), @r#"cleaner.points "A": a flow cannot be in kW"#);
    insta::assert_snapshot!(error("{A: {plausible: {min: 3, max: 3}}}", &[]), @r#"cleaner.points "A": plausible: expected a min below the max"#);
    insta::assert_snapshot!(error("{A: {frozen: {tolerance: -1}}}", &[]), @r#"cleaner.points "A": frozen: expected a tolerance and an idle_below of at least 0"#);
    insta::assert_snapshot!(error("{A: {name: CHW Supply}}", &[]), @r#"cleaner.points "A": "CHW Supply" is not the name of a column"#);
    insta::assert_snapshot!(error(r#"{"A*": {name: x}}"#, &[]), @r#"the pattern "A*" has a name, which several points would share"#);
}
