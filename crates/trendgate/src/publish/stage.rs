//! An attempt at a version: everything that is written before the commit, and the way to undo it.
//!
//! Enters: the site and the version that it builds on. Leaves: a folder in staging with a record of whose it is, which
//! `commit` turns into a version. Whatever else happens (an error, [`Attempt::abandon`], a drop), nothing that the attempt
//! made is left. Only what stands in its own list is undone.

use super::commit::SIDE_FILES;
use super::lock::{no_link, sync_parents};
use super::owner::Owner;
use super::recover;
use super::{Dirs, PublicCopy};
use crate::dataset_path::{DatasetPath, FileKind};
use crate::error::{Error, Result};
use crate::kept_source::SourceId;
use crate::process::Process;
use crate::store::{self, Named, Put};
use crate::time::{self, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whose attempt it is: `attempt.json` in its folder. Durable before anything else is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttemptRecord {
    /// Its name; every file that it publishes has it in its own.
    pub attempt: String,
    /// The site.
    pub site_id: String,
    /// The process that makes it.
    #[serde(flatten)]
    pub owner: Owner,
    /// When it began.
    pub started: Instant,
    /// The version that it builds on; 0 for none.
    pub base_version: u64,
    /// Whether it waits for tasks that are done elsewhere: then no process has to live for it to be committed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

/// What an attempt is about to move: `targets.json` in its folder. Durable before the first move.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Whether its version is to have a public name.
    pub(super) copy: PublicCopy,
    /// Where its files go.
    pub(super) targets: Vec<FinalPlace>,
}

/// Where one file of an attempt goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FinalPlace {
    pub(super) folder: Folder,
    pub(super) path: DatasetPath,
}

/// One of the directories that a commit moves files into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Folder {
    Processed,
    Evidence,
    Manifests,
}

impl Folder {
    pub(super) fn of(self, dirs: &Dirs) -> &Path {
        match self {
            Self::Processed => &dirs.processed,
            Self::Evidence => &dirs.evidence,
            Self::Manifests => &dirs.manifests,
        }
    }

    /// What files a commit moves there.
    pub(super) fn holds(self) -> FileKind {
        match self {
            Self::Processed => FileKind::Part,
            Self::Evidence => FileKind::Evidence,
            Self::Manifests => FileKind::Side,
        }
    }
}

impl FinalPlace {
    pub(super) fn resolve(&self, dirs: &Dirs) -> PathBuf {
        self.folder.of(dirs).join(&self.path)
    }
}

/// The name of the record in the attempt's folder.
const RECORD: &str = "attempt.json";
/// The name of the list of what is moved.
const TARGETS: &str = "targets.json";
/// The folder that whoever goes on with an attempt makes in it.
const CLAIMED: &str = "claimed";
/// No record is larger.
const MOST_BYTES: u64 = 1 << 20;
/// What the names of files that are to be kept begin with, in the attempt's folder.
const SOURCE: &str = "source-";

/// One attempt at the next version of a site.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(super) dirs: Dirs,
    pub(super) site: String,
    pub(super) base: u64,
    id: String,
    dir: PathBuf,
    stage: Progressed,
    process: Process,
    /// Whether it waited for its tasks before: until its files are moved, it waits again where it is not committed.
    resumed: bool,
}

/// How far an attempt has come, and with it what has to be undone.
#[derive(Debug)]
enum Progressed {
    /// Nothing is visible; these files and folders stand outside its own folder.
    Hidden {
        files: Vec<PathBuf>,
        folders: Vec<PathBuf>,
    },
    /// At or past the commit point: nothing may be deleted.
    Settled,
}

