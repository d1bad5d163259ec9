//! What is asked of a reader: which rows, how their cells are read, in which time zone, and how much at a time.

use super::text_range::TextRange;
use crate::model::Unit;
use crate::text_id::Digests;
use crate::time::{Instant, Span, TimeRange};
use serde::{Deserialize, Serialize};

/// What a decoder is asked for.
pub(super) struct Ask<'a> {
    /// The rows that are asked for.
    pub(super) window: Window,
    /// Which lines the text has behind the head, where these are not all of the report's.
    pub(super) range: Option<&'a TextRange>,
    /// How their local time becomes UTC.
    pub(super) time: &'a TimeRule,
    /// For each point of the report, how its cells are read.
    pub(super) cells: Vec<CellRule>,
    /// Whether rows beyond the window are looked at for numbers that only the whole report decides.
    pub(super) looks_beyond: bool,
    /// About how many cells a chunk has.
    pub(super) chunk_cells: usize,
    /// How many bytes of text are read at a time.
    pub(super) block_bytes: usize,
    /// How many cells of a row are read at a time.
    pub(super) cells_at_a_time: CellsAtATime,
}

/// The rows that a reader is asked for.
///
/// Rows in `own` are delivered and counted. Rows in `read` but not in `own` (the halo) are delivered and not counted:
/// the task that owns them counts them. Rows outside `read` are passed over. A row that is rejected before its time is
/// known belongs to the time of the last good row before it in the file, or else to the first good row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The rows to count.
    pub own: TimeRange,
    /// The rows to deliver; contains `own`.
    pub read: TimeRange,
}

/// How a report is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// About how many cells a chunk has. By default as many as a core's second cache holds twice: a chunk takes 8 bytes a cell,
    /// twice while its rows are turned into columns. Fewer hold less memory, and are hardly slower.
    pub chunk_cells: usize,
    /// How many bytes of text are read at a time.
    pub block_bytes: usize,
    /// About how many cells are held of a report whose rows are not in order; in a run, the others are spilled to disk.
    pub held_cells: usize,
    /// Which digests are taken of the text on the way.
    pub digests: Digests,
    /// Whether rows beyond the window are looked at, too, for numbers that only the whole report decides: wanted where nobody else reads
    /// them.
    pub looks_beyond: bool,
    /// How many cells of a row are read at a time; the same comes of it.
    pub cells_at_a_time: CellsAtATime,
}

/// How many cells of a row of a wide table are read at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellsAtATime {
    /// Many, where the processor can.
    Many,
    /// One after the other.
    One,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_cells: 1 << 15,
            block_bytes: 256 << 10,
            held_cells: usize::MAX,
            digests: Digests::Today,
            looks_beyond: false,
            cells_at_a_time: CellsAtATime::Many,
        }
    }
}

/// How the cells of one point are to be read; in the order of [`Report`](super::Report)'s points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellRule {
    /// The unit that plain numbers of this point are in. A number that carries a unit of its own is converted to it; where
    /// none is declared, it is converted to the base unit of its dimension (a rule of the cell alone, so that splitting a
    /// report cannot change it), but for `K`, which then may be kelvin or a difference: such a number stays as it is.
    pub(crate) unit: Option<Unit>,
    /// Words that mean 1 for this point, beyond and before the common table.
    pub(crate) on: Vec<String>,
    /// Words that mean 0 for this point, beyond and before the common table.
    pub(crate) off: Vec<String>,
    /// Words that mean other numbers for this point.
    pub(crate) words: Vec<(String, f64)>,
    /// What its numbers are multiplied with, before a unit of their own is looked at.
    pub(crate) scale: Option<f64>,
    /// Whether its numbers are totals over a time that nothing says, so that none is taken.
    pub(crate) left_out: bool,
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
    /// Rows earlier than this are faults of a clock, and rejected.
    pub not_before: Instant,
    /// Where a table is read with day and month exchanged back, no step from row to row is longer than this.
    pub max_gap: Span,
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
    /// The earlier instant.
    #[default]
    Earlier,
    /// The later instant.
    Later,
}
