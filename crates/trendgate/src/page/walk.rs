//! The rows of a snapshot with the evidence of each, in the order of time: memory holds one batch of either.
//!
//! Enters: a [`Snapshot`] and a range of time. Leaves: what a [`Visitor`] makes of it. Parts and evidence are both sorted by time, so that
//! they are read side by side. Refused: files that cannot be read, and rows without a time.

use crate::error::Result;
use crate::model::SchemaColumn;
use crate::partition::{EvidenceRow, evidence_rows, read_part};
use crate::time::{Extent, Instant, Month, TimeRange};
use crate::verify::{Snapshot, row_times};
use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::Float64Type;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

/// What looks at rows.
pub(super) trait Visitor {
    /// Looks at the next rows, which were read from `file`, before their bins.
    fn rows(&mut self, _rows: &RecordBatch, _file: &Path) -> Result<()> {
        Ok(())
    }

    /// Looks at the next bin.
    fn bin(&mut self, bin: &SeriesBin<'_>);
}

/// One row, and why it is flagged.
pub(super) struct SeriesBin<'b> {
    /// Its left edge.
    pub(super) time: Instant,
    /// The value of each point, in the order of the points.
    pub(super) values: &'b [Option<f64>],
    /// Its evidence.
    pub(super) marks: &'b [BinMark],
}

/// A piece of evidence, with the place of its point.
#[derive(Debug, Clone)]
pub(super) struct BinMark {
    /// The place among the points; `None` where the whole row is flagged.
    pub(super) point: Option<usize>,
    /// What the evidence file has.
    pub(super) row: EvidenceRow,
}

/// The points of a snapshot, in the order of their columns.
pub(super) fn points(snapshot: &Snapshot) -> impl Iterator<Item = &SchemaColumn> {
    let columns = snapshot.columns.iter();
    columns.filter(|column| column.point.is_some())
}

/// Shows `visitor` the rows of `snapshot` that are in `range`.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage), [`Input`](crate::ErrorKind::Input) and [`Damaged`](crate::ErrorKind::Damaged) where a file cannot be
/// read.
pub(super) fn walk(
    snapshot: &Snapshot,
    range: TimeRange,
    visitor: &mut impl Visitor,
) -> Result<()> {
    let names: Vec<&str> = points(snapshot)
        .map(|column| column.name.as_str())
        .collect();
    let mut evidence = EvidenceAhead::of(snapshot, range, &names);
    let mut values = vec![None; names.len()];
    let mut marks = Vec::new();
    let parts = snapshot.parts.iter();
    for part in parts.filter(|part| range.meets(part.entry.time_range)) {
        for rows in read_part(&part.file)? {
            let rows = within(&rows?, range, &part.file)?;
            visitor.rows(&rows, &part.file)?;
            let times = row_times(&rows, &part.file)?;
            let columns: Vec<Option<&Float64Array>> = names
                .iter()
                .map(|name| rows.column_by_name(name)?.as_primitive_opt::<Float64Type>())
                .collect();
            for (place, time) in times.into_iter().enumerate() {
                for (value, column) in values.iter_mut().zip(&columns) {
                    let column = column.filter(|column| column.is_valid(place));
                    *value = column.map(|column| column.value(place));
                }
                evidence.until(time, &mut marks)?;
                visitor.bin(&SeriesBin {
                    time,
                    values: &values,
                    marks: &marks,
                });
            }
        }
    }
    Ok(())
}

/// The rows that are in `range`.
fn within(rows: &RecordBatch, range: TimeRange, file: &Path) -> Result<RecordBatch> {
    let times = row_times(rows, file)?;
    let from = times.partition_point(|time| *time < range.start);
    let to = times.partition_point(|time| *time < range.end);
    Ok(rows.slice(from, to.saturating_sub(from)))
}

/// The files of the evidence of these months.
pub(super) fn evidence_of(snapshot: &Snapshot, months: &[Month]) -> Vec<PathBuf> {
    let months = months.iter().map(|month| month.folder(&snapshot.site));
    let months: Vec<String> = months.collect();
    let is_wanted = |file: &&PathBuf| {
        let folder = file.parent();
        months
            .iter()
            .any(|month| folder.is_some_and(|folder| folder.ends_with(month)))
    };
    snapshot
        .evidence
        .iter()
        .filter(is_wanted)
        .cloned()
        .collect()
}

/// The evidence that was not reached yet.
struct EvidenceAhead {
    range: TimeRange,
    places: BTreeMap<String, usize>,
    files: std::vec::IntoIter<PathBuf>,
    rows: Option<Box<dyn Iterator<Item = Result<RecordBatch>>>>,
    file: PathBuf,
    ahead: VecDeque<EvidenceRow>,
}

impl EvidenceAhead {
    fn of(snapshot: &Snapshot, range: TimeRange, names: &[&str]) -> Self {
        let months = snapshot.time_range().map_or_else(Vec::new, |all| {
            let first = all.first.max(range.start);
            let last = all.last.min(range.end);
            match first <= last {
                true => Month::between(Extent::new(first, last)),
                false => Vec::new(),
            }
        });
        let files = evidence_of(snapshot, &months);
        let names = names.iter().enumerate();
        Self {
            range,
            places: names
                .map(|(place, name)| ((*name).to_owned(), place))
                .collect(),
            files: files.into_iter(),
            rows: None,
            file: PathBuf::new(),
            ahead: VecDeque::new(),
        }
    }

    /// Puts the evidence up to `time` into `marks`. That of columns which the snapshot does not have is none.
    fn until(&mut self, time: Instant, marks: &mut Vec<BinMark>) -> Result<()> {
        marks.clear();
        loop {
            if self.ahead.is_empty() && !self.read()? {
                return Ok(());
            }
            let Some(row) = self.ahead.pop_front_if(|row| row.time <= time) else {
                return Ok(());
            };
            let point = match &row.column {
                None => None,
                Some(name) => match self.places.get(name.as_str()) {
                    Some(place) => Some(*place),
                    None => continue,
                },
            };
            if self.range.contains(row.time) {
                marks.push(BinMark { point, row });
            }
        }
    }

    /// Reads on; whether there is more.
    fn read(&mut self) -> Result<bool> {
        loop {
            if let Some(rows) = self.rows.as_mut().and_then(Iterator::next) {
                let rows = evidence_rows(&rows?).map_err(|error| error.at(&self.file))?;
                self.ahead.extend(rows);
                if !self.ahead.is_empty() {
                    return Ok(true);
                }
            } else {
                let Some(file) = self.files.next() else {
                    return Ok(false);
                };
                self.rows = Some(Box::new(read_part(&file)?));
                self.file = file;
            }
        }
    }
}
