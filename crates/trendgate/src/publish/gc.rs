//! What no version refers to, and what only expired versions do → removed.
//!
//! Enters: a site whose lock is held, a grace period, a retention. Leaves: a list of what went, or would go, each with its
//! reason. Three kinds of file go:
//!
//! - *unreferenced*: a part, an evidence file, a list of inputs or of details, a kept source by its name, in the site's folders, that no record of the log
//!   names and that is older than the grace period. An attempt that is still in staging keeps its files: that is recovery's.
//! - *kept long enough*: what is kept of files that reports were read from, as `sources` says; the versions that name it are marked first.
//! - *replaced*: a part that a later version replaced more than the retention ago, with its evidence. The versions in which
//!   it was live are marked as expired first, durably: their readers are told so, and do not come upon a missing file. So do the details of a version
//!   that another one followed more than the retention ago, behind a mark of their own. What a version with a tag refers to stays.
//!
//! The logs for people beside the manifests lose what is older than the retention, as `logs` says.
//!
//! Refused: a site whose log is damaged, because a record that cannot be read may name anything. Never followed: symbolic
//! links, also those that someone puts on the way to a file meanwhile. Nothing that the last version, or one within the retention, refers to is touched. Safe to be ended at any point.

mod collection;
mod compact;
mod logs;
mod sources;

pub use collection::{Collection, Records};
pub use compact::Compacted;
pub use logs::TrimmedLog;
pub use sources::KeptSum;

use super::expiry::{ToMark, expire, expired_since, is_pruned, is_unkept};
use super::log::base::BaseRecord;
use super::log::{self, History, Version};
use super::manifest::{DETAILS_END, INPUTS_END};
use super::recover::remove_empty;
use super::tags;
use super::{Dirs, FileEntry, Manifest, SiteLock};
use crate::error::{Error, Result};
use crate::escape::escaped;
use crate::path_bytes::as_text;
use crate::store::{self, Named, Stamp};
use crate::time::{DAY, Instant, Span, Stopwatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// How old files are before they go that no version refers to, unless it is said otherwise.
pub(crate) const GRACE: Span = DAY.times(3);
/// How long what was replaced stays, unless it is said otherwise.
pub(crate) const RETENTION: Span = DAY.times(7);

/// When what is past the retention is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CollectWhen {
    /// By `trendgate gc`.
    #[default]
    ByHand,
    /// At the end of every run that succeeds, too.
    AfterRun,
}

/// Why a file goes, or a version expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "reason")]
#[non_exhaustive]
pub enum Reason {
    /// No version refers to it.
    Unreferenced {
        /// When it was last touched.
        since: Instant,
    },
    /// It was replaced longer ago than the retention.
    Replaced {
        /// The version that replaced it.
        by: u64,
        /// When that version was made.
        at: Instant,
    },
    /// It is what was kept of a file that has its content still, or is gone, for as long as the retention.
    PastRetention {
        /// The last version that names it.
        version: u64,
        /// When that was made.
        at: Instant,
    },
    /// It is an error log that was moved aside, and its last line is older than the retention.
    LogPastRetention {
        /// When it was written to last.
        since: Instant,
    },
    /// It has the details of a version that another one followed longer ago than the retention.
    Followed {
        /// The version that followed.
        by: u64,
        /// When that version was made.
        at: Instant,
    },
}

/// A file that went, or would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Removal {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Why it goes.
    #[serde(flatten)]
    pub reason: Reason,
}

/// What a collection did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Collected {
    /// The versions that are marked as expired by it.
    pub expired: Vec<u64>,
    /// The versions that are marked as being without their details by it.
    pub pruned: Vec<u64>,
    /// The versions that are marked by it as naming kept sources that are gone.
    pub unkept: Vec<u64>,
    /// The files.
    pub removed: Vec<Removal>,
    /// The logs for people of which something went.
    pub trimmed: Vec<TrimmedLog>,
    /// What stays of kept sources.
    pub kept: KeptSum,
    /// Unreferenced files that are younger than the grace period, or belong to an attempt in staging.
    pub spared: u64,
}

