//! Samples → the text format of Prometheus, version 0.0.4. Pure.
//!
//! Enters: samples of any sites, in any order. Leaves: text in which each metric stands once, with its help and type before its samples, as
//! the format wants it. A metric without a sample is left out.

use super::{Metric, MetricSample};
use std::fmt::Write as _;

/// The text of these samples.
///
/// ```
/// assert_eq!(trendgate::metrics::exposition(&[]).matches("trendgate_").count(), 0);
/// ```
#[must_use]
pub fn exposition(samples: &[MetricSample]) -> String {
    let mut text = String::new();
    for metric in Metric::ALL {
        let mut own = samples
            .iter()
            .filter(|sample| sample.metric.name == metric.name)
            .peekable();
        if own.peek().is_none() {
            continue;
        }
        let (name, help) = (metric.name, escaped_help(metric.help));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for sample in own {
            let labels = sample.labels.iter();
            let labels: Vec<String> = labels
                .map(|(label, value)| format!("{label}=\"{}\"", escaped_label(value)))
                .collect();
            let labels = match labels.is_empty() {
                true => String::new(),
                false => format!("{{{}}}", labels.join(",")),
            };
            let _ = writeln!(text, "{name}{labels} {}", sample.value);
        }
    }
    text
}

fn escaped_help(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn escaped_label(text: &str) -> String {
    escaped_help(text).replace('"', "\\\"")
}
