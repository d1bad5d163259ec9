//! Whole reports through the reader: every oddity of the dialect, and the laws of reading.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

mod joined;
pub(super) mod long;
pub(super) mod zip;

use super::file_bytes::{FileBytes, Handle};
use super::sniff::Looking;
use super::*;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Cancel;
use crate::text_id::Digests;
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND, TimeRange};
use proptest::prelude::*;
use std::io::Take;
use std::path::Path;

mod exchanged;
mod numbers;

const PREAMBLE: &str = "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"A.B\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"C D\",\"\",\"COV\"\r\n\"Time Interval:\",\"15 Minutes\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";
const TRAILER: &str = "\" **** End of Report ****\"\r\n\r\n";

fn rule(zone: &str) -> TimeRule {
    TimeRule {
        zone: jiff::tz::TimeZone::get(zone).unwrap(),
        ambiguous: Choice::Earlier,
        nonexistent: Choice::Later,
        // 2030-01-01
        not_after: Instant::EPOCH + 1_893_456_000 * SECOND,
    }
}

fn report(rows: &str) -> String {
    format!("{PREAMBLE}{}{TRAILER}", rows.replace('\n', "\r\n"))
}

fn read(text: &str) -> Result<(Report, Vec<Chunk>, ReadOutcome)> {
    let read = read_bytes(
        text.as_bytes(),
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions {
            chunk_cells: 64,
            block_bytes: 64,
            held_cells: 24,
            ..ReadOptions::default()
        },
    )?;
    account(&read.2.tally);
    Ok(read)
}

/// The report that a text in memory is.
fn sniff_text(text: &str, rule: &TimeRule) -> Report {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let mut opened = file.open().unwrap();
    let cancel = &Cancel::default();
    let mut reports = sniff::reports_in(&file, &mut *opened, Looking { rule, cancel }).unwrap();
    assert_eq!(reports.len(), 1);
    reports.pop().unwrap()
}

/// A text in memory, as an open file.
fn opened(text: &str) -> Take<Handle> {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    file.open_as_stamped().unwrap()
}

/// As [`survey_disordered`], of a text in memory.
fn survey_text(report: &mut Report, text: &str, rule: &TimeRule) {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let cancel = &Cancel::default();
    sniff::survey_disordered_in(report, &file, Looking { rule, cancel }).unwrap();
}

/// Every cell in exactly one count.
fn account(tally: &Tally) {
    let points: u64 = tally
        .points
        .iter()
        .map(|p| {
            p.numbers
                + p.not_finite
                + p.unit_mismatch
                + p.unrecognised
                + p.missing.values().sum::<u64>()
        })
        .sum();
    assert_eq!(tally.cells, tally.rejected_cells + points);
}

/// The rows as text: time and cells, `-` for null.
fn show(chunks: &[Chunk]) -> Vec<String> {
    let rows = chunks.iter().flat_map(|chunk| {
        (0..chunk.times.len()).map(|row| {
            let cells = chunk.columns.iter().map(|column| match column[row] {
                value if value.is_nan() => "-".to_owned(),
                value => value.to_string(),
            });
            format!(
                "{} {}",
                chunk.times[row],
                cells.collect::<Vec<_>>().join(" ")
            )
        })
    });
    rows.collect()
}

#[test]
fn a_plain_report_is_read_cell_by_cell_and_every_token_is_counted() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"51.4\",\" -0.2\"\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"TIME (-2)\"\n\"2016/10/10\",\"00:30:00\",\"ON\",\"what\"\n\"2016/10/10\",\"00:45:00\",\"1e25\",\"\"\n",
    );
    let (report, chunks, outcome) = read(&text).unwrap();
    assert_eq!(
        show(&chunks),
        [
            "2016-10-09T16:00:00Z 51.4 -0.2",
            "2016-10-09T16:15:00Z - -",
            "2016-10-09T16:30:00Z 1 -",
            "2016-10-09T16:45:00Z - -"
        ]
    );
    assert_eq!(
        chunks
            .iter()
            .flat_map(|c| c.samples.clone())
            .collect::<Vec<_>>(),
        [true, false, true, false]
    );
    assert_eq!(
        chunks[0].extremes,
        [Extreme {
            row: 3,
            column: 0,
            value: 1e25
        }]
    );
    assert!(report.complete);
    assert_eq!(report.interval, Some(15 * MINUTE));
    assert_eq!(
        (
            report.range.first.to_string(),
            report.range.last.to_string()
        ),
        ("2016-10-09T16:00:00Z".into(), "2016-10-09T16:45:00Z".into())
    );
    let [a, c] = &outcome.tally.points[..] else {
        panic!("two points")
    };
    assert_eq!((a.numbers, a.not_finite, a.missing["No Data"]), (2, 1, 1));
    assert_eq!(
        (
            c.numbers,
            c.unrecognised,
            c.missing["TIME (n)"],
            c.missing["(empty)"]
        ),
        (1, 1, 1, 1)
    );
    assert_eq!(c.unrecognised_examples, ["what"]);
    assert_eq!(outcome.id.text, crate::TextId::of(text.as_bytes()));
}

