//! What an alarm reads: the metrics of sites and of runs, by how they ended.

use super::*;
use std::collections::BTreeMap;

/// A report of these points (name and value) at the beginning of these days of October 2016.
fn report(points: [(&str, &str); 2], days: &[u8]) -> String {
    let cells = [points.map(|(_, value)| value); 2];
    let mut report = Report::new(points.map(|(name, _)| name));
    for day in days {
        report = report.every(15, format!("2016-10-{day:02}"), cells);
    }
    report.text()
}

const CONFIG: &str = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points:\n    A.B: {physical_type: water_temperature, unit: °C}\n";

const FILE: &str = "site.prom";

/// The series of an exposition, without the site where that is `S`.
fn series(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| line.starts_with("trendgate_"));
    let series = lines.map(|line| {
        let (id, value) = line.rsplit_once(' ').unwrap();
        let id = id.strip_prefix("trendgate_").unwrap();
        let id = id.replace("{site=\"S\"}", "").replace("site=\"S\",", "");
        (id, value.parse().unwrap())
    });
    series.collect()
}

/// A run with a file of metrics: its exit code, and what the file has.
fn run(desk: &Desk, more: &[&str]) -> (String, BTreeMap<String, f64>) {
    let args = ["run", "in", "--config", "site.yaml", "--metrics-file", FILE];
    let text = desk.run(&[&args, more].concat());
    let file = fs::read_to_string(desk.path(FILE)).unwrap_or_default();
    (text, series(&file))
}

