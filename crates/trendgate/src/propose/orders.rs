//! Files of known forms whose dates can be read in several ways → the entry of `sources` in which a person says how.
//!
//! The order stands there as a comment: a person decides it. Over it stands what speaks for each. Nothing is refused.

use super::clues::Clues;
use super::tables::{ProposedSource, pattern};
use super::yaml::{commented, quoted};
use crate::acquire::{StatedOrder, StatedReading, TimeRule};
use crate::inspect::WholeReports;
use crate::time::Extent;
use std::path::{Path, PathBuf};

/// The orders that dates can be written in.
const ORDERS: [(StatedOrder, &str); 3] = [
    (StatedOrder::MonthDayYear, "month/day/year"),
    (StatedOrder::DayMonthYear, "day/month/year"),
    (StatedOrder::YearMonthDay, "year/month/day"),
];

/// The entry for `files`, whose pattern matches none of the others; none where there are no such files.
pub(super) fn entry(
    files: Vec<PathBuf>,
    (others, given): (&[PathBuf], &[PathBuf]),
    (clues, likely): (&Clues, StatedOrder),
    time: &TimeRule,
) -> Option<ProposedSource> {
    let first = files.first()?;
    let all: Vec<PathBuf> = files.iter().chain(others).cloned().collect();
    let own = pattern(&files, others, (&all, given));
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    let more = match files.len() {
        1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    let (why, order) = clues.order(files.len(), likely);
    let mut lines = vec![
        commented(
            "    ",
            &format!("{name}{more}: a known form, with dates of an order that nothing proves"),
        ),
        format!("    - match: {}", quoted(&own)),
        commented("      ", &why),
    ];
    for (order, words) in ORDERS {
        if let Some(rows) = rows_in(first, order, time) {
            lines.push(commented(
                "      ",
                &format!(
                    "{order} ({words}): the rows of {name} are from {} to {}",
                    rows.first, rows.last
                ),
            ));
        }
    }
    lines.push(commented("      ", &format!("date_order: {order}")));
    Some(ProposedSource::new(lines, files))
}

/// From when to when the first report of a file has rows, if its dates are written in this order.
fn rows_in(path: &Path, order: StatedOrder, time: &TimeRule) -> Option<Extent> {
    let stated = StatedReading {
        date_order: Some(order),
        ..StatedReading::default()
    };
    let mut reports = WholeReports::of(path, time, &stated).ok()?;
    let first = reports.next(|_| (), |(), _| ()).ok()??;
    first.outcome.tally.time_range
}
