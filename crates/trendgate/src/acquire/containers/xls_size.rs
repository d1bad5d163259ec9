//! A workbook of an older Office (xls) → what its cells take in memory, before they are read.
//!
//! Such a file is a file system (\[MS-CFB\]): sectors, a table that says which sector follows which, and a directory. The stream `Workbook` (`Book`
//! before 1997) in it is a sequence of records (\[MS-XLS\]): a number, a length, and so many bytes. Looked at are those that make the reader hold
//! cells: their rows and columns, since it fills the rectangle around them, and the lengths of texts, each of which it copies into every cell
//! that has it.

use super::workbook::damaged;
use crate::acquire::file_bytes::ReadSeek;
use std::io::{self, Read, SeekFrom};

/// How such files begin.
pub(super) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The names of the stream in the directory.
const STREAMS: [&str; 2] = ["Workbook", "Book"];
/// The end of a chain of sectors.
const END: u32 = 0xFFFF_FFFE;
/// Workbooks of reports have no more sheets.
const MOST_SHEETS: usize = 1024;
/// A cell of the rectangle around all, with its place in the list that it comes from and room for a formula.
const CELL: u64 = 96;
/// The letters that a byte of a formula may become: it names others.
const FORMULA: u64 = 64;
/// The bytes of UTF-8 that a letter may become.
const LETTER: u64 = 3;

/// Whether there is a workbook in `file`, which has the magic number; what Office encrypts, and other documents, are such files, too.
pub(super) fn has_workbook(file: &mut dyn ReadSeek) -> io::Result<bool> {
    const MOST: u64 = 128 << 20;
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    let name = |name: &str| -> Vec<u8> { name.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    Ok(STREAMS
        .iter()
        .any(|stream| memchr::memmem::find(&bytes, &name(stream)).is_some()))
}

/// What the cells of a workbook take in memory.
///
/// # Errors
/// Where it is damaged, or has a password.
pub(super) fn size(bytes: &[u8]) -> io::Result<u64> {
    let stream = FileSectors::of(bytes)
        .and_then(|sectors| sectors.stream())
        .ok_or_else(|| damaged("its directory cannot be read"))?;
    let mut globals = BookGlobals::default();
    for record in BookRecords(&stream) {
        match record.number {
            0x002F => return Err(damaged("it has a password")),
            0x0085 => globals
                .sheets
                .push(u32_at(record.data, 0).unwrap_or(u32::MAX)),
            0x00FC => globals.begin_texts(record.data),
            0x003C if globals.in_texts => globals.texts.push(record.data),
            0x000A => break,
            _ => {}
        }
        globals.in_texts &= matches!(record.number, 0x00FC | 0x003C);
    }
    if globals.sheets.len() > MOST_SHEETS {
        return Err(damaged("it has more sheets than workbooks of reports"));
    }
    let lengths = globals.lengths();
    let mut size = stream.len() as u64 + lengths.iter().map(|length| LETTER * length).sum::<u64>();
    for at in &globals.sheets {
        let sheet = stream.get(*at as usize..).unwrap_or_default();
        size = size.saturating_add(sheet_size(sheet, &lengths)?);
    }
    Ok(size)
}

/// What stands before the sheets.
#[derive(Default)]
struct BookGlobals<'a> {
    /// Where each sheet begins in the stream.
    sheets: Vec<u32>,
    /// The texts that cells share, in pieces.
    texts: Vec<&'a [u8]>,
    in_texts: bool,
}

impl<'a> BookGlobals<'a> {
    fn begin_texts(&mut self, data: &'a [u8]) {
        self.texts = vec![data];
        self.in_texts = true;
    }

    /// The letters of each of the shared texts. Where they cannot be told, each may be all that there is.
    fn lengths(&self) -> Vec<u64> {
        let all: usize = self.texts.iter().map(|piece| piece.len()).sum();
        let mut pieces = CutTexts {
            pieces: &self.texts,
            at: 8,
        };
        let count = self.texts.first().and_then(|first| u32_at(first, 4));
        let count = count.unwrap_or(0) as usize;
        let lengths = (0..count.min(all)).map_while(|_| pieces.text());
        let mut lengths: Vec<u64> = lengths.map(u64::from).collect();
        lengths.resize(count.min(all), all as u64);
        lengths
    }
}

/// Bytes that are cut into pieces, where a text is cut with a byte that says anew how its letters are written.
struct CutTexts<'p, 'a> {
    pieces: &'p [&'a [u8]],
    at: usize,
}

