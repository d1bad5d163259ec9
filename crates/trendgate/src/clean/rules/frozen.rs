//! `FROZEN`: a point that should move stands still for too long.
//!
//! **Definition.** Take the bins of one point that have a value. A *window* is a stretch of at least six of them, from `i` to
//! `j`, with `max - min ≤ tolerance` and `t_j - t_i ≥ min_duration`. The flagged bins are those of the union of all windows: the
//! whole stretch, from its first bin on. Bins without a value neither break nor lengthen a window, and are never flagged. A
//! window ends where two neighbouring values lie farther apart than `max_gap` or `min_duration`, because an outage of that
//! length says nothing of what stood still; and where the equipment is at rest: where the size of the value is at most
//! `idle_below`, or that of the point's `running` point is at most what that point calls rest (0 for a state).
//!
//! **Not judged** are bins without a value, at rest, or with an unknown state; bins of a run, between breaks,
//! that has fewer than six values or is shorter than `min_duration` in all; and every bin of a point that logs changes of
//! value (`COV` in its trend definition), unless its configuration has a `frozen` section.
//!
//! **Units and defaults.** `tolerance` and `idle_below` in the dataset's unit; defaults by physical type
//! ([`PhysicalType::stand_still`](crate::config::PhysicalType::stand_still)). The tolerance is the resolution of common sensors.
//! `min_duration` is raised to four of the point's own trend intervals, because a report repeats a point that is
//! logged more rarely than its rows, and to five bins. A millionth of the tolerance plus 1e-9 is allowed for rounding.
//!
//! **Look.** With `gap = min(max_gap, min_duration)`, a bin's answer depends on values at most `min_duration + 5·gap` away: of a
//! window around it, the shortest part that holds it and is long enough reaches no farther.
//!
//! **Source.** The definition of `flagConstants` in SaQC (Helmholtz UFZ), carried over to series with nulls and gaps.

use super::window::{FEWEST, Window};
use super::{MonthlyCounts, NotJudged};
use crate::config::{PointSpec, Running, StandStill};

/// How many steps the values behind a flag are apart at least.
const FEWEST_STEPS: i64 = 5;

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Frozen {
    rule: StandStill,
    /// Farther apart than this, two values are not neighbours.
    gap: i64,
    /// For points that are not judged at all: the reason.
    exempt: Option<NotJudged>,
    window: Window,
    run: Option<Run>,
    counts: MonthlyCounts,
}

/// Values without a break between them.
#[derive(Debug)]
struct Run {
    first: i64,
    last: i64,
    values: usize,
    /// By month, how many count, and how many of them are flagged.
    months: Vec<(i64, u64, u64)>,
}

/// The shortest stretch that is flagged for `rule`, in a series of this interval.
fn min_duration(rule: &StandStill, interval: i64) -> i64 {
    rule.min_duration.max(FEWEST_STEPS * interval)
}

/// How far `rule` looks around a bin, in a series of this interval.
pub(in crate::clean) fn look(rule: &StandStill, interval: i64, max_gap: i64) -> i64 {
    let duration = min_duration(rule, interval);
    duration + FEWEST_STEPS * duration.min(max_gap)
}

impl Frozen {
    /// The rule of `point`, if it has one.
    pub(super) fn of(point: &PointSpec, interval: i64, max_gap: i64) -> Option<Self> {
        let rule = point.frozen?;
        let duration = min_duration(&rule, interval);
        let exempt =
            (point.change_of_value && !point.frozen_if_cov).then_some(NotJudged::ChangeOfValue);
        Some(Self {
            rule: StandStill {
                min_duration: duration,
                ..rule
            },
            gap: max_gap.min(duration),
            exempt,
            window: Window::default(),
            run: None,
            counts: MonthlyCounts::default(),
        })
    }

    /// How far apart values are that are the same reading.
    pub(super) fn tolerance(&self) -> f64 {
        self.rule.tolerance
    }

    /// Takes the next bin; calls `flag` for every bin that turns out bad, by its start.
    pub(super) fn push(
        &mut self,
        start: i64,
        value: f64,
        state: Option<Running>,
        month: Option<i64>,
        flag: &mut impl FnMut(i64),
    ) {
        if let Some(reason) = self.reason(value, state) {
            if let Some(month) = month {
                self.counts.of(month).pass_over(reason, 1);
            }
            if reason == NotJudged::AtRest {
                self.end_run();
            }
            return;
        }
        if self
            .run
            .as_ref()
            .is_some_and(|run| start - run.last > self.gap)
        {
            self.end_run();
        }
        let run = self.run.get_or_insert(Run {
            first: start,
            last: start,
            values: 0,
            months: Vec::new(),
        });
        run.last = start;
        run.values += 1;
        if let Some(month) = month {
            run.month(month).1 += 1;
        }
        let tolerance = self.rule.tolerance + self.rule.tolerance * 1e-6 + 1e-9;
        self.window.push(start, month, value, tolerance);
        self.window.decide(self.rule.min_duration, |start, month| {
            flag(start);
            if let Some(month) = month {
                run.month(month).2 += 1;
            }
        });
    }

