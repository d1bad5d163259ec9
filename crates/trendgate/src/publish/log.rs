//! The log of a site: one record a version, and what they add up to.
//!
//! Enters: `manifests/.log/{site}/{version}.json`, the version in 20 digits from 1 (so that names sort as numbers), or from the one behind the
//! last base record, where versions were compacted. Leaves: a [`History`], every record of which is proven whole. Refuses: a record that is torn, altered, of another site or
//! version, and a number that is missing. Damage is never taken for "no data": [`History::read`] fails and names
//! the file; [`History::salvage`] gives the versions before it along with the error.

mod as_of;
pub(super) mod base;
pub(super) mod checkpoint;
mod fold;
#[cfg(feature = "internals")]
mod for_tests;
mod names;
mod read;

use crate::time::{Instant, MICROSECOND};
pub(crate) use as_of::{FilesAsOf, Later, records_after};
use base::BaseRecord;
pub(super) use base::compacted;
pub(super) use base::draft_prefix;
pub(crate) use base::last_compacted;
pub use fold::ContentVerdict;
#[cfg(test)]
pub(crate) use fold::Known;
pub(crate) use fold::touches;
pub(crate) use fold::{FileFold, KnownReport, KnownSource, LivePart};
#[cfg(feature = "internals")]
pub use for_tests::HistoryQueries;
pub use names::record_path;
pub(super) use names::{any_site, list_of, numbers};
pub(crate) use names::{folder, list, records, sites};
pub(crate) use read::join_details;
pub(super) use read::read_light;
use read::read_version;
pub(super) use read::with_inputs;
pub use read::{read_manifest, read_record};

use super::{Dirs, Manifest};
use crate::error::{Error, Missing, Result};
use crate::text_id::TextId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// No record and no file beside it is larger than this; what is, is not ours.
pub(super) const MOST_BYTES: u64 = 1 << 30;

/// The committed versions of a site, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    site: String,
    versions: Vec<Version>,
    /// Where the fold begins.
    start: Start,
    fold: fold::Fold,
    /// The sizes of the contents that are known.
    sizes: BTreeSet<u64>,
    /// The sizes of those that are known by a digest of earlier programs.
    earlier_sizes: BTreeSet<u64>,
}

/// Where the fold of a history begins.
#[derive(Debug, Clone, PartialEq)]
enum Start {
    /// At the first record.
    First,
    /// Behind the versions that a base record stands for.
    Base(Arc<BaseRecord>),
    /// Behind the version whose checkpoint it goes on from.
    Checkpoint(u64),
}

impl Start {
    /// The last version that is in the fold already.
    fn version(&self) -> u64 {
        match self {
            Self::First => 0,
            Self::Base(base) => base.version,
            Self::Checkpoint(version) => *version,
        }
    }
}

/// One committed version.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Version {
    /// Its number, from 1.
    pub number: u64,
    /// Its record in the log.
    pub record: PathBuf,
    /// What it says.
    pub manifest: Manifest,
}

impl History {
    /// All versions of a site; none where it has no log yet.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) naming the first record that is not what was committed, or that is
    /// missing; [`Storage`](crate::ErrorKind::Storage) where the log cannot be read.
    pub(crate) fn read(dirs: &Dirs, site: &str) -> Result<Self> {
        match Self::salvage(dirs, site)? {
            (history, None) => Ok(history),
            (history, Some(damage)) => {
                let log = folder(dirs, site);
                let is_record = |path: &Path| {
                    path.starts_with(&log) && path.extension().is_some_and(|end| end == "json")
                };
                if damage.path() == Some(&*base::path_of(dirs, site, last_compacted(dirs, site)?)) {
                    let hint = "restore the file from a backup; nothing is read without it";
                    return Err(damage.hint(hint));
                }
                let from = match damage.path().is_some_and(is_record) {
                    true => format!(
                        "the record from its public copy in {}",
                        dirs.manifests.display()
                    ),
                    // Only the record has a second name; the files beside it have none.
                    false => "the file from a backup".to_owned(),
                };
                let last = history.version();
                let hint = format!("restore {from}; versions up to {last} stay readable");
                Err(damage.hint(hint))
            }
        }
    }

    /// The versions of a site before the first damage, and that damage.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot even be listed.
    pub(crate) fn salvage(dirs: &Dirs, site: &str) -> Result<(Self, Option<Error>)> {
        loop {
            let compacted = last_compacted(dirs, site)?;
            let (history, damage) = Self::salvage_behind(dirs, site, compacted)?;
            // What is not there may have been compacted since the log was listed: then it is read anew.
            if damage.is_none() || last_compacted(dirs, site)? <= compacted {
                return Ok((history, damage));
            }
        }
    }

