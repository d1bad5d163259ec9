//! A window that slides over values and holds those that are the same reading.
//!
//! The smallest and the largest value are kept by two queues of candidates, so a value costs the same however long the window
//! is; and a window that is long enough drops the values that no later one needs, so it stays short however long a point stands still.

use crate::time::{Instant, Month, Span};
use std::collections::VecDeque;

/// How many values stand behind a flag at least.
pub(super) const FEWEST: usize = 6;

/// Values that are the same reading, up to the last one.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow {
    /// The times of its values, and the months that they count in.
    pub(super) samples: VecDeque<(Instant, Option<Month>)>,
    /// The number of the first of them, and of the next one to come.
    first: u64,
    next: u64,
    /// Values with a number below this are flagged, or cannot be any more.
    decided: u64,
    /// Candidates for the smallest and the largest value, by number.
    lows: VecDeque<(u64, f64)>,
    highs: VecDeque<(u64, f64)>,
    /// The last value taken.
    last: f64,
}

impl SlidingWindow {
    /// Takes the next value, and drops those that are not the same reading.
    pub(super) fn push(
        &mut self,
        start: Instant,
        month: Option<Month>,
        value: f64,
        tolerance: f64,
    ) {
        if (value - self.last).abs() > tolerance {
            // No window holds both this value and the one before it, so of a point that moves nothing is searched.
            self.begin_anew();
        }
        self.last = value;
        self.samples.push_back((start, month));
        let number = self.next;
        self.next += 1;
        while self.lows.back().is_some_and(|(_, low)| *low >= value) {
            self.lows.pop_back();
        }
        while self.highs.back().is_some_and(|(_, high)| *high <= value) {
            self.highs.pop_back();
        }
        self.lows.push_back((number, value));
        self.highs.push_back((number, value));
        while let (Some((low_at, low)), Some((high_at, high))) =
            (self.lows.front().copied(), self.highs.front().copied())
        {
            if high - low <= tolerance {
                break;
            }
            self.begin_at(low_at.min(high_at) + 1);
        }
    }

    /// Drops all values.
    pub(super) fn begin_anew(&mut self) {
        self.samples.clear();
        self.lows.clear();
        self.highs.clear();
        self.first = self.next;
    }

    /// Drops the values before the one of this number.
    fn begin_at(&mut self, first: u64) {
        while self.first < first {
            self.samples.pop_front();
            self.first += 1;
        }
        for ends in [&mut self.lows, &mut self.highs] {
            while ends.front().is_some_and(|(number, _)| *number < first) {
                ends.pop_front();
            }
        }
    }

    /// Calls `flag` for what the window has become long enough for.
    pub(super) fn decide(
        &mut self,
        min_duration: Span,
        mut flag: impl FnMut(Instant, Option<Month>),
    ) {
        let (Some((first, _)), Some((last, _))) = (self.samples.front(), self.samples.back())
        else {
            return;
        };
        let last = *last;
        if self.samples.len() < FEWEST || last - *first < min_duration {
            return;
        }
        for (start, month) in self.undecided() {
            flag(start, month);
        }
        self.decided = self.next;
        // A value that joins later is flagged by the shortest end of the window that is long enough by itself.
        while self.samples.len() > FEWEST
            && let Some((second, _)) = self.samples.get(1)
            && last - *second >= min_duration
        {
            self.begin_at(self.first + 1);
        }
    }

    /// The values that are not flagged and still may be.
    pub(super) fn undecided(&self) -> impl Iterator<Item = (Instant, Option<Month>)> + '_ {
        let known = self.decided.saturating_sub(self.first);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        self.samples.iter().skip(known).copied()
    }
}
