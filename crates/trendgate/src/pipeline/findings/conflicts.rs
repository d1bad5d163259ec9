//! Points of which many numbers are lost in conflicts: two sources have them by one name, or one is described wrongly.
//!
//! Reports that overlap and agree have none. Known reports among themselves are no news: one that is new has to reach the conflicts.

use super::losses::{CELL_SHARE, is_more};
use crate::clean::{CellConflict, ColumnConflicts};
use crate::error::Result;
use crate::model::ColumnId;
use crate::pipeline::report_accounts::ReportAccounts;
use crate::plan::{Next, Plan, Standing};
use crate::time::{Extent, Instant};
use crate::warning::{EXAMPLES, Warning};
use std::path::PathBuf;

/// The warning of such points, if there are any.
pub(super) fn warning(plan: &Plan, accounts: &ReportAccounts) -> Result<Option<Warning>> {
    let is_many = |(column, lost): &(&ColumnId, &ColumnConflicts)| {
        let of = &accounts.all.points()[column.index()];
        is_more(lost.cells, CELL_SHARE, of.cells.all())
    };
    let points: Vec<_> = accounts.conflicts.iter().filter(is_many).collect();
    let mut news = Vec::with_capacity(points.len());
    for (column, lost) in points {
        if is_news(plan, *column, lost.extent)? {
            news.push((column, lost));
        }
    }
    let points = news;
    let Some((column, first)) = points.first() else {
        return Ok(None);
    };
    let example = |(column, lost): &(&ColumnId, &ColumnConflicts)| {
        let of = accounts.all.points()[column.index()].cells.all();
        let CellConflict {
            time,
            kept,
            lost: other,
            ..
        } = lost.first;
        format!(
            "{} ({} of {of} cells; at {time} {kept} stands and {other} is lost)",
            plan.roster[**column].id, lost.cells
        )
    };
    Ok(Some(Warning::ConflictingPoints {
        points: points.len() as u64,
        cells: points.iter().map(|(_, lost)| lost.cells).sum(),
        files: files(plan, **column, first.first.time)?,
        examples: points.iter().take(EXAMPLES).map(example).collect(),
    }))
}

/// Whether a new report has the column within the extent.
fn is_news(plan: &Plan, column: ColumnId, extent: Extent) -> Result<bool> {
    for next in with_column(plan, column, extent) {
        if next?.standing() == Standing::New {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first few files that have the column at this time.
fn files(plan: &Plan, column: ColumnId, time: Instant) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for next in with_column(plan, column, Extent::new(time, time)) {
        let path = plan.inputs.of(&next?)?.report.shown();
        if !files.contains(&path) {
            files.push(path);
        }
        if files.len() == EXAMPLES {
            break;
        }
    }
    Ok(files)
}

/// The reports that have the column and may have rows within the extent.
fn with_column(
    plan: &Plan,
    column: ColumnId,
    extent: Extent,
) -> impl Iterator<Item = Result<Next>> {
    let all = plan.inputs.each(plan.inputs.ids());
    all.filter(move |next| {
        next.as_ref().map_or(true, |next| {
            let own = next.extent();
            own.first <= extent.last
                && extent.first <= own.last
                && plan.columns(next.form()).contains(&column)
        })
    })
}
