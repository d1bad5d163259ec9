use super::super::RuleCounts;
use super::*;
use crate::time::MINUTE;
use proptest::prelude::*;
use std::collections::BTreeSet;

const STEP: Span = MINUTE.times(15);
const VALUES: ColumnId = ColumnId::new(0);
const STATES: ColumnId = ColumnId::new(1);

fn at(place: i64) -> Instant {
    Instant::EPOCH + place * STEP
}

/// A bin of the test: its place on the axis, its value, its state.
type Bin = (Instant, f64, Option<Running>);

fn frozen(tolerance: f64, hours: i64, idle_below: Option<f64>, max_gap: Span) -> Frozen {
    let rule = StandStill {
        tolerance,
        min_duration: hours * HOUR,
        idle_below,
    };
    Frozen::new(VALUES, rule, STEP, max_gap)
}

/// What `rule` says of bins that come `few` at a time and leave as soon as they may; and how many were here at most.
fn judged_by(mut rule: Frozen, bins: &[Bin], few: usize) -> (BTreeSet<Instant>, RuleCounts, usize) {
    // A state is of all bins or of none.
    rule.running = bins.first().and_then(|bin| bin.2).map(|_| RunState {
        column: Some(STATES),
        rest: 0.0,
    });
    let mut flagged = BTreeSet::new();
    let (mut gone, mut most) = (0, 0);
    for first in (0..bins.len()).step_by(few) {
        let end = bins.len().min(first + few);
        let here = &bins[gone..end];
        most = most.max(here.len());
        let starts: Vec<Instant> = here.iter().map(|bin| bin.0).collect();
        let values: Vec<f64> = here.iter().map(|bin| bin.1).collect();
        let states = here.iter().map(|bin| match bin.2 {
            Some(Running::Yes) => 1.0,
            Some(Running::No) => 0.0,
            Some(Running::Unknown) | None => f64::NAN,
        });
        let seen = Bins {
            starts: &starts,
            columns: &[values.clone(), states.collect()],
            months: &vec![Some(crate::time::Month::of(at(0))); here.len()],
        };
        let front = bins.get(end).map_or(Instant::MAX, |next| next.0);
        let new = first - gone..here.len();
        rule.push(seen, new, front, &mut |evidence| {
            let place = starts.binary_search(&evidence.time);
            let place = place.expect("flagged before it leaves");
            assert_eq!(
                (evidence.column, evidence.value),
                (Some(VALUES), values[place])
            );
            assert!(flagged.insert(evidence.time), "flagged once");
        });
        let needed = rule.needed_from(&starts).unwrap_or(Instant::MAX);
        gone += starts.partition_point(|start| *start < needed);
    }
    assert_eq!(gone, bins.len(), "all can leave at the end");
    (flagged, Box::new(rule).finish().counts.total(), most)
}

fn judged(rule: Frozen, bins: &[Bin]) -> (BTreeSet<Instant>, RuleCounts) {
    let (flagged, counts, _) = judged_by(rule, bins, 7);
    (flagged, counts)
}

fn series(values: &[f64]) -> Vec<Bin> {
    let times = (0..).map(at);
    times.zip(values).map(|(t, v)| (t, *v, None)).collect()
}

#[test]
fn the_whole_stretch_is_flagged_and_nothing_beside_it() {
    let mut values = vec![7.0, 7.5, 8.0];
    values.extend([6.1; 9]);
    values.extend([7.0, 6.5]);
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&values));
    assert_eq!(flagged, (3..12).map(at).collect());
    assert_eq!((counts.flagged, counts.good, counts.bins()), (9, 5, 14));
    // One bin less is a quarter of an hour too short.
    values.remove(3);
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&values));
    assert_eq!((flagged.len(), counts.good), (0, 13));
}

#[test]
fn nulls_neither_break_nor_lengthen_and_gaps_and_rest_break() {
    let n = f64::NAN;
    let nulls = [6.1, n, 6.1, 6.1, 6.1, n, 6.1, n, 6.1];
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&nulls));
    assert_eq!(flagged.len(), 6);
    assert_eq!(counts.not_judged[&NotJudged::NoValue], 3);
    // Five values are too few, however long they last.
    let few = [6.1, n, n, 6.1, n, n, 6.1, n, n, 6.1, n, n, 6.1];
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&few));
    assert_eq!(
        (flagged.len(), counts.not_judged[&NotJudged::TooShort]),
        (0, 5)
    );
    // An outage as long as the duration proves nothing, even where the longest gap is longer.
    let mut outage = [n; 20];
    outage[..4].fill(6.1);
    outage[16..].fill(6.1);
    assert_eq!(
        judged(frozen(0.1, 2, None, 24 * HOUR), &series(&outage))
            .0
            .len(),
        0
    );
    let short = [n, 6.1, n, n, 6.1, 6.1, n, 6.1, n];
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&short));
    assert_eq!(flagged.len(), 0);
    assert_eq!(counts.not_judged[&NotJudged::TooShort], 4);
    let gap = [6.1, 6.1, 6.1, 6.1, n, n, n, n, n, 6.1, 6.1, 6.1];
    assert_eq!(judged(frozen(0.1, 2, None, HOUR), &series(&gap)).0.len(), 0);
    let rest = [0.0; 40];
    let (flagged, counts) = judged(frozen(0.1, 2, Some(1.0), HOUR), &series(&rest));
    assert_eq!(
        (flagged.len(), counts.not_judged[&NotJudged::AtRest]),
        (0, 40)
    );
}

