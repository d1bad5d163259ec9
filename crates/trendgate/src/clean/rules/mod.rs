//! The rules that judge bins, each with its definition in its own module: of one point, or of a machine that several points
//! measure.
//!
//! | rule | flag | module |
//! |---|---|---|
//! | `plausible` | `OUTLIER` | [`plausible`] |
//! | `hampel` | `OUTLIER` | [`hampel`] |
//! | `frozen` | `FROZEN` | [`frozen`] |
//! | `heat_load`, `heat_balance` | `HEAT_IMBALANCE` | [`heat`] |
//! | `affinity` | `AFFINITY_VIOLATION` | [`affinity`] |
//! | `needs` | none | [`needs`] |
//! | `meter` | none | [`meter`] |
//!
//! (`partial_sum` is said where sums are made, `no_sample`, `coverage`, `required` and `not_finite` where bins are.)
//!
//! A rule has three answers for a bin: flagged, good, or *not judged*, with the reason. Missing means unknown, never bad and
//! never good. Every bin of every point that has the rule ends in exactly one of the counts of [`RuleCounts`].
//!
//! Each rule also says from when on a flag of it is certain, whatever rows with later stamps still come ([`Evidence::known_at`]):
//! what has a say on the bin is known by the end of the last bin that the rule looks at, and where values hold into such a bin
//! ([`hold`](PointSpec::hold)), as long behind that as they hold.

pub mod affinity;
pub mod frozen;
pub mod hampel;
pub mod heat;
pub(super) mod machine;
pub mod meter;
pub mod needs;
mod panel;
pub mod plausible;
pub mod water;
mod window;

use crate::model::{ColumnId, Evidence, NotJudged, PointSpec, Rule, RuleCounts, RunState};
use crate::time::{Instant, Month, Span};
use frozen::Frozen;
use hampel::{Hampel, Outside};
pub use panel::Verdicts;
pub(super) use panel::{LongestHold, Panel};
use plausible::Plausible;
use std::collections::BTreeMap;
use std::ops::Range;

/// Counts by month, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MonthlyCounts(Vec<(Month, RuleCounts)>);

impl MonthlyCounts {
    /// The months with their counts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Month, &RuleCounts)> {
        self.0.iter().map(|(month, counts)| (*month, counts))
    }

    /// The sum of all months.
    #[cfg(test)]
    pub(crate) fn total(&self) -> RuleCounts {
        let mut total = RuleCounts::default();
        self.0.iter().for_each(|(_, counts)| total.merge(counts));
        total
    }

    /// The counts of a month; months come one after the other.
    pub(super) fn of(&mut self, month: Month) -> &mut RuleCounts {
        let place = match self.0.last() {
            Some((last, _)) if *last == month => self.0.len() - 1,
            _ => self.0.partition_point(|(known, _)| *known < month),
        };
        if self.0.get(place).is_none_or(|(known, _)| *known != month) {
            self.0.insert(place, (month, RuleCounts::default()));
        }
        &mut self.0[place].1
    }
}

/// What the rules said of one point, by rule; rules that the point does not have are absent.
pub(crate) type PointVerdicts = BTreeMap<Rule, MonthlyCounts>;

/// The bins of a stretch, as far as they are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bins<'a> {
    pub(super) starts: &'a [Instant],
    pub(super) columns: &'a [Vec<f64>],
    /// The month that each bin counts in; `None` for those that are there to be looked at only.
    pub(super) months: &'a [Option<Month>],
}

impl Bins<'_> {
    /// The bins at `places`, those that count in one month together.
    fn by_month(self, places: Range<usize>) -> impl Iterator<Item = (Option<Month>, Range<usize>)> {
        let same = self.months[places.clone()].chunk_by(|month, next| month == next);
        let mut from = places.start;
        same.map(move |stretch| {
            let places = from..from + stretch.len();
            from = places.end;
            (stretch[0], places)
        })
    }
}

