//! What a batch of frames did → its manifest. Pure.

use super::Batch;
use super::frame;
use crate::clean::MergeCounts;
use crate::error::Result;
use crate::model::{Column, DatasetSchema};
use crate::partition::ColumnStatistics;
use crate::pipeline::account::values_of;
use crate::pipeline::record::of_values;
use crate::pipeline::settle::Settled;
use crate::pipeline::version::{VersionFiles, VersionIdentity, draft};
use crate::publish::{
    Cells, Conflict, Conflicts, InputEntry, InputStatus, Manifest, Origin, PointStatistics,
    Statistics,
};
use crate::time::Month;
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
}

/// The manifest of the batch; its version and checksum are the commit's to fill in.
pub(super) fn manifest(facts: &FrameFacts<'_>) -> Result<Manifest> {
    let FrameFacts { batch, settled, .. } = facts;
    let identity = VersionIdentity {
        batch_id: facts.batch_id,
        origin: Origin::Frames,
        baseline: batch.baseline,
    };
    let files = VersionFiles::of(settled);
    let draft = draft(&batch.settings, facts.schema, files, identity)?;
    Ok(Manifest {
        input_files_count: batch.frames.len() as u64,
        statistics: Statistics {
            points: points(facts),
            ..draft.statistics
        },
        inputs: inputs(batch),
        failed_files: batch.refused.iter().map(Into::into).collect(),
        gaps: settled.gaps.clone(),
        warnings: batch.warnings.iter().map(Warning::entry).collect(),
        conflicts: conflicts(facts),
        cells: cells(facts),
        changed_range: settled.changed,
        redigested: batch.redigested.values().copied().collect(),
        ..draft
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
