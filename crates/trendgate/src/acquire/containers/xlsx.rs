//! A workbook (xlsx), each of whose sheets is a text: a row is a line, with commas between its cells.
//!
//! Cells stand where they stand in the sheet: rows and columns that are empty are there, and every row has as many fields as the sheet is
//! wide, but for rows without any cell. Numbers are written in their shortest form, dates and times as `2016-10-09 23:45:00` and `23:45:00`,
//! truth as TRUE and FALSE, errors by their names. A text that looks like a date stands in quotes, which real dates never do. What is refused: a workbook that is damaged, or whose strings would fill the memory.

use super::{Container, Contents, Member, MemberPlace, Unpack, Unpacked, zip};
use crate::acquire::file_bytes::ReadSeek;
use crate::error::{Error, Result};
use crate::guarded::guarded;
use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::{ToSpan, civil};
use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, SeekFrom, Take, Write};
use std::path::Path;

/// The part of the archive that makes it a workbook.
const WORKBOOK: &str = "xl/workbook.xml";
/// Where its sheets are, which are read a cell at a time.
const SHEETS: &str = "xl/worksheets/";
/// All other parts are held in memory, at about twice their size.
const LARGEST_PART: u64 = 256 << 20;
/// The text of a sheet is held in memory.
const LARGEST_SHEET: usize = 1 << 30;
/// So much of it is written first: mostly it is only looked at.
const FIRST: usize = 128 << 10;

pub(super) struct Workbook;

/// A workbook that is open.
type Book<'a> = Xlsx<BufReader<Box<dyn ReadSeek + 'a>>>;

impl Container for Workbook {
    fn id(&self) -> &'static str {
        "xlsx"
    }

    fn holds(&self, head: &[u8], file: &mut dyn ReadSeek) -> bool {
        head.starts_with(b"PK\x03\x04")
            && zip::parts(file, Path::new("")).is_ok_and(|parts| has(&parts, WORKBOOK))
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn has_sheets(&self) -> bool {
        true
    }

    fn contents(&self, file: &mut dyn ReadSeek, path: &Path) -> Result<Contents> {
        let parts = zip::parts(file, path)?;
        let (sheets, others): (Vec<_>, Vec<_>) =
            parts.iter().partition(|(name, _)| name.starts_with(SHEETS));
        if let Some((name, bytes)) = others.iter().find(|(_, bytes)| *bytes > LARGEST_PART) {
            let message = format!("the workbook's {name} has {bytes} bytes, and is held in memory");
            return Err(Error::input(message).hint(SAVE_AS_CSV));
        }
        let bytes = sheets.iter().map(|(_, bytes)| *bytes).max();
        let opened =
            open(Box::new(file)).map_err(|error| super::super::lines::read_error(path, error))?;
        let mut contents = Contents {
            texts: Vec::new(),
            ..Contents::default()
        };
        let mut names = BTreeSet::new();
        for (order, sheet) in (0..).zip(opened.sheets_metadata()) {
            let name = sheet.name.clone();
            if !names.insert(name.clone()) {
                return Err(Error::input("two sheets of the workbook have this name")
                    .of_member(name)
                    .hint(SAVE_AS_CSV));
            }
            if sheet.visible != SheetVisible::Visible || sheet.typ != SheetType::WorkSheet {
                contents.passed_over.push(name);
                continue;
            }
            contents.texts.push(Some(Member {
                name,
                order,
                bytes: bytes.unwrap_or_default(),
                place: MemberPlace::Sheet,
            }));
        }
        Ok(contents)
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&Member>,
        _: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        let Some(Member { name, .. }) = member else {
            return Err(damaged("no sheet is named"));
        };
        Ok(Box::new(SheetText {
            book: open(file.into_inner())?,
            name: name.clone(),
            text: Vec::new(),
            given: 0,
            is_whole: false,
        }))
    }
}

const SAVE_AS_CSV: &str = "save each of its sheets as CSV, and give those";

fn has(parts: &[(String, u64)], name: &str) -> bool {
    parts.iter().any(|(part, _)| part == name)
}

/// What is wrong with a workbook that cannot be read.
pub(in crate::acquire) const DAMAGED_WORKBOOK: &str = "the workbook is damaged: ";

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{DAMAGED_WORKBOOK}{what}"),
    )
}

