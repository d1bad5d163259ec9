//! What is on disk against what was committed.
//!
//! Enters: a site or a manifest. Leaves: [`Verified`], which lists whatever is not as it was: a changed byte in a
//! manifest, a record or a part, a part that is missing, rows that overlap, a public name that is not the log's. It
//! mends nothing, and takes no lock: what runs and collections do beside it is no finding.

mod second_look;

use super::snapshot::Snapshot;
use super::{CheckReport, check_file};
use crate::error::{Error, Result};
use crate::path_bytes::as_text;
use crate::publish::{
    self, Dirs, FileEntry, History, Manifest, PartEntry, PublicCopy, Version, expired, public_path,
    read_record,
};
use crate::store::{self, Named, What};
use schemars::JsonSchema;
use second_look::{File, Missed};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// What was looked at, and what is not as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verified {
    /// Manifests read, records of the log and public names among them.
    pub manifests: u64,
    /// Parts read.
    pub parts: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their rows, as the manifests state them.
    pub rows: u64,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
}

/// What a part whose bytes are right is asked beyond them; [`same_as_stated`] is the usual question.
pub type PartCheck<'a> = &'a dyn Fn(&Path, &PartEntry) -> Result<()>;

/// Verifies the log of a site, the public names, every part and every evidence file. They have to be there, but for what
/// was replaced and belongs to expired versions only: that has to be right if it is there.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be listed. Whatever else is wrong is a finding.
pub fn verify_site(
    dirs: &Dirs,
    site: &str,
    copy: PublicCopy,
    check: PartCheck<'_>,
) -> Result<Verified> {
    let mut verified = Verified::default();
    let (history, damage) = History::salvage(dirs, site)?;
    if let Some(damage) = damage {
        verified.damaged_record(dirs, &damage)?;
    }
    let parts = history.live_parts();
    let live: BTreeSet<&str> = parts.iter().map(|part| part.entry.path.as_str()).collect();
    let evidence = history.live_evidence();
    let evident: BTreeSet<&str> = evidence
        .iter()
        .map(|file| file.entry.path.as_str())
        .collect();
    let mut missed = Missed::default();
    for version in history.versions() {
        let manifest = &version.manifest;
        // What an expired version refers to may be gone, but for what is live still.
        let kept = publish::expired_since(dirs, site, version.number)?.is_none();
        verified.manifest(&version.record, manifest);
        if !verified.public_name(dirs, version)? && copy == PublicCopy::Write {
            missed.name(version);
        }
        for part in &manifest.files {
            let must = kept || live.contains(part.path.as_str());
            let path = dirs.processed.join(&part.path);
            let found = verified.look_at(&path, must, |all| all.part(&path, part, check));
            missed.file(File::Part, part.path.as_str(), version.number, found);
        }
        for file in &manifest.evidence_files {
            let must = kept || evident.contains(file.path.as_str());
            let path = dirs.evidence.join(&file.path);
            let found = verified.look_at(&path, must, |all| _ = all.file(&path, file));
            missed.file(File::Evidence, file.path.as_str(), version.number, found);
        }
        if let Some(file) = &manifest.details_file {
            let must = !publish::is_pruned(dirs, site, version.number)?;
            let path = dirs.manifests.join(&file.path);
            let found = verified.look_at(&path, must, |all| _ = all.file(&path, file));
            missed.file(File::Details, file.path.as_str(), version.number, found);
        }
    }
    verified.beyond_damage(dirs, &history, check)?;
    verified.no_overlap(dirs, &history);
    verified.no_stranger(dirs, &history, &mut missed)?;
    missed.judge(&mut verified, dirs, site)?;
    Ok(verified)
}

/// The parts that a manifest adds, as paths that open.
///
/// # Errors
/// As [`Snapshot::of_manifest`](super::Snapshot::of_manifest).
pub fn manifest_parts(path: &Path) -> Result<Vec<PathBuf>> {
    let parts = Snapshot::of_manifest(path)?.parts;
    Ok(parts.into_iter().map(|part| part.file).collect())
}

