//! Reports that were printed in pages: what stands on a page beside rows is furniture, and what may be a part of a row is none.

use super::joined::written;
use super::*;
use std::collections::BTreeSet;

const HEADER: &str = "<>Date,Time,PNL1.22:AUX,PNL1.22:OCC\r\n";

/// The end of a page, and what stands at the top of the next one.
fn page(number: usize) -> String {
    format!(
        ",,,\r\n,,,\r\n,,,- {number} -\r\n,,,\r\n9/20/2023,,Some Owner N,ame\r\n,,Trend Sample,Report ( T\r\n\
         Selection,:  PNL1,.22:AU,\"X TEMP AI,\"\r\n(2 Point,s),,\r\n_________,_________,______________,___________\r\n"
    )
}

const PAGE_LINES: u64 = 9;

/// The row at a minute of 2023-09-14, whose cells are `value` and on or off.
fn row(minute: usize, value: usize) -> String {
    let word = if value.is_multiple_of(2) { "YES" } else { "NO" };
    format!(
        "9/14/2023,{}:{:02}:00,{value},{word}\r\n",
        minute / 60,
        minute % 60
    )
}

/// So many rows, one each five minutes from a minute on, on pages of four.
fn rows(from: usize, count: usize) -> String {
    let row = |place: usize| {
        let end = if place % 4 == 3 {
            page(place / 4 + 1)
        } else {
            String::new()
        };
        row(from + 5 * place, 100 + from + place) + &end
    };
    (0..count).map(row).collect()
}

fn found(text: &str) -> Vec<String> {
    show(&read(text).unwrap().1)
}

/// The rows, rejected rows and lines of furniture.
fn counted(text: &str) -> (u64, u64, u64) {
    let tally = read(text).unwrap().2.tally;
    (tally.rows, tally.rejected_rows, tally.furniture)
}

#[test]
fn what_stands_on_pages_is_counted_as_lines_and_is_no_loss() {
    let text = format!("{HEADER}{}", rows(0, 10));
    let (report, chunks, outcome) = read(&text).unwrap();
    assert_eq!(report.dialect.as_str(), "siemens-pages");
    assert_eq!((report.interval, outcome.complete), (None, true));
    let names: Vec<String> = report
        .points
        .iter()
        .map(|point| point.id.to_string())
        .collect();
    assert_eq!(names, ["PNL1.22:AUX", "PNL1.22:OCC"]);
    assert_eq!(counted(&text), (10, 0, 2 * PAGE_LINES));
    assert_eq!(outcome.tally.cells, 20);
    let without: String = (0..10).map(|place| row(5 * place, 100 + place)).collect();
    assert_eq!(show(&chunks), found(&format!("{HEADER}{without}")));
    assert_eq!(show(&chunks)[3], "2023-09-13T16:15:00Z 103 0");
    // A report of one page, in which nothing else stands.
    assert_eq!(counted(&format!("{HEADER}{without}")), (10, 0, 0));
}

#[test]
fn the_first_page_may_have_its_texts_and_each_page_its_header() {
    let top = "9/20/2023,,Some Owner N,ame\r\n,,Trend Sample,Report ( T\r\n_________,_________,____,____\r\n";
    let again = rows(0, 10).replace("___________\r\n", &format!("___________\r\n{HEADER}"));
    let text = format!("{top}{HEADER}{again}");
    assert_eq!(counted(&text), (10, 0, 2 * (PAGE_LINES + 1)));
    assert_eq!(found(&text), found(&format!("{HEADER}{}", rows(0, 10))));
    for number in [
        "Page 1",
        "Page 1 of 3",
        "- 1 -,,,",
        ",,-,1 -",
        "第 1 頁",
        "\u{c}",
    ] {
        let text = text.replace(",,,- 1 -", number);
        assert_eq!(counted(&text), (10, 0, 2 * (PAGE_LINES + 1)), "{number}");
    }
}

