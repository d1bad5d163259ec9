//! What a part says of itself in its footer: the keys, and their values.
//!
//! A part's bytes follow from its rows, its schema, what is stated here and the version of the program alone: not from the batch that
//! it was made in. The manifest says which batch that was.

use crate::error::Result;
use crate::model::{DatasetSchema, SiteId, TimestampUnit};
use crate::time::Span;

/// The key of the length of a bin, as in a configuration: `15m`.
pub(crate) const INTERVAL_KEY: &str = "resample_interval";
/// The key of the longest stretch without rows that is filled, as in a configuration: `7d`.
pub(crate) const MAX_GAP_KEY: &str = "max_gap";

/// The key of what timestamps count, where that is not nanoseconds: `us`.
pub(crate) const UNIT_KEY: &str = "timestamp_unit";

/// What every part of a batch says of itself, beside its rows and its schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Footer<'a> {
    /// The site.
    pub(crate) site: &'a SiteId,
    /// The IANA zone of the reports.
    pub(crate) timezone: &'a str,
    /// The length of a bin.
    pub(crate) resample_interval: Span,
    /// The longest stretch without rows that is filled.
    pub(crate) max_gap: Span,
}

impl Footer<'_> {
    /// The keys and values in the footer of a part of this schema.
    pub(super) fn entries(&self, schema: &DatasetSchema) -> Result<Vec<(String, String)>> {
        let entries = [
            ("site_id", self.site.to_string()),
            ("schema_hash", schema.hash()?.to_string()),
            ("trendgate_version", env!("CARGO_PKG_VERSION").to_owned()),
            ("timezone", self.timezone.to_owned()),
            (INTERVAL_KEY, self.resample_interval.to_string()),
            (MAX_GAP_KEY, self.max_gap.to_string()),
        ];
        let micros = (schema.unit() == TimestampUnit::Us).then(|| (UNIT_KEY, "us".to_owned()));
        let entries = entries.into_iter().chain(micros);
        Ok(entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect())
    }
}
