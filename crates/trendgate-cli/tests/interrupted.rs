//! Runs that are stopped, killed, locked out or troubled by the disk: exit codes, and what is left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use serde_json::Value;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use testkit::Report;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path("in")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A report of 10 points every minute.
    fn report(&self, name: &str, rows: u32) -> &Self {
        let cells = |row: u32| (0..10).map(move |point| format!("{}.{point}", row % 97));
        let points = (1..=10).map(|point| format!("P{point}"));
        let report = Report::new(points).defined("1 minute").interval("1 Minute");
        let text = report.every(1, "2016-01-01", (0..rows).map(cells)).text();
        fs::write(self.path("in").join(name), text).unwrap();
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trendgate"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_remove("TRENDGATE_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, more: &[&str]) -> Command {
        let site = ["run", "in", "--data-dir", "data", "--site", "S"];
        let time = ["--timezone", "UTC", "--resample", "1m"];
        let args: Vec<&str> = site.iter().chain(&time).chain(more).copied().collect();
        self.command(&args)
    }

    /// A run in the middle of reading, whose record of the attempt is whole.
    fn reading(&self) -> Child {
        let child = self.run(&[]).spawn().unwrap();
        let staging = self.path("data/.staging");
        let attempt = |entry: fs::DirEntry| {
            let record = fs::read(entry.path().join("attempt.json"));
            record.is_ok_and(|record| serde_json::from_slice::<Value>(&record).is_ok())
        };
        until(|| fs::read_dir(&staging).is_ok_and(|found| found.flatten().any(attempt)));
        child
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.path() {
                    path if path.is_dir() => walk(&path, files),
                    path => files.push(path),
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path(folder), &mut files);
        files
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.command(args).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    }
}

fn until(is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([name, &pid])
            .status()
            .unwrap()
            .success()
    );
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{:?}\n{}{}",
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

#[test]
fn a_signal_stops_a_run_within_two_seconds_and_nothing_is_left() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let desk = Desk::new();
        desk.report("a.csv", 100_000);
        let child = desk.reading();
        let since = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let elapsed = since.elapsed();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
        assert!(
            said(&output).contains("error: stopped while reading"),
            "{}",
            said(&output)
        );
        assert!(!desk.path("data").exists(), "{:?}", desk.files("data"));
    }
}

#[test]
fn a_signal_stops_a_run_that_looks_at_thousands_of_files() {
    let desk = Desk::new();
    for n in 0..3000 {
        desk.report(&format!("{n}.csv"), 1);
    }
    let child = desk.run(&[]).spawn().unwrap();
    until(|| desk.path("data/manifests/.log/S/lock").exists());
    let since = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let (elapsed, text) = (since.elapsed(), said(&output));
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
    assert!(text.contains("error: stopped while"), "{text}");
    assert!(!desk.path("data").exists(), "{:?}", desk.files("data"));
}

#[test]
fn what_a_killed_run_left_is_told_by_a_dry_run_and_taken_back_by_the_next_run() {
    let desk = Desk::new();
    desk.report("a.csv", 100_000);
    let mut child = desk.reading();
    child.kill().unwrap();
    child.wait().unwrap();
    let recover = ["recover", "--data-dir", "data", "--json"];
    let dry: Vec<&str> = recover.iter().copied().chain(["--dry-run"]).collect();
    let before = desk.files("data");
    let told = desk.json(&dry);
    assert_eq!(told["sites"][0]["deeds"][0]["act"], "undo", "{told}");
    let why = told["sites"][0]["deeds"][0]["why"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        why.starts_with("nothing of it was committed (0 files on its list); process "),
        "{why}"
    );
    assert_eq!(desk.files("data"), before);
    desk.report("a.csv", 1000);
    let output = desk.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("warning: attempt undone: "),
        "{}",
        said(&output)
    );
    assert_eq!(desk.files("data/.staging"), Vec::<PathBuf>::new());
    let output = desk
        .command(&["recover", "--data-dir", "data"])
        .output()
        .unwrap();
    assert_eq!(said(&output), "Some(0)\nnothing to recover\n");
    let verified = desk.json(&["verify", "--data-dir", "data", "--json"]);
    assert_eq!(verified["findings"], 0, "{verified}");
}

