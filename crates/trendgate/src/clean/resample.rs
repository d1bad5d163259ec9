//! The samples of a bin → one value, by the point's [`Aggregation`].
//!
//! A mean is a sum in strict order of time, divided at the end, so the result does not depend on how the rows were cut
//! into batches: the sum is carried over from one batch to the next.

use crate::model::Aggregation;
use std::array::from_fn;

/// One column's bin being filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accumulator {
    by: SamplesTo,
    value: f64,
    /// How many samples it has; a number like those that it divides.
    count: f64,
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
            count: 0.0,
        })
    }

    /// Whether it makes a mean.
    pub(super) const fn is_mean(&self) -> bool {
        matches!(self.by, SamplesTo::Mean)
    }

    /// Takes the next values of the bin; NaN is no value.
    #[inline]
    pub(super) fn take(&mut self, values: impl Iterator<Item = f64>) {
        let mut value = self.value;
        let mut count = self.count;
        match self.by {
            SamplesTo::Mean => values.for_each(|v| {
                value += addend(v);
                count += counted(v);
            }),
            SamplesTo::Last => values.filter(|v| !v.is_nan()).for_each(|v| {
                value = v;
                count += 1.0;
            }),
            SamplesTo::Max => values.filter(|v| !v.is_nan()).for_each(|v| {
                value = if count == 0.0 { v } else { value.max(v) };
                count += 1.0;
            }),
        }
        self.value = value;
        self.count = count;
    }

    /// The value of the bin (NaN for none); the accumulator is ready for the next bin.
    #[inline]
    pub(super) fn finish(&mut self) -> f64 {
        let value = match (self.count, self.by) {
            (0.0, _) => f64::NAN,
            // One sample is that sample, also where value / 1 is not: adding it to 0.0 loses the sign of -0.0 only.
            (count, SamplesTo::Mean) => self.value / count,
            (_, SamplesTo::Last | SamplesTo::Max) => self.value,
        };
        self.value = 0.0;
        self.count = 0.0;
        value
    }
}

/// What a sample adds to the sum of its bin: nothing where it is NaN.
///
/// No branch depends on a value, so that none is guessed wrongly: `max` keeps a positive number, `min` a negative one, and both make 0.0 of
/// NaN. A sum that began at 0.0 is never -0.0, so adding 0.0 changes no bit of it.
#[inline]
fn addend(sample: f64) -> f64 {
    sample.max(0.0) + sample.min(0.0)
}

/// What a sample adds to the count of its bin.
#[inline]
fn counted(sample: f64) -> f64 {
    if sample.is_nan() { 0.0 } else { 1.0 }
}

/// Points whose samples are added at a time.
const TOGETHER: usize = 8;

/// Bins of points side by side, filled row by row: the mean of each, with the bits that its [`Accumulator`] has.
#[derive(Debug, Default)]
pub(super) struct Means {
    sums: Vec<f64>,
    counts: Vec<f64>,
    /// Of the bins that are done, one after the other.
    done: Vec<f64>,
}

impl Means {
    /// Goes on with bins that were begun by these, one a point.
    pub(super) fn begin(&mut self, begun: impl Iterator<Item = Option<Accumulator>>) {
        self.sums.clear();
        self.counts.clear();
        self.done.clear();
        for begun in begun {
            self.sums.push(begun.map_or(0.0, |begun| begun.value));
            self.counts.push(begun.map_or(0.0, |begun| begun.count));
        }
    }

    /// Takes the next rows of the bin.
    pub(super) fn take(&mut self, rows: &[f64]) {
        let points = self.sums.len();
        let (sums, sums_left) = self.sums.as_chunks_mut::<TOGETHER>();
        let (counts, counts_left) = self.counts.as_chunks_mut::<TOGETHER>();
        // So many points at a time that their sums and counts stay in the processor's registers.
        for (block, (sums, counts)) in sums.iter_mut().zip(counts).enumerate() {
            let (mut sum, mut count) = (*sums, *counts);
            for row in rows.chunks_exact(points) {
                if let Some(samples) = row[block * TOGETHER..].first_chunk::<TOGETHER>() {
                    sum = from_fn(|point| sum[point] + addend(samples[point]));
                    count = from_fn(|point| count[point] + counted(samples[point]));
                }
            }
            (*sums, *counts) = (sum, count);
        }
        for row in rows.chunks_exact(points.max(1)) {
            let bins = sums_left.iter_mut().zip(&mut *counts_left);
            for ((sum, count), sample) in bins.zip(&row[points - points % TOGETHER..]) {
                *sum += addend(*sample);
                *count += counted(*sample);
            }
        }
    }

    /// Ends the bin of each point, and begins the next.
    pub(super) fn finish_bin(&mut self) {
        let sums = self.sums.iter().zip(&self.counts);
        self.done.extend(sums.map(|(sum, count)| match *count {
            0.0 => f64::NAN,
            count => sum / count,
        }));
        self.sums.fill(0.0);
        self.counts.fill(0.0);
    }

    /// The values of the bins of a point that are done.
    pub(super) fn of(&self, place: usize) -> impl Iterator<Item = f64> {
        let points = self.sums.len();
        (0..self.done.len() / points).map(move |bin| self.done[bin * points + place])
    }

    /// The bin of a point that is not done.
    pub(super) fn begun(&self, place: usize) -> Accumulator {
        Accumulator {
            by: SamplesTo::Mean,
            value: self.sums[place],
            count: self.counts[place],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(aggregation: Aggregation, parts: &[&[f64]]) -> f64 {
        let mut accumulator = Accumulator::of(aggregation).unwrap();
        for part in parts {
            accumulator.take(part.iter().copied());
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
        accumulator.take([7.0].into_iter());
        assert_eq!(accumulator.finish(), 7.0);
        accumulator.take([-2.0].into_iter());
        assert_eq!(accumulator.finish(), -2.0);
    }

    #[test]
    fn means_side_by_side_have_the_bits_of_each_by_itself() {
        let cell = |row: usize, point: usize| match (row * 7 + point * 3) % 11 {
            0 | 4 => f64::NAN,
            5 => -0.0,
            part => (part as f64 - 5.0) * 0.1 + 1e9 * f64::from(u8::from(point == 2)),
        };
        for points in [1, 7, 8, 9, 23] {
            let rows = |rows: std::ops::Range<usize>| -> Vec<f64> {
                rows.flat_map(|row| (0..points).map(move |point| cell(row, point)))
                    .collect()
            };
            let mut each = vec![Accumulator::of(Aggregation::Mean).unwrap(); points];
            each.iter_mut()
                .for_each(|bin| bin.take([1.5, f64::NAN].into_iter()));
            let mut means = Means::default();
            means.begin(each.iter().copied().map(Some));
            for range in [0..2, 2..9, 9..9, 9..40] {
                means.take(&rows(range));
                means.finish_bin();
            }
            means.take(&rows(40..45));
            for (point, bin) in each.iter_mut().enumerate() {
                let mut expected = Vec::new();
                for range in [0..2, 2..9, 9..9, 9..40] {
                    bin.take(range.map(|row| cell(row, point)));
                    expected.push(bin.finish().to_bits());
                }
                bin.take((40..45).map(|row| cell(row, point)));
                let got: Vec<u64> = means.of(point).map(f64::to_bits).collect();
                assert_eq!(got, expected, "point {point} of {points}");
                assert_eq!(
                    means.begun(point).finish().to_bits(),
                    bin.finish().to_bits()
                );
            }
        }
    }
}
