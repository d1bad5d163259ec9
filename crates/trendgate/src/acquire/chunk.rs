//! The rows of a report as numbers.

use super::NumberColumns;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Consecutive rows of one report, in ascending order of time (rows of the same time in the order of the file).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// The time of each row.
    pub times: Vec<Instant>,
    /// For each point of the report, one value a row; NaN where the cell is null. Never infinite, always below
    /// [`EXTREME`](crate::model::EXTREME) in size.
    pub columns: NumberColumns,
    /// For each row, whether at least one of its cells is a number (or a state).
    pub samples: Vec<bool>,
    /// The cells that were numbers, but not finite or at least [`EXTREME`](crate::model::EXTREME) in size: null in `columns`, listed here in
    /// the order of the rows.
    pub(crate) extremes: Vec<Extreme>,
    /// Whether the next chunk may begin with rows of the same time as the last row. Where it is not set, no later chunk has
    /// such a row.
    pub(crate) continues: bool,
    /// The rows whose local time never happens, in ascending order: where they were moved to, any other row goes before them.
    pub(crate) moved: Vec<usize>,
    /// Where a row need not have a cell of every point: the cells without a number that are there, by row and column, in ascending order.
    /// `None` where every row has all cells.
    pub(crate) missing: Option<Vec<(usize, usize)>>,
    /// The cells before which their point was not logged, since whenever, by row and column, in ascending order.
    pub(crate) restarts: Vec<(usize, usize)>,
}

impl Chunk {
    /// Whether a row has a cell of a point, one of its columns, whether it is a number or not.
    pub(crate) fn has_cell(&self, row: usize, column: usize) -> bool {
        let missing = self.missing.as_ref();
        let is_missing = |missing: &Vec<_>| missing.binary_search(&(row, column)).is_ok();
        !self.columns[column][row].is_nan() || missing.is_none_or(is_missing)
    }

    /// Whether a row was moved out of an hour that never happened.
    pub(crate) fn is_moved(&self, row: usize) -> bool {
        self.moved.binary_search(&row).is_ok()
    }

    /// Adds a row, at its end, whose cells are all null and that is no sample.
    pub(crate) fn push_row_without_numbers(&mut self, time: Instant) {
        self.times.push(time);
        self.samples.push(false);
        for column in &mut self.columns {
            column.push(f64::NAN);
        }
    }
}

/// A cell whose number was removed for its size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extreme {
    /// The row within its chunk.
    pub(crate) row: usize,
    /// The column within its chunk.
    pub(crate) column: usize,
    /// The number as read; infinite where the text overflows an `f64`.
    pub(crate) value: f64,
}

/// The rows of a chunk of about `cells` cells, the time of a row and what else is noted of it counted as two.
pub(super) fn chunk_rows(cells: usize, points: usize) -> usize {
    // The rows of the last time wait for the next row, so a chunk of one row would never be sure to have all of its time.
    (cells / (points + 2)).clamp(2, 1 << 16)
}
