//! Tables that are described: read as they are described, or refused with what was expected and what stands there.

use super::super::described::tests::table;
use super::*;
use crate::model::Unit;

fn stated(table: DescribedTable) -> StatedReading {
    StatedReading {
        table: Some(Box::new(table)),
        ..StatedReading::default()
    }
}

/// What a text is, read so, in a zone.
fn read_in(zone: &str, text: &str, stated: &StatedReading) -> Result<(Report, Vec<Chunk>, Tally)> {
    let rule = rule(zone);
    let cancel = Cancel::default();
    let looking = Looking {
        rule: &rule,
        stated,
        cancel: &cancel,
        sorting: None,
    };
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let mut opened = file.open().unwrap();
    let reports = sniff::reports_in(&file, &mut *opened, looking)?;
    let read = read_in_memory::read_all(&file, reports, looking, &ReadOptions::default())?;
    let (report, chunks, outcome) = only(read);
    account(&outcome.tally);
    assert_eq!(outcome.tally.time_range, Some(report.range));
    Ok((report, chunks, outcome.tally))
}

/// Its rows.
fn rows(zone: &str, text: &str, table: DescribedTable) -> Vec<String> {
    let (_, chunks, _) = read_in(zone, text, &stated(table)).unwrap();
    show(&chunks)
}

fn refusal(text: &str, table: DescribedTable) -> String {
    let error = read_in("America/Chicago", text, &stated(table)).unwrap_err();
    format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-"))
}

const US: &str = "%m/%d/%Y %H:%M";

#[test]
fn columns_are_found_by_their_names_and_skipped_ones_are_no_points() {
    let text = "Exported by nobody\n\nDatetime,A: T ,RECORD,B,Note\n4/3/2019 23:50,1.5,7,,x\n4/4/2019 0:00,2,8,3,\"y, z\"\n";
    let described = DescribedTable {
        skip: vec!["Note".to_owned(), "REC*".to_owned()],
        ..table(US, &["Datetime"])
    };
    let (report, chunks, tally) = read_in("America/Chicago", text, &stated(described)).unwrap();
    let names: Vec<String> = report
        .points
        .iter()
        .map(|point| point.id.to_string())
        .collect();
    assert_eq!(names, ["A: T", "B"]);
    assert_eq!(
        show(&chunks),
        ["2019-04-04T04:50:00Z 1.5 -", "2019-04-04T05:00:00Z 2 3"]
    );
    assert_eq!((tally.cells, tally.rows, tally.points.len()), (4, 2, 2));
    assert_eq!(tally.points[1].missing.values().sum::<u64>(), 1);
    assert_eq!(report.heading.unwrap().title, "Exported by nobody");
    assert_eq!(report.layout.header_line, 3);
}

#[test]
fn the_time_may_stand_in_several_columns_anywhere_and_in_any_order() {
    let described = || DescribedTable {
        skip: vec!["X".to_owned()],
        ..table("%d.%m.%Y %H:%M", &["Datum", "Zeit"])
    };
    let expected = ["2024-01-31T23:00:00Z 1 2", "2024-01-31T23:15:00Z 3 4"];
    for text in [
        "Datum;Zeit;A;B\n1.2.2024;0:00;1;2\n1.2.2024;0:15;3;4\n",
        "Zeit,A,Datum,B\n0:00,1,1.2.2024,2\n0:15,3,1.2.2024,4\n",
        "A\tB\tZeit\tX\tDatum\n1\t2\t0:00\tx\t1.2.2024\n3\t4\t0:15\ty\t1.2.2024\n",
        "\"X\",\"Datum\",\"A\",\"B\",\"Zeit\",\n\"\",\"1.2.2024\",\"1\",\"2\",\"0:00\",\n\"\",\"1.2.2024\",\"3\",\"4\",\"0:15\",\n",
    ] {
        assert_eq!(rows("Europe/Zurich", text, described()), expected, "{text}");
    }
}

