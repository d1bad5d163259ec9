//! The vocabulary that all stages share: points and what is known of them, physical types, units, equipment, flags.
//!
//! Nothing here reads or writes anything, or knows of a stage or of a configuration file.

mod equipment;
mod flag_lists;
mod flags;
mod ids;
mod name_pattern;
mod physical;
mod point;
mod rule;
mod schema;
mod site;
mod spec;
mod term;
mod timestamp_unit;
mod units;

pub use equipment::Equipment;
pub(crate) use equipment::{
    Check, CheckOff, DesignPoint, EquipmentCheck, HeatLimits, Need, RunState, Running, Water,
};
pub use flag_lists::flag_lists;
pub use flags::{Flag, FlagSet};
pub use ids::{ColumnId, KindId};
pub(crate) use ids::{FormId, InputId, KnownKindId};
pub(crate) use name_pattern::{is_of_pattern, may_both_fit};
pub use physical::PhysicalType;
pub(crate) use physical::{StandStill, UnitSystem};
pub use point::{Aggregation, column_key, column_name, plain_name};
pub(crate) use point::{EXTREME, PointId, RESERVED};
pub use rule::{Evidence, NotJudged, Rule, RuleCounts};
pub(crate) use rule::{StatedEvidence, StatedReason, is_stated_rule};
pub(crate) use schema::flag_item;
pub use schema::{Column, DatasetSchema, SchemaColumn, schema_hash};
pub(crate) use schema::{QUALITY_FLAGS, TIMESTAMP};
pub(crate) use site::SiteId;
pub(crate) use spec::HampelRule;
pub use spec::PointSpec;
pub use term::Term;
pub use timestamp_unit::TimestampUnit;
pub(crate) use timestamp_unit::in_nanoseconds;
pub(crate) use units::{Dimension, rounding};
pub use units::{Unit, exceeds};
