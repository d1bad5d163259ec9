//! Chunks of many reports → one stream of rows, each time once.
//!
//! Rows of the same time are merged cell by cell: the first number wins, where "first" is the order of the sources (the
//! report's first timestamp, then its digest) and within one report the order of its rows. A later number that is equal
//! is a duplicate, one that differs a conflict; both are counted, and nothing else is lost. Of a number and the same rounded, the longer wins.
//!
//! A row that was moved out of an hour that never happened comes after all others of its time, whatever report it is of: nobody knows that
//! it is of that time. Where its numbers lose they are counted by themselves, and a row that gives no number is no sample.
//!
//! Of a point that logs its changes, so that its values hold, the last row of a report counts where several are of one time.
//!
//! Most of the work is not cell by cell: as long as the reports at the front carry different points and step through the
//! same times, their columns are copied in runs.

mod cells;
mod conflicts;
mod extremes;
mod fronts;
mod marks;
mod moved;
mod rows;

use super::Kind;
use crate::acquire::Chunk;
use crate::model::{ColumnId, KindId, PointSpec};
use crate::time::{Instant, TimeRange};
use conflicts::Rivals;
use extremes::{keep_smallest, take_extremes};
use fronts::{Fronts, Stopped};
use marks::Marks;
use moved::MovedNumbers;
use rows::LastOfKind;
use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use cells::{CellConflict, MergeCounts, Repeats};
pub(crate) use cells::{CellPlace, FirstWins};
pub(crate) use conflicts::ColumnConflicts;
pub(crate) use extremes::MergedExtreme;
pub(crate) use marks::{CellFact, CellMark};
pub use rows::{KindRow, MergedRows};

/// Where a merger gets the chunks of one report.
pub(crate) trait Source {
    /// The first time of the report; at any rate none before which it has a row.
    fn starts(&self) -> Instant;
    /// The kind of the report.
    fn kind(&self) -> KindId;
    /// For each column of its chunks, the column of the roster.
    fn columns(&self) -> &[ColumnId];
    /// Whether it is committed bins in the place of a report that is gone.
    fn is_committed(&self) -> bool {
        false
    }
    /// Takes note that the report has two numbers for one time in this column, which differ.
    fn note_repeat(&self, _column: ColumnId) {}
    /// The next chunk; `None` at the end of the report.
    ///
    /// # Errors
    /// Whatever keeps the report from being read.
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Stop>;
}

/// Why merging stopped: one report has to be treated differently, and the task done again.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The report has to be read whole before any of it can be.
    NeedsWhole,
    /// The report repeats a cell, and that is forbidden.
    Repeated {
        /// The time of the two rows.
        time: Instant,
        /// The column of the roster.
        column: ColumnId,
    },
    /// The report cannot be used.
    Failed(crate::Error),
    /// Something failed that says nothing about the report.
    Broken(crate::Error),
}

/// Merges the reports of one task.
pub(crate) struct Merger<I: Iterator> {
    fronts: Fronts<I>,
    rows: MergedRows,
    last_of_kind: LastOfKind,
    batch_rows: usize,
    own: TimeRange,
    last: Instant,
    cells: FirstWins,
    rivals: Rivals,
    moved: MovedNumbers,
    marks: Marks,
}

impl<I: Iterator<Item: Source>> Merger<I> {
    /// A merger of `sources`, given out in order of precedence (so also of [`Source::starts`]), onto a roster of `columns`
    /// columns. Numbers in rows of `own` are counted.
    pub(crate) fn new(
        sources: impl IntoIterator<IntoIter = I>,
        columns: usize,
        batch_rows: usize,
        own: TimeRange,
        repeats: Repeats,
    ) -> Self {
        Self {
            fronts: Fronts::new(sources.into_iter()),
            rows: MergedRows::new(columns),
            last_of_kind: LastOfKind::default(),
            batch_rows,
            own,
            last: Instant::MIN,
            cells: FirstWins::new(repeats),
            rivals: Rivals::new(columns),
            moved: MovedNumbers::default(),
            marks: Marks::default(),
        }
    }

    /// Says which columns are of states, whose numbers are not rounded.
    #[must_use]
    pub(crate) fn with_states(mut self, states: Vec<bool>) -> Self {
        self.cells = self.cells.with_states(states);
        self
    }

