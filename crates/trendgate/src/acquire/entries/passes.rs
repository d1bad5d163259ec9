//! The entries of doubled hours → which of the two passes each is of, as the whole text tells.

use crate::acquire::Choice;
use crate::acquire::fold::ToldBy;
use crate::acquire::local_clock::Doubled;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The lines with entries of doubled hours whose pass the order of the entries of their point tells. Of all others the configured rule says
/// it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoubledEntries {
    earlier: LineRuns,
    later: LineRuns,
}

/// LineRuns of a text, counted from 1, in stretches that ascend.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LineRuns(Vec<Range<u64>>);

impl LineRuns {
    fn of(mut lines: Vec<u64>) -> Self {
        lines.sort_unstable();
        let stretches = lines.chunk_by(|a, b| a + 1 == *b);
        Self(
            stretches
                .filter_map(|lines| Some(*lines.first()?..lines.last()? + 1))
                .collect(),
        )
    }

    fn contain(&self, line: u64) -> bool {
        let behind = self.0.partition_point(|stretch| stretch.start <= line);
        behind
            .checked_sub(1)
            .is_some_and(|at| self.0[at].contains(&line))
    }
}

impl DoubledEntries {
    /// Those of the first pass in the lines `earlier`, and of the second in `later`.
    pub(super) fn of(earlier: Vec<u64>, later: Vec<u64>) -> Self {
        Self {
            earlier: LineRuns::of(earlier),
            later: LineRuns::of(later),
        }
    }

    /// Whether no entry's pass is told.
    pub(super) fn is_empty(&self) -> bool {
        self.earlier.0.is_empty() && self.later.0.is_empty()
    }

    /// The instant of the entry in this line, and what told it.
    pub(super) fn instant(&self, line: u64, doubled: Doubled, rule: Choice) -> (ToldBy, Instant) {
        let (by, choice) = match (self.earlier.contain(line), self.later.contain(line)) {
            (true, _) => (ToldBy::Order, Choice::Earlier),
            (_, true) => (ToldBy::Order, Choice::Later),
            _ => (ToldBy::Rule, rule),
        };
        let instant = match choice {
            Choice::Earlier => doubled.earlier,
            Choice::Later => doubled.later,
        };
        (by, instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_in_stretches() {
        let lines = LineRuns::of(vec![7, 3, 4, 5, 9, 10]);
        assert_eq!(lines.0, [3..6, 7..8, 9..11]);
        let within: Vec<u64> = (0..13).filter(|line| lines.contain(*line)).collect();
        assert_eq!(within, [3, 4, 5, 7, 9, 10]);
        assert!(!LineRuns::default().contain(1));
    }
}
