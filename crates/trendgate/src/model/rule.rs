//! The rules that raise flags, and what they say of a bin: the only table of their names, and of the reasons not to judge.
//! What each does is registered in `clean/rules/mod.rs`.
//!
//! A rule has three answers for a bin: flagged, good, or *not judged*, with the reason. Missing means unknown, never bad and never good.

use super::flags::Flag;
use super::ids::ColumnId;
use crate::time::Instant;
use crate::wording::count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! rules {
    ($($variant:ident $name:literal $flag:expr, $doc:literal;)*) => {
        /// What raises a flag.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        /// ```
        /// use trendgate::vocabulary::{Flag, Rule};
        ///
        /// assert_eq!((Rule::Hampel.name(), Rule::Hampel.flag()), ("hampel", Some(Flag::Outlier)));
        /// assert_eq!(Rule::Meter.flag(), None);
        /// ```
        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as evidence and manifests write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The flag that it raises; `None` where a breach is recorded only.
            #[must_use]
            pub const fn flag(self) -> Option<Flag> {
                match self { $(Self::$variant => $flag),* }
            }

            /// What it is that it finds, as a phrase.
            #[must_use]
            pub(crate) const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

rules! {
    Plausible "plausible" Some(Flag::Outlier), "Outside the plausible range of its point.";
    Hampel "hampel" Some(Flag::Outlier), "Far from its neighbours.";
    Frozen "frozen" Some(Flag::Frozen), "Standing still for too long.";
    HeatLoad "heat_load" Some(Flag::HeatImbalance), "The heat of a chiller's water against the load that is measured.";
    HeatBalance "heat_balance" Some(Flag::HeatImbalance), "The heat of a chiller's water against that of its condenser and its power.";
    Affinity "affinity" Some(Flag::AffinityViolation), "The power of a pump or fan against its speed.";
    Needs "needs" None, "A machine runs, and what it needs does not.";
    Meter "meter" None, "The counter of a meter against the power of the same meter.";
    NotFinite "not_finite" Some(Flag::Outlier), "A number that was removed before aggregation, because it is not finite or at least 1e20 in size.";
    NoSample "no_sample" Some(Flag::InsufficientData), "No sample of any report kind covers any of the bin.";
    Coverage "coverage" Some(Flag::InsufficientData), "A report kind that is active covers less of the bin than `min_coverage`.";
    PartialSum "partial_sum" Some(Flag::InsufficientData), "The samples of a sum do not cover the bin whole.";
    Required "required" Some(Flag::InsufficientData), "A point that is required has no value.";
}

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}

macro_rules! reasons {
    ($($variant:ident $name:literal $words:literal, $doc:literal;)*) => {
        /// Why a bin is not judged.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        pub enum NotJudged {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl NotJudged {
            /// The reason in words, after "because".
            #[must_use]
            pub(crate) const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),* }
            }
        }
    };
}

reasons! {
    NoValue "no_value" "there is no value", "The bin has no value.";
    AtRest "at_rest" "it is at rest", "The equipment is at rest.";
    StateUnknown "state_unknown" "the state of its equipment is not known", "Whether the equipment is at rest is not known: its state has no value.";
    TooShort "too_short" "the stretch is too short", "Too little stands around the bin, between gaps and rests, for the rule to say anything.";
    ChangeOfValue "change_of_value" "it logs changes of value only", "The point logs changes of value only: that it stands still says nothing.";
    MissingInput "missing_input" "another measurement that the rule takes has no value", "Another measurement that the rule takes has no value.";
    LowLoad "low_load" "the load is too small", "The load is too small a share of the design load.";
    SmallDifference "small_difference" "the temperatures are too close for their sensors", "The temperatures are too close for what their sensors can tell.";
    LowSpeed "low_speed" "the speed is too low", "The speed is too small a share of the rated one.";
    Unsteady "unsteady" "the speed was not steady", "The speed is not steady.";
    StartOrStop "start_or_stop" "a start or stop is near", "The machine starts or stops at about this time.";
    WithinDay "within_day" "only the last reading of a day is judged", "A day is judged in the bin of its last reading, and this is another one.";
    CounterFell "counter_fell" "the counter fell", "The counter fell since the last reading of the day before.";
}

/// Why one bin is flagged, or what else is recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The bin.
    pub time: Instant,
    /// The column of the roster; `None` where the whole row is flagged.
    pub column: Option<ColumnId>,
    /// The rule.
    pub rule: Rule,
    /// What was found, in the dataset's unit; NaN where there is nothing to show.
    pub value: f64,
    /// The lower end of the band that it was held against; NaN for none.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// From when on it is certain: whatever rows with later stamps still come, the bin is flagged.
    pub known_at: Instant,
}

/// Why a cleaner of a caller's own distrusts a cell or a row, or what else it says of it, by a rule of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatedReason {
    /// The name of the rule, which is none of ours.
    pub(crate) rule: String,
    /// The flag that it raised; `None` where it raised none.
    pub(crate) flag: Option<Flag>,
    /// What was found; NaN where there is nothing to show.
    pub(crate) value: f64,
    /// The lower end of the band that it was held against; NaN for none.
    pub(crate) low: f64,
    /// The upper end.
    pub(crate) high: f64,
    /// From when on it is certain.
    pub(crate) known_at: Instant,
}

/// A reason that a caller stated, and of what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatedEvidence<Column> {
    /// The bin.
    pub(crate) time: Instant,
    /// The column; `None` where it is of the whole row.
    pub(crate) column: Option<Column>,
    pub(crate) reason: StatedReason,
}

/// Whether a caller's own rule can have this name: capital letters, digits and `_`, a letter first. None of ours has such a name.
pub(crate) fn is_stated_rule(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_uppercase())
        && letters.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
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
    pub(crate) fn merge(&mut self, other: &Self) {
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

    /// The counts in words: `24 flagged, 96 good; not judged: 3 because it is at rest`.
    #[must_use]
    pub fn words(&self) -> String {
        let reasons = self.not_judged.iter();
        let reasons: Vec<String> = reasons
            .map(|(reason, bins)| format!("{} because {}", count(*bins), reason.words()))
            .collect();
        let not_judged = match reasons.as_slice() {
            [] => String::new(),
            reasons => format!("; not judged: {}", reasons.join(", ")),
        };
        let [flagged, good] = [self.flagged, self.good].map(count);
        format!("{flagged} flagged, {good} good{not_judged}")
    }

    /// The bins that it judged.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.flagged + self.good
    }

    /// Whether more than this share of what it judged is flagged.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn flags_more_than(&self, share: f64) -> bool {
        // Divided and not multiplied: 29 of 100 are 0.29, and 0.29 · 100 is less than 29.
        self.flagged as f64 / self.judged() as f64 > share
    }

    pub(crate) fn pass_over(&mut self, reason: NotJudged, bins: u64) {
        if bins > 0 {
            *self.not_judged.entry(reason).or_default() += bins;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_of_ours_has_a_name_that_a_caller_can_give_one_of_its_own() {
        assert!(Rule::ALL.iter().all(|rule| !is_stated_rule(rule.name())));
        for (name, is_one) in [
            ("SPIKE", true),
            ("A1_B", true),
            ("", false),
            ("1A", false),
            ("_A", false),
            ("Spike", false),
            ("A-B", false),
        ] {
            assert_eq!(is_stated_rule(name), is_one, "{name}");
        }
    }

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
