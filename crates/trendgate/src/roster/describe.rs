//! What a configuration says of a point. The documentation of each field is that of the JSON Schema.

use crate::clean::frozen::FrozenConfig;
use crate::clean::hampel::HampelConfig;
use crate::clean::plausible::RangeConfig;
use crate::model::{Aggregation, PhysicalType, Unit};
use crate::time::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is known of a point.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PointConfig {
    /// Its column; without one, it follows from the point's name. Not with a pattern.
    pub(crate) name: Option<String>,
    /// What it measures.
    pub(crate) physical_type: Option<PhysicalType>,
    /// The unit that its plain numbers are in; the dataset has them in the base unit of the dimension (°C, L/min, kW, kWh,
    /// m³, kPa, %, Hz, A, V). Without it, the unit system decides for points with a physical type.
    pub(crate) unit: Option<Unit>,
    /// How the samples of a bin become one value; without it, the physical type decides. `sum` is for numbers that each count an interval (kWh
    /// of a quarter of an hour, and no reading): it needs that interval, stated here or by the reports, and is null unless samples cover the
    /// bin whole.
    pub(crate) agg: Option<Aggregation>,
    /// Whether a bin without a value of this point is INSUFFICIENT_DATA.
    pub(crate) required: bool,
    /// Its own words for states.
    pub(crate) states: States,
    /// What its numbers in the reports are multiplied with before anything else, such as 10 for a meter that counts tens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<f64>,
    /// How often it is logged: a length of time such as 15m, or cov for a point that logs its changes of value and nothing else, so that a value
    /// holds until the next one. It goes before what its reports say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<PointInterval>,
    /// Its own plausible range, in the dataset's unit; without it, that of the physical type.
    pub(crate) plausible: Option<RangeConfig>,
    /// Its own rule for standing still; without it, that of the physical type.
    pub(crate) frozen: Option<FrozenConfig>,
    /// Its Hampel filter; without it, a value is not held against its neighbours.
    pub(crate) hampel: Option<HampelConfig>,
    /// The point that says whether its equipment runs, by name: a state, or a flow, power or the like that is at rest at its own
    /// idle_below. While that is at rest, standing still is right.
    pub(crate) running: Option<String>,
}

/// Where a rule finds what it judges by, for whoever looks for it under a name of its own.
pub(crate) const RULES_STAND_ELSEWHERE: &str = "what a rule is to judge by stands with what it judges: `plausible`, `frozen` and `hampel` under cleaner.points, \
     machines under cleaner.equipment";

impl PointConfig {
    /// Why one of its rules cannot be what it says, if one cannot.
    pub(super) fn refused_rule(&self) -> Option<&'static str> {
        let plausible = self.plausible.as_ref().and_then(RangeConfig::refusal);
        let hampel = self.hampel.as_ref().and_then(HampelConfig::refusal);
        let frozen = self.frozen.as_ref().and_then(FrozenConfig::refusal);
        plausible.or(hampel).or(frozen)
    }
}

/// How often a point is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum PointInterval {
    /// When its value changes.
    ChangeOfValue,
    /// After each such span.
    Every(Span),
}

/// What stands for a point that is logged when its value changes.
const CHANGE_OF_VALUE: &str = "cov";

impl PointInterval {
    /// The span from one sample to the next; `None` where it is as long as the value stays.
    #[must_use]
    pub(crate) const fn span(self) -> Option<Span> {
        match self {
            Self::ChangeOfValue => None,
            Self::Every(span) => Some(span),
        }
    }
}

impl From<PointInterval> for String {
    fn from(interval: PointInterval) -> Self {
        match interval {
            PointInterval::ChangeOfValue => CHANGE_OF_VALUE.to_owned(),
            PointInterval::Every(span) => span.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for PointInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == CHANGE_OF_VALUE {
            return Ok(Self::ChangeOfValue);
        }
        let span = text.parse().map(Self::Every);
        span.map_err(|error| D::Error::custom(format!("{error}, or {CHANGE_OF_VALUE}")))
    }
}

impl JsonSchema for PointInterval {
    fn schema_name() -> Cow<'static, str> {
        "PointInterval".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A positive length of time, or cov.",
            "type": "string",
            "pattern": "^(cov|([0-9]+(d|h|m|s|ms))+)$",
        })
    }
}

/// Words for states, without regard to case, that come before the common ones: each with the number that it means, as in
/// `{AUTO: 2, HAND: 1, OFF: 0}`, or lists of words under `on` and `off`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct States {
    /// Words that mean 1.
    #[schemars(default)]
    pub(crate) on: Vec<String>,
    /// Words that mean 0.
    #[schemars(default)]
    pub(crate) off: Vec<String>,
    /// Words, and the number that each means.
    #[serde(flatten)]
    pub(crate) words: BTreeMap<String, f64>,
}

/// What stands behind a key of [`States`].
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a number, or a list of words under `on` or `off`"
)]
enum StateEntry {
    Number(f64),
    Words(Vec<String>),
}

impl States {
    /// Every word with what it means.
    pub(super) fn meanings(&self) -> impl Iterator<Item = (&str, f64)> {
        let on = self.on.iter().map(|word| (word.as_str(), 1.0));
        let off = self.off.iter().map(|word| (word.as_str(), 0.0));
        let words = self
            .words
            .iter()
            .map(|(word, value)| (word.as_str(), *value));
        on.chain(off).chain(words)
    }
}

/// Words that mean 1 and 0 are the same however they are written.
impl<'de> Deserialize<'de> for States {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut states = Self::default();
        for (word, entry) in BTreeMap::<String, StateEntry>::deserialize(deserializer)? {
            match (word.as_str(), entry) {
                ("on", StateEntry::Words(words)) => states.on.extend(words),
                ("off", StateEntry::Words(words)) => states.off.extend(words),
                (_, StateEntry::Words(_)) => {
                    return Err(D::Error::custom(format!(
                        "expected a number for the state {word:?}, found a list: lists stand under `on` and `off`"
                    )));
                }
                (_, StateEntry::Number(1.0)) => states.on.push(word),
                (_, StateEntry::Number(0.0)) => states.off.push(word),
                (_, StateEntry::Number(value)) if value.is_finite() => {
                    states.words.insert(word, value);
                }
                (_, StateEntry::Number(_)) => {
                    return Err(D::Error::custom(format!(
                        "expected a number for the state {word:?}"
                    )));
                }
            }
        }
        Ok(states)
    }
}
