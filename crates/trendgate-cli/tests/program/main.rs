//! The program as a stranger runs it: what is said, the exit code, and what is left on disk.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REPORT: &str = "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"A.B\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"A.ST\",\"\",\"COV\"\r\n\"Time Interval:\",\"15 Minutes\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n\"2016/10/10\",\"00:00:00\",\"51.4\",\"ON\"\r\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"OFF\"\r\n\" **** End of Report ****\"\r\n";

const SITE: [&str; 6] = [
    "--site",
    "S",
    "--timezone",
    "Asia/Taipei",
    "--resample",
    "15m",
];

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(desk.path("in")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    /// Exit code, standard output and standard error, with what differs from run to run taken out.
    fn run(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_trendgate"))
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("TRENDGATE_LOG")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "exit {}\n{}---\n{}",
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr)
        )
    }

    /// `trendgate run in` with a site, into `data`.
    fn run_in(&self, more: &[&str]) -> String {
        let args: Vec<&str> = ["run", "in", "--data-dir", "data"]
            .iter()
            .chain(&SITE)
            .chain(more)
            .copied()
            .collect();
        self.run(&args)
    }

    fn left(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, files)
                } else {
                    files.push(path)
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path("data"), &mut files);
        // What was rejected is remembered, so that it is not tried again.
        files.retain(|file| !file.ends_with("rejects-S.jsonl"));
        files
    }
}

/// A refusal: its text, after making sure that nothing was left.
fn refused(desk: &Desk, args: &[&str]) -> String {
    let text = desk.run(args);
    assert_eq!(desk.left(), Vec::<PathBuf>::new(), "{text}");
    assert!(
        !desk.path("data").exists(),
        "no folder is left either: {text}"
    );
    text
}

/// A run that fails: its text, after making sure that only the error log was left.
fn failed(desk: &Desk, args: &[&str]) -> String {
    let text = desk.run(args);
    let log = desk.path("data/manifests/errors-S.jsonl");
    assert_eq!(desk.left(), [log], "{text}");
    let folders = fs::read_dir(desk.path("data")).unwrap().count();
    assert_eq!(folders, 1, "and its folder: {text}");
    text
}

fn failed_in(desk: &Desk) -> String {
    let args: Vec<&str> = ["run", "in", "--data-dir", "data"]
        .iter()
        .chain(&SITE)
        .copied()
        .collect();
    failed(desk, &args)
}

#[test]
fn a_path_that_does_not_exist_is_a_usage_error() {
    let args = [
        "run",
        "nowhere",
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
    ];
    insta::assert_snapshot!(refused(&Desk::new(), &args), @"
    exit 2
    ---
    error: nowhere: no such file or folder
      help: check the spelling; relative paths start at the working directory
    ");
}

#[test]
fn an_error_is_a_json_object_where_one_is_asked_for() {
    let text = Desk::new().run_in(&["--json"]);
    let json = text
        .strip_prefix("exit 1\n")
        .unwrap()
        .split("---\n")
        .next()
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(
        (&json["status"], &json["kind"]),
        (&"failed".into(), &"Input".into())
    );
    assert!(
        json["error"]
            .as_str()
            .unwrap()
            .starts_with("no reports found")
    );
}

#[test]
fn a_folder_without_reports_fails() {
    let desk = Desk::new();
    insta::assert_snapshot!(failed_in(desk.file("in/readme.txt", "hello")), @r#"
    exit 1
    ---
    error: no reports found: no file in in matches "*.csv"
      help: check the path, or set batch.input_pattern
    "#);
}

#[test]
fn an_empty_file_fails() {
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", "")), @"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: the file is empty
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    ");
}

#[test]
fn noise_fails() {
    let noise: Vec<u8> = (0..4000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80)
        .collect();
    let text = failed_in(Desk::new().file("in/a.csv", noise));
    // What is shown of the noise is noise.
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("  |"))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…, and found neither
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    "#);
}

#[test]
fn a_picture_fails() {
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01")), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…, and found neither
      | ����··JFIF···
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    "#);
}

#[test]
fn a_header_without_rows_fails() {
    let text: Vec<&str> = REPORT
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("\"2016"))
        .collect();
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", text.concat())), @"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv:6: the report has a header and no rows
      help: the logger gave nothing for this time, or the export was cut short; remove the file
    ");
}

