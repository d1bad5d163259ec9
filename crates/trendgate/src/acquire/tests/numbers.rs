//! The numbers of whole reports: what is read, what is not, and that nothing is read as another number.

use super::super::cells::tests::{Slowly, near_a_number, slowly};
use super::*;
use crate::model::EXTREME;
use crate::time::TimeRange;

/// A report of one point with these cells, every 15 minutes, quoted or not.
fn column(cells: &[&str], quote: &str) -> String {
    let rows: String = (cells.iter().enumerate())
        .map(|(row, cell)| {
            let (hour, minute) = (row / 4, row % 4 * 15);
            format!("2026/1/10,{hour:02}:{minute:02}:00,{quote}{cell}{quote},0\n")
        })
        .collect();
    report(&rows)
}

/// The first column, NaN for null, and what became of its cells.
fn values(text: &str, own: &CellRule) -> (Vec<f64>, PointTally) {
    let rule = rule("Asia/Taipei");
    let report = sniff_text(text, &rule);
    let (values, outcome) = read_as(text, report.clone(), own);
    let (values, outcome) = match outcome.undecided {
        false => (values, outcome),
        true => {
            let mut whole = report;
            survey_text(&mut whole, text, &rule);
            assert_eq!(whole.order, RowOrder::Ascending);
            read_as(text, whole, own)
        }
    };
    assert!(!outcome.undecided);
    account(&outcome.tally);
    (values, outcome.tally.points[0].clone())
}

/// The first column of a report that is read as it is planned.
fn read_as(text: &str, report: Report, own: &CellRule) -> (Vec<f64>, ReadOutcome) {
    let rule = rule("Asia/Taipei");
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let mut reader = Reader::over(
        opened(text),
        report,
        everything,
        &rule,
        vec![own.clone(), CellRule::default()],
        &ReadOptions::default(),
    )
    .unwrap();
    let mut values = Vec::new();
    while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
        values.extend_from_slice(&chunk.columns[0]);
    }
    (values, reader.finish().unwrap())
}

/// `-` is null.
fn shown(cells: &[&str]) -> (String, PointTally) {
    let (values, tally) = values(&column(cells, "\""), &CellRule::default());
    let shown = values.iter().map(|value| match value.is_nan() {
        true => "-".to_owned(),
        false => value.to_string(),
    });
    (shown.collect::<Vec<_>>().join(" "), tally)
}

#[test]
fn the_decimal_sign_is_proved_by_the_cells_of_the_column() {
    for (cells, expected, [unrecognised, ambiguous]) in [
        (
            &["7,5", "7,625", "7,75", "8", "0,875", "12,375"][..],
            "7.5 7.625 7.75 8 0.875 12.375",
            [0, 0],
        ),
        (
            &["20", "21,1", "1,234", "1 234,0", "1.234"],
            "20 21.1 1.234 1234 1234",
            [0, 0],
        ),
        (
            &["1,234,000.5", "1,234,000", "1,234.5", "-1,234.5", "1,234"],
            "1234000.5 1234000 1234.5 -1234.5 1234",
            [0, 0],
        ),
        (&["999.5", "1,234"], "999.5 1234", [0, 0]),
        // Single groups prove nothing.
        (&["1,234", "1,235", "8"], "- - 8", [2, 2]),
        // These contradict each other: what a point does not decide is null.
        (
            &["7,5", "7.5", "1.234", "1,234", "1,234.5"],
            "- 7.5 1.234 - -",
            [3, 3],
        ),
        // What is no number proves nothing.
        (&["7,5 x", "1,2,3", "1,234"], "- - -", [3, 1]),
        (
            &["1'234,5", "1\u{a0}234", "1\u{202f}234,25", "1’234"],
            "1234.5 1234 1234.25 1234",
            [0, 0],
        ),
        (
            &["７，５", "\u{2212}7,25", "7,5 kW"],
            "7.5 -7.25 7.5",
            [0, 0],
        ),
    ] {
        let (read, tally) = shown(cells);
        assert_eq!(read, expected, "{cells:?}");
        assert_eq!(
            [tally.unrecognised, tally.ambiguous_numbers],
            [unrecognised, ambiguous],
            "{cells:?}"
        );
    }
}

