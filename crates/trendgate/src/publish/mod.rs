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
mod write;

pub use commit::{Committed, Outcome};
pub(crate) use expiry::{expired, is_pruned, is_unkept};
pub use expiry::{expired_since, refuse_expired};
pub use gc::{
    CollectWhen, Collected, Collection, Compacted, GRACE, KeptSum, RETENTION, Reason, Records,
    Removal, Trim, TrimmedLog,
};
pub use lock::{SiteLock, WhenLocked};
pub use log::{
    ContentVerdict, History, Known, KnownReport, KnownSource, LiveEvidence, LivePart, Version,
    record_path, sites,
};
pub use manifest::{
    CellFate, Cells, Conflict, Conflicts, Conversion, CounterReset, EquipmentEntry, EquipmentOff,
    FailedFile, FileEntry, GapEntry, InputEntry, InputReport, InputStatus, InputText, KeepSources,
    KeptSource, KindPoint, Listing, MANIFEST_VERSION, Manifest, Occasion, Origin, PartEntry,
    PointStatistics, Redigested, ReportKind, Retry, SourceRef, StandingCondition, Statistics, Trip,
    WeekEntry, batch_id, retraction_id,
};
pub(crate) use manifest::{Identity, encoding_id};
pub use owner::Owner;
pub use place::{Dirs, FolderNames};
pub use public::{PublicCopy, public_path};
pub use recover::{Act, AttemptNames, Deed, Others, Recovery, sites_to_recover};
pub use stage::{Attempt, AttemptRecord};

pub(crate) use log::{folder as log_folder, last_compacted, list, records, touches};
pub use log::{join_details, read_manifest, read_record};
pub(crate) use public::publish_name;
pub(crate) use recover::is_being_committed;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
