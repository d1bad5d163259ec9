//! One even series → Parquet files, each within one month.
//!
//! ```text
//! RecordBatch … ─ contract ─▶ Conforming … ─ accumulate (where to cut) ─ encode (row groups, hashed while written, fsync) ─▶ Part ─ read back
//! ```
//!
//! What enters is record batches of one site in the order of time, by [`MonthWriter`]. What leaves is files in staging, each durable and
//! read back: [`Part`]s, [`EvidenceFile`]s, and the statistics of what is in them. What is refused: rows that break the contract, that
//! go back in time or that belong to another schema. Where parts are cut depends on the rows alone, never on the batches that they arrive in,
//! and a part's bytes are a function of its rows, its schema, what its [`Footer`] states and the program's version.

mod accumulate;
mod encode;
mod evidence;
mod footer;
mod foreign;
mod month_writer;
mod read;
mod read_back;
mod statistics;

use crate::time::Span;
pub use accumulate::Partitioner;
pub(crate) use accumulate::row_group_rows;
pub(crate) use encode::Part;
pub(crate) use evidence::{
    EvidenceEntry, EvidenceLine, EvidencePlace, evidence_batch, evidence_entries,
};
pub(crate) use evidence::{EvidenceFile, EvidenceWriter};
pub use evidence::{EvidenceRow, evidence_rows};
pub(crate) use footer::{Footer, INTERVAL_KEY, MAX_GAP_KEY, UNIT_KEY};
pub(crate) use foreign::guarded;
pub(crate) use month_writer::{Destination, MonthWriter, WrittenMonths};
pub use read::{columns_with_values, read_part};
pub(crate) use read::{open, open_sized, rows};
pub(crate) use read_back::{read_back, read_back_evidence};
pub(crate) use statistics::{ColumnStatistics, Fall, Falls};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRules {
    /// The most rows in a part.
    pub max_rows: usize,
    /// The longest stretch of time in a part; counted from the start of the month.
    pub max_span: Option<Span>,
    /// The size in bytes from which on a part is closed; looked at after every row group, so that a part overshoots it
    /// by less than one row group (this size or 32 MiB before compression, whichever is less; 256 rows at least).
    pub target_bytes: u64,
    /// How the part is compressed.
    pub compression: Compression,
}

impl PartRules {
    fn check(&self) -> Result<()> {
        let positive = self.max_rows > 0 && self.max_span.is_none_or(|span| span > Span::ZERO);
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
