//! A file of the log → the manifest that it is, proven whole.
//!
//! Enters: the path of a record or of its public copy. Leaves: its manifest, with the list of inputs and the details that stand beside it. Refuses: a
//! file of which a byte is not what was committed, a missing list, and the record of another site or version than its name says.

use super::base::last_compacted;
use super::{MOST_BYTES, Version, record_path};
use crate::error::{Error, Result};
use crate::publish::expiry::is_pruned;
use crate::publish::{Dirs, Manifest};
use crate::store;
use std::path::Path;

/// The manifest whose record or public name is at `path`, proven whole, with all that stands beside it; without its details where they
/// were removed as older than the retention.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where a byte of it is not what was committed; [`Storage`](crate::ErrorKind::Storage) where it
/// or a file beside it cannot be read.
///
/// ```
/// use trendgate::{ErrorKind, files::read_manifest};
///
/// let missing = read_manifest("no/manifests/a.json".as_ref());
/// assert_eq!(missing.unwrap_err().kind(), ErrorKind::Storage);
/// ```
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
pub(crate) fn join_details(dirs: &Dirs, manifest: &mut Manifest) -> Result<()> {
    let Some(file) = &manifest.details_file else {
        return Ok(());
    };
    let path = dirs.manifests.join(&file.path);
    match store::read(&path, MOST_BYTES) {
        Ok(bytes) => manifest.join_details(&bytes).map_err(|e| e.at(path)),
        // The mark is made before the file goes.
        Err(_) if store::named(&path)?.is_none() && has_lost_details(dirs, manifest)? => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the details of a version were removed, by themselves or with its record.
fn has_lost_details(dirs: &Dirs, manifest: &Manifest) -> Result<bool> {
    let (site, version) = (&manifest.site_id, manifest.version);
    Ok(is_pruned(dirs, site, version)? || last_compacted(dirs, site)? >= version)
}

/// The record of one version, proven whole, with its list of inputs.
pub(in crate::publish) fn with_inputs(dirs: &Dirs, path: &Path) -> Result<Manifest> {
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
///
/// ```
/// use trendgate::{ErrorKind, files::read_record};
///
/// let missing = read_record("no/manifests/a.json".as_ref());
/// assert_eq!(missing.unwrap_err().kind(), ErrorKind::Storage);
/// ```
pub fn read_record(path: &Path) -> Result<Manifest> {
    let bytes = store::read(path, MOST_BYTES)?;
    Manifest::from_bytes(&bytes).map_err(|e| e.at(path))
}

/// A version of the log; `listed` are the numbers that a listing of the log has.
pub(super) fn read_version(
    dirs: &Dirs,
    site: &str,
    expected: u64,
    listed: &[u64],
) -> Result<Version> {
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
    is_of_version(&manifest, site, expected).map_err(|error| error.at(&record))?;
    Ok(Version {
        number: expected,
        record,
        manifest,
    })
}

/// The record of a version, proven whole, without what stands beside it.
pub(in crate::publish) fn read_light(dirs: &Dirs, site: &str, expected: u64) -> Result<Manifest> {
    let record = record_path(dirs, site, expected);
    let manifest = read_record(&record)?;
    is_of_version(&manifest, site, expected).map_err(|error| error.at(record))?;
    Ok(manifest)
}

/// Refuses the record of another site or version than its name says.
fn is_of_version(manifest: &Manifest, site: &str, expected: u64) -> Result<()> {
    match manifest.site_id == site && manifest.version == expected {
        true => Ok(()),
        false => Err(Error::damaged(format!(
            "expected version {expected} of {site}, found version {} of {}",
            manifest.version, manifest.site_id
        ))),
    }
}
