//! Two lots of files → from where to where their rows differ.
//!
//! Enters: the parts (or the evidence) of a month as they are committed, and as they were just made. Leaves: the first and the last
//! time at which the rows differ, or nothing. A column that one side lacks is null there. How rows are cut into files and batches,
//! and what stands in footers, does not count.

use crate::error::{Error, Result};
use crate::model::{Flag, QUALITY_FLAGS, StatedReason, TIMESTAMP};
use crate::partition::{EvidenceEntry, evidence_entries, read_part};
use crate::time::{Extent, Instant};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

/// How the rows of two lots of parts differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowChanges {
    /// Rows of times that only the new ones have.
    pub added: u64,
    /// Rows of times that only the old ones have.
    pub removed: u64,
    /// Rows of times that both have, with other values or flags.
    pub changed: u64,
    /// From the first to the last of all of these.
    pub range: Option<Extent>,
}

/// From the first to the last time at which the rows of two lots of parts differ; `None` where they do not.
///
/// # Errors
/// As [`compare_rows`].
pub(crate) fn changed_rows(old: &[PathBuf], new: &[PathBuf]) -> Result<Option<Extent>> {
    compare_rows(old, new).map(|changes| changes.range)
}

/// How the rows of two lots of parts differ, each in the order of time.
///
/// # Errors
/// Whatever keeps a part from being read.
pub(crate) fn compare_rows(old: &[PathBuf], new: &[PathBuf]) -> Result<RowChanges> {
    let (mut old, mut new) = (ComparedRows::of(old), ComparedRows::of(new));
    let mut changes = RowChanges::default();
    loop {
        let (ours, theirs) = (old.front()?, new.front()?);
        let time = match (ours, theirs) {
            (None, None) => return Ok(changes),
            (Some(time), None) | (None, Some(time)) => time,
            (Some(ours), Some(theirs)) => ours.min(theirs),
        };
        let here = [ours == Some(time), theirs == Some(time)];
        let count = match here {
            [true, true] if old.same_row(&new) => None,
            [true, true] => Some(&mut changes.changed),
            [true, false] => Some(&mut changes.removed),
            [false, _] => Some(&mut changes.added),
        };
        if let Some(count) = count {
            *count += 1;
            extend(&mut changes.range, time);
        }
        old.step(here[0]);
        new.step(here[1]);
    }
}

/// What evidence of earlier programs, which does not say from when on it is certain, is beside the same that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WithoutKnownAt {
    /// No difference.
    Same,
    /// A difference.
    Different,
}

/// As [`changed_rows`], of evidence files.
///
/// # Errors
/// Whatever keeps a file from being read.
pub(crate) fn changed_evidence(
    old: &[PathBuf],
    new: &[PathBuf],
    without: WithoutKnownAt,
) -> Result<Option<Extent>> {
    type Key = (
        Instant,
        Option<String>,
        (String, Option<Flag>),
        [Option<u64>; 3],
    );
    type Rows = BTreeMap<Key, Option<Instant>>;
    let read = |files: &[PathBuf]| -> Result<Rows> {
        let mut rows = BTreeMap::new();
        for file in files {
            for batch in read_part(file)? {
                for entry in evidence_entries(&batch?).map_err(|error| error.at(file))? {
                    let (time, known_at) = (entry.time(), entry.known_at());
                    let (column, rule, numbers) = match entry {
                        EvidenceEntry::Found(row) => (
                            row.column,
                            (row.rule.name().to_owned(), row.rule.flag()),
                            [row.value, row.low, row.high],
                        ),
                        EvidenceEntry::Stated(row) => {
                            let StatedReason {
                                rule,
                                flag,
                                value,
                                low,
                                high,
                                ..
                            } = row.reason;
                            let numbers = [value, low, high]
                                .map(|number| Some(number).filter(|number| !number.is_nan()));
                            (row.column, (rule, flag), numbers)
                        }
                    };
                    let bits = numbers.map(|number| number.map(f64::to_bits));
                    rows.insert((time, column, rule, bits), known_at);
                }
            }
        }
        Ok(rows)
    };
    let (old, new) = (read(old)?, read(new)?);
    let mut changed = None;
    let same = |one: Option<Instant>, other: Option<Instant>| match without {
        WithoutKnownAt::Same if one.is_none() || other.is_none() => true,
        _ => one == other,
    };
    let only = |a: &Rows, b: &Rows| -> Vec<Instant> {
        let is_there = |(key, known_at): &(&Key, &Option<Instant>)| {
            b.get(*key).is_some_and(|other| same(**known_at, *other))
        };
        let only = a.iter().filter(|row| !is_there(row));
        only.map(|((time, ..), _)| *time).collect()
    };
    for time in only(&old, &new).into_iter().chain(only(&new, &old)) {
        extend(&mut changed, time);
    }
    Ok(changed)
}

