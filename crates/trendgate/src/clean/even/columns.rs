//! The numbers of the rows → the columns of the bins, each in the dataset's unit.
//!
//! Enters: rows, and which of them are of which bins. Leaves: a value a bin and column in what is pending, with evidence of those that a
//! required point lacks and of those that are no numbers once they are converted. Means of rows that are known row by row are made of all points at
//! once; any other column is filled with all its rows before the next one.

use super::super::pending::{row, too_large};
use super::super::resample::Accumulator;
use super::EvenStretch;
use crate::acquire::NumberColumns;
use crate::model::{ColumnId, EXTREME, Evidence, PointSpec, Rule, Unit};
use crate::time::{Instant, Span};
use std::iter::{empty, repeat_n};
use std::ops::Range;

/// Rows of one bin, and what ends with them: a column is filled with all its runs before the next one is, so that its numbers are
/// close together.
#[derive(Debug, Default)]
pub(super) struct RowRun {
    pub(super) rows: Range<usize>,
    /// How many bins end after them: none, or theirs and the empty ones behind it.
    pub(super) bins: usize,
}

/// Bins without a row, from the first on up to the next row: it puts them on the axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmptyBins {
    pub(super) first: Instant,
    pub(super) next_row: Instant,
}

impl Accumulator {
    /// Adds the values of the bins that end with the runs, whose numbers are those that `rows` gives.
    #[inline]
    fn fill<I: Iterator<Item = f64>>(
        &mut self,
        rows: impl Fn(Range<usize>) -> I,
        runs: &[RowRun],
        bins: &mut Vec<f64>,
    ) {
        // A copy, which stays in the processor's registers.
        let mut filling = *self;
        for run in runs {
            filling.take(rows(run.rows.clone()));
            if run.bins > 0 {
                bins.push(filling.finish());
                bins.extend(repeat_n(f64::NAN, run.bins - 1));
            }
        }
        *self = filling;
    }
}

impl EvenStretch<'_> {
    /// Puts the bins that have ended with the runs into their columns, as the points have them.
    fn aggregate(&mut self, numbers: &NumberColumns, runs: &[RowRun]) {
        let rows = numbers.rows();
        // The columns of means are done all at once, row by row, where the numbers are known so.
        let mut places = Vec::new();
        if let Some(rows) = rows {
            places.resize(self.accumulators.len(), None);
            for (place, column) in rows.order.iter().enumerate() {
                places[column.index()] = Some(place);
            }
            let begun = rows.order.iter().map(|column| self.accumulators[*column]);
            self.means.begin(begun);
            for run in runs {
                self.means.take(rows.of(run.rows.clone()));
                if run.bins > 0 {
                    self.means.finish_bin();
                }
            }
        }
        let no_bin_is_empty = runs.iter().all(|run| run.bins <= 1);
        let mut timed = self.timed.iter_mut();
        let columns = self.accumulators.iter_mut().zip(&mut self.pending.columns);
        for (column, (accumulator, bins)) in columns.enumerate() {
            let Some(accumulator) = accumulator else {
                timed
                    .next()
                    .into_iter()
                    .for_each(|point| bins.append(point.bins()));
                continue;
            };
            match (rows, places.get(column)) {
                (Some(_), Some(Some(place))) if accumulator.is_mean() => {
                    *accumulator = self.means.begun(*place);
                    let means = self.means.of(*place);
                    match no_bin_is_empty {
                        true => bins.extend(means),
                        false => {
                            let ended = runs.iter().filter(|run| run.bins > 0);
                            for (mean, run) in means.zip(ended) {
                                bins.push(mean);
                                bins.extend(repeat_n(f64::NAN, run.bins - 1));
                            }
                        }
                    }
                }
                (Some(rows), Some(Some(place))) => {
                    accumulator.fill(|range| rows.column(*place, range), runs, bins);
                }
                (Some(_), _) => accumulator.fill(|_| empty(), runs, bins),
                (None, _) => {
                    let column = numbers.get(column).map_or(&[][..], Vec::as_slice);
                    accumulator.fill(|range| column[range].iter().copied(), runs, bins);
                }
            }
        }
    }

    /// Fills the columns of the bins that have ended with the rows of the runs.
    pub(super) fn fill(&mut self, numbers: &NumberColumns) {
        let runs = std::mem::take(&mut self.runs);
        self.aggregate(numbers, &runs);
        let pending = &mut self.pending;
        let first = pending.starts.len() - runs.iter().map(|run| run.bins).sum::<usize>();
        let mut lost = Vec::new();
        for (column, bins) in pending.columns.iter_mut().enumerate() {
            let units = self.conversions[column];
            let ended = &mut bins[first..];
            if units.is_none() && !any(ended, is_too_large) {
                continue;
            }
            for (start, bin) in pending.starts[first..].iter().zip(ended) {
                let converted = units.and_then(|(from, to)| from.convert(*bin, to));
                let converted = converted.unwrap_or(*bin);
                // What is a number in the report's unit can be none in the dataset's.
                if is_too_large(converted) {
                    let end = *start + self.rules.interval;
                    lost.push(too_large(*start, end, ColumnId::new(column), *bin));
                    *bin = f64::NAN;
                } else {
                    *bin = converted;
                }
            }
        }
        for column in &self.required {
            let bins = pending.starts.iter().zip(&pending.columns[*column]);
            let empty = bins.skip(first).filter(|(_, value)| value.is_nan());
            lost.extend(empty.map(|(start, _)| {
                let known_at = certain_from(&self.empty, *start, self.rules.interval);
                row(*start, Some(*column), Rule::Required, known_at)
            }));
        }
        for evidence in lost {
            pending.flag(evidence);
        }
        self.empty.clear();
        self.runs = runs;
        self.runs.clear();
    }
}

/// From when on it is certain that the bin at `start`, one of those that have ended, is on the axis and which values it lacks.
fn certain_from(empty: &[EmptyBins], start: Instant, bin: Span) -> Instant {
    let end = start + bin;
    let before = empty.partition_point(|empty| empty.first <= start);
    // The next row of bins before this one is in this one at the latest.
    let next_row = empty[..before].last().map(|empty| empty.next_row);
    next_row.map_or(end, |next_row| next_row.max(end))
}

/// Whether `is` holds for any of `values`. It does not stop at the first one, so that many are looked at at once.
pub(super) fn any(values: &[f64], is: impl Fn(f64) -> bool) -> bool {
    values.iter().fold(false, |any, value| any | is(*value))
}

fn is_too_large(value: f64) -> bool {
    value.abs() >= EXTREME
}

/// Evidence of a point whose bins are converted so.
pub(super) fn in_dataset_unit(evidence: Evidence, units: Option<(Unit, Unit)>) -> Evidence {
    let value = units.and_then(|(from, to)| from.convert(evidence.value, to));
    Evidence {
        value: value.unwrap_or(evidence.value),
        ..evidence
    }
}

/// From which unit to which a point's bins are converted, if they are.
pub(super) fn conversion(point: &PointSpec) -> Option<(Unit, Unit)> {
    let (from, to) = (point.unit?, point.dataset_unit()?);
    (from != to).then_some((from, to))
}
