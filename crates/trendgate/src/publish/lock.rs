//! The lock of a site, and whether its file systems can keep the promise of the commit.
//!
//! Enters: the directories. Leaves: a [`SiteLock`]. Refuses: a site that another run holds, and directories between which
//! files cannot be moved or linked, naming what is missing.

use super::{Dirs, log};
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{self, Lock, LockFile, Put};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// The right to write to a site, until it is dropped or the process ends.
///
/// It is a courtesy between runs, not what keeps batches whole: where locks do not work, the log still admits one winner
/// a version.
#[derive(Debug)]
pub struct SiteLock {
    path: PathBuf,
    /// The folders that did not exist before, outermost first.
    made: Vec<PathBuf>,
    _lock: LockFile,
}

impl SiteLock {
    /// Takes the lock of `site` and probes its directories, creating them where they are missing. Never waits.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked) naming the holder; [`Storage`](ErrorKind::Storage) naming the capability that the
    /// file systems lack.
    pub fn take(dirs: &Dirs, site: &str) -> Result<Self> {
        let folder = log::folder(dirs, site);
        let mut made = Vec::new();
        for dir in [&dirs.processed, &dirs.staging, &folder] {
            made.extend(store::create_dir_all(dir)?);
        }
        sync_parents(&made)?;
        let path = folder.join("lock");
        let holder = format!(
            "process {} on {} since {}",
            std::process::id(),
            host(),
            clock::rfc3339(clock::now())
        );
        match store::lock(&path, &holder)? {
            Lock::Held(lock) => {
                let lock = Self {
                    path,
                    made,
                    _lock: lock,
                };
                probe(dirs, &folder)?;
                Ok(lock)
            }
            Lock::Taken(other) => Err(locked(site, &other).at(path)),
        }
    }
}

/// A run that was the site's first and committed nothing leaves nothing: neither a lock nor an empty folder.
impl Drop for SiteLock {
    fn drop(&mut self) {
        let Some(folder) = self.path.parent() else {
            return;
        };
        let alone = log::list(folder).is_ok_and(|files| files.len() == 1);
        if !alone || !self.made.iter().any(|made| made == folder) {
            return;
        }
        // Each of these may fail because someone else has put something there; then it stays.
        let _ = store::remove_file(&self.path);
        for dir in self.made.iter().rev() {
            let _ = store::remove_dir(dir);
        }
    }
}

fn locked(site: &str, other: &str) -> Error {
    let holder = if other.is_empty() {
        "another run"
    } else {
        other
    };
    Error::new(
        ErrorKind::Locked,
        format!("the site {site} is locked by {holder}"),
    )
    .hint("wait until that run has ended; the lock goes with its process")
}

/// Makes the names of directories durable that were just created.
pub(super) fn sync_parents(made: &[PathBuf]) -> Result<()> {
    made.iter()
        .filter_map(|dir| dir.parent())
        .try_for_each(|parent| match parent.as_os_str().is_empty() {
            true => store::fsync_dir(Path::new(".")),
            false => store::fsync_dir(parent),
        })
}

/// This machine's name.
pub(super) fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// Does with a probe file what a commit will do with parts and record.
fn probe(dirs: &Dirs, folder: &Path) -> Result<()> {
    let name = format!(".probe-{}", super::stage::new_id());
    let [staged, moved, linked] =
        [&dirs.staging, &dirs.processed, &folder.to_owned()].map(|dir| dir.join(&name));
    let result = try_out(&staged, &moved, &linked);
    for path in [&staged, &moved, &linked] {
        store::remove_file(path)?;
    }
    result
}

fn try_out(staged: &Path, moved: &Path, linked: &Path) -> Result<()> {
    store::write_all_synced(staged, b"probe\n")?;
    let link = store::hard_link(staged, linked).map_err(|e| lacking("link", staged, linked, &e))?;
    let twice =
        store::hard_link(staged, linked).map_err(|e| lacking("link", staged, linked, &e))?;
    if (link, twice) != (Put::Done, Put::Exists) {
        return Err(Error::new(
            ErrorKind::Storage,
            "expected a second link to one name to be refused, found it done",
        )
        .at(linked)
        .hint(LOCAL));
    }
    store::rename_new(staged, moved).map_err(|e| lacking("move", staged, moved, &e))?;
    for file in [moved, linked] {
        file.parent()
            .map_or(Ok(()), store::fsync_dir)
            .map_err(|e| e.hint(LOCAL))?;
    }
    Ok(())
}

const LOCAL: &str = "use a local file system such as ext4, XFS or btrfs";

fn lacking(verb: &str, from: &Path, to: &Path, error: &Error) -> Error {
    let [from, to] = [from, to].map(|path| path.parent().unwrap_or(path).display().to_string());
    let cross =
        error.io().and_then(std::io::Error::raw_os_error) == Some(Errno::XDEV.raw_os_error());
    let hint = if cross {
        "put both on one file system; two bind mounts of one file system count as two"
    } else {
        LOCAL
    };
    let message = format!(
        "a commit has to {verb} files from {from} to {to}, and cannot: {}",
        error.message()
    );
    Error::new(ErrorKind::Storage, message).hint(hint)
}
