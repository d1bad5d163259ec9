//! What changed in a dataset since a version that its reader has, and what to read to follow.
//!
//! Enters: a site, and the last version that a reader has seen; 0 of one who has seen none. Leaves: [`ChangesSince`]. Refused: a version that
//! is not there, or after which some were compacted.

use super::Snapshot;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SchemaColumn;
use crate::publish::{Dirs, FilesAsOf, Later, Manifest};
use crate::time::{Extent, Span, TimeRange};

/// What changed in a dataset since a version: as of its last one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChangesSince {
    /// The dataset as it is.
    pub snapshot: Snapshot,
    /// The version since which; 0 for the beginning.
    pub since: u64,
    /// The bins that a version since then added, changed or took away: from the first to before the end of the last, in stretches that do not
    /// touch, in the order of time.
    pub changed: Vec<TimeRange>,
    /// The columns that are there now and were not then.
    pub added: Vec<String>,
    /// The columns that were there then and are not now.
    pub removed: Vec<String>,
}

impl ChangesSince {
    /// What changed at a site since version `since`.
    ///
    /// # Errors
    /// As [`Site::changes`](crate::Site::changes).
    pub(crate) fn read(dirs: &Dirs, site: &str, since: u64) -> Result<Self> {
        if since == 0 {
            return Self::from_the_beginning(dirs, site);
        }
        let later = FilesAsOf::since(dirs, site, since).map_err(begin_anew)?;
        let Later {
            before,
            manifests,
            now,
        } = later;
        let (before, after) = (before.files().columns(), now.files().columns());
        Ok(Self {
            snapshot: Snapshot::of_files(dirs, site, &now),
            since,
            changed: disjoint(manifests.iter().filter_map(changed_bins).collect()),
            added: only(&after, &before),
            removed: only(&before, &after),
        })
    }

    /// All that there is, for a reader who has nothing: it needs no version but the last one.
    fn from_the_beginning(dirs: &Dirs, site: &str) -> Result<Self> {
        let now = FilesAsOf::latest(dirs, site)?;
        let snapshot = Snapshot::of_files(dirs, site, &now);
        let bins = now
            .manifest()
            .zip(snapshot.time_range())
            .map(|(manifest, range)| bins(range, manifest));
        Ok(Self {
            added: only(&snapshot.columns, &[]),
            removed: Vec::new(),
            changed: bins.into_iter().collect(),
            since: 0,
            snapshot,
        })
    }
}

/// The bins that a version adds, changes or takes away.
fn changed_bins(manifest: &Manifest) -> Option<TimeRange> {
    Some(bins(manifest.changed_range?, manifest))
}

/// From the first of these rows to the end of the bin of the last.
fn bins(rows: Extent, manifest: &Manifest) -> TimeRange {
    // An interval that cannot be read is that of a newer program; the row itself is in any case.
    let interval: Span = (manifest.resample_interval.parse()).unwrap_or(Span::from_nanos(1));
    TimeRange::new(rows.first, rows.last + interval)
}

/// The ranges united where they touch, in the order of time.
fn disjoint(mut ranges: Vec<TimeRange>) -> Vec<TimeRange> {
    ranges.sort_unstable();
    let mut united: Vec<TimeRange> = Vec::new();
    for range in ranges {
        match united.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
    }
    united
}

/// The names of the points' columns that only the first ones have.
fn only(these: &[SchemaColumn], those: &[SchemaColumn]) -> Vec<String> {
    let points = these.iter().filter(|column| column.point.is_some());
    let only = points.filter(|column| those.iter().all(|other| other.name != column.name));
    only.map(|column| column.name.clone()).collect()
}

/// Whoever cannot go on from a version has to begin anew.
fn begin_anew(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Usage => error.hint(
            "what changed since then cannot be told: begin anew, from the beginning (version 0), and put what you compute in place of all that you have",
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, Instant};

    #[test]
    fn ranges_that_touch_are_one_and_those_apart_stay_apart() {
        let hours = |from: i64, to: i64| {
            TimeRange::new(Instant::EPOCH + from * HOUR, Instant::EPOCH + to * HOUR)
        };
        let found = disjoint(vec![hours(9, 10), hours(1, 3), hours(3, 4), hours(2, 3)]);
        assert_eq!(found, [hours(1, 4), hours(9, 10)]);
        assert!(disjoint(Vec::new()).is_empty());
    }
}
