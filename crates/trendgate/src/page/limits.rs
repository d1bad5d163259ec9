//! The limit that a rule holds a point against, in words.
//!
//! Enters: the configuration that a version was made by, and the points. Leaves: a sentence for each point and rule. Pure. A
//! configuration of an earlier program that this one cannot read gives none; then the evidence has the limits of each bin.

use crate::acquire::point_id;
use crate::clean::{ConfiguredLimits, rule_entry};
use crate::model::{PointSpec, Rule, SchemaColumn, UnitSystem};
use crate::roster::{PointConfig, PointTable};
use std::collections::{BTreeMap, BTreeSet};

/// The limits of points.
#[derive(Debug, Clone, Default)]
pub(crate) struct PointLimits {
    specs: BTreeMap<String, PointSpec>,
    min_coverage: Option<f64>,
}

impl PointLimits {
    /// The limits that `config`, as manifests have it, sets for these points.
    #[must_use]
    pub(crate) fn of(config: &serde_json::Value, columns: &[SchemaColumn]) -> Self {
        let points: Option<BTreeMap<String, PointConfig>> = config
            .get("points")
            .and_then(|points| serde_json::from_value(points.clone()).ok());
        // Patterns that others of the site go before.
        let later: BTreeSet<String> = config
            .get("shared_patterns")
            .and_then(|patterns| serde_json::from_value(patterns.clone()).ok())
            .unwrap_or_default();
        let table =
            points.and_then(|points| PointTable::new(&points, &later, UnitSystem::default()).ok());
        let ids = columns.iter().filter_map(|column| column.point.as_deref());
        let roster = table.and_then(|table| table.roster(ids.map(|name| point_id(name, ""))).ok());
        let specs = roster.into_iter().flatten();
        Self {
            specs: specs.map(|spec| (spec.column.clone(), spec)).collect(),
            min_coverage: config
                .get("min_coverage")
                .and_then(serde_json::Value::as_f64),
        }
    }

    /// What `rule` asks of a column, where the configuration says it.
    #[must_use]
    pub(crate) fn words(&self, column: Option<&str>, rule: Rule) -> Option<String> {
        rule_entry(rule).words.limit(&ConfiguredLimits {
            point: column.and_then(|column| self.specs.get(column)),
            min_coverage: self.min_coverage,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn column(name: &str, point: &str) -> SchemaColumn {
        let column = json!({"name": name, "type": "float64", "point": point, "unit": null, "physical_type": null});
        serde_json::from_value(column).unwrap()
    }

    #[test]
    fn a_limit_is_that_of_the_point_or_of_its_pattern() {
        let config = json!({"min_coverage": 0.5, "points": {
            "A.KW": {"physical_type": "power", "plausible": {"min": 500.0, "max": 9000.0}},
            "AH*T": {"physical_type": "air_temperature", "frozen": {"min_duration": "12h"}},
        }});
        let columns = [column("a_kw", "A.KW"), column("ah1_t", "AH1 T")];
        let limits = PointLimits::of(&config, &columns);
        let words = |column, rule| limits.words(Some(column), rule);
        assert_eq!(words("a_kw", Rule::Plausible).unwrap(), "500 to 9000 kW");
        assert_eq!(words("ah1_t", Rule::Frozen).unwrap(), "no change for 12h");
        assert_eq!(words("ah1_t", Rule::Hampel), None);
        assert_eq!(
            limits.words(None, Rule::Coverage).unwrap(),
            "at least 0.5 of the bin"
        );
        assert_eq!(words("unknown", Rule::Frozen), None);
        let unread = PointLimits::of(&serde_json::Value::Null, &columns);
        assert_eq!(unread.words(Some("a_kw"), Rule::Plausible), None);
    }
}