impl Attempt {
    /// Begins an attempt at the version after `base_version` (0 for a site without one). Whoever begins one should hold
    /// the [`SiteLock`](super::SiteLock).
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage).
    pub(crate) fn begin(dirs: &Dirs, site: &str, base_version: u64) -> Result<Self> {
        no_link(&dirs.staging)?;
        let mut folders = store::create_dir_all(&dirs.staging)?;
        let (id, dir) = own_folder(&dirs.staging, site)?;
        folders.push(dir.clone());
        let attempt = Self::at(dirs, site, base_version, (id, dir));
        attempt.write(RECORD, &attempt.record())?;
        sync_parents(&folders)?;
        tracing::Span::current().record("attempt", attempt.id());
        tracing::debug!(name: "attempt_began", base_version, "an attempt begins");
        Ok(attempt)
    }

    fn at(dirs: &Dirs, site: &str, base: u64, (id, dir): (String, PathBuf)) -> Self {
        Self {
            dirs: dirs.clone(),
            site: site.to_owned(),
            base,
            id,
            dir,
            stage: Progressed::Hidden {
                files: Vec::new(),
                folders: Vec::new(),
            },
            process: Process::this(),
            resumed: false,
        }
    }

    /// Leaves it to whoever [resumes](Self::resume) it when its tasks are done, maybe on another machine. From now on recovery spares it, until
    /// another version is committed or it has waited for too long. Durable on return.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage); it is undone then.
    pub(crate) fn leave_waiting(mut self) -> Result<()> {
        let record = AttemptRecord {
            waits: true,
            ..self.record()
        };
        self.rewrite(&record)?;
        // So that dropping it undoes nothing.
        self.stage = Progressed::Settled;
        Ok(())
    }

    /// The record of an attempt that waits; `None` where there is none that does.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    pub(crate) fn waiting(dirs: &Dirs, site: &str, id: &str) -> Result<Option<AttemptRecord>> {
        let path = Self::folder_of(dirs, site, id).join(RECORD);
        if store::named(&path)?.is_none() {
            return Ok(None);
        }
        let bytes = store::read(&path, MOST_BYTES)?;
        let record: Option<AttemptRecord> = serde_json::from_slice(&bytes).ok();
        Ok(record.filter(|record| record.waits && record.attempt == id))
    }

    /// Takes an attempt that waits; it is this process's from now on, and undone by whatever undoes others. `None` where there is none that waits:
    /// it was committed, or undone. Whoever does so should hold the [`SiteLock`](super::SiteLock).
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where its record cannot be read or written.
    pub(crate) fn resume(dirs: &Dirs, site: &str, id: &str) -> Result<Option<Self>> {
        let Some(record) = Self::waiting(dirs, site, id)? else {
            return Ok(None);
        };
        let dir = Self::folder_of(dirs, site, id);
        // Where locks do not work, this says who goes on with it.
        let is_claimed = store::create_dir(&dir.join(CLAIMED))? == Put::Exists;
        if is_claimed && !store::skipped("check:claimed") {
            return Ok(None);
        }
        let mut attempt = Self::at(dirs, site, record.base_version, (id.to_owned(), dir));
        attempt.resumed = true;
        attempt.rewrite(&attempt.record())?;
        tracing::Span::current().record("attempt", attempt.id());
        Ok(Some(attempt))
    }

    /// Lets it wait again, without what a commit has staged; whether it does: not where the commit began to move files.
    fn wait_again(&mut self) -> Result<bool> {
        if !self.resumed {
            return Ok(false);
        }
        let is_moved = store::named(&self.dir.join(TARGETS))?.is_some();
        if is_moved && !store::skipped("check:moved") {
            return Ok(false);
        }
        for staged in store::list_dir(&self.dir)? {
            let name = staged
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with(SOURCE) || SIDE_FILES.contains(&name) {
                store::remove_file(&staged)?;
            }
        }
        // A crash between the two leaves an attempt of a process that is no more.
        store::remove_dir(&self.dir.join(CLAIMED))?;
        let record = AttemptRecord {
            waits: true,
            ..self.record()
        };
        self.rewrite(&record)?;
        self.stage = Progressed::Settled;
        Ok(true)
    }

    /// The folder of the attempt of this name.
    pub(crate) fn folder_of(dirs: &Dirs, site: &str, id: &str) -> PathBuf {
        dirs.staging.join(format!("{site}.{id}"))
    }

    fn rewrite(&self, record: &AttemptRecord) -> Result<()> {
        store::replace_durably(&self.dir.join(RECORD), &as_json(record)?)
    }

    /// The version that it builds on; 0 for none.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// Makes it the attempt of another process.
    #[cfg(test)]
    pub(crate) fn of_another_process_for_test(&mut self) {
        self.process = Process::other_for_test();
    }

    /// Refuses to go on with it in a fork of the process that began it.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage).
    pub(crate) fn require_own_process(&self) -> Result<()> {
        self.process.require("the attempt at a version")
    }

    /// Its folder in staging, where parts are to be written.
    #[must_use]
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its name, of lower-case letters and digits; names of parts have to contain it.
    #[must_use]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Where a file that is to be kept is packed to, the one of this number; it goes into place at the commit once it is [named](Self::keep).
    #[must_use]
    pub(crate) fn source_draft(&self, number: usize) -> PathBuf {
        self.dir.join(format!("{SOURCE}{number}"))
    }

    /// Takes a file that was packed, and is durable or will be before the commit, for what is known by `id`. Of two the first is taken.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage).
    pub(crate) fn keep(&self, draft: &Path, id: SourceId) -> Result<()> {
        let staged = self.dir.join(format!("{SOURCE}{}", id.file_name()));
        match store::rename_new(draft, &staged)? {
            Put::Done => Ok(()),
            Put::Exists => store::remove_file(draft),
        }
    }

    /// The files that it keeps, where they are staged and where they go.
    pub(super) fn sources(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let staged = store::list_dir(&self.dir)?.into_iter();
        let sources = staged.filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_prefix(SOURCE)?;
            let target = self.dirs.source(&self.site, SourceId::of_file_name(name)?);
            Some((path, target))
        });
        Ok(sources.collect())
    }

    /// Puts what it keeps of a file where it belongs, unless it is there. It is on no list of what to undo: another attempt may have found it
    /// there and name it. What no version names in the end, a collection removes.
    pub(super) fn place_source(&mut self, staged: &Path, target: &Path) -> Result<()> {
        let Progressed::Hidden { folders, .. } = &mut self.stage else {
            return Err(Error::bug("a file is kept after the commit"));
        };
        let made = target
            .parent()
            .map_or(Ok(Vec::new()), store::create_dir_all)?;
        folders.extend(made);
        match store::rename_new(staged, target) {
            Ok(Put::Done | Put::Exists) => Ok(()),
            Err(_) if moved(staged, target) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Undoes it.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where something could not be removed; the attempt's folder then stays, with
    /// the list of what it made.
    pub(crate) fn abandon(mut self) -> Result<()> {
        self.resumed = false;
        self.require_own_process()?;
        self.undo()
    }

    fn record(&self) -> AttemptRecord {
        AttemptRecord {
            attempt: self.id.clone(),
            site_id: self.site.clone(),
            owner: Owner::this(),
            started: time::now(),
            base_version: self.base,
            waits: false,
        }
    }

    /// Makes the list of the files that are about to be moved durable: from it, someone else can undo the attempt. A list
    /// that is torn was never acted upon.
    pub(super) fn announce(&self, list: &List) -> Result<()> {
        self.write(TARGETS, list)
    }

    fn write(&self, name: &str, what: &impl Serialize) -> Result<()> {
        store::write_all_synced(&self.dir.join(name), &as_json(what)?)?;
        store::fsync_dir(&self.dir)
    }

    /// Moves one staged file to its final place; whatever that makes is on the list of what to undo.
    pub(super) fn place(&mut self, staged: &Path, target: &Path) -> Result<()> {
        let Progressed::Hidden { files, folders } = &mut self.stage else {
            return Err(Error::bug("a file is placed after the commit"));
        };
        let made = target
            .parent()
            .map_or(Ok(Vec::new()), store::create_dir_all)?;
        folders.extend(made);
        match store::rename_new(staged, target) {
            Ok(Put::Done) => files.push(target.to_owned()),
            // A network file system repeats a request whose answer was lost: where the file went decides.
            _ if moved(staged, target) => files.push(target.to_owned()),
            Ok(Put::Exists) => return Err(taken(target)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// From here on nothing is deleted.
    pub(super) fn settle(&mut self) {
        self.stage = Progressed::Settled;
    }

    /// Removes the attempt's folder after the commit.
    pub(super) fn clean_up(&self) -> Result<()> {
        recover::remove_attempt(&self.dir)
    }

    /// Removes what it made outside its folder, then the folder with the list: in this order, so that the list is there
    /// for as long as anything on it is.
    pub(super) fn undo(&mut self) -> Result<()> {
        let Progressed::Hidden { files, folders } = &mut self.stage else {
            return Ok(());
        };
        // Before anything of it goes, so that none of its tasks meets a part of it. On a disk that is full a longer name may be refused.
        if let Ok(Some(fenced)) = recover::rename_fenced(&self.dir) {
            self.dir = fenced;
        }
        for file in files.iter() {
            store::remove_file(file)?;
        }
        // Their removal has to be durable before the list that names them is removed.
        let parents: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        parents.into_iter().try_for_each(store::fsync_dir)?;
        for folder in folders.iter().rev() {
            // Another attempt may have put something there since.
            let _ = store::remove_dir(folder);
        }
        files.clear();
        folders.clear();
        store::remove_tree(&self.dir)?;
        self.stage = Progressed::Settled;
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.process.is_this() {
            return;
        }
        if matches!(self.stage, Progressed::Hidden { .. }) && self.wait_again().unwrap_or(false) {
            return;
        }
        if let Err(error) = self.undo() {
            tracing::warn!(name: "attempt_not_undone", %error, attempt = self.id, "an attempt could not be undone");
        }
    }
}

fn as_json(what: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(what).map_err(|e| {
        Error::bug(format!(
            "cannot write the record of an attempt as JSON: {e}"
        ))
    })
}

fn moved(staged: &Path, target: &Path) -> bool {
    matches!(store::named(staged), Ok(None))
        && matches!(store::named(target), Ok(Some(Named::File(_))))
}

fn taken(target: &Path) -> Error {
    Error::new(crate::ErrorKind::Storage, "expected no file of this name, found one")
        .at(target)
        .hint("it belongs to no attempt of this run; `trendgate verify` says whether it belongs to the dataset")
}

fn own_folder(staging: &Path, site: &str) -> Result<(String, PathBuf)> {
    loop {
        let id = new_id();
        let dir = staging.join(format!("{site}.{id}"));
        if store::create_dir(&dir)? == Put::Done {
            return Ok((id, dir));
        }
    }
}

/// A name that no other attempt has: time, process and a count, in hexadecimal. Two machines that share the directory
/// could still meet in one, so the folder of that name settles it.
pub(super) fn new_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{:016x}{:06x}{:02x}",
        time::now().nanos(),
        std::process::id(),
        count % 256
    )
}
