//! Paths, files and settings that are refused, and what is said then.

use super::*;

#[test]
fn a_path_that_does_not_exist_is_a_usage_error() {
    let args = [
        "run",
        "nowhere",
        "--data-dir",
        "data",
        "--site",
        "S",
        "--timezone",
        "UTC",
    ];
    insta::assert_snapshot!(refused(&Desk::new(), &args), @"
    exit 2
    ---
    error: nowhere: no such file or folder
      help: check the spelling; relative paths start at the working directory
    ");
}

#[test]
fn an_error_is_a_json_object_where_one_is_asked_for() {
    let text = Desk::new().run_in(&["--json"]);
    let json = text
        .strip_prefix("exit 1\n")
        .unwrap()
        .split("---\n")
        .next()
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(
        (&json["status"], &json["kind"]),
        (&"failed".into(), &"Input".into())
    );
    assert!(
        json["error"]
            .as_str()
            .unwrap()
            .starts_with("no reports found")
    );
}

#[test]
fn a_folder_without_reports_fails() {
    let desk = Desk::new();
    insta::assert_snapshot!(failed_in(desk.file("in/readme.txt", "hello")), @r#"
    exit 1
    ---
    looking at 1 file
    warning: 1 file, or member of a file, is no report and is passed over: in/readme.txt
      help: `trendgate inspect FILE` says what was looked for in one; set batch.input_pattern so that only what matches is looked at
    error: no reports found: nothing that is there is one: in/readme.txt
      help: check the path; `trendgate inspect FILE` says what was looked for in one
    "#);
}

#[test]
fn an_empty_file_fails() {
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", "")), @"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: the file is empty
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    ");
}

#[test]
fn noise_fails() {
    let noise: Vec<u8> = (0..4000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80)
        .collect();
    let text = failed_in(Desk::new().file("in/a.csv", noise));
    // What is shown of the noise is noise.
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("  |"))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5 have, and found none of it; it has no column of times by which it would be a table
      help: remove the file, or set batch.input_pattern so that it is not taken for a report; if it is an export, `trendgate init FILE` begins a configuration, and cleaner.sources can describe it
    "#);
}

#[test]
fn a_picture_fails() {
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01")), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: not a trend report: the file is a picture (JPEG)
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    "#);
}

#[test]
fn a_header_without_rows_fails() {
    let text: Vec<&str> = REPORT
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("\"2016"))
        .collect();
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", text.concat())), @"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv:6: the report has a header and no rows
      help: the logger gave nothing for this time, or the export was cut short; remove the file
    ");
}

#[test]
fn all_files_rejected_are_counted_and_shown() {
    let desk = Desk::new();
    desk.file("in/a.csv", "").file("in/b.csv", "x,y\n1,2\n");
    insta::assert_snapshot!(failed_in(&desk), @r#"
    exit 1
    ---
    looking at 2 files
    error: none of the 2 files can be used
      | in/a.csv: the file is empty
      | in/b.csv: not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5 have, and found none of it; it has no column of times by which it would be a table
      help: run `trendgate inspect FILE` on one of them
    "#);
}

#[test]
fn wrong_settings_are_usage_errors_with_what_to_do() {
    let desk = Desk::new();
    desk.file("in/a.csv", &*REPORT)
        .file("typo.yaml", "cleaner:\n  site_id: S\n  timezon: UTC\n");
    let run = |more: &[&str]| {
        let args: Vec<&str> = ["run", "in", "--data-dir", "data"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        refused(&desk, &args)
    };
    insta::assert_snapshot!(run(&["--timezone", "UTC"]), @"
    exit 2
    ---
    error: the site is not given
      help: add --site ID, or cleaner.site_id to the configuration
    ");
    insta::assert_snapshot!(run(&["--site", "S"]), @"
    exit 2
    ---
    error: the time zone of the reports is not given
      help: add --timezone Asia/Taipei (or another IANA zone), or cleaner.timezone to the configuration
    ");
    insta::assert_snapshot!(run(&["--site", "S", "--timezone", "Asia/Taipeh"]), @r#"
    exit 2
    ---
    error: "Asia/Taipeh" is not an IANA time zone
      help: did you mean "Asia/Taipei"?
    "#);
    for name in ["Etc/Unknown", "etc/unknown"] {
        let text = run(&["--site", "S", "--timezone", name]);
        assert!(text.starts_with("exit 2\n"), "{text}");
    }
    insta::assert_snapshot!(run(&["--config", "typo.yaml"]), @r#"
    exit 2
    ---
    error: typo.yaml:3: unknown field "timezon"
      |   timezon: UTC
      help: did you mean "timezone"?
    "#);
    insta::assert_snapshot!(run(&["--config", "none.yaml"]), @"
    exit 2
    ---
    error: none.yaml: no such configuration file
    ");
    insta::assert_snapshot!(run(&["--config", "in"]), @"
    exit 2
    ---
    error: in: expected a configuration file, found a folder
    ");
    // What does not fit the reports is found out by the run itself, and is in the error log.
    let finer = ["--site", "S", "--timezone", "UTC", "--resample", "5m"];
    insta::assert_snapshot!(failed(&desk, &[&["run", "in", "--data-dir", "data"], &finer[..]].concat()), @"
    exit 2
    ---
    looking at 1 file
    error: cleaner.resample_interval is 5m, but the finest report has a row every 15m
      help: use --resample 15m (or set cleaner.resample_interval: 15m); cleaner.allow_upsample: true accepts bins without a row of their own
    ");
}

#[test]
fn files_that_are_no_texts_are_called_what_they_are() {
    let noise: Vec<u8> = (0..4000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", noise)), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: not a trend report: the file is binary data
      help: remove the file, or set batch.input_pattern so that it is not taken for a report
    "#);
    // What is stored in a zip is not read as if it were not.
    let stored = [b"PK\x03\x04\n\0\0\0\0\0a.csv", REPORT.as_bytes()].concat();
    insta::assert_snapshot!(failed_in(Desk::new().file("in/a.csv", stored)), @r#"
    exit 1
    ---
    looking at 1 file
    error: in/a.csv: the zip archive is damaged: its directory cannot be read (invalid Zip archive: Could not find EOCD)
      help: copy it again, or pack it anew
    "#);
}
