//! The files of a dataset, its columns and its gaps, as the versions up to one add up to. Pure.
//!
//! Enters: one manifest after the other, with or without what stands beside its record. Leaves: what a reader has to open, and whether the
//! times of these versions are in the order of their numbers.

use super::super::super::manifest::{FileEntry, GapEntry, Manifest, PartEntry};
use super::{LiveEvidence, LivePart, place_of, touches};
use crate::dataset_path::{DatasetPath, FileKind};
use crate::model::SchemaColumn;
use crate::time::{Instant, MICROSECOND};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A file of the dataset, with the version that added it and the place of that version's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Placed<T> {
    version: u64,
    columns: usize,
    entry: T,
}

/// The files of the dataset as of one version, with its columns and gaps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileFold {
    parts: BTreeMap<DatasetPath, Placed<PartEntry>>,
    evidence: BTreeMap<DatasetPath, Placed<FileEntry>>,
    /// Every list of columns that a version had, once.
    schemas: Vec<Vec<SchemaColumn>>,
    gaps: Vec<GapEntry>,
    pub(super) interval: Option<String>,
    /// The latest time that one of the versions was made at, in whole microseconds.
    #[serde(default)]
    latest: Option<Instant>,
    /// Whether one of the versions is no later than all before it, or may not be.
    #[serde(default = "unknown_order")]
    is_disordered: bool,
}

/// What earlier programs kept does not say in which order versions were made.
fn unknown_order() -> bool {
    true
}

impl FileFold {
    /// Whether all its files are those of `site`.
    pub(in super::super) fn is_of(&self, site: &str) -> bool {
        let is_of = |path: &DatasetPath, kind| path.is_of(kind, site);
        let parts = self.parts.values().map(|part| &part.entry.path);
        let evidence = self.evidence.values().map(|file| &file.entry.path);
        parts
            .chain(self.parts.keys())
            .all(|path| is_of(path, FileKind::Part))
            && evidence
                .chain(self.evidence.keys())
                .all(|path| is_of(path, FileKind::Evidence))
    }

    /// The versions that added what the dataset consists of.
    pub(in super::super) fn owners(&self) -> impl Iterator<Item = u64> {
        let parts = self.parts.values().map(|part| part.version);
        parts.chain(self.evidence.values().map(|file| file.version))
    }

    /// The parts, by their paths.
    pub(in super::super) fn part_entries(&self) -> impl Iterator<Item = &PartEntry> {
        self.parts.values().map(|part| &part.entry)
    }

    /// The evidence files, by their paths.
    pub(in super::super) fn evidence_entries(&self) -> impl Iterator<Item = &FileEntry> {
        self.evidence.values().map(|file| &file.entry)
    }

    /// The latest time that one of the versions was made at, where that is known.
    pub(in super::super) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// Whether every version was made later than all before it.
    pub(crate) fn is_in_order(&self) -> bool {
        !self.is_disordered
    }

    /// The parts, in the order of time.
    pub(crate) fn live_parts(&self) -> Vec<LivePart<'_>> {
        let parts = self.parts.values();
        let mut parts: Vec<LivePart<'_>> = parts
            .map(|part| LivePart {
                version: part.version,
                entry: &part.entry,
            })
            .collect();
        parts.sort_by_key(|part| (part.entry.time_range.first, part.entry.time_range.last));
        parts
    }

    /// The parts that have the column of a point which is not among `columns`.
    pub(super) fn parts_beyond(&self, columns: &BTreeSet<&str>) -> Vec<LivePart<'_>> {
        let is_beyond = |column: &SchemaColumn| {
            column.point.is_some() && !columns.contains(column.name.as_str())
        };
        let schemas = self.schemas.iter();
        let beyond: Vec<bool> = schemas.map(|schema| schema.iter().any(is_beyond)).collect();
        let parts = self.parts.values();
        let parts = parts.filter(|part| beyond.get(part.columns) == Some(&true));
        parts
            .map(|part| LivePart {
                version: part.version,
                entry: &part.entry,
            })
            .collect()
    }

    /// The evidence files, in the order of their months.
    pub(crate) fn live_evidence(&self) -> Vec<LiveEvidence<'_>> {
        let files = self.evidence.values();
        files
            .map(|file| LiveEvidence {
                version: file.version,
                entry: &file.entry,
            })
            .collect()
    }

    /// The gaps: those that a version lists and that no later one changed.
    pub(crate) fn gaps(&self) -> Vec<GapEntry> {
        self.gaps.clone()
    }

    /// The columns of all parts, sorted by name; of a column that versions describe differently, the last word.
    pub(crate) fn columns(&self) -> Vec<SchemaColumn> {
        self.columns_where(|_| true)
    }

    /// As [`columns`](Self::columns), of the parts that are wanted.
    pub(super) fn columns_where(&self, wanted: impl Fn(&PartEntry) -> bool) -> Vec<SchemaColumn> {
        let parts = self.parts.values();
        let live: BTreeSet<(u64, usize)> = parts
            .filter(|part| wanted(&part.entry))
            .map(|part| (part.version, part.columns))
            .collect();
        let all = live
            .into_iter()
            .filter_map(|(_, columns)| self.schemas.get(columns))
            .flatten();
        let columns: BTreeMap<&str, &SchemaColumn> =
            all.map(|column| (column.name.as_str(), column)).collect();
        columns.into_values().cloned().collect()
    }

    /// Adds the next version.
    pub(in super::super) fn apply(&mut self, version: u64, manifest: &Manifest) {
        self.interval = Some(manifest.resample_interval.clone());
        let made = manifest.created_at.floor(MICROSECOND);
        self.is_disordered |= self.latest.is_some_and(|latest| made <= latest);
        self.latest = self.latest.max(Some(made));
        self.replace_files(version, manifest);
        self.replace_gaps(manifest);
    }

    fn replace_files(&mut self, version: u64, manifest: &Manifest) {
        let columns = place_of(&mut self.schemas, &manifest.schema);
        for path in &manifest.replaces {
            self.parts.remove(path);
        }
        for path in &manifest.replaces_evidence {
            self.evidence.remove(path);
        }
        let placed = |path: &DatasetPath| (path.clone(), version, columns);
        for entry in &manifest.files {
            let (path, version, columns) = placed(&entry.path);
            let entry = entry.clone();
            self.parts.insert(
                path,
                Placed {
                    version,
                    columns,
                    entry,
                },
            );
        }
        for entry in &manifest.evidence_files {
            let (path, version, columns) = placed(&entry.path);
            let entry = entry.clone();
            self.evidence.insert(
                path,
                Placed {
                    version,
                    columns,
                    entry,
                },
            );
        }
    }

    fn replace_gaps(&mut self, manifest: &Manifest) {
        if let Some(changed) = manifest.changed_range {
            let interval = manifest.resample_interval.parse().unwrap_or_default();
            self.gaps.retain(|gap| !touches(gap, changed, interval));
        }
        self.gaps.extend(&manifest.gaps);
        self.gaps.sort_by_key(|gap| (gap.from, gap.to));
        self.gaps.dedup();
    }
}
