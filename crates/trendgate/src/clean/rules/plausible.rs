//! `OUTLIER` by range: a value that a working sensor cannot read.
//!
//! **Definition.** A bin with a value below the lowest or above the highest plausible one is flagged; both bounds are
//! plausible themselves. A bin without a value is not judged. The rule looks at nothing but the bin.
//!
//! **Units and defaults.** Bounds are in the dataset's unit. Their defaults are those of the physical type
//! ([`PhysicalType::plausible`](crate::config::PhysicalType::plausible)); a point's `plausible: {min, max}` goes before them,
//! and a point with neither is not judged.
//!
//! **Source.** Inclusive bounds as in the gross range test of QARTOD (IOOS, Manual for Real-Time Quality Control of
//! In-Situ Temperature and Salinity Data, test 4).

use super::{MonthlyCounts, NotJudged};

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Plausible {
    low: f64,
    high: f64,
    counts: MonthlyCounts,
}

impl Plausible {
    pub(super) fn new((low, high): (f64, f64)) -> Self {
        Self {
            low,
            high,
            counts: MonthlyCounts::default(),
        }
    }

    /// Whether `value` is to be flagged; counted in `month`, if it counts.
    pub(super) fn is_bad(&mut self, value: f64, month: Option<i64>) -> bool {
        let bad = value < self.low || value > self.high;
        if let Some(month) = month {
            let counts = self.counts.of(month);
            if value.is_nan() {
                counts.pass_over(NotJudged::NoValue, 1);
            } else if bad {
                counts.flagged += 1;
            } else {
                counts.good += 1;
            }
        }
        bad
    }

    /// The lowest and the highest plausible value.
    pub(super) fn limits(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    pub(super) fn finish(self) -> MonthlyCounts {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_plausible_and_what_is_missing_is_not_judged() {
        let mut rule = Plausible::new((1.0, 30.0));
        let values = [0.999, 1.0, 7.0, 30.0, 30.001, f64::NAN];
        let bad = values.map(|value| rule.is_bad(value, Some(0)));
        assert_eq!(bad, [true, false, false, false, true, false]);
        assert!(rule.is_bad(-5.0, None), "judged, but not ours to count");
        let counts = rule.finish().total();
        assert_eq!((counts.flagged, counts.good, counts.bins()), (2, 3, 6));
        assert_eq!(counts.not_judged[&NotJudged::NoValue], 1);
    }
}
