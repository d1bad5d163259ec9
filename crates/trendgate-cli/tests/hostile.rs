//! What a stranger puts where reports, configurations and manifests are looked for: pipes, devices, links, names that a terminal would
//! obey, paths that lead out. Every run has a limit on time and memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use testkit::Report;

/// No command may take longer.
const LIMIT: Duration = Duration::from_secs(60);
/// No command may map more, in kilobytes.
const MOST_MEMORY: u32 = 4 << 20;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path("in")).unwrap();
        desk
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(Path::new(&name))
    }

    /// A report of one point every hour: of `hours` from the start of a day in October 2016 on.
    fn report(&self, name: impl AsRef<OsStr>, day: u32, hours: u32, value: u32) -> &Self {
        self.report_of(name, "A.B", day, hours, value)
    }

    fn report_of(
        &self,
        name: impl AsRef<OsStr>,
        point: &str,
        day: u32,
        hours: u32,
        value: u32,
    ) -> &Self {
        let rows = (0..hours).map(|_| [format!("{value}.5")]);
        let report = Report::new([point]).defined("1 hour").interval("1 Hour");
        let midnight = format!("2016-10-{day:02}");
        let text = report.every(60, midnight, rows).text();
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn pipe(&self, name: &str) -> &Self {
        let made = Command::new("mkfifo").arg(self.path(name)).status();
        assert!(made.unwrap().success());
        self
    }

    /// What the program says within the limits; it is killed beyond them.
    fn say(&self, args: &[impl AsRef<OsStr>]) -> Output {
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("ulimit -v {MOST_MEMORY}; exec \"$@\""), "sh"])
            .arg(env!("CARGO_BIN_EXE_trendgate"))
            .args(args)
            .current_dir(self.0.path())
            .env_remove("TRENDGATE_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let since = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if since.elapsed() > LIMIT {
                child.kill().unwrap();
                let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
                panic!("still running after {LIMIT:?}: {args:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.wait_with_output().unwrap()
    }

    fn run(&self, more: &[&str]) -> Output {
        let args = [
            "run",
            "in",
            "--data-dir",
            "data",
            "--site",
            "S",
            "--timezone",
            "UTC",
            "--resample",
            "1h",
        ];
        self.say(&[&args, more].concat())
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.say(args);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    }

    /// The manifest of a version.
    fn version(&self, version: u64) -> Value {
        self.json(&["show", &version.to_string(), "--data-dir", "data", "--json"])
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}\n{}---\n{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    )
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn what_is_no_file_is_rejected_by_name_and_the_reports_beside_it_are_taken() {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7).pipe("in/pipe.csv");
    let _listener = UnixListener::bind(desk.path("in/socket.csv")).unwrap();
    symlink("/dev/zero", desk.path("in/zero.csv")).unwrap();
    fs::create_dir(desk.path("in/folder.csv")).unwrap();
    let rejected = [
        ("pipe.csv", "a pipe"),
        ("socket.csv", "a socket"),
        ("zero.csv", "a device"),
    ];
    let plan = [
        "plan",
        "in",
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "1h",
    ];
    for output in [desk.say(&plan), desk.say(&["init", "in"]), desk.run(&[])] {
        let text = said(&output);
        assert_eq!(code(&output), Some(3), "{text}");
        for (name, kind) in rejected {
            assert!(
                text.contains(&format!("in/{name}: expected a file, found {kind}")),
                "{text}"
            );
        }
    }
    let manifest = desk.version(1);
    assert_eq!(manifest["input_files_count"], 1, "{manifest}");
    assert_eq!(manifest["failed_files"].as_array().unwrap().len(), 3);
    assert!(manifest["failed_files"][0].get("digest").is_none());
    for (name, kind) in rejected {
        let output = desk.say(&["inspect", &format!("in/{name}")]);
        assert_eq!(code(&output), Some(1), "{}", said(&output));
        assert!(said(&output).contains(kind), "{}", said(&output));
    }
}

/// An archive of one stored member, whose directory says that it is deflated and unpacks to so many bytes.
fn archive_saying(name: &str, packed: &[u8], bytes: u32) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut header = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0];
    header.extend(size(packed));
    header.extend(bytes.to_le_bytes());
    header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    header.extend([0, 0]);
    let local = [b"PK\x03\x04", &header[..], name.as_bytes(), packed].concat();
    let central = [b"PK\x01\x02\x14\0", &header[..], &[0; 14], name.as_bytes()].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend(size(&central));
    end.extend(size(&local));
    end.extend([0, 0]);
    [local, central, end].concat()
}

