//! Hours that happen twice, and hours that never happen.

use super::*;

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
        sniffed = only(survey(sniffed, &rule, &Cancel::default()).unwrap());
        let options = ReadOptions { chunk_cells, block_bytes: 64, ..ReadOptions::default() };
        let read = |own: TimeRange| {
            let window = Window { read: own, own };
            let mut reader = Reader::open(sniffed.clone(), window, &rule, vec![CellRule::default(); 2], &options).unwrap();
            let mut chunks = Vec::new();
            loop {
                match reader.next_chunk().unwrap() {
                    ReadStep::Rows(chunk) => chunks.push(chunk),
                    ReadStep::End => break,
                    ReadStep::NeedsWhole => panic!("a survey knows the order"),
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

/// What the clock did in a report of these rows, in either direction.
fn clock_of(rows: &[(&str, &str)], interval: &str, zone: &str) -> ClockTally {
    let mut rows: Vec<(&str, &str, i64)> = rows
        .iter()
        .zip(0..)
        .map(|((day, time), n)| (*day, *time, n))
        .collect();
    let stated = format!("\"Time Interval:\",\"{interval}\"\r\n\"\"\r\n\"<>Date\"");
    let mut read = || {
        let text = clock_report(&rows).replace("\"\"\r\n\"<>Date\"", &stated);
        let clock = read_clock(&text, zone).2.clock;
        rows.reverse();
        clock
    };
    let clock = read();
    let backward = read();
    assert_eq!(
        (
            backward.single_pass,
            backward.unchanged.map(|seen| seen.offset)
        ),
        (clock.single_pass, clock.unchanged.map(|seen| seen.offset))
    );
    assert_eq!(
        (backward.bins_with_two, backward.bins_with_none),
        (clock.bins_with_two, clock.bins_with_none)
    );
    clock
}

#[test]
fn a_clock_that_never_changes_shows_its_offset() {
    let day = |day: &'static str, from: i64, to: i64, step: i64| -> Vec<(&str, String)> {
        let time = |minute: i64| (day, format!("{:02}:{:02}:00", minute / 60, minute % 60));
        (from..to)
            .step_by(usize::try_from(step).unwrap())
            .map(time)
            .collect()
    };
    let offset = |rows: &[(&'static str, String)], zone: &str| {
        let rows: Vec<(&str, &str)> = rows
            .iter()
            .map(|(day, time)| (*day, time.as_str()))
            .collect();
        let clock = clock_of(&rows, "15 Minutes", zone);
        (
            clock.unchanged.map(|seen| seen.offset.to_string()),
            clock.single_pass,
        )
    };
    let some = |offset: &str, rows: u64| (Some(offset.to_owned()), rows);
    for (zone, spring, autumn, hour, expected) in [
        ("America/Chicago", "2026/3/8", "2025/11/2", 1, "-06:00"),
        ("Europe/Zurich", "2023/3/26", "2023/10/29", 2, "+01:00"),
        ("America/St_Johns", "2026/3/8", "2025/11/2", 1, "-03:30"),
    ] {
        assert_eq!(offset(&day(spring, 0, 300, 15), zone), some(expected, 0));
        for (step, rows) in [(5, 12), (15, 4), (60, 1)] {
            let even = day(autumn, 0, 300, step);
            assert_eq!(offset(&even, zone), some(expected, rows), "{zone} {step}");
            // A gap beside that hour is no single pass, nor are two passes, nor an hour at the end of a report.
            let gap: Vec<_> = even
                .iter()
                .filter(|(_, time)| !time.starts_with(&format!("{:02}:", hour + 1)))
                .cloned()
                .collect();
            assert_eq!(offset(&gap, zone), (None, 0), "{zone} {step}");
            let last: Vec<_> = even
                .iter()
                .filter(|(_, time)| **time < *format!("{:02}:", hour + 1))
                .cloned()
                .collect();
            assert_eq!(offset(&last, zone), (None, 0), "{zone} {step}");
        }
        let twice = [
            day(autumn, 0, 60 * (hour + 1), 15),
            day(autumn, 60 * hour, 300, 15),
        ]
        .concat();
        assert_eq!(offset(&twice, zone), (None, 0));
    }
    assert_eq!(
        offset(&day("2026/3/8", 0, 300, 15), "Asia/Taipei"),
        (None, 0)
    );
}

#[test]
fn rows_that_are_early_and_late_leave_bins_with_two_and_with_none() {
    let uneven = |times: &[&str], interval: &str| {
        let rows: Vec<(&str, &str)> = times.iter().map(|time| ("2026/1/10", *time)).collect();
        let clock = clock_of(&rows, interval, "Asia/Taipei");
        (clock.bins_with_two, clock.bins_with_none)
    };
    let jitter = [
        "00:00:01", "00:15:01", "00:29:58", "00:45:01", "01:00:01", "01:14:58", "01:30:01",
    ];
    assert_eq!(uneven(&jitter, "15 Minutes"), (2, 2));
    // Late by the same, by half the interval, with a lost row, with rows of another interval, with a repeated row.
    assert_eq!(
        uneven(
            &["00:00:07", "00:15:07", "00:30:08", "00:45:06"],
            "15 Minutes"
        ),
        (0, 0)
    );
    assert_eq!(
        uneven(&["00:07:30", "00:22:30", "00:37:30"], "15 Minutes"),
        (0, 0)
    );
    assert_eq!(
        uneven(&["00:00:01", "00:15:01", "00:45:01"], "15 Minutes"),
        (0, 0)
    );
    assert_eq!(
        uneven(
            &["00:00:00", "00:05:00", "00:10:00", "00:15:00"],
            "15 Minutes"
        ),
        (0, 0)
    );
    assert_eq!(
        uneven(&["00:00:00", "00:00:00", "00:15:00"], "15 Minutes"),
        (0, 0)
    );
}
