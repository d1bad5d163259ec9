//! A line → the texts of its date and its time, and its cells.

use crate::acquire::Columns;
use crate::acquire::fields::{first_field, skipped};

/// What stands in a line where rows have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowTexts<'l> {
    pub(super) date: &'l [u8],
    pub(super) time: &'l [u8],
    /// What stands behind the time; `None` where the line ends before its cells.
    pub(super) cells: Option<&'l [u8]>,
}

impl<'l> RowTexts<'l> {
    /// Those of `line`; `None` where it ends before its time.
    pub(super) fn of(line: &'l [u8], columns: &Columns) -> Option<Self> {
        let (date, rest) = first_field(skipped(line, columns.date)?);
        let (time, rest) = first_field(skipped(rest?, columns.between())?);
        Some(Self {
            date,
            time,
            cells: rest.and_then(|rest| skipped(rest, columns.before_cells())),
        })
    }
}
