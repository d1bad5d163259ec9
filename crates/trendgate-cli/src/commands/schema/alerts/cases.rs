//! When an alert fires, and when it does not: series, and the time at which it is looked at.

use super::{Alert, quoted};
use std::fmt::Write as _;
use trendgate::metrics::Metric;

/// One case of an alert.
pub(super) struct Case {
    /// What is the case.
    name: &'static str,
    /// The series of the site `A`, five minutes from value to value: the metric, its other labels, the values.
    series: Vec<(&'static Metric, &'static str, &'static str)>,
    /// When it is looked at.
    at: &'static str,
    /// The labels, beside `site`, of the alert that fires; `None` where none does.
    fires: Option<&'static [(&'static str, &'static str)]>,
}

/// The cases of an alert.
pub(super) fn of(alert: &str) -> Vec<Case> {
    let fires = |name, series, at, labels| Case {
        name,
        series,
        at,
        fires: Some(labels),
    };
    let quiet = |name, series, at| Case {
        name,
        series,
        at,
        fires: None,
    };
    match alert {
        "TrendgateRunMissing" => vec![
            fires(
                "no run for 27 hours",
                vec![(&Metric::RUN_LAST_TIMESTAMP, "", "0x400")],
                "27h",
                &[],
            ),
            fires(
                "the metrics are gone",
                vec![(&Metric::RUN_LAST_TIMESTAMP, "", "0x12")],
                "3h",
                &[],
            ),
            quiet(
                "a run two hours ago",
                vec![(&Metric::RUN_LAST_TIMESTAMP, "", "90000x400")],
                "27h",
            ),
        ],
        "TrendgateRunFailed" => vec![
            fires(
                "exit 1",
                vec![(&Metric::RUN_EXIT_CODE, "", "0 1x5")],
                "20m",
                &[],
            ),
            fires(
                "stopped by SIGTERM",
                vec![(&Metric::RUN_EXIT_CODE, "", "143x5")],
                "20m",
                &[],
            ),
            quiet("exit 0", vec![(&Metric::RUN_EXIT_CODE, "", "1 0x5")], "20m"),
            quiet("exit 3", vec![(&Metric::RUN_EXIT_CODE, "", "3x5")], "20m"),
            quiet("exit 75", vec![(&Metric::RUN_EXIT_CODE, "", "75x5")], "20m"),
        ],
        "TrendgateCommitStateUnknown" => vec![
            fires(
                "exit 4",
                vec![(&Metric::RUN_EXIT_CODE, "", "4x5")],
                "20m",
                &[],
            ),
            quiet("exit 1", vec![(&Metric::RUN_EXIT_CODE, "", "1x5")], "20m"),
        ],
        "TrendgateDataStale" => vec![
            fires(
                "one of two sources is late",
                vec![
                    (
                        &Metric::DATASET_LAST_SAMPLE_TIMESTAMP,
                        "source=\"chillers\"",
                        "0x500",
                    ),
                    (
                        &Metric::DATASET_LAST_SAMPLE_TIMESTAMP,
                        "source=\"pumps\"",
                        "100000x500",
                    ),
                ],
                "37h",
                &[("source", "chillers")],
            ),
            quiet(
                "a day old",
                vec![(
                    &Metric::DATASET_LAST_SAMPLE_TIMESTAMP,
                    "source=\"chillers\"",
                    "50000x500",
                )],
                "37h",
            ),
        ],
        "TrendgateReportsRejected" => vec![
            fires(
                "a batch with a reject",
                vec![
                    (&Metric::BATCH_INPUT_FILES, "outcome=\"rejected\"", "1x5"),
                    (&Metric::RUN_EXIT_CODE, "", "3x5"),
                ],
                "20m",
                &[],
            ),
            fires(
                "a reject and nothing else",
                vec![
                    (&Metric::BATCH_INPUT_FILES, "outcome=\"rejected\"", "0x5"),
                    (&Metric::RUN_EXIT_CODE, "", "3x5"),
                ],
                "20m",
                &[],
            ),
            quiet(
                "all accepted",
                vec![
                    (&Metric::BATCH_INPUT_FILES, "outcome=\"rejected\"", "0x5"),
                    (&Metric::BATCH_INPUT_FILES, "outcome=\"accepted\"", "3x5"),
                    (&Metric::RUN_EXIT_CODE, "", "0x5"),
                ],
                "20m",
            ),
        ],
        "TrendgateFlagSurge" => vec![
            fires(
                "more than half for more than two days",
                vec![(
                    &Metric::DATASET_FLAGGED_ROWS_RATIO,
                    "flag=\"FROZEN\", window=\"7d\"",
                    "0.6x600",
                )],
                "49h",
                &[("flag", "FROZEN"), ("window", "7d")],
            ),
            quiet(
                "more than half for a day",
                vec![(
                    &Metric::DATASET_FLAGGED_ROWS_RATIO,
                    "flag=\"FROZEN\", window=\"7d\"",
                    "0.1x300 0.6x300",
                )],
                "49h",
            ),
        ],
        "TrendgatePointsWentSilent" => vec![
            fires(
                "two more than before",
                vec![(&Metric::DATASET_POINTS, "state=\"silent\"", "1x12 3x12")],
                "2h",
                &[("state", "silent")],
            ),
            quiet(
                "as many as ever",
                vec![(&Metric::DATASET_POINTS, "state=\"silent\"", "3x24")],
                "2h",
            ),
            quiet(
                "since eight days",
                vec![(&Metric::DATASET_POINTS, "state=\"silent\"", "1x12 3x2400")],
                "8d",
            ),
        ],
        "TrendgateVerifyFailed" => vec![
            fires(
                "a finding",
                vec![(&Metric::VERIFY_FINDINGS, "", "1x5")],
                "20m",
                &[],
            ),
            quiet("none", vec![(&Metric::VERIFY_FINDINGS, "", "0x5")], "20m"),
        ],
        "TrendgateDiskForTwoBatches" => vec![
            fires(
                "room for less than two",
                vec![
                    (&Metric::DATASET_AVAILABLE_BYTES, "", "1500x5"),
                    (&Metric::DATASET_BYTES, "kind=\"last_batch\"", "1000x5"),
                    (&Metric::DATASET_BYTES, "kind=\"parts\"", "1x5"),
                ],
                "20m",
                &[],
            ),
            quiet(
                "room for more than two",
                vec![
                    (&Metric::DATASET_AVAILABLE_BYTES, "", "2500x5"),
                    (&Metric::DATASET_BYTES, "kind=\"last_batch\"", "1000x5"),
                    (&Metric::DATASET_BYTES, "kind=\"parts\"", "9000x5"),
                ],
                "20m",
            ),
        ],
        "TrendgateTrip" => vec![
            fires(
                "one",
                vec![(&Metric::BATCH_TRIPS, "rule=\"heat\"", "1x5")],
                "20m",
                &[("rule", "heat")],
            ),
            quiet(
                "none",
                vec![(&Metric::BATCH_TRIPS, "rule=\"heat\"", "0x5")],
                "20m",
            ),
        ],
        _ => Vec::new(),
    }
}

impl Case {
    /// Whether it is one in which the alert fires.
    #[cfg(test)]
    pub(super) fn is_firing(&self) -> bool {
        self.fires.is_some()
    }

