//! What an entry of the configuration's sources adds to whatever dialect reads its texts.
//!
//! Enters: an entry that describes no table, as it is meant. Leaves: the one way to write it down, which is part of the identity of the texts that
//! are read so ([`StatedReading::id`](super::StatedReading::id)), and what planning and decoding need to know. What a text says of itself goes
//! before: an interval is that of points of which the text states none.

use super::described::{Mend, without_nothing};
use super::entries::EntryPoint;
use super::report::{Report, ReportPoint, Trend};
use super::separators::FieldSeparator;
use crate::model::PointId;
use crate::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is stated of texts beside what their dialect reads in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Additions {
    /// What separates fields.
    pub(crate) separator: Option<FieldSeparator>,
    /// What words for zones mean: how far the clock is from UTC, or an IANA zone.
    pub(crate) abbreviations: BTreeMap<String, String>,
    /// Words and numbers that mean "no value" beside the usual ones; in small letters.
    pub(crate) missing: Vec<String>,
    /// The interval of points of which a text states nothing.
    pub(crate) interval: Option<Span>,
    /// Whether values of such points are logged when they change, and at no other time.
    pub(crate) change_of_value: bool,
    /// How far from a multiple of its interval a time of a point may be that is that; of points without an interval all are as they stand.
    pub(crate) snap: Option<Span>,
    /// What a spreadsheet did to the real dates of its sheets, and is undone.
    pub(crate) mend: Option<Mend>,
    /// What is put before the name of each point.
    pub(crate) prefix: String,
}

/// The trend definition of points of which a value is logged when it changes.
pub(super) const CHANGE_OF_VALUE: &str = "COV";

impl Additions {
    /// The one way to write it down.
    pub(super) fn canonical(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        without_nothing(value).to_string()
    }

    /// A point of a text with one value a line, as it is one of reports.
    pub(super) fn point(&self, point: &EntryPoint) -> EntryPoint {
        let mut point = point.clone();
        point.id = self.prefixed(&point.id);
        if point.definition.trim().is_empty() && point.trend == Trend::default() {
            point.definition = match (self.change_of_value, self.interval) {
                (true, _) => CHANGE_OF_VALUE.to_owned(),
                (false, Some(interval)) => interval.to_string(),
                (false, None) => point.definition,
            };
            point.trend = Trend {
                interval: self.interval,
                change_of_value: self.change_of_value,
                is_total: false,
            };
        }
        point
    }

    /// Adds to the points of a wide table what is stated of them.
    pub(super) fn add_to(&self, report: &mut Report) {
        let dialect = report.dialect;
        let point = |point: &ReportPoint| {
            let mut point = point.clone();
            point.id = self.prefixed(&point.id);
            let is_unsaid = report.interval.is_none() && point.definition.trim().is_empty();
            let trend = dialect.trend(CHANGE_OF_VALUE);
            if self.change_of_value && is_unsaid && trend.changes_only() {
                point.definition = CHANGE_OF_VALUE.to_owned();
                point.trend = trend;
            }
            point
        };
        report.points = report.points.iter().map(point).collect();
    }

    fn prefixed(&self, id: &PointId) -> PointId {
        match &*self.prefix {
            "" => id.clone(),
            prefix => PointId::new(&format!("{prefix}{}", id.name), &id.suffix),
        }
    }
}

/// What the trend definition of a point says of which the text says none.
pub(super) fn stated_trend(definition: &str) -> Trend {
    Trend {
        interval: definition.parse().ok(),
        change_of_value: definition == CHANGE_OF_VALUE,
        is_total: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    #[test]
    fn what_is_added_stands_behind_what_a_text_says_and_is_read_back_as_it_was() {
        let added = |json: &str| serde_json::from_str::<Additions>(json).unwrap();
        let point = |definition: &str, trend| EntryPoint {
            id: PointId::new("T", "x"),
            definition: definition.to_owned(),
            trend,
            unit: String::new(),
        };
        let silent = point("", Trend::default());
        let every = added(r#"{"interval": "15m", "prefix": "a/"}"#).point(&silent);
        assert_eq!(every.id, PointId::new("a/T", "x"));
        assert_eq!(every.trend.interval, Some(15 * MINUTE));
        assert_eq!(stated_trend(&every.definition), every.trend);
        let changes = added(r#"{"change_of_value": true}"#).point(&silent);
        assert!(changes.trend.changes_only());
        assert_eq!(stated_trend(&changes.definition), changes.trend);
        let own = Trend {
            interval: Some(MINUTE),
            change_of_value: false,
            is_total: false,
        };
        let said = point("1 minute", own);
        assert_eq!(added(r#"{"interval": "15m"}"#).point(&said), said);
        assert_eq!(stated_trend(""), Trend::default());
        insta::assert_snapshot!(added(r#"{"interval": "15m", "separator": "tab", "missing": ["-9999"]}"#).canonical(), @r#"{"interval":"15m","missing":["-9999"],"separator":"tab"}"#);
    }
}
