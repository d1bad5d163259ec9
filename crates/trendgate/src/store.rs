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

/// Whether something was put in place, or the place was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// It is there now.
    Done,
    /// Something else is there; it was left as it is.
    Taken,
}

fn put(result: std::io::Result<()>, doing: &str, path: &Path) -> Result<Put> {
    match result {
        Ok(()) => Ok(Put::Done),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(Put::Taken),
        Err(error) => Err(Error::storage(doing, path, error)),
    }
}

/// Gives the file at `existing` a second name, unless something has that name already. Atomic.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the file system refuses.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn link(existing: &Path, name: &Path) -> Result<Put> {
    put(std::fs::hard_link(existing, name), "cannot link", name)
}

/// Moves a file, unless something is at its destination. Atomic.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the file system refuses, also because the two places are on different
/// file systems.
pub fn move_to(from: &Path, to: &Path) -> Result<Put> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let moved = renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
    put(
        moved.map_err(std::io::Error::from),
        "cannot move the file to its place",
        to,
    )
}

/// Makes the entries of a folder durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system could not.
pub fn fsync_dir(path: &Path) -> Result<()> {
    fsync(&open(path)?, path)
}

/// Makes a folder and those above it that are missing, durably. The folders that were made, outermost first.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where one cannot be made.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn create_dirs(path: &Path) -> Result<Vec<PathBuf>> {
    let mut missing = Vec::new();
    let mut at = path;
    while !at.as_os_str().is_empty() && what_is(at)?.is_none() {
        missing.push(at.to_owned());
        let Some(parent) = at.parent() else { break };
        at = parent;
    }
    missing.reverse();
    for dir in &missing {
        match std::fs::create_dir(dir) {
            // Someone else may have been faster, which is as good.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Error::storage("cannot make the folder", dir, error));
            }
            _ => {}
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        fsync_dir(parent.unwrap_or(Path::new(".")))?;
    }
    Ok(missing)
}

/// Writes a new file and makes it (not its name) durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it exists already or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create_new(path)?;
    std::io::Write::write_all(&mut file, bytes)
        .map_err(|error| Error::storage("cannot write", path, error))?;
    fsync(&file, path)
}

/// The bytes of a file.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut open(path)?, &mut bytes)
        .map_err(|error| Error::storage("cannot read", path, error))?;
    Ok(bytes)
}

/// Removes a file.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be removed.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn remove_file(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| Error::storage("cannot remove", path, error))
}

/// Removes a folder with everything in it.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be removed.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn remove_tree(path: &Path) -> Result<()> {
    std::fs::remove_dir_all(path).map_err(|error| Error::storage("cannot remove", path, error))
}

/// Removes a folder if it is empty. Whether it did.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn remove_if_empty(path: &Path) -> bool {
    std::fs::remove_dir(path).is_ok()
}

/// The kernel's name for this start of the machine, if it has one: a process id means something only within it.
#[must_use]
pub fn boot_id() -> Option<String> {
    let bytes = read(Path::new("/proc/sys/kernel/random/boot_id")).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}
