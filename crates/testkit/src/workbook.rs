//! Rows of times and cells → a workbook (xlsx) of one sheet, as spreadsheet programs write it: times are serial numbers in a style of dates,
//! the names of the columns are shared strings.

use crate::scheduler::Cell;
use jiff::civil::{DateTime, date};
use std::io::{self, Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"#;
const PACKAGE: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Trend" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Writes a workbook whose sheet has a column of times, and one for each of these names.
///
/// # Errors
/// Where `out` refuses.
pub(crate) fn write<C: Iterator<Item = Cell>>(
    out: &mut impl Write,
    names: &[String],
    rows: impl ExactSizeIterator<Item = (DateTime, C)>,
) -> io::Result<()> {
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", PACKAGE.to_owned()),
        ("xl/workbook.xml", BOOK.to_owned()),
        ("xl/_rels/workbook.xml.rels", PARTS.to_owned()),
        ("xl/styles.xml", STYLES.to_owned()),
        ("xl/sharedStrings.xml", strings(names)),
    ];
    for (name, part) in parts {
        packed.start_file(name, SimpleFileOptions::default())?;
        packed.write_all(XML.as_bytes())?;
        packed.write_all(part.as_bytes())?;
    }
    packed.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())?;
    sheet(&mut packed, names.len(), rows)?;
    out.write_all(packed.finish()?.get_ref())
}

/// The names of the columns, that of the times before them.
fn strings(names: &[String]) -> String {
    let count = names.len() + 1;
    let mut part = format!(
        "<sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\"><si><t>t</t></si>"
    );
    for name in names {
        part += &format!("<si><t>{name}</t></si>");
    }
    part + "</sst>"
}

fn sheet<C: Iterator<Item = Cell>>(
    out: &mut impl Write,
    points: usize,
    rows: impl ExactSizeIterator<Item = (DateTime, C)>,
) -> io::Result<()> {
    let columns: Vec<String> = (0..=points).map(letters).collect();
    let width = columns.len();
    let end = format!("{}{}", columns[points], rows.len() + 1);
    write!(
        out,
        "{XML}<worksheet xmlns=\"{MAIN}\"><dimension ref=\"A1:{end}\"/><sheetData><row r=\"1\" spans=\"1:{width}\">"
    )?;
    for (number, column) in columns.iter().enumerate() {
        write!(out, "<c r=\"{column}1\" t=\"s\"><v>{number}</v></c>")?;
    }
    out.write_all(b"</row>")?;
    let mut line = Vec::new();
    for (row, (time, cells)) in (2..).zip(rows) {
        line.clear();
        let serial = serial(time);
        write!(
            line,
            "<row r=\"{row}\" spans=\"1:{width}\"><c r=\"A{row}\" s=\"1\"><v>{serial}</v></c>"
        )?;
        for (column, cell) in columns[1..].iter().zip(cells) {
            write!(line, "<c r=\"{column}{row}\"><v>{cell}</v></c>")?;
        }
        line.extend_from_slice(b"</row>");
        out.write_all(&line)?;
    }
    out.write_all(b"</sheetData></worksheet>")
}

/// The name of a column: A to Z, AA and so on.
fn letters(column: usize) -> String {
    const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let last = char::from(LETTERS[column % LETTERS.len()]);
    match column / LETTERS.len() {
        0 => last.to_string(),
        before => letters(before - 1) + &last.to_string(),
    }
}

/// The days from the last one of 1899 but one.
fn serial(time: DateTime) -> f64 {
    let since = time.duration_since(date(1899, 12, 30).at(0, 0, 0, 0));
    since.as_secs_f64() / 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;
    use std::io::Read as _;

    #[test]
    fn columns_and_times_are_named_as_spreadsheets_name_them() {
        let names = [0, 25, 26, 27, 51, 52, 701, 702].map(letters);
        assert_eq!(names, ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(serial(datetime(2016, 1, 1, 6, 0, 0, 0)), 42_370.25);
    }

    #[test]
    fn a_workbook_has_a_row_for_the_names_and_one_for_each_time() {
        let time = datetime(2016, 1, 1, 0, 0, 0, 0);
        let rows = [203, -5].map(|tenths| (time, std::iter::once(Cell::Tenths(tenths))));
        let mut out = Vec::new();
        write(&mut out, &["P1.T".to_owned()], rows.into_iter()).unwrap();
        let mut book = zip::ZipArchive::new(Cursor::new(out)).unwrap();
        let mut sheet = String::new();
        let mut part = book.by_name("xl/worksheets/sheet1.xml").unwrap();
        part.read_to_string(&mut sheet).unwrap();
        assert_eq!(sheet.matches("<row ").count(), 3);
        assert!(sheet.contains("<c r=\"B2\"><v>20.3</v></c></row>"));
        assert!(sheet.contains("<dimension ref=\"A1:B3\"/>"));
    }
}
