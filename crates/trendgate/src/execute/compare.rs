//! The files of a month, as they are committed and as they were just made → from where to where they differ.
//!
//! Enters: what is committed of the months that are made again, and the parts and the evidence that a task has made. Leaves: for each month the
//! extent of what differs, or nothing. Reads committed files and staged ones; writes nothing. What is committed and cannot be read is replaced, and
//! so is what has a column that the dataset loses: a reader finds the columns of all parts.

use crate::dataset_path::DatasetPath;
use crate::error::{Error, ErrorKind, Result};
use crate::partition::{EvidenceFile, Part};
use crate::store;
use crate::time::{Extent, Month};
use crate::verify::{WithoutKnownAt, changed_evidence, changed_rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is committed of one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommittedMonth {
    /// Its parts, relative to the folder of the parts.
    pub(crate) parts: Vec<DatasetPath>,
    /// Its evidence, relative to the folder of the evidence.
    pub(crate) evidence: Vec<DatasetPath>,
    /// Around its rows.
    pub(crate) range: Option<Extent>,
    /// Whether its parts have a column that the dataset loses.
    pub(crate) loses_columns: bool,
}

/// What is committed of the months that are made again, and where that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommittedMonths {
    /// The folder of the parts.
    #[serde(with = "crate::path_bytes::exact")]
    pub(crate) processed: PathBuf,
    /// The folder of the evidence.
    #[serde(with = "crate::path_bytes::exact")]
    pub(crate) evidence: PathBuf,
    /// Whether a month is written because its evidence did not say from when on it is certain.
    pub(crate) without_known_at: WithoutKnownAt,
    /// The months; one that is not among them has nothing.
    pub(crate) months: BTreeMap<Month, CommittedMonth>,
}

/// For each month that was made from where to where it differs from what is committed; nothing where it does not.
pub(crate) type ComparedMonths = BTreeMap<Month, Option<Extent>>;

impl CommittedMonths {
    /// Refuses to be compared with where none of its parts is there: the dataset is not seen from here.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage).
    pub(crate) fn is_in_reach(&self) -> Result<()> {
        let mut parts = self.months.values().flat_map(|month| &month.parts);
        let mut any = false;
        let is_there = parts.any(|part| {
            any = true;
            matches!(store::named(&self.processed.join(part)), Ok(Some(_)))
        });
        if is_there || !any {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Storage,
            "expected the committed parts of the dataset, found none",
        )
        .at(&self.processed)
        .hint("let whoever does the task see the dataset under this path"))
    }

    /// Compares the months of these parts and their evidence, which are of `site`, with what is committed of them.
    pub(crate) fn compare(
        &self,
        site: &str,
        parts: &[Part],
        evidence: &[EvidenceFile],
    ) -> ComparedMonths {
        let months = parts.chunk_by(|a, b| month_of(a) == month_of(b));
        months
            .map(|parts| {
                let month = month_of(&parts[0]);
                let folder = month.folder(site);
                let evidence = evidence.iter();
                let evidence: Vec<_> = (evidence.filter(|file| file.relative.folder() == folder))
                    .map(|file| file.staged.clone())
                    .collect();
                (month, self.changed(month, parts, &evidence))
            })
            .collect()
    }

    fn changed(&self, month: Month, parts: &[Part], evidence: &[PathBuf]) -> Option<Extent> {
        let nothing = CommittedMonth::default();
        let old = self.months.get(&month).unwrap_or(&nothing);
        let made = parts.iter().map(|part| part.range);
        let range = Extent::around(old.range.into_iter().chain(made));
        if old.parts.is_empty() || old.loses_columns {
            return range;
        }
        let parts: Vec<PathBuf> = parts.iter().map(|part| part.staged.clone()).collect();
        let compare = || -> Result<Option<Extent>> {
            let rows = changed_rows(&below(&self.processed, &old.parts), &parts)?;
            let committed = below(&self.evidence, &old.evidence);
            let why = changed_evidence(&committed, evidence, self.without_known_at)?;
            Ok(Extent::around(rows.into_iter().chain(why)))
        };
        compare().unwrap_or(range)
    }
}

fn month_of(part: &Part) -> Month {
    Month::of(part.range.first)
}

fn below(folder: &Path, files: &[DatasetPath]) -> Vec<PathBuf> {
    files.iter().map(|file| folder.join(file)).collect()
}
