//! The times of rows → how far they are from each other.

use crate::time::{Instant, Span};
use std::collections::BTreeMap;

/// How often each distance of two rows of one report occurs.
#[derive(Debug, Clone, Default)]
pub(super) struct RowSteps {
    counts: BTreeMap<Span, u64>,
    previous: Option<Instant>,
}

/// The distance that nearly all rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsualStep {
    pub(super) step: Span,
    /// How many have it, and of how many.
    pub(super) count: u64,
    pub(super) of: u64,
}

/// So many different distances are counted one by one.
const MOST: usize = 4096;

impl RowSteps {
    /// Takes the next times of the report.
    pub(super) fn add(&mut self, times: &[Instant]) {
        for time in times {
            if let Some(previous) = self.previous.replace(*time) {
                let step = *time - previous;
                if self.counts.len() < MOST || self.counts.contains_key(&step) {
                    *self.counts.entry(step).or_default() += 1;
                }
            }
        }
    }

    /// Adds those of another report.
    pub(super) fn merge(&mut self, other: Self) {
        for (step, count) in other.counts {
            *self.counts.entry(step).or_default() += count;
        }
    }

    /// How many rows have the time of the row before them, and how many rows have one before them.
    pub(super) fn repeated(&self) -> (u64, u64) {
        let repeated = self.counts.get(&Span::ZERO).copied().unwrap_or(0);
        (repeated, self.counts.values().sum())
    }

    /// The distance of nine rows in ten.
    pub(super) fn usual(&self) -> Option<UsualStep> {
        let of: u64 = self.counts.values().sum();
        let (step, count) = self.counts.iter().max_by_key(|(_, count)| **count)?;
        (count * 10 >= of * 9 && *step > Span::ZERO).then_some(UsualStep {
            step: *step,
            count: *count,
            of,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    #[test]
    fn the_usual_step_is_that_of_nine_rows_in_ten() {
        let at = |minutes: &[i64]| {
            minutes
                .iter()
                .map(|minute| Instant::EPOCH + MINUTE.times(*minute))
                .collect::<Vec<_>>()
        };
        let mut steps = RowSteps::default();
        steps.add(&at(&[0, 5, 10, 15, 20, 25]));
        steps.add(&at(&[30, 35, 40, 45, 60]));
        assert_eq!(steps.repeated(), (0, 10));
        assert_eq!(
            steps.usual(),
            Some(UsualStep {
                step: 5 * MINUTE,
                count: 9,
                of: 10
            })
        );
        steps.add(&at(&[61]));
        assert_eq!(steps.usual(), None);
        steps.add(&at(&[61]));
        assert_eq!(steps.repeated(), (1, 12));
    }
}
