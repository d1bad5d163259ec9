//! A workbook (xlsx), each of whose sheets is a text, as [`sheet_writer`](super::sheet_writer) writes it. Its sheets are read by
//! [`plain_text`](super::plain_text) where they are plain, else a cell at a time by the reader of workbooks; the text is the same.
//!
//! What is refused: a workbook that is damaged, or whose strings would fill the memory.

use super::plain_row::is_not_plain;
use super::plain_text::PlainSheetText;
use super::shared_file::SharedFile;
use super::sheet_writer::{MOST_COLUMNS, SheetWriter, within};
use super::workbook::{self, LARGEST_SHEET, SAVE_AS_CSV, damaged, held, too_long};
use super::{Container, Contents, Member, Unpack, Unpacked, zip};
use crate::acquire::file_bytes::ReadSeek;
use crate::error::{Error, Result};
use calamine::{DataRef, Reader as _, Xlsx, XlsxError};
use std::io::{self, BufReader, Read, SeekFrom, Take};
use std::path::Path;

/// The part of the archive that makes it a workbook.
const WORKBOOK: &str = "xl/workbook.xml";
/// Where its sheets are, which are read a cell at a time.
pub(super) const SHEETS: &str = "xl/worksheets/";
/// All other parts are held in memory, at about twice their size.
const LARGEST_PART: u64 = 256 << 20;
/// So many rows show whether a sheet is as wide as it says.
pub(super) const FIRST_ROWS: u32 = 64;
/// So much of the text of a sheet is written first: mostly it is only looked at.
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
            parts.iter().partition(|part| part.name.starts_with(SHEETS));
        if let Some(Member { name, bytes, .. }) =
            others.iter().find(|part| part.bytes > LARGEST_PART)
        {
            let message = format!("the workbook's {name} has {bytes} bytes, and is held in memory");
            return Err(Error::input(message).hint(SAVE_AS_CSV));
        }
        let bytes = sheets.iter().map(|part| part.bytes).max();
        let opened =
            open(Box::new(file)).map_err(|error| super::super::lines::read_error(path, error))?;
        workbook::contents(opened.sheets_metadata(), bytes.unwrap_or_default())
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&Member>,
        _: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        let Some(Member { name, bytes, .. }) = member else {
            return Err(damaged("no sheet is named"));
        };
        let file = SharedFile::of(file.into_inner());
        let largest = largest_text(*bytes);
        Ok(Box::new(SheetText {
            source: match PlainSheetText::of(&file, name, largest) {
                Ok(plain) => SheetSource::Plain(Box::new(plain)),
                Err(_) => SheetSource::Cells(Box::new(open(Box::new(file.clone()))?)),
            },
            file,
            name: name.clone(),
            largest,
            text: Vec::new(),
            at: 0,
            given: 0,
            is_whole: false,
        }))
    }
}

fn has(parts: &[Member], name: &str) -> bool {
    parts.iter().any(|part| part.name == name)
}

fn io_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::Io(error) if error.raw_os_error().is_some() => error,
        other => damaged(&other.to_string()),
    }
}

pub(super) fn open<'a>(mut file: Box<dyn ReadSeek + 'a>) -> io::Result<Book<'a>> {
    held(|| {
        file.seek(SeekFrom::Start(0))?;
        Xlsx::new(BufReader::new(file)).map_err(io_error)
    })
}

/// The text of a sheet.
struct SheetText<'a> {
    file: SharedFile<'a>,
    source: SheetSource<'a>,
    name: String,
    /// A text of more bytes is refused.
    largest: usize,
    /// A stretch of it, of which what stands before `at` was given.
    text: Vec<u8>,
    at: usize,
    /// How much of all of it was given.
    given: usize,
    is_whole: bool,
}