#[test]
fn archives_that_would_fill_the_disk_or_lead_out_are_rejected_by_member_and_the_reports_beside_them_are_taken()
 {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7);
    let put =
        |name: &str, bytes: Vec<u8>| fs::write(desk.path(format!("in/{name}")), bytes).unwrap();
    put(
        "bomb.zip",
        archive_saying("a.csv", b"nothing", u32::MAX - 1),
    );
    put("out.zip", archive_saying("../../etc/a.csv", b"nothing", 7));
    put(
        "noise.zip",
        archive_saying("a.csv", b"\xFF\xFF\xFF\xFF", 4000),
    );
    put(
        "cut.zip",
        archive_saying("a.csv", b"nothing", 7)[..40].to_vec(),
    );
    put("notes.txt", b"not a report".to_vec());
    let output = desk.run(&[]);
    let text = said(&output);
    assert_eq!(code(&output), Some(3), "{text}");
    for said in [
        "in/bomb.zip!a.csv: the member says that it unpacks from 7 bytes to 4294967294",
        "in/out.zip!../../etc/a.csv: the member's name leads out of the archive",
        "in/noise.zip!a.csv: ",
        "in/cut.zip: the zip archive is damaged: its directory cannot be read",
        "passed over: in/notes.txt",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let manifest = desk.version(1);
    assert_eq!(manifest["input_files_count"], 1, "{manifest}");
    assert_eq!(manifest["failed_files"].as_array().unwrap().len(), 4);
    // They are known from then on.
    let again = desk.run(&[]);
    assert_eq!(code(&again), Some(0), "{}", said(&again));
}

#[test]
fn a_known_report_whose_place_is_taken_by_a_pipe_is_gone() {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7);
    assert_eq!(code(&desk.run(&[])), Some(0));
    fs::remove_file(desk.path("in/a.csv")).unwrap();
    desk.pipe("in/a.csv").report("in/b.csv", 11, 24, 7);
    let output = desk.run(&[]);
    assert_eq!(code(&output), Some(3), "{}", said(&output));
    assert_eq!(desk.version(2)["input_files_count"], 1);
}

#[test]
fn a_configuration_a_manifest_and_a_record_that_are_no_files_are_refused_at_once() {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7)
        .pipe("pipe.yaml")
        .pipe("pipe.json");
    let output = desk.run(&["--config", "pipe.yaml"]);
    assert_eq!(code(&output), Some(2), "{}", said(&output));
    assert!(said(&output).contains("expected a file, found a pipe"));
    for config in ["/dev/zero", "in/a.csv/x"] {
        assert_eq!(code(&desk.run(&["--config", config])), Some(2), "{config}");
    }
    for command in ["verify", "check"] {
        let output = desk.say(&[command, "pipe.json"]);
        assert_eq!(code(&output), Some(1), "{command}: {}", said(&output));
        assert!(said(&output).contains("found a pipe"), "{}", said(&output));
    }
    assert_eq!(code(&desk.run(&[])), Some(0));
    let record = desk.path("data/manifests/.log/S/00000000000000000001.json");
    fs::remove_file(&record).unwrap();
    desk.pipe("data/manifests/.log/S/00000000000000000001.json");
    for command in [
        &["log"][..],
        &["gc"],
        &["explain", "--at", "2016-10-10T00:00"],
    ] {
        let args = [command, &["--data-dir", "data"]].concat();
        let output = desk.say(&args);
        assert_eq!(code(&output), Some(1), "{command:?}: {}", said(&output));
        assert!(said(&output).contains("found a pipe"), "{}", said(&output));
    }
}

#[test]
fn a_report_from_a_pipe_is_refused_with_what_to_do() {
    let desk = Desk::new();
    let output = desk.say(&["inspect", "/dev/stdin"]);
    assert_eq!(code(&output), Some(1), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("expected a file, found a pipe"), "{text}");
    assert!(
        text.contains("save what comes out of it as a file"),
        "{text}"
    );
}

#[test]
fn a_file_of_terabytes_of_nothing_is_rejected_in_no_time() {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7)
        .report("in/c.csv", 11, 24, 7);
    for (name, keeps) in [("in/b.csv", false), ("in/c.csv", true)] {
        let mut options = fs::OpenOptions::new();
        let file = options
            .create(true)
            .write(true)
            .truncate(!keeps)
            .open(desk.path(name));
        file.unwrap().set_len(4 << 40).unwrap();
    }
    let output = desk.run(&[]);
    assert_eq!(code(&output), Some(3), "{}", said(&output));
    assert_eq!(desk.version(1)["failed_files"].as_array().unwrap().len(), 2);
}

