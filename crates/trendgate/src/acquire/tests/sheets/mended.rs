//! Described tables in sheets: their real dates, and what a spreadsheet did to these.

use super::super::super::described::tests::table;
use super::*;
use crate::acquire::Additions;

/// A sheet whose rows have a time and a number. A time is a serial number, or a text.
fn sheet(times: &[&str]) -> Vec<u8> {
    let mut rows = format!("<row r=\"1\">{}{}</row>", cell("A1", "t"), cell("B1", "A"));
    for (time, row) in times.iter().zip(2..) {
        let place = format!("A{row}");
        let time = match time.parse::<f64>() {
            Ok(_) => number(&place, 3, time),
            Err(_) => cell(&place, time),
        };
        let value = number(&format!("B{row}"), 0, &row.to_string());
        write!(rows, "<row r=\"{row}\">{time}{value}</row>").unwrap();
    }
    let xml = format!("<dimension ref=\"A1:B99\"/><sheetData>{rows}</sheetData>");
    workbook(&[("T", "", xml)], false)
}

/// The times of a file that is read so, and how many of them were mended; why it is refused.
fn times(
    bytes: &[u8],
    described: DescribedTable,
) -> std::result::Result<(Vec<String>, u64), String> {
    let stated = StatedReading {
        table: Some(Box::new(described)),
        ..StatedReading::default()
    };
    times_as(bytes, &stated)
}

/// The same of what is stated.
fn times_as(
    bytes: &[u8],
    stated: &StatedReading,
) -> std::result::Result<(Vec<String>, u64), String> {
    let (rule, cancel) = (rule("Europe/Berlin"), Cancel::default());
    let looking = Looking {
        rule: &rule,
        stated,
        cancel: &cancel,
        sorting: None,
    };
    let file = FileBytes::in_memory(bytes, Path::new("plant.xlsx"));
    let read = sniff::reports_in(&file, &mut *file.open().unwrap(), looking).and_then(|reports| {
        read_in_memory::read_all(&file, reports, looking, &ReadOptions::default())
    });
    let (_, chunks, outcome) = only(read.map_err(|error| error.to_string())?);
    account(&outcome.tally);
    let times = chunks.iter().flat_map(|chunk| &chunk.times);
    let times = times.map(ToString::to_string).collect();
    Ok((times, outcome.tally.mended))
}

fn mended(format: &str) -> DescribedTable {
    DescribedTable {
        mend: Some(Mend::ExchangedDayMonth),
        ..table(format, &["t"])
    }
}

const EXPECTED: [&str; 3] = [
    "2025-03-11T22:00:00Z",
    "2025-03-12T22:00:00Z",
    "2025-03-13T22:00:00Z",
];

#[test]
fn real_dates_are_exchanged_back_and_texts_are_read_by_the_format() {
    // 2025-12-03 and texts, as a spreadsheet leaves what it can read month first and what it cannot.
    let mixed = sheet(&["45994.958333333336", "12/03/2025 23:00", "13/03/2025 23:00"]);
    let (times_of_mixed, count) = times(&mixed, mended("%d/%m/%Y %H:%M")).unwrap();
    assert_eq!(
        times_of_mixed,
        [
            "2025-03-12T22:00:00Z",
            "2025-03-12T22:00:00Z",
            "2025-03-13T22:00:00Z"
        ]
    );
    assert_eq!(count, 1);
    // A text that looks like a real date is none.
    let texts = sheet(&[
        "2025-03-11 23:00:00",
        "2025-03-12 23:00:00",
        "2025-03-13 23:00:00",
    ]);
    let expected = EXPECTED.map(str::to_owned).to_vec();
    assert_eq!(times(&texts, mended("iso")).unwrap(), (expected, 0));
}

#[test]
fn a_sheet_whose_rows_do_not_follow_one_another_when_they_are_mended_is_refused() {
    // Dates that nobody exchanged: 11, 12 and 13 March.
    let right = sheet(&[
        "45727.958333333336",
        "45728.958333333336",
        "45729.958333333336",
    ]);
    let refusal = times(&right, mended("sheet")).unwrap_err();
    assert!(
        refusal.contains("with day and month exchanged back"),
        "{refusal}"
    );
    assert!(refusal.starts_with("plant.xlsx!T:3: "), "{refusal}");
    let (plain, count) = times(&right, table("sheet", &["t"])).unwrap();
    assert_eq!((plain, count), (EXPECTED.map(str::to_owned).to_vec(), 0));
}

/// A history in a sheet, at these times.
fn history(times: &[&str]) -> Vec<u8> {
    let heads = [
        cell("A2", "Timestamp"),
        cell("B2", "Status"),
        cell("C2", "Value"),
    ];
    let mut rows = format!(
        "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
        cell("A1", "history:/station/T1"),
        heads.concat()
    );
    for (time, row) in times.iter().zip(3..) {
        let place = format!("A{row}");
        let time = match time.parse::<f64>() {
            Ok(_) => number(&place, 3, time),
            Err(_) => cell(&place, time),
        };
        let (status, value) = (format!("B{row}"), format!("C{row}"));
        let value = number(&value, 0, &row.to_string());
        write!(
            rows,
            "<row r=\"{row}\">{time}{}{value}</row>",
            cell(&status, "{ok}")
        )
        .unwrap();
    }
    let xml = format!("<dimension ref=\"A1:C99\"/><sheetData>{rows}</sheetData>");
    workbook(&[("T", "", xml)], false)
}

#[test]
fn real_dates_of_a_dialect_are_exchanged_back_where_that_is_stated() {
    let added = Additions {
        mend: Some(Mend::ExchangedDayMonth),
        ..Additions::default()
    };
    let mends = StatedReading {
        added: Some(Box::new(added)),
        ..StatedReading::default()
    };
    let plain = StatedReading::default();
    // 2025-11-03 and 2025-12-03, and what a spreadsheet cannot read month first.
    let exchanged = history(&[
        "45964.958333333336",
        "45994.958333333336",
        "13/03/2025 23:00:00",
    ]);
    let expected = EXPECTED.map(str::to_owned).to_vec();
    assert_eq!(times_as(&exchanged, &mends).unwrap(), (expected.clone(), 2));
    // Texts that look like real dates are none.
    let texts = history(&[
        "2025-03-11 23:00:00",
        "2025-03-12 23:00:00",
        "2025-03-13 23:00:00",
    ]);
    assert_eq!(times_as(&texts, &mends).unwrap(), (expected.clone(), 0));
    // Dates that nobody exchanged.
    let right = history(&[
        "45727.958333333336",
        "45728.958333333336",
        "45729.958333333336",
    ]);
    assert_eq!(times_as(&right, &plain).unwrap(), (expected, 0));
    let refusal = times_as(&right, &mends).unwrap_err();
    assert!(
        refusal.starts_with("plant.xlsx!T:4: with day and month exchanged back"),
        "{refusal}"
    );
}

#[test]
fn a_text_that_is_no_sheet_has_no_real_dates() {
    let text = b"t,A\n2025-03-11 23:00:00,1\n2025-03-12 23:00:00,2\n";
    for described in [table("sheet", &["t"]), mended("iso")] {
        let refusal = times(text, described).unwrap_err();
        assert!(
            refusal.contains("this text is no sheet of one"),
            "{refusal}"
        );
    }
    let of_sheet = DescribedTable {
        names: PointNames::OfNoSheet,
        ..table("iso", &["t"])
    };
    let refusal = times(text, of_sheet).unwrap_err();
    assert!(refusal.contains("the text is no sheet"), "{refusal}");
}
