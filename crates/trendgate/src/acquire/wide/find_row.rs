//! Lines from anywhere in a wide table → the first row among them that tells its time alone.

use super::Furniture;
use super::rows::{NextRow, Rows};
use crate::acquire::find_ranges::RowPlace;
use crate::acquire::lines::Lines;
use crate::acquire::local_clock::Resolved;
use crate::acquire::{Report, TimeRule};
use crate::error::Result;

/// The first of `lines` that is a row of `report`, has all its cells, and a time that happens once and is no fault of the clock. None of a
/// table whose dates were exchanged: there a row is read with those around it.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where they cannot be read.
pub(in crate::acquire) fn find_row(
    lines: Lines,
    report: &Report,
    time: &TimeRule,
    others: Box<dyn Furniture>,
) -> Result<Option<RowPlace>> {
    let mut rows = Rows::new(report, lines, time, others)?;
    if rows.are_mended() {
        return Ok(None);
    }
    while let NextRow::Row(row) = rows.next_row()? {
        let Ok(timed) = row.time else { continue };
        let Resolved::Sure(at) = timed.at.utc else {
            continue;
        };
        if !timed.is_fault && rows.is_accepted(&row.line, timed) {
            let lines = rows.lines();
            return Ok(Some(RowPlace {
                at,
                bytes: lines.start_of(&row.line)..lines.next_place().byte,
            }));
        }
    }
    Ok(None)
}
