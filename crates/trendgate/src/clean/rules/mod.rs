//! The rules that judge bins, each with its definition in its own file: of one point, or of a machine that several points measure.
//!
//! [`RULES`] is where a rule is registered. A line there is the [`RuleEntry`] of the rule's file: what it judges, how far it looks, how it
//! begins, and what is said of its answers. Name, flag and description of each stand in [`Rule`].
//!
//! A rule has three answers for a bin: flagged, good, or *not judged*, with the reason. Missing means unknown, never bad and
//! never good. Every bin of every point that has the rule ends in exactly one of the counts of [`RuleCounts`].
//!
//! Each rule also says from when on a flag of it is certain, whatever rows with later stamps still come
//! ([`Evidence::known_at`](crate::model::Evidence::known_at)): what has a say on the bin is known by the end of the last bin that the rule
//! looks at, and where values hold into such a bin ([`hold`](PointSpec::hold)), as long behind that as they hold.

pub mod affinity;
mod bin_by_bin;
mod entry;
pub mod frozen;
pub mod hampel;
pub mod heat;
mod known_after;
pub(super) mod machine;
pub mod meter;
pub mod needs;
mod of_bins;
mod panel;
pub mod plausible;
mod point_rule;
mod verdicts;
pub mod water;
mod window;

use crate::model::{NotJudged, PointSpec, Rule, RuleCounts};
use crate::time::Span;
use entry::Judges;
pub(crate) use entry::{Breach, ConfiguredLimits, RuleEntry};
pub(super) use known_after::known_after;
use machine::Weeks;
use meter::MeterDays;
pub(super) use panel::{LongestHold, Panel, reach};
pub(super) use point_rule::Bins;
pub use verdicts::Verdicts;
pub(crate) use verdicts::{MonthlyCounts, PointVerdicts};

/// The rules, a line each, in the order of [`Rule::ALL`]. Those of single points judge in this order.
pub(crate) static RULES: [RuleEntry; Rule::ALL.len()] = [
    plausible::PLAUSIBLE,
    hampel::HAMPEL,
    frozen::FROZEN,
    heat::HEAT_LOAD,
    heat::HEAT_BALANCE,
    affinity::AFFINITY,
    needs::NEEDS,
    meter::METER,
    of_bins::NOT_FINITE,
    of_bins::NO_SAMPLE,
    of_bins::COVERAGE,
    of_bins::PARTIAL_SUM,
    of_bins::REQUIRED,
];

/// Each rule stands at its own place: [`entry`] finds it there.
const _: () = {
    let mut place = 0;
    while place < RULES.len() {
        assert!(RULES[place].rule as usize == place);
        place += 1;
    }
};

/// What is registered of a rule.
pub(crate) fn entry(rule: Rule) -> &'static RuleEntry {
    &RULES[rule as usize]
}

/// Fits the settings of a point's rules to how often the point is logged.
pub(crate) fn fit_to_trend(point: &mut PointSpec, interval: Span) {
    for entry in &RULES {
        if let Judges::Points {
            fit_to_trend: Some(fit),
            ..
        } = entry.judges
        {
            fit(point, interval);
        }
    }
}

#[cfg(test)]
mod tests;
