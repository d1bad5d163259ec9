//! The bytes of a text → UTF-8 text, block by block, digested on the way.
//!
//! ```text
//! file ─ container ─ digest ─ (UTF-16 or Big5 → UTF-8) ─ (other separators → commas, line feeds) ─▶ text without byte order mark
//! ```
//!
//! The digest is that of the bytes of the text. Where those of earlier programs are asked for, a compressed file is digested before it is
//! unpacked, too. UTF-8 passes through untouched; what is not valid in it is dealt with cell by cell.
//!
//! Dialects are given texts in one form: UTF-8, with commas between the fields. What is written in another form is rewritten here, on the
//! way, as UTF-16 is: so no decoder pays for asking which form it is.

use super::containers::{TextPlace, Unpack, Unpacked};
use super::encoding::Encoding;
use super::file_bytes::{Handle, read_some};
use super::section::{SectionBytes, SectionDigests, TextSection};
use super::separators::{FieldSeparator, LineEnd, Rewriter, Separators};
use super::text_range::{RangeBytes, TextRange};
use crate::text_id::{Digests, EarlierIds, FileId, TextHasher, TextId};
use crate::text_pieces::TextPiece;
use encoding_rs::Decoder;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom, Take};

/// As [`String::from_utf8_lossy`], and faster where nothing is lost.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// How a text is written, beside its dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextForm {
    /// How it is encoded.
    pub(crate) encoding: Encoding,
    /// What stands between its fields and its lines.
    pub(crate) separators: Separators,
}

impl TextForm {
    /// UTF-8, with commas and line feeds.
    pub(crate) const PLAIN: Self = Self {
        encoding: Encoding::Utf8,
        separators: Separators {
            fields: FieldSeparator::Comma,
            lines: LineEnd::LineFeed,
        },
    };

    /// Whether a text that is written so is given to dialects byte by byte.
    pub(super) fn is_plain(self) -> bool {
        self.encoding.decoder().is_none() && self.separators.rewriter().is_none()
    }

    /// `bytes` (a stretch of the file that begins with a whole character) as text with commas and line feeds.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let text = self.encoding.decode(bytes);
        match self.separators.rewritten(text.as_bytes()) {
            Cow::Borrowed(_) => text,
            // Bytes of ASCII were put in or taken out, and nothing was cut.
            Cow::Owned(rewritten) => Cow::Owned(lossy(&rewritten).into_owned()),
        }
    }
}

/// What a text was that was read to its end.
pub(super) struct Finished {
    /// What it is known by.
    pub(super) id: FileId,
    /// The bytes of its file, where all of it had to be read.
    pub(super) file_bytes: Option<u64>,
    /// Whether what was read of it is what it was when it was planned, as far as that is known.
    pub(super) same: bool,
}

/// A text, from its first byte on, or one section or range of it.
pub(super) struct Text {
    bytes: TextBytes,
    decoder: Option<Decoder>,
    /// Bytes that the decoder has not taken yet.
    raw: Vec<u8>,
    ended: bool,
    done: bool,
    rewriting: Option<Rewriting>,
    /// The section that is read of it, if it is not all.
    section: Option<Box<SectionBytes>>,
    /// What digests its sections on the way.
    digests: Option<Box<SectionDigests>>,
}

/// A text that is rewritten on the way.
struct Rewriting {
    rewriter: Rewriter,
    /// What was rewritten and not given yet, from `given` on.
    rewritten: Vec<u8>,
    given: usize,
    ended: bool,
}

/// Bytes read at a time where they have to be transcoded.
const RAW: usize = 64 << 10;