/// Verifies one manifest, under its public name or in the log, and the parts that it adds. They have to be there, unless the
/// version has expired.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the manifest does not exist. Whatever else is wrong is a finding.
pub fn verify_manifest(path: &Path, check: PartCheck<'_>) -> Result<Verified> {
    let dirs = Dirs::of_manifest(path)?;
    let mut verified = Verified::default();
    let manifest = match read_record(path) {
        Ok(manifest) => manifest,
        Err(error) => {
            verified.error(path, "a manifest that is what was committed", &error);
            return Ok(verified);
        }
    };
    verified.manifest(path, &manifest);
    if let Some(file) = &manifest.inputs_file {
        verified.file(&dirs.manifests.join(&file.path), file);
    }
    let log = dirs.manifests.join(".log").join(&manifest.site_id);
    let kept = || expired(&log, &manifest.site_id, manifest.version).map(|error| error.is_none());
    let must = kept()?;
    let mut missed = Vec::new();
    for part in &manifest.files {
        let path = dirs.processed.join(&part.path);
        missed.extend(verified.look_at(&path, must, |all| all.part(&path, part, check)));
    }
    for file in &manifest.evidence_files {
        let path = dirs.evidence.join(&file.path);
        missed.extend(verified.look_at(&path, must, |all| _ = all.file(&path, file)));
    }
    // A collection that came in between has marked the version before it removed anything.
    if kept()? {
        verified.findings.extend(missed);
    }
    let kept = || publish::is_pruned(&dirs, &manifest.site_id, manifest.version).map(|is| !is);
    let must = kept()?;
    if let Some(file) = &manifest.details_file {
        let path = dirs.manifests.join(&file.path);
        let missed = verified.look_at(&path, must, |all| _ = all.file(&path, file));
        if kept()? {
            verified.findings.extend(missed);
        }
    }
    Ok(verified)
}

/// Whether a part keeps the contract and has the rows, range and flags that its manifest states.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) naming the first difference; whatever keeps the file from being read.
pub fn same_as_stated(path: &Path, stated: &PartEntry) -> Result<()> {
    let CheckReport {
        findings,
        violations,
        ..
    } = check_file(path)?;
    if !violations.is_empty() {
        return Err(Error::damaged(format!(
            "expected rows that keep the contract: {violations}"
        ))
        .at(path));
    }
    let range = findings
        .range
        .map(|range| [range.first, range.last].map(|time| time.to_string()));
    let stated_range =
        [stated.time_range.first, stated.time_range.last].map(|time| time.to_string());
    same(path, "rows", &stated.rows, &findings.rows)?;
    same(path, "time range", &Some(stated_range), &range)?;
    same(
        path,
        "rows per flag",
        &stated.quality_flags,
        &findings.flags,
    )?;
    same(path, "extreme cells", &BTreeMap::new(), &findings.extremes)
}

fn is_there(path: &Path) -> bool {
    matches!(store::named(path), Ok(Some(_)))
}

fn same<T: PartialEq + Debug>(path: &Path, what: &str, stated: &T, found: &T) -> Result<()> {
    if stated == found {
        return Ok(());
    }
    Err(Error::damaged(format!("{what}: expected {stated:?}, found {found:?}")).at(path))
}

impl Verified {
    fn finding(&mut self, file: &Path, expected: impl Into<String>, got: impl Into<String>) {
        self.findings.push(Finding {
            file: file.to_owned(),
            expected: expected.into(),
            got: got.into(),
        });
    }

    fn error(&mut self, file: &Path, expected: &str, error: &Error) {
        self.finding(error.path().unwrap_or(file), expected, error.message());
    }

    /// The checksum holds already: reading has seen to that.
    fn manifest(&mut self, file: &Path, manifest: &Manifest) {
        self.manifests += 1;
        if let Err(error) = manifest.consistent() {
            self.error(file, "a manifest that does not contradict itself", &error);
        }
    }

    /// Looks at a file that has to be there, or is. What is found of one that is not there, or not any more, comes back: before that is
    /// damage, it takes another look at the log.
    fn look_at(&mut self, path: &Path, must: bool, look: impl FnOnce(&mut Self)) -> Vec<Finding> {
        if !must && !is_there(path) {
            return Vec::new();
        }
        let before = self.findings.len();
        look(self);
        match is_there(path) {
            true => Vec::new(),
            false => self.findings.split_off(before),
        }
    }

    fn part(&mut self, path: &Path, entry: &PartEntry, check: PartCheck<'_>) {
        self.parts += 1;
        self.rows += entry.rows;
        let file = FileEntry {
            path: entry.path.clone(),
            sha256: entry.sha256,
            bytes: entry.bytes,
            rows: entry.rows,
        };
        if !self.file(path, &file) {
            return;
        }
        if let Err(error) = check(path, entry) {
            self.error(path, "a part as its manifest states it", &error);
        }
    }