/// All rules of one point.
#[derive(Debug)]
pub(super) struct Judge {
    column: ColumnId,
    interval: Span,
    running: Option<RunState>,
    plausible: Option<Plausible>,
    hampel: Option<Hampel>,
    frozen: Option<Frozen>,
}

impl Judge {
    /// The rules of the point in `column`; `interval` and `max_gap` are those of the series.
    pub(super) fn new(
        column: ColumnId,
        points: &[PointSpec],
        interval: Span,
        max_gap: Span,
    ) -> Self {
        let point = &points[column];
        Self {
            column,
            interval,
            running: point.running,
            plausible: point.plausible.map(Plausible::new),
            hampel: point.hampel.map(Hampel::new),
            frozen: Frozen::of(point, interval, max_gap),
        }
    }

    /// Judges the next bins, those at the places `new`; no later one starts before `front`. Calls `flag` for every bin that turns
    /// out bad.
    pub(super) fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        flag: &mut impl FnMut(Evidence),
    ) {
        let (column, interval) = (Some(self.column), self.interval);
        let values = &bins.columns[self.column];
        if let Some(rule) = &mut self.plausible {
            let (low, high) = rule.limits();
            rule.push(bins, values, new.clone(), &mut |place| {
                flag(Evidence {
                    time: bins.starts[place],
                    column,
                    rule: Rule::Plausible,
                    value: values[place],
                    low,
                    high,
                    known_at: bins.starts[place] + interval,
                });
            });
        }
        if let Some(rule) = &mut self.hampel {
            let half = rule.half_width();
            rule.push(bins, values, new.clone(), front, &mut |outside| {
                let known_at = end_of_look(outside.start, half, interval);
                flag(far(column, outside, known_at));
            });
        }
        if let Some(rule) = &mut self.frozen {
            let tolerance = rule.tolerance();
            let state = self.running.map(|state| {
                move |place: usize| state.at(|column: ColumnId| bins.columns[column][place])
            });
            rule.push(bins, values, state, new, front, &mut |start, known_at| {
                // A bin that is flagged is still there: bins leave only once they are settled.
                let place = bins.starts.binary_search(&start);
                let value = place.map_or(f64::NAN, |place| values[place]);
                flag(Evidence {
                    time: start,
                    column,
                    rule: Rule::Frozen,
                    value,
                    low: value - tolerance,
                    high: value + tolerance,
                    known_at,
                });
            });
        }
    }

    /// The first of the bins that a later one may have a say on, or that have a say on such a bin.
    pub(super) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let frozen = self.frozen.as_ref();
        let frozen = frozen.and_then(|rule| rule.needed_from(starts));
        let hampel = self.hampel.as_ref();
        let hampel = hampel.and_then(|rule| rule.needed_from(starts));
        frozen.into_iter().chain(hampel).min()
    }

    /// What was said, at the end of the stretch.
    pub(super) fn finish(&mut self) -> PointVerdicts {
        let named = [
            (
                Rule::Plausible,
                self.plausible.take().map(Plausible::finish),
            ),
            (Rule::Hampel, self.hampel.take().map(Hampel::finish)),
            (Rule::Frozen, self.frozen.take().map(Frozen::finish)),
        ];
        named
            .into_iter()
            .filter_map(|(rule, counts)| Some((rule, counts?)))
            .collect()
    }
}

/// The evidence of a value that is far from its neighbours.
fn far(column: Option<ColumnId>, outside: Outside, known_at: Instant) -> Evidence {
    Evidence {
        time: outside.start,
        column,
        rule: Rule::Hampel,
        value: outside.value,
        low: outside.low,
        high: outside.high,
        known_at,
    }
}

/// The end of the last bin that starts at most `look` after the one at `start`.
fn end_of_look(start: Instant, look: Span, interval: Span) -> Instant {
    (start + look).floor(interval) + interval
}
