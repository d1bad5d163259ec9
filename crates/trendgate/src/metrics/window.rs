//! The newest rows of a dataset → how many of them are flagged, and which points still deliver.
//!
//! Enters: a snapshot. Leaves: [`RecentRows`]. Days are counted back from the dataset's last row: how old that is, is another metric. Read are
//! the parts of the last seven days (one or two, of a bounded number of rows), and footers of earlier ones, the newest first, until every
//! point that has no value on the last day was found to have an earlier one, or has none in any. Refused: parts that cannot be read.

use crate::error::{Error, Result};
use crate::model::{Flag, QUALITY_FLAGS, SchemaColumn};
use crate::partition::{columns_with_values, read_part};
use crate::time::{DAY, Instant, Span};
use crate::verify::{Snapshot, row_times};
use arrow::array::{Array, AsArray, RecordBatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The window of flags.
const WEEK: Span = DAY.times(7);

/// What the last days of a dataset have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecentRows {
    /// Rows of the last seven days.
    pub(crate) rows: u64,
    /// Those that have each flag, be there any or not.
    pub(crate) flagged: BTreeMap<Flag, u64>,
    /// What became of the points.
    pub(crate) points: PointStates,
}

/// How many points are in each state: `alive`, `silent` and `dead` add up to all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PointStates {
    /// Those with a value on the last day.
    pub(crate) alive: u64,
    /// Those with earlier values alone.
    pub(crate) silent: u64,
    /// Those without a value.
    pub(crate) dead: u64,
    /// Those of which no configuration says what they measure.
    pub(crate) unmapped: u64,
}

/// What is found while parts are read.
struct RecentFound<'a> {
    last: Instant,
    rows: u64,
    flagged: BTreeMap<Flag, u64>,
    /// Points that have no value on the last day so far.
    quiet: BTreeSet<&'a str>,
    /// Points that have any value so far.
    with_values: BTreeSet<&'a str>,
}

impl RecentRows {
    /// Reads them.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage), [`Input`](crate::ErrorKind::Input) and [`Damaged`](crate::ErrorKind::Damaged) where a part
    /// cannot be read.
    pub(crate) fn read(snapshot: &Snapshot) -> Result<Self> {
        let points = (snapshot.columns.iter()).filter(|column| column.point.is_some());
        let points: Vec<&SchemaColumn> = points.collect();
        let mut found = RecentFound {
            last: (snapshot.time_range()).map_or(Instant::MIN, |range| range.last),
            rows: 0,
            flagged: Flag::ALL.iter().map(|flag| (*flag, 0)).collect(),
            quiet: points.iter().map(|column| &*column.name).collect(),
            with_values: BTreeSet::new(),
        };
        for part in snapshot.parts.iter().rev() {
            if found.last.since(part.entry.time_range.last) < WEEK {
                for rows in read_part(&part.file)? {
                    found.take(&rows?, &part.file)?;
                }
            } else if found.quiet.is_subset(&found.with_values) {
                break;
            } else {
                let columns = columns_with_values(&part.file)?;
                let quiet = found.quiet.iter().copied();
                let earlier = quiet.filter(|name| columns.contains(*name));
                found.with_values.extend(earlier.collect::<Vec<_>>());
            }
        }
        let silent = found.quiet.intersection(&found.with_values).count();
        let unmapped = |column: &&&SchemaColumn| column.physical_type.is_none();
        Ok(Self {
            rows: found.rows,
            flagged: found.flagged,
            points: PointStates {
                alive: (points.len() - found.quiet.len()) as u64,
                silent: silent as u64,
                dead: (found.quiet.len() - silent) as u64,
                unmapped: points.iter().filter(unmapped).count() as u64,
            },
        })
    }
}

impl RecentFound<'_> {
    fn take(&mut self, rows: &RecordBatch, file: &Path) -> Result<()> {
        let damaged = |column: &str| Error::damaged(format!("expected a column {column:?}"));
        let times = row_times(rows, file)?;
        let flags = rows
            .column_by_name(QUALITY_FLAGS)
            .and_then(|column| column.as_list_opt::<i32>())
            .ok_or_else(|| damaged(QUALITY_FLAGS).at(file))?;
        // Rows are in the order of time.
        let within = |window: Span| times.partition_point(|time| self.last.since(*time) >= window);
        let (week, day) = (within(WEEK), within(DAY));
        self.rows += (rows.num_rows() - week) as u64;
        for row in week..rows.num_rows() {
            let names = flags.value(row);
            let names = names.as_string_opt::<i32>().into_iter().flatten().flatten();
            for flag in names.filter_map(Flag::from_name) {
                *self.flagged.entry(flag).or_default() += 1;
            }
        }
        let schema = rows.schema();
        for (field, values) in schema.fields().iter().zip(rows.columns()) {
            let Some(name) = self.quiet.get(field.name().as_str()).copied() else {
                continue;
            };
            if values.null_count() < values.len() {
                self.with_values.insert(name);
            }
            if (day..values.len()).any(|row| values.is_valid(row)) {
                self.quiet.remove(name);
            }
        }
        Ok(())
    }
}
