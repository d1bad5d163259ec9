//! Undoing an attempt, or cleaning up after one whose version is committed.
//!
//! Enters: the folder of an attempt in staging, whose owner is taken for dead. Leaves: no folder, and none of its files that the log does not
//! name. Refuses, by leaving all as it is: an attempt of which a file cannot be read, or a log that may name its files and is damaged.

use super::super::public::{self, PublicCopy};
use super::super::{Dirs, Manifest, log, read_record};
use super::deed::{Act, Deed};
use super::left::{FENCE, Left, name_of, parse};
use crate::error::{Error, Result};
use crate::store::{self, Named, Put};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Undoes an attempt, or cleans up after it, whichever the log says once its owner cannot commit any more.
pub(super) fn settle(dirs: &Dirs, deed: &Deed) -> Result<Deed> {
    let Some(folder) = fence(&deed.path)? else {
        return Ok(Deed::new(
            Act::Leave,
            &deed.path,
            "it is gone in the meantime",
        ));
    };
    let name = name_of(&folder).and_then(parse);
    let name = name.ok_or_else(|| Error::bug("a folder of no attempt is undone").at(&folder))?;
    let left = Left::read(&folder, &name);
    // What cannot be read now could be read a moment ago: the folder stays, and with it the list.
    if let Some(wrong) = left.wrong {
        return Ok(Deed::new(Act::Leave, &folder, wrong));
    }
    let act = match left.committed_as(dirs)? {
        Ok(None) => {
            take_back(dirs, &left)?;
            Act::Undo
        }
        Ok(Some(version)) => {
            if left.copy == PublicCopy::Write {
                name_version(dirs, &left.site, |number, _| number == version)?;
            }
            Act::CleanUp
        }
        Err(damage) => {
            let why = format!("the log is damaged, and may name the attempt's files: {damage}");
            return Ok(Deed::new(Act::Leave, &folder, why));
        }
    };
    remove_attempt(&folder)?;
    store::fsync_dir(&dirs.staging)?;
    Ok(Deed {
        act,
        ..deed.clone()
    })
}

/// Removes the folder of an attempt, if it is there, its name first: a task that is still at work elsewhere finds all of it, or that it is over.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage); what is left of it has the name of what is being undone.
pub(in super::super) fn remove_attempt(folder: &Path) -> Result<()> {
    rename_fenced(folder)?.map_or(Ok(()), |fenced| store::remove_tree(&fenced))
}

/// Takes the folder's name away from its owner, durably; `None` where there is no folder.
pub(super) fn fence(folder: &Path) -> Result<Option<PathBuf>> {
    let fenced = rename_fenced(folder)?;
    if fenced.as_deref().is_some_and(|fenced| fenced != folder) {
        folder.parent().map_or(Ok(()), store::fsync_dir)?;
    }
    Ok(fenced)
}

/// Renames the folder to the name of what is being undone, which only a durable rename [takes](fence) from an owner that may be alive; `None`
/// where there is no folder.
pub(in super::super) fn rename_fenced(folder: &Path) -> Result<Option<PathBuf>> {
    let Some(name) = name_of(folder).filter(|name| !name.ends_with(FENCE)) else {
        return Ok(Some(folder.to_owned()));
    };
    let fenced = folder.with_file_name(format!("{name}{FENCE}"));
    if store::named(folder)?.is_none() {
        return Ok(None);
    }
    if store::skipped("check:fence") {
        return Ok(Some(folder.to_owned()));
    }
    match store::rename_folder(folder, &fenced) {
        Ok(Put::Done) => Ok(Some(fenced)),
        Ok(Put::Exists) => {
            Err(Error::damaged("expected no folder of this name, found one").at(fenced))
        }
        // A network file system repeats a request whose answer was lost: where the folder went decides.
        Err(error) => match (store::named(folder)?, store::named(&fenced)?) {
            (None, Some(_)) => Ok(Some(fenced)),
            _ => Err(error),
        },
    }
}

/// Removes the files on the list, makes that durable, and removes the folders that are empty then.
fn take_back(dirs: &Dirs, left: &Left) -> Result<()> {
    for target in &left.targets {
        store::remove_file_below(target.folder.of(dirs), target.path.as_ref())?;
    }
    let files: Vec<PathBuf> = left
        .targets
        .iter()
        .map(|target| target.resolve(dirs))
        .collect();
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        if store::named(folder)? == Some(Named::Folder) {
            store::fsync_dir(folder)?;
        }
        remove_empty(dirs, folder);
    }
    Ok(())
}

/// Removes a folder of a site and those above it, as far as they are empty.
pub(in super::super) fn remove_empty(dirs: &Dirs, folder: &Path) {
    let tops = [
        &dirs.processed,
        &dirs.evidence,
        &dirs.manifests,
        &dirs.sources,
    ];
    let below = |dir: &&Path| tops.iter().all(|top| *dir != top.as_path());
    for dir in folder.ancestors().take_while(below) {
        // One that is not empty stays, and so do those above it.
        if store::remove_dir(dir).is_err() {
            return;
        }
    }
}

/// Gives the version that is the right one its public name; the last is looked at first.
pub(super) fn name_version(
    dirs: &Dirs,
    site: &str,
    is_it: impl Fn(u64, &Manifest) -> bool,
) -> Result<()> {
    for (number, record) in log::records(dirs, site)?.into_iter().rev() {
        match read_record(&record) {
            Ok(manifest) if is_it(number, &manifest) => {
                return public::publish(dirs, &record, &manifest).map(drop);
            }
            _ => {}
        }
    }
    Ok(())
}
