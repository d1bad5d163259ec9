//! What a configuration says of a point. The documentation of each field is that of the JSON Schema.

use crate::model::{Aggregation, PhysicalType, Unit};
use crate::time::{HOUR, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a point.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointConfig {
    /// Its column; without one, it follows from the point's name. Not with a pattern.
    pub name: Option<String>,
    /// What it measures.
    pub physical_type: Option<PhysicalType>,
    /// The unit that its plain numbers are in; the dataset has them in the base unit of the dimension (°C, L/min, kW, kWh,
    /// kPa, %, Hz, A, V). Without it, the unit system decides for points with a physical type.
    pub unit: Option<Unit>,
    /// How the samples of a bin become one value; without it, the physical type decides.
    pub agg: Option<Aggregation>,
    /// Whether a bin without a value of this point is INSUFFICIENT_DATA.
    pub required: bool,
    /// Its own two-state words.
    pub states: States,
    /// Its own plausible range, in the dataset's unit; without it, that of the physical type.
    pub plausible: Option<RangeConfig>,
    /// Its own rule for standing still; without it, that of the physical type.
    pub frozen: Option<FrozenConfig>,
    /// Its Hampel filter; without it, a value is not held against its neighbours.
    pub hampel: Option<HampelConfig>,
    /// The point that says whether its equipment runs, by name: a state, or a flow, power or the like that is at rest at its own
    /// idle_below. While that is at rest, standing still is right.
    pub running: Option<String>,
}

/// A range of values; both bounds belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeConfig {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
}

impl RangeConfig {
    /// Whether it has room: two numbers, the smaller one first.
    pub(super) fn is_ascending(self) -> bool {
        self.min.is_finite() && self.max.is_finite() && self.min < self.max
    }
}

/// When a value is too far from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HampelConfig {
    /// How far the neighbourhood reaches to each side.
    pub half_width: Span,
    /// How many robust standard deviations from the median are too many.
    pub threshold: f64,
    /// Values closer to the median than this are never flagged; in the dataset's unit. Without it, five times the resolution of
    /// common sensors of the physical type.
    pub floor: Option<f64>,
}

impl Default for HampelConfig {
    fn default() -> Self {
        Self {
            half_width: HOUR,
            threshold: 3.0,
            floor: None,
        }
    }
}

/// When a point stands still for too long. What is left out is that of the physical type, or, for a type without such a
/// rule, 2 h.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrozenConfig {
    /// Whether it is judged at all. Points that log their changes of value only are judged only where this section is there.
    pub enabled: bool,
    /// Values within this of each other are the same reading; in the dataset's unit. Without it, only equal values are. At one step of
    /// the sensor or more, a living sensor looks like one that hangs.
    pub tolerance: Option<f64>,
    /// The shortest stretch that is flagged; never less than four of the point's own trend intervals. Longer where a point is slow, or moves
    /// in coarse steps.
    pub min_duration: Option<Span>,
    /// At or below this size the equipment is at rest, and may stand still.
    pub idle_below: Option<f64>,
}

impl Default for FrozenConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            tolerance: None,
            min_duration: None,
            idle_below: None,
        }
    }
}

/// Two-state words, without regard to case, that come before the common ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct States {
    /// Words that mean 1.
    pub on: Vec<String>,
    /// Words that mean 0.
    pub off: Vec<String>,
}
