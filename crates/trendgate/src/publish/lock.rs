//! The lock of a site, and whether its file systems can keep the promise of the commit.
//!
//! Enters: the directories. Leaves: a [`SiteLock`]. Refuses: a site that another run holds, and directories between which
//! files cannot be moved or linked, naming what is missing.

use super::owner::host;
use super::{Dirs, log};
use crate::error::{Error, ErrorKind, Result};
use crate::process::Process;
use crate::progress::Watch;
use crate::store::{self, Lock, LockFile, Named, Put};
use crate::time::{self, Span, Stopwatch};
use crate::warning::Warning;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The right to write to a site, until it is dropped or the process ends.
///
/// It keeps a run from doing work in vain. It is not what keeps batches whole: where locks do not work, still only one run can
/// commit a version.
#[derive(Debug)]
pub struct SiteLock {
    site: String,
    /// Dropped before the lock is: fields are dropped in their order.
    traces: Traces,
    _lock: LockFile,
}

/// What taking a lock for the first time leaves: a run that commits nothing takes it away again.
#[derive(Debug)]
struct Traces {
    dirs: Dirs,
    site: String,
    /// The folders that did not exist before, outermost first.
    made: Vec<PathBuf>,
    /// Whether the file that names the folders did not exist before.
    named: bool,
    process: Process,
}

/// What a run does at a site that another one holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenLocked {
    /// It fails at once.
    #[default]
    Fail,
    /// It waits for its turn.
    Wait,
    /// It waits for so long at the most.
    WaitFor(Span),
}

/// The time between two looks at a lock that is waited for.
const EVERY: Duration = Duration::from_millis(100);

impl SiteLock {
    /// Takes the lock of `site` and probes its directories, creating them where they are missing. Never waits.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked) naming the holder; [`Storage`](ErrorKind::Storage) naming the capability that the
    /// file systems lack.
    #[cfg(test)]
    pub(crate) fn take(dirs: &Dirs, site: &str) -> Result<Self> {
        let lock = Self::hold(dirs, site)?;
        lock.probe(dirs)?;
        Ok(lock)
    }

    /// Takes the lock of `site` without probing: for recovery and collection, which have to work on a full disk. Never waits.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked) naming the holder; [`Storage`](ErrorKind::Storage) naming what the file systems refuse.
    pub(crate) fn hold(dirs: &Dirs, site: &str) -> Result<Self> {
        let folder = log::folder(dirs, site);
        let mut traces = Traces {
            dirs: dirs.clone(),
            site: site.to_owned(),
            made: Vec::new(),
            named: false,
            process: Process::this(),
        };
        for dir in [&dirs.staging, &dirs.manifests.join(".log"), &folder] {
            no_link(dir)?;
        }
        // A configuration of other names than the dataset's makes no folders.
        dirs.agree()?;
        traces.made.extend(store::create_dir_all(&dirs.staging)?);
        dirs.settle(site, &mut traces.named)?;
        for dir in [&dirs.processed, &dirs.evidence, &folder] {
            traces.made.extend(store::create_dir_all(dir)?);
        }
        sync_parents(&traces.made)?;
        let path = folder.join(LOCK);
        let holder = format!(
            "process {} on {} since {}",
            std::process::id(),
            host(),
            time::now()
        );
        let no_locks = |error: Error| match error.hint_text() {
            Some(_) => error,
            None => error.hint(LOCAL),
        };
        match store::lock(&path, &holder).map_err(no_locks)? {
            Lock::Held(lock) => {
                // Another site's run may have taken the file away before there was a lock to be seen.
                dirs.settle(site, &mut traces.named)?;
                Ok(Self {
                    site: site.to_owned(),
                    traces,
                    _lock: lock,
                })
            }
            Lock::Taken(other) => {
                // The folders, and the file that names them, are the holder's now.
                traces.made.clear();
                traces.named = false;
                Err(locked(site, &other).at(path))
            }
        }
    }

