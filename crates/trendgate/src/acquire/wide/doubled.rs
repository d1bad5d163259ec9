//! Rows of a doubled hour that wait for its end, when it is known which of its two passes each is of.

use super::block::Noted;
use super::rows::Timed;
use crate::acquire::fold::{HourPasses, MOST_DOUBLED};
use crate::acquire::lines::Line;
use crate::acquire::local_clock::Doubled;
use crate::time::{HOUR, Instant, Span};

/// The rows of a doubled hour, which are the last of the block.
pub(super) struct DoubledHour {
    /// The first of them in the block.
    pub(super) from: usize,
    pub(super) passes: HourPasses,
    /// What each will be counted by.
    pub(super) rows: Vec<WaitingRow>,
    pub(super) steps: PassSteps,
}

/// A row of a doubled hour.
pub(super) struct WaitingRow {
    /// The number of its line.
    pub(super) line: u64,
    pub(super) text: Vec<u8>,
    /// What was noted of its cells.
    pub(super) noted: Noted,
    /// The offset of the wall clock in the second pass.
    pub(super) second_offset: Span,
    /// Whether its day and month were exchanged back.
    pub(super) mended: bool,
}

impl DoubledHour {
    /// The hour that begins with a row, which is still to be added and will have the place `from` in the block; `after` is the wall clock of the
    /// row before it.
    pub(super) fn begin(first: Doubled, after: Option<Span>, from: usize) -> Self {
        let mut passes = HourPasses::default();
        passes.take(first);
        Self {
            from,
            passes,
            rows: Vec::new(),
            steps: PassSteps::behind(after),
        }
    }

    /// Adds what a row will be counted by.
    pub(super) fn add(
        &mut self,
        line: &Line,
        text: &[u8],
        noted: Noted,
        doubled: Doubled,
        timed: Timed,
    ) {
        let local = timed.at.local;
        self.steps.add(local);
        self.rows.push(WaitingRow {
            second_offset: local - (doubled.later - Instant::EPOCH),
            line: line.number,
            text: text.to_vec(),
            noted,
            mended: timed.mended,
        });
    }

    /// Whether more rows are in it than are held.
    pub(super) fn is_too_long(&self) -> bool {
        self.rows.len() > MOST_DOUBLED
    }
}

/// The steps of the wall clock through a doubled hour, from the row before it to the one behind it.
#[derive(Debug)]
pub(super) struct PassSteps {
    last: Option<Span>,
    step: Option<Span>,
    even: bool,
}

impl PassSteps {
    fn behind(before: Option<Span>) -> Self {
        Self {
            last: before,
            step: None,
            even: before.is_some(),
        }
    }

    fn add(&mut self, local: Span) {
        if let Some(last) = self.last.replace(local) {
            let step = local - last;
            self.even &= *self.step.get_or_insert(step) == step;
        }
    }

    /// Whether all are the same, an hour at most, the one to the row at `next` included.
    pub(super) fn are_even(mut self, next: Option<Span>) -> bool {
        let Some(next) = next else { return false };
        self.add(next);
        let is_step = |step: Span| step != Span::ZERO && step.abs() <= HOUR;
        self.even && self.step.is_some_and(is_step)
    }
}
