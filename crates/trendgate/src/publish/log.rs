//! The log of a site: its versions, in order, and what they add up to.

use super::manifest::{FailedFile, InputEntry, Manifest, PartEntry};
use super::{Dirs, commit};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::store::{self, What};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every committed version of a site.
#[derive(Debug, Default)]
pub struct History {
    versions: Vec<Manifest>,
    damage: Option<Error>,
    accepted: BTreeSet<Digest>,
    rejected: BTreeSet<Digest>,
    sizes: BTreeSet<u64>,
}

impl History {
    /// Reads the log of `site`. A record that is damaged ends it: the versions before it stay readable, and
    /// [`damage`](Self::damage) names the record.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot be read.
    pub fn read(dirs: &Dirs, site: &str) -> Result<Self> {
        let mut history = Self::default();
        for (number, path) in records(&dirs.log(site))? {
            match read_record(&path, number, history.next_version()) {
                Ok(manifest) => history.add(manifest),
                Err(error) => {
                    history.damage = Some(error.at_if_nowhere(&path));
                    break;
                }
            }
        }
        Ok(history)
    }

    /// The versions, from the first.
    #[must_use]
    pub fn versions(&self) -> &[Manifest] {
        &self.versions
    }

    /// The last version.
    #[must_use]
    pub fn head(&self) -> Option<&Manifest> {
        self.versions.last()
    }

    /// The number of the version that comes next.
    #[must_use]
    pub fn next_version(&self) -> u64 {
        self.versions.len() as u64 + 1
    }

    /// What is wrong with the log after the versions that could be read.
    #[must_use]
    pub fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// The same, as the error of whoever must not go on.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where a record is.
    pub fn whole(self) -> Result<Self> {
        match self.damage {
            Some(damage) => Err(damage),
            None => Ok(self),
        }
    }

    /// The digest of the configuration of the last version.
    #[must_use]
    pub fn config_digest(&self) -> Option<Digest> {
        self.head().map(|manifest| manifest.config_digest)
    }

    /// Whether an input, accepted or rejected for good, had this size. If not, a file of this size is new.
    #[must_use]
    pub fn knows_size(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }

    /// Whether a file of this content is in the dataset.
    #[must_use]
    pub fn is_accepted(&self, digest: &Digest) -> bool {
        self.accepted.contains(digest)
    }

    /// Whether a file of this content was rejected for good.
    #[must_use]
    pub fn is_rejected(&self, digest: &Digest) -> bool {
        self.rejected.contains(digest)
    }

    /// The parts that make up the dataset, in order of time.
    #[must_use]
    pub fn live_parts(&self) -> Vec<&PartEntry> {
        let mut live: BTreeMap<&str, &PartEntry> = BTreeMap::new();
        for manifest in &self.versions {
            for path in &manifest.replaces {
                live.remove(path.as_str());
            }
            live.extend(manifest.files.iter().map(|part| (part.path.as_str(), part)));
        }
        let mut parts: Vec<&PartEntry> = live.into_values().collect();
        parts.sort_by(|a, b| a.time_range[0].cmp(&b.time_range[0]));
        parts
    }

    /// Makes sure that the last version is durable and has its public name: an earlier run may have died in between, and to
    /// acknowledge a version that can still be lost would be a lie.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where that is not possible.
    pub fn acknowledge(&self, dirs: &Dirs, publicity: commit::Publicity) -> Result<()> {
        let Some(head) = self.head() else {
            return Ok(());
        };
        let record = dirs.record(&head.site_id, head.version);
        store::fsync(&store::open(&record)?, &record)?;
        store::fsync_dir(&dirs.log(&head.site_id))?;
        commit::make_public(dirs, head, &record, publicity)?;
        Ok(())
    }

    fn add(&mut self, manifest: Manifest) {
        for InputEntry { sha256, bytes, .. } in &manifest.inputs {
            self.accepted.insert(*sha256);
            self.sizes.insert(*bytes);
        }
        for FailedFile {
            sha256,
            bytes,
            retry,
            ..
        } in &manifest.failed_files
        {
            if let (Some(sha256), Some(bytes), false) = (sha256, bytes, retry) {
                self.rejected.insert(*sha256);
                self.sizes.insert(*bytes);
            }
        }
        self.versions.push(manifest);
    }
}

/// The records in a log, with the numbers that their names say, in order.
fn records(log: &Path) -> Result<Vec<(u64, PathBuf)>> {
    if store::what_is(log)? != Some(What::Folder) {
        return Ok(Vec::new());
    }
    let number = |path: &PathBuf| -> Option<u64> {
        let name = path.file_name()?.to_str()?;
        name.strip_suffix(".json")
            .filter(|stem| !stem.starts_with('.'))?
            .parse()
            .ok()
    };
    let mut records: Vec<(u64, PathBuf)> = store::list_dir(log)?
        .into_iter()
        .filter_map(|path| Some((number(&path)?, path)))
        .collect();
    records.sort();
    Ok(records)
}

fn read_record(path: &Path, number: u64, expected: u64) -> Result<Manifest> {
    let hint = "restore the file from a backup; the versions before it can be read";
    if number != expected {
        return Err(Error::damaged(format!(
            "the record of version {expected} is missing: the next is {number}"
        ))
        .hint(hint));
    }
    let manifest = Manifest::from_bytes(&store::read(path)?).map_err(|error| {
        Error::damaged(format!(
            "the record of version {number} is damaged: {}",
            error.message()
        ))
        .hint(hint)
    })?;
    if manifest.version != number {
        return Err(Error::damaged(format!(
            "the record says that it is version {}",
            manifest.version
        ))
        .hint(hint));
    }
    Ok(manifest)
}

/// The sites that have a log.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be read.
pub fn sites(dirs: &Dirs) -> Result<Vec<String>> {
    let log = dirs.manifests.join(".log");
    if store::what_is(&log)? != Some(What::Folder) {
        return Ok(Vec::new());
    }
    let mut sites = Vec::new();
    for path in store::list_dir(&log)? {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            sites.push(name.to_owned());
        }
    }
    Ok(sites)
}
