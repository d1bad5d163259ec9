//! What every version says and does in the same way, whatever its rows were made of: the road from files to a commit.
//!
//! Enters: settings, columns, the files that a version adds and replaces. Leaves: a [`Manifest`] in which all that hangs on where the rows
//! come from is empty, for its maker to state; and, where that is committed, the version.

use super::Settings;
use super::public_copy;
use super::settle::Settled;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, Flag};
use crate::partition::{EvidenceFile, Part};
use crate::progress::{Stage, Watch};
use crate::publish::{
    Cells, Committed, Conflicts, FileEntry, MANIFEST_VERSION, Manifest, Origin, Outcome, PartEntry,
    Statistics,
};
use crate::store;
use crate::time::{self, Extent, Instant};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// The files that a version adds, and those that it replaces.
#[derive(Debug, Clone, Copy)]
pub(super) struct VersionFiles<'a> {
    pub(super) parts: &'a [Part],
    pub(super) evidence: &'a [EvidenceFile],
    pub(super) replaces: &'a [DatasetPath],
    pub(super) replaces_evidence: &'a [DatasetPath],
}

impl<'a> VersionFiles<'a> {
    /// Those of the months that are written.
    pub(super) fn of(settled: &'a Settled) -> Self {
        Self {
            parts: &settled.parts,
            evidence: &settled.evidence,
            replaces: &settled.replaces,
            replaces_evidence: &settled.replaces_evidence,
        }
    }
}

/// What a version is known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct VersionIdentity {
    pub(super) batch_id: Uuid,
    pub(super) origin: Origin,
    /// The one clock reading of the batch.
    pub(super) baseline: Instant,
}

/// The manifest of a version with these files, as far as it follows from them; its version and checksum are the commit's to fill in.
pub(super) fn draft(
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
        created_at: time::this_millisecond(),
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
        approximate_bins: 0,
        timezone: settings.timezone.clone(),
        resample_interval: settings.resample_interval.to_string(),
        schema: schema.listed(),
        origin: identity.origin,
        public_copy: public_copy(settings),
    })
}

/// How a commit ended, if it did not fail.
pub(super) enum Landed {
    /// The version is there. One that someone else committed in the meantime is as committed as one of ours.
    Committed(Box<Committed>),
    /// Another run took this version; nothing is left of ours.
    Overtaken(u64),
}

/// The last step: `commit`, unless the run is to stop. Once it begins, it is not asked any more.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped), and those of `commit`.
pub(super) fn land(watch: Watch<'_>, commit: impl FnOnce() -> Result<Outcome>) -> Result<Landed> {
    watch.go_on("before the commit")?;
    watch.begin(Stage::Committing);
    Ok(match commit()? {
        Outcome::Committed(committed) | Outcome::AlreadyCommitted(committed) => {
            Landed::Committed(committed)
        }
        Outcome::Overtaken { version } => Landed::Overtaken(version),
    })
}

/// Shows that a committed file is what its manifest states, before what it says goes into another version.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where it is not, [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(super) fn is_as_stated(path: &Path, stated: Digest) -> Result<()> {
    let (_, found) = store::digest(path)?;
    if found == stated {
        return Ok(());
    }
    Err(Error::damaged(format!("expected {stated}, found {found}"))
        .at(path)
        .hint("restore the file; `trendgate verify` says what else is damaged"))
}

fn flags(parts: &[Part]) -> BTreeMap<Flag, u64> {
    let rows = |flag: Flag| parts.iter().filter_map(|part| part.flags.get(&flag)).sum();
    let all = Flag::ALL.iter().copied();
    all.map(|flag| (flag, rows(flag))).collect()
}
