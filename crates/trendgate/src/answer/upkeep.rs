//! What recovery and the collection of garbage did, or would do, at a site.

use crate::publish::{Collected, Compacted, Deed};
use schemars::JsonSchema;
use serde::Serialize;

/// What recovery did at a site.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Recovered {
    /// The site.
    pub site_id: String,
    /// What it did.
    pub deeds: Vec<Deed>,
}

/// What the collection of garbage did at a site.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GarbageCollected {
    /// The site.
    pub site_id: String,
    /// The bytes of the files that went.
    pub bytes: u64,
    /// What went.
    pub collected: Collected,
    /// What became of records; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compacted: Option<Compacted>,
}
