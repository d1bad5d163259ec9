//! What a batch of frames did → its manifest. Pure.

use super::Batch;
use super::frame;
use crate::clean::MergeCounts;
use crate::digest::Digest;
use crate::error::Result;
use crate::model::{Column, DatasetSchema};
use crate::partition::ColumnStatistics;
use crate::pipeline::account::values_of;
use crate::pipeline::record::{flags, of_values};
use crate::pipeline::settle::Settled;
use crate::publish::{
    Cells, Conflict, Conflicts, FileEntry, InputEntry, InputStatus, MANIFEST_VERSION, Manifest,
    Origin, PartEntry, PointStatistics, Statistics,
};
use crate::time::{Extent, Instant, Month};
use crate::warning::Warning;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Everything that the manifest tells of.
pub(super) struct FrameFacts<'a> {
    pub(super) batch: &'a Batch,
    pub(super) schema: &'a DatasetSchema,
    pub(super) settled: &'a Settled,
    pub(super) values: &'a [(Month, Vec<ColumnStatistics>)],
    pub(super) merged: &'a MergeCounts,
    pub(super) kept: u64,
    pub(super) batch_id: Uuid,
    pub(super) created: Instant,
}

/// The manifest of the batch; its version and checksum are the commit's to fill in.
pub(super) fn manifest(facts: &FrameFacts<'_>) -> Result<Manifest> {
    let FrameFacts { batch, settled, .. } = facts;
    let (settings, parts) = (&batch.settings, &settled.parts);
    let ranges = parts.iter().map(|part| part.range);
    Ok(Manifest {
        manifest_version: MANIFEST_VERSION.to_owned(),
        batch_id: facts.batch_id,
        site_id: settings.site.to_string(),
        created_at: facts.created,
        input_files_count: batch.frames.len() as u64,
        output_files: parts.iter().map(|part| part.relative.clone()).collect(),
        statistics: Statistics {
            total_rows: parts.iter().map(|part| part.rows).sum(),
            time_range: Extent::around(ranges),
            quality_flags_distribution: flags(parts),
            points: points(facts),
        },
        schema_hash: facts.schema.hash()?,
        checksum: Digest([0; 32]),
        files: parts.iter().map(PartEntry::from).collect(),
        inputs: inputs(batch),
        inputs_file: None,
        details_file: None,
        kinds: Vec::new(),
        failed_files: batch.refused.iter().map(Into::into).collect(),
        evidence_files: settled.evidence.iter().map(FileEntry::from).collect(),
        gaps: settled.gaps.clone(),
        trips: Vec::new(),
        standing: Vec::new(),
        warnings: batch.warnings.iter().map(Warning::entry).collect(),
        equipment: Vec::new(),
        equipment_off: Vec::new(),
        conflicts: conflicts(facts),
        cells: cells(facts),
        config_digest: settings.digest(),
        time_baseline: batch.baseline,
        trendgate_version: env!("CARGO_PKG_VERSION").to_owned(),
        version: 0,
        replaces: settled.replaces.clone(),
        replaces_evidence: settled.replaces_evidence.clone(),
        changed_range: settled.changed,
        rebuilt_from: Vec::new(),
        superseded: Vec::new(),
        retracted: Vec::new(),
        redigested: batch.redigested.values().copied().collect(),
        approximate_bins: 0,
        timezone: settings.timezone.clone(),
        resample_interval: settings.resample_interval.to_string(),
        schema: facts.schema.listed(),
        origin: Origin::Frames,
        public_copy: crate::pipeline::public_copy(settings),
    })
}

fn points(facts: &FrameFacts<'_>) -> BTreeMap<String, PointStatistics> {
    let columns = facts.schema.columns();
    let values = values_of(facts.values, facts.schema, &facts.settled.written);
    let mut points = BTreeMap::new();
    for (column, values) in columns.iter().zip(values) {
        let cells = facts.batch.frames.iter();
        let cells = cells.filter_map(|frame| frame.columns.get(&column.name));
        let cells = cells.fold(frame::FrameCells::default(), frame::FrameCells::and);
        points.insert(column.name.clone(), point(column, cells, &values));
    }
    points
}

fn point(column: &Column, cells: frame::FrameCells, values: &ColumnStatistics) -> PointStatistics {
    PointStatistics {
        point: column.point.clone(),
        cells: cells.all(),
        numbers: cells.numbers,
        missing: cells.missing(),
        not_finite: cells.extremes,
        dead: cells.numbers == 0,
        ..of_values(values)
    }
}

fn inputs(batch: &Batch) -> Vec<InputEntry> {
    let accepted = batch
        .frames
        .iter()
        .map(|frame| (frame, InputStatus::Accepted));
    let twice = batch
        .duplicates
        .iter()
        .map(|frame| (frame, InputStatus::Duplicate));
    let entry = |(frame, status): (&frame::FrameSummary, InputStatus)| {
        let mut entry = InputEntry::new(&frame.source, frame.id.text, frame.bytes(), status);
        let cells = frame.columns.values().copied();
        let cells = cells.fold(frame::FrameCells::default(), |sum, more| sum.and(&more));
        entry.rows = frame.rows;
        entry.time_range = frame.range;
        entry.interval = Some(batch.settings.resample_interval.to_string());
        entry.points = frame.columns.len() as u64;
        entry.complete = true;
        entry.cells = cells.all();
        entry.missing = cells.missing();
        entry.not_finite = cells.extremes;
        entry
    };
    accepted.chain(twice).map(entry).collect()
}

fn cells(facts: &FrameFacts<'_>) -> Cells {
    let merged = facts.merged;
    let frames = facts.batch.frames.iter();
    let cells = frames.flat_map(|frame| frame.columns.values());
    let cells = cells.fold(frame::FrameCells::default(), frame::FrameCells::and);
    Cells {
        input: cells.all() + facts.kept,
        used: merged.used,
        equal_duplicates: merged.equal_duplicates,
        conflict_losers: merged.conflict_losers,
        missing: cells.nulls,
        not_finite: cells.extremes,
        ..Cells::default()
    }
}

fn conflicts(facts: &FrameFacts<'_>) -> Conflicts {
    let merged = facts.merged;
    let examples = merged.examples.iter().map(|conflict| Conflict {
        timestamp: conflict.time,
        column: facts.schema.columns()[conflict.column].name.clone(),
        kept: conflict.kept,
        lost: conflict.lost,
    });
    Conflicts {
        cells: merged.conflict_losers,
        equal_duplicates: merged.equal_duplicates,
        examples: examples.collect(),
    }
}
