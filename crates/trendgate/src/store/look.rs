//! What is at a path, and what is in a folder.
//!
//! Enters: a path. Leaves: what has that name, or what the name leads to; a [`Stamp`], by which a file that was replaced or written to is
//! noticed; the names in a folder. Nothing is opened, and that nothing has a name is no error.

use super::again;
use crate::error::{Error, Result};
use crate::time::{Instant, SECOND, Span};
use rustix::fs::{Dir, FileType, Mode, OFlags, open};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What the file system says of a file: enough to notice that it was replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Last modification; written as nanoseconds since the epoch.
    #[serde(with = "crate::time::plain")]
    pub mtime: Instant,
    /// Last change of the inode; written as nanoseconds since the epoch.
    #[serde(with = "crate::time::plain")]
    pub ctime: Instant,
}

impl Stamp {
    /// The stamp of an open file.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system cannot say.
    pub(crate) fn of(file: &File, path: &Path) -> Result<Self> {
        again(|| file.metadata())
            .map(|meta| Self::from(&meta))
            .map_err(|e| Error::storage("cannot look at the file", path, e))
    }

    /// The stamp of the file that has this name now.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where there is none, or the system cannot say.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        again(|| std::fs::metadata(path))
            .map(|meta| Self::from(&meta))
            .map_err(|e| Error::storage("cannot look at the file", path, e))
    }
}

impl Stamp {
    /// Whether a file of this stamp is the one that had the other stamp when it was planned. Another device number says that the same files are seen
    /// through another mount, by another machine or container: there the size and the time of the last write have to do, and what is read is known
    /// by its digest in any case.
    pub(crate) fn is_still(&self, planned: &Self) -> bool {
        match self.dev == planned.dev {
            true => self == planned,
            false => (self.bytes, self.mtime) == (planned.bytes, planned.mtime),
        }
    }
}

impl From<&std::fs::Metadata> for Stamp {
    fn from(meta: &std::fs::Metadata) -> Self {
        Self {
            dev: meta.dev(),
            ino: meta.ino(),
            bytes: meta.len(),
            mtime: instant(meta.mtime(), meta.mtime_nsec()),
            ctime: instant(meta.ctime(), meta.ctime_nsec()),
        }
    }
}

fn instant(seconds: i64, nanos: i64) -> Instant {
    Instant::EPOCH + SECOND * seconds + Span::from_nanos(nanos)
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A file; or a pipe, a socket or a device, which is refused by its name.
    File,
    /// A folder.
    Folder,
}

/// What `path` leads to, links followed; `None` where there is nothing.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
///
/// ```
/// use trendgate::files::{What, what_is};
///
/// # let folder = tempfile::tempdir().unwrap();
/// assert_eq!(what_is(folder.path())?, Some(What::Folder));
/// assert_eq!(what_is(&folder.path().join("a"))?, None);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn what_is(path: &Path) -> Result<Option<What>> {
    match again(|| std::fs::metadata(path)) {
        Ok(meta) if meta.is_dir() => Ok(Some(What::Folder)),
        Ok(_) => Ok(Some(What::File)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", path, error)),
    }
}

/// What has a name, a link being a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A file.
    File(Stamp),
    /// A folder.
    Folder,
    /// A symbolic link, or something else that we never make.
    Other,
}

/// What has the name `path`; links are not followed. `None` where nothing has it.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub(crate) fn named(path: &Path) -> Result<Option<Named>> {
    match again(|| std::fs::symlink_metadata(path)) {
        Ok(meta) if meta.is_dir() => Ok(Some(Named::Folder)),
        Ok(meta) if meta.is_file() => Ok(Some(Named::File(Stamp::from(&meta)))),
        Ok(_) => Ok(Some(Named::Other)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", path, error)),
    }
}

pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What kind of thing has the name `path`, in a word, a link being a link; `None` where nothing has it, or the system will not say.
#[must_use]
pub(crate) fn kind_word(path: &Path) -> Option<&'static str> {
    let kind = again(|| std::fs::symlink_metadata(path)).ok()?.file_type();
    let words = [
        (kind.is_file(), "file"),
        (kind.is_dir(), "folder"),
        (kind.is_symlink(), "link"),
        (kind.is_fifo(), "pipe"),
        (kind.is_socket(), "socket"),
        (kind.is_block_device() || kind.is_char_device(), "device"),
    ];
    words.into_iter().find_map(|(is, word)| is.then_some(word))
}

/// What the symbolic link `path` says.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it is none.
pub(crate) fn link_target(path: &Path) -> Result<PathBuf> {
    again(|| std::fs::read_link(path)).map_err(|e| Error::storage("cannot read the link", path, e))
}

/// The one path that all ways to a file or folder share.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be found out.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf> {
    again(|| path.canonicalize()).map_err(|error| Error::storage("cannot resolve", path, error))
}

/// Shows each thing in a folder to `see`, in no order: its name, and what it is, where the folder says so. Of a link, [`what_is`] has to be
/// asked.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read.
pub(crate) fn look_into(path: &Path, mut see: impl FnMut(OsString, Option<What>)) -> Result<()> {
    let fail = |error: io::Error| Error::storage("cannot list the folder", path, error);
    // The standard library's way panics where the folder cannot be closed.
    for entry in again(|| entries(path)).map_err(fail)? {
        let entry = entry.map_err(|error| fail(error.into()))?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        let what = match entry.file_type() {
            FileType::RegularFile => Some(What::File),
            FileType::Directory => Some(What::Folder),
            _ => None,
        };
        if name != "." && name != ".." {
            see(name.to_owned(), what);
        }
    }
    Ok(())
}

fn entries(path: &Path) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(Dir::new(open(path, flags, Mode::empty())?)?)
}

/// The paths of what is in a folder, sorted by name.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be listed.
pub(crate) fn list_dir(path: &Path) -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    look_into(path, |name, _| names.push(name))?;
    names.sort_unstable();
    Ok(names.into_iter().map(|name| path.join(name)).collect())
}
