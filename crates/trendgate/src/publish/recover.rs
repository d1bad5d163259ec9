//! What a crash left → finished or undone.
//!
//! Enters: a site whose lock is held. Leaves: a list of [`Deed`]s, each with its reason. A version without its public name
//! gets it; an attempt whose owner is no more is undone by its own list, unless the log names its files: then its version
//! was committed, and only its folder goes. Probe files go. Nothing else is touched. Refused, by leaving it alone and saying
//! why: an attempt of a process that lives, of another machine (unless it is asked for), or at a site whose log is damaged.
//!
//! ```text
//! folder renamed to .undo ▸ log read ─┬─ names a file of it ▸ folder removed
//! (its owner cannot commit any more)  └─ names none ▸ listed files removed ▸ directories durable ▸ folder removed
//! ```
//!
//! The commit links a file *in* the attempt's folder. So the rename comes first: even an owner that was wrongly taken for dead
//! fails then, and never commits what is being removed. Whatever step a crash ends this at, the next recovery goes on.

use super::log;
use super::owner::{Fate, Owner};
use super::public::{self, PublicCopy, public_path};
use super::stage::{AttemptRecord, FinalPlace, Folder, List};
use super::{Dirs, Manifest, SiteLock, read_record};
use crate::dataset_path::DatasetPath;
use crate::error::{Error, Result};
use crate::escape::escaped;
use crate::model::SiteId;
use crate::path_bytes::as_text;
use crate::store::{self, Named, Put};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// What is done with attempts that are, or were, another machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They are left alone.
    Spare,
    /// They are undone: someone has made sure that nothing runs there.
    Undo,
}

/// One thing that recovery does, or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A committed version gets its public name.
    NameVersion,
    /// What an attempt made is removed.
    Undo,
    /// The folder of an attempt whose version is committed is removed.
    CleanUp,
    /// A probe file is removed.
    RemoveProbe,
    /// Nothing is done.
    Leave,
}

/// What recovery did, or would do, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deed {
    /// What.
    pub act: Act,
    /// To what.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

impl Deed {
    fn new(act: Act, path: &Path, why: impl Into<String>) -> Self {
        Self {
            act,
            path: path.to_owned(),
            why: why.into(),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = match self.act {
            Act::NameVersion => "public name made",
            Act::Undo => "attempt undone",
            Act::CleanUp => "staging cleaned up",
            Act::RemoveProbe => "probe file removed",
            Act::Leave => "left alone",
        };
        let path = self.path.to_string_lossy();
        write!(f, "{act}: {}: {}", escaped(&path), escaped(&self.why))
    }
}

/// Which versions are looked at for their public name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptNames {
    /// The last one: only that can lack its name because of a crash.
    Last,
    /// All.
    All,
}

/// How a site is to be recovered.
#[derive(Debug, Clone, Copy)]
pub struct Recovery {
    /// Whether versions have public names.
    pub copy: PublicCopy,
    /// Which of them are looked at.
    pub names: AttemptNames,
    /// What is done with attempts of other machines.
    pub others: Others,
}

/// The sites that have a log, be it an empty one, or something in staging, sorted.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the folders cannot be listed.
pub fn sites_to_recover(dirs: &Dirs) -> Result<Vec<String>> {
    let logs = log::list(&dirs.manifests.join(".log"))?;
    let mut sites: BTreeSet<String> = logs
        .iter()
        .filter_map(|log| name_of(log).map(ToOwned::to_owned))
        .collect();
    for path in log::list(&dirs.staging)? {
        let name = name_of(&path).map(|name| {
            let drafts = name.strip_prefix(".trendgate-");
            drafts.or(name.strip_prefix(".probe-")).unwrap_or(name)
        });
        sites.extend(name.and_then(parse).map(|name| name.site.to_owned()));
    }
    // A folder by any other name is not ours.
    sites.retain(|site| SiteId::new(site).is_ok());
    Ok(sites.into_iter().collect())
}

