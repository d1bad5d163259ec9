//! Files → raw columns.
//!
//! ```text
//! paths ─ discover ─▶ files ─ sniff (head and tail only) ─▶ Report ─ Reader (bytes → columns) ─▶ Chunk, Chunk, … + Outcome
//! ```
//!
//! What enters is paths; what leaves is [`Chunk`]s of `f64` columns in time order, and a [`Tally`] in which every cell
//! of the report stands in exactly one count. What is refused: a file that is not a report, a report whose dates can be
//! read in two ways, one that reaches into the future, one that changes while it is read.

mod block;
mod cells;
mod charset;
mod counts;
mod dates;
mod discover;
mod exchanged;
mod fields;
mod fold;
mod heads;
mod identify;
mod ignore;
mod lines;
mod local_clock;
mod names;
mod reader;
mod rows;
mod siemens;
mod sniff;
mod sort;
mod states;
mod text;
mod times;
mod tokens;
mod written;

use crate::time::{Extent, Instant, Span, TimeRange};
pub(crate) use cells::is_ambiguous_number;
pub use dates::DateOrder;
pub(crate) use discover::is_gzip;
pub use discover::{Files, discover, discover_until};
pub use exchanged::{OutsideRange, StatedRange};
pub use identify::{identify, identify_until};
pub use ignore::Ignore;
pub use reader::{ReadOptions, ReadStep, Reader, read_bytes};
pub use rows::Layout;
pub use siemens::point_id;
pub use sniff::{sniff, sniff_until, survey, survey_disordered};
pub use text::Encoding;

use crate::model::{PointId, Unit};
use crate::store::Stamp;
use crate::text_id::FileId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What the head and the tail of a report say about it: all that the plan knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// Its identity and size when it was looked at.
    pub stamp: Stamp,
    /// How its text is encoded.
    pub encoding: Encoding,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
    /// Where the rows begin and how they are laid out.
    pub layout: Layout,
    /// What it says of itself for people; the plan of a batch does without.
    pub heading: Option<Box<Heading>>,
    /// The points, in the order of the columns.
    pub points: Arc<[ReportPoint]>,
    /// The stated `Time Interval:`; `None` where none is stated, or none that can be read.
    pub interval: Option<Span>,
    /// From the first to the last instant of its rows: as its head and its tail say, unless it was [surveyed](survey).
    pub range: Extent,
    /// Whether the rows are in time order.
    pub order: RowOrder,
    /// Whether the trailer is there; a report without one was cut short.
    pub complete: bool,
}

/// What a report says of itself for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The first line.
    pub title: String,
    /// The stated `Date Range:`.
    pub date_range: Option<String>,
}

/// Whether the rows of a report are in time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// As far as is known, they are; the reader says so if they are not.
    Ascending,
    /// They are not: they are sorted before they are given out.
    Unordered,
}

/// One point as a report declares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportPoint {
    /// Name and suffix.
    pub id: PointId,
    /// The trend definition as written: `5 minutes`, `COV`, an error text.
    pub definition: String,
}

impl ReportPoint {
    /// What its definition says: how often it is logged, and whether its changes of value are.
    #[must_use]
    pub fn trend(&self) -> (Option<Span>, bool) {
        siemens::trend(&self.definition)
    }
}

/// The rows that a reader is asked for.
///
/// Rows in `own` are delivered and counted. Rows in `read` but not in `own` (the halo) are delivered and not counted:
/// the task that owns them counts them. Rows outside `read` are passed over. A row that is rejected before its time is
/// known belongs to the time of the last good row before it in the file, or else to the first good row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The rows to count.
    pub own: TimeRange,
    /// The rows to deliver; contains `own`.
    pub read: TimeRange,
}

/// Consecutive rows of one report, in ascending order of time (rows of the same time in the order of the file).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// The time of each row.
    pub times: Vec<Instant>,
    /// For each point of the report, one value a row; NaN where the cell is null. Never infinite, always below
    /// [`EXTREME`](crate::model::EXTREME) in size.
    pub columns: Vec<Vec<f64>>,
    /// For each row, whether at least one of its cells is a number (or a state).
    pub samples: Vec<bool>,
    /// The cells that were numbers, but not finite or at least [`EXTREME`](crate::model::EXTREME) in size: null in `columns`, listed here in
    /// the order of the rows.
    pub extremes: Vec<Extreme>,
    /// Whether the next chunk may begin with rows of the same time as the last row. Where it is not set, no later chunk has
    /// such a row.
    pub continues: bool,
    /// The rows whose local time never happens, in ascending order: where they were moved to, any other row goes before them.
    pub moved: Vec<usize>,
}

impl Chunk {
    /// Adds a row, at its end, whose cells are all null and that is no sample.
    pub(crate) fn push_row_without_numbers(&mut self, time: Instant) {
        self.times.push(time);
        self.samples.push(false);
        for column in &mut self.columns {
            column.push(f64::NAN);
        }
    }
}

/// A cell whose number was removed for its size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extreme {
    /// The row within its chunk.
    pub row: usize,
    /// The column within its chunk.
    pub column: usize,
    /// The number as read; infinite where the text overflows an `f64`.
    pub value: f64,
}