#[test]
fn a_table_without_a_row_of_names_has_those_that_are_stated() {
    let described = DescribedTable {
        header: TableHeader::Absent(vec!["t".to_owned(), "value".to_owned()]),
        names: PointNames::Path("temp".to_owned()),
        ..table("epoch_ms", &["t"])
    };
    let text = "\u{feff}1704096000000.0,50.0\n1704099600000.0,50.5\n";
    let (report, chunks, _) = read_in("UTC", text, &stated(described)).unwrap();
    assert_eq!(report.points[0].id.to_string(), "temp");
    assert_eq!(
        show(&chunks),
        ["2024-01-01T08:00:00Z 50", "2024-01-01T09:00:00Z 50.5"]
    );
}

#[test]
fn the_header_again_is_furniture_and_another_one_refuses_the_text() {
    let described = || DescribedTable {
        units: Some(UnitsPlace::Below),
        ..table("iso", &["t"])
    };
    let head = "t,A\n,°F\n";
    let text = format!("{head}2024-01-01 00:00,32\n{head}2024-01-01 00:15,50\n");
    let (_, chunks, tally) = read_in("UTC", &text, &stated(described())).unwrap();
    assert_eq!(
        show(&chunks),
        ["2024-01-01T00:00:00Z 0", "2024-01-01T00:15:00Z 10"]
    );
    assert_eq!((tally.furniture, tally.rejected_rows), (2, 0));
    assert_eq!(
        tally.points[0].units.get(Unit::Fahrenheit.symbol()),
        Some(&2)
    );
    insta::assert_snapshot!(
        refusal("t,A\n2024-01-01 00:00,1\n2024-01-01 00:15,2\nt,A,B\n2024-01-01 00:30,3,4\n", table("iso", &["t"])),
        @"
    a.csv:4: the row of names of another table stands below the first one, with other columns
    help: files were joined, or columns were added: give every table a file of its own
    "
    );
}

#[test]
fn units_stand_in_brackets_or_below_and_unknown_ones_are_counted() {
    let described = DescribedTable {
        units: Some(UnitsPlace::Brackets),
        ..table("iso", &["t"])
    };
    let text = "t,SA (Temp) [°F],Light [lx?],C\n2024-01-01 00:00,32,5,6\n2024-01-01 00:15,,5,6\n2024-01-01 00:30,52 psi,5 kW,6\n";
    let (report, chunks, tally) = read_in("UTC", text, &stated(described)).unwrap();
    let names: Vec<String> = report
        .points
        .iter()
        .map(|point| point.id.to_string())
        .collect();
    assert_eq!(names, ["SA (Temp)", "Light", "C"]);
    assert_eq!(show(&chunks)[0], "2024-01-01T00:00:00Z 0 5 6");
    // What measures something else than the head says is no value of the point.
    assert_eq!(show(&chunks)[2], "2024-01-01T00:30:00Z - 5 6");
    assert_eq!(tally.points[0].unit_mismatch, 1);
    assert_eq!(tally.points[1].unknown_units.get("lx?"), Some(&3));
}

