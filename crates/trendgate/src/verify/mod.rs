//! Files → proof that they are what they should be.
//!
//! What enters is Parquet files of anyone, a manifest, or a whole dataset. What leaves is a [`CheckReport`], a [`Snapshot`] of what is
//! committed, or [`Finding`]s. What is refused: a file that is not Parquet, and a log that is damaged. (That a part holds what its writer
//! meant it to hold is proved where it is made, in [`partition`](crate::partition).)

mod changes_since;
mod check_file;
mod compare;
mod dataset;
mod explain;
mod freshness;
mod points;
mod repair;
mod snapshot;
mod words;

pub use changes_since::ChangesSince;
pub use check_file::{CheckReport, check_file, check_file_every};
pub(crate) use compare::{
    RowChanges, WithoutKnownAt, changed_evidence, changed_rows, compare_rows,
};
pub use dataset::{Finding, Verified, manifest_parts, verify_manifest};
pub(crate) use dataset::{same_as_stated, verify_site};
pub(crate) use explain::explain;
pub use explain::{Explanation, StatedFlag};
pub use freshness::SourceFreshness;
pub(crate) use freshness::freshness;
pub use points::{FlaggedShare, PointSummary, SitePoints};
pub(crate) use points::{FoundPoints, row_times};
pub use repair::Repaired;
pub(crate) use repair::repair_site;
pub use snapshot::{Snapshot, SnapshotHead, SnapshotPart};

#[cfg(test)]
mod tests;
