//! Names made, moved and removed.
//!
//! Enters: the paths of files and folders. Leaves: a name that was made, moved or removed, or the word that another had it first
//! ([`Put::Exists`]). Refuses: to replace anything. None of it is durable before [`fsync_dir`](super::fsync_dir) of the folder.

use super::{Named, What, again, look_into, named};
use crate::error::{Error, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What became of a name that was to be made where none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// The name did not exist and does now.
    Done,
    /// The name existed already, and is as it was.
    Exists,
}

/// Creates a directory and those above it; returns the ones that did not exist, outermost first, so that their parents
/// can be made durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let made = trendgate::files::create_dir_all(&folder.path().join("a/b"))?;
/// assert_eq!(made.len(), 2);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn create_dir_all(path: &Path) -> Result<Vec<PathBuf>> {
    let mut missing: Vec<&Path> = path
        .ancestors()
        .take_while(|dir| !dir.as_os_str().is_empty() && !dir.is_dir())
        .collect();
    missing.reverse();
    let mut made = Vec::new();
    for dir in missing {
        match create_dir(dir) {
            Ok(Put::Done) => made.push(dir.to_owned()),
            Ok(Put::Exists) => {}
            Err(error) => {
                // Each of these may fail because someone else has put something there; then it stays.
                made.iter().rev().for_each(|dir| drop(remove_dir(dir)));
                return Err(error);
            }
        }
    }
    Ok(made)
}

/// Creates one directory where none is.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where the name is taken by something that is no directory.
pub(crate) fn create_dir(path: &Path) -> Result<Put> {
    match again(|| std::fs::create_dir(path)) {
        Ok(()) => Ok(Put::Done),
        Err(e) if e.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(Put::Exists),
        Err(e) => Err(Error::storage("cannot create the directory", path, e)),
    }
}

/// Gives the file `from` the second name `to`, if nothing has that name: atomic, of many who try one wins.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). On a network file system the name may have been made all the same.
pub(crate) fn hard_link(from: &Path, to: &Path) -> Result<Put> {
    put(again(|| std::fs::hard_link(from, to)), "cannot link", to)
}

/// Moves the file `from` to the name `to`, if nothing has that name. Where the file system cannot rename without
/// replacing, it is a link followed by an unlink: a crash between the two leaves both names.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where the two lie on different file systems.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<Put> {
    use rustix::io::Errno;
    let renamed =
        rustix::io::retry_on_intr(|| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE));
    if matches!(renamed, Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)) {
        let linked = hard_link(from, to)?;
        if linked == Put::Done {
            remove_file(from)?;
        }
        return Ok(linked);
    }
    put(renamed.map_err(Into::into), "cannot move a file to", to)
}

/// Moves the folder `from` to the name `to`, if no file and no folder with anything in it has that name.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub(crate) fn rename_folder(from: &Path, to: &Path) -> Result<Put> {
    match again(|| std::fs::rename(from, to)) {
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => Ok(Put::Exists),
        renamed => put(renamed, "cannot move a folder to", to),
    }
}

fn put(result: std::io::Result<()>, doing: &str, to: &Path) -> Result<Put> {
    match result {
        Ok(()) => Ok(Put::Done),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(Put::Exists),
        Err(e) => Err(Error::storage(doing, to, e)),
    }
}

/// Removes a name; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    gone(again(|| std::fs::remove_file(path)), path)
}

/// Removes an empty directory; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where it is not empty.
pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    gone(again(|| std::fs::remove_dir(path)), path)
}

/// Removes a directory with everything in it; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    let mut inside = Vec::new();
    match look_into(path, |name, what| inside.push((path.join(name), what))) {
        Err(error) if error.io().is_some_and(|e| e.kind() == ErrorKind::NotFound) => return Ok(()),
        looked => looked?,
    }
    for (path, what) in inside {
        let is_folder = match what {
            Some(what) => what == What::Folder,
            None => named(&path)? == Some(Named::Folder),
        };
        match is_folder {
            true => remove_tree(&path)?,
            false => remove_file(&path)?,
        }
    }
    remove_dir(path)
}

fn gone(result: std::io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::storage("cannot remove", path, e)),
        _ => Ok(()),
    }
}