impl Collected {
    /// The bytes of all files that went.
    ///
    /// ```
    /// assert_eq!(trendgate::details::Collected::default().bytes(), 0);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.removed.iter().map(|removal| removal.bytes).sum()
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_string_lossy();
        write!(f, "{} ({} bytes): ", escaped(&path), self.bytes)?;
        match &self.reason {
            Reason::Unreferenced { since } => {
                write!(f, "no version refers to it, last touched at {since}")
            }
            Reason::PastRetention { version, at } => {
                write!(
                    f,
                    "kept since version {version} of {at}, and its file has no other content"
                )
            }
            Reason::Replaced { by, at } => write!(f, "replaced by version {by} at {at}"),
            Reason::LogPastRetention { since } => {
                write!(f, "an error log that was written to last at {since}")
            }
            Reason::Followed { by, at } => {
                write!(f, "details of a version that version {by} followed at {at}")
            }
        }
    }
}

/// A file that some version refers to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Lived {
    added: u64,
    /// The version that replaced it, and the time at which that took its place.
    replaced: Option<(u64, Instant)>,
    /// Whether it is no more than the details of the version that added it.
    details: bool,
}

/// What the whole log refers to.
#[derive(Debug, Default)]
struct References {
    files: BTreeMap<PathBuf, Lived>,
}

impl Collection {
    /// What there is to do at a site; nothing is written.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the log is; [`Storage`](crate::ErrorKind::Storage) where it or a folder
    /// cannot be read.
    pub(crate) fn look(&self, dirs: &Dirs, site: &str) -> Result<Collected> {
        let history = History::read(dirs, site)?;
        let mut references = References::of(dirs, history.base(), history.versions());
        let kept = sources::named(dirs, &history).map(|path| (path, Lived::default()));
        references.files.extend(kept);
        let mut collected = self.unreferenced(dirs, site, &references)?;
        let (mut expired, mut pruned) = (BTreeSet::new(), BTreeSet::new());
        let tagged = tags::tagged(dirs, site)?;
        for (path, lived) in &references.files {
            let Some((by, at)) = lived.replaced else {
                continue;
            };
            let is_kept = tagged.range(lived.added..by).next().is_some();
            if is_kept || self.now.since(at) < self.retention {
                continue;
            }
            let (top, below) = place(dirs, path)?;
            if let Some(Named::File(stamp)) = store::named_below(top, below)? {
                let reason = match lived.details {
                    true => Reason::Followed { by, at },
                    false => Reason::Replaced { by, at },
                };
                collected.removed.push(removal(path, stamp, reason));
                match lived.details {
                    true => pruned.extend([lived.added]),
                    false => expired.extend(lived.added..by),
                }
            }
        }
        for version in expired {
            if expired_since(dirs, site, version)?.is_none() {
                collected.expired.push(version);
            }
        }
        for version in pruned {
            if !is_pruned(dirs, site, version)? {
                collected.pruned.push(version);
            }
        }
        let sources = self.sources(dirs, &history)?;
        for version in sources.versions {
            if !is_unkept(dirs, site, version)? {
                collected.unkept.push(version);
            }
        }
        collected.removed.extend(sources.removed);
        collected.kept = sources.kept;
        let logs = self.logs(dirs, site)?;
        collected.removed.extend(logs.removed);
        collected.trimmed = logs.trimmed;
        Ok(collected)
    }

