//! A sheet whose XML is plain is read without the reader of workbooks, and is the text that this one makes of it; any other is left to it.

use super::{cell, number, workbook, workbook_of};
use crate::acquire::containers::both_ways;
use proptest::prelude::*;

/// The text of a sheet with this XML, which both ways have to give.
fn plain(xml: &str) -> String {
    let (plain, cells) = both_ways(&workbook(&[("Data", "", xml.to_owned())], false), "Data");
    let (plain, cells) = (plain.unwrap(), cells.unwrap());
    assert_eq!(plain, cells, "{xml}");
    plain
}

fn of_cells(cells: &str) -> String {
    format!("<dimension ref=\"A1:D2\" /><sheetData><row r=\"1\">{cells}</row></sheetData>")
}

#[test]
fn every_form_of_cell_that_programs_write_is_read_as_the_reader_of_workbooks_reads_it() {
    let forms = [
        number("A1", 0, "20.3"),
        number("A1", 0, "20.300000000000001"),
        number("A1", 0, "1E-3"),
        number("A1", 0, "-0"),
        number("A1", 0, "007.50"),
        number("A1", 1, "42370"),
        number("A1", 2, "0.25"),
        number("A1", 3, "42370.000694444447"),
        number("A1", 3, "-1"),
        cell("A1", "  North, \"1\" "),
        cell("A1", " a & b < c "),
        "<c r=\"A1\" t=\"str\"><v>&quot;&apos;&gt;&amp;lt;</v></c>".to_owned(),
        "<c r=\"A1\" s=\"1\" /><c r=\"B1\" t=\"n\"><v /></c><c r=\"C1\" t=\"str\"><v/></c>"
            .to_owned(),
        "<c r=\"A1\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> a </t></is></c>".to_owned(),
        "<c r=\"A1\" t=\"b\"><v>1</v></c><c r=\"B1\" t=\"b\"><v>0</v></c>".to_owned(),
        "<c r=\"A1\" t=\"e\"><v>#DIV/0!</v></c>".to_owned(),
        "<c r=\"A1\" t=\"d\"><v>2016-01-01T00:15:00</v></c>".to_owned(),
        "<c r=\"A1\" t=\"str\"><f>A2</f><v>冷水</v></c>".to_owned(),
        "<c r=\"A1\" s=\"1\"><f t=\"shared\" si=\"0\"/><v>42370</v></c>".to_owned(),
        "<c r=\"A1\" s=\"3\"/><c r=\"B1\"></c><c r=\"C1\"><v>1</v></c>".to_owned(),
        "<c><v>1</v></c>\n  <c><v>2</v></c>".to_owned(),
        "<c r=\"A1\" t=\"n\"><v></v></c><c r=\"B1\" t=\"str\"><v></v></c>".to_owned(),
    ];
    let texts: Vec<String> = forms.iter().map(|cells| plain(&of_cells(cells))).collect();
    assert_eq!(texts[1], texts[0]);
    assert_eq!(texts[7], "2016-01-01 00:01:00\n");
}

#[test]
fn a_sheet_that_is_not_plain_is_left_to_the_reader_of_workbooks() {
    for cells in [
        "<c r=\"A1\" t=\"inlineStr\"><is><t>a &#38; b</t></is></c>",
        "<c r=\"A1\" t=\"inlineStr\"><is><t>_x0041_</t></is></c>",
        "<c r=\"A1\" t=\"inlineStr\"><is><r><t>rich</t></r></is></c>",
        "<c r=\"A1\" vm=\"1\"><v>1</v></c>",
        "<c r='A1'><v>1</v></c>",
        "<c r=\"B2\"><v>1</v></c>",
        "<c r=\"A1\" s=\"999\"><v>1</v></c>",
        "<c r=\"A1\"><v>1<!-- 2 --></v></c>",
        "<!-- </row> --><c r=\"A1\"><v>1</v></c>",
        "<c r=\"A1\"><v>one</v></c>",
    ] {
        let book = workbook(&[("Data", "", of_cells(cells))], false);
        let (plain, read) = both_ways(&book, "Data");
        assert!(plain.is_err() && read.is_ok(), "{cells}: {read:?}");
    }
    let hidden = "<!-- <sheetData><row r=\"1\"><c r=\"A1\"><v>9</v></c></row></sheetData> -->";
    let xml = format!("{hidden}{}", of_cells(&number("A1", 0, "1")));
    let (plain, cells) = both_ways(&workbook(&[("Data", "", xml)], false), "Data");
    assert_eq!((plain.is_err(), cells.unwrap().as_str()), (true, "1\n"));
}

