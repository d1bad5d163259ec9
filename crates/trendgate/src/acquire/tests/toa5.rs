//! Tables of Campbell loggers: when the numbers of a column are of, in which unit, and which of them are none.

use super::joined::written;
use super::*;
use std::collections::BTreeSet;

const FIRST: &str = "\"TOA5\",\"Roof\",\"CR1000\",\"9999\",\"CR1000.Std.27\",\"CPU:Roof.CR1\",\"52\",\"FiveMin\"\r\n";

/// The head of a table of columns, each a name, a unit, and what was made of its readings.
fn head(columns: &[[&str; 3]]) -> String {
    let line = |first: [&str; 2], place: usize| {
        let texts = first
            .into_iter()
            .chain(columns.iter().map(|column| column[place]));
        let texts: Vec<String> = texts.map(|text| format!("\"{text}\"")).collect();
        texts.join(",") + "\r\n"
    };
    FIRST.to_owned()
        + &line(["TIMESTAMP", "RECORD"], 0)
        + &line(["TS", "RN"], 1)
        + &line(["", ""], 2)
}

const COLUMNS: [[&str; 3]; 5] = [
    ["AirT_Avg", "Deg C", "Avg"],
    ["AirT_Max", "Deg C", "Max"],
    ["AirT_TMx", "", "TMx"],
    ["RH", "%", "Smp"],
    ["Rain_Tot", "mm", "Tot"],
];

/// The row of a minute of 2026-01-10, whose cells are made of `value`.
fn row(minute: usize, value: usize) -> String {
    let at = format!("{:02}:{:02}", minute / 60, minute % 60);
    format!(
        "\"2026-01-10 {at}:00\",{value},{value}.5,{value}.75,\"2026-01-10 {at}:00\",{},0.2\r\n",
        value + 40
    )
}

fn rows(minutes: impl Iterator<Item = usize>) -> String {
    minutes.map(|minute| row(minute, 10 + minute / 5)).collect()
}

fn table() -> String {
    head(&COLUMNS) + &rows((0..60).step_by(5))
}

/// The names of the points of each report, and its rows.
fn found(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let reports = read_each(text).unwrap().into_iter();
    let found = reports.map(|(report, chunks, _)| {
        let names = report.points.iter().map(|point| point.id.to_string());
        (names.collect(), show(&chunks))
    });
    found.collect()
}

