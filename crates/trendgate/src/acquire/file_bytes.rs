//! The bytes of a file, from disk or from memory.

use crate::error::Result;
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
    /// Its bytes, where it is not on disk.
    held: Option<Arc<[u8]>>,
}

impl FileBytes {
    /// The file at `path` as it is now, and opened.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be opened.
    pub(super) fn on_disk(path: &Path) -> Result<(Self, Handle)> {
        let file = store::open(path)?;
        let stamp = Stamp::of(&file, path)?;
        Ok((Self::known(path, stamp), Box::new(file)))
    }

    /// The file at `path`, as its stamp says it was.
    pub(super) fn known(path: &Path, stamp: Stamp) -> Self {
        Self {
            path: path.to_owned(),
            stamp,
            held: None,
        }
    }

    /// Bytes in memory; `name` stands for the path.
    pub(super) fn in_memory(bytes: &[u8], name: &Path) -> Self {
        let stamp = Stamp {
            dev: 0,
            ino: 0,
            bytes: bytes.len() as u64,
            mtime: Instant::EPOCH,
            ctime: Instant::EPOCH,
        };
        Self {
            held: Some(bytes.into()),
            ..Self::known(name, stamp)
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
        Ok(match &self.held {
            Some(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            None => Box::new(store::open(&self.path)?),
        })
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
