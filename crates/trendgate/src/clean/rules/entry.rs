//! What a rule says of itself to be registered: what it judges, how far it looks, how it begins, and its words.
//!
//! A rule exports one [`RuleEntry`]; [`RULES`](super::RULES) lists them. Whatever the rest of the program needs to know of a rule, it asks
//! of the entry, so that no other place tells rules of points apart. (Meters have a section of the page and a warning of their own.)

use super::point_rule::PointRule;
use crate::clean::{EvenRules, Look};
use crate::model::{ColumnId, EquipmentCheck, PointSpec, Rule};
use crate::time::Span;
use crate::wording::shown;

/// A rule, as it is registered.
pub(crate) struct RuleEntry {
    /// Its name, flag and description.
    pub(crate) rule: Rule,
    /// What it judges, and how it begins.
    pub(super) judges: Judges,
    /// What is said of its answers.
    pub(crate) words: &'static dyn RuleWords,
}

/// What a rule judges.
pub(super) enum Judges {
    /// Single points, by their own settings.
    Points {
        /// How far it looks to both sides of a bin of the point; `None` where it does not judge the point, or looks at nothing but the bin.
        reach: fn(&PointSpec, EvenRules) -> Option<Span>,
        /// The rule at work on the point in the column; `None` where the point does not have it.
        begin: fn(ColumnId, &PointSpec, EvenRules) -> Option<Box<dyn PointRule>>,
        /// Fits the settings of a point to how often it is logged; `None` where that is nothing to the rule.
        fit_to_trend: Option<fn(&mut PointSpec, Span)>,
    },
    /// Columns of machines and meters, by what is checked of them.
    Equipment {
        /// How far it looks around a bin.
        reach: fn(&EquipmentCheck, EvenRules) -> Look,
        /// The rule at work on the column of the check; `None` for a check of another rule.
        begin: fn(&EquipmentCheck, EvenRules) -> Option<Box<dyn PointRule + '_>>,
    },
    /// Bins, where they are made, or sums, where they are added up: nothing begins here.
    Bins,
}

impl RuleEntry {
    /// Whether it is judged where bins are made: what it flags of a point is a bin without a value.
    pub(crate) fn is_of_bins(&self) -> bool {
        matches!(self.judges, Judges::Bins)
    }

    /// How far the rule looks to both sides of a bin of `point`.
    pub(super) fn point_reach(&self, point: &PointSpec, rules: EvenRules) -> Option<Span> {
        match self.judges {
            Judges::Points { reach, .. } => reach(point, rules),
            Judges::Equipment { .. } | Judges::Bins => None,
        }
    }

    /// The rule at work on the point in `column`, if it judges it.
    pub(super) fn begin_point(
        &self,
        column: ColumnId,
        point: &PointSpec,
        rules: EvenRules,
    ) -> Option<Box<dyn PointRule>> {
        match self.judges {
            Judges::Points { begin, .. } => begin(column, point, rules),
            Judges::Equipment { .. } | Judges::Bins => None,
        }
    }

    /// How far the rule looks around a bin for `check`.
    pub(super) fn check_reach(&self, check: &EquipmentCheck, rules: EvenRules) -> Option<Look> {
        match self.judges {
            Judges::Equipment { reach, .. } => Some(reach(check, rules)),
            Judges::Points { .. } | Judges::Bins => None,
        }
    }

    /// The rule at work on the column of `check`.
    pub(super) fn begin_check<'a>(
        &self,
        check: &'a EquipmentCheck,
        rules: EvenRules,
    ) -> Option<Box<dyn PointRule + 'a>> {
        match self.judges {
            Judges::Equipment { begin, .. } => begin(check, rules),
            Judges::Points { .. } | Judges::Bins => None,
        }
    }
}

/// What is said of the answers of a rule, wherever people read them: by `explain`, on the page, in Python and in warnings.
pub(crate) trait RuleWords: Sync {
    /// Why a bin is flagged, as a sentence without its end.
    fn why(&self, breach: &Breach<'_>) -> String;

    /// The limit that it holds all bins of a point against, where the configuration sets one.
    fn limit(&self, _: &ConfiguredLimits<'_>) -> Option<String> {
        None
    }

    /// The lowest and the highest value that it lets pass, where these are the same for all bins of the point.
    fn expected(&self, _: &PointSpec) -> Option<(f64, f64)> {
        None
    }

    /// Whether the limits in its evidence are the same for all bins of a point, so that a plot can draw them as lines.
    fn has_fixed_limits(&self) -> bool {
        false
    }

    /// What one value of a flagged stretch says of the whole stretch, behind the sentence of [`why`](Self::why).
    fn of_stretch(&self, _: &str) -> Option<String> {
        None
    }

    /// What to look at, or to state, where it flags too much of a point.
    fn remedy(&self, _: &PointSpec) -> String {
        "look at the evidence: `trendgate explain` says why each is flagged".to_owned()
    }
}

/// The evidence of one bin, for a sentence.
pub(crate) struct Breach<'a> {
    /// What was found, in the unit.
    pub(crate) value: Option<f64>,
    /// The lower end of the band that it was held against.
    pub(crate) low: Option<f64>,
    /// The upper end.
    pub(crate) high: Option<f64>,
    /// The unit of the column, empty for none.
    pub(crate) unit: &'a str,
    /// The first and the last bin of the stretch that is flagged around the bin, as its reader writes times; it is looked for only where it is
    /// needed.
    pub(crate) stretch: &'a dyn Fn() -> [String; 2],
}

impl Breach<'_> {
    /// A number in the unit of the column, `?` for none.
    pub(super) fn shown(&self, number: Option<f64>) -> String {
        number.map_or_else(|| "?".to_owned(), |number| shown(number, self.unit))
    }

    /// What was found, and the ends of the band, in the unit of the column.
    pub(super) fn band(&self) -> [String; 3] {
        [self.value, self.low, self.high].map(|number| self.shown(number))
    }
}

/// What the configuration sets limits by.
pub(crate) struct ConfiguredLimits<'a> {
    /// The point; `None` for rows as a whole, and for a column that the configuration cannot be read for.
    pub(crate) point: Option<&'a PointSpec>,
    /// The share of a bin that an active kind has to cover.
    pub(crate) min_coverage: Option<f64>,
}

impl ConfiguredLimits<'_> {
    /// The unit of the point, empty for none.
    pub(super) fn unit(&self) -> &'static str {
        let unit = self.point.and_then(PointSpec::dataset_unit);
        unit.map_or("", |unit| unit.symbol())
    }
}
