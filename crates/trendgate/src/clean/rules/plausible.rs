//! `OUTLIER` by range: a value that a working sensor cannot read.
//!
//! **Definition.** A bin with a value below the lowest or above the highest plausible one is flagged; both bounds are
//! plausible themselves, and so is what rounding may add to them (`rounding`). A bin without a value is not judged. The rule looks at nothing but the bin.
//!
//! **Known at** the end of the bin.
//!
//! **Units and defaults.** Bounds are in the dataset's unit. Their defaults are those of the physical type
//! ([`PhysicalType::plausible`](crate::model::PhysicalType::plausible)); a point's `plausible: {min, max}` goes before them,
//! and a point with neither is not judged.
//!
//! **Source.** Inclusive bounds as in the gross range test of QARTOD (IOOS, Manual for Real-Time Quality Control of
//! In-Situ Temperature and Salinity Data, test 4).

use super::entry::{Breach, ConfiguredLimits, Judges, RuleEntry, RuleWords};
use super::point_rule::{Bins, PointRule, RuleVerdict};
use super::{MonthlyCounts, NotJudged};
use crate::model::{ColumnId, Evidence, PhysicalType, PointSpec, Rule, rounding};
use crate::time::{Instant, Span};
use crate::wording::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The rule, as it is registered.
pub(super) const PLAUSIBLE: RuleEntry = RuleEntry {
    rule: Rule::Plausible,
    judges: Judges::Points {
        reach: |_, _| None,
        begin: |column, point, rules| {
            let limits = point.plausible?;
            Some(Box::new(Plausible::new(column, limits, rules.interval)))
        },
        fit_to_trend: None,
    },
    words: &PlausibleWords,
};

/// A range of values; both bounds belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeConfig {
    /// The lowest.
    pub(crate) min: f64,
    /// The highest.
    pub(crate) max: f64,
}

impl RangeConfig {
    /// Whether both bounds are numbers, the lower one first.
    pub(crate) fn is_ascending(self) -> bool {
        self.min.is_finite() && self.max.is_finite() && self.min < self.max
    }

    /// Why it cannot be the range of a point, if it cannot.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        (!self.is_ascending()).then_some("plausible: expected a min below the max")
    }
}

/// The lowest and the highest plausible value of a point of this type, as configured.
pub(crate) fn settings(
    config: Option<&RangeConfig>,
    physical: Option<PhysicalType>,
) -> Option<(f64, f64)> {
    let own = config.map(|range| (range.min, range.max));
    own.or(physical.and_then(PhysicalType::plausible))
}

struct PlausibleWords;

impl RuleWords for PlausibleWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!("{value} is outside the plausible range, {low} to {high}")
    }

    fn limit(&self, limits: &ConfiguredLimits<'_>) -> Option<String> {
        let (low, high) = limits.point?.plausible?;
        Some(format!(
            "{} to {}",
            shown(low, ""),
            shown(high, limits.unit())
        ))
    }

    fn expected(&self, point: &PointSpec) -> Option<(f64, f64)> {
        point.plausible
    }

    fn has_fixed_limits(&self) -> bool {
        true
    }

    fn remedy(&self, point: &PointSpec) -> String {
        match point.unit {
            Some(unit) => format!(
                "is the unit {} right? if not, state `unit` under cleaner.points; if the values are right, state `plausible`",
                unit.symbol()
            ),
            None => "is the range right? state `plausible` under cleaner.points".to_owned(),
        }
    }
}

/// The rule for one point.
#[derive(Debug)]
struct Plausible {
    column: ColumnId,
    interval: Span,
    limits: (f64, f64),
    /// The lowest and the highest value that is not flagged.
    lowest: f64,
    highest: f64,
    counts: MonthlyCounts,
}

impl Plausible {
    fn new(column: ColumnId, (low, high): (f64, f64), interval: Span) -> Self {
        Self {
            column,
            interval,
            limits: (low, high),
            lowest: low - rounding(low),
            highest: high + rounding(high),
            counts: MonthlyCounts::default(),
        }
    }
}

impl PointRule for Plausible {
    fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        _: Instant,
        found: &mut dyn FnMut(Evidence),
    ) {
        let values = &bins.columns[self.column];
        for (month, places) in bins.by_month(new) {
            let count = places.len() as u64;
            let (mut flagged, mut missing) = (0, 0);
            for (place, value) in places.clone().zip(&values[places]) {
                missing += u64::from(value.is_nan());
                if *value < self.lowest || *value > self.highest {
                    flagged += 1;
                    found(Evidence {
                        time: bins.starts[place],
                        column: Some(self.column),
                        rule: Rule::Plausible,
                        value: *value,
                        low: self.limits.0,
                        high: self.limits.1,
                        known_at: bins.starts[place] + self.interval,
                    });
                }
            }
            if let Some(month) = month {
                let counts = self.counts.of(month);
                counts.flagged += flagged;
                counts.good += count - flagged - missing;
                counts.pass_over(NotJudged::NoValue, missing);
            }
        }
    }

    fn finish(self: Box<Self>) -> RuleVerdict {
        self.counts.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;
    use crate::time::{MINUTE, Month};

    const COLUMN: ColumnId = ColumnId::new(0);

    /// Whether a single value is flagged.
    fn is_flagged(limits: (f64, f64), value: f64) -> bool {
        let mut flagged = false;
        let bins = Bins {
            starts: &[Instant::EPOCH],
            columns: &[vec![value]],
            months: &[None],
        };
        let mut rule = Plausible::new(COLUMN, limits, MINUTE);
        rule.push(bins, 0..1, Instant::MAX, &mut |_| flagged = true);
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
        let mut rule = Plausible::new(COLUMN, (1.0, 30.0), MINUTE);
        let values = vec![0.999, 1.0, 7.0, 30.0, 30.001, f64::NAN, -5.0, 31.0];
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
            starts: &[0, 1, 2, 3, 4, 5, 6, 7].map(|minute| Instant::EPOCH + MINUTE * minute),
            columns: &[values],
            months: &months,
        };
        rule.push(bins, 0..7, Instant::MAX, &mut |evidence| bad.push(evidence));
        let at = |evidence: &Evidence| (evidence.time - Instant::EPOCH) / MINUTE;
        let minutes: Vec<i64> = bad.iter().map(at).collect();
        assert_eq!(
            minutes,
            [0, 4, 6],
            "the last is judged, but not ours to count"
        );
        let bands = bad.iter().map(|evidence| (evidence.low, evidence.high));
        assert!(bands.into_iter().all(|band| band == (1.0, 30.0)));
        assert_eq!(bad[0].known_at, Instant::EPOCH + MINUTE);
        let counts = Box::new(rule).finish().counts;
        let by_month: Vec<(Month, u64, u64, u64)> = counts
            .iter()
            .map(|(month, counts)| (month, counts.flagged, counts.good, counts.bins()))
            .collect();
        assert_eq!(by_month, [(first, 1, 2, 3), (second, 1, 1, 3)]);
        assert_eq!(counts.total().not_judged[&NotJudged::NoValue], 1);
    }
}