#[test]
fn the_fields_of_a_row_are_what_its_layout_says() {
    let rule = rule("Asia/Taipei");
    let plain = report(
        "\"2016/10/10\",\"00:00:00\",\"51.4\",\"2\"\n\"2016/10/10\",\"00:15:00\",\"ON\",\"No Data\"\n\"2016/10/10\",\"00:30:00\",\"7\"\n",
    );
    let (_, expected, outcome) = read(&plain).unwrap();
    // A number before the date, a weekday between date and time, a sign before the cells.
    let moved = plain
        .replace(
            "\"2016/10/10\",\"00:",
            "\"7,7\",\"2016/10/10\",\"Mon\",\"00:",
        )
        .replace(":00\",", ":00\",\"=\",");
    let mut report = sniff_text(&plain, &rule);
    report.stamp.bytes = moved.len() as u64;
    report.layout.columns = Columns {
        date: 1,
        time: 3,
        cells: 5,
        padded: 7,
    };
    survey_text(&mut report, &moved, &rule);
    let file = FileBytes::in_memory(moved.as_bytes(), Path::new("a.csv"));
    let cancel = &Cancel::default();
    let looking = Looking {
        rule: &rule,
        cancel,
    };
    let (_, chunks, found) =
        reader::read_all(&file, report, looking, &ReadOptions::default()).unwrap();
    assert_eq!(show(&chunks), show(&expected));
    assert_eq!(found.tally, outcome.tally);
    assert_eq!(found.tally.rejected_cells, 1);
}

#[test]
fn states_and_units_are_counted_among_the_numbers_of_accepted_rows_only() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"ON\",\"77 F\"\n\"2016/10/10\",\"00:15:00\",\"1\",\"25 C\"\n\"2016/10/10\",\"00:30:00\",\"OFF\",\"78 F\"\n\"2016/10/10\",\"00:45:00\",\"ON\",\"79 F\",\"1\"\n\"2016/10/10\",\"01:00:00\",\"ON\",\"26\"\n",
    );
    let (_, _, outcome) = read(&text).unwrap();
    let [states, units] = outcome.tally.points.as_slice() else {
        panic!("not two points")
    };
    assert_eq!(
        (states.numbers, states.states, states.units.len()),
        (4, 3, 0)
    );
    assert_eq!((units.numbers, units.states), (4, 0));
    assert_eq!(units.units, [("°C", 1), ("°F", 2)].into());
    let mut twice = units.clone();
    twice.merge(units);
    assert_eq!(twice.units, [("°C", 2), ("°F", 4)].into());
}

#[test]
fn ragged_rows_are_rejected_and_counted_and_never_shifted() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n\"2016/10/10\",\"00:15:00\",\"3\"\n\"2016/10/10\",\"00:30:00\",\"4\",\"5\",\"6\"\n\"2016/10/99\",\"00:45:00\",\"7\",\"8\"\n\"2016/10/10\",\"25:00:00\",\"7\",\"8\"\n\"2016/10/10\",\"01:00:00\",\"9\",\"10\"\n",
    );
    let (_, chunks, outcome) = read(&text).unwrap();
    assert_eq!(
        show(&chunks),
        ["2016-10-09T16:00:00Z 1 2", "2016-10-09T17:00:00Z 9 10"]
    );
    let tally = outcome.tally;
    assert_eq!(
        (
            tally.rows,
            tally.rejected_rows,
            tally.rejected_cells,
            tally.cells
        ),
        (2, 4, 8, 12)
    );
    let reasons: Vec<String> = tally
        .rejected_examples
        .iter()
        .map(|r| format!("{}: {}", r.line, r.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            "8: has 1 cells instead of 2",
            "9: has 3 cells instead of 2",
            "10: has a date that cannot be read",
            "11: has a time that cannot be read"
        ]
    );
}

#[test]
fn a_report_cut_in_mid_row_keeps_its_whole_rows() {
    let text = format!(
        "{PREAMBLE}\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n\"2016/10/10\",\"00:15:00\",\"3"
    );
    let (report, chunks, outcome) = read(&text).unwrap();
    assert!(!report.complete);
    assert_eq!(show(&chunks), ["2016-10-09T16:00:00Z 1 2"]);
    assert_eq!(outcome.tally.rejected_rows, 1);
    assert_eq!(
        outcome.tally.rejected_examples[0].reason,
        "is cut short: the file ends in it"
    );
    let whole = format!("{PREAMBLE}\"2016/10/10\",\"00:00:00\",\"1\",\"2\"");
    assert_eq!(read(&whole).unwrap().2.tally.rows, 1);
}

#[test]
fn a_report_cut_within_its_header_once_more_keeps_its_rows() {
    let header = PREAMBLE.trim_end().lines().last().unwrap();
    let row = "\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n";
    // Its first byte alone is a quote, and no more than a blank line.
    for end in 2..header.len() {
        let (report, _, outcome) = read(&format!("{PREAMBLE}{row}{}", &header[..end])).unwrap();
        let found = (outcome.tally.rows, outcome.tally.rejected_rows);
        assert_eq!((found, report.complete), ((1, 1), false), "{end}");
    }
}

#[test]
fn a_number_cut_at_the_end_of_the_file_is_no_measurement() {
    let head = format!(
        "{PREAMBLE}\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n\"2016/10/10\",\"00:15:00\",\"3\","
    );
    for end in ["\"12", "\"", "12", ""] {
        let tally = read(&format!("{head}{end}")).unwrap().2.tally;
        assert_eq!((tally.rows, tally.rejected_rows), (1, 1), "{end:?}");
    }
}

#[test]
fn monthly_readings_are_not_taken_for_swapped_dates() {
    let rows: String = (1..6)
        .map(|month| format!("\"2016/{month}/1\",\"00:00:00\",\"1\",\"2\"\n"))
        .collect();
    assert_eq!(read(&report(&rows)).unwrap().2.tally.rows, 5);
}

#[test]
fn dates_and_intervals_beyond_reason_are_rejected_and_not_computed_with() {
    let rows = "\"1700/01/01\",\"00:00:00\",\"1\",\"2\"\n\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n";
    let text = report(rows).replace("15 Minutes", "900000 Days");
    let (report, _, outcome) = read(&text).unwrap();
    assert_eq!((outcome.tally.rows, outcome.tally.rejected_rows), (1, 1));
    assert_eq!(report.interval, None);
}

