//! Rows whose time of midnight a spreadsheet dropped.

use super::*;

/// A report of rows `date,time,number`, with this stated interval; none where it is empty.
fn stating(interval: &str, rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|row| format!("{row},2\n")).collect();
    let line = match interval {
        "" => String::new(),
        interval => format!("\"Time Interval:\",\"{interval}\"\r\n"),
    };
    report(&rows).replace("\"Time Interval:\",\"15 Minutes\"\r\n", &line)
}

/// The times of the rows that are read, and why the others are not.
fn answer(interval: &str, rows: &[&str]) -> (Vec<String>, Vec<String>) {
    let (_, chunks, outcome) = read_bytes(
        stating(interval, rows).as_bytes(),
        Path::new("a.csv"),
        &rule("UTC"),
        &ReadOptions {
            chunk_cells: 64,
            block_bytes: 64,
            ..ReadOptions::default()
        },
    )
    .unwrap();
    account(&outcome.tally);
    let times = chunks.iter().flat_map(|chunk| &chunk.times);
    let times = times
        .map(|time| time.to_string()[5..16].to_owned())
        .collect();
    let reasons = outcome.tally.rejected_examples.into_iter();
    (times, reasons.map(|row| row.reason).collect())
}

#[test]
fn a_blank_time_between_rows_of_the_stated_interval_is_midnight() {
    let rows = [
        "2026/1/10,23:30:00,1",
        "2026/1/10,23:45:00,2",
        "2026/1/11,,3",
        "2026/1/11,00:15:00,4",
    ];
    let expected = ["01-10T23:30", "01-10T23:45", "01-11T00:00", "01-11T00:15"];
    for interval in ["15 Minutes", ""] {
        assert_eq!(answer(interval, &rows).0, expected);
        let backward: Vec<&str> = rows.iter().rev().copied().collect();
        assert_eq!(answer(interval, &backward).0, expected);
    }
    // At the beginning, at the end, beside a gap, and as spreadsheets write the other times.
    assert_eq!(answer("15 Minutes", &rows[2..]).0, &expected[2..]);
    assert_eq!(answer("15 Minutes", &rows[..3]).0, &expected[..3]);
    assert_eq!(
        answer("15 Minutes", &["2026/1/9,17:00:00,1", rows[2], rows[3]]).0,
        ["01-09T17:00", "01-11T00:00", "01-11T00:15"]
    );
    assert_eq!(
        answer(
            "15 Minutes",
            &[
                "2026/1/10,11:45 PM,1",
                "2026/1/11,\" \",2",
                "2026/1/11,12:15 AM,2"
            ]
        )
        .0,
        &expected[1..]
    );
    // Two midnights, one a day.
    let days = [
        "2026/1/10,,1",
        "2026/1/10,12:00:00,1",
        "2026/1/11,,3",
        "2026/1/11,12:00:00,4",
    ];
    assert_eq!(
        answer("12 Hours", &days).0,
        ["01-10T00:00", "01-10T12:00", "01-11T00:00", "01-11T12:00"]
    );
}

#[test]
fn a_blank_time_elsewhere_is_rejected_and_said() {
    for rows in [
        // In the middle of a day, at the wrong date, a step too far, beside a midnight that is written.
        [
            "2026/1/10,11:45:00,1",
            "2026/1/10,,2",
            "2026/1/10,12:15:00,3",
        ],
        [
            "2026/1/10,23:45:00,1",
            "2026/1/10,,2",
            "2026/1/11,00:15:00,3",
        ],
        [
            "2026/1/10,23:00:00,1",
            "2026/1/11,,2",
            "2026/1/11,01:00:00,3",
        ],
        [
            "2026/1/11,00:00:00,1",
            "2026/1/11,,2",
            "2026/1/11,00:15:00,3",
        ],
        [
            "2026/1/10,23:45:00,1",
            "2026/1/11,,2",
            "2026/1/11,00:00:00,3",
        ],
    ] {
        let (times, reasons) = answer("15 Minutes", &rows);
        assert_eq!(
            (times.len(), reasons),
            (2, vec!["has no time".to_owned()]),
            "{rows:?}"
        );
    }
    // Without a stated interval one neighbour proves nothing, nor do two that are not equally near.
    let (times, reasons) = answer(
        "",
        &[
            "2026/1/11,,2",
            "2026/1/11,00:15:00,3",
            "2026/1/11,00:30:00,3",
        ],
    );
    assert_eq!((times.len(), reasons.len()), (2, 1));
    let (times, reasons) = answer(
        "",
        &[
            "2026/1/10,23:30:00,3",
            "2026/1/11,,2",
            "2026/1/11,00:15:00,3",
        ],
    );
    assert_eq!((times.len(), reasons.len()), (2, 1));
}
