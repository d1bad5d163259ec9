//! Rows as they are parsed → chunks.
//!
//! Cells are gathered row by row, so that a row that proves ragged is undone by cutting the block back.

use crate::acquire::cells::{Cell, CellNote};
use crate::acquire::{Chunk, Extreme, NumberColumns, tokens};
use crate::time::Instant;
use std::ops::Range;

/// Accepted rows that were not given out yet.
#[derive(Debug, Default)]
pub(super) struct TextBlock {
    pub(super) times: Vec<Instant>,
    pub(super) samples: Vec<bool>,
    /// Row by row.
    pub(super) cells: Vec<f64>,
    pub(super) extremes: Vec<Extreme>,
    /// Rows whose local time never happens, in ascending order.
    pub(super) moved: Vec<usize>,
    /// Whether a number was met that only the whole report decides.
    pub(super) undecided: bool,
    /// Of the row being parsed.
    pub(super) noted: Noted,
}

/// What is noted of a row beside its numbers.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// Columns with a missing token, and its kind.
    pub(super) missing: Vec<(usize, u8)>,
    /// Columns and what else stands there instead of a number.
    pub(super) others: Vec<Other>,
    /// Columns whose number said more than itself.
    pub(super) said: Vec<(usize, CellNote)>,
    /// Columns with a mark, or a unit that no table knows, and where the text stands in the line.
    pub(super) marked: Vec<(usize, Range<usize>)>,
    /// Columns that have no value because of a word in another column, and where that stands in the line.
    pub(super) statuses: Vec<(usize, Range<usize>)>,
}

#[derive(Debug)]
pub(super) struct Other {
    pub(super) column: usize,
    pub(super) cell: Cell,
    /// Where the text stands in the line.
    pub(super) text: Range<usize>,
}

impl Noted {
    pub(super) fn clear(&mut self) {
        self.missing.clear();
        self.others.clear();
        self.said.clear();
        self.marked.clear();
        self.statuses.clear();
    }

    /// Notes that a column has no value, whatever stands in it, because of the word at `word`.
    pub(super) fn without_value(&mut self, column: usize, word: Range<usize>) {
        self.missing.retain(|(missing, _)| *missing != column);
        self.others.retain(|other| other.column != column);
        self.said.retain(|(said, _)| *said != column);
        self.marked.retain(|(marked, _)| *marked != column);
        self.missing.push((column, tokens::STATUS));
        self.statuses.push((column, word));
    }
}

impl TextBlock {
    /// Adds a row, whose cells are those that were parsed last.
    pub(super) fn push(&mut self, time: Instant, points: usize) {
        let row = self.times.len();
        self.times.push(time);
        let empty = self.noted.missing.len() + self.noted.others.len();
        self.samples.push(empty < points);
        for Other { column, cell, .. } in &self.noted.others {
            if let Cell::Extreme(value) = cell {
                self.extremes.push(Extreme {
                    row,
                    column: *column,
                    value: *value,
                });
            }
            self.undecided |= *cell == Cell::Undecided;
        }
    }

    /// Takes the rows from `from` on out; cells that were parsed behind them stay.
    pub(super) fn drop_from(&mut self, from: usize, points: usize) {
        self.cells.drain(from * points..self.times.len() * points);
        self.times.truncate(from);
        self.samples.truncate(from);
        self.extremes.retain(|extreme| extreme.row < from);
        self.moved.retain(|row| *row < from);
    }

    /// Undoes the cells of the row being parsed.
    pub(super) fn cut_back(&mut self, points: usize) {
        self.cells.truncate(self.times.len() * points);
    }

    /// Takes the first `rows` rows out, as a chunk.
    pub(super) fn take_chunk(&mut self, rows: usize, points: usize) -> Chunk {
        let mut cells = std::mem::take(&mut self.cells);
        if cells.len() > rows * points {
            self.cells.reserve_exact(cells.len());
            self.cells.extend(cells.drain(rows * points..));
        }
        let extremes = split_first(&mut self.extremes, rows, |extreme| &mut extreme.row);
        Chunk {
            times: self.times.drain(..rows).collect(),
            samples: self.samples.drain(..rows).collect(),
            columns: NumberColumns::of_rows(cells, points),
            extremes,
            continues: false,
            missing: None,
            restarts: Vec::new(),
            moved: split_first(&mut self.moved, rows, |row| row),
        }
    }
}

/// Takes what is noted of the first `rows` rows; what stays is counted from there.
fn split_first<T>(noted: &mut Vec<T>, rows: usize, row: impl Fn(&mut T) -> &mut usize) -> Vec<T> {
    let split = noted.iter_mut().position(|one| *row(one) >= rows);
    let later = noted.split_off(split.unwrap_or(noted.len()));
    let first = std::mem::replace(noted, later);
    noted.iter_mut().for_each(|one| *row(one) -= rows);
    first
}
