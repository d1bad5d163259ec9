//! Samples are as their definition says, and their text is as the format wants it: held against its grammar.

use super::definition::MetricLabel;
use super::site::BatchState;
use super::*;
use crate::model::{Flag, Rule};
use crate::pipeline::{LastRun, LastVerify, RunCounts, RunOutcome};
use crate::publish::Cells;
use crate::time::{Extent, Instant, Span, Stopwatch};
use crate::verify::SourceFreshness;
use crate::{Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet};

fn at(seconds: i64) -> Instant {
    Instant::EPOCH + Span::from_nanos(seconds * 1_000_000_000)
}

/// A site of which everything is known.
fn full() -> SiteState {
    let source = |name: &str| SourceFreshness {
        source: name.to_owned(),
        name: Some(name.to_owned()),
        form: "zinc".to_owned(),
        folder: "/in".into(),
        points: 2,
        last: at(1_700_000_000),
    };
    SiteState {
        site: "S".to_owned(),
        last_run: Some(LastRun {
            ended: Instant::from_nanos(1_795_989_843_338_000_000),
            seconds: 1.5,
            program: "0.1.0".to_owned(),
            last_success: None,
            peak_resident_bytes: Some(1 << 20),
            read_bytes: Some(7),
            outcome: RunOutcome::NothingNew(RunCounts {
                version: 3,
                rejected: 0,
                partly: false,
                warnings: 0,
            }),
        }),
        last_verify: Some(LastVerify {
            ended: at(9),
            findings: 2,
            last_success: Some(at(8)),
        }),
        dataset: Some(DatasetState {
            version: 3,
            created_at: at(5),
            rows: 40,
            time_range: Some(Extent::new(at(0), at(90))),
            parts_bytes: 10,
            evidence_bytes: 20,
            sources_bytes: 30,
            available_bytes: Some(50),
            sources: vec![source("chillers"), source("a \"b\\\nc 冰")],
            recent: Some(RecentRows {
                rows: 4,
                flagged: Flag::ALL.iter().map(|flag| (*flag, 1)).collect(),
                points: PointStates {
                    alive: 3,
                    silent: 2,
                    dead: 1,
                    unmapped: 4,
                },
            }),
            batch: BatchState {
                rows: 12,
                bytes: 40,
                cells: Cells {
                    input: 9,
                    used: 9,
                    ..Cells::default()
                },
                accepted: 2,
                duplicates: 1,
                rejected: 3,
                warnings: BTreeMap::from([("unmapped_points".to_owned(), 1)]),
                trips: BTreeMap::from([(Rule::Plausible, 2)]),
                approximate_bins: 0,
            },
        }),
    }
}

/// The series of a text, by name and labels as they are written; panics where the text is not of the grammar.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let (mut series, mut done) = (BTreeMap::new(), BTreeSet::new());
    let mut lines = text.lines().peekable();
    assert!(text.is_empty() || text.ends_with('\n'));
    while let Some(help) = lines.next() {
        let help = help.strip_prefix("# HELP ").unwrap();
        let (name, help) = help.split_once(' ').unwrap();
        assert!(!help.is_empty() && is_name(name), "{name}");
        assert!(done.insert(name.to_owned()), "{name} stands twice");
        assert_eq!(lines.next().unwrap(), format!("# TYPE {name} gauge"));
        let of_name = |line: &&str| !line.starts_with('#');
        let samples = std::iter::from_fn(|| lines.next_if(of_name));
        let samples: Vec<&str> = samples.collect();
        assert!(!samples.is_empty(), "{name} has no sample");
        for sample in samples {
            let (id, value) = sample.rsplit_once(' ').unwrap();
            let labels = id.strip_prefix(name).unwrap();
            let labels = labels.strip_prefix('{').unwrap();
            in_order(labels.strip_suffix('}').unwrap());
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite());
            assert_eq!(series.insert(id.to_owned(), value), None, "{id}");
        }
    }
    series
}

fn is_name(name: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(of_name)
}

