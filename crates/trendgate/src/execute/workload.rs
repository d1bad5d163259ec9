//! What all tasks of a batch share, as a value: the plan, the rules, and what is committed of the months that are made again.
//!
//! Enters: these, in memory. Leaves: files in the attempt's folder, and the same again in another process: `workload` with all but the lists,
//! `records` with what is known of each report, `entries` with what was sorted of texts when they were planned, `texts` with what was unpacked. So a task itself is small,
//! however many reports it reads. Refused: files of another attempt, or that are not what was written.

use super::compare::CommittedMonths;
use crate::acquire::{Choice, TimeRule};
use crate::clean::{EvenRules, Repeats};
use crate::contract::ContractRules;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SiteId;
use crate::partition::{Footer, PartRules};
use crate::plan::{MemoryAction, Plan, SavedPlan};
use crate::store;
use crate::time::{self, Instant};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// By what the tasks of a batch read, clean and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskRules {
    /// The site.
    pub(crate) site: SiteId,
    /// The IANA name of the zone of the reports' wall clock.
    pub(crate) timezone: String,
    /// What our cleaner goes by.
    pub(crate) even: EvenRules,
    /// Which instant a local time that happens twice is.
    pub(crate) ambiguous: Choice,
    /// Which instant a local time that never happens is taken for.
    pub(crate) nonexistent: Choice,
    /// Rows later than this reject their report.
    pub(crate) not_after: Instant,
    /// Rows earlier than this are faults of a clock.
    pub(crate) not_before: Instant,
    /// How rows become parts.
    pub(crate) parts: PartRules,
    /// What to do with a second number for one cell.
    pub(crate) repeats: Repeats,
    /// The memory of a process that does one task, in bytes.
    pub(crate) memory: u64,
    /// What happens beyond that.
    pub(crate) memory_action: MemoryAction,
}

impl TaskRules {
    /// How local time becomes UTC.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where this machine does not know the zone.
    pub(crate) fn time(&self) -> Result<TimeRule> {
        let zone = time::zone(&self.timezone).ok_or_else(|| {
            Error::config(format!("{:?} is not an IANA time zone", self.timezone))
                .hint("the task was planned where it is one; install the time zone database here")
        })?;
        Ok(TimeRule {
            zone,
            ambiguous: self.ambiguous,
            nonexistent: self.nonexistent,
            not_after: self.not_after,
            not_before: self.not_before,
            max_gap: self.even.max_gap,
        })
    }

    /// What parts say of themselves.
    pub(crate) fn footer(&self) -> Footer<'_> {
        Footer {
            site: &self.site,
            timezone: &self.timezone,
            resample_interval: self.even.interval,
            max_gap: self.even.max_gap,
        }
    }

    /// What rows are checked against.
    pub(crate) fn contract(&self) -> ContractRules {
        ContractRules {
            interval: Some(self.even.interval),
            max_gap: self.even.max_gap,
            not_after: self.not_after,
        }
    }
}

/// What all tasks of a batch share.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) plan: Plan,
    pub(crate) rules: TaskRules,
    pub(crate) committed: CommittedMonths,
}

#[derive(Serialize, Deserialize)]
struct SavedWorkload {
    plan: SavedPlan,
    rules: TaskRules,
    committed: CommittedMonths,
}

const WORKLOAD: &str = "workload";
/// No workload is larger.
const MOST_BYTES: u64 = 4 << 30;

impl Workload {
    /// Writes it into `folder`; what the file is known by. Durable once the folder is.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub(crate) fn save(
        plan: &Plan,
        rules: &TaskRules,
        committed: &CommittedMonths,
        folder: &Path,
    ) -> Result<Digest> {
        let saved = SavedWorkload {
            plan: plan.save(folder)?,
            rules: rules.clone(),
            committed: committed.clone(),
        };
        let bytes = postcard::to_allocvec(&saved)
            .map_err(|e| Error::bug(format!("cannot encode the workload of a batch: {e}")))?;
        store::write_all_synced(&folder.join(WORKLOAD), &bytes)?;
        Ok(Digest::of(&bytes))
    }

    /// Reads what was saved in `folder` and is known by `digest`.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it is not there or cannot be read, [`Damaged`](ErrorKind::Damaged) where it is another one.
    pub(crate) fn load(folder: &Path, digest: Digest) -> Result<Self> {
        let path = folder.join(WORKLOAD);
        let bytes = store::read(&path, MOST_BYTES).map_err(|error| match error.kind() {
            ErrorKind::Storage => error.hint(
                "the attempt that the task belongs to is over, or its folder in staging cannot be reached from here; plan again",
            ),
            _ => error,
        })?;
        let found = Digest::of(&bytes);
        if found != digest {
            return Err(Error::damaged(format!("expected {digest}, found {found}"))
                .at(path)
                .hint("plan again"));
        }
        let saved: SavedWorkload = postcard::from_bytes(&bytes)
            .map_err(|e| Error::damaged(format!("it cannot be decoded: {e}")).at(&path))?;
        Ok(Self {
            plan: Plan::saved(saved.plan, folder)?,
            rules: saved.rules,
            committed: saved.committed,
        })
    }
}
