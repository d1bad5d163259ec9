//! Sheets of workbooks: each is a text, and reads as the export that it was.

mod mended;
mod plain;

use super::zip::{ZipEntry, zip_of};
use super::*;
use crate::acquire::containers::FileTexts;
use std::fmt::Write as _;
use std::io::Read as _;

/// A sheet: its name, its attributes in the workbook, and its XML.
type Sheet<'a> = (&'a str, &'a str, String);

/// A workbook, with dates (style 1), times of day (2) and both (3).
fn workbook(sheets: &[Sheet<'_>], is_1904: bool) -> Vec<u8> {
    let whole = sheets.iter().map(|(name, attributes, xml)| {
        let xml = format!("<worksheet xmlns=\"{MAIN}\">{xml}</worksheet>");
        (*name, *attributes, xml)
    });
    workbook_of(&whole.collect::<Vec<_>>(), is_1904)
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The same, the XML of whose sheets is whole.
fn workbook_of(sheets: &[Sheet<'_>], is_1904: bool) -> Vec<u8> {
    const RELATED: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut listed, mut related) = (String::new(), String::new());
    let mut parts = Vec::new();
    let names = [
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
    ];
    for ((number, (name, attributes, xml)), part) in (1..).zip(sheets).zip(names) {
        write!(
            listed,
            "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\" {attributes}/>"
        )
        .unwrap();
        write!(related, "<Relationship Id=\"rId{number}\" Type=\"{RELATED}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>").unwrap();
        parts.push(ZipEntry::of(part, xml));
    }
    parts.push(ZipEntry::of("xl/workbook.xml", &format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATED}\"><workbookPr date1904=\"{}\"/><sheets>{listed}</sheets></workbook>",
        u8::from(is_1904)
    )));
    parts.push(ZipEntry::of("_rels/.rels", &format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"{RELATED}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    )));
    parts.push(ZipEntry::of("xl/_rels/workbook.xml.rels", &format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{related}</Relationships>"
    )));
    parts.push(ZipEntry::of("xl/styles.xml", &format!(
        "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"21\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
    )));
    zip_of(&parts)
}

fn cell(place: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn number(place: &str, style: u8, number: &str) -> String {
    format!("<c r=\"{place}\" s=\"{style}\"><v>{number}</v></c>")
}

/// A report as a spreadsheet saves it that was told to open its export: dates, times and numbers are such.
fn opened(text: &str) -> String {
    let mut rows = String::new();
    for (line, row) in text.lines().zip(1..) {
        let fields = line.split(',').map(|field| field.trim_matches('"'));
        write!(rows, "<row r=\"{row}\">").unwrap();
        for (field, column) in fields.zip('A'..) {
            let place = format!("{column}{row}");
            rows += &match (field, field.parse::<f64>()) {
                ("", _) => String::new(),
                ("2016/10/10", _) => number(&place, 1, "42653"),
                ("00:00:00", _) => number(&place, 2, "0"),
                ("00:15:00", _) => number(&place, 2, "1.0416666666666666E-2"),
                (_, Ok(value)) => number(&place, 0, &value.to_string()),
                (text, Err(_)) => cell(&place, text),
            };
        }
        rows += "</row>";
    }
    format!("<dimension ref=\"A1:D20\"/><sheetData>{rows}</sheetData>")
}

const ROWS: &str = "\"2016/10/10\",\"00:00:00\",\"51.4\",\"-0.2\"\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"7\"\n";

fn read_workbook(bytes: &[u8]) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    let options = ReadOptions::default();
    super::super::read_bytes(
        bytes,
        Path::new("plant.xlsx"),
        &rule("Asia/Taipei"),
        &options,
    )
}

/// The texts of the sheets of a workbook, each with its name, and what is passed over.
fn texts(bytes: &[u8]) -> (Vec<(String, String)>, Vec<String>) {
    let file = FileBytes::in_memory(bytes, Path::new("plant.xlsx"));
    let found = FileTexts::of(&mut *file.open().unwrap(), file.path()).unwrap();
    let text = |place: &TextPlace| {
        let mut text = String::new();
        let opened = file.open_as_stamped().unwrap();
        place
            .unpack(opened, false)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (place.member_name().unwrap().to_owned(), text)
    };
    (found.texts.iter().map(text).collect(), found.passed_over)
}

#[test]
fn a_report_that_was_opened_and_saved_as_a_workbook_is_read_as_the_export_that_it_was() {
    let text = report(ROWS);
    let expected = show(&read(&text).unwrap().1);
    let other = report(&ROWS.replace("51.4", "9"));
    let notes = format!(
        "<sheetData><row r=\"1\">{}</row></sheetData>",
        cell("A1", "notes")
    );
    let bytes = workbook(
        &[
            ("North", "", opened(&text)),
            ("Notes", "", notes),
            ("South, too", "", opened(&other)),
        ],
        false,
    );
    let read = read_workbook(&bytes).unwrap();
    let shown: Vec<_> = read
        .iter()
        .map(|(report, ..)| report.shown().display().to_string())
        .collect();
    assert_eq!(shown, ["plant.xlsx!North", "plant.xlsx!South, too"]);
    assert_eq!(show(&read[0].1), expected);
    assert_eq!(show(&read[1].1)[0], expected[0].replace("51.4", "9"));
    for (report, _, outcome) in &read {
        assert_eq!(report.text.container.as_str(), "xlsx");
        account(&outcome.tally);
    }
}

#[test]
fn cells_stand_where_they_stand_in_the_sheet_and_are_written_as_what_they_are() {
    let rows = format!(
        "<dimension ref=\"B2:F6\"/><sheetData><row r=\"2\">{}{}{}</row><row r=\"4\">{}{}{}{}</row><row r=\"6\">{}<c r=\"C6\" t=\"b\"><v>1</v></c><c r=\"D6\" t=\"e\"><v>#N/A</v></c><c r=\"E6\" s=\"1\"/></row></sheetData>",
        cell("B2", "a \"b\", c"),
        cell("C2", "two\nlines"),
        cell("F2", "F"),
        number("B4", 3, "45964.91666666666"),
        number("C4", 2, "0.5"),
        number("D4", 0, "51.399999999999999"),
        number("E4", 0, "1E+2"),
        number("B6", 1, "42653"),
    );
    let hidden = || {
        format!(
            "<sheetData><row r=\"1\">{}</row></sheetData>",
            cell("A1", "x")
        )
    };
    let bytes = workbook(
        &[
            ("Data", "", rows.clone()),
            ("Old", "state=\"hidden\"", hidden()),
            ("Older", "state=\"veryHidden\"", hidden()),
        ],
        false,
    );
    let (found, passed_over) = texts(&bytes);
    assert_eq!(passed_over, ["Old", "Older"]);
    let expected = "\n,\"a \"\"b\"\", c\",\"two lines\",,,F\n\n,2025-11-03 22:00:00,12:00:00,51.4,100,\n\n,2016-10-10 00:00:00,TRUE,#N/A,,\n";
    assert_eq!(found, [("Data".to_owned(), expected.to_owned())]);
    // As wide as it is, where the workbook does not say.
    let unsaid = rows.replace("<dimension ref=\"B2:F6\"/>", "");
    assert_eq!(
        texts(&workbook(&[("Data", "", unsaid)], false)).0[0].1,
        expected
    );
    let of_1904 = texts(&workbook(&[("Data", "", rows)], true)).0.remove(0).1;
    assert!(of_1904.contains(",2029-11-04 22:00:00,"), "{of_1904}");
}

#[test]
fn a_long_sheet_begins_as_it_does_where_only_its_beginning_is_written() {
    let mut rows = String::new();
    for row in 1..=20_000 {
        write!(
            rows,
            "<row r=\"{row}\">{}{}</row>",
            number(&format!("A{row}"), 0, &row.to_string()),
            cell(&format!("C{row}"), "text")
        )
        .unwrap();
    }
    let bytes = workbook(
        &[(
            "Long",
            "",
            format!("<dimension ref=\"A1:C20000\"/><sheetData>{rows}</sheetData>"),
        )],
        false,
    );
    let expected: String = (1..=20_000).map(|row| format!("{row},,text\n")).collect();
    assert_eq!(texts(&bytes).0[0].1, expected);
    // It says that it is wider than any of its rows is.
    let wider = format!("<dimension ref=\"A1:XFC20000\"/><sheetData>{rows}</sheetData>");
    assert_eq!(
        texts(&workbook(&[("Long", "", wider)], false)).0[0].1,
        expected
    );
}

#[test]
fn workbooks_of_the_field_are_texts() {
    let shapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/containers");
    let shape = |name: &str| texts(&std::fs::read(shapes.join(name)).unwrap()).0;
    let sheets = shape("08-workbook");
    let first: Vec<_> = sheets
        .iter()
        .map(|(_, text)| text.lines().next().unwrap())
        .collect();
    assert_eq!(
        first,
        ["Timestamp,MDB2_KW(kW)", "Timestamp,MDB2_KWH(kW-hr)"]
    );
    assert_eq!(sheets[0].1.lines().nth(5), Some("03-Nov-24 04:00 AM SGT,"));
    assert_eq!(
        sheets[1].1.lines().nth(2),
        Some("03-Nov-24 01:00 AM SGT,1700100.5")
    );
    let sheets = shape("09-workbook-dates");
    let lines: Vec<_> = sheets[0].1.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "Plant 2,,,,",
            "Location:,Campus Demo / Plant 2 - XX,,,",
            "Date,Line Current,CHWST,CHWRT,Run Status",
            "2025-11-03 20:00:00,10.5,7,12.5,Off",
        ]
    );
}

#[test]
fn a_workbook_that_is_damaged_is_refused_and_never_read_wrongly() {
    let whole = workbook(&[("North", "", opened(&report(ROWS)))], false);
    let expected = show(&only(read_workbook(&whole).unwrap()).1);
    for place in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        if let Ok(read) = read_workbook(&bytes) {
            assert!(
                read.iter().all(|(_, chunks, _)| show(chunks) == expected),
                "{place}"
            );
        }
    }
    let disordered = format!(
        "<dimension ref=\"A1:B2\"/><sheetData><row r=\"2\">{}</row><row r=\"1\">{}</row></sheetData>",
        cell("A2", "a"),
        cell("A1", "b")
    );
    let error = read_workbook(&workbook(&[("North", "", disordered)], false)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plant.xlsx!North: the workbook is damaged: the cells of a sheet are not in order"
    );
    let broken = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>x</t></is>".to_owned();
    let error = read_workbook(&workbook(&[("North", "", broken)], false)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("plant.xlsx!North: the workbook is damaged: "),
        "{error}"
    );
}
