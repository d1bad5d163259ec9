//! What is committed, at one instant: the parts that a reader has to open, and nothing else.
//!
//! Enters: a site, at its last version or an earlier one; or one manifest. Leaves: a [`Snapshot`]. It never looks at what
//! lies in the folders, only at the log, so that it is whole while a writer commits. Refuses: a damaged log.

use crate::digest::Digest;
use crate::error::Result;
use crate::model::{Flag, SchemaColumn, schema_hash};
use crate::path_bytes::{as_text, as_texts};
use crate::publish::{
    Dirs, FilesAsOf, GapEntry, History, Manifest, Origin, PartEntry, StandingCondition, expired,
    read_record, refuse_expired,
};
use crate::time::{Extent, Instant};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The parts of a dataset, or of one batch, as of one version.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Snapshot {
    /// The site.
    #[serde(rename = "site_id")]
    pub site: String,
    /// The version; 0 for a site without one.
    pub version: u64,
    /// The parts, in the order of time.
    pub parts: Vec<SnapshotPart>,
    /// The evidence files, in the order of their months.
    #[serde(serialize_with = "as_texts")]
    pub evidence: Vec<PathBuf>,
    /// The columns of all parts, sorted by name. A part that lacks one of them has nulls there.
    pub columns: Vec<SchemaColumn>,
    /// The stretches without rows that are longer than the longest gap that is filled.
    pub gaps: Vec<GapEntry>,
    /// What lasts, as the last version found it.
    pub standing: Vec<StandingCondition>,
    /// The digest of its rows and columns: of what the parts are called without attempt and execution, and of their bytes. Of two datasets of a
    /// site with one fingerprint, every part has the same bytes.
    pub fingerprint: Digest,
    /// The digest of `columns`, made as that of a manifest is.
    pub schema_hash: Option<Digest>,
    /// What the last version says of all of it; absent for a site without one.
    #[serde(flatten)]
    pub head: Option<SnapshotHead>,
}

/// What the last version of a snapshot says of all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SnapshotHead {
    /// When it was made.
    pub created_at: Instant,
    /// The digest of everything in the configuration that decides the result, and of the version of the rules.
    pub config_digest: Digest,
    /// The length of a bin, such as `15m`.
    pub resample_interval: String,
    /// The IANA name of the zone of the reports' clock.
    pub timezone: String,
    /// The program that wrote it.
    pub trendgate_version: String,
    /// What the rows were made of.
    pub origin: Origin,
}

impl SnapshotHead {
    fn of(manifest: &Manifest) -> Self {
        Self {
            created_at: manifest.created_at,
            config_digest: manifest.config_digest,
            resample_interval: manifest.resample_interval.clone(),
            timezone: manifest.timezone.clone(),
            trendgate_version: manifest.trendgate_version.clone(),
            origin: manifest.origin,
        }
    }
}

/// One part of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SnapshotPart {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// The version that added it.
    pub version: u64,
    /// What the manifest says of it.
    pub entry: PartEntry,
}

