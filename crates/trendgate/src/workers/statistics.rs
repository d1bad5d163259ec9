//! The smallest, the mean and the largest value of each column, and where it falls: of a counter, that is a reset.
//!
//! A value is compared with the one before it in the same column, however far back that is; nothing is repaired.
//! Sums are kept by month and added month by month, so that neither batches nor tasks change a digit of the mean.

use crate::contract::Conforming;
use crate::month::Month;
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use std::ops::Range;

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStatistics {
    /// How many bins have one.
    pub count: u64,
    /// Their sum, in the order of time.
    pub sum: f64,
    /// The smallest; infinite where there is none.
    pub min: f64,
    /// The largest; infinite where there is none.
    pub max: f64,
    /// The first value.
    first: Option<(i64, f64)>,
    /// The last one.
    last: Option<(i64, f64)>,
    /// How often a value is below the one before it.
    pub falls: u64,
    /// The first few times.
    pub fall_examples: Vec<Fall>,
}

/// A value below the one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// The bin of the lower value.
    pub time: i64,
    /// The value before it.
    pub before: f64,
    /// The lower value.
    pub after: f64,
}

/// How many falls are kept as examples.
const EXAMPLES: usize = 10;

impl Fall {
    /// Whether it looks like a counter that ran over its last digit: from the last tenth below a power of
    /// ten, a thousand or more, to the first tenth.
    #[must_use]
    pub fn is_roll_over(&self) -> bool {
        let capacity = 10_f64.powf(self.before.max(1.0).log10().ceil());
        capacity >= 1000.0
            && self.before >= 0.9 * capacity
            && (0.0..=0.1 * capacity).contains(&self.after)
    }
}

impl Default for ColumnStatistics {
    fn default() -> Self {
        Self {
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            first: None,
            last: None,
            falls: 0,
            fall_examples: Vec::new(),
        }
    }
}

impl ColumnStatistics {
    /// Adds those of a later stretch.
    pub fn merge(&mut self, later: &Self) {
        if let Some(first) = later.first {
            self.note_falls(std::iter::once(first));
            self.falls += u64::from(first.1 < self.before());
            self.first.get_or_insert(first);
            self.last = later.last;
        }
        self.falls += later.falls;
        self.fall_examples.extend(&later.fall_examples);
        self.fall_examples.truncate(EXAMPLES);
        self.count += later.count;
        self.sum += later.sum;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }

    /// Forgets the last value, because the stretch that is added next does not follow.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// The mean; `None` where there is no value.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// The last value; where there is none, nothing is below it.
    fn before(&self) -> f64 {
        self.last.map_or(f64::NEG_INFINITY, |(_, value)| value)
    }

    /// Keeps the first few falls among the next values.
    fn note_falls(&mut self, cells: impl Iterator<Item = (i64, f64)>) {
        let mut before = self.before();
        for (time, after) in cells {
            if after < before && self.fall_examples.len() < EXAMPLES {
                self.fall_examples.push(Fall {
                    time,
                    before,
                    after,
                });
            }
            before = after;
        }
    }

    /// Takes the next values, each with its time. Most points fall as often as they rise: falls are counted without
    /// deciding anything by one.
    fn take(&mut self, cells: impl Iterator<Item = (i64, f64)> + Clone) {
        if self.fall_examples.len() < EXAMPLES {
            self.note_falls(cells.clone());
        }
        self.first = self.first.or_else(|| cells.clone().next());
        let (mut last, mut before) = (None, self.before());
        let (mut count, mut sum, mut falls) = (self.count, self.sum, self.falls);
        let (mut min, mut max) = (self.min, self.max);
        for (time, value) in cells {
            falls += u64::from(value < before);
            (last, before) = (Some(time), value);
            count += 1;
            sum += value;
            min = min.min(value);
            max = max.max(value);
        }
        self.last = last.map(|time| (time, before)).or(self.last);
        (self.count, self.sum, self.falls) = (count, sum, falls);
        (self.min, self.max) = (min, max);
    }
}

/// The statistics of each column, by month.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    months: Vec<(Month, Vec<ColumnStatistics>)>,
}

impl Statistics {
    /// Takes the next rows.
    pub(crate) fn push(&mut self, rows: &Conforming) {
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
    pub(crate) fn finish(self) -> Vec<(Month, Vec<ColumnStatistics>)> {
        self.months
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
        let times = &rows.times()[range.clone()];
        for (statistics, column) in all.iter_mut().zip(columns) {
            let column = column.as_primitive::<Float64Type>();
            let values = &column.values()[range.clone()];
            let cells = times.iter().copied().zip(values.iter().copied());
            match column.nulls() {
                None => statistics.take(cells),
                Some(nulls) => {
                    let valid = range.clone().map(|row| nulls.is_valid(row));
                    let cells = cells.zip(valid).filter(|(_, valid)| *valid);
                    statistics.take(cells.map(|(cell, _)| cell));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(i64, f64)]) -> ColumnStatistics {
        let mut statistics = ColumnStatistics::default();
        statistics.take(values.iter().copied());
        statistics
    }

    #[test]
    fn resets_are_found_within_and_between_stretches() {
        let values = [
            (0, 5.0),
            (1, 9.0),
            (2, 0.5),
            (3, 0.5),
            (7, 8.0),
            (8, 2.0),
            (9, 3.0),
        ];
        let whole = of(&values);
        assert_eq!(whole.falls, 2);
        let first = Fall {
            time: 2,
            before: 9.0,
            after: 0.5,
        };
        assert_eq!(whole.fall_examples[0], first);
        for cut in 0..=values.len() {
            let (before, after) = values.split_at(cut);
            let mut sum = ColumnStatistics::default();
            sum.merge(&of(before));
            sum.merge(&of(after));
            assert_eq!(sum, whole, "{cut}");
            let mut bit_by_bit = ColumnStatistics::default();
            for cells in [before, &[], after, &[]] {
                bit_by_bit.take(cells.iter().copied());
            }
            assert_eq!(bit_by_bit, whole, "{cut}");
        }
    }

    #[test]
    fn all_falls_are_counted_and_the_first_few_kept() {
        let saw: Vec<(i64, f64)> = (0..40).zip([2.0, 1.0].into_iter().cycle()).collect();
        for cut in 0..=saw.len() {
            let mut statistics = ColumnStatistics::default();
            let (before, after) = saw.split_at(cut);
            statistics.take(before.iter().copied());
            statistics.take(after.iter().copied());
            assert_eq!(statistics.falls, 20, "{cut}");
            let kept = statistics.fall_examples.iter().map(|fall| fall.time);
            assert!(kept.eq((1..20).step_by(2)), "{cut}");
        }
    }

    #[test]
    fn a_counter_at_its_last_digit_rolls_over_and_any_other_is_reset() {
        let fall = |before, after| Fall {
            time: 0,
            before,
            after,
        };
        assert!(fall(9_999_998.0, 12.0).is_roll_over());
        assert!(!fall(4_500_000.0, 0.0).is_roll_over());
        assert!(!fall(9_999_998.0, 9_000_000.0).is_roll_over());
        assert!(
            !fall(1.0, 0.0).is_roll_over(),
            "no counter has so few digits"
        );
    }
}
