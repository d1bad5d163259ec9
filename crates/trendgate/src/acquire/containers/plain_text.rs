//! A sheet that is plain → its text, as [`sheet_writer`](super::sheet_writer) writes it, a stretch of rows at a time. It takes no memory in
//! proportion to the sheet. What is refused: a sheet that is not plain, is damaged or cannot be read.

use super::cell_context::CellContext;
use super::plain_row::PlainCell;
use super::plain_sheet::PlainSheet;
use super::shared_file::SharedFile;
use super::sheet_writer::{SheetWriter, within};
use super::workbook::{held, too_long};
use super::xlsx::{FIRST_ROWS, is_shown};
use std::io;
use std::sync::Arc;

/// So much of the text is written at a time.
const STRETCH: usize = 64 << 10;

/// The text of a sheet that is plain.
pub(super) struct PlainSheetText<'a> {
    sheet: PlainSheet<'a>,
    writer: SheetWriter,
    largest: usize,
}

impl<'a> PlainSheetText<'a> {
    /// That of the sheet of this name, of no more than so many bytes.
    ///
    /// # Errors
    /// Where it is not plain, is damaged or cannot be read; so for all that it does.
    pub(super) fn of(file: &SharedFile<'a>, name: &str, largest: usize) -> io::Result<Self> {
        let context = Arc::new(CellContext::of(&mut file.clone(), name)?);
        let sheet = || PlainSheet::open(Box::new(file.clone()), &context);
        held(|| {
            let mut first = sheet()?;
            let stated = first.stated_width();
            let width = match is_shown(stated) && plain_width(&mut first, FIRST_ROWS)? == stated {
                true => stated,
                false => plain_width(&mut sheet()?, u32::MAX)?,
            };
            Ok(Self {
                sheet: sheet()?,
                writer: SheetWriter::new(width, context.is_1904),
                largest,
            })
        })
    }

    /// The next stretch, and whether it is the last.
    pub(super) fn next(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let Self {
            sheet,
            writer,
            largest,
        } = self;
        let end = writer.written() + STRETCH;
        loop {
            let row = sheet.next_row(|row, column, value| {
                within(row, column)?;
                writer.begin_row(row);
                match value {
                    PlainCell::Shortest(number) => writer.number(row, column, number),
                    PlainCell::Value(value) => writer.cell(row, column, &value),
                }
            })?;
            if writer.written() > *largest {
                return Err(too_long(*largest));
            }
            if row.is_none() {
                return Ok((writer.end(), true));
            }
            if writer.written() >= end {
                return Ok((writer.take(), false));
            }
        }
    }
}

/// The fields of the longest of the first rows.
fn plain_width(sheet: &mut PlainSheet<'_>, rows: u32) -> io::Result<u32> {
    let mut width = 0;
    while let Some(row) = sheet.next_row(|row, column, _| {
        within(row, column)?;
        if row < rows {
            width = width.max(column + 1);
        }
        Ok(())
    })? {
        if row >= rows {
            break;
        }
    }
    Ok(width)
}
