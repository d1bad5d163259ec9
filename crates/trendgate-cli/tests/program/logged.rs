//! What standard error has: text as ever, or one JSON object a line, whatever happens.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;

/// A report of four months.
fn months(desk: &Desk) {
    let mut report = two_points();
    for (month, day) in (1..=4).flat_map(|month| (1..=28).map(move |day| (month, day))) {
        let noon = format!("2016-{month:02}-{day:02} 12:00");
        report.add(noon, [day.to_string(), "ON".to_owned()]);
    }
    desk.file("in/a.csv", report.text());
}

/// The exit code, and the events on standard error, each by itself a JSON object with a time, a level, a name and a message.
fn events(desk: &Desk, args: &[&str]) -> (String, Vec<Value>) {
    let text = desk.run(args);
    let (exit, _) = text.split_once('\n').unwrap();
    let (_, log) = text.rsplit_once("---\n").unwrap();
    let events: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?}")))
        .collect();
    for event in &events {
        let time = event["timestamp"].as_str().unwrap();
        assert!(
            time.starts_with("20") && time.contains('T') && time.ends_with('Z'),
            "{event}"
        );
        let level = event["level"].as_str().unwrap();
        assert!(
            ["ERROR", "WARN", "INFO", "DEBUG"].contains(&level),
            "{event}"
        );
        assert!(!event["event"].as_str().unwrap().contains(' '), "{event}");
        assert!(event["message"].is_string(), "{event}");
    }
    (exit.to_owned(), events)
}

fn run_logged(desk: &Desk, more: &[&str]) -> (String, Vec<Value>) {
    let args = ["run", "in", "--data-dir", "data", "--log-format", "json"];
    events(desk, &[&args[..], &SITE, more].concat())
}

fn named<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    let mut found: Vec<&Value> = events.iter().collect();
    found.retain(|event| event["event"] == name);
    found
}

fn only<'e>(events: &'e [Value], name: &str) -> &'e Value {
    let found = named(events, name);
    assert_eq!(found.len(), 1, "{name}: {events:#?}");
    found[0]
}

#[test]
fn as_json_a_run_tells_what_it_does_in_its_order_and_every_event_names_the_site() {
    let desk = Desk::new();
    months(&desk);
    desk.file("in/b.csv", "no report");
    let (exit, events) = run_logged(&desk, &["--threads", "3", "-vv"]);
    assert_eq!(exit, "exit 3");
    assert!(
        events.iter().all(|event| event["site"] == "S"),
        "{events:#?}"
    );
    let order = [
        "run_began",
        "site_taken",
        "files_found",
        "files_judged",
        "planned",
        "attempt_began",
        "tasks_ended",
        "compared",
        "committed",
        "run_ended",
        "rejected",
    ];
    let told = events.iter().filter_map(|event| {
        let name = event["event"].as_str().unwrap();
        order.contains(&name).then_some(name)
    });
    assert_eq!(told.collect::<Vec<_>>(), order);
    let (tasks, parts) = (named(&events, "task_ended"), named(&events, "part_written"));
    assert!(tasks.len() > 1, "{events:#?}");
    assert_eq!(parts.len(), 4);
    let committed = only(&events, "committed");
    assert_eq!(committed["version"], 1);
    let attempts: BTreeSet<&str> = [tasks, parts, vec![committed]]
        .concat()
        .iter()
        .map(|event| event["attempt"].as_str().unwrap())
        .collect();
    assert_eq!(attempts.len(), 1, "on every thread it is the same attempt");
    let ended = only(&events, "run_ended");
    assert_eq!(ended["outcome"], "committed");
    assert_eq!(ended["rows"], committed["rows"]);
    assert_eq!(
        (&ended["files"], &ended["rejected"]),
        (&1.into(), &1.into())
    );
    assert!(ended["seconds"].as_f64().unwrap() > 0.0);
    let rejected = only(&events, "rejected");
    assert_eq!(rejected["file"], "in/b.csv");
    assert_eq!(rejected["kind"], "Input");
    assert!(rejected["hint"].as_str().unwrap().contains("remove"));
    let warning = named(&events, "warning")[0];
    assert_eq!(warning["kind"], "nothing_to_check");
}

