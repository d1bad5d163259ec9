//! Where a dataset is and how its folders are called, as a stranger finds it; and what is said where output has no place to go.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use testkit::Report;

struct Desk(tempfile::TempDir);

const OTHERS: &str =
    "batch: {output_base_dir: plant/parts, manifest_dir: plant/m, staging_dir: plant/work}\n";

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path("in")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    /// A configuration of the site S, with what else it says.
    fn config(&self, name: &str, more: &str) -> &Self {
        let cleaner = "cleaner: {site_id: S, timezone: Asia/Taipei, resample_interval: 15m}\n";
        self.file(name, &format!("{cleaner}{more}"))
    }

    /// A report of `points`, of two rows on this day of October.
    fn report(&self, name: &str, day: u32, points: &[&str]) -> &Self {
        let midnight = format!("2016-10-{day:02}");
        let rows = [vec!["51.4"; points.len()], vec!["51.4"; points.len()]];
        let report = Report::new(points.iter().copied()).every(15, midnight, rows);
        self.file(&format!("in/{name}"), &report.text())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trendgate"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_remove("TRENDGATE_LOG");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Standard output of a command that ends well.
    fn well(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that ends with 2.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        String::from_utf8(output.stderr).unwrap()
    }

    fn entries(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "exit {:?}\n{}---\n{}",
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

#[test]
fn a_dataset_of_other_names_is_found_by_its_folder_or_by_the_configuration_alone() {
    let desk = Desk::new();
    desk.config("site.yaml", OTHERS)
        .report("a.csv", 10, &["A.B"]);
    desk.well(&["run", "in", "--config", "site.yaml"]);
    assert_eq!(
        desk.entries("plant"),
        [
            "evidence",
            "m",
            "parts",
            "sources",
            "trendgate.json",
            "work"
        ]
    );
    let at = "2016-10-09T16:00";
    for place in [["--data-dir", "plant"], ["--config", "site.yaml"]] {
        let found = |command: &[&str]| desk.well(&[command, &place].concat());
        assert!(found(&["verify"]).contains("S: 2 manifests, 1 part, 2 rows"));
        assert!(found(&["log"]).starts_with("S 1  "));
        assert!(found(&["show"]).contains("plant/parts/S/year=2016/month=10/part-"));
        assert!(found(&["show", "1"]).contains("a.csv  2 rows"));
        assert!(found(&["recover"]).contains("nothing to recover"));
        assert!(found(&["gc"]).contains("removed 0 files"));
        assert!(found(&["explain", "--at", at]).starts_with("S, 2016-10-09T16:00:00Z"));
        let site = [
            "--site",
            "S",
            "--timezone",
            "Asia/Taipei",
            "--resample",
            "15m",
        ];
        let known = found(&[&["plan", "in"], &site[..]].concat());
        assert!(known.starts_with("0 reports to read, 1 known"), "{known}");
        let known = found(&[&["run", "in"], &site[..]].concat());
        assert!(known.starts_with("nothing new since version 1"), "{known}");
    }
    let manifest = desk.entries("plant/m").pop().unwrap();
    let manifest = format!("plant/m/{manifest}");
    assert!(desk.well(&["verify", &manifest]).contains("1 part, 2 rows"));
    assert!(desk.well(&["check", &manifest]).contains("conforms"));
    let retract = [
        "retract",
        "1",
        "--site",
        "S",
        "--timezone",
        "Asia/Taipei",
        "--resample",
        "15m",
    ];
    desk.well(&[&retract[..], &["--data-dir", "plant"]].concat());
    assert!(desk.well(&["verify", "plant"]).contains("4 manifests"));
}

#[test]
fn other_names_than_those_of_the_dataset_are_refused_with_both() {
    let desk = Desk::new();
    let usual = "batch: {output_base_dir: plant/processed, manifest_dir: plant/manifests, staging_dir: plant/.staging}\n";
    desk.config("others.yaml", OTHERS)
        .config("usual.yaml", usual);
    desk.report("a.csv", 10, &["A.B"]);
    desk.well(&["run", "in", "--config", "usual.yaml"]);
    let before = desk.entries("plant");
    for args in [
        &["run", "in"][..],
        &["plan", "in"],
        &["verify"],
        &["recover"],
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(desk.refused(&[args, &["--config", "others.yaml"]].concat()), @r#"
            error: plant/trendgate.json: the dataset has the folders processed "processed", manifests "manifests", staging ".staging", and the configuration states processed "parts", manifests "m", staging "work"
              help: state those of the dataset in batch.output_base_dir, manifest_dir and staging_dir, or none of them; a dataset of other names needs a folder of its own
            "#);
        }
    }
    // So it is where the dataset is of a time before there was such a file.
    fs::remove_file(desk.path("plant/trendgate.json")).unwrap();
    desk.refused(&["run", "in", "--config", "others.yaml"]);
    desk.well(&["verify", "--config", "usual.yaml"]);
    assert_eq!(desk.entries("plant"), &before[..before.len() - 1]);
}

#[test]
fn names_that_are_none_are_refused() {
    let desk = Desk::new();
    desk.report("a.csv", 10, &["A.B"]);
    for (name, said) in [
        ("plant/..", "expected the name of a folder, found \"\""),
        (
            "plant/evidence",
            "\"evidence\" is the name of something else in a dataset",
        ),
        (
            "plant/m",
            "expected three different folders, found processed \"m\", manifests \"m\", staging \"s\"",
        ),
    ] {
        desk.config(
            "site.yaml",
            &format!(
                "batch: {{output_base_dir: {name}, manifest_dir: plant/m, staging_dir: plant/s}}\n"
            ),
        );
        let text = desk.refused(&["run", "in", "--config", "site.yaml"]);
        let fields = "error: batch.output_base_dir, manifest_dir and staging_dir: ";
        assert_eq!(text.lines().next(), Some(&*format!("{fields}{said}")));
    }
    assert!(!desk.path("plant").exists());
    fs::create_dir(desk.path("plant")).unwrap();
    desk.file(
        "plant/trendgate.json",
        r#"{"format":1,"processed":"../..","manifests":"m","staging":"s"}"#,
    );
    let output = desk.run(&["gc", "--data-dir", "plant"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("plant/trendgate.json: expected the name of a folder"));
}

#[test]
fn a_folder_that_is_no_dataset_is_said_by_every_command() {
    let desk = Desk::new();
    desk.file("file", "");
    for command in [
        &["recover"][..],
        &["gc"],
        &["verify"],
        &["log"],
        &["show"],
        &["show", "1"],
        &["explain", "--at", "2016-10-10T00:00"],
    ] {
        let place = |place| desk.refused(&[command, &["--data-dir", place]].concat());
        let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
        assert_eq!(
            first(place("in")),
            "error: in: there is no dataset in this folder"
        );
        assert_eq!(first(place("nowhere")), "error: nowhere: no such folder");
        assert_eq!(
            first(place("file")),
            "error: file: expected the folder of a dataset, found a file"
        );
        assert_eq!(first(desk.refused(command)), "error: data: no such folder");
    }
    assert_eq!(desk.entries("."), ["file", "in"], "and nothing is made");
    let folder = desk.refused(&["verify", "in"]);
    assert!(
        folder.starts_with("error: in: there is no dataset in this folder"),
        "{folder}"
    );
    let both = desk.refused(&["verify", "in", "--data-dir", "in"]);
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn a_first_night_that_fails_leaves_what_went_wrong_and_nothing_else() {
    let desk = Desk::new();
    desk.file("in/a.csv", "x,y\n1,2\n");
    let lines = |site: &str| -> Vec<Value> {
        let log = fs::read_to_string(desk.path(&format!("plant/m/errors-{site}.jsonl"))).unwrap();
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    desk.config("site.yaml", OTHERS);
    let run = |more: &[&str]| desk.run(&[&["run", "in", "--config", "site.yaml"], more].concat());
    assert_eq!(run(&[]).status.code(), Some(1));
    assert_eq!(
        (desk.entries("plant"), desk.entries("plant/m")),
        (
            vec!["m".to_owned()],
            // What was rejected is remembered beside it, and how the run ended.
            [".runs", "errors-S.jsonl", "rejects-S.jsonl"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    assert_eq!(lines("S")[0]["kind"], "Input");
    assert!(
        lines("S")[0]["error"]
            .as_str()
            .unwrap()
            .starts_with("not a trend report")
    );
    // The configuration and the reports do not fit.
    desk.report("a.csv", 10, &["A.B", "A B"]);
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(
        (lines("S").len(), &lines("S")[1]["kind"]),
        (2, &"Config".into())
    );
    // A wrong command is answered on the spot.
    assert_eq!(
        desk.run(&["run", "nowhere", "--config", "site.yaml"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(lines("S").len(), 2);
    // Nor is it written where the folders are not the dataset's.
    desk.report("a.csv", 10, &["A.B"]);
    assert_eq!(run(&[]).status.code(), Some(0));
    desk.config(
        "other.yaml",
        "batch: {output_base_dir: plant/p, manifest_dir: plant/q, staging_dir: plant/s}\n",
    );
    desk.refused(&["run", "in", "--config", "other.yaml"]);
    assert!(!desk.path("plant/q").exists());
}

#[test]
fn a_new_site_whose_points_another_one_has_is_warned_of_and_one_with_its_own_is_not() {
    let desk = Desk::new();
    desk.report("a.csv", 10, &["A.B", "A.C", "A.D"])
        .config("site.yaml", "");
    desk.well(&["run", "in", "--config", "site.yaml"]);
    let told = |command: &str, site: &str| {
        let args = [command, "in", "--config", "site.yaml", "--site", site];
        said(&desk.run(&args))
    };
    desk.report("a.csv", 11, &["A.B", "A.C", "A.E"]);
    let words =
        "S2 is a new site here, and 2 of its 3 points are known as those of S: is its id misspelt?";
    for command in ["plan", "run"] {
        assert_eq!(told(command, "S2").matches(words).count(), 1);
    }
    desk.report("b.csv", 12, &["A.B", "A.C", "A.E"]);
    let second = told("run", "S2");
    assert!(
        second.contains("committed S2 version 2") && !second.contains("misspelt"),
        "{second}"
    );
    fs::remove_file(desk.path("in/b.csv")).unwrap();
    desk.report("a.csv", 11, &["A.B", "X.Y", "X.Z"]);
    let other = told("run", "T");
    assert!(
        other.contains("committed T version 1") && !other.contains("misspelt"),
        "{other}"
    );
}

/// Runs a command whose standard output is a disk that is full.
fn on_a_full_disk(desk: &Desk, args: &[&str]) -> (Option<i32>, String) {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = desk.command(args).stdout(full).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text)
}

#[test]
fn output_that_cannot_be_written_is_exit_1_with_the_reason_and_a_version_stands_all_the_same() {
    let desk = Desk::new();
    desk.report("a.csv", 10, &["A.B"]).config("site.yaml", "");
    let reason = "error: cannot write to standard output: No space left on device (os error 28)\n  \
                  help: what the command did stands, only its output is not whole\n";
    let (code, text) = on_a_full_disk(&desk, &["run", "in", "--config", "site.yaml"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.ends_with(&format!("version 1 of S is committed\n{reason}")),
        "{text}"
    );
    assert!(desk.well(&["verify"]).contains("all as the manifests say"));
    let part = desk.well(&["show"]);
    let part = part.lines().find(|line| line.contains("part-")).unwrap();
    let part = part.split_whitespace().next().unwrap().to_owned();
    for args in [
        &["init", "in"][..],
        &["inspect", "in/a.csv"],
        &["plan", "in", "--config", "site.yaml"],
        &["run", "in", "--config", "site.yaml", "--json"],
        &["check", &part],
        &["verify"],
        &["verify", "--json"],
        &["log", "--json"],
        &["show"],
        &["show", "1", "--json"],
        &["explain", "--at", "2016-10-09T16:00"],
        &["recover"],
        &["gc", "--json"],
        &["schema", "config"],
        &["--help"],
        &["run", "--help"],
        &["--version"],
    ] {
        let (code, text) = on_a_full_disk(&desk, args);
        assert_eq!(code, Some(1), "{args:?}: {text}");
        assert!(text.ends_with(reason), "{args:?}: {text}");
    }
    let (code, _) = on_a_full_disk(&desk, &["log", "--data-dir", "nowhere", "--json"]);
    assert_eq!(code, Some(2), "what is worse is said");
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_output_quietly() {
    let desk = Desk::new();
    for args in [&["schema", "manifest"][..], &["--help"]] {
        let mut child = desk
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(said(&output), "exit Some(0)\n---\n");
    }
}

#[test]
fn an_error_log_that_cannot_be_written_is_said_with_the_reason_and_the_run_goes_its_way() {
    let desk = Desk::new();
    desk.report("a.csv", 10, &["A.B"]).config("site.yaml", "");
    desk.well(&["run", "in", "--config", "site.yaml"]);
    fs::create_dir(desk.path("data/manifests/errors-S.jsonl")).unwrap();
    desk.report("a.csv", 11, &["A.B"]).file("in/b.csv", "");
    let output = desk.run(&["run", "in", "--config", "site.yaml"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains(
            "the error log cannot be written, so what went wrong is only said here: data/manifests/errors-S.jsonl: expected a file, found a \
             folder\n"
        ),
        "{text}"
    );
}
