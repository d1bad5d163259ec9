//! Process invariance: tasks in processes of their own, in any order, each twice, leave the files of one run on threads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use serde_json::Value;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use testkit::Report;
use testkit::prng::SplitMix64;

const CONFIG: &str = "cleaner: {site_id: S, timezone: Asia/Taipei, resample_interval: 1h, points: {\"*\": {physical_type: water_temperature, unit: °C}}}\n";
const POINTS: [&str; 5] = ["A", "B", "C", "D", "E"];

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path("in")).unwrap();
        fs::write(desk.path("plant.yaml"), CONFIG).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trendgate"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_remove("TRENDGATE_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn done(&self, args: &[&str]) {
        good(&self.run(args));
    }

    /// A report of some of the points, of some days of the first half of a year; some numbers are missing, some differ from those of other reports.
    fn report(&self, name: &str, random: &mut SplitMix64) {
        let points = &POINTS[..=usize::try_from(random.below(5)).unwrap()];
        let (day, hours) = (1 + random.below(28), 24 * (20 + random.below(100)));
        let from = format!("2025-{:02}-{day:02}", 1 + random.below(3));
        let mut cell = || match random.below(50) {
            0 => "No Data".to_owned(),
            tenths => format!("{}.{}", 10 + tenths / 10, tenths % 10),
        };
        let rows = (0..hours).map(|_| points.iter().map(|_| cell()).collect::<Vec<_>>());
        let report = Report::new(points.iter().copied()).interval("1 Hour");
        let report = report.defined("1 hour").every(60, from, rows);
        fs::write(self.path("in").join(name), report.text()).unwrap();
    }

    /// The tasks of a plan in `tasks`.
    fn tasks(&self) -> Vec<PathBuf> {
        let mut tasks = files(&self.path("tasks"));
        tasks.retain(|path| path.extension().is_some_and(|end| end == "task"));
        tasks
    }

    fn start(&self, task: &Path) -> Child {
        let task = task.to_str().unwrap();
        self.command(&["task", "run", task]).spawn().unwrap()
    }

    /// Loses the outcomes that were kept of a task, so that it is done again.
    fn lose_outcomes(&self, task: &Path) {
        let name = task.file_name().unwrap().to_str().unwrap();
        let number: usize = name.split('.').nth(2).unwrap().parse().unwrap();
        for attempt in files(&self.path("apart/.staging")) {
            for file in files(&attempt) {
                let kept = file.file_name().unwrap().to_str().unwrap();
                if kept.starts_with(&format!("outcome-{number}-")) {
                    fs::remove_file(&file).unwrap();
                }
            }
        }
    }

    /// What the last version in `data` lists: each file by its path without attempt and by its digest; and what it counts.
    fn content(&self, data: &str) -> (Vec<(String, String)>, Vec<Value>) {
        let log = files(&self.path(data).join("manifests/.log/S"));
        let records = log.iter().filter(|path| {
            let name = path.file_stem().and_then(|name| name.to_str());
            name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let last = fs::read(records.max().unwrap()).unwrap();
        let manifest: Value = serde_json::from_slice(&last).unwrap();
        let entries = ["files", "evidence_files"].map(|kind| manifest[kind].as_array().unwrap());
        let entries = entries.into_iter().flatten();
        let mut listed: Vec<_> = entries
            .map(|entry| {
                let path = entry["path"].as_str().unwrap();
                let words = path.split('-').filter(|word| word.len() < 24);
                let path = words.collect::<Vec<_>>().join("-");
                (path, entry["sha256"].as_str().unwrap().to_owned())
            })
            .collect();
        listed.sort();
        let same = [
            "version",
            "batch_id",
            "statistics",
            "cells",
            "conflicts",
            "gaps",
            "kinds",
        ];
        (listed, same.map(|name| manifest[name].clone()).to_vec())
    }
}

/// What is in a folder, in the order of names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn good(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const PLAN: [&str; 11] = [
    "task",
    "plan",
    "in",
    "--config",
    "plant.yaml",
    "--data-dir",
    "apart",
    "--threads",
    "5",
    "--out",
    "tasks",
];

#[test]
fn tasks_in_processes_of_their_own_in_any_order_each_twice_leave_the_files_of_one_run_on_threads() {
    for seed in 0..6 {
        let desk = Desk::new();
        let mut random = SplitMix64::new(seed);
        for version in 1..=2 {
            for nth in 0..2 + random.below(3) {
                desk.report(&format!("{version}_{nth}.csv"), &mut random);
            }
            desk.done(&[
                "run",
                "in",
                "--config",
                "plant.yaml",
                "--data-dir",
                "threads",
                "--threads",
                "3",
            ]);
            desk.done(&PLAN);
            let tasks = desk.tasks();
            assert!(version == 2 || tasks.len() > 1, "seed {seed}: {tasks:?}");
            let mut order = [tasks.clone(), tasks].concat();
            for place in (1..order.len()).rev() {
                order.swap(
                    place,
                    usize::try_from(random.below(place as u64 + 1)).unwrap(),
                );
            }
            // Two at a time; where both are of one task it is done twice at once, else one time after the other.
            if seed % 2 == 0 {
                order.sort();
            }
            for pair in order.chunks(2) {
                pair.iter().for_each(|task| desk.lose_outcomes(task));
                let started: Vec<Child> = pair.iter().map(|task| desk.start(task)).collect();
                for child in started {
                    good(&child.wait_with_output().unwrap());
                }
            }
            desk.done(&["task", "commit", "tasks"]);
            let (threads, apart) = (desk.content("threads"), desk.content("apart"));
            assert_eq!(threads, apart, "seed {seed}, version {version}");
            assert_eq!(threads.1[0], Value::from(version));
            assert_eq!(files(&desk.path("tasks")), Vec::<PathBuf>::new());
        }
        desk.done(&["verify", "apart"]);
    }
}

