//! What watches a dataset: points, status, what changed between versions, what a retraction would do.

use super::*;
use serde_json::Value;

/// Two points, of which one is too hot for a while and the other has no value.
static HOT: LazyLock<String> = LazyLock::new(|| {
    let hot = ["21.5", "199.25", "22", "No Data"].map(|cell| [cell, "No Data"]);
    Report::new(["A.B", "A.DEAD"])
        .every(15, "2016-10-10", hot)
        .text()
});

const CONFIG: &str = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points:\n    A.B: {physical_type: water_temperature, unit: °C}\n";

/// The same with what differs from run to run taken out: times of today, and how long ago something was.
fn steady(text: &str) -> String {
    let today = |word: &str| {
        let bare = word
            .trim_start_matches('(')
            .trim_end_matches([',', ')', ':']);
        bare.len() >= 20 && bare.ends_with('Z') && !bare.starts_with("2016")
    };
    let line = |line: &str| {
        let line = match (line.find(" ("), line.find(" ago)")) {
            (Some(from), Some(to)) if from < to => {
                format!("{} (… ago){}", &line[..from], &line[to + 5..])
            }
            _ => line.to_owned(),
        };
        let words = line.split(' ').map(|word| match today(word) {
            true => "NOW".to_owned() + if word.ends_with(',') { "," } else { "" },
            false => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let folder = |line: String| match line.split_once(" in /") {
        Some((before, path)) => format!("{before} in …/{}", path.rsplit('/').next().unwrap()),
        None => line,
    };
    text.lines()
        .map(line)
        .map(folder)
        .collect::<Vec<_>>()
        .join("\n")
}

fn json(desk: &Desk, args: &[&str]) -> Value {
    let text = desk.run(&[args, &["--json"]].concat());
    let (_, text) = text.split_once('\n').unwrap();
    let (text, _) = text.rsplit_once("---\n").unwrap();
    serde_json::from_str(text).unwrap()
}

fn run_config(desk: &Desk, more: &[&str]) -> String {
    desk.run(&[&["run", "in", "--config", "site.yaml"], more].concat())
}

#[test]
fn points_have_the_figures_of_the_manifest() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    assert!(run_config(&desk, &[]).starts_with("exit 0"));
    insta::assert_snapshot!(desk.run(&["points"]), @"
    exit 0
    S version 1: 2 points (1 dead), 4 rows
      2016-10-09T16:00:00Z .. 2016-10-09T16:45:00Z
      whole rows: no_sample 25.0% (1), coverage 25.0% (1)

    a_b     water_temperature  °C  mean  21.5 .. 199.25
      A.B, 3 values, the last at 2016-10-09T16:30:00Z
      plausible 33.3% (1)
    a_dead  -                  -   mean  dead
      A.DEAD
    ---
    ");
    let points = &json(&desk, &["points"])["sites"][0]["points"];
    let manifest = json(&desk, &["show", "1"]);
    let stated = manifest["statistics"]["points"].as_object().unwrap();
    assert_eq!(points.as_array().unwrap().len(), stated.len());
    for point in points.as_array().unwrap() {
        let stated = &stated[point["name"].as_str().unwrap()];
        for field in ["values", "dead"] {
            assert_eq!(point[field], stated[field], "{point}");
        }
        for field in ["min", "max"] {
            let stated = stated.get(field).unwrap_or(&Value::Null);
            assert_eq!(&point[field], stated, "{point}");
        }
        for (rule, counts) in stated["rules"].as_object().into_iter().flatten() {
            let bins = point["flagged"]
                .get(rule)
                .map_or(0, |flagged| flagged["bins"].as_u64().unwrap());
            assert_eq!(counts["flagged"], bins, "{rule} of {point}");
        }
    }
}

#[test]
fn points_are_those_of_all_versions_or_as_they_were() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    desk.file(
        "in/b.csv",
        HOT.replace("2016/10/10", "2016/12/10")
            .replace("A.DEAD", "A.C")
            .replace("\"22\",\"No Data\"", "\"22\",\"7\""),
    );
    assert!(run_config(&desk, &[]).contains("committed S version 2"));
    let now = desk.run(&["points"]);
    assert!(
        now.contains("S version 2: 3 points (1 dead), 8 rows\n"),
        "{now}"
    );
    assert!(now.contains("plausible 33.3% (2)\n"), "{now}");
    let before = desk.run(&["points", "--at-version", "1"]);
    assert!(
        before.contains("S version 1: 2 points (1 dead), 4 rows\n"),
        "{before}"
    );
}

#[test]
fn a_status_says_how_the_last_run_ended_and_how_fresh_each_source_is() {
    let desk = Desk::new();
    for folder in ["in/first", "in/second", "in/other"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.file("in/first/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    // Another folder goes on with the same points, and a third one has a point of its own.
    desk.file("in/second/b.csv", HOT.replace("2016/10/10", "2016/10/11"));
    desk.file(
        "in/other/c.csv",
        HOT.replace("A.B", "A.C").replace("A.DEAD", "A.D"),
    );
    run_config(&desk, &[]);
    insta::assert_snapshot!(steady(&desk.run(&["status"])), @"
    exit 0
    S
      last run  NOW (… ago), committed version 2, exit 0
      dataset   version 2 of NOW, 100 rows
                2016-10-09T16:00:00Z .. 2016-10-10T16:45:00Z
      newest    2016-10-10T16:45:00Z (… ago), 2 points
                siemens-scheduler in …/second
                2016-10-09T16:45:00Z (… ago), 2 points
                siemens-scheduler in …/other
      flags     OUTLIER 2.0% (2)
                INSUFFICIENT_DATA 94.0% (94)
      warnings  2 warnings in version 2: `trendgate show 2`
    ---
    ");
    run_config(&desk, &[]);
    let status = json(&desk, &["status"]);
    let site = &status["sites"][0];
    assert_eq!(
        (&site["exit"], &site["last_run"]["outcome"]),
        (&0.into(), &"nothing_new".into())
    );
    // A folder that is gone is the command's fault, and is seen all the same.
    fs::rename(desk.path("in"), desk.path("away")).unwrap();
    assert!(run_config(&desk, &[]).starts_with("exit 2"));
    let status = desk.run(&["status"]);
    assert!(
        status.contains(" ago), FAILED, exit 2\n            in: no such file or folder"),
        "{status}"
    );
    let left = fs::read_dir(desk.path("data/manifests/.runs/S")).unwrap();
    assert_eq!(left.count(), 2, "the last two are kept");
}

#[test]
fn a_status_has_a_site_whose_first_run_failed() {
    let desk = Desk::new();
    desk.file("in/a.csv", "x,y\n1,2\n")
        .file("site.yaml", CONFIG);
    assert!(run_config(&desk, &[]).starts_with("exit 1"));
    let status = steady(&desk.run(&["status"]));
    assert!(
        status.starts_with("exit 0\nS\n  last run  NOW (… ago), FAILED, exit 1\n"),
        "{status}"
    );
    assert!(
        status.ends_with("  dataset   nothing is committed yet\n---"),
        "{status}"
    );
    let other = desk.run(&["status", "--site", "T"]);
    assert!(
        other.starts_with("exit 2") && other.contains("it has S"),
        "{other}"
    );
    let nothing = desk.run(&["status", "--data-dir", "in"]);
    assert!(nothing.starts_with("exit 2"), "{nothing}");
}

#[test]
fn what_changed_since_a_version_is_said() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    desk.file(
        "in/b.csv",
        HOT.replace("00:45:00\",\"No Data\"", "00:45:00\",\"23\"")
            .replace("A.DEAD", "A.C"),
    );
    desk.file("site.yaml", CONFIG.replace("unit: °C", "unit: °F"));
    assert!(run_config(&desk, &["--rebuild"]).contains("committed S version 2"));
    insta::assert_snapshot!(desk.run(&["show", "--diff", "1"]), @r#"
    exit 0
    S from version 1 to version 2
      rows      4, as before
      range     2016-10-09T16:00:00Z .. 2016-10-09T16:45:00Z
      bins      0 added, 0 removed, 4 changed
                2016-10-09T16:00:00Z .. 2016-10-09T16:45:00Z
      flags     OUTLIER 3, was 1
      points    + a_c
      parts     1 added, 1 removed, 0 kept
      files     1 taken, 0 rejected
      config    points."A.B".unit is °F, was °C
    ---
    "#);
    assert_eq!(
        desk.run(&["show", "2", "--diff", "1"]),
        desk.run(&["show", "--diff", "1"])
    );
    let wrong = desk.run(&["show", "--diff", "2"]);
    assert!(
        wrong.starts_with("exit 2") && wrong.contains("expected a version before 2, found 2"),
        "{wrong}"
    );
    desk.run(&["gc", "--retention", "0s"]);
    let expired = desk.run(&["show", "--diff", "1"]);
    assert!(
        expired.contains("  bins      not known: parts of an expired version are gone\n"),
        "{expired}"
    );
}

#[test]
fn a_retraction_says_what_it_would_do_and_the_log_what_versions_were_made_for() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    desk.file(
        "in/b.csv",
        HOT.replace("00:45:00\",\"No Data\"", "00:45:00\",\"23\""),
    );
    run_config(&desk, &[]);
    let before = desk.left();
    let retract = ["retract", "in/b.csv", "--config", "site.yaml"];
    let dry = desk.run(&[&retract[..], &["--dry-run"]].concat());
    let dry = dry.replace(
        &fs::canonicalize(desk.folder.path())
            .unwrap()
            .display()
            .to_string(),
        "…",
    );
    insta::assert_snapshot!(dry, @"
    exit 0
    would retract 1 report of S
      …/in/b.csv
        taken by version 2, 2016-10-09T16:00:00Z .. 2016-10-09T16:45:00Z
    would make 1 month again, of 1 other report; now 4 rows in 1 part
    ---
    ");
    assert_eq!(desk.left(), before, "nothing is written");
    let unknown = desk.run(&["retract", "in/c.csv", "--config", "site.yaml", "--dry-run"]);
    assert!(
        unknown.starts_with("exit 2")
            && unknown.contains("S has no report that was read from in/c.csv"),
        "{unknown}"
    );
    desk.run(&retract);
    run_config(&desk, &["--rebuild"]);
    desk.file(
        "site.yaml",
        format!("{CONFIG}batch:\n  timestamp_unit: us\n"),
    );
    run_config(&desk, &[]);
    let occasions = json(&desk, &["log"]);
    let occasions = occasions
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["occasion"]);
    let occasions: Vec<&str> = occasions.map(|one| one.as_str().unwrap()).collect();
    assert_eq!(
        occasions,
        ["import", "import", "retraction", "rebuild", "reencoding"]
    );
    let log = desk.run(&["log"]);
    let marks = log
        .lines()
        .filter_map(|line| line.split_once("  RE").map(|(_, mark)| mark));
    assert_eq!(
        marks.collect::<Vec<_>>(),
        [
            "TRACTION of 1 report",
            "BUILD of 1 report",
            "ENCODING of timestamps"
        ],
        "{log}"
    );
}

#[test]
fn files_are_one_path_a_line_for_programs() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    let listed = desk.run(&["files", "--as-of", "2100-01-01T00:00"]);
    let zero = desk.run(&["files", "-0", "--at-version", "1"]);
    assert_eq!(zero.replace('\0', "\n"), listed);
    for path in listed.lines().filter(|line| line.ends_with(".parquet")) {
        assert!(desk.path(path).is_file(), "{listed}");
    }
}

#[test]
fn a_report_is_one_page_on_standard_output_and_a_folder_of_all_sites() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    let page = desk.run(&["report"]);
    assert!(page.starts_with("exit 0\n<!DOCTYPE html>"), "{page}");
    assert!(page.contains("199.25 °C is outside the plausible range, "));
    assert!(page.ends_with("</html>---\n"), "nothing is said beside it");
    assert_eq!(
        desk.run(&["report", "--all", "--out", "pages"]),
        "exit 0\npages/index.html: 1 site\n---\n"
    );
    let names = fs::read_dir(desk.path("pages")).unwrap();
    let mut names: Vec<_> = names.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["index.html", "site-S.html"]);
}

#[test]
fn a_report_of_nothing_is_refused_with_what_there_is() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*HOT).file("site.yaml", CONFIG);
    run_config(&desk, &[]);
    insta::assert_snapshot!(desk.run(&["report", "--from", "2020-01-01"]), @"
    exit 2
    ---
    error: S has no row in the range that was asked for
      help: the dataset goes from 2016-10-09T16:00:00Z to 2016-10-09T16:45:00Z (UTC)
    ");
    insta::assert_snapshot!(desk.run(&["report", "--from", "2020-01-02", "--to", "2020-01-01"]), @"
    exit 2
    ---
    error: expected --to behind --from, found 2020-01-01T00:00:00Z and 2020-01-02T00:00:00Z
    ");
    run_config(&desk, &["--site", "T"]);
    insta::assert_snapshot!(desk.run(&["report"]), @"
    exit 2
    ---
    error: the dataset has 2 sites
      help: name one with --site, or write all with --all --out DIR: S, T
    ");
}
