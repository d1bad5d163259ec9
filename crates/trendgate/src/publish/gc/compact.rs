//! Records older than the retention → one base record.
//!
//! Enters: a site whose lock is held, after a collection. Leaves: a base record for all versions that another one followed more than the retention ago,
//! and no records of these: their public names, what stands beside them and their marks go, too. The last version, and whatever was the last one
//! within the retention, keep their records, and so do the first version with a tag and all behind it. Refused: a site whose log is damaged.
//!
//! ```text
//! base record written ▸ LINK ▸ log durable ▸ read back ▸ public names, side files ▸ durable ▸ records ▸ marks, earlier base records, checkpoints ▸ log durable
//!                        ╰── from here on the records count for nothing: whatever is left of them, the next compaction removes. What only a record
//!                            names goes before all records, durably, so that it is found again for as long as it is there.
//! ```
//!
//! A collection goes before it, so that nothing is left that only these versions refer to. Proven by `gc/compact/tests.rs`: before and after, and
//! ended at every step, readers answer the same for every version that is kept, and refuse the others.

use super::Collection;
use super::sources::SourcesLog;
use crate::error::Result;
use crate::publish::log::base::{BaseRecord, bases, path_of};
use crate::publish::log::checkpoint::checkpoints;
use crate::publish::log::{self, History, last_compacted, numbers, record_path};
use crate::publish::public::public_path;
use crate::publish::{Dirs, Manifest, SiteLock, expiry, read_record, tags};
use crate::store::{self, Named};
use crate::time::{Instant, Stopwatch};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a compaction did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Compacted {
    /// The last version that has no record of its own.
    pub up_to: u64,
    /// How many records went.
    pub records: usize,
    /// How many files went in all: records, public names, what stood beside them.
    pub files: usize,
}

impl Collection {
    /// What a compaction would do at a site now, if a collection went before it; nothing is written. `None` where there is nothing to do.
    ///
    /// # Errors
    /// As [`Collection::look`].
    pub(crate) fn look_compaction(&self, dirs: &Dirs, site: &str) -> Result<Option<Compacted>> {
        let history = History::read(dirs, site)?;
        let up_to = self.past(&history, tags::tagged(dirs, site)?.first());
        let up_to = up_to.unwrap_or(history.compacted());
        let left = Leftovers::find(dirs, site, up_to)?;
        Ok((left.count() > 0).then(|| left.as_compacted(up_to)))
    }

    /// Compacts what a collection has left of the site whose lock this is. `None` where there was nothing to do.
    ///
    /// # Errors
    /// As [`Collection::run`]. What was put in place of records stands then, and the next compaction goes on.
    pub(crate) fn compact(&self, dirs: &Dirs, lock: &SiteLock) -> Result<Option<Compacted>> {
        let since = Stopwatch::start();
        let site = lock.site();
        let history = History::read(dirs, site)?;
        if let Some(up_to) = self.past(&history, tags::tagged(dirs, site)?.first()) {
            base_of(dirs, &history.until(up_to)?)?.put(dirs)?;
        }
        let up_to = last_compacted(dirs, site)?;
        let left = Leftovers::find(dirs, site, up_to)?;
        let done = left.as_compacted(up_to);
        left.remove(dirs, site)?;
        if done.files == 0 {
            return Ok(None);
        }
        tracing::info!(
            name: "compacted",
            up_to,
            records = done.records,
            files = done.files,
            seconds = since.elapsed().as_secs_f64(),
            "records are replaced by a base record"
        );
        Ok(Some(done))
    }

    /// The last version that has a record and that another one followed more than the retention ago; before the first one with a tag.
    fn past(&self, history: &History, first_tagged: Option<&u64>) -> Option<u64> {
        let mut latest = history.base().map_or(Instant::MIN, |base| base.created_at);
        let mut past = None;
        let mut before = None;
        for version in history.versions() {
            // A clock that once went back must not make what is young look old.
            latest = latest.max(version.manifest.created_at);
            if latest <= self.now && self.now.since(latest) >= self.retention {
                past = before.or(past);
            }
            if first_tagged.is_none_or(|tagged| version.number < *tagged) {
                before = Some(version.number);
            }
        }
        past
    }
}

