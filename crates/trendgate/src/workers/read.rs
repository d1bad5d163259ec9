//! What is kept of a report that a task has read.
//!
//! Enters what its reader knows; leaves what the manifest says of the report, while what became of each point's cells is added
//! to the sums over all reports: a batch can have more reports than would fit with a tally for every point of each. No I/O,
//! and nothing is refused.

use crate::acquire::{Outcome, PointTally, Tally};
use crate::digest::Digest;

/// One report, as far as one task or more of them read it. There is one for each report of a batch, so what most reports do not have
/// takes no room.
#[derive(Debug, Clone)]
pub struct Read {
    /// The digest of the whole file.
    pub sha256: Digest,
    /// Rows met in the whole file, whatever the stretch.
    pub rows_seen: u64,
    /// How many points it has.
    pub points: usize,
    /// The columns, in ascending order, for which it has no number.
    pub silent: Box<[u32]>,
    /// Rows accepted, and the cells met.
    rows: u64,
    cells: u64,
    /// First and last time of the rows accepted.
    range: Option<(i64, i64)>,
    /// Cells that were missing tokens, by token.
    missing: Box<[(&'static str, u64)]>,
    /// All that is known, where that is more.
    odd: Option<Box<(Tally, PointTally)>>,
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
                silent.extend(u32::try_from(*column));
            }
        }
        silent.sort_unstable();
        // Those are counted by the column, and nobody asks a report for them.
        (cells.numbers, cells.states) = (0, 0);
        cells.units.clear();
        cells.unrecognised_examples.clear();
        let mut read = Self {
            sha256: outcome.sha256,
            rows_seen: outcome.rows_seen,
            points: points.len(),
            silent: silent.into(),
            rows: 0,
            cells: 0,
            range: None,
            missing: Box::default(),
            odd: None,
        };
        read.keep(tally, cells);
        read
    }

    /// What became of its rows; without its points.
    #[must_use]
    pub fn tally(&self) -> Tally {
        match &self.odd {
            Some(odd) => odd.0.clone(),
            None => Tally {
                rows: self.rows,
                cells: self.cells,
                time_range: self.range,
                ..Tally::default()
            },
        }
    }

    /// What became of the cells of all its points.
    #[must_use]
    pub fn cells(&self) -> PointTally {
        match &self.odd {
            Some(odd) => odd.1.clone(),
            None => PointTally {
                missing: self.missing.iter().copied().collect(),
                ..PointTally::default()
            },
        }
    }

    fn keep(&mut self, tally: Tally, cells: PointTally) {
        self.rows = tally.rows;
        self.cells = tally.cells;
        self.range = tally.time_range;
        self.missing = cells
            .missing
            .iter()
            .map(|(token, n)| (*token, *n))
            .collect();
        self.odd = None;
        let all = (tally, cells);
        if (self.tally(), self.cells()) != all {
            self.odd = Some(Box::new(all));
        }
    }

    /// Adds what another task read of the same report.
    pub fn merge(&mut self, other: &Self) {
        let (mut tally, mut cells) = (self.tally(), self.cells());
        tally.merge(&other.tally());
        cells.merge(&other.cells());
        self.keep(tally, cells);
        let mut silent = std::mem::take(&mut self.silent).into_vec();
        silent.retain(|column| other.silent.binary_search(column).is_ok());
        self.silent = silent.into();
    }
}
