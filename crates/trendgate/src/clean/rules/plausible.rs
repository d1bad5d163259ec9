//! `OUTLIER` by range: a value that a working sensor cannot read.
//!
//! **Definition.** A bin with a value below the lowest or above the highest plausible one is flagged; both bounds are
//! plausible themselves, and so is what rounding may add to them ([`rounding`]). A bin without a value is not judged. The rule looks at nothing but the bin.
//!
//! **Known at** the end of the bin.
//!
//! **Units and defaults.** Bounds are in the dataset's unit. Their defaults are those of the physical type
//! ([`PhysicalType::plausible`](crate::model::PhysicalType::plausible)); a point's `plausible: {min, max}` goes before them,
//! and a point with neither is not judged.
//!
//! **Source.** Inclusive bounds as in the gross range test of QARTOD (IOOS, Manual for Real-Time Quality Control of
//! In-Situ Temperature and Salinity Data, test 4).

use super::{Bins, MonthlyCounts, NotJudged};
use crate::model::rounding;
use std::ops::Range;

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Plausible {
    limits: (f64, f64),
    /// The lowest and the highest value that is not flagged.
    lowest: f64,
    highest: f64,
    counts: MonthlyCounts,
}

impl Plausible {
    pub(super) fn new((low, high): (f64, f64)) -> Self {
        Self {
            limits: (low, high),
            lowest: low - rounding(low),
            highest: high + rounding(high),
            counts: MonthlyCounts::default(),
        }
    }

    /// Judges the values at the places `new`; calls `flag` with the place of every one that is to be flagged.
    pub(super) fn push(
        &mut self,
        bins: Bins<'_>,
        values: &[f64],
        new: Range<usize>,
        flag: &mut impl FnMut(usize),
    ) {
        for (month, places) in bins.by_month(new) {
            let bins = places.len() as u64;
            let (mut flagged, mut missing) = (0, 0);
            for (place, value) in places.clone().zip(&values[places]) {
                missing += u64::from(value.is_nan());
                if *value < self.lowest || *value > self.highest {
                    flagged += 1;
                    flag(place);
                }
            }
            if let Some(month) = month {
                let counts = self.counts.of(month);
                counts.flagged += flagged;
                counts.good += bins - flagged - missing;
                counts.pass_over(NotJudged::NoValue, missing);
            }
        }
    }

    /// The lowest and the highest plausible value.
    pub(super) fn limits(&self) -> (f64, f64) {
        self.limits
    }

    pub(super) fn finish(self) -> MonthlyCounts {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PhysicalType, Unit};
    use crate::time::{Instant, Month};

    /// Whether a single value is flagged.
    fn is_flagged(limits: (f64, f64), value: f64) -> bool {
        let mut flagged = false;
        let bins = Bins {
            starts: &[Instant::EPOCH],
            columns: &[],
            months: &[None],
        };
        Plausible::new(limits).push(bins, &[value], 0..1, &mut |_| flagged = true);
        flagged
    }

    #[test]
    fn a_bound_is_plausible_in_whatever_unit_a_report_has_it() {
        let fahrenheit = |value| Unit::Fahrenheit.convert(value, Unit::Celsius).unwrap();
        assert!(!is_flagged((5.0, 50.0), fahrenheit(122.0)));
        assert!(!is_flagged((5.0, 50.0), fahrenheit(41.0)));
        assert!(is_flagged((5.0, 50.0), fahrenheit(122.1)));
        assert!(is_flagged((5.0, 50.0), fahrenheit(40.9)));
        for physical in PhysicalType::ALL {
            let Some(limits) = physical.plausible() else {
                continue;
            };
            for unit in Unit::ALL.iter().filter(|unit| physical.accepts(**unit)) {
                for bound in [limits.0, limits.1] {
                    let there = physical.unit().convert(bound, *unit).unwrap();
                    let back = unit.convert(there, physical.unit()).unwrap();
                    assert!(!is_flagged(limits, back), "{bound} {unit}: {back}");
                    // The mean of many.
                    let sum = (0..97).fold(0.0, |sum, _| sum + back);
                    assert!(!is_flagged(limits, sum / 97.0), "{bound} {unit}");
                }
            }
        }
    }

    #[test]
    fn bounds_are_plausible_and_what_is_missing_is_not_judged() {
        let mut rule = Plausible::new((1.0, 30.0));
        let values = [0.999, 1.0, 7.0, 30.0, 30.001, f64::NAN, -5.0, 31.0];
        let first = Month::of(Instant::EPOCH);
        let [first, second] = [first, first.next()];
        let months = [
            Some(first),
            Some(first),
            Some(first),
            Some(second),
            Some(second),
            Some(second),
            None,
            None,
        ];
        let mut bad = Vec::new();
        let bins = Bins {
            starts: &[0, 1, 2, 3, 4, 5, 6, 7].map(Instant::from_nanos),
            columns: &[],
            months: &months,
        };
        rule.push(bins, &values, 0..7, &mut |place| bad.push(place));
        assert_eq!(bad, [0, 4, 6], "the last is judged, but not ours to count");
        let counts = rule.finish();
        let by_month: Vec<(Month, u64, u64, u64)> = counts
            .iter()
            .map(|(month, counts)| (month, counts.flagged, counts.good, counts.bins()))
            .collect();
        assert_eq!(by_month, [(first, 1, 2, 3), (second, 1, 1, 3)]);
        assert_eq!(counts.total().not_judged[&NotJudged::NoValue], 1);
    }
}
