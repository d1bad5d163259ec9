//! What a task counted of a report → the counts that its entry in a manifest has. Pure.

use crate::execute::Read;
use crate::publish::{InputEntry, InputReport};

impl InputEntry {
    /// States what became of its rows and cells.
    pub(super) fn counted(mut self, read: &Read) -> Self {
        self.add(&InputReport::counted(read));
        self
    }
}

impl InputReport {
    /// What became of the rows and cells of a report.
    pub(super) fn counted(read: &Read) -> Self {
        let (tally, cells) = (&read.tally, &read.cells);
        let missing = cells.missing.iter();
        Self {
            rows: tally.rows,
            time_range: tally.time_range,
            points: read.points as u64,
            cells: tally.cells,
            rejected_rows: tally.rejected_rows,
            rejected_cells: tally.rejected_cells,
            furniture_lines: tally.furniture,
            ambiguous_resolved: tally.ambiguous_resolved,
            ambiguous_by_rule: tally.ambiguous_by_rule,
            nonexistent: tally.nonexistent,
            unrecognised: cells.unrecognised,
            unit_mismatch: cells.unit_mismatch,
            not_finite: cells.not_finite,
            missing: missing
                .map(|(token, cells)| ((*token).to_owned(), *cells))
                .collect(),
            ..Self::default()
        }
    }
}
