//! What the versions of a site add up to: its parts and evidence, its columns, its gaps, the reports that it knows. Pure.
//!
//! Enters: one manifest after the other. Leaves: a [`Fold`], the same whether it was made from the first version on or goes on
//! from a checkpoint. Files, columns and gaps are added up in `files`, contents in `contents`; `queries` is what a
//! [`History`](super::History) answers from it.

mod contents;
mod files;
mod queries;

pub use contents::ContentVerdict;
pub(crate) use contents::Known;
use contents::KnownContent;
pub(crate) use contents::{KnownReport, KnownSource};
pub(crate) use files::FileFold;
pub(crate) use queries::LiveEvidence;
pub(crate) use queries::LivePart;

use super::super::manifest::{GapEntry, Manifest, Origin, ReportKind};
use crate::digest::Digest;
use crate::model::TimestampUnit;
use crate::text_id::TextId;
use crate::time::{Extent, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sum of the versions up to one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fold {
    #[serde(flatten)]
    pub(super) files: FileFold,
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
        self.files.apply(version, manifest);
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
