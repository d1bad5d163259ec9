//! The guide to the metrics: what is written by hand, with the table of metrics and the list of alerts in it.

use super::alerts;
use std::fmt::Write as _;
use trendgate::metrics::Metric;

/// What is written by hand.
const TEXT: &str = include_str!("metrics.md");

/// The guide, as Markdown.
pub(super) fn guide() -> String {
    TEXT.replace("{metrics}", &table())
        .replace("{alerts}", &alerts::guide())
}

fn table() -> String {
    let mut text = String::from(
        "| metric | what it is | other labels | when it is written |\n|---|---|---|---|",
    );
    for metric in Metric::ALL {
        let labels = metric.labels.iter();
        let labels: Vec<String> = labels
            .map(|label| format!("`{}`: {}", label.name, label.values))
            .collect();
        let labels = match labels.is_empty() {
            true => "-".to_owned(),
            false => labels.join("; "),
        };
        let (name, help, written) = (metric.name, metric.help, metric.written);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n| `{name}` | {help} | {labels} | {written} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{alerts, dashboard};
    use super::*;
    use std::collections::BTreeSet;

    /// The names of metrics in a text.
    fn named(text: &str) -> BTreeSet<&str> {
        let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let words = text.split(|c| !is_of_name(c));
        let metrics = ["build", "run", "batch", "dataset", "verify"];
        let is_metric = |word: &&str| {
            let rest = word.strip_prefix("trendgate_");
            rest.is_some_and(|rest| metrics.iter().any(|part| rest.starts_with(part)))
        };
        words.filter(is_metric).collect()
    }

    #[test]
    fn rules_tests_dashboard_and_guide_name_no_metric_that_is_not_defined() {
        let defined: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(defined.len(), Metric::ALL.len());
        let texts = [
            guide(),
            alerts::rules(),
            alerts::rule_tests(),
            dashboard::dashboard().to_string(),
        ];
        for text in &texts {
            let unknown: Vec<_> = named(text).difference(&defined).copied().collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
        assert_eq!(named(&guide()), defined);
    }

    #[test]
    fn every_alert_and_every_panel_asks_for_metrics_that_are_written() {
        let expressions = [alerts::expressions(), dashboard::expressions()].concat();
        assert!(expressions.len() > 40, "{}", expressions.len());
        for expression in &expressions {
            assert!(!named(expression).is_empty(), "{expression}");
        }
        let asked = expressions.join(" ");
        let never = Metric::ALL
            .iter()
            .filter(|metric| !asked.contains(metric.name));
        let never: Vec<&str> = never.map(|metric| metric.name).collect();
        let unseen = [
            "trendgate_build_info",
            "trendgate_dataset_first_row_timestamp_seconds",
            "trendgate_dataset_last_row_timestamp_seconds",
        ];
        assert_eq!(never, unseen, "these are for people who look themselves");
    }
}
