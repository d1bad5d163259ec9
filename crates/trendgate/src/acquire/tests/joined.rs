//! More than one report in one text: each is read as a report of its own, and the header again is furniture. What cannot be told is refused.

use super::*;
use crate::time::{HOUR, TimeRange};
use std::io::Write;

/// A head that declares `points`, with everything that stands above a header.
fn head(points: &[&str]) -> String {
    let keys = (1..).zip(points);
    let declared: String = keys
        .clone()
        .map(|(key, name)| format!("\"Point_{key}:\",\"{name}\",\"\",\"5 minutes\"\r\n"))
        .collect();
    let header: String = keys.map(|(key, _)| format!(",\"Point_{key}\"")).collect();
    format!(
        "\"Key  Name:Suffix\"\r\n{declared}\"Time Interval:\",\"15 Minutes\"\r\n\"Report Timings:\",\"All Hours\"\r\n\"\"\r\n\"<>Date\",\"Time\"{header}\r\n"
    )
}

/// Four rows of an hour of 2016-10-10, whose cells are `values`.
fn rows(hour: u32, values: &[u32]) -> String {
    let cells: String = values.iter().map(|value| format!(",\"{value}\"")).collect();
    let row = |quarter: u32| {
        format!(
            "\"2016/10/10\",\"{hour:02}:{:02}:00\"{cells}\r\n",
            quarter * 15
        )
    };
    (0..4).map(row).collect()
}

/// The line and the message of the refusal.
fn refused(text: &str) -> String {
    let error = read_each(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    assert!(error.hint_text().is_some());
    error.to_string()
}

const TWO: [&str; 2] = ["A.T", "B.T"];

/// The names of the points of each report, and its rows.
fn found(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let reports = read_each(text).unwrap().into_iter();
    let found = reports.map(|(report, chunks, _)| {
        let names = report.points.iter().map(|point| point.id.to_string());
        (names.collect(), show(&chunks))
    });
    found.collect()
}

#[test]
fn a_second_head_begins_a_report_of_its_own() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let whole = format!("{first}{TRAILER}");
    for (what, second) in [
        ("other points", head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2])),
        (
            "the same, exchanged",
            head(&["B.T", "A.T"]) + &rows(1, &[30, 20]),
        ),
        (
            "more",
            head(&["A.T", "B.T", "C.T"]) + &rows(1, &[20, 30, 40]),
        ),
        ("fewer", head(&["A.T"]) + &rows(1, &[20])),
        (
            "the same points once more",
            head(&TWO) + &rows(1, &[20, 30]),
        ),
        (
            "another title",
            head(&["C.KW"]).replacen("\"Key", "\"Other", 1) + &rows(1, &[1]),
        ),
    ] {
        let alone = found(&second);
        for joined in [format!("{first}{second}"), format!("{whole}{second}")] {
            let line = 1 + joined[..joined.len() - second.len()].lines().count() as u64;
            // The mark of a file that was put behind another one changes nothing.
            let marked = joined.replace(&second, &format!("\u{feff}{second}"));
            for text in [joined, marked] {
                let reports = found(&text);
                assert_eq!(reports[..1], found(&first), "{what}");
                assert_eq!(reports[1..], alone, "{what}");
                let read = read_each(&text).unwrap();
                assert_eq!(read[1].0.first_line(), line, "{what}");
                let ordinals = read.iter().map(|(report, ..)| report.ordinal);
                assert!(ordinals.eq([0, 1]), "{what}");
                let complete: Vec<bool> = read.iter().map(|(_, _, read)| read.complete).collect();
                assert_eq!(complete, [text.contains(TRAILER), false], "{what}");
                let ids = read.iter().map(|(_, _, read)| read.id.text);
                assert!(ids.eq([crate::TextId::of(text.as_bytes()); 2]), "{what}");
            }
        }
    }
}