#[test]
fn separators_line_ends_and_encodings_change_nothing() {
    let text = format!("{HEADER}{}", rows(0, 10));
    let expected = read(&text).unwrap();
    for form in 0..7 {
        let (bytes, name) = written(&text, form);
        let (time, options) = (rule("Asia/Taipei"), ReadOptions::default());
        let (report, chunks, outcome) =
            read_bytes(&bytes, Path::new(name), &time, &options).unwrap();
        assert_eq!(report.points, expected.0.points, "{form}");
        assert_eq!(show(&chunks), show(&expected.1), "{form}");
        assert_eq!(outcome.tally, expected.2.tally, "{form}");
    }
    let chinese = text
        .replace("<>Date,Time", "<>日期,時間")
        .replace("PNL1.22:AUX", "冰水溫度");
    for encoding in [encoding_rs::UTF_8, encoding_rs::BIG5] {
        let bytes = encoding.encode(&chinese).0;
        let (time, options) = (rule("Asia/Taipei"), ReadOptions::default());
        let (report, chunks, _) = read_bytes(&bytes, Path::new("a.csv"), &time, &options).unwrap();
        assert_eq!(report.points[0].id.name, "冰水溫度");
        assert_eq!(show(&chunks), show(&expected.1));
    }
}

#[test]
fn a_header_of_other_names_begins_a_report_of_its_own() {
    let first = format!("{HEADER}{}", rows(0, 10));
    for (names, cells) in [
        ("PNL1.22:OCC,PNL1.22:AUX", "1,2"),
        ("A.B,C", "1,2"),
        ("A.B", "1"),
        ("A.B,C,D", "1,2,3"),
    ] {
        let second =
            format!("<>Date,Time,{names}\r\n9/14/2023,3:00,{cells}\r\n9/14/2023,3:05,{cells}\r\n");
        for between in ["", ",,,\r\n", "\u{feff}"] {
            let reports = read_each(&format!("{first}{between}{second}")).unwrap();
            assert_eq!(reports.len(), 2, "{names}");
            assert_eq!(show(&reports[0].1), found(&first));
            assert_eq!(show(&reports[1].1), found(&second));
            assert_eq!(reports[0].2.tally.rejected_rows, 0);
        }
    }
    // What is of another form is none of these reports.
    let other = format!("{first}{PREAMBLE}\"2023/9/14\",\"03:00:00\",\"1\",\"2\"\r\n");
    let error = read_each(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    insta::assert_snapshot!(error.to_string(), @"a.csv:30: the head of another report begins here, and no header follows that says what its columns are (in the report whose head begins in line 30)");
    let other = report("\"2023/9/14\",\"03:00:00\",\"1\",\"2\"\n") + &first;
    assert_eq!(read_each(&other).unwrap_err().kind(), ErrorKind::Input);
}

#[test]
fn a_row_that_was_torn_is_rejected_wherever_it_stands() {
    let whole = format!("{HEADER}{}", rows(0, 10));
    let lines: Vec<&str> = whole.split_inclusive("\r\n").collect();
    for (place, line) in lines.iter().enumerate().skip(1) {
        if !line.starts_with("9/14") {
            continue;
        }
        let others =
            |torn: &str| [&lines[..place].concat(), torn, &lines[place + 1..].concat()].concat();
        let cells: Vec<&str> = line.trim_end().split(',').collect();
        let [date, time, value, word] = cells[..] else {
            panic!("four fields")
        };
        for torn in [
            format!("{date},{time},{value}\r\n"),
            format!("{date},{time}\r\n"),
            format!("{date},,{value},{word}\r\n"),
            format!(",,{value},{word}\r\n"),
            format!(",{time},{value},{word}\r\n"),
            format!("{date},{time},{value},{word},5\r\n"),
            format!("{}{time},{value},{word}\r\n", &date[..6]),
        ] {
            assert_eq!(counted(&others(&torn)), (9, 1, 2 * PAGE_LINES), "{torn}");
        }
        for torn in [
            format!("{date},{time},\r\n{value},{word}\r\n"),
            format!("{date},{}\r\n{},{value},{word}\r\n", &time[..2], &time[2..]),
        ] {
            assert_eq!(counted(&others(&torn)), (9, 2, 2 * PAGE_LINES), "{torn}");
        }
        // The same among the texts of a page.
        for torn in [
            format!("{date},,{value},{word}\r\n"),
            format!(",,{value},{word}\r\n"),
        ] {
            let text = others("").replacen("(2 Point,s),,\r\n", &torn, 1);
            assert_eq!(counted(&text), (9, 1, 2 * PAGE_LINES - 1), "{torn}");
        }
    }
}

#[test]
fn texts_are_furniture_on_a_page_alone() {
    let text = format!("{HEADER}{}", rows(0, 10));
    // Without its number nothing tells that a page ends.
    let unnumbered = text.replace(",,,- 1 -\r\n", ",,,\r\n");
    assert_eq!(counted(&unnumbered), (10, 4, 2 * PAGE_LINES - 4));
    // Without its rule a page goes on to the next row.
    let unruled = text.replace("_________,_________,______________,___________\r\n", "");
    assert_eq!(counted(&unruled), (10, 0, 2 * PAGE_LINES - 2));
    let more = text.replacen(
        "(2 Point,s),,\r\n",
        "(2 Point,s),,\r\nPrinted b,y nobody,,\r\n",
        1,
    );
    assert_eq!(counted(&more), (10, 0, 2 * PAGE_LINES + 1));
    let stray = text.replacen(
        &row(5, 101),
        &format!("{}Printed b,y nobody,,\r\n", row(5, 101)),
        1,
    );
    assert_eq!(counted(&stray), (10, 1, 2 * PAGE_LINES));
    // The date of a page stands between midnight's neighbours, and is no row.
    let rows = "9/19/2023,23:55,1,NO\r\n,,,- 1 -\r\n9/20/2023,,Some Owner N,ame\r\n9/20/2023,0:05,2,NO\r\n";
    assert_eq!(counted(&format!("{HEADER}{rows}")), (2, 0, 2));
}

/// What the same text becomes when something in it is changed: what is refused is named, and what is read is right.
#[test]
fn a_changed_report_is_read_rightly_or_refused() {
    let text = format!("{HEADER}{}", rows(0, 10));
    let right = found(&text);
    let exchanged: Vec<String> = right
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split(' ').collect();
            format!("{} {} {}", cells[0], cells[2], cells[1])
        })
        .collect();
    let each_row = |change: &dyn Fn(&[&str]) -> String| -> String {
        let line = |line: &str| match line.starts_with("9/14") || line.starts_with("<>") {
            true => change(&line.split(',').collect::<Vec<_>>()) + "\r\n",
            false => format!("{line}\r\n"),
        };
        text.lines().map(line).collect()
    };
    // The order of columns, with and without the header.
    let other = each_row(&|cells| [cells[0], cells[1], cells[3], cells[2]].join(","));
    assert_eq!(found(&other), exchanged);
    // A column that is missing: in all lines, and in the rows alone.
    let less = each_row(&|cells| cells[..3].join(","));
    let less_rows: Vec<&str> = right
        .iter()
        .map(|row| row.rsplit_once(' ').unwrap().0)
        .collect();
    assert_eq!(found(&less), less_rows);
    let rows_alone = each_row(&|cells| match cells[0] {
        "<>Date" => cells.join(","),
        _ => cells[..3].join(","),
    });
    assert_eq!(read(&rows_alone).unwrap_err().kind(), ErrorKind::Input);
    // Another order of the date.
    for (date, expected) in [
        ("14/9/2023", true),
        ("2023/09/14", true),
        ("14.9.2023", true),
        ("9/5/2023", false),
    ] {
        let other = text.replace("9/14/2023", date);
        match expected {
            true => assert_eq!(found(&other), right, "{date}"),
            false => assert_eq!(read(&other).unwrap_err().kind(), ErrorKind::Input, "{date}"),
        }
    }
    // Half-way: both orders are proved.
    let (one, rest) = text.split_at(text.len() / 2);
    let mixed = format!("{one}{}", rest.replace("9/14/2023", "14/9/2023"));
    assert_eq!(read(&mixed).unwrap_err().kind(), ErrorKind::Input);
    // The time behind the cells, and the date and the time in one field.
    let behind = each_row(&|cells| [cells[0], cells[2], cells[3], cells[1]].join(","));
    assert_eq!(read(&behind).unwrap_err().kind(), ErrorKind::Input);
    let joined = each_row(&|cells| format!("{} {},{},{}", cells[0], cells[1], cells[2], cells[3]));
    assert_eq!(read(&joined).unwrap_err().kind(), ErrorKind::Input);
    // Times of twelve hours.
    let twelve = text.replace(",0:", ",12:").replace(":00,", ":00 AM,");
    assert_eq!(found(&twelve), right);
    // Another decimal sign, another unit half-way, and a unit that no table knows.
    let comma = each_row(&|cells| match cells[0] {
        "<>Date" => cells.join(","),
        _ => format!("{},{},\"{},5\",{}", cells[0], cells[1], cells[2], cells[3]),
    });
    assert_eq!(found(&comma)[0], "2023-09-13T16:00:00Z 100.5 1");
    let unit = text.replacen(",105,", ",105 degF,", 1);
    let point = &read(&unit).unwrap().2.tally.points[0];
    assert_eq!((point.numbers, point.units.len()), (10, 1));
    // Another table below.
    let below =
        format!("{text}\r\nTime,Name,Value\r\n2023-09-14 01:00,A,5\r\n2023-09-14 01:05,A,6\r\n");
    assert_eq!(counted(&below), (10, 3, 2 * PAGE_LINES + 1));
    // A table without the mark of these reports, and without their pages, is none.
    let plain = text.replace("<>", "").replace("- ", "").replace(" -", "");
    assert_eq!(read(&plain).unwrap_err().kind(), ErrorKind::Input);
    // Names that are keys.
    let keys = text
        .replace("PNL1.22:AUX", "Point_1")
        .replace("PNL1.22:OCC", "Point_2");
    assert_eq!(read(&keys).unwrap_err().kind(), ErrorKind::Input);
}

