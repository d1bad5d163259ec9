//! A file that takes the place of the one before it.
//!
//! Enters: the whole content. Leaves: the file with it, or as it was: a reader sees the one or the other, never a part; after a loss of power, too,
//! where it was replaced durably. Refuses: a name that a folder has.

use super::write::{fsync, fsync_dir};
use super::{again, remove_file, write_all};
use crate::error::{Error, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Writes `bytes` beside `path`, under a hidden name that ends in `.tmp`, and gives them its name.
///
/// # Errors
/// [`Usage`](crate::error::ErrorKind::Usage) where the path ends in no name; [`Storage`](crate::error::ErrorKind::Storage) where it cannot be
/// written: `path` is then as it was.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("metrics.prom");
/// trendgate::files::replace(&path, b"1")?;
/// assert_eq!(std::fs::read(path).unwrap(), b"1");
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, |_| Ok(()))
}

/// As [`replace`], durable on return. The content is made durable before it gets the name: whatever is found under it after a loss of power is whole.
///
/// # Errors
/// As [`replace`]; where the folder could not be made durable, `path` may be the new file.
pub(crate) fn replace_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, |file| fsync(file, path))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    fsync_dir(folder.unwrap_or(Path::new(".")))
}

/// Replaces `path`; `settled` is asked once the content is written, and before it gets the name.
fn put(path: &Path, bytes: &[u8], settled: impl Fn(&File) -> Result<()>) -> Result<()> {
    let beside = beside(path)
        .ok_or_else(|| Error::usage("expected the name of a file, found none").at(path))?;
    // Of a process with this number that was killed.
    remove_file(&beside)?;
    // Nobody asked for the hidden name.
    let written = write_all(&beside, bytes).map_err(|error| error.at(path));
    let moved = written.and_then(|file| {
        settled(&file)?;
        drop(file);
        again(|| std::fs::rename(&beside, path))
            .map_err(|e| Error::storage("cannot move a file to", path, e))
    });
    if moved.is_err() {
        let _ = remove_file(&beside);
    }
    moved
}

fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    // In containers every process can have the same number.
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().replace('/', "-");
    name.push(format!(".{host}-{}.tmp", std::process::id()));
    Some(path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = store::test_folder();
        let path = folder.path().join("a.prom");
        for replaced in [replace, replace_durably] {
            replaced(&path, b"one\n").unwrap();
            replaced(&path, b"two\n").unwrap();
            assert_eq!(store::read(&path, 100).unwrap(), b"two\n");
        }
        assert_eq!(store::list_dir(folder.path()).unwrap(), [path]);
    }

    #[test]
    fn what_cannot_be_replaced_stays_as_it_was() {
        let folder = store::test_folder();
        let path = folder.path().join("a.prom");
        store::create_dir_all(&path).unwrap();
        let error = replace(&path, b"one\n").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Storage);
        assert_eq!(
            store::list_dir(folder.path()).unwrap(),
            std::slice::from_ref(&path)
        );
        let nowhere = folder.path().join("no/a.prom");
        let error = replace(&nowhere, b"").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Storage);
        assert_eq!(error.path(), Some(&*nowhere));
    }
}
