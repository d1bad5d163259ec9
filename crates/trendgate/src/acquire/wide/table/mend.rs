//! Real dates of a spreadsheet whose day and month it exchanged → the dates that were meant, and whether the rows follow one another so.
//!
//! A spreadsheet that takes 11/3/2025, the eleventh of March, for the third of November makes a date of that, and leaves 13/3/2025 as it is, or
//! as a text. So every real date whose day may be a month is exchanged back; texts are read as they are described. What proves it is the order of
//! the rows: all go one way, and no step is longer than `max_gap`. Anything else is refused.

use super::stamps::TimeField;
use crate::acquire::TimeRule;
use crate::acquire::dates::StampFormat;
use crate::acquire::local_clock::{Resolved, RowTime};
use crate::error::Error;
use crate::time::{Instant, Span};

/// The length of `2025-11-03`.
const DATE: usize = 10;

/// Writes the fields of a time into `joined`, with the day and the month of real dates exchanged. Whether any were; `None` where no field is a
/// real date, and `joined` means nothing.
pub(super) fn exchange(joined: &mut Vec<u8>, fields: &[TimeField<'_>]) -> Option<bool> {
    joined.clear();
    let (mut has_date, mut is_exchanged) = (false, false);
    for field in fields {
        if !joined.is_empty() {
            joined.push(b' ');
        }
        let from = joined.len();
        joined.extend_from_slice(field.text.trim_ascii());
        if is_real_date(field) {
            has_date = true;
            is_exchanged |= exchange_date(&mut joined[from..from + DATE]);
        }
    }
    has_date.then_some(is_exchanged)
}

/// Texts that look like a date of a spreadsheet stand in quotes.
fn is_real_date(field: &TimeField<'_>) -> bool {
    let text = field.text.trim_ascii();
    !field.is_quoted && text.len() > DATE && StampFormat::SHEET.read(text).is_some()
}

/// Exchanges day and month of `2025-11-03`, where the day may be a month and is another.
fn exchange_date(date: &mut [u8]) -> bool {
    let (month, day) = ([date[5], date[6]], [date[8], date[9]]);
    let may_be = day <= *b"12" && day != month;
    if may_be {
        date[5..7].copy_from_slice(&day);
        date[8..10].copy_from_slice(&month);
    }
    may_be
}

/// The steps from row to row of a table whose dates were exchanged back.
#[derive(Debug)]
pub(in crate::acquire) struct MendedSteps {
    longest: Span,
    last: Option<MendedRow>,
    /// Which way the rows run, where that showed.
    backward: Option<bool>,
}

/// A row of such a table: the first and the last instant that its time may be.
#[derive(Debug, Clone, Copy)]
struct MendedRow {
    from: Instant,
    to: Instant,
}

impl MendedSteps {
    pub(in crate::acquire) fn new(rule: &TimeRule) -> Self {
        Self {
            longest: rule.max_gap,
            last: None,
            backward: None,
        }
    }

    /// Takes the next row. Why the table is refused, if it does not follow the last one.
    pub(in crate::acquire) fn row(&mut self, at: RowTime) -> Option<Error> {
        let (from, to) = match at.utc {
            Resolved::Sure(time) | Resolved::Moved(time) => (time, time),
            Resolved::Doubled(doubled) => (doubled.earlier, doubled.later),
        };
        let last = self.last.replace(MendedRow { from, to })?;
        let (ahead, back) = (from - last.to, last.from - to);
        let (step, is_back) = match (ahead > Span::ZERO, back > Span::ZERO) {
            (true, _) => (ahead, false),
            (_, true) => (back, true),
            (false, false) => return None,
        };
        let wrong = match *self.backward.get_or_insert(is_back) {
            backward if backward != is_back => "which is a step back".to_owned(),
            _ if step > self.longest => {
                format!("a step that is longer than max_gap ({})", self.longest)
            }
            _ => return None,
        };
        Some(
            Error::input(format!(
                "with day and month exchanged back, {from} comes after {}, {wrong}",
                last.from
            ))
            .hint("`mend: exchanged_day_month` is wrong for this table: leave it out, or export the table again and do not open it in a spreadsheet; if the logger was off for so long, raise cleaner.max_gap"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    fn exchanged(fields: &[(&str, bool)]) -> Option<(String, bool)> {
        let fields: Vec<TimeField<'_>> = fields
            .iter()
            .map(|(text, is_quoted)| TimeField {
                text: text.as_bytes(),
                is_quoted: *is_quoted,
            })
            .collect();
        let mut joined = Vec::new();
        let found = exchange(&mut joined, &fields)?;
        Some((String::from_utf8(joined).unwrap(), found))
    }

    #[test]
    fn real_dates_are_exchanged_where_they_may_be_and_texts_are_not() {
        let some = |text: &str, is| Some((text.to_owned(), is));
        let one = |text| exchanged(&[(text, false)]);
        assert_eq!(
            one("2025-11-03 20:00:00"),
            some("2025-03-11 20:00:00", true)
        );
        assert_eq!(
            one("2025-03-13 00:00:00.250"),
            some("2025-03-13 00:00:00.250", false)
        );
        assert_eq!(
            one("2025-03-03 00:00:00"),
            some("2025-03-03 00:00:00", false)
        );
        assert_eq!(exchanged(&[("2025-11-03 20:00:00", true)]), None);
        assert_eq!(one("13/03/2025 20:00"), None);
        assert_eq!(
            exchanged(&[("2025-11-03 00:00:00", false), (" 20:00 ", false)]),
            some("2025-03-11 00:00:00 20:00", true)
        );
    }

    #[test]
    fn rows_go_one_way_without_a_gap_or_the_table_is_refused() {
        let row = |hours: i64| {
            let local = hours * HOUR;
            RowTime {
                local,
                utc: Resolved::Sure(Instant::EPOCH + local),
            }
        };
        let refused = |hours: &[i64]| {
            let mut steps = MendedSteps {
                longest: DAY,
                last: None,
                backward: None,
            };
            let mut found = hours.iter().filter_map(|hours| steps.row(row(*hours)));
            found.next().map(|error| error.to_string())
        };
        assert_eq!(refused(&[0, 1, 1, 25]), None);
        assert_eq!(refused(&[25, 1, 0]), None);
        assert!(refused(&[0, 1, 0]).unwrap().contains("step back"));
        assert!(refused(&[0, 1, 26]).unwrap().contains("max_gap"));
        assert!(refused(&[26, 1]).unwrap().contains("max_gap"));
    }
}
