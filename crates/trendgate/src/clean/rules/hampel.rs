//! `OUTLIER` by filter: a value far from its neighbours, where configured.
//!
//! **Definition.** Around a bin with a value stand the values of all bins at most `half_width` before or after it, itself
//! included. Let `m` be their median and `MAD` the median of their distances from `m`. The bin is flagged when
//! `|x - m| > max(threshold · MAD / 0.6745, floor)`, by more than rounding may add (`rounding` of the larger of `x` and `m`).
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

use super::entry::{Breach, ConfiguredLimits, Judges, RuleEntry, RuleWords};
use super::point_rule::{Bins, PointRule, RuleVerdict, end_of_look};
use super::{MonthlyCounts, NotJudged, RuleCounts};
use crate::model::{ColumnId, Evidence, HampelRule, PhysicalType, PointSpec, Rule, rounding};
use crate::time::{DAY, HOUR, Instant, Span};
use crate::wording::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The rule, as it is registered.
pub(super) const HAMPEL: RuleEntry = RuleEntry {
    rule: Rule::Hampel,
    judges: Judges::Points {
        reach: |point, _| Some(point.hampel?.half_width),
        begin: |column, point, rules| {
            let hampel = Hampel::new(column, point.hampel?, rules.interval);
            Some(Box::new(hampel))
        },
        fit_to_trend: None,
    },
    words: &HampelWords,
};

/// The upper quartile of the standard normal distribution: the `MAD` of values of deviation 1.
const QUARTILE: f64 = 0.674_489_750_196_081_7;
/// How many values a window has at least.
const FEWEST: usize = 5;
/// Windows of at most so many bins are counted through; longer ones cost less by their order.
const COUNTED: usize = 128;

/// How far a window may reach to each side.
const WIDEST: Span = DAY.times(31);

/// When a value is too far from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HampelConfig {
    /// How far the neighbourhood reaches to each side.
    pub(crate) half_width: Span,
    /// How many robust standard deviations from the median are too many.
    pub(crate) threshold: f64,
    /// Values closer to the median than this are never flagged; in the dataset's unit. Without it, five times the resolution of
    /// common sensors of the physical type.
    pub(crate) floor: Option<f64>,
}

impl Default for HampelConfig {
    fn default() -> Self {
        Self {
            half_width: HOUR,
            threshold: 3.0,
            floor: None,
        }
    }
}

impl HampelConfig {
    /// Why it cannot be the filter of a point, if it cannot.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        let numbers = [self.threshold, self.floor.unwrap_or(0.0)];
        let may_be = |number: &f64| number.is_finite() && *number >= 0.0;
        let fits = numbers.iter().all(may_be) && self.half_width <= WIDEST;
        (!fits).then_some(
            "hampel: expected a threshold and a floor of at least 0, and a half_width of at most 31d",
        )
    }

    /// The filter of a point of this type.
    pub(crate) fn settings(&self, physical: Option<PhysicalType>) -> HampelRule {
        let resolution = physical.map_or(0.0, PhysicalType::resolution);
        HampelRule {
            half_width: self.half_width,
            threshold: self.threshold,
            floor: self.floor.unwrap_or(5.0 * resolution),
        }
    }
}

struct HampelWords;

impl RuleWords for HampelWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!("{value} is far from the values around it, which suggest {low} to {high}")
    }

    fn limit(&self, limits: &ConfiguredLimits<'_>) -> Option<String> {
        let filter = limits.point?.hampel?;
        Some(format!(
            "{} \u{3c3} and {} from the median of \u{b1}{}",
            filter.threshold,
            shown(filter.floor, limits.unit()),
            filter.half_width
        ))
    }

    fn remedy(&self, _: &PointSpec) -> String {
        "is the filter too close? state `hampel` under cleaner.points".to_owned()
    }
}

/// The rule for one point.
#[derive(Debug)]
struct Hampel {
    column: ColumnId,
    interval: Span,
    rule: HampelRule,
    /// How many of the last bins that were given are not judged yet.
    open: usize,
    sorted: SortedValues,
    counts: MonthlyCounts,
}

impl Hampel {
    fn new(column: ColumnId, rule: HampelRule, interval: Span) -> Self {
        Self {
            column,
            interval,
            rule,
            open: 0,
            sorted: SortedValues::default(),
            counts: MonthlyCounts::default(),
        }
    }

    /// Judges the bins at `places`; all bins of their windows are here.
    fn judge(
        &mut self,
        starts: &[Instant],
        values: &[f64],
        places: Range<usize>,
        found: &mut dyn FnMut(Evidence),
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
                found(Evidence {
                    time: start,
                    column: Some(self.column),
                    rule: Rule::Hampel,
                    value,
                    low,
                    high,
                    known_at: end_of_look(start, self.rule.half_width, self.interval),
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

impl PointRule for Hampel {
    fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut dyn FnMut(Evidence),
    ) {
        let half = self.rule.half_width;
        let first = new.start - self.open;
        let settled = bins.starts[first..new.end].partition_point(|start| *start + half < front);
        self.open = new.end - first - settled;
        // Bins have left since the last call, so the sorted values are those of other places.
        self.sorted.clear();
        for (month, places) in bins.by_month(first..first + settled) {
            let values = &bins.columns[self.column];
            let counts = self.judge(bins.starts, values, places, found);
            if let Some(month) = month {
                self.counts.of(month).merge(&counts);
            }
        }
    }

    fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let open = starts.get(starts.len() - self.open)?;
        Some(*open - self.rule.half_width)
    }

    fn finish(self: Box<Self>) -> RuleVerdict {
        self.counts.into()
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
