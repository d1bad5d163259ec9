//! Steps from row to row beside the stated interval → bins of that length with two rows, and such without any.
//!
//! A logger that is a few seconds early or late writes two rows into one bin and none into the next: both are counted where the rows are
//! about an interval apart, so that rows of another interval, or lost ones, count nothing.

use super::rows::Timed;
use crate::acquire::ClockTally;
use crate::time::{Instant, Span};

/// The stated interval; nothing where none is stated.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnevenSteps(Span);

impl UnevenSteps {
    pub(super) fn of(interval: Option<Span>) -> Self {
        Self(interval.unwrap_or(Span::ZERO))
    }

    /// Counts the bins of a row and of the one before it in the file.
    #[inline]
    pub(super) fn count(self, row: Timed, clock: &mut ClockTally) {
        if let Some(before) = row.after
            && (row.at.local - before).abs() != self.0
        {
            self.count_step(before, row.at.local, clock);
        }
    }

    fn count_step(self, before: Span, after: Span, clock: &mut ClockTally) {
        let (step, interval) = ((after - before).abs(), self.0);
        if interval == Span::ZERO || 2 * step < interval || 2 * step > 3 * interval {
            return;
        }
        let bin = |local: Span| (Instant::EPOCH + local).floor(interval);
        match (bin(after) - bin(before)).abs() {
            Span::ZERO => clock.bins_with_two += 1,
            bins if bins > interval => clock.bins_with_none += 1,
            _ => {}
        }
    }
}
