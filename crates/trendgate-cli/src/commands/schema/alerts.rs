//! The alert rules, and the tests of each: one definition for the files of Prometheus and for the documentation.
//!
//! Enters: the definition of the metrics. Leaves: rules and tests as YAML, and rows of a table. Every alert has a case in which it fires, and at
//! least one in which it does not.

mod cases;

use std::fmt::Write as _;
use trendgate::metrics::Metric;

/// An alert.
struct Alert {
    /// Its name.
    name: &'static str,
    /// What it asks.
    expr: String,
    /// For how long that has to hold.
    wait: &'static str,
    /// How urgent it is.
    severity: &'static str,
    /// What is wrong, with labels of the alert as `{{ $labels.site }}`.
    summary: &'static str,
    /// What to do.
    to_do: &'static str,
    /// When it fires, and when not.
    cases: Vec<cases::Case>,
}

/// Every alert.
fn alerts() -> Vec<Alert> {
    let alert = |name, severity, wait, expr: String, (summary, to_do)| Alert {
        name,
        expr,
        wait,
        severity,
        summary,
        to_do,
        cases: cases::of(name),
    };
    let (run, exit) = (Metric::RUN_LAST_TIMESTAMP.name, Metric::RUN_EXIT_CODE.name);
    let (rejected, silent) = (Metric::BATCH_INPUT_FILES.name, Metric::DATASET_POINTS.name);
    vec![
        alert(
            "TrendgateRunMissing",
            "warning",
            "0m",
            format!("time() - {run} > 26 * 3600\nor last_over_time({run}[1d]) unless {run}"),
            (
                "No run of {{ $labels.site }} has ended for 26 hours, or its metrics are gone",
                "Look whether the timer is on and what it wrote (`systemctl list-timers`, `journalctl -u trendgate`). A run that is at work since then holds the site: `trendgate status`. If the metrics are gone, look for their file in the collector's folder.",
            ),
        ),
        alert(
            "TrendgateRunFailed",
            "warning",
            "0m",
            format!("{exit} != 0 != 3 != 75"),
            (
                "The last run of {{ $labels.site }}{{ $labels.file }} failed",
                "`trendgate status` says how and what to do; what was committed stands. Exit code 1: see `errors-SITE.jsonl` beside the manifests. 2: the command or the configuration is wrong. 130 and 143: somebody stopped it. Then run again.",
            ),
        ),
        alert(
            "TrendgateCommitStateUnknown",
            "critical",
            "0m",
            format!("{exit} == 4"),
            (
                "Whether the last run of {{ $labels.site }} committed is not known",
                "Look at the disk first (`dmesg`): a write or an fsync failed. Then `trendgate recover --site SITE`, and `trendgate verify --site SITE`. Nothing was deleted.",
            ),
        ),
        alert(
            "TrendgateDataStale",
            "warning",
            "30m",
            format!(
                "time() - {} > 36 * 3600",
                Metric::DATASET_LAST_SAMPLE_TIMESTAMP.name
            ),
            (
                "{{ $labels.source }} of {{ $labels.site }} has delivered no row for 36 hours",
                "Look whether the export was made and copied: runs are well, the rows do not come. A source that will not come back is retired when another one delivers its points; an entry of `cleaner.sources` with a `name` keeps together what belongs together.",
            ),
        ),
        alert(
            "TrendgateReportsRejected",
            "warning",
            "0m",
            format!(
                "sum without (outcome) ({rejected}{{outcome=\"rejected\"}}) > 0\nor {exit} == 3"
            ),
            (
                "Reports of {{ $labels.site }} were rejected, or lost more than they may",
                "`trendgate show` (without a version, then the last one) lists them with the reason and what to do; `errors-SITE.jsonl` has them, too. All else is committed.",
            ),
        ),
        alert(
            "TrendgateFlagSurge",
            "warning",
            "2d",
            format!(
                "{}{{window=\"7d\"}} > 0.5",
                Metric::DATASET_FLAGGED_ROWS_RATIO.name
            ),
            (
                "More than half of the rows of {{ $labels.site }} of the last 7 days are {{ $labels.flag }}",
                "`trendgate points --site SITE` says which points and rules, `trendgate explain` why. A rule that flags most of a plant says more about its settings or about a sensor than about the plant.",
            ),
        ),
        alert(
            "TrendgatePointsWentSilent",
            "warning",
            "0m",
            format!(
                "{silent}{{state=\"silent\"}} > min_over_time({silent}{{state=\"silent\"}}[7d])"
            ),
            (
                "Points of {{ $labels.site }} that had values until lately have none",
                "`trendgate points --site SITE` lists the last value of each point. Look at the sensor, the controller and the trend definition. The alert ends after 7 days, or when they deliver again.",
            ),
        ),
        alert(
            "TrendgateVerifyFailed",
            "critical",
            "0m",
            format!("{} > 0", Metric::VERIFY_FINDINGS.name),
            (
                "Files of {{ $labels.site }} are not as they were committed",
                "`trendgate verify --site SITE` names them. Restore them from a copy; parts that are lost can be made again by `trendgate run --rebuild` over all reports.",
            ),
        ),
        alert(
            "TrendgateDiskForTwoBatches",
            "critical",
            "0m",
            format!(
                "{} < ignoring (kind) 2 * {}{{kind=\"last_batch\"}}",
                Metric::DATASET_AVAILABLE_BYTES.name,
                Metric::DATASET_BYTES.name
            ),
            (
                "The disk of {{ $labels.site }} has no room for two more batches like the last one",
                "`trendgate gc` removes what no version within the retention refers to. Then make room or move the dataset. A run that finds no room fails and leaves nothing.",
            ),
        ),
        alert(
            "TrendgateTrip",
            "warning",
            "0m",
            format!("{} > 0", Metric::BATCH_TRIPS.name),
            (
                "The rule {{ $labels.rule }} flags more of a month of {{ $labels.site }} than it may",
                "`trendgate show` of the last version lists month and point under `tripped`. Look at the rule's settings and at the plant before the rows are used; `cleaner.on_trip: fail` refuses such batches.",
            ),
        ),
    ]
}

