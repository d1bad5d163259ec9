//! More than one report in one text: refused with the line until each is read as a report of its own, or the header again.

use super::*;
use crate::time::{HOUR, TimeRange};

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
    let error = read(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    assert!(error.hint_text().is_some());
    error.to_string()
}

const TWO: [&str; 2] = ["A.T", "B.T"];

#[test]
fn a_second_head_is_refused_with_its_line_until_it_begins_a_report_of_its_own() {
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
        ("no rows", head(&["C.T"])),
        ("its title alone", head(&TWO).lines().take(1).collect()),
    ] {
        for joined in [format!("{first}{second}"), format!("{whole}{second}")] {
            let message = refused(&joined);
            assert!(message.starts_with("a.csv:"), "{what}: {message}");
            let line = 1 + joined[..joined.len() - second.len()].lines().count();
            assert!(
                message.contains(&format!(
                    "a.csv:{line}: the head of another report stands below the header of line 7"
                )),
                "{what}: {message}"
            );
            // Bytes of other lines, and the mark of a file, change nothing.
            let marked = joined.replace(&second, &format!("\u{feff}{second}"));
            assert!(
                refused(&marked).contains(&format!("a.csv:{line}: the head of another")),
                "{what}"
            );
        }
    }
    insta::assert_snapshot!(refused(&(first.clone() + &head(&["C.KW"]).replacen("\"Key", "\"Other", 1))), @r#"a.csv:13: the head of another report stands below the header of line 7: "Point_1:","C.KW","","5 minutes""#);
}

#[test]
fn each_line_that_stands_above_a_header_gives_a_second_head_away() {
    let first = head(&TWO) + &rows(0, &[20, 30]);
    let second = head(&TWO);
    let lines: Vec<&str> = second.split_inclusive("\r\n").collect();
    // All but the empty one and the header, from which on nothing tells.
    for from in 0..lines.len() - 2 {
        let joined = format!("{first}{}{}", lines[from..].concat(), rows(1, &[1, 2]));
        let message = refused(&joined);
        assert!(message.contains(&format!("a.csv:{}: ", 12)), "{message}");
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
        assert!(refused(&text).contains(&format!(
            "a.csv:12: the head of another report stands below the header of line 7: {header}"
        )));
    }
}

#[test]
fn rows_of_the_next_report_are_not_those_of_a_head_that_has_none() {
    let second = head(&["C.KW", "D.KW"]) + &rows(1, &[1, 2]);
    for end in ["", TRAILER] {
        let text = format!("{}{end}{second}", head(&TWO));
        assert!(
            refused(&text).contains("the head of another report stands below the header of line 7"),
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
    let error = loop {
        match reader.next_chunk() {
            Ok(ReadStep::Rows(_)) => {}
            Ok(_) => panic!("nothing was met"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.line_number(), Some(92));
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
            if !whole {
                // Anywhere, in a line or between two.
                text.truncate(cut.index(text.len()));
            }
            Piece { text, values }
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
        match read(&text) {
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Input),
            Ok((report, chunks, _)) => {
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
}