fn extend(changed: &mut Option<Extent>, time: Instant) {
    *changed = Some(Extent::joined(*changed, time));
}

/// The rows of parts, one after the other.
struct ComparedRows {
    files: VecDeque<PathBuf>,
    batches: Option<Box<dyn Iterator<Item = Result<RecordBatch>>>>,
    current: Option<CurrentBatch>,
}

/// The batch that is walked through.
struct CurrentBatch {
    times: TimestampNanosecondArray,
    flags: ArrayRef,
    columns: BTreeMap<String, Float64Array>,
    row: usize,
}

impl CurrentBatch {
    fn of(batch: &RecordBatch, path: &Path) -> Result<Self> {
        let wrong = |name: &str| Error::damaged(format!("expected a column {name:?}")).at(path);
        let times = batch.column_by_name(TIMESTAMP);
        let times = times.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
        let flags = batch.column_by_name(QUALITY_FLAGS);
        let schema = batch.schema();
        let points = schema.fields().iter().zip(batch.columns());
        let columns = points.filter_map(|(field, column)| {
            let values = column.as_primitive_opt::<Float64Type>()?;
            Some((field.name().clone(), values.clone()))
        });
        Ok(Self {
            times: times.ok_or_else(|| wrong(TIMESTAMP))?.clone(),
            flags: flags.ok_or_else(|| wrong(QUALITY_FLAGS))?.clone(),
            columns: columns.collect(),
            row: 0,
        })
    }

    /// The bits of a cell; `None` where it is null or its column absent.
    fn cell(&self, column: Option<&Float64Array>) -> Option<u64> {
        let column = column.filter(|column| column.is_valid(self.row))?;
        Some(column.value(self.row).to_bits())
    }

    fn flags(&self) -> Option<ArrayRef> {
        Some(self.flags.as_list_opt::<i32>()?.value(self.row))
    }
}

impl ComparedRows {
    fn of(files: &[PathBuf]) -> Self {
        Self {
            files: files.iter().cloned().collect(),
            batches: None,
            current: None,
        }
    }

    /// The time of the row at the front; `None` at the end.
    fn front(&mut self) -> Result<Option<Instant>> {
        loop {
            if let Some(current) = &self.current
                && current.row < current.times.len()
            {
                let nanos = current.times.value(current.row);
                return Ok(Some(Instant::from_nanos(nanos)));
            }
            let Some(file) = self.files.front() else {
                return Ok(None);
            };
            let batches = match &mut self.batches {
                Some(batches) => batches,
                None => self.batches.insert(Box::new(read_part(file)?)),
            };
            match batches.next() {
                Some(batch) => self.current = Some(CurrentBatch::of(&batch?, file)?),
                None => {
                    (self.batches, self.current) = (None, None);
                    self.files.pop_front();
                }
            }
        }
    }

    fn step(&mut self, here: bool) {
        if let Some(current) = self.current.as_mut().filter(|_| here) {
            current.row += 1;
        }
    }

    /// Whether the rows at both fronts, of one time, are the same.
    fn same_row(&self, other: &Self) -> bool {
        let (Some(ours), Some(theirs)) = (&self.current, &other.current) else {
            return false;
        };
        let same = |(name, column): (&String, &Float64Array)| {
            ours.cell(Some(column)) == theirs.cell(theirs.columns.get(name))
        };
        let absent_here = |(name, column): (&String, &Float64Array)| {
            ours.columns.contains_key(name) || theirs.cell(Some(column)).is_none()
        };
        ours.flags() == theirs.flags()
            && ours.columns.iter().all(same)
            && theirs.columns.iter().all(absent_here)
    }
}