    /// Says what the points and the kinds are: where values of points hold, the merged rows have marks, and not every row is one of its kind.
    #[must_use]
    pub(crate) fn with_points(mut self, points: &[PointSpec], kinds: &[Kind]) -> Self {
        self.marks = Marks::of(points, kinds);
        self
    }

    /// The next merged rows; `None` when all reports are at their end.
    ///
    /// # Errors
    /// The place of the source among those given to [`Merger::new`], and why it stopped the merge.
    pub(crate) fn next_rows(&mut self) -> Result<Option<&MergedRows>, (usize, Stop)> {
        self.rows.clear();
        // What is nearly full is full: so a chunk of as many rows can be taken whole.
        while self.rows.times.len() < self.batch_rows - self.batch_rows / 8 {
            self.fronts.open_due()?;
            let Some(time) = self.fronts.earliest() else {
                break;
            };
            if time <= self.last {
                return Err((self.fronts.first_at(time), Stop::NeedsWhole));
            }
            let most = self.batch_rows - self.rows.times.len();
            let columns = self.rows.columns.len();
            match self.fronts.run_length(time, columns, most) {
                Some(length) => self.copy_run(time, length)?,
                None => self.merge_row(time)?,
            }
        }
        self.rows.marks.sort_unstable();
        self.rows.marks.dedup();
        Ok((!self.rows.times.is_empty()).then_some(&self.rows))
    }

    /// Of each column that has any, the conflicts between sources. Those of a source with itself it was told.
    pub(crate) fn conflicts(&self) -> &BTreeMap<ColumnId, ColumnConflicts> {
        self.rivals.columns()
    }

    /// The counts.
    pub(crate) fn finish(self) -> MergeCounts {
        self.cells.into_counts()
    }

    fn copy_run(&mut self, time: Instant, length: usize) -> Result<(), Stopped> {
        let base = self.rows.times.len();
        let mut at_front = self
            .fronts
            .open
            .iter_mut()
            .filter(|front| front.time() == time);
        if let Some(front) = at_front.next() {
            let times = &front.chunk.times[front.next..front.next + length];
            self.rows.times.extend_from_slice(times);
            self.last = times[length - 1];
        }
        let counted = self.owned_from(base);
        let Self {
            fronts,
            rows,
            last_of_kind,
            cells,
            marks,
            batch_rows,
            ..
        } = self;
        // Most reports share their times with no other: their rows stay rows.
        let alone = fronts
            .open
            .iter()
            .filter(|front| front.time() == time)
            .count()
            == 1;
        let mut by_column = false;
        for front in fronts.open.iter_mut().filter(|front| front.time() == time) {
            let range = front.next..front.next + length;
            let order = front.source.columns();
            // A chunk that is small beside a batch is copied, and the batch keeps its memory.
            let take = length == front.chunk.times.len() && 2 * length >= *batch_rows;
            let by_row = alone && marks.noted(front).is_empty();
            let chunk = &mut front.chunk.columns;
            if by_row && (rows.columns).extend_by_rows(chunk, range.clone(), order, take) {
                let counted = base + counted.start..base + counted.end;
                let by_row = rows.columns.rows().map(|rows| rows.of(counted));
                cells.count_used(by_row.unwrap_or_default());
            } else {
                by_column = true;
                for (values, column) in chunk.iter_mut().zip(order) {
                    let values = &values[range.clone()];
                    let target = &mut rows.columns[*column];
                    target.resize(base, f64::NAN);
                    target.extend_from_slice(values);
                    cells.count_used(&values[counted.clone()]);
                }
            }
            take_extremes(front, base, length, &mut rows.extremes);
            marks.note(front, base, length, &mut rows.marks);
        }
        if by_column {
            for column in &mut rows.columns {
                column.resize(base + length, f64::NAN);
            }
        }
        rows.extremes[..].sort_by_key(|extreme| extreme.row);
        for row in 0..length {
            for front in fronts.open.iter().filter(|front| front.time() == time) {
                let sample = front.chunk.samples[front.next + row];
                let kind = front.source.kind();
                if let Some(sample) = marks.row(front, front.next + row, sample) {
                    last_of_kind.note(rows, base + row, kind, sample);
                }
            }
        }
        self.fronts.advance(time, length)
    }

