//! One window of the axis: the rows of all sources in it, as one.
//!
//! Enters: what is committed, then the frames in the order of adding, row by row. Leaves: the rows of the window in the order of time,
//! each once. What becomes of a second number for a cell is decided as for reports. Flags unite. A row that was inserted into a gap says
//! nothing once there is another.
//!
//! Frames do not go through the merge of reports: it has a chunk of every open source in memory, where here any number of frames can
//! overlap, and its rows have no flags of their own. A window holds the rows of a stretch, and one piece at a time is read into it.

use crate::clean::{CellPlace, FirstWins};
use crate::error::{Error, Result};
use crate::model::{ColumnId, FlagSet, flag_lists};
use crate::time::{Instant, Span};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::SchemaRef;
use std::sync::Arc;

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
    ///
    /// # Errors
    /// The first cell that has a number already, where that is refused.
    pub(super) fn take(
        &mut self,
        rows: &FrameRows<'_>,
        is_inserted: &dyn Fn(Instant) -> bool,
        cells: &mut FirstWins,
    ) -> std::result::Result<(), CellPlace> {
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
            let rows = rows.times[from..to].iter().zip(&bins);
            for (number, (time, bin)) in numbers[from..to].iter().zip(rows) {
                if number.is_nan() {
                    continue;
                }
                let place = CellPlace {
                    time: *time,
                    column: *column,
                };
                cells.give(&mut stands[*bin], *number, place, true)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CellConflict, Repeats};
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
        let mut cells = FirstWins::new(Repeats::FirstWins);
        let insufficient = flags(&[&[Flag::InsufficientData], &[Flag::InsufficientData]]);
        let gap = FrameRows {
            times: &[5, 10].map(Instant::from_nanos),
            flags: &insufficient,
            points: vec![(ColumnId::new(0), &[f64::NAN; 2])],
        };
        window.take(&gap, &|_| true, &mut cells).unwrap();
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
        window.take(&first, &|_| false, &mut cells).unwrap();
        window.take(&second, &|_| false, &mut cells).unwrap();
        let (bins, united, values) = merged(&window);
        assert_eq!(bins, [Bin::Empty, Bin::Row, Bin::Inserted, Bin::Row]);
        assert_eq!(united, flags(&[&[], &[Flag::Frozen], &[], &[]]));
        assert_eq!((values[1], values[3]), (1.0, 2.0));
        let counts = cells.counts();
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
        let mut cells = FirstWins::new(Repeats::Refuse);
        let rows = FrameRows {
            times: &[Instant::from_nanos(5)],
            flags: &[FlagSet::CLEAN],
            points: vec![(ColumnId::new(0), &[1.0])],
        };
        window.take(&rows, &|_| false, &mut cells).unwrap();
        let repeated = window.take(&rows, &|_| false, &mut cells).unwrap_err();
        assert_eq!((repeated.time.nanos(), repeated.column.index()), (5, 0));
    }
}
