//! What is kept and for how long, and how long a command waits for a site.

use super::*;
use std::fs::File;
use std::time::{Duration, Instant};

/// A report of one day of October, with this value.
fn day(day: u32, value: &str) -> String {
    let midnight = format!("2016-10-{day:02}");
    let report = two_points().every(15, midnight, [[value, "ON"], [value, "OFF"]]);
    report.text()
}

fn config(desk: &Desk, batch: &str) {
    let text = format!(
        "cleaner: {{site_id: S, timezone: Asia/Taipei, resample_interval: 15m}}\nbatch: {{{batch}}}\n"
    );
    desk.file("site.yaml", text);
}

fn parts(desk: &Desk) -> usize {
    let parts = desk.left().into_iter();
    parts
        .filter(|path| path.extension().is_some_and(|end| end == "parquet"))
        .filter(|path| path.starts_with(desk.path("data/processed")))
        .count()
}

fn locked(desk: &Desk) -> File {
    let log = desk.path("data/manifests/.log/S");
    fs::create_dir_all(&log).unwrap();
    let mut lock = File::create(log.join("lock")).unwrap();
    lock.lock().unwrap();
    std::io::Write::write_all(&mut lock, b"process 7 on plant since noon").unwrap();
    lock
}

#[test]
fn after_a_run_what_is_past_the_retention_is_removed_where_the_configuration_wants_it() {
    let desk = Desk::new();
    let after_a_run = |number: u32, batch: &str| {
        config(&desk, batch);
        desk.file(&format!("in/{number}.csv"), day(10 + number, "1"));
        let text = desk.run(&["run", "in", "--config", "site.yaml"]);
        assert!(text.starts_with("exit 0"), "{text}");
        parts(&desk)
    };
    assert_eq!(after_a_run(0, ""), 1);
    assert_eq!(after_a_run(1, "retention: 1ms"), 2);
    assert_eq!(after_a_run(2, "gc: after_run"), 3);
    assert_eq!(after_a_run(3, "gc: after_run, retention: 1ms"), 1);
    let verify = desk.run(&["verify"]);
    assert!(verify.starts_with("exit 0"), "{verify}");
    let expired = desk.run(&["files", "--at-version", "1"]);
    assert!(expired.contains("expired"), "{expired}");
}

#[test]
fn the_configuration_says_how_long_gc_keeps_and_an_option_goes_before_it() {
    let desk = Desk::new();
    config(&desk, "retention: 1ms");
    for number in 0..2 {
        desk.file(&format!("in/{number}.csv"), day(10 + number, "1"));
        desk.run(&["run", "in", "--config", "site.yaml"]);
    }
    let removed = |args: &[&str]| {
        let text = desk.run(&[&["gc", "--dry-run"], args].concat());
        let (_, rest) = text.split_once("would remove ").unwrap();
        rest.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(removed(&["--data-dir", "data"]), "0");
    assert_eq!(removed(&["--config", "site.yaml"]), "4");
    assert_eq!(
        removed(&["--config", "site.yaml", "--retention", "1d"]),
        "0"
    );
}

#[test]
fn a_log_of_errors_is_moved_aside_when_it_is_old_and_then_goes_and_rejects_of_no_use_go() {
    let desk = Desk::new();
    config(&desk, "retention: 1d");
    desk.file("in/a.csv", day(10, "1"))
        .file("in/gone.csv", "no report")
        .file("in/there.csv", "no report either");
    let run = || desk.run(&["run", "in", "--config", "site.yaml"]);
    // The second run commits nothing, so that its rejects are not in the log of versions.
    run();
    desk.file("in/later.csv", "later");
    run();
    fs::remove_file(desk.path("in/gone.csv")).unwrap();
    let [errors, old] =
        ["", ".old"].map(|end| desk.path(&format!("data/manifests/errors-S.jsonl{end}")));
    let rejects = desk.path("data/manifests/rejects-S.jsonl");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    assert!(read(&rejects).contains("later.csv"), "{}", read(&rejects));
    let age = |text: String| text.replace("{\"time\":\"202", "{\"time\":\"200");
    let young = read(&rejects);
    let gone = age(young.replace("later.csv", "not-there.csv"));
    fs::write(&rejects, format!("{gone}{}", age(young.clone()))).unwrap();
    let text = read(&errors);
    fs::write(&errors, age(text.clone())).unwrap();
    let gc = || desk.run(&["gc", "--config", "site.yaml"]);
    let told = gc();
    assert!(told.contains("moved to errors-S.jsonl.old"), "{told}");
    assert!(told.contains("rejects-S.jsonl: 1 line of no use"), "{told}");
    assert_eq!(read(&old), age(text));
    assert!(!errors.exists());
    assert_eq!(read(&rejects), age(young));
    let known = run();
    assert!(
        known.starts_with("exit 0") && known.contains("2 known rejects"),
        "{known}"
    );
    // The one that was moved stays for the retention after its last line.
    gc();
    assert!(old.exists());
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 86_400);
    let file = File::options().append(true).open(&old).unwrap();
    file.set_modified(long_ago).unwrap();
    let told = gc();
    assert!(told.contains("errors-S.jsonl.old"), "{told}");
    assert!(!old.exists());
}

