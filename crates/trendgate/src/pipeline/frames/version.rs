//! What only a batch of frames can say of its version. Pure.

use super::frame::{FrameCells, FrameSummary};
use super::series::MonthCounts;
use super::{MadeAgain, OnConflict};
use crate::error::Result;
use crate::model::{Column, Rule};
use crate::pipeline::version::{Accounts, BatchFindings, Changes, Counts, Maker, PointAccount};
use crate::publish::{Cells, InputEntry, InputStatus, Listing, Manifest, Redigested, Trip};
use crate::text_id::TextId;
use crate::time::Span;
use crate::warning::Warning;
use std::collections::BTreeMap;

/// What the manifest of a batch of frames tells of.
pub(super) struct FrameBatchMade<'a> {
    pub(super) frames: &'a [FrameSummary],
    pub(super) duplicates: &'a [FrameSummary],
    pub(super) redigested: &'a BTreeMap<TextId, Redigested>,
    /// What is made again from frames that are known.
    pub(super) again: &'a MadeAgain,
    /// What was told of them.
    pub(super) warnings: &'a [Warning],
    /// As the manifest says it.
    pub(super) known_after: BTreeMap<Rule, f64>,
    /// The length of a bin.
    pub(super) interval: Span,
}

/// For each rule that has judged frames, how many seconds after the end of a bin its evidence is known at the latest: what is committed stays
/// as it was judged, so that the longest stands.
pub(super) fn known_after(
    before: Option<&BTreeMap<Rule, f64>>,
    more: impl Iterator<Item = (Rule, Span)>,
) -> BTreeMap<Rule, f64> {
    let mut all = before.cloned().unwrap_or_default();
    for (rule, span) in more {
        let longest = all.entry(rule).or_default();
        *longest = longest.max(span.seconds());
    }
    all
}

impl Maker for FrameBatchMade<'_> {
    /// What is to be said of a frame is said when it is added.
    fn findings(&self, _: &Changes, _: &[Trip]) -> Result<BatchFindings> {
        Ok(BatchFindings::default())
    }

    fn complete(&self, manifest: Manifest) -> Result<(Manifest, Listing<'_>)> {
        let told = self.warnings.iter().map(Warning::entry);
        let manifest = Manifest {
            input_files_count: self.frames.len() as u64,
            warnings: told.chain(manifest.warnings).collect(),
            redigested: self.redigested.values().copied().collect(),
            rebuilt_from: self.again.read.clone(),
            retracted: self.again.retracted.clone(),
            known_after: self.known_after.clone(),
            ..manifest
        };
        let count = self.frames.len() + self.duplicates.len();
        Ok((manifest, Listing::new(count, self.inputs().map(Ok))))
    }
}

impl FrameBatchMade<'_> {
    /// The frames as a manifest lists them.
    pub(super) fn inputs(&self) -> impl Iterator<Item = InputEntry> + '_ {
        let accepted = self.frames.iter();
        let accepted = accepted.map(|frame| self.input(frame, InputStatus::Accepted));
        let twice = self.duplicates.iter();
        accepted.chain(twice.map(|frame| self.input(frame, InputStatus::Duplicate)))
    }

    fn input(&self, frame: &FrameSummary, status: InputStatus) -> InputEntry {
        let accepted = status == InputStatus::Accepted;
        let cells = frame.columns.values().copied();
        let cells = cells.fold(FrameCells::default(), |sum, more| sum.and(&more));
        InputEntry {
            rows: frame.rows,
            time_range: frame.range,
            interval: Some(self.interval.to_string()),
            points: frame.columns.len() as u64,
            complete: true,
            cells: cells.all(),
            missing: cells.missing(),
            not_finite: cells.extremes,
            kept: frame.kept,
            ordinal: accepted.then_some(frame.ordinal),
            replaces: accepted && frame.on_conflict == OnConflict::Replace,
            ..InputEntry::new(&frame.source, frame.id.text, frame.bytes(), status)
        }
    }
}

/// The account of the cells of these frames, whose dataset has these columns.
///
/// # Errors
/// As [`Accounts::new`].
pub(super) fn accounts(
    frames: &[FrameSummary],
    columns: &[Column],
    counts: MonthCounts,
) -> Result<Accounts> {
    let sum = |cells: &mut dyn Iterator<Item = &FrameCells>| {
        cells.fold(FrameCells::default(), FrameCells::and)
    };
    let account = |column: &Column| PointAccount {
        point: column.point.clone(),
        column: column.name.clone(),
        cells: sum(&mut frames
            .iter()
            .filter_map(|frame| frame.columns.get(&column.name)))
        .tally(),
        converted: None,
        scale: None,
    };
    let all = sum(&mut frames.iter().flat_map(|frame| frame.columns.values()));
    Accounts::new(Counts {
        points: columns.iter().map(account).collect(),
        merged: counts.merged,
        values: counts.values,
        verdicts: Vec::new(),
        unmerged: Cells {
            input: all.all() + counts.kept,
            missing: all.nulls + all.nans,
            not_finite: all.extremes,
            ..Cells::default()
        },
    })
}
