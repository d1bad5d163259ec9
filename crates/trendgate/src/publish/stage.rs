//! Before the commit: the site's lock, what the file system must be able to do, and a folder of one's own in staging.

use super::Dirs;
use crate::clock::{self, rfc3339};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{self, Put, Stamp, What};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// That no other run writes to the site, as long as this lives. The lock is on the folder of the site's log; the system
/// releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct SiteLock {
    _folder: File,
}

impl SiteLock {
    /// Takes the lock, or fails at once where another run has it. Makes the folder of the log.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked) where another run holds the site; [`Storage`](ErrorKind::Storage) where locks do not
    /// work.
    pub fn take(dirs: &Dirs, site: &str) -> Result<Self> {
        let log = dirs.log(site);
        loop {
            store::create_dirs(&log)?;
            let folder = store::open(&log)?;
            match folder.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::new(
                        ErrorKind::Locked,
                        format!("another run is writing to the site {site:?}"),
                    )
                    .at(&log)
                    .hint("wait until it has ended"));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(Error::storage("cannot lock", &log, error));
                }
            }
            // The last run may have removed the empty folder between our opening and our locking it.
            let still = store::what_is(&log)? == Some(What::Folder)
                && Stamp::of(&store::open(&log)?, &log)?.ino == Stamp::of(&folder, &log)?.ino;
            if still {
                return Ok(Self { _folder: folder });
            }
        }
    }
}

/// What an attempt says of itself, for whoever finds it.
#[derive(Debug, Serialize, Deserialize)]
struct Record<'a> {
    attempt: &'a str,
    site_id: &'a str,
    host: String,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot_id: Option<String>,
    started: String,
    base_version: u64,
}

/// A try at making a version. Dropped without a commit, it leaves nothing.
#[derive(Debug)]
pub struct Attempt {
    pub(super) dirs: Dirs,
    pub(super) site: String,
    pub(super) version: u64,
    pub(super) id: String,
    pub(super) dir: PathBuf,
    /// What has to go if the attempt fails: parts that were moved, and folders that were made, outermost first.
    pub(super) moved: Vec<PathBuf>,
    pub(super) made: Vec<PathBuf>,
    pub(super) settled: bool,
}

impl Attempt {
    /// Begins an attempt at `version` of `site`: makes its folder in staging and makes sure that the file system can do what
    /// a commit needs.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage), naming the capability that is missing.
    pub fn begin(dirs: &Dirs, site: &str, version: u64) -> Result<Self> {
        let started = clock::now();
        let id = format!("{started:x}-{:x}", std::process::id());
        let mut attempt = Self {
            dirs: dirs.clone(),
            site: site.to_owned(),
            version,
            dir: dirs.staging.join(&id),
            id,
            moved: Vec::new(),
            made: Vec::new(),
            settled: false,
        };
        for folder in [&dirs.processed, &dirs.manifests, &attempt.dir] {
            let made = store::create_dirs(folder)?;
            attempt.made.extend(made);
        }
        attempt.record(started)?;
        attempt.probe()?;
        Ok(attempt)
    }

    /// Where the attempt writes.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its id, which goes into the names of its parts.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    fn record(&self, started: i64) -> Result<()> {
        let record = Record {
            attempt: &self.id,
            site_id: &self.site,
            host: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            pid: std::process::id(),
            boot_id: store::boot_id(),
            started: rfc3339(started),
            base_version: self.version - 1,
        };
        let bytes = serde_json::to_vec_pretty(&record).map_err(|error| {
            Error::bug(format!(
                "the attempt record cannot be written as JSON: {error}"
            ))
        })?;
        store::write_new(&self.dir.join("attempt.json"), &bytes)?;
        store::fsync_dir(&self.dir)
    }

    /// Moves and links a file the way that a commit does.
    fn probe(&self) -> Result<()> {
        let missing = |what: &str, error: Error| {
            let message = format!(
                "the file system cannot {what}, which a commit needs ({})",
                error.message()
            );
            Error::new(ErrorKind::Storage, message).at(&self.dirs.root).hint(
                "put the dataset on a local file system (ext4, XFS, btrfs), with processed, staging and manifests on the same one",
            )
        };
        let staged = self.dir.join("probe");
        let moved = self.dirs.processed.join(format!(".probe-{}", self.id));
        let linked = self
            .dirs
            .log(&self.site)
            .join(format!(".probe-{}", self.id));
        store::write_new(&staged, b"")?;
        let outcome = (|| {
            let put = store::move_to(&staged, &moved)
                .map_err(|error| missing("move a file without replacing", error))?;
            let link =
                store::link(&moved, &linked).map_err(|error| missing("link a file", error))?;
            if (put, link) != (Put::Done, Put::Done) {
                return Err(Error::bug(format!("{} is there already", moved.display())));
            }
            store::fsync_dir(&self.dirs.processed)
                .map_err(|error| missing("make a folder durable", error))
        })();
        for path in [staged, moved, linked] {
            if store::what_is(&path)?.is_some() {
                store::remove_file(&path)?;
            }
        }
        outcome
    }

    /// Takes back whatever the attempt has done. Best effort: what cannot be removed is said, and is invisible to readers.
    pub(super) fn undo(&mut self) {
        let mut failed = Vec::new();
        for path in self.moved.drain(..) {
            failed.extend(store::remove_file(&path).err());
        }
        if let Ok(Some(_)) = store::what_is(&self.dir) {
            failed.extend(store::remove_tree(&self.dir).err());
        }
        // Folders that others use by now are not empty, and stay.
        for folder in self.made.drain(..).rev() {
            store::remove_if_empty(&folder);
        }
        for error in failed {
            tracing::warn!("left behind: {error}");
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.settled {
            self.undo();
        }
    }
}
