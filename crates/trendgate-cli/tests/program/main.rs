//! The program as a stranger runs it: what is said, the exit code, and what is left on disk.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

mod apart;
mod dataset;
mod init;
mod kept;
mod logged;
mod metrics;
mod partly;
mod refused;
mod watched;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use testkit::Report;
use testkit::scheduler::Point;

/// A report of a temperature and a state, without rows.
fn two_points() -> Report {
    let points = [("A.B", "5 minutes"), ("A.ST", "COV")];
    Report::of(points.map(|(name, definition)| Point::new(name, definition)))
}

static REPORT: LazyLock<String> = LazyLock::new(|| {
    let cells = [["51.4", "ON"], ["No Data", "OFF"]];
    two_points().every(15, "2016-10-10", cells).text()
});

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
        // So is how the last run ended.
        files.retain(|file| !file.starts_with(self.path("data/manifests/.runs")));
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
