//! Parts and a manifest → a version that readers see whole or not at all.
//!
//! ```text
//! SiteLock ─ Attempt (staging) ─ parts ─ move ─ manifest ─ link into the log = commit ─ public name
//! History ◀─ fold ─ manifests/.log/{site}/00000001.json, 00000002.json, …
//! ```
//!
//! One put-if-absent of one small file makes a version visible. Everything before it can be undone, everything after it can
//! be finished by anyone. What is refused: a site that another run holds, a file system that lacks what this needs, a log
//! that is damaged.

mod commit;
mod log;
pub mod manifest;
mod stage;

#[cfg(test)]
mod tests;

pub use commit::{Committed, Outcome, Publicity};
pub use log::{History, sites};
pub use manifest::{Manifest, batch_id};
pub use stage::{Attempt, SiteLock};

use std::path::{Path, PathBuf};

/// The directories of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    /// What they stand in.
    pub root: PathBuf,
    /// The committed parts, by site, year and month.
    pub processed: PathBuf,
    /// What is being written; never read by anyone else.
    pub staging: PathBuf,
    /// The manifests, and the log of versions in `.log`.
    pub manifests: PathBuf,
    /// The evidence files, by site, year and month.
    pub evidence: PathBuf,
}

impl Dirs {
    /// The usual directories under `root`.
    #[must_use]
    pub fn under(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            processed: root.join("processed"),
            staging: root.join(".staging"),
            manifests: root.join("manifests"),
            evidence: root.join("evidence"),
        }
    }

    /// Where the versions of a site are recorded.
    #[must_use]
    pub fn log(&self, site: &str) -> PathBuf {
        self.manifests.join(".log").join(site)
    }

    /// The record of one version.
    #[must_use]
    pub fn record(&self, site: &str, version: u64) -> PathBuf {
        self.log(site).join(format!("{version:08}.json"))
    }
}
