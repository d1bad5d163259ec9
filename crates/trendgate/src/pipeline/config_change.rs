//! A configuration that is not that of the dataset → which fields differ, and from what to what. Pure.

use super::Settings;
use crate::error::{Error, Result};
use crate::publish::History;
use serde_json::{Map, Value};

/// How many differences are named.
const NAMED: usize = 8;

/// Refuses another configuration than that of the dataset; `remedy` says what to do about it.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) then.
pub(super) fn same_config(settings: &Settings, history: &History, remedy: &str) -> Result<()> {
    match history.config_digest() {
        // What differs is how timestamps are written: a run sees to that before it takes a report.
        Some(digest) if digest == settings.digest_of_other_unit => Ok(()),
        Some(digest) if digest != settings.digest() => {
            let found = differences(history.config(), &settings.deciding);
            let message = match found.as_slice() {
                // A version of an earlier program.
                [] => format!(" (digest {} instead of {digest})", settings.digest()),
                found => said(found),
            };
            Err(Error::config(format!(
                "the configuration differs from that of the site's committed dataset in what changes results{message}"
            ))
            .hint(remedy))
        }
        _ => Ok(()),
    }
}

fn said(found: &[String]) -> String {
    let named = found.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(": {}{more}", named.join("; "))
}

/// What differs between two configurations, field by field; nothing where the first is not known.
pub(crate) fn differences(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let (Value::Object(before), Value::Object(now)) = (before, now) {
        in_objects("", before, now, &mut found);
    }
    found
}

fn in_objects(
    place: &str,
    before: &Map<String, Value>,
    now: &Map<String, Value>,
    found: &mut Vec<String>,
) {
    let gone = before.keys().filter(|key| !now.contains_key(*key));
    for key in now.keys().chain(gone) {
        let one = |of: &Map<String, Value>| of.get(key).cloned().unwrap_or_default();
        let (old, new) = (one(before), one(now));
        let field = match place {
            "" => key.clone(),
            place if key.contains(['.', ' ', '*', '?']) => format!("{place}.{key:?}"),
            place => format!("{place}.{key}"),
        };
        match (&old, &new) {
            (old, new) if old == new => {}
            (Value::Object(old), Value::Object(new)) => in_objects(&field, old, new, found),
            _ if field == "rules_version" => found.push(format!(
                "the program cleans by version {new} of its rules, and the dataset was made by version {old}"
            )),
            _ => found.push(format!("{field} is {}, was {}", shown(&new), shown(&old))),
        }
    }
}

/// A value as people write it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_is_named_with_both_values() {
        let before = json!({
            "rules_version": 3,
            "resample_interval": "5m",
            "points": {"CH5.CHST": {"unit": "°C", "agg": "mean"}, "A": {"unit": null}, "GONE": {}},
            "min_coverage": 0.5,
        });
        let now = json!({
            "rules_version": 4,
            "resample_interval": "15m",
            "points": {"CH5.CHST": {"unit": "°F", "agg": "mean"}, "A": {"unit": "kW"}},
            "min_coverage": 0.5,
        });
        insta::assert_snapshot!(differences(&before, &now).join("\n"), @r#"
        points.A.unit is kW, was not set
        points."CH5.CHST".unit is °F, was °C
        points.GONE is not set, was {}
        resample_interval is 15m, was 5m
        the program cleans by version 4 of its rules, and the dataset was made by version 3
        "#);
        assert!(differences(&now, &now).is_empty());
        assert!(differences(&Value::Null, &now).is_empty());
    }

    #[test]
    fn many_differences_are_counted() {
        let many: Vec<String> = (0..10).map(|n| format!("f{n} is 1, was 2")).collect();
        assert!(said(&many).ends_with("f7 is 1, was 2; and 2 more"));
    }
}