    /// Whether the file has the size and the digest that are stated.
    fn file(&mut self, path: &Path, stated: &FileEntry) -> bool {
        match (store::what_is(path), store::digest(path)) {
            (Ok(Some(What::File)), Ok(found))
                if found == (stated.bytes, stated.sha256) || store::skipped("digest:part") =>
            {
                self.bytes += found.0;
                return true;
            }
            (Ok(Some(What::File)), Ok((bytes, digest))) => {
                let describe = |bytes, digest| format!("{bytes} bytes, {digest}");
                self.finding(
                    path,
                    describe(stated.bytes, stated.sha256),
                    describe(bytes, digest),
                );
            }
            (Ok(Some(What::File)), Err(error)) | (Err(error), _) => {
                self.error(path, "a file that can be read", &error)
            }
            (Ok(None), _) => {
                self.finding(path, format!("a file of {} bytes", stated.bytes), "no file")
            }
            (Ok(Some(What::Folder)), _) => self.finding(path, "a file", "a folder"),
        }
        false
    }

    /// Whether a version has its public name; one that stands for other bytes is a finding.
    fn public_name(&mut self, dirs: &Dirs, version: &Version) -> Result<bool> {
        let public = public_path(dirs, &version.manifest);
        if store::what_is(&public)? != Some(What::File) {
            return Ok(false);
        }
        self.manifests += 1;
        if store::digest(&public)? != store::digest(&version.record)? {
            let expected = format!("the bytes of {}", version.record.display());
            self.finding(&public, expected, "other bytes");
        }
        Ok(true)
    }

    /// Names the record; and the public name that is the same file, because that is damaged with it.
    fn damaged_record(&mut self, dirs: &Dirs, damage: &Error) -> Result<()> {
        self.error(
            &dirs.manifests,
            "a record that is what was committed",
            damage,
        );
        let Some(Named::File(record)) = damage.path().map_or(Ok(None), store::named)? else {
            return Ok(());
        };
        for path in publish::list(&dirs.manifests)? {
            match store::named(&path)? {
                Some(Named::File(stamp)) if (stamp.dev, stamp.ino) == (record.dev, record.ino) => {
                    let expected = "a whole manifest to restore the record from";
                    self.finding(
                        &path,
                        expected,
                        "the same file as the record, damaged with it",
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The records after the first damage are no part of the dataset any more; each is verified all the same, with those of its
    /// parts that are there.
    fn beyond_damage(
        &mut self,
        dirs: &Dirs,
        history: &History,
        check: PartCheck<'_>,
    ) -> Result<()> {
        let records = publish::records(dirs, history.site())?;
        let known = |path: &Path, verified: &Self| verified.findings.iter().any(|f| f.file == path);
        for (number, path) in records {
            if number <= history.version() || known(&path, self) {
                continue;
            }
            match read_record(&path) {
                Ok(manifest) => {
                    self.manifest(&path, &manifest);
                    for part in &manifest.files {
                        let path = dirs.processed.join(&part.path);
                        self.look_at(&path, false, |all| all.part(&path, part, check));
                    }
                }
                Err(error) => self.error(&path, "a record that is what was committed", &error),
            }
        }
        Ok(())
    }

    fn no_overlap(&mut self, dirs: &Dirs, history: &History) {
        for pair in history.live_parts().windows(2) {
            let [before, after] = [pair[0].entry, pair[1].entry];
            if before.time_range.last >= after.time_range.first {
                let expected = format!(
                    "rows after {}, where {} ends",
                    before.time_range.last, before.path
                );
                let got = format!("rows from {} on", after.time_range.first);
                self.finding(&dirs.processed.join(&after.path), expected, got);
            }
        }
    }

    /// A public manifest beyond the end of the log: the log has lost its last records, which it cannot notice by itself.
    fn no_stranger(&self, dirs: &Dirs, history: &History, missed: &mut Missed) -> Result<()> {
        for path in publish::list(&dirs.manifests)? {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if !name.starts_with("manifest-") || !name.ends_with(".json") {
                continue;
            }
            // A damaged one is found as the public name of its version, if it has one.
            let Ok(manifest) = read_record(&path) else {
                continue;
            };
            if manifest.site_id == history.site() && manifest.version > history.version() {
                let finding = Finding {
                    file: path,
                    expected: format!("a log that goes to version {} at least", manifest.version),
                    got: format!("a log that can be read to version {}", history.version()),
                };
                missed.stranger(manifest.version, finding);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