#[test]
fn a_command_waits_for_a_locked_site_for_as_long_as_it_is_told_and_says_for_whom() {
    let desk = Desk::new();
    desk.file("in/a.csv", day(10, "1"));
    config(&desk, "");
    let run = ["run", "in", "--config", "site.yaml"];
    desk.run(&run);
    let lock = locked(&desk);
    let holder = "the site S is locked by process 7 on plant since noon";
    let waited = |args: &[&str]| {
        let since = Instant::now();
        let text = desk.run(args);
        let time = since.elapsed();
        assert!(text.starts_with("exit 75"), "{text}");
        assert!(
            time > Duration::from_secs(1) && time < Duration::from_secs(20),
            "{time:?}"
        );
        let said = format!("warning: {holder}: waiting for it, for 1s at the most");
        assert!(text.contains(&said), "{text}");
        assert!(text.contains("help: waited for 1s"), "{text}");
    };
    waited(&[&run[..], &["--wait", "1s"]].concat());
    waited(&["run", "--wait=1s", "in", "--config", "site.yaml"]);
    waited(&["gc", "--wait", "1s"]);
    config(&desk, "wait: 1s");
    waited(&run);
    waited(&["recover", "--config", "site.yaml"]);
    waited(&["retract", "1", "--config", "site.yaml"]);
    drop(lock);
    assert!(desk.run(&["gc", "--wait"]).starts_with("exit 0"));
}

#[test]
fn a_path_behind_wait_is_a_path_and_a_time_that_is_none_is_refused() {
    let desk = Desk::new();
    desk.file("in/a.csv", day(10, "1"));
    config(&desk, "");
    let text = desk.run(&["run", "--wait", "in", "--config", "site.yaml"]);
    assert!(text.starts_with("exit 0"), "{text}");
    let text = desk.run(&["run", "--wait=soon", "in", "--config", "site.yaml"]);
    assert!(text.starts_with("exit 2"), "{text}");
    assert!(text.contains("--wait: expected a length of time"), "{text}");
}

