//! One even series → Parquet files, each within one month.
//!
//! ```text
//! Conforming … ─ key (month, span) ─ accumulate (where to cut) ─ encode (row groups, hashed while written) ─▶ OpenPart
//!                                                                     OpenPart ─ seal (batch id, footer, fsync) ─▶ Part
//! ```
//!
//! What enters is [`Conforming`](crate::contract::Conforming) batches of one site in the order of time. What leaves is
//! files in staging: first as [`OpenPart`]s, whose rows are on disk and whose footer is not, because the batch's identity
//! is known only when all its inputs have been read; then, sealed, as [`Part`]s. What is refused: rows that go back in time
//! or that belong to another schema. Where parts are cut depends on the rows alone, never on the batches that they arrive in.

mod accumulate;
mod encode;
mod evidence;
mod sink;

pub use accumulate::Partitioner;
pub(crate) use accumulate::row_group_rows;
pub use encode::{NO_ID_YET, OpenPart, Part};
pub use evidence::{EvidenceFile, EvidenceRow, EvidenceWriter, evidence_rows};

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How parts are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Fast, and read by everything.
    #[default]
    Snappy,
    /// Smaller by a fifth and more, at some cost in time.
    Zstd,
}

/// When a part is closed: at whichever comes first, and always at the end of its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRules {
    /// The most rows in a part.
    pub max_rows: usize,
    /// The longest stretch of time in a part, in nanoseconds; counted from the start of the month.
    pub max_span: Option<i64>,
    /// The size in bytes from which on a part is closed; looked at after every row group, so that a part overshoots it
    /// by less than one row group (32 MiB before compression).
    pub target_bytes: u64,
    /// How the part is compressed.
    pub compression: Compression,
}

impl PartRules {
    fn check(&self) -> Result<()> {
        let positive = self.max_rows > 0 && self.max_span.is_none_or(|span| span > 0);
        if positive && self.target_bytes > 0 {
            return Ok(());
        }
        let message = format!("expected positive limits for a part, found {self:?}");
        Err(Error::config(message))
    }
}

impl Default for PartRules {
    /// 100 000 rows, any span within the month, 512 MB, Snappy.
    fn default() -> Self {
        Self {
            max_rows: 100_000,
            max_span: None,
            target_bytes: 512_000_000,
            compression: Compression::Snappy,
        }
    }
}

#[cfg(test)]
mod tests;
