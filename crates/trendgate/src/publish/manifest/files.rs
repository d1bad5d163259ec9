//! The entries of a manifest for what was written: parts, and files that are none.

use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::model::Flag;
use crate::partition::{EvidenceFile, Part};
use crate::time::Extent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PartEntry {
    /// `{site}/year=2026/month=02/{name}`, relative to the folder `processed` beside that of the manifests.
    pub path: DatasetPath,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// Its first and last row.
    pub time_range: Extent,
    /// Per flag, the rows that have it; flags without rows are absent.
    pub quality_flags: BTreeMap<Flag, u64>,
}

impl From<&Part> for PartEntry {
    fn from(part: &Part) -> Self {
        Self {
            path: part.relative.clone(),
            sha256: part.sha256,
            bytes: part.bytes,
            rows: part.rows,
            time_range: part.range,
            quality_flags: part.flags.clone(),
        }
    }
}

/// One file that is not a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileEntry {
    /// Where it is.
    pub path: DatasetPath,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows or lines.
    pub rows: u64,
}

impl From<&EvidenceFile> for FileEntry {
    fn from(file: &EvidenceFile) -> Self {
        Self {
            path: file.relative.clone(),
            sha256: file.sha256,
            bytes: file.bytes,
            rows: file.rows,
        }
    }
}