#[test]
fn records_that_are_past_the_retention_become_one_and_the_site_goes_on() {
    let desk = Desk::new();
    config(&desk, "");
    let run = |number: u32| {
        desk.file(&format!("in/{number}.csv"), day(10 + number, "1"));
        desk.run(&["run", "in", "--config", "site.yaml"])
    };
    for number in 0..4 {
        run(number);
    }
    let shown = desk.run(&["show", "--data-dir", "data"]);
    let files = desk.run(&["files"]);
    let old = desk.run(&["gc", "--compact"]);
    assert!(!old.contains("base record"), "nothing is old yet: {old}");
    let gc = ["gc", "--compact", "--grace", "0s", "--retention", "0s"];
    let planned = desk.run(&[&gc[..], &["--dry-run"]].concat());
    let said = "would replace 3 records of versions up to 3 by a base record, ";
    assert!(planned.contains(said), "{planned}");
    let done = desk.run(&gc);
    let said = "  replaced 3 records of versions up to 3 by a base record, ";
    assert!(done.contains(said), "{done}");
    assert_eq!(desk.run(&["show", "--data-dir", "data"]), shown);
    assert_eq!(desk.run(&["files"]), files);
    let publics = fs::read_dir(desk.path("data/manifests")).unwrap().flatten();
    let publics =
        publics.filter(|entry| entry.file_name().to_string_lossy().starts_with("manifest-"));
    assert_eq!(publics.count(), 1);
    let log = desk.run(&["log"]);
    assert!(
        log.starts_with("exit 0\nS: the first 3 versions are one base record\nS 4 "),
        "{log}"
    );
    for args in [
        &["show", "2"][..],
        &["files", "--at-version", "2"],
        &["show", "--as-of", "2026-01-01"],
        &["show", "4", "--diff", "2"],
    ] {
        let text = desk.run(args);
        assert!(text.starts_with("exit 2"), "{args:?}: {text}");
        assert!(text.contains("was compacted"), "{args:?}: {text}");
        assert!(text.contains("that can be asked for is 4"), "{text}");
    }
    let explained = desk.run(&["explain", "--at", "2016-10-09T16:00"]);
    assert!(explained.starts_with("exit 0"), "{explained}");
    assert!(run(4).contains("committed S version 5"));
    assert!(run(4).contains("nothing new since version 5: 5 files known"));
    let again = desk.run(&gc);
    assert!(
        again.contains("replaced 1 record of versions up to 4"),
        "{again}"
    );
    for command in ["verify", "recover", "status", "points"] {
        let text = desk.run(&[command]);
        assert!(text.starts_with("exit 0"), "{text}");
    }
    let retracted = desk.run(&["retract", "in/1.csv", "--config", "site.yaml"]);
    assert!(retracted.contains("committed S version 6"), "{retracted}");
    let rebuilt = desk.run(&["run", "in", "--config", "site.yaml", "--rebuild"]);
    assert!(rebuilt.contains("committed S version 7"), "{rebuilt}");
}

#[test]
fn a_tag_keeps_what_its_version_consists_of_and_stands_for_it() {
    let desk = Desk::new();
    config(&desk, "retention: 1ms");
    for number in 0..3 {
        desk.file(&format!("in/{number}.csv"), day(10 + number, "1"));
        desk.run(&["run", "in", "--config", "site.yaml"]);
    }
    assert_eq!(desk.run(&["tag"]), "exit 0\nno tags\n---\n");
    let told = desk.run(&["tag", "train", "--at-version", "2"]);
    assert!(told.starts_with("exit 0\nS train  version 2  20"), "{told}");
    assert_eq!(desk.run(&["tag"]), told);
    let other = desk.run(&["tag", "train"]);
    assert!(other.starts_with("exit 2"), "{other}");
    assert!(
        other.contains("tag train is of version 2 of S already"),
        "{other}"
    );
    let number = desk.run(&["tag", "12"]);
    assert!(number.contains("no tag can be called \"12\""), "{number}");
    desk.run(&["gc", "--config", "site.yaml"]);
    let files = |version: &str| desk.run(&["files", "--at-version", version]);
    assert!(files("train").starts_with("exit 0"), "{}", files("train"));
    assert_eq!(files("train"), files("2"));
    assert!(files("1").contains("expired"), "{}", files("1"));
    let missing = files("other");
    assert!(missing.contains("S has no tag \"other\""), "{missing}");
    let diff = desk.run(&["show", "--diff", "train"]);
    assert_eq!(diff, desk.run(&["show", "--diff", "2"]));
    assert!(diff.starts_with("exit 0"), "{diff}");
    let gone = desk.run(&["tag", "train", "--remove"]);
    assert_eq!(gone, told.replace("\n---", "  REMOVED\n---"));
    desk.run(&["gc", "--config", "site.yaml"]);
    assert!(files("2").contains("expired"), "{}", files("2"));
    let verify = desk.run(&["verify"]);
    assert!(verify.starts_with("exit 0"), "{verify}");
}
