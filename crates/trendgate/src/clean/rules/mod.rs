//! The rules that judge bins, each with its definition in its own module: of one point, or of a machine that several points
//! measure.
//!
//! | rule | flag | module |
//! |---|---|---|
//! | `plausible` | `OUTLIER` | [`plausible`] |
//! | `hampel` | `OUTLIER` | [`hampel`] |
//! | `frozen` | `FROZEN` | [`frozen`] |
//! | `heat_load`, `heat_balance` | `HEAT_IMBALANCE` | [`heat`] |
//! | `affinity` | `AFFINITY_VIOLATION` | [`affinity`] |
//! | `needs` | none | [`needs`] |
//!
//! A rule has three answers for a bin: flagged, good, or *not judged*, with the reason. Missing means unknown, never bad and
//! never good. Every bin of every point that has the rule ends in exactly one of the counts of [`RuleCounts`].

pub mod affinity;
pub mod frozen;
pub mod hampel;
pub mod heat;
pub(super) mod machine;
pub mod needs;
mod panel;
pub mod plausible;
pub mod water;
mod window;

use crate::config::{PointSpec, RunState};
use crate::flags::Flag;
use crate::month::Month;
use frozen::Frozen;
use hampel::{Hampel, Outside};
pub(super) use panel::Panel;
pub use panel::Verdicts;
use plausible::Plausible;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// What raises a flag.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Outside the plausible range: see [`plausible`].
    Plausible,
    /// Far from its neighbours: see [`hampel`].
    Hampel,
    /// Standing still for too long: see [`frozen`].
    Frozen,
    /// The heat of a chiller's water against the load that is measured: see [`heat`].
    HeatLoad,
    /// The heat of a chiller's water against that of its condenser and its power: see [`heat`].
    HeatBalance,
    /// The power of a pump or fan against its speed: see [`affinity`].
    Affinity,
    /// A machine runs, and what it needs does not: see [`needs`].
    Needs,
    /// A number that was removed before aggregation, because it is not finite or at least 1e20 in size.
    NotFinite,
    /// No sample of any report kind covers any of the bin.
    NoSample,
    /// A report kind that is active covers less of the bin than `min_coverage`.
    Coverage,
    /// A point that is required has no value.
    Required,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 11] = [
        Self::Plausible,
        Self::Hampel,
        Self::Frozen,
        Self::HeatLoad,
        Self::HeatBalance,
        Self::Affinity,
        Self::Needs,
        Self::NotFinite,
        Self::NoSample,
        Self::Coverage,
        Self::Required,
    ];

    /// Its name, as evidence and manifests write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plausible => "plausible",
            Self::Hampel => "hampel",
            Self::Frozen => "frozen",
            Self::HeatLoad => "heat_load",
            Self::HeatBalance => "heat_balance",
            Self::Affinity => "affinity",
            Self::Needs => "needs",
            Self::NotFinite => "not_finite",
            Self::NoSample => "no_sample",
            Self::Coverage => "coverage",
            Self::Required => "required",
        }
    }

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The flag that it raises; `None` where a breach is recorded only.
    #[must_use]
    pub const fn flag(self) -> Option<Flag> {
        match self {
            Self::Plausible | Self::Hampel | Self::NotFinite => Some(Flag::Outlier),
            Self::Frozen => Some(Flag::Frozen),
            Self::HeatLoad | Self::HeatBalance => Some(Flag::HeatImbalance),
            Self::Affinity => Some(Flag::AffinityViolation),
            Self::NoSample | Self::Coverage | Self::Required => Some(Flag::InsufficientData),
            Self::Needs => None,
        }
    }
}

