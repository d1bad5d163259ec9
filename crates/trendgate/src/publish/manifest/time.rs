//! Instants as manifests write them: RFC 3339 in UTC.

use crate::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant, in nanoseconds since the epoch; written as RFC 3339 with `Z`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Utc(pub i64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&time::rfc3339(self.0))
    }
}

impl From<Utc> for String {
    fn from(time: Utc) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for Utc {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected a time such as 2016-10-09T16:00:00Z, found {text:?}");
        let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        i64::try_from(time.as_nanosecond())
            .map(Self)
            .map_err(|_| wrong())
    }
}

/// From the first to the last row, both included; written `[first, last]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "(Utc, Utc)", into = "(Utc, Utc)")]
#[schemars(with = "(Utc, Utc)")]
pub struct TimeRange {
    /// The first row.
    pub first: Utc,
    /// The last row.
    pub last: Utc,
}

impl TimeRange {
    /// The range from `first` to `last`, in nanoseconds since the epoch.
    #[must_use]
    pub const fn new(first: i64, last: i64) -> Self {
        Self {
            first: Utc(first),
            last: Utc(last),
        }
    }

    /// The smallest range around all of `ranges`; `None` where there is none.
    #[must_use]
    pub fn around(ranges: impl IntoIterator<Item = Self>) -> Option<Self> {
        ranges.into_iter().reduce(|a, b| Self {
            first: a.first.min(b.first),
            last: a.last.max(b.last),
        })
    }

    /// Whether they share an instant.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl From<(Utc, Utc)> for TimeRange {
    fn from((first, last): (Utc, Utc)) -> Self {
        Self { first, last }
    }
}

impl From<TimeRange> for (Utc, Utc) {
    fn from(range: TimeRange) -> Self {
        (range.first, range.last)
    }
}