/// Text as YAML writes it between quotes: as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The rules, for `rule_files` of Prometheus.
pub(super) fn rules() -> String {
    let mut text = String::from(
        "# Generated by `cargo xtask gen` from the program itself; do not edit.\n# What to do about each alert is in its annotation `action`, and in docs/metrics.md.\ngroups:\n  - name: trendgate\n    rules:\n",
    );
    for alert in alerts() {
        let expr = alert.expr.replace('\n', "\n          ");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "      - alert: {}\n        expr: |-\n          {expr}\n        for: {}\n        labels:\n          severity: {}\n        annotations:\n          summary: {}\n          action: {}",
            alert.name,
            alert.wait,
            alert.severity,
            quoted(alert.summary),
            quoted(alert.to_do),
        );
    }
    text
}

/// Their tests, for `promtool test rules`.
pub(super) fn rule_tests() -> String {
    let mut text = String::from(
        "# Generated by `cargo xtask gen` from the program itself; do not edit.\n# promtool test rules trendgate.rules.test.yml\nrule_files:\n  - trendgate.rules.yml\nevaluation_interval: 5m\ntests:\n",
    );
    for alert in alerts() {
        for case in &alert.cases {
            case.write(&mut text, &alert);
        }
    }
    text
}

/// What to do about each, as the documentation has it.
pub(super) fn guide() -> String {
    let mut text = String::new();
    for alert in alerts() {
        let wait = match alert.wait {
            "0m" => String::new(),
            wait => format!(", for {wait}"),
        };
        let summary = alert
            .summary
            .replace("{{ $labels.site }}{{ $labels.file }}", "the site");
        let summary = ["site", "source", "rule", "flag"]
            .iter()
            .fold(summary, |text, label| {
                text.replace(&format!("{{{{ $labels.{label} }}}}"), &format!("*{label}*"))
            });
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "### {}\n\n{summary} ({}{wait}).\n\n```promql\n{}\n```\n\n{}\n\n",
            alert.name, alert.severity, alert.expr, alert.to_do
        );
    }
    text.trim_end().to_owned()
}

/// All expressions, for tests.
#[cfg(test)]
pub(super) fn expressions() -> Vec<String> {
    alerts().into_iter().map(|alert| alert.expr).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() {
        let alerts = alerts();
        assert_eq!(alerts.len(), 10);
        for alert in alerts {
            let (firing, quiet): (Vec<_>, Vec<_>) =
                alert.cases.iter().partition(|case| case.is_firing());
            assert!(!firing.is_empty() && !quiet.is_empty(), "{}", alert.name);
        }
    }
}