/// Whether an attempt at this version has a folder in staging, of an owner that may be at work: then what the version lacks may be about
/// to be made. For those who do not hold the lock.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where staging cannot be listed.
pub(crate) fn is_being_committed(dirs: &Dirs, site: &str, version: u64) -> Result<bool> {
    let here = Owner::this();
    for path in log::list(&dirs.staging)? {
        let of_site = name_of(&path)
            .and_then(parse)
            .is_some_and(|name| name.site == site);
        let record: Option<AttemptRecord> = match of_site {
            true => json_in(&path.join("attempt.json"), &mut None),
            false => None,
        };
        if record.is_some_and(|it| it.base_version + 1 == version && it.owner.may_live(&here)) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Recovery {
    /// What there is to do at a site; nothing is written.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where log or staging cannot be read.
    pub fn look(&self, dirs: &Dirs, site: &str) -> Result<Vec<Deed>> {
        let mut deeds = self.unnamed(dirs, site)?;
        let here = Owner::this();
        for path in log::list(&dirs.staging)? {
            let Some(entry) = name_of(&path).and_then(parse) else {
                continue;
            };
            if entry.site == site && store::named(&path)? == Some(Named::Folder) {
                deeds.push(self.judge(dirs, &Left::read(&path, &entry), &here)?);
            }
        }
        deeds.extend(probes(dirs, site)?);
        Ok(deeds)
    }

    /// Does what there is to do at the site whose lock this is. Doing it again does nothing more.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) naming what could not be removed or made;
    /// [`Damaged`](crate::ErrorKind::Damaged) where a version's public name is taken by something else.
    pub fn run(&self, dirs: &Dirs, lock: &SiteLock) -> Result<Vec<Deed>> {
        let mut done = self.look(dirs, lock.site())?;
        // Whoever committed may have died before this: what recovery builds on a version must not outlive it.
        if done
            .iter()
            .any(|deed| matches!(deed.act, Act::NameVersion | Act::CleanUp))
        {
            store::fsync_dir(&log::folder(dirs, lock.site()))?;
        }
        for deed in &mut done {
            match deed.act {
                Act::NameVersion => name_version(dirs, lock.site(), |_, manifest| {
                    public_path(dirs, manifest) == deed.path
                })?,
                Act::Undo | Act::CleanUp => *deed = settle(dirs, deed)?,
                Act::RemoveProbe => store::remove_file(&deed.path)?,
                Act::Leave => {}
            }
        }
        Ok(done)
    }

    fn unnamed(&self, dirs: &Dirs, site: &str) -> Result<Vec<Deed>> {
        let mut records = match self.copy {
            PublicCopy::Write => log::records(dirs, site)?,
            PublicCopy::Suppress => Vec::new(),
        };
        if self.names == AttemptNames::Last {
            records.drain(..records.len().saturating_sub(1));
        }
        let mut deeds = Vec::new();
        for (number, record) in records {
            // A damaged record has no public name that could be known; whoever reads the log says so.
            let Ok(manifest) = read_record(&record) else {
                continue;
            };
            let public = public_path(dirs, &manifest);
            if store::named(&public)?.is_none() {
                let why = format!("version {number} is committed and had none");
                deeds.push(Deed::new(Act::NameVersion, &public, why));
            }
        }
        Ok(deeds)
    }

    fn judge(&self, dirs: &Dirs, left: &Left, here: &Owner) -> Result<Deed> {
        let leave = |why: String| Ok(Deed::new(Act::Leave, &left.folder, why));
        if let Some(error) = &left.wrong {
            return leave(error.clone());
        }
        let named = match left.committed_as(dirs)? {
            Ok(named) => named,
            Err(damage) => {
                return leave(format!(
                    "the log is damaged, and may name the attempt's files: {damage}"
                ));
            }
        };
        let owner = match (&left.record, left.fenced) {
            (_, true) => "an earlier recovery began to undo it".to_owned(),
            (None, false) => "its record was never finished".to_owned(),
            (Some(record), false) => {
                let owner = format!("process {} on {}", record.owner.pid, record.owner.host);
                match (record.owner.fate(here), self.others) {
                    (Fate::Alive, _) => return leave(format!("{owner} is at work on it")),
                    (Fate::Elsewhere, Others::Spare) => {
                        return leave(format!(
                            "it belongs to {owner}, which cannot be asked from here; if nothing runs there, use --force"
                        ));
                    }
                    (Fate::Elsewhere, Others::Undo) => {
                        format!("--force, though {owner} was not asked")
                    }
                    (Fate::Dead, _) => {
                        format!("{owner}, which began it at {}, is no more", record.started)
                    }
                }
            }
        };
        Ok(match named {
            Some(version) => {
                let why = format!("version {version} is committed; {owner}");
                Deed::new(Act::CleanUp, &left.folder, why)
            }
            None => {
                let files = left.targets.len();
                let why =
                    format!("nothing of it was committed ({files} files on its list); {owner}");
                Deed::new(Act::Undo, &left.folder, why)
            }
        })
    }
}

/// The name of a folder in staging: `{site}.{attempt}`, and `.undo` where it is being undone.
struct StagingName<'a> {
    site: &'a str,
    attempt: &'a str,
    fenced: bool,
}

const FENCE: &str = ".undo";

fn parse(name: &str) -> Option<StagingName<'_>> {
    let (name, fenced) = match name.strip_suffix(FENCE) {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (site, attempt) = name.rsplit_once('.')?;
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (!site.is_empty() && attempt.len() >= 24 && attempt.bytes().all(hex)).then_some(StagingName {
        site,
        attempt,
        fenced,
    })
}

/// The attempt that a folder in staging belongs to.
pub(super) fn attempt_of(folder: &Path) -> Option<String> {
    name_of(folder)
        .and_then(parse)
        .map(|name| name.attempt.to_owned())
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// What is left of an attempt.
struct Left {
    folder: PathBuf,
    site: String,
    fenced: bool,
    /// `None` where it is missing or torn: nothing was moved then, or all of it is known from the list.
    record: Option<AttemptRecord>,
    /// Empty where the list is missing or torn: the list is durable before the first move.
    targets: Vec<FinalPlace>,
    /// Whether its version is to have a public name.
    copy: PublicCopy,
    /// Why the list is not to be trusted.
    wrong: Option<String>,
}

/// No record and no list of an attempt is larger.
const MOST_BYTES: u64 = 256 << 20;

impl Left {
    fn read(folder: &Path, name: &StagingName<'_>) -> Self {
        let mut wrong = None;
        let record = json_in(&folder.join("attempt.json"), &mut wrong);
        let List { copy, targets } =
            list_in(&folder.join("targets.json"), &mut wrong).unwrap_or_default();
        let strange = targets
            .iter()
            .find(|target| !belongs(target, name.site, name.attempt));
        if let Some(target) = strange {
            wrong = Some(format!(
                "its list names {}, which is no file of it",
                target.path
            ));
        }
        Self {
            folder: folder.to_owned(),
            site: name.site.to_owned(),
            fenced: name.fenced,
            record,
            targets,
            copy,
            wrong,
        }
    }

    /// The version whose record names a file of the attempt; or, where a record that could cannot be read, why not.
    fn committed_as(&self, dirs: &Dirs) -> Result<std::result::Result<Option<u64>, Error>> {
        let ours: BTreeSet<(Folder, &DatasetPath)> = self
            .targets
            .iter()
            .map(|target| (target.folder, &target.path))
            .collect();
        let base = self.record.as_ref().map_or(0, |record| record.base_version);
        let mut damage = None;
        if ours.is_empty() {
            return Ok(Ok(None));
        }
        for number in log::numbers(&log::folder(dirs, &self.site))? {
            if number <= base {
                continue;
            }
            match read_record(&log::record_path(dirs, &self.site, number)) {
                Ok(manifest) if names(&manifest, &ours) => return Ok(Ok(Some(number))),
                Ok(_) => {}
                Err(error) => damage = Some(error),
            }
        }
        Ok(damage.map_or(Ok(None), Err))
    }
}

/// What a file of an attempt says; `None` where it is missing or torn. That it cannot be read is something else: it is `wrong`.
fn json_in<T: serde::de::DeserializeOwned>(path: &Path, wrong: &mut Option<String>) -> Option<T> {
    serde_json::from_slice(&bytes_in(path, wrong)?).ok()
}

/// The list of an attempt. One that is whole JSON and names what is no file of a dataset is `wrong`, not torn.
fn list_in(path: &Path, wrong: &mut Option<String>) -> Option<List> {
    let list = serde_json::from_slice(&bytes_in(path, wrong)?);
    let strange = list.as_ref().err().filter(|error| error.is_data());
    if let Some(error) = strange {
        *wrong = Some(format!("its list is not one: {error}"));
    }
    list.ok()
}

fn bytes_in(path: &Path, wrong: &mut Option<String>) -> Option<Vec<u8>> {
    let bytes = match store::named(path) {
        Ok(None) => return None,
        Ok(Some(_)) => store::read(path, MOST_BYTES),
        Err(error) => Err(error),
    };
    bytes.map_err(|error| *wrong = Some(error.to_string())).ok()
}

fn names(manifest: &Manifest, files: &BTreeSet<(Folder, &DatasetPath)>) -> bool {
    let has = |folder, path| files.contains(&(folder, path));
    let Manifest {
        output_files,
        evidence_files,
        ..
    } = manifest;
    output_files.iter().any(|path| has(Folder::Processed, path))
        || evidence_files
            .iter()
            .any(|file| has(Folder::Evidence, &file.path))
        || manifest
            .side_files()
            .any(|file| has(Folder::Manifests, &file.path))
}

/// Whether a target can be one of this attempt at this site: only then may it be removed.
fn belongs(target: &FinalPlace, site: &str, attempt: &str) -> bool {
    target.path.is_of(target.folder.holds(), site) && target.path.as_str().contains(attempt)
}

/// Gives the version that is the right one its public name; the last is looked at first.
fn name_version(dirs: &Dirs, site: &str, is_it: impl Fn(u64, &Manifest) -> bool) -> Result<()> {
    for (number, record) in log::records(dirs, site)?.into_iter().rev() {
        match read_record(&record) {
            Ok(manifest) if is_it(number, &manifest) => {
                return public::publish(dirs, &record, &manifest).map(drop);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Undoes an attempt, or cleans up after it, whichever the log says once its owner cannot commit any more.
fn settle(dirs: &Dirs, deed: &Deed) -> Result<Deed> {
    let Some(folder) = fence(&deed.path)? else {
        return Ok(Deed::new(
            Act::Leave,
            &deed.path,
            "it is gone in the meantime",
        ));
    };
    let name = name_of(&folder).and_then(parse);
    let name = name.ok_or_else(|| Error::bug("a folder of no attempt is undone").at(&folder))?;
    let left = Left::read(&folder, &name);
    // What cannot be read now could be read a moment ago: the folder stays, and with it the list.
    if let Some(wrong) = left.wrong {
        return Ok(Deed::new(Act::Leave, &folder, wrong));
    }
    let act = match left.committed_as(dirs)? {
        Ok(None) => {
            take_back(dirs, &left)?;
            Act::Undo
        }
        Ok(Some(version)) => {
            if left.copy == PublicCopy::Write {
                name_version(dirs, &left.site, |number, _| number == version)?;
            }
            Act::CleanUp
        }
        Err(damage) => {
            let why = format!("the log is damaged, and may name the attempt's files: {damage}");
            return Ok(Deed::new(Act::Leave, &folder, why));
        }
    };
    store::remove_tree(&folder)?;
    store::fsync_dir(&dirs.staging)?;
    Ok(Deed {
        act,
        ..deed.clone()
    })
}

/// Takes the folder's name away from its owner; `None` where there is no folder.
fn fence(folder: &Path) -> Result<Option<PathBuf>> {
    let Some(name) = name_of(folder).filter(|name| !name.ends_with(FENCE)) else {
        return Ok(Some(folder.to_owned()));
    };
    let fenced = folder.with_file_name(format!("{name}{FENCE}"));
    if store::named(folder)?.is_none() {
        return Ok(None);
    }
    match store::rename_folder(folder, &fenced)? {
        Put::Done => {}
        Put::Exists => {
            return Err(Error::damaged("expected no folder of this name, found one").at(fenced));
        }
    }
    folder.parent().map_or(Ok(()), store::fsync_dir)?;
    Ok(Some(fenced))
}

/// Removes the files on the list, makes that durable, and removes the folders that are empty then.
fn take_back(dirs: &Dirs, left: &Left) -> Result<()> {
    for target in &left.targets {
        store::remove_file_below(target.folder.of(dirs), target.path.as_ref())?;
    }
    let files: Vec<PathBuf> = left
        .targets
        .iter()
        .map(|target| target.resolve(dirs))
        .collect();
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        if store::named(folder)? == Some(Named::Folder) {
            store::fsync_dir(folder)?;
        }
        remove_empty(dirs, folder);
    }
    Ok(())
}

/// Removes a folder of a site and those above it, as far as they are empty.
pub(super) fn remove_empty(dirs: &Dirs, folder: &Path) {
    let tops = [&dirs.processed, &dirs.evidence, &dirs.manifests];
    let below = |dir: &&Path| tops.iter().all(|top| *dir != top.as_path());
    for dir in folder.ancestors().take_while(below) {
        // One that is not empty stays, and so do those above it.
        if store::remove_dir(dir).is_err() {
            return;
        }
    }
}

/// Probe files of the site, and drafts of the file that names the folders, that were left behind. Whoever holds its lock makes the only
/// probe files; who loses a draft finds the file made by someone else.
fn probes(dirs: &Dirs, site: &str) -> Result<Vec<Deed>> {
    let probe = super::lock::probe_prefix(site);
    let draft = super::place::draft_prefix(site);
    let log = log::folder(dirs, site);
    let mut deeds = Vec::new();
    let mut left = |folder: &Path, prefix: &str, why: &str| -> Result<()> {
        for path in log::list(folder)? {
            let id = name_of(&path).and_then(|name| name.strip_prefix(prefix));
            if id.is_some_and(|id| !id.contains('.')) {
                deeds.push(Deed::new(Act::RemoveProbe, &path, why));
            }
        }
        Ok(())
    };
    for folder in [&dirs.staging, &dirs.processed, &dirs.evidence, &log] {
        left(
            folder,
            &probe,
            "a run ended while it probed the file system",
        )?;
    }
    left(
        &dirs.staging,
        &draft,
        "a run ended while it wrote trendgate.json",
    )?;
    Ok(deeds)
}

#[cfg(test)]
mod tests;
