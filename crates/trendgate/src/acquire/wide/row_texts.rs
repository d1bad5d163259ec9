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
        let ((date, time), rest) = match columns.are_one_field() {
            true => (stamp_texts(date), rest),
            false => {
                let (time, rest) = first_field(skipped(rest?, columns.between())?);
                ((date, time), rest)
            }
        };
        Some(Self {
            date,
            time,
            cells: rest.and_then(|rest| skipped(rest, columns.before_cells())),
        })
    }
}

/// The date and the time in a field that has both, with a blank or a `T` between them.
pub(in crate::acquire) fn stamp_texts(field: &[u8]) -> (&[u8], &[u8]) {
    let field = field.trim_ascii();
    let between = field.iter().position(|byte| matches!(byte, b' ' | b'T'));
    between.map_or((field, &[]), |at| (&field[..at], &field[at + 1..]))
}
