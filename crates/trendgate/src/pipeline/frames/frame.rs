//! One frame: its batches through the contract, one after the other.
//!
//! Enters: its batches. Leaves: conforming batches, and at the end what the frame is, or all that it breaks. Once a rule is broken
//! nothing more is let through, and the rest is looked at for further violations. Missing bins are not filled here: another frame may
//! have them.

use super::OnConflict;
use super::content::FrameContent;
use super::evidence::StatedFrame;
use crate::acquire::PointTally;
use crate::contract::{Conforming, Contract, ContractRules, Violations};
use crate::error::Result;
use crate::model::{Column, DatasetSchema};
use crate::publish::KeptSource;
use crate::text_id::{Digests, FileId};
use crate::time::{Extent, Instant, Span};
use crate::warning::Warning;
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tokens of missing cells.
const NULL: &str = "null";
const NAN: &str = "NaN";

/// A frame that is being taken.
pub(super) struct Frame {
    source: String,
    stated: DatasetSchema,
    schema: DatasetSchema,
    columns: Arc<[String]>,
    contract: Contract,
    content: FrameContent,
    broken: bool,
    off_grid: Option<Violations>,
    numbers: Vec<u64>,
    interval: Span,
}

/// What a frame was found to be.
#[derive(Debug, Clone)]
pub(super) struct FrameSummary {
    pub(super) source: String,
    /// What it is known by.
    pub(super) id: FileId,
    pub(super) rows: u64,
    pub(super) range: Option<Extent>,
    /// For each of its columns what its cells are.
    pub(super) columns: BTreeMap<String, FrameCells>,
    /// Its columns, as the caller stated them; one for all frames that have the same.
    pub(super) stated: SchemaRef,
    /// What becomes of its numbers where others stand.
    pub(super) on_conflict: OnConflict,
    /// Its place among all frames that the dataset was given.
    pub(super) ordinal: u64,
    /// How many reasons were stated of it.
    pub(super) reasons: u64,
    /// From when on reasons are certain of which that was not stated.
    pub(super) known_at: Instant,
    /// What is kept of it.
    pub(super) kept: Option<KeptSource>,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FrameCells {
    pub(super) numbers: u64,
    pub(super) nulls: u64,
    /// Those that are NaN, which is null.
    pub(super) nans: u64,
    /// Those that no sensor can have measured.
    pub(super) extremes: u64,
}

impl Frame {
    pub(super) fn new(
        source: &str,
        (stated, schema): (DatasetSchema, DatasetSchema),
        rules: ContractRules,
        digests: Digests,
    ) -> Result<Self> {
        let rules = ContractRules {
            max_gap: Span::ZERO,
            ..rules
        };
        let names = schema.columns().iter().map(|column| column.name.clone());
        Ok(Self {
            source: source.to_owned(),
            columns: names.collect(),
            contract: Contract::new(schema.clone(), rules)?,
            content: FrameContent::new(schema.columns().len(), digests),
            broken: false,
            off_grid: None,
            numbers: vec![0; schema.columns().len()],
            interval: rules.interval.unwrap_or_default(),
            stated,
            schema,
        })
    }

    /// Its points, in the order of what [`take`](Self::take) gives.
    pub(super) fn columns(&self) -> Arc<[String]> {
        Arc::clone(&self.columns)
    }

    pub(super) fn take(&mut self, batch: &RecordBatch) -> Vec<Conforming> {
        if !self.broken {
            match self.contract.admit(batch) {
                Ok(conforming) => {
                    conforming.iter().for_each(|rows| self.note(rows));
                    return if self.broken { Vec::new() } else { conforming };
                }
                Err(_) => self.broken = true,
            }
        }
        self.contract.inspect(batch);
        Vec::new()
    }

    fn note(&mut self, rows: &Conforming) {
        if self.content.is_empty()
            && let Some(first) = rows.times().first()
        {
            self.off_grid = self.contract.off_grid(*first);
            self.broken = self.off_grid.is_some();
        }
        self.content.take(rows);
        for (numbers, column) in self.numbers.iter_mut().zip(&rows.batch().columns()[2..]) {
            *numbers += (column.len() - column.null_count()) as u64;
        }
    }

    /// What the frame is, and its columns.
    pub(super) fn finish(
        self,
        on_conflict: OnConflict,
        stated: StatedFrame,
    ) -> std::result::Result<(FrameSummary, Vec<Column>), Violations> {
        let mut found = self.off_grid.unwrap_or_default();
        found.append(self.contract.violations().clone());
        let (reasons, digest) = stated.digest();
        if found.is_empty() {
            found.append(stated.finish());
        }
        if !found.is_empty() {
            return Err(found);
        }
        let findings = self.contract.findings();
        let columns = self.schema.columns().iter().zip(self.numbers);
        let columns = columns.map(|(column, numbers)| {
            let of = |counts: &BTreeMap<String, u64>| {
                counts.get(&column.name).copied().unwrap_or_default()
            };
            let (nans, extremes) = (of(&findings.nans), of(&findings.extremes));
            let cells = FrameCells {
                numbers,
                nulls: findings.rows - numbers - nans - extremes,
                nans,
                extremes,
            };
            (column.name.clone(), cells)
        });
        let facts = FrameSummary {
            source: self.source,
            id: self.content.finish(self.schema.columns(), digest),
            rows: findings.rows,
            range: findings.range,
            columns: columns.collect(),
            stated: self.stated.arrow(),
            on_conflict,
            ordinal: 0,
            reasons,
            known_at: findings
                .range
                .map_or(Instant::MAX, |range| range.last + self.interval),
            kept: None,
        };
        Ok((facts, self.schema.columns().to_vec()))
    }
}

impl FrameSummary {
    /// Its size: eight bytes a cell and a time, one a row's flags.
    pub(super) fn bytes(&self) -> u64 {
        self.rows * (9 + 8 * self.columns.len() as u64)
    }

    /// Which of its cells were no numbers that a sensor can have measured.
    pub(super) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let extreme = self.columns.iter().filter(|(_, cells)| cells.extremes > 0);
        extreme.map(|(column, cells)| Warning::ExtremeCells {
            source: self.source.clone(),
            column: column.clone(),
            cells: cells.extremes,
        })
    }
}

impl FrameCells {
    pub(super) fn all(self) -> u64 {
        self.numbers + self.nulls + self.nans + self.extremes
    }

    /// The cells of both.
    pub(super) fn and(self, more: &Self) -> Self {
        Self {
            numbers: self.numbers + more.numbers,
            nulls: self.nulls + more.nulls,
            nans: self.nans + more.nans,
            extremes: self.extremes + more.extremes,
        }
    }

    /// The same as those of a report are counted.
    pub(super) fn tally(self) -> PointTally {
        PointTally {
            numbers: self.numbers,
            not_finite: self.extremes,
            missing: self.tokens().collect(),
            ..PointTally::default()
        }
    }

    /// The missing ones, by token.
    pub(super) fn missing(self) -> BTreeMap<String, u64> {
        let tokens = self.tokens();
        tokens
            .map(|(token, cells)| (token.to_owned(), cells))
            .collect()
    }

    fn tokens(self) -> impl Iterator<Item = (&'static str, u64)> {
        let tokens = [(NULL, self.nulls), (NAN, self.nans)];
        tokens.into_iter().filter(|(_, cells)| *cells > 0)
    }
}