/// Labels: `name="value"`, commas between them, and in a value nothing but `\\`, `\"` and `\n` behind a backslash.
fn in_order(mut labels: &str) {
    loop {
        let (name, rest) = labels.split_once("=\"").unwrap();
        assert!(is_name(name), "{name}");
        let mut chars = rest.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (end, '"') => break end,
                (_, '\\') => assert!(matches!(chars.next().unwrap().1, '\\' | '"' | 'n')),
                (_, c) => assert_ne!(c, '\n'),
            }
        };
        labels = &rest[end + 1..];
        match labels.strip_prefix(',') {
            Some(next) => labels = next,
            None => break assert_eq!(labels, ""),
        }
    }
}

#[test]
fn every_metric_is_written_with_the_labels_of_its_definition_and_none_else_is() {
    let samples = samples(&full(), Some(0));
    let mut written = BTreeSet::new();
    for sample in &samples {
        let labels: Vec<&str> = sample.labels.iter().map(|(name, _)| *name).collect();
        let defined = sample
            .metric
            .labels
            .iter()
            .map(|label: &MetricLabel| label.name);
        let defined: Vec<&str> = std::iter::once("site").chain(defined).collect();
        assert_eq!(labels, defined, "{}", sample.metric.name);
        written.insert(sample.metric.name);
    }
    let all: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(written, all);
    assert_eq!(all.len(), Metric::ALL.len(), "a name is there twice");
}

#[test]
fn the_text_is_of_the_grammar_and_has_every_sample_once_whatever_stands_in_labels() {
    let mut two = samples(&full(), Some(3));
    let other = SiteState {
        site: "T".to_owned(),
        ..full()
    };
    two.extend(samples(&other, None));
    let series = parsed(&exposition(&two));
    assert_eq!(series.len(), two.len());
    let value = |id: &str| series.get(id).copied();
    assert_eq!(value("trendgate_run_exit_code{site=\"S\"}"), Some(3.0));
    assert_eq!(value("trendgate_run_exit_code{site=\"T\"}"), None);
    assert_eq!(
        value("trendgate_run_last_timestamp_seconds{site=\"S\"}"),
        Some(1_795_989_843.338)
    );
    assert_eq!(
        value(
            "trendgate_dataset_last_sample_timestamp_seconds{site=\"T\",source=\"a \\\"b\\\\\\nc 冰\"}"
        ),
        Some(1_700_000_000.0)
    );
    assert_eq!(
        value("trendgate_dataset_flagged_rows_ratio{site=\"S\",flag=\"FROZEN\",window=\"7d\"}"),
        Some(0.25)
    );
    assert_eq!(exposition(&[]), "");
}

#[test]
fn what_is_not_known_of_a_site_has_no_sample() {
    let nothing = SiteState {
        site: "S".to_owned(),
        last_run: None,
        last_verify: None,
        dataset: None,
    };
    let series = parsed(&exposition(&samples(&nothing, None)));
    let names: Vec<&str> = series
        .keys()
        .map(|id| id.split('{').next().unwrap())
        .collect();
    assert_eq!(names, ["trendgate_build_info"]);
}

#[test]
fn after_a_failed_run_the_last_success_is_that_of_the_word_before_or_else_the_commit() {
    let success = |state: &SiteState| {
        let series = parsed(&exposition(&samples(state, Some(1))));
        series["trendgate_run_last_success_timestamp_seconds{site=\"S\"}"]
    };
    let mut state = full();
    let error = Error::new(ErrorKind::Input, "no report");
    let before = state.last_run.take();
    let failed = LastRun::failed(&error, Stopwatch::start(), before.as_ref());
    assert_eq!(failed.read_bytes, None);
    state.last_run = Some(failed);
    assert!((success(&state) - 1_795_989_843.338).abs() < 1e-6);
    state.last_run = Some(LastRun::failed(&error, Stopwatch::start(), None));
    assert!((success(&state) - 5.0).abs() < 1e-9);
}

#[test]
fn a_run_that_knows_no_site_is_told_by_the_name_of_its_file() {
    let run = LastRun::failed(&Error::config("no zone"), Stopwatch::start(), None);
    let series = parsed(&exposition(&samples_of_failure("plant-1", 2, &run)));
    assert_eq!(
        series.get("trendgate_run_exit_code{file=\"plant-1\"}"),
        Some(&2.0)
    );
    let names: Vec<&str> = series
        .keys()
        .map(|id| id.split('{').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "trendgate_build_info",
            "trendgate_run_duration_seconds",
            "trendgate_run_exit_code",
            "trendgate_run_last_timestamp_seconds"
        ]
    );
}