#[test]
fn a_line_without_end_in_utf_16_comes_to_an_end() {
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n") + &"\0".repeat(700_000);
    let bytes: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let read = read_bytes(
        &bytes,
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!((read.2.tally.rows, read.2.tally.rejected_rows), (1, 1));
}

#[test]
fn line_ends_quotes_padding_and_encodings_change_nothing() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"51.4\",\" -0.2\"\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"7\"\n",
    );
    let expected = read(&text).unwrap().1;
    let padded = PREAMBLE.replace("\r\n", ",,,\n").replace('"', "")
        + "2016/10/10,0:00,51.4,-0.2,,,\n2016/10/10,0:15,No Data,7,,,\n,,,\n";
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("LF", text.replace("\r\n", "\n").into_bytes()),
        ("without quotes", text.replace('"', "").into_bytes()),
        ("with BOM", format!("\u{feff}{text}").into_bytes()),
        ("padded by a spreadsheet", padded.into_bytes()),
        ("UTF-16", utf16),
    ] {
        let read = read_bytes(
            &bytes,
            Path::new("a.csv"),
            &rule("Asia/Taipei"),
            &ReadOptions::default(),
        );
        let (_, chunks, outcome) = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(show(&chunks), show(&expected), "{name}");
        account(&outcome.tally);
    }
}

#[test]
fn a_report_in_big5_keeps_its_names() {
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"停止\"\n")
        .replace("A.B", "冰水溫度")
        .replace("<>Date", "日期");
    let bytes = encoding_rs::BIG5.encode(&text).0;
    let read = read_bytes(
        &bytes,
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!(read.0.encoding, Encoding::Cp950);
    assert_eq!(read.0.points[0].id.name, "冰水溫度");
    assert_eq!(show(&read.1), ["2016-10-09T16:00:00Z 1 0"]);
}

#[test]
fn rows_out_of_order_and_files_from_late_to_early_come_out_sorted() {
    let line = |minute: i64| format!("\"2016/10/10\",\"00:{minute:02}:00\",\"{minute}\",\"1\"\n");
    let text = |minutes: &[i64]| report(&minutes.iter().map(|m| line(*m)).collect::<String>());
    let expected = show(&read(&text(&[0, 15, 30, 45])).unwrap().1);
    for order in [[45, 30, 15, 0], [15, 0, 45, 30]] {
        let (report, chunks, outcome) = read(&text(&order)).unwrap();
        assert_eq!(report.order, RowOrder::Unordered);
        assert_eq!(show(&chunks), expected);
        assert_eq!(outcome.tally.rows, 4);
    }
}

#[test]
fn rows_of_one_time_leave_as_they_come_and_a_chunk_says_that_they_go_on() {
    let rows: String = (0..100)
        .map(|value| format!("\"2016/10/10\",\"00:00:00\",\"{value}\",\"1\"\n"))
        .collect();
    let rows = rows + "\"2016/10/10\",\"00:15:00\",\"2\",\"2\"\n";
    let chunks = read(&report(&rows)).unwrap().1;
    let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.times.len()).collect();
    assert_eq!(sizes, [16, 16, 16, 16, 16, 16, 5]);
    let last = chunks.len() - 1;
    let goes_on = chunks.iter().map(|chunk| chunk.continues);
    assert!(goes_on.eq((0..=last).map(|place| place < last)));
    let values = chunks.iter().flat_map(|chunk| chunk.columns[0].clone());
    let expected = (0..100).map(f64::from).chain([2.0]);
    assert!(values.eq(expected), "in the order of the file");
}

#[test]
fn more_rows_of_a_doubled_hour_than_can_wait_for_its_end_are_refused_by_line() {
    let read = |rows: usize| {
        let rows = "\"2025/11/02\",\"01:00:00\",\"1\",\"1\"\n".repeat(rows);
        let text = report(&(rows + "\"2025/11/02\",\"03:00:00\",\"2\",\"2\"\n"));
        let options = ReadOptions::default();
        read_bytes(
            text.as_bytes(),
            Path::new("a.csv"),
            &rule("America/New_York"),
            &options,
        )
    };
    assert_eq!(read(1 << 14).unwrap().2.tally.rows, (1 << 14) + 1);
    let error = read((1 << 14) + 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    let head = PREAMBLE.lines().count() as u64;
    assert_eq!(error.line_number(), Some(head + (1 << 14) + 1));
    assert_eq!(error.path(), Some(Path::new("a.csv")));
}

#[test]
fn doubled_hours_are_told_apart_and_counted() {
    let rows: String = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
        .iter()
        .map(|time| format!("\"2025/11/02\",\"{time}:00\",\"1\",\"1\"\n"))
        .collect();
    let bytes = report(&rows).into_bytes();
    let (_, chunks, outcome) = read_bytes(
        &bytes,
        Path::new("a.csv"),
        &rule("America/New_York"),
        &ReadOptions::default(),
    )
    .unwrap();
    let times: Vec<Instant> = chunks
        .iter()
        .flat_map(|chunk| chunk.times.clone())
        .collect();
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1] - pair[0] == 30 * MINUTE)
    );
    assert_eq!(
        (
            outcome.tally.ambiguous_resolved,
            outcome.tally.ambiguous_by_rule
        ),
        (4, 0)
    );
}

fn refusal(text: &str) -> String {
    let error = read(text).unwrap_err();
    let hint = error.hint_text().unwrap_or_default();
    format!("{error}\nhelp: {hint}")
}

