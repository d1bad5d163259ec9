//! The public name of a version: `manifests/manifest-{batch_id}-{timestamp}.json`, a second name for its record.
//!
//! Made after the commit, so a crash can leave a version without it; whoever comes next makes it.

use super::log::{self, History, Version};
use super::{Dirs, Manifest};
use crate::error::{Error, Result};
use crate::store::{self, Put};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Whether versions get a public name beside their record in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicCopy {
    /// Versions get a public name.
    #[default]
    Write,
    /// Versions get none: readers take the log.
    Suppress,
}

impl PublicCopy {
    /// What the last version of a site says that can be read; a site without one has nothing to suppress.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the log cannot be looked at.
    pub(crate) fn of_site(dirs: &Dirs, site: &str) -> Result<Self> {
        let (history, _) = History::salvage(dirs, site)?;
        let last = history.versions().last();
        Ok(last.map_or(Self::Write, |version| version.manifest.public_copy))
    }

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    pub(super) fn is_written(&self) -> bool {
        *self == Self::Write
    }
}

/// The public name of a version, whether or not it was made.
#[must_use]
pub(crate) fn public_path(dirs: &Dirs, manifest: &Manifest) -> PathBuf {
    let millis = manifest.created_at.millis();
    let time = jiff::Timestamp::from_millisecond(millis).map_or_else(
        |_| millis.to_string(),
        |at| at.strftime("%Y%m%dT%H%M%S%3fZ").to_string(),
    );
    dirs.manifests
        .join(format!("manifest-{}-{time}.json", manifest.batch_id))
}

/// Gives the record of a version its public name, if it has none yet, and makes the name durable.
pub(super) fn publish(dirs: &Dirs, record: &Path, manifest: &Manifest) -> Result<PathBuf> {
    let public = public_path(dirs, manifest);
    if store::hard_link(record, &public)? == Put::Exists
        && store::digest(record)? != store::digest(&public)?
        && !store::skipped("digest:public")
    {
        let message = "expected the same bytes as in the log, found others";
        return Err(Error::damaged(message)
            .at(public)
            .hint("`trendgate verify --repair` moves the file aside and makes the name anew"));
    }
    store::fsync_dir(&dirs.manifests)?;
    Ok(public)
}

/// Gives a version its public name; see [`publish`].
pub(crate) fn publish_name(dirs: &Dirs, version: &Version) -> Result<PathBuf> {
    publish(dirs, &version.record, &version.manifest)
}

impl History {
    /// Acknowledges the last version once more, for a run that has nothing to add: its record is whole ([`History::read`]
    /// has seen to that), its parts are there with the right sizes, the record and its name are made durable, and a
    /// missing public name is made. An earlier run may have died between the commit and the fsync.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) naming a part that is missing or of another size, or a public name that
    /// something else has; [`Storage`](crate::ErrorKind::Storage).
    pub(crate) fn acknowledge(&self, dirs: &Dirs, copy: PublicCopy) -> Result<()> {
        let Some(Version {
            record, manifest, ..
        }) = self.head()
        else {
            return Ok(());
        };
        for part in &manifest.files {
            let path = dirs.processed.join(&part.path);
            let found = size(&path)?;
            if found != Some(part.bytes) {
                let found = found.map_or("no file".to_owned(), |bytes| format!("{bytes} bytes"));
                let message = format!("expected a part of {} bytes, found {found}", part.bytes);
                return Err(Error::damaged(message)
                    .at(path)
                    .hint("restore the file from a copy, or make its month again: `trendgate run --rebuild` over all reports"));
            }
        }
        store::fsync_file(record)?;
        store::fsync_dir(&log::folder(dirs, self.site()))?;
        if copy == PublicCopy::Write {
            publish(dirs, record, manifest)?;
        }
        Ok(())
    }
}

fn size(path: &Path) -> Result<Option<u64>> {
    if store::what_is(path)?.is_none() {
        return Ok(None);
    }
    store::Stamp::of(&store::open(path)?, path).map(|stamp| Some(stamp.bytes))
}
