//! Meters as they are written: points of electrical power, each with the counter of energy of the same meter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A meter that gives a power and counts its energy: day by day the one is held against the other. Where they do not agree, that is
/// recorded as evidence and warned of; it raises no flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeterConfig {
    /// The point of its electrical power.
    pub(crate) power: String,
    /// The point of its counter of energy.
    pub(crate) energy: String,
}
