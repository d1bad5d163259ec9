//! The only door to the disk.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What the file system says of a file: enough to notice that it was replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Last modification, nanoseconds since the epoch.
    pub mtime: i64,
    /// Last change of the inode, nanoseconds since the epoch.
    pub ctime: i64,
}

impl Stamp {
    /// The stamp of an open file.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system cannot say.
    pub fn of(file: &File, path: &Path) -> Result<Self> {
        let meta = file
            .metadata()
            .map_err(|e| Error::storage("cannot look at the file", path, e))?;
        Ok(Self {
            dev: meta.dev(),
            ino: meta.ino(),
            bytes: meta.len(),
            mtime: meta
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.mtime_nsec()),
            ctime: meta
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.ctime_nsec()),
        })
    }
}

/// Opens a file for reading.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it does not exist or may not be read.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| Error::storage("cannot open", path, e))
}
