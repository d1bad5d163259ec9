//! One plant, written in every form that a table has: the same rows, cells and flags.

use super::*;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A form of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Siemens,
    Wide,
    DecimalComma,
    Sheet,
    LongByTime,
    LongByPoint,
    LongInNoOrder,
    SeveralValuesInNoOrder,
    FilePerPoint,
    Statuses,
}

const FORMS: [Form; 9] = [
    Form::Wide,
    Form::Statuses,
    Form::SeveralValuesInNoOrder,
    Form::DecimalComma,
    Form::Sheet,
    Form::LongByTime,
    Form::LongByPoint,
    Form::LongInNoOrder,
    Form::FilePerPoint,
];

/// A value: its time, as it is written, its point, and what stands there.
pub(super) type Value = (String, String, String);

fn stamp(minutes: i64) -> String {
    let start = jiff::civil::date(2016, 11, 27).at(0, 0, 0, 0);
    let at = start + jiff::SignedDuration::from_mins(minutes);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The values of a kind, row by row; those of its first point that are not there any more are left out.
pub(super) fn values(kind: usize, rows: &[Row]) -> Vec<Value> {
    let values = rows.iter().flat_map(|(minutes, a, b)| {
        [
            (stamp(*minutes), format!("K{kind}.A"), a.clone()),
            (stamp(*minutes), format!("K{kind}.KWH"), b.clone()),
        ]
    });
    values.filter(|(.., text)| !text.is_empty()).collect()
}

/// The wide table with a word beside each value, and another value where there is none.
fn statuses(kind: usize, rows: &[Row]) -> String {
    let mut text = format!("t,K{kind}.A,K{kind}.A Status,K{kind}.KWH,K{kind}.KWH Status\n");
    let said = |value: &str| match value {
        "" => "-7.5,Bad".to_owned(),
        value => format!("{value},Good"),
    };
    for (minutes, a, b) in rows {
        writeln!(text, "{},{},{}", stamp(*minutes), said(a), said(b)).unwrap();
    }
    text
}

/// A row of both values for each time, in an order of its own.
fn several(kind: usize, rows: &[Row], seed: u64) -> String {
    let mut lines: Vec<String> = (rows.iter())
        .map(|(minutes, a, b)| format!("{a},{},K{kind},{b}\n", stamp(*minutes)))
        .collect();
    lines.sort_by_cached_key(|line| scattered(seed, line));
    format!("A,t,id,KWH\n{}", lines.concat())
}

pub(super) fn long(values: &[Value]) -> String {
    let lines = values.iter();
    let lines = lines.map(|(time, name, text)| format!("{name},{time},{text}\n"));
    format!("name,t,v\n{}", lines.collect::<String>())
}

/// The wide table as a sheet whose numbers are numbers.
pub(super) fn sheet(kind: usize, rows: &[Row]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATED: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut xml = String::new();
    for (number, line) in (1..).zip(of_kind(kind, rows).table().lines()) {
        write!(xml, "<row r=\"{number}\">").unwrap();
        for (column, cell) in ('A'..).zip(line.split(',')) {
            match cell.parse::<f64>() {
                Ok(_) => write!(xml, "<c r=\"{column}{number}\"><v>{cell}</v></c>"),
                Err(_) => write!(
                    xml,
                    "<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"
                ),
            }
            .unwrap();
        }
        xml += "</row>";
    }
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" Type=\"{RELATED}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATED}\"><sheets><sheet name=\"Trend\" sheetId=\"1\" r:id=\"s\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"s\" Type=\"{RELATED}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{xml}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Writes the rows of each kind in a form; of a form that is a table, with the entries that describe it.
fn write_as(form: Form, folder: &Path, kinds: &[Vec<Row>], seed: u64) -> String {
    let mut entries = String::new();
    for (kind, rows) in kinds.iter().enumerate() {
        let own = folder.join(format!("k{kind}"));
        fs::create_dir_all(&own).unwrap();
        let mut values = values(kind, rows);
        match form {
            Form::Siemens => fs::write(own.join("a.csv"), report(kind, rows)),
            Form::Wide => fs::write(own.join("a.csv"), of_kind(kind, rows).table()),
            Form::Statuses => fs::write(own.join("a.csv"), statuses(kind, rows)),
            Form::SeveralValuesInNoOrder => fs::write(own.join("a.csv"), several(kind, rows, seed)),
            Form::DecimalComma => {
                let text = of_kind(kind, rows).table().replace(',', ";");
                let number = format!("1{}", "0".repeat(30));
                let comma = |line: &str| match line.split_once(';') {
                    Some((time, cells)) if time != "t" => {
                        format!(
                            "{time};{}\n",
                            cells.replace('.', ",").replace("1e30", &number)
                        )
                    }
                    _ => format!("{line}\n"),
                };
                fs::write(
                    own.join("a.csv"),
                    text.lines().map(comma).collect::<String>(),
                )
            }
            Form::Sheet => fs::write(own.join("a.xlsx"), sheet(kind, rows)),
            Form::LongByTime => fs::write(own.join("a.csv"), long(&values)),
            Form::LongByPoint => {
                values.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
                fs::write(own.join("a.csv"), long(&values))
            }
            Form::LongInNoOrder => {
                values.sort_by_cached_key(|(time, name, _)| {
                    scattered(seed, &format!("{time}{name}"))
                });
                // In two files, of which none has all points at all times.
                let (one, two) = values.split_at(values.len() / 3);
                fs::write(own.join("b.csv"), long(two)).unwrap();
                fs::write(own.join("a.csv"), long(one))
            }
            Form::FilePerPoint => {
                for name in [format!("K{kind}.A"), format!("K{kind}.KWH")] {
                    let own_values = values.iter().filter(|value| value.1 == name);
                    let lines = own_values.map(|(time, _, text)| format!("{time},{text}\n"));
                    let text = format!("t,v\n{}", lines.collect::<String>());
                    fs::write(own.join(format!("{name}.csv")), text).unwrap();
                }
                Ok(())
            }
        }
        .unwrap();
        let table = match form {
            Form::Siemens => continue,
            Form::Wide | Form::DecimalComma | Form::Sheet => "table: wide",
            Form::Statuses => "table: wide, value: {status: {beside: \"* Status\", good: [good]}}",
            Form::SeveralValuesInNoOrder => {
                "table: long, value: {columns: [A, \"K*\"]}, point: {columns: id, join: \".\"}"
            }
            Form::FilePerPoint => "table: long, value: {column: v}, point: {path: \"(?<name>.*)\"}",
            _ => "table: long, value: {column: v}, point: {columns: name}",
        };
        let interval = match kind {
            CHANGES => "cov",
            _ => "15m",
        };
        writeln!(
            entries,
            "    - {{match: \"k{kind}/*\", {table}, interval: {interval}, time: {{columns: t, format: \"%Y-%m-%d %H:%M:%S\"}}}}"
        )
        .unwrap();
    }
    match entries.is_empty() {
        true => entries,
        false => format!("  sources:\n{entries}"),
    }
}

/// A number that goes through values in an order of its own.
pub(super) fn scattered(seed: u64, text: &str) -> u64 {
    text.bytes().fold(seed, |hash, byte| {
        (hash ^ u64::from(byte))
            .wrapping_mul(0x0100_0000_01B3)
            .rotate_left(23)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_plant_is_the_same_dataset_in_every_form(
        kinds in prop::collection::vec(rows(), 1..5),
        ends in prop::option::of(0..250_usize),
        seed: u64,
        resample in prop_oneof![Just("15m"), Just("1h")],
        threads in 1..3_usize,
    ) {
        let mut kinds = kinds;
        // The first point may end before the second: then it has blank cells, or no rows.
        if let Some(end) = ends {
            for row in kinds[0].iter_mut().skip(end.max(1)) {
                row.1.clear();
            }
        }
        let base = tempfile::tempdir().unwrap();
        let make = |form: Form| {
            let folder = base.path().join(format!("{form:?}"));
            fs::create_dir(&folder).unwrap();
            let sources = write_as(form, &folder, &kinds, seed);
            let settings = settings(&base.path().join(format!("{form:?}-data")), resample, threads, &sources);
            let summary = commit(&folder, &settings);
            let dataset = read(&settings, &summary);
            let evidence = evidence(&settings, &summary, &dataset);
            (dataset, evidence, summary.committed.manifest.cells)
        };
        let (dataset, why, cells) = make(Form::Siemens);
        for form in FORMS {
            let (other, other_why, other_cells) = make(form);
            for (time, row) in &dataset {
                prop_assert_eq!(Some(row), other.get(time), "{:?} at {}", form, time);
            }
            prop_assert_eq!(dataset.len(), other.len(), "{:?}", form);
            prop_assert!(why == other_why, "{:?}: other evidence", form);
            if ends.is_none() {
                prop_assert_eq!(cells, other_cells, "{:?}", form);
            } else {
                prop_assert_eq!(cells.used, other_cells.used, "{:?}", form);
            }
        }
    }
}
