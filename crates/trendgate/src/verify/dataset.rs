//! What is on disk against what was committed.
//!
//! Enters: a site or a manifest. Leaves: [`Verified`], which lists whatever is not as it was: a changed byte in a
//! manifest, a record, a part or a kept source, a part that is missing, rows that overlap, a public name that is not the log's. It
//! mends nothing, and takes no lock: what runs and collections do beside it is no finding.

mod second_look;
mod verified;

pub use verified::{Finding, Verified};

use super::snapshot::Snapshot;
use super::{CheckReport, check_file};
use crate::error::{Error, Result};
use crate::progress::Watch;
use crate::publish::{
    self, Dirs, History, PartEntry, PublicCopy, expired, last_compacted, read_record,
};
#[cfg(test)]
use crate::store;
use crate::time::Stopwatch;
use second_look::{File, Missed};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// What a part whose bytes are right is asked beyond them; [`same_as_stated`] is the usual question.
pub(crate) type PartCheck<'a> = &'a dyn Fn(&Path, &PartEntry) -> Result<()>;

/// What was going on when it was stopped: before each file it asks whether to.
const WHEN: &str = "while verifying the dataset";

/// Verifies the log of a site, the public names, every part and every evidence file. They have to be there, but for what
/// was replaced and belongs to expired versions only: that has to be right if it is there.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be listed, [`Stopped`](crate::ErrorKind::Stopped) where it is not wanted any
/// more. Whatever else is wrong is a finding.
pub(crate) fn verify_site(
    dirs: &Dirs,
    site: &str,
    copy: PublicCopy,
    check: PartCheck<'_>,
    watch: Watch<'_>,
) -> Result<Verified> {
    loop {
        let compacted = last_compacted(dirs, site)?;
        let verified = verify_once(dirs, site, copy, check, watch);
        // A compaction takes away what it puts a base record in place of.
        if last_compacted(dirs, site)? <= compacted {
            return verified;
        }
    }
}

fn verify_once(
    dirs: &Dirs,
    site: &str,
    copy: PublicCopy,
    check: PartCheck<'_>,
    watch: Watch<'_>,
) -> Result<Verified> {
    let since = Stopwatch::start();
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
    if let Some(base) = history.base() {
        let number = base.number();
        let kept = publish::expired_since(dirs, site, number)?.is_none();
        for part in base.parts() {
            watch.go_on(WHEN)?;
            let must = kept || live.contains(part.path.as_str());
            let path = dirs.processed.join(&part.path);
            let found = verified.look_at(&path, must, |all| all.part(&path, part, check));
            missed.file(File::Part, part.path.as_str(), number, found);
        }
        for file in base.evidence() {
            watch.go_on(WHEN)?;
            let must = kept || evident.contains(file.path.as_str());
            let path = dirs.evidence.join(&file.path);
            let found = verified.look_at(&path, must, |all| _ = all.file(&path, file));
            missed.file(File::Evidence, file.path.as_str(), number, found);
        }
    }
    for version in history.versions() {
        let manifest = &version.manifest;
        // What an expired version refers to may be gone, but for what is live still.
        let kept = publish::expired_since(dirs, site, version.number)?.is_none();
        verified.manifest(&version.record, manifest);
        if !verified.public_name(dirs, version)? && copy == PublicCopy::Write {
            missed.name(version);
        }
        for part in &manifest.files {
            watch.go_on(WHEN)?;
            let must = kept || live.contains(part.path.as_str());
            let path = dirs.processed.join(&part.path);
            let found = verified.look_at(&path, must, |all| all.part(&path, part, check));
            missed.file(File::Part, part.path.as_str(), version.number, found);
        }
        for file in &manifest.evidence_files {
            watch.go_on(WHEN)?;
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
    verified.kept_sources(dirs, &history, &mut missed, watch)?;
    verified.beyond_damage(dirs, &history, check, watch)?;
    verified.no_overlap(dirs, &history);
    verified.no_unlogged_name(dirs, &history, &mut missed)?;
    missed.judge(&mut verified, dirs, site)?;
    for (file, fault) in publish::tag_faults(dirs, site)? {
        verified.error(&file, "a tag of a version that can be read", &fault);
    }
    tracing::info!(
        name: "verified",
        site,
        version = history.version(),
        findings = verified.findings.len(),
        seconds = since.elapsed().as_secs_f64(),
        "the dataset is verified"
    );
    Ok(verified)
}

/// The parts that a manifest adds, as paths that open.
///
/// # Errors
/// As [`Snapshot::of_manifest`](super::Snapshot::of_manifest).
///
/// ```
/// use trendgate::files::manifest_parts;
/// use trendgate::{RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let record = site.history()?.versions()[0].record.clone();
/// assert_eq!(manifest_parts(&record)?.len(), 1);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn manifest_parts(path: &Path) -> Result<Vec<PathBuf>> {
    let parts = Snapshot::of_manifest(path)?.parts;
    Ok(parts.into_iter().map(|part| part.file).collect())
}

/// Verifies one manifest, under its public name or in the log, and the parts that it adds. They have to be there, unless the
/// version has expired.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the manifest does not exist, [`Stopped`](crate::ErrorKind::Stopped) where it is not wanted
/// any more. Whatever else is wrong is a finding.
///
/// ```
/// use trendgate::files::verify_manifest;
/// use trendgate::{RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let record = site.history()?.versions()[0].record.clone();
/// assert!(verify_manifest(&record, Watch::unwatched())?.findings.is_empty());
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn verify_manifest(path: &Path, watch: Watch<'_>) -> Result<Verified> {
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
        watch.go_on(WHEN)?;
        let path = dirs.processed.join(&part.path);
        missed.extend(verified.look_at(&path, must, |all| all.part(&path, part, &same_as_stated)));
    }
    for file in &manifest.evidence_files {
        watch.go_on(WHEN)?;
        let path = dirs.evidence.join(&file.path);
        missed.extend(verified.look_at(&path, must, |all| _ = all.file(&path, file)));
    }
    // A collection that came in between has marked the version before it removed anything.
    if kept()? {
        verified.findings.extend(missed);
    }
    verified.sources_of(&dirs, path, watch)?;
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
pub(crate) fn same_as_stated(path: &Path, stated: &PartEntry) -> Result<()> {
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
    same(path, "NaN cells", &BTreeMap::new(), &findings.nans)?;
    same(path, "extreme cells", &BTreeMap::new(), &findings.extremes)
}

fn same<T: PartialEq + Debug>(path: &Path, what: &str, stated: &T, found: &T) -> Result<()> {
    if stated == found {
        return Ok(());
    }
    Err(Error::damaged(format!("{what}: expected {stated:?}, found {found:?}")).at(path))
}

#[cfg(test)]
mod tests;