impl Text {
    /// The text at `place` of `file`, which is open at its first byte.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    pub(super) fn new(
        file: Take<Handle>,
        place: &TextPlace,
        form: TextForm,
        digests: Digests,
    ) -> io::Result<Self> {
        Ok(Self {
            bytes: TextBytes::Whole(Box::new(DigestedText {
                unpack: place.unpack(file, digests == Digests::AndEarlier)?,
                is_packed: place.is_packed(),
                hasher: Some(TextHasher::new(digests)),
                bytes: 0,
            })),
            decoder: form.encoding.decoder(),
            raw: Vec::new(),
            ended: false,
            done: false,
            rewriting: form.separators.rewriter().map(|rewriter| Rewriting {
                rewriter,
                rewritten: Vec::new(),
                given: 0,
                ended: false,
            }),
            section: None,
            digests: None,
        })
    }

    /// The same, where nobody asks what it is known by: it is read, and not [finished](Self::finish).
    pub(super) fn without_digest(mut self) -> Self {
        if let TextBytes::Whole(bytes) = &mut self.bytes {
            bytes.hasher = None;
        }
        self
    }

    /// One section of the text at `place` of `file`, which is open at its first byte.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn of_section(
        mut file: Take<Handle>,
        place: &TextPlace,
        form: TextForm,
        section: &TextSection,
    ) -> io::Result<Self> {
        // Elsewhere the bytes before it have to be gone through to know where it begins.
        let is_plain = !place.is_packed() && form.is_plain();
        let mut skip = section.bytes.start;
        if is_plain {
            file.get_mut().seek(SeekFrom::Start(skip))?;
            file.set_limit(section.size());
            skip = 0;
        }
        let mut text = Self::new(file, place, form, Digests::Today)?;
        text.section = Some(Box::new(SectionBytes::of(section, &mut text, skip)?));
        Ok(text)
    }

    /// The head of a text in UTF-8 with commas and line feeds, and the lines of `range` behind it; `file` is open at its first byte.
    pub(super) fn of_range(file: Handle, range: &TextRange) -> Self {
        Self {
            bytes: TextBytes::Range(Box::new(RangeBytes::new(file, range))),
            decoder: None,
            raw: Vec::new(),
            ended: false,
            done: false,
            rewriting: None,
            section: None,
            digests: None,
        }
    }

    /// Digests the sections of the text on the way, of which all but the first begin at `starts`.
    pub(super) fn digesting(self, starts: Vec<u64>) -> Self {
        Self {
            digests: Some(Box::new(SectionDigests::new(starts))),
            ..self
        }
    }

    /// Bytes of the file read so far; of a section or a range, its bytes.
    pub(super) fn file_bytes(&self) -> u64 {
        match (&self.section, &self.bytes) {
            (Some(section), _) => section.given(),
            (None, TextBytes::Whole(bytes)) => bytes.unpack.file_bytes(),
            (None, TextBytes::Range(range)) => range.given(),
        }
    }

    /// Reads what is left of the text and of its file, and says what was read. A section is read to its end already.
    pub(super) fn finish(self) -> io::Result<Finished> {
        let Some(section) = self.section else {
            return match self.bytes {
                TextBytes::Whole(bytes) => bytes.finish(),
                TextBytes::Range(_) => Err(io::Error::other("a range does not tell its text")),
            };
        };
        let (id, same) = section.finish();
        Ok(Finished {
            id,
            file_bytes: None,
            same,
        })
    }

    /// As [`finish`](Self::finish), of a range: the digests of its pieces. `None` where it came to its end before it should.
    pub(super) fn finish_range(self) -> io::Result<Option<Vec<TextPiece>>> {
        match self.bytes {
            TextBytes::Range(range) => range.finish(),
            TextBytes::Whole(_) => Err(io::Error::other("a whole text is no range")),
        }
    }

    /// As [`finish`](Self::finish), of a text that was read to its end; with the digests of its sections, and its size as it was given.
    pub(super) fn finish_sections(mut self) -> io::Result<(Finished, Vec<TextId>, u64)> {
        let digests = self.digests.take();
        let digests = digests.map(|digests| digests.finish());
        let (digests, size) = digests.unwrap_or_default();
        Ok((self.finish()?, digests, size))
    }

    /// Reads text into `buffer`; 0 at the end. `buffer` holds at least 16 bytes.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mut section) = self.section.take() {
            let read = section.read(buffer, |buffer| self.read_whole(buffer));
            self.section = Some(section);
            return read;
        }
        let count = self.read_whole(buffer)?;
        if let Some(digests) = &mut self.digests {
            digests.take(&buffer[..count]);
        }
        Ok(count)
    }

    fn read_whole(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.rewriting.take() {
            None => self.read_decoded(buffer),
            Some(mut rewriting) => {
                let read = self.read_rewritten(&mut rewriting, buffer);
                self.rewriting = Some(rewriting);
                read
            }
        }
    }

    fn read_rewritten(&mut self, of: &mut Rewriting, buffer: &mut [u8]) -> io::Result<usize> {
        while of.given == of.rewritten.len() && !of.ended {
            of.rewritten.clear();
            of.given = 0;
            let mut read = vec![0; RAW];
            match self.read_decoded(&mut read)? {
                0 => {
                    of.rewriter.finish(&mut of.rewritten);
                    of.ended = true;
                }
                count => of.rewriter.take(&read[..count], &mut of.rewritten),
            }
        }
        let rest = &of.rewritten[of.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        of.given += count;
        Ok(count)
    }

    fn read_decoded(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else {
            return read_some(&mut self.bytes, buffer);
        };
        // A decoder must not be asked again after its end.
        while !self.done {
            if self.raw.is_empty() && !self.ended {
                self.raw.resize(RAW, 0);
                let count = read_some(&mut self.bytes, &mut self.raw)?;
                self.raw.truncate(count);
                self.ended = count == 0;
            }
            let (result, taken, given, _) = decoder.decode_to_utf8(&self.raw, buffer, self.ended);
            self.raw.drain(..taken);
            self.done = self.ended && result == encoding_rs::CoderResult::InputEmpty;
            if given > 0 || self.done {
                return Ok(given);
            }
        }
        Ok(0)
    }
}

