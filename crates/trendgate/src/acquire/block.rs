//! Rows as they are parsed → chunks of columns.
//!
//! Cells are gathered row by row, so that a row that proves ragged is undone by cutting the block back, and turned into columns
//! when a chunk leaves.

use super::cells::{Cell, Said};
use super::{Chunk, Extreme};
use std::ops::Range;

/// Accepted rows that have not left yet.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) times: Vec<i64>,
    pub(super) samples: Vec<bool>,
    /// Row by row.
    pub(super) cells: Vec<f64>,
    pub(super) extremes: Vec<Extreme>,
    /// The first row of the fold that is open.
    pub(super) fold: Option<usize>,
    /// Of the row being parsed: columns with a missing token, and its kind.
    pub(super) missing: Vec<(usize, u8)>,
    /// Of the row being parsed: column and what else stands there instead of a number.
    pub(super) others: Vec<Other>,
    /// Of the row being parsed: columns whose number said more than itself.
    pub(super) said: Vec<(usize, Said)>,
}

#[derive(Debug)]
pub(super) struct Other {
    pub(super) column: usize,
    pub(super) cell: Cell,
    /// Where the text stands in the line.
    pub(super) text: Range<usize>,
}

impl Block {
    /// Undoes the cells of the row being parsed.
    pub(super) fn cut_back(&mut self, points: usize) {
        self.cells.truncate(self.times.len() * points);
    }

    /// The first `rows` rows as a chunk.
    pub(super) fn leave(&mut self, rows: usize, points: usize) -> Chunk {
        let mut columns: Vec<Vec<f64>> = (0..points).map(|_| Vec::with_capacity(rows)).collect();
        // A few rows at a time, so that both sides of the turn stay in the cache.
        for cells in self.cells[..rows * points].chunks(TURN * points.max(1)) {
            let rows = cells.len() / points.max(1);
            for (place, column) in columns.iter_mut().enumerate() {
                column.extend((0..rows).map(|row| cells[row * points + place]));
            }
        }
        self.cells.drain(..rows * points);
        let split = self.extremes.partition_point(|extreme| extreme.row < rows);
        let later = self.extremes.split_off(split);
        let extremes = std::mem::replace(&mut self.extremes, later);
        self.extremes
            .iter_mut()
            .for_each(|extreme| extreme.row -= rows);
        Chunk {
            times: self.times.drain(..rows).collect(),
            samples: self.samples.drain(..rows).collect(),
            columns,
            extremes,
            continues: false,
        }
    }
}

/// Rows turned into columns at a time.
const TURN: usize = 16;
