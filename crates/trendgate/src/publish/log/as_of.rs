//! What a reader opens, as of the last version, an earlier one or a time, from as few records as that takes.
//!
//! Enters: a site, and which version is meant. Leaves: its files, and its manifest without what stands beside the record. Read is the last
//! checkpoint of the files at or before the version, and the records from there on; the lists of inputs are not. Refused: a version that is
//! not there or was compacted. Damage to what is not read is not noticed; where something of what is read is wrong, the whole log is read,
//! which says what.

use super::base::{BaseRecord, compacted};
use super::checkpoint::last_within;
use super::fold::FileFold;
use super::{History, Version, folder, last_compacted, numbers, read::read_light, record_path};
use crate::error::Result;
use crate::publish::{Dirs, Manifest};
use crate::time::{Instant, MICROSECOND};
use std::path::PathBuf;

/// The files of a dataset as of one version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FilesAsOf {
    version: u64,
    /// What the version says, without what stands beside its record; nothing where there is none, or where it was compacted.
    manifest: Option<Manifest>,
    files: FileFold,
}

/// Which versions a log has, by the names in it.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    compacted: u64,
    last: u64,
}

impl Numbered {
    /// `None` where a number is missing.
    fn of(dirs: &Dirs, site: &str) -> Result<Option<Self>> {
        let compacted = last_compacted(dirs, site)?;
        let mut numbers = numbers(&folder(dirs, site))?;
        numbers.retain(|number| *number > compacted);
        let whole = (compacted + 1..)
            .zip(&numbers)
            .all(|(expected, found)| expected == *found);
        let last = compacted + numbers.len() as u64;
        Ok((whole && (compacted == 0 || last > compacted)).then_some(Self { compacted, last }))
    }

    /// Whether a version has a record.
    fn has(self, version: u64) -> bool {
        (self.compacted + 1..=self.last).contains(&version)
    }
}

impl FilesAsOf {
    /// As of the last version.
    ///
    /// # Errors
    /// As [`History::read`].
    pub(crate) fn latest(dirs: &Dirs, site: &str) -> Result<Self> {
        match Self::at(dirs, site, |log| Some(log.last)) {
            Ok(Some(found)) => Ok(found),
            _ => Ok(Self::of(&History::read(dirs, site)?)),
        }
    }

    /// As of an earlier version.
    ///
    /// # Errors
    /// As [`History::read`]; [`Usage`](crate::ErrorKind::Usage) where there is no such version, or where it was compacted.
    pub(crate) fn of_version(dirs: &Dirs, site: &str, version: u64) -> Result<Self> {
        let if_there = |log: Numbered| Some(version).filter(|it| log.has(*it));
        match Self::at(dirs, site, if_there) {
            Ok(Some(found)) => Ok(found),
            _ => Ok(Self::of(&History::read(dirs, site)?.until(version)?)),
        }
    }

    /// As of a time: of the last version that was made by then, in whole microseconds.
    ///
    /// # Errors
    /// As [`History::read`]; [`Usage`](crate::ErrorKind::Usage) where there was no version yet, or where it was compacted.
    pub(crate) fn of_time(dirs: &Dirs, site: &str, time: Instant) -> Result<Self> {
        let quick = || -> Result<Option<Self>> {
            let Some(log) = Numbered::of(dirs, site)? else {
                return Ok(None);
            };
            let now = read_from_checkpoint(dirs, site, log, log.last)?;
            // Searched by halves where versions were made one after the other.
            if !now.files.is_in_order() {
                return Ok(None);
            }
            let (mut by_then, mut later) = (log.compacted, log.last + 1);
            while by_then + 1 < later {
                let middle = by_then.midpoint(later);
                let made = match &now.manifest {
                    Some(manifest) if middle == now.version => manifest.created_at,
                    _ => read_light(dirs, site, middle)?.created_at,
                };
                match made.floor(MICROSECOND) <= time {
                    true => by_then = middle,
                    false => later = middle,
                }
            }
            match by_then {
                none if none == log.compacted => Ok(None),
                last if last == now.version => Ok(Some(now)),
                version => read_from_checkpoint(dirs, site, log, version).map(Some),
            }
        };
        match quick() {
            Ok(Some(found)) => Ok(found),
            _ => Ok(Self::of(&History::read(dirs, site)?.as_of(time)?)),
        }
    }