/// The bytes that are read of a text.
enum TextBytes {
    /// All of them.
    Whole(Box<DigestedText>),
    /// Those of its head, and of some of its lines.
    Range(Box<RangeBytes>),
}

impl Read for TextBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Whole(bytes) => bytes.read(buffer),
            Self::Range(range) => range.read(buffer),
        }
    }
}

/// The bytes of a text, which are digested and counted as they are read.
struct DigestedText {
    unpack: Box<dyn Unpack>,
    is_packed: bool,
    /// `None` where nobody asks what the text is known by.
    hasher: Option<TextHasher>,
    bytes: u64,
}

impl Read for DigestedText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.unpack.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        self.bytes += count as u64;
        Ok(count)
    }
}

impl DigestedText {
    fn finish(mut self) -> io::Result<Finished> {
        // Nearly always nothing is left.
        let mut rest = [0; 8 << 10];
        while read_some(&mut self, &mut rest)? > 0 {}
        let Unpacked { file_bytes, packed } = self.unpack.finish()?;
        let hasher = self.hasher.take();
        let hasher = hasher
            .ok_or_else(|| io::Error::other("a text that was read without a digest has none"))?;
        let (text, earlier) = hasher.finish();
        let packed = packed.map(Into::into);
        Ok(Finished {
            id: FileId {
                text,
                text_bytes: self.is_packed.then_some(self.bytes),
                earlier: earlier.map(|text| EarlierIds { text, packed }),
            },
            file_bytes,
            same: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::file_bytes::FileBytes;
    use super::*;
    use crate::digest::Digest;
    use crate::text_id::TextId;
    use encoding_rs::BIG5;
    use flate2::read::MultiGzDecoder;
    use std::io::Write;
    use std::path::Path;

    fn read_all(bytes: &[u8], gzip: bool, encoding: Encoding) -> (String, TextId) {
        let name = if gzip { "a.csv.gz" } else { "a.csv" };
        let file = FileBytes::in_memory(bytes, Path::new(name));
        let place = TextPlace::only(&mut *file.open().unwrap()).unwrap();
        assert_eq!(place.is_packed(), gzip);
        let opened = file.open_as_stamped().unwrap();
        let form = TextForm {
            encoding,
            ..TextForm::PLAIN
        };
        let mut text = Text::new(opened, &place, form, Digests::AndEarlier).unwrap();
        let mut all = Vec::new();
        let mut buffer = [0; 16];
        loop {
            match text.read(&mut buffer).unwrap() {
                0 => break,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
        let finished = text.finish().unwrap();
        assert_eq!(finished.file_bytes, Some(bytes.len() as u64));
        let earlier = finished.id.earlier.unwrap();
        assert_eq!(earlier.text, Digest::of(&unpacked(bytes, gzip)).into());
        assert_eq!(earlier.packed, gzip.then(|| Digest::of(bytes).into()));
        (String::from_utf8(all).unwrap(), finished.id.text)
    }

    fn unpacked(bytes: &[u8], gzip: bool) -> Vec<u8> {
        let mut text = Vec::new();
        match gzip {
            true => MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap(),
            false => text.write(bytes).unwrap(),
        };
        text
    }

    #[test]
    fn every_encoding_gives_the_same_text_and_the_digest_of_the_file() {
        let text = "日期,時間,冰水溫度\r\n2026/2/1,00:00:00,12.5\r\n".repeat(3);
        let utf16 = |little: bool| {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            let bytes = |unit: u16| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            };
            units.flat_map(bytes).collect::<Vec<u8>>()
        };
        let cases = [
            (text.clone().into_bytes(), Encoding::Utf8),
            (utf16(true), Encoding::Utf16Le),
            (utf16(false), Encoding::Utf16Be),
            (BIG5.encode(&text).0.into_owned(), Encoding::CP950),
        ];
        for (bytes, encoding) in cases {
            if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
                assert_eq!(Encoding::marked(&bytes), Some(encoding));
            }
            assert_eq!(
                read_all(&bytes, false, encoding),
                (text.clone(), TextId::of(&bytes))
            );
        }
    }

    #[test]
    fn members_are_one_text_zeros_behind_them_are_nothing_and_other_bytes_are_refused() {
        let member = |text: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text).unwrap();
            packer.finish().unwrap()
        };
        let two = [member(b"a,b\n"), member(b"1,2\n")].concat();
        for padding in [0, 1, 7, 40_000] {
            let file = [two.clone(), vec![0; padding]].concat();
            let file = FileBytes::in_memory(&file, Path::new("a.csv.gz"));
            let opened = file.open_as_stamped().unwrap();
            let place = TextPlace::only(&mut *file.open().unwrap()).unwrap();
            let mut text = Text::new(opened, &place, TextForm::PLAIN, Digests::Today).unwrap();
            let mut all = [0; 64];
            let (one, next) = (
                text.read(&mut all).unwrap(),
                text.read(&mut all[32..]).unwrap(),
            );
            assert_eq!(
                (&all[..one], &all[32..32 + next]),
                (&b"a,b\n"[..], &b"1,2\n"[..])
            );
            assert_eq!(text.read(&mut all).unwrap(), 0);
            let finished = text.finish().unwrap();
            assert_eq!(finished.file_bytes, Some((two.len() + padding) as u64));
        }
        for behind in [&b"x"[..], b"\0\0x", b"garbage of some length"] {
            let file = [&two[..], behind].concat();
            let file = FileBytes::in_memory(&file, Path::new("a.csv.gz"));
            let opened = file.open_as_stamped().unwrap();
            let place = TextPlace::only(&mut *file.open().unwrap()).unwrap();
            let mut text = Text::new(opened, &place, TextForm::PLAIN, Digests::Today).unwrap();
            let mut all = [0; 64];
            let error = std::iter::from_fn(|| Some(text.read(&mut all))).find_map(Result::err);
            assert!(
                error
                    .unwrap()
                    .to_string()
                    .contains("behind the compressed text")
            );
        }
    }

    #[test]
    fn a_compressed_file_is_digested_as_it_is() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"a,b\n").unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(
            read_all(&packed, true, Encoding::Utf8),
            ("a,b\n".to_owned(), TextId::of(b"a,b\n"))
        );
    }
}
