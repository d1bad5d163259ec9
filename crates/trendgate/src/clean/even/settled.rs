//! Bins that no later row can change, judged by the rules → record batches.
//!
//! Enters: the time before which no row comes any more. Leaves: the bins that are settled, those of the own stretch as a record batch, and the
//! evidence of all of them.

use super::super::pending::sorted;
use super::super::rules::Bins;
use super::EvenStretch;
use super::columns::any;
use crate::error::{Error, Result};
use crate::model::flag_lists;
use crate::time::Instant;
use arrow::array::{ArrayRef, Float64Array, TimestampNanosecondArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::record_batch::RecordBatch;
use std::ops::Range;
use std::sync::Arc;

impl EvenStretch<'_> {
    /// How many of the pending bins no later row can change.
    pub(super) fn settled(&mut self, front: Instant) -> usize {
        let pending = &mut self.pending;
        let min_coverage = self.rules.min_coverage;
        let mut unsettled = Instant::MAX;
        for (_, coverage) in &mut self.kinds {
            coverage.pass(front, &mut |bin, known_at| {
                pending.thin(bin, known_at, min_coverage);
            });
            unsettled = unsettled.min(coverage.unsettled_from().unwrap_or(Instant::MAX));
        }
        // The bin of `front` may be under way; those before it are done, but for what values may not have held in.
        let decided = self.decided(front);
        let next = self.pending.starts.get(decided).copied();
        let front = front.floor(self.rules.interval);
        self.judge(decided, next.unwrap_or(front));
        let starts = &self.pending.starts;
        unsettled = unsettled.min(next.unwrap_or(Instant::MAX));
        let seen = &starts[..decided];
        unsettled = unsettled.min(self.panel.needed_from(seen).unwrap_or(Instant::MAX));
        starts.partition_point(|start| *start < unsettled)
    }

    /// Shows the rules those of the first `decided` bins that they have not seen; no later one starts before `front`.
    pub(super) fn judge(&mut self, decided: usize, front: Instant) {
        let pending = &mut self.pending;
        let bins = Bins {
            starts: &pending.starts[..decided],
            columns: &pending.columns,
            months: &pending.months[..decided],
        };
        let new = pending.judged..decided;
        let mut found = Vec::new();
        let mut find = |evidence, hold| found.push((evidence, hold));
        self.panel.push(bins, new.clone(), front, &mut find);
        pending.judged = new.end;
        for (evidence, hold) in found {
            pending.flag_held(evidence, hold, self.rules);
        }
    }

    /// Lets the first `count` pending bins go; those of them that are ours to write, as a record batch.
    pub(super) fn release(&mut self, count: usize) -> Result<Option<RecordBatch>> {
        let leaving = &self.pending.starts[..count];
        let from = leaving.partition_point(|start| *start < self.own.start);
        let to = leaving.partition_point(|start| *start < self.own.end);
        self.pending.judged -= count.min(self.pending.judged);
        let batch = (from < to).then(|| self.batch(from..to)).transpose()?;
        let pending = &mut self.pending;
        if let Some(last) = pending.starts[..count].last().copied() {
            let (leaving, staying) = std::mem::take(&mut pending.evidence)
                .into_iter()
                .partition(|evidence| evidence.time <= last);
            pending.evidence = staying;
            self.left.extend(sorted(leaving));
        }
        pending.starts.drain(..count);
        pending.on_axis.drain(..count);
        pending.flags.drain(..count);
        pending.months.drain(..count);
        for column in &mut pending.columns {
            column.drain(..count);
        }
        Ok(batch)
    }

    fn batch(&self, range: Range<usize>) -> Result<RecordBatch> {
        let starts = self.pending.starts[range.clone()].iter();
        let starts: Vec<i64> = starts.map(|start| start.nanos()).collect();
        let flags = &self.pending.flags[range.clone()];
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(TimestampNanosecondArray::from(starts).with_timezone("UTC")),
            flag_lists(flags),
        ];
        for column in &self.pending.columns {
            columns.push(Arc::new(with_nulls(&column[range.clone()])));
        }
        RecordBatch::try_new(self.schema.arrow(), columns).map_err(|error| {
            Error::bug(format!("the cleaner's rows do not fit the schema: {error}"))
        })
    }
}

/// The values as an array; NaN is null, and its place holds 0.0: the contract takes a second look at what is no number.
fn with_nulls(values: &[f64]) -> Float64Array {
    let valid = any(values, f64::is_nan)
        .then(|| BooleanBuffer::collect_bool(values.len(), |at| !values[at].is_nan()));
    let number = |value: &f64| if value.is_nan() { 0.0 } else { *value };
    let numbers: Vec<f64> = values.iter().map(number).collect();
    Float64Array::new(numbers.into(), valid.map(NullBuffer::new))
}
