//! Workbooks that come whole: those of an older Office (xls), and those of OpenDocument (ods). Each sheet is a text, as
//! [`sheet_writer`](super::sheet_writer) writes it.
//!
//! Their reader holds all cells of all sheets. How much that takes is found out before it is given anything ([`xls_size`](super::xls_size),
//! [`ods_size`](super::ods_size)): a few bytes may say that a million rows are alike. What is refused: a workbook that is damaged, has a
//! password, or takes more.

use super::sheet_writer::{SheetWriter, within};
use super::workbook::{self, LARGEST_SHEET, SAVE_AS_CSV, damaged, held, too_long};
use super::{Container, Contents, Member, Unpack, Unpacked, ods_size, xls_size};
use crate::acquire::file_bytes::ReadSeek;
use crate::acquire::lines::read_error;
use crate::error::{Error, Result};
use calamine::{Data, DataRef, Ods, Range, Reader, Sheet, Xls};
use std::io::{self, Cursor, Read, SeekFrom, Take};
use std::path::Path;

/// What all cells of a workbook may take in memory.
const MOST_HELD: u64 = 512 << 20;
/// A file of more bytes takes more than that.
const LARGEST_FILE: u64 = 128 << 20;

/// The bytes of a workbook.
type BookBytes = Cursor<Vec<u8>>;

/// A workbook that was read.
enum HeldBook {
    Old(Box<Xls<BookBytes>>),
    Open(Box<Ods<BookBytes>>),
}

/// A kind of workbook that comes whole.
pub(super) struct WholeWorkbook {
    id: &'static str,
    /// Whether a file is one that begins with these bytes.
    is_one: fn(&[u8], &mut dyn ReadSeek) -> io::Result<bool>,
    /// What the cells take in memory.
    size: fn(&[u8]) -> io::Result<u64>,
    open: fn(BookBytes) -> io::Result<HeldBook>,
}

/// Workbooks of an older Office.
pub(super) static OLD: WholeWorkbook = WholeWorkbook {
    id: "xls",
    is_one: |head, file| Ok(head == xls_size::MAGIC && xls_size::has_workbook(file)?),
    size: xls_size::size,
    open: |bytes| {
        let book = Xls::new(bytes).map_err(|error| damaged(&error.to_string()))?;
        Ok(HeldBook::Old(Box::new(book)))
    },
};
/// Workbooks of OpenDocument.
pub(super) static OPEN: WholeWorkbook = WholeWorkbook {
    id: "ods",
    is_one: |head, file| Ok(head.starts_with(b"PK\x03\x04") && ods_size::is_spreadsheet(file)?),
    size: ods_size::size,
    open: |bytes| {
        let book = Ods::new(bytes).map_err(|error| damaged(&error.to_string()))?;
        Ok(HeldBook::Open(Box::new(book)))
    },
};

impl Container for WholeWorkbook {
    fn id(&self) -> &'static str {
        self.id
    }

    fn holds(&self, head: &[u8], file: &mut dyn ReadSeek) -> bool {
        (self.is_one)(head, file).unwrap_or(false)
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn has_sheets(&self) -> bool {
        true
    }

    fn contents(&self, file: &mut dyn ReadSeek, path: &Path) -> Result<Contents> {
        let (book, size) = self.book(file).map_err(|error| match too_large(&error) {
            Some(message) => Error::input(message).hint(SAVE_AS_CSV),
            None => read_error(path, error),
        })?;
        workbook::contents(book.sheets(), size)
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
        let (book, _) = self.book(&mut file.into_inner())?;
        let text = held(|| book.text(name))?;
        Ok(Box::new(HeldText(Cursor::new(text))))
    }
}

impl WholeWorkbook {
    /// The workbook that a file is, and what it takes in memory.
    fn book(&self, file: &mut dyn ReadSeek) -> io::Result<(HeldBook, u64)> {
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
        let size = match bytes.len() as u64 {
            LARGEST_FILE.. => LARGEST_FILE * 8,
            _ => held(|| (self.size)(&bytes))?,
        };
        if size > MOST_HELD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TooLarge(size)));
        }
        let book = held(|| (self.open)(Cursor::new(bytes)))?;
        Ok((book, size))
    }
}

/// A workbook that takes so many bytes in memory.
#[derive(Debug)]
struct TooLarge(u64);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the workbook is of a form that is held in memory whole, and takes about {} MB, more than {}",
            self.0 / 1_000_000,
            MOST_HELD / 1_000_000
        )
    }
}

impl std::error::Error for TooLarge {}

/// That a workbook is too large, if that is the error.
fn too_large(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<TooLarge>();
    inner.map(ToString::to_string)
}

impl HeldBook {
    fn sheets(&self) -> &[Sheet] {
        match self {
            Self::Old(book) => book.sheets_metadata(),
            Self::Open(book) => book.sheets_metadata(),
        }
    }

    /// The text of the sheet of this name.
    fn text(self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Old(mut book) => {
                let is_1904 = book.has_1904_epoch();
                let range = book.worksheet_range(name);
                text_of(
                    &range.map_err(|error| damaged(&error.to_string()))?,
                    is_1904,
                )
            }
            Self::Open(mut book) => {
                let range = book.worksheet_range(name);
                text_of(&range.map_err(|error| damaged(&error.to_string()))?, false)
            }
        }
    }
}

fn text_of(range: &Range<Data>, is_1904: bool) -> io::Result<Vec<u8>> {
    let (Some(start), Some(end)) = (range.start(), range.end()) else {
        return Ok(Vec::new());
    };
    within(end.0, end.1)?;
    let mut sheet = SheetWriter::new(end.1 + 1, is_1904);
    for (row, cells) in (start.0..).zip(range.rows()) {
        for (column, cell) in (start.1..).zip(cells) {
            let value = value(cell);
            if value == DataRef::Empty {
                continue;
            }
            sheet.begin_row(row);
            sheet.cell(row, column, &value)?;
        }
        if sheet.written() > LARGEST_SHEET {
            return Err(too_long(LARGEST_SHEET));
        }
    }
    Ok(sheet.end())
}

fn value(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(time) => DataRef::DateTime(*time),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The text of a sheet.
struct HeldText(Cursor<Vec<u8>>);

impl Read for HeldText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Unpack for HeldText {
    fn file_bytes(&self) -> u64 {
        self.0.position()
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        Ok(Unpacked::default())
    }
}
