//! Which files the log of a site has, by their names alone.
//!
//! Enters: the folders of a dataset, a site. Leaves: where its records stand, their numbers, and which sites have any. No record is opened.

use super::base::last_compacted;
use crate::error::Result;
use crate::model::SiteId;
use crate::publish::Dirs;
use crate::store;
use std::path::{Path, PathBuf};

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
pub(crate) fn sites(dirs: &Dirs) -> Result<Vec<String>> {
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
pub(in crate::publish) fn any_site(dirs: &Dirs) -> Result<bool> {
    for path in list(&dirs.manifests.join(".log"))? {
        if store::what_is(&path)? == Some(store::What::Folder) && !numbers(&path)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The records of a site by their numbers, readable or not, ascending; without those that a base record stands for.
pub(crate) fn records(dirs: &Dirs, site: &str) -> Result<Vec<(u64, PathBuf)>> {
    let compacted = last_compacted(dirs, site)?;
    let numbers = numbers(&folder(dirs, site))?.into_iter();
    let numbers = numbers.filter(|number| *number > compacted);
    Ok(numbers
        .map(|number| (number, record_path(dirs, site, number)))
        .collect())
}

/// The numbers of the records in a log, ascending.
pub(in crate::publish) fn numbers(folder: &Path) -> Result<Vec<u64>> {
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

/// As [`list`], of the names that begin so: in a folder that many sites share, those of one of them.
///
/// # Errors
/// As [`list`].
pub(in crate::publish) fn list_of(folder: &Path, begin: &str) -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    if store::what_is(folder)?.is_some() {
        store::look_into(folder, |name, _| {
            if name.as_encoded_bytes().starts_with(begin.as_bytes()) {
                names.push(name);
            }
        })?;
    }
    names.sort_unstable();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}
