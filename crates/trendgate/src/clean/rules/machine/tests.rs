//! Which bins a check of a machine judges, and which their neighbours keep from it.

use super::*;
use crate::model::{DesignPoint, Rule, RunState};
use crate::time::{HOUR, MINUTE};
use proptest::prelude::*;
use std::collections::BTreeSet;

const STEP: Span = MINUTE.times(15);

fn at(place: i64) -> Instant {
    Instant::EPOCH + place * STEP
}

/// A bin: its place on the axis, frequency, power, state.
type Bin = (Instant, [f64; 3]);

fn pump(settle: Span) -> EquipmentCheck {
    EquipmentCheck {
        equipment: "P1".to_owned(),
        column: ColumnId::new(1),
        state: RunState {
            column: Some(ColumnId::new(2)),
            rest: 0.0,
        },
        settle,
        check: Check::Affinity {
            frequency: ColumnId::new(0),
            power: ColumnId::new(1),
            design: DesignPoint {
                frequency: 60.0,
                power: 45.0,
                exponent: 3.0,
                band: (0.65, 1.25),
                low_speed_band: (0.5, 1.5),
            },
        },
    }
}

fn judged(check: &EquipmentCheck, bins: &[Bin]) -> (BTreeSet<Instant>, super::super::RuleCounts) {
    let mut machine = Machine::new(check, STEP);
    let mut flagged = BTreeSet::new();
    let mut take = |evidence: Evidence| {
        assert_eq!(
            (evidence.column, evidence.rule),
            (Some(ColumnId::new(1)), Rule::Affinity)
        );
        assert!(flagged.insert(evidence.time), "once");
    };
    for (start, row) in bins {
        machine.pass(*start, &mut take);
        machine.take(
            *start,
            Some(crate::time::Month::of(at(0))),
            |column| row[column],
            &mut take,
        );
        let held = i64::try_from(machine.readings.len()).unwrap();
        assert!(held <= 2 * (check.settle.max(STEP) / STEP) + 2);
    }
    machine.pass(Instant::MAX, &mut take);
    (flagged, machine.verdict().counts.total())
}

fn series(rows: &[[f64; 3]]) -> Vec<Bin> {
    (0..).map(at).zip(rows.iter().copied()).collect()
}

#[test]
fn near_a_start_or_stop_and_while_the_speed_changes_nothing_is_judged() {
    let (good, bad) = ([48.0, 23.0, 1.0], [48.0, 45.0, 1.0]);
    let rest = [0.0, 0.0, 0.0];
    let bins = series(&[rest, bad, bad, good, good, bad, rest, bad]);
    let (flagged, counts) = judged(&pump(STEP), &bins);
    assert_eq!(flagged, BTreeSet::from([at(2)]));
    assert_eq!((counts.flagged, counts.good, counts.bins()), (1, 2, 8));
    assert_eq!(counts.not_judged[&NotJudged::AtRest], 2);
    assert_eq!(counts.not_judged[&NotJudged::StartOrStop], 3);
    let faster = [52.0, 30.0, 1.0];
    let (_, counts) = judged(&pump(STEP), &series(&[good, good, faster, faster, faster]));
    assert_eq!(counts.not_judged[&NotJudged::Unsteady], 2);
    assert_eq!(counts.good, 3);
}

#[test]
fn what_is_not_known_hides_nothing_of_its_neighbours() {
    let n = f64::NAN;
    let bad = [48.0, 45.0, 1.0];
    let bins = series(&[bad, [n, 45.0, 1.0], [48.0, n, 1.0], [48.0, 45.0, n], bad]);
    let (flagged, counts) = judged(&pump(STEP), &bins);
    assert_eq!(flagged, BTreeSet::from([at(0), at(4)]));
    assert_eq!(counts.not_judged[&NotJudged::MissingInput], 1);
    assert_eq!(counts.not_judged[&NotJudged::NoValue], 1);
    assert_eq!(counts.not_judged[&NotJudged::StateUnknown], 1);
}

#[test]
fn weeks_begin_on_monday() {
    let monday = "2016-11-28T00:00:00Z".parse().unwrap();
    assert_eq!(week_of(monday), monday);
    assert_eq!(week_of(monday - Span::from_nanos(1)), monday - 7 * DAY);
    assert_eq!(week_of(monday + 6 * DAY + HOUR), monday);
}

fn bins() -> impl Strategy<Value = Vec<Bin>> {
    let number = |values: &'static [f64]| prop::sample::select(values);
    let row = (
        number(&[48.0, 48.5, 52.0, 40.0, 30.0, f64::NAN]),
        number(&[23.0, 24.0, 45.0, f64::NAN]),
        number(&[1.0, 1.0, 1.0, 1.0, 0.0, f64::NAN]),
    );
    let step = prop_oneof![9 => Just(1_i64), 1 => 2..9_i64];
    prop::collection::vec((step, row), 0..60).prop_map(|rows| {
        let mut place = 0;
        rows.into_iter()
            .map(|(step, (hertz, power, state))| {
                place += step;
                (at(place), [hertz, power, state])
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_bin_with_all_its_neighbours_gives_the_same(bins in bins(), quarters in 0..5_i64) {
        let check = pump(quarters * STEP);
        let reach = check.settle.max(STEP);
        let (mut expected, mut disturbed) = (BTreeSet::new(), 0);
        for (start, [hertz, power, state]) in &bins {
            let near = || bins.iter().filter(|(other, _)| (*other - *start).abs() <= reach);
            let share = hertz / 60.0;
            let judgeable = *state == 1.0 && !power.is_nan() && share >= 0.6;
            let quiet = near().all(|(_, row)| row[2] != 0.0 && ((row[0] - hertz).abs() <= 3.0 || row[0].is_nan()));
            disturbed += u64::from(judgeable && !quiet);
            let (low, high) = if share >= 0.8 { (0.65, 1.25) } else { (0.5, 1.5) };
            let ratio = power / (45.0 * share * share * share);
            if judgeable && quiet && !(low..=high).contains(&ratio) {
                expected.insert(*start);
            }
        }
        let (flagged, counts) = judged(&check, &bins);
        prop_assert_eq!(flagged, expected);
        let reasons = [NotJudged::StartOrStop, NotJudged::Unsteady];
        let found: u64 = reasons.iter().filter_map(|reason| counts.not_judged.get(reason)).sum();
        prop_assert_eq!(found, disturbed);
        prop_assert_eq!(counts.bins(), bins.len() as u64);
    }
}