    /// What came after a version, and the files as of the last one.
    ///
    /// # Errors
    /// As [`History::read`]; [`Usage`](crate::ErrorKind::Usage) where there is no such version, or where a later one was compacted.
    pub(crate) fn since(dirs: &Dirs, site: &str, version: u64) -> Result<Later> {
        let quick = || -> Result<Option<Later>> {
            let Some(log) = Numbered::of(dirs, site)?.filter(|log| {
                // All that came after the last version that was compacted is there.
                (log.compacted..=log.last).contains(&version)
            }) else {
                return Ok(None);
            };
            let before = read_from_checkpoint(dirs, site, log, version)?;
            let mut later = Later {
                now: before.clone(),
                before,
                manifests: Vec::new(),
            };
            for number in version + 1..=log.last {
                let manifest = read_light(dirs, site, number)?;
                later.now.files.apply(number, &manifest);
                later.now.version = number;
                later.now.manifest = Some(manifest.clone());
                later.manifests.push(manifest);
            }
            Ok(Some(later))
        };
        if let Ok(Some(later)) = quick() {
            return Ok(later);
        }
        let history = History::read(dirs, site)?;
        let before = match version {
            base if base == history.compacted() => Self::of(&history.at_start()),
            _ => Self::of(&history.until(version)?),
        };
        let later = history.versions().iter().filter(|it| it.number > version);
        Ok(Later {
            before,
            manifests: later.map(|it| it.manifest.clone()).collect(),
            now: Self::of(&history),
        })
    }

    /// As of the version of a log that `choose` says; `None` where a number is missing, or where it says none.
    fn at(
        dirs: &Dirs,
        site: &str,
        choose: impl Fn(Numbered) -> Option<u64>,
    ) -> Result<Option<Self>> {
        let log = Numbered::of(dirs, site)?;
        let chosen = log.and_then(|log| Some((log, choose(log)?)));
        chosen
            .map(|(log, version)| read_from_checkpoint(dirs, site, log, version))
            .transpose()
    }

    /// As of the last version of a history.
    pub(crate) fn of(history: &History) -> Self {
        Self {
            version: history.version(),
            manifest: history.head().map(|head| head.manifest.clone()),
            files: history.files().clone(),
        }
    }

    /// The version; 0 where there is none.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// What the version says, without what stands beside its record.
    pub(crate) fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The files.
    pub(crate) fn files(&self) -> &FileFold {
        &self.files
    }
}

/// What came after a version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Later {
    /// The files as of that version.
    pub(crate) before: FilesAsOf,
    /// The versions after it, without what stands beside their records.
    pub(crate) manifests: Vec<Manifest>,
    /// The files as of the last one.
    pub(crate) now: FilesAsOf,
}

/// The files as of a version that is there, from the last checkpoint of them, from the base record or from the first record.
fn read_from_checkpoint(dirs: &Dirs, site: &str, log: Numbered, version: u64) -> Result<FilesAsOf> {
    let first = log.compacted + 1;
    let mut found = FilesAsOf {
        version: log.compacted,
        manifest: None,
        files: FileFold::default(),
    };
    if let Some(checkpoint) = last_within::<FileFold>(dirs, site, first, version)? {
        found.version = checkpoint.version;
        found.files = checkpoint.fold;
        if checkpoint.version == version {
            found.manifest = Some(read_light(dirs, site, version)?);
        }
    } else if log.compacted > 0 {
        found.files = BaseRecord::read(dirs, site, log.compacted)?.files().clone();
    }
    for number in found.version + 1..=version {
        let manifest = read_light(dirs, site, number)?;
        found.files.apply(number, &manifest);
        (found.version, found.manifest) = (number, Some(manifest));
    }
    Ok(found)
}

/// The records of the versions after one, oldest first.
///
/// # Errors
/// As [`History::read`]; [`Usage`](crate::ErrorKind::Usage) where one of them was compacted.
pub(crate) fn records_after(dirs: &Dirs, site: &str, version: u64) -> Result<Vec<PathBuf>> {
    let Some(log) = Numbered::of(dirs, site)? else {
        let history = History::read(dirs, site)?;
        history.refuse_compacted(version + 1)?;
        let later = |it: &&Version| it.number > version;
        let later = history.versions().iter().filter(later);
        return Ok(later.map(|it| it.record.clone()).collect());
    };
    // Who goes on from an earlier version would miss what was compacted.
    if version < log.compacted {
        let what = format!("version {}", version + 1);
        return Err(compacted(site, &what, log.compacted));
    }
    let later = version + 1..=log.last;
    Ok(later
        .map(|number| record_path(dirs, site, number))
        .collect())
}
