//! One window of the axis: the rows of all sources in it, as one.
//!
//! Enters: what is committed, then the frames in the order of adding, row by row. Leaves: the rows of the window in the order of time,
//! each once. The first number of a cell stands; a later one is a duplicate where it is equal and a conflict where it is not, and both
//! are counted. Flags unite. A row that was inserted into a gap says nothing once there is another.

use crate::clean::{CellConflict, MergeCounts, Repeats};
use crate::error::{Error, Result};
use crate::model::{ColumnId, FlagSet, flag_lists};
use crate::time::{Instant, Span};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::SchemaRef;
use std::sync::Arc;

/// How many conflicts are kept as examples.
const EXAMPLES: usize = 10;

/// A stretch of bins, filled source by source.
pub(super) struct MergeWindow {
    start: Instant,
    interval: Span,
    bins: Vec<Bin>,
    flags: Vec<FlagSet>,
    points: Vec<Vec<f64>>,
}

/// What is known of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bin {
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
}

/// A cell that has a number already.
#[derive(Debug)]
pub(super) struct Repeated {
    pub(super) time: Instant,
    pub(super) column: ColumnId,
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
        }
    }

    /// The first time after it.
    pub(super) fn end(&self) -> Instant {
        let bins = i64::try_from(self.bins.len()).unwrap_or(i64::MAX);
        self.start + self.interval * bins
    }

    /// Takes what a source has in it.
    pub(super) fn take(
        &mut self,
        rows: &FrameRows<'_>,
        is_inserted: &dyn Fn(Instant) -> bool,
        repeats: Repeats,
        counts: &mut MergeCounts,
    ) -> std::result::Result<(), Repeated> {
        let from = rows.times.partition_point(|time| *time < self.start);
        let end = self.end();
        let to = rows.times.partition_point(|time| *time < end);
        let mut bins = Vec::with_capacity(to - from);
        for (time, flags) in rows.times[from..to].iter().zip(&rows.flags[from..to]) {
            let bin = self.bin_of(*time);
            if is_inserted(*time) {
                if self.bins[bin] == Bin::Empty {
                    self.bins[bin] = Bin::Inserted;
                }
            } else {
                self.bins[bin] = Bin::Row;
                self.flags[bin] = self.flags[bin].union(*flags);
            }
            bins.push(bin);
        }
        for (column, numbers) in &rows.points {
            let stands = &mut self.points[*column];
            for (number, (bin, time)) in numbers[from..to]
                .iter()
                .zip(bins.iter().zip(&rows.times[from..to]))
            {
                if number.is_nan() {
                    continue;
                }
                let kept = stands[*bin];
                if kept.is_nan() {
                    stands[*bin] = *number;
                    counts.used += 1;
                    continue;
                }
                if repeats == Repeats::Refuse {
                    return Err(Repeated {
                        time: *time,
                        column: *column,
                    });
                }
                count(counts, *time, *column, kept, *number);
            }
        }
        Ok(())
    }

    /// Its rows, in the shape of the dataset, and the times of those that were inserted.
    pub(super) fn rows(
        &self,
        schema: &SchemaRef,
        unknown: FlagSet,
    ) -> Result<(RecordBatch, Vec<Instant>)> {
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
        Ok((batch, places.iter().filter(inserted).map(time).collect()))
    }

    fn bin_of(&self, time: Instant) -> usize {
        usize::try_from((time - self.start) / self.interval).unwrap_or(usize::MAX)
    }
}

fn count(counts: &mut MergeCounts, time: Instant, column: ColumnId, kept: f64, lost: f64) {
    #[allow(clippy::float_cmp, reason = "a duplicate is equal, not nearly equal")]
    if kept == lost {
        counts.equal_duplicates += 1;
        return;
    }
    counts.conflict_losers += 1;
    if counts.examples.len() < EXAMPLES {
        counts.examples.push(CellConflict {
            time,
            column,
            kept,
            lost,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Flag;

    fn flags(all: &[&[Flag]]) -> Vec<FlagSet> {
        all.iter()
            .map(|row| row.iter().copied().collect())
            .collect()
    }

    fn merged(window: &MergeWindow) -> (Vec<Bin>, Vec<FlagSet>, Vec<f64>) {
        (
            window.bins.clone(),
            window.flags.clone(),
            window.points[0].clone(),
        )
    }

    #[test]
    fn the_first_number_stands_flags_unite_and_inserted_rows_give_way() {
        let mut window = MergeWindow::new(Instant::EPOCH, Span::from_nanos(5), 4, 1);
        let mut counts = MergeCounts::default();
        let insufficient = flags(&[&[Flag::InsufficientData], &[Flag::InsufficientData]]);
        let gap = FrameRows {
            times: &[5, 10].map(Instant::from_nanos),
            flags: &insufficient,
            points: vec![(ColumnId::new(0), &[f64::NAN; 2])],
        };
        window
            .take(&gap, &|_| true, Repeats::FirstWins, &mut counts)
            .unwrap();
        let frozen = flags(&[&[Flag::Frozen], &[], &[]]);
        let first = FrameRows {
            times: &[-5, 5, 15].map(Instant::from_nanos),
            flags: &flags(&[&[], &[Flag::Frozen], &[]]),
            points: vec![(ColumnId::new(0), &[9.0, 1.0, 2.0])],
        };
        let second = FrameRows {
            times: &[5, 15, 20].map(Instant::from_nanos),
            flags: &frozen,
            points: vec![(ColumnId::new(0), &[1.0, 3.0, 9.0])],
        };
        window
            .take(&first, &|_| false, Repeats::FirstWins, &mut counts)
            .unwrap();
        window
            .take(&second, &|_| false, Repeats::FirstWins, &mut counts)
            .unwrap();
        let (bins, united, values) = merged(&window);
        assert_eq!(bins, [Bin::Empty, Bin::Row, Bin::Inserted, Bin::Row]);
        assert_eq!(united, flags(&[&[], &[Flag::Frozen], &[], &[]]));
        assert_eq!((values[1], values[3]), (1.0, 2.0));
        assert_eq!(
            (counts.used, counts.equal_duplicates, counts.conflict_losers),
            (2, 1, 1)
        );
        let lost = CellConflict {
            time: Instant::from_nanos(15),
            column: ColumnId::new(0),
            kept: 2.0,
            lost: 3.0,
        };
        assert_eq!(counts.examples, [lost]);
    }

    #[test]
    fn a_repeated_cell_is_refused_where_that_is_wanted() {
        let mut window = MergeWindow::new(Instant::EPOCH, Span::from_nanos(5), 4, 1);
        let mut counts = MergeCounts::default();
        let rows = FrameRows {
            times: &[Instant::from_nanos(5)],
            flags: &[FlagSet::CLEAN],
            points: vec![(ColumnId::new(0), &[1.0])],
        };
        window
            .take(&rows, &|_| false, Repeats::Refuse, &mut counts)
            .unwrap();
        let repeated = window
            .take(&rows, &|_| false, Repeats::Refuse, &mut counts)
            .unwrap_err();
        assert_eq!((repeated.time.nanos(), repeated.column.index()), (5, 0));
    }
}
