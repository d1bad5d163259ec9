//! Rows that a wrong clock gave.

use super::*;
use crate::time::Extent;

/// Rows every quarter of an hour from the midnight of a day on: so many, each with its number from `first` on.
fn quarters(day: &str, count: i64, first: i64) -> Vec<String> {
    let row = |place: i64| {
        let minute = 15 * place;
        format!(
            "{day},{:02}:{:02}:00,{},2\n",
            minute / 60,
            minute % 60,
            first + place
        )
    };
    assert!(count <= 96);
    (0..count).map(row).collect()
}

fn not_before(day: &str) -> TimeRule {
    TimeRule {
        not_before: day
            .parse::<crate::time::CalendarDay>()
            .unwrap()
            .begin(&jiff::tz::TimeZone::UTC),
        ..rule("UTC")
    }
}

fn read_by(text: &str, rule: &TimeRule) -> Result<(Report, Vec<Chunk>, ReadOutcome)> {
    let options = ReadOptions {
        chunk_cells: 64,
        block_bytes: 64,
        held_cells: 24,
        ..ReadOptions::default()
    };
    let read = read_bytes(text.as_bytes(), Path::new("a.csv"), rule, &options)?;
    account(&read.2.tally);
    let (accepted, known) = (read.2.tally.time_range, read.0.range);
    assert_eq!(accepted, Some(known), "what is planned is what was read");
    Ok(read)
}

/// How many rows are accepted, and how many are faults; or why the report is refused.
fn answer(text: &str) -> String {
    match read_by(text, &not_before("2001-01-01")) {
        Ok((_, _, outcome)) => {
            let tally = outcome.tally;
            assert_eq!(tally.rejected_rows, tally.clock.faults);
            format!("{} rows, {} faults", tally.rows, tally.clock.faults)
        }
        Err(error) => error.to_string(),
    }
}

/// A report of these stretches, one after the other; in either direction, and with a stated range.
fn texts(stretches: &[Vec<String>]) -> [String; 2] {
    let rows = stretches.concat();
    let backward = rows.iter().rev().cloned().collect::<String>();
    [report(&rows.concat()), report(&backward)]
}

fn stating(range: &str, text: &str) -> String {
    let line = format!("\"Date Range:\",\"{range}\"\r\n\"\"\r\n\"<>Date\"");
    text.replace("\"\"\r\n\"<>Date\"", &line)
}

#[test]
fn a_run_of_16_rows_years_from_those_around_it_is_rejected_and_one_of_17_is_not() {
    let good = |from: i64| quarters("2026/1/10", 40, from);
    for (day, more) in [
        ("2089/1/1", "is in the future"),
        ("2024/1/1", "97 rows, 0 faults"),
        ("2027/6/1", "97 rows, 0 faults"),
    ] {
        for count in [1, 2, 15, 16] {
            let run = quarters(day, count, 0);
            let middle = [good(0), run, quarters("2026/1/11", 40, 0)];
            for text in texts(&middle) {
                assert_eq!(answer(&text), format!("80 rows, {count} faults"), "{day}");
            }
        }
        let middle = [good(0), quarters(day, 17, 0), quarters("2026/1/11", 40, 0)];
        for text in texts(&middle) {
            let answer = answer(&text);
            assert!(answer.contains(more), "{day}: {answer}");
        }
    }
}

#[test]
fn at_an_end_of_a_report_17_good_rows_or_the_stated_range_tell_a_fault() {
    for count in [1, 16] {
        let run = || quarters("2024/1/1", count, 0);
        for (good, faults) in [(16, 0), (17, count), (96, count)] {
            let rows = good + count - faults;
            let expected = format!("{rows} rows, {faults} faults");
            let good = || quarters("2026/1/10", good, 0);
            for text in texts(&[run(), good()]) {
                assert_eq!(answer(&text), expected);
            }
            for text in texts(&[good(), run()]) {
                assert_eq!(answer(&text), expected);
            }
        }
    }
    // Between two rows that are near each other, however few they are.
    let few = [
        quarters("2026/1/10", 1, 0),
        quarters("2089/1/1", 1, 0),
        quarters("2026/1/11", 1, 0),
    ];
    for text in texts(&few) {
        assert_eq!(answer(&text), "2 rows, 1 faults");
    }
    let few = [quarters("2089/1/1", 2, 0), quarters("2026/1/10", 3, 0)];
    for text in texts(&few) {
        assert!(answer(&text).contains("is in the future"));
        let text = stating("2026/1/10 00:00:00 - 2026/1/11 00:00:00", &text);
        assert_eq!(answer(&text), "3 rows, 2 faults");
    }
    // Where the range holds them, nothing else counts; where it holds no row, it tells nothing.
    let both = [quarters("2024/1/1", 5, 0), quarters("2026/1/10", 60, 0)];
    for text in texts(&both) {
        let wide = stating("2024/1/1 00:00:00 - 2026/2/1 00:00:00", &text);
        assert_eq!(answer(&wide), "65 rows, 0 faults");
    }
    let beside = stating(
        "2010/1/1 00:00:00 - 2010/2/1 00:00:00",
        &report(&quarters("2026/1/10", 5, 0).concat()),
    );
    assert_eq!(answer(&beside), "5 rows, 0 faults");
}