fn io_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::Io(error) if error.raw_os_error().is_some() => error,
        other => damaged(&other.to_string()),
    }
}

/// What `read` makes of a workbook that anyone may have written.
fn held<T>(read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    guarded(read).unwrap_or_else(|| Err(damaged("its reader gave up")))
}

fn open<'a>(mut file: Box<dyn ReadSeek + 'a>) -> io::Result<Book<'a>> {
    held(|| {
        file.seek(SeekFrom::Start(0))?;
        Xlsx::new(BufReader::new(file)).map_err(io_error)
    })
}

/// The text of a sheet. Its beginning is written first, and all of it where more is asked for.
struct SheetText<'a> {
    book: Book<'a>,
    name: String,
    text: Vec<u8>,
    given: usize,
    is_whole: bool,
}

impl Read for SheetText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.is_whole {
            let most = match self.given {
                0 => FIRST,
                _ => usize::MAX,
            };
            let (book, name) = (&mut self.book, self.name.as_str());
            (self.text, self.is_whole) = held(|| text_of(book, name, most))?;
        }
        let rest = &self.text[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

impl Unpack for SheetText<'_> {
    fn file_bytes(&self) -> u64 {
        self.given as u64
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        Ok(Unpacked::default())
    }
}

/// The text of a sheet, up to the end of the row with which it has more than `most` bytes; and whether that is all of it.
fn text_of(book: &mut Book<'_>, name: &str, most: usize) -> io::Result<(Vec<u8>, bool)> {
    let is_1904 = book.has_1904_epoch();
    let stated = {
        let cells = book.worksheet_cells_reader(name).map_err(io_error)?;
        cells.dimensions().end.1 + 1
    };
    // Some programs state nothing, or the first cell alone.
    let (width, most) = match stated {
        0 | 1 | MOST_COLUMNS.. => (widest(book, name)?, usize::MAX),
        stated => (stated, most),
    };
    let mut sheet = SheetWriter {
        text: Vec::new(),
        width,
        is_1904,
        row: 0,
        fields: 0,
    };
    let mut cells = book.worksheet_cells_reader(name).map_err(io_error)?;
    while let Some(cell) = cells.next_cell().map_err(io_error)? {
        if *cell.get_value() == DataRef::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        within(row, column)?;
        if row > sheet.row {
            sheet.end_rows(row);
            if sheet.text.len() > most {
                return Ok((sheet.text, false));
            }
        }
        sheet.cell(row, column, cell.get_value())?;
        if sheet.text.len() > LARGEST_SHEET {
            return Err(damaged("one of its sheets has more than 1 GiB of text"));
        }
    }
    if sheet.fields > 0 {
        sheet.end_rows(sheet.row + 1);
    }
    Ok((sheet.text, true))
}

/// What sheets have room for: so many rows and columns.
const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;

/// Refuses a cell where sheets have none.
fn within(row: u32, column: u32) -> io::Result<()> {
    match row < MOST_ROWS && column < MOST_COLUMNS {
        true => Ok(()),
        false => Err(damaged("a cell stands where sheets have none")),
    }
}

/// The fields of the longest row.
fn widest(book: &mut Book<'_>, name: &str) -> io::Result<u32> {
    let mut cells = book.worksheet_cells_reader(name).map_err(io_error)?;
    let mut width = 0;
    while let Some(cell) = cells.next_cell().map_err(io_error)? {
        if *cell.get_value() != DataRef::Empty {
            let (row, column) = cell.get_position();
            within(row, column)?;
            width = width.max(column + 1);
        }
    }
    Ok(width)
}

/// Writes the cells of a sheet in their order.
struct SheetWriter {
    text: Vec<u8>,
    /// The fields of a row.
    width: u32,
    is_1904: bool,
    /// The row that is written.
    row: u32,
    /// Its fields that were written.
    fields: u32,
}

impl SheetWriter {
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

    fn cell(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> io::Result<()> {
        if row < self.row || column < self.fields {
            return Err(damaged("the cells of a sheet are not in order"));
        }
        self.commas(column - self.fields.saturating_sub(1));
        self.fields = column + 1;
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
            DataRef::DateTimeIso(text) => self.quoted(&text.replacen('T', " ", 1)),
            DataRef::DurationIso(text) => self.quoted(text),
            DataRef::Error(error) => write!(self.text, "{error}"),
            DataRef::Empty => Ok(()),
        }
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
