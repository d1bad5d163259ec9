//! The smallest, the mean and the largest value of each column, and where a counter falls: that is a reset.
//!
//! A value of a counter is compared with the one before it in the same column, however far back that is; nothing is repaired.
//! Sums are kept by month and added month by month, so that neither batches nor tasks change a digit of the mean.

use crate::contract::Conforming;
use crate::model::{Column, DatasetSchema, PhysicalType, Term};
use crate::time::{Instant, Month};
use arrow::array::{Array, AsArray, Float64Array};
use arrow::datatypes::Float64Type;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnStatistics {
    /// How many bins have one.
    pub count: u64,
    /// Their sum, in the order of time.
    pub sum: f64,
    /// The smallest; infinite where there is none.
    pub min: f64,
    /// The largest; infinite where there is none.
    pub max: f64,
    /// Where they fall, if the column is a counter. Apart, because few are and there is one of these for every month.
    pub falls: Option<Box<Falls>>,
}

/// Where the values of a counter fall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Falls {
    /// How often a value is below the one before it.
    pub count: u64,
    /// The first few times.
    pub examples: Vec<Fall>,
    /// The first value.
    first: Option<(Instant, f64)>,
    /// The last one.
    last: Option<(Instant, f64)>,
}

/// A value below the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fall {
    /// The bin of the lower value.
    pub time: Instant,
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
    pub(crate) fn is_roll_over(&self) -> bool {
        let capacity = 10_f64.powf(self.before.max(1.0).log10().ceil());
        capacity >= 1000.0
            && self.before >= 0.9 * capacity
            && (0.0..=0.1 * capacity).contains(&self.after)
    }
}

impl Falls {
    fn take(&mut self, cells: impl Iterator<Item = (Instant, f64)>) {
        for (time, after) in cells {
            if let Some((_, before)) = self.last
                && after < before
            {
                self.count += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(Fall {
                        time,
                        before,
                        after,
                    });
                }
            }
            self.first.get_or_insert((time, after));
            self.last = Some((time, after));
        }
    }

    fn merge(&mut self, later: &Self) {
        self.take(later.first.into_iter());
        self.last = later.last.or(self.last);
        self.count += later.count;
        self.examples.extend(&later.examples);
        self.examples.truncate(EXAMPLES);
    }
}

impl ColumnStatistics {
    /// The value that all of them are, where there is more than one.
    #[allow(clippy::float_cmp, reason = "one and the same value is meant")]
    pub(crate) fn constant(&self) -> Option<f64> {
        (self.count > 1 && self.min == self.max).then_some(self.min)
    }

    /// Those of a column without rows.
    pub(crate) fn of(column: &Column) -> Self {
        let physical_type = column.physical_type.as_ref().and_then(Term::known);
        let is_counter = physical_type.is_some_and(PhysicalType::is_counter);
        Self {
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            falls: is_counter.then(Box::default),
        }
    }

    /// Adds the values of the rows of `range`, which are at `times`.
    pub(crate) fn take_rows(
        &mut self,
        times: &[Instant],
        column: &Float64Array,
        range: Range<usize>,
    ) {
        let values = &column.values()[range.clone()];
        let cells = times.iter().copied().zip(values.iter().copied());
        match column.nulls() {
            None => self.take(cells),
            Some(nulls) => {
                let valid = range.map(|row| nulls.is_valid(row));
                let cells = cells.zip(valid).filter(|(_, valid)| *valid);
                self.take(cells.map(|(cell, _)| cell));
            }
        }
    }

    /// Adds those of a later stretch.
    pub(crate) fn merge(&mut self, later: &Self) {
        if let (Some(falls), Some(later)) = (&mut self.falls, &later.falls) {
            falls.merge(later);
        }
        self.count += later.count;
        self.sum += later.sum;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }

    /// Forgets the last value, because the stretch that is added next does not follow.
    pub(crate) fn interrupt(&mut self) {
        if let Some(falls) = &mut self.falls {
            falls.last = None;
        }
    }

    /// The mean; `None` where there is no value.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Takes the next values, each with its time.
    fn take(&mut self, cells: impl Iterator<Item = (Instant, f64)> + Clone) {
        if let Some(falls) = &mut self.falls {
            falls.take(cells.clone());
        }
        for (_, value) in cells {
            self.count += 1;
            self.sum += value;
            // One comparison each: `f64::min` and `max` also look whether what they have so far is NaN, and the next value waits for that.
            self.min = if value < self.min { value } else { self.min };
            self.max = if value > self.max { value } else { self.max };
        }
    }
}

