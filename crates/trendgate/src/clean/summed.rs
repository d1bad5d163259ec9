//! Points whose numbers are each of an interval, and no readings: a bin is their sum, or null.
//!
//! **Definition.** A number of the point is the sum over the interval `[t, t + d)` that its time begins, `d` being
//! [`sum_over`](PointSpec::sum_over), or over the one whose last instant its time is, which is how numbers stand whose stamps are the ends of
//! their intervals. Intervals begin at multiples of `d`, which divides the length of a bin. A bin has a value where each of its intervals has
//! exactly one number: their sum, in order of time. It is null where an interval has none, where two numbers share one, and where a
//! number stands elsewhere: half of an interval is in another bin, or none is known.
//!
//! A bin with a number and without a value is flagged (`partial_sum`, `INSUFFICIENT_DATA`), with the sum of what is there as the value of the
//! evidence. A bin without a number is null and not flagged for that. A committed bin that stands in for a report that is gone is itself.
//!
//! **Look.** Nothing but the rows in the bin has a say on it. **Known at** its end.

use super::MergedRows;
use super::merge::{CellFact, CellMark};
use super::rules::MonthlyCounts;
use crate::model::{ColumnId, Evidence, NotJudged, PointSpec, Rule};
use crate::time::{Instant, Month, Span};
use std::ops::Range;

/// A point whose numbers are sums, at the bin that is being filled.
#[derive(Debug)]
pub(super) struct SummedPoint {
    pub(super) column: ColumnId,
    over: Span,
    /// The start of the interval that the next number has to be of.
    due: Instant,
    sum: f64,
    is_any: bool,
    /// Whether each number so far is of the interval that was due.
    is_even: bool,
    /// The bin's value, where it was committed.
    committed: Option<f64>,
    counts: MonthlyCounts,
    /// Bins that have ended, until they are asked for.
    pub(super) bins: Vec<f64>,
}

impl SummedPoint {
    /// The point in `column`, if its numbers are sums.
    pub(super) fn of(column: ColumnId, point: &PointSpec) -> Option<Self> {
        Some(Self {
            column,
            over: point.sum_over?,
            due: Instant::MIN,
            sum: 0.0,
            is_any: false,
            is_even: true,
            committed: None,
            counts: MonthlyCounts::default(),
            bins: Vec::new(),
        })
    }

    pub(super) fn begin_bin(&mut self, start: Instant) {
        self.due = start;
        self.sum = 0.0;
        (self.is_any, self.is_even) = (false, true);
    }

    /// Takes the rows `range` of `rows`, all of the bin; `marks` are those of these rows.
    pub(super) fn take(&mut self, rows: &MergedRows, range: Range<usize>, marks: &[CellMark]) {
        let column = self.column;
        let values = rows.columns.numbers(column, range.clone());
        for (row, value) in range.zip(values).filter(|(_, value)| !value.is_nan()) {
            let what = CellFact::Committed;
            match marks.binary_search(&CellMark { row, column, what }) {
                Ok(_) => self.committed = Some(value),
                Err(_) => self.add(rows.times[row], value),
            }
        }
    }

    fn add(&mut self, time: Instant, value: f64) {
        let start = time.floor(self.over);
        let end = start + self.over;
        let is_at_an_end = time == start || time + Span::from_nanos(1) == end;
        self.is_even &= is_at_an_end && start == self.due;
        self.due = end;
        self.sum += value;
        self.is_any = true;
    }

    /// Ends the bin from `start` to `end`, which counts in `month` if it is to be counted. Why it is null although it has numbers, if it is.
    pub(super) fn end_bin(
        &mut self,
        start: Instant,
        end: Instant,
        month: Option<Month>,
    ) -> Option<Evidence> {
        let is_whole = self.is_any && self.is_even && self.due == end;
        let value = match self.committed.take() {
            Some(committed) => committed,
            None if is_whole => self.sum,
            None => f64::NAN,
        };
        self.bins.push(value);
        let is_partial = self.is_any && value.is_nan();
        if let Some(counts) = month.map(|month| self.counts.of(month)) {
            match (is_partial, value.is_nan()) {
                (true, _) => counts.flagged += 1,
                (false, true) => counts.pass_over(NotJudged::NoValue, 1),
                (false, false) => counts.good += 1,
            }
        }
        is_partial.then_some(Evidence {
            time: start,
            column: Some(self.column),
            rule: Rule::PartialSum,
            value: self.sum,
            low: f64::NAN,
            high: f64::NAN,
            known_at: end,
        })
    }

    /// What was said of its bins, by month.
    pub(super) fn finish(&mut self) -> MonthlyCounts {
        std::mem::take(&mut self.counts)
    }
}