fn refused(text: &str) -> String {
    let error = read_each(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    error.to_string()
}

#[test]
fn columns_of_the_time_before_and_of_the_instant_are_two_reports() {
    let reports = read_each(&table()).unwrap();
    let [(before, means, first), (at, samples, second)] = &reports[..] else {
        panic!("two reports")
    };
    assert_eq!(
        (before.dialect.as_str(), before.ordinal, at.ordinal),
        ("toa5", 0, 1)
    );
    assert_eq!(before.heading.as_ref().unwrap().title, "Roof FiveMin");
    let names = |report: &Report| -> Vec<String> {
        report
            .points
            .iter()
            .map(|point| format!("{} {}", point.id, point.definition))
            .collect()
    };
    assert_eq!(
        names(before),
        [
            "AirT_Avg Avg, Deg C",
            "AirT_Max Max, Deg C",
            "Rain_Tot Tot, mm"
        ]
    );
    let totals = before.points.iter().map(|point| point.trend.is_total);
    assert_eq!(totals.collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(names(at), ["RH Smp, %"]);
    assert_eq!(
        show(means)[0],
        "2026-01-09T15:59:59.999999999Z 10.5 10.75 0.2"
    );
    assert_eq!(show(samples)[0], "2026-01-09T16:00:00Z 50");
    assert_eq!((show(means).len(), show(samples).len()), (12, 12));
    for (report, outcome) in [(before, first), (at, second)] {
        let tally = &outcome.tally;
        assert_eq!(tally.time_range, Some(report.range));
        assert_eq!((tally.rows, tally.rejected_rows), (12, 0));
        assert_eq!(tally.cells, 12 * report.points.len() as u64);
    }
    assert_eq!(first.tally.points[0].units["°C"], 12);
    assert_eq!(first.tally.points[2].unknown_units["mm"], 12);
}

/// Totals over a time that nothing says are missing; their point is there, and it is said which it is.
#[test]
fn totals_of_an_unknown_time_are_counted_and_not_taken() {
    let text = table()
        .replace(",0.2\r\n", ",1e25\r\n")
        .replacen(",1e25\r\n", ",-7999\r\n", 1);
    for text in [table(), text] {
        let report = read_each(&text).unwrap().remove(0).0;
        let everything = Window {
            own: TimeRange::ALL,
            read: TimeRange::ALL,
        };
        let mut rules = vec![CellRule::default(); 3];
        rules[2].left_out = true;
        let (rule, options) = (rule("Asia/Taipei"), ReadOptions::default());
        let mut reader =
            Reader::over(opened(&text), report, everything, &rule, rules, &options).unwrap();
        let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() else {
            panic!("rows")
        };
        assert_eq!(
            show(std::slice::from_ref(&chunk))[0],
            "2026-01-09T15:59:59.999999999Z 10.5 10.75 -"
        );
        assert_eq!(chunk.extremes, []);
        let tally = reader.finish().unwrap().tally;
        account(&tally);
        assert_eq!(tally.left_out, ["Rain_Tot"]);
        let point = &tally.points[2];
        let missing: u64 = point.missing.values().sum();
        assert_eq!((missing, point.numbers, point.not_finite), (12, 0, 0));
        assert!(point.missing["(total)"] >= 11);
    }
}

#[test]
fn numbers_are_read_as_if_their_unit_stood_behind_each() {
    let text = table()
        .replace("Deg C", "Deg F")
        .replace("\"%\"", "\"mg/l\"");
    let reports = read_each(&text).unwrap();
    let (_, chunks, outcome) = &reports[0];
    assert!((chunks[0].columns[0][0] - (10.5 - 32.0) / 1.8).abs() < 1e-9);
    assert_eq!(outcome.tally.points[0].units["°F"], 12);
    let (_, chunks, outcome) = &reports[1];
    assert_eq!(chunks[0].columns[0][0].to_bits(), 50_f64.to_bits());
    assert_eq!(outcome.tally.points[0].unknown_units["mg/l"], 12);
    // Wanted in another unit, and in one that measures something else.
    let rule = rule("Asia/Taipei");
    let read = |unit: Option<crate::model::Unit>| {
        let report = reports[0].0.clone();
        let everything = Window {
            own: TimeRange::ALL,
            read: TimeRange::ALL,
        };
        let rules = vec![
            CellRule {
                unit,
                ..CellRule::default()
            };
            3
        ];
        let options = ReadOptions::default();
        let mut reader =
            Reader::over(opened(&text), report, everything, &rule, rules, &options).unwrap();
        let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() else {
            panic!("rows")
        };
        let tally = reader.finish().unwrap().tally;
        account(&tally);
        (chunk, tally)
    };
    let (chunk, _) = read(Some(crate::model::Unit::Fahrenheit));
    assert_eq!(chunk.columns[0][0].to_bits(), 10.5_f64.to_bits());
    let (chunk, tally) = read(Some(crate::model::Unit::Kilowatt));
    assert!(chunk.columns[0].iter().all(|value| value.is_nan()));
    assert_eq!(
        (tally.points[0].unit_mismatch, tally.points[0].numbers),
        (12, 0)
    );
}

#[test]
fn sentinels_and_words_for_no_number_are_missing() {
    let text = table()
        .replace(",10.5,", ",-7999,")
        .replace(",11.5,", ",7999,")
        .replace(",12.5,", ",\"NAN\",")
        .replace(",13.5,", ",\"INF\",")
        .replace(",53,", ",NAN,");
    let reports = read_each(&text).unwrap();
    assert_eq!(
        show(&reports[0].1)[0],
        "2026-01-09T15:59:59.999999999Z - 10.75 0.2"
    );
    let missing = &reports[0].2.tally.points[0].missing;
    assert_eq!(
        (missing["(sentinel)"], missing["NaN"], missing["Inf"]),
        (2, 1, 1)
    );
    assert_eq!(reports[0].2.tally.points[0].numbers, 8);
    assert_eq!(reports[1].2.tally.points[0].missing["NaN"], 1);
    assert!(!reports[1].1[0].samples[3]);
}

#[test]
fn separators_line_ends_and_encodings_change_nothing() {
    let text = table();
    let expected = found(&text);
    for form in 0..7 {
        let (bytes, name) = written(&text, form);
        let (time, options) = (rule("Asia/Taipei"), ReadOptions::default());
        let read = super::super::read_bytes(&bytes, Path::new(name), &time, &options).unwrap();
        let rows: Vec<_> = read.iter().map(|(_, chunks, _)| show(chunks)).collect();
        assert_eq!(
            rows,
            [expected[0].1.clone(), expected[1].1.clone()],
            "{form}"
        );
    }
    let unquoted = text.replace('"', "");
    assert_eq!(found(&unquoted), expected);
    let with_t = text.replace("2026-01-10 ", "2026-01-10T");
    assert_eq!(found(&with_t), expected);
    let fractions = text.replace(":00\",", ":00.25\",");
    assert_eq!(found(&fractions)[1].1[0], "2026-01-09T16:00:00.25Z 50");
}

#[test]
fn a_second_table_in_a_text_is_one_of_its_own() {
    let first = table();
    let more = [["BattV_Min", "Volts", "Min"]];
    let second =
        head(&more) + "\"2026-01-10 02:00:00\",0,12.5\r\n\"2026-01-10 02:05:00\",1,12.25\r\n";
    let again = head(&COLUMNS) + &rows((60..120).step_by(5));
    for other in [&second, &again] {
        let both = found(&(first.clone() + other));
        assert_eq!(both, [found(&first), found(other)].concat());
    }
    let all = read_each(&(first.clone() + &second + &again)).unwrap();
    let ordinals: Vec<u32> = all.iter().map(|(report, ..)| report.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2, 3, 4]);
    // A row that was cut has the first line of the next table behind it: which columns follow is not known any more.
    for cut in [3, 9, 20, 40, 70] {
        refused(&(first[..first.len() - cut].to_owned() + &second));
    }
}

#[test]
fn rows_that_cannot_be_read_are_counted_once() {
    let text =
        table() + "\"2026-01-10 01:00:00\",22,1.5\r\n\"soon\",23,1,2,3,4,5\r\n\"2026-01-10 01:";
    let reports = read_each(&text).unwrap();
    let rejected = |which: usize| {
        let tally = &reports[which].2.tally;
        (
            tally.rejected_rows,
            tally.rejected_cells > 0,
            tally.rejected_examples.len(),
        )
    };
    assert_eq!((rejected(0), rejected(1)), ((3, true, 3), (0, false, 0)));
}

/// What the same table becomes when something in it is changed: what is refused is named, and what is read is right.
#[test]
fn a_changed_table_is_read_rightly_or_refused() {
    let text = table();
    let right = found(&text);
    let swapped = head(&[COLUMNS[3], COLUMNS[0]])
        + "\"2026-01-10 00:00:00\",0,50,10.5\r\n\"2026-01-10 00:05:00\",1,51,11.5\r\n";
    assert_eq!(
        found(&swapped)[0].1[0],
        "2026-01-09T15:59:59.999999999Z 10.5"
    );
    assert_eq!(found(&swapped)[1].1[0], "2026-01-09T16:00:00Z 50");
    // Without the numbers of rows.
    let unnumbered: String = text
        .lines()
        .enumerate()
        .map(|(line, text)| {
            let fields: Vec<&str> = text.split(',').collect();
            let kept = if line == 0 {
                fields
            } else {
                [&fields[..1], &fields[2..]].concat()
            };
            kept.join(",") + "\r\n"
        })
        .collect();
    assert_eq!(found(&unnumbered), right);
    // A column that is missing in the rows; the head without one of its lines; a column that nobody knows, and one that has no name, or another's.
    let cut: String = text
        .lines()
        .map(|line| match line.starts_with("\"2026") {
            true => line.rsplit_once(',').unwrap().0.to_owned() + "\r\n",
            false => format!("{line}\r\n"),
        })
        .collect();
    refused(&cut);
    for missing in 1..4 {
        let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
        refused(&[&lines[..missing], &lines[missing + 1..]].concat().concat());
    }
    refused(
        &text
            .lines()
            .take(3)
            .map(|line| format!("{line}\r\n"))
            .collect::<String>(),
    );
    insta::assert_snapshot!(refused(&text.replace("\"Max\"", "\"FFT\"")), @r#"a.csv:2: the column AirT_Max is "FFT", and it is not known whether that is of the row's instant or of the time before it"#);
    insta::assert_snapshot!(refused(&text.replace("\"RH\"", "\"\"")), @"a.csv:2: column 6 of the table has no name");
    insta::assert_snapshot!(refused(&text.replace("\"RH\"", "\"AirT_Avg\"")), @r#"a.csv:2: the table has one name twice: columns 3 and 6 are both "AirT_Avg""#);
    let times = head(&[COLUMNS[2]])
        + "\"2026-01-10 00:00:00\",0,\"2026-01-10 00:00:00\"\r\n\"2026-01-10 00:05:00\",1,\"2026-01-10 00:05:00\"\r\n";
    insta::assert_snapshot!(refused(&times), @"a.csv:2: the table has no columns but times, which are no points");
    // Another order of the date: proved, or not.
    let other = text.replace("2026-01-10", "13/1/2026");
    assert_eq!(found(&other)[1].1[0], "2026-01-12T16:00:00Z 50");
    refused(&text.replace("2026-01-10", "10/1/2026"));
    // The decimal comma, and half-way another unit in a cell.
    let comma = text
        .replace(',', ";")
        .replace(".5;", ",5;")
        .replace(".75;", ",75;")
        .replace("0.2", "0,2");
    assert_eq!(found(&comma), right);
    let unit = text.replace(",15.5,", ",60 degF,");
    assert!(found(&unit)[0].1[5].contains("15.55555"));
    // Another table below, without a head that is known.
    let below = format!("{text}Time,Name,Value\r\n1,A,5\r\n");
    assert_eq!(read_each(&below).unwrap()[0].2.tally.rejected_rows, 2);
}

#[test]
fn the_last_instant_of_a_day_of_its_time_before_is_that_day_also_at_the_edges_of_windows() {
    let text = head(&COLUMNS[..1])
        + &(0..=48)
            .map(|hour| {
                format!(
                    "\"2026-01-{:02} {:02}:00:00\",{hour},{hour}.5\r\n",
                    10 + hour / 24,
                    hour % 24
                )
            })
            .collect::<String>();
    let rule = rule("Asia/Taipei");
    let report = read_each(&text).unwrap().remove(0).0;
    let midnight = report.range.first + Span::from_nanos(1) + 24 * HOUR;
    let mut all = Vec::new();
    for own in [
        TimeRange::new(Instant::MIN, midnight),
        TimeRange::new(midnight, Instant::MAX),
    ] {
        let window = Window { own, read: own };
        let mut reader = Reader::over(
            opened(&text),
            report.clone(),
            window,
            &rule,
            vec![CellRule::default()],
            &ReadOptions::default(),
        )
        .unwrap();
        let mut rows = Vec::new();
        while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
            assert!(chunk.times.iter().all(|time| own.contains(*time)));
            rows.extend(show(&[chunk]));
        }
        let tally = reader.finish().unwrap().tally;
        account(&tally);
        assert_eq!(tally.rows, rows.len() as u64);
        all.push(rows);
    }
    assert_eq!((all[0].len(), all[1].len()), (25, 24));
    assert!(all[0][24].starts_with("2026-01-10T15:59:59.999999999Z 24.5"));
}

proptest! {
    #[test]
    fn a_piece_of_a_table_is_read_as_in_the_whole(
        count in 2_usize..40,
        odd in prop::collection::vec((0_usize..40, prop::sample::select(vec!["\"soon\",1,2,3,4,5,6\r\n", "\"2026-01-10 00:07:00\",1,-7999,2,x,NAN,0\r\n", "\"2026-01-10\",1,2,3,4,5,6\r\n", "\r\n"])), 0..4),
        cut in (0_usize..100, 1_usize..100),
    ) {
        let mut lines: Vec<String> = (0..count).map(|place| row(5 * place, 10 + place)).collect();
        for (place, line) in odd {
            lines.insert(place % (lines.len() + 1), line.to_owned());
        }
        let set = |lines: &[String]| -> Option<[BTreeSet<String>; 2]> {
            let read = read_each(&(head(&COLUMNS) + &lines.concat())).ok()?;
            let rows = |which: usize| show(&read[which].1).into_iter().collect();
            Some([rows(0), rows(1)])
        };
        let Some(whole) = set(&lines) else { return Ok(()) };
        let from = cut.0 % lines.len();
        let to = (from + cut.1).min(lines.len());
        let Some(piece) = set(&lines[from..to]) else { return Ok(()) };
        prop_assert!(piece[0].is_subset(&whole[0]) && piece[1].is_subset(&whole[1]));
    }
}
