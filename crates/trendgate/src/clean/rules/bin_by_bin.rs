//! Rules that take bins one after the other, each with the values of all columns.
//!
//! Enters: bins, many at a time, as every [`PointRule`] gets them. Leaves: the same one by one, for a [`BinRule`]. Nothing is refused.

use super::point_rule::{Bins, PointRule, RuleVerdict};
use crate::model::{ColumnId, Evidence};
use crate::time::{Instant, Month};
use std::fmt::Debug;
use std::ops::Range;

/// A rule that is given one bin at a time.
pub(super) trait BinRule: Debug {
    /// Takes the next bin; `at` gives the value of a column. Calls `found` with every breach that is certain now.
    fn take(
        &mut self,
        start: Instant,
        month: Option<Month>,
        at: impl Fn(ColumnId) -> f64,
        found: &mut dyn FnMut(Evidence),
    );

    /// No later bin starts before `front`.
    fn pass(&mut self, front: Instant, found: &mut dyn FnMut(Evidence));

    /// The first bin that a later one may have a say on.
    fn unsettled_from(&self) -> Option<Instant>;

    /// What it said, at the end of the stretch.
    fn verdict(self) -> RuleVerdict;
}

/// A [`BinRule`] as a [`PointRule`].
#[derive(Debug)]
pub(super) struct BinByBin<R>(pub(super) R);

impl<R: BinRule> PointRule for BinByBin<R> {
    fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut dyn FnMut(Evidence),
    ) {
        for place in new {
            let at = |column: ColumnId| bins.columns[column][place];
            self.0
                .take(bins.starts[place], bins.months[place], at, found);
        }
        self.0.pass(front, found);
    }

    fn needed_from(&self, _: &[Instant]) -> Option<Instant> {
        self.0.unsettled_from()
    }

    fn finish(self: Box<Self>) -> RuleVerdict {
        self.0.verdict()
    }
}