    fn merge_row(&mut self, time: Instant) -> Result<(), Stopped> {
        let row = self.rows.times.len();
        self.rows.times.push(time);
        self.last = time;
        self.cells.forget();
        self.marks.begin_row();
        let counted = self.own.contains(time);
        for column in &mut self.rows.columns {
            column.push(f64::NAN);
        }
        let extremes = self.rows.extremes.len();
        // However many rows have this time, of their extremes only a few a column are held.
        let most = extremes + 2 * self.rows.columns.len();
        let mut index = 0;
        while index < self.fronts.open.len() {
            let mut there = true;
            while there && self.fronts.open[index].time() == time {
                match self.fronts.open[index].is_moved() {
                    true => self.set_aside(index, row, counted),
                    false => self.merge_cells(index, row, counted)?,
                }
                if self.rows.extremes.len() > most {
                    keep_smallest(&mut self.rows.extremes, extremes);
                }
                let front = &mut self.fronts.open[index];
                front.next += 1;
                if front.next == front.chunk.times.len() {
                    there = self.fronts.refill_at(index)?;
                }
            }
            // A front that came to its end has left its place to the next one.
            index += usize::from(there);
        }
        keep_smallest(&mut self.rows.extremes, extremes);
        self.moved.give(
            &mut self.rows,
            row,
            (&mut self.last_of_kind, &self.marks),
            &mut self.cells,
            counted,
        );
        Ok(())
    }

    /// Takes the front's next row, which was moved.
    fn set_aside(&mut self, index: usize, row: usize, counted: bool) {
        let front = &mut self.fronts.open[index];
        front.chunk.columns.forget_rows();
        let columns = self.rows.columns.len();
        self.moved
            .set_aside(front, columns, &mut self.cells, counted);
        let kind = front.source.kind();
        if self.marks.row(front, front.next, false).is_some() {
            self.last_of_kind.note(&mut self.rows, row, kind, false);
        }
        take_extremes(front, row, 1, &mut self.rows.extremes);
    }

    /// Merges the front's next row cell by cell.
    fn merge_cells(&mut self, index: usize, row: usize, counted: bool) -> Result<(), Stopped> {
        let Self {
            fronts,
            rows,
            last_of_kind,
            cells,
            rivals,
            marks,
            ..
        } = self;
        let front = &mut fronts.open[index];
        let time = front.time();
        front.chunk.columns.forget_rows();
        let columns = front.chunk.columns.iter().zip(front.source.columns());
        for (of_chunk, (values, column)) in columns.enumerate() {
            let value = values[front.next];
            let column = *column;
            let cell = &mut rows.columns[column][row];
            let place = CellPlace { time, column };
            let lost = cells.counts().conflict_losers;
            let given =
                if marks.gave(column, front.order) && front.chunk.has_cell(front.next, of_chunk) {
                    marks.set_giver(column, (!value.is_nan()).then_some(front.order));
                    cells.give_later(cell, value, place, counted)
                } else if value.is_nan() {
                    continue;
                } else {
                    if cell.is_nan() {
                        marks.set_giver(column, Some(front.order));
                        rivals.set_giver(column, front.order);
                    }
                    let given = cells.give(cell, value, place, counted);
                    if cells.counts().conflict_losers > lost {
                        match rivals.is_giver(column, front.order) {
                            true => front.source.note_repeat(column),
                            false => rivals.note(place, *cell, value),
                        }
                    }
                    given
                };
            given.map_err(|CellPlace { time, column }| {
                (front.order, Stop::Repeated { time, column })
            })?;
        }
        let sample = front.chunk.samples[front.next];
        if let Some(sample) = marks.row(front, front.next, sample) {
            last_of_kind.note(rows, row, front.source.kind(), sample);
        }
        marks.note(front, row, 1, &mut rows.marks);
        take_extremes(front, row, 1, &mut rows.extremes);
        Ok(())
    }

    /// Which of the merged rows from `base` on the task owns, counted from there.
    fn owned_from(&self, base: usize) -> Range<usize> {
        let times = &self.rows.times[base..];
        let from = times.partition_point(|time| *time < self.own.start);
        let to = times.partition_point(|time| *time < self.own.end);
        from..to.max(from)
    }
}
