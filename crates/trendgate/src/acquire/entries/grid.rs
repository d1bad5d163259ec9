//! Numbers of points that are logged on one grid of times → a table of them by point and time, which needs no sort.
//!
//! ```text
//! a first block of entries ─ EntryGrid::of ─▶ the step of its times
//! entries in any order ─ put_all ─▶ one column of numbers a point ─ spill ─▶ pieces of consecutive rows in scratch ─ piece ─▶ numbers
//! ```
//!
//! An entry between two rows parts the grid into a finer one. An entry that has no cell of its own (a second one of its point at its time, one for which
//! there is no room) is not taken: then all are sorted.

use super::block::{Entries, EntryNote};
use crate::error::Result;
use crate::scratch::SpillFile;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};
use std::ops::Range;

/// A piece has about so many cells: whoever reads it may hold less than whoever wrote it.
const PIECE: usize = 1 << 12;

/// More cells than these for an entry are too many.
const MOST_CELLS: u64 = 3;

/// An entry of which there is nothing to say but its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PlainEntry {
    pub(super) time: Instant,
    /// Which of the series of the text it is of.
    pub(super) column: u32,
    pub(super) value: f64,
}

/// Numbers by point and time.
pub(super) struct EntryGrid {
    /// The time of the first row, and from one row to the next, in nanoseconds.
    first: i64,
    step: i64,
    /// For each series its numbers, from the first row on; NaN where it has none.
    columns: Vec<Vec<f64>>,
    /// The rows of the longest.
    rows: usize,
    /// For how many cells there is room, and may be.
    cells: usize,
    most: usize,
    /// The time and the row of the last entry: nearly always the next one has the same, or the next.
    last: (i64, usize),
}

/// Where the pieces of a grid stand in the spill file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SpilledGrid {
    first: i64,
    step: i64,
    rows: usize,
    columns: usize,
    pieces: Vec<u64>,
    /// For each series how many numbers it has.
    numbers: Vec<u64>,
}

impl EntryGrid {
    /// That of entries of which more follow, with at most so many cells; `None` where their times show no grid, or they have no cells of
    /// their own on it.
    pub(super) fn of(block: &[PlainEntry], most: usize) -> Option<Self> {
        let times = block.iter().map(|entry| entry.time.nanos());
        let first = times.clone().min()?;
        let steps = times.map(|time| time.wrapping_sub(first));
        let step = steps.fold(0, gcd);
        let mut grid = Self {
            first,
            step: (step > 0).then_some(step)?,
            columns: Vec::new(),
            rows: 0,
            cells: 0,
            most,
            last: (first, 0),
        };
        (grid.put_all(block) == block.len()).then_some(grid)
    }

    /// Takes entries as far as each has a cell; how many.
    pub(super) fn put_all(&mut self, block: &[PlainEntry]) -> usize {
        let without = block.iter().position(|entry| !self.put(*entry));
        without.unwrap_or(block.len())
    }

    /// Takes an entry; whether it did.
    #[inline]
    fn put(
        &mut self,
        PlainEntry {
            time,
            column,
            value,
        }: PlainEntry,
    ) -> bool {
        let time = time.nanos();
        let (last, row) = self.last;
        let row = match time.wrapping_sub(last) {
            0 => row,
            since if since == self.step => row + 1,
            _ => match self.row(time) {
                Some(row) => row,
                None => return false,
            },
        };
        self.last = (time, row);
        let column = column as usize;
        match self
            .columns
            .get_mut(column)
            .and_then(|cells| cells.get_mut(row))
        {
            Some(cell) => {
                cell.is_nan() && {
                    *cell = value;
                    true
                }
            }
            None => self.grow(column, row, value),
        }
    }

    /// The row of a time.
    #[inline]
    fn row(&mut self, time: i64) -> Option<usize> {
        let since = time.checked_sub(self.first)?;
        let row = since / self.step;
        if since < 0 || row * self.step != since {
            return self.new_row(time);
        }
        usize::try_from(row).ok()
    }

