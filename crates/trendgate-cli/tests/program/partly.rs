//! Reports that are taken in part, and reports beside bad ones.

use super::*;

#[test]
fn a_report_cut_in_mid_row_is_taken_with_its_whole_rows() {
    let cut = REPORT.find("\"OFF\"").unwrap() - 3;
    let text = Desk::new().file("in/a.csv", &REPORT[..cut]).run_in(&[]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    assert!(text.contains("1 in rejected rows"), "{text}");
    assert!(
        text.contains("in/a.csv: the report has no trailer; it was cut short"),
        "{text}"
    );
}

#[test]
fn a_good_report_among_bad_ones_is_committed_with_exit_3() {
    let desk = Desk::new();
    let text = desk
        .file("in/a.csv", &*REPORT)
        .file("in/b.csv", "")
        .run_in(&[]);
    assert!(text.starts_with("exit 3\n"), "{text}");
    assert!(
        text.contains("rejected: in/b.csv: the file is empty"),
        "{text}"
    );
    let stop = Desk::new();
    stop.file("in/a.csv", &*REPORT)
        .file("in/b.csv", "")
        .file("c.yaml", "batch:\n  stop_on_error: true\n");
    insta::assert_snapshot!(stop.run_in(&["--config", "c.yaml"]), @"
    exit 1
    ---
    looking at 2 files
    error: in/b.csv: the file is empty
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    ");
    assert_eq!(stop.left(), [stop.path("data/manifests/errors-S.jsonl")]);
}

#[test]
fn a_report_with_exchanged_dates_is_rejected_and_the_others_are_committed() {
    let desk = Desk::new();
    let range = "\"Date Range:\",\"2025/10/2 00:00:00 - 2025/10/2 23:59:59\"\r\n\"\"\r\n\"<>Date\"";
    let exchanged = REPORT
        .replace("\"\"\r\n\"<>Date\"", range)
        .replace("2016/10/10", "2025/2/10");
    let text = desk
        .file("in/a.csv", &*REPORT)
        .file("in/b.csv", exchanged)
        .run_in(&[]);
    assert!(text.starts_with("exit 3\n"), "{text}");
    let refusal = "in/b.csv:8: day and month have changed places: 2025-02-10 is outside of the Date Range that the report states, \
                   2025-10-02 to 2025-10-02";
    assert!(text.contains(refusal), "{text}");
}

#[test]
fn rows_outside_of_the_stated_range_and_ambiguous_numbers_are_warned_of() {
    let desk = Desk::new();
    let range =
        "\"Date Range:\",\"2016/12/1 00:00:00 - 2016/12/31 23:59:59\"\r\n\"\"\r\n\"<>Date\"";
    let text = REPORT
        .replace("\"\"\r\n\"<>Date\"", range)
        // A number with a point would say what the comma is.
        .replace("51.4", "51")
        .replace("No Data", "7,625");
    let text = desk.file("in/a.csv", text).run_in(&[]);
    for warning in [
        "in/a.csv states 2016-12-01 to 2016-12-31 and has rows of 2016-10-10 to 2016-10-10",
        // Half of the point's cells: more than may be lost.
        "point \"A.B\": of 2 cells in in/a.csv, 1 lost: 1 are ambiguous numbers, whose comma may be the decimal sign or set thousands apart (\"7,625\")",
    ] {
        assert!(text.contains(warning), "{text}");
    }
}

#[test]
fn words_of_a_points_own_go_before_numbers() {
    let desk = Desk::new();
    let text = REPORT
        .replace("\"ON\"", "\"0\"")
        .replace("\"OFF\"", "\"0\"");
    let config = "cleaner:\n  points:\n    A.ST: {physical_type: status, states: {on: [\"0\"], off: [\"1\"]}}\n";
    desk.file("in/a.csv", text).file("site.yaml", config);
    let text = desk.run_in(&["--config", "site.yaml"]);
    assert!(text.starts_with("exit 0\n"), "{text}");
    let shown = desk.run(&["show", "1", "--data-dir", "data", "--json"]);
    let (json, _) = shown
        .trim_start_matches("exit 0\n")
        .split_once("---")
        .unwrap();
    let shown: serde_json::Value = serde_json::from_str(json).unwrap();
    let state = &shown["statistics"]["points"]["a_st"];
    assert_eq!(state["min"], 1.0, "0 is on: {state}");
}
