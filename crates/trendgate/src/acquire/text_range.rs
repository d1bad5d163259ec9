//! The part of a text that one of several readings of a report takes.
//!
//! A report over many months is read by several tasks. Where its rows go by time, none of them reads all of it: each reads the head, and the
//! lines that hold the rows of its window. The lines of two readings overlap, so that each sees that the rows of the other one follow its own;
//! and every byte is digested by who decodes it, in pieces from which the digest of the whole text is put together
//! ([`text_pieces`](crate::text_pieces)).

use super::file_bytes::{Handle, read_some};
use crate::text_pieces::{CHUNK, PieceHasher, TextPiece};
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

/// The lines of a text that one of several readings takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRange {
    /// The bytes of these lines. A reading that begins with the text has the head among them.
    pub(crate) bytes: Range<u64>,
    /// Where those of them end that this reading counts: from there on the next one does.
    pub(crate) own_end: u64,
    /// Where the rows begin in the text.
    pub(crate) head_end: u64,
    /// The size of the text.
    pub(crate) text_bytes: u64,
    /// Where the pieces begin that are digested, and where the last one ends: they hold all lines. None where it is known what the text is known
    /// by.
    pub(crate) bounds: Vec<u64>,
}

impl TextRange {
    /// Those of several readings of one text, which take these bytes, in their order; `None` where they are no pieces of it.
    pub(super) fn each(lines: &[Range<u64>], head_end: u64, text_bytes: u64) -> Option<Vec<Self>> {
        let whole_chunks = |bytes: &Range<u64>| {
            let end = bytes.end.next_multiple_of(CHUNK).min(text_bytes);
            [bytes.start - bytes.start % CHUNK, end]
        };
        let mut bounds: Vec<u64> = lines.iter().flat_map(whole_chunks).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let starts = lines.iter().map(|bytes| bytes.start);
        let own_ends = starts.clone().skip(1).chain([text_bytes]);
        let is_apart = bounds.len() > 2 && starts.is_sorted();
        let ranges = lines.iter().zip(own_ends).map(|(bytes, own_end)| {
            let [from, to] = whole_chunks(bytes);
            let own = bounds.iter().copied();
            Self {
                bytes: bytes.clone(),
                own_end,
                head_end,
                text_bytes,
                bounds: own.filter(|bound| (from..=to).contains(bound)).collect(),
            }
        });
        is_apart.then(|| ranges.collect())
    }

    /// The same, of which no byte is digested: it is known what the text is known by.
    pub(super) fn undigested(mut ranges: Vec<Self>) -> Vec<Self> {
        for range in &mut ranges {
            range.bounds.clear();
        }
        ranges
    }

    /// Whether it begins with the text.
    #[must_use]
    pub(crate) fn is_first(&self) -> bool {
        self.bytes.start == 0
    }

    /// Whether it ends with the text.
    #[must_use]
    pub(crate) fn is_last(&self) -> bool {
        self.bytes.end == self.text_bytes
    }

    /// Whether this reading counts any of its lines.
    pub(super) fn counts_any(&self) -> bool {
        self.bytes.start < self.own_end
    }

    /// Of so many bytes that all of the text takes, those that this reading reads.
    pub(crate) fn share_of(&self, bytes: u64) -> u64 {
        let share = u128::from(bytes) * u128::from(self.size());
        let share = share / u128::from(self.text_bytes.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// The bytes that are given: the head, and the lines.
    #[must_use]
    pub(crate) fn size(&self) -> u64 {
        self.head() + self.bytes.end - self.bytes.start
    }

    /// The bytes of the head that stand apart from the lines.
    fn head(&self) -> u64 {
        match self.is_first() {
            true => 0,
            false => self.head_end,
        }
    }

    /// Where the lines end that this reading counts, in the text of head and lines.
    pub(super) fn own_end_as_given(&self) -> u64 {
        self.head() + self.own_end - self.bytes.start
    }
}

/// What gives the bytes of a range of a file.
pub(super) struct RangeBytes {
    file: Handle,
    range: TextRange,
    /// Bytes given so far.
    given: u64,
    /// Whether the file stands within the lines, or behind them.
    is_in_lines: bool,
    hasher: PieceHasher,
}

impl RangeBytes {
    /// Those of `range` in `file`, which is open at its first byte.
    pub(super) fn new(file: Handle, range: &TextRange) -> Self {
        Self {
            file,
            given: 0,
            is_in_lines: range.is_first(),
            hasher: PieceHasher::new(range.bounds.clone(), range.text_bytes),
            range: range.clone(),
        }
    }

    /// Bytes given so far.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// Reads on; 0 at the end.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.range.head();
        if !self.is_in_lines && self.given == head {
            self.go_to_lines()?;
        }
        let end = if self.is_in_lines {
            self.range.size()
        } else {
            head
        };
        let left = usize::try_from(end - self.given).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let count = read_some(&mut self.file, &mut buffer[..most])?;
        if self.is_in_lines {
            self.hasher.update(&buffer[..count]);
        }
        self.given += count as u64;
        Ok(count)
    }

    /// Goes on to the lines; what stands before them in their first chunk is digested.
    fn go_to_lines(&mut self) -> io::Result<()> {
        let start = self.range.bytes.start;
        let from = self.range.bounds.first().copied().unwrap_or(start);
        self.file.seek(SeekFrom::Start(from))?;
        self.digest(start - from)?;
        self.is_in_lines = true;
        Ok(())
    }

    /// Digests the next so many bytes, as far as there are any.
    fn digest(&mut self, bytes: u64) -> io::Result<()> {
        let mut passed = Vec::new();
        (&mut self.file).take(bytes).read_to_end(&mut passed)?;
        self.hasher.update(&passed);
        Ok(())
    }

    /// The pieces of the text that the lines stand in, all of which were given; `None` where the file came to its end before.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn finish(mut self) -> io::Result<Option<Vec<TextPiece>>> {
        let end = self.range.bounds.last().copied().unwrap_or_default();
        self.digest(end.saturating_sub(self.range.bytes.end))?;
        Ok(self.hasher.finish())
    }
}
