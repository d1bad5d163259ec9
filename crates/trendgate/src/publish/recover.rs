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

mod deed;
mod left;
mod undo;

pub use deed::{Act, Deed};
pub(super) use left::{attempt_of, name_of};
pub(super) use undo::{remove_attempt, remove_empty, rename_fenced};

use super::log;
use super::owner::{Fate, Owner};
use super::public::{PublicCopy, public_path};
use super::stage::AttemptRecord;
use super::{Dirs, SiteLock, read_record};
use crate::error::Result;
use crate::model::SiteId;
use crate::store::{self, Named};
use crate::time::{self, DAY, Span};
use left::{Left, json_in, parse};
use std::collections::BTreeSet;
use std::path::Path;
use undo::{name_version, settle};

/// What is done with attempts that are, or were, another machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Such attempts are left alone.
    Spare,
    /// Such attempts are undone: someone has made sure that nothing runs there.
    Undo,
}

/// Which versions are looked at for their public name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptNames {
    /// The last one: only that can lack its name because of a crash.
    Last,
    /// All of them.
    All,
}

/// How a site is to be recovered.
#[derive(Debug, Clone, Copy)]
pub struct Recovery {
    /// Whether versions have public names.
    pub(crate) copy: PublicCopy,
    /// Which of them are looked at.
    pub(crate) names: AttemptNames,
    /// What is done with attempts of other machines.
    pub(crate) others: Others,
}

/// The sites that have a log, be it an empty one, or something in staging, sorted.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the folders cannot be listed.
pub(crate) fn sites_to_recover(dirs: &Dirs) -> Result<Vec<String>> {
    let logs = log::list(&dirs.manifests.join(".log"))?;
    let mut sites: BTreeSet<String> = logs
        .iter()
        .filter_map(|log| name_of(log).map(ToOwned::to_owned))
        .collect();
    for path in log::list(&dirs.staging)? {
        let name = name_of(&path).map(|name| {
            let drafts = [".trendgate-", ".base-", ".tag-", ".probe-"];
            let mut drafts = drafts.iter().filter_map(|draft| name.strip_prefix(draft));
            drafts.next().unwrap_or(name)
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
    for path in log::list_of(&dirs.staging, &format!("{site}."))? {
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
    pub(crate) fn look(&self, dirs: &Dirs, site: &str) -> Result<Vec<Deed>> {
        self.look_but(dirs, site, None)
    }

    fn look_but(&self, dirs: &Dirs, site: &str, spared: Option<&str>) -> Result<Vec<Deed>> {
        let mut deeds = self.unnamed(dirs, site)?;
        let here = Owner::this();
        for path in log::list_of(&dirs.staging, &format!("{site}."))? {
            let Some(entry) = name_of(&path).and_then(parse) else {
                continue;
            };
            if spared == Some(entry.attempt) && !entry.fenced {
                continue;
            }
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
    pub(crate) fn run(&self, dirs: &Dirs, lock: &SiteLock) -> Result<Vec<Deed>> {
        self.run_except(dirs, lock, None)
    }

    /// As [`run`](Self::run), but for an attempt that whoever recovers is about to go on with.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn run_except(
        &self,
        dirs: &Dirs,
        lock: &SiteLock,
        spared: Option<&str>,
    ) -> Result<Vec<Deed>> {
        let mut done = self.look_but(dirs, lock.site(), spared)?;
        // Whoever committed may have been killed before it made the name of its record durable. What recovery does because of a version
        // must not survive a power loss that the version does not.
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
                Act::Leave | Act::Wait => {}
            }
            tracing::info!(name: "recovered", "{deed}");
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
            (_, true) => "its removal was begun".to_owned(),
            (None, false) => "its record was never finished".to_owned(),
            (Some(record), false) if record.waits && !store::skipped("check:spared") => {
                match self.waiting(dirs, &left.site, record)? {
                    Ok(why) => return Ok(Deed::new(Act::Wait, &left.folder, why)),
                    Err(over) => over,
                }
            }
            (Some(record), false) => {
                let owner = format!("process {} on {}", record.owner.pid, record.owner.host);
                match (record.owner.fate(here), self.others) {
                    (Fate::Alive, _) => return leave(format!("{owner} is at work on it")),
                    (Fate::Elsewhere, Others::Spare) => {
                        return leave(format!(
                            "it belongs to {owner}, which cannot be asked from here; if nothing runs there, use --other-machines"
                        ));
                    }
                    (Fate::Elsewhere, Others::Undo) => {
                        format!("--other-machines, though {owner} was not asked")
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

/// An attempt whose tasks are not done after this time is undone.
const LONGEST_WAIT: Span = DAY.times(7);

impl Recovery {
    /// Why an attempt that waits for its tasks is left to them, or why it is over.
    fn waiting(
        &self,
        dirs: &Dirs,
        site: &str,
        record: &AttemptRecord,
    ) -> Result<std::result::Result<String, String>> {
        let (base, started) = (record.base_version, record.started);
        let folder = log::folder(dirs, site);
        let last = log::numbers(&folder)?.into_iter().max().unwrap_or(0);
        let last = last.max(log::last_compacted(dirs, site)?);
        let planned = format!("it was planned at {started} on version {base}");
        Ok(if last != base {
            Err(format!("{planned}, and version {last} is committed since"))
        } else if time::now() - started > LONGEST_WAIT && !store::skipped("check:overdue") {
            Err(format!(
                "{planned}, and its tasks are not done after {LONGEST_WAIT}"
            ))
        } else if self.others == Others::Undo {
            Err(format!(
                "{planned}; --other-machines, though its tasks may be at work"
            ))
        } else {
            Ok(format!("{planned}, and waits for its tasks"))
        })
    }
}

/// Probe files of the site, and drafts of the file that names the folders, that were left behind. Whoever holds its lock makes the only
/// probe files; who loses a draft finds the file made by someone else.
fn probes(dirs: &Dirs, site: &str) -> Result<Vec<Deed>> {
    let probe = super::lock::probe_prefix(site);
    let draft = super::place::draft_prefix(site);
    let base = log::draft_prefix(site);
    let tag = super::tags::draft_prefix(site);
    let log = log::folder(dirs, site);
    let mut deeds = Vec::new();
    let mut left = |folder: &Path, prefix: &str, why: &str| -> Result<()> {
        for path in log::list_of(folder, prefix)? {
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
    left(
        &dirs.staging,
        &base,
        "a compaction ended while it wrote a base record",
    )?;
    left(&dirs.staging, &tag, "a command ended while it wrote a tag")?;
    Ok(deeds)
}

#[cfg(test)]
mod tests;
