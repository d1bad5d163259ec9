//! A rule at work on one column: bins in, evidence and counts out.

use super::{MeterDays, MonthlyCounts, Weeks};
use crate::model::Evidence;
use crate::time::{Instant, Month, Span};
use std::fmt::Debug;
use std::ops::Range;

/// A rule that judges the bins of one column, of a point by itself or of a machine that several points measure.
///
/// It is called once for many bins, so that the loop over them is the rule's own.
pub(super) trait PointRule: Debug {
    /// Judges the bins at the places `new`, or as many of them as it can yet; no later bin starts before `front`, and after the last bins of
    /// the stretch, where that is [`Instant::MAX`], none comes. Calls `found` for every bin that turns out bad.
    fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut dyn FnMut(Evidence),
    );

    /// The first of the bins that are here, given when they start, that a later one may have a say on, or that has a say on such a bin.
    fn needed_from(&self, _: &[Instant]) -> Option<Instant> {
        None
    }

    /// What it said, at the end of the stretch.
    fn finish(self: Box<Self>) -> RuleVerdict;
}

/// What one rule said of one column.
#[derive(Debug, Default)]
pub(super) struct RuleVerdict {
    /// The bins, by what it said of them.
    pub(super) counts: MonthlyCounts,
    /// Of a rule that compares heats: how close they were, by week.
    pub(super) weeks: Weeks,
    /// Of the rule of meters: its breaches, by day.
    pub(super) meters: MeterDays,
}

impl From<MonthlyCounts> for RuleVerdict {
    fn from(counts: MonthlyCounts) -> Self {
        Self {
            counts,
            ..Self::default()
        }
    }
}

/// The bins of a stretch, as far as they are made.
#[derive(Debug, Clone, Copy)]
pub(in crate::clean) struct Bins<'a> {
    pub(in crate::clean) starts: &'a [Instant],
    pub(in crate::clean) columns: &'a [Vec<f64>],
    /// The month that each bin counts in; `None` for those that are there to be looked at only.
    pub(in crate::clean) months: &'a [Option<Month>],
}

impl Bins<'_> {
    /// The bins at `places`, those that count in one month together.
    pub(super) fn by_month(
        self,
        places: Range<usize>,
    ) -> impl Iterator<Item = (Option<Month>, Range<usize>)> {
        let same = self.months[places.clone()].chunk_by(|month, next| month == next);
        let mut from = places.start;
        same.map(move |stretch| {
            let places = from..from + stretch.len();
            from = places.end;
            (stretch[0], places)
        })
    }
}

/// The end of the last bin that starts at most `look` after the one at `start`.
pub(super) fn end_of_look(start: Instant, look: Span, interval: Span) -> Instant {
    (start + look).floor(interval) + interval
}
