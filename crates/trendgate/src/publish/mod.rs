//! Parts and a manifest → a version that readers see whole or not at all.

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
}