/// The statistics of each column, by month.
#[derive(Debug)]
pub(crate) struct SeriesStatistics {
    /// Those of a month without rows.
    none: Vec<ColumnStatistics>,
    months: Vec<(Month, Vec<ColumnStatistics>)>,
}

impl SeriesStatistics {
    /// The statistics of the columns of `schema`.
    pub(crate) fn new(schema: &DatasetSchema) -> Self {
        Self {
            none: schema.columns().iter().map(ColumnStatistics::of).collect(),
            months: Vec::new(),
        }
    }

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
            self.months.push((month, self.none.clone()));
        }
        let Some((_, all)) = self.months.last_mut() else {
            return;
        };
        let times = &rows.times()[range.clone()];
        for (statistics, column) in all.iter_mut().zip(columns) {
            statistics.take_rows(times, column.as_primitive::<Float64Type>(), range.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> ColumnStatistics {
        ColumnStatistics::of(&Column {
            physical_type: Some(Term::of("energy_counter")),
            ..Column::gauge("kwh", "KWH")
        })
    }

    const fn at(nanos: i64) -> Instant {
        Instant::from_nanos(nanos)
    }

    fn of(values: &[(Instant, f64)]) -> ColumnStatistics {
        let mut statistics = counter();
        statistics.take(values.iter().copied());
        statistics
    }

    #[test]
    fn resets_are_found_within_and_between_stretches() {
        let values = [
            (at(0), 5.0),
            (at(1), 9.0),
            (at(2), 0.5),
            (at(3), 0.5),
            (at(7), 8.0),
            (at(8), 2.0),
            (at(9), 3.0),
        ];
        let whole = of(&values);
        let falls = whole.falls.as_deref().unwrap();
        assert_eq!(falls.count, 2);
        let first = Fall {
            time: at(2),
            before: 9.0,
            after: 0.5,
        };
        assert_eq!(falls.examples[0], first);
        for cut in 0..=values.len() {
            let (before, after) = values.split_at(cut);
            let mut sum = counter();
            sum.merge(&of(before));
            sum.merge(&of(after));
            assert_eq!(sum, whole, "{cut}");
            let mut bit_by_bit = counter();
            for cells in [before, &[], after, &[]] {
                bit_by_bit.take(cells.iter().copied());
            }
            assert_eq!(bit_by_bit, whole, "{cut}");
        }
    }

    #[test]
    fn of_equal_extremes_the_first_one_is_kept() {
        for zeros in [[0.0, -0.0], [-0.0, 0.0]] {
            let zeros_in_order = of(&[(at(0), zeros[0]), (at(1), zeros[1])]);
            let extremes = [zeros_in_order.min, zeros_in_order.max];
            assert_eq!(extremes.map(f64::to_bits), [zeros[0].to_bits(); 2]);
        }
    }

    #[test]
    fn only_a_counter_falls() {
        let mut gauge = ColumnStatistics::of(&Column::gauge("t", "T"));
        gauge.take([(at(0), 2.0), (at(1), 1.0)].into_iter());
        gauge.merge(&gauge.clone());
        assert_eq!((gauge.falls, gauge.count, gauge.sum), (None, 4, 6.0));
        assert_eq!((gauge.min, gauge.max), (1.0, 2.0));
    }

    #[test]
    fn all_falls_are_counted_and_the_first_few_kept() {
        let saw: Vec<(Instant, f64)> = (0..40)
            .map(at)
            .zip([2.0, 1.0].into_iter().cycle())
            .collect();
        for cut in 0..=saw.len() {
            let mut statistics = counter();
            let (before, after) = saw.split_at(cut);
            statistics.take(before.iter().copied());
            statistics.take(after.iter().copied());
            let falls = statistics.falls.unwrap();
            assert_eq!(falls.count, 20, "{cut}");
            let kept = falls.examples.iter().map(|fall| fall.time);
            assert!(kept.eq((1..20).step_by(2).map(at)), "{cut}");
        }
    }

    #[test]
    fn a_counter_at_its_last_digit_rolls_over_and_any_other_is_reset() {
        let fall = |before, after| Fall {
            time: at(0),
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