/// What the versions of a history add up to, with what is still kept of files.
fn base_of(dirs: &Dirs, history: &History) -> Result<BaseRecord> {
    let log = SourcesLog::of(history);
    let mut kept = Vec::new();
    for source in log.kept() {
        if store::named(&dirs.source(history.site(), source.digest))?.is_some() {
            kept.push(source);
        }
    }
    Ok(BaseRecord::of(history, kept, log.into_taken()))
}

/// What stands for versions that a base record stands for.
struct Leftovers {
    /// What only the records name, version by version.
    named: Vec<PathBuf>,
    /// The records; then the marks, the base records and the checkpoints of earlier versions.
    logged: Vec<PathBuf>,
    /// How many of them are records.
    records: usize,
}

impl Leftovers {
    fn find(dirs: &Dirs, site: &str, up_to: u64) -> Result<Self> {
        let folder = log::folder(dirs, site);
        let mut left = Self {
            named: Vec::new(),
            logged: Vec::new(),
            records: 0,
        };
        for number in numbers(&folder)?.into_iter().filter(|it| *it <= up_to) {
            let record = record_path(dirs, site, number);
            // Of one that is damaged it is not known what it names; the base record is whole.
            if let Ok(manifest) = read_record(&record) {
                left.take(dirs, &record, &manifest)?;
            }
            left.records += 1;
            left.logged.push(record);
        }
        // Those of the last one speak of the base record from now on.
        let marks = expiry::marks(&folder)?.into_iter();
        let marks = marks.filter(|(number, _)| *number < up_to);
        left.logged.extend(marks.map(|(_, mark)| mark));
        let earlier = bases(&folder)?.into_iter().filter(|it| *it < up_to);
        left.logged
            .extend(earlier.map(|number| path_of(dirs, site, number)));
        let checkpoints = checkpoints(dirs, site)?.into_iter();
        let earlier = checkpoints.filter(|(number, _)| *number <= up_to);
        left.logged.extend(earlier.map(|(_, path)| path));
        Ok(left)
    }

    /// Takes what the record of a version names, as far as it is there.
    fn take(&mut self, dirs: &Dirs, record: &Path, manifest: &Manifest) -> Result<()> {
        let public = public_path(dirs, manifest);
        // Another file by that name is not ours.
        if let (Some(Named::File(one)), Some(Named::File(other))) =
            (store::named(&public)?, store::named(record)?)
            && ((one.dev, one.ino) == (other.dev, other.ino)
                || store::digest(&public)? == store::digest(record)?)
        {
            self.named.push(public);
        }
        for file in manifest.side_files() {
            let path = dirs.manifests.join(&file.path);
            if let Some(Named::File(_)) = store::named(&path)? {
                self.named.push(path);
            }
        }
        Ok(())
    }

    fn as_compacted(&self, up_to: u64) -> Compacted {
        Compacted {
            up_to,
            records: self.records,
            files: self.count(),
        }
    }

    fn count(&self) -> usize {
        self.named.len() + self.logged.len()
    }

    fn remove(&self, dirs: &Dirs, site: &str) -> Result<()> {
        if self.count() == 0 {
            return Ok(());
        }
        let log = log::folder(dirs, site);
        // The base record may be of a compaction that was killed before it made its name durable.
        store::fsync_dir(&log)?;
        for (files, folder) in [(&self.named, &dirs.manifests), (&self.logged, &log)] {
            for path in files {
                let (top, below) = super::place(dirs, path)?;
                store::remove_file_below(top, below)?;
                tracing::debug!(name: "file_removed", "{}: compacted", path.display());
            }
            store::fsync_dir(folder)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
