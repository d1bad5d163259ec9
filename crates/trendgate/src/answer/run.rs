//! How a run or a retraction ended.

use super::FailedFileAnswer;
use crate::dataset_path::DatasetPath;
use crate::model::Flag;
use crate::pipeline::{NothingNew, Run, Summary};
use crate::publish::{Cells, Dirs, GapEntry, KeptSum, StandingCondition, Trip, record_path};
use crate::time::{self, Extent, Instant};
use crate::warning::{Warning, WarningEntry};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a run or a retraction ended that did not fail.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunAnswer {
    /// A version was committed.
    Committed(Box<CommittedAnswer>),
    /// There was nothing new.
    NothingNew(NothingNewAnswer),
}

/// A version that was committed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CommittedAnswer {
    /// When the run ended.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The version.
    pub version: u64,
    /// Its batch.
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub batch_id: Uuid,
    /// Its manifest: the public copy, where there is one.
    pub manifest: String,
    /// Its record in the log.
    pub record: String,
    /// What became of the files.
    pub files: CommittedFiles,
    /// From the first to the last row that is not as it was.
    pub changed_range: Option<Extent>,
    /// The parts that are no longer part of the dataset.
    pub replaces: Vec<DatasetPath>,
    /// Bins kept as they were, because their reports are gone.
    pub approximate_bins: u64,
    /// Rows written.
    pub rows: u64,
    /// What became of every cell.
    pub cells: Cells,
    /// Per flag, the rows written that have it.
    pub quality_flags_distribution: BTreeMap<Flag, u64>,
    /// The parts written.
    pub parts: Vec<DatasetPath>,
    /// Where rules flagged more than they may.
    pub trips: Vec<Trip>,
    /// The gaps around what changed.
    pub gaps: Vec<GapEntry>,
    /// The files that could not be used.
    pub failed_files: Vec<FailedFileAnswer>,
    /// What was said on the way.
    pub warnings: Vec<WarningEntry>,
    /// What lasts.
    pub standing: Vec<StandingCondition>,
    /// What is kept of the new files.
    pub kept: KeptSum,
    /// Bytes of the reports that were read.
    pub bytes_read: u64,
    /// How long it took.
    pub seconds: f64,
}

/// What became of the files of a run that committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CommittedFiles {
    /// New ones whose rows are in the dataset now.
    pub accepted: u64,
    /// New ones whose text another new one has, too.
    pub duplicates: u64,
    /// New ones that could not be used.
    pub rejected: usize,
    /// Those that were known already.
    pub known: usize,
    /// Those that were known to be rejected.
    pub known_rejects: usize,
    /// Those whose content was superseded or retracted.
    pub withdrawn: usize,
    /// Those that the configuration passes over.
    pub ignored: usize,
    /// Known reports that were read again.
    pub read_again: usize,
    /// Known reports whose place a new one took.
    pub superseded: usize,
    /// Known reports that were retracted.
    pub retracted: usize,
}

/// A run without a new report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NothingNewAnswer {
    /// When the run ended.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// Its last version.
    pub version: u64,
    /// The record of that version in the log.
    pub manifest: String,
    /// What the files are.
    pub files: NothingNewFiles,
    /// The files that could not be used.
    pub failed_files: Vec<FailedFileAnswer>,
    /// What was said on the way.
    pub warnings: Vec<WarningEntry>,
}

/// What the files of a run without a new report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NothingNewFiles {
    /// New ones that could not be used.
    pub rejected: usize,
    /// Those that were known already.
    pub known: usize,
    /// Those that were known to be rejected.
    pub known_rejects: usize,
    /// Those whose content was superseded or retracted.
    pub withdrawn: usize,
    /// Those that the configuration passes over.
    pub ignored: usize,
}

impl RunAnswer {
    /// Says how `run` of a site ended, after so many seconds.
    #[must_use]
    pub(crate) fn new(dirs: &Dirs, site: &str, run: &Run, seconds: f64) -> Self {
        match run {
            Run::Committed(summary) => Self::Committed(Box::new(committed(summary, seconds))),
            Run::NothingNew(nothing) => Self::NothingNew(nothing_new(dirs, site, nothing)),
        }
    }
}

/// What there is to say of a run that committed, after so many seconds.
pub(crate) fn committed(summary: &Summary, seconds: f64) -> CommittedAnswer {
    let committed = &summary.committed;
    let manifest = &committed.manifest;
    let public = committed.public.as_ref().unwrap_or(&committed.record);
    CommittedAnswer {
        time: time::now(),
        site_id: manifest.site_id.clone(),
        version: manifest.version,
        batch_id: manifest.batch_id,
        manifest: public.to_string_lossy().into_owned(),
        record: committed.record.to_string_lossy().into_owned(),
        files: CommittedFiles {
            accepted: manifest.input_files_count,
            duplicates: committed.inputs - manifest.input_files_count,
            rejected: summary.failed.len(),
            known: summary.known,
            known_rejects: summary.known_rejects,
            withdrawn: summary.withdrawn,
            ignored: summary.ignored,
            read_again: manifest.rebuilt_from.len(),
            superseded: manifest.superseded.len(),
            retracted: manifest.retracted.len(),
        },
        changed_range: manifest.changed_range,
        replaces: manifest.replaces.clone(),
        approximate_bins: manifest.approximate_bins,
        rows: manifest.statistics.total_rows,
        cells: manifest.cells,
        quality_flags_distribution: manifest.statistics.quality_flags_distribution.clone(),
        parts: manifest.output_files.clone(),
        trips: manifest.trips.clone(),
        gaps: manifest.gaps.clone(),
        failed_files: summary.failed.iter().map(Into::into).collect(),
        warnings: summary.warnings.iter().map(Warning::entry).collect(),
        standing: manifest.standing.clone(),
        kept: summary.kept,
        bytes_read: summary.bytes,
        seconds,
    }
}

fn nothing_new(dirs: &Dirs, site: &str, nothing: &NothingNew) -> NothingNewAnswer {
    let record = record_path(dirs, site, nothing.version);
    NothingNewAnswer {
        time: time::now(),
        site_id: site.to_owned(),
        version: nothing.version,
        manifest: record.to_string_lossy().into_owned(),
        files: NothingNewFiles {
            rejected: nothing.failed.len(),
            known: nothing.known,
            known_rejects: nothing.known_rejects,
            withdrawn: nothing.withdrawn,
            ignored: nothing.ignored,
        },
        failed_files: nothing.failed.iter().map(Into::into).collect(),
        warnings: nothing.warnings.iter().map(Warning::entry).collect(),
    }
}