    /// Takes the lock of `site` without probing, and waits for it where that is wanted; `watch` is told of the holder once, and may cancel it
    /// in between.
    ///
    /// # Errors
    /// As [`SiteLock::hold`]; [`Stopped`](ErrorKind::Stopped) where it was cancelled.
    pub(crate) fn queue(
        dirs: &Dirs,
        site: &str,
        when_locked: WhenLocked,
        watch: Watch<'_>,
    ) -> Result<Self> {
        let since = Stopwatch::start();
        let at_most = match when_locked {
            WhenLocked::WaitFor(at_most) => Some(at_most),
            WhenLocked::Fail | WhenLocked::Wait => None,
        };
        let mut told = false;
        loop {
            match Self::hold(dirs, site) {
                Err(error) if error.kind() == ErrorKind::Locked => {
                    if when_locked == WhenLocked::Fail {
                        return Err(error.hint("use --wait to queue, or wait until that run has ended; the lock goes with its process"));
                    }
                    if let Some(at_most) = at_most.filter(|most| since.span() >= *most) {
                        return Err(error.hint(format!("waited for {at_most}; wait for longer, or see what that process does: the lock goes with it")));
                    }
                    if !told {
                        watch.warn(&Warning::Waiting {
                            holder: error.message().to_owned(),
                            at_most,
                        });
                        told = true;
                    }
                    watch.go_on("while waiting for the site's lock")?;
                    time::pause(EVERY);
                }
                result => return result,
            }
        }
    }

    /// Leaves what taking it made for the first time: an attempt waits, whose tasks and commit come later.
    pub(crate) fn leave_traces(&mut self) {
        self.traces.made.clear();
        self.traces.named = false;
    }

    /// The site.
    #[must_use]
    pub(crate) fn site(&self) -> &str {
        &self.site
    }

    /// Finds out whether the directories can keep the promise of the commit, and makes their own names durable: an earlier
    /// run may have been killed after it made one of them and before its fsync.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) naming the capability that the file systems lack.
    pub(crate) fn probe(&self, dirs: &Dirs) -> Result<()> {
        let mut tries = 0;
        loop {
            match self.probe_once(dirs) {
                Err(error) if is_gone(&error) && tries < MOST_TRIES => {
                    tries += 1;
                    for dir in [&dirs.processed, &dirs.evidence, &dirs.staging] {
                        sync_parents(&store::create_dir_all(dir)?)?;
                    }
                }
                result => return result,
            }
        }
    }

    fn probe_once(&self, dirs: &Dirs) -> Result<()> {
        let folder = log::folder(dirs, &self.site);
        sync_up(
            dirs,
            [
                folder.as_path(),
                &dirs.processed,
                &dirs.evidence,
                &dirs.staging,
            ],
        )?;
        if log::numbers(&folder)?.is_empty() {
            // The folders above the dataset may not be ours to open, so that this may fail. Once per dataset is enough: before its first
            // version is committed.
            for above in dirs.root.ancestors().skip(1) {
                let _ = store::fsync_dir(or_here(above));
            }
        }
        let name = format!("{}{}", probe_prefix(&self.site), super::stage::new_id());
        for target in [&dirs.processed, &dirs.evidence] {
            try_out(&[&dirs.staging, target, &folder].map(|dir| dir.join(&name)))?;
        }
        Ok(())
    }
}

/// How often the folders are made anew where another run, which could not take the lock, removes the empty ones that it had made.
const MOST_TRIES: u32 = 16;

fn is_gone(error: &Error) -> bool {
    let io = error.io().map(std::io::Error::kind);
    io == Some(std::io::ErrorKind::NotFound)
}

