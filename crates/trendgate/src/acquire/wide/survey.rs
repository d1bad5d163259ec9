//! All rows of a wide table → from when to when it has rows, and in which order.

use super::Furniture;
use super::rows::Rows;
use crate::acquire::lines::Lines;
use crate::acquire::sniff::{Looking, go_on};
use crate::acquire::text::Text;
use crate::acquire::times::Times;
use crate::acquire::{ReadOptions, Report};
use crate::error::Result;

/// So many lines are gone through between two looks at whether to stop.
pub(super) const ROWS_BETWEEN_LOOKS: u64 = 1024;

/// Sets what the times of all rows of `report` say; `text` is its text, and `others` has seen nothing of its head yet.
///
/// # Errors
/// As [`survey`](crate::acquire::survey).
pub(in crate::acquire) fn survey(
    report: &mut Report,
    text: Text,
    looking: Looking<'_>,
    others: Box<dyn Furniture>,
) -> Result<()> {
    let lines = Lines::new(text, ReadOptions::default().block_bytes);
    let mut rows = Rows::new(report, lines, looking.rule, others)?;
    let mut times = Times::new(looking.rule);
    while let Some(row) = rows.next_row()? {
        if row.line.number.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            go_on(looking.cancel)?;
        }
        if let Ok(timed) = row.time {
            let accepted = rows.is_accepted(&row.line, timed);
            times.take(timed.at, row.line.number, accepted);
        }
    }
    // Before rows in the future: they may be there for it.
    if let Some(error) = rows.exchanged() {
        return Err(error);
    }
    report.complete = rows.is_complete();
    times.settle(report)
}
