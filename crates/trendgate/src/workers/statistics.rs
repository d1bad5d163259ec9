//! The smallest, the mean and the largest value of each column.
//!
//! Sums are kept by month and added month by month, so that neither batches nor tasks change a digit of the mean.

use crate::contract::Conforming;
use crate::partition::Month;
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use std::ops::Range;

/// The values of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnStatistics {
    /// How many bins have one.
    pub count: u64,
    /// Their sum, in the order of time.
    pub sum: f64,
    /// The smallest; infinite where there is none.
    pub min: f64,
    /// The largest; infinite where there is none.
    pub max: f64,
}

impl Default for ColumnStatistics {
    fn default() -> Self {
        Self {
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl ColumnStatistics {
    /// Adds those of a later stretch.
    pub fn merge(&mut self, later: &Self) {
        self.count += later.count;
        self.sum += later.sum;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }

    /// The mean; `None` where there is no value.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    fn take(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }
}

/// The statistics of each column, by month.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    months: Vec<(Month, Vec<ColumnStatistics>)>,
}

impl Statistics {
    /// Takes the next rows.
    pub(super) fn push(&mut self, rows: &Conforming) {
        let times = rows.times();
        let mut from = 0;
        while let Some(first) = times.get(from) {
            let month = Month::of(*first);
            let end = month.end();
            let to = from + times[from..].partition_point(|time| *time < end);
            self.take(month, rows, from..to);
            from = to;
        }
    }

    /// The months in the order of time, each with its columns.
    pub(super) fn finish(self) -> Vec<Vec<ColumnStatistics>> {
        self.months
            .into_iter()
            .map(|(_, columns)| columns)
            .collect()
    }

    fn take(&mut self, month: Month, rows: &Conforming, range: Range<usize>) {
        let columns = &rows.batch().columns()[2..];
        if self.months.last().is_none_or(|(last, _)| *last != month) {
            self.months
                .push((month, vec![ColumnStatistics::default(); columns.len()]));
        }
        let Some((_, all)) = self.months.last_mut() else {
            return;
        };
        for (statistics, column) in all.iter_mut().zip(columns) {
            let column = column.as_primitive::<Float64Type>();
            for row in range.clone().filter(|row| column.is_valid(*row)) {
                statistics.take(column.value(row));
            }
        }
    }
}
