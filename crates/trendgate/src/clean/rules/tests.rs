//! What the list of rules promises, held against every rule in it.

use super::*;
use crate::clean::EvenRules;
use crate::model::{
    Check, ColumnId, DesignPoint, EquipmentCheck, HampelRule, HeatLimits, PointId, RunState,
    StandStill, Unit, UnitSystem, Water,
};
use crate::roster::{PointConfig, PointTable, RULES_STAND_ELSEWHERE};
use crate::time::{DAY, HOUR, MINUTE};
use std::collections::{BTreeMap, BTreeSet};

const MADE_BY: EvenRules = EvenRules {
    interval: MINUTE.times(15),
    max_gap: HOUR,
    min_coverage: 0.5,
};

fn is_of_points(entry: &RuleEntry) -> bool {
    matches!(entry.judges, Judges::Points { .. })
}

/// A point in kW that nothing judges.
fn point() -> PointSpec {
    let table = PointTable::new(&BTreeMap::new(), &BTreeSet::new(), UnitSystem::default());
    let roster = table.unwrap().roster([PointId::new("P1.KW", "")]);
    let mut point = roster.unwrap().remove(0);
    point.unit = Some(Unit::Kilowatt);
    point
}

/// A point in kW that every rule of points judges.
fn judged_point() -> PointSpec {
    PointSpec {
        plausible: Some((0.0, 90.0)),
        hampel: Some(HampelRule {
            half_width: HOUR,
            threshold: 3.0,
            floor: 0.5,
        }),
        frozen: Some(StandStill {
            tolerance: 0.25,
            min_duration: 4 * HOUR,
            idle_below: None,
        }),
        ..point()
    }
}

/// A check of every rule of equipment.
fn checks() -> Vec<EquipmentCheck> {
    let column = ColumnId::new;
    let water = Water {
        flow: column(0),
        cold: column(1),
        warm: column(2),
    };
    let limits = HeatLimits {
        capacity: 500.0,
        design_delta_t: 5.5,
        temperature_error: 0.1,
        flow_error: 0.01,
        tolerance: None,
    };
    let checks = [
        Check::HeatLoad {
            water,
            load: column(3),
            limits,
        },
        Check::HeatBalance {
            water,
            condenser: water,
            power: column(3),
            drive_loss: 0.0,
            pump_heat: 0.0,
            limits,
        },
        Check::Affinity {
            frequency: column(0),
            power: column(3),
            design: DesignPoint {
                frequency: 50.0,
                power: 45.0,
                exponent: 3.0,
                band: (0.65, 1.25),
                low_speed_band: (0.5, 1.5),
            },
        },
        Check::Needs(Vec::new()),
        Check::Meter { power: column(3) },
    ];
    let check = |check| EquipmentCheck {
        equipment: "CH-1".to_owned(),
        column: column(3),
        state: RunState {
            column: None,
            rest: 0.0,
        },
        settle: 30 * MINUTE,
        check,
    };
    checks.map(check).into()
}

#[test]
fn every_rule_of_points_begins_where_a_point_has_it_and_nowhere_else() {
    let column = ColumnId::new(0);
    for entry in &RULES {
        let begun = entry.begin_point(column, &judged_point(), MADE_BY);
        assert_eq!(begun.is_some(), is_of_points(entry), "{:?}", entry.rule);
        let begun = entry.begin_point(column, &point(), MADE_BY);
        assert!(begun.is_none(), "{:?}", entry.rule);
        assert_eq!(
            entry.point_reach(&point(), MADE_BY),
            None,
            "{:?}",
            entry.rule
        );
    }
}

#[test]
fn every_check_of_equipment_begins_by_its_own_rule() {
    let mut begun = BTreeSet::new();
    for check in &checks() {
        let entry = entry(check.rule());
        assert!(entry.begin_check(check, MADE_BY).is_some(), "{check:?}");
        begun.insert(entry.rule);
    }
    let of_equipment = RULES
        .iter()
        .filter(|entry| matches!(entry.judges, Judges::Equipment { .. }))
        .map(|entry| entry.rule);
    assert_eq!(begun, of_equipment.collect());
}

#[test]
fn what_is_looked_at_is_the_most_that_any_rule_looks_at() {
    let equipment = |checks| crate::model::Equipment {
        checks,
        off: Vec::new(),
    };
    let around = |before, after| Some(crate::clean::Look { before, after });
    let none = equipment(Vec::new());
    assert_eq!(reach(&[point()], &none, MADE_BY), None);
    let in_range = PointSpec {
        plausible: Some((0.0, 90.0)),
        ..point()
    };
    assert_eq!(reach(&[in_range], &none, MADE_BY), None, "but the bin");
    // Four hours and five times the longest gap.
    let nine = 9 * HOUR;
    assert_eq!(
        reach(&[point(), judged_point()], &none, MADE_BY),
        around(nine, nine)
    );
    assert_eq!(
        reach(&[judged_point()], &equipment(checks()), MADE_BY),
        around(8 * DAY, DAY),
        "a meter looks farther back than ahead"
    );
}