/// Where the text of a sheet comes from.
enum SheetSource<'a> {
    Plain(Box<PlainSheetText<'a>>),
    /// Its beginning is written first, and all of it where more is asked for.
    Cells(Box<Book<'a>>),
}

impl SheetText<'_> {
    /// Has the next stretch of the text.
    fn go_on(&mut self) -> io::Result<()> {
        if let SheetSource::Plain(plain) = &mut self.source {
            match held(|| plain.next()) {
                Ok((text, is_whole)) => {
                    (self.text, self.at, self.is_whole) = (text, 0, is_whole);
                    return Ok(());
                }
                Err(error) if is_not_plain(&error) => {}
                Err(error) => return Err(error),
            }
            self.source = SheetSource::Cells(Box::new(open(Box::new(self.file.clone()))?));
        }
        if let SheetSource::Cells(book) = &mut self.source {
            let most = match self.given {
                0 => FIRST,
                _ => usize::MAX,
            };
            let (name, largest) = (self.name.as_str(), self.largest);
            (self.text, self.is_whole) = held(|| text_of(book, name, (most, largest)))?;
            self.at = self.given.min(self.text.len());
        }
        Ok(())
    }
}

impl Read for SheetText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.is_whole {
            self.go_on()?;
        }
        let rest = &self.text[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
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

/// A text is shorter than the sheet that it comes from, unless the sheet shares long texts among its cells.
fn largest_text(sheet: u64) -> usize {
    const SMALL: usize = 16 << 20;
    const TIMES: usize = 4;
    let sheet = usize::try_from(sheet).unwrap_or(usize::MAX);
    sheet
        .saturating_mul(TIMES)
        .saturating_add(SMALL)
        .min(LARGEST_SHEET)
}

/// The text of a sheet, up to the end of the row with which it has more than `most` bytes; and whether that is all of it.
///
/// # Errors
/// Where it is damaged, or has more than `largest` bytes.
fn text_of(
    book: &mut Book<'_>,
    name: &str,
    (most, largest): (usize, usize),
) -> io::Result<(Vec<u8>, bool)> {
    let is_1904 = book.has_1904_epoch();
    let stated = {
        let cells = book.worksheet_cells_reader(name).map_err(io_error)?;
        cells.dimensions().end.1.saturating_add(1)
    };
    let is_seen = is_shown(stated) && widest(book, name, FIRST_ROWS)? == stated;
    let (width, most) = match is_seen {
        true => (stated, most),
        false => (widest(book, name, u32::MAX)?, usize::MAX),
    };
    let mut sheet = SheetWriter::new(width, is_1904);
    let mut cells = book.worksheet_cells_reader(name).map_err(io_error)?;
    while let Some(cell) = cells.next_cell().map_err(io_error)? {
        if *cell.get_value() == DataRef::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        within(row, column)?;
        if sheet.begin_row(row) && sheet.written() > most {
            return Ok((sheet.into_text(), false));
        }
        sheet.cell(row, column, cell.get_value())?;
        if sheet.written() > largest {
            return Err(too_long(largest));
        }
    }
    Ok((sheet.end(), true))
}

/// Whether a sheet that says it has so many columns may be believed, if one of the first rows has them. Some programs state nothing, the
/// first cell alone, or more columns than they fill.
pub(super) fn is_shown(stated: u32) -> bool {
    (2..MOST_COLUMNS).contains(&stated)
}

/// The fields of the longest of the first rows.
fn widest(book: &mut Book<'_>, name: &str, rows: u32) -> io::Result<u32> {
    let mut cells = book.worksheet_cells_reader(name).map_err(io_error)?;
    let mut width = 0;
    while let Some(cell) = cells.next_cell().map_err(io_error)? {
        if *cell.get_value() != DataRef::Empty {
            let (row, column) = cell.get_position();
            within(row, column)?;
            if row >= rows {
                break;
            }
            width = width.max(column + 1);
        }
    }
    Ok(width)
}

/// The text of a sheet as it is read where it is plain, and as the reader of workbooks has it.
#[cfg(test)]
pub(in crate::acquire) fn both_ways(
    book: &[u8],
    name: &str,
) -> (io::Result<String>, io::Result<String>) {
    let file = || Box::new(io::Cursor::new(book.to_vec()));
    let string = |text: Vec<u8>| String::from_utf8_lossy(&text).into_owned();
    let plain = PlainSheetText::of(&SharedFile::of(file()), name, LARGEST_SHEET);
    let plain = plain.and_then(|mut plain| {
        let mut all = Vec::new();
        loop {
            let (text, is_whole) = plain.next()?;
            all.extend(text);
            if is_whole {
                return Ok(string(all));
            }
        }
    });
    let cells = open(file()).and_then(|mut book| {
        let (text, _) = held(|| text_of(&mut book, name, (usize::MAX, LARGEST_SHEET)))?;
        Ok(string(text))
    });
    (plain, cells)
}
