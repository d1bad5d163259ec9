//! What did not reach the dataset, and what a person should know: cells that were lost, conflicts, rejected files, warnings.
//!
//! Enters: the manifests of the versions that wrote the live months, with their details, and the whole history. Leaves: [`DatasetLosses`]. Pure.
//! Cells are counted as each version counted them: what is read again for a month that is made again counts again.

use crate::publish::{Conflict, FailedFile, History, Manifest, PointStatistics};
use crate::warning::WarningEntry;
use std::collections::{BTreeMap, BTreeSet};

/// How many warnings, rejected files and conflicts are named.
const NAMED: usize = 60;
/// How many examples of lost texts are kept of a point.
const EXAMPLES: usize = 5;

/// What was lost.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DatasetLosses {
    /// Of each column that lost cells, what the reports had for it.
    pub(crate) points: BTreeMap<String, PointStatistics>,
    /// The first few conflicts, each with the version that met it.
    pub(crate) conflicts: Vec<(u64, Conflict)>,
    /// The last files that could not be used, each with the version that met it; without those whose content was taken since.
    pub(crate) rejected: FirstFew<FailedFile>,
    /// The last warnings, each with its version, the newest first.
    pub(crate) warnings: FirstFew<WarningEntry>,
}

/// The first few of a list, with the version of each, and how many more there are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FirstFew<T> {
    /// The first few.
    pub(crate) first: Vec<(u64, T)>,
    /// How many more.
    pub(crate) more: usize,
}

impl<T> Default for FirstFew<T> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            more: 0,
        }
    }
}

impl<T> FirstFew<T> {
    fn take(&mut self, version: u64, one: T) {
        match self.first.len() < NAMED {
            true => self.first.push((version, one)),
            false => self.more += 1,
        }
    }
}

impl DatasetLosses {
    /// Those of `versions`, the newest last, and of `history`.
    #[must_use]
    pub(crate) fn of(history: &History, versions: &[Manifest]) -> Self {
        let mut losses = Self::default();
        for manifest in versions {
            for (column, point) in &manifest.statistics.points {
                losses.points.entry(column.clone()).or_default().add(point);
            }
            for conflict in &manifest.conflicts.examples {
                if losses.conflicts.len() < NAMED {
                    losses.conflicts.push((manifest.version, conflict.clone()));
                }
            }
        }
        losses.points.retain(|_, point| lost(point) > 0);
        let mut told = BTreeSet::new();
        // Of compacted versions those are known that live months are of.
        let compacted = history.compacted();
        let known = versions.iter().rev();
        let known = known.filter(|manifest| manifest.version <= compacted);
        let all = history.versions().iter().rev();
        for manifest in all.map(|version| &version.manifest).chain(known) {
            for warning in &manifest.warnings {
                if told.insert((&warning.kind, &warning.message)) {
                    losses.warnings.take(manifest.version, warning.clone());
                }
            }
            for failed in &manifest.failed_files {
                let taken = failed
                    .digest
                    .is_some_and(|digest| history.is_accepted(&digest));
                if !taken && told.insert((&failed.file, &failed.error)) {
                    losses.rejected.take(manifest.version, failed.clone());
                }
            }
        }
        losses
    }
}

/// How many cells of a point did not reach the dataset though the reports had something there.
#[must_use]
pub(crate) fn lost(point: &PointStatistics) -> u64 {
    point.unrecognised + point.unit_mismatch + point.not_finite
}

impl PointStatistics {
    /// Adds what another version counted.
    fn add(&mut self, more: &Self) {
        self.point.clone_from(&more.point);
        self.cells += more.cells;
        self.numbers += more.numbers;
        self.unrecognised += more.unrecognised;
        self.unit_mismatch += more.unit_mismatch;
        self.not_finite += more.not_finite;
        for (token, cells) in &more.missing {
            *self.missing.entry(token.clone()).or_default() += cells;
        }
        for text in &more.unrecognised_examples {
            if self.unrecognised_examples.len() < EXAMPLES
                && !self.unrecognised_examples.contains(text)
            {
                self.unrecognised_examples.push(text.clone());
            }
        }
    }
}
