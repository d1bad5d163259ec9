//! What the clock of a logger did in a report, counted.

use super::RejectedRow;
use super::stated::ClockOffset;
use super::tally::EXAMPLES;
use crate::time::{Instant, SECOND, Span};
use serde::{Deserialize, Serialize};

/// What the clock did in a report (or in the part of it that one task owns). Adds up with [`ClockTally::merge`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockTally {
    /// Rejected rows whose time is a fault of the clock.
    pub(crate) faults: u64,
    /// The first few of them.
    pub(crate) fault_examples: Vec<RejectedRow>,
    /// Rows of doubled hours through which they run evenly, in a single pass: a clock that changes would have shown two.
    pub(crate) single_pass: u64,
    /// The offset that a clock has which never changes, as the last of those rows, or of those in an hour that never happens, shows it.
    pub(crate) unchanged: Option<SeenOffset>,
    /// Bins of the stated interval with two rows that are about an interval apart.
    pub(crate) bins_with_two: u64,
    /// Bins of the stated interval without a row, between two rows that are about an interval apart.
    pub(crate) bins_with_none: u64,
}

impl ClockTally {
    /// Adds the counts of another part of the same report.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.faults += other.faults;
        self.fault_examples.extend_from_slice(&other.fault_examples);
        self.fault_examples.sort_by_key(|row| row.line);
        self.fault_examples.truncate(EXAMPLES);
        self.single_pass += other.single_pass;
        self.unchanged = self.unchanged.max(other.unchanged);
        self.bins_with_two += other.bins_with_two;
        self.bins_with_none += other.bins_with_none;
    }

    /// Counts a rejected row.
    pub(super) fn fault(&mut self, line: u64, reason: &str) {
        self.faults += 1;
        if self.fault_examples.len() < EXAMPLES {
            let reason = reason.to_owned();
            self.fault_examples.push(RejectedRow { line, reason });
        }
    }

    /// Notes the offset that a row at `at` shows.
    pub(super) fn see(&mut self, at: Instant, offset: Span) {
        let seconds = i32::try_from(offset / SECOND).ok();
        let offset = seconds.and_then(ClockOffset::of_seconds);
        let seen = offset.map(|offset| SeenOffset { at, offset });
        self.unchanged = self.unchanged.max(seen);
    }
}

/// The offset of a clock that never changes, and the last instant that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SeenOffset {
    at: Instant,
    /// The offset.
    pub(crate) offset: ClockOffset,
}
