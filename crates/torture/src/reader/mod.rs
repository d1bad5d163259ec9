//! A dataset on disk → what it says, read by docs/format.md alone.
//!
//! This is the witness against the program, so it shares nothing with it: its own fold of the log, its own rule for the
//! checksum, its own digests, its own unpacking of what is kept and its own reading of rows. What is committed and not whole is an error that names the file;
//! what no version names is not seen.

mod dataset;
mod log;
mod part;
mod sources;
#[cfg(test)]
mod tests;

pub(super) use dataset::Dataset;

use crate::{Result, at};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One site of a dataset, whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Site {
    /// The number of the last version; 0 where nothing is committed.
    pub(super) version: u64,
    /// Rows, cells, flags and evidence.
    pub(super) dataset: Dataset,
    /// The paths below the data folder that some version names, evidence, lists of inputs and what is kept of files included.
    pub(super) named: BTreeSet<String>,
    /// Public names that are missing.
    pub(super) nameless: Vec<String>,
}

/// Reads the site, proving all of it.
///
/// # Errors
/// Whatever is committed and not as it was: a record, a part, an evidence file, what is kept of a file.
pub(super) fn read(data: &Path, site: &str) -> Result<Site> {
    let manifests = log::versions(&data.join("manifests/.log").join(site), site)?;
    let mut found = Site {
        version: (manifests.last())
            .and_then(|last| last["version"].as_u64())
            .unwrap_or(0),
        ..Site::default()
    };
    let mut gone = BTreeSet::new();
    for manifest in &manifests {
        gone.extend(texts(&manifest["replaces"]));
        gone.extend(texts(&manifest["replaces_evidence"]));
    }
    for manifest in &manifests {
        read_version(data, manifest, &gone, &mut found)?;
    }
    found.dataset.axis(&manifests)?;
    found.named.extend(sources::prove(data, site, &manifests)?);
    Ok(found)
}

fn read_version(
    data: &Path,
    manifest: &Value,
    gone: &BTreeSet<String>,
    found: &mut Site,
) -> Result {
    if manifest["base"].is_null() {
        public_name(data, manifest, found)?;
        of_one_attempt(manifest)?;
    }
    for entry in list(&manifest["files"]) {
        let name = text(&entry["path"])?;
        let path = format!("processed/{name}");
        if !gone.contains(name) {
            proven(&data.join(&path), entry)?;
            part::read(&data.join(&path), entry, &mut found.dataset)?;
        }
        found.named.insert(path);
    }
    for entry in list(&manifest["evidence_files"]) {
        let name = text(&entry["path"])?;
        let path = format!("evidence/{name}");
        if !gone.contains(name) {
            proven(&data.join(&path), entry)?;
            part::read_evidence(&data.join(&path), entry, &mut found.dataset)?;
        }
        found.named.insert(path);
    }
    for beside in ["inputs_file", "details_file"] {
        if let Some(path) = manifest[beside]["path"].as_str() {
            let path = format!("manifests/{path}");
            if beside == "inputs_file" || !is_pruned(data, manifest) {
                proven(&data.join(&path), &manifest[beside])?;
            }
            found.named.insert(path);
        }
    }
    Ok(())
}

/// Checks that all files that a version adds are of one attempt, and those of a month of one execution: what others left is not among them.
fn of_one_attempt(manifest: &Value) -> Result {
    let (mut attempts, mut executions) = (BTreeSet::new(), BTreeMap::new());
    for entry in ["files", "evidence_files"]
        .iter()
        .flat_map(|kind| list(&manifest[*kind]))
    {
        let path = text(&entry["path"])?;
        let (month, name) = path.rsplit_once('/').unwrap_or_default();
        let Some(execution) = name.split('-').nth(1) else {
            continue;
        };
        attempts.insert(execution.get(..24).unwrap_or(execution));
        if *executions.entry(month).or_insert(execution) != execution {
            return Err(format!(
                "{path}: another execution made others of its month"
            ));
        }
    }
    match attempts.len() {
        0 | 1 => Ok(()),
        _ => Err(format!("a version of several attempts: {attempts:?}")),
    }
}

/// Whether a collection has said that the details of this version may go.
fn is_pruned(data: &Path, manifest: &Value) -> bool {
    let site = manifest["site_id"].as_str().unwrap_or_default();
    let version = manifest["version"].as_u64().unwrap_or_default();
    let mark = format!("manifests/.log/{site}/{version:020}.pruned");
    data.join(mark).exists()
}

/// The record's second name, by which others find it: the same bytes, or not there.
fn public_name(data: &Path, manifest: &Value, found: &mut Site) -> Result {
    let prefix = format!("manifest-{}-", text(&manifest["batch_id"])?);
    let folder = data.join("manifests");
    let version = manifest["version"].as_u64();
    let mut named = false;
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let name = entry.map_err(at(&folder))?.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(&prefix) {
            continue;
        }
        let other = log::manifest(&folder.join(&*name))?;
        if other["version"].as_u64() == version {
            found.named.insert(format!("manifests/{name}"));
            named = true;
        }
    }
    if !named {
        found.nameless.push(prefix);
    }
    Ok(())
}

/// Checks size and digest of a file against its entry.
fn proven(path: &Path, entry: &Value) -> Result {
    let bytes = fs::read(path).map_err(at(path))?;
    let found = (bytes.len() as u64, log::digest(&bytes));
    let expected = (entry["bytes"].as_u64(), entry["sha256"].as_str());
    if expected != (Some(found.0), Some(&found.1)) {
        return Err(format!(
            "{}: expected {expected:?}, found {found:?}",
            path.display()
        ));
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> impl Iterator<Item = String> + '_ {
    list(value)
        .iter()
        .filter_map(|text| text.as_str().map(str::to_owned))
}

fn text(value: &Value) -> Result<&str> {
    value
        .as_str()
        .ok_or_else(|| format!("expected a text in a manifest, found {value}"))
}
