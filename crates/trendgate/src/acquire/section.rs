//! Where in its text a report stands, if it is not all of it.
//!
//! A text of several reports is read whole once, when it is planned. From then on each of its reports is read alone: its bytes are looked
//! up, and held against the digest that they had when the digest of the whole text was taken. So what is read of a text is the text that
//! its identity says, and nobody reads all of it for one report.

use super::text::Text;
use crate::text_id::{Digests, FileId, TextHasher, TextId};
use serde::{Deserialize, Serialize};
use std::io;
use std::ops::Range;

/// The lines of a text that are one of its reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextSection {
    /// The lines, counted from 1.
    pub(crate) lines: Range<u64>,
    /// The bytes of these, in UTF-8 with commas and line feeds.
    pub(crate) bytes: Range<u64>,
    /// The digest of these bytes.
    pub(crate) digest: TextId,
    /// Whether the beginning of the next head stands in the last line, behind a row that was cut there.
    pub(crate) cut: bool,
    /// What the whole text is known by.
    pub(crate) text: FileId,
    /// What the bytes of its file are known by.
    pub(crate) file: TextId,
    /// How many reports the text holds.
    pub(crate) reports: u32,
}

impl TextSection {
    /// How many bytes it has.
    #[must_use]
    pub(crate) fn size(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

/// Where a line begins in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LinePlace {
    /// Its number, counted from 1.
    pub(super) line: u64,
    /// The bytes before it, in UTF-8 with commas and line feeds.
    pub(super) byte: u64,
}

/// What gives the bytes of one section of a text.
pub(super) struct SectionBytes {
    section: TextSection,
    /// Bytes of it that were not given yet.
    left: u64,
    /// Bytes that were read together with those before it, from `given` on.
    ahead: Vec<u8>,
    given: usize,
    hasher: TextHasher,
}

/// Bytes read at a time on the way to a section.
const BLOCK: usize = 64 << 10;

impl SectionBytes {
    /// Those of `section`, to which `skip` bytes of `text` have to be passed.
    ///
    /// # Errors
    /// Where the text cannot be read.
    pub(super) fn of(section: &TextSection, text: &mut Text, mut skip: u64) -> io::Result<Self> {
        let mut ahead = vec![0; if skip > 0 { BLOCK } else { 0 }];
        let mut given = 0;
        while skip > 0 {
            let count = text.read(&mut ahead)?;
            if count == 0 {
                break;
            }
            match usize::try_from(skip) {
                Ok(rest) if rest <= count => (given, skip) = (rest, 0),
                _ => skip -= count as u64,
            }
            if skip == 0 {
                ahead.truncate(count);
            }
        }
        if skip > 0 {
            ahead.clear();
        }
        Ok(Self {
            section: section.clone(),
            left: section.size(),
            ahead,
            given,
            hasher: TextHasher::new(Digests::Today),
        })
    }

    /// Bytes given so far.
    pub(super) fn given(&self) -> u64 {
        self.section.size() - self.left
    }

    /// Reads on into `buffer`; `read` gives what follows in the text.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let rest = &self.ahead[self.given..];
        let count = match rest.is_empty() {
            true => read(buffer)?,
            false => {
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                self.given += count;
                count
            }
        };
        let count = usize::try_from(self.left).map_or(count, |left| count.min(left));
        self.hasher.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }

    /// What the text is known by, of which this was read; and whether it still was what it was when it was planned.
    pub(super) fn finish(self) -> (FileId, bool) {
        let same = self.left == 0 && self.hasher.finish().0 == self.section.digest;
        (self.section.text, same)
    }
}

/// The digests of the sections of a text that is read whole.
pub(super) struct SectionDigests {
    /// Where all but the first begin.
    starts: Vec<u64>,
    at: u64,
    hasher: TextHasher,
    digests: Vec<TextId>,
}

impl SectionDigests {
    /// Those of sections of which all but the first begin at `starts`.
    pub(super) fn new(starts: Vec<u64>) -> Self {
        Self {
            starts,
            at: 0,
            hasher: TextHasher::new(Digests::Today),
            digests: Vec::new(),
        }
    }

    /// Takes the next bytes of the text.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while let Some(start) = self.starts.get(self.digests.len()).copied() {
            let Some((own, rest)) = usize::try_from(start - self.at)
                .ok()
                .and_then(|own| bytes.split_at_checked(own))
            else {
                break;
            };
            self.hasher.update(own);
            self.end_section();
            self.at = start;
            bytes = rest;
        }
        self.hasher.update(bytes);
        self.at += bytes.len() as u64;
    }

    fn end_section(&mut self) {
        let hasher = std::mem::replace(&mut self.hasher, TextHasher::new(Digests::Today));
        self.digests.push(hasher.finish().0);
    }

    /// All of them, and the size of the text, which was taken to its end.
    pub(super) fn finish(mut self) -> (Vec<TextId>, u64) {
        self.end_section();
        (self.digests, self.at)
    }
}