#[test]
fn a_second_head_without_rows_refuses_the_text_and_is_named_by_its_line() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let title: String = head(&TWO).lines().take(1).collect();
    insta::assert_snapshot!(refused(&(first.clone() + &head(&["C.T"]))), @"a.csv:17: the report has a header and no rows (in the report whose head begins in line 12)");
    insta::assert_snapshot!(refused(&(first.clone() + &head(&["C.T"]) + TRAILER)), @"a.csv:17: the report has a header and no rows (in the report whose head begins in line 12)");
    insta::assert_snapshot!(refused(&(first.clone() + &title)), @"a.csv:12: the head of another report begins here, and no header follows that says what its columns are (in the report whose head begins in line 12)");
    // So does one that is refused for what its rows are.
    let future = rows(1, &[1, 2]).replace("2016", "2046");
    let error = read_each(&(first + &head(&["C.KW", "D.KW"]) + &future)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Future);
    insta::assert_snapshot!(error.to_string(), @"a.csv:19: the row's time 2046-10-09T17:00:00Z is in the future (in the report whose head begins in line 12)");
}

#[test]
fn each_line_that_stands_above_a_header_gives_a_second_head_away() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let second = head(&TWO);
    let lines: Vec<&str> = second.split_inclusive("\r\n").collect();
    // All but the empty one and the header, from which on nothing tells.
    for from in 0..lines.len() - 2 {
        let joined = format!("{first}{}{}", lines[from..].concat(), rows(1, &[1, 2]));
        if from < 2 {
            // Its title says nothing of its points.
            assert_eq!(
                found(&joined)[1],
                found(&(second.clone() + &rows(1, &[1, 2])))[0]
            );
            continue;
        }
        let message = refused(&joined);
        assert!(
            message.contains("(in the report whose head begins in line 12)"),
            "{message}"
        );
    }
    let again = format!(
        "{first}{}{}",
        lines[lines.len() - 2..].concat(),
        rows(1, &[1, 2])
    );
    assert_eq!(read(&again).unwrap().2.tally.rows, 8);
}

#[test]
fn the_same_header_again_is_furniture_in_any_language_and_no_loss() {
    let header = "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";
    for again in [
        header.to_owned(),
        format!("\r\n{header}{header}"),
        "日期,時間,Point_1,Point_2\r\n".to_owned(),
    ] {
        let text = format!(
            "{}{}{again}{}{TRAILER}",
            head(&TWO),
            rows(0, &[20, 30]),
            rows(1, &[21, 31])
        );
        let (report, chunks, outcome) = read(&text).unwrap();
        let tally = outcome.tally;
        assert_eq!((tally.rows, tally.rejected_rows, tally.cells), (8, 0, 16));
        assert_eq!(tally.furniture, again.matches("Point_2").count() as u64);
        assert_eq!(outcome.rows_seen, 8);
        assert_eq!(show(&chunks).len(), 8);
        assert!(report.complete && outcome.complete);
    }
}

#[test]
fn a_header_of_other_columns_is_a_second_head_whatever_its_order_and_number() {
    for header in [
        "\"<>Date\",\"Time\",\"Point_2\",\"Point_1\"",
        "\"<>Date\",\"Time\",\"Point_1\"",
        "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\",\"Point_3\"",
        "\"<>Date\",\"Time\",\"CH1.T\",\"CH2.T\"",
    ] {
        let text = format!(
            "{}{}{header}\r\n{}",
            head(&TWO),
            rows(0, &[20, 30]),
            rows(1, &[30, 20])
        );
        let message = refused(&text);
        assert!(
            message.starts_with("a.csv:12: ") || message.starts_with("a.csv:13: "),
            "{message}"
        );
        assert!(
            message.ends_with("(in the report whose head begins in line 12)"),
            "{message}"
        );
    }
}

#[test]
fn rows_of_the_next_report_are_not_those_of_a_head_that_has_none() {
    let second = head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2]);
    for end in ["", TRAILER] {
        let text = format!("{}{end}{second}", head(&TWO));
        assert_eq!(
            refused(&text),
            "a.csv:7: the report has a header and no rows",
            "{end:?}"
        );
    }
}

