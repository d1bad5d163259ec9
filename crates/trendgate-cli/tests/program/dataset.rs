//! The life of a dataset: it is made, grows, is looked at, checked and verified.

use super::*;

#[test]
fn a_run_tells_what_it_did_and_again_that_there_is_nothing_new() {
    let desk = Desk::new();
    let text = desk.file("in/a.csv", &*REPORT).run_in(&[]);
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
      kept      1 file, 189 B
    ---
    looking at 1 file
    warning: cleaner.equipment describes nothing to check: HEAT_IMBALANCE and AFFINITY_VIOLATION are off
    reading 1 report (259 B) in 1 task
    warning: 2 of 2 points with numbers are not described in the configuration, each is taken for a gauge (mean): A.B, A.ST
      help: describe them under cleaner.points; `trendgate init` proposes how
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
    desk.file("in/a.csv", &*REPORT).run_in(&[]);
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
        grown.contains("  growth    1 known report read again, 1 part replaced"),
        "{grown}"
    );
    let show = |more: &[&str]| {
        let text = desk.run(&[&["show"], more].concat());
        text.lines().nth(1).unwrap().to_owned()
    };
    insta::assert_snapshot!(show(&[]), @"S version 2: 3 rows, 2016-10-09T16:00:00Z .. 2016-10-09T16:30:00Z, 4 columns, 1 part");
    insta::assert_snapshot!(show(&["--at-version", "1"]), @"S version 1: 2 rows, 2016-10-09T16:00:00Z .. 2016-10-09T16:15:00Z, 4 columns, 1 part");
    let files = |more: &[&str]| desk.run(&[&["files"], more].concat());
    let (now, before) = (files(&[]), files(&["--at-version", "1"]));
    for listed in [&now, &before] {
        let lines: Vec<&str> = listed.lines().collect();
        let ["exit 0", part, "---"] = lines.as_slice() else {
            panic!("{listed}")
        };
        assert!(desk.path(part).is_file(), "{listed}");
    }
    assert_ne!(now, before);
    assert!(files(&["--json"]).contains("part-"));
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
        retracted.contains("committed S version 3") && retracted.contains("1 report retracted"),
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
    desk.file("in/a.csv", &*REPORT);
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
    desk.file("in/a.csv", &*REPORT);
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
    desk.file("in/a.csv", &*REPORT).run_in(&[]);
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