/// What became of every cell of a report (or of the part of it that one task owns). Adds up with [`Tally::merge`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Cells met: for an accepted row one a point, for a rejected row those that it has.
    pub cells: u64,
    /// Rows accepted.
    pub rows: u64,
    /// Rows rejected, and the cells in them.
    pub rejected_rows: u64,
    /// Cells in rejected rows.
    pub rejected_cells: u64,
    /// The first few rejected rows.
    pub rejected_examples: Vec<RejectedRow>,
    /// Lines of furniture, which are no rows: the header once more.
    pub furniture: u64,
    /// Per point of the report, what became of its cells in accepted rows.
    pub points: Vec<PointTally>,
    /// Rows whose local time happens twice and whose order in the report told which one it is.
    pub ambiguous_resolved: u64,
    /// Rows whose local time happens twice and that the configured rule decided.
    pub ambiguous_by_rule: u64,
    /// Rows whose local time never happens and that the configured rule moved.
    pub nonexistent: u64,
    /// First and last time of the rows accepted.
    pub time_range: Option<Extent>,
    /// Rows outside of the stated `Date Range:`, of the whole report.
    pub outside_range: Option<OutsideRange>,
}

impl Tally {
    /// Adds the counts of another part of the same report.
    pub fn merge(&mut self, other: &Self) {
        self.cells += other.cells;
        self.rows += other.rows;
        self.rejected_rows += other.rejected_rows;
        self.rejected_cells += other.rejected_cells;
        self.furniture += other.furniture;
        self.rejected_examples
            .extend_from_slice(&other.rejected_examples);
        self.rejected_examples.truncate(reader::EXAMPLES);
        for (point, more) in self.points.iter_mut().zip(&other.points) {
            point.merge(more);
        }
        self.ambiguous_resolved += other.ambiguous_resolved;
        self.ambiguous_by_rule += other.ambiguous_by_rule;
        self.nonexistent += other.nonexistent;
        self.time_range = Extent::around(self.time_range.into_iter().chain(other.time_range));
        self.outside_range = self.outside_range.or(other.outside_range);
    }

    fn extend_range(&mut self, time: Instant) {
        self.time_range = Some(Extent::joined(self.time_range, time));
    }
}

/// What became of the cells of one point in accepted rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PointTally {
    /// Cells that were numbers or states, and were delivered.
    pub numbers: u64,
    /// Of those, two-state words.
    pub states: u64,
    /// Of those, numbers with a unit of their own, by its symbol.
    #[serde(deserialize_with = "names::units")]
    pub units: BTreeMap<&'static str, u64>,
    /// Numbers that were removed for their size.
    pub not_finite: u64,
    /// Numbers with a unit that does not fit the point's.
    pub unit_mismatch: u64,
    /// Missing tokens, by the canonical name of the token.
    #[serde(deserialize_with = "names::tokens")]
    pub missing: BTreeMap<&'static str, u64>,
    /// Texts that are none of these.
    pub unrecognised: u64,
    /// Of those, numbers with a comma that may be the decimal sign or set thousands apart.
    pub ambiguous_numbers: u64,
    /// The first few of those texts, each once.
    pub unrecognised_examples: Vec<String>,
}

impl PointTally {
    /// Adds the counts of another part of the same point's cells.
    pub fn merge(&mut self, other: &Self) {
        self.numbers += other.numbers;
        self.states += other.states;
        for (unit, count) in &other.units {
            *self.units.entry(unit).or_default() += count;
        }
        self.not_finite += other.not_finite;
        self.unit_mismatch += other.unit_mismatch;
        for (token, count) in &other.missing {
            *self.missing.entry(token).or_default() += count;
        }
        self.unrecognised += other.unrecognised;
        self.ambiguous_numbers += other.ambiguous_numbers;
        for example in &other.unrecognised_examples {
            self.add_example(example);
        }
    }

    fn add_said(&mut self, said: cells::CellNote) {
        match said {
            cells::CellNote::State => self.states += 1,
            cells::CellNote::Unit(unit) => *self.units.entry(unit.symbol()).or_default() += 1,
        }
    }

    fn add_example(&mut self, text: &str) {
        let text = text.trim_matches('"').trim();
        let examples = &mut self.unrecognised_examples;
        if examples.len() < reader::EXAMPLES && examples.iter().all(|example| example != text) {
            examples.push(text.to_owned());
        }
    }
}

/// A row that was rejected, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// The line in the file, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// How the cells of one point are to be read; in the order of [`Report`]'s points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellRule {
    /// The unit that plain numbers of this point are in. A number that carries a unit of its own is converted to it; where
    /// none is declared, it is converted to the base unit of its dimension (a rule of the cell alone, so that splitting a
    /// report cannot change it).
    pub unit: Option<Unit>,
    /// Words that mean 1 for this point, beyond and before the common table.
    pub on: Vec<String>,
    /// Words that mean 0 for this point, beyond and before the common table.
    pub off: Vec<String>,
}

/// How local time becomes UTC.
#[derive(Debug, Clone)]
pub struct TimeRule {
    /// The site's zone.
    pub zone: jiff::tz::TimeZone,
    /// Which instant a local time that happens twice is, where the report's order does not tell.
    pub ambiguous: Choice,
    /// Which instant a local time that never happens is taken for.
    pub nonexistent: Choice,
    /// Rows later than this (batch start + 5 min) reject their report.
    pub not_after: Instant,
}

/// Which of two instants.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The earlier.
    #[default]
    Earlier,
    /// The later.
    Later,
}

/// What a reader knows when it has read its report to the end.
#[derive(Debug, Clone)]
pub struct ReadOutcome {
    /// The counts over the rows of the window's `own` range.
    pub tally: Tally,
    /// Rows met in the whole file, whatever the window.
    pub rows_seen: u64,
    /// Whether the trailer was met: a report without one was cut short.
    pub complete: bool,
    /// What the text is known by, taken from the very bytes that were decoded.
    pub id: FileId,
}

#[cfg(test)]
mod tests;