#[test]
fn as_json_what_fails_is_an_event_with_its_kind_and_what_to_do() {
    let desk = Desk::new();
    desk.file("in/b.csv", "no report");
    let (exit, failed) = run_logged(&desk, &[]);
    assert_eq!(exit, "exit 1");
    let error = only(&failed, "error");
    assert_eq!(error["level"], "ERROR");
    assert_eq!(
        (&error["kind"], &error["site"]),
        (&"Input".into(), &"S".into())
    );
    assert_eq!(only(&failed, "run_ended")["outcome"], "failed");
    let usage = events(&desk, &["--log-format=json", "run", "--nope"]);
    assert_eq!(usage.0, "exit 2");
    let error = only(&usage.1, "error");
    assert_eq!(error["kind"], "Usage");
    assert!(error["message"].as_str().unwrap().contains("--nope"));
}

#[test]
fn as_json_a_locked_site_is_an_event_too() {
    let desk = Desk::new();
    months(&desk);
    let log = desk.path("data/manifests/.log/S");
    fs::create_dir_all(&log).unwrap();
    let lock = File::create(log.join("lock")).unwrap();
    lock.lock().unwrap();
    let (exit, events) = run_logged(&desk, &[]);
    assert_eq!(exit, "exit 75");
    let error = only(&events, "error");
    assert_eq!(
        (&error["kind"], &error["site"]),
        (&"Locked".into(), &"S".into())
    );
    assert_eq!(only(&events, "run_ended")["kind"], "Locked");
}

#[test]
fn as_json_a_collection_names_each_site_and_what_it_removes() {
    let desk = Desk::new();
    months(&desk);
    run_logged(&desk, &[]);
    let stray = "data/processed/S/year=2016/month=01/part-zzzzzzzz-201601-00000.parquet";
    desk.file(stray, "");
    let gc = ["gc", "--grace", "0s", "--log-format", "json", "-vv"];
    let (exit, events) = events(&desk, &gc);
    assert_eq!(exit, "exit 0");
    let removed = only(&events, "file_removed");
    assert!(
        removed["message"]
            .as_str()
            .unwrap()
            .contains("part-zzzzzzzz")
    );
    let collected = only(&events, "collected");
    assert_eq!(
        (&collected["files"], &collected["site"]),
        (&1.into(), &"S".into())
    );
}

#[test]
fn text_says_more_with_v_only_errors_with_q_and_what_the_filter_asks_for() {
    let desk = Desk::new();
    months(&desk);
    desk.file("in/b.csv", "no report");
    let log = |more: &[&str], filter: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trendgate"));
        command.current_dir(desk.folder.path());
        command.args(["run", "in", "--data-dir", "data"]);
        command.args(SITE).args(more).env_remove("TRENDGATE_LOG");
        if let Some(filter) = filter {
            command.env("TRENDGATE_LOG", filter);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (exit, text) = log(&["-q"], None);
    assert_eq!(exit, 3);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("  "))
        .collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].starts_with("rejected: in/b.csv: not a trend report"));
    assert_eq!(log(&["-q"], None), (0, String::new()));
    assert_eq!(log(&[], None), (0, "looking at 2 files\n".to_owned()));
    let (_, text) = log(&["-v"], None);
    assert!(text.contains("info: S: the files are looked at (ignored 0, known 1,"));
    assert!(!text.contains("debug:"), "{text}");
    for (more, filter) in [(&["-vv"][..], None), (&[], Some("debug"))] {
        let (_, text) = log(more, filter);
        assert!(
            text.contains("debug: S: the log is read (seconds 0.0"),
            "{text}"
        );
        assert!(text.contains(", version 1)"), "{text}");
    }
    let (_, text) = log(&["-vv"], Some("off"));
    assert_eq!(text, "looking at 2 files\n");
    let (exit, text) = log(&[], Some("a=b=c"));
    assert_eq!(exit, 2);
    assert!(text.starts_with("error: TRENDGATE_LOG: expected a filter, found \"a=b=c\"\n"));
}

#[test]
fn the_guide_lists_every_event_that_there_is_and_no_other() {
    fn walk(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, names);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let code = fs::read_to_string(&path).unwrap();
                let found = code.split("name: \"").skip(1);
                let found = found.filter(|_| code.contains("tracing::"));
                names.extend(found.map(|rest| rest.split('"').next().unwrap().to_owned()));
                let events = code.split("event!(Level::").skip(1);
                names.extend(events.map(|rest| rest.split('"').nth(1).unwrap().to_owned()));
            }
        }
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut names = BTreeSet::new();
    for folder in ["trendgate/src", "trendgate-cli/src"] {
        walk(&crates.join(folder), &mut names);
    }
    let guide = fs::read_to_string(crates.parent().unwrap().join("docs/guide.md")).unwrap();
    let (_, table) = guide.split_once("| event | level |").unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`'))
        .map(str::to_owned)
        .filter(|name| name.contains(char::is_alphanumeric))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    assert_eq!(names, listed);
}