    /// Why a bin is not judged, if there is a reason in the bin itself.
    fn reason(&self, value: f64, state: Option<Running>) -> Option<NotJudged> {
        if value.is_nan() {
            return Some(NotJudged::NoValue);
        }
        if self.exempt.is_some() {
            return self.exempt;
        }
        match state {
            Some(Running::Unknown) => return Some(NotJudged::StateUnknown),
            Some(Running::No) => return Some(NotJudged::AtRest),
            Some(Running::Yes) | None => {}
        }
        let idle = self.rule.idle_below.is_some_and(|idle| value.abs() <= idle);
        idle.then_some(NotJudged::AtRest)
    }

    /// The time reached by everyone: a window that no later value can join is over.
    pub(super) fn pass(&mut self, front: i64) {
        if self
            .run
            .as_ref()
            .is_some_and(|run| front - run.last > self.gap)
        {
            self.end_run();
        }
    }

    /// The first bin that a later value may still flag.
    pub(super) fn unsettled_from(&self) -> Option<i64> {
        self.window.undecided().next().map(|(start, _)| start)
    }

    pub(super) fn finish(mut self) -> MonthlyCounts {
        self.end_run();
        self.counts
    }

    fn end_run(&mut self) {
        self.window = Window::default();
        let Some(run) = self.run.take() else { return };
        let judged = run.values >= FEWEST && run.last - run.first >= self.rule.min_duration;
        for (month, own, flagged) in run.months {
            let counts = self.counts.of(month);
            if judged {
                counts.flagged += flagged;
                counts.good += own - flagged;
            } else {
                counts.pass_over(NotJudged::TooShort, own);
            }
        }
    }
}

impl Run {
    /// The counts of a month.
    fn month(&mut self, month: i64) -> &mut (i64, u64, u64) {
        let known = self.months.iter().rposition(|(known, ..)| *known == month);
        let place = known.unwrap_or_else(|| {
            self.months.push((month, 0, 0));
            self.months.len() - 1
        });
        &mut self.months[place]
    }
}

#[cfg(test)]
mod tests {
    use super::super::RuleCounts;
    use super::*;
    use crate::clock::{HOUR, MINUTE};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const STEP: i64 = 15 * MINUTE;

    /// A bin of the test: its place on the axis, its value, its state.
    type Bin = (i64, f64, Option<Running>);

    fn frozen(tolerance: f64, hours: i64, idle_below: Option<f64>, max_gap: i64) -> Frozen {
        Frozen {
            rule: StandStill {
                tolerance,
                min_duration: hours * HOUR,
                idle_below,
            },
            gap: max_gap.min(hours * HOUR),
            exempt: None,
            window: Window::default(),
            run: None,
            counts: MonthlyCounts::default(),
        }
    }

    fn judged(mut rule: Frozen, bins: &[Bin]) -> (BTreeSet<i64>, RuleCounts) {
        let mut flagged = BTreeSet::new();
        for (start, value, state) in bins {
            rule.push(*start, *value, *state, Some(0), &mut |start| {
                assert!(flagged.insert(start), "flagged once");
            });
            rule.pass(*start);
        }
        (flagged, rule.finish().total())
    }

    fn series(values: &[f64]) -> Vec<Bin> {
        let times = (0..).map(|place| place * STEP);
        times.zip(values).map(|(t, v)| (t, *v, None)).collect()
    }

    #[test]
    fn the_whole_stretch_is_flagged_and_nothing_beside_it() {
        let mut values = vec![7.0, 7.5, 8.0];
        values.extend([6.1; 9]);
        values.extend([7.0, 6.5]);
        let (flagged, counts) = judged(frozen(0.1, 2, None, HOUR), &series(&values));
        assert_eq!(flagged, (3..12).map(|place| place * STEP).collect());
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
                .map(|place| (place * STEP, 12.3, Some(state)))
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
    fn a_stretch_of_months_is_held_as_one_of_hours() {
        let mut rule = frozen(0.1, 2, None, HOUR);
        let mut flagged = 0;
        for place in 0..10_000 {
            rule.push(place * STEP, 12.3, None, Some(0), &mut |_| flagged += 1);
            assert!(rule.window.samples.len() <= 9);
        }
        assert_eq!(flagged, 10_000);
        assert_eq!(rule.unsettled_from(), None);
    }

    /// The definition, by trying every window.
    fn by_the_book(rule: &Frozen, bins: &[Bin]) -> (BTreeSet<i64>, BTreeSet<i64>) {
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
            let mut longest = 0;
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
            if longest < min_duration.max(1) {
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
        let step = prop_oneof![9 => Just(1_i64), 1 => 2..9_i64];
        prop::collection::vec((step, value, state), 0..45).prop_map(|bins| {
            let mut place = 0;
            bins.into_iter()
                .map(|(step, value, state)| {
                    place += step;
                    (place * STEP, value, state)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn every_window_tried_gives_the_same(
            bins in bins(),
            tolerance in prop_oneof![Just(0.0), Just(0.1)],
            hours in 1..4_i64,
            max_gap in 1..4_i64,
            idle in prop_oneof![Just(None), Just(Some(1.0))],
        ) {
            let rule = || frozen(tolerance, hours, idle, max_gap * HOUR);
            let (expected, too_short) = by_the_book(&rule(), &bins);
            let (flagged, counts) = judged(rule(), &bins);
            prop_assert_eq!(&flagged, &expected);
            prop_assert_eq!(counts.flagged, expected.len() as u64);
            prop_assert_eq!(counts.not_judged.get(&NotJudged::TooShort).copied().unwrap_or(0), too_short.len() as u64);
            prop_assert_eq!(counts.bins(), bins.len() as u64);
        }
    }
}
