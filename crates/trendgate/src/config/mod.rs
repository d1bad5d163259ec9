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

use crate::publish::WhenLocked;
use crate::time::Span;
use std::path::PathBuf;

pub use crate::pipeline::Settings;
pub use file::Config;
pub(crate) use file::{BatchConfig, CleanerConfig};
pub(crate) use saved::absolute;
pub use settings::Overrides;

/// What a command asks of a configuration before it knows the site.
impl Config {
    /// Where the reports are that it names.
    ///
    /// ```
    /// let config = trendgate::Config::parse("paths: [exports]")?;
    /// assert_eq!(config.paths(), ["exports"].map(std::path::PathBuf::from));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Whether it has sections of sites.
    ///
    /// ```
    /// use trendgate::Config;
    ///
    /// assert!(!Config::default().is_of_several());
    /// assert!(Config::parse("sites: {A: {paths: [a]}, B: {paths: [b]}}")?.is_of_several());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        !self.sites.is_empty()
    }

    /// Whether it has a section of this site.
    ///
    /// ```
    /// let config = trendgate::Config::parse("sites: {A: {paths: [a]}}")?;
    /// assert!(config.has_site("A") && !config.has_site("B"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn has_site(&self, site: &str) -> bool {
        self.sites.contains_key(site)
    }

    /// The id of its site, if there is only one.
    ///
    /// ```
    /// let config = trendgate::Config::parse("cleaner: {site_id: PLANT}")?;
    /// assert_eq!(config.site_id(), Some("PLANT"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn site_id(&self) -> Option<&str> {
        self.cleaner.site_id.as_deref()
    }

    /// The IANA time zone of the reports' clock, if it states one.
    ///
    /// ```
    /// let config = trendgate::Config::parse("cleaner: {timezone: Asia/Taipei}")?;
    /// assert_eq!(config.timezone(), Some("Asia/Taipei"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn timezone(&self) -> Option<&str> {
        self.cleaner.timezone.as_deref()
    }

    /// How long what versions refer to stays after a later one took its place.
    ///
    /// ```
    /// let config = trendgate::Config::parse("batch: {retention: 30d}")?;
    /// assert_eq!(config.retention(), "30d".parse().unwrap());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn retention(&self) -> Span {
        self.batch.retention
    }

    /// What is done at a site that another run holds.
    ///
    /// ```
    /// use trendgate::{Config, WhenLocked};
    ///
    /// let config = Config::parse("batch: {wait: 10m}")?;
    /// assert_eq!(config.when_locked(), WhenLocked::WaitFor("10m".parse().unwrap()));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn when_locked(&self) -> WhenLocked {
        self.batch.when_locked()
    }

    /// This, with a site that another run holds waited for, for so long at the most.
    ///
    /// ```
    /// use trendgate::{Config, WhenLocked, time::HOUR};
    ///
    /// let config = Config::default().waiting_for(HOUR);
    /// assert_eq!(config.when_locked(), WhenLocked::WaitFor(HOUR));
    /// ```
    #[must_use]
    pub fn waiting_for(mut self, at_most: Span) -> Self {
        self.batch.wait = Some(at_most);
        self
    }

    /// The JSON Schema of the file.
    ///
    /// ```
    /// let schema = trendgate::Config::json_schema();
    /// assert!(schema["properties"]["cleaner"].is_object());
    /// ```
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
