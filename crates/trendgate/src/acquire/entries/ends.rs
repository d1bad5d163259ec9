//! The first and the last lines of a text with one value a line → its report, where they tell it.
//!
//! They do where all points are logged alike, at an interval, and are met among the first lines, and where these and the last lines are in
//! order of time, so that no hour between them is doubled. Where no interval is said, all points have to be met several times, so that they are
//! logged at one. What they cannot tell is found out when the text is decoded, and then it is
//! read whole: what comes of it is the same.

use super::BeginLines;
use super::date_order::date_order;
use super::survey::{Planned, Seen, mends};
use crate::acquire::dialects::DialectId;
use crate::acquire::fields::plain;
use crate::acquire::lines::is_cut;
use crate::acquire::open_text::{OpenText, SAMPLE, beginning};
use crate::acquire::sniff::Looking;
use crate::acquire::{ClockFaults, Decimals, Layout, Report, RowOrder};
use crate::error::Result;

/// Shorter texts are read whole at once.
const LEAST_BYTES: u64 = 4 * SAMPLE;

/// A point that has so many entries among the first lines is no rare one.
const OFTEN: u64 = 4;

/// The report of a text of `dialect`; `None` where all of it has to be read to tell.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped); [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(super) fn report_of_ends(
    dialect: DialectId,
    begin: BeginLines<'_>,
    text: &mut OpenText<'_>,
    looking: Looking<'_>,
) -> Result<Option<Report>> {
    let whole = text.whole();
    let mut lines = begin(&whole.name());
    let is_large = whole.stamp().bytes >= LEAST_BYTES && !whole.place().is_packed();
    if !is_large || !lines.is_told_by_ends() || mends(looking) {
        return Ok(None);
    }
    let Ok((date_order, None)) = date_order(begin, whole, looking, None) else {
        return Ok(None);
    };
    let (bytes, _) = beginning(whole.file, text.opened, whole.place(), SAMPLE)?;
    let head = whole.form().decode(&bytes);
    let Some((head, _)) = head.rsplit_once('\n') else {
        return Ok(None);
    };
    let tail = text.last_lines(looking.cancel, str::to_owned)?;
    let mut seen = Seen::new(looking, date_order, None)?;
    let mut counts = [vec![], vec![]];
    for (part, count) in [head, &tail].into_iter().zip(&mut counts) {
        for line in part.split_inclusive('\n') {
            let bytes = plain(line.as_bytes());
            let whole = !is_cut(bytes, line.ends_with('\n'));
            if seen.take_line(&mut *lines, bytes, whole, 0).is_err() {
                return Ok(None);
            }
        }
        *count = seen.counts();
    }
    let [first, all] = counts;
    let are_often = || {
        first
            .iter()
            .zip(&all)
            .all(|(first, all)| *first >= OFTEN && all > first)
    };
    if first.len() != all.len() {
        return Ok(None);
    }
    let planned = Planned {
        dialect,
        text: whole,
        lines: &*lines,
        date_order,
        id: None,
    };
    let mut reports = seen.finish(&planned).unwrap_or_default();
    let only = reports.pop().filter(|_| reports.is_empty());
    Ok(only
        .filter(|report| is_told(report, looking) && (report.interval.is_some() || are_often()))
        .map(|report| Report {
            layout: Layout {
                clock_faults: None,
                ..report.layout
            },
            ..report
        }))
}

/// Whether the ends of a text that are read as `report` tell what it is.
fn is_told(report: &Report, looking: Looking<'_>) -> bool {
    let faults = report.layout.clock_faults.as_ref();
    report.order == RowOrder::Ascending
        && report
            .points
            .iter()
            .all(|point| !point.trend.change_of_value)
        && !matches!(report.layout.decimals, Decimals::Proved(_))
        && faults.is_none_or(ClockFaults::is_empty)
        && !looking.rule.turns_back(looking.stated.clock, report.range)
}
