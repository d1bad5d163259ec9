//! What was typed → what was meant.
//!
//! ```text
//! YAML file ─ load (unknown fields refused) ─▶ Config ─┐
//! command line ──────────────────────────▶ Overrides ──┴─ Settings::new (cross-checks) ─▶ Settings
//! ```
//!
//! A file of several sites is that of each of them in turn (`sites`).
//!
//! What is refused: unknown fields, values of the wrong type or out of range, settings that contradict each
//! other.

mod file;
mod load;
mod saved;
mod settings;
mod sites;
mod sources;

pub use crate::pipeline::Settings;
pub use file::{BatchConfig, CleanerConfig, Config, OutputFormat};
pub(crate) use saved::absolute;
pub use settings::Overrides;
pub use sites::SiteConfig;
pub use sources::{
    AbsentHeader, ColumnNames, DayConfig, DayLabelled, DayStepped, HeaderConfig, IntervalWord,
    MissingWord, NameWord, NoDialect, PathName, PointColumns, PointNameConfig, SeparatorSign,
    SourceConfig, SourceInterval, StatusBesideConfig, StatusColumnConfig, StatusConfig, TableForm,
    TimeConfig, ValueConfig,
};

/// The JSON Schema of the configuration file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
