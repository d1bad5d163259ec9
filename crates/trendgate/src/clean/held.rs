//! Points that log their changes: a value holds until the next one, and a bin is made of what holds over it.
//!
//! **Definition.** A number of the point holds from its time on until the next row of a report in which the point stands (with a number,
//! which holds from there, or without one, after which nothing does), and for [`hold`](PointSpec::hold) at the most. Of the part of a bin
//! over which something holds: the mean weighted by time, the largest of all values that hold, and the value that holds at the bin's end,
//! none if nothing does there. From a bin that was committed, and stands in for a report that is gone, nothing holds beyond it.
//!
//! A row that says that logging began anew ([`CellFact::Restart`]) leaves open when what held before it ended: if the number is of a bin
//! before, it held to the end of that bin, and no longer. So a bin behind it is decided by the next row of the point, or where
//! that does not come before the number has held for its longest.
//!
//! A bin in which nothing holds is null. Over a gap that is left out a value goes on holding, but no bin is made for it.
//!
//! **Look.** What holds in a bin follows from rows at most `hold` before it, those in it, and those less than `hold` behind its start. Time is
//! summed bin by bin from the bin's start on, so that the result depends on nothing else.

use super::MergedRows;
use super::merge::{CellFact, CellMark};
use crate::model::{Aggregation, ColumnId, PointSpec};
use crate::time::{Instant, Span};
use std::ops::Range;

/// A point whose values hold, at the bin that is being filled.
#[derive(Debug)]
pub(super) struct HeldPoint {
    pub(super) column: ColumnId,
    aggregation: Aggregation,
    hold: Span,
    /// The value that was given last; `None` where it ended.
    value: Option<HeldValue>,
    /// Where the bin begins.
    start: Instant,
    /// Up to here the bin is summed.
    since: Instant,
    bin: HeldBin,
    /// The bin's value, where it was committed.
    committed: Option<f64>,
    /// Bins that have ended, until they are asked for.
    pub(super) bins: Vec<f64>,
    /// The bins of which it turned out that nothing held in them, until they are asked for.
    pub(super) undone: Vec<Undone>,
}

/// A value that holds.
#[derive(Debug, Clone, Copy)]
struct HeldValue {
    number: f64,
    /// Until when it does at the most.
    until: Instant,
    /// Where the bin begins in which it was given.
    given: Instant,
}

/// Bins in which nothing held after all: those that begin after one and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undone {
    pub(super) after: Instant,
    pub(super) before: Instant,
    /// When the point says so.
    pub(super) at: Instant,
}

/// Whether anything held in a bin that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    /// Unless the next row of the point says that logging began anew.
    Perhaps,
    Surely,
}

/// What held in a bin, up to some instant of it.
#[derive(Debug, Clone, Copy)]
struct HeldBin {
    /// The sum of each value times the nanoseconds for which it held.
    sum: f64,
    nanos: f64,
    smallest: f64,
    largest: f64,
}

impl HeldBin {
    const EMPTY: Self = Self {
        sum: 0.0,
        nanos: 0.0,
        smallest: f64::INFINITY,
        largest: f64::NEG_INFINITY,
    };

    #[allow(
        clippy::cast_precision_loss,
        reason = "a bin is at most a day: far below 2^53 ns"
    )]
    fn add(&mut self, value: f64, held: Span) {
        let nanos = held.nanos() as f64;
        self.sum += value * nanos;
        self.nanos += nanos;
        self.smallest = self.smallest.min(value);
        self.largest = self.largest.max(value);
    }

    fn mean(&self) -> f64 {
        // What is divided again need not be what it was.
        if self.smallest >= self.largest {
            return self.largest;
        }
        self.sum / self.nanos
    }
}

impl HeldPoint {
    /// The point in `column`, if its values hold.
    pub(super) fn of(column: ColumnId, point: &PointSpec) -> Option<Self> {
        Some(Self {
            column,
            aggregation: point.aggregation,
            hold: point.hold?,
            value: None,
            since: Instant::MIN,
            bin: HeldBin::EMPTY,
            committed: None,
            start: Instant::MIN,
            bins: Vec::new(),
            undone: Vec::new(),
        })
    }

    pub(super) fn begin_bin(&mut self, start: Instant) {
        (self.start, self.since) = (start, start);
        self.bin = HeldBin::EMPTY;
    }

    /// Takes the rows `range` of `rows`, all of the bin; `marks` are those of these rows.
    pub(super) fn take(&mut self, rows: &MergedRows, range: Range<usize>, marks: &[CellMark]) {
        let column = self.column;
        let is = |row: usize, what: CellFact| {
            let mark = CellMark { row, column, what };
            marks.binary_search(&mark).is_ok()
        };
        let values = &rows.columns[column];
        for row in range {
            let (time, value) = (rows.times[row], values[row]);
            if is(row, CellFact::Restart) {
                self.restart(time);
            }
            if value.is_nan() {
                if is(row, CellFact::Missing) {
                    self.end_value(time);
                }
            } else if is(row, CellFact::Committed) {
                self.end_value(time);
                self.committed = Some(value);
            } else {
                self.sum_up_to(time);
                self.value = Some(HeldValue {
                    number: value,
                    until: time + self.hold,
                    given: self.start,
                });
            }
        }
    }

    /// Ends the bin before `end`.
    pub(super) fn end_bin(&mut self, end: Instant) -> Held {
        // What held before a row of the bin is decided by that.
        let is_decided = self.bin.nanos > 0.0 || self.committed.is_some();
        self.sum_up_to(end);
        let held = self.bin.nanos > 0.0;
        let at_end = self.value.filter(|value| value.until >= end);
        let value = match (self.committed.take(), self.aggregation) {
            (Some(committed), _) => committed,
            (None, Aggregation::HeldLast) => at_end.map_or(f64::NAN, |value| value.number),
            (None, _) if !held => f64::NAN,
            (None, Aggregation::HeldMax) => self.bin.largest,
            (None, _) => self.bin.mean(),
        };
        self.bins.push(value);
        self.value = at_end.filter(|value| value.until > end);
        let is_open = self.value.is_some_and(|value| value.given < self.start);
        match held || !value.is_nan() {
            false => Held::Nothing,
            true if is_open && !is_decided => Held::Perhaps,
            true => Held::Surely,
        }
    }

    /// The start of the bin behind which it is not decided what holds, where no row before `front` is still to come.
    pub(super) fn undecided_after(&self, front: Instant) -> Option<Instant> {
        let value = self.value.filter(|value| value.until > front)?;
        Some(value.given)
    }

    /// The point was not logged until `time`: what was given before the bin held to the end of the bin in which it was.
    fn restart(&mut self, time: Instant) {
        let value = self.value.filter(|value| value.until > time);
        if let Some(HeldValue { given, .. }) = value.filter(|value| value.given < self.start) {
            self.undone.push(Undone {
                after: given,
                before: self.start,
                at: time,
            });
            (self.value, self.since) = (None, time);
        }
    }

    fn end_value(&mut self, time: Instant) {
        self.sum_up_to(time);
        self.value = None;
    }

    fn sum_up_to(&mut self, time: Instant) {
        if let Some(value) = self.value {
            let end = time.min(value.until);
            if end > self.since {
                self.bin.add(value.number, end - self.since);
            }
        }
        self.since = time;
    }
}