    /// Adds it to the tests.
    pub(super) fn write(&self, text: &mut String, alert: &Alert) {
        let name = format!("{}: {}", alert.name, self.name);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  - name: {}\n    interval: 5m\n    input_series:",
            quoted(&name)
        );
        for (metric, labels, values) in &self.series {
            let labels = match labels.is_empty() {
                true => String::new(),
                false => format!(", {labels}"),
            };
            let series = format!("{}{{site=\"A\"{labels}}}", metric.name);
            let _ = writeln!(
                text,
                "      - series: {}\n        values: {}",
                quoted(&series),
                quoted(values)
            );
        }
        let (at, name) = (self.at, alert.name);
        let _ = writeln!(
            text,
            "    alert_rule_test:\n      - eval_time: {at}\n        alertname: {name}"
        );
        let Some(labels) = self.fires else {
            let _ = writeln!(text, "        exp_alerts: []");
            return;
        };
        let labels = [&[("site", "A"), ("severity", alert.severity)], labels].concat();
        let _ = writeln!(text, "        exp_alerts:\n          - exp_labels:");
        for (label, value) in &labels {
            let _ = writeln!(text, "              {label}: {}", quoted(value));
        }
        let summary = labels.iter().fold(
            alert.summary.replace("{{ $labels.file }}", ""),
            |text, (label, value)| text.replace(&format!("{{{{ $labels.{label} }}}}"), value),
        );
        let _ = writeln!(
            text,
            "            exp_annotations:\n              summary: {}\n              action: {}",
            quoted(&summary),
            quoted(alert.to_do)
        );
    }
}
