//! The rows of one reading of a report that several readings share: which of them it counts, and what it has to prove.
//!
//! Enters: the rows of a [`TextRange`]. Leaves: how many lines of it this reading counts, and what only these say. That the rows of a reading go
//! by time, that it begins before its window and ends behind it, and that it shares rows with the next one, proves together that each reading has
//! all rows of its window. Where that is not so, the report has to be read whole.

use crate::acquire::text_range::TextRange;
use crate::acquire::{OutsideRange, Window};
use crate::time::Instant;

/// What is to be known of the lines of a range.
pub(super) struct RangeLines {
    is_first: bool,
    is_last: bool,
    /// Whether this reading counts any lines.
    counts_any: bool,
    /// Where the first line begins that the next one counts.
    own_end: u64,
    /// Lines of the head that the first reading counts.
    head_lines: u64,
    own: Option<OwnLines>,
}

/// What the lines say that one reading counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OwnLines {
    /// How many they are.
    pub(super) lines: u64,
    /// Rows among them outside of the stated range.
    pub(super) outside: Option<OutsideRange>,
}

impl RangeLines {
    /// That of `range`, below a head of so many lines.
    pub(super) fn of(range: &TextRange, head_lines: u64) -> Self {
        Self {
            is_first: range.is_first(),
            is_last: range.is_last(),
            counts_any: range.counts_any(),
            own_end: range.own_end_as_given(),
            head_lines: if range.is_first() { 0 } else { head_lines },
            own: None,
        }
    }

    /// Whether lines stand before the first one that are not given.
    pub(super) fn is_within(&self) -> bool {
        !self.is_first
    }

    /// Whether lines stand behind the last one that are not given.
    pub(super) fn goes_on(&self) -> bool {
        !self.is_last
    }

    /// Takes the next line, which begins at this byte of what is given and has this number; `outside` are the rows outside of the stated range
    /// before it.
    #[inline]
    pub(super) fn take_line(
        &mut self,
        start: u64,
        number: u64,
        outside: impl FnOnce() -> Option<OutsideRange>,
    ) {
        if self.own.is_none() && start >= self.own_end {
            self.end_own(number - 1, outside());
        }
    }

    /// Whether this reading counts the last line that was taken.
    #[inline]
    pub(super) fn counts(&self) -> bool {
        self.own.is_none()
    }

    /// Whether rows may begin at `time`.
    pub(super) fn may_begin_at(&self, time: Instant, window: Window) -> bool {
        self.is_first || time < window.read.start
    }

    /// Whether rows may end, the last one of which is at `last`.
    pub(super) fn may_end_at(&self, last: Instant, window: Window) -> bool {
        self.own.is_some() && (self.is_last || last >= window.read.end)
    }

    /// No lines come after this one; `outside` are the rows outside of the stated range.
    pub(super) fn end(&mut self, number: u64, outside: Option<OutsideRange>) {
        if self.is_last && self.own.is_none() {
            self.end_own(number, outside);
        }
    }

    #[cold]
    fn end_own(&mut self, last_line: u64, outside: Option<OutsideRange>) {
        self.own = Some(match self.counts_any {
            true => OwnLines {
                lines: last_line - self.head_lines,
                outside,
            },
            false => OwnLines::default(),
        });
    }

    /// What the lines say that this reading counts.
    pub(super) fn own(&self) -> OwnLines {
        self.own.unwrap_or_default()
    }
}
