//! The cells of a sheet, in their order → a text: a row is a line, with commas between its cells.
//!
//! Cells stand where they stand in the sheet: rows and columns that are empty are there, and every row has as many fields as the sheet is
//! wide, but for rows without any cell. Numbers are written in their shortest form, dates and times as `2016-10-09 23:45:00` and `23:45:00`,
//! truth as TRUE and FALSE, errors by their names. A text that looks like a date stands in quotes, which real dates never do.

use super::workbook::damaged;
use calamine::{DataRef, ExcelDateTime};
use jiff::{ToSpan, civil};
use std::io::{self, Write};

/// What sheets have room for: so many rows and columns.
const MOST_ROWS: u32 = 1 << 20;
pub(super) const MOST_COLUMNS: u32 = 1 << 14;

/// Refuses a cell where sheets have none.
pub(super) fn within(row: u32, column: u32) -> io::Result<()> {
    match row < MOST_ROWS && column < MOST_COLUMNS {
        true => Ok(()),
        false => Err(damaged("a cell stands where sheets have none")),
    }
}

/// Writes the cells of a sheet in their order.
pub(super) struct SheetWriter {
    text: Vec<u8>,
    /// Bytes that were written and taken.
    taken: usize,
    /// The fields of a row.
    width: u32,
    is_1904: bool,
    /// The row that is written.
    row: u32,
    /// Its fields that were written.
    fields: u32,
}

impl SheetWriter {
    /// Writes rows of so many fields, in a workbook that counts its days from 1904 or not.
    pub(super) fn new(width: u32, is_1904: bool) -> Self {
        Self {
            text: Vec::new(),
            taken: 0,
            width,
            is_1904,
            row: 0,
            fields: 0,
        }
    }

    /// Bytes that were written.
    pub(super) fn written(&self) -> usize {
        self.taken + self.text.len()
    }

    /// What was written since it was taken before.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.taken += self.text.len();
        std::mem::take(&mut self.text)
    }

    /// Begins `row`, unless it is the one that is written; whether it does.
    pub(super) fn begin_row(&mut self, row: u32) -> bool {
        let is_next = row > self.row;
        if is_next {
            self.end_rows(row);
        }
        is_next
    }

    /// What was written, up to the last row that was ended.
    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// What was written since it was taken before, to the end of the sheet.
    pub(super) fn end(&mut self) -> Vec<u8> {
        if self.fields > 0 {
            self.end_rows(self.row + 1);
        }
        self.take()
    }

    /// Ends the row that is written, and those before `row`.
    fn end_rows(&mut self, row: u32) {
        if self.fields > 0 {
            self.commas(self.width.saturating_sub(self.fields));
        }
        let ended = (row - self.row) as usize;
        self.text.resize(self.text.len() + ended, b'\n');
        (self.row, self.fields) = (row, 0);
    }

    fn commas(&mut self, count: u32) {
        self.text.resize(self.text.len() + count as usize, b',');
    }

    /// Writes a cell behind the last one.
    ///
    /// # Errors
    /// Where it stands before that.
    pub(super) fn cell(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> io::Result<()> {
        self.go_to(row, column)?;
        match value {
            DataRef::Int(number) => write!(self.text, "{number}"),
            DataRef::Float(number) => write!(self.text, "{number}"),
            DataRef::String(text) => self.quoted(text),
            DataRef::SharedString(text) => self.quoted(text),
            DataRef::Bool(true) => self.text.write_all(b"TRUE"),
            DataRef::Bool(false) => self.text.write_all(b"FALSE"),
            DataRef::DateTime(time) => match time_text(*time, self.is_1904) {
                Some(text) => self.text.write_all(text.as_bytes()),
                None => write!(self.text, "{}", time.as_f64()),
            },
            DataRef::DateTimeIso(text) => match iso_date(text) {
                Some(text) => self.text.write_all(text.as_bytes()),
                None => self.quoted(text),
            },
            DataRef::DurationIso(text) => match iso_clock(text) {
                Some(text) => self.text.write_all(text.as_bytes()),
                None => self.quoted(text),
            },
            DataRef::Error(error) => write!(self.text, "{error}"),
            DataRef::Empty => Ok(()),
        }
    }

    /// Writes a number behind the last cell, which is as it would be written.
    ///
    /// # Errors
    /// Where it stands before that.
    pub(super) fn number(&mut self, row: u32, column: u32, number: &[u8]) -> io::Result<()> {
        self.go_to(row, column)?;
        self.text.extend_from_slice(number);
        Ok(())
    }

    fn go_to(&mut self, row: u32, column: u32) -> io::Result<()> {
        if row < self.row || column < self.fields {
            return Err(damaged("the cells of a sheet are not in order"));
        }
        self.commas(column - self.fields.saturating_sub(1));
        self.fields = column + 1;
        Ok(())
    }

    /// Writes a text, in quotes where it needs them, and where it looks like a date of the sheet. A line end in it is a blank: no row of a
    /// report is two lines.
    fn quoted(&mut self, text: &str) -> io::Result<()> {
        let is_plain = !text.contains(['"', ',', '\n', '\r']) && !is_like_a_date(text);
        if is_plain {
            return self.text.write_all(text.as_bytes());
        }
        let text = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
        write!(self.text, "\"{}\"", text.replace('"', "\"\""))
    }
}

