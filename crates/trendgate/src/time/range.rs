//! Stretches of time: half-open ranges, and extents from a first to a last instant.

use crate::time::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The instants from `start` on and before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first of them.
    pub start: Instant,
    /// The first after them.
    pub end: Instant,
}

impl TimeRange {
    /// All instants but the very last.
    pub const ALL: Self = Self::new(Instant::MIN, Instant::MAX);

    /// The range from `start` to `end`; empty where `end` is no later.
    ///
    /// ```
    /// use trendgate::time::{HOUR, Instant, TimeRange};
    ///
    /// let range = TimeRange::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(!range.contains(range.end));
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    /// Whether `instant` is in it.
    ///
    /// ```
    /// use trendgate::time::{HOUR, Instant, TimeRange};
    /// let hour = TimeRange::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(hour.contains(hour.start) && !hour.contains(hour.end));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether no instant is in it.
    ///
    /// ```
    /// use trendgate::time::{HOUR, Instant, TimeRange};
    ///
    /// let range = TimeRange::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(!range.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether an instant of `extent` is in it.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant, TimeRange};
    ///
    /// let range = TimeRange::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(range.meets(Extent::new(Instant::EPOCH, Instant::EPOCH)));
    /// assert!(!range.meets(Extent::new(range.end, range.end)));
    /// ```
    #[must_use]
    pub fn meets(self, extent: Extent) -> bool {
        extent.first < self.end && self.start <= extent.last
    }

    /// It and what is at most `before` ahead of it or at most `after` behind it.
    ///
    /// ```
    /// use trendgate::time::{HOUR, Instant, TimeRange};
    ///
    /// let range = TimeRange::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert_eq!(range.widened(HOUR, HOUR).start, Instant::EPOCH - HOUR);
    /// ```
    #[must_use]
    pub fn widened(self, before: Span, after: Span) -> Self {
        Self::new(self.start - before, self.end + after)
    }
}

/// From the first to the last row, both included; written `[first, last]`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "(Instant, Instant)", into = "(Instant, Instant)")]
#[schemars(with = "(Instant, Instant)", rename = "TimeRange")]
pub struct Extent {
    /// The first row.
    pub first: Instant,
    /// The last row.
    pub last: Instant,
}

impl Extent {
    /// The extent from `first` to `last`.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(extent.contains(extent.last));
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(first: Instant, last: Instant) -> Self {
        Self { first, last }
    }

    /// The smallest extent around both.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    /// let at = |hour| Extent::from(Instant::EPOCH + hour * HOUR);
    /// let around = at(3).and(at(1)).and(at(2));
    /// assert_eq!(around, Extent::new(at(1).first, at(3).last));
    /// ```
    #[inline]
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }

    /// The smallest extent around what is known, if anything is, and `more`.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert_eq!(Extent::joined(None, extent), extent);
    /// ```
    #[inline]
    #[must_use]
    pub fn joined(known: Option<Self>, more: impl Into<Self>) -> Self {
        let more = more.into();
        known.map_or(more, |known| known.and(more))
    }

    /// The smallest extent around all of `extents`; `None` where there is none.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert_eq!(Extent::around([extent, extent]), Some(extent));
    /// ```
    #[must_use]
    pub fn around(extents: impl IntoIterator<Item = Self>) -> Option<Self> {
        extents.into_iter().reduce(Self::and)
    }

    /// Whether `instant` is in it.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(extent.contains(extent.first));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains(self, instant: Instant) -> bool {
        self.first <= instant && instant <= self.last
    }

    /// Whether they share an instant.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert!(extent.touches(extent));
    /// ```
    #[must_use]
    pub fn touches(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// How long its last instant is after its first.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert_eq!(extent.length(), HOUR);
    /// ```
    #[must_use]
    pub fn length(self) -> Span {
        self.last - self.first
    }

    /// It and what is at most `before` ahead of it or at most `after` behind it.
    ///
    /// ```
    /// use trendgate::time::{Extent, HOUR, Instant};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + HOUR);
    /// assert_eq!(extent.widened(HOUR, HOUR).length(), 3 * HOUR);
    /// ```
    #[must_use]
    pub fn widened(self, before: Span, after: Span) -> Self {
        Self::new(self.first - before, self.last + after)
    }
}

impl From<Instant> for Extent {
    #[inline]
    fn from(instant: Instant) -> Self {
        Self::new(instant, instant)
    }
}

impl From<(Instant, Instant)> for Extent {
    fn from((first, last): (Instant, Instant)) -> Self {
        Self { first, last }
    }
}

impl From<Extent> for (Instant, Instant) {
    fn from(extent: Extent) -> Self {
        (extent.first, extent.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    fn at(hour: i64) -> Instant {
        Instant::EPOCH + hour * HOUR
    }

    #[test]
    fn a_range_ends_before_its_end_and_an_extent_with_its_last() {
        let (range, extent) = (TimeRange::new(at(1), at(3)), Extent::new(at(1), at(3)));
        for hour in 0..5 {
            assert_eq!(range.contains(at(hour)), (1..3).contains(&hour));
            assert_eq!(extent.contains(at(hour)), (1..=3).contains(&hour));
        }
        assert_eq!(extent.length(), 2 * HOUR);
        assert!(!range.is_empty() && TimeRange::new(at(1), at(1)).is_empty());
    }

    #[test]
    fn what_meets_shares_an_instant() {
        let range = TimeRange::new(at(1), at(3));
        for (first, last, meets) in [(0, 0, false), (0, 1, true), (2, 9, true), (3, 4, false)] {
            assert_eq!(range.meets(Extent::new(at(first), at(last))), meets);
        }
        let extent = Extent::new(at(1), at(3));
        for (first, last, touches) in [(0, 0, false), (0, 1, true), (3, 4, true), (4, 4, false)] {
            assert_eq!(extent.touches(Extent::new(at(first), at(last))), touches);
        }
    }

    #[test]
    fn what_is_widened_ends_with_time() {
        assert_eq!(
            TimeRange::new(at(1), at(3)).widened(HOUR, 2 * HOUR),
            TimeRange::new(at(0), at(5))
        );
        assert_eq!(TimeRange::ALL.widened(DAY, DAY), TimeRange::ALL);
    }
}
