use super::*;
use crate::config::{Config, Overrides, Settings};
use crate::model::{ColumnId, PointId, Running};

const POINTS: &str = "{S.*: {physical_type: status}, F.*: {physical_type: flow}, '*.T': {physical_type: water_temperature}, \
                      '*.KW': {physical_type: power}, '*.HZ': {physical_type: frequency}}";

fn resolve(equipment: &str, names: &[&str]) -> (Vec<PointSpec>, Result<Equipment>) {
    let text = format!(
        "cleaner:\n  site_id: A\n  timezone: UTC\n  points: {POINTS}\n  equipment: {equipment}\n"
    );
    let settings = Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap();
    let ids = names.iter().map(|name| PointId {
        name: (*name).to_owned(),
        suffix: String::new(),
    });
    let roster = settings.points().roster(ids).unwrap();
    let found = settings.equipment.resolve(&roster);
    (roster, found)
}

const CHILLER: &str = "{flow: F.1, supply: S1.T, return: R1.T, load: Q.KW, capacity_kw: 1000, running: S.1, needs: {pump: [P1, P2]}}";

#[test]
fn machines_are_checked_by_the_columns_of_their_points() {
    let equipment = format!(
        "{{chillers: {{CH1: {CHILLER}}}, pumps: {{P1: {{running: S.2}}, P2: {{frequency: P.HZ, power: P.KW, rated_frequency: 60, rated_power_kw: 45}}}}}}"
    );
    let names = ["F.1", "S1.T", "R1.T", "Q.KW", "S.1", "S.2", "P.HZ", "P.KW"];
    let (roster, found) = resolve(&equipment, &names);
    let found = found.unwrap();
    let name = |column: ColumnId| roster[column].id.to_string();
    let shown: Vec<String> = found
        .checks
        .iter()
        .map(|check| {
            let inputs = check.inputs();
            let inputs = inputs
                .iter()
                .map(|(role, c)| format!("{role}={}", name(*c)));
            let inputs = inputs.collect::<Vec<_>>().join(" ");
            format!(
                "{} {} {} [{inputs}]",
                check.equipment,
                check.rule().name(),
                name(check.column)
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "CH1 heat_load Q.KW [flow=F.1 load=Q.KW return=R1.T running=S.1 supply=S1.T]",
            "CH1 needs S.1 [pump: P1=S.2 pump: P2=P.HZ running=S.1]",
            "P2 affinity P.KW [frequency=P.HZ power=P.KW running=P.HZ]",
        ]
    );
    assert!(found.off.is_empty());
    // A pump without a state of its own is at rest below a tenth of its rated speed.
    assert!((found.checks[2].state.rest - 6.0).abs() < 1e-12);
    assert_eq!(found.checks[0].state.at(|_| 0.0), Running::No);
    assert_eq!(found.checks[0].state.at(|_| f64::NAN), Running::Unknown);
}

#[test]
fn a_point_that_no_report_has_yet_turns_its_check_off_and_says_which() {
    let equipment = format!(
        "{{chillers: {{CH1: {CHILLER}}}, pumps: {{P1: {{running: S.2}}, P2: {{running: S.3}}}}}}"
    );
    let (_, found) = resolve(&equipment, &["F.1", "S1.T", "Q.KW", "S.1", "S.2"]);
    let found = found.unwrap();
    let off: Vec<_> = found.off.iter().map(|off| off.missing.join(" ")).collect();
    assert_eq!(off, ["R1.T", "S.3"]);
    let [needs] = found.checks.as_slice() else {
        panic!("{:?}", found.checks)
    };
    let Check::Needs(needs) = &needs.check else {
        panic!()
    };
    assert_eq!(needs[0].any_of[1].1.at(|_| 1.0), Running::Unknown);
}

#[test]
fn a_point_that_measures_something_else_is_refused_and_so_is_one_for_two_machines() {
    let refusal =
        |equipment: &str, names: &[&str]| resolve(equipment, names).1.unwrap_err().to_string();
    let names = ["F.1", "S1.T", "R1.T", "Q.KW", "S.1", "P.HZ", "P.KW", "X"];
    let chiller = CHILLER
        .replace("R1.T", "X")
        .replace(", needs: {pump: [P1, P2]}", "");
    insta::assert_snapshot!(refusal(&format!("{{chillers: {{CH1: {chiller}}}}}"), &names), @r#"cleaner.equipment.chillers "CH1": return: expected a point in °C, and the unit of "X" is none"#);
    let pump = "{frequency: P.HZ, power: P.KW, rated_frequency: 60, rated_power_kw: 45}";
    insta::assert_snapshot!(refusal(&format!("{{pumps: {{P1: {}}}}}", pump.replace("P.HZ", "P.KW")), &names), @r#"cleaner.equipment.pumps "P1": frequency: expected a point in Hz or %, and the unit of "P.KW" is kW"#);
    insta::assert_snapshot!(refusal(&format!("{{pumps: {{P1: {pump}, P2: {pump}}}}}"), &names), @r#"cleaner.equipment: "P1" and "P2" would both be judged by the point "P.KW""#);
    insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S.1, needs: {pump: [P1]}}}, pumps: {P1: {}}}", &names), @r#"cleaner.equipment.chillers "CH1": needs: expected a running point, or another measurement, of "P1": otherwise nobody knows when it runs"#);
    insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S1.T, needs: {pump: [P1]}}}, pumps: {P1: {running: S.1}}}", &names), @r#"cleaner.equipment.chillers "CH1": expected a state, or a measurement that is 0 at rest; "S1.T" is in °C"#);
}