#[test]
fn rows_before_the_first_day_are_faults_however_many_they_are() {
    let early = quarters("2000/1/1", 90, 0);
    let good = || quarters("2026/1/10", 8, 0);
    for stretches in [
        vec![early.clone(), good()],
        vec![good(), early.clone()],
        vec![good(), early.clone(), quarters("2026/1/11", 8, 0)],
    ] {
        let rows = stretches.concat().len() - 90;
        for text in texts(&stretches) {
            assert_eq!(answer(&text), format!("{rows} rows, 90 faults"));
        }
    }
    insta::assert_snapshot!(answer(&report(&early.concat())), @"a.csv: all rows of the report are before cleaner.not_before");
    // To the instant, in the zone of the reports.
    let edge = report("2000/12/31,23:45:00,1,2\n2001/1/1,00:00:00,1,2\n2001/1/1,00:15:00,1,2\n");
    assert_eq!(answer(&edge), "2 rows, 1 faults");
    let (_, _, outcome) = read_by(&edge, &not_before("1990-01-01")).unwrap();
    assert_eq!(outcome.tally.rows, 3);
}

#[test]
fn a_gap_of_years_between_many_rows_is_no_fault() {
    let stretches = [
        quarters("2020/1/1", 40, 0),
        quarters("2023/1/1", 17, 0),
        quarters("2026/1/1", 40, 0),
    ];
    for text in texts(&stretches) {
        assert_eq!(answer(&text), "97 rows, 0 faults");
    }
    // A row in the middle of such a gap is neither of the one nor of the other.
    let between = [
        quarters("2020/1/1", 40, 0),
        quarters("2023/1/1", 3, 0),
        quarters("2026/1/1", 40, 0),
    ];
    for text in texts(&between) {
        assert_eq!(answer(&text), "80 rows, 3 faults");
    }
}

#[test]
fn faults_that_differ_from_each_other_are_one_run_and_too_many_of_them_refuse_the_report() {
    let wild = |count: usize| {
        let years = ["2003", "2089", "2012", "2150", "2040"];
        let row = |place: usize| format!("{}/3/1,00:00:00,1,2\n", years[place % years.len()]);
        (0..count).map(row).collect::<Vec<_>>()
    };
    let around = |count| {
        [
            quarters("2026/1/10", 20, 0),
            wild(count),
            quarters("2026/1/11", 20, 0),
        ]
    };
    for text in texts(&around(16)) {
        assert_eq!(answer(&text), "40 rows, 16 faults");
    }
    for text in texts(&around(40)) {
        assert!(answer(&text).contains("nobody can tell which of them the clock had right"));
    }
}