#[test]
fn a_task_of_a_thousand_reports_is_short() {
    let desk = Desk::new();
    for nth in 0..1000 {
        // Of every second day, and of two kinds: they alternate.
        let points: &[&str] = if nth % 2 == 0 { &["A"] } else { &["B", "C"] };
        let from = format!("2025-{:02}-{:02}", 1 + nth % 12, 1 + nth % 28);
        let row = (0..points.len())
            .map(|_| format!("{}.5", nth % 90))
            .collect::<Vec<_>>();
        let report = Report::new(points.iter().copied())
            .interval("1 Hour")
            .defined("1 hour");
        let report = report.every(60, from, [row.clone(), row]);
        fs::write(desk.path("in").join(format!("{nth}.csv")), report.text()).unwrap();
    }
    desk.done(&PLAN);
    for task in desk.tasks() {
        let bytes = fs::metadata(&task).unwrap().len();
        assert!(bytes < 100_000, "{bytes}");
    }
}

#[test]
fn a_worker_refuses_a_task_of_another_version_and_does_nothing() {
    let desk = Desk::new();
    desk.report("a.csv", &mut SplitMix64::new(1));
    desk.done(&PLAN);
    let task = &desk.tasks()[0];
    let (ours, other) = (
        env!("CARGO_PKG_VERSION"),
        "9".repeat(env!("CARGO_PKG_VERSION").len()),
    );
    let bytes = fs::read(task).unwrap();
    let place = bytes
        .windows(ours.len())
        .position(|word| word == ours.as_bytes());
    let mut bytes = bytes;
    bytes[place.unwrap()..][..ours.len()].copy_from_slice(other.as_bytes());
    fs::write(task, bytes).unwrap();
    let refused = desk.start(task).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = said(&refused);
    assert!(
        said.contains(&format!("a task is of trendgate {other} (rules"))
            && said.contains(&format!("and this is {ours} (rules")),
        "{said}"
    );
    assert!(
        said.contains("install the same version on the driver and on every worker"),
        "{said}"
    );
    assert!(!task.with_extension("outcome").exists());
}

/// A run whose two processes are at work on a large report, and their numbers; all three say which tasks have come to their ends.
fn at_work(desk: &Desk) -> (Child, Vec<u32>) {
    let rows = (0..200_000).map(|row| POINTS.map(|_| format!("{}.5", row % 90)));
    let report = Report::new(POINTS).interval("1 Minute");
    let report = report.defined("1 minute").every(1, "2025-01-01", rows);
    fs::write(desk.path("in").join("large.csv"), report.text()).unwrap();
    let words = "run in --config plant.yaml --data-dir data --threads 2 --processes 2";
    let words: Vec<&str> = words.split(' ').collect();
    let mut run = desk.command(&words);
    let run = run.env("TRENDGATE_LOG", "debug").spawn().unwrap();
    let mut processes = Vec::new();
    until(|| {
        processes = workers_of(run.id());
        processes.len() == 2
    });
    (run, processes)
}

/// What is said of a task that was not stopped.
const TASK_ENDED: &str = "a task has come to its end";

/// The processes that do tasks of the run with this number.
fn workers_of(run: u32) -> Vec<u32> {
    let all = files(Path::new("/proc")).into_iter();
    let numbers = all.filter_map(|path| path.file_name()?.to_str()?.parse().ok());
    let is_worker = |number: &u32| {
        let words = fs::read_to_string(format!("/proc/{number}/cmdline")).unwrap_or_default();
        state_of(*number).is_some_and(|(_, parent)| parent == run) && words.contains("--owned")
    };
    numbers.filter(is_worker).collect()
}

/// The state of a process that has not ended, and the number of its parent.
fn state_of(number: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, 'Z' | 'X')).then_some((state, parent))
}

fn until(mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(child: &Child, name: &str) {
    let number = child.id().to_string();
    let sent = Command::new("kill").args([name, &number]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn processes_stop_where_the_run_alone_is_told_to_and_nothing_is_left() {
    let desk = Desk::new();
    let (run, processes) = at_work(&desk);
    signal(&run, "-TERM");
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", said(&output));
    assert!(
        said(&output).contains("error: stopped"),
        "{}",
        said(&output)
    );
    assert!(!said(&output).contains(TASK_ENDED), "{}", said(&output));
    assert_eq!(processes.into_iter().find_map(state_of), None);
    assert!(!desk.path("data").exists());
}

#[test]
fn an_owned_process_whose_input_ends_within_its_task_does_nothing() {
    let desk = Desk::new();
    let run = desk.run(&["task", "run", "-", "--owned"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(
        said(&run).contains("cannot read a task from standard input"),
        "{}",
        said(&run)
    );
    assert_eq!(run.stdout, b"");
}

#[test]
fn processes_stop_by_themselves_where_the_run_was_killed_and_the_next_run_undoes_what_is_left() {
    let desk = Desk::new();
    let (mut run, processes) = at_work(&desk);
    signal(&run, "-KILL");
    let mut said = String::new();
    let mut stderr = run.stderr.take().unwrap();
    // Until the last of them has ended.
    stderr.read_to_string(&mut said).unwrap();
    run.wait().unwrap();
    assert!(!said.contains(TASK_ENDED), "{said}");
    until(|| processes.iter().all(|number| state_of(*number).is_none()));
    assert_eq!(files(&desk.path("data/.staging")).len(), 1);
    desk.done(&["recover", "--data-dir", "data"]);
    assert_eq!(files(&desk.path("data/.staging")), Vec::<PathBuf>::new());
}