    /// Does what there is to do at the site whose lock this is.
    ///
    /// # Errors
    /// As [`Collection::look`]; [`Storage`](crate::ErrorKind::Storage) where something cannot be marked or removed.
    pub(crate) fn run(&self, dirs: &Dirs, lock: &SiteLock) -> Result<Collected> {
        let since = Stopwatch::start();
        let collected = self.look(dirs, lock.site())?;
        let loose = |removal: &&Removal| {
            matches!(
                removal.reason,
                Reason::Unreferenced { .. } | Reason::LogPastRetention { .. }
            )
        };
        let (loose, marked): (Vec<_>, Vec<_>) = collected.removed.iter().partition(loose);
        // What goes because of the log must not survive a power loss that the log does not: whoever wrote last may have been killed before its name
        // was durable.
        if !loose.is_empty() {
            store::fsync_dir(&log::folder(dirs, lock.site()))?;
        }
        // What needs no mark goes first: on a full disk it makes the room for the marks.
        remove(dirs, &loose)?;
        let Collected {
            expired,
            pruned,
            unkept,
            ..
        } = &collected;
        let marks = ToMark {
            expired,
            pruned,
            unkept,
        };
        expire(dirs, lock.site(), marks)?;
        remove(dirs, &marked)?;
        self.trim(&collected.trimmed)?;
        tracing::info!(
            name: "collected",
            files = collected.removed.len(),
            bytes = collected.bytes(),
            expired = expired.len(),
            spared = collected.spared,
            seconds = since.elapsed().as_secs_f64(),
            "what no version needs is removed"
        );
        Ok(collected)
    }

    fn unreferenced(&self, dirs: &Dirs, site: &str, known: &References) -> Result<Collected> {
        let mut collected = Collected::default();
        let at_work = attempts(dirs)?;
        for (path, stamp) in candidates(dirs, site)? {
            if known.files.contains_key(&path) {
                continue;
            }
            let since = stamp.mtime.max(stamp.ctime);
            let name = path.to_string_lossy().into_owned();
            if self.now.since(since) < self.grace
                || at_work.iter().any(|attempt| name.contains(attempt))
            {
                collected.spared += 1;
                continue;
            }
            let reason = Reason::Unreferenced { since };
            collected.removed.push(removal(&path, stamp, reason));
        }
        Ok(collected)
    }
}

fn removal(path: &Path, stamp: Stamp, reason: Reason) -> Removal {
    Removal {
        path: path.to_owned(),
        bytes: stamp.bytes,
        reason,
    }
}

impl References {
    fn of(dirs: &Dirs, base: Option<&BaseRecord>, versions: &[Version]) -> Self {
        let mut references = Self::default();
        // A clock that once went back must not make what is young look old.
        let mut latest = Instant::MIN;
        if let Some(base) = base {
            // The mark of its version speaks of all of it.
            latest = base.created_at;
            let parts = base.parts().map(|part| dirs.processed.join(&part.path));
            let evidence = base.evidence().map(|file| dirs.evidence.join(&file.path));
            let lived = Lived {
                added: base.version,
                ..Lived::default()
            };
            references
                .files
                .extend(parts.chain(evidence).map(|path| (path, lived)));
        }
        // The details of the version before.
        let mut details: Option<&FileEntry> = None;
        for Version {
            number, manifest, ..
        } in versions
        {
            latest = latest.max(manifest.created_at);
            let parts = manifest.replaces.iter();
            let evidence = manifest.replaces_evidence.iter();
            let parts = parts.map(|path| dirs.processed.join(path));
            for path in parts.chain(evidence.map(|path| dirs.evidence.join(path))) {
                references.replace(&path, (*number, latest));
            }
            if let Some(details) = std::mem::replace(&mut details, manifest.details_file.as_ref()) {
                references.replace(&dirs.manifests.join(&details.path), (*number, latest));
            }
            references.add(dirs, *number, manifest);
        }
        references
    }

    fn add(&mut self, dirs: &Dirs, version: u64, manifest: &Manifest) {
        let parts = manifest
            .files
            .iter()
            .map(|part| dirs.processed.join(&part.path));
        let evidence = manifest.evidence_files.iter();
        let evidence = evidence.map(|file| dirs.evidence.join(&file.path));
        let beside = |file: &FileEntry| dirs.manifests.join(&file.path);
        let lived = |details| Lived {
            added: version,
            replaced: None,
            details,
        };
        let stay = parts
            .chain(evidence)
            .chain(manifest.inputs_file.iter().map(beside));
        let details = manifest.details_file.iter().map(beside);
        self.files.extend(stay.map(|path| (path, lived(false))));
        self.files.extend(details.map(|path| (path, lived(true))));
    }

