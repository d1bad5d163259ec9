//! A point with all that is known of it: what stages are told of a point.

use super::equipment::RunState;
use super::physical::{PhysicalType, StandStill};
use super::point::{Aggregation, PointId};
use super::units::Unit;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// A point, and all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointSpec {
    /// What the reports call it.
    pub(crate) id: PointId,
    /// Its column.
    pub(crate) column: String,
    /// What it measures.
    pub(crate) physical_type: Option<PhysicalType>,
    /// The unit of its plain numbers in the reports; its bins are in [`PointSpec::dataset_unit`].
    pub(crate) unit: Option<Unit>,
    /// How the samples of a bin become one value.
    #[serde(with = "by_name")]
    pub(crate) aggregation: Aggregation,
    /// Whether the configuration says so, itself or by the physical type; otherwise a report may.
    pub(crate) aggregation_is_stated: bool,
    /// Whether a bin without a value of it is `INSUFFICIENT_DATA`.
    pub(crate) required: bool,
    /// Words that mean 1 for it.
    pub(crate) on: Vec<String>,
    /// Words that mean 0 for it.
    pub(crate) off: Vec<String>,
    /// Words that mean other numbers for it.
    pub(crate) words: Vec<(String, f64)>,
    /// What its numbers in the reports are multiplied with before anything else.
    pub(crate) scale: Option<f64>,
    /// Whether the configuration says anything of it; otherwise it is taken for a gauge.
    pub(crate) mapped: bool,
    /// The lowest and the highest plausible value, in the dataset's unit.
    pub(crate) plausible: Option<(f64, f64)>,
    /// Its filter, in the dataset's unit.
    pub(crate) hampel: Option<HampelRule>,
    /// When it stands still for too long, in the dataset's unit.
    pub(crate) frozen: Option<StandStill>,
    /// At or below this size its equipment is at rest, in the dataset's unit, whether or not it is judged for standing still.
    pub(crate) idle_below: Option<f64>,
    /// Whether a report or the configuration says that it logs its changes of value, and nothing else.
    pub(crate) change_of_value: bool,
    /// How often it is logged, as its configuration says.
    pub(crate) interval: Option<Span>,
    /// For how long a value of it holds at the most; `None` for a point of which every sample stands for itself.
    pub(crate) hold: Option<Span>,
    /// Over which time each of its numbers is a sum; `None` for a point whose numbers are none.
    pub(crate) sum_over: Option<Span>,
    /// Whether its numbers are sums, as a report says, and nothing says over which time: then none of them is taken.
    pub(crate) left_out: bool,
    /// Whether it is to be judged for standing still although it logs changes of value only.
    pub(crate) frozen_if_cov: bool,
    /// What says whether its equipment runs; `None` where nothing is to say it.
    pub(crate) running: Option<RunState>,
}

impl PointSpec {
    /// The unit of its bins: the base unit of what its numbers are in.
    #[must_use]
    pub(crate) fn dataset_unit(&self) -> Option<Unit> {
        self.unit.map(Unit::base)
    }

    /// Whether its numbers are states: they are described as such, or some of its words mean numbers.
    #[must_use]
    pub(crate) fn is_state(&self) -> bool {
        let has_words = !(self.on.is_empty() && self.off.is_empty() && self.words.is_empty());
        self.aggregation.is_of_states() || has_words
    }
}

/// What a point's filter works by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct HampelRule {
    /// How far the window reaches to each side.
    pub(crate) half_width: Span,
    /// How many robust standard deviations are too many.
    pub(crate) threshold: f64,
    /// Values closer to the median than this are never flagged.
    pub(crate) floor: f64,
}

/// An aggregation by its name: a configuration may not name all of them, a plan does.
mod by_name {
    use super::Aggregation;
    use crate::model::term::Vocabulary as _;
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands references to it"
    )]
    pub(super) fn serialize<S: Serializer>(by: &Aggregation, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(by.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Aggregation, D::Error> {
        let name = String::deserialize(from)?;
        let known = Aggregation::named(&name);
        known.ok_or_else(|| de::Error::custom(format!("no such aggregation: {name}")))
    }
}
