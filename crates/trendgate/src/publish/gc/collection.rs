//! What a collection goes by.

use super::{GRACE, RETENTION};
use crate::time::{self, Instant, Span};

/// How much is spared.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// The present.
    pub now: Instant,
    /// Unreferenced files younger than this stay.
    pub grace: Span,
    /// What was replaced less than this ago stays.
    pub retention: Span,
    /// What becomes of the records of versions that another one followed longer ago than that.
    pub records: Records,
}

/// What becomes of the records of versions that another one followed longer ago than the retention.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Records {
    /// The records stay.
    #[default]
    Keep,
    /// One base record takes their place, and they cannot be asked for any more.
    Compact,
}

impl Default for Collection {
    /// As of now, after the usual times; every record stays.
    fn default() -> Self {
        Self {
            now: time::now(),
            grace: GRACE,
            retention: RETENTION,
            records: Records::Keep,
        }
    }
}