/// Why one bin is flagged, or what else is recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The bin.
    pub time: i64,
    /// The column of the roster; `None` where the whole row is flagged.
    pub column: Option<usize>,
    /// The rule.
    pub rule: Rule,
    /// What was found, in the dataset's unit; NaN where there is nothing to show.
    pub value: f64,
    /// The lower end of the band that it was held against; NaN for none.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Why a bin is not judged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotJudged {
    /// The bin has no value.
    NoValue,
    /// The equipment is at rest.
    AtRest,
    /// Whether the equipment is at rest is not known: its state has no value.
    StateUnknown,
    /// Too little stands around the bin, between gaps and rests, for the rule to say anything.
    TooShort,
    /// The point logs changes of value only: that it stands still says nothing.
    ChangeOfValue,
    /// Another measurement that the rule takes has no value.
    MissingInput,
    /// The load is too small a share of the design load.
    LowLoad,
    /// The temperatures are too close for what their sensors can tell.
    SmallDifference,
    /// The speed is too small a share of the rated one.
    LowSpeed,
    /// The speed is not steady.
    Unsteady,
    /// The machine starts or stops at about this time.
    StartOrStop,
}

impl NotJudged {
    /// The reason in words, after "because".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoValue => "there is no value",
            Self::AtRest => "it is at rest",
            Self::StateUnknown => "the state of its equipment is not known",
            Self::TooShort => "the stretch is too short",
            Self::ChangeOfValue => "it logs changes of value only",
            Self::MissingInput => "another measurement that the rule takes has no value",
            Self::LowLoad => "the load is too small",
            Self::SmallDifference => "the temperatures are too close for their sensors",
            Self::LowSpeed => "the speed is too low",
            Self::Unsteady => "the speed was not steady",
            Self::StartOrStop => "a start or stop is near",
        }
    }
}

/// What a rule said of the bins of one point: every bin is in one count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleCounts {
    /// Bins that it flagged.
    pub flagged: u64,
    /// Bins that it judged and found good.
    pub good: u64,
    /// Bins that it did not judge, by reason.
    pub not_judged: BTreeMap<NotJudged, u64>,
}

impl RuleCounts {
    /// Adds the counts of another stretch.
    pub fn merge(&mut self, other: &Self) {
        self.flagged += other.flagged;
        self.good += other.good;
        for (reason, bins) in &other.not_judged {
            *self.not_judged.entry(*reason).or_default() += bins;
        }
    }

    /// All bins of the point.
    #[must_use]
    pub fn bins(&self) -> u64 {
        self.flagged + self.good + self.not_judged.values().sum::<u64>()
    }

    /// The bins that it judged.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.flagged + self.good
    }

    /// Whether more than this share of what it judged is flagged.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn flags_more_than(&self, share: f64) -> bool {
        // Divided and not multiplied: 29 of 100 are 0.29, and 0.29 · 100 is less than 29.
        self.flagged as f64 / self.judged() as f64 > share
    }

    fn pass_over(&mut self, reason: NotJudged, bins: u64) {
        if bins > 0 {
            *self.not_judged.entry(reason).or_default() += bins;
        }
    }
}

/// Counts by month, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthlyCounts(Vec<(Month, RuleCounts)>);

impl MonthlyCounts {
    /// The months with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Month, &RuleCounts)> {
        self.0.iter().map(|(month, counts)| (*month, counts))
    }

    /// The sum of all months.
    #[must_use]
    pub fn total(&self) -> RuleCounts {
        let mut total = RuleCounts::default();
        self.0.iter().for_each(|(_, counts)| total.merge(counts));
        total
    }

    /// The counts of a month; months come one after the other.
    fn of(&mut self, month: Month) -> &mut RuleCounts {
        let place = match self.0.last() {
            Some((last, _)) if *last == month => self.0.len() - 1,
            _ => self.0.partition_point(|(known, _)| *known < month),
        };
        if self.0.get(place).is_none_or(|(known, _)| *known != month) {
            self.0.insert(place, (month, RuleCounts::default()));
        }
        &mut self.0[place].1
    }
}

/// What the rules said of one point, by rule; rules that the point does not have are absent.
pub type PointVerdicts = BTreeMap<Rule, MonthlyCounts>;

/// The bins of a stretch, as far as they are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bins<'a> {
    pub(super) starts: &'a [i64],
    pub(super) columns: &'a [Vec<f64>],
    /// The month that each bin counts in; `None` for those that are there to be looked at only.
    pub(super) months: &'a [Option<Month>],
}

