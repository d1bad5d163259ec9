//! Rows of a doubled hour that wait for its end, when it is known which of its two passes each is of.

use super::block::Noted;
use crate::acquire::fold::{HourPasses, MOST_DOUBLED};
use crate::acquire::lines::Line;
use crate::acquire::local_clock::Doubled;

/// The rows of a doubled hour, which are the last of the block.
pub(super) struct DoubledHour {
    /// The first of them in the block.
    pub(super) from: usize,
    pub(super) passes: HourPasses,
    /// What each will be counted by.
    pub(super) rows: Vec<WaitingRow>,
}

/// A row of a doubled hour.
pub(super) struct WaitingRow {
    /// The number of its line.
    pub(super) line: u64,
    pub(super) text: Vec<u8>,
    /// What was noted of its cells.
    pub(super) noted: Noted,
}

impl DoubledHour {
    /// The hour that begins with a row, which is still to be added and will have the place `from` in the block.
    pub(super) fn begin(first: Doubled, from: usize) -> Self {
        let mut passes = HourPasses::default();
        passes.take(first);
        Self {
            from,
            passes,
            rows: Vec::new(),
        }
    }

    /// Adds what a row will be counted by.
    pub(super) fn add(&mut self, line: &Line, text: &[u8], noted: Noted) {
        self.rows.push(WaitingRow {
            line: line.number,
            text: text.to_vec(),
            noted,
        });
    }

    /// Whether more rows are in it than are held.
    pub(super) fn is_too_long(&self) -> bool {
        self.rows.len() > MOST_DOUBLED
    }
}