#[test]
fn two_heads_above_one_header_are_refused() {
    let cut = |points: &[&str], lines: usize| -> String {
        head(points).split_inclusive("\r\n").take(lines).collect()
    };
    let second = head(&TWO) + &rows(1, &[1, 2]);
    insta::assert_snapshot!(refused(&(cut(&["C.T", "D.T"], 4) + &second)), @r#"a.csv:6: two lines above the header say what Point_1 is: "C.T", and here "A.T""#);
    insta::assert_snapshot!(refused(&(cut(&TWO, 2) + &second)), @r#"a.csv:4: two lines above the header say what Point_1 is: "A.T", and here "A.T""#);
    let lacks = second.replace(",\"Point_2\"", "").replace(",\"2\"", "");
    insta::assert_snapshot!(refused(&lacks), @r#"a.csv:7: the lines above the header say that Point_2 is "B.T", and the header has no such column"#);
    let twice = second.replace(",\"Point_2\"", ",\"Point_1\"");
    insta::assert_snapshot!(refused(&twice), @r#"a.csv:7: the report has one point twice: Point_1 and Point_1 are both "A.T""#);
}

#[test]
fn rows_above_the_first_head_and_behind_the_last_trailer_are_refused() {
    let report = head(&TWO) + &rows(1, &[1, 2]) + TRAILER;
    let stray = rows(0, &[20, 30]);
    insta::assert_snapshot!(refused(&(stray.clone() + &report)), @r#"a.csv:1: a row stands above the header: "2016/10/10","00:00:00","20","30""#);
    insta::assert_snapshot!(refused(&(report.clone() + &stray)), @"a.csv:14: a row stands behind the end of the report, and no head says which points it is of");
    // A ragged one as well; but what is no row is only counted.
    let ragged = format!("{report}\"2016/10/11\",\"00:00:00\",\"1\"\r\n");
    assert!(refused(&ragged).contains("a.csv:14: a row stands behind the end"));
    let signed = format!("{report}printed by nobody\r\n{TRAILER}");
    let tally = read(&signed).unwrap().2.tally;
    assert_eq!((tally.rows, tally.rejected_rows), (4, 1));
    assert_eq!(
        tally.rejected_examples[0].reason,
        "stands after the end of the report"
    );
}

#[test]
fn a_second_head_is_met_wherever_the_window_of_a_task_lies() {
    let mut text = head(&TWO) + &rows(0, &[20, 30]);
    for day in 11..31 {
        let more = rows(1, &[21, 31]).replace("2016/10/10", &format!("2016/10/{day}"));
        text.push_str(&more);
    }
    let rule = rule("Asia/Taipei");
    let report = sniff_text(&text, &rule);
    // Of a large file the sniffer sees the ends alone.
    text.push_str(&head(&["C.KW", "D.KW"]));
    text.push_str(&rows(1, &[1, 2]).replace("2016/10/10", "2016/10/31"));
    // The first hour alone: all else is passed over.
    let own = TimeRange::new(report.range.first, report.range.first + HOUR);
    let window = Window { read: own, own };
    let mut reader = Reader::over(
        opened(&text),
        report,
        window,
        &rule,
        vec![CellRule::default(); 2],
        &ReadOptions::default(),
    )
    .unwrap();
    loop {
        match reader.next_chunk().unwrap() {
            ReadStep::Rows(_) => {}
            ReadStep::NeedsWhole => break,
            ReadStep::End => panic!("nothing was met"),
        }
    }
    let reports = read_each(&text).unwrap();
    let lines: Vec<u64> = reports
        .iter()
        .map(|(report, ..)| report.first_line())
        .collect();
    assert_eq!(lines, [1, 92]);
}

#[test]
fn a_row_that_was_cut_where_another_report_was_put_behind_it_is_rejected() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let second = head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2]);
    let alone = found(&second);
    // Within the last cell, before it, in the time, in the date; and between two quotes.
    for cut in [3, 4, 5, 9, 14, 22, 28] {
        let cut = &first[..first.len() - cut];
        let text = format!("{cut}{second}");
        let read = read_each(&text).unwrap();
        assert_eq!(found(&text)[1], alone[0], "{cut}");
        let tally = &read[0].2.tally;
        assert_eq!((tally.rows, tally.rejected_rows), (3, 1), "{cut}");
        assert_eq!(tally.rejected_examples[0].line, 11, "{cut}");
    }
    // Where that takes the line of a point with it, nobody knows what its column is.
    let points = second.split_once("\r\n").unwrap().1;
    let cut = &first[..first.len() - 5];
    insta::assert_snapshot!(refused(&format!("{cut}{points}")), @r#"a.csv:16: the header has a column "Point_1", but the lines above it have no "Point_1:" that says which point that is (in the report whose head begins in line 12)"#);
}

#[test]
fn lines_between_two_reports_are_of_the_next_head_unless_they_begin_as_rows_do() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let second = head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2]);
    for between in ["Printed by nobody\r\n\r\n", "\r\n", "Plant 7,of 8\r\n"] {
        let text = format!("{first}{TRAILER}{between}{second}");
        let read = read_each(&text).unwrap();
        assert_eq!(read[0].2.tally.rejected_rows, 0, "{between}");
        assert_eq!(found(&text)[1], found(&second)[0], "{between}");
    }
    for row in ["####,00:15:00,5,6\r\n", "\"2016/1\r\n", "x,y,5,6\r\n"] {
        let text = format!("{first}{row}{second}");
        let read = read_each(&text).unwrap();
        assert_eq!(read[0].2.tally.rejected_rows, 1, "{row}");
        assert_eq!(read[1].0.first_line(), 13, "{row}");
    }
}

