//! Whole nights: what is said once, what is said again, and the exit code that a scheduler sees.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use testkit::Report;

/// A report of one point, from midnight of a day in October 2016 on, every 15 minutes.
fn report(point: &str, day: u32, cells: &[&str]) -> String {
    let midnight = format!("2016-10-{day:02}");
    let cells = cells.iter().map(|cell| [cell]);
    Report::new([point]).every(15, midnight, cells).text()
}

fn good(day: u32) -> String {
    report("A.T", day, &["20", "20.1", "20.2", "20.3"])
}

struct Plant {
    folder: tempfile::TempDir,
    config: String,
}

/// How a night ended.
struct Night {
    exit: i32,
    out: Value,
    said: String,
}

impl Plant {
    fn new(cleaner: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("in/old")).unwrap();
        let config =
            format!("cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n{cleaner}");
        Self { folder, config }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn rejects(&self) -> String {
        fs::read_to_string(self.path("data/manifests/rejects-S.jsonl")).unwrap_or_default()
    }

    fn command(&self, args: &[&str]) -> Night {
        let output = Command::new(env!("CARGO_BIN_EXE_trendgate"))
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("TRENDGATE_LOG")
            .output()
            .unwrap();
        Night {
            exit: output.status.code().unwrap(),
            out: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn run(&self, more: &[&str]) -> Night {
        self.file("site.yaml", &self.config);
        let args = [
            "run",
            "in",
            "--config",
            "site.yaml",
            "--data-dir",
            "data",
            "--json",
        ];
        self.command(&[&args[..], more].concat())
    }
}

impl Night {
    /// The only warning of a kind.
    fn warning(&self, kind: &str) -> &Value {
        let all = self.out["warnings"].as_array().unwrap();
        let mut found = all.iter().filter(|warning| warning["kind"] == kind);
        let first = found.next();
        assert!(found.next().is_none(), "{kind} twice: {all:?}");
        first.unwrap_or(&Value::Null)
    }
}

#[test]
fn a_bad_file_is_exit_3_in_its_first_night_alone_and_again_when_it_has_changed() {
    let plant = Plant::new("");
    plant
        .file("in/a.csv", &good(1))
        .file("in/bad.csv", "noise\n");
    let first = plant.run(&[]);
    assert_eq!((first.exit, &first.out["status"]), (3, &"committed".into()));
    let second = plant.run(&[]);
    assert_eq!(
        (second.exit, &second.out["status"]),
        (0, &"nothing_new".into())
    );
    assert_eq!(second.out["files"]["known_rejects"], 1);
    plant.file("in/b.csv", &good(2));
    let third = plant.run(&[]);
    assert_eq!((third.exit, &third.out["status"]), (0, &"committed".into()));
    assert_eq!(third.out["files"]["known_rejects"], 1);
    plant.file("in/bad.csv", "other noise\n");
    let fourth = plant.run(&[]);
    assert_eq!(
        (fourth.exit, &fourth.out["status"]),
        (3, &"nothing_new".into())
    );
    assert_eq!(fourth.out["files"]["rejected"], 1);
    assert_eq!(plant.run(&[]).exit, 0);
}

#[test]
fn without_a_version_bad_files_alone_are_exit_1_every_night_and_are_remembered() {
    let plant = Plant::new("");
    plant.file("in/bad.csv", "noise\n").file("in/worse.csv", "");
    let first = plant.run(&[]);
    assert_eq!(first.exit, 1, "{}", first.said);
    let lines = plant.rejects();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let second = plant.run(&[]);
    assert_eq!(second.exit, 1);
    let known = "none of the 2 files can be used; 2 of them were rejected before, and have not changed since";
    assert_eq!(second.out["error"], known);
    assert_eq!(plant.rejects(), lines, "nothing is added for what is known");
    plant.file("in/a.csv", &good(1));
    let third = plant.run(&[]);
    assert_eq!(
        (third.exit, &third.out["files"]["known_rejects"]),
        (0, &2.into())
    );
}

#[test]
fn a_reject_of_a_night_without_a_commit_is_known_in_the_next_one_until_the_configuration_changes() {
    let plant = Plant::new("");
    assert_eq!(plant.file("in/a.csv", &good(1)).run(&[]).exit, 0);
    // Found out when it is read, not when it is looked at.
    let late = good(2)
        .replace("00:45:00", "99:45:00")
        .replace("00:30:00", "00:xx:00");
    plant.file("in/late.csv", &late.replace("2016/10/2", "2016/99/2"));
    let second = plant.run(&[]);
    assert_eq!(
        (second.exit, &second.out["status"]),
        (3, &"nothing_new".into()),
        "{}",
        second.said
    );
    let third = plant.run(&[]);
    assert_eq!(
        (third.exit, &third.out["files"]["known_rejects"]),
        (0, &1.into())
    );
    // A damaged line is passed over and said; a lost file costs a try.
    let lines = plant.rejects();
    plant.file(
        "data/manifests/rejects-S.jsonl",
        &format!("{{\"time\n{lines}"),
    );
    let fourth = plant.run(&[]);
    assert_eq!(fourth.exit, 0);
    let message = fourth.warning("rejects_unreadable")["message"].to_string();
    assert!(message.contains("1 of its lines are damaged"), "{message}");
    fs::remove_file(plant.path("data/manifests/rejects-S.jsonl")).unwrap();
    assert_eq!((plant.run(&[]).exit, plant.run(&[]).exit), (3, 0));
}

#[test]
fn a_list_of_rejects_that_is_a_link_is_not_followed() {
    let plant = Plant::new("");
    assert_eq!(plant.file("in/a.csv", &good(1)).run(&[]).exit, 0);
    plant.file("elsewhere", "").file("in/bad.csv", "noise\n");
    let list = plant.path("data/manifests/rejects-S.jsonl");
    std::os::unix::fs::symlink(plant.path("elsewhere"), list).unwrap();
    let night = plant.run(&[]);
    assert_eq!(night.exit, 3);
    assert_ne!(night.warning("rejects_unreadable"), &Value::Null);
}

#[test]
fn what_the_configuration_ignores_is_counted_and_no_reject() {
    let plant = Plant::new("  ignore: [\"bad*\", /old/]\n");
    plant
        .file("in/a.csv", &good(1))
        .file("in/BAD 1.csv", "noise\n")
        .file("in/old/b.csv", "noise\n");
    let night = plant.run(&[]);
    assert_eq!(
        (night.exit, &night.out["files"]["ignored"]),
        (0, &2.into()),
        "{}",
        night.said
    );
    assert_eq!(night.out["failed_files"], Value::Array(Vec::new()));
    let alone = Plant::new("  ignore: [\"*.csv\"]\n");
    let night = alone.file("in/a.csv", &good(1)).run(&[]);
    assert_eq!(night.exit, 1);
    assert_eq!(
        night.out["error"],
        "no reports found: cleaner.ignore passes over all 1 files"
    );
    let wrong = Plant::new("  ignore: [\"a[\"]\n");
    assert_eq!(wrong.file("in/a.csv", &good(1)).run(&[]).exit, 2);
}

#[test]
fn a_report_that_loses_rows_is_exit_3_and_says_which_in_the_night_in_which_it_comes() {
    // As Excel leaves a column that is too narrow; two of eight rows have no date.
    let text = report("A.T", 1, &["20", "21", "22", "23", "24", "25", "26", "27"]);
    let text = text
        .replace("\"2016/10/1\",\"00:00:00\"", "########,\"00:00:00\"")
        .replace("\"2016/10/1\",\"01:00:00\"", "########,\"01:00:00\"");
    let plant = Plant::new("");
    let night = plant.file("in/a.csv", &text).run(&[]);
    assert_eq!(
        (night.exit, &night.out["status"]),
        (3, &"committed".into()),
        "{}",
        night.said
    );
    let lost = night.warning("lost_rows");
    assert_eq!(lost["file"], "in/a.csv");
    assert_eq!(
        lost["counts"],
        serde_json::json!({"reports": 1, "rejected": 2, "rows": 8})
    );
    assert_eq!(lost["examples"].as_array().unwrap().len(), 2);
    assert!(
        lost["remedy"]
            .as_str()
            .unwrap()
            .contains("cleaner.loss_share")
    );
    assert!(
        night
            .said
            .contains("warning: in/a.csv: 2 of 8 rows are rejected; "),
        "{}",
        night.said
    );
    let manifest = fs::read_to_string(
        night.out["manifest"]
            .as_str()
            .map(|path| plant.path(path))
            .unwrap(),
    );
    let manifest: Value = serde_json::from_str(&manifest.unwrap()).unwrap();
    let kept = manifest["warnings"].as_array().unwrap();
    assert!(kept.contains(lost), "{kept:?}");
    // Read again with a new report of the same month, it is no news.
    let next = plant.file("in/b.csv", &good(2)).run(&[]);
    assert_eq!((next.exit, next.warning("lost_rows")), (0, &Value::Null));
    let allowed = Plant::new("  loss_share: 0.25\n");
    assert_eq!(allowed.file("in/a.csv", &text).run(&[]).exit, 0);
}

#[test]
fn a_point_that_loses_cells_is_exit_3_with_its_texts_and_the_remedy() {
    let cells = ["AUTO", "HAND", "OFF", "Stage 1", "LOW", "HIGH"];
    let plant = Plant::new("");
    let night = plant
        .file("in/a.csv", &report("A.MODE", 1, &cells))
        .run(&[]);
    assert_eq!(night.exit, 3, "{}", night.said);
    let lost = night.warning("lost_cells");
    assert_eq!(
        (&lost["point"], &lost["column"]),
        (&"A.MODE".into(), &"a_mode".into())
    );
    assert_eq!(lost["counts"]["cells"], 6);
    assert!(lost["counts"]["unrecognised"].as_u64().unwrap() >= 3);
    assert!(
        lost["examples"]
            .as_array()
            .unwrap()
            .contains(&"HAND".into()),
        "{lost}"
    );
    assert!(lost["remedy"].as_str().unwrap().contains("states"));
    let named = Plant::new(
        "  points:\n    A.MODE: {states: {on: [AUTO, HAND, Stage 1, HIGH], off: [LOW]}}\n",
    );
    let night = named
        .file("in/a.csv", &report("A.MODE", 1, &cells))
        .run(&[]);
    assert_eq!((night.exit, night.warning("lost_cells")), (0, &Value::Null));
}

#[test]
fn ambiguous_numbers_are_said_once_with_their_own_remedy() {
    // Neither sign is proved by any cell.
    for (ambiguous, kind, other, exit) in [
        (1, "ambiguous_numbers", "lost_cells", 0),
        (5, "lost_cells", "ambiguous_numbers", 3),
    ] {
        let mut cells = vec!["7,625"; ambiguous];
        cells.resize(40, "8");
        let plant = Plant::new("");
        let night = plant.file("in/a.csv", &report("A.T", 1, &cells)).run(&[]);
        assert_eq!(night.exit, exit, "{}", night.said);
        assert_eq!(night.warning(other), &Value::Null);
        let said = night.warning(kind);
        assert!(
            said["message"].as_str().unwrap().contains("7,625"),
            "{said}"
        );
        let remedy = "say in the configuration which sign is the decimal one: `decimal: \".\"` or `decimal: \",\"`, under cleaner";
        assert_eq!(said["remedy"], remedy);
    }
}

#[test]
fn a_wrong_unit_is_said_of_the_point_with_what_was_expected_and_found() {
    // °C in truth, and taken for °F: of 200 bins none is plausible; the site's other points are fine.
    let temperature = "physical_type: water_temperature, unit: °F";
    let mut config =
        format!("  points:\n    B.T: {{{temperature}, plausible: {{min: 0, max: 60}}}}\n");
    for good in 1..=3 {
        config += &format!("    G{good}: {{plausible: {{min: -1000, max: 1000}}}}\n");
    }
    let plant = Plant::new(&config);
    let cells: Vec<String> = (0..96).map(|row| format!("{}", 5 + row % 7)).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    plant.file("in/b.csv", &report("B.T", 1, &cells));
    for good in 1..=3 {
        plant.file(
            &format!("in/g{good}.csv"),
            &report(&format!("G{good}"), 1, &cells),
        );
    }
    let night = plant.run(&[]);
    assert_eq!(night.exit, 0, "points are only marked: {}", night.said);
    let tripped = night.warning("points_tripped");
    assert_eq!(
        (&tripped["rule"], &tripped["month"]),
        (&"plausible".into(), &"2016-10".into())
    );
    assert_eq!(
        (&tripped["point"], &tripped["column"]),
        (&"B.T".into(), &"b_t".into())
    );
    assert_eq!(
        tripped["counts"],
        serde_json::json!({"points": 1, "flagged": 96, "judged": 96})
    );
    let example = tripped["examples"][0].as_str().unwrap();
    assert_eq!(
        example,
        "B.T (96 of 96 bins; expected 0 .. 60 °C, found -15 .. -11.67)"
    );
    assert!(
        tripped["remedy"]
            .as_str()
            .unwrap()
            .starts_with("is the unit °F right?")
    );
    assert_eq!(night.warning("rule_tripped"), &Value::Null, "96 of 384");
    let trips = night.out["trips"].as_array().unwrap();
    assert_eq!((trips.len(), &trips[0]["column"]), (1, &"b_t".into()));
    // A day less, and the point has too few bins to be judged by.
    let few = Plant::new(&config);
    few.file("in/b.csv", &report("B.T", 1, &cells[..95]));
    for good in 1..=3 {
        few.file(
            &format!("in/g{good}.csv"),
            &report(&format!("G{good}"), 1, &cells),
        );
    }
    assert_eq!(few.run(&[]).warning("points_tripped"), &Value::Null);
}

#[test]
fn a_dead_required_point_is_said_once_and_stands_until_it_lives() {
    let plant = Plant::new("  points:\n    A.T: {}\n    D.T: {required: true}\n");
    let dead = ["No Data"; 4];
    plant
        .file("in/a.csv", &good(1))
        .file("in/d.csv", &report("D.T", 1, &dead));
    let first = plant.run(&[]);
    assert_eq!(first.exit, 0, "{}", first.said);
    assert_eq!(first.warning("dead_required_point")["column"], "d_t");
    let condition = &first.out["standing"][0];
    assert_eq!(
        (
            &condition["kind"],
            &condition["subject"],
            &condition["version"]
        ),
        (&"dead_required_point".into(), &"d_t".into(), &1.into())
    );
    let second = plant.file("in/b.csv", &good(2)).run(&[]);
    assert_eq!(
        (second.exit, second.warning("dead_required_point")),
        (0, &Value::Null)
    );
    assert_eq!(&second.out["standing"][0], condition, "carried unchanged");
    let show = plant.command(&["show", "--data-dir", "data", "--json"]);
    assert_eq!(show.out[0]["standing"][0], *condition);
    let log = plant.command(&["log", "--data-dir", "data", "--json"]);
    assert!(
        log.out.to_string().contains("\"dead_required_point\""),
        "{}",
        log.out
    );
    let third = plant
        .file("in/e.csv", &report("D.T", 3, &["7"; 4]))
        .run(&[]);
    assert_eq!(
        third.out["standing"],
        Value::Array(Vec::new()),
        "it lives: {}",
        third.said
    );
}
