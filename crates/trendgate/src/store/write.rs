//! Files written, and made durable.
//!
//! Enters: bytes, or a name for a file that the caller writes. Leaves: a new file, or more of one that exists, and, by one of the `fsync`
//! functions, what was written where a power loss does not reach it: the content of a file and its name in the folder are made durable each
//! by itself. Refuses: a name that is taken.

#[cfg(feature = "mutations")]
use super::mutations;
#[cfg(feature = "mutations")]
use super::skipped;
use super::{again, input, open};
use crate::error::{Error, Result};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Creates a file for writing that must not exist yet (`O_EXCL`).
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it exists already or may not be created.
pub(crate) fn create_new(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| Error::storage("cannot create", path, e))
}

/// A file without a name in `folder`, to write and to read; it is gone when it is closed, however the process ends.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it may not be created.
pub(crate) fn create_unnamed(folder: &Path) -> Result<File> {
    again(|| tempfile::tempfile_in(folder))
        .map_err(|e| Error::storage("cannot create a file in", folder, e))
}

/// Opens a file that exists, to write on at its end.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it does not exist or may not be written.
#[cfg(test)]
pub(crate) fn open_append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(|e| Error::storage("cannot open for writing", path, e))
}

/// Writes a new file whole. Not durable: for what proves itself when it is read, and can be made again.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). The file may then exist in part.
pub(crate) fn write_all(path: &Path, bytes: &[u8]) -> Result<File> {
    let mut file = create_new(path)?;
    file.write_all(bytes)
        .map_err(|e| Error::storage("cannot write", path, e))?;
    Ok(file)
}

/// Writes a new file whole and makes its content durable (not yet its name: that takes [`fsync_dir`]).
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). The file may then exist in part, and must be thrown away: after a
/// failed fsync a second one can succeed without having written anything.
pub(crate) fn write_all_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    fsync(&write_all(path, bytes)?, path)
}

/// Writes lines at the end of a file, which is created where it is missing, in one write. Not durable. A last line that was torn, on a
/// disk that was full, is ended first, so that it is the only one that cannot be read.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where a symbolic link has the name: it is not followed;
/// [`Input`](crate::error::ErrorKind::Input) where it is no regular file.
pub(crate) fn append(path: &Path, lines: &[u8]) -> Result<()> {
    let doing = "cannot write at the end of";
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    let (mut file, _) = input::open_with(&mut options, OFlags::NOFOLLOW, path, doing)?;
    let start: &[u8] = match ends_torn(&file) {
        Ok(true) => b"\n",
        _ => b"",
    };
    file.write_all(&[start, lines].concat())
        .map_err(|e| Error::storage(doing, path, e))
}

/// Whether a file ends within a line.
fn ends_torn(file: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(place) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, place)?;
    }
    Ok(last != *b"\n")
}

/// Makes what was written to `file` survive a power loss. To be called once: after an error the system may have dropped
/// the data and say "done" the next time, so the file is to be thrown away.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system could not write it.
pub(crate) fn fsync(file: &File, path: &Path) -> Result<()> {
    sync(file, path).map_err(|e| Error::storage("cannot make durable", path, e))
}

/// A file system, all of which can be made durable in one call: for so many files that one call each would take longer than to write them.
#[derive(Debug)]
pub(crate) struct FileSystem {
    folder: File,
    path: PathBuf,
}

impl FileSystem {
    /// That of `folder`. A failure to write is told to those who had asked before it happened (Linux 5.8 and later): so this comes before
    /// the first of the files is written.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the folder cannot be opened.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        options.custom_flags(OFlags::DIRECTORY.bits().cast_signed());
        let opened = again(|| options.open(folder));
        Ok(Self {
            folder: opened.map_err(|e| Error::storage("cannot open", folder, e))?,
            path: folder.to_owned(),
        })
    }

    /// Makes all that was written to it survive a power loss, by whomever. To be called once.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system could not write it.
    pub(crate) fn fsync(self) -> Result<()> {
        again(|| rustix::fs::syncfs(&self.folder).map_err(Into::into))
            .map_err(|e| Error::storage("cannot make the file system durable of", &self.path, e))
    }
}

/// Makes the content of a file that someone may have written earlier durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub(crate) fn fsync_file(path: &Path) -> Result<()> {
    fsync(&open(path)?, path)
}

/// Makes the names in a directory durable: those made, moved and removed.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub(crate) fn fsync_dir(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(OFlags::DIRECTORY.bits().cast_signed());
    let folder =
        again(|| options.open(path)).map_err(|e| Error::storage("cannot open", path, e))?;
    sync(&folder, path).map_err(|e| Error::storage("cannot make the directory durable", path, e))
}

/// The fsync of `file`, which is at `path`.
fn sync(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(feature = "mutations")]
    if skipped(mutations::fsync_of(path)) {
        return Ok(());
    }
    #[cfg(not(feature = "mutations"))]
    let _ = path;
    again(|| file.sync_all())
}
