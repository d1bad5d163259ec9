//! `OUTLIER` by filter: a value far from its neighbours, where configured.
//!
//! **Definition.** Around a bin with a value stand the values of all bins at most `half_width` before or after it, itself
//! included. Let `m` be their median and `MAD` the median of their distances from `m`. The bin is flagged when
//! `|x - m| > max(threshold · MAD / 0.6745, floor)`, by more than rounding may add ([`rounding`] of the larger of `x` and `m`).
//!
//! The floor is needed because sensors are quantised: in a calm window `MAD` is 0, and any step of the last digit would be an
//! outlier.
//!
//! **Not judged** are bins without a value, and bins without a value on either side within `half_width`, or with fewer
//! than five values in all: at the ends of a series and of gaps half a window says nothing.
//!
//! **Units and defaults.** `floor` in the dataset's unit; by default five times the resolution of common sensors of the physical
//! type (0.5 K for temperatures), or 0 for types without one. `threshold` 3, `half_width` 1 h. A point without a `hampel` section
//! is not judged.
//!
//! **Look.** `half_width` before and after the bin.
//!
//! **Known at** the end of the last bin that starts at most `half_width` after the bin.
//!
//! **Source.** F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974); 0.6745 is the upper quartile
//! of the standard normal distribution.

use super::{Bins, MonthlyCounts, NotJudged, RuleCounts};
use crate::model::{HampelRule, rounding};
use crate::time::{Instant, Span};
use std::ops::Range;

/// The upper quartile of the standard normal distribution: the `MAD` of values of deviation 1.
const QUARTILE: f64 = 0.674_489_750_196_081_7;
/// How many values a window has at least.
const FEWEST: usize = 5;
/// Windows of at most so many bins are counted through; longer ones cost less by their order.
const COUNTED: usize = 128;

/// A bin that is flagged, with the band that it is outside of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outside {
    pub(super) start: Instant,
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Hampel {
    rule: HampelRule,
    /// How many of the bins that are here, the last ones, are not judged.
    open: usize,
    sorted: SortedValues,
    counts: MonthlyCounts,
}

impl Hampel {
    pub(super) fn new(rule: HampelRule) -> Self {
        Self {
            rule,
            open: 0,
            sorted: SortedValues::default(),
            counts: MonthlyCounts::default(),
        }
    }

    /// How far neighbours are.
    pub(super) fn half_width(&self) -> Span {
        self.rule.half_width
    }

    /// Takes the bins at the places `new`; no later one starts before `front`. Calls `flag` for every bin that turns out bad.
    pub(super) fn push(
        &mut self,
        bins: Bins<'_>,
        values: &[f64],
        new: Range<usize>,
        front: Instant,
        flag: &mut impl FnMut(Outside),
    ) {
        let half = self.rule.half_width;
        let first = new.start - self.open;
        let settled = bins.starts[first..new.end].partition_point(|start| *start + half < front);
        self.open = new.end - first - settled;
        // Bins have left since the last call, so the sorted values are those of other places.
        self.sorted.clear();
        for (month, places) in bins.by_month(first..first + settled) {
            let counts = self.judge(bins.starts, values, places, flag);
            if let Some(month) = month {
                self.counts.of(month).merge(&counts);
            }
        }
    }

    /// The first of the bins that a later one may have a say on, or that have a say on such a bin.
    pub(super) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let open = starts.get(starts.len() - self.open)?;
        Some(*open - self.rule.half_width)
    }

    pub(super) fn finish(self) -> MonthlyCounts {
        self.counts
    }

    /// Judges the bins at `places`; all bins of their windows are here.
    fn judge(
        &mut self,
        starts: &[Instant],
        values: &[f64],
        places: Range<usize>,
        flag: &mut impl FnMut(Outside),
    ) -> RuleCounts {
        let mut counts = RuleCounts::default();
        let (mut missing, mut short) = (0, 0);
        let half = self.rule.half_width.nanos();
        let earliest = starts[places.start] - self.rule.half_width;
        let mut window = starts.partition_point(|start| *start < earliest)..places.start;
        for place in places {
            let (start, value) = (starts[place], values[place]);
            while starts[window.start].nanos() < start.nanos() - half {
                window.start += 1;
            }
            while starts
                .get(window.end)
                .is_some_and(|end| end.nanos() - start.nanos() <= half)
            {
                window.end += 1;
            }
            if value.is_nan() {
                missing += 1;
            } else if is_like_its_neighbours(values, &window, place, self.rule.floor) {
                counts.good += 1;
            } else if !is_enough(values, &window, place) {
                short += 1;
            } else if let Some((low, high)) = self.missed(values, &window, value) {
                counts.flagged += 1;
                flag(Outside {
                    start,
                    value,
                    low,
                    high,
                });
            } else {
                counts.good += 1;
            }
        }
        counts.pass_over(NotJudged::NoValue, missing);
        counts.pass_over(NotJudged::TooShort, short);
        counts
    }

    /// The band that `value` is outside of; `None` where it is inside.
    fn missed(&mut self, values: &[f64], window: &Range<usize>, value: f64) -> Option<(f64, f64)> {
        let floor = self.rule.floor;
        // The limit is no less than the floor: hardly a value needs the median itself, or a deviation.
        if window.len() <= COUNTED && has_median_near(&values[window.clone()], value, floor) {
            return None;
        }
        self.sorted.hold(values, window);
        let middle = self.sorted.median();
        let distance = (value - middle).abs();
        if distance <= floor {
            return None;
        }
        let deviation = self.sorted.deviation(middle) / QUARTILE;
        let limit = (self.rule.threshold * deviation).max(floor);
        let allowed = limit + rounding(value.abs().max(middle.abs()));
        (distance > allowed).then_some((middle - limit, middle + limit))
    }
}

