//! Times in a sheet → whether they are real dates of the workbook, and whether a spreadsheet exchanged their days and months.

use super::column::{Steps, wall};
use super::layout::joined;
use super::stamp::FormatCandidate;
use super::{FoundTime, FoundWhy, SeenTable};
use crate::time::Span;

/// What is special of times in a sheet: real dates have a format of their own, and a spreadsheet may have exchanged their days and months.
pub(super) fn of_sheet(seen: &SeenTable<'_>, time: &mut FoundTime) {
    let (layout, sample) = (seen.layout, seen.sample);
    let is_real = |row: &usize| {
        layout
            .time
            .iter()
            .all(|place| !sample.lines[*row].is_quoted(*place))
    };
    const DATES: [&str; 4] = [
        "iso",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d 00:00:00 %H:%M:%S",
        "%Y-%m-%d 00:00:00 %H:%M",
    ];
    let is_of_dates = matches!(&time.formats[..], [only] if DATES.contains(&only.as_str()));
    // A real date is written with its time; a date alone is a text.
    let has_time = |row: &usize| {
        let date = layout
            .time
            .first()
            .map(|place| sample.lines[*row].field(*place));
        date.is_some_and(|date| date.len() > "2025-03-01".len())
    };
    let is_real = |row: &usize| is_real(row) && has_time(row);
    if !is_of_dates || !layout.rows.iter().all(is_real) {
        return;
    }
    time.formats = vec!["sheet".to_owned()];
    time.why = FoundWhy::Proved("they are real dates of the workbook".to_owned());
    let Some(reader) = layout
        .formats
        .formats
        .first()
        .and_then(FormatCandidate::reader)
    else {
        return;
    };
    let texts = || {
        layout
            .rows
            .iter()
            .map(|row| joined(&sample.lines[*row], &layout.time))
    };
    let as_they_are: Vec<Span> = texts().filter_map(|text| wall(&reader, &text)).collect();
    let mended: Vec<Span> = texts()
        .filter_map(|text| wall(&reader, &with_day_and_month_exchanged(&text)))
        .collect();
    let (steps, mended) = (Steps::of(&as_they_are), Steps::of(&mended));
    if steps.refute() && !mended.refute() && mended.back == 0 {
        time.exchanged = Some("real dates leap over weeks, and go on evenly where day and month of those that are 12 at most are exchanged, as a spreadsheet does that reads them in the wrong order".to_owned());
    }
}

/// A date as it is written in a sheet, with day and month exchanged if the day is 12 at most.
fn with_day_and_month_exchanged(text: &str) -> String {
    match (
        text.get(..5),
        text.get(5..7),
        text.get(7..8),
        text.get(8..10),
        text.get(10..),
    ) {
        (Some(year), Some(month), Some("-"), Some(day), Some(rest))
            if day.parse::<u8>().is_ok_and(|day| day <= 12) =>
        {
            format!("{year}{day}-{month}{rest}")
        }
        _ => text.to_owned(),
    }
}
