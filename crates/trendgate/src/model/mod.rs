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

pub use equipment::{
    Check, CheckOff, DesignPoint, Equipment, EquipmentCheck, HeatLimits, Need, RunState, Running,
    Water,
};
pub use flag_lists::flag_lists;
pub use flags::{Flag, FlagSet};
pub use ids::{ColumnId, FormId, InputId, KindId, KnownKindId};
pub(crate) use name_pattern::{is_of_pattern, may_both_fit};
pub use physical::{PhysicalType, StandStill, UnitSystem};
pub use point::{Aggregation, EXTREME, PointId, RESERVED, column_key, column_name, plain_name};
pub use rule::{Evidence, NotJudged, Rule, RuleCounts};
pub(crate) use schema::flag_item;
pub use schema::{
    Column, DatasetSchema, METADATA_KEYS, QUALITY_FLAGS, SchemaColumn, TIMESTAMP, schema_hash,
};
pub use site::SiteId;
pub use spec::{HampelRule, PointSpec};
pub use term::{Term, Vocabulary};
pub use timestamp_unit::TimestampUnit;
pub(crate) use timestamp_unit::in_nanoseconds;
pub use units::{Dimension, Unit, exceeds, rounding};
