//! The part that a sheet is → its cells, where its XML is as plain as the programs write it that save workbooks.
//!
//! It knows the few forms in which they write rows and cells, and nothing of XML beyond them. Whatever is written otherwise, were it only an
//! attribute too many or a comment, ends it with an error, and the sheet is left to the reader of workbooks, which takes many times as long.
//! What it gives is what that one gives.

use super::cell_context::CellContext;
use super::plain_row::{PlainCell, XmlRow, not_plain, place};
use super::{Container as _, Unpack, zip};
use crate::acquire::file_bytes::ReadSeek;
use memchr::memchr;
use memchr::memmem::{self, Finder};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::io::{self, Read as _};
use std::str::from_utf8;
use std::sync::Arc;

/// What begins the rows.
const DATA: &[u8] = b"<sheetData>";
/// Bytes of the part that are read at a time.
const BLOCK: u64 = 256 << 10;
/// What stands before the rows is shorter, and each of them is.
const LONGEST: usize = 8 << 20;

/// A sheet, from its first row on.
pub(super) struct PlainSheet<'a> {
    xml: Box<dyn Unpack + 'a>,
    context: Arc<CellContext>,
    /// What was read; what is left of it begins at `from`.
    block: Vec<u8>,
    from: usize,
    /// The number of the next row, unless that says another.
    row: u32,
    row_end: Finder<'static>,
    width: u32,
}

impl<'a> PlainSheet<'a> {
    /// The sheet that `context` is of.
    ///
    /// # Errors
    /// Where it is not plain, is damaged or cannot be read; so for all that it does.
    pub(super) fn open(
        file: Box<dyn ReadSeek + 'a>,
        context: &Arc<CellContext>,
    ) -> io::Result<Self> {
        let xml = zip::Zip.unpack(file.take(u64::MAX), Some(&context.part), false)?;
        let mut sheet = Self {
            xml,
            context: Arc::clone(context),
            block: Vec::new(),
            from: 0,
            row: 0,
            row_end: Finder::new("</row>"),
            width: 0,
        };
        let data = loop {
            match memmem::find(&sheet.block, DATA) {
                Some(data) => break data,
                None => sheet.read_on()?,
            }
        };
        sheet.width = stated_width(&sheet.block[..data]).ok_or_else(not_plain)?;
        sheet.from = data + DATA.len();
        Ok(sheet)
    }

    /// The columns that the sheet says it has; 1 where it says nothing.
    pub(super) fn stated_width(&self) -> u32 {
        self.width
    }

    /// Shows the cells of the next row to `take`, with their rows and columns; `None` where there is none, else its number.
    pub(super) fn next_row(
        &mut self,
        take: impl FnMut(u32, u32, PlainCell<'_>) -> io::Result<()>,
    ) -> io::Result<Option<u32>> {
        let size = loop {
            let rest = &self.block[self.from..];
            match self.next_element(rest)? {
                NextElement::Row(size) => break size,
                NextElement::End => return self.end().map(|()| None),
                NextElement::Unknown => self.read_on()?,
            }
        };
        let row = &self.block[self.from..self.from + size];
        let number = XmlRow {
            context: &self.context,
            number: self.row,
        };
        let number = number.read(row, take)?;
        self.from += size;
        self.row = number + 1;
        Ok(Some(number))
    }

    fn next_element(&self, rest: &[u8]) -> io::Result<NextElement> {
        const END: &[u8] = b"</sheetData>";
        const ROW: &[u8] = b"<row";
        let blank = rest.len() - rest.trim_ascii_start().len();
        let element = &rest[blank..];
        if element.starts_with(END) {
            return Ok(NextElement::End);
        }
        if element.len() < END.len() {
            return Ok(NextElement::Unknown);
        }
        if !element.starts_with(ROW) {
            return Err(not_plain());
        }
        let Some(tag) = memchr(b'>', element) else {
            return Ok(NextElement::Unknown);
        };
        if element[tag - 1] == b'/' {
            return Ok(NextElement::Row(blank + tag + 1));
        }
        let end = self.row_end.find(element);
        Ok(end.map_or(NextElement::Unknown, |end| {
            NextElement::Row(blank + end + self.row_end.needle().len())
        }))
    }

    /// Reads what is left of the part: only then is it known whether it has its checksum.
    fn end(&mut self) -> io::Result<()> {
        loop {
            self.block.clear();
            self.from = 0;
            if self.xml.read_up_to(BLOCK, &mut self.block)? == 0 {
                return Ok(());
            }
        }
    }

    /// Reads more of the part.
    fn read_on(&mut self) -> io::Result<()> {
        self.block.drain(..self.from);
        self.from = 0;
        if self.block.len() > LONGEST || self.xml.read_up_to(BLOCK, &mut self.block)? == 0 {
            return Err(not_plain());
        }
        Ok(())
    }
}

/// What stands next among the rows.
enum NextElement {
    /// A row, which is so many bytes.
    Row(usize),
    /// The end of the rows.
    End,
    /// More has to be read to know.
    Unknown,
}

/// The columns that a sheet says it has, what stands before its rows being `head`; `None` where that is not plain.
fn stated_width(head: &[u8]) -> Option<u32> {
    let head = from_utf8(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)).ok()?;
    let sheet = match head.strip_prefix("<?xml") {
        Some(declared) => {
            let (declaration, sheet) = declared.split_once("?>")?;
            let declaration = declaration.to_ascii_lowercase().replace('\'', "\"");
            let is_utf8 =
                declaration.contains("encoding=\"utf-8\"") || !declaration.contains("encoding");
            is_utf8.then_some(sheet)?
        }
        None => head,
    };
    let is_plain = sheet.trim_ascii_start().starts_with("<worksheet");
    if !is_plain || sheet.contains("<!") || sheet.contains("<?") || !is_closed(sheet) {
        return None;
    }
    let mut stated = sheet.split("dimension");
    let before = stated.next()?;
    let Some(after) = stated.next() else {
        return Some(1);
    };
    if stated.next().is_some() || !before.ends_with('<') {
        return None;
    }
    let (cells, end) = after.strip_prefix(" ref=\"")?.split_once('"')?;
    if !end.starts_with("/>") && !end.starts_with(" />") {
        return None;
    }
    let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
    let (first, last) = (place(first.as_bytes())?, place(last.as_bytes())?);
    (first.0 <= last.0 && first.1 <= last.1).then_some(last.1 + 1)
}

/// Whether what stands behind this stretch of XML is in none of its tags, as it is where a quote is one too many.
fn is_closed(xml: &str) -> bool {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
