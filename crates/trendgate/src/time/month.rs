//! Which month a row belongs to, and where that month begins and ends. Pure; UTC throughout.

use crate::time::{DAY, Extent, Instant, Span, TimeRange};
use jiff::civil::{Date, date};
use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

/// A month of the UTC calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Instant", into = "Instant")]
pub struct Month {
    first: Date,
}

/// The month that begins then, or that the instant lies in.
impl From<Instant> for Month {
    fn from(instant: Instant) -> Self {
        Self::of(instant)
    }
}

impl From<Month> for Instant {
    fn from(month: Month) -> Self {
        month.start()
    }
}

impl Month {
    /// The month that an instant lies in.
    ///
    /// ```
    /// use trendgate::time::Month;
    /// let month = Month::of("2016-10-09T16:00:00Z".parse().unwrap());
    /// assert_eq!((month.year(), month.month()), (2016, 10));
    /// assert_eq!(month.folder("KMUH"), "KMUH/year=2016/month=10");
    /// ```
    #[must_use]
    pub fn of(instant: Instant) -> Self {
        // Every instant (1677 to 2262) is within jiff's range.
        let at = Timestamp::from_nanosecond(i128::from(instant.nanos()))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let first = Offset::UTC.to_datetime(at).date().first_of_month();
        Self { first }
    }

    /// The year.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert_eq!(month.year(), 1970);
    /// ```
    #[must_use]
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// The month, 1 to 12.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert_eq!(month.month(), 1);
    /// ```
    #[must_use]
    pub fn month(self) -> i8 {
        self.first.month()
    }

    /// Its first instant.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert_eq!(month.start(), trendgate::time::Instant::EPOCH);
    /// ```
    #[must_use]
    pub fn start(self) -> Instant {
        midnight(self.first)
    }

    /// The first instant of the next month.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert_eq!(month.end().to_string(), "1970-02-01T00:00:00Z");
    /// ```
    #[must_use]
    pub fn end(self) -> Instant {
        midnight(self.first.last_of_month()) + DAY
    }

    /// Its instants.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert!(month.range().contains(month.start()));
    /// ```
    #[must_use]
    pub fn range(self) -> TimeRange {
        TimeRange::new(self.start(), self.end())
    }

    /// The month after it.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert_eq!(month.next().start(), month.end());
    /// ```
    #[must_use]
    pub fn next(self) -> Self {
        Self::of(self.end())
    }

    /// The months that have an instant of `extent`.
    ///
    /// ```
    /// use trendgate::time::{DAY, Extent, Instant, Month};
    ///
    /// let extent = Extent::new(Instant::EPOCH, Instant::EPOCH + 40 * DAY);
    /// assert_eq!(Month::between(extent).len(), 2);
    /// ```
    #[must_use]
    pub fn between(extent: Extent) -> Vec<Self> {
        let first = Self::of(extent.first);
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        months
            .take_while(|month| month.start() <= extent.last)
            .collect()
    }

    /// The folder of a site's rows of this month, relative to the folder of the dataset.
    ///
    /// ```
    /// let month = trendgate::time::Month::of(trendgate::time::Instant::EPOCH);
    /// assert!(month.folder("PLANT").contains("PLANT"));
    /// ```
    #[must_use]
    pub fn folder(self, site: &str) -> String {
        format!("{site}/year={:04}/month={:02}", self.year(), self.month())
    }

    /// The end of the stretch that `instant` is in, when the month is cut into stretches of `span` from its start.
    pub(crate) fn span_end(self, instant: Instant, span: Span) -> Instant {
        let before = instant.since(self.start()) / span;
        let end = self.start() + span * before + span;
        end.min(self.end())
    }
}

/// The ends of what an i64 can say stand in for the midnights just beyond them.
fn midnight(day: Date) -> Instant {
    let nanos = day.duration_since(date(1970, 1, 1)).as_nanos();
    let bound = if nanos < 0 { i64::MIN } else { i64::MAX };
    Instant::from_nanos(i64::try_from(nanos).unwrap_or(bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    const NANOSECOND: Span = Span::from_nanos(1);

    #[test]
    fn a_month_holds_its_first_instant_and_not_the_next_months() {
        let february = Month::of("2026-02-28T00:00:00Z".parse().unwrap());
        assert_eq!((february.year(), february.month()), (2026, 2));
        assert_eq!(february.end() - february.start(), 28 * DAY);
        assert_eq!(Month::of(february.start()), february);
        assert_eq!(Month::of(february.end() - NANOSECOND), february);
        assert_eq!(Month::of(february.end()).month(), 3);
        assert_eq!(
            Month::of(Instant::EPOCH - NANOSECOND).folder("S"),
            "S/year=1969/month=12"
        );
        assert_eq!(Month::of(Instant::EPOCH - NANOSECOND).end(), Instant::EPOCH);
    }

    #[test]
    fn the_ends_of_time_have_months_too() {
        assert_eq!(Month::of(Instant::MAX).year(), 2262);
        assert_eq!(Month::of(Instant::MAX).end(), Instant::MAX);
        assert_eq!(Month::of(Instant::MIN).start(), Instant::MIN);
    }

    #[test]
    fn spans_are_counted_from_the_start_of_the_month_and_end_with_it() {
        let month = Month::of(Instant::EPOCH);
        for (span, at, end) in [
            (7 * DAY, Span::ZERO, 7 * DAY),
            (7 * DAY, 7 * DAY - NANOSECOND, 7 * DAY),
            (7 * DAY, 7 * DAY, 14 * DAY),
            (7 * DAY, 30 * DAY, 31 * DAY),
            (6 * HOUR, 5 * HOUR, 6 * HOUR),
        ] {
            let found = month.span_end(Instant::EPOCH + at, span);
            assert_eq!(found.since(Instant::EPOCH), end);
        }
    }
}
