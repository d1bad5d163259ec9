//! The only door to the disk.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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

/// Creates a file for writing that must not exist yet (`O_EXCL`).
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it exists already or may not be created.
pub fn create_new(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| Error::storage("cannot create", path, e))
}

/// Opens a file that exists, to write on at its end.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it does not exist or may not be written.
pub fn open_append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(|e| Error::storage("cannot open for writing", path, e))
}

/// Makes what was written to `file` survive a power loss. To be called once: after an error the system may have dropped
/// the data and say "done" the next time, so the file is to be thrown away.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system could not write it.
pub fn fsync(file: &File, path: &Path) -> Result<()> {
    file.sync_all()
        .map_err(|e| Error::storage("cannot make durable", path, e))
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A file that can be read.
    File,
    /// A folder.
    Folder,
}

/// What `path` leads to, links followed; `None` where there is nothing.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn what_is(path: &Path) -> Result<Option<What>> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(Some(What::Folder)),
        Ok(_) => Ok(Some(What::File)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", path, error)),
    }
}

/// The one path that all ways to a file or folder share.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be found out.
pub fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .map_err(|error| Error::storage("cannot resolve", path, error))
}

/// What is in a folder, sorted by name.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn list_dir(path: &Path) -> Result<Vec<PathBuf>> {
    let fail = |error| Error::storage("cannot list the folder", path, error);
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(fail))
        .collect::<Result<_>>()?;
    entries.sort();
    Ok(entries)
}
