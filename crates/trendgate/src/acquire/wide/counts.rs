//! What becomes of the cells of a report, row by row → its [`Tally`].

use super::block::{Noted, Other};
use crate::acquire::cells::decode;
use crate::acquire::fields::{fields, first_field};
use crate::acquire::{PointTally, Tally, tokens};
use crate::time::Instant;

/// The counts of a report that is being read.
pub(super) struct CellCounts {
    pub(super) tally: Tally,
    /// For each point, how often each kind of missing token was met: of the tally, until it is finished.
    missing: Vec<[u64; tokens::NAMES.len()]>,
    /// Fields of a row that stand before its cells.
    before_cells: usize,
}

impl CellCounts {
    /// Of rows with so many cells, before which so many other fields stand.
    pub(super) fn of(points: usize, before_cells: usize) -> Self {
        Self {
            tally: Tally {
                points: vec![PointTally::default(); points],
                ..Tally::default()
            },
            missing: vec![[0; tokens::NAMES.len()]; points],
            before_cells,
        }
    }

    /// Counts an accepted row, with what was noted of its text, which stands in this line.
    pub(super) fn accept(&mut self, time: Instant, line: u64, text: &[u8], noted: &Noted) {
        let tally = &mut self.tally;
        tally.rows += 1;
        tally.cells += tally.points.len() as u64;
        tally.extend_range(time);
        for (column, said) in &noted.said {
            tally.points[*column].add_said(*said);
        }
        for (column, place) in &noted.marked {
            let text = decode(&text[place.clone()]);
            tally.points[*column].add_words(text.trim_matches('"'));
        }
        for (column, place) in &noted.statuses {
            let word = decode(first_field(&text[place.clone()]).0);
            tally.points[*column].add_status(word.trim(), 1);
        }
        for (column, kind) in &noted.missing {
            self.missing[*column][usize::from(*kind)] += 1;
        }
        for Other {
            column,
            cell,
            text: place,
        } in &noted.others
        {
            let text = &text[place.clone()];
            tally.points[*column].add_other(*cell, line, text);
        }
    }

    /// Counts a rejected row and the cells in its text.
    pub(super) fn reject(&mut self, line: u64, text: &[u8], reason: String) {
        let cells = fields(text).count().saturating_sub(self.before_cells);
        self.tally.reject(line, cells as u64, reason);
    }

    /// The tally. Numbers are what is left when everything else has been counted.
    pub(super) fn finish(mut self) -> Tally {
        for (point, missing) in self.tally.points.iter_mut().zip(&self.missing) {
            let met = tokens::NAMES.iter().zip(missing);
            let met = met.filter(|(_, cells)| **cells > 0);
            point.missing = met.map(|(name, cells)| (*name, *cells)).collect();
            let others = point.missing.values().sum::<u64>()
                + point.not_finite
                + point.unit_mismatch
                + point.unrecognised;
            point.numbers = self.tally.rows - others;
        }
        self.tally
    }
}
