//! Committed bins that stand in for a report that is gone.
//!
//! Enters: the committed parts, and which columns over which time a report that is gone fed. Leaves: chunks that a task merges before
//! all others, one row a bin, and a [`Mask`] that makes the other reports give way in those cells: what is committed there may be a
//! mean that the gone report has a share in, and cannot be mended by part of it. Such bins are approximate, and are counted. So are those
//! behind it in which a value of it held: a committed bin does not say what held at its end, so they are null.

use crate::acquire::{Chunk, Window};
use crate::clean::Chunks;
use crate::error::{Error, Result};
use crate::model::{ColumnId, PointSpec, TIMESTAMP};
use crate::partition::read_part;
use crate::plan::{Kept, Plan};
use crate::time::{Extent, Instant, Span};
use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// What standing in came to, in the stretch that a task owns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptCounts {
    /// Committed cells that were taken.
    pub cells: u64,
    /// The bins that they are in.
    pub bins: u64,
    /// Numbers of other reports that gave way to them.
    pub gave_way: u64,
}

/// The cells in which other reports give way: for each column the bins.
#[derive(Debug, Default)]
pub(super) struct Mask {
    cells: BTreeMap<ColumnId, BTreeSet<Instant>>,
    bin: Span,
}

/// All that stands in during one task.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    pub(super) sources: Vec<Chunks>,
    pub(super) mask: Mask,
    pub(super) counts: KeptCounts,
}

impl Mask {
    /// Empties the cells of a report's chunk that give way; how many numbers of `own` did.
    pub(super) fn apply(&self, chunk: &mut Chunk, columns: &[ColumnId], window: &Window) -> u64 {
        if !columns.iter().any(|column| self.cells.contains_key(column)) {
            return 0;
        }
        let mut gave_way = 0;
        for (values, column) in chunk.columns.iter_mut().zip(columns) {
            let Some(bins) = self.cells.get(column) else {
                continue;
            };
            for (value, time) in values.iter_mut().zip(&chunk.times) {
                let start = time.floor(self.bin);
                if !value.is_nan() && bins.contains(&start) {
                    *value = f64::NAN;
                    gave_way += u64::from(window.own.contains(*time));
                }
            }
        }
        gave_way
    }
}

impl StandIns {
    /// Reads what stands in during the task of this window; `bin` is the length of a bin.
    ///
    /// # Errors
    /// Whatever keeps a committed part from being read.
    pub(super) fn load(plan: &Plan, window: &Window, bin: Span) -> Result<Self> {
        let mut all = Self::default();
        all.mask.bin = bin;
        let mut bins = BTreeSet::new();
        for kept in &plan.kept {
            let times = Extent::new(kept.extent.first.floor(bin), kept.extent.last);
            let mut chunk = Chunk {
                columns: vec![Vec::new(); kept.columns.len()].into(),
                ..Chunk::default()
            };
            let step = plan.kinds[kept.kind].interval.unwrap_or(bin).min(bin);
            for part in &kept.parts {
                for batch in read_part(part)? {
                    let rows = CommittedBatch::of(&batch?, kept, plan, part)?;
                    for row in 0..rows.times.len() {
                        let time = rows.times[row];
                        if times.contains(time)
                            && window.read.contains(time)
                            && all.take(&rows, row, kept, plan, &mut chunk, step)
                        {
                            let owned = window.own.contains(time);
                            let numbers = chunk_numbers(&chunk, time);
                            all.counts.cells += if owned { numbers } else { 0 };
                            bins.extend(owned.then_some(time));
                        } else if window.own.contains(time) && rows.held_behind(kept, row) {
                            bins.insert(time);
                        }
                    }
                }
            }
            all.sources.push(Chunks {
                kind: kept.kind,
                columns: kept.columns.clone(),
                chunks: VecDeque::from([chunk]),
            });
        }
        all.counts.bins = bins.len() as u64;
        Ok(all)
    }

    /// Takes a committed row, and samples of no value through the rest of its bin, as the kind would have them; whether there is
    /// any number in it. A row that is null in every column may have been one of missing tokens alone, which keeps its bin on the
    /// axis: it stays as a row that is no sample.
    fn take(
        &mut self,
        rows: &CommittedBatch,
        row: usize,
        kept: &Kept,
        plan: &Plan,
        chunk: &mut Chunk,
        step: Span,
    ) -> bool {
        let time = rows.times[row];
        let mut cells = Vec::with_capacity(kept.columns.len());
        for (column, values) in kept.columns.iter().zip(&rows.columns) {
            let value = values.as_ref().filter(|values| values.is_valid(row));
            let free = !self
                .mask
                .cells
                .get(column)
                .is_some_and(|bins| bins.contains(&time));
            let value = value.filter(|_| free).map(|values| values.value(row));
            cells.push(value.map_or(f64::NAN, |value| as_reported(&plan.roster[*column], value)));
        }
        if cells.iter().all(|cell| cell.is_nan()) {
            if rows.empty[row] {
                chunk.push_row_without_numbers(time);
            }
            return false;
        }
        for (place, (column, cell)) in kept.columns.iter().zip(&cells).enumerate() {
            if !cell.is_nan() {
                self.mask.cells.entry(*column).or_default().insert(time);
            }
            chunk.columns[place].push(*cell);
        }
        chunk.times.push(time);
        chunk.samples.push(true);
        let mut at = time + step;
        while at < time + self.mask.bin {
            chunk.push_row_without_numbers(at);
            // It counts as a sample: the committed value stands for the whole bin.
            if let Some(sample) = chunk.samples.last_mut() {
                *sample = true;
            }
            at += step;
        }
        true
    }
}

