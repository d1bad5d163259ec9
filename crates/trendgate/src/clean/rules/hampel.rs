//! `OUTLIER` by filter: a value far from its neighbours, where configured.
//!
//! **Definition.** Around a bin with a value stand the values of all bins at most `half_width` before or after it, itself
//! included. Let `m` be their median and `MAD` the median of their distances from `m`. The bin is flagged when
//! `|x - m| > max(threshold · MAD / 0.6745, floor)`.
//!
//! The floor is needed because sensors are quantised: in a calm window `MAD` is 0, and any step of the last digit would be an
//! outlier.
//!
//! **Not judged** are bins without a value, and bins without a value on either side within `half_width`, or with fewer
//! than five values in all: at the ends of a series and of gaps half a window says nothing.
//!
//! **Units and defaults.** `floor` in the dataset's unit; by default five times the tolerance of the physical type's rule for standing
//! still (0.5 K for temperatures), or 0 for types without one. `threshold` 3, `half_width` 1 h. A point without a `hampel` section
//! is not judged.
//!
//! **Look.** `half_width` before and after the bin.
//!
//! **Source.** F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974); 0.6745 is the upper quartile
//! of the standard normal distribution.

use super::{MonthlyCounts, NotJudged};
use crate::config::HampelRule;
use std::collections::VecDeque;

/// The upper quartile of the standard normal distribution: the `MAD` of values of deviation 1.
const QUARTILE: f64 = 0.674_489_750_196_081_7;
/// How many values a window has at least.
const FEWEST: usize = 5;

/// A bin that is flagged, with the band that it is outside of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outside {
    pub(super) start: i64,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Hampel {
    rule: HampelRule,
    /// The values that a window may still need, with the months that they count in.
    values: VecDeque<(i64, f64, Option<i64>)>,
    /// How many of them are judged.
    judged: usize,
    /// The same values by size.
    sorted: Sorted,
    counts: MonthlyCounts,
}

impl Hampel {
    pub(super) fn new(rule: HampelRule) -> Self {
        Self {
            rule,
            values: VecDeque::new(),
            judged: 0,
            sorted: Sorted::default(),
            counts: MonthlyCounts::default(),
        }
    }

    /// Takes the next bin; calls `flag` for every bin that turns out bad.
    pub(super) fn push(
        &mut self,
        start: i64,
        value: f64,
        month: Option<i64>,
        flag: &mut impl FnMut(Outside),
    ) {
        self.pass(start, flag);
        if !value.is_nan() {
            self.values.push_back((start, value, month));
            self.sorted.insert(value);
        } else if let Some(month) = month {
            self.counts.of(month).pass_over(NotJudged::NoValue, 1);
        }
    }

    /// No later bin starts before `front`: judges what that settles.
    pub(super) fn pass(&mut self, front: i64, flag: &mut impl FnMut(Outside)) {
        while let Some((start, value, month)) = self.values.get(self.judged).copied() {
            if start + self.rule.half_width >= front {
                break;
            }
            while self.values[0].0 < start - self.rule.half_width {
                if let Some((_, gone, _)) = self.values.pop_front() {
                    self.sorted.remove(gone);
                }
                self.judged -= 1;
            }
            self.judge(start, value, month, flag);
            self.judged += 1;
        }
    }

    /// The first bin on which a later one may still have a say.
    pub(super) fn unsettled_from(&self) -> Option<i64> {
        self.values.get(self.judged).map(|(start, ..)| *start)
    }

    pub(super) fn finish(mut self, flag: &mut impl FnMut(Outside)) -> MonthlyCounts {
        self.pass(i64::MAX, flag);
        self.counts
    }

    /// Judges the value at the place `judged`. What is held is its window: values farther back have just gone, and one farther
    /// ahead is taken only after every value that it settles is judged.
    fn judge(
        &mut self,
        start: i64,
        value: f64,
        month: Option<i64>,
        flag: &mut impl FnMut(Outside),
    ) {
        let count = self.values.len();
        let judged = count >= FEWEST && self.judged > 0 && self.judged + 1 < count;
        let outside = judged.then(|| self.outside(start, value)).flatten();
        if let Some(outside) = outside {
            flag(outside);
        }
        if let Some(month) = month {
            let counts = self.counts.of(month);
            match (judged, outside) {
                (false, _) => counts.pass_over(NotJudged::TooShort, 1),
                (true, Some(_)) => counts.flagged += 1,
                (true, None) => counts.good += 1,
            }
        }
    }

    /// The value in its band; `None` where it is inside.
    fn outside(&self, start: i64, value: f64) -> Option<Outside> {
        let middle = self.sorted.median();
        let distance = (value - middle).abs();
        // The limit is no less than the floor: most values need no deviation.
        if distance <= self.rule.floor {
            return None;
        }
        let deviation = self.sorted.deviation(middle) / QUARTILE;
        let limit = (self.rule.threshold * deviation).max(self.rule.floor);
        (distance > limit).then_some(Outside {
            start,
            value,
            low: middle - limit,
            high: middle + limit,
        })
    }
}