impl Bins<'_> {
    /// The bins at `places`, those that count in one month together.
    fn by_month(self, places: Range<usize>) -> impl Iterator<Item = (Option<Month>, Range<usize>)> {
        let same = self.months[places.clone()].chunk_by(|month, next| month == next);
        let mut from = places.start;
        same.map(move |stretch| {
            let places = from..from + stretch.len();
            from = places.end;
            (stretch[0], places)
        })
    }
}

/// All rules of one point.
#[derive(Debug)]
pub(super) struct Judge {
    column: usize,
    running: Option<RunState>,
    plausible: Option<Plausible>,
    hampel: Option<Hampel>,
    frozen: Option<Frozen>,
}

impl Judge {
    /// The rules of the point in `column`; `interval` and `max_gap` are those of the series, in nanoseconds.
    pub(super) fn new(column: usize, points: &[PointSpec], interval: i64, max_gap: i64) -> Self {
        let point = &points[column];
        Self {
            column,
            running: point.running,
            plausible: point.plausible.map(Plausible::new),
            hampel: point.hampel.map(Hampel::new),
            frozen: Frozen::of(point, interval, max_gap),
        }
    }

    /// Judges the next bins, those at the places `new`; no later one starts before `front`. Calls `flag` for every bin that turns
    /// out bad.
    pub(super) fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: i64,
        flag: &mut impl FnMut(Evidence),
    ) {
        let column = Some(self.column);
        let values = &bins.columns[self.column];
        if let Some(rule) = &mut self.plausible {
            let (low, high) = rule.limits();
            rule.push(bins, values, new.clone(), &mut |place| {
                flag(Evidence {
                    time: bins.starts[place],
                    column,
                    rule: Rule::Plausible,
                    value: values[place],
                    low,
                    high,
                });
            });
        }
        if let Some(rule) = &mut self.hampel {
            rule.push(bins, values, new.clone(), front, &mut |outside| {
                flag(far(column, outside));
            });
        }
        if let Some(rule) = &mut self.frozen {
            let tolerance = rule.tolerance();
            let state = self.running.map(|state| {
                move |place: usize| state.at(|column: usize| bins.columns[column][place])
            });
            rule.push(bins, values, state, new, front, &mut |start| {
                // What is flagged has not left yet: until then it was not settled.
                let place = bins.starts.binary_search(&start);
                let value = place.map_or(f64::NAN, |place| values[place]);
                flag(Evidence {
                    time: start,
                    column,
                    rule: Rule::Frozen,
                    value,
                    low: value - tolerance,
                    high: value + tolerance,
                });
            });
        }
    }

    /// The first of the bins that a later one may have a say on, or that have a say on such a bin.
    pub(super) fn needed_from(&self, starts: &[i64]) -> Option<i64> {
        let frozen = self.frozen.as_ref();
        let frozen = frozen.and_then(|rule| rule.needed_from(starts));
        let hampel = self.hampel.as_ref();
        let hampel = hampel.and_then(|rule| rule.needed_from(starts));
        frozen.into_iter().chain(hampel).min()
    }

    /// What was said, at the end of the stretch.
    pub(super) fn finish(&mut self) -> PointVerdicts {
        let named = [
            (
                Rule::Plausible,
                self.plausible.take().map(Plausible::finish),
            ),
            (Rule::Hampel, self.hampel.take().map(Hampel::finish)),
            (Rule::Frozen, self.frozen.take().map(Frozen::finish)),
        ];
        named
            .into_iter()
            .filter_map(|(rule, counts)| Some((rule, counts?)))
            .collect()
    }
}

/// The evidence of a value that is far from its neighbours.
fn far(column: Option<usize>, outside: Outside) -> Evidence {
    Evidence {
        time: outside.start,
        column,
        rule: Rule::Hampel,
        value: outside.value,
        low: outside.low,
        high: outside.high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_reached_and_not_passed_is_not_more() {
        for share in 0..=100 {
            let counts = |flagged| RuleCounts {
                flagged,
                good: 100 - flagged,
                ..RuleCounts::default()
            };
            let limit: f64 = format!("{share}e-2").parse().unwrap();
            assert!(!counts(share).flags_more_than(limit), "{share}");
            assert!(share == 100 || counts(share + 1).flags_more_than(limit));
        }
        assert!(!RuleCounts::default().flags_more_than(0.0));
    }
}