#[test]
fn a_point_that_is_logged_rarely_may_stand_still_for_longer_and_nothing_else_of_it_changes() {
    let mut point = judged_point();
    fit_to_trend(&mut point, HOUR);
    assert_eq!(point, judged_point(), "four hours are four intervals");
    fit_to_trend(&mut point, 2 * HOUR);
    let expected = judged_point().frozen.map(|still| StandStill {
        min_duration: 8 * HOUR,
        ..still
    });
    assert_eq!(
        point,
        PointSpec {
            frozen: expected,
            ..judged_point()
        }
    );
}

#[test]
fn every_rule_of_points_has_a_field_of_its_name_in_the_configuration() {
    let fields = serde_json::to_value(PointConfig::default()).unwrap();
    for entry in RULES.iter().filter(|entry| is_of_points(entry)) {
        let name = entry.rule.name();
        assert!(fields.get(name).is_some(), "{name}");
        assert!(
            RULES_STAND_ELSEWHERE.contains(&format!("`{name}`")),
            "{name}"
        );
    }
}

#[test]
fn every_rule_says_why_in_the_unit_of_the_column() {
    let sentences = RULES.iter().map(|entry| {
        let why = entry.words.why(&Breach {
            value: Some(7.0),
            low: Some(8.0),
            high: Some(9.5),
            unit: "kW",
            stretch: &|| ["noon", "one"].map(str::to_owned),
        });
        format!("{}: {why}", entry.rule.name())
    });
    insta::assert_snapshot!(sentences.collect::<Vec<_>>().join("\n"), @"
    plausible: 7 kW is outside the plausible range, 8 kW to 9.5 kW
    hampel: 7 kW is far from the values around it, which suggest 8 kW to 9.5 kW
    frozen: it stands still (within 2.5 kW) for longer than it should: flagged from noon to one
    heat_load: the load is 7 kW, and the heat of the water suggests 8 kW to 9.5 kW
    heat_balance: the power is 7 kW, and the heats of both waters leave 8 kW to 9.5 kW for it
    affinity: the power is 7 kW, and the speed asks for 8 kW to 9.5 kW
    needs: it runs, and 7 of the 8 things that it needs do
    meter: since the day before the counter went on by 7 kW, and the power of the same meter says 8 kW to 9.5 kW
    not_finite: the reports had 7, which no sensor measures: it was removed
    no_sample: no report has a number for this time
    coverage: a kind of report that was running covers less than 8 kW of the bin
    partial_sum: the numbers that are there do not cover the bin whole (together they are 7 kW), so it has no sum
    required: the point is required, and has no value
    ");
}

#[test]
fn what_evidence_does_not_have_is_said_to_be_unknown() {
    let why = |rule| {
        entry(rule).words.why(&Breach {
            value: None,
            low: None,
            high: None,
            unit: "kW",
            stretch: &|| ["noon", "one"].map(str::to_owned),
        })
    };
    assert_eq!(
        why(Rule::Hampel),
        "? is far from the values around it, which suggest ? to ?"
    );
    assert_eq!(
        why(Rule::Frozen),
        "it stands still (within ?) for longer than it should: flagged from noon to one"
    );
}

#[test]
fn limits_and_remedies_are_those_of_the_point() {
    let point = judged_point();
    let limits = ConfiguredLimits {
        point: Some(&point),
        min_coverage: Some(0.5),
    };
    let known = RULES.iter().filter_map(|entry| {
        let limit = entry.words.limit(&limits)?;
        Some(format!("{}: {limit}", entry.rule.name()))
    });
    insta::assert_snapshot!(known.collect::<Vec<_>>().join("\n"), @"
    plausible: 0 to 90 kW
    hampel: 3 σ and 0.5 kW from the median of ±1h
    frozen: no change within 0.25 kW for 4h
    coverage: at least 0.5 of the bin
    ");
    let unknown = ConfiguredLimits {
        point: None,
        min_coverage: None,
    };
    assert!(
        RULES
            .iter()
            .all(|entry| entry.words.limit(&unknown).is_none())
    );
    let common = "look at the evidence: `trendgate explain` says why each is flagged";
    let remedies = RULES
        .iter()
        .map(|entry| (entry.rule, entry.words.remedy(&point)));
    let of_their_own = remedies.filter(|(_, remedy)| remedy != common);
    let remedies = of_their_own.map(|(rule, remedy)| format!("{}: {remedy}", rule.name()));
    insta::assert_snapshot!(remedies.collect::<Vec<_>>().join("\n"), @"
    plausible: is the unit kW right? if not, state `unit` under cleaner.points; if the values are right, state `plausible`
    hampel: is the filter too close? state `hampel` under cleaner.points
    frozen: does the sensor still measure? if it may stand still, state `frozen: {enabled: false}` under cleaner.points
    partial_sum: does each number stand at the beginning, or the end, of an interval? state the point's `interval` under cleaner.points, or `snap` in the entry of cleaner.sources that reads it
    ");
    let without_unit = PointSpec {
        unit: None,
        ..point
    };
    assert_eq!(
        entry(Rule::Plausible).words.remedy(&without_unit),
        "is the range right? state `plausible` under cleaner.points"
    );
}
