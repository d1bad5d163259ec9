//! Points: what a report calls a sensor, and the column that it becomes.

use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A point of a site: its name and its suffix, in the form in which [`plain_name`] compares them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PointId {
    /// The name, such as `CH5.CHST`.
    pub name: String,
    /// The suffix, mostly empty.
    pub suffix: String,
}

impl PointId {
    /// The point of a name and a suffix as they are written somewhere.
    #[must_use]
    pub(crate) fn new(name: &str, suffix: &str) -> Self {
        Self {
            name: plain_name(name),
            suffix: plain_name(suffix),
        }
    }
}

/// A name as names are compared: in Unicode's form NFC, with one blank for blanks of every kind, none at its ends.
///
/// ```
/// assert_eq!(trendgate::internals::model::plain_name(" AHU\u{a0} 1\tT"), "AHU 1 T");
/// assert_eq!(trendgate::internals::model::plain_name("Ku\u{308}hler"), "Kühler");
/// ```
#[must_use]
pub fn plain_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !name.is_empty() {
            name.push(' ');
        }
        if word.is_ascii() {
            name.push_str(word);
        } else {
            name.extend(word.nfc());
        }
    }
    name
}

/// `NAME` or `NAME:SUFFIX`, as the report's own title line puts it.
impl fmt::Display for PointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.suffix.is_empty() {
            write!(f, ":{}", self.suffix)?;
        }
        Ok(())
    }
}

/// The columns that every dataset has and that no point may take, and the names of the partition folders.
pub(crate) const RESERVED: [&str; 4] = ["timestamp", "quality_flags", "year", "month"];

/// The column name that a text becomes: lower case, letters and digits of any script kept, every other run of
/// characters one `_`, none at the ends.
///
/// ```
/// assert_eq!(trendgate::internals::model::column_name("CH5.CHRT"), "ch5_chrt");
/// assert_eq!(trendgate::internals::model::column_name(" 冰水 (出水) 溫度 "), "冰水_出水_溫度");
/// ```
#[must_use]
pub fn column_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut pending = false;
    for c in text.chars() {
        if c.is_alphanumeric() {
            if pending && !name.is_empty() {
                name.push('_');
            }
            pending = false;
            name.extend(c.to_lowercase());
        } else {
            pending = true;
        }
    }
    name
}

/// A column's name as it is compared with others: in Unicode's form NFKC, in which letters that are only drawn in another way are the same.
///
/// ```
/// assert_eq!(trendgate::internals::model::column_key("ｃｈ１_t"), "ch1_t");
/// ```
#[must_use]
pub fn column_key(column: &str) -> String {
    match column.is_ascii() {
        true => column.to_owned(),
        false => column.nfkc().collect::<String>().to_lowercase(),
    }
}

/// From this size on a number is no measurement: it is removed, and its bin flagged `OUTLIER`.
pub(crate) const EXTREME: f64 = 1e20;

/// How the samples of a bin become one value.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Aggregation {
    /// The mean, summed in time order: for gauges.
    #[default]
    Mean,
    /// The last reading: for counters and setpoints.
    Last,
    /// The largest: for states.
    Max,
    /// The sum, and nothing unless the samples cover the bin whole: for what was counted in an interval, as meters log it that give no reading.
    Sum,
    /// The mean of what held, weighted by the time for which it did: for gauges that log their changes.
    #[serde(rename = "held_mean", skip_deserializing)]
    HeldMean,
    /// What holds at the end of the bin: for counters and setpoints that log their changes.
    #[serde(rename = "held_last", skip_deserializing)]
    HeldLast,
    /// The largest that held: for states that log their changes.
    #[serde(rename = "held_max", skip_deserializing)]
    HeldMax,
}

/// ```
/// use trendgate::vocabulary::Aggregation;
///
/// assert_eq!(Aggregation::HeldMean.name(), "held_mean");
/// ```
impl Aggregation {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Mean,
        Self::Last,
        Self::Max,
        Self::Sum,
        Self::HeldMean,
        Self::HeldLast,
        Self::HeldMax,
    ];

    /// Its name, as serde writes it, too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Last => "last",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::HeldMean => "held_mean",
            Self::HeldLast => "held_last",
            Self::HeldMax => "held_max",
        }
    }

    /// The same of what holds over the bin, and not of the samples in it; `None` where that is nothing: what was counted until a change of
    /// value is no count of a time.
    #[must_use]
    pub(crate) const fn held(self) -> Option<Self> {
        match self {
            Self::Mean | Self::HeldMean => Some(Self::HeldMean),
            Self::Last | Self::HeldLast => Some(Self::HeldLast),
            Self::Max | Self::HeldMax => Some(Self::HeldMax),
            Self::Sum => None,
        }
    }

    /// Whether its bins are states.
    #[must_use]
    pub(crate) const fn is_of_states(self) -> bool {
        matches!(self, Self::Max | Self::HeldMax)
    }

    /// Whether its bins are the last reading, as those of a counter are.
    #[must_use]
    pub(crate) const fn is_last(self) -> bool {
        matches!(self, Self::Last | Self::HeldLast)
    }
}
