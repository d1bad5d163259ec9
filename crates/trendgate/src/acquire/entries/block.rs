//! Entries in columns, as they are sorted.

use crate::scratch::{RowPlace, SortBlock};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Consecutive entries of one report, in the order of the file or of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::acquire) struct Entries {
    pub(super) times: Vec<Instant>,
    /// Of each its point, in the order of the report's.
    pub(super) columns: Vec<u32>,
    /// NaN where there is none.
    pub(super) values: Vec<f64>,
    pub(super) notes: Vec<EntryNote>,
}

/// What there is to know of an entry beside its number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryNote {
    /// Whether its number is to be removed for its size.
    pub(super) is_extreme: bool,
    /// Whether its local time never happens.
    pub(super) is_moved: bool,
    /// Whether its point was not logged until then.
    pub(super) restarts: bool,
}

/// So many entries take about as much memory as so many cells, with their places in an order.
pub(super) fn entries_of(cells: usize) -> usize {
    const CELLS: usize = 6;
    (cells / CELLS).max(1)
}

impl Entries {
    /// None yet, with room for so many.
    pub(super) fn with_room(entries: usize) -> Self {
        Self {
            times: Vec::with_capacity(entries),
            columns: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
            notes: Vec::with_capacity(entries),
        }
    }

    pub(in crate::acquire) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn push(&mut self, time: Instant, column: u32, value: f64, note: EntryNote) {
        self.times.push(time);
        self.columns.push(column);
        self.values.push(value);
        self.notes.push(note);
    }
}

impl SortBlock for Entries {
    type Key = Instant;

    fn rows(&self) -> usize {
        self.len()
    }

    fn key(&self, row: usize) -> Instant {
        self.times[row]
    }

    fn gather(blocks: &[Self], places: &[RowPlace<Instant>]) -> Self {
        let of = places.iter();
        let of = of.map(|(_, block, row)| (&blocks[*block as usize], *row as usize));
        Self {
            times: places.iter().map(|(time, ..)| *time).collect(),
            columns: of.clone().map(|(block, row)| block.columns[row]).collect(),
            values: of.clone().map(|(block, row)| block.values[row]).collect(),
            notes: of.map(|(block, row)| block.notes[row]).collect(),
        }
    }

    fn append(&mut self, from: &Self, rows: Range<usize>) {
        // Of shuffled entries few stand together.
        if rows.len() == 1 {
            let row = rows.start;
            return self.push(
                from.times[row],
                from.columns[row],
                from.values[row],
                from.notes[row],
            );
        }
        self.times.extend_from_slice(&from.times[rows.clone()]);
        self.columns.extend_from_slice(&from.columns[rows.clone()]);
        self.values.extend_from_slice(&from.values[rows.clone()]);
        self.notes.extend_from_slice(&from.notes[rows]);
    }

    fn set_continues(&mut self, _: bool) {}
}
