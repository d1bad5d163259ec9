//! The only door to the time.
//!
//! A batch reads the wall clock once, at its start, and every check against "now" uses that one reading: a row that was
//! acceptable when the batch began cannot become a row of the future, or the other way round, while it runs.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds in one second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds in one day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// The wall clock in nanoseconds since 1970-01-01T00:00:00Z.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
        })
}

/// As [`now`], but the beginning of the millisecond: when a version was made. Whatever counts no finer can name it.
#[must_use]
pub fn this_millisecond() -> i64 {
    millisecond(now())
}

/// The beginning of the millisecond that a time lies in.
#[must_use]
pub fn millisecond(nanos: i64) -> i64 {
    nanos - nanos.rem_euclid(SECOND / 1000)
}

/// A stopwatch: for telling a person how long something took, never for results.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the door")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// `nanos` since the epoch as RFC 3339 in UTC, with as many decimals as it needs: `2016-10-09T16:00:00Z`.
#[must_use]
pub fn rfc3339(nanos: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(nanos))
        .map_or_else(|_| nanos.to_string(), |at| at.to_string())
}

/// The nanoseconds since the epoch of a time that a person typed: with a zone's offset, or without one in UTC.
///
/// ```
/// use trendgate::time::parse_time;
/// assert_eq!(parse_time("2016-11-12T03:00"), parse_time("2016-11-12 11:00+08:00"));
/// assert_eq!(parse_time("tomorrow"), None);
/// ```
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    parse_rfc3339(text).or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let at = jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?;
        i64::try_from(at.as_nanosecond()).ok()
    })
}

/// `nanos` since the epoch on the clocks of an IANA zone: `2016-11-12 11:00 in Asia/Taipei`.
#[must_use]
pub fn local(nanos: i64, zone: &str) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(nanos));
    let there = at.and_then(|at| at.in_tz(zone));
    there.map_or_else(
        |_| rfc3339(nanos),
        |there| format!("{} in {zone}", there.strftime("%Y-%m-%d %H:%M")),
    )
}

/// The IANA zone of this name, in any case. `Etc/Unknown` and `Factory` are in the database and say that the zone is not known: they are
/// none.
#[must_use]
pub fn zone(name: &str) -> Option<jiff::tz::TimeZone> {
    if name.eq_ignore_ascii_case("Factory") {
        return None;
    }
    jiff::tz::TimeZone::get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

/// The nanoseconds since the epoch that an RFC 3339 text says.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let at: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(at.as_nanosecond()).ok()
}