    /// The row of a time before the first one or between two, for which room is made.
    #[cold]
    fn new_row(&mut self, time: i64) -> Option<usize> {
        let since = time.checked_sub(self.first)?;
        let step = gcd(self.step, since);
        if step < self.step {
            let times = usize::try_from(self.step / step).ok()?;
            self.part(times)?;
            self.step = step;
        }
        if since < 0 {
            let before = usize::try_from(since.unsigned_abs() / step.unsigned_abs()).ok()?;
            self.begin_before(before)?;
        }
        usize::try_from(time.checked_sub(self.first)? / step).ok()
    }

    /// Makes so many rows of each one.
    fn part(&mut self, times: usize) -> Option<()> {
        let cells = self.lengths().checked_mul(times)?;
        let rows = self.rows.checked_mul(times)?;
        (cells <= self.most).then_some(())?;
        for column in &mut self.columns {
            let mut parted = vec![f64::NAN; column.len() * times];
            for (row, value) in column.iter().enumerate() {
                parted[row * times] = *value;
            }
            *column = parted;
        }
        self.rows = rows;
        self.cells = self.columns.iter().map(Vec::capacity).sum();
        Some(())
    }

    /// Adds at least so many rows before the first one, and as many again as an eighth of all, as far as there is room: of entries that go back in
    /// time each is before the one that came last.
    fn begin_before(&mut self, rows: usize) -> Option<()> {
        let filled = self.columns.iter().filter(|column| !column.is_empty());
        let filled = filled.count().max(1);
        let room = self.most.checked_sub(self.lengths())? / filled;
        (rows <= room).then_some(())?;
        let rows = rows.saturating_add(self.rows / 8).min(room);
        let before = i64::try_from(rows).ok()?.checked_mul(self.step)?;
        let first = self.first.checked_sub(before)?;
        for column in self.columns.iter_mut().filter(|column| !column.is_empty()) {
            let mut longer = Vec::with_capacity(rows + column.len());
            longer.resize(rows, f64::NAN);
            longer.append(column);
            *column = longer;
        }
        self.first = first;
        self.rows += rows;
        self.cells = self.columns.iter().map(Vec::capacity).sum();
        Some(())
    }

