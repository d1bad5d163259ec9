//! Workbooks that come whole (xls, ods), as other programs save them and as none does.
//!
//! Two of the corpus have the same sheets, made up by us and written by xlwt and odfpy: eight rows of real dates, numbers and words below two lines
//! of a head, and a sheet of one cell; of the second one a million empty rows are said to follow.

use super::zip::{ZipEntry, zip_of};
use super::*;
use crate::acquire::containers::FileTexts;
use std::io::Read as _;

const XLS: &[u8] = include_bytes!("../../../../../fuzz/corpus/containers/10-workbook-xls");
const ODS: &[u8] = include_bytes!("../../../../../fuzz/corpus/containers/11-workbook-ods");

const TREND: &str = "Plant 2,,,\n\
                     Date,CHWST,Run Status,\"Note, quoted\"\n\
                     2025-03-11 20:00:00,7,Off,\n\
                     2025-03-11 21:00:00,7.1,On,\n\
                     2025-03-11 22:00:00,7.2,Off,\n\
                     2025-03-11 23:00:00,,On,\n\
                     2025-03-12 00:00:00,7.4,Off,\n\
                     2025-03-12 01:00:00,7.5,On,\n\
                     2025-03-12 02:00:00,7.6,Off,\n\
                     2025-03-12 03:00:00,7.7,On,\n";

/// The texts of a workbook, each with its name; why it is refused.
fn texts(bytes: &[u8]) -> std::result::Result<Vec<(String, String)>, String> {
    let file = FileBytes::in_memory(bytes, Path::new("plant"));
    let found = FileTexts::of(&mut *file.open().unwrap(), file.path());
    let found = found.map_err(|error| error.to_string())?;
    let text = |place: &TextPlace| {
        let mut text = String::new();
        let mut unpacked = place
            .unpack(file.open_as_stamped().unwrap(), false)
            .map_err(|error| error.to_string())?;
        let read = unpacked.read_to_string(&mut text);
        read.map_err(|error| error.to_string())?;
        Ok((place.member_name().unwrap_or_default().to_owned(), text))
    };
    found.texts.iter().map(text).collect()
}

#[test]
fn sheets_of_older_and_of_open_workbooks_are_texts_as_those_of_todays_are() {
    for bytes in [XLS, ODS] {
        let found = texts(bytes).unwrap();
        let expected = [("Trend", TREND), ("Cover", "made by us\n")];
        assert_eq!(
            found,
            expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }
}

/// A workbook of OpenDocument with these rows in its one sheet.
fn open_document(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"A\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let listed = ZipEntry::of("META-INF/manifest.xml", "<manifest:manifest/>");
    zip_of(&[mime_type(), listed, ZipEntry::of("content.xml", &content)])
}

fn mime_type() -> ZipEntry {
    ZipEntry {
        is_deflated: false,
        ..ZipEntry::of("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    }
}

#[test]
fn few_bytes_that_say_they_are_many_cells_are_refused_before_they_are_any() {
    let cell = |repeated: u32, value: &str| {
        format!(
            "<table:table-cell table:number-columns-repeated=\"{repeated}\" office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>"
        )
    };
    let row = |repeated: u32, cells: &str| {
        format!(
            "<table:table-row table:number-rows-repeated=\"{repeated}\">{cells}</table:table-row>"
        )
    };
    let small = open_document(&row(3, &cell(2, "x")));
    assert_eq!(texts(&small).unwrap()[0].1, "x,x\n".repeat(3));
    for rows in [
        row(1_000_000, &cell(16_000, "x")),
        row(60_000, &cell(1000, "x")),
        row(100_000, &cell(1, &"x".repeat(10_000))),
        row(1_000_000, "<table:table-cell/>") + &row(1, &cell(16_000, "x")),
        row(1, &cell(1, "<text:s text:c=\"999999999999\"/>")),
        row(1, &cell(1, "x")).replacen('1', "&#57;&#57;&#57;&#57;&#57;&#57;", 1)
            + &row(1, &cell(16_000, "x")),
        format!(
            "<table:table-row x=\">\" {}",
            &row(1_000_000, &cell(16_000, "x"))[16..]
        ),
        format!("<!-- \" -->{}", row(1_000_000, &cell(16_000, "x"))),
    ] {
        let refusal = texts(&open_document(&rows)).unwrap_err();
        assert!(refusal.contains("held in memory whole"), "{refusal}");
    }
    let twice = [
        mime_type(),
        ZipEntry::of("content.xml", "<a/>"),
        ZipEntry::of("content.xml", "<b/>"),
    ];
    let refusal = texts(&zip_of(&twice)).unwrap_err();
    assert!(refusal.contains("is there twice"), "{refusal}");
    // The rectangle that the first sheet says it fills: a row more than its rows, and a column more than its columns.
    let says = [
        0x00, 0x02, 0x0E, 0x00, 0, 0, 0, 0, 0x0A, 0, 0, 0, 0, 0, 4, 0,
    ];
    let mut lying = XLS.to_vec();
    let at = memchr::memmem::find(&lying, &says).unwrap();
    lying[at + 8..at + 12].copy_from_slice(&0x00FF_FFFF_u32.to_le_bytes());
    let refusal = texts(&lying).unwrap_err();
    assert!(refusal.contains("held in memory whole"), "{refusal}");
}

#[test]
fn what_is_damaged_is_refused_and_nothing_else_happens() {
    for (bytes, step) in [(XLS, 7), (ODS, 1)] {
        for place in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.to_vec();
            changed[place] ^= 0x55;
            // It may be another text, or a plain one that is no report; never a panic.
            let _ = texts(&changed).map_err(|refusal| assert!(!refusal.is_empty()));
        }
        for end in (0..bytes.len()).step_by(101) {
            let cut = texts(&bytes[..end]);
            let plain = cut.as_ref().is_ok_and(|found| found[0].0.is_empty());
            let whole = cut.as_ref().is_ok_and(|found| found[0].1 == TREND);
            assert!(cut.is_err() || plain || whole, "{end}: {cut:?}");
        }
    }
}