#[test]
fn stated_words_and_numbers_are_missing_and_counted_as_such() {
    let described = DescribedTable {
        missing: vec!["-9999".to_owned(), "kaputt".to_owned()],
        skip: vec!["Note".to_owned()],
        ..table("iso", &["t"])
    };
    let text = "t,A,Note,B\n2024-01-01 00:00,-9999,-9999,1\n2024-01-01 00:15,-9999.0,,Kaputt\n2024-01-01 00:30,-9998,,2\n";
    let (_, chunks, tally) = read_in("UTC", text, &stated(described)).unwrap();
    assert_eq!(
        show(&chunks),
        [
            "2024-01-01T00:00:00Z - 1",
            "2024-01-01T00:15:00Z - -",
            "2024-01-01T00:30:00Z -9998 2"
        ]
    );
    assert_eq!(tally.points[0].missing.get("(stated)"), Some(&2));
    assert_eq!(tally.points[1].missing.get("(stated)"), Some(&1));
    // Also where numbers are not what is written.
    let described = DescribedTable {
        missing: vec!["-9999".to_owned()],
        units: Some(UnitsPlace::Brackets),
        ..table("iso", &["t"])
    };
    let text = "t,A [°F]\n2024-01-01 00:00,-9999.0\n2024-01-01 00:15,-9999\n2024-01-01 00:30,32\n";
    let (_, chunks, tally) = read_in("UTC", text, &stated(described)).unwrap();
    assert_eq!(show(&chunks)[2], "2024-01-01T00:30:00Z 0");
    assert_eq!(tally.points[0].missing.get("(stated)"), Some(&2));
}

