//! Which month a row belongs to, and where that month begins and ends. Pure; UTC throughout.

use crate::time::DAY;
use jiff::civil::{Date, date};
use jiff::{Timestamp, tz::Offset};

/// A month of the UTC calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: Date,
}

impl Month {
    /// The month of an instant, in nanoseconds since the epoch.
    ///
    /// ```
    /// use trendgate::time::Month;
    /// let month = Month::of(1_476_028_800_000_000_000);
    /// assert_eq!((month.year(), month.month()), (2016, 10));
    /// assert_eq!(month.folder("KMUH"), "KMUH/year=2016/month=10");
    /// ```
    #[must_use]
    pub fn of(nanos: i64) -> Self {
        // Every i64 of nanoseconds (1677 to 2262) is within jiff's range.
        let at = Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH);
        let first = Offset::UTC.to_datetime(at).date().first_of_month();
        Self { first }
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.first.month()
    }

    /// Its first instant, in nanoseconds since the epoch.
    #[must_use]
    pub fn start(self) -> i64 {
        midnight(self.first)
    }

    /// The first instant of the next month, in nanoseconds since the epoch.
    #[must_use]
    pub fn end(self) -> i64 {
        midnight(self.first.last_of_month()).saturating_add(DAY)
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of(self.end())
    }

    /// The months that have an instant from `first` to `last`.
    #[must_use]
    pub fn between(first: i64, last: i64) -> Vec<Self> {
        let months = std::iter::successors(Some(Self::of(first)), |month| Some(month.next()));
        months.take_while(|month| month.start() <= last).collect()
    }

    /// The folder of a site's rows of this month, relative to the folder of the dataset.
    #[must_use]
    pub fn folder(self, site: &str) -> String {
        format!("{site}/year={:04}/month={:02}", self.year(), self.month())
    }

    /// The end of the stretch that `nanos` is in, when the month is cut into stretches of `span` from its start.
    pub(crate) fn span_end(self, nanos: i64, span: i64) -> i64 {
        let start = i128::from(self.start());
        let span = i128::from(span);
        let end = start + ((i128::from(nanos) - start) / span + 1) * span;
        i64::try_from(end).unwrap_or(i64::MAX).min(self.end())
    }
}

/// The ends of what an i64 can say stand in for the midnights just beyond them.
fn midnight(day: Date) -> i64 {
    let nanos = day.duration_since(date(1970, 1, 1)).as_nanos();
    let bound = if nanos < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(nanos).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    #[test]
    fn a_month_holds_its_first_instant_and_not_the_next_months() {
        let february = Month::of(1_772_236_800_000_000_000);
        assert_eq!((february.year(), february.month()), (2026, 2));
        assert_eq!(february.end() - february.start(), 28 * DAY);
        assert_eq!(Month::of(february.start()), february);
        assert_eq!(Month::of(february.end() - 1), february);
        assert_eq!(Month::of(february.end()).month(), 3);
        assert_eq!(Month::of(-1).folder("S"), "S/year=1969/month=12");
        assert_eq!(Month::of(-1).end(), 0);
    }

    #[test]
    fn the_ends_of_time_have_months_too() {
        assert_eq!(Month::of(i64::MAX).year(), 2262);
        assert_eq!(Month::of(i64::MAX).end(), i64::MAX);
        assert_eq!(Month::of(i64::MIN).start(), i64::MIN);
    }

    #[test]
    fn spans_are_counted_from_the_start_of_the_month_and_end_with_it() {
        let month = Month::of(0);
        assert_eq!(month.span_end(0, 7 * DAY), 7 * DAY);
        assert_eq!(month.span_end(7 * DAY - 1, 7 * DAY), 7 * DAY);
        assert_eq!(month.span_end(7 * DAY, 7 * DAY), 14 * DAY);
        assert_eq!(month.span_end(30 * DAY, 7 * DAY), 31 * DAY);
        assert_eq!(month.span_end(5 * HOUR, 6 * HOUR), 6 * HOUR);
    }
}