#[test]
fn faults_are_said_by_line_and_are_those_of_the_whole_report_in_every_window() {
    let mut rows = quarters("2026/1/10", 96, 0);
    rows[20] = "2089/1/1,05:00:00,20,2\n".to_owned();
    rows[50] = "2000/1/1,12:30:00,50,2\n".to_owned();
    rows[95] = "2024/2/29,23:45:00,95,2\n".to_owned();
    let text = report(&rows.concat());
    let rule = not_before("2001-01-01");
    let (report, _, outcome) = read_by(&text, &rule).unwrap();
    let head = PREAMBLE.lines().count() as u64;
    let said: Vec<String> = (outcome.tally.clock.fault_examples.iter())
        .map(|row| format!("{}: {}", row.line - head, row.reason))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    21: has the time 2089-01-01T05:00:00 of a wrong clock: it is more than a year from the rows around it
    51: has the time 2000-01-01T12:30:00 of a wrong clock: it is before cleaner.not_before
    96: has the time 2024-02-29T23:45:00 of a wrong clock: it is more than a year from the rows around it
    ");
    let day = Extent::new(
        "2026-01-10T00:00:00Z".parse().unwrap(),
        "2026-01-10T23:30:00Z".parse().unwrap(),
    );
    assert_eq!(report.range, day);
    // Windows side by side count each of them once, whatever they read around them.
    for cut in [0, 1, 300, 330, 750, 1400] {
        for halo in [Span::ZERO, HOUR] {
            let cut = day.first + cut * MINUTE;
            let windows = [
                TimeRange::new(Instant::MIN, cut),
                TimeRange::new(cut, Instant::MAX),
            ];
            let mut sum: Option<Tally> = None;
            for own in windows {
                let window = Window {
                    own,
                    read: own.widened(halo, halo),
                };
                let cells = vec![CellRule::default(); 2];
                let mut reader = Reader::over(
                    opened(&text),
                    report.clone(),
                    window,
                    &rule,
                    cells,
                    &ReadOptions::default(),
                )
                .unwrap();
                while !matches!(reader.next_chunk().unwrap(), ReadStep::End) {}
                let tally = reader.finish().unwrap().tally;
                match &mut sum {
                    Some(sum) => sum.merge(&tally),
                    None => sum = Some(tally),
                }
            }
            let sum = sum.unwrap();
            assert_eq!(sum.clock, outcome.tally.clock);
            assert_eq!((sum.rows, sum.rejected_rows), (93, 3));
        }
    }
}

#[test]
fn years_that_no_report_is_of_are_said_in_words() {
    let text = report(
        "1900/1/1,00:00:00,1,2\n2026/1/10,00:15:00,1,2\n9999/1/1,00:00:00,1,2\n########,01:00:00,1,2\n,01:00:00,1,2\n2026/1/32,01:00:00,1,2\n",
    );
    let tally = read(&text).unwrap().2.tally;
    let reasons: Vec<&str> = tally
        .rejected_examples
        .iter()
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "has a year outside of 1970 to 2200",
            "has a year outside of 1970 to 2200",
            "has no date",
            "has no date",
            "has a date that cannot be read",
        ]
    );
    assert_eq!((tally.without_date, tally.rejected_rows), (2, 5));
}

#[test]
fn the_order_of_dates_is_proved_by_the_stated_range_although_a_clock_was_wrong() {
    let day = |day: &str| quarters(day, 20, 0).concat();
    let text = format!(
        "{}1/1/2000,00:00:00,1,2\n{}",
        day("5/6/2026"),
        day("5/7/2026")
    );
    let text = stating("2026/5/6 00:00:00 - 2026/5/8 00:00:00", &report(&text));
    let (report, _, outcome) = read_by(&text, &not_before("2001-01-01")).unwrap();
    assert_eq!(report.layout.date_order, DateOrder::MonthDayYear);
    assert_eq!((outcome.tally.rows, outcome.tally.clock.faults), (40, 1));
    assert_eq!(outcome.tally.outside_range, None);
}

proptest! {
    /// Wherever the runs are, the rows of the others are read as without them, or the report is refused.
    #[test]
    fn faults_change_nothing_of_the_other_rows(
        runs in prop::collection::vec((0_usize..96, 1_usize..17, prop::sample::select(vec!["2003/2/1", "2089/3/1", "1999/1/1", "2012/5/1"])), 0..4),
        backward: bool,
    ) {
        let mut rows = quarters("2026/1/10", 96, 0);
        let plain = show(&read_by(&report(&rows.concat()), &not_before("2001-01-01")).unwrap().1);
        let mut taken = vec![false; 96];
        for (at, count, day) in runs {
            let end = (at + count).min(96);
            let fault = quarters(day, 1, 0);
            // Runs that touch are one.
            if taken[at.saturating_sub(17)..(end + 17).min(96)].contains(&true) {
                continue;
            }
            for place in at..end {
                taken[place] = true;
                rows[place] = fault.concat();
            }
        }
        let faults = taken.iter().filter(|taken| **taken).count();
        if backward {
            rows.reverse();
        }
        let read = read_by(&report(&rows.concat()), &not_before("2001-01-01"));
        let (_, chunks, outcome) = read.unwrap();
        prop_assert_eq!(outcome.tally.clock.faults, faults as u64);
        let left: Vec<&String> = plain.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(row, _)| row).collect();
        let found = show(&chunks);
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), left);
    }
}
