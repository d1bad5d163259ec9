//! The log of a site: one record a version, and what they add up to.
//!
//! Enters: `manifests/.log/{site}/{version}.json`, the version in 20 digits from 1 (so that names sort as numbers). Leaves: a
//! [`History`], every record of which is proven whole. Refuses: a record that is torn, altered, of another site or
//! version, and a number that is missing. Damage is never taken for "no data": [`History::read`] fails and names
//! the file; [`History::salvage`] gives the versions before it along with the error.

mod checkpoint;
mod fold;

use crate::time::{Instant, MILLISECOND};
pub(crate) use fold::touches;
pub use fold::{ContentVerdict, Known, KnownReport, KnownSource, LiveEvidence, LivePart};

use super::expiry::is_pruned;
use super::{Dirs, Manifest};
use crate::error::{Error, Result};
use crate::model::SiteId;
use crate::store;
use crate::text_id::TextId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// No record and no file beside it is larger than this; what is, is not ours.
pub(super) const MOST_BYTES: u64 = 1 << 30;

/// The committed versions of a site, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    site: String,
    versions: Vec<Version>,
    /// The version whose checkpoint the fold goes on from; 0 where it was made from the first record on.
    checkpoint: u64,
    fold: fold::Fold,
    /// The sizes of the contents that are known.
    sizes: BTreeSet<u64>,
    /// The sizes of those that are known by a digest of earlier programs.
    earlier_sizes: BTreeSet<u64>,
}

/// One committed version.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u64,
    /// Its record in the log.
    pub record: PathBuf,
    /// What it says.
    pub manifest: Manifest,
}

/// The folder of a site's log.
#[must_use]
pub(crate) fn folder(dirs: &Dirs, site: &str) -> PathBuf {
    dirs.manifests.join(".log").join(site)
}

/// Where the record of a version stands.
#[must_use]
pub fn record_path(dirs: &Dirs, site: &str, version: u64) -> PathBuf {
    folder(dirs, site).join(format!("{version:020}.json"))
}

/// The sites that have a log, sorted; also those in whose log nothing is readable.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be listed.
pub fn sites(dirs: &Dirs) -> Result<Vec<String>> {
    let mut sites = Vec::new();
    for path in list(&dirs.manifests.join(".log"))? {
        if store::what_is(&path)? == Some(store::What::Folder) && !numbers(&path)?.is_empty() {
            let name = path.file_name().and_then(|name| name.to_str());
            // A folder by any other name is not ours.
            sites.extend(
                name.filter(|name| SiteId::new(name).is_ok())
                    .map(str::to_owned),
            );
        }
    }
    Ok(sites)
}