impl Snapshot {
    /// The dataset of a site, as of its last version.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the log is, [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    pub(crate) fn of_site(dirs: &Dirs, site: &str) -> Result<Self> {
        FilesAsOf::latest(dirs, site).map(|now| Self::of_files(dirs, site, &now))
    }

    /// The dataset of a site, as of an earlier version.
    ///
    /// # Errors
    /// As [`Snapshot::of_site`]; [`Usage`](crate::ErrorKind::Usage) where there is no such version, or where it has expired.
    pub(crate) fn of_version(dirs: &Dirs, site: &str, version: u64) -> Result<Self> {
        let then = FilesAsOf::of_version(dirs, site, version)?;
        refuse_expired(dirs, site, version)?;
        Ok(Self::of_files(dirs, site, &then))
    }

    /// The dataset of a site, as it was at a time: up to the last version that was made by then. A
    /// version counts from the microsecond of its `created_at` on.
    ///
    /// # Errors
    /// As [`Snapshot::of_site`]; [`Usage`](crate::ErrorKind::Usage) where there was no version yet.
    pub(crate) fn as_of(dirs: &Dirs, site: &str, time: Instant) -> Result<Self> {
        let then = FilesAsOf::of_time(dirs, site, time)?;
        refuse_expired(dirs, site, then.version())?;
        Ok(Self::of_files(dirs, site, &then))
    }

    /// What one batch added, by its manifest: under its public name or in the log.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the manifest is; [`Storage`](crate::ErrorKind::Storage) where it cannot be read;
    /// [`Usage`](crate::ErrorKind::Usage) where its version has expired and parts that it added are gone.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Snapshot, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let record = site.history()?.versions()[0].record.clone();
    /// assert_eq!(Snapshot::of_manifest(&record)?.rows(), 4);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn of_manifest(path: &Path) -> Result<Self> {
        let dirs = Dirs::of_manifest(path)?;
        let manifest = read_record(path)?;
        let head = SnapshotHead::of(&manifest);
        let Manifest {
            site_id,
            version,
            files,
            evidence_files,
            schema,
            schema_hash,
            gaps,
            standing,
            ..
        } = manifest;
        let log = dirs.manifests.join(".log").join(&site_id);
        if let Some(error) = expired(&log, &site_id, version)?
            && !all_there(&dirs.processed, &files)?
        {
            return Err(error);
        }
        let part = |entry: PartEntry| SnapshotPart {
            file: dirs.processed.join(&entry.path),
            version,
            entry,
        };
        Ok(Self {
            site: site_id,
            version,
            fingerprint: fingerprint(&files),
            schema_hash: Some(schema_hash),
            head: Some(head),
            parts: files.into_iter().map(part).collect(),
            evidence: evidence_files
                .iter()
                .map(|file| dirs.evidence.join(&file.path))
                .collect(),
            columns: schema,
            gaps,
            standing,
        })
    }

    /// The dataset as of the last version of `history`.
    #[must_use]
    pub(crate) fn of_history(dirs: &Dirs, history: &History) -> Self {
        Self::of_files(dirs, history.site(), &FilesAsOf::of(history))
    }

    /// The dataset of a site that has these files.
    #[must_use]
    pub(super) fn of_files(dirs: &Dirs, site: &str, then: &FilesAsOf) -> Self {
        let part = |part: crate::publish::LivePart<'_>| SnapshotPart {
            file: dirs.processed.join(&part.entry.path),
            version: part.version,
            entry: part.entry.clone(),
        };
        let files = then.files();
        let (parts, columns) = (files.live_parts(), files.columns());
        Self {
            site: site.to_owned(),
            version: then.version(),
            fingerprint: fingerprint(parts.iter().map(|part| part.entry)),
            schema_hash: schema_hash(&columns).ok(),
            head: then.manifest().map(SnapshotHead::of),
            parts: parts.into_iter().map(part).collect(),
            evidence: files
                .live_evidence()
                .iter()
                .map(|file| dirs.evidence.join(&file.entry.path))
                .collect(),
            columns,
            gaps: files.gaps(),
            standing: then
                .manifest()
                .map_or_else(Vec::new, |manifest| manifest.standing.clone()),
        }
    }

    /// The rows of all parts.
    ///
    /// ```
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!(site.snapshot(AsOf::Latest)?.rows(), 4);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.entry.rows).sum()
    }

    /// Per flag, the rows of all parts that have it; flags without rows are absent.
    ///
    /// ```
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert!(site.snapshot(AsOf::Latest)?.flags().is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn flags(&self) -> BTreeMap<Flag, u64> {
        let mut flags = BTreeMap::new();
        for (flag, rows) in self.parts.iter().flat_map(|part| &part.entry.quality_flags) {
            *flags.entry(*flag).or_default() += rows;
        }
        flags
    }

    /// The first and the last row of all parts.
    ///
    /// ```
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let range = site.snapshot(AsOf::Latest)?.time_range().unwrap();
    /// assert_eq!(range.last.to_string(), "2026-02-01T00:45:00Z");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn time_range(&self) -> Option<Extent> {
        Extent::around(self.parts.iter().map(|part| part.entry.time_range))
    }
}

/// The digest of parts, whoever wrote them when: of a line for each, sorted, with its path without attempt and execution, a blank and the digest of its
/// bytes.
fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a PartEntry>) -> Digest {
    let mut lines: Vec<String> = parts
        .into_iter()
        .map(|part| format!("{} {}\n", unattempted(part.path.as_str()), part.sha256))
        .collect();
    lines.sort_unstable();
    Digest::of(lines.concat().as_bytes())
}

/// The path of a part without attempt and execution: `S/year=2026/month=02/part-202602-00000.parquet`.
fn unattempted(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut of_rows: Vec<&str> = name.rsplitn(3, '-').take(2).collect();
    of_rows.reverse();
    format!("{folder}/part-{}", of_rows.join("-"))
}

/// Whether the files of all parts exist.
fn all_there(processed: &Path, parts: &[PartEntry]) -> Result<bool> {
    for part in parts {
        if crate::store::named(&processed.join(&part.path))?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset_path::DatasetPath;

    fn part(path: &str, bytes: &[u8]) -> PartEntry {
        PartEntry {
            path: DatasetPath::new(path).unwrap(),
            sha256: Digest::of(bytes),
            bytes: bytes.len() as u64,
            rows: 1,
            time_range: Extent::from(Instant::EPOCH),
            quality_flags: BTreeMap::new(),
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_parts_in_any_order_whatever_attempt_and_execution_made_them() {
        let january = "S/year=2026/month=01";
        let made = [
            part(
                &format!("{january}/part-18ecc6e44f33-202601-00000.parquet"),
                b"a",
            ),
            part(
                &format!("{january}/part-18ecc6e44f33-202601-00001.parquet"),
                b"b",
            ),
        ];
        let again = [
            part(
                &format!("{january}/part-19aaabbbcccc.7-202601-00001.parquet"),
                b"b",
            ),
            part(
                &format!("{january}/part-19aaabbbcccc.7-202601-00000.parquet"),
                b"a",
            ),
        ];
        let lines = format!(
            "{january}/part-202601-00000.parquet {}\n{january}/part-202601-00001.parquet {}\n",
            Digest::of(b"a"),
            Digest::of(b"b"),
        );
        assert_eq!(fingerprint(&made), Digest::of(lines.as_bytes()));
        assert_eq!(fingerprint(&again), fingerprint(&made));
        assert_ne!(fingerprint(&made[..1]), fingerprint(&made));
        assert_eq!(fingerprint(&[]), Digest::of(b""));
    }
}