#[test]
fn the_first_signal_ends_a_run_that_reads_through_a_large_file() {
    let desk = Desk::new();
    let file = fs::File::create(desk.path("in/a.csv")).unwrap();
    file.set_len(15 << 30).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trendgate"))
        .args([
            "run",
            "in",
            "--data-dir",
            "data",
            "--site",
            "S",
            "--timezone",
            "UTC",
        ])
        .current_dir(desk.0.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let since = Instant::now();
    while !desk.path("data/manifests/.log/S/lock").exists() {
        assert!(since.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it is still reading");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "one signal is enough"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_error_log_a_lock_and_staging_that_are_links_are_not_followed() {
    let desk = Desk::new();
    desk.report("in/a.csv", 10, 24, 7);
    assert_eq!(code(&desk.run(&[])), Some(0));
    fs::write(desk.path("victim"), "mine").unwrap();
    fs::write(desk.path("in/noise.csv"), "noise").unwrap();
    symlink(
        desk.path("victim"),
        desk.path("data/manifests/errors-S.jsonl"),
    )
    .unwrap();
    let output = desk.run(&[]);
    let text = said(&output);
    assert!(text.contains("the error log cannot be written"), "{text}");
    assert!(
        text.contains("expected a file, found a symbolic link"),
        "{text}"
    );
    fs::remove_file(desk.path("data/manifests/.log/S/lock")).unwrap();
    symlink(desk.path("victim"), desk.path("data/manifests/.log/S/lock")).unwrap();
    let output = desk.run(&[]);
    assert_eq!(code(&output), Some(1), "{}", said(&output));
    fs::remove_file(desk.path("data/manifests/.log/S/lock")).unwrap();
    fs::remove_dir(desk.path("data/.staging")).unwrap();
    fs::create_dir(desk.path("elsewhere")).unwrap();
    symlink(desk.path("elsewhere"), desk.path("data/.staging")).unwrap();
    for args in [&["recover"][..], &["gc"]] {
        let output = desk.say(&[args, &["--data-dir", "data"]].concat());
        assert_eq!(code(&output), Some(1), "{args:?}: {}", said(&output));
    }
    assert_eq!(code(&desk.run(&[])), Some(1));
    assert_eq!(fs::read_to_string(desk.path("victim")).unwrap(), "mine");
    assert_eq!(desk.path("elsewhere").read_dir().unwrap().count(), 0);
}

/// What a terminal obeys: of all that a name can hold, but for a slash and a zero.
const OBEYED: &str =
    "\u{1b}]0;x\u{7}\u{1b}[2J\r\n\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}";

/// Whether there is nothing but lines of text.
fn is_plain(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap();
    text.chars()
        .all(|c| c == '\n' || !trendgate::wording::is_obeyed(c))
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let desk = Desk::new();
    let [good, bad] = ["a", "b"].map(|name| format!("in/{name}{OBEYED}.csv"));
    let point = OBEYED.replace(['\r', '\n'], "");
    desk.report_of(&good, &format!("A{point}"), 10, 24, 7);
    fs::write(desk.path(&bad), format!("noise {OBEYED}\n\u{1b}[31mred\n")).unwrap();
    let site = [
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "1h",
    ];
    let plan = [&["plan", "in"][..], &site].concat();
    let data = ["--data-dir", "data"];
    let mut all: Vec<Vec<&str>> = vec![
        plan.clone(),
        [&plan[..], &["--json"]].concat(),
        vec!["init", "in"],
        vec!["inspect", &good],
        vec!["inspect", &good, "--json"],
        vec!["inspect", &bad],
        vec!["inspect", &bad, "--json"],
        vec!["inspect", OBEYED],
        vec![OBEYED],
        vec!["run", OBEYED, "--site", "S", "--timezone", "UTC"],
        [&["run", "in"][..], &site].concat(),
        [&["run", "in"][..], &site, &["--json", "--take-retracted"]].concat(),
    ];
    for command in [
        &["log"][..],
        &["show", "1"],
        &["verify"],
        &["recover"],
        &["gc"],
        &["explain", "--at", "2016-10-10T00:00"],
        &["explain", "--at", "2016-10-10T00:00", "--column", OBEYED],
    ] {
        all.push([command, &data].concat());
        all.push([command, &data, &["--json"]].concat());
    }
    for args in all {
        let output = desk.say(&args);
        assert!(
            is_plain(&output.stdout),
            "{args:?}: {}",
            said(&output).escape_debug()
        );
        assert!(
            is_plain(&output.stderr),
            "{args:?}: {}",
            said(&output).escape_debug()
        );
        assert!(
            code(&output).is_some(),
            "{args:?}: {}",
            said(&output).escape_debug()
        );
    }
    let log = fs::read(desk.path("data/manifests/errors-S.jsonl")).unwrap();
    assert!(is_plain(&log));
    let line: Value = serde_json::from_slice(log.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert!(
        line["file"].as_str().unwrap().ends_with(&bad[3..]),
        "{line}"
    );
    // A name has as many lines as it has in the file system: one.
    let output = desk.say(&["inspect", &good]);
    let first = String::from_utf8(output.stdout).unwrap();
    assert!(first.lines().next().unwrap().ends_with(".csv"), "{first}");
    assert!(
        first.lines().next().unwrap().contains(r"\r\n\u{9b}31m"),
        "{first}"
    );
}

#[test]
fn what_init_proposes_for_hostile_names_is_yaml_that_says_the_same_names() {
    let desk = Desk::new();
    let point = format!("CH1 {}", OBEYED.replace(['\r', '\n'], ""));
    desk.report_of(format!("in/{OBEYED}.csv"), &point, 10, 24, 7);
    let output = desk.say(&["init", "in", "--site", "S", "--timezone", "UTC"]);
    assert_eq!(code(&output), Some(0), "{}", said(&output));
    fs::write(desk.path("site.yaml"), &output.stdout).unwrap();
    let output = desk.run(&["--config", "site.yaml"]);
    assert_eq!(code(&output), Some(0), "{}", said(&output));
}

/// "溫度" in Big5, as a file's name.
fn big5(name: &str) -> PathBuf {
    let bytes = [b"in/\xb7\xc5\xab\xd7-", name.as_bytes()].concat();
    OsStr::from_bytes(&bytes).into()
}

/// The number of the accepted inputs that stand in a list with the bytes of their paths.
fn with_bytes(list: &Value) -> usize {
    let has = |entry: &&Value| entry.get("path_bytes").is_some_and(Value::is_string);
    list.as_array().unwrap().iter().filter(has).count()
}

#[test]
fn a_folder_with_big5_names_grows_supersedes_retracts_and_is_rebuilt_as_any_other() {
    let desk = Desk::new();
    desk.report(big5("a.csv"), 10, 24, 7)
        .report(big5("b.csv"), 10, 24, 7);
    desk.report_of(big5("b.csv"), "C.D", 10, 24, 3);
    fs::write(desk.path(big5("noise.csv")), "noise").unwrap();
    let output = desk.run(&[]);
    assert_eq!(code(&output), Some(3), "{}", said(&output));
    let first = desk.version(1);
    assert_eq!(with_bytes(&first["inputs"]), 2, "{first}");
    assert!(
        first["failed_files"][0]["file_bytes"].is_string(),
        "{first}"
    );
    let shown = first["inputs"][0]["path"].as_str().unwrap();
    assert!(
        shown.contains('\u{fffd}') && shown.ends_with(".csv"),
        "{shown}"
    );
    // Grows: the known ones of the month are found again.
    desk.report_of(big5("c.csv"), "E.F", 10, 24, 5);
    desk.run(&[]);
    let second = desk.version(2);
    assert_eq!(second["approximate_bins"], 0, "{second}");
    assert_eq!(with_bytes(&second["rebuilt_from"]), 2, "{second}");
    // A new content that covers the old one takes its place.
    desk.report(big5("a.csv"), 10, 25, 8);
    desk.run(&[]);
    let third = desk.version(3);
    assert_eq!(third["approximate_bins"], 0, "{third}");
    assert_eq!(with_bytes(&third["superseded"]), 1, "{third}");
    // A report is withdrawn by its file.
    let retract = [
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "1h",
    ];
    let mut args: Vec<&OsStr> = vec!["retract".as_ref()];
    let file = big5("c.csv");
    args.push(file.as_os_str());
    args.extend(retract.iter().map(OsStr::new));
    let output = desk.say(&args);
    assert_eq!(code(&output), Some(0), "{}", said(&output));
    let fourth = desk.version(4);
    assert_eq!(with_bytes(&fourth["retracted"]), 1, "{fourth}");
    assert_eq!(fourth["approximate_bins"], 0);
    // All months are made again, from the files.
    let output = desk.run(&["--rebuild"]);
    assert!(matches!(code(&output), Some(0 | 3)), "{}", said(&output));
    assert!(!said(&output).contains("gone"), "{}", said(&output));
    let output = desk.say(&[
        "plan",
        "in",
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "1h",
        "--json",
    ]);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["known"].as_array().unwrap().len(), 2, "{plan}");
    let log = fs::read_to_string(desk.path("data/manifests/errors-S.jsonl")).unwrap();
    assert!(log.contains("\"file_bytes\":"), "{log}");
}
