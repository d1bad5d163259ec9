//! Rows and cells of plain reports: each in exactly one count, none shifted.

use super::*;

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
    assert_eq!(c.unrecognised_examples.listed(), "what");
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
        stated: &StatedReading::default(),
        cancel,
        sorting: None,
    };
    let read = read_in_memory::read_all(&file, vec![report], looking, &ReadOptions::default());
    let (_, chunks, found) = only(read.unwrap());
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
    for path in discover(&[folder], Some("*.csv")).unwrap().iter() {
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
