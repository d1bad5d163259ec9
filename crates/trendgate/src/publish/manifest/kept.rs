//! The entries of a manifest for what is kept of the files that were read.

use crate::kept_source::SourceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Of which files that reports are read from the bytes are kept in the dataset, so that their texts can be read again when the files are gone
/// or have other contents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeepSources {
    /// Of every new one. A collection removes them once they are older than the retention, but for those of texts in the dataset whose file
    /// has another content by now: these stay for good.
    #[default]
    Auto,
    /// Of every new one, for good. A file that grows and is read every night is kept once a night.
    All,
    /// Of none, and a collection removes what was kept before: months of reports that are gone keep their committed bins.
    None,
}

impl KeepSources {
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    pub(in crate::publish) fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// What is kept of a file: its bytes, compressed, in `sources/{site}/{64 hex digits}.zst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct KeptSource {
    /// The digest of the file's bytes, which gives the name.
    pub digest: SourceId,
    /// What they take, compressed.
    pub bytes: u64,
}
