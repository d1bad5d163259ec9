//! All use of the clocks.
//!
//! A batch reads the wall clock once, at its start, and every check against "now" uses that one reading: a row that was
//! acceptable when the batch began cannot become a row of the future, or the other way round, while it runs.

use super::{Instant, MICROSECOND, MILLISECOND, Span};
use std::time::{self, Duration, SystemTime, UNIX_EPOCH};

/// The wall clock.
///
/// ```
/// assert!(trendgate::time::now() > trendgate::time::Instant::EPOCH);
/// ```
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the only use of this clock")]
pub fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    });
    Instant::from_nanos(nanos)
}

/// As [`now`], in whole microseconds, and later than `earlier` also where the clock is not: when a version was made that follows one. Whatever
/// counts no finer can name it, and it names no other version.
#[must_use]
pub(crate) fn after(earlier: Option<Instant>) -> Instant {
    let now = now().floor(MICROSECOND);
    let next = earlier.map(|earlier| earlier.floor(MICROSECOND) + MICROSECOND);
    next.map_or(now, |next| now.max(next))
}

/// As [`now`], but the beginning of the millisecond.
#[must_use]
pub(crate) fn this_millisecond() -> Instant {
    now().floor(MILLISECOND)
}

/// A stopwatch: for telling a person how long something took, never for results.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(time::Instant);

impl Stopwatch {
    /// Starts it.
    ///
    /// ```
    /// let since = trendgate::time::Stopwatch::start();
    /// assert!(since.span() >= trendgate::time::Span::ZERO);
    /// ```
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the only use of this clock")]
    pub fn start() -> Self {
        Self(time::Instant::now())
    }

    /// The time since the start.
    ///
    /// ```
    /// let since = trendgate::time::Stopwatch::start();
    /// assert!(since.elapsed().as_secs() < 60);
    /// ```
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// It as a span.
    ///
    /// ```
    /// let since = trendgate::time::Stopwatch::start();
    /// assert!(since.span() < trendgate::time::MINUTE);
    /// ```
    #[must_use]
    pub fn span(self) -> Span {
        Span::from_nanos(i64::try_from(self.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

/// Lets this thread sleep for so long.
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The IANA zone of this name, in any case. `Etc/Unknown` and `Factory` are in the database and say that the zone is not known: they are
/// none.
#[must_use]
pub(crate) fn zone(name: &str) -> Option<jiff::tz::TimeZone> {
    if name.eq_ignore_ascii_case("Factory") {
        return None;
    }
    jiff::tz::TimeZone::get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, SECOND};

    #[test]
    fn a_version_is_made_later_than_the_one_before_though_the_clock_stood_still_or_went_back() {
        let ahead = now() + HOUR;
        let made = after(Some(ahead));
        assert_eq!(made, ahead.floor(MICROSECOND) + MICROSECOND);
        assert_eq!(after(Some(made)), made + MICROSECOND);
        let (before, made) = (now(), after(Some(now() - HOUR)));
        assert!(made.since(before) < SECOND && made + MICROSECOND > before);
        assert_eq!(after(None).nanos() % 1000, 0);
    }
}