    fn replace(&mut self, path: &Path, by: (u64, Instant)) {
        if let Some(lived) = self.files.get_mut(path) {
            lived.replaced = lived.replaced.or(Some(by));
        }
    }
}

/// The files of a site that a commit may have made, by their names.
fn candidates(dirs: &Dirs, site: &str) -> Result<Vec<(PathBuf, Stamp)>> {
    let mut found = Vec::new();
    for (top, prefix) in [(&dirs.processed, "part-"), (&dirs.evidence, "evidence-")] {
        let is_ours = |name: &str| name.starts_with(prefix) && name.ends_with(".parquet");
        walk(&top.join(site), &is_ours, &mut found)?;
    }
    walk(&dirs.sources.join(site), &sources::is_source, &mut found)?;
    for path in log::list(&dirs.manifests)? {
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| is_beside_a_record(name, site))
            && let Some(Named::File(stamp)) = store::named(&path)?
        {
            found.push((path, stamp));
        }
    }
    Ok(found)
}

/// Whether this is the name of what stands beside a record of this very site: `inputs-{site}-{batch}-{attempt}.jsonl.zst`,
/// `details-{site}-{batch}-{attempt}.json.zst`, or the list of an earlier program, which is not compressed.
fn is_beside_a_record(name: &str, site: &str) -> bool {
    const BATCH: usize = 36;
    let forms = [
        ("inputs-", INPUTS_END),
        ("inputs-", ".jsonl"),
        ("details-", DETAILS_END),
    ];
    let mut forms = forms.into_iter();
    let rest = forms.find_map(|(start, end)| name.strip_prefix(start)?.strip_suffix(end));
    let rest = rest.and_then(|name| name.strip_prefix(site)?.strip_prefix('-'));
    rest.is_some_and(|rest| {
        let attempt = rest.get(BATCH..).and_then(|rest| rest.strip_prefix('-'));
        attempt.is_some_and(|attempt| attempt.len() >= 24 && !attempt.contains('-'))
    })
}

fn walk(
    folder: &Path,
    is_ours: &dyn Fn(&str) -> bool,
    found: &mut Vec<(PathBuf, Stamp)>,
) -> Result<()> {
    if store::named(folder)? != Some(Named::Folder) {
        return Ok(());
    }
    for path in store::list_dir(folder)? {
        match store::named(&path)? {
            Some(Named::Folder) => walk(&path, is_ours, found)?,
            Some(Named::File(stamp)) => {
                let name = path.file_name().and_then(|name| name.to_str());
                if name.is_some_and(is_ours) {
                    found.push((path, stamp));
                }
            }
            Some(Named::Other) | None => {}
        }
    }
    Ok(())
}

/// The attempts that have a folder in staging.
fn attempts(dirs: &Dirs) -> Result<Vec<String>> {
    let names = log::list(&dirs.staging)?;
    let attempt = |path: PathBuf| super::recover::attempt_of(&path);
    Ok(names.into_iter().filter_map(attempt).collect())
}

/// The folder of the dataset that a file is below, and the way from there.
fn place<'a>(dirs: &'a Dirs, path: &'a Path) -> Result<(&'a Path, &'a Path)> {
    let tops = [
        &dirs.processed,
        &dirs.evidence,
        &dirs.manifests,
        &dirs.sources,
    ];
    tops.into_iter()
        .find_map(|top| Some((top.as_path(), path.strip_prefix(top).ok()?)))
        .ok_or_else(|| {
            Error::bug("a file that is in no folder of the dataset is collected").at(path)
        })
}

/// Removes files, makes that durable, and removes the folders that are empty then.
fn remove(dirs: &Dirs, files: &[&Removal]) -> Result<()> {
    let mut folders = BTreeSet::new();
    for removal in files {
        let (top, below) = place(dirs, &removal.path)?;
        store::remove_file_below(top, below)?;
        tracing::debug!(name: "file_removed", "{removal}");
        folders.extend(removal.path.parent());
    }
    for folder in folders {
        store::fsync_dir(folder)?;
        remove_empty(dirs, folder);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