    /// The cells of all columns.
    fn lengths(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// Makes room for the cell, which is behind the last one of its column, and fills it.
    fn grow(&mut self, column: usize, row: usize, value: f64) -> bool {
        if self.columns.len() <= column {
            self.columns.resize(column + 1, Vec::new());
        }
        let room = self.most.saturating_sub(self.cells);
        let cells = &mut self.columns[column];
        let has = cells.capacity();
        if has <= row {
            // As long as the longest, where there is room for several of these.
            let alike = if self.rows <= room / 8 { self.rows } else { 0 };
            // Twice as long, columns that are nearly full would leave no room for each other.
            let wanted = alike.max(has + has / 8).max(row + 1);
            let more = (wanted - has).min(room);
            if has + more <= row {
                return false;
            }
            cells.reserve_exact(has + more - cells.len());
            self.cells += cells.capacity() - has;
        }
        cells.resize(row, f64::NAN);
        cells.push(value);
        self.rows = self.rows.max(row + 1);
        true
    }

    fn time(&self, row: usize) -> Instant {
        time_of(self.first, self.step, row)
    }

    /// The entries, point after point, in blocks of at most so many, to be sorted.
    pub(super) fn into_blocks(self, entries: usize) -> impl Iterator<Item = Entries> {
        let (first, step) = (self.first, self.step);
        (0..).zip(self.columns).flat_map(move |(number, column)| {
            let mut cells = (0..).zip(column).filter(|(_, value)| !value.is_nan());
            std::iter::from_fn(move || {
                let mut block = Entries::default();
                for (row, value) in cells.by_ref().take(entries.max(1)) {
                    let time = time_of(first, step, row);
                    block.push(time, number, value, EntryNote::default());
                }
                (block.len() > 0).then_some(block)
            })
        })
    }

    /// The first row with a number.
    fn first_row(&self) -> usize {
        let first = |column: &Vec<f64>| column.iter().position(|value| !value.is_nan());
        let rows = self.columns.iter().filter_map(first);
        rows.min().unwrap_or(self.rows)
    }

    /// Whether so many entries leave most of the cells empty: then they take less where they are sorted.
    pub(super) fn is_sparse(&self, entries: u64) -> bool {
        let rows = self.rows - self.first_row();
        let cells = rows.saturating_mul(self.columns.len()) as u64;
        cells > entries.saturating_mul(MOST_CELLS)
    }

    /// Writes the grid to scratch.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(super) fn spill(self, scratch: &SpillFile) -> Result<SpilledGrid> {
        let begin = self.first_row();
        let mut grid = SpilledGrid {
            first: self.time(begin).nanos(),
            step: self.step,
            rows: self.rows - begin,
            columns: self.columns.len(),
            pieces: Vec::new(),
            numbers: Vec::new(),
        };
        let numbers = self.columns.iter();
        let numbers = numbers.map(|column| column.iter().filter(|value| !value.is_nan()).count());
        grid.numbers = numbers.map(|numbers| numbers as u64).collect();
        for piece in 0..grid.piece_count() {
            let rows = grid.rows_of(piece);
            let mut bytes = Vec::with_capacity(rows.len() * grid.columns * size_of::<f64>());
            for column in &self.columns {
                let cells = column.get(begin + rows.start..).unwrap_or_default();
                let there = &cells[..cells.len().min(rows.len())];
                bytes.extend(there.iter().flat_map(|value| value.to_le_bytes()));
                let absent = rows.len() - there.len();
                bytes.extend(std::iter::repeat_n(f64::NAN.to_le_bytes(), absent).flatten());
            }
            grid.pieces.push(scratch.put(&Bytes::new(&bytes))?);
        }
        Ok(grid)
    }
}

impl SpilledGrid {
    /// The time of a row.
    pub(super) fn time(&self, row: usize) -> Instant {
        time_of(self.first, self.step, row)
    }

    /// The rows before the first one that is not before `time`.
    pub(super) fn rows_before(&self, time: Instant) -> usize {
        let since = i128::from(time.nanos()) - i128::from(self.first);
        let rows = since.max(0).div_euclid(self.step.into())
            + i128::from(since > 0 && since.rem_euclid(self.step.into()) > 0);
        usize::try_from(rows).map_or(self.rows, |rows| rows.min(self.rows))
    }

    /// For each series how many numbers it has.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn piece_rows(&self) -> usize {
        (PIECE / self.columns.max(1)).max(1)
    }

    fn piece_count(&self) -> usize {
        self.rows.div_ceil(self.piece_rows())
    }

    /// The piece that has this row.
    pub(super) fn piece_of(&self, row: usize) -> usize {
        row / self.piece_rows()
    }

    /// The rows of a piece.
    pub(super) fn rows_of(&self, piece: usize) -> Range<usize> {
        let begin = piece * self.piece_rows();
        begin..(begin + self.piece_rows()).min(self.rows)
    }

    /// A piece: the numbers of its rows, series after series.
    ///
    /// # Errors
    /// As [`SpillFile::get`].
    pub(super) fn piece(&self, piece: usize, scratch: &SpillFile) -> Result<Vec<f64>> {
        let bytes: ByteBuf = scratch.get(self.pieces[piece])?;
        let numbers = bytes.as_chunks().0.iter();
        Ok(numbers.map(|number| f64::from_le_bytes(*number)).collect())
    }
}

fn time_of(first: i64, step: i64, row: usize) -> Instant {
    let since = i64::try_from(row).unwrap_or(i64::MAX).wrapping_mul(step);
    Instant::from_nanos(first.wrapping_add(since))
}

/// The greatest common divisor of two numbers, by their size.
fn gcd(one: i64, other: i64) -> i64 {
    let (mut one, mut other) = (one.saturating_abs(), other.saturating_abs());
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests;