impl CutTexts<'_, '_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        while self.pieces.first()?.len() <= self.at && count > 0 {
            self.at -= self.pieces[0].len();
            self.pieces = &self.pieces[1..];
        }
        let piece = self.pieces[0].get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(piece)
    }

    /// Passes bytes that may be cut anywhere.
    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let left = self.pieces.first()?.len().saturating_sub(self.at);
            let step = left.min(count);
            self.at += step;
            count -= step;
            if count > 0 {
                self.pieces = &self.pieces[1..];
                self.at = 0;
            }
        }
        Some(())
    }

    /// Passes a text; how many letters it has.
    fn text(&mut self) -> Option<u16> {
        let letters = u16_at(self.take(2)?, 0)?;
        let mut flags = self.take(1)?[0];
        let runs = match flags & 8 {
            0 => 0,
            _ => usize::from(u16_at(self.take(2)?, 0)?) * 4,
        };
        let more = match flags & 4 {
            0 => 0,
            _ => u32_at(self.take(4)?, 0)? as usize,
        };
        let mut left = usize::from(letters);
        while left > 0 {
            let of_letter = 1 + usize::from(flags & 1);
            let piece = self.pieces.first()?.len().saturating_sub(self.at);
            let here = (piece / of_letter).min(left);
            self.at += here * of_letter;
            left -= here;
            if left > 0 {
                self.pieces = &self.pieces[1..];
                self.at = 0;
                flags = self.take(1)?[0];
            }
        }
        self.skip(runs)?;
        self.skip(more)?;
        Some(letters)
    }
}

/// What the cells of a sheet take, which begins with its first record.
///
/// # Errors
/// Where it says that it ends before it begins.
fn sheet_size(stream: &[u8], lengths: &[u64]) -> io::Result<u64> {
    let (mut area, mut formulas) = (CellArea::default(), CellArea::default());
    let (mut cells, mut text, mut depth) = (0_u64, 0_u64, 0_u32);
    for record in BookRecords(stream) {
        let data = record.data;
        match record.number {
            0x0809 => depth += 1,
            0x000A if depth <= 1 => break,
            0x000A => depth -= 1,
            // What it says of itself makes room.
            0x0200 => {
                let stated = stated_cells(data)
                    .ok_or_else(|| damaged("one of its sheets ends before it begins"))?;
                cells = cells.saturating_add(stated);
            }
            0x0203 | 0x0205 | 0x027E => {
                area.add(data, 0);
                cells += 1;
            }
            0x0204 | 0x00D6 => {
                area.add(data, 0);
                cells += 1;
                text += LETTER * data.len() as u64;
            }
            0x0207 => {
                cells += 1;
                text += LETTER * data.len() as u64;
            }
            0x00FD => {
                area.add(data, 0);
                cells += 1;
                let of = u32_at(data, 6).and_then(|place| lengths.get(place as usize));
                text += LETTER * of.copied().unwrap_or(0);
            }
            0x00BD => {
                let more = (data.len() / 6).saturating_sub(1);
                area.add(data, more);
                cells += more as u64 + 1;
            }
            0x0006 => {
                area.add(data, 0);
                formulas.add(data, 0);
                cells += 1;
                text += FORMULA * data.len() as u64;
            }
            _ => {}
        }
    }
    let areas = area.cells().saturating_add(formulas.cells());
    let all = areas.saturating_add(cells).saturating_mul(CELL);
    Ok(all.saturating_add(text))
}

/// The cells of the rectangle that a sheet says it fills, from one row and column up to others that are no part of it; `None` where those stand
/// before the first.
fn stated_cells(data: &[u8]) -> Option<u64> {
    let (rows, columns_at) = match data.len() {
        10 => ((u16_at(data, 0)?.into(), u16_at(data, 2)?.into()), 4),
        _ => ((u32_at(data, 0)?, u32_at(data, 4)?), 8),
    };
    let columns = (u16_at(data, columns_at)?, u16_at(data, columns_at + 2)?);
    if rows.1 == 0 || columns.1 == 0 {
        return Some(1);
    }
    let rows = u64::from(rows.1.checked_sub(rows.0)?);
    Some(rows.max(1) * u64::from(columns.1))
}

/// The rectangle around cells.
#[derive(Default)]
struct CellArea(Option<[u64; 4]>);

impl CellArea {
    /// Adds the cell whose record has this data, and so many behind it.
    fn add(&mut self, data: &[u8], more: usize) {
        let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else {
            return;
        };
        let (row, column) = (u64::from(row), u64::from(column));
        let [top, bottom, left, right] = self.0.unwrap_or([row, row, column, column]);
        self.0 = Some([
            top.min(row),
            bottom.max(row),
            left.min(column),
            right.max(column + more as u64),
        ]);
    }

    fn cells(&self) -> u64 {
        let of = |[top, bottom, left, right]: [u64; 4]| (bottom - top + 1) * (right - left + 1);
        self.0.map_or(0, of)
    }
}

/// A record of the stream.
struct BookRecord<'a> {
    number: u16,
    data: &'a [u8],
}

/// The records of a stream, as far as they are whole.
struct BookRecords<'a>(&'a [u8]);

impl<'a> Iterator for BookRecords<'a> {
    type Item = BookRecord<'a>;

