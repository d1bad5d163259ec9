//! Numbers of points that are logged on one grid of times → a table of them by point and time, which needs no sort.
//!
//! ```text
//! a first block of entries ─ EntryGrid::of ─▶ the step of its times
//! entries in any order ─ put_all ─▶ one column of numbers a point ─ spill ─▶ pieces of consecutive rows in scratch ─ piece ─▶ numbers
//! ```
//!
//! An entry that has no cell of its own (a second one of its point at its time, one between two rows, one for which there is no room) is not
//! taken: then all are sorted.

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
    /// How many cells there are, and may be.
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

    /// The row of a time, for which room is made before the first one, and between two.
    #[inline]
    fn row(&mut self, time: i64) -> Option<usize> {
        let since = time.checked_sub(self.first)?;
        let row = since / self.step;
        if since < 0 || row * self.step != since {
            return self.row_of_other_grid(time);
        }
        usize::try_from(row).ok()
    }

    #[cold]
    fn row_of_other_grid(&mut self, time: i64) -> Option<usize> {
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
        let (cells, rows) = (
            self.cells.checked_mul(times)?,
            self.rows.checked_mul(times)?,
        );
        (cells <= self.most).then_some(())?;
        for column in &mut self.columns {
            let mut parted = vec![f64::NAN; column.len() * times];
            for (row, value) in column.iter().enumerate() {
                parted[row * times] = *value;
            }
            *column = parted;
        }
        (self.cells, self.rows) = (cells, rows);
        Some(())
    }

    /// Adds at least so many rows before the first one: of entries that go back in time each is before the one that came last.
    fn begin_before(&mut self, rows: usize) -> Option<()> {
        let filled = self.columns.iter().filter(|column| !column.is_empty());
        let filled = filled.count();
        let fits = |rows: usize| {
            let cells = rows.checked_mul(filled)?.checked_add(self.cells)?;
            let before = i64::try_from(rows).ok()?.checked_mul(self.step)?;
            Some((rows, cells, self.first.checked_sub(before)?))
                .filter(|(_, cells, _)| *cells <= self.most)
        };
        let (rows, cells, first) =
            fits(rows.saturating_add(self.rows / 8)).or_else(|| fits(rows))?;
        for column in self.columns.iter_mut().filter(|column| !column.is_empty()) {
            column.splice(0..0, std::iter::repeat_n(f64::NAN, rows));
        }
        (self.first, self.cells) = (first, cells);
        self.rows += rows;
        Some(())
    }

    /// Makes room for the cell, which is behind the last one of its column, and fills it.
    fn grow(&mut self, column: usize, row: usize, value: f64) -> bool {
        if self.columns.len() <= column {
            self.columns.resize(column + 1, Vec::new());
        }
        let cells = &mut self.columns[column];
        let Some(all) = (row + 1 - cells.len()).checked_add(self.cells) else {
            return false;
        };
        if all > self.most {
            return false;
        }
        self.cells = all;
        if cells.is_empty() {
            cells.reserve_exact(self.rows.max(row + 1));
        }
        cells.resize(row, f64::NAN);
        cells.push(value);
        self.rows = self.rows.max(row + 1);
        true
    }

    fn time(&self, row: usize) -> Instant {
        time_of(self.first, self.step, row)
    }

    /// The entries, in blocks of about so many, to be sorted.
    pub(super) fn into_blocks(self, entries: usize) -> impl Iterator<Item = Entries> {
        let rows = 0..self.rows;
        let mut rows = rows.into_iter();
        std::iter::from_fn(move || {
            let mut block = Entries::default();
            while block.len() < entries
                && let Some(row) = rows.next()
            {
                for (number, column) in (0..).zip(&self.columns) {
                    if let Some(value) = column.get(row).filter(|value| !value.is_nan()) {
                        let time = self.time(row);
                        block.push(time, number, *value, EntryNote::default());
                    }
                }
            }
            (block.len() > 0).then_some(block)
        })
    }

    /// Whether so many entries leave most of the cells empty: then they take less where they are sorted.
    pub(super) fn is_sparse(&self, entries: u64) -> bool {
        let cells = self.rows.saturating_mul(self.columns.len()) as u64;
        cells > entries.saturating_mul(MOST_CELLS)
    }

    /// Writes the grid to scratch.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(super) fn spill(self, scratch: &SpillFile) -> Result<SpilledGrid> {
        let first_number = |column: &Vec<f64>| column.iter().position(|value| !value.is_nan());
        let begin = self.columns.iter().filter_map(first_number).min();
        let begin = begin.unwrap_or(self.rows);
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Cells = BTreeMap<(Instant, u32), f64>;

    fn instant(time: i64) -> Instant {
        Instant::from_nanos(1_000_000_007 + time * 60)
    }

    fn in_blocks(grid: EntryGrid, entries: usize) -> Cells {
        let mut cells = Cells::new();
        let mut last = Instant::MIN;
        for block in grid.into_blocks(entries) {
            for (row, time) in block.times.iter().enumerate() {
                assert!(*time >= last);
                last = *time;
                cells.insert((*time, block.columns[row]), block.values[row]);
            }
        }
        cells
    }

    fn in_pieces(grid: EntryGrid) -> (Cells, SpilledGrid) {
        let scratch = SpillFile::default();
        let grid = grid.spill(&scratch).unwrap();
        let mut cells = Cells::new();
        for piece in 0..grid.piece_count() {
            let rows = grid.rows_of(piece);
            let numbers = grid.piece(piece, &scratch).unwrap();
            assert_eq!(numbers.len(), rows.len() * grid.columns);
            for (place, number) in numbers
                .iter()
                .enumerate()
                .filter(|(_, number)| !number.is_nan())
            {
                let row = rows.start + place % rows.len();
                assert_eq!(grid.piece_of(row), piece);
                let column = u32::try_from(place / rows.len()).unwrap();
                cells.insert((grid.time(row), column), *number);
            }
        }
        (cells, grid)
    }

    proptest! {
        #[test]
        fn a_grid_has_the_entries_that_it_took_and_takes_all_that_have_a_cell_of_their_own(
            entries in prop::collection::vec((0..200_i64, 0..4_u32, 0..100_u8), 2..120),
            step in prop::sample::select(vec![1_i64, 5, 60]),
            order in 0..4_usize,
            first in 2..60_usize,
            most in prop::sample::select(vec![10_usize, 400, 100_000]),
            finer in any::<bool>(),
        ) {
            let mut entries: Vec<_> = (entries.into_iter().enumerate())
                // Entries of the second half may stand between the rows of the first.
                .map(|(at, (time, column, value))| {
                    let step = if finer && at >= first { 1 } else { step };
                    (instant(time * step), column, f64::from(value))
                })
                .collect();
            match order {
                0 => entries.sort_by_key(|(time, column, _)| (*time, *column)),
                1 => entries.sort_by_key(|(time, column, _)| (*column, *time)),
                2 => entries.sort_by_key(|(time, column, _)| (std::cmp::Reverse(*time), *column)),
                _ => {}
            }
            let (begin, more) = entries.split_at(first.min(entries.len()));
            let plain = |(time, column, value): &_| PlainEntry { time: *time, column: *column, value: *value };
            let block: Vec<PlainEntry> = begin.iter().map(plain).collect();
            let all: Cells = begin.iter().map(|(time, column, value)| ((*time, *column), *value)).collect();
            let mut expected = all;
            let is_of_cells = expected.len() == begin.len();
            let is_of_times = begin.iter().any(|(time, ..)| *time != begin[0].0);
            let Some(mut grid) = EntryGrid::of(&block, most) else {
                prop_assert!(!is_of_cells || !is_of_times || most < 100_000);
                return Ok(());
            };
            prop_assert!(is_of_cells && is_of_times);
            let mut twin = EntryGrid::of(&block, most).unwrap();
            for entry in more {
                let is_taken = grid.put(plain(entry));
                prop_assert_eq!(is_taken, twin.put(plain(entry)));
                let (time, column, value) = entry;
                let is_new = !expected.contains_key(&(*time, *column));
                prop_assert!(is_new || !is_taken);
                prop_assert!(is_taken || !is_new || most < 100_000);
                if !is_taken {
                    break;
                }
                expected.insert((*time, *column), *value);
            }
            prop_assert!(grid.cells <= most);
            prop_assert_eq!(grid.cells, grid.columns.iter().map(Vec::len).sum::<usize>());
            prop_assert_eq!(in_blocks(twin, first), expected.clone());
            let (cells, grid) = in_pieces(grid);
            prop_assert_eq!(grid.numbers.iter().sum::<u64>(), expected.len() as u64);
            for time in expected.keys().map(|(time, _)| *time) {
                let before = grid.rows_before(time);
                prop_assert_eq!(grid.time(before), time);
                prop_assert_eq!(grid.rows_before(Instant::from_nanos(time.nanos() - 1)), before);
                prop_assert_eq!(grid.rows_before(Instant::from_nanos(time.nanos() + 1)), before + 1);
            }
            prop_assert_eq!(grid.rows_before(Instant::MAX), grid.rows());
            prop_assert_eq!(grid.rows_before(Instant::MIN), 0);
            prop_assert_eq!(cells, expected);
        }
    }
}
