//! Lengths of time as people write them: `15m`, `90s`, `1h30m`, `7d`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::ops::{Add, Div, Mul, Rem, Sub};
use std::str::FromStr;

/// A length of time, in whole nanoseconds: how long one instant is after another, negative where it is before.
///
/// As text it is positive. Sums, differences and products end with what it can hold, 292 years, and do not overflow.
///
/// ```
/// use trendgate::time::{HOUR, MINUTE, Span};
/// let span: Span = "1h30m".parse().unwrap();
/// assert_eq!(span, 90 * MINUTE);
/// assert_eq!(span - HOUR, 30 * MINUTE);
/// assert_eq!(span / MINUTE, 90);
/// ```
///
/// In JSON it is its text; where a format is not for people, a number.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(
    with = "String",
    description = "A positive length of time, in whole nanoseconds.",
    extend("pattern" = "^([0-9]+(d|h|m|s|ms))+$")
)]
pub struct Span(i64);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.collect_str(self),
            false => to.serialize_i64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            return Self::try_from(text).map_err(de::Error::custom);
        }
        i64::deserialize(from).map(Self)
    }
}

/// The length of a millisecond.
pub const MILLISECOND: Span = Span(1_000_000);
/// A microsecond.
pub(crate) const MICROSECOND: Span = Span(1_000);
/// The length of a second.
pub const SECOND: Span = MILLISECOND.times(1000);
/// The length of a minute.
pub const MINUTE: Span = SECOND.times(60);
/// The length of an hour.
pub const HOUR: Span = MINUTE.times(60);
/// The length of a day of 24 hours.
pub const DAY: Span = HOUR.times(24);

const UNITS: [(&str, Span); 5] = [
    ("d", DAY),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", MILLISECOND),
];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest.
    pub const MAX: Self = Self(i64::MAX);

    /// The span of so many nanoseconds.
    ///
    /// ```
    /// use trendgate::time::{SECOND, Span};
    ///
    /// assert_eq!(Span::from_nanos(1_000_000_000), SECOND);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its nanoseconds.
    ///
    /// ```
    /// assert_eq!(trendgate::time::SECOND.nanos(), 1_000_000_000);
    /// ```
    #[inline]
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// It so many times.
    ///
    /// ```
    /// use trendgate::time::{HOUR, MINUTE};
    ///
    /// assert_eq!(MINUTE.times(60), HOUR);
    /// ```
    #[inline]
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// Its length, whichever way it goes.
    ///
    /// ```
    /// use trendgate::time::MINUTE;
    ///
    /// assert_eq!(MINUTE.times(-1).abs(), MINUTE);
    /// ```
    #[inline]
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Its seconds, rounded.
    ///
    /// ```
    /// let minute = trendgate::time::MINUTE.seconds();
    /// assert!((minute - 60.0).abs() < 1e-9);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "for estimates, and for people")]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add for Span {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Span {
    type Output = Self;

    #[inline]
    fn mul(self, count: i64) -> Self {
        self.times(count)
    }
}

impl Mul<Span> for i64 {
    type Output = Span;

    #[inline]
    fn mul(self, span: Span) -> Span {
        span.times(self)
    }
}

/// How often another span fits into it.
impl Div for Span {
    type Output = i64;

    #[inline]
    fn div(self, other: Self) -> i64 {
        self.0 / other.0
    }
}

/// What another span leaves of it.
impl Rem for Span {
    type Output = Self;

    #[inline]
    fn rem(self, other: Self) -> Self {
        Self(self.0 % other.0)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("expected a length of time such as 15m, 1h, 90s or 7d, found {text:?}");
        let mut rest = text.trim();
        let mut nanos: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let letters = rest
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(rest.len());
            let (_, unit) = UNITS
                .iter()
                .find(|(name, _)| *name == &rest[..letters])
                .ok_or_else(wrong)?;
            nanos = number
                .checked_mul(unit.0)
                .and_then(|more| nanos.checked_add(more))
                .ok_or_else(wrong)?;
            rest = &rest[letters..];
        }
        if nanos > 0 {
            Ok(Self(nanos))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (name, Self(unit)) in UNITS {
            if rest >= unit {
                write!(f, "{}{name}", rest / unit)?;
                rest %= unit;
            }
        }
        if rest != 0 || self.0 == 0 {
            write!(f, "{rest}ns")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, span) in [
            ("15m", 15 * MINUTE),
            ("1h30m", 90 * MINUTE),
            ("7d", 7 * DAY),
            ("250ms", 250 * MILLISECOND),
        ] {
            assert_eq!(text.parse::<Span>().unwrap(), span);
            assert_eq!(span.to_string(), text);
        }
        for text in [
            "",
            "15",
            "m",
            "15 m",
            "-5m",
            "0s",
            "1.5h",
            "15min",
            "99999999999d",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_of_time_does_not_overflow() {
        assert_eq!(Span::MAX + DAY, Span::MAX);
        assert_eq!(1_000_000 * DAY, Span::MAX);
        assert_eq!((HOUR - DAY).abs(), 23 * HOUR);
        assert_eq!((25 * HOUR % DAY, 25 * HOUR / DAY), (HOUR, 1));
    }

    proptest! {
        #[test]
        fn every_span_survives_its_text(millis in 1..1_000_000_000_000_i64) {
            let span = Span(millis * 1_000_000);
            prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
    }
}
