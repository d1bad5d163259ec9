//! What the versions of a site add up to: its parts and evidence, its columns, its gaps, the reports that it knows. Pure.
//!
//! Enters: one manifest after the other. Leaves: a [`Fold`], the same whether it was made from the first version on or goes on
//! from a checkpoint. Files, columns and gaps are added up here, contents in `contents`; `queries` is what a [`History`](super::History)
//! answers from it.

mod contents;
mod queries;

pub use contents::ContentVerdict;
pub(crate) use contents::Known;
use contents::KnownContent;
pub(crate) use contents::{KnownReport, KnownSource};
#[cfg(feature = "internals")]
pub(crate) use queries::LiveEvidence;
pub(crate) use queries::LivePart;

use super::super::manifest::{FileEntry, GapEntry, Manifest, Origin, PartEntry, ReportKind};
use crate::dataset_path::{DatasetPath, FileKind};
use crate::digest::Digest;
use crate::model::{SchemaColumn, TimestampUnit};
use crate::text_id::TextId;
use crate::time::{Extent, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A file of the dataset, with the version that added it and the place of that version's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Placed<T> {
    version: u64,
    columns: usize,
    entry: T,
}

/// The sum of the versions up to one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fold {
    parts: BTreeMap<DatasetPath, Placed<PartEntry>>,
    evidence: BTreeMap<DatasetPath, Placed<FileEntry>>,
    /// Every list of columns that a version had, once.
    schemas: Vec<Vec<SchemaColumn>>,
    gaps: Vec<GapEntry>,
    kinds: Vec<ReportKind>,
    contents: BTreeMap<TextId, KnownContent>,
    /// Those that versions of earlier programs know by other digests, by those: what they are known by now.
    #[serde(default)]
    redigested: BTreeMap<TextId, TextId>,
    /// The configuration of the last version.
    config: Option<Digest>,
    /// What that is the digest of, where the version says it.
    #[serde(default)]
    config_fields: serde_json::Value,
    interval: Option<String>,
    #[serde(default)]
    origin: Option<Origin>,
    /// How many frames the dataset was given.
    #[serde(default)]
    last_ordinal: u64,
    /// What timestamps count since the last version.
    #[serde(default)]
    unit: TimestampUnit,
}

impl Fold {
    /// Whether all its files are those of `site`.
    pub(super) fn is_of(&self, site: &str) -> bool {
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
    pub(super) fn owners(&self) -> impl Iterator<Item = u64> {
        let parts = self.parts.values().map(|part| part.version);
        parts.chain(self.evidence.values().map(|file| file.version))
    }

    /// The parts, by their paths.
    pub(super) fn part_entries(&self) -> impl Iterator<Item = &PartEntry> {
        self.parts.values().map(|part| &part.entry)
    }

    /// The evidence files, by their paths.
    pub(super) fn evidence_entries(&self) -> impl Iterator<Item = &FileEntry> {
        self.evidence.values().map(|file| &file.entry)
    }

    /// Adds the next version.
    pub(super) fn apply(&mut self, version: u64, manifest: &Manifest) {
        let unit = TimestampUnit::of(&manifest.schema);
        if self.unit != unit {
            self.go_on_rejecting(manifest.config_digest);
        }
        self.unit = unit;
        self.config = Some(manifest.config_digest);
        self.config_fields = manifest.config.clone();
        self.origin = Some(manifest.origin);
        self.interval = Some(manifest.resample_interval.clone());
        self.replace_files(version, manifest);
        self.replace_gaps(manifest);
        self.redigest(&manifest.redigested);
        self.fail(version, manifest);
        self.move_sources(&manifest.rebuilt_from);
        self.accept(version, manifest);
        for gone in &manifest.superseded {
            self.withdraw(version, gone, KnownContent::Superseded);
        }
        for gone in &manifest.retracted {
            self.withdraw(version, gone, KnownContent::Retracted);
        }
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

/// The place of `item` in `list`, to which it is added where it is new.
fn place_of<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T) -> usize {
    let known = list.iter().rposition(|known| known == item);
    known.unwrap_or_else(|| {
        list.push(item.clone());
        list.len() - 1
    })
}

/// Whether a change from the first to the last bin of `changed` can begin, end, fill or make this gap.
pub(crate) fn touches(gap: &GapEntry, changed: Extent, interval: Span) -> bool {
    gap.from <= changed.last + interval && changed.first <= gap.to
}