/// The numbers in the row of `chunk` at `time`, which is among the last.
fn chunk_numbers(chunk: &Chunk, time: Instant) -> u64 {
    let row = chunk.times.iter().rposition(|other| *other == time);
    let there = |column: &&Vec<f64>| row.is_some_and(|row| !column[row].is_nan());
    chunk.columns.iter().filter(there).count() as u64
}

/// The number that becomes `value` when its bin is converted: the same where a number does, else the nearest.
fn as_reported(point: &PointSpec, value: f64) -> f64 {
    let (Some(from), Some(to)) = (point.unit, point.dataset_unit()) else {
        return value;
    };
    if from == to {
        return value;
    }
    let near = to.convert(value, from).unwrap_or(value);
    let candidates = [near, near.next_up(), near.next_down()];
    let exact = |number: &&f64| from.convert(**number, to) == Some(value);
    candidates.iter().find(exact).copied().unwrap_or(near)
}

/// A batch of a committed part, with the columns of a report that is gone; `None` for those that it lacks.
struct CommittedBatch {
    times: Vec<Instant>,
    columns: Vec<Option<Float64Array>>,
    /// For each row, whether all columns of the part are null in it.
    empty: Vec<bool>,
}

impl CommittedBatch {
    /// Whether the row stands behind the report, and has a value of it that held there.
    fn held_behind(&self, kept: &Kept, row: usize) -> bool {
        let time = self.times[row];
        let columns = kept.held_to.iter().zip(&self.columns);
        let had = |values: &Option<Float64Array>| {
            (values.as_ref()).is_some_and(|values| values.is_valid(row))
        };
        columns
            .filter(|(to, _)| kept.extent.last < time && time < **to)
            .any(|(_, values)| had(values))
    }

    fn of(batch: &RecordBatch, kept: &Kept, plan: &Plan, part: &Path) -> Result<Self> {
        let times = batch.column_by_name(TIMESTAMP);
        let times = times.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
        let times =
            times.ok_or_else(|| Error::damaged("expected a column \"timestamp\"").at(part))?;
        let column = |place: &ColumnId| {
            let column = batch.column_by_name(&plan.roster[*place].column)?;
            column.as_primitive_opt::<Float64Type>().cloned()
        };
        Ok(Self {
            times: times
                .values()
                .iter()
                .copied()
                .map(Instant::from_nanos)
                .collect(),
            columns: kept.columns.iter().map(column).collect(),
            empty: without_numbers(batch),
        })
    }
}

/// For each row of `batch`, whether no column has a number in it.
fn without_numbers(batch: &RecordBatch) -> Vec<bool> {
    let mut empty = vec![true; batch.num_rows()];
    let columns = batch.columns().iter();
    for values in columns.filter_map(|column| column.as_primitive_opt::<Float64Type>()) {
        for (row, empty) in empty.iter_mut().enumerate() {
            *empty &= values.is_null(row);
        }
    }
    empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::NumberColumns;
    use crate::time::{MINUTE, TimeRange};

    #[test]
    fn only_a_report_that_gives_way_is_turned_into_columns() {
        let window = Window {
            own: TimeRange::ALL,
            read: TimeRange::ALL,
        };
        let columns = [0, 1].map(ColumnId::new);
        let chunk = Chunk {
            times: [0, 10]
                .map(|minute| Instant::EPOCH + MINUTE.times(minute))
                .to_vec(),
            columns: NumberColumns::of_rows(vec![1.0, 2.0, 3.0, 4.0], 2),
            samples: vec![true; 2],
            ..Chunk::default()
        };
        for (masked, expected, by_row) in [
            (1, [1.0, 3.0, f64::NAN, 4.0], false),
            (2, [1.0, 3.0, 2.0, 4.0], true),
        ] {
            let bins = BTreeSet::from([Instant::EPOCH]);
            let mask = Mask {
                cells: BTreeMap::from([(ColumnId::new(masked), bins)]),
                bin: MINUTE.times(5),
            };
            let mut chunk = chunk.clone();
            let gave_way = mask.apply(&mut chunk, &columns, &window);
            assert_eq!(gave_way, u64::from(!by_row));
            assert_eq!(chunk.columns.rows().is_some(), by_row);
            let bits = chunk.columns.concat().into_iter().map(f64::to_bits);
            assert!(bits.eq(expected.map(f64::to_bits)));
        }
    }
}
