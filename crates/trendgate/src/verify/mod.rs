//! Files → proof that they are what they should be.
//!
//! What enters is Parquet files: parts that were just written, or anyone's. What leaves is rows, a [`CheckReport`], or the
//! word that a part holds what its writer meant it to hold. What is refused: a file that is not Parquet, and a
//! part whose schema, rows, order, flags or months differ.

mod check_file;
mod dataset;
mod parquet_file;
mod read_back;

pub use check_file::{CheckReport, INTERVAL_KEY, MAX_GAP_KEY, check_file};
pub use dataset::{Finding, Verification, manifest_parts, verify_manifest, verify_site};
pub use parquet_file::read_part;
pub use read_back::read_back;

#[cfg(test)]
mod tests;
