//! Lengths of time as people write them: `15m`, `90s`, `1h30m`, `7d`.

use crate::time::{DAY, HOUR, MINUTE, SECOND};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A positive length of time, in whole nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^([0-9]+(d|h|m|s|ms))+$"))]
pub struct Span(i64);

const UNITS: [(&str, i64); 5] = [
    ("d", DAY),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", SECOND / 1000),
];

impl Span {
    /// The span of so many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
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
                .checked_mul(*unit)
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
        for (name, unit) in UNITS {
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
        for (text, nanos) in [
            ("15m", 15 * MINUTE),
            ("1h30m", 90 * MINUTE),
            ("7d", 7 * DAY),
            ("250ms", SECOND / 4),
        ] {
            assert_eq!(text.parse::<Span>().unwrap(), Span(nanos));
            assert_eq!(Span(nanos).to_string(), text);
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

    proptest! {
        #[test]
        fn every_span_survives_its_text(millis in 1..1_000_000_000_000_i64) {
            let span = Span(millis * 1_000_000);
            prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
    }
}
