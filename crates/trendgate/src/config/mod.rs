//! What was typed → what was meant.
//!
//! ```text
//! YAML file ─ load (unknown fields refused) ─▶ Config ─┐
//! command line ──────────────────────────▶ Overrides ──┴─ Settings::new (cross-checks) ─▶ Settings
//! ```
//!
//! What is refused: fields that nobody knows, values of the wrong type or out of range, settings that contradict each
//! other.

mod equipment;
mod file;
mod ignore;
mod load;
mod points;
mod resolve;
mod rules;
mod settings;

pub use equipment::{ChillerConfig, CondenserConfig, DriveConfig, EquipmentConfig};
pub use file::{
    BatchConfig, CleanerConfig, Config, FrozenConfig, HampelConfig, MemoryAction, OnTrip,
    OutputFormat, PointConfig, RangeConfig, States,
};
pub use ignore::Ignore;
pub use points::PointTable;
pub use settings::{Overrides, RULES_VERSION, Settings};

/// The JSON Schema of the configuration file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
