//! The bytes of a file: from its path, from what the dataset keeps of it, or from memory.

use super::report::Report;
use crate::error::Result;
use crate::kept_source::UnpackedFile;
use crate::store::{self, Stamp};
use crate::time::Instant;
use std::io::{self, Cursor, Read, Seek, Take};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What bytes are read from, at any place.
pub(super) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// An open file.
pub(super) type Handle = Box<dyn ReadSeek>;

/// A file that can be opened again and again.
pub(super) struct FileBytes {
    path: PathBuf,
    stamp: Stamp,
    place: BytesPlace,
}

/// Where the bytes of a file are.
enum BytesPlace {
    /// The file at its path.
    Path,
    /// What the dataset keeps of the file, which is here.
    Kept(Box<Path>),
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

impl FileBytes {
    /// The file at `path` as it is now, and opened.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be opened.
    pub(super) fn on_disk(path: &Path) -> Result<(Self, Handle)> {
        let file = store::open(path)?;
        let stamp = Stamp::of(&file, path)?;
        let place = BytesPlace::Path;
        let path = path.to_owned();
        Ok((Self { path, stamp, place }, Box::new(file)))
    }

    /// The file of a report, as its stamp says it was.
    pub(super) fn of(report: &Report) -> Self {
        Self {
            path: report.path.clone(),
            stamp: report.stamp,
            place: match &report.kept {
                Some(kept) => BytesPlace::Kept(kept.clone()),
                None => BytesPlace::Path,
            },
        }
    }

    /// A file of so many bytes that was at `path`, from what is kept of it at `kept`; and opened.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where that cannot be opened.
    pub(super) fn kept(path: &Path, kept: &Path, bytes: u64) -> Result<(Self, Handle)> {
        let place = BytesPlace::Kept(kept.into());
        let file = Self::of_bytes(path, bytes, place);
        let opened = file.open()?;
        Ok((file, opened))
    }

    /// Bytes in memory; `name` stands for the path.
    pub(super) fn in_memory(bytes: &[u8], name: &Path) -> Self {
        let place = BytesPlace::Memory(bytes.into());
        Self::of_bytes(name, bytes.len() as u64, place)
    }

    /// Bytes that no path leads to, and that never change.
    fn of_bytes(name: &Path, bytes: u64, place: BytesPlace) -> Self {
        let stamp = Stamp {
            dev: 0,
            ino: 0,
            bytes,
            mtime: Instant::EPOCH,
            ctime: Instant::EPOCH,
        };
        Self {
            path: name.to_owned(),
            stamp,
            place,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Opens it, at its first byte.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be opened.
    pub(super) fn open(&self) -> Result<Handle> {
        Ok(match &self.place {
            BytesPlace::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            BytesPlace::Kept(kept) => Box::new(UnpackedFile::open(kept, self.stamp.bytes)?),
            BytesPlace::Path => Box::new(store::open(&self.path)?),
        })
    }

    /// Where its bytes are kept, if they are read from there.
    pub(super) fn kept_at(&self) -> Option<&Path> {
        match &self.place {
            BytesPlace::Kept(kept) => Some(kept),
            BytesPlace::Path | BytesPlace::Memory(_) => None,
        }
    }

    /// As [`open`](Self::open), without what was added since its stamp was taken.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(super) fn open_as_stamped(&self) -> Result<Take<Handle>> {
        Ok(self.open()?.take(self.stamp.bytes))
    }
}

/// Reads into `buffer`, and again where that was interrupted; 0 at the end.
pub(super) fn read_some(from: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
