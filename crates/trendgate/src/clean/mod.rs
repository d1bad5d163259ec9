//! Raw rows → one even series.
//!
//! ```text
//! Chunk, Chunk, … ─ merge (cell by cell, first wins) ─▶ MergedRows ─ Cleaner (ours: EvenSeries) ─▶ RecordBatch ─▶ contract
//! ```
//!
//! What enters is the chunks of the reports that a task reads; what leaves is record batches in the shape of the
//! dataset: one row a bin, in order. Nothing is refused here but a repeated cell where the configuration forbids it:
//! values are removed, flagged and counted, never dropped in silence.
//!
//! **The law.** The result depends on the set of rows alone, not on files, chunks, tasks or threads. So a cleaner may look
//! around a row no farther than the [`Look`] that it declares: a task is handed that much before and after its own
//! stretch, and writes its own stretch only.

mod at_hand;
mod coverage;
mod even;
mod held;
mod merge;
mod pending;
mod resample;
mod rules;
mod summed;

pub use crate::acquire::NumberColumns;
use crate::time::{Span, TimeRange};
pub(crate) use at_hand::Chunks;
pub use even::{EvenRules, EvenSeries};
pub(crate) use merge::{CellConflict, ColumnConflicts, MergeCounts, Merger, Repeats, Source, Stop};
pub(crate) use merge::{CellPlace, FirstWins};
pub use merge::{KindRow, MergedRows};
pub(crate) use rules::machine::Weeks;
pub(crate) use rules::meter::MeterDays;
pub(crate) use rules::{Breach, ConfiguredLimits, entry as rule_entry, fit_to_trend};
pub use rules::{Verdicts, affinity, frozen, hampel, heat, meter, needs, plausible, water};

use crate::error::Result;
use crate::model::{ColumnId, DatasetSchema, Equipment, Evidence, PointSpec, Rule};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the cleaning rules. It goes up whenever the same reports and the same configuration would give another
/// dataset.
pub const RULES_VERSION: u32 = 5;

/// How far a cleaner looks around a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Back from the row.
    pub before: Span,
    /// Ahead of the row.
    pub after: Span,
}

/// A report kind as the cleaner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// The site's columns that reports of this kind carry.
    pub columns: Vec<ColumnId>,
    /// Its stated time interval; `None` where its reports state none.
    pub interval: Option<Span>,
}

/// What a cleaner is told of the stretch that it is to clean.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// The times to write. Rows around it come along for looking at.
    pub own: TimeRange,
    /// The points, in the order of the columns.
    pub points: &'a [PointSpec],
    /// What is checked of the equipment.
    pub equipment: &'a Equipment,
    /// The report kinds of the batch.
    pub kinds: &'a [Kind],
    /// The shape of the record batches to give back.
    pub schema: &'a DatasetSchema,
}

/// What turns merged rows into an even, flagged series. Ours is [`EvenSeries`]; a caller of the library can bring another
/// and still gets the contract, the partitioning and the commit.
///
/// ```
/// use trendgate::Result;
/// use trendgate::cleaner::{
///     Cleaner, Cleaning, Equipment, EvenSeries, Kind, Look, PointSpec, Stretch,
/// };
///
/// /// Ours, which looks an hour farther back.
/// struct FartherBack(EvenSeries);
///
/// impl Cleaner for FartherBack {
///     fn look(&self, kinds: &[Kind], points: &[PointSpec], equipment: &Equipment) -> Look {
///         let look = self.0.look(kinds, points, equipment);
///         Look { before: look.before + trendgate::time::HOUR, ..look }
///     }
///
///     fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>> {
///         self.0.begin(stretch)
///     }
/// }
/// ```
pub trait Cleaner: Sync {
    /// How far it looks around a row, given the report kinds, the points and the equipment of the batch.
    fn look(&self, kinds: &[Kind], points: &[PointSpec], equipment: &Equipment) -> Look;

    /// For each rule, how long after the end of a bin its evidence is known at the latest; empty for one that does not say.
    fn known_after(&self, _: &[PointSpec], _: &Equipment) -> BTreeMap<Rule, Span> {
        BTreeMap::new()
    }

    /// Begins a stretch. Stretches of one batch may be cleaned at the same time on different threads.
    ///
    /// # Errors
    /// Whatever keeps the cleaner from beginning; it fails the batch.
    fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>>;
}

/// A stretch being cleaned.
///
/// ```
/// use arrow::record_batch::RecordBatch;
/// use trendgate::Result;
/// use trendgate::cleaner::{Cleaning, Evidence, MergedRows, Verdicts};
/// use trendgate::vocabulary::Rule;
///
/// /// What `inner` makes, without the evidence of one rule.
/// struct WithoutCoverage<'a>(Box<dyn Cleaning + 'a>);
///
/// impl Cleaning for WithoutCoverage<'_> {
///     fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>> {
///         self.0.push(rows)
///     }
///
///     fn finish(&mut self) -> Result<Option<RecordBatch>> {
///         self.0.finish()
///     }
///
///     fn evidence(&mut self) -> Vec<Evidence> {
///         let mut evidence = self.0.evidence();
///         evidence.retain(|one| one.rule != Rule::Coverage);
///         evidence
///     }
///
///     fn verdicts(&mut self) -> Verdicts {
///         self.0.verdicts()
///     }
/// }
/// ```
pub trait Cleaning {
    /// Takes the next rows, in time order, and gives back what is finished, if anything.
    ///
    /// # Errors
    /// Whatever fails the batch.
    fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>>;

    /// Ends the stretch and gives back the rest.
    ///
    /// # Errors
    /// Whatever fails the batch.
    fn finish(&mut self) -> Result<Option<RecordBatch>>;

    /// Why bins are flagged, of those that have left since the last call: sorted by time, column and rule, none of a time
    /// before those of the last call; nothing for a cleaner that keeps no evidence.
    fn evidence(&mut self) -> Vec<Evidence> {
        Vec::new()
    }

    /// What its rules said, once it has finished; empty for one without rules.
    fn verdicts(&mut self) -> Verdicts {
        Verdicts::default()
    }
}

#[cfg(test)]
mod tests;
