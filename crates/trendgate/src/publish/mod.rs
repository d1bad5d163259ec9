//! Parts and a manifest → a version that readers see whole or not at all.
//!
//! ```text
//! SiteLock ─ History (what is committed) ─ Attempt (staging) ─┬─ commit: parts moved ─ record linked ─▶ Outcome
//!                                                             └─ abandon, error, drop: nothing is left ─▶ ∅
//! ```
//!
//! What enters is durable parts in the staging of an [`Attempt`], and a [`Manifest`] that says what they are. What leaves is
//! the next version of the site: one more record in its log, and the same file under its public name. What is refused: a
//! manifest that contradicts itself or its parts, a name that is taken, a file system that cannot keep the promise, and a
//! site that another run holds.
//!
//! The commit point is one link of one small file to a name that no file has. Before it nothing is visible and everything is
//! undone; after it nothing is deleted, and whatever is missing (the public name, the cleaning up) can be made up for by
//! anyone.

mod commit;
mod expiry;
mod gc;
mod lock;
mod log;
mod manifest;
mod owner;
mod place;
mod public;
mod recover;
mod stage;
mod tags;
mod write;

pub use commit::Committed;
pub(crate) use commit::Outcome;
pub(crate) use expiry::{expired, is_pruned, is_unkept};
pub(crate) use expiry::{expired_since, refuse_expired};
pub(crate) use gc::{CollectWhen, RETENTION};
pub use gc::{Collected, Collection, Compacted, KeptSum, Reason, Records, Removal, TrimmedLog};
pub(crate) use lock::sync_parents;
pub use lock::{SiteLock, WhenLocked};
#[cfg(feature = "internals")]
pub use log::HistoryQueries;
#[cfg(test)]
pub(crate) use log::Known;
pub use log::{ContentVerdict, History, Version, record_path};
pub(crate) use log::{FilesAsOf, KnownReport, KnownSource, Later, LivePart, records_after, sites};
pub use manifest::{
    CellFate, Cells, Conflict, Conflicts, Conversion, CounterReset, EquipmentEntry, EquipmentOff,
    FailedFile, FileEntry, GapEntry, InputEntry, InputReport, InputStatus, InputText, KeepSources,
    KeptSource, KindPoint, Manifest, Occasion, Origin, PartEntry, PointStatistics, Redigested,
    ReportKind, Retry, SourceRef, StandingCondition, Statistics, Trip, WeekEntry,
};
pub(crate) use manifest::{Identity, encoding_id};
pub(crate) use manifest::{Listing, MANIFEST_VERSION, batch_id, rebuild_id, retraction_id};
pub use place::Dirs;
pub(crate) use place::FolderNames;
pub use public::PublicCopy;
pub(crate) use public::public_path;
pub(crate) use recover::sites_to_recover;
pub use recover::{Act, AttemptNames, Deed, Others, Recovery};
pub(crate) use stage::Attempt;
#[cfg(test)]
pub(crate) use stage::AttemptRecord;
pub use tags::Tag;
pub(crate) use tags::{faults as tag_faults, tag, tags, untag, version_of};

pub(crate) use log::join_details;
pub(crate) use log::{folder as log_folder, last_compacted, list, records, touches};
pub use log::{read_manifest, read_record};
pub(crate) use public::publish_name;
pub(crate) use recover::is_being_committed;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