#[test]
fn what_is_not_as_described_is_refused_with_what_was_expected_and_what_stands_there() {
    let us = || table(US, &["Datetime"]);
    insta::assert_snapshot!(refusal("Datetime,A\n2019-04-03 23:50,1\n", us()), @r#"
    a.csv:2: expected a time in the format "%m/%d/%Y %H:%M" in the first row, found "2019-04-03 23:50"
    help: correct the description of the table, or state it for the files alone that are written so
    "#);
    insta::assert_snapshot!(refusal("Datetime,A\n4/3/2019 23:50,1,2\n", us()), @"
    a.csv:2: expected 1 cells behind the time in the first row, found 2
    help: correct the description of the table, or state it for the files alone that are written so
    ");
    insta::assert_snapshot!(refusal("Datetime,A\n4/3/2019 23:50,1\n13/3/2019 23:50,2\n", us()), @r#"
    a.csv:3: expected a time in the format "%m/%d/%Y %H:%M", found "13/3/2019 23:50", which is one only with day and month exchanged
    help: correct `time.format`; or a spreadsheet exchanged day and month when it saved the file: then export it again
    "#);
    let named = DescribedTable {
        header: TableHeader::With(vec!["A".to_owned()]),
        ..us()
    };
    insta::assert_snapshot!(refusal("Zeit,A\n4/3/2019 23:50,1\n", named), @r#"
    a.csv:1: expected a column "Datetime" of the time in the row of names, found "Zeit", "A"
    help: correct the name in the description, or `header` if this is not the row of names
    "#);
    insta::assert_snapshot!(refusal("Datetime,A,A\n4/3/2019 23:50,1,2\n", us()), @r#"
    a.csv:1: the table has one point twice: the second one is "A[2]"
    help: skip one of the columns; the second of equal names is called `name[2]`
    "#);
    let other = refusal("Zeit,A\n4/3/2019 23:50,1\n", us());
    assert!(
        other.contains("expected the row of names, with a field for each of \"Datetime\""),
        "{other}"
    );
    // The first rows do not show it.
    let mut long = "Datetime,A\n".to_owned();
    for row in 0..200 {
        long.push_str(&format!("4/3/2019 {}:{:02},1\n", row / 60, row % 60));
    }
    long.push_str("13/3/2019 23:50,2\n");
    let late = refusal(&long, us());
    assert!(
        late.starts_with("a.csv:202: expected a time in the format"),
        "{late}"
    );
}

#[test]
fn the_end_of_an_interval_is_moved_back_on_the_wall_clock() {
    let described = |edge, interval: Option<Span>| DescribedTable {
        edge,
        interval,
        ..table("iso", &["t"])
    };
    let text = "t,A\n2024-03-10 01:45,1\n2024-03-10 03:00,2\n2024-03-11 00:00,3\n";
    let first = |edge, interval| {
        let rows = rows("America/Chicago", text, described(edge, interval));
        rows.iter()
            .map(|row| row.split_once(' ').unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    let quarter = Some(15 * MINUTE);
    assert_eq!(
        first(Edge::Start, quarter),
        [
            "2024-03-10T07:45:00Z",
            "2024-03-10T08:00:00Z",
            "2024-03-11T05:00:00Z"
        ]
    );
    // 02:45 never happened there: the rule moves it.
    assert_eq!(
        first(Edge::End, quarter),
        [
            "2024-03-10T07:30:00Z",
            "2024-03-10T08:45:00Z",
            "2024-03-11T04:45:00Z"
        ]
    );
    assert_eq!(first(Edge::End, None)[2], "2024-03-11T04:59:59.999999999Z");
}

#[test]
fn times_near_the_grid_are_on_it() {
    let described = DescribedTable {
        interval: Some(15 * MINUTE),
        snap: Some(5 * SECOND),
        ..table("iso", &["t"])
    };
    let text = "t,A\n2024-03-10 00:00:04,1\n2024-03-10 00:14:55,2\n2024-03-10 00:30:06,3\n2024-03-10 23:59:58,4\n";
    assert_eq!(
        rows("UTC", text, described),
        [
            "2024-03-10T00:00:00Z 1",
            "2024-03-10T00:15:00Z 2",
            "2024-03-10T00:30:06Z 3",
            "2024-03-11T00:00:00Z 4"
        ]
    );
}

#[test]
fn the_hour_that_the_clock_repeats_may_be_marked() {
    let described = DescribedTable {
        edge: Edge::End,
        interval: Some(HOUR),
        ..table("%m/%d/%Y %H", &["Date", "Hour Ending"])
    };
    let text = "Date,Hour Ending,A\n11/02/2025,01,1\n11/02/2025,02,2\n11/02/2025,02X,3\n11/02/2025,03,4\n11/02/2025,04X,5\n";
    assert_eq!(
        rows("America/New_York", text, described),
        [
            "2025-11-02T04:00:00Z 1",
            "2025-11-02T05:00:00Z 2",
            "2025-11-02T06:00:00Z 3",
            "2025-11-02T07:00:00Z 4"
        ]
    );
}

#[test]
fn words_for_zones_are_the_sites_own_or_explained() {
    let described = |words: &[(&str, &str)]| {
        let words = words
            .iter()
            .map(|(word, zone)| ((*word).to_owned(), (*zone).to_owned()));
        DescribedTable {
            abbreviations: words.collect(),
            ..table("%Y-%m-%d %H:%M %Z", &["t"])
        }
    };
    let fold = "t,A\n2024-10-27 02:30 CEST,1\n2024-10-27 02:30 CET,2\n2024-10-27 03:30 CET,3\n";
    assert_eq!(
        rows("Europe/Zurich", fold, described(&[])),
        [
            "2024-10-27T00:30:00Z 1",
            "2024-10-27T01:30:00Z 2",
            "2024-10-27T02:30:00Z 3"
        ]
    );
    let text = "t,A\n2024-07-01 00:00 SGT,1\n2024-07-01 00:15 SGT,2\n";
    for meaning in ["+08:00", "Asia/Singapore"] {
        assert_eq!(
            rows("Europe/Zurich", text, described(&[("SGT", meaning)]))[0],
            "2024-06-30T16:00:00Z 1"
        );
    }
    insta::assert_snapshot!(refusal(text, described(&[])), @r#"
    a.csv:2: expected a word for the time of the site's own zone, found "SGT" beside 2024-07-01 00:00
    help: say what it means: `abbreviations: {SGT: "+08:00"}`, or an IANA zone in the place of the offset
    "#);
    // Its winter's word in summer is not the zone's.
    assert!(refusal("t,A\n2024-07-01 00:00 CST,1\n", described(&[])).contains("\"CST\""));
    let offset = "t,A\n2024-07-01T00:00+02:00,1\n2024-06-30T23:00Z,2\n";
    assert_eq!(
        rows("America/Chicago", offset, table("iso", &["t"])),
        ["2024-06-30T22:00:00Z 1", "2024-06-30T23:00:00Z 2"]
    );
}

#[test]
fn a_dialect_goes_before_a_description_unless_it_is_not_to_be_tried() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n\"2016/10/10\",\"00:15:00\",\"3\",\"4\"\n",
    );
    let described = || table("%Y/%m/%d %H:%M:%S", &["<>Date", "Time"]);
    let (report, chunks, _) = read_in("Asia/Taipei", &text, &stated(described())).unwrap();
    assert_eq!(report.dialect.as_str(), "siemens-scheduler");
    let alone = DescribedTable {
        alone: true,
        ..described()
    };
    let (table, as_table, tally) = read_in("Asia/Taipei", &text, &stated(alone)).unwrap();
    assert_eq!(table.dialect.as_str(), "table-wide");
    assert_eq!(show(&as_table), show(&chunks));
    // The trailer.
    assert_eq!(tally.rejected_rows, 1);
}

/// Rows of a random plant: minutes from a day on, and the cells of three points.
fn plant() -> impl Strategy<Value = Vec<(i64, [Option<i32>; 3])>> {
    let cell = || prop::option::weighted(0.9, -99_999..99_999_i32);
    let row = (1..40_i64, [cell(), cell(), cell()]);
    prop::collection::vec(row, 2..120).prop_map(|rows| {
        let mut minute = 0;
        rows.into_iter()
            .map(|(step, cells)| {
                minute += step;
                (minute, cells)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_plant_is_the_same_as_a_report_and_as_a_table(plant in plant()) {
        let written = |date: &str, sign: char, separator: char, quote: &str| {
            let mut text = String::new();
            for (minute, cells) in &plant {
                let at = jiff::civil::date(2024, 3, 29).at(0, 0, 0, 0);
                let at = at + jiff::SignedDuration::from_mins(*minute);
                text.push_str(&at.strftime(date).to_string());
                for cell in cells {
                    text.push(separator);
                    if let Some(cell) = cell {
                        let number = format!("{}.{}5", cell / 10, cell.abs() % 10);
                        text.push_str(&format!("{quote}{}{quote}", number.replace('.', &sign.to_string())));
                    }
                }
                text.push('\n');
            }
            text
        };
        let head = "Point_1:,A,,COV\nPoint_2:,B,,COV\nPoint_3:,C,,COV\n\n<>Date,Time,Point_1,Point_2,Point_3\n";
        let siemens = format!("{head}{}*** End of Report ***\n", written("%Y/%m/%d,%H:%M:%S", '.', ',', "\""));
        let (report, chunks, tally) = read_in("Europe/Zurich", &siemens, &StatedReading::default()).unwrap();
        let all = [
            ("Date,Time,A,B,C\n", "%d.%m.%Y,%H:%M", '.', ',', "\"", table("%d.%m.%Y %H:%M", &["Date", "Time"])),
            ("t;A;B;C\n", "%Y-%m-%d %H:%M:%S", ',', ';', "", table("iso", &["t"])),
            ("t\tA\tB\tC\n", "%b %d, %Y %I:%M %p", ',', '\t', "", table("%b %d, %Y %I:%M %p", &["t"])),
        ];
        for (names, date, sign, separator, quote, table) in all {
            let text = format!("{names}{}", written(date, sign, separator, quote));
            let (other, read, counts) = read_in("Europe/Zurich", &text, &stated(table)).unwrap();
            prop_assert_eq!(show(&read), show(&chunks), "{}", text);
            prop_assert_eq!(other.range, report.range);
            let ids = |report: &Report| report.points.iter().map(|point| point.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&other), ids(&report));
            prop_assert_eq!(counts.cells, tally.cells);
            let numbers = |tally: &Tally| tally.points.iter().map(|point| point.numbers).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&counts), numbers(&tally));
        }
    }
}
