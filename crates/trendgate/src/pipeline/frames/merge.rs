//! One window of the axis: the rows of all sources in it, as one.
//!
//! Enters: what is committed, then the frames in the order of adding, row by row. Leaves: the rows of the window in the order of time,
//! each once, and what was stated of them. Of a frame that completes, a second number for a cell is decided upon as for reports, and
//! flags and reasons unite. One that replaces has the last word on the cells of its rows and columns, nulls among them: reasons for
//! these, and for the rows as a whole, are its own, and the flags of its rows are its own and those of the reasons that are left. A row
//! that was inserted into a gap says nothing once there is another.
//!
//! Frames do not go through the merge of reports: it has a chunk of every open source in memory, where here any number of frames can
//! overlap, and its rows have no flags of their own. A window holds the rows of a stretch, and one piece at a time is read into it.

use crate::clean::{CellPlace, FirstWins};
use crate::error::{Error, Result};
use crate::model::{ColumnId, FlagSet, StatedEvidence, StatedReason, flag_lists};
use crate::time::{Instant, Span};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::SchemaRef;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// A stretch of bins, filled source by source.
pub(super) struct MergeWindow {
    start: Instant,
    interval: Span,
    bins: Vec<Bin>,
    flags: Vec<FlagSet>,
    points: Vec<Vec<f64>>,
    reasons: BTreeMap<(Instant, Option<ColumnId>, String), StatedReason>,
}

/// What is known of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bin {
    Empty,
    /// It has a row that was inserted into a gap.
    Inserted,
    Row,
}

/// The rows of one source.
pub(super) struct FrameRows<'a> {
    pub(super) times: &'a [Instant],
    pub(super) flags: &'a [FlagSet],
    /// For each of its points the place in the dataset, and the numbers; NaN for none.
    pub(super) points: Vec<(ColumnId, &'a [f64])>,
    /// What was stated of them, in the order of time.
    pub(super) evidence: Vec<StatedEvidence<ColumnId>>,
}

/// A window that is merged.
pub(super) struct MergedFrameRows {
    /// In the shape of the dataset.
    pub(super) batch: RecordBatch,
    /// The times of those that were inserted.
    pub(super) inserted: BTreeSet<Instant>,
    /// What was stated of them, sorted.
    pub(super) evidence: Vec<StatedEvidence<ColumnId>>,
}

impl MergeWindow {
    /// The window of so many bins from `start` on.
    pub(super) fn new(start: Instant, interval: Span, bins: usize, points: usize) -> Self {
        Self {
            start,
            interval,
            bins: vec![Bin::Empty; bins],
            flags: vec![FlagSet::CLEAN; bins],
            points: vec![vec![f64::NAN; bins]; points],
            reasons: BTreeMap::new(),
        }
    }

    /// The first time after it.
    pub(super) fn end(&self) -> Instant {
        let bins = i64::try_from(self.bins.len()).unwrap_or(i64::MAX);
        self.start + self.interval * bins
    }

    /// Takes what a source has in it that completes what there is. `row` says what each row is; `differs` hears of each number beside
    /// which another one stands, after that one.
    ///
    /// # Errors
    /// The first cell that has a number already, where that is refused.
    pub(super) fn complete(
        &mut self,
        rows: &FrameRows<'_>,
        row: &dyn Fn(Instant) -> Bin,
        cells: &mut FirstWins,
        differs: &mut dyn FnMut(CellPlace, f64, f64),
    ) -> std::result::Result<(), CellPlace> {
        let within = self.within(rows.times);
        let mut bins = Vec::with_capacity(within.len());
        for (time, flags) in rows.times[within.clone()]
            .iter()
            .zip(&rows.flags[within.clone()])
        {
            let bin = self.bin_of(*time);
            match row(*time) {
                Bin::Empty => {}
                Bin::Inserted if self.bins[bin] == Bin::Empty => self.bins[bin] = Bin::Inserted,
                Bin::Inserted => {}
                Bin::Row => {
                    self.bins[bin] = Bin::Row;
                    self.flags[bin] = self.flags[bin].union(*flags);
                }
            }
            bins.push(bin);
        }
        for (column, numbers) in &rows.points {
            let stands = &mut self.points[*column];
            let rows = rows.times[within.clone()].iter().zip(&bins);
            for (number, (time, bin)) in numbers[within.clone()].iter().zip(rows) {
                if number.is_nan() {
                    continue;
                }
                let place = CellPlace {
                    time: *time,
                    column: *column,
                };
                let lost = cells.counts().conflict_losers;
                cells.give(&mut stands[*bin], *number, place, true)?;
                if cells.counts().conflict_losers > lost {
                    differs(place, stands[*bin], *number);
                }
            }
        }
        self.explain(&rows.evidence);
        Ok(())
    }

