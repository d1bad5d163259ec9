//! Instants.

use crate::time::{MILLISECOND, Span};
use jiff::{Timestamp, tz};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

/// An instant, in nanoseconds since the epoch; written as RFC 3339 with `Z`.
///
/// It reaches from 1677 to 2262. Sums and differences end there, and do not overflow. In JSON it is its text; where a format is not for
/// people, a number.
///
/// ```
/// use trendgate::time::{HOUR, Instant};
/// let instant: Instant = "2016-10-09T16:07:00Z".parse().unwrap();
/// assert_eq!((instant + HOUR).to_string(), "2016-10-09T17:07:00Z");
/// assert_eq!(instant.floor(HOUR).to_string(), "2016-10-09T16:00:00Z");
/// assert_eq!(Instant::MAX + HOUR, Instant::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
#[schemars(
    with = "String",
    rename = "Utc",
    description = "An instant, in nanoseconds since the epoch; written as RFC 3339 with `Z`.",
    extend("format" = "date-time")
)]
pub struct Instant(i64);

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The earliest.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant so many nanoseconds after the epoch.
    ///
    /// ```
    /// let instant = trendgate::time::Instant::from_nanos(1_000_000_000);
    /// assert_eq!(instant.to_string(), "1970-01-01T00:00:01Z");
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its nanoseconds since the epoch.
    ///
    /// ```
    /// assert_eq!(trendgate::time::Instant::from_nanos(7).nanos(), 7);
    /// ```
    #[inline]
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Its whole milliseconds since the epoch, rounded down.
    ///
    /// ```
    /// assert_eq!(trendgate::time::Instant::from_nanos(2_500_000).millis(), 2);
    /// ```
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(MILLISECOND.nanos())
    }

    /// The beginning of the bin that it lies in, where bins of the length `bin` begin at the epoch.
    ///
    /// ```
    /// use trendgate::time::{Instant, MINUTE, SECOND};
    /// let before_the_epoch = Instant::EPOCH - SECOND;
    /// assert_eq!(before_the_epoch.floor(MINUTE), Instant::EPOCH - MINUTE);
    /// ```
    #[inline]
    #[must_use]
    pub const fn floor(self, bin: Span) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(bin.nanos())))
    }

    /// How long it is after `earlier`; negative where it is before.
    ///
    /// ```
    /// use trendgate::time::{HOUR, Instant};
    ///
    /// let later = Instant::EPOCH + HOUR;
    /// assert_eq!(later.since(Instant::EPOCH), HOUR);
    /// ```
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The instant that a person typed: with a zone's offset, or without one in UTC.
    ///
    /// ```
    /// use trendgate::time::Instant;
    /// let typed = Instant::from_typed;
    /// assert_eq!(typed("2016-11-12T03:00"), typed("2016-11-12 11:00+08:00"));
    /// assert_eq!(typed("tomorrow"), None);
    /// ```
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            tz::TimeZone::UTC.to_timestamp(local).ok()?.try_into().ok()
        })
    }

    /// It on the clocks of an IANA zone: `2016-11-12 11:00 in Asia/Taipei`.
    ///
    /// ```
    /// let local = trendgate::time::Instant::EPOCH.local("Asia/Taipei");
    /// assert!(local.contains("08:00"), "{local}");
    /// ```
    #[must_use]
    pub fn local(self, zone: &str) -> String {
        let at = self.timestamp();
        let there = at.and_then(|at| at.in_tz(zone));
        there.map_or_else(
            |_| self.to_string(),
            |there| format!("{} in {zone}", there.strftime("%Y-%m-%d %H:%M")),
        )
    }

    /// Every instant is within jiff's range: there is no error.
    fn timestamp(self) -> Result<Timestamp, jiff::Error> {
        Timestamp::from_nanosecond(i128::from(self.0))
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    #[inline]
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.nanos()))
    }
}

impl Sub<Span> for Instant {
    type Output = Self;

    #[inline]
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.nanos()))
    }
}

impl AddAssign<Span> for Instant {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl SubAssign<Span> for Instant {
    #[inline]
    fn sub_assign(&mut self, span: Span) {
        *self = *self - span;
    }
}

impl Sub for Instant {
    type Output = Span;

    #[inline]
    fn sub(self, earlier: Self) -> Span {
        self.since(earlier)
    }
}

/// With as many decimals as it needs: `2016-10-09T16:00:00Z`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timestamp() {
            Ok(at) => f.pad(&at.to_string()),
            Err(_) => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// RFC 3339, with any offset.
impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.parse::<Timestamp>().ok();
        at.and_then(|at| at.try_into().ok())
            .ok_or_else(|| format!("expected a time such as 2016-10-09T16:00:00Z, found {text:?}"))
    }
}

/// Fails for what is before 1677 or after 2262.
impl TryFrom<Timestamp> for Instant {
    type Error = std::num::TryFromIntError;

    fn try_from(at: Timestamp) -> Result<Self, Self::Error> {
        i64::try_from(at.as_nanosecond()).map(Self)
    }
}

impl Serialize for Instant {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Instant {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_time_hold() {
        assert_eq!(Instant::MAX + DAY, Instant::MAX);
        assert_eq!(Instant::MIN - DAY, Instant::MIN);
        assert_eq!(
            Instant::MAX - Instant::MIN,
            Span::from_nanos(i64::MAX),
            "as long as a span can be"
        );
        assert_eq!(Instant::MIN.floor(DAY), Instant::MIN);
        for instant in [Instant::MIN, Instant::EPOCH, Instant::MAX] {
            assert_eq!(instant.to_string().parse(), Ok(instant));
        }
        assert!("2300-01-01T00:00:00Z".parse::<Instant>().is_err());
    }

    #[test]
    fn a_number_where_nobody_reads_it() {
        let instant = Instant::from_nanos(-2);
        let text = "1969-12-31T23:59:59.999999998Z";
        assert_eq!(serde_json::to_value(instant).unwrap(), text);
        let bytes = postcard::to_allocvec(&instant).unwrap();
        assert_eq!(bytes, postcard::to_allocvec(&-2_i64).unwrap());
        assert_eq!(postcard::from_bytes::<Instant>(&bytes).unwrap(), instant);
    }

    proptest! {
        #[test]
        fn every_instant_survives_its_json_and_keeps_its_order(a: i64, b: i64) {
            let again = |nanos: i64| {
                let json = serde_json::to_string(&Instant(nanos)).unwrap();
                serde_json::from_str::<Instant>(&json).unwrap()
            };
            prop_assert_eq!((again(a), again(b)), (Instant(a), Instant(b)));
            prop_assert_eq!(Instant(a).cmp(&Instant(b)), a.cmp(&b));
        }

        #[test]
        fn a_bin_holds_its_instants(nanos in -1_000_000_000_000_i64..1_000_000_000_000, bin in 1_i64..1_000_000_000) {
            let (instant, bin) = (Instant(nanos), Span::from_nanos(bin));
            let start = instant.floor(bin);
            prop_assert!(start <= instant && instant < start + bin);
            prop_assert_eq!(start.nanos() % bin.nanos(), 0);
        }
    }
}
