//! What is left of an attempt: the name of its folder, its record, its list of files, and whether the log names any of them.
//!
//! Enters: a folder in staging. Leaves: a [`Left`]. Refuses, by saying what is wrong: a record or a list that cannot be read, and a list
//! that names what is no file of the attempt.

use super::super::log::base::BaseRecord;
use super::super::stage::{AttemptRecord, FinalPlace, Folder, List};
use super::super::{Dirs, Manifest, PublicCopy, log, read_record};
use crate::dataset_path::DatasetPath;
use crate::error::{Error, Result};
use crate::store;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The name of a folder in staging: `{site}.{attempt}`, and `.undo` where it is being undone.
pub(super) struct StagingName<'a> {
    pub(super) site: &'a str,
    pub(super) attempt: &'a str,
    pub(super) fenced: bool,
}

pub(super) const FENCE: &str = ".undo";

pub(super) fn parse(name: &str) -> Option<StagingName<'_>> {
    let (name, fenced) = match name.strip_suffix(FENCE) {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (site, attempt) = name.rsplit_once('.')?;
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (!site.is_empty() && attempt.len() >= 24 && attempt.bytes().all(hex)).then_some(StagingName {
        site,
        attempt,
        fenced,
    })
}

/// The attempt that a folder in staging belongs to.
pub(in super::super) fn attempt_of(folder: &Path) -> Option<String> {
    name_of(folder)
        .and_then(parse)
        .map(|name| name.attempt.to_owned())
}

pub(in super::super) fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// What is left of an attempt.
pub(super) struct Left {
    pub(super) folder: PathBuf,
    pub(super) site: String,
    pub(super) fenced: bool,
    /// `None` where it is missing or torn: nothing was moved then, or all of it is known from the list.
    pub(super) record: Option<AttemptRecord>,
    /// Empty where the list is missing or torn: the list is durable before the first move.
    pub(super) targets: Vec<FinalPlace>,
    /// Whether its version is to have a public name.
    pub(super) copy: PublicCopy,
    /// Why the list is not to be trusted.
    pub(super) wrong: Option<String>,
}

/// No record and no list of an attempt is larger.
const MOST_BYTES: u64 = 256 << 20;

impl Left {
    pub(super) fn read(folder: &Path, name: &StagingName<'_>) -> Self {
        let mut wrong = None;
        let record = json_in(&folder.join("attempt.json"), &mut wrong);
        let List { copy, targets } =
            list_in(&folder.join("targets.json"), &mut wrong).unwrap_or_default();
        let strange = targets
            .iter()
            .find(|target| !belongs(target, name.site, name.attempt));
        if let Some(target) = strange {
            wrong = Some(format!(
                "its list names {}, which is no file of it",
                target.path
            ));
        }
        Self {
            folder: folder.to_owned(),
            site: name.site.to_owned(),
            fenced: name.fenced,
            record,
            targets,
            copy,
            wrong,
        }
    }

    /// The version whose record names a file of the attempt; or, where a record that could cannot be read, why not.
    pub(super) fn committed_as(
        &self,
        dirs: &Dirs,
    ) -> Result<std::result::Result<Option<u64>, Error>> {
        let ours: BTreeSet<(Folder, &DatasetPath)> = self
            .targets
            .iter()
            .map(|target| (target.folder, &target.path))
            .collect();
        let base = self.record.as_ref().map_or(0, |record| record.base_version);
        let mut damage = None;
        if ours.is_empty() {
            return Ok(Ok(None));
        }
        let compacted = log::last_compacted(dirs, &self.site)?;
        if compacted > base {
            match BaseRecord::read(dirs, &self.site, compacted) {
                Ok(base) if has_some(&base, &ours) => return Ok(Ok(Some(compacted))),
                Ok(_) => {}
                Err(error) => damage = Some(error),
            }
        }
        for number in log::numbers(&log::folder(dirs, &self.site))? {
            if number <= base.max(compacted) {
                continue;
            }
            match read_record(&log::record_path(dirs, &self.site, number)) {
                Ok(manifest) if names(&manifest, &ours) => return Ok(Ok(Some(number))),
                Ok(_) => {}
                Err(error) => damage = Some(error),
            }
        }
        Ok(damage.map_or(Ok(None), Err))
    }
}

/// What a file of an attempt says; `None` where it is missing or torn. That it cannot be read is something else: it is `wrong`.
pub(super) fn json_in<T: serde::de::DeserializeOwned>(
    path: &Path,
    wrong: &mut Option<String>,
) -> Option<T> {
    serde_json::from_slice(&bytes_in(path, wrong)?).ok()
}

/// The list of an attempt. One that is whole JSON and names what is no file of a dataset is `wrong`, not torn.
fn list_in(path: &Path, wrong: &mut Option<String>) -> Option<List> {
    let list = serde_json::from_slice(&bytes_in(path, wrong)?);
    let strange = list.as_ref().err().filter(|error| error.is_data());
    if let Some(error) = strange {
        *wrong = Some(format!("its list is not one: {error}"));
    }
    list.ok()
}

fn bytes_in(path: &Path, wrong: &mut Option<String>) -> Option<Vec<u8>> {
    let bytes = match store::named(path) {
        Ok(None) => return None,
        Ok(Some(_)) => store::read(path, MOST_BYTES),
        Err(error) => Err(error),
    };
    bytes.map_err(|error| *wrong = Some(error.to_string())).ok()
}

/// Whether a base record names a file of the attempt. One whose version was compacted, and of which the dataset has nothing, is as good as one
/// that never was: nothing refers to its files.
fn has_some(base: &BaseRecord, files: &BTreeSet<(Folder, &DatasetPath)>) -> bool {
    let has = |folder, path| files.contains(&(folder, path));
    base.parts().any(|part| has(Folder::Processed, &part.path))
        || base
            .evidence()
            .any(|file| has(Folder::Evidence, &file.path))
}

fn names(manifest: &Manifest, files: &BTreeSet<(Folder, &DatasetPath)>) -> bool {
    let has = |folder, path| files.contains(&(folder, path));
    let Manifest {
        output_files,
        evidence_files,
        ..
    } = manifest;
    output_files.iter().any(|path| has(Folder::Processed, path))
        || evidence_files
            .iter()
            .any(|file| has(Folder::Evidence, &file.path))
        || manifest
            .side_files()
            .any(|file| has(Folder::Manifests, &file.path))
}

/// Whether a target can be one of this attempt at this site: only then may it be removed.
fn belongs(target: &FinalPlace, site: &str, attempt: &str) -> bool {
    target.path.is_of(target.folder.holds(), site) && target.path.as_str().contains(attempt)
}
