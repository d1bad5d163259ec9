//! The numbers of whole reports: what is read, what is not, and that nothing is read as another number.

use super::super::cells::tests::{near_a_number, slowly};
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
    let tally = reader.finish().unwrap().tally;
    account(&tally);
    (values, tally.points[0].clone())
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
fn a_comma_that_proves_nothing_by_its_cell_makes_no_number() {
    // Each of these is null until the decimal sign is proved column by column.
    let (read, tally) = shown(&["7,5", "7,625", "7,75", "8", "0,875", "12,375"]);
    assert_eq!(read, "- - - 8 - -");
    assert_eq!((tally.unrecognised, tally.ambiguous_numbers), (5, 5));
    let (read, tally) = shown(&["20", "21,1", "1,234", "1 234,0"]);
    assert_eq!(read, "20 - - -");
    assert_eq!((tally.unrecognised, tally.ambiguous_numbers), (3, 2));
    let (read, tally) = shown(&["1,234,000.5", "1,234,000", "1,234.5", "-1,234.5"]);
    assert_eq!(read, "1234000.5 1234000 1234.5 -1234.5");
    assert_eq!(tally.unrecognised, 0);
}

#[test]
fn marks_and_letters_make_no_other_number() {
    let (read, tally) = shown(&["1.2k", "1234 hrs", "55 kVA", "12 m3", "5 k", "3 MW", "4 mW"]);
    assert_eq!(read, "- - - - - 3000 0.000004");
    assert_eq!(tally.unrecognised, 5);
    // Null until marks are read as a status.
    let (read, _) = shown(&[
        "20.5",
        "21.5*",
        "22.5 *",
        "23.5 -N-",
        "24.5 {ok}",
        "25.5 (A)",
        "26.5 F*",
    ]);
    assert_eq!(read, "20.5 - - - - - -");
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
        "-0 1500 0.0015 7 - - - - - -9999 - 12 12 - - - 123457000000"
    );
    assert_eq!((tally.unrecognised, tally.ambiguous_numbers), (7, 1));
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
                Some((exact, true)) if exact.abs() < EXTREME => prop_assert_eq!(read.to_bits(), exact.to_bits(), "{:?}", cell),
                Some((exact, _)) => prop_assert!(read.is_nan() || (read - exact).abs() <= 1e-12 * read.abs().max(300.0), "{:?}: {}", cell, read),
                None => prop_assert!(read.is_nan(), "{:?}: {}", cell, read),
            }
        }
    }
}
