//! All rows of a wide table → from when to when it has rows, in which order, which of them are faults of the clock, and which decimal signs its
//! cells prove; or that the head of another stands below it.

use super::rows::{NextRow, Rows};
use super::{Furniture, Met};
use crate::acquire::clock_faults::{FaultFinder, TimedRow};
use crate::acquire::decimal::DecimalProofs;
use crate::acquire::dialects::Surveyed;
use crate::acquire::fields::fields;
use crate::acquire::lines::Lines;
use crate::acquire::sniff::{Looking, go_on};
use crate::acquire::text::Text;
use crate::acquire::times::Times;
use crate::acquire::{ReadOptions, Report};
use crate::error::Result;

/// So many lines are gone through between two looks at whether to stop.
pub(super) const ROWS_BETWEEN_LOOKS: u64 = 1024;

/// Sets what all rows of `report` say of its times and numbers; `text` is its text, and `others` has seen nothing of its head yet.
///
/// # Errors
/// As [`survey`](crate::acquire::survey).
pub(in crate::acquire) fn survey(
    report: &mut Report,
    text: Text,
    looking: Looking<'_>,
    others: Box<dyn Furniture>,
) -> Result<Surveyed> {
    let lines = Lines::new(text, ReadOptions::default().block_bytes);
    let read = survey_lines(report, lines, looking, others)?;
    Ok(match read {
        Some(_) => Surveyed::One,
        None => Surveyed::Several,
    })
}

/// As [`survey`], of a report whose first line is the next of `lines`. These lines, behind its last one; `None` where the head of another
/// report stands among them.
pub(super) fn survey_lines(
    report: &mut Report,
    lines: Lines,
    looking: Looking<'_>,
    others: Box<dyn Furniture>,
) -> Result<Option<Lines>> {
    report.layout.clock_faults = None;
    let mut rows = Rows::new(report, lines, looking.rule, others)?;
    let mut times = Times::new(looking.rule);
    let mut faults = FaultFinder::new(looking.rule, report.layout.stated_range);
    let mut good = |row: TimedRow| times.take(row.at, row.line, row.accepted);
    let mut decimals = DecimalProofs::new(report.points.len());
    let skipped = report.skipped_cells().to_vec();
    loop {
        let row = match rows.next_row()? {
            NextRow::Row(row) => row,
            NextRow::Head => return Ok(None),
            NextRow::End => break,
        };
        if row.line.number.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            go_on(looking.cancel)?;
        }
        if let Ok(timed) = row.time {
            let accepted = rows.is_accepted(&row.line, timed);
            if let Some(cells_at) = timed.cells_at.filter(|_| accepted) {
                let cells = fields(&rows.lines().bytes(&row.line)[cells_at..]);
                match skipped.is_empty() {
                    true => decimals.row(cells),
                    false => decimals.row(of_points(cells, &skipped)),
                }
            }
            if !accepted && rows.met(&row.line)? == Met::Head {
                return Ok(None);
            }
            let row = TimedRow {
                at: timed.at,
                line: row.line.number,
                accepted,
            };
            faults.take(row, &mut good);
        }
    }
    // Before rows in the future: they may be there for it.
    if let Some(error) = rows.exchanged() {
        return Err(error);
    }
    report.complete = rows.is_complete();
    report.layout.clock_faults = Some(faults.finish(report, &mut good)?);
    report.layout.decimals = match report.stated.decimal {
        None => decimals.decimals(),
        stated => stated.into(),
    };
    times.settle(report)?;
    Ok(Some(rows.into_lines()))
}

/// Of the cells of a row those of points.
fn of_points<'t>(
    cells: impl Iterator<Item = &'t [u8]>,
    skipped: &[usize],
) -> impl Iterator<Item = &'t [u8]> {
    let cells = cells.enumerate();
    cells.filter_map(|(place, cell)| skipped.binary_search(&place).is_err().then_some(cell))
}