#[test]
fn what_only_a_whole_report_proves_each_report_proves_for_itself() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let first = first
        .replace("2016/10/10", "13/10/2016")
        .replace("\"20\"", "\"7,5\"");
    let second = head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2]);
    let second = second
        .replace("2016/10/10", "10/14/2016")
        .replace("\"1\"", "\"1,234.5\"");
    let both = found(&(first.clone() + &second));
    assert_eq!(both, [found(&first), found(&second)].concat());
    assert_eq!(both[0].1[0], "2016-10-12T16:00:00Z 7.5 30");
    assert_eq!(both[1].1[0], "2016-10-13T17:00:00Z 1234.5 2");
    // One that proves nothing is refused, whatever the other one proves.
    let doubtful = second.replace("10/14/2016", "10/11/2016");
    assert!(
        refused(&(first + &doubtful)).ends_with("(in the report whose head begins in line 12)")
    );
}

#[test]
fn a_head_in_another_encoding_than_the_first_refuses_the_text() {
    let first = head(&["冰水", "B.T"]) + &rows(0, &[20, 30]);
    let second = head(&["溫度", "D.KW"]) + &rows(1, &[1, 2]);
    let both = found(&(first.clone() + &second));
    assert_eq!(both[1].0, ["溫度", "D.KW"]);
    let big5 = |text: &str| encoding_rs::BIG5.encode(text).0.into_owned();
    let each = |bytes: &[u8]| {
        let (name, rule) = (Path::new("a.csv"), rule("Asia/Taipei"));
        super::super::read_bytes(bytes, name, &rule, &ReadOptions::default())
    };
    let read = each(&big5(&(first.clone() + &second))).unwrap();
    assert_eq!(read[1].0.points[0].id.name, "溫度");
    let plain = head(&TWO) + &rows(0, &[20, 30]);
    for mixed in [
        [first.clone().into_bytes(), big5(&second)].concat(),
        [plain.into_bytes(), big5(&second)].concat(),
        [big5(&first), second.into_bytes()].concat(),
    ] {
        let error = each(&mixed).unwrap_err();
        assert!(
            error
                .message()
                .contains("not encoded as the beginning of its text is"),
            "{error}"
        );
        assert!(
            error.message().contains("head begins in line 12"),
            "{error}"
        );
    }
}

