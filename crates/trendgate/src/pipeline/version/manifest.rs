//! The manifest of a version, as far as it follows from its files. Pure.
//!
//! Enters: settings, columns, the files that a version adds and replaces. Leaves: a [`Manifest`] in which all that hangs on where the rows
//! come from is empty, for its maker to state.

use super::changes::Changes;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::error::Result;
use crate::model::{DatasetSchema, Flag};
use crate::partition::{EvidenceFile, Part};
use crate::pipeline::{Settings, public_copy};
use crate::publish::{
    Cells, Conflicts, FileEntry, MANIFEST_VERSION, Manifest, Origin, PartEntry, Statistics,
};
use crate::time::{self, Extent, Instant};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The files that a version adds, and those that it replaces.
#[derive(Debug, Clone, Copy)]
pub(in crate::pipeline) struct VersionFiles<'a> {
    pub(in crate::pipeline) parts: &'a [Part],
    pub(in crate::pipeline) evidence: &'a [EvidenceFile],
    pub(in crate::pipeline) replaces: &'a [DatasetPath],
    pub(in crate::pipeline) replaces_evidence: &'a [DatasetPath],
}

impl<'a> VersionFiles<'a> {
    /// Those of the months that are written.
    pub(in crate::pipeline) fn of(changes: &'a Changes) -> Self {
        Self {
            parts: &changes.parts,
            evidence: &changes.evidence,
            replaces: &changes.replaces,
            replaces_evidence: &changes.replaces_evidence,
        }
    }
}

/// What a version is known by.
#[derive(Debug, Clone, Copy)]
pub(in crate::pipeline) struct VersionIdentity {
    pub(in crate::pipeline) batch_id: Uuid,
    pub(in crate::pipeline) origin: Origin,
    /// The one clock reading of the batch.
    pub(in crate::pipeline) baseline: Instant,
    /// When the version before was made.
    pub(in crate::pipeline) after: Option<Instant>,
}

/// The manifest of a version with these files, as far as it follows from them; its version and checksum are the commit's to fill in.
pub(in crate::pipeline) fn draft(
    settings: &Settings,
    schema: &DatasetSchema,
    files: VersionFiles<'_>,
    identity: VersionIdentity,
) -> Result<Manifest> {
    let parts = files.parts;
    Ok(Manifest {
        manifest_version: MANIFEST_VERSION.to_owned(),
        batch_id: identity.batch_id,
        site_id: settings.site.to_string(),
        created_at: time::after(identity.after),
        input_files_count: 0,
        output_files: parts.iter().map(|part| part.relative.clone()).collect(),
        statistics: Statistics {
            total_rows: parts.iter().map(|part| part.rows).sum(),
            time_range: Extent::around(parts.iter().map(|part| part.range)),
            quality_flags_distribution: flags(parts),
            points: BTreeMap::new(),
        },
        schema_hash: schema.hash()?,
        checksum: Digest([0; 32]),
        files: parts.iter().map(PartEntry::from).collect(),
        inputs: Vec::new(),
        inputs_file: None,
        details_file: None,
        kinds: Vec::new(),
        failed_files: Vec::new(),
        evidence_files: files.evidence.iter().map(FileEntry::from).collect(),
        gaps: Vec::new(),
        trips: Vec::new(),
        warnings: Vec::new(),
        standing: Vec::new(),
        equipment: Vec::new(),
        equipment_off: Vec::new(),
        conflicts: Conflicts::default(),
        cells: Cells::default(),
        config_digest: settings.digest(),
        config: settings.deciding.clone(),
        time_baseline: identity.baseline,
        trendgate_version: env!("CARGO_PKG_VERSION").to_owned(),
        version: 0,
        replaces: files.replaces.to_vec(),
        replaces_evidence: files.replaces_evidence.to_vec(),
        changed_range: None,
        rebuilt_from: Vec::new(),
        superseded: Vec::new(),
        retracted: Vec::new(),
        redigested: Vec::new(),
        known_after: BTreeMap::new(),
        approximate_bins: 0,
        timezone: settings.timezone.clone(),
        resample_interval: settings.resample_interval.to_string(),
        schema: schema.listed(),
        origin: identity.origin,
        public_copy: public_copy(settings),
        keep_sources: settings.keep_sources,
    })
}

fn flags(parts: &[Part]) -> BTreeMap<Flag, u64> {
    let rows = |flag: Flag| parts.iter().filter_map(|part| part.flags.get(&flag)).sum();
    let all = Flag::ALL.iter().copied();
    all.map(|flag| (flag, rows(flag))).collect()
}