    /// As [`salvage`](Self::salvage), where versions up to `compacted` are a base record.
    fn salvage_behind(dirs: &Dirs, site: &str, compacted: u64) -> Result<(Self, Option<Error>)> {
        let start = match compacted {
            0 => Start::First,
            _ => match BaseRecord::read(dirs, site, compacted) {
                Ok(base) => Start::Base(Arc::new(base)),
                Err(error) => return Ok((Self::of(site, Start::First, Vec::new()), Some(error))),
            },
        };
        let mut versions = Vec::new();
        let mut damage = None;
        let listed = numbers(&folder(dirs, site))?;
        let first = compacted + 1;
        let last = listed.last().copied().unwrap_or(0);
        if compacted > 0 && last < first {
            let message = format!("expected version {first} behind the base record, found none");
            damage = Some(Error::damaged(message).at(record_path(dirs, site, first)));
        }
        for expected in first..=last {
            match read_version(dirs, site, expected, &listed) {
                Ok(version) => versions.push(version),
                Err(error) => {
                    damage = Some(error);
                    break;
                }
            }
        }
        Ok((Self::of(site, start, versions), damage))
    }

    fn of(site: &str, start: Start, versions: Vec<Version>) -> Self {
        let fold = match &start {
            Start::Base(base) => base.fold().clone(),
            Start::First | Start::Checkpoint(_) => fold::Fold::default(),
        };
        Self::going_on(site, fold, start, versions)
    }

    /// The history that goes on from the fold that `start` has, with the versions after it.
    fn going_on(site: &str, mut fold: fold::Fold, start: Start, versions: Vec<Version>) -> Self {
        for version in versions.iter().filter(|v| v.number > start.version()) {
            fold.apply(version.number, &version.manifest);
        }
        Self {
            site: site.to_owned(),
            versions,
            start,
            sizes: fold.sizes(|_| true),
            earlier_sizes: fold.sizes(TextId::is_earlier),
            fold,
        }
    }

    /// The base record that it begins with, where versions were compacted.
    #[must_use]
    pub(crate) fn base(&self) -> Option<&BaseRecord> {
        match &self.start {
            Start::Base(base) => Some(base),
            Start::First | Start::Checkpoint(_) => None,
        }
    }

    /// The last version that was compacted; 0 where none was.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert_eq!(site.history()?.compacted(), 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn compacted(&self) -> u64 {
        self.base().map_or(0, |base| base.version)
    }

    /// What a version says, also one that was compacted and has files in the dataset.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.history()?.manifest_of(1).is_none());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn manifest_of(&self, version: u64) -> Option<&Manifest> {
        let known = self.versions.iter().find(|it| it.number == version);
        let compacted = || self.base()?.manifest_of(version);
        known.map(|it| &it.manifest).or_else(compacted)
    }

    /// Refuses a version that was compacted.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage), with the first version that can be asked for.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.history()?.refuse_compacted(1).is_ok());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn refuse_compacted(&self, version: u64) -> Result<()> {
        match self.compacted() {
            base if (1..=base).contains(&version) => {
                Err(compacted(&self.site, &format!("version {version}"), base))
            }
            _ => Ok(()),
        }
    }

    /// The history as it was when `version` was the last one.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such version, or where it was compacted.
    pub(crate) fn until(&self, version: u64) -> Result<Self> {
        let number = |v: &&Version| v.number <= version;
        self.refuse_compacted(version)?;
        if matches!(self.start, Start::Checkpoint(_)) {
            return Err(Error::bug(
                "a history that goes on from a checkpoint cannot go back",
            ));
        }
        if version == 0 || version > self.version() {
            let message = format!(
                "expected a version from {} to {}, found {version}",
                self.compacted() + 1,
                self.version()
            );
            return Err(Error::missing(Missing::Version, message)
                .hint("`trendgate log` lists the versions"));
        }
        let versions = self.versions.iter().filter(number).cloned().collect();
        Ok(Self::of(&self.site, self.start.clone(), versions))
    }

    /// The history before the versions that were read.
    fn at_start(&self) -> Self {
        Self::of(&self.site, self.start.clone(), Vec::new())
    }

    /// The latest time that a version was made at.
    pub(crate) fn last_made(&self) -> Option<Instant> {
        let last = self.head().map(|head| head.manifest.created_at);
        last.max(self.fold.files.latest())
    }

    /// The files of the dataset.
    fn files(&self) -> &FileFold {
        &self.fold.files
    }

    /// The history as it was at a time: up to the last version that was made by then. A version counts from the microsecond of its
    /// `created_at` on, so that a reader whose clock counts no finer can ask for it by that.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there was none yet, or where it was compacted.
    pub(crate) fn as_of(&self, time: Instant) -> Result<Self> {
        let by_then = |version: &&Version| version.manifest.created_at.floor(MICROSECOND) <= time;
        match self.versions.iter().rfind(by_then) {
            Some(version) => self.until(version.number),
            None if self.compacted() > 0 => {
                let what = format!("the dataset as it was at {time}");
                Err(compacted(&self.site, &what, self.compacted()))
            }
            None => Err(Error::missing(
                Missing::Version,
                format!("{} had no version yet at {time}", self.site),
            )
            .hint("`trendgate log` lists the versions")),
        }
    }

    /// The site.
    #[must_use]
    pub(crate) fn site(&self) -> &str {
        &self.site
    }

    /// The versions that were read, oldest first: all of them that were not compacted, but for a [recent history](crate::Site::recent_history).
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.history()?.versions().is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The last version.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert!(site.history()?.head().is_none());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn head(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The number of the last version; 0 where there is none.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let site = trendgate::Dataset::find(folder.path())?.site("PLANT")?;
    /// assert_eq!(site.history()?.version(), 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self) -> u64 {
        self.head().map_or(0, |head| head.number)
    }
}
