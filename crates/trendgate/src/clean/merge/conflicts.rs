//! Which columns the conflicts are of, and whether a source conflicts with itself.
//!
//! Enters: who gave the number that stands in each cell of a row, and who lost. Leaves: [`ColumnConflicts`] by column, of numbers that lost against
//! another source; whoever lost against itself is told so by the merger. Nothing is refused.

use super::{CellConflict, CellPlace};
use crate::model::ColumnId;
use crate::time::Extent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The numbers of a column that lost against different ones of other sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnConflicts {
    /// How many.
    pub cells: u64,
    /// From when to when.
    pub extent: Extent,
    /// The first of them.
    pub first: CellConflict,
}

impl ColumnConflicts {
    /// Adds those of another stretch.
    pub(crate) fn merge(&mut self, other: Self) {
        self.cells += other.cells;
        self.extent = self.extent.and(other.extent);
        if other.first.time < self.first.time {
            self.first = other.first;
        }
    }
}

/// The sources of the numbers that stand, and the conflicts by column.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    givers: Vec<usize>,
    columns: BTreeMap<ColumnId, ColumnConflicts>,
}

impl Rivals {
    /// None yet, of so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            givers: vec![usize::MAX; columns],
            columns: BTreeMap::new(),
        }
    }

    /// Notes whose number stands in the cell of the row that is being merged.
    #[inline]
    pub(super) fn set_giver(&mut self, column: ColumnId, source: usize) {
        self.givers[column.index()] = source;
    }

    /// Whether the number that stands in the cell of the row that is being merged is of this source.
    pub(super) fn is_giver(&self, column: ColumnId, source: usize) -> bool {
        self.givers[column.index()] == source
    }

    /// Notes a number that lost against one of another source.
    pub(super) fn note(&mut self, place: CellPlace, kept: f64, lost: f64) {
        let CellPlace { time, column } = place;
        let more = ColumnConflicts {
            cells: 1,
            extent: Extent::new(time, time),
            first: CellConflict {
                time,
                column,
                kept,
                lost,
            },
        };
        match self.columns.get_mut(&column) {
            Some(all) => all.merge(more),
            None => {
                self.columns.insert(column, more);
            }
        }
    }

    /// Those of each column that has any.
    pub(super) fn columns(&self) -> &BTreeMap<ColumnId, ColumnConflicts> {
        &self.columns
    }
}
