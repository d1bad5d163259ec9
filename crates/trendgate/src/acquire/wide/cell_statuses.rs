//! The words that stand in a row beside its values, each in a column of its own → which values are none.
//!
//! A second way over the row, for tables alone that have such columns: the loop over cells knows nothing of them.

use super::block::Noted;
use crate::acquire::Report;
use crate::acquire::fields::first_field;
use crate::acquire::status_beside::GoodWords;

/// The cells of a row with words about others.
#[derive(Debug)]
pub(super) struct CellStatuses {
    /// For each cell, those that it is about; as far as the last one that is about one.
    about: Vec<Vec<usize>>,
    good: GoodWords,
}

impl CellStatuses {
    /// Those of `report`; `None` where it has none.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let columns = report.layout.table.as_deref()?;
        let described = report.stated.table.as_deref()?.statuses.as_ref()?;
        let last = columns.statuses.iter().flatten().max()?;
        let mut about = vec![Vec::new(); last + 1];
        let skipped = &columns.skipped;
        let cells = (0..report.cells()).filter(|cell| skipped.binary_search(cell).is_err());
        for (cell, status) in cells.zip(&columns.statuses) {
            if let Some(place) = status {
                about[*place].push(cell);
            }
        }
        Some(Self {
            about,
            good: GoodWords::of(described),
        })
    }

    /// Takes the values of the row out whose word is not one beside which there is a value; its cells begin at `cells_at` of its line.
    pub(super) fn remove_bad(
        &mut self,
        bytes: &[u8],
        cells_at: Option<usize>,
        row: &mut [f64],
        noted: &mut Noted,
    ) {
        let mut next = cells_at;
        for about in &self.about {
            let Some(start) = next else {
                return;
            };
            let (word, after) = first_field(&bytes[start..]);
            next = after.map(|after| bytes.len() - after.len());
            if about.is_empty() || self.good.have(word) {
                continue;
            }
            let end = next.map_or(bytes.len(), |next| next - 1);
            for cell in about {
                row[*cell] = f64::NAN;
                noted.without_value(*cell, start..end);
            }
        }
    }
}