/// Refuses a folder of ours that is a symbolic link: whoever made the link says what is locked, written and removed then.
pub(super) fn no_link(folder: &Path) -> Result<()> {
    match store::named(folder)? {
        Some(Named::Other) => {
            let message = "expected a folder, found a symbolic link";
            Err(Error::new(ErrorKind::Storage, message)
                .at(folder)
                .hint("remove the link; what it leads to was not touched"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
impl SiteLock {
    /// Makes it the lock of another process.
    pub(super) fn of_another_process_for_test(&mut self) {
        self.traces.process = Process::other_for_test();
        self._lock.of_another_process_for_test();
    }
}

/// The lock's file in the folder of a site's log.
const LOCK: &str = "lock";

/// A run that was the site's first and committed nothing leaves nothing: neither a lock nor an empty folder.
impl Drop for Traces {
    fn drop(&mut self) {
        if !self.process.is_this() {
            return;
        }
        let folder = log::folder(&self.dirs, &self.site);
        let path = folder.join(LOCK);
        let foreign = log::list(&folder).map(|files| files.iter().any(|file| *file != path));
        // Listing takes memory, which may be what the run failed for. A folder that is not empty stays in any case.
        if foreign.unwrap_or(false) {
            return;
        }
        if self.made.contains(&folder) {
            let _ = store::remove_file(&path);
        }
        // Each of these may fail because someone else has put something there; then it stays.
        let remove = |dir: &PathBuf| drop(store::remove_dir(dir));
        let inside = |dir: &&PathBuf| **dir != self.dirs.root && dir.starts_with(&self.dirs.root);
        self.made.iter().rev().filter(inside).for_each(remove);
        if self.named {
            self.dirs.unsettle(&self.site);
        }
        let outside = |dir: &&PathBuf| !inside(dir);
        self.made.iter().rev().filter(outside).for_each(remove);
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
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage).
pub(crate) fn sync_parents(made: &[PathBuf]) -> Result<()> {
    made.iter()
        .filter_map(|dir| dir.parent())
        .try_for_each(|parent| store::fsync_dir(or_here(parent)))
}

/// Makes the names in these directories durable, and in all above them up to the dataset's root. Not only in those that
/// were just created: who created another may have died before this.
pub(super) fn sync_up<'a>(dirs: &Dirs, of: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let within = |dir: &&Path| dir.starts_with(&dirs.root);
    let all: BTreeSet<&Path> = of
        .into_iter()
        .flat_map(|dir| std::iter::once(dir).chain(dir.ancestors().skip(1).take_while(within)))
        .collect();
    // The deepest first: a name is worth nothing before what it names.
    all.into_iter()
        .rev()
        .try_for_each(|dir| store::fsync_dir(or_here(dir)))
}

fn or_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    }
}

/// What the names of a site's probe files begin with.
pub(super) fn probe_prefix(site: &str) -> String {
    format!(".probe-{site}.")
}

/// Does with a probe file what a commit will do with parts and record.
fn try_out(places: &[PathBuf; 3]) -> Result<()> {
    let result = capable(places);
    // All of them are tried, even where one cannot be removed.
    let removed = places.each_ref().map(|path| store::remove_file(path));
    result.and(removed.into_iter().collect())
}

fn capable([staged, moved, linked]: &[PathBuf; 3]) -> Result<()> {
    store::write_all_synced(staged, b"probe\n").map_err(|e| lacking("write", staged, staged, e))?;
    let link = || store::hard_link(staged, linked).map_err(|e| lacking("link", staged, linked, e));
    refuses("link", linked, (link()?, link()?))?;
    let first = store::rename_new(staged, moved).map_err(|e| lacking("move", staged, moved, e))?;
    let again = store::rename_new(linked, moved).map_err(|e| lacking("move", linked, moved, e))?;
    refuses("move", moved, (first, again))?;
    for file in [staged, moved, linked] {
        file.parent()
            .map_or(Ok(()), store::fsync_dir)
            .map_err(|e| {
                let message = format!(
                    "a commit needs directories that can be made durable (fsync): {}",
                    e.message()
                );
                Error::new(ErrorKind::Storage, message)
                    .at(file.parent().unwrap_or(file))
                    .hint(LOCAL)
            })?;
    }
    Ok(())
}

/// Of two who want one name the first has to get it, and the second has to be told.
fn refuses(verb: &str, to: &Path, outcome: (Put, Put)) -> Result<()> {
    if outcome == (Put::Done, Put::Exists) {
        return Ok(());
    }
    let message = format!(
        "a commit needs to {verb} files without replacing; expected the second {verb} to one name to be refused, found it done"
    );
    Err(Error::new(ErrorKind::Storage, message).at(to).hint(LOCAL))
}

const LOCAL: &str = "use a local file system such as ext4, XFS or btrfs";

fn lacking(verb: &str, from: &Path, to: &Path, error: Error) -> Error {
    // A folder that another run took away says nothing of the file system.
    if is_gone(&error) {
        return error;
    }
    let [from, to] = [from, to].map(|path| path.parent().unwrap_or(path).display().to_string());
    let cross =
        error.io().and_then(std::io::Error::raw_os_error) == Some(Errno::XDEV.raw_os_error());
    let full = error.io().is_some_and(|e| {
        matches!(
            e.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        )
    });
    // Links that a file system does not know are not permitted, which is another error than access that is denied.
    let denied =
        error.io().and_then(std::io::Error::raw_os_error) == Some(Errno::ACCESS.raw_os_error());
    let hint = match (cross, full) {
        _ if denied => {
            "change the owner or the mode of the folders, or run this as a user who may write there"
        }
        (true, _) => "put both on one file system; two bind mounts of one file system count as two",
        (_, true) => "make room; `trendgate gc` removes what no version refers to",
        _ => LOCAL,
    };
    let message = format!(
        "a commit has to {verb} files from {from} to {to}, and cannot: {}",
        error.message()
    );
    Error::new(ErrorKind::Storage, message).hint(hint)
}

#[cfg(test)]
mod tests;
