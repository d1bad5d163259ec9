//! What a manifest says of the checks of equipment.

use crate::model::Rule;
use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One check of one machine. Its counts are those of its rule under its column, in `statistics.points`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EquipmentEntry {
    /// The machine, as the configuration names it.
    pub equipment: String,
    /// The rule.
    pub rule: Rule,
    /// The column that it judges.
    pub column: String,
    /// The columns that it takes, by what they are to the machine.
    pub inputs: BTreeMap<String, String>,
    /// Of a heat, how close it was, by week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weeks: Vec<WeekEntry>,
}

/// How close a heat was in one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct WeekEntry {
    /// When the week begins: Monday, 00:00 UTC.
    pub week: Instant,
    /// How many bins of it were judged.
    pub judged: u64,
    /// How many of them were within ±5 %.
    pub within_5_percent: u64,
}

/// A check that is off because no report has one of its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EquipmentOff {
    /// The machine.
    pub equipment: String,
    /// The points that are missing, as the configuration names them.
    pub missing: Vec<String>,
}
