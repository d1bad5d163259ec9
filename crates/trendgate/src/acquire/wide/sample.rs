//! Some lines of a table → the dates and times of the rows among them, as they are written.

use super::row_texts::RowTexts;
use super::{Furniture, Met};
use crate::acquire::Columns;
use crate::acquire::dates;
use crate::acquire::decimal;
use crate::acquire::fields::{are_cells, fields, is_blank, skipped, without_end};
use crate::time::Span;

/// Rows of the head and of the tail that are looked at.
pub(super) const SAMPLE_ROWS: usize = 64;
/// Lines whose numbers are looked at.
const UNDECIDED_LINES: usize = 2;
/// Lines under the header that are looked at for them.
pub(super) const SAMPLE_LINES: usize = 8 * SAMPLE_ROWS;

/// A row of the head or the tail: its date as written, and its time after midnight.
pub(super) type Sample = (Vec<u8>, Span);

/// The lines of a text, with their ends.
pub(super) fn lines(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |at| at + 1);
        let (line, behind) = text.split_at(end);
        text = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// The rows of so many points among `lines`, the first few of them.
pub(super) fn sample<'a>(
    lines: impl Iterator<Item = &'a str>,
    points: usize,
    columns: &Columns,
) -> Vec<Sample> {
    let most = columns.most_cells(points);
    let row = |line: &str| {
        let line = without_end(line.as_bytes());
        let RowTexts { date, time, cells } = RowTexts::of(line, columns)?;
        dates::is_date(date).then_some(())?;
        are_cells(cells, (points, most)).then_some(())?;
        Some((date.trim_ascii().to_vec(), dates::time_of_day(time)?))
    };
    lines.filter_map(row).take(SAMPLE_ROWS).collect()
}

/// Whether the first lines have numbers that a decimal point does not decide: then all rows have to say what they are. Where later ones do, it
/// is found out when they are read.
pub(super) fn undecided<'a>(lines: impl Iterator<Item = &'a str>, columns: &Columns) -> bool {
    let are_undecided = |line: &str| {
        let cells = skipped(without_end(line.as_bytes()), columns.cells);
        cells.is_some_and(decimal::are_undecided)
    };
    lines.take(UNDECIDED_LINES).any(are_undecided)
}

/// The fields of the first row of so many points among `lines`, if those behind the points' are blank.
pub(super) fn width<'a>(
    mut lines: impl Iterator<Item = &'a str>,
    points: usize,
    columns: &Columns,
) -> usize {
    let of_row = |line: &str| {
        let line = without_end(line.as_bytes());
        let cells = skipped(line, columns.cells)?;
        let texts = RowTexts::of(line, columns)?;
        let is_row = dates::is_date(texts.date) && are_cells(Some(cells), (points, usize::MAX));
        is_row.then(|| fields(line).count())
    };
    lines.find_map(of_row).unwrap_or(0)
}

/// The last rows of a text.
pub(super) fn last_rows(body: &str, points: usize, columns: &Columns) -> Vec<Sample> {
    let lines: Vec<&str> = lines(body).collect();
    let mut rows = sample(lines.into_iter().rev(), points, columns);
    rows.reverse();
    rows
}

/// Whether one of the lines of `body` up to `most` is of another head.
pub(super) fn has_head(body: &str, most: usize, others: &dyn Furniture) -> bool {
    let mut lines = lines(body).take(most);
    lines.any(|line| {
        let (line, whole) = (line.as_bytes(), line.ends_with('\n'));
        let is_row = line.iter().take(2).any(u8::is_ascii_digit);
        !is_row && !is_blank(line) && others.meets(line, whole) == Met::Head
    })
}

/// Whether the trailer stands in a text.
pub(super) fn has_trailer(body: &str, others: &dyn Furniture) -> bool {
    lines(body).any(|line| others.is_trailer(without_end(line.as_bytes())))
}
