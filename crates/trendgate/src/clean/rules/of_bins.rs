//! The rules that are judged where bins are made, and not here: their words.
//!
//! `not_finite`, `no_sample`, `coverage` and `required` are said where bins end, `partial_sum` where sums are added up.

use super::entry::{Breach, ConfiguredLimits, Judges, RuleEntry, RuleWords};
use crate::model::{PointSpec, Rule};

/// Numbers that were removed before aggregation.
pub(super) const NOT_FINITE: RuleEntry = of_bins(Rule::NotFinite, &NotFiniteWords);
/// Bins without a sample of any kind.
pub(super) const NO_SAMPLE: RuleEntry = of_bins(Rule::NoSample, &NoSampleWords);
/// Bins of which an active kind covers too little.
pub(super) const COVERAGE: RuleEntry = of_bins(Rule::Coverage, &CoverageWords);
/// Sums whose samples do not cover the bin.
pub(super) const PARTIAL_SUM: RuleEntry = of_bins(Rule::PartialSum, &PartialSumWords);
/// Points that have to have a value, and have none.
pub(super) const REQUIRED: RuleEntry = of_bins(Rule::Required, &RequiredWords);

const fn of_bins(rule: Rule, words: &'static dyn RuleWords) -> RuleEntry {
    RuleEntry {
        rule,
        judges: Judges::Bins,
        words,
    }
}

struct NotFiniteWords;

impl RuleWords for NotFiniteWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        format!(
            "the reports had {}, which no sensor measures: it was removed",
            breach.value.unwrap_or(f64::NAN)
        )
    }
}

struct NoSampleWords;

impl RuleWords for NoSampleWords {
    fn why(&self, _: &Breach<'_>) -> String {
        "no report has a number for this time".to_owned()
    }
}

struct CoverageWords;

impl RuleWords for CoverageWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        format!(
            "a kind of report that was running covers less than {} of the bin",
            breach.shown(breach.low)
        )
    }

    fn limit(&self, limits: &ConfiguredLimits<'_>) -> Option<String> {
        Some(format!("at least {} of the bin", limits.min_coverage?))
    }
}

struct PartialSumWords;

impl RuleWords for PartialSumWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        format!(
            "the numbers that are there do not cover the bin whole (together they are {}), so it has no sum",
            breach.shown(breach.value)
        )
    }

    fn remedy(&self, _: &PointSpec) -> String {
        "does each number stand at the beginning, or the end, of an interval? state the point's `interval` under cleaner.points, or `snap` in the entry of cleaner.sources that reads it".to_owned()
    }
}

struct RequiredWords;

impl RuleWords for RequiredWords {
    fn why(&self, _: &Breach<'_>) -> String {
        "the point is required, and has no value".to_owned()
    }
}
