//! A text that several tasks need, and that is held packed or in another encoding → the same in scratch, as dialects are given it.
//!
//! Enters: a report of the text. Leaves: its text in UTF-8 with commas and line feeds, which is read at any place from then on, and what the text in
//! the file is known by: it was digested on the way, so that nobody has to unpack it again. Refuses: a file that is damaged, or was written to.

use super::containers::TextPlace;
use super::file_bytes::{FileBytes, Handle};
use super::lines::read_error;
use super::reader::changing;
use super::report::Report;
use super::sniff::go_on;
use super::text::{Finished, Text, TextForm};
use crate::error::Result;
use crate::progress::Cancel;
use crate::scratch::{SavedText, SpilledText, TextScratch, TextWriter};
use crate::store::Stamp;
use crate::text_id::{Digests, FileId, TextId};
use std::sync::Arc;

/// Bytes unpacked at a time.
const BLOCK: usize = 64 << 10;

/// A text in scratch.
#[derive(Debug, Clone)]
pub(crate) struct UnpackedText {
    text: SpilledText,
    /// What the text in the file is known by.
    pub(super) id: FileId,
}

impl UnpackedText {
    /// Unpacks the text of `report` into `scratch`.
    ///
    /// # Errors
    /// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so; [`Input`](crate::ErrorKind::Input) where it is damaged,
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read or written, [`Changing`](crate::ErrorKind::Changing) where it is not the
    /// text that was planned any more.
    pub(crate) fn of(report: &Report, scratch: &Arc<TextScratch>, cancel: &Cancel) -> Result<Self> {
        let path = &report.path;
        let cannot_read = |error| read_error(path, error);
        // What is kept of a file has no path at which it could change.
        let is_as_planned = || match &report.kept {
            Some(_) => Ok(true),
            None => Stamp::at(path).map(|stamp| stamp.is_still(&report.stamp)),
        };
        if !is_as_planned()? {
            return Err(changing(report));
        }
        let opened = FileBytes::of(report).open_as_stamped()?;
        let text = Text::new(opened, &report.text, report.form, Digests::Today);
        let mut text = text.map_err(cannot_read)?;
        let mut writer = TextWriter::new(scratch);
        let mut block = vec![0; BLOCK];
        loop {
            go_on(cancel)?;
            let count = text.read(&mut block).map_err(cannot_read)?;
            if count == 0 {
                break;
            }
            writer.write(&block[..count])?;
        }
        let Finished {
            id,
            file_bytes,
            same,
        } = text.finish().map_err(cannot_read)?;
        let is_whole = file_bytes.is_none_or(|bytes| bytes == report.stamp.bytes);
        if !same || !is_whole || !is_as_planned()? {
            return Err(changing(report));
        }
        Ok(Self {
            text: writer.finish()?,
            id,
        })
    }

    /// Whether the text of a report is better unpacked once than by each task: it is not as dialects are given it, or is read from what is kept of
    /// its file, and tasks have no other way to its entries, or to its section of it.
    pub(crate) fn is_worth_it(report: &Report) -> bool {
        let is_plain = report.text == TextPlace::whole_file() && report.form.is_plain();
        (report.kept.is_some() || !is_plain)
            && report.section.is_none()
            && report.layout.sorted.is_none()
    }

    /// The bytes that the text of `report` may take in scratch; those of compressed files take ten times their own, as a rule at most.
    pub(crate) fn most_bytes(report: &Report) -> u64 {
        let is_compressed = report.text.is_packed() && report.text.member.is_none();
        report.bytes() * if is_compressed { 10 } else { 2 }
    }

    /// Where the text stands in its file, as a value.
    pub(crate) fn value(&self) -> (SavedText, FileId) {
        (self.text.value(), self.id)
    }

    /// The text that was saved so, in `file`.
    pub(crate) fn of_value((text, id): (SavedText, FileId), file: &Arc<TextScratch>) -> Self {
        let text = SpilledText::of(text, file);
        Self { text, id }
    }

    /// The file that it is in.
    pub(crate) fn file(&self) -> &TextScratch {
        self.text.file()
    }

    /// Whether the text in the file, read as `report` is, is the one that is known by `known`.
    pub(crate) fn is(&self, known: TextId, report: &Report) -> bool {
        self.id.read_as(report.reading()).is(known)
    }

    /// Its size.
    pub(super) fn bytes(&self) -> u64 {
        self.text.bytes()
    }

    /// Opens the text, at its first byte.
    pub(super) fn open(&self) -> Handle {
        Box::new(self.text.open())
    }

    /// All of it, as a text that nobody has to digest.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn text(&self) -> std::io::Result<Text> {
        let file = std::io::Read::take(self.open(), self.bytes());
        let place = TextPlace::whole_file();
        let text = Text::new(file, &place, TextForm::PLAIN, Digests::Today)?;
        Ok(text.without_digest())
    }
}