#[test]
fn a_locked_site_is_75_at_once_and_with_wait_a_run_queues() {
    let desk = Desk::new();
    desk.report("a.csv", 1000);
    let folder = desk.path("data/manifests/.log/S");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let output = desk.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(said(&output).contains("--wait"), "{}", said(&output));
    let mut waiting = desk.run(&["--wait"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(waiting.try_wait().unwrap(), None);
    let stopped = desk.run(&["--wait"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    signal(&stopped, "-TERM");
    let output = stopped.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", said(&output));
    drop(lock);
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("waiting for it"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_locked_site_keeps_recovery_collection_and_repair_from_no_other_and_is_75_at_the_end() {
    const SITES: [&str; 3] = ["A", "S", "T"];
    let desk = Desk::new();
    for (report, rows) in [("a.csv", 1000), ("b.csv", 1100)] {
        desk.report(report, rows);
        for site in SITES {
            let args = ["run", "in", "--data-dir", "data", "--timezone", "UTC"];
            let args = [&args[..], &["--site", site, "--resample", "1m"]].concat();
            let output = desk.command(&args).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
    }
    // The one in the middle is held.
    let mut lock = File::create(desk.path("data/manifests/.log/S/lock")).unwrap();
    lock.lock().unwrap();
    lock.write_all(b"process 7 on plant since noon").unwrap();
    let publics = |site: &str| {
        let id = format!("\"site_id\": \"{site}\"");
        let public = |path: &PathBuf| {
            let whose = || fs::read_to_string(path).unwrap().contains(&id);
            is_public(path) && whose()
        };
        let mut files = desk.files("data/manifests");
        files.retain(public);
        files
    };
    let stray = |site: &str| {
        let folder = desk.path("data/processed").join(site);
        folder.join("year=2016/month=01/part-stray.parquet")
    };
    for (command, more) in [
        ("recover", &[][..]),
        ("gc", &["--grace", "0s"]),
        ("verify", &["--repair"]),
    ] {
        for site in SITES {
            let two = publics(site);
            if two.len() == 2 {
                fs::remove_file(&two[0]).unwrap();
            }
            fs::write(stray(site), "PAR1").unwrap();
        }
        let args = [&[command, "--data-dir", "data"], more].concat();
        let output = desk.command(&args).output().unwrap();
        let text = said(&output);
        let holder = "the site S is locked by process 7 on plant since noon";
        assert_eq!(text.matches(holder).count(), 1, "{command}: {text}");
        let done = |site: &str| match command {
            "gc" => !stray(site).exists(),
            _ => publics(site).len() == 2,
        };
        assert_eq!(SITES.map(done), [true, false, true], "{command}: {text}");
        assert_eq!(output.status.code(), Some(75), "{command}: {text}");
        let json = desk.json(&[&args[..], &["--json"]].concat());
        let sites = json.get("sites").unwrap_or_else(|| &json["verified"]);
        assert_eq!(sites.as_array().unwrap().len(), 3, "{json}");
        assert_eq!(sites[2]["site_id"], "S", "{json}");
        assert_eq!(sites[2]["failed"]["kind"], "Locked", "{json}");
    }
}

#[test]
fn a_file_that_the_disk_cannot_read_is_tried_again_then_rejected_and_logged() {
    let desk = Desk::new();
    desk.report("a.csv", 1000);
    // Reading this at its start is an EIO, for everyone and always.
    std::os::unix::fs::symlink("/proc/self/mem", desk.path("in/b.csv")).unwrap();
    fs::write(desk.path("site.yaml"), "batch:\n  max_retry_per_file: 2\n").unwrap();
    let output = desk.run(&["--config", "site.yaml"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert_eq!(text.matches("trying again").count(), 2, "{text}");
    let log = fs::read_to_string(desk.path("data/manifests/errors-S.jsonl")).unwrap();
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["kind"], "Storage", "{log}");
    assert_eq!(line["retry"], "always", "{log}");
    assert!(
        line["error"]
            .as_str()
            .unwrap()
            .contains("Input/output error"),
        "{log}"
    );
    assert!(line["file"].as_str().unwrap().ends_with("b.csv"), "{log}");
    let manifest = desk.json(&["show", "1", "--data-dir", "data", "--json"]);
    assert_eq!(line["batch"], manifest["batch_id"], "{log}");
}

/// Whether this is the public name of a version.
fn is_public(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    path.parent().unwrap().ends_with("manifests") && name.starts_with("manifest-")
}

#[test]
fn a_collection_takes_what_no_version_refers_to_and_says_why() {
    let desk = Desk::new();
    desk.report("a.csv", 1000);
    desk.run(&[]).output().unwrap();
    let stray = desk.path("data/processed/S/year=2016/month=01/part-stray.parquet");
    fs::write(&stray, "PAR1").unwrap();
    let young = desk.json(&["gc", "--data-dir", "data", "--json"]);
    assert_eq!(young["sites"][0]["collected"]["spared"], 1, "{young}");
    let gone = desk.json(&["gc", "--data-dir", "data", "--json", "--grace", "0s"]);
    let removed = &gone["sites"][0]["collected"]["removed"];
    assert_eq!(removed.as_array().unwrap().len(), 1, "{gone}");
    assert_eq!(removed[0]["reason"], "unreferenced", "{gone}");
    assert!(!stray.exists());
    let verified = desk.json(&["verify", "--data-dir", "data", "--json"]);
    assert_eq!(verified["findings"], 0, "{verified}");
}

#[test]
fn a_lost_public_name_is_found_and_repaired() {
    let desk = Desk::new();
    desk.report("a.csv", 1000);
    for part in ["a.csv", "b.csv"] {
        desk.report(part, 1000);
    }
    desk.run(&[]).output().unwrap();
    let manifests = || {
        let files = desk.files("data/manifests").into_iter();
        files.filter(|path| is_public(path)).collect::<Vec<_>>()
    };
    let [public] = &manifests()[..] else {
        panic!("expected one public manifest")
    };
    let find_and_repair = || {
        let verify = ["verify", "--data-dir", "data"];
        let found = desk.command(&verify).output().unwrap();
        assert_eq!(found.status.code(), Some(1), "{}", said(&found));
        desk.json(&[&verify[..], &["--repair", "--json"]].concat())
    };
    let whole = fs::read(public).unwrap();
    fs::remove_file(public).unwrap();
    fs::write(public, "{}").unwrap();
    let mended = find_and_repair();
    assert_eq!(mended["findings"], 0, "{mended}");
    assert_eq!(mended["repaired"][0]["version"], 1, "{mended}");
    assert_eq!(fs::read(public).unwrap(), whole);
    assert_eq!(manifests().len(), 2, "what was in the way is kept");
    // That no version has a name any more is a loss, too.
    for name in manifests() {
        fs::remove_file(name).unwrap();
    }
    let mended = find_and_repair();
    assert_eq!((&mended["findings"], manifests().len()), (&0.into(), 1));
}

#[test]
fn a_site_whose_public_names_are_suppressed_has_lost_none_and_gets_none() {
    let desk = Desk::new();
    desk.report("a.csv", 1000);
    fs::write(
        desk.path("quiet.yaml"),
        "cleaner: {site_id: S, timezone: UTC, resample_interval: 1m}\nbatch: {manifest_enabled: false}\n",
    )
    .unwrap();
    let args = ["run", "in", "--config", "quiet.yaml", "--data-dir", "data"];
    let output = desk.command(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for command in [&["recover"][..], &["verify", "--repair"]] {
        let args = [command, &["--data-dir", "data"]].concat();
        let output = desk.command(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let named = fs::read_dir(desk.path("data/manifests")).unwrap();
        let named = named.filter(|entry| is_public(&entry.as_ref().unwrap().path()));
        assert_eq!(named.count(), 0, "{command:?}");
    }
}
