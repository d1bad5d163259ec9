//! The entries of a manifest for what its rows are: statistics of the points, rules that flag much, gaps, and what lasts over versions.

use crate::model::{Flag, Rule, RuleCounts};
use crate::time::{Extent, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the rows of the parts are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Statistics {
    /// Rows in all parts of this version.
    pub total_rows: u64,
    /// The first and the last row; null where there is none.
    pub time_range: Option<Extent>,
    /// For every flag, the rows that have it, be there any or not.
    pub quality_flags_distribution: BTreeMap<Flag, u64>,
    /// Per column, what the reports had for it.
    pub points: BTreeMap<String, PointStatistics>,
}

/// What the reports had for one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PointStatistics {
    /// The point, as the reports name it.
    pub point: String,
    /// Its cells in accepted rows.
    pub cells: u64,
    /// Those that were numbers or states.
    pub numbers: u64,
    /// Those that were missing tokens, by token.
    pub missing: BTreeMap<String, u64>,
    /// Those that were texts of no known kind.
    pub unrecognised: u64,
    /// The first few of those texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecognised_examples: Vec<String>,
    /// Those whose unit does not fit the point's.
    pub unit_mismatch: u64,
    /// Those that were removed for their size.
    pub not_finite: u64,
    /// Marks behind its numbers, such as `*` or `{ok}`, and how often each stood there; the numbers stay, unless the mark says that there is
    /// none (`missing` counts those as `(status)`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, u64>,
    /// Of its numbers, those with a unit that no table knows, by the unit: they stand as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown_units: BTreeMap<String, u64>,
    /// What its numbers in the reports were multiplied with before anything else, where that is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Bins that have a value.
    pub values: u64,
    /// The smallest of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The mean of those values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Whether not one of its cells was a number.
    pub dead: bool,
    /// Of a counter: how often its value is below the one before it. Consumption over such a step is not the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets: Option<u64>,
    /// The first few of those times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset_examples: Vec<CounterReset>,
    /// The conversion that its values went through; absent where the reports have the dataset's unit, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<Conversion>,
    /// What each rule said of its bins: flagged, good, or not judged and why. Rules that the point does not have are absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<Rule, RuleCounts>,
}

/// A counter that fell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CounterReset {
    /// The bin of the lower value.
    pub timestamp: Instant,
    /// The value before it, the last one that there is.
    pub before: f64,
    /// The lower value.
    pub after: f64,
    /// Whether the counter seems to have run over its last digit: from the last tenth below a power of ten to the first tenth.
    pub roll_over: bool,
}

/// How values were converted: `value × factor + offset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Conversion {
    /// The unit in the reports, by its symbol.
    pub from: String,
    /// The unit in the dataset, by its symbol.
    pub to: String,
    /// What a value was multiplied with.
    pub factor: f64,
    /// What was added then.
    pub offset: f64,
}

/// A rule that flags so much of a month that the rule, its settings or the plant is to be looked at before the data is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Trip {
    /// The rule.
    pub rule: Rule,
    /// The UTC month: `2016-11`.
    pub month: String,
    /// The column of the point whose bins are counted; absent where they are those of all points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Bins that it judged in the month.
    pub judged: u64,
    /// Those that it flagged.
    pub flagged: u64,
    /// The share of them that would have been accepted.
    pub limit: f64,
}

/// One stretch that no report covers and that is too long to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Gap")]
#[non_exhaustive]
pub struct GapEntry {
    /// The first bin that is missing.
    pub from: Instant,
    /// The first bin after it that is there.
    pub to: Instant,
    /// How many bins are missing.
    pub bins: u64,
}

/// What lasts: a fact of the dataset that a person should mend, or know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StandingCondition {
    /// What kind of fact: the kind of the warning that was given when it was found.
    pub kind: String,
    /// What it is about: a column.
    pub subject: String,
    /// The version that found it.
    pub version: u64,
    /// What was found, as a sentence.
    pub message: String,
}