#[test]
fn what_cannot_be_read_is_refused_with_place_and_remedy() {
    insta::assert_snapshot!(refusal(&report("")), @"
    a.csv:6: the report has a header and no rows
    help: the logger gave nothing for this time, or the export was cut short; remove the file
    ");
    insta::assert_snapshot!(refusal(&report("\"2016/10/10\",\"00:00:00\",\"1\"\n")), @"
    a.csv:7: no row under the header could be read: expected a date, a time and 2 cells
    help: export the report again, with date and time in the first two columns
    ");
    insta::assert_snapshot!(refusal(&report("\"2099/10/10\",\"00:00:00\",\"1\",\"2\"\n")), @"
    a.csv:7: the row's time 2099-10-09T16:00:00Z is in the future
    help: all rows of the report are in the future: the time zone is probably wrong (--timezone)
    ");
    insta::assert_snapshot!(refusal(&report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n\"2099/10/10\",\"00:00:00\",\"1\",\"2\"\n")), @"
    a.csv:8: the row's time 2099-10-09T16:00:00Z is in the future
    help: check the logger's clock and the time zone (--timezone)
    ");
    insta::assert_snapshot!(refusal(&report("\"5/6/2016\",\"00:00:00\",\"1\",\"2\"\n")), @r#"
    a.csv:7: the dates can be read as month/day/year and as day/month/year: "5/6/2016" and all others fit both, or neither
    help: export the report with dates as year/month/day, or over a month's end
    "#);
    let swapped: String = ["2025/01/03", "2025/02/03", "2025/03/03", "2025/04/03"]
        .iter()
        .flat_map(|day| {
            [
                format!("\"{day}\",\"00:00:00\",\"1\",\"2\"\n"),
                format!("\"{day}\",\"23:45:00\",\"1\",\"2\"\n"),
            ]
        })
        .collect();
    insta::assert_snapshot!(refusal(&report(&swapped)), @"
    a.csv:9: day and month have changed places: after 2025-01-03 comes 2025-02-03, which are next to each other only with day and month exchanged
    help: a spreadsheet does this when it saves a report: export it again and do not open it there
    ");
}

#[test]
fn a_file_that_is_gone_through_is_left_in_the_middle_where_that_is_wanted() {
    let dir = crate::store::test_folder();
    let path = dir.path().join("a.csv");
    // The last row is the first in time, so that all rows have to be looked at.
    let rows = (1..9000).chain([0]).map(|row| {
        let (day, minute) = (1 + row / 1440, row % 1440);
        let (hour, minute) = (minute / 60, minute % 60);
        format!("\"2016/10/{day}\",\"{hour:02}:{minute:02}:00\",\"1\",\"2\"\n")
    });
    crate::store::write_all(&path, report(&rows.collect::<String>()).as_bytes()).unwrap();
    let rule = rule("Asia/Taipei");
    let whole = sniff(&path, &rule).unwrap();
    assert_eq!(whole.range.length(), 8999 * MINUTE);
    // Each is left at the first look that says so.
    let stopped = |cancel: &Cancel, result: Result<()>| {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Stopped);
        cancel.looks()
    };
    let cancel = Cancel::after(3);
    let sniffed = sniff_until(&path, &rule, &cancel).map(|_| ());
    assert_eq!(stopped(&cancel, sniffed), Some(4));
    let cancel = Cancel::after(5);
    let surveyed = survey(&mut whole.clone(), &rule, &cancel);
    assert_eq!(stopped(&cancel, surveyed), Some(6));
    let cancel = Cancel::after(1);
    let digested = identify_until(&path, Digests::Today, &cancel).map(|_| ());
    assert_eq!(stopped(&cancel, digested), Some(2));
    assert_eq!(
        identify_until(&path, Digests::Today, &Cancel::after(9)).unwrap(),
        identify(&path).unwrap()
    );
}

#[test]
fn a_file_that_grows_while_it_is_read_is_changing() {
    let dir = crate::store::test_folder();
    let path = dir.path().join("a.csv");
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n");
    std::io::Write::write_all(
        &mut crate::store::create_new(&path).unwrap(),
        text.as_bytes(),
    )
    .unwrap();
    let rule = rule("Asia/Taipei");
    let report = sniff(&path, &rule).unwrap();
    let window = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let open = || {
        Reader::open(
            report.clone(),
            window,
            &rule,
            vec![CellRule::default(); 2],
            &ReadOptions::default(),
        )
    };
    assert_eq!(
        open().unwrap().finish().unwrap().id,
        identify(&path).unwrap()
    );
    let reader = open().unwrap();
    std::io::Write::write_all(&mut crate::store::open_append(&path).unwrap(), b"more").unwrap();
    assert_eq!(reader.finish().unwrap_err().kind(), ErrorKind::Changing);
    let reopened: Result<Reader> = open();
    assert_eq!(
        reopened.map(|_| ()).unwrap_err().kind(),
        ErrorKind::Changing
    );
}

#[test]
fn a_word_of_the_points_own_goes_before_the_missing_token_that_is_spelled_so() {
    let rule = rule("Asia/Taipei");
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    // The second is another spelling of the word, the third another token.
    for (word, cells) in [
        (" --- ", ["\"---\"", "---", "N/A"]),
        ("No Data", ["\"No Data\"", "no data", "N/A"]),
        ("data loss", ["\"Data Loss\"", "DATA LOSS", "N/A"]),
        ("TIME (3)", ["TIME (3)", "\"TIME (3)\"", "TIME (4)"]),
        ("", ["", "\"\"", "N/A"]),
    ] {
        let rows = cells.map(|cell| format!("2016/10/10,00:00:00,{cell},{cell}\n"));
        let text = report(&rows.concat());
        let sniffed = sniff_text(&text, &rule);
        let own = CellRule {
            off: vec![word.to_owned()],
            ..CellRule::default()
        };
        let mut reader = Reader::over(
            opened(&text),
            sniffed,
            everything,
            &rule,
            vec![CellRule::default(), own],
            &ReadOptions::default(),
        )
        .unwrap();
        let ReadStep::Rows(rows) = reader.next_chunk().unwrap() else {
            panic!("expected rows")
        };
        let columns = (rows.columns.iter())
            .map(|column| column.iter().map(f64::to_string).collect::<Vec<_>>());
        let columns: Vec<_> = columns.collect();
        assert_eq!(
            columns,
            [["NaN", "NaN", "NaN"], ["0", "0", "NaN"]],
            "{word}"
        );
        let tally = reader.finish().unwrap().tally;
        account(&tally);
        let missing = [0, 1].map(|point: usize| tally.points[point].missing.values().sum::<u64>());
        assert_eq!(missing, [3, 1], "{word}");
    }
}

/// The cells of a row as a report writes them, and the number that each is.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-9999..9999_i32).prop_map(|tenths| format!("{}", f64::from(tenths) / 10.0)),
        1 => Just("No Data".to_owned()),
        1 => Just("ON".to_owned()),
        1 => Just("1e30".to_owned()),
        1 => Just("gibberish".to_owned()),
        1 => "[ -~]{0,8}".prop_map(|text| text.replace(['"', ','], ".")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_share_out_the_rows_and_their_counts_add_up(
        rows in prop::collection::vec((1..9_i64, cell(), cell(), 0..20_u8), 1..120),
        cut in 0..900_i64,
        chunk_cells in 1..200_usize,
        block_bytes in 1..500_usize,
    ) {
        let start = jiff::civil::date(2016, 1, 1).to_datetime(jiff::civil::Time::midnight());
        let mut minutes = 0;
        let text: String = rows.iter().map(|(step, a, b, ragged)| {
            minutes += step;
            let at = start + jiff::SignedDuration::from_mins(minutes);
            let more = if *ragged == 0 { ",\"1\"" } else { "" };
            format!("\"{}\",\"{}\",\"{a}\",\"{b}\"{more}\n", at.strftime("%Y/%m/%d"), at.strftime("%H:%M:%S"))
        }).collect();
        let text = report(&text);
        let rule = rule("Asia/Taipei");
        let whole = match read(&text) {
            Ok(whole) => whole,
            // All rows ragged: nothing to share out.
            Err(error) => { prop_assert_eq!(error.kind(), ErrorKind::Input); return Ok(()); }
        };
        let dir = crate::store::test_folder();
        let path = dir.path().join("a.csv");
        std::io::Write::write_all(&mut crate::store::create_new(&path).unwrap(), text.as_bytes()).unwrap();
        let sniffed = sniff(&path, &rule).unwrap();
        let cut = Instant::from_nanos(1_451_577_600_000_000_000) + cut * MINUTE;
        let mut tally: Option<Tally> = None;
        let mut shown = Vec::new();
        for own in [TimeRange::new(Instant::MIN, cut), TimeRange::new(cut, Instant::MAX)] {
            let window = Window { read: own.widened(HOUR, DAY), own };
            let options = ReadOptions { chunk_cells, block_bytes, ..ReadOptions::default() };
            let mut reader = Reader::open(sniffed.clone(), window, &rule, vec![CellRule::default(); 2], &options).unwrap();
            let mut chunks = Vec::new();
            while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
                chunks.push(chunk);
            }
            let owned = |line: &String| {
                own.contains(line.split(' ').next().unwrap().parse().unwrap())
            };
            shown.extend(show(&chunks).into_iter().filter(owned));
            let outcome = reader.finish().unwrap();
            prop_assert_eq!(outcome.id, whole.2.id);
            prop_assert_eq!(outcome.rows_seen, whole.2.rows_seen);
            match &mut tally {
                None => tally = Some(outcome.tally),
                Some(tally) => tally.merge(&outcome.tally),
            }
        }
        prop_assert_eq!(shown, show(&whole.1));
        prop_assert_eq!(tally.unwrap(), whole.2.tally);
    }

    #[test]
    fn rows_are_read_the_same_however_few_are_held(
        rows in prop::collection::vec((prop_oneof![6 => Just(0), 6 => 1..4_i64, 1 => -40..0_i64], cell(), cell()), 1..150),
        doubled in any::<bool>(),
        later in any::<bool>(),
        chunk_cells in 1..60_usize,
        held_cells in 1..200_usize,
        cut in 0..120_i64,
    ) {
        // Half an hour before the clocks of New York go back, or a day later.
        let mut minutes = if doubled { 30 } else { 24 * 60 };
        let start = jiff::civil::date(2025, 11, 2).to_datetime(jiff::civil::Time::midnight());
        let text: String = rows.iter().map(|(step, a, b)| {
            minutes += step;
            let at = start + jiff::SignedDuration::from_mins(minutes);
            format!("\"{}\",\"{}\",\"{a}\",\"{b}\"\n", at.strftime("%Y/%m/%d"), at.strftime("%H:%M:%S"))
        }).collect();
        let time = TimeRule { ambiguous: if later { Choice::Later } else { Choice::Earlier }, ..rule("America/New_York") };
        let (text, name) = (report(&text), Path::new("a.csv"));
        let (report, chunks, outcome) = read_bytes(text.as_bytes(), name, &time, &ReadOptions::default()).unwrap();
        let few = ReadOptions { chunk_cells, held_cells, block_bytes: 64, ..ReadOptions::default() };
        let (_, pieces, other) = read_bytes(text.as_bytes(), name, &time, &few).unwrap();
        prop_assert_eq!(show(&pieces), show(&chunks));
        prop_assert_eq!(other.tally, outcome.tally);
        for all in [&chunks, &pieces] {
            let all: Vec<&Chunk> = all.iter().filter(|chunk| !chunk.times.is_empty()).collect();
            for pair in all.windows(2) {
                let goes_on = pair[0].times.last() == pair[1].times.first();
                prop_assert!(pair[0].continues || !goes_on);
            }
        }
        // What a task reads of it, with what it holds in scratch on disk.
        let cut = Instant::from_nanos(1_762_061_400_000_000_000) + cut * MINUTE;
        let folder = crate::store::test_folder();
        let scratch = std::sync::Arc::new(crate::scratch::SpillFile::new(Some(folder.path())));
        let later = TimeRange::new(cut, Instant::MAX);
        let window = Window { own: later, read: later };
        let read = |options: &ReadOptions| {
            let source = opened(&text);
            let rules = vec![CellRule::default(); 2];
            let reader = Reader::over(source, report.clone(), window, &time, rules, options).unwrap();
            let (mut reader, mut chunks) = (reader.spilling_to(&scratch), Vec::new());
            while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
                chunks.push(chunk);
            }
            (show(&chunks), reader.finish().unwrap().tally)
        };
        prop_assert_eq!(read(&few), read(&ReadOptions::default()));
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_lose_a_cell(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text = report("\"2016/10/10\",\"00:00:00\",\"51.4\",\"x\"\n\"2016/10/10\",\"00:15:00\",\"1\",\"2\"\n").into_bytes();
        let at = at.index(text.len());
        text.splice(at..at, bytes);
        let read: std::result::Result<_, Error> =
            read_bytes(&text, Path::new("a.csv"), &rule("America/New_York"), &ReadOptions { chunk_cells: 1, block_bytes: 64, ..ReadOptions::default() });
        if let Ok((_, chunks, outcome)) = read {
            account(&outcome.tally);
            let rows: usize = chunks.iter().map(|chunk| chunk.times.len()).sum();
            prop_assert_eq!(rows as u64, outcome.tally.rows);
            prop_assert_eq!(outcome.tally.rows + outcome.tally.rejected_rows, outcome.rows_seen);
        }
    }
}

#[test]
fn the_real_reports_hold_what_they_are_known_to_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kmuh");
    if !folder.is_dir() {
        eprintln!(
            "skipped: the real reports are not here ({})",
            folder.display()
        );
        return;
    }
    let rule = rule("Asia/Taipei");
    let (mut cells, mut numbers, mut tokens) = (0, 0, 0);
    for path in discover(&[folder], "*.csv").unwrap().iter() {
        let report = sniff(&path, &rule).unwrap();
        assert!(report.complete);
        assert_eq!(report.interval, Some(15 * MINUTE));
        let window = Window {
            own: TimeRange::ALL,
            read: TimeRange::ALL,
        };
        let rules = vec![CellRule::default(); report.points.len()];
        let tally = Reader::open(
            report.clone(),
            window,
            &rule,
            rules,
            &ReadOptions::default(),
        )
        .unwrap()
        .finish()
        .unwrap()
        .tally;
        account(&tally);
        cells += tally.cells;
        numbers += tally.points.iter().map(|point| point.numbers).sum::<u64>();
        tokens += tally
            .points
            .iter()
            .flat_map(|point| point.missing.values())
            .sum::<u64>();
    }
    assert_eq!((cells, numbers, tokens), (827_328, 442_560, 384_768));
}

/// A report of one point with these rows: local time of a day and a number.
fn clock_report(rows: &[(&str, &str, i64)]) -> String {
    let rows = rows
        .iter()
        .map(|(day, time, value)| format!("\"{day}\",\"{time}\",\"{value}\"\r\n"));
    format!(
        "\"Key\"\r\n\"Point_1:\",\"A.T\",\"\",\"5 minutes\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\"\r\n{}{TRAILER}",
        rows.collect::<String>()
    )
}

fn read_clock(text: &str, zone: &str) -> (Report, Vec<String>, Tally) {
    let options = ReadOptions {
        chunk_cells: 8,
        block_bytes: 64,
        ..ReadOptions::default()
    };
    let read = read_bytes(text.as_bytes(), Path::new("a.csv"), &rule(zone), &options);
    let (report, chunks, outcome) = read.unwrap();
    account(&outcome.tally);
    let times = (outcome.tally.time_range, Some(report.range));
    assert_eq!(
        times.0, times.1,
        "what is known before reading is what was read"
    );
    (report, show(&chunks), outcome.tally)
}

#[test]
fn the_two_passes_of_a_doubled_hour_are_told_apart_whichever_way_the_file_runs() {
    // Each row of 2 November in Chicago: the time by the wall clock and a number; and the minutes from 05:00 UTC at which it lies.
    let day = "2025/11/2";
    let quarters = [
        ("00:30", 30),
        ("00:45", 45),
        ("01:00", 60),
        ("01:15", 75),
        ("01:30", 90),
        ("01:45", 105),
        ("01:00", 120),
        ("01:15", 135),
        ("01:30", 150),
        ("01:45", 165),
        ("02:00", 180),
        ("02:15", 195),
    ];
    let by_the_hour = [("00:00", 0), ("01:00", 60), ("01:00", 120), ("02:00", 180)];
    let changes = [
        ("00:59:10", 59),
        ("01:05:03", 65),
        ("01:50:09", 110),
        ("01:02:44", 122),
        ("01:40:00", 160),
        ("02:01:00", 181),
    ];
    let repeated = [
        ("00:45", 45),
        ("01:00", 60),
        ("01:00", 60),
        ("01:15", 75),
        ("01:45", 105),
        ("01:00", 120),
        ("01:15", 135),
        ("02:00", 180),
    ];
    // All in one hour, so that only the steps within say which way the file runs.
    let within = [
        ("01:00", 60),
        ("01:30", 90),
        ("01:45", 105),
        ("01:00", 120),
        ("01:30", 150),
    ];
    // Sorted by the wall clock: each time twice.
    let sorted = [
        ("00:45", 45),
        ("01:00", 60),
        ("01:00", 120),
        ("01:30", 90),
        ("01:30", 150),
        ("02:00", 180),
    ];
    // With a third row of one time there is one pass with duplicates, and the rule says which.
    let once = [
        ("00:45", 45),
        ("01:00", 60),
        ("01:00", 60),
        ("01:30", 90),
        ("02:00", 180),
    ];
    let cases: [&[(&str, i64)]; 7] = [
        &quarters,
        &by_the_hour,
        &changes,
        &repeated,
        &within,
        &sorted,
        &once,
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let start = Instant::EPOCH + 1_762_059_600 * SECOND;
        let place = |minute: i64| (start + minute * MINUTE).to_string()[..16].to_owned();
        for backward in [false, true] {
            let mut rows: Vec<(&str, &str, i64)> = case
                .iter()
                .map(|(time, minute)| (day, *time, *minute))
                .collect();
            if backward {
                rows.reverse();
            }
            let (report, shown, tally) = read_clock(&clock_report(&rows), "America/Chicago");
            assert_eq!(report.layout.backward, backward, "case {number}");
            let shown: Vec<(String, String)> = shown
                .iter()
                .map(|row| row.split_once(' ').unwrap())
                .map(|(time, value)| (time[..16].to_owned(), value.to_owned()))
                .collect();
            let mut minutes: Vec<i64> = case.iter().map(|(_, minute)| *minute).collect();
            minutes.sort_unstable();
            let expected: Vec<_> = minutes
                .iter()
                .map(|minute| (place(*minute), minute.to_string()))
                .collect();
            assert_eq!(shown, expected, "case {number}, backward {backward}");
            let by_rule = case == once.as_slice();
            assert_eq!(tally.ambiguous_by_rule > 0, by_rule, "case {number}");
            assert_eq!(tally.ambiguous_resolved > 0, !by_rule, "case {number}");
        }
    }
}

#[test]
fn a_report_that_begins_or_ends_where_clocks_change_has_its_true_first_and_last_instant() {
    for (zone, rows, first, last) in [
        (
            "America/New_York",
            vec![
                ("2025/11/2", "01:30", 1),
                ("2025/11/2", "01:45", 2),
                ("2025/11/2", "02:00", 3),
                ("2025/11/2", "03:00", 4),
            ],
            "2025-11-02T05:30:00Z",
            "2025-11-02T08:00:00Z",
        ),
        (
            "America/New_York",
            vec![("2025/11/2", "00:00", 1), ("2025/11/2", "01:00", 2)],
            "2025-11-02T04:00:00Z",
            "2025-11-02T05:00:00Z",
        ),
        (
            "America/New_York",
            vec![("2025/11/2", "01:30", 1), ("2025/11/2", "01:00", 2)],
            "2025-11-02T05:00:00Z",
            "2025-11-02T05:30:00Z",
        ),
        (
            "America/New_York",
            vec![("2025/3/9", "02:30", 1), ("2025/3/9", "03:45", 2)],
            "2025-03-09T07:30:00Z",
            "2025-03-09T07:45:00Z",
        ),
        (
            "Australia/Lord_Howe",
            vec![
                ("2025/4/6", "01:35", 1),
                ("2025/4/6", "01:35", 2),
                ("2025/4/6", "02:05", 3),
            ],
            "2025-04-05T14:35:00Z",
            "2025-04-05T15:35:00Z",
        ),
        (
            "Antarctica/Troll",
            vec![
                ("2024/10/27", "01:10", 1),
                ("2024/10/27", "02:50", 2),
                ("2024/10/27", "01:10", 3),
            ],
            "2024-10-26T23:10:00Z",
            "2024-10-27T01:10:00Z",
        ),
        (
            "Asia/Beirut",
            vec![
                ("2024/10/26", "23:00", 1),
                ("2024/10/26", "23:30", 2),
                ("2024/10/26", "23:00", 3),
                ("2024/10/27", "00:00", 4),
            ],
            "2024-10-26T20:00:00Z",
            "2024-10-26T22:00:00Z",
        ),
        (
            "America/Asuncion",
            vec![("2024/3/23", "23:59", 1), ("2024/3/24", "00:00", 2)],
            "2024-03-24T02:59:00Z",
            "2024-03-24T04:00:00Z",
        ),
        (
            "Africa/Casablanca",
            vec![("2025/2/23", "02:30", 1), ("2025/2/23", "02:30", 2)],
            "2025-02-23T01:30:00Z",
            "2025-02-23T02:30:00Z",
        ),
        (
            "Pacific/Apia",
            vec![("2011/12/29", "23:00", 1), ("2011/12/31", "00:00", 2)],
            "2011-12-30T09:00:00Z",
            "2011-12-30T10:00:00Z",
        ),
        (
            "Pacific/Apia",
            vec![("2011/12/30", "01:00", 1), ("2011/12/31", "02:00", 2)],
            "2011-12-30T11:00:00Z",
            "2011-12-30T12:00:00Z",
        ),
    ] {
        let text = clock_report(&rows);
        let sniffed = sniff_text(&text, &rule(zone));
        let found = (
            sniffed.range.first.to_string(),
            sniffed.range.last.to_string(),
        );
        assert_eq!(found, (first.to_owned(), last.to_owned()), "{zone}");
        read_clock(&text, zone);
    }
}

#[test]
fn rejected_rows_give_a_report_no_time() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"1\"\n\"2016/10/10\",\"00:15:00\",\"1\",\"2\"\n\"2016/10/10\",\"00:30:00\",\"1\",\"2\"\n\"2016/10/10\",\"00:45:00\",\"1\"\n",
    );
    let mut sniffed = sniff_text(&text, &rule("Asia/Taipei"));
    survey_text(&mut sniffed, &text, &rule("Asia/Taipei"));
    let found = (
        sniffed.range.first.to_string(),
        sniffed.range.last.to_string(),
    );
    assert_eq!(
        found,
        (
            "2016-10-09T16:15:00Z".to_owned(),
            "2016-10-09T16:30:00Z".to_owned()
        )
    );
    let (_, chunks, outcome) = read(&text).unwrap();
    assert_eq!((chunks[0].times.len(), outcome.tally.rejected_rows), (2, 2));
}