/// The lines of a printed report, the header first, and where each of its values stands.
fn printed() -> impl Strategy<Value = Vec<String>> {
    let oddity = prop::sample::select(vec![
        "9/14/2023,,5000,NO\r\n",
        "9/14/2023,0:\r\n",
        ",,5000,NO\r\n",
        ",,,\r\n",
        "Printed b,y nobody,,\r\n",
        ",,,- 9 -\r\n",
        HEADER,
        "___,___,___,___\r\n",
    ]);
    let odd = prop::collection::vec((0_usize..60, oddity), 0..4);
    (2_usize..40, odd).prop_map(|(count, odd)| {
        let mut lines: Vec<String> = rows(0, count)
            .split_inclusive("\r\n")
            .map(str::to_owned)
            .collect();
        for (place, line) in odd {
            lines.insert(place % (lines.len() + 1), line.to_owned());
        }
        lines.insert(0, HEADER.to_owned());
        lines
    })
}

proptest! {
    #[test]
    fn a_piece_of_a_printed_report_is_read_as_in_the_whole(lines in printed(), cut in (0_usize..100, 1_usize..100)) {
        let set = |text: &str| -> Option<BTreeSet<String>> {
            Some(show(&read(text).ok()?.1).into_iter().collect())
        };
        let Some(whole) = set(&lines.concat()) else { return Ok(()) };
        let from = 1 + cut.0 % (lines.len() - 1);
        let to = (from + cut.1).min(lines.len());
        let Some(piece) = set(&format!("{HEADER}{}", lines[from..to].concat())) else { return Ok(()) };
        prop_assert!(piece.is_subset(&whole));
    }

    #[test]
    fn no_value_of_joined_printed_reports_shows_under_another_point(
        first in (1_usize..12, any::<prop::sample::Index>()),
        second in (1_usize..12, any::<prop::sample::Index>()),
        points in (1_usize..4, 1_usize..4),
    ) {
        // The values of the second report are those from 5000 on.
        let text = |names: &str, points: usize, count: usize, value: usize| -> String {
            let header: String = (0..points).map(|point| format!(",{names}{point}")).collect();
            let row = |row: usize| -> String {
                let cells: String = (0..points).map(|point| format!(",{}", value + 10 * row + point)).collect();
                format!("9/14/2023,0:{row:02}{cells}\r\n") + if row == 5 { ",- 1 -\r\nText o,f a page\r\n__,__,__\r\n" } else { "" }
            };
            format!("<>Date,Time{header}\r\n{}", (0..count).map(row).collect::<String>())
        };
        let mut joined = text("A.", points.0, first.0, 1000);
        joined.truncate(first.1.index(joined.len() + 1));
        let mut other = text("B.", points.1, second.0, 5000);
        other.truncate(second.1.index(other.len() + 1));
        let Ok(reports) = read_each(&(joined + &other)) else { return Ok(()) };
        for (report, chunks, _) in reports {
            for chunk in &chunks {
                for (point, column) in report.points.iter().zip(&chunk.columns) {
                    let own = |value: f64| (value >= 5000.0) == point.id.name.starts_with("B.");
                    let values = column.iter().filter(|value| !value.is_nan());
                    prop_assert!(values.copied().all(own), "{}", point.id);
                }
            }
        }
    }
}
