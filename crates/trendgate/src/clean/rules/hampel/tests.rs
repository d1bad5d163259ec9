//! Which values the Hampel filter flags, against a plain computation of the same.

use super::*;
use crate::time::MINUTE;
use proptest::prelude::*;
use std::collections::BTreeSet;

const STEP: Span = MINUTE.times(15);
const COLUMN: ColumnId = ColumnId::new(0);

fn at(place: i64) -> Instant {
    Instant::EPOCH + place * STEP
}

fn rule(hours: i64, floor: f64) -> HampelRule {
    HampelRule {
        half_width: hours * HOUR,
        threshold: 3.0,
        floor,
    }
}

/// What is flagged, of bins that come a few at a time and leave as soon as they may.
fn flagged(
    rule: HampelRule,
    bins: &[(Instant, f64)],
    few: usize,
) -> (BTreeSet<Instant>, crate::model::RuleCounts) {
    let mut hampel = Hampel::new(COLUMN, rule, STEP);
    let mut found = BTreeSet::new();
    let (mut starts, mut values) = (Vec::new(), Vec::new());
    for (index, bin) in bins.iter().enumerate() {
        starts.push(bin.0);
        values.push(bin.1);
        let next = bins.get(index + 1);
        if (index + 1) % few == 0 || next.is_none() {
            let new = starts.len() - (index % few + 1)..starts.len();
            let months = vec![Some(crate::time::Month::of(at(0))); starts.len()];
            let here = Bins {
                starts: &starts,
                columns: std::slice::from_ref(&values),
                months: &months,
            };
            let front = next.map_or(Instant::MAX, |next| next.0);
            hampel.push(here, new, front, &mut |evidence| {
                assert_eq!(
                    (evidence.column, evidence.rule),
                    (Some(COLUMN), Rule::Hampel)
                );
                assert!(found.insert(evidence.time), "flagged once");
            });
            let needed = hampel.needed_from(&starts).unwrap_or(Instant::MAX);
            let gone = starts.partition_point(|start| *start < needed);
            starts.drain(..gone);
            values.drain(..gone);
        }
    }
    assert!(starts.is_empty(), "all can leave at the end");
    (found, Box::new(hampel).finish().counts.total())
}

/// The definition, by sorting every window.
fn by_the_book(rule: HampelRule, bins: &[(Instant, f64)]) -> (BTreeSet<Instant>, u64) {
    let sorted_median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        if values.len().is_multiple_of(2) {
            (values[half - 1] + values[half]) / 2.0
        } else {
            values[half]
        }
    };
    let (mut found, mut judged) = (BTreeSet::new(), 0);
    for (start, value) in bins.iter().filter(|(_, value)| !value.is_nan()) {
        let window: Vec<(Instant, f64)> = bins
            .iter()
            .filter(|(other, value)| !value.is_nan() && (*other - *start).abs() <= rule.half_width)
            .copied()
            .collect();
        let sides = window.iter().any(|(other, _)| other < start)
            && window.iter().any(|(other, _)| other > start);
        if window.len() < 5 || !sides {
            continue;
        }
        judged += 1;
        let middle = sorted_median(window.iter().map(|(_, value)| *value).collect());
        let mad = sorted_median(
            window
                .iter()
                .map(|(_, value)| (value - middle).abs())
                .collect(),
        );
        let limit = (rule.threshold * (mad / QUARTILE)).max(rule.floor);
        if (value - middle).abs() > limit + rounding(value.abs().max(middle.abs())) {
            found.insert(*start);
        }
    }
    (found, judged)
}

#[test]
fn a_spike_is_flagged_and_a_step_of_the_last_digit_is_not() {
    let mut values = [7.0; 20];
    values[8] = 9.0;
    values[14] = 7.1;
    let bins: Vec<(Instant, f64)> = (0..).map(at).zip(values).collect();
    let (found, counts) = flagged(rule(1, 0.5), &bins, 7);
    assert_eq!(found, BTreeSet::from([at(8)]));
    assert_eq!((counts.flagged, counts.good), (1, 17));
    assert_eq!(counts.not_judged[&NotJudged::TooShort], 2, "the ends");
    assert_eq!(
        flagged(rule(1, 0.0), &bins, 7).0,
        BTreeSet::from([at(8), at(14)])
    );
}

#[test]
fn a_value_exactly_on_the_floor_is_no_outlier_in_any_unit() {
    let celsius = |tenths: i32| {
        let value = f64::from(tenths) / 10.0;
        crate::model::Unit::Fahrenheit
            .convert(value, crate::model::Unit::Celsius)
            .unwrap()
    };
    for calm in 300..900 {
        // 0.9 °F are 0.5 K, the floor, and 1.0 °F are more.
        for (away, expected) in [(9, 0), (-9, 0), (10, 1), (-10, 1)] {
            let mut values = [celsius(calm); 9];
            values[4] = celsius(calm + away);
            let bins: Vec<(Instant, f64)> = (0..).map(at).zip(values).collect();
            let (found, _) = flagged(rule(1, 0.5), &bins, 9);
            assert_eq!(found.len(), expected, "{calm} and {away} tenths of °F");
        }
    }
}

proptest! {
    #[test]
    fn every_window_sorted_gives_the_same(
        steps in prop::collection::vec((prop_oneof![8 => Just(1_i64), 1 => 2..9_i64], prop_oneof![
            8 => (60..75_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
            2 => Just(f64::NAN),
            1 => (0..200_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
        ]), 0..200),
        // A window of 9 bins, which is counted, and one of 161, which is not.
        hours in prop_oneof![Just(1), Just(20)],
        floor in prop_oneof![Just(0.0), Just(0.5)],
        few in 1..12_usize,
    ) {
        let mut place = 0;
        let bins: Vec<(Instant, f64)> = steps
            .into_iter()
            .map(|(step, value)| {
                place += step;
                (at(place), value)
            })
            .collect();
        let (expected, judged) = by_the_book(rule(hours, floor), &bins);
        let (found, counts) = flagged(rule(hours, floor), &bins, few);
        prop_assert_eq!(found, expected);
        prop_assert_eq!(counts.judged(), judged);
        prop_assert_eq!(counts.bins(), bins.len() as u64);
    }
}