/// Whether a text may be taken for a real date as it is written, `2025-11-03 22:00:00`.
fn is_like_a_date(text: &str) -> bool {
    let text = text.trim().as_bytes();
    let has = |at: usize, sign: u8| text.get(at) == Some(&sign);
    has(4, b'-') && has(7, b'-') && has(10, b' ') && has(13, b':')
}

/// A date, or a time of day alone, as it is written; `None` where it is none. It is rounded to the millisecond, and to the second where it is
/// within one of that: a time of day is no number that has an end in the system of two.
fn time_text(time: ExcelDateTime, is_1904: bool) -> Option<String> {
    const SECOND: i64 = 1000;
    const DAY: i64 = 86_400 * SECOND;
    /// Behind the year 9999.
    const LAST: f64 = 2_958_466.0;
    let days = time.as_f64();
    if !(0.0..LAST).contains(&days) {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "it is within the milliseconds of eight thousand years"
    )]
    let exact = (days * DAY as f64).round() as i64;
    let nearest = (exact + SECOND / 2) / SECOND * SECOND;
    let rounded = match (exact - nearest).abs() {
        0 | 1 => nearest,
        _ => exact,
    };
    let is_time = time.is_duration() || days < 1.0;
    let (day, rest) = match is_time {
        true => (0, rounded),
        false => (rounded / DAY, rounded % DAY),
    };
    let (seconds, fraction) = (rest / SECOND, rest % SECOND);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = match is_time {
        true => String::new(),
        false => format!("{} ", date(day, is_1904)?),
    };
    text += &format!("{hours:02}:{minutes:02}:{seconds:02}");
    if fraction != 0 {
        text += &format!(".{fraction:03}");
    }
    Some(text)
}

/// A date as ISO 8601 writes it, with a time of day or without, as other dates are written.
fn iso_date(text: &str) -> Option<String> {
    let plain = text.trim().trim_end_matches('Z');
    let (day, clock) = plain.split_once(['T', ' ']).unwrap_or((plain, "00:00:00"));
    let day: civil::Date = day.parse().ok()?;
    let clock: civil::Time = clock.parse().ok()?;
    Some(format!("{day} {}", of_day(clock)))
}

/// A length of time as ISO 8601 writes it, `PT23H45M00S`, as other times of day are written.
fn iso_clock(text: &str) -> Option<String> {
    let span: jiff::SignedDuration = text.trim().parse().ok()?;
    let (seconds, millis) = (span.as_secs(), span.subsec_millis());
    (!span.is_negative()).then_some(())?;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = match millis {
        0 => String::new(),
        millis => format!(".{millis:03}"),
    };
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}{fraction}"))
}

fn of_day(clock: civil::Time) -> String {
    let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
    let fraction = match clock.millisecond() {
        0 => String::new(),
        millis => format!(".{millis:03}"),
    };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

/// The date of a serial number.
fn date(day: i64, is_1904: bool) -> Option<civil::Date> {
    let first = match (is_1904, day) {
        (true, _) => civil::date(1904, 1, 1),
        // There was no 29th of February in 1900, which has number 60.
        (false, ..60) => civil::date(1899, 12, 31),
        (false, _) => civil::date(1899, 12, 30),
    };
    first.checked_add(day.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn dates_and_times_of_iso_8601_are_written_as_others_are() {
        for (text, expected) in [
            ("2016-10-09T23:45:00", Some("2016-10-09 23:45:00")),
            (
                "2016-10-09T23:45:00.250000000",
                Some("2016-10-09 23:45:00.250"),
            ),
            ("2016-10-09", Some("2016-10-09 00:00:00")),
            ("2016-10-09T23:45:00Z", Some("2016-10-09 23:45:00")),
            ("2016-13-09", None),
            ("soon", None),
        ] {
            assert_eq!(iso_date(text).as_deref(), expected, "{text}");
        }
        assert_eq!(iso_clock("PT23H45M00S").as_deref(), Some("23:45:00"));
        assert_eq!(iso_clock("PT00H00M00.5S").as_deref(), Some("00:00:00.500"));
        assert_eq!(iso_clock("23:45"), None);
    }

    #[test]
    fn dates_and_times_are_written_to_the_second_where_they_are_within_a_millisecond_of_one() {
        let date = |days| ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false);
        for (days, is_1904, expected) in [
            (45_964.916_666_666_66, false, "2025-11-03 22:00:00"),
            (45_964.916_666_666_66 - 1462.0, true, "2025-11-03 22:00:00"),
            (42_653.0, false, "2016-10-10 00:00:00"),
            (42_653.010_416_666_664, false, "2016-10-10 00:15:00"),
            (45_943.541, false, "2025-10-13 12:59:02.400"),
            (42_652.999_999_999_99, false, "2016-10-10 00:00:00"),
            (0.010_416_666_666_666_666, false, "00:15:00"),
            (0.999_999_999_999, false, "24:00:00"),
            (1.0, false, "1900-01-01 00:00:00"),
            (61.0, false, "1900-03-01 00:00:00"),
        ] {
            assert_eq!(
                time_text(date(days), is_1904).as_deref(),
                Some(expected),
                "{days}"
            );
        }
        let duration = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(time_text(duration, false).as_deref(), Some("36:00:00"));
        for none in [-1.0, f64::NAN, 1e9] {
            assert_eq!(time_text(date(none), false), None);
        }
    }
}