#[test]
fn numbers_that_the_head_does_not_decide_wait_for_the_whole_report() {
    let assumed = |text: &str| {
        let mut report = sniff_text(text, &rule("Asia/Taipei"));
        report.layout.decimals = Decimals::Assumed;
        report
    };
    let text = column(&["8", "7,5", "1.234"], "\"");
    let (values, outcome) = read_as(&text, assumed(&text), &CellRule::default());
    assert!(outcome.undecided);
    assert!(values[1].is_nan());
    account(&outcome.tally);
    // A row that is rejected, and a state of the point's own, decide nothing and need nothing.
    let ragged = format!("2026/1/10,09:00:00,\"7,5\"\r\n{TRAILER}");
    let text = column(&["8", "1,234"], "\"").replace(TRAILER, &ragged);
    let own = CellRule {
        on: vec!["1,234".into()],
        ..CellRule::default()
    };
    let (values, outcome) = read_as(&text, assumed(&text), &own);
    assert_eq!((values, outcome.undecided), (vec![8.0, 1.0], false));
}

#[test]
fn marks_are_counted_and_letters_make_no_other_number() {
    let (read, tally) = shown(&[
        "1.2k", "1234 hrs", "55 mg/l", "12 Nm3", "5 k", "3 MW", "4 mW",
    ]);
    assert_eq!(read, "- 1234 55 12 - 3000 0.000004");
    assert_eq!(tally.unrecognised, 2);
    let words = |words: &[(&str, u64)]| {
        words
            .iter()
            .map(|(word, count)| ((*word).to_owned(), *count))
            .collect()
    };
    assert_eq!(
        tally.unknown_units,
        words(&[("Nm3", 1), ("hrs", 1), ("mg/l", 1)])
    );
    let (read, tally) = shown(&[
        "20.5",
        "21.5*",
        "22.5 *",
        "23.5 -N-",
        "24.5 {ok}",
        "25.5 (A)",
        "26.5 F*",
        "27.5 {down,stale}",
        "{null}",
        "28.5 kW {ok}",
    ]);
    assert_eq!(read, "20.5 21.5 22.5 23.5 24.5 25.5 26.5 - - 28.5");
    let expected = words(&[
        ("(A)", 1),
        ("*", 2),
        ("-N-", 1),
        ("F*", 1),
        ("{down,stale}", 1),
        ("{null}", 1),
        ("{ok}", 2),
    ]);
    assert_eq!(tally.statuses, expected);
    assert_eq!(
        (
            tally.numbers,
            tally.missing.get("(status)"),
            tally.units.get("kW")
        ),
        (8, Some(&2), Some(&1))
    );
    let (read, tally) = shown(&[
        "-0",
        "1.5E+03",
        "1.5e-3",
        "+7",
        "1.#INF",
        "1.#QNAN",
        "(12.5)",
        "12.5-",
        "12.5*",
        "-9999",
        "1,5E3",
        "00012",
        "12 deg C",
        "+-5",
        "2 1",
        "1f",
        "1.23457E+11",
    ]);
    assert_eq!(
        read,
        "-0 1500 0.0015 7 - - - - 12.5 -9999 - 12 12 - - - 123457000000"
    );
    assert_eq!((tally.unrecognised, tally.ambiguous_numbers), (6, 1));
    assert_eq!(tally.rounded, 1);
}

#[test]
fn numbers_that_are_a_points_own_words_are_states() {
    let own = CellRule {
        on: vec!["0".into()],
        off: vec!["1".into()],
        ..CellRule::default()
    };
    let cells = ["1", "0", "0", "1", "2", "1.0", "0", "3", "4", "1", " 0"];
    for quote in ["", "\""] {
        let (read, tally) = values(&column(&cells, quote), &own);
        assert_eq!(
            read,
            [0.0, 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 3.0, 4.0, 0.0, 1.0]
        );
        assert_eq!((tally.numbers, tally.states), (11, 7));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_column_is_the_numbers_that_its_cells_say_or_null(
        cells in prop::collection::vec(prop_oneof![2 => near_a_number(), 1 => "-?[0-9]{1,3}(\\.[0-9])?"], 1..40),
    ) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (read, _) = values(&column(&cells, "\""), &CellRule::default());
        for (cell, read) in cells.iter().zip(read) {
            match slowly(cell) {
                Some(Slowly { point: Some(exact), asks: false, comma, bare: true }) if comma.is_none_or(|comma| comma == exact) && exact.abs() < EXTREME => {
                    prop_assert_eq!(read.to_bits(), exact.to_bits(), "{:?}", cell);
                }
                Some(Slowly { point, comma, .. }) => {
                    let near = |exact: &f64| (read - exact).abs() <= 1e-12 * read.abs().max(300.0);
                    prop_assert!(read.is_nan() || point.iter().chain(&comma).any(near), "{:?}: {}", cell, read);
                }
                None => prop_assert!(read.is_nan(), "{:?}: {}", cell, read),
            }
        }
    }
}

