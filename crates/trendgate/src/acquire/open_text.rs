//! A text whose dialect is known: its beginning and its end, or all of it, as often as is asked for.

use super::containers::TextPlace;
use super::file_bytes::{FileBytes, ReadSeek};
use super::lines::read_error;
use super::sniff::go_on;
use super::text::{Text, TextForm};
use crate::error::{Error, Result};
use crate::progress::Cancel;
use crate::store::Stamp;
use crate::text_id::{Digests, TextId};
use std::io::{self, Read, SeekFrom};
use std::path::Path;

/// Bytes of the beginning that are looked at first, and of the end.
pub(super) const SAMPLE: u64 = 64 << 10;
/// A beginning larger than this has no header.
pub(super) const LARGEST_HEAD: u64 = 64 << 20;
/// Most small reports are read at once into this.
const FIRST_READ: usize = 16 << 10;

/// A text whose dialect is known, and of which more can be read.
pub(super) struct OpenText<'a> {
    pub(super) whole: WholeText<'a>,
    pub(super) opened: &'a mut dyn ReadSeek,
}

impl<'a> OpenText<'a> {
    /// The text as one to be read whole.
    pub(super) fn whole(&self) -> WholeText<'a> {
        self.whole
    }

    /// What `seen` makes of its last lines.
    ///
    /// # Errors
    /// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so; [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn last_lines<T>(
        &mut self,
        cancel: &Cancel,
        seen: impl FnOnce(&str) -> T,
    ) -> Result<T> {
        let bytes = match self.whole.place.is_packed() {
            true => self.unpacked_end(cancel)?,
            false => self.end()?,
        };
        let text = self.whole.form.decode(&bytes);
        // The first line may be cut.
        Ok(seen(text.split_once('\n').map_or("", |(_, rest)| rest)))
    }

    fn end(&mut self) -> Result<Vec<u8>> {
        // UTF-16 comes in pairs of bytes.
        let from = self.whole.stamp().bytes.saturating_sub(SAMPLE) & !1;
        let mut bytes = Vec::new();
        self.opened
            .seek(SeekFrom::Start(from))
            .and_then(|_| (&mut *self.opened).take(SAMPLE + 2).read_to_end(&mut bytes))
            .map_err(|error| Error::storage("cannot read", self.whole.path(), error))?;
        Ok(bytes)
    }

    /// As [`end`](Self::end), of a packed text: its end is known when it has been unpacked to its end.
    fn unpacked_end(&mut self, cancel: &Cancel) -> Result<Vec<u8>> {
        let path = self.whole.path();
        rewind(self.opened, path)?;
        let opened: Box<dyn ReadSeek> = Box::new(&mut *self.opened);
        let cannot_read = |error: io::Error| read_error(path, error);
        let text = self
            .whole
            .place
            .unpack(opened.take(looked_at(self.whole.stamp())), false);
        let mut text = text.map_err(cannot_read)?;
        let sample = usize::try_from(SAMPLE).unwrap_or(usize::MAX);
        let mut bytes: Vec<u8> = Vec::with_capacity(2 * sample);
        loop {
            go_on(cancel)?;
            // Always whole samples: UTF-16 comes in pairs of bytes.
            let read = text.read_up_to(SAMPLE, &mut bytes);
            if read.map_err(cannot_read)? == 0 {
                return Ok(bytes);
            }
            bytes.drain(..(bytes.len().saturating_sub(sample) / sample) * sample);
        }
    }
}

/// A text that is read from its first byte to its last, once or more.
#[derive(Clone, Copy)]
pub(super) struct WholeText<'a> {
    pub(super) file: &'a FileBytes,
    pub(super) place: &'a TextPlace,
    pub(super) form: TextForm,
}

impl WholeText<'_> {
    /// The path of its file.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// What its file was when it was opened.
    pub(super) fn stamp(&self) -> Stamp {
        self.file.stamp()
    }

    /// Where the bytes of its file are kept, if they are read from there.
    pub(super) fn kept_at(&self) -> Option<&Path> {
        self.file.kept_at()
    }

    /// Where in its file it stands.
    pub(super) fn place(&self) -> &TextPlace {
        self.place
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        self.place.name(self.path())
    }

    /// What its name is known by.
    pub(super) fn known_name(&self) -> String {
        self.place.known_name(self.path())
    }

    /// How it is written.
    pub(super) fn form(&self) -> TextForm {
        self.form
    }

    /// All of it, from its first byte on.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn read(&self) -> Result<Text> {
        let file = self.file.open_as_stamped()?;
        let text = Text::new(file, self.place, self.form, Digests::Today);
        text.map_err(|error| read_error(self.path(), error))
    }

    /// What the bytes of its file are known by, `text` being what its own are.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn file_id(&self, text: TextId) -> Result<TextId> {
        // A file that names its texts is known by all of them.
        if !self.place.is_packed() || self.place.member.is_some() {
            return Ok(text);
        }
        let file = TextPlace::whole_file();
        let bytes = Text::new(
            self.file.open_as_stamped()?,
            &file,
            TextForm::PLAIN,
            Digests::Today,
        );
        let finished = bytes.and_then(Text::finish);
        let finished = finished.map_err(|error| read_error(self.path(), error))?;
        Ok(finished.id.text)
    }
}

/// The first `size` bytes of a text, and whether that is all of it.
pub(super) fn beginning(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    place: &TextPlace,
    size: u64,
) -> Result<(Vec<u8>, bool)> {
    let path = file.path();
    rewind(opened, path)?;
    // One byte more tells whether there is more.
    let limit = size + 1;
    let mut bytes = Vec::with_capacity(FIRST_READ);
    let opened: Box<dyn ReadSeek> = Box::new(opened);
    place
        .unpack(opened.take(looked_at(file.stamp())), false)
        .and_then(|mut text| text.read_up_to(limit, &mut bytes))
        .map_err(|error| read_error(path, error))?;
    let whole = bytes.len() as u64 <= size;
    bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok((bytes, whole))
}

/// How many bytes of a file are looked at. What the kernel makes up as it is read says that it has no bytes. It is no report, whatever its
/// head is; whether it can be read at all is found out from that.
fn looked_at(stamp: Stamp) -> u64 {
    match stamp.bytes {
        0 => LARGEST_HEAD,
        bytes => bytes,
    }
}

fn rewind(opened: &mut dyn ReadSeek, path: &Path) -> Result<()> {
    let start = opened.seek(SeekFrom::Start(0));
    start
        .map(|_| ())
        .map_err(|error| Error::storage("cannot read", path, error))
}
