//! What the versions of a site add up to: its parts, its columns, its gaps, the reports that it knows.

use super::super::manifest::{
    Gap, InputStatus, Manifest, PartEntry, Retry, SchemaColumn, TimeRange,
};
use super::{History, Version};
use crate::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// A part that belongs to the dataset: added by one version, replaced by none since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivePart<'a> {
    /// The version that added it.
    pub version: u64,
    /// What the manifest says of it.
    pub entry: &'a PartEntry,
}

/// A content that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The version whose batch saw it last.
    pub version: u64,
    /// Where it was then.
    pub path: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its rows are in the dataset.
    Accepted,
    /// It could not be used, and cannot be until it, the configuration or the program changes.
    Rejected,
    /// It could not be used, and is to be tried again in every run.
    TryAgain,
}

/// The contents that are known, ready to be asked for each file of a folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Index {
    contents: BTreeMap<Digest, Known>,
    sizes: BTreeSet<u64>,
}

impl Index {
    pub(super) fn of(versions: &[Version]) -> Self {
        let mut index = Self::default();
        let head = versions.last().map(|head| &head.manifest);
        for Version {
            number, manifest, ..
        } in versions
        {
            index.add_failed(*number, manifest, head);
            index.add_accepted(*number, manifest);
        }
        index
    }

    fn add_accepted(&mut self, version: u64, manifest: &Manifest) {
        for input in manifest
            .inputs
            .iter()
            .filter(|input| input.status == InputStatus::Accepted)
        {
            self.sizes.insert(input.bytes);
            let known = Known {
                version,
                path: input.path.clone(),
                verdict: Verdict::Accepted,
            };
            self.contents.insert(input.sha256, known);
        }
    }

    fn add_failed(&mut self, version: u64, manifest: &Manifest, head: Option<&Manifest>) {
        // Another configuration or another program may be able to read it.
        let holds = manifest.trendgate_version == env!("CARGO_PKG_VERSION")
            && head.is_some_and(|head| head.config_digest == manifest.config_digest);
        for failed in &manifest.failed_files {
            let Some(sha256) = failed.sha256 else {
                continue;
            };
            self.sizes.extend(failed.bytes);
            let verdict = match failed.retry {
                Retry::WhenChanged if holds => Verdict::Rejected,
                _ => Verdict::TryAgain,
            };
            let known = Known {
                version,
                path: failed.file.clone(),
                verdict,
            };
            self.contents.insert(sha256, known);
        }
    }
}

impl History {
    /// The parts of the dataset, in the order of time.
    #[must_use]
    pub fn live_parts(&self) -> Vec<LivePart<'_>> {
        let mut live: BTreeMap<&str, LivePart<'_>> = BTreeMap::new();
        for Version {
            number, manifest, ..
        } in &self.versions
        {
            for path in &manifest.replaces {
                live.remove(path.as_str());
            }
            for entry in &manifest.files {
                live.insert(
                    &entry.path,
                    LivePart {
                        version: *number,
                        entry,
                    },
                );
            }
        }
        let mut parts: Vec<LivePart<'_>> = live.into_values().collect();
        parts.sort_by_key(|part| (part.entry.time_range.first, part.entry.time_range.last));
        parts
    }

    /// What is known of a content.
    #[must_use]
    pub fn known(&self, content: &Digest) -> Option<&Known> {
        self.index.contents.get(content)
    }

    /// Whether some known content has this size: if not, a file of this size is new, and need not be digested to tell.
    #[must_use]
    pub fn knows_size(&self, bytes: u64) -> bool {
        self.index.sizes.contains(&bytes)
    }

    /// Whether the rows of this content are in the dataset.
    #[must_use]
    pub fn is_accepted(&self, content: &Digest) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == Verdict::Accepted)
    }

    /// Whether this content was rejected under the configuration of the last version by this very program, for a reason
    /// that does not pass.
    #[must_use]
    pub fn is_rejected(&self, content: &Digest) -> bool {
        self.known(content)
            .is_some_and(|known| known.verdict == Verdict::Rejected)
    }

    /// The digest of the configuration of the last version.
    #[must_use]
    pub fn config_digest(&self) -> Option<Digest> {
        self.head().map(|head| head.manifest.config_digest)
    }

    /// The gaps of the dataset: those that a version lists and that no later one changed.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for Version { manifest, .. } in &self.versions {
            if let Some(changed) = manifest.changed_range {
                gaps.retain(|gap| changed.last < gap.from || gap.to <= changed.first);
            }
            gaps.extend(&manifest.gaps);
        }
        gaps.sort_by_key(|gap| (gap.from, gap.to));
        gaps.dedup();
        gaps
    }

    /// The columns of all versions, sorted by name; of a column that versions describe differently, the last word.
    #[must_use]
    pub fn columns(&self) -> Vec<SchemaColumn> {
        let all = self
            .versions
            .iter()
            .flat_map(|version| &version.manifest.schema);
        let columns: BTreeMap<&str, &SchemaColumn> =
            all.map(|column| (column.name.as_str(), column)).collect();
        columns.into_values().cloned().collect()
    }

    /// From the first to the last row of the dataset.
    #[must_use]
    pub fn time_range(&self) -> Option<TimeRange> {
        TimeRange::around(self.live_parts().iter().map(|part| part.entry.time_range))
    }
}
