//! Files → proof that they are what they should be.
//!
//! What enters is Parquet files (parts that were just written, or anyone's), a manifest, or a whole dataset. What leaves is
//! rows, a [`CheckReport`], a [`Snapshot`] of what is committed, [`Finding`]s, or the word that a part holds what its writer
//! meant it to hold. What is refused: a file that is not Parquet, a part whose schema, rows, order, flags or months
//! differ, and a log that is damaged.

mod check_file;
mod compare;
mod dataset;
mod explain;
mod repair;
mod snapshot;

pub use check_file::{CheckReport, check_file};
pub use compare::{changed_evidence, changed_rows};
pub use dataset::{
    Finding, PartCheck, Verified, manifest_parts, same_as_stated, verify_manifest, verify_site,
};
pub use explain::{Explanation, explain};
pub use repair::{Repaired, repair_site};
pub use snapshot::{Snapshot, SnapshotPart};

#[cfg(test)]
mod tests;
