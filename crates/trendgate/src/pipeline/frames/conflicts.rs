//! What becomes of a frame's number for a cell that has another one, and which those cells are.

use crate::error::Error;
use crate::named::named;
use crate::time::Instant;
use serde::Serialize;
use std::fmt;

/// How many conflicts are listed; all are counted.
const LISTED: usize = 50;

/// What becomes of a frame's number for a cell that has another one, committed or of a frame that was added before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing of the batch is committed.
    #[default]
    Raise,
    /// The number that stands is kept, and the one of the frame is counted.
    Keep,
    /// The frame replaces what stands in its rows and columns, also where it has no number, and the flags of its rows.
    Replace,
}

named!(OnConflict, "What becomes of a frame's number for a cell that has another one.", {
    Raise "raise",
    Keep "keep",
    Replace "replace",
});

/// The cells for which frames that may not contradict have other numbers than those that stand: why a batch was not committed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FrameConflicts {
    /// How many there are.
    pub total: u64,
    /// The first of them, 50 at most.
    pub conflicts: Vec<FrameConflict>,
}

/// A cell for which a frame has another number than the one that stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameConflict {
    /// The frame.
    pub source: String,
    /// The row.
    pub timestamp: Instant,
    /// The column.
    pub column: String,
    /// The number that stands: committed, or of a frame that was added before.
    pub committed: f64,
    /// The number of the frame.
    pub found: f64,
}

impl FrameConflicts {
    /// Takes one more.
    pub(super) fn add(&mut self, conflict: impl FnOnce() -> FrameConflict) {
        self.total += 1;
        if self.conflicts.len() < LISTED {
            self.conflicts.push(conflict());
        }
    }
}

impl From<FrameConflicts> for Error {
    fn from(conflicts: FrameConflicts) -> Self {
        Self::contract(format!("numbers contradict those that stand: {conflicts}")).hint(
            "nothing was committed; say what is to become of them: keep the numbers that stand, or replace them by those of the frame",
        )
    }
}

/// The first one, and how many more there are.
impl fmt::Display for FrameConflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.conflicts.first() else {
            return f.write_str("no conflict");
        };
        let FrameConflict {
            source,
            timestamp,
            column,
            committed,
            found,
        } = first;
        write!(
            f,
            "{source}: {found} in {column:?} at {timestamp}, where {committed} stands"
        )?;
        match self.total - 1 {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}
