//! The vocabulary that all stages share: points and what is known of them, physical types, units, equipment, flags.
//!
//! Nothing here reads or writes anything, or knows of a stage or of a configuration file.

mod equipment;
mod flags;
mod physical;
mod point;
mod rule;
mod site;
mod spec;
mod units;

pub use equipment::{
    Check, CheckOff, DesignPoint, Equipment, EquipmentCheck, HeatLimits, Need, RunState, Running,
    Water,
};
pub use flags::{Flag, FlagSet};
pub use physical::{PhysicalType, StandStill, UnitSystem};
pub use point::{Aggregation, PointId, RESERVED, column_key, column_name, plain_name};
pub use rule::{NotJudged, Rule, RuleCounts};
pub use site::SiteId;
pub use spec::{HampelRule, PointSpec};
pub use units::{Dimension, Unit, exceeds, rounding};