/// Whether the bins next to `place`, more than half of those of its window and enough to be judged, all have values at most `floor`
/// from the one there: then so is the median, and most bins need to know no more.
fn is_like_its_neighbours(values: &[f64], window: &Range<usize>, place: usize, floor: f64) -> bool {
    let half = window.len() / 2;
    let first = place.saturating_sub(half / 2);
    let first = first.clamp(window.start, window.end - half - 1);
    let near = |other: &f64| (other - values[place]).abs() <= floor;
    half + 1 >= FEWEST
        && (first + 1..first + half).contains(&place)
        && values[first..=first + half].iter().all(near)
}

/// Whether the window of the value at `place` is judged.
fn is_enough(values: &[f64], window: &Range<usize>, place: usize) -> bool {
    let has = |places: Range<usize>, fewest: usize| {
        let mut present = values[places].iter().filter(|value| !value.is_nan());
        present.nth(fewest - 1).is_some()
    };
    has(window.start..place, 1) && has(place + 1..window.end, 1) && has(window.clone(), FEWEST)
}

/// Whether more than half of the values are at most `floor` above `value`, and more than half at most `floor` below: then so is what
/// stands in their middle, and a mean of two lies between them.
fn has_median_near(window: &[f64], value: f64, floor: f64) -> bool {
    let (mut count, mut not_above, mut not_below) = (0_u64, 0_u64, 0_u64);
    for other in window {
        let distance = other - value;
        count += u64::from(!distance.is_nan());
        not_above += u64::from(distance <= floor);
        not_below += u64::from(distance >= -floor);
    }
    not_above > count / 2 && not_below > count / 2
}

/// The values of a window by size.
#[derive(Debug, Default)]
struct SortedValues {
    values: Vec<f64>,
    /// Their places among the bins.
    places: Range<usize>,
}

impl SortedValues {
    fn clear(&mut self) {
        self.values.clear();
        self.places = 0..0;
    }

    /// Holds the values at `places`, none of them before those that it holds. Where most stay, those that come or go move
    /// others, and nothing is sorted anew.
    fn hold(&mut self, values: &[f64], places: &Range<usize>) {
        let numbers = |places: Range<usize>| {
            let values = values[places].iter().copied();
            values.filter(|value| !value.is_nan())
        };
        let held = std::mem::replace(&mut self.places, places.clone());
        let staying = held.end.saturating_sub(places.start);
        if staying * 8 < places.len() * 7 {
            self.values.clear();
            self.values.extend(numbers(places.clone()));
            self.values.sort_unstable_by(f64::total_cmp);
            return;
        }
        for gone in numbers(held.start..places.start) {
            self.values.remove(self.place(gone));
        }
        for value in numbers(held.end..places.end) {
            self.values.insert(self.place(value), value);
        }
    }

    fn place(&self, value: f64) -> usize {
        self.values
            .partition_point(|other| other.total_cmp(&value).is_lt())
    }

    /// The median; of an even number of values the mean of the two in the middle.
    fn median(&self) -> f64 {
        let half = self.values.len() / 2;
        self.middle(self.values[half.saturating_sub(1)], self.values[half])
    }

    /// The median of the distances from `median`: they grow to both sides of it, so the two sides are walked from the middle
    /// outwards, the nearer value first.
    fn deviation(&self, median: f64) -> f64 {
        let half = self.values.len() / 2;
        let mut below = self.values[..half]
            .iter()
            .rev()
            .map(|value| (value - median).abs())
            .peekable();
        let mut above = self.values[half..]
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
        if self.values.len().is_multiple_of(2) {
            (lower + upper) / 2.0
        } else {
            upper
        }
    }
}
#[cfg(test)]
mod tests;