fn printed(desk: &Desk) -> BTreeMap<String, f64> {
    let text = desk.run(&["metrics"]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    series(&text)
}

#[test]
fn a_run_leaves_its_metrics_and_the_dataset_prints_the_same() {
    let desk = Desk::new();
    desk.file("site.yaml", CONFIG).file(
        "in/a.csv",
        report([("A.B", "21"), ("A.C", "No Data")], &[1, 2]),
    );
    let (text, left) = run(&desk, &[]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    let value = |id: &str| *left.get(id).unwrap_or_else(|| panic!("no {id}: {left:#?}"));
    assert_eq!(value("run_exit_code"), 0.0);
    assert_eq!(value("dataset_version"), 1.0);
    assert_eq!(value("dataset_rows"), 98.0);
    assert_eq!(value("batch_rows_processed"), 98.0);
    assert_eq!(value("batch_cells{fate=\"used\"}"), 4.0);
    assert_eq!(value("batch_cells{fate=\"missing\"}"), 4.0);
    assert_eq!(value("batch_input_files{outcome=\"accepted\"}"), 1.0);
    assert_eq!(value("batch_warnings{kind=\"nothing_to_check\"}"), 1.0);
    assert_eq!(value("dataset_last_row_timestamp_seconds"), 1_475_338_500.0);
    assert_eq!(
        value("dataset_last_sample_timestamp_seconds{source=\"siemens-scheduler\"}"),
        1_475_338_500.0
    );
    let share = value("dataset_flagged_rows_ratio{flag=\"INSUFFICIENT_DATA\",window=\"7d\"}");
    assert_eq!((share * 98.0).round(), 94.0);
    let mut now = printed(&desk);
    // What the run measured of itself, and the disk since.
    for id in [
        "run_duration_seconds",
        "dataset_available_bytes",
        "run_peak_resident_bytes",
    ] {
        assert!(now.remove(id).is_some() && left.contains_key(id), "{id}");
    }
    for (id, value) in now {
        assert!((value - left[&id]).abs() < 1.0, "{id}");
    }
}

#[test]
fn points_are_alive_silent_or_dead_by_the_last_day_of_the_dataset() {
    let states = |desk: &Desk| {
        let metrics = printed(desk);
        ["alive", "silent", "dead", "unmapped"]
            .map(|state| metrics[&format!("dataset_points{{state=\"{state}\"}}")])
    };
    let desk = Desk::new();
    desk.file("site.yaml", CONFIG)
        .file("in/a.csv", report([("A.B", "21"), ("A.C", "5")], &[1, 2]));
    run(&desk, &[]);
    assert_eq!(states(&desk), [2.0, 0.0, 0.0, 1.0]);
    desk.file(
        "in/b.csv",
        report([("A.B", "21"), ("A.D", "No Data")], &[3, 4]),
    );
    run(&desk, &[]);
    assert_eq!(states(&desk), [1.0, 1.0, 1.0, 2.0]);
    // In another month, and weeks later: what it was is only in an earlier part.
    let later = report([("A.B", "21"), ("A.D", "No Data")], &[20]).replace("2016/10", "2016/12");
    desk.file("in/c.csv", later);
    run(&desk, &[]);
    assert_eq!(states(&desk), [1.0, 1.0, 1.0, 2.0]);
}

#[test]
fn a_run_that_fails_leaves_its_exit_code_and_what_still_stands() {
    let desk = Desk::new();
    desk.file("site.yaml", CONFIG)
        .file("in/a.csv", report([("A.B", "21"), ("A.C", "5")], &[1, 2]));
    let (_, before) = run(&desk, &[]);
    // Nothing can be read under this configuration.
    desk.file("site.yaml", CONFIG.replace("15m", "5m"));
    let (text, left) = run(&desk, &[]);
    assert!(text.starts_with("exit 2\n"), "{text}");
    assert_eq!(left["run_exit_code"], 2.0);
    assert!(!left.contains_key("run_read_bytes"), "{left:#?}");
    for id in [
        "dataset_version",
        "dataset_rows",
        "batch_rows_processed",
        "dataset_points{state=\"alive\"}",
        "dataset_last_sample_timestamp_seconds{source=\"siemens-scheduler\"}",
        "run_last_success_timestamp_seconds",
    ] {
        assert!((left[id] - before[id]).abs() < 1.0, "{id}");
    }
    // Not even the settings are known, but the site.
    desk.file("site.yaml", CONFIG.replace("Asia/Taipei", "Asia/Nowhere"));
    let (text, left) = run(&desk, &[]);
    assert!(text.starts_with("exit 2\n"), "{text}");
    assert_eq!((left["run_exit_code"], left["dataset_version"]), (2.0, 1.0));
}

#[test]
fn a_run_that_knows_no_site_leaves_the_name_of_the_file_instead() {
    let desk = Desk::new();
    desk.file("site.yaml", "cleaner: [\n")
        .file("in/a.csv", &*REPORT);
    let (text, left) = run(&desk, &[]);
    assert!(text.starts_with("exit 2\n"), "{text}");
    assert_eq!(left["run_exit_code{file=\"site\"}"], 2.0);
    assert!(
        left.keys().all(|id| id.contains("file=\"site\"")),
        "{left:#?}"
    );
    // Where the site is named, its alert has its name; which dataset it is, only the configuration says.
    let (text, left) = run(&desk, &["--site", "S"]);
    assert!(text.starts_with("exit 2\n"), "{text}");
    assert_eq!(left["run_exit_code"], 2.0);
    assert!(!left.contains_key("dataset_version"), "{left:#?}");
    // What is no site's id is none.
    let (_, left) = run(&desk, &["--site", "../S"]);
    assert_eq!(left["run_exit_code{file=\"site\"}"], 2.0);
}

#[test]
fn a_file_that_no_collector_reads_is_refused_before_anything_is_done() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*REPORT);
    let args = [
        "run",
        "in",
        "--data-dir",
        "data",
        "--metrics-file",
        "site.txt",
    ];
    insta::assert_snapshot!(refused(&desk, &[&args, &SITE[..]].concat()), @"
    exit 2
    ---
    error: site.txt: --metrics-file: expected a name that ends in .prom
      help: the node exporter's textfile collector reads no other files
    ");
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_changes_no_exit_code() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*REPORT);
    let text = desk.run_in(&["--metrics-file", "no/site.prom"]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    assert!(
        text.contains("warning: no/site.prom: cannot create"),
        "{text}"
    );
    let text = desk.run(&["metrics", "--metrics-file", "no/site.prom"]);
    assert!(text.starts_with("exit 1\n"), "{text}");
}

#[test]
fn a_source_is_known_by_the_name_of_its_entry_and_takes_over_what_came_without_one() {
    let desk = Desk::new();
    let freshness = |desk: &Desk| {
        let metrics = printed(desk);
        let sources = metrics.into_iter().filter_map(|(id, last)| {
            let source = id.strip_prefix("dataset_last_sample_timestamp_seconds{source=\"")?;
            Some((source.strip_suffix("\"}")?.to_owned(), last))
        });
        sources.collect::<Vec<_>>()
    };
    for folder in ["in/chillers", "in/pumps"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.file("site.yaml", CONFIG)
        .file(
            "in/chillers/a.csv",
            report([("A.B", "21"), ("A.C", "5")], &[1]),
        )
        .file("in/pumps/a.csv", report([("P.1", "1"), ("P.2", "2")], &[2]));
    run(&desk, &[]);
    let of = |source: &str, day: f64| (source.to_owned(), 1_475_252_100.0 + (day - 1.0) * 86_400.0);
    assert_eq!(
        freshness(&desk),
        [
            of("siemens-scheduler/chillers", 1.0),
            of("siemens-scheduler/pumps", 2.0)
        ]
    );
    // A name is no other way to read: what is known stays as it is.
    let named = CONFIG.to_owned() + "  sources:\n    - {match: 'chillers/**', name: Chillers}\n";
    desk.file("site.yaml", &named);
    let (text, _) = run(&desk, &[]);
    assert!(text.contains("nothing new since version 1"), "{text}");
    desk.file(
        "in/chillers/b.csv",
        report([("A.B", "21"), ("A.C", "5")], &[3]),
    );
    run(&desk, &[]);
    assert_eq!(
        freshness(&desk),
        [of("Chillers", 3.0), of("siemens-scheduler", 2.0)]
    );
    let status = desk.run(&["status"]);
    assert!(
        status.contains("Chillers: siemens-scheduler in "),
        "{status}"
    );
    let twice = named + "    - {match: 'pumps/**', name: Chillers}\n";
    desk.file("site.yaml", twice);
    insta::assert_snapshot!(run(&desk, &[]).0, @r#"
    exit 2
    ---
    error: site.yaml:9: cleaner.sources[1].name: "Chillers" is the name of cleaner.sources[0], too
      help: give each source a name of its own, such as chillers-2
    "#);
}

#[test]
fn a_verification_leaves_its_word_for_the_metrics() {
    let desk = Desk::new();
    desk.file("site.yaml", CONFIG)
        .file("in/a.csv", report([("A.B", "21"), ("A.C", "5")], &[1]));
    run(&desk, &[]);
    assert!(!printed(&desk).contains_key("verify_findings"));
    assert!(desk.run(&["verify"]).starts_with("exit 0\n"));
    let clean = printed(&desk);
    assert_eq!(clean["verify_findings"], 0.0);
    let is_part = |file: &PathBuf| file.extension().is_some_and(|end| end == "parquet");
    let part = desk.left().into_iter().find(is_part).unwrap();
    fs::write(part, b"PAR1").unwrap();
    assert!(desk.run(&["verify"]).starts_with("exit 1\n"));
    let text = desk.run(&["metrics"]);
    let damaged = series(&text);
    assert!(damaged["verify_findings"] >= 1.0);
    let success = "verify_last_success_timestamp_seconds";
    assert_eq!(damaged[success], clean[success]);
}