#[test]
fn a_plain_sheet_with_another_checksum_is_refused() {
    let mut book = workbook(&[("Data", "", of_cells(&number("A1", 0, "20.3")))], false);
    assert!(both_ways(&book, "Data").0.is_ok());
    // The first that the directory has is the sheet.
    let entry = book.windows(4).position(|bytes| bytes == b"PK\x01\x02");
    book[entry.unwrap() + 16] ^= 1;
    let error = both_ways(&book, "Data").0.unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

/// A cell as programs write it, or as none does, or what may stand between two.
fn piece() -> impl Strategy<Value = String> {
    let place = prop_oneof![
        8 => (0..4_usize).prop_map(|column| format!(" r=\"{}ROW\"", ["A", "B", "C", "D"][column])),
        1 => Just(String::new()),
    ];
    let style = prop::sample::select(vec!["", " s=\"0\"", " s=\"2\"", " s=\"3\""]);
    let value = prop_oneof![
        8 => (-3000..3000_i32).prop_map(|tenths| format!("<v>{}</v>", f64::from(tenths) / 10.0)),
        2 => any::<f64>().prop_map(|number| format!("<v>{number}</v>")),
        2 => any::<f64>().prop_map(|number| format!("<v>{number:e}</v>")),
        2 => "[0-9]{0,18}(\\.[0-9]{0,18})?([eE][-+]?[0-9]{1,3})?".prop_map(|text| format!("<v>{text}</v>")),
        1 => prop::sample::select(vec!["", "<v/>", "<f>SUM(A1:A2)</f><v>7</v>"]).prop_map(str::to_owned),
    ];
    let text = prop_oneof!["[ -~]{0,6}", "[&;amplt]{0,8}", Just("水,\n".to_owned())];
    prop_oneof![
        12 => (place, style, value).prop_map(|(place, style, value)| format!("<c{place}{style}>{value}</c>")),
        3 => text.prop_map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
        }),
        1 => prop::sample::select(vec!["<c t=\"b\"><v>1</v></c>", "\n "]).prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn what_is_read_as_plain_is_what_the_reader_of_workbooks_reads(
        rows in prop::collection::vec(prop::collection::vec(piece(), 0..6), 0..5),
        is_numbered in any::<bool>(),
        dimension in prop::sample::select(vec!["", "<dimension ref=\"A1:D5\"/>", "<dimension ref=\"A1\"/>"]),
    ) {
        let mut xml = format!("{dimension}<sheetData>");
        for (row, pieces) in (1..).zip(rows) {
            let cells = pieces.concat().replace("ROW", &row.to_string());
            xml += &match is_numbered {
                true => format!("<row r=\"{row}\" spans=\"1:4\">{cells}</row>"),
                false => format!("<row>{cells}</row>"),
            };
        }
        xml += "</sheetData>";
        let (plain, cells) = both_ways(&workbook(&[("Data", "", xml)], false), "Data");
        if let Ok(plain) = plain {
            prop_assert_eq!(plain, cells.unwrap());
        }
    }

    #[test]
    fn a_sheet_with_a_byte_that_was_changed_is_read_alike_or_not_as_plain(
        place in any::<prop::sample::Index>(),
        byte in b' '..=b'~',
    ) {
        let xml = format!(
            "<worksheet><dimension ref=\"A1:C2\"/><sheetData><row r=\"1\">{}{}</row><row r=\"2\">{}{}</row></sheetData></worksheet>",
            cell("A1", "t"),
            cell("B1", "P1"),
            number("A2", 3, "42370"),
            number("B2", 0, "20.3"),
        );
        let mut bytes = xml.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        let (plain, cells) = both_ways(&workbook_of(&[("Data", "", changed)], false), "Data");
        if let Ok(plain) = plain {
            prop_assert_eq!(plain, cells.unwrap());
        }
    }
}
