//! A workbook of OpenDocument (ods) → what its cells take in memory, before they are read.
//!
//! Its `content.xml` says of a row or a cell how often it is repeated, and its reader holds each of them. So the tags of all rows and cells are
//! gone through for the rectangle around cells with a value, and for the letters in them.

use super::workbook::damaged;
use super::{Container as _, Member, zip};
use crate::acquire::file_bytes::ReadSeek;
use std::io::{self, BufRead, BufReader, Cursor, Read as _, SeekFrom};
use std::path::Path;

/// The first member of such an archive says what it is.
const FIRST: &[u8] = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
/// Where its name stands in the archive.
const NAME_AT: usize = 30;
const CONTENT: &str = "content.xml";
/// A cell of the rectangle, once as it is read and once as it is kept, and as much for its formula.
const CELL: u64 = 112;
/// No tag, and no text between two, is longer.
const LONGEST: u64 = 1 << 20;
/// What the rows and columns of a sheet are at most.
const MOST: u64 = 1 << 24;

/// Whether the zip archive `file` is such a workbook.
pub(super) fn is_spreadsheet(file: &mut dyn ReadSeek) -> io::Result<bool> {
    let mut head = [0; NAME_AT + FIRST.len()];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    Ok(head.ends_with(FIRST))
}

/// What the cells of a workbook take in memory.
///
/// # Errors
/// Where it is damaged.
pub(super) fn size(bytes: &[u8]) -> io::Result<u64> {
    let mut file = Cursor::new(bytes);
    let contents = zip::Zip.contents(&mut file, Path::new(""));
    let contents = contents.map_err(|error| damaged(error.message()))?;
    // Which of two the reader takes is not known.
    if contents.passed_over.iter().any(|name| name == CONTENT) {
        return Err(damaged("its content.xml cannot be read, or is there twice"));
    }
    let mut members = contents.texts.into_iter().flatten();
    let member: Member = members
        .find(|member| member.name == CONTENT)
        .ok_or_else(|| damaged("it has no content.xml"))?;
    let file: Box<dyn ReadSeek + '_> = Box::new(file);
    let text = zip::Zip.unpack(file.take(u64::MAX), Some(&member), false)?;
    let mut sheets = SheetSizes::default();
    let mut reader = BufReader::new(text);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        // The text before a tag, and the tag up to its end.
        let count = (&mut reader).take(LONGEST).read_until(b'>', &mut piece)?;
        if count == 0 {
            return Ok(sheets.size.saturating_add(member.bytes));
        }
        if count as u64 == LONGEST {
            return Err(damaged("a cell of it is longer than a million letters"));
        }
        let at = memchr::memrchr(b'<', &piece).unwrap_or(piece.len());
        let (text, tag) = piece.split_at(at);
        sheets.text(text.trim_ascii());
        sheets.tag(tag);
    }
}

/// What was met of the sheets.
#[derive(Default)]
struct SheetSizes {
    size: u64,
    rows: u64,
    columns: u64,
    /// The rows up to the last one with a value, and the columns.
    last_row: u64,
    last_column: u64,
    letters: u64,
    row: OpenRow,
}

/// The row that is open.
#[derive(Default)]
struct OpenRow {
    repeated: u64,
    has_value: bool,
    letters: u64,
    /// How often the open cell is there.
    cell: u64,
}

impl SheetSizes {
    fn text(&mut self, text: &[u8]) {
        if !text.is_empty() && self.row.cell > 0 {
            self.value(text.len(), self.row.cell);
        }
    }

    /// Notes that so many of the cells up to the last column have a value of so many letters.
    fn value(&mut self, letters: usize, cells: u64) {
        self.row.has_value = true;
        self.last_column = self.last_column.max(self.columns);
        let letters = cells.saturating_mul(letters as u64);
        self.row.letters = self.row.letters.saturating_add(letters);
    }

    fn tag(&mut self, tag: &[u8]) {
        let ends = tag.ends_with(b"/>");
        match name(tag) {
            b"table:table-row" => {
                self.columns = 0;
                self.row = OpenRow {
                    repeated: repeated(tag, b"table:number-rows-repeated"),
                    ..OpenRow::default()
                };
                if ends {
                    self.end_row();
                }
            }
            b"/table:table-row" => self.end_row(),
            b"table:table-cell" | b"table:covered-table-cell" => {
                let times = repeated(tag, b"table:number-columns-repeated");
                self.columns = (self.columns + times).min(MOST);
                let has = |attribute: &[u8]| memchr::memmem::find(tag, attribute).is_some();
                if has(b"value") || has(b"formula") {
                    self.value(tag.len(), times);
                }
                self.row.cell = if ends { 0 } else { times };
            }
            b"/table:table-cell" | b"/table:covered-table-cell" => self.row.cell = 0,
            b"/table:table" => self.end_sheet(),
            _ => {}
        }
    }

    fn end_row(&mut self) {
        let OpenRow {
            repeated,
            has_value,
            letters,
            ..
        } = std::mem::take(&mut self.row);
        self.rows = (self.rows + repeated).min(MOST);
        if has_value {
            self.last_row = self.rows;
        }
        let letters = letters.saturating_mul(repeated);
        self.letters = self.letters.saturating_add(letters);
    }

    fn end_sheet(&mut self) {
        let cells = self.last_row.saturating_mul(self.last_column);
        let size = cells.saturating_mul(CELL).saturating_add(self.letters);
        *self = Self {
            size: self.size.saturating_add(size),
            ..Self::default()
        };
    }
}

/// The name of a tag, with its slash where it is an end.
fn name(tag: &[u8]) -> &[u8] {
    let inside = tag.strip_prefix(b"<").unwrap_or(tag);
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
    let end = inside.iter().position(is_end).unwrap_or(inside.len());
    let name = &inside[..end];
    name.strip_suffix(b"/").unwrap_or(name)
}

/// What a tag says of how often it is there.
fn repeated(tag: &[u8], attribute: &[u8]) -> u64 {
    let Some(at) = memchr::memmem::find(tag, attribute) else {
        return 1;
    };
    let rest = &tag[at + attribute.len()..];
    let digits = rest.iter().skip_while(|byte| !byte.is_ascii_digit());
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    let count = digits.fold(0_u64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    count.min(MOST)
}