#[test]
fn rows_of_an_hour_that_never_happened_are_marked_in_whatever_order_they_come() {
    let quarter = |quarter: i64| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
    let times: Vec<String> = (0..20).map(quarter).collect();
    let mut rows: Vec<(&str, &str, i64)> = times
        .iter()
        .zip(0..)
        .map(|(time, value)| ("2026/3/8", &**time, value))
        .collect();
    for _ in 0..2 {
        let options = ReadOptions {
            chunk_cells: 1,
            block_bytes: 64,
            ..ReadOptions::default()
        };
        let text = clock_report(&rows);
        let (report, chunks, _) = read_bytes(
            text.as_bytes(),
            Path::new("a.csv"),
            &rule("America/Chicago"),
            &options,
        )
        .unwrap();
        assert_eq!(report.order, RowOrder::Unordered);
        let mut moved: Vec<f64> = chunks
            .iter()
            .flat_map(|chunk| chunk.moved.iter().map(|row| chunk.columns[0][*row]))
            .collect();
        moved.sort_by(f64::total_cmp);
        assert_eq!(moved, [8.0, 9.0, 10.0, 11.0]);
        rows.reverse();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_share_out_the_rows_where_clocks_change(
        (zone, start) in prop::sample::select(vec![
            ("America/New_York", "2025-11-02T03:00:00Z"), ("America/New_York", "2025-03-09T05:00:00Z"),
            ("Australia/Lord_Howe", "2025-04-05T13:00:00Z"), ("Antarctica/Troll", "2024-10-26T22:00:00Z"),
            ("Africa/Windhoek", "2012-03-31T22:00:00Z"), ("Africa/Casablanca", "2025-02-23T00:00:00Z"),
        ]),
        steps in prop::collection::vec((0..40_i64, 0..12_u8), 1..30),
        backward in any::<bool>(),
        own_clock in any::<bool>(),
        cut in 0..360_i64,
        chunk_cells in 1..200_usize,
    ) {
        let rule = rule(zone);
        let start: jiff::Timestamp = start.parse().unwrap();
        let mut minutes = 0;
        let mut lines: Vec<String> = steps.iter().map(|(step, ragged)| {
            minutes += step;
            let at = start + jiff::SignedDuration::from_mins(minutes);
            // A logger whose clock does not change writes times that never happen.
            let offset = rule.zone.to_offset(if own_clock { start } else { at });
            let local = offset.to_datetime(at);
            let more = if *ragged == 0 { ",1" } else { "" };
            format!("{},{minutes},1{more}\n", local.strftime("%Y/%m/%d,%H:%M:%S"))
        }).collect();
        if backward {
            lines.reverse();
        }
        let text = report(&lines.concat());
        let dir = crate::store::test_folder();
        let path = dir.path().join("a.csv");
        std::io::Write::write_all(&mut crate::store::create_new(&path).unwrap(), text.as_bytes()).unwrap();
        let Ok(mut sniffed) = sniff(&path, &rule) else { return Ok(()) };
        survey(&mut sniffed, &rule, &Cancel::default()).unwrap();
        let options = ReadOptions { chunk_cells, block_bytes: 64, ..ReadOptions::default() };
        let read = |own: TimeRange| {
            let window = Window { read: own, own };
            let mut reader = Reader::open(sniffed.clone(), window, &rule, vec![CellRule::default(); 2], &options).unwrap();
            let mut chunks = Vec::new();
            loop {
                match reader.next_chunk().unwrap() {
                    ReadStep::Rows(chunk) => chunks.push(chunk),
                    ReadStep::End => break,
                    ReadStep::Disordered => panic!("a survey knows the order"),
                }
            }
            (show(&chunks), reader.finish().unwrap().tally)
        };
        let (whole, all) = read(TimeRange::ALL);
        account(&all);
        if all.rows > 0 {
            prop_assert_eq!(all.time_range, Some(sniffed.range));
        }
        let cut = Instant::try_from(start).unwrap() + cut * MINUTE;
        let (before, mut tally) = read(TimeRange::new(Instant::MIN, cut));
        let (after, rest) = read(TimeRange::new(cut, Instant::MAX));
        let cut = cut.to_string();
        // Of a doubled hour that reaches into a window all rows are delivered.
        let shown = before.into_iter().filter(|row| row[..20] < *cut).chain(after.into_iter().filter(|row| row[..20] >= *cut));
        prop_assert_eq!(shown.collect::<Vec<_>>(), whole);
        tally.merge(&rest);
        // Which of many rejected rows are shown hangs on the order of the file.
        let but_examples = |tally: Tally| Tally { rejected_examples: Vec::new(), ..tally };
        prop_assert_eq!(but_examples(tally), but_examples(all));
    }
}
