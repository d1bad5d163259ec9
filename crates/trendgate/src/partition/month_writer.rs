//! The series of a stretch of months → its parts, its evidence and its statistics.
//!
//! ```text
//! RecordBatch ─ contract ─▶ Conforming ─┬─ statistics
//!                                       └─ partition ─▶ Part ─ read back ─▶ WrittenMonths
//! Evidence ───────────────────────────────────────────▶ EvidenceFile ─ read back ─▶ WrittenMonths
//! ```
//!
//! The one way into parts, for reports and for frames. A part is finished and proved where it is made: once it has ended, it is made
//! durable, read back, and held against what was meant.

use super::statistics::{ColumnStatistics, SeriesStatistics};
use super::{EvidenceFile, EvidenceWriter, Footer, Part, PartRules, Partitioner};
use super::{read_back, read_back_evidence};
use crate::contract::{Conforming, Contract, ContractRules, Gap, Violations};
use crate::error::{Error, Result};
use crate::model::{ColumnId, DatasetSchema, Evidence, StatedEvidence};
use crate::time::{Extent, Month};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where the files of an attempt are written, and by which rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Destination<'a> {
    /// The folder of the attempt.
    pub staging: &'a Path,
    /// The attempt's id, for the names of the files.
    pub attempt: &'a str,
    /// What parts say of themselves.
    pub footer: Footer<'a>,
    /// What the rows are checked against.
    pub contract: ContractRules,
    /// How rows become parts.
    pub parts: PartRules,
}

/// Writes the months of one stretch.
pub(crate) struct MonthWriter {
    schema: DatasetSchema,
    rules: ContractRules,
    contract: Contract,
    partitioner: Partitioner,
    evidence: EvidenceWriter,
    statistics: SeriesStatistics,
    parts: Vec<Part>,
    range: Option<Extent>,
}

/// What was written of a stretch, durable and read back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WrittenMonths {
    /// The parts, in the order of time.
    pub parts: Vec<Part>,
    /// The evidence files, in the order of time.
    pub evidence: Vec<EvidenceFile>,
    /// For each month, in the order of time, what the values of each column are.
    pub months: Vec<(Month, Vec<ColumnStatistics>)>,
    /// The gaps that were not filled.
    pub gaps: Vec<Gap>,
    /// From the first to the last bin.
    pub range: Option<Extent>,
}

impl MonthWriter {
    /// A writer of rows of `schema`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where a rule cannot be.
    pub(crate) fn new(schema: &DatasetSchema, target: Destination<'_>) -> Result<Self> {
        let Destination {
            staging, attempt, ..
        } = target;
        let site = target.footer.site.as_str();
        let parts = Partitioner::new(staging.to_owned(), site, attempt, schema, target.parts)?;
        Ok(Self {
            contract: Contract::new(schema.clone(), target.contract)?,
            partitioner: parts.stating(target.footer.entries(schema)?),
            evidence: EvidenceWriter::new(staging.to_owned(), site, attempt, schema),
            statistics: SeriesStatistics::new(schema),
            schema: schema.clone(),
            rules: target.contract,
            parts: Vec::new(),
            range: None,
        })
    }

    /// Takes the next rows. `admitted` sees them as they are written, with those that the contract added; what breaks the contract is
    /// an error by `blame`.
    ///
    /// # Errors
    /// That of `blame`; [`Storage`](crate::ErrorKind::Storage) where the system refused to write,
    /// [`Damaged`](crate::ErrorKind::Damaged) where a part is not what was meant. The attempt is over then.
    pub(crate) fn push(
        &mut self,
        rows: &RecordBatch,
        blame: fn(&Violations) -> Error,
        admitted: &mut dyn FnMut(&Conforming),
    ) -> Result<()> {
        let conforming = self.contract.admit(rows);
        for rows in conforming.map_err(|violations| blame(&violations))? {
            admitted(&rows);
            self.range = Extent::around(self.range.into_iter().chain(rows.range()));
            self.statistics.push(&rows);
            self.partitioner.push(rows)?;
            let ended = self.partitioner.ended();
            prove(&ended, &self.schema, self.rules)?;
            self.parts.extend(ended);
        }
        Ok(())
    }

    /// Takes the next rows of evidence, sorted, none earlier than those before.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the system refused to write.
    pub(crate) fn explain(&mut self, evidence: &[Evidence]) -> Result<()> {
        self.evidence.push(evidence)
    }

    /// As [`explain`](Self::explain), of what a caller stated.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub(crate) fn explain_stated(&mut self, evidence: &[StatedEvidence<ColumnId>]) -> Result<()> {
        self.evidence.push(evidence)
    }

    /// Ends the last month.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(crate) fn finish(mut self) -> Result<WrittenMonths> {
        let ended = self.partitioner.finish()?;
        prove(&ended, &self.schema, self.rules)?;
        self.parts.extend(ended);
        let evidence = self.evidence.finish()?;
        let bin = self.rules.interval.unwrap_or_default();
        let mut files = evidence.iter();
        files.try_for_each(|file| read_back_evidence(file, Some(bin)))?;
        Ok(WrittenMonths {
            parts: self.parts,
            evidence,
            months: self.statistics.finish(),
            gaps: self.contract.gaps().to_vec(),
            range: self.range,
        })
    }
}

/// Reads parts back that have ended.
fn prove(parts: &[Part], schema: &DatasetSchema, rules: ContractRules) -> Result<()> {
    for part in parts {
        read_back(&part.staged, part, schema, rules)?;
        tracing::debug!(
            name: "part_written",
            file = part.relative.as_str(),
            rows = part.rows,
            bytes = part.bytes,
            "a part is written and read back"
        );
    }
    Ok(())
}