/// The values of a window by size: a value that comes or goes moves others, and nothing is sorted anew.
#[derive(Debug, Default)]
struct Sorted(Vec<f64>);

impl Sorted {
    fn place(&self, value: f64) -> usize {
        self.0
            .partition_point(|other| other.total_cmp(&value).is_lt())
    }

    fn insert(&mut self, value: f64) {
        self.0.insert(self.place(value), value);
    }

    /// Takes away a value that is there.
    fn remove(&mut self, value: f64) {
        self.0.remove(self.place(value));
    }

    /// The median; of an even number of values the mean of the two in the middle.
    fn median(&self) -> f64 {
        let half = self.0.len() / 2;
        self.middle(self.0[half.saturating_sub(1)], self.0[half])
    }

    /// The median of the distances from `median`: they grow to both sides of it, so the two sides are walked from the middle
    /// outwards, the nearer value first.
    fn deviation(&self, median: f64) -> f64 {
        let half = self.0.len() / 2;
        let mut below = self.0[..half]
            .iter()
            .rev()
            .map(|value| (value - median).abs())
            .peekable();
        let mut above = self.0[half..]
            .iter()
            .map(|value| (value - median).abs())
            .peekable();
        let (mut lower, mut upper) = (0.0, 0.0);
        for _ in 0..=half {
            lower = upper;
            let nearer = match (below.peek(), above.peek()) {
                (Some(left), Some(right)) if left <= right => below.next(),
                (_, Some(_)) => above.next(),
                (_, None) => below.next(),
            };
            upper = nearer.unwrap_or(upper);
        }
        self.middle(lower, upper)
    }

    /// What stands in the middle, between the value before it and the one at half of the number.
    fn middle(&self, lower: f64, upper: f64) -> f64 {
        if self.0.len().is_multiple_of(2) {
            (lower + upper) / 2.0
        } else {
            upper
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{HOUR, MINUTE};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const STEP: i64 = 15 * MINUTE;

    fn rule(floor: f64) -> HampelRule {
        HampelRule {
            half_width: HOUR,
            threshold: 3.0,
            floor,
        }
    }

    fn flagged(rule: HampelRule, bins: &[(i64, f64)]) -> (BTreeSet<i64>, crate::clean::RuleCounts) {
        let mut hampel = Hampel::new(rule);
        let mut found = BTreeSet::new();
        for (start, value) in bins {
            hampel.push(*start, *value, Some(0), &mut |outside| {
                assert!(found.insert(outside.start), "flagged once");
            });
        }
        let counts = hampel.finish(&mut |outside| {
            assert!(found.insert(outside.start), "flagged once");
        });
        (found, counts.total())
    }

    /// The definition, by sorting every window.
    fn by_the_book(rule: HampelRule, bins: &[(i64, f64)]) -> (BTreeSet<i64>, u64) {
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
            let window: Vec<(i64, f64)> = bins
                .iter()
                .filter(|(other, value)| {
                    !value.is_nan() && (other - start).abs() <= rule.half_width
                })
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
            if (value - middle).abs() > (rule.threshold * (mad / QUARTILE)).max(rule.floor) {
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
        let bins: Vec<(i64, f64)> = (0..).map(|place| place * STEP).zip(values).collect();
        let (found, counts) = flagged(rule(0.5), &bins);
        assert_eq!(found, BTreeSet::from([8 * STEP]));
        assert_eq!((counts.flagged, counts.good), (1, 17));
        assert_eq!(counts.not_judged[&NotJudged::TooShort], 2, "the ends");
        assert_eq!(
            flagged(rule(0.0), &bins).0,
            BTreeSet::from([8 * STEP, 14 * STEP])
        );
    }

    proptest! {
        #[test]
        fn every_window_sorted_gives_the_same(
            steps in prop::collection::vec((prop_oneof![8 => Just(1_i64), 1 => 2..9_i64], prop_oneof![
                8 => (60..75_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
                2 => Just(f64::NAN),
                1 => (0..200_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
            ]), 0..60),
            floor in prop_oneof![Just(0.0), Just(0.5)],
        ) {
            let mut place = 0;
            let bins: Vec<(i64, f64)> = steps
                .into_iter()
                .map(|(step, value)| {
                    place += step;
                    (place * STEP, value)
                })
                .collect();
            let (expected, judged) = by_the_book(rule(floor), &bins);
            let (found, counts) = flagged(rule(floor), &bins);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(counts.judged(), judged);
            prop_assert_eq!(counts.bins(), bins.len() as u64);
        }
    }
}
