//! A workbook of OpenDocument (ods) → what its cells take in memory, before they are read.
//!
//! Its `content.xml` says of a row or a cell how often it is repeated, and its reader holds each of them. So the tags of all rows and cells are
//! gone through for the rectangle around cells with a value, and for the letters in them.

use super::workbook::damaged;
use super::{Container as _, Member, zip};
use crate::acquire::file_bytes::ReadSeek;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{self, BufReader, Cursor, Read as _, SeekFrom};
use std::path::Path;

/// The first member of such an archive says what it is.
const FIRST: &[u8] = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
/// Where its name stands in the archive.
const NAME_AT: usize = 30;
const CONTENT: &str = "content.xml";
/// A cell of the rectangle, once as it is read and once as it is kept, and as much for its formula.
const CELL: u64 = 112;
/// A `content.xml` of more bytes is not looked at.
const LARGEST_CONTENT: u64 = 256 << 20;
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
    // Any of it may be one text.
    if member.bytes > LARGEST_CONTENT {
        return Ok(u64::MAX);
    }
    let file: Box<dyn ReadSeek + '_> = Box::new(file);
    let text = zip::Zip.unpack(file.take(u64::MAX), Some(&member), false)?;
    let mut reader = Reader::from_reader(BufReader::new(text));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.check_comments = false;
    config.expand_empty_elements = true;
    let mut sheets = SheetSizes::default();
    let mut event = Vec::new();
    loop {
        let read = reader.read_event_into(&mut event);
        match read.map_err(|error| damaged(&error.to_string()))? {
            Event::Start(tag) => sheets.begin(&tag)?,
            Event::End(tag) => sheets.end(tag.name().as_ref()),
            Event::Text(text) => sheets.text(text.len() as u64),
            Event::CData(text) => sheets.text(text.len() as u64),
            Event::GeneralRef(_) => sheets.text(1),
            Event::Eof => return Ok(sheets.size.saturating_add(member.bytes)),
            _ => {}
        }
        event.clear();
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
    fn begin(&mut self, tag: &BytesStart<'_>) -> io::Result<()> {
        match tag.name().as_ref() {
            "table:table-row" => {
                self.columns = 0;
                self.row = OpenRow {
                    repeated: repeated(tag, "table:number-rows-repeated")?.min(MOST),
                    ..OpenRow::default()
                };
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let times = repeated(tag, "table:number-columns-repeated")?.min(MOST);
                self.columns = (self.columns + times).min(MOST);
                self.row.cell = times;
                let mut has_value = false;
                for attribute in tag.attributes().with_checks(false).flatten() {
                    let key = attribute.key.as_ref();
                    has_value |= key.ends_with("value-type") || key.ends_with("formula");
                }
                if has_value {
                    self.text(tag.len() as u64);
                }
            }
            "text:s" => {
                let blanks = repeated(tag, "text:c")?;
                self.text(blanks);
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "table:table-row" => self.end_row(),
            "table:table-cell" | "table:covered-table-cell" => self.row.cell = 0,
            "table:table" => self.end_sheet(),
            _ => {}
        }
    }

    /// Notes so many letters in the open cell, if one is open.
    fn text(&mut self, letters: u64) {
        if self.row.cell > 0 {
            self.row.has_value = true;
            self.last_column = self.last_column.max(self.columns);
            let letters = self.row.cell.saturating_mul(letters);
            self.row.letters = self.row.letters.saturating_add(letters);
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

/// What a tag says of how often it is there.
///
/// # Errors
/// Where it says no number.
fn repeated(tag: &BytesStart<'_>, attribute: &str) -> io::Result<u64> {
    let mut times = 1;
    // Which of two counts is the reader's to say.
    for found in tag.attributes().with_checks(false) {
        let found = found.map_err(|error| damaged(&error.to_string()))?;
        if found.key.as_ref() == attribute {
            let count = quick_xml::escape::unescape(&found.value).ok();
            let count = count.and_then(|count| count.parse::<u64>().ok());
            times = count
                .ok_or_else(|| damaged("it says of a cell that it is repeated, and not how often"))?
                .max(times);
        }
    }
    Ok(times)
}
