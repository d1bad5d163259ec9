//! A workbook → what the cells of one of its sheets refer to: the part that the sheet is, the kinds of number that styles stand for, and the
//! shared strings.
//!
//! All of it is the word of the reader of workbooks. That is given the same workbook with other sheets in it, in which a cell of each style and
//! a cell of each string stand, and what it makes of them is noted. What is refused: a workbook with very many sheets and strings, or one
//! whose parts are not named as they mostly are. It can be read, but not by this.

use super::workbook::held;
use super::xlsx::{SHEETS, open};
use super::{Member, zip};
use crate::acquire::file_bytes::ReadSeek;
use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipArchive, ZipWriter};
use calamine::DataRef;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Cursor, Write as _};
use std::path::Path;

/// The part of the shared strings.
const STRINGS: &str = "xl/sharedStrings.xml";
/// Each takes so many bytes there.
const SHORTEST_STRING: u64 = "<si><t/></si>".len() as u64;
/// So many strings are tried; a cell that has another is read by the reader of workbooks.
const MOST_STRINGS: u64 = 1 << 16;
/// So many styles are tried; a workbook of exports has a few.
const MOST_STYLES: usize = 256;
/// The sheets that are put in take no more than this, and neither do the other parts.
const MOST_BYTES: u64 = 16 << 20;

/// What the cells of a sheet refer to.
pub(super) struct CellContext {
    /// The part of the archive that the sheet is.
    pub(super) part: Member,
    /// Whether days are counted from 1904.
    pub(super) is_1904: bool,
    styles: Vec<NumberKind>,
    strings: Vec<String>,
}

/// What numbers of a style are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    Plain,
    Date,
    Duration,
}

impl CellContext {
    /// That of the sheet of this name.
    ///
    /// # Errors
    /// Where the workbook is none of those that are read by it.
    pub(super) fn of(file: &mut dyn ReadSeek, sheet: &str) -> io::Result<Self> {
        let parts = zip::parts(file, Path::new("")).map_err(io::Error::other)?;
        let mut names = BTreeSet::new();
        let mut is_first = |part: &Member| names.insert(part.name.to_ascii_lowercase());
        if !parts.iter().all(&mut is_first) {
            return Err(unusual());
        }
        let strings = parts.iter().find(|part| part.name == STRINGS);
        let strings = strings.map_or(0, |part| part.bytes / SHORTEST_STRING + 1);
        let cells = cells_to_try(strings.min(MOST_STRINGS));
        let mut sheets: Vec<Member> = parts;
        sheets.retain(|part| is_sheet(&part.name));
        if (sheets.len() * cells.len()) as u64 > MOST_BYTES {
            return Err(unusual());
        }
        let book = with_sheets(file, &sheets, &cells).map_err(io::Error::other)?;
        held(|| Self::tried(book?, sheet, sheets))
    }

    /// What the reader of workbooks makes of the cells that were put into `book`.
    fn tried(book: Vec<u8>, sheet: &str, mut sheets: Vec<Member>) -> io::Result<Self> {
        let mut book = open(Box::new(Cursor::new(book)))?;
        let is_1904 = book.has_1904_epoch();
        let cells = book.worksheet_cells_reader(sheet);
        let mut cells = cells.map_err(io::Error::other)?;
        let mut number = None;
        let (mut styles, mut strings) = (Vec::new(), Vec::new());
        // It ends with an error where there is no string of that number.
        while let Ok(Some(cell)) = cells.next_cell() {
            match (cell.get_position(), cell.get_value()) {
                ((0, 0), DataRef::Float(found)) => number = Some(*found),
                ((0, _), DataRef::Float(_)) => styles.push(NumberKind::Plain),
                ((0, _), DataRef::DateTime(time)) if time.is_duration() => {
                    styles.push(NumberKind::Duration);
                }
                ((0, _), DataRef::DateTime(_)) => styles.push(NumberKind::Date),
                (_, DataRef::SharedString(text)) if number.is_some() => {
                    strings.push((*text).to_owned());
                }
                _ => return Err(unusual()),
            }
        }
        let place = (0..sheets.len()).find(|place| number == Some(marked(*place)));
        let place = place.filter(|_| styles.len() == MOST_STYLES);
        Ok(Self {
            part: sheets.swap_remove(place.ok_or_else(unusual)?),
            is_1904,
            styles,
            strings,
        })
    }

    /// What a number in a cell of this style is.
    pub(super) fn kind(&self, style: usize) -> Option<NumberKind> {
        self.styles.get(style).copied()
    }

    /// The shared string of this number.
    pub(super) fn string(&self, number: usize) -> Option<&str> {
        self.strings.get(number).map(String::as_str)
    }
}

fn unusual() -> io::Error {
    io::Error::other("the workbook is read a cell at a time")
}

fn is_sheet(part: &str) -> bool {
    part.starts_with(SHEETS) && part.ends_with(".xml")
}

/// The number that stands first in the sheet that is put in the place of this one.
#[allow(clippy::cast_precision_loss, reason = "there are few sheets")]
fn marked(place: usize) -> f64 {
    place as f64 + 0.25
}

/// Cells of each style, and of so many strings, and what ends a sheet.
fn cells_to_try(strings: u64) -> String {
    let mut cells = String::new();
    for style in 0..MOST_STYLES {
        _ = write!(cells, "<c s=\"{style}\"><v>1.5</v></c>");
    }
    cells += "</row>";
    for string in 0..strings {
        _ = write!(cells, "<row><c t=\"s\"><v>{string}</v></c></row>");
    }
    cells + "</sheetData></worksheet>"
}

/// The workbook that `file` is, with `cells` in the place of its sheets, behind the number of each; parts that say nothing of cells are left out.
fn with_sheets(
    file: &mut dyn ReadSeek,
    sheets: &[Member],
    cells: &str,
) -> ::zip::result::ZipResult<io::Result<Vec<u8>>> {
    let mut parts = ZipArchive::new(file)?;
    let mut book = ZipWriter::new(Cursor::new(Vec::new()));
    let mut bytes = 0;
    for number in 0..parts.len() {
        let part = parts.by_index_raw(number)?;
        let name = part.name()?;
        if is_sheet(&name) || !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        bytes += part.compressed_size();
        if bytes > MOST_BYTES {
            return Ok(Err(unusual()));
        }
        book.raw_copy_file(part)?;
    }
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (place, sheet) in sheets.iter().enumerate() {
        book.start_file(&sheet.name, stored)?;
        let number = marked(place);
        write!(book, "<worksheet><sheetData><row><c><v>{number}</v></c>")?;
        book.write_all(cells.as_bytes())?;
    }
    Ok(Ok(book.finish()?.into_inner()))
}