    fn next(&mut self) -> Option<BookRecord<'a>> {
        let (number, length) = (u16_at(self.0, 0)?, u16_at(self.0, 2)?);
        let end = 4 + usize::from(length);
        let data = self.0.get(4..end)?;
        self.0 = &self.0[end..];
        Some(BookRecord { number, data })
    }
}

/// The sectors of a file, and which of them follows which.
struct FileSectors<'a> {
    bytes: &'a [u8],
    sector: usize,
    next: Vec<u32>,
}

impl<'a> FileSectors<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        const IN_HEADER: usize = 109;
        let sector = 1_usize.checked_shl(u16_at(bytes, 30)?.into())?;
        if ![512, 4096].contains(&sector) {
            return None;
        }
        let mut sectors = Self {
            bytes,
            sector,
            next: Vec::new(),
        };
        let mut tables: Vec<u32> = (0..IN_HEADER)
            .filter_map(|place| u32_at(bytes, 76 + 4 * place))
            .collect();
        // More of the list stands in sectors of its own.
        let (mut more, mut left) = (u32_at(bytes, 68)?, bytes.len() / sector);
        while more < END && left > 0 {
            let list = sectors.at(more)?;
            let places = sector / 4 - 1;
            tables.extend((0..places).filter_map(|place| u32_at(list, 4 * place)));
            more = u32_at(list, 4 * places)?;
            left -= 1;
        }
        let tables = tables.into_iter().filter(|table| *table < END);
        for table in tables.take(bytes.len() / sector + 1) {
            let table = sectors.at(table)?.to_vec();
            let next = (0..sector / 4).filter_map(|place| u32_at(&table, 4 * place));
            sectors.next.extend(next);
        }
        Some(sectors)
    }

    fn at(&self, sector: u32) -> Option<&'a [u8]> {
        let from = (sector as usize + 1).checked_mul(self.sector)?;
        let rest = self.bytes.get(from..)?;
        Some(&rest[..rest.len().min(self.sector)])
    }

    /// The bytes of the sectors from `first` on, up to so many; `None` where the chain is broken, or goes around.
    fn chain(&self, first: u32, most: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut sector = first;
        while sector < END && (bytes.len() as u64) < most {
            if bytes.len() > self.bytes.len() {
                return None;
            }
            bytes.extend_from_slice(self.at(sector)?);
            sector = *self.next.get(sector as usize)?;
        }
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Some(bytes)
    }

    /// The stream of the workbook. Everything else that the reader reads for it has to have an end, too.
    fn stream(&self) -> Option<Vec<u8>> {
        const ENTRY: usize = 128;
        /// Streams of fewer bytes stand in the one of the root, which has sectors of its own.
        const SMALL: u64 = 4096;
        let directory = self.chain(u32_at(self.bytes, 48)?, u64::MAX)?;
        let entries = || directory.chunks_exact(ENTRY);
        let root = entries().next()?;
        let small = match u32_at(self.bytes, 64)? {
            0 => None,
            count => {
                let length = u64::from(count) * self.sector as u64;
                let next = self.chain(u32_at(self.bytes, 60)?, length)?;
                let of_root = self.chain(u32_at(root, 116)?, self.length(root)?)?;
                Some((of_root, next))
            }
        };
        let name = |entry: &[u8]| -> String {
            let letters = (0..32).map_while(|place| u16_at(entry, 2 * place));
            let letters: Vec<u16> = letters.take_while(|letter| *letter != 0).collect();
            String::from_utf16_lossy(&letters)
        };
        let own = STREAMS
            .iter()
            .find_map(|stream| entries().find(|entry| name(entry).eq_ignore_ascii_case(stream)))?;
        let (first, length) = (u32_at(own, 116)?, self.length(own)?);
        match (length < SMALL, small) {
            (false, _) => self.chain(first, length),
            (true, Some((all, next))) => small_chain(first, length, &all, &next),
            (true, None) => None,
        }
    }

    /// The bytes of the stream of an entry.
    fn length(&self, entry: &[u8]) -> Option<u64> {
        let low = u64::from(u32_at(entry, 120)?);
        match self.sector {
            512 => Some(low),
            _ => Some(low | u64::from(u32_at(entry, 124)?) << 32),
        }
    }
}

/// The bytes of a small stream, whose sectors stand in `all`, and which `next` puts in order.
fn small_chain(first: u32, length: u64, all: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    const SECTOR: usize = 64;
    let (mut bytes, mut sector) = (Vec::new(), first);
    while sector < END && (bytes.len() as u64) < length {
        let from = (sector as usize).checked_mul(SECTOR)?;
        let rest = all.get(from..)?;
        bytes.extend_from_slice(&rest[..rest.len().min(SECTOR)]);
        sector = u32_at(next, (sector as usize).checked_mul(4)?)?;
    }
    bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Some(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    two.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    four.try_into().ok().map(u32::from_le_bytes)
}