#[test]
fn a_state_says_when_standing_still_is_right() {
    let bins = |state: Running| -> Vec<Bin> {
        (0..20)
            .map(|place| (at(place), 12.3, Some(state)))
            .collect()
    };
    assert_eq!(
        judged(frozen(0.1, 2, None, HOUR), &bins(Running::Yes))
            .0
            .len(),
        20
    );
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &bins(Running::No));
    assert_eq!(
        (flagged.len(), counts.not_judged[&NotJudged::AtRest]),
        (0, 20)
    );
    let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &bins(Running::Unknown));
    assert_eq!(
        (flagged.len(), counts.not_judged[&NotJudged::StateUnknown]),
        (0, 20)
    );
}

#[test]
fn of_a_stretch_of_months_hours_are_here() {
    for values in [[12.3, 12.3], [12.3, 17.0]] {
        let bins: Vec<Bin> = (0..10_000)
            .map(|place| (at(place), values[usize::from(place % 2 == 0)], None))
            .collect();
        let stands = values[0] == values[1];
        let (flagged, counts, most) = judged_by(frozen(0.1, 2, None, HOUR), &bins, 1);
        assert_eq!(flagged.len(), if stands { 10_000 } else { 0 });
        assert_eq!(counts.judged(), 10_000);
        assert!(most <= 20, "{most} were here");
    }
}

/// The definition, by trying every window.
fn by_the_book(rule: &Frozen, bins: &[Bin]) -> (BTreeSet<Instant>, BTreeSet<Instant>) {
    let StandStill {
        tolerance,
        min_duration,
        idle_below,
    } = rule.rule;
    let rests = |(_, value, state): &Bin| {
        *state == Some(Running::No)
            || (*state != Some(Running::Unknown)
                && idle_below.is_some_and(|idle| value.abs() <= idle))
    };
    let usable: Vec<usize> = (0..bins.len())
        .filter(|at| {
            !bins[*at].1.is_nan() && bins[*at].2 != Some(Running::Unknown) && !rests(&bins[*at])
        })
        .collect();
    let (mut flagged, mut too_short) = (BTreeSet::new(), BTreeSet::new());
    let unbroken = |i: usize, j: usize| {
        let inside = &usable[i..=j];
        inside.windows(2).all(|pair| {
            bins[pair[1]].0 - bins[pair[0]].0 <= rule.gap
                && !(pair[0]..pair[1]).any(|at| !bins[at].1.is_nan() && rests(&bins[at]))
        })
    };
    for b in 0..usable.len() {
        let mut longest = Span::ZERO;
        for i in 0..=b {
            for j in b..usable.len() {
                if !unbroken(i, j) {
                    continue;
                }
                let values = usable[i..=j].iter().map(|at| bins[*at].1);
                let high = values.clone().fold(f64::MIN, f64::max);
                let low = values.fold(f64::MAX, f64::min);
                if j - i + 1 < FEWEST {
                    continue;
                }
                let length = bins[usable[j]].0 - bins[usable[i]].0;
                longest = longest.max(length);
                if high - low <= tolerance + 1e-7 && length >= min_duration {
                    flagged.insert(bins[usable[b]].0);
                }
            }
        }
        if longest < min_duration.max(Span::from_nanos(1)) {
            too_short.insert(bins[usable[b]].0);
        }
    }
    (flagged, too_short)
}

fn bins() -> impl Strategy<Value = Vec<Bin>> {
    let value = prop_oneof![
        12 => (60..63_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
        2 => Just(f64::NAN),
        1 => Just(0.0),
        1 => (0..200_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
    ];
    let state = prop_oneof![8 => Just(Some(Running::Yes)), 1 => Just(Some(Running::No)), 1 => Just(Some(Running::Unknown))];
    let step = prop_oneof![9 => Just(1_i64), 1 => 2..9_i64, 1 => 9..30_i64];
    prop::collection::vec((step, value, state), 0..45).prop_map(|bins| {
        let mut place = 0;
        bins.into_iter()
            .map(|(step, value, state)| {
                place += step;
                (at(place), value, state)
            })
            .collect()
    })
}

/// The bins with empty ones between them, unless they are farther apart than `max_gap`.
fn on_an_axis(bins: &[Bin], max_gap: Span) -> Vec<Bin> {
    let mut axis: Vec<Bin> = Vec::new();
    for bin in bins {
        let next = axis.last().map_or(bin.0, |last| last.0 + STEP);
        if bin.0 - next <= max_gap {
            let steps = (bin.0 - next) / STEP;
            let empty = (0..steps).map(|step| next + step * STEP);
            axis.extend(empty.map(|start| (start, f64::NAN, bin.2)));
        }
        axis.push(*bin);
    }
    axis
}

proptest! {
    #[test]
    fn every_window_tried_gives_the_same(
        bins in bins(),
        tolerance in prop_oneof![Just(0.0), Just(0.1)],
        hours in 1..5_i64,
        max_gap in 1..4_i64,
        few in 1..30_usize,
        idle in prop_oneof![Just(None), Just(Some(1.0))],
    ) {
        let bins = on_an_axis(&bins, max_gap * HOUR);
        let rule = || frozen(tolerance, hours, idle, max_gap * HOUR);
        let (expected, too_short) = by_the_book(&rule(), &bins);
        let (flagged, counts, _) = judged_by(rule(), &bins, few);
        prop_assert_eq!(&flagged, &expected);
        prop_assert_eq!(counts.flagged, expected.len() as u64);
        prop_assert_eq!(counts.not_judged.get(&NotJudged::TooShort).copied().unwrap_or(0), too_short.len() as u64);
        prop_assert_eq!(counts.bins(), bins.len() as u64);
    }
}
