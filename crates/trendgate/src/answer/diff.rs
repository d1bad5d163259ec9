//! What changed between two versions of a site's dataset.
//!
//! Enters: a site and two versions. Leaves: what of points, rows, flags, parts, reports and configuration is not as it was. The log says
//! all of it but for the rows: these are read, of the parts that only one of the two has. Refused: a version that there is not, and one
//! that is not the earlier.

use crate::dataset_path::DatasetPath;
use crate::error::{Error, Result};
use crate::model::{Flag, SchemaColumn};
use crate::pipeline::differences;
use crate::publish::{Dirs, History, Manifest, expired_since};
use crate::time::{self, Extent, Instant};
use crate::verify::{RowChanges, Snapshot, SnapshotPart, compare_rows};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What changed between two versions. Of two numbers the first is that of the earlier version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DiffAnswer {
    /// When it was found out.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The two versions.
    pub versions: [u64; 2],
    /// Rows of the dataset.
    pub rows: [u64; 2],
    /// From the first to the last of them.
    pub time_range: [Option<Extent>; 2],
    /// How the rows differ; null where parts of one of the versions are gone, because it has expired.
    pub bins: Option<RowChanges>,
    /// Per flag, the rows that have it, where that is not the same number.
    pub quality_flags: BTreeMap<Flag, [u64; 2]>,
    /// The columns that only the later version has.
    pub points_added: Vec<String>,
    /// The columns that only the earlier one has.
    pub points_removed: Vec<String>,
    /// The columns that are not described as they were.
    pub points_changed: Vec<PointChange>,
    /// The parts that only the later version has.
    pub parts_added: Vec<DatasetPath>,
    /// The parts that only the earlier one has.
    pub parts_removed: Vec<DatasetPath>,
    /// How many parts both have.
    pub parts_kept: usize,
    /// Files that were taken since the earlier version and that the dataset did not have.
    pub files_taken: usize,
    /// Files that they could not use.
    pub files_rejected: usize,
    /// Reports whose place another one took.
    pub superseded: usize,
    /// Reports that were withdrawn.
    pub retracted: usize,
    /// What differs in the configuration, in words.
    pub configuration: Vec<String>,
}

/// A column that is not described as it was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PointChange {
    /// The column.
    pub column: String,
    /// What differs, in words.
    pub differences: Vec<String>,
}

impl DiffAnswer {
    /// Says what changed at a site from version `from` to version `to`.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is no such version or `from` is not the earlier one;
    /// [`Damaged`](crate::ErrorKind::Damaged) and [`Storage`](crate::ErrorKind::Storage) where log or parts cannot be read.
    pub(crate) fn new(dirs: &Dirs, site: &str, from: u64, to: u64) -> Result<Self> {
        let history = History::read(dirs, site)?;
        let after = history.until(to)?;
        let before = history.until(from)?;
        if from >= to {
            let message = format!("expected a version before {to}, found {from}");
            return Err(Error::usage(message).hint("`trendgate log` lists the versions"));
        }
        let between: Vec<&Manifest> = (after.versions().iter())
            .filter(|version| version.number > from)
            .map(|version| &version.manifest)
            .collect();
        let configs = [before.config(), after.config()];
        let [before, after] = [&before, &after].map(|history| Snapshot::of_history(dirs, history));
        let removed = only(&before, &after);
        let added = only(&after, &before);
        let expired =
            expired_since(dirs, site, from)?.is_some() || expired_since(dirs, site, to)?.is_some();
        let files = |parts: &[&SnapshotPart]| -> Vec<PathBuf> {
            parts.iter().map(|part| part.file.clone()).collect()
        };
        let bins = match expired {
            true => None,
            false => Some(compare_rows(&files(&removed), &files(&added))?),
        };
        let names = |parts: &[&SnapshotPart]| -> Vec<DatasetPath> {
            parts.iter().map(|part| part.entry.path.clone()).collect()
        };
        Ok(Self {
            time: time::now(),
            site_id: site.to_owned(),
            versions: [from, to],
            rows: [before.rows(), after.rows()],
            time_range: [before.time_range(), after.time_range()],
            bins,
            quality_flags: flags(&before, &after),
            points_added: columns_only(&after, &before),
            points_removed: columns_only(&before, &after),
            points_changed: points_changed(&before, &after),
            parts_kept: after.parts.len() - added.len(),
            parts_added: names(&added),
            parts_removed: names(&removed),
            files_taken: between.iter().map(|one| one.files_taken()).sum(),
            files_rejected: between.iter().map(|one| one.failed_files.len()).sum(),
            superseded: between.iter().map(|one| one.superseded.len()).sum(),
            retracted: between.iter().map(|one| one.retracted.len()).sum(),
            configuration: differences(configs[0], configs[1]),
        })
    }
}

/// The parts that `one` has and `other` has not.
fn only<'s>(one: &'s Snapshot, other: &Snapshot) -> Vec<&'s SnapshotPart> {
    let others: BTreeSet<&PathBuf> = other.parts.iter().map(|part| &part.file).collect();
    let parts = one.parts.iter();
    parts.filter(|part| !others.contains(&part.file)).collect()
}

/// The columns that `one` has and `other` has not.
fn columns_only(one: &Snapshot, other: &Snapshot) -> Vec<String> {
    let others: BTreeSet<&str> = (other.columns.iter())
        .map(|column| column.name.as_str())
        .collect();
    let columns = one.columns.iter().map(|column| &column.name);
    columns
        .filter(|name| !others.contains(name.as_str()))
        .cloned()
        .collect()
}

fn points_changed(before: &Snapshot, after: &Snapshot) -> Vec<PointChange> {
    let earlier: BTreeMap<&str, &SchemaColumn> = (before.columns.iter())
        .map(|column| (column.name.as_str(), column))
        .collect();
    let json = |column: &SchemaColumn| serde_json::to_value(column).unwrap_or_default();
    let change = |column: &SchemaColumn| {
        let was = earlier.get(column.name.as_str())?;
        (*was != column).then(|| PointChange {
            column: column.name.clone(),
            differences: differences(&json(was), &json(column)),
        })
    };
    let points = after.columns.iter();
    let points = points.filter(|column| column.point.is_some());
    points.filter_map(change).collect()
}

fn flags(before: &Snapshot, after: &Snapshot) -> BTreeMap<Flag, [u64; 2]> {
    let [before, after] = [before.flags(), after.flags()];
    let all: BTreeSet<Flag> = before.keys().chain(after.keys()).copied().collect();
    let rows = |flags: &BTreeMap<Flag, u64>, flag| flags.get(&flag).copied().unwrap_or(0);
    all.into_iter()
        .map(|flag| (flag, [rows(&before, flag), rows(&after, flag)]))
        .filter(|(_, [before, after])| before != after)
        .collect()
}
