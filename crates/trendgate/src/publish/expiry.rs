//! Versions of which a collection has removed files (replaced parts, details, kept sources) → marks, and the error of whoever reads one.
//!
//! Enters: a version of a site. Leaves: since when it has expired, if it has; it is a mark beside its record, made durable
//! before the first of its parts goes. Refused: the reading of a version that has, with the version to read instead.

use super::{Dirs, log};
use crate::error::{Error, Result};
use crate::store::{self, Named};
use crate::time::Instant;
use std::path::{Path, PathBuf};

/// The mark of an expired version: an empty file. Its name says which, its age since when, so no byte of it can be wrong or
/// half-written.
fn mark(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.expired"))
}

/// The mark of a version whose details were removed: as that of an expired one.
fn pruned_mark(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.pruned"))
}

/// The mark of a version of which kept sources were removed: as that of an expired one.
fn unkept_mark(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.unkept"))
}

/// All marks in a log, with their versions.
pub(super) fn marks(log: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let version = |path: PathBuf| {
        let (stem, end) = path.file_name()?.to_str()?.rsplit_once('.')?;
        let is_mark = stem.len() == 20 && ["expired", "pruned", "unkept"].contains(&end);
        Some((stem.parse().ok().filter(|_| is_mark)?, path))
    };
    Ok(log::list(log)?.into_iter().filter_map(version).collect())
}

/// The versions of which a collection removes something.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToMark<'a> {
    /// Parts or evidence.
    pub(super) expired: &'a [u64],
    /// Their details.
    pub(super) pruned: &'a [u64],
    /// Kept sources.
    pub(super) unkept: &'a [u64],
}

/// Marks versions, durably.
pub(super) fn expire(dirs: &Dirs, site: &str, versions: ToMark<'_>) -> Result<()> {
    let log = log::folder(dirs, site);
    let expired = versions.expired.iter().map(|version| mark(&log, *version));
    let pruned = (versions.pruned.iter()).map(|version| pruned_mark(&log, *version));
    let unkept = (versions.unkept.iter()).map(|version| unkept_mark(&log, *version));
    let mut made = Vec::new();
    for mark in expired.chain(pruned).chain(unkept) {
        if let Err(error) = store::write_all_synced(&mark, b"") {
            // No file is removed then, so none of the marks may stay.
            for mark in made.iter().chain([&mark]) {
                let _ = store::remove_file(mark);
            }
            return Err(error);
        }
        made.push(mark);
    }
    // Also where all marks exist: the process that made them may have been killed before it came to this.
    store::fsync_dir(&log)
}

/// Whether the details of a version may be gone: they were removed as older than the retention.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be looked at.
pub(crate) fn is_pruned(dirs: &Dirs, site: &str, version: u64) -> Result<bool> {
    let mark = pruned_mark(&log::folder(dirs, site), version);
    Ok(store::named(&mark)?.is_some())
}

/// Whether kept sources that a version names may be gone: they were removed as older than the retention.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be looked at.
pub(crate) fn is_unkept(dirs: &Dirs, site: &str, version: u64) -> Result<bool> {
    let mark = unkept_mark(&log::folder(dirs, site), version);
    Ok(store::named(&mark)?.is_some())
}

/// Since when parts that a version refers to are gone; `None` where all that it refers to is kept.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be looked at.
pub(crate) fn expired_since(dirs: &Dirs, site: &str, version: u64) -> Result<Option<Instant>> {
    since(&log::folder(dirs, site), version)
}

fn since(log: &Path, version: u64) -> Result<Option<Instant>> {
    Ok(match store::named(&mark(log, version))? {
        Some(Named::File(stamp)) => Some(stamp.mtime),
        // No run makes one of these. It is taken for a mark all the same, of the epoch.
        Some(Named::Folder | Named::Other) => Some(Instant::EPOCH),
        None => None,
    })
}

/// Refuses a version that has expired, so that its readers do not look for files that are gone.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) where it has; [`Storage`](crate::ErrorKind::Storage) where that cannot be found out.
pub(crate) fn refuse_expired(dirs: &Dirs, site: &str, version: u64) -> Result<()> {
    match expired(&log::folder(dirs, site), site, version)? {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The error of whoever reads an expired version of the site whose log this is; `None` where it has not expired.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be looked at.
pub(crate) fn expired(log: &Path, site: &str, version: u64) -> Result<Option<Error>> {
    let Some(at) = since(log, version)? else {
        return Ok(None);
    };
    let mut instead = None;
    for later in log::numbers(log)?.into_iter().filter(|n| *n > version) {
        if instead.is_none() && since(log, later)?.is_none() {
            instead = Some(later);
        }
    }
    let instead = instead.map_or_else(String::new, |later| {
        format!("read version {later}, the first after it that is whole, or the dataset as it is; ")
    });
    let message = format!(
        "version {version} of {site} has expired: parts that it refers to were replaced by later versions, and removed at {at}"
    );
    Ok(Some(Error::usage(message).hint(format!(
        "{instead}`trendgate gc --retention` says for how long replaced parts are kept"
    ))))
}
