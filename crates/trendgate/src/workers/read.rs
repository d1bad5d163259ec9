//! What is kept of a report that a task has read.
//!
//! Enters what its reader knows; leaves what the manifest says of the report, while what became of each point's cells is added
//! to the sums over all reports: a batch can have more reports than would fit with a tally for every point of each. No I/O,
//! and nothing is refused.

use crate::acquire::{Outcome, PointTally, Tally};
use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// One report, as far as one task or more of them read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// The digest of the whole file.
    pub sha256: Digest,
    /// Rows met in the whole file, whatever the stretch.
    pub rows_seen: u64,
    /// How many points it has.
    pub points: usize,
    /// The columns, in ascending order, for which it has no number.
    pub silent: Vec<usize>,
    /// What became of its rows; without its points.
    pub tally: Tally,
    /// What became of the cells of all its points, but for the numbers and what was said in them: those are counted by the column.
    pub cells: PointTally,
}

impl Read {
    /// What is kept of an outcome; its points, which have the columns `places`, are added to `columns`.
    pub(super) fn of(outcome: Outcome, places: &[usize], columns: &mut [PointTally]) -> Self {
        let mut tally = outcome.tally;
        let points = std::mem::take(&mut tally.points);
        let mut cells = PointTally::default();
        let mut silent = Vec::new();
        for (point, column) in points.iter().zip(places) {
            columns[*column].merge(point);
            cells.merge(point);
            if point.numbers == 0 {
                silent.push(*column);
            }
        }
        silent.sort_unstable();
        // Those are counted by the column, and nobody asks a report for them.
        (cells.numbers, cells.states) = (0, 0);
        cells.units.clear();
        cells.unrecognised_examples.clear();
        Self {
            sha256: outcome.sha256,
            rows_seen: outcome.rows_seen,
            points: points.len(),
            silent,
            tally,
            cells,
        }
    }

    /// Adds what another task read of the same report.
    pub fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.cells.merge(&other.cells);
        let silent = |column: &usize| other.silent.binary_search(column).is_ok();
        self.silent.retain(silent);
    }
}