    /// Takes what a source has in it that replaces what there is.
    pub(super) fn replace(&mut self, rows: &FrameRows<'_>, cells: &mut FirstWins) {
        let within = self.within(rows.times);
        let times = &rows.times[within.clone()];
        for (time, flags) in times.iter().zip(&rows.flags[within.clone()]) {
            let bin = self.bin_of(*time);
            self.bins[bin] = Bin::Row;
            self.flags[bin] = *flags;
        }
        for (column, numbers) in &rows.points {
            for (time, number) in times.iter().zip(&numbers[within.clone()]) {
                let bin = self.bin_of(*time);
                let place = CellPlace {
                    time: *time,
                    column: *column,
                };
                cells.replace(&mut self.points[*column][bin], *number, place);
            }
        }
        let columns: BTreeSet<ColumnId> = rows.points.iter().map(|(column, _)| *column).collect();
        let has = |time: &Instant| times.binary_search(time).is_ok();
        self.reasons.retain(|(time, column, _), _| {
            !has(time) || column.is_some_and(|column| !columns.contains(&column))
        });
        for ((time, ..), reason) in &self.reasons {
            if let Some(flag) = reason.flag.filter(|_| has(time)) {
                let bin = bin_from(self.start, self.interval, *time);
                self.flags[bin].insert(flag);
            }
        }
        self.explain(&rows.evidence);
    }

    /// Takes what was stated of rows in it: of one rule and one cell, what was said first.
    pub(super) fn explain(&mut self, evidence: &[StatedEvidence<ColumnId>]) {
        let end = self.end();
        for row in evidence {
            if self.start <= row.time && row.time < end {
                let key = (row.time, row.column, row.reason.rule.clone());
                let reason = self.reasons.entry(key);
                reason.or_insert_with(|| row.reason.clone());
            }
        }
    }

    /// Its rows. `unknown` are the flags of those that were inserted.
    pub(super) fn rows(self, schema: &SchemaRef, unknown: FlagSet) -> Result<MergedFrameRows> {
        let places: Vec<usize> = (0..self.bins.len())
            .filter(|bin| self.bins[*bin] != Bin::Empty)
            .collect();
        let time = |bin: &usize| {
            let bins = i64::try_from(*bin).unwrap_or(i64::MAX);
            self.start + self.interval * bins
        };
        let inserted = |bin: &&usize| self.bins[**bin] == Bin::Inserted;
        let flags: Vec<FlagSet> = places
            .iter()
            .map(|bin| {
                if inserted(&bin) {
                    unknown
                } else {
                    self.flags[*bin]
                }
            })
            .collect();
        let times =
            TimestampNanosecondArray::from_iter_values(places.iter().map(|bin| time(bin).nanos()));
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(times.with_timezone("UTC")), flag_lists(&flags)];
        for point in &self.points {
            let cells = places
                .iter()
                .map(|bin| Some(point[*bin]).filter(|cell| !cell.is_nan()));
            columns.push(Arc::new(cells.collect::<Float64Array>()));
        }
        let batch = RecordBatch::try_new(Arc::clone(schema), columns)
            .map_err(|error| Error::bug(format!("merged rows do not fit the dataset: {error}")))?;
        let inserted = places.iter().filter(inserted).map(time).collect();
        let reasons = self.reasons.into_iter();
        let evidence = reasons.map(|((time, column, _), reason)| StatedEvidence {
            time,
            column,
            reason,
        });
        Ok(MergedFrameRows {
            batch,
            inserted,
            evidence: evidence.collect(),
        })
    }

    /// The places of the times that are in it.
    fn within(&self, times: &[Instant]) -> Range<usize> {
        let end = self.end();
        let from = times.partition_point(|time| *time < self.start);
        from..times.partition_point(|time| *time < end)
    }

    fn bin_of(&self, time: Instant) -> usize {
        bin_from(self.start, self.interval, time)
    }
}

/// The place of a time among bins from `start` on.
fn bin_from(start: Instant, interval: Span, time: Instant) -> usize {
    usize::try_from((time - start) / interval).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