/// A cell of a column whose program writes one decimal sign: the sign, or plain where there is none.
fn written(comma: bool) -> impl Strategy<Value = String> {
    let (sign, other) = if comma { (",", ".") } else { (".", ",") };
    prop_oneof![
        2 => "[1-9][0-9]{0,4}",
        3 => "[1-9][0-9]{0,2}".prop_flat_map(move |whole| "[0-9]{1,4}".prop_map(move |decimals| format!("{whole}{sign}{decimals}"))),
        1 => "[1-9][0-9]{0,2}".prop_flat_map(move |first| "[0-9]{3}".prop_map(move |group| format!("{first}{other}{group}"))),
        1 => "[1-9] [0-9]{3}".prop_map(move |whole| format!("{whole}{sign}5")),
        1 => Just("No Data".to_owned()),
    ]
}

/// Two columns: the numbers, row by row.
fn both_columns(rows: &[(String, String)]) -> Vec<[f64; 2]> {
    let rows = rows.iter().enumerate().map(|(row, (a, b))| {
        let (hour, minute) = (row / 4, row % 4 * 15);
        format!("\"2026/1/10\",\"{hour:02}:{minute:02}:00\",\"{a}\",\"{b}\"\n")
    });
    let (_, chunks, _) = read(&report(&rows.collect::<String>())).unwrap();
    let rows = chunks.iter().flat_map(|chunk| {
        (0..chunk.times.len()).map(|row| [chunk.columns[0][row], chunk.columns[1][row]])
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_piece_of_a_report_has_the_numbers_of_the_whole_or_null(
        (rows, cut) in (any::<bool>(), any::<bool>()).prop_flat_map(|(a, b)| {
            let rows = prop::collection::vec((written(a), written(b)), 1..24);
            (rows, any::<prop::sample::Index>())
        }),
    ) {
        let whole = both_columns(&rows);
        let cut = 1 + cut.index(rows.len());
        let piece = both_columns(&rows[..cut]);
        for (row, (piece, whole)) in piece.iter().zip(&whole).enumerate() {
            let cells = [&rows[row].0, &rows[row].1];
            for (place, cell) in cells.iter().enumerate() {
                let (piece, whole) = (piece[place], whole[place]);
                // A piece without the proof of the column's own sign takes the point, or that of the other column.
                let either_way = slowly(cell).is_some_and(|read| read.point.is_some() && read.comma.is_some());
                let proved = rows[..cut].iter().any(|row| {
                    let cell = if place == 0 { &row.0 } else { &row.1 };
                    slowly(cell).is_some_and(|read| read.point.is_some() != read.comma.is_some())
                });
                prop_assert!(piece.is_nan() || piece == whole || either_way && !proved, "{cell}: {piece} {whole}");
            }
        }
    }
}

#[test]
fn a_stated_sign_is_that_of_every_number_and_a_cell_that_proves_another_is_refused() {
    let stated = |cells: &[&str], decimal: DecimalSign| {
        let (text, rule) = (column(cells, "\""), rule("Asia/Taipei"));
        let mut report = sniff_text(&text, &rule);
        report.stated.decimal = Some(decimal);
        report.layout.decimals = Decimals::Stated(decimal);
        let everything = Window {
            own: TimeRange::ALL,
            read: TimeRange::ALL,
        };
        let rules = vec![CellRule::default(); 2];
        let mut reader = Reader::over(
            opened(&text),
            report,
            everything,
            &rule,
            rules,
            &ReadOptions::default(),
        )
        .unwrap();
        match reader.next_chunk()? {
            ReadStep::Rows(chunk) => Ok(chunk.columns[0].clone()),
            other => panic!("{other:?}"),
        }
    };
    let comma = stated(&["8", "1,234", "1.234", "7,5"], DecimalSign::Comma).unwrap();
    assert_eq!(comma, [8.0, 1.234, 1234.0, 7.5]);
    let point = stated(&["8", "1,234", "1.234", "7.5"], DecimalSign::Point).unwrap();
    assert_eq!(point, [8.0, 1234.0, 1.234, 7.5]);
    for (cells, sign, line) in [
        (&["8", "7.5"], DecimalSign::Comma, 8),
        (&["7,5", "8"], DecimalSign::Point, 7),
        (&["1,234,000", "8"], DecimalSign::Comma, 7),
    ] {
        let error: Error = stated(cells, sign).unwrap_err();
        assert_eq!(
            (error.kind(), error.line_number()),
            (ErrorKind::Input, Some(line)),
            "{cells:?}"
        );
        assert!(
            error.message().contains("proves the decimal sign"),
            "{error}"
        );
    }
}