#[test]
fn a_point_is_found_however_blanks_stand_around_the_colon_of_its_suffix() {
    let (roster, _) = resolve("{}", &["X:Y", "X:Z"]);
    assert_eq!(
        find(&roster, "", "X :\u{a0}Z").unwrap(),
        Some(ColumnId::new(1))
    );
    assert_eq!(find(&roster, "", "X: W").unwrap(), None);
}

/// What is checked of the meters at a site with these points.
fn metered(meters: &str, names: &[&str]) -> Result<Equipment> {
    let points = "{'*.KW': {physical_type: power}, '*.KWH': {physical_type: energy_counter}, 'M.E': {physical_type: energy_counter, agg: mean}}";
    let text = format!(
        "cleaner:\n  site_id: A\n  timezone: UTC\n  points: {points}\n  meters: {meters}\n"
    );
    let settings = Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap();
    let ids = names.iter().map(|name| PointId::new(name, ""));
    let roster = settings.points().roster(ids).unwrap();
    settings.description().checks(&roster)
}

#[test]
fn a_meter_is_checked_by_its_power_under_its_counter_and_waits_for_points_that_no_report_has() {
    let names = ["M.KW", "M.KWH"];
    let meters = "{MDB: {power: M.KW, energy: M.KWH}, SUB: {power: S.KW, energy: S.KWH}}";
    let found = metered(meters, &names).unwrap();
    let [check] = found.checks.as_slice() else {
        panic!("{:?}", found.checks)
    };
    assert_eq!((check.equipment.as_str(), check.column.index()), ("MDB", 1));
    assert_eq!(
        check.check,
        Check::Meter {
            power: ColumnId::new(0)
        }
    );
    let off: Vec<_> = found.off.iter().map(|off| off.missing.join(" ")).collect();
    assert_eq!(off, ["S.KW S.KWH"]);
}

#[test]
fn a_meter_of_points_that_measure_something_else_and_a_counter_of_two_meters_are_refused() {
    let names = ["M.KW", "M.KWH", "M.E", "N.KW"];
    let refusal = |meters: &str| metered(meters, &names).unwrap_err().to_string();
    insta::assert_snapshot!(refusal("{MDB: {power: M.KWH, energy: M.KWH}}"), @r#"cleaner.meters "MDB": power: expected a point in kW, and the unit of "M.KWH" is kWh"#);
    insta::assert_snapshot!(refusal("{MDB: {power: M.KW, energy: M.E}}"), @r#"cleaner.meters "MDB": energy: expected a counter, of which the last reading counts; of "M.E" it is the mean"#);
    insta::assert_snapshot!(refusal("{A: {power: M.KW, energy: M.KWH}, B: {power: N.KW, energy: M.KWH}}"), @r#"cleaner.meters: "A" and "B" would both be judged by the point "M.KWH""#);
}