#[test]
fn all_files_rejected_are_counted_and_shown() {
    let desk = Desk::new();
    desk.file("in/a.csv", "").file("in/b.csv", "x,y\n1,2\n");
    insta::assert_snapshot!(failed_in(&desk), @r#"
    exit 1
    ---
    looking at 2 files
    error: none of the 2 files can be used
      | in/a.csv: the file is empty
      | in/b.csv: not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…, and found neither
      help: run `trendgate inspect FILE` on one of them
    "#);
}

#[test]
fn a_report_cut_in_mid_row_is_taken_with_its_whole_rows() {
    let cut = REPORT.find("\"OFF\"").unwrap() - 3;
    let text = Desk::new().file("in/a.csv", &REPORT[..cut]).run_in(&[]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    assert!(text.contains("1 in rejected rows"), "{text}");
    assert!(
        text.contains("in/a.csv: the report has no trailer; it was cut short"),
        "{text}"
    );
}

#[test]
fn a_good_report_among_bad_ones_is_committed_with_exit_3() {
    let desk = Desk::new();
    let text = desk
        .file("in/a.csv", REPORT)
        .file("in/b.csv", "")
        .run_in(&[]);
    assert!(text.starts_with("exit 3\n"), "{text}");
    assert!(
        text.contains("rejected: in/b.csv: the file is empty"),
        "{text}"
    );
    let stop = Desk::new();
    stop.file("in/a.csv", REPORT)
        .file("in/b.csv", "")
        .file("c.yaml", "batch:\n  stop_on_error: true\n");
    insta::assert_snapshot!(stop.run_in(&["--config", "c.yaml"]), @"
    exit 1
    ---
    looking at 2 files
    error: in/b.csv: the file is empty
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    ");
    assert_eq!(stop.left(), [stop.path("data/manifests/errors-S.jsonl")]);
}

#[test]
fn wrong_settings_are_usage_errors_with_what_to_do() {
    let desk = Desk::new();
    desk.file("in/a.csv", REPORT)
        .file("typo.yaml", "cleaner:\n  site_id: S\n  timezon: UTC\n");
    let run = |more: &[&str]| {
        let args: Vec<&str> = ["run", "in", "--data-dir", "data"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        refused(&desk, &args)
    };
    insta::assert_snapshot!(run(&["--timezone", "UTC"]), @"
    exit 2
    ---
    error: the site is not given
      help: add --site ID, or cleaner.site_id to the configuration
    ");
    insta::assert_snapshot!(run(&["--site", "S"]), @"
    exit 2
    ---
    error: the time zone of the reports is not given
      help: add --timezone Asia/Taipei (or another IANA zone), or cleaner.timezone to the configuration
    ");
    insta::assert_snapshot!(run(&["--site", "S", "--timezone", "Asia/Taipeh"]), @r#"
    exit 2
    ---
    error: "Asia/Taipeh" is not an IANA time zone
      help: did you mean "Asia/Taipei"?
    "#);
    for name in ["Etc/Unknown", "etc/unknown"] {
        let text = run(&["--site", "S", "--timezone", name]);
        assert!(text.starts_with("exit 2\n"), "{text}");
    }
    insta::assert_snapshot!(run(&["--config", "typo.yaml"]), @r#"
    exit 2
    ---
    error: typo.yaml:3: unknown field "timezon"
      |   timezon: UTC
      help: did you mean "timezone"?
    "#);
    insta::assert_snapshot!(run(&["--config", "none.yaml"]), @"
    exit 2
    ---
    error: none.yaml: no such configuration file
    ");
    insta::assert_snapshot!(run(&["--config", "in"]), @"
    exit 2
    ---
    error: in: expected a configuration file, found a folder
    ");
    // What does not fit the reports is found out by the run itself, and is in the error log.
    let finer = ["--site", "S", "--timezone", "UTC", "--resample", "5m"];
    insta::assert_snapshot!(failed(&desk, &[&["run", "in", "--data-dir", "data"], &finer[..]].concat()), @"
    exit 2
    ---
    looking at 1 file
    error: cleaner.resample_interval is 5m, but the finest report has a row every 15m
      help: use --resample 15m (or set cleaner.resample_interval: 15m); cleaner.allow_upsample: true accepts bins without a row of their own
    ");
}

#[test]
fn a_report_with_exchanged_dates_is_rejected_and_the_others_are_committed() {
    let desk = Desk::new();
    let range = "\"Date Range:\",\"2025/10/2 00:00:00 - 2025/10/2 23:59:59\"\r\n\"\"\r\n\"<>Date\"";
    let exchanged = REPORT
        .replace("\"\"\r\n\"<>Date\"", range)
        .replace("2016/10/10", "2025/2/10");
    let text = desk
        .file("in/a.csv", REPORT)
        .file("in/b.csv", exchanged)
        .run_in(&[]);
    assert!(text.starts_with("exit 3\n"), "{text}");
    let refusal = "in/b.csv:8: day and month have changed places: 2025-02-10 is outside of the Date Range that the report states, \
                   2025-10-02 to 2025-10-02";
    assert!(text.contains(refusal), "{text}");
}

#[test]
fn rows_outside_of_the_stated_range_and_ambiguous_numbers_are_warned_of() {
    let desk = Desk::new();
    let range =
        "\"Date Range:\",\"2016/12/1 00:00:00 - 2016/12/31 23:59:59\"\r\n\"\"\r\n\"<>Date\"";
    let text = REPORT
        .replace("\"\"\r\n\"<>Date\"", range)
        .replace("No Data", "7,625");
    let text = desk.file("in/a.csv", text).run_in(&[]);
    for warning in [
        "in/a.csv states 2016-12-01 to 2016-12-31 and has rows of 2016-10-10 to 2016-10-10",
        // Half of the point's cells: more than may be lost.
        "point \"A.B\": of 2 cells in in/a.csv, 1 lost: 1 are numbers whose comma may be the decimal sign or set thousands apart (\"7,625\")",
    ] {
        assert!(text.contains(warning), "{text}");
    }
}

#[test]
fn words_of_a_points_own_go_before_numbers() {
    let desk = Desk::new();
    let text = REPORT
        .replace("\"ON\"", "\"0\"")
        .replace("\"OFF\"", "\"0\"");
    let config = "cleaner:\n  points:\n    A.ST: {physical_type: status, states: {on: [\"0\"], off: [\"1\"]}}\n";
    desk.file("in/a.csv", text).file("site.yaml", config);
    let text = desk.run_in(&["--config", "site.yaml"]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    let shown = desk.run(&["show", "1", "--data-dir", "data", "--json"]);
    let (json, _) = shown
        .trim_start_matches("exit 0\n")
        .split_once("---")
        .unwrap();
    let shown: serde_json::Value = serde_json::from_str(json).unwrap();
    let state = &shown["statistics"]["points"]["a_st"];
    assert_eq!(state["min"], 1.0, "0 is on: {state}");
}

#[test]
fn a_run_tells_what_it_did_and_again_that_there_is_nothing_new() {
    let desk = Desk::new();
    let text = desk.file("in/a.csv", REPORT).run_in(&[]);
    let stable: Vec<&str> = text
        .lines()
        .filter(|line| {
            !["  time", "  manifest", "committed"]
                .iter()
                .any(|word| line.starts_with(word))
        })
        .collect();
    insta::assert_snapshot!(stable.join("\n"), @"
    exit 0
      files     1 read, 0 rejected, 0 known, 0 twice
      rows      2, 2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z, every 15m
      columns   2 (0 dead)
      cells     4 = 3 used + 1 missing + 0 equal + 0 lost in conflicts + 0 unrecognised + 0 unit mismatch + 0 not finite + 0 in rejected rows + 0 gave way to kept bins + 0 of moved rows
      flags     none
      parts     1 file, 2.0 kB
    ---
    looking at 1 file
    warning: 2 of 2 points are not described in the configuration: each is taken for a gauge (mean)
      help: describe them under cleaner.points; `trendgate init` proposes how
    warning: cleaner.equipment describes nothing to check: HEAT_IMBALANCE and AFFINITY_VIOLATION are off
    reading 1 report (259 B) in 1 task
    ");
    insta::assert_snapshot!(desk.run_in(&[]), @"
    exit 0
    nothing new since version 1: 1 file known, 0 known rejects, 0 rejected
    ---
    looking at 1 file
    ");
    let json = desk.run_in(&["--json"]);
    assert!(json.contains("\"status\": \"nothing_new\""), "{json}");
}

/// The report again, with one row more.
fn one_more_row() -> String {
    let row = "\"2016/10/10\",\"00:30:00\",\"52.0\",\"ON\"\r\n";
    REPORT.replace("\" **** End", &format!("{row}\" **** End"))
}

#[test]
fn a_dataset_grows_is_shown_as_it_was_and_lets_a_report_go() {
    let desk = Desk::new();
    desk.file("in/a.csv", REPORT).run_in(&[]);
    let args: Vec<&str> = ["plan", "in", "--data-dir", "data"]
        .iter()
        .chain(&SITE)
        .copied()
        .collect();
    desk.file("in/b.csv", one_more_row());
    let plan = desk.run(&args);
    assert!(plan.contains("2 reports to read, 1 known"), "{plan}");
    assert!(plan.contains("in/a.csv  kind 1  259 B  2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z  known, read again"), "{plan}");
    let grown = desk.run_in(&[]);
    assert!(grown.contains("committed S version 2"), "{grown}");
    assert!(
        grown.contains("  growth    1 known reports read again, 1 parts replaced"),
        "{grown}"
    );
    let show = |more: &[&str]| {
        let text = desk.run(&[&["show"], more].concat());
        text.lines().nth(1).unwrap().to_owned()
    };
    insta::assert_snapshot!(show(&[]), @"S version 2: 3 rows, 2016-10-09T16:00:00Z .. 2016-10-09T16:30:00Z, 4 columns, 1 part");
    insta::assert_snapshot!(show(&["--at-version", "1"]), @"S version 1: 2 rows, 2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z, 4 columns, 1 part");
    let early = desk.run(&["show", "--as-of", "2016-01-01T00:00"]);
    assert!(
        early.starts_with("exit 2")
            && early.contains("S had no version yet at 2016-01-01T00:00:00Z"),
        "{early}"
    );
    let args: Vec<&str> = ["retract", "in/b.csv", "--data-dir", "data"]
        .iter()
        .chain(&SITE)
        .copied()
        .collect();
    let retracted = desk.run(&args);
    assert!(
        retracted.contains("committed S version 3") && retracted.contains("1 reports retracted"),
        "{retracted}"
    );
    insta::assert_snapshot!(show(&[]), @"S version 3: 2 rows, 2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z, 4 columns, 1 part");
    let again = desk.run_in(&[]);
    assert!(again.contains("nothing new since version 3: 1 file known, 0 known rejects, 0 rejected, 1 superseded or retracted"), "{again}");
    let gc = desk.run(&["gc", "--retention", "0s"]);
    assert!(
        gc.contains("  version 1 expires\n  version 2 expires\n"),
        "{gc}"
    );
    is_said_to_have_expired(&desk);
    let refused = desk.run(&args);
    assert!(
        refused.starts_with("exit 2")
            && refused.contains("S has no report that was read from in/b.csv"),
        "{refused}"
    );
    let verified = desk.run(&["verify", "--data-dir", "data"]);
    assert!(verified.starts_with("exit 0"), "{verified}");
}

/// Versions 1 and 2 of three have expired: whoever asks for one is told so, since when, and what to read instead.
fn is_said_to_have_expired(desk: &Desk) {
    let says = |text: &str| {
        assert!(text.contains("version 1 of S has expired: parts that it refers to were replaced by later versions, and removed at 20"), "{text}");
        assert!(text.contains("help: read version 3, the first after it that is whole, or the dataset as it is; `trendgate gc --retention` says"), "{text}");
    };
    let log = desk.run(&["log"]);
    let expired: Vec<bool> = log
        .lines()
        .skip(1)
        .map(|line| line.contains("  EXPIRED 20"))
        .collect();
    assert_eq!(expired, [true, true, false, false], "{log}");
    let reading = desk.run(&["show", "--at-version", "1"]);
    assert!(reading.starts_with("exit 2\n---\nerror: "), "{reading}");
    says(&reading);
    let batch = desk.run(&["show", "1"]);
    assert!(
        batch.starts_with("exit 0\nS 1 ") && batch.contains("\nwarning: version 1"),
        "{batch}"
    );
    says(&batch);
    let json = desk.run(&["show", "1", "--json"]);
    assert!(json.contains("---\nwarning: version 1"), "{json}");
    let last = desk.run(&["show", "3"]);
    assert!(last.ends_with("---\n"), "{last}");
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let desk = Desk::new();
    desk.file("in/a.csv", REPORT);
    let args: Vec<&str> = ["run", "in", "--dry-run", "--data-dir", "data"]
        .iter()
        .chain(&SITE)
        .copied()
        .collect();
    insta::assert_snapshot!(refused(&desk, &args), @"
    exit 0
    1 report to read, 0 known, 0 known to be rejected, 0 twice, 0 rejected
      in/a.csv  kind 1  259 B  2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z

    1 kind
      kind 1  2 points  every 15m  1 report

    0 pairs that share points and time

    2 columns into 1 month, 1 task, 259 B to read
      task 1  2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z  1 report
    2 points not mapped in the configuration: taken as gauges (mean)
    ---
    looking at 1 file
    ");
    let args: Vec<&str> = ["plan", "in", "--data-dir", "data"]
        .iter()
        .chain(&SITE)
        .copied()
        .collect();
    assert!(refused(&desk, &args).starts_with("exit 0\n"));
}

#[test]
fn inspect_shows_what_is_in_a_report() {
    let desk = Desk::new();
    desk.file("in/a.csv", REPORT);
    insta::assert_snapshot!(desk.run(&["inspect", "in/a.csv", "--timezone", "Asia/Taipei"]), @"
    exit 0
    in/a.csv
      dialect    Siemens APOGEE/Insight scheduler report
      encoding   UTF-8, 259 B
      title      Key  Name:Suffix
      dates      year/month/day, stated range -
      interval   stated 15m, observed 15m
      rows       2, 2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z (UTC, read as Asia/Taipei)
      points     2 (0 dead), 4 cells

      point  column  definition  first values  missing
      A.B    a_b     5 minutes   51.4          No Data 50.0%
      A.ST   a_st    COV         1 0

    no problems
    ---
    ");
    assert!(
        desk.run(&["inspect", "in/a.csv", "--json"])
            .contains("\"observed_interval\": 900000000000")
    );
}

#[test]
fn check_and_verify_notice_damage() {
    let desk = Desk::new();
    desk.file("in/a.csv", REPORT).run_in(&[]);
    let part = desk
        .left()
        .into_iter()
        .find(|path| path.extension().is_some_and(|e| e == "parquet"))
        .unwrap();
    let part_name = part.to_str().unwrap();
    assert!(desk.run(&["check", part_name]).contains("conforms"));
    assert!(desk.run(&["verify"]).starts_with("exit 0\n"));
    assert!(desk.run(&["log"]).starts_with("exit 0\nS 1  "));
    assert!(desk.run(&["show", "1"]).contains("in/a.csv  2 rows"));
    assert!(desk.run(&["show", "9"]).starts_with("exit 2\n"));
    let mut bytes = fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, bytes).unwrap();
    let text = desk.run(&["verify"]);
    assert!(
        text.starts_with("exit 1\n") && text.contains("part-") && text.contains("sha256:"),
        "{text}"
    );
    insta::assert_snapshot!(desk.run(&["check", "in/a.csv"]), @"
    exit 1
    ---
    error: in/a.csv: expected a Parquet file, found something else: Invalid Parquet file. Corrupt footer
      help: a Parquet file begins and ends with PAR1; this one may be cut short, or be something else
    ");
}

/// The reports of the example plant, wherever the tests run.
fn plant() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plant").to_owned()
}

#[test]
fn init_proposes_a_configuration_for_the_example_plant_and_a_run_takes_it() {
    let desk = Desk::new();
    let text = desk.run(&["init", &plant()]);
    insta::assert_snapshot!(text, @r##"
    exit 0
    # A starter configuration, written by trendgate init from 6 reports with 7488 rows. A run takes it as it stands and guesses nothing.
    # Of 25 points 23 are proposed (2 of them marked CHECK), 0 are not, and 2 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 13 points: chillers_260209-260222.csv and 1 more
        # guess: name ends in CHWRT; 2418 values from 7.5 to 12.4 in steps of 0.1; usual in °C only
        "CH1.CHWRT": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in CHWST; 2418 values from 6.7 to 7.3 in steps of 0.1; usual in °C only
        "CH1.CHWST": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in CWRT; 2496 values from 20 to 31.8 in steps of 0.1; usual in °C only
        "CH1.CWRT": {physical_type: condenser_water_temperature, unit: °C}
        # guess: name ends in CWST; 2496 values from 19 to 25.7 in steps of 0.1; usual in °C only
        "CH1.CWST": {physical_type: condenser_water_temperature, unit: °C}
        # guess: CHECK the unit: neither name nor cells say it; usual in L/min, GPM; name ends in FLOW; 2496 values from 6160 to 6240 in steps of 0.1
        "CH1.FLOW": {physical_type: flow, unit: "L/min"}
        # guess: name ends in TON; 2496 values from 99.2 to 794.6 in steps of 0.1
        "CH1.TON": {physical_type: cooling_load, unit: RT}
        # guess: name ends in CHWRT; 2496 values from 9.7 to 16.9 in steps of 0.1; usual in °C only
        "CH2.CHWRT": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in CHWST; 2496 values from 6.9 to 16.5 in steps of 0.1; usual in °C only
        "CH2.CHWST": {physical_type: chilled_water_temperature, unit: °C}
        # guess: CHECK the unit: neither name nor cells say it; usual in L/min, GPM; name ends in FLOW; 2496 values from 0 to 5934.9 in steps of 0.1
        "CH2.FLOW": {physical_type: flow, unit: "L/min"}
        # guess: name ends in T, of OUTDOOR; 2496 values from 19.5 to 26.2 in steps of 0.1; usual in °C, °F; the site's other temperatures are in °C
        "OUTDOOR T": {physical_type: air_temperature, unit: °C}
        # guess: name ends in 溫度, of 冰水; 2496 values from 6.8 to 7.4 in steps of 0.01; usual in °C only; finer than the type's 0.1
        "冰水主管溫度": {physical_type: chilled_water_temperature, unit: °C, frozen: {tolerance: 0.01}}

        # Dead: no number in any report.
        # "CH3.CHWRT": {physical_type: chilled_water_temperature}   # No Data 2496; defined Error:  No trend definitions found.
        # "CH3.CHWST": {physical_type: chilled_water_temperature}   # No Data 2496; defined Error:  No trend definitions found.

        # --- Reports of every 15m with 3 points: meters_260209-260222.csv and 1 more
        # guess: name ends in A, beside KW; 2484 values from 655.87 to 1393.11 in steps of 0.01
        "PLANT.A": {physical_type: current, unit: A}
        # guess: name ends in KW; 2484 values from 382 to 809.6 in steps of 0.1
        "PLANT.KW": {physical_type: power, unit: kW}
        # guess: name ends in KWH; 2496 values from 4815327 to 5184692 in steps of 1
        "PLANT.KWH": {physical_type: energy_counter, unit: kWh}

        # --- Reports of every 15m with 9 points: pumps_260209-260222.csv and 1 more
        # guess: name ends in HZ; 2490 values from 36.9 to 55.3 in steps of 0.1
        "CHP-1.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 10.5 to 35.2 in steps of 0.1
        "CHP-1.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, always 1
        "CHP-1.ST": {physical_type: status}
        # guess: name ends in HZ; 2490 values from -0.2 to 55.3 in steps of 0.1
        "CHP-2.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 0 to 35.2 in steps of 0.1
        "CHP-2.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, only 0 and 1
        "CHP-2.ST": {physical_type: status}
        # guess: name ends in HZ; 2490 values from -0.2 to 55.3 in steps of 0.1
        "CHP-3.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 0 to 35.2 in steps of 0.1
        "CHP-3.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, only 0 and 1
        "CHP-3.ST": {physical_type: status}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    ---
    looking at 6 files
    6 reports: 23 points proposed (2 to check), 0 not mapped, 2 dead
    "##);
    let yaml = text.split_once("exit 0\n").unwrap().1;
    desk.file("plant.yaml", yaml.split_once("---\n").unwrap().0);
    let run = |more: &[&str]| {
        let plant = plant();
        let args = [
            "run",
            &plant,
            "--config",
            "plant.yaml",
            "--data-dir",
            "data",
        ];
        desk.run(&[&args, more].concat())
    };
    assert!(run(&[]).contains("the site is not given"));
    let ran = run(&["--site", "P", "--timezone", "Asia/Taipei"]);
    assert!(ran.starts_with("exit 0\ncommitted P version 1"), "{ran}");
    assert!(
        !ran.contains("no report has"),
        "every line is of a point: {ran}"
    );
}

#[test]
fn init_takes_points_with_chinese_names_and_punctuation_and_names_what_it_leaves_out() {
    let desk = Desk::new();
    let named = REPORT
        .replace("A.B", "冰水溫度 #1: \"\"A\"\"")
        .replace("A.ST", "it's {運轉}, [狀態]");
    desk.file("in/a.csv", named).file("in/b.csv", "hello");
    let text = desk.run(&["init", "in", "--site", "S", "--timezone", "Asia/Taipei"]);
    insta::assert_snapshot!(text, @r##"
    exit 3
    # A starter configuration, written by trendgate init from 1 report with 2 rows. A run takes it as it stands and guesses nothing.
    # Of 2 points 2 are proposed (1 of them marked CHECK), 0 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    # Left out: in/b.csv (not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…, and found neither)
    cleaner:
      site_id: "S"
      timezone: "Asia/Taipei"
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 2 points: a.csv
        # guess: name ends in 狀態; two-state words only; 2 values, only 0 and 1
        "it's {運轉}, [狀態]": {physical_type: status}
        # guess: CHECK the unit: few values, though usual in °F only; name ends in 溫度, of 冰水; 1 value, always 51.4
        "冰水溫度 #1:\"A\"": {physical_type: chilled_water_temperature, unit: °F}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    ---
    looking at 2 files
    left out: in/b.csv: not a trend report: looked for lines such as "Point_1:","NAME","","5 minutes" and a header "<>Date","Time","Point_1",…, and found neither
      | hello
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    1 report: 2 points proposed (1 to check), 0 not mapped, 0 dead
    "##);
    let yaml = text.split_once("exit 3\n").unwrap().1;
    desk.file("site.yaml", yaml.split_once("---\n").unwrap().0);
    fs::remove_file(desk.path("in/b.csv")).unwrap();
    let ran = desk.run(&["run", "in", "--config", "site.yaml", "--data-dir", "data"]);
    assert!(ran.starts_with("exit 0\ncommitted S version 1"), "{ran}");
    assert!(
        !ran.contains("no report has"),
        "every line is of a point: {ran}"
    );
}