/// Whether any site has a log with a version in it.
pub(super) fn any_site(dirs: &Dirs) -> Result<bool> {
    for path in list(&dirs.manifests.join(".log"))? {
        if store::what_is(&path)? == Some(store::What::Folder) && !numbers(&path)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl History {
    /// All versions of a site; none where it has no log yet.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) naming the first record that is not what was committed, or that is
    /// missing; [`Storage`](crate::ErrorKind::Storage) where the log cannot be read.
    pub fn read(dirs: &Dirs, site: &str) -> Result<Self> {
        match Self::salvage(dirs, site)? {
            (history, None) => Ok(history),
            (history, Some(damage)) => {
                let log = folder(dirs, site);
                let from = match damage.path().is_some_and(|path| path.starts_with(log)) {
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
    pub fn salvage(dirs: &Dirs, site: &str) -> Result<(Self, Option<Error>)> {
        let mut versions = Vec::new();
        let mut damage = None;
        let listed = numbers(&folder(dirs, site))?;
        for expected in 1..=listed.last().copied().unwrap_or(0) {
            match read_version(dirs, site, expected, &listed) {
                Ok(version) => versions.push(version),
                Err(error) => {
                    damage = Some(error);
                    break;
                }
            }
        }
        Ok((Self::of(site.to_owned(), versions), damage))
    }

    fn of(site: String, versions: Vec<Version>) -> Self {
        Self::going_on(&site, fold::Fold::default(), 0, versions)
    }

    /// The history that goes on from the fold of version `checkpoint` with the versions after it.
    fn going_on(site: &str, mut fold: fold::Fold, checkpoint: u64, versions: Vec<Version>) -> Self {
        for version in versions.iter().filter(|v| v.number > checkpoint) {
            fold.apply(version.number, &version.manifest);
        }
        Self {
            site: site.to_owned(),
            versions,
            checkpoint,
            sizes: fold.sizes(|_| true),
            earlier_sizes: fold.sizes(TextId::is_earlier),
            fold,
        }
    }

    /// The history as it was when `version` was the last one.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such version.
    pub fn until(&self, version: u64) -> Result<Self> {
        let number = |v: &&Version| v.number <= version;
        if self.checkpoint > 0 {
            return Err(Error::bug(
                "a history that goes on from a checkpoint cannot go back",
            ));
        }
        if version == 0 || version > self.version() {
            let message = format!(
                "expected a version from 1 to {}, found {version}",
                self.version()
            );
            return Err(Error::usage(message).hint("`trendgate log` lists the versions"));
        }
        Ok(Self::of(
            self.site.clone(),
            self.versions.iter().filter(number).cloned().collect(),
        ))
    }

    /// The history as it was at a time: up to the last version that was made by then. A version counts from the millisecond of its
    /// `created_at` on, so that a reader whose clock counts no finer can ask for it by that.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there was none yet.
    pub fn as_of(&self, time: Instant) -> Result<Self> {
        let by_then = |version: &&Version| version.manifest.created_at.floor(MILLISECOND) <= time;
        match self.versions.iter().rfind(by_then) {
            Some(version) => self.until(version.number),
            None => Err(
                Error::usage(format!("{} had no version yet at {time}", self.site))
                    .hint("`trendgate log` lists the versions"),
            ),
        }
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The versions that were read, oldest first: all of them, but for a history that [`resumed`](History::resume).
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The last version.
    #[must_use]
    pub fn head(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The number of the last version; 0 where there is none.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.head().map_or(0, |head| head.number)
    }
}

/// The manifest whose record or public name is at `path`, proven whole, with all that stands beside it; without its details where they
/// were removed as older than the retention.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where a byte of it is not what was committed; [`Storage`](crate::ErrorKind::Storage) where it
/// or a file beside it cannot be read.
pub fn read_manifest(path: &Path) -> Result<Manifest> {
    let dirs = Dirs::of_manifest(path)?;
    let mut manifest = with_inputs(&dirs, path)?;
    join_details(&dirs, &mut manifest)?;
    Ok(manifest)
}

/// Puts the details of a version into its manifest, unless they were removed as older than the retention.
///
/// # Errors
/// As [`read_manifest`].
pub fn join_details(dirs: &Dirs, manifest: &mut Manifest) -> Result<()> {
    let Some(file) = &manifest.details_file else {
        return Ok(());
    };
    let path = dirs.manifests.join(&file.path);
    match store::read(&path, MOST_BYTES) {
        Ok(bytes) => manifest.join_details(&bytes).map_err(|e| e.at(path)),
        // The mark is made before the file goes.
        Err(_)
            if store::named(&path)?.is_none()
                && is_pruned(dirs, &manifest.site_id, manifest.version)? =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The record of one version, proven whole, with its list of inputs.
pub(super) fn with_inputs(dirs: &Dirs, path: &Path) -> Result<Manifest> {
    let mut manifest = read_record(path)?;
    if let Some(file) = &manifest.inputs_file {
        let list = dirs.manifests.join(&file.path);
        if store::what_is(&list)?.is_none() {
            return Err(Error::damaged("expected a list of inputs, found no file").at(list));
        }
        let lines = store::read(&list, MOST_BYTES)?;
        manifest.join_inputs(&lines).map_err(|e| e.at(list))?;
    }
    Ok(manifest)
}

/// The manifest in one file, proven whole; what stands beside it stays there.
///
/// # Errors
/// As [`read_manifest`].
pub fn read_record(path: &Path) -> Result<Manifest> {
    let bytes = store::read(path, MOST_BYTES)?;
    Manifest::from_bytes(&bytes).map_err(|e| e.at(path))
}

fn read_version(dirs: &Dirs, site: &str, expected: u64, listed: &[u64]) -> Result<Version> {
    let record = record_path(dirs, site, expected);
    // A listing that was made while versions were committed can have the later one alone: the name decides.
    if let Some(found) = listed.iter().find(|number| **number > expected)
        && listed.binary_search(&expected).is_err()
        && store::named(&record)?.is_none()
    {
        let message =
            format!("expected version {expected} in the log, found none before version {found}");
        return Err(Error::damaged(message).at(record));
    }
    let manifest = with_inputs(dirs, &record)?;
    if manifest.site_id != site || manifest.version != expected {
        let message = format!(
            "expected version {expected} of {site}, found version {} of {}",
            manifest.version, manifest.site_id
        );
        return Err(Error::damaged(message).at(record));
    }
    Ok(Version {
        number: expected,
        record,
        manifest,
    })
}

/// The records of a site by their numbers, readable or not, ascending.
pub(crate) fn records(dirs: &Dirs, site: &str) -> Result<Vec<(u64, PathBuf)>> {
    let numbers = numbers(&folder(dirs, site))?.into_iter();
    Ok(numbers
        .map(|number| (number, record_path(dirs, site, number)))
        .collect())
}

/// The numbers of the records in a log, ascending.
pub(super) fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let number = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
        (name.len() == 20).then_some(())?;
        name.parse().ok()
    };
    Ok(list(folder)?.into_iter().filter_map(number).collect())
}

/// What is in a folder; nothing where there is none.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    match store::what_is(folder)? {
        Some(_) => store::list_dir(folder),
        None => Ok(Vec::new()),
    }
}
