//! Text → lines, a block at a time. A line is a stretch of the buffer; it is good until the next one is asked for.

use super::containers::{DAMAGED_MEMBER, DAMAGED_WORKBOOK, TRAILING};
use super::section::LinePlace;
use super::text::Text;
use crate::error::{Error, ErrorKind, Result};
use std::io;
use std::ops::Range;
use std::path::Path;

/// A block is at least this long: a transcoder needs room for a character.
const SHORTEST: usize = 64;
/// So many bytes of the buffer are behind every line, whatever they are, so that its last bytes can be looked at many at a time.
pub(super) const MARGIN: usize = 128;
/// A line longer than this is no line of a report.
const LONGEST: usize = 16 << 20;

pub(super) struct Lines {
    text: Text,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    number: u64,
    /// The bytes of text before those in the buffer.
    before: u64,
}

/// A line: its place in the buffer (without line end), its number counted from 1, and whether it had a line end.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) place: Range<usize>,
    pub(super) number: u64,
    pub(super) whole: bool,
}

impl Lines {
    /// The lines of `text`, which is read in blocks of `block` bytes (or more, where a line is longer).
    pub(super) fn new(text: Text, block: usize) -> Self {
        Self {
            text,
            buffer: vec![0; block.max(SHORTEST) + MARGIN],
            start: 0,
            end: 0,
            ended: false,
            number: 0,
            before: 0,
        }
    }

    /// The same, where the first of them has this number in its text.
    pub(super) fn starting_at(mut self, line: u64) -> Self {
        self.number = line - 1;
        self
    }

    /// The number of the last line that was given.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Where the next line begins.
    pub(super) fn next_place(&self) -> LinePlace {
        LinePlace {
            line: self.number + 1,
            byte: self.before + self.start as u64,
        }
    }

    /// Where a line begins that is still good, in bytes of text.
    #[inline]
    pub(super) fn start_of(&self, line: &Line) -> u64 {
        self.before + line.place.start as u64
    }

    /// The bytes of a line.
    #[inline]
    pub(super) fn bytes(&self, line: &Line) -> &[u8] {
        &self.buffer[line.place.clone()]
    }

    /// The bytes of a line, and at least [`MARGIN`] bytes of anything behind them.
    #[inline]
    pub(super) fn bytes_and_margin(&self, line: &Line) -> &[u8] {
        &self.buffer[line.place.start..]
    }

    /// Bytes of the file read so far.
    pub(super) fn file_bytes(&self) -> u64 {
        self.text.file_bytes()
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }

    /// The next line; `None` at the end of the text.
    pub(super) fn next_line(&mut self, path: &Path) -> Result<Option<Line>> {
        let mut searched = self.start;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let end = searched + at;
                let cr = end > self.start && self.buffer[end - 1] == b'\r';
                return Ok(Some(self.take(end - usize::from(cr), end + 1, true)));
            }
            if self.ended {
                if self.start == self.end {
                    return Ok(None);
                }
                let cr = self.buffer[self.end - 1] == b'\r';
                return Ok(Some(self.take(self.end - usize::from(cr), self.end, false)));
            }
            let left = self.end - self.start;
            self.fill(path)?;
            searched = self.start + left;
        }
    }

    /// The line behind `line`, which is the last one that was taken and stays good; it is still the next one.
    pub(super) fn peek(&mut self, line: &mut Line, path: &Path) -> Result<Option<&[u8]>> {
        let (length, taken) = (line.place.len(), self.start - line.place.start);
        self.start = line.place.start;
        let mut searched = self.start + taken;
        let end = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                break searched + at;
            }
            if self.ended {
                break self.end;
            }
            let left = self.end - self.start;
            self.fill(path)?;
            searched = self.start + left;
        };
        line.place = self.start..self.start + length;
        self.start += taken;
        let next = &self.buffer[self.start..end];
        Ok((!next.is_empty()).then(|| next.strip_suffix(b"\r").unwrap_or(next)))
    }

    fn take(&mut self, end: usize, next: usize, whole: bool) -> Line {
        self.number += 1;
        let mut place = self.start..end;
        if self.number == 1 && self.buffer[place.clone()].starts_with(b"\xEF\xBB\xBF") {
            place.start += 3;
        }
        self.start = next;
        Line {
            place,
            number: self.number,
            whole,
        }
    }

    /// Moves what is left to the front of the buffer and reads more behind it.
    fn fill(&mut self, path: &Path) -> Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.before += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        // A transcoder needs room for a character, or it gives nothing.
        let size = self.buffer.len() - MARGIN;
        if size - self.end < 16 {
            if size >= LONGEST {
                return Err(Error::input(format!(
                    "line {} is longer than {LONGEST} bytes",
                    self.number + 1
                ))
                .at(path)
                .hint("this is no trend report, or it is damaged"));
            }
            self.buffer.resize(size * 2 + MARGIN, 0);
        }
        let size = self.buffer.len() - MARGIN;
        let count = self
            .text
            .read(&mut self.buffer[self.end..size])
            .map_err(|error| read_error(path, error))?;
        self.end += count;
        self.ended = count == 0;
        Ok(())
    }
}

/// An error while reading a report: the machine's, or that of a damaged compressed file.
pub(super) fn read_error(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            let error = error.to_string();
            let message = match error.as_str() {
                "invalid gzip header" => {
                    "expected a file compressed with gzip, found other bytes".to_owned()
                }
                TRAILING => {
                    format!("{TRAILING}: two files in one, or one that was not written to its end")
                }
                other if other.starts_with(DAMAGED_MEMBER) => other.to_owned(),
                other if other.starts_with(DAMAGED_WORKBOOK) => other.to_owned(),
                other => format!("the compressed file is damaged: {other}"),
            };
            Error::new(ErrorKind::Input, message)
                .at(path)
                .hint("copy or compress it again")
        }
        _ => Error::storage("cannot read", path, error),
    }
}

/// Whether the file ends within this row, so that its last cell may be the beginning of a longer one. A last line is whole
/// without a line end only if its last quote is closed.
pub(super) fn is_cut(line: &[u8], has_end: bool) -> bool {
    let quotes = || line.iter().filter(|byte| **byte == b'"').count();
    let is_closed = || line.ends_with(b"\"") && quotes().is_multiple_of(2);
    !(has_end || is_closed())
}
