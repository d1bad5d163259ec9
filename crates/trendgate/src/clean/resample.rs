//! The samples of a bin → one value, by the point's [`Aggregation`].
//!
//! A mean is a sum in strict order of time, divided at the end, so the result does not depend on how the rows were cut
//! into batches: the sum is carried over from one batch to the next.

use crate::model::Aggregation;

/// One column's bin being filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accumulator {
    by: SamplesTo,
    value: f64,
    count: u32,
}

/// What becomes of the samples, where their times do not matter.
#[derive(Debug, Clone, Copy)]
enum SamplesTo {
    Mean,
    Last,
    Max,
}

impl Accumulator {
    /// For points whose bins are by `aggregation`; `None` where the times of samples matter, and not the samples alone.
    pub(super) fn of(aggregation: Aggregation) -> Option<Self> {
        let by = match aggregation {
            Aggregation::Mean => SamplesTo::Mean,
            Aggregation::Last => SamplesTo::Last,
            Aggregation::Max => SamplesTo::Max,
            Aggregation::Sum
            | Aggregation::HeldMean
            | Aggregation::HeldLast
            | Aggregation::HeldMax => return None,
        };
        Some(Self {
            by,
            value: 0.0,
            count: 0,
        })
    }

    /// Takes the next values of the bin; NaN is no value.
    #[inline]
    pub(super) fn take(&mut self, values: &[f64]) {
        let mut value = self.value;
        let mut count = self.count;
        match self.by {
            // No branch depends on a value, so that none is guessed wrongly: `max` keeps a positive number, `min` a negative one, and
            // both make 0.0 of NaN. A sum that began at 0.0 is never -0.0, so adding 0.0 changes no bit of it.
            SamplesTo::Mean => values.iter().for_each(|v| {
                value += v.max(0.0) + v.min(0.0);
                count += u32::from(!v.is_nan());
            }),
            SamplesTo::Last => values.iter().filter(|v| !v.is_nan()).for_each(|v| {
                value = *v;
                count += 1;
            }),
            SamplesTo::Max => values.iter().filter(|v| !v.is_nan()).for_each(|v| {
                value = if count == 0 { *v } else { value.max(*v) };
                count += 1;
            }),
        }
        self.value = value;
        self.count = count;
    }

    /// The value of the bin (NaN for none); the accumulator is ready for the next bin.
    #[inline]
    pub(super) fn finish(&mut self) -> f64 {
        let value = match (self.count, self.by) {
            (0, _) => f64::NAN,
            // One sample is that sample, also where value / 1 is not: adding it to 0.0 loses the sign of -0.0 only.
            (count, SamplesTo::Mean) => self.value / f64::from(count),
            (_, SamplesTo::Last | SamplesTo::Max) => self.value,
        };
        self.value = 0.0;
        self.count = 0;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(aggregation: Aggregation, parts: &[&[f64]]) -> f64 {
        let mut accumulator = Accumulator::of(aggregation).unwrap();
        for part in parts {
            accumulator.take(part);
        }
        accumulator.finish()
    }

    #[test]
    fn each_aggregation_passes_over_nulls_and_gives_null_for_no_sample() {
        let n = f64::NAN;
        let values: &[f64] = &[n, 3.0, n, -1.0, 4.0, n];
        assert_eq!(bin(Aggregation::Mean, &[values]), 2.0);
        assert_eq!(bin(Aggregation::Last, &[values]), 4.0);
        assert_eq!(bin(Aggregation::Max, &[&[-3.0, n, -1.0]]), -1.0);
        for aggregation in [Aggregation::Mean, Aggregation::Last, Aggregation::Max] {
            assert!(bin(aggregation, &[&[n, n]]).is_nan());
        }
    }

    #[test]
    fn a_mean_does_not_depend_on_where_the_rows_are_cut() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i) * 0.1 + 1e10).collect();
        let whole = bin(Aggregation::Mean, &[&values]);
        for cut in 0..values.len() {
            let (a, b) = values.split_at(cut);
            assert_eq!(bin(Aggregation::Mean, &[a, b]).to_bits(), whole.to_bits());
        }
    }

    #[test]
    fn an_accumulator_starts_the_next_bin_afresh() {
        let mut accumulator = Accumulator::of(Aggregation::Max).unwrap();
        accumulator.take(&[7.0]);
        assert_eq!(accumulator.finish(), 7.0);
        accumulator.take(&[-2.0]);
        assert_eq!(accumulator.finish(), -2.0);
    }
}