/// A text in one of the ways in which exports are written, and the name of its file.
pub(super) fn written(text: &str, form: usize) -> (Vec<u8>, &'static str) {
    let packed = |bytes: &[u8]| {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        to.write_all(bytes).unwrap();
        to.finish().unwrap()
    };
    let utf16 = |text: &str| {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    match form {
        0 => (text.as_bytes().to_vec(), "a.csv"),
        1 => (packed(text.as_bytes()), "a.csv.gz"),
        2 => (utf16(text), "a.csv"),
        3 => (text.replace(',', ";").into_bytes(), "a.csv"),
        4 => (format!("\u{feff}{text}").into_bytes(), "a.csv"),
        5 => (text.replace("\r\n", "\r").into_bytes(), "a.csv"),
        _ => (packed(&utf16(&text.replace(',', "\t"))), "a.csv.gz"),
    }
}

#[test]
fn a_section_that_is_another_than_when_its_text_was_read_whole_is_found_out() {
    let text = head(&TWO) + &rows(0, &[20, 30]) + &head(&["C.KW"]) + &rows(1, &[5]);
    let rule = rule("Asia/Taipei");
    for form in 0..7 {
        let (bytes, name) = written(&text, form);
        let (other, _) = written(&text.replace("\"5\"", "\"6\""), form);
        let file = |bytes: &[u8]| FileBytes::in_memory(bytes, Path::new(name));
        let (planned, changed) = (file(&bytes), file(&other));
        let cancel = &Cancel::default();
        let looking = Looking {
            rule: &rule,
            stated: &StatedReading::default(),
            cancel,
            sorting: None,
        };
        let mut opened = planned.open().unwrap();
        let reports = sniff::reports_in(&planned, &mut *opened, looking).unwrap();
        let read = |file: &FileBytes, which: usize| {
            let report = vec![reports[which].clone()];
            let read = read_in_memory::read_all(file, report, looking, &ReadOptions::default());
            read.map(|read| only(read).2.id)
        };
        // What is not read of it does not matter: each report is held against its own lines.
        let ids = [read(&planned, 0), read(&planned, 1), read(&changed, 0)];
        assert!(
            ids.into_iter()
                .all(|id| id.unwrap() == reports[0].section.as_ref().unwrap().text)
        );
        let error = read(&changed, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changing, "{form}");
    }
}

#[test]
fn a_point_without_a_name_and_one_that_is_there_twice_are_the_files_own_business() {
    for (points, message) in [
        (["A.T", ""], "a.csv:7: the point Point_2 has no name"),
        (["A.T", " \u{a0}"], "a.csv:7: the point Point_2 has no name"),
        (
            ["A:x", "A:x"],
            "a.csv:7: the report has one point twice: Point_1 and Point_2 are both \"A:x\"",
        ),
        (
            ["Ku\u{308}hler  1", "Kühler\u{3000}1"],
            "a.csv:7: the report has one point twice: Point_1 and Point_2 are both \"Kühler 1\"",
        ),
    ] {
        assert_eq!(refused(&(head(&points) + &rows(0, &[1, 2]))), message);
    }
}

#[test]
fn a_suffix_may_stand_in_the_field_of_the_name() {
    for (name, expected) in [
        ("PLANT.DEM:TOTAL HI", ("PLANT.DEM", "TOTAL HI")),
        ("a:b:c", ("a:b", "c")),
        ("a:", ("a:", "")),
        (":b", (":b", "")),
    ] {
        let id = point_id(name, "");
        assert_eq!((id.name.as_str(), id.suffix.as_str()), expected);
    }
    assert_eq!(point_id("a:b", "c").name, "a:b");
}

/// A report and how it is cut: what stands of it in a joined file.
#[derive(Debug, Clone)]
struct Piece {
    text: String,
    /// Its values, each with its point: no two reports share a value.
    values: Vec<(u32, String)>,
    /// How long it was before it was cut.
    length: usize,
}

impl Piece {
    /// Whether it can be read alone.
    fn is_whole(&self) -> bool {
        self.text.len() == self.length && !self.values.is_empty()
    }
}

fn piece(number: u32) -> impl Strategy<Value = Piece> {
    let names = prop::collection::vec(0..6_u32, 1..4);
    (
        names,
        0..6_u32,
        any::<bool>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(move |(mut names, count, trailer, cut, whole)| {
            names.sort_unstable();
            names.dedup();
            if number % 2 == 1 {
                names.reverse();
            }
            let points: Vec<String> = names.iter().map(|name| format!("P{name}")).collect();
            let mut text = head(&points.iter().map(String::as_str).collect::<Vec<_>>());
            let mut values = Vec::new();
            for row in 0..count {
                let cells: Vec<u32> = (0..)
                    .zip(&points)
                    .map(|(place, _)| 10_000 + 1000 * number + 10 * row + place)
                    .collect();
                values.extend(cells.iter().copied().zip(points.iter().cloned()));
                text.push_str(&rows(number * 6 + row, &cells));
            }
            if trailer {
                text.push_str(TRAILER);
            }
            let length = text.len();
            if !whole {
                // Anywhere, in a line or between two.
                text.truncate(cut.index(text.len()));
            }
            Piece {
                text,
                values,
                length,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_value_of_joined_reports_shows_under_another_point_than_its_own(
        first in piece(0),
        second in piece(1),
        third in piece(2),
        count in 1..=3_usize,
    ) {
        let pieces = &[first, second, third][..count];
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        match read_each(&text) {
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Input),
            Ok(reports) => for (report, chunks, _) in reports {
                for chunk in &chunks {
                    for (point, column) in report.points.iter().zip(&chunk.columns) {
                        for value in column.iter().filter(|value| !value.is_nan()) {
                            let own = pieces.iter().flat_map(|piece| &piece.values);
                            let mut own = own.filter(|(known, _)| f64::from(*known).to_bits() == value.to_bits());
                            prop_assert!(own.all(|(_, name)| *name == point.id.name), "{} under {}:\n{}", value, point.id, text);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn reports_in_one_text_are_read_as_each_in_a_text_of_its_own(
        pieces in prop::collection::vec((piece(0), piece(1), piece(2)), 1..4),
        form in 0..7_usize,
        blocks in 6..9_u32,
    ) {
        let whole = pieces.iter().flat_map(|(one, other, third)| [one, other, third]);
        let whole: Vec<String> = whole.filter(|piece| piece.is_whole()).map(|piece| piece.text.clone()).collect();
        prop_assume!(!whole.is_empty());
        let (bytes, name) = written(&whole.concat(), form);
        let options = ReadOptions { chunk_cells: 64, block_bytes: 1 << blocks, held_cells: 24, ..ReadOptions::default() };
        let joined = super::super::read_bytes(&bytes, Path::new(name), &rule("Asia/Taipei"), &options).unwrap();
        prop_assert_eq!(joined.len(), whole.len());
        for ((report, chunks, outcome), text) in joined.iter().zip(&whole) {
            let (alone, rows, read) = read(text).unwrap();
            prop_assert_eq!(&report.points, &alone.points);
            prop_assert_eq!((report.interval, report.range, report.order), (alone.interval, alone.range, alone.order));
            prop_assert_eq!(&report.heading, &alone.heading);
            prop_assert_eq!((report.complete, outcome.complete), (alone.complete, read.complete));
            prop_assert_eq!(show(chunks), show(&rows));
            prop_assert_eq!(&outcome.tally, &read.tally);
            prop_assert_eq!(outcome.rows_seen, read.rows_seen);
            prop_assert_eq!(outcome.id, joined[0].2.id);
        }
    }
}
