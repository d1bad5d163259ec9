//! Tables with one value a row, and with one day a row, that are described.

use super::super::super::described::tests::table;
use super::*;

/// A table with one value a row: the time in `t`, the name in `n`, the value in `v`.
pub(super) fn long() -> DescribedTable {
    DescribedTable {
        names: PointNames::Columns {
            columns: vec!["n".to_owned()],
            join: "/".to_owned(),
        },
        entries: Some(EntryTable::Long(LongTable {
            value: "v".to_owned(),
            status: None,
        })),
        ..table("iso", &["t"])
    }
}

/// A table with one day a row: the day in `d`, the name in `n`.
fn day(labels: &str) -> DescribedTable {
    DescribedTable {
        header: TableHeader::With(vec!["d".to_owned()]),
        entries: Some(EntryTable::Day(DayTable::Labelled(labels.to_owned()))),
        format: "%Y/%m/%d".to_owned(),
        time: vec!["d".to_owned()],
        ..long()
    }
}

fn stated(table: DescribedTable) -> StatedReading {
    StatedReading {
        table: Some(Box::new(table)),
        ..StatedReading::default()
    }
}

fn read(zone: &str, text: &str, table: DescribedTable) -> Vec<(Report, Vec<Chunk>, ReadOutcome)> {
    read_named("a.csv", text, zone, stated(table)).unwrap()
}

fn refusal(text: &str, table: DescribedTable) -> String {
    let error = read_named("a.csv", text, "America/Chicago", stated(table)).unwrap_err();
    format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-"))
}

/// The numbers of one point.
fn numbers(zone: &str, text: &str, table: DescribedTable) -> Vec<String> {
    series(&read(zone, text, table)).remove("A").unwrap()
}

#[test]
fn a_name_is_made_of_as_many_columns_as_a_time() {
    let columns = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
    let described = DescribedTable {
        names: PointNames::Columns {
            columns: columns.to_vec(),
            join: ".".to_owned(),
        },
        ..long()
    };
    let text = "a,b,c,d,e,f,t,v\nA,B,C,D,E,F,2024-01-01,1\n";
    let read = read("UTC", text, described);
    assert_eq!(
        series(&read).into_keys().collect::<Vec<_>>(),
        ["A.B.C.D.E.F"]
    );
}

#[test]
fn names_units_and_statuses_stand_in_the_columns_that_are_described() {
    let described = DescribedTable {
        header: TableHeader::With(vec!["Adr".to_owned(), "Zeit".to_owned()]),
        time: vec!["Datum".to_owned(), "Zeit".to_owned()],
        format: "%d.%m.%y %H:%M".to_owned(),
        names: PointNames::Columns {
            columns: vec!["Adr".to_owned(), "Name".to_owned()],
            join: ".".to_owned(),
        },
        units: Some(UnitsPlace::Column("Einheit".to_owned())),
        entries: Some(EntryTable::Long(LongTable {
            value: "Wert".to_owned(),
            status: Some(StatusColumn {
                column: "Status".to_owned(),
                good: vec!["alarm".to_owned(), "ok".to_owned()],
            }),
        })),
        skip: vec!["*.Text".to_owned()],
        missing: vec!["-1".to_owned(), "aus".to_owned()],
        prefix: "G/".to_owned(),
        ..long()
    };
    let text = "Export;;\n\nName;Adr;Zeit;Datum;Status;Wert;Einheit;X\n\
                T;1;00:00;01.02.24;OK;20,5;°C;\n\
                T;1;00:15;01.02.24;Alarm;68;°F;\n\
                T;1;00:30;01.02.24;Störung;21;°C;\n\
                Text;1;00:30;01.02.24;OK;anything;;\n\
                T;2;00:30;01.02.24;OK;-1;;\n\
                T;2;00:45;01.02.24;OK;Aus;;\n\
                T;2;01:00;01.02.24;OK;1.234,5;;\n";
    let read = read("Europe/Berlin", text, described);
    let tally = &read[0].2.tally;
    assert_eq!(
        series(&read),
        BTreeMap::from([
            (
                "G/1.T".to_owned(),
                vec![
                    "2024-01-31T23:00:00Z 20.5".to_owned(),
                    "2024-01-31T23:15:00Z 20".to_owned()
                ]
            ),
            (
                "G/2.T".to_owned(),
                vec!["2024-02-01T00:00:00Z 1234.5".to_owned()]
            ),
        ])
    );
    assert_eq!((tally.cells, tally.rejected_rows), (6, 0));
    let missing = |point: usize| tally.points[point].missing.values().sum::<u64>();
    assert_eq!((missing(0), missing(1)), (1, 2));
    assert_eq!(tally.points[0].statuses.get("Störung"), Some(&1));
}

#[test]
fn rows_of_another_shape_are_rejected_and_said() {
    let text = "t,n,v,x\n2024-01-01 00:00,A,1,\n2024-01-01 00:05,A,2\n2024-01-01 00:10,A\n2024-01-01 00:15,A,3,,\n\
                2024-01-01 00:20,A,4,,5\n,A,6,\nnever,A,7,\n2024-01-01 00:25,,8,\nt,n,v,x\n2024-01-01 00:30,A,9,";
    let read = read("UTC", text, long());
    let tally = &read[0].2.tally;
    let rejected = tally.rejected_examples.iter();
    let rejected: Vec<String> = rejected
        .map(|row| format!("{}: {}", row.line, row.reason))
        .collect();
    insta::assert_snapshot!(
        rejected.join("\n"),
        @"
    4: has fewer fields than the row of names
    6: has more fields than the row of names
    7: has no date
    8: has a time that is not written as it is described
    9: does not say which point it is of
    "
    );
    // One is cut short.
    assert_eq!(
        (tally.cells, tally.rejected_cells, tally.furniture),
        (9, 6, 1)
    );
}

#[test]
fn values_that_are_logged_when_they_change_and_every_15_minutes_are_so() {
    let logged = |table: DescribedTable| {
        let read = read("UTC", "t,n,v\n2024-01-01 00:00,A,1\n", table);
        let report = &read[0].0;
        let point = &report.points[0];
        assert_eq!(report.dialect.trend(&point.definition), point.trend);
        (report.interval, point.trend.change_of_value)
    };
    let quarter = Some(15 * MINUTE);
    assert_eq!(logged(long()), (None, false));
    let every = DescribedTable {
        interval: quarter,
        ..long()
    };
    assert_eq!(logged(every), (quarter, false));
    let changes = DescribedTable {
        change_of_value: true,
        ..long()
    };
    assert_eq!(logged(changes), (None, true));
}

#[test]
fn a_row_of_a_day_has_a_value_for_each_of_its_columns() {
    let ends = DescribedTable {
        edge: Edge::End,
        ..day("%H:%M")
    };
    let text = "n,d,08:00,16:00,24:00\nA,2024/01/01,1,,3\nA,2024/01/02,4,5,6\n";
    let read_ends = read("Asia/Taipei", text, ends.clone());
    assert_eq!(
        series(&read_ends).remove("A").unwrap(),
        [
            "2023-12-31T16:00:00Z 1",
            "2024-01-01T08:00:00Z 3",
            "2024-01-01T16:00:00Z 4",
            "2024-01-02T00:00:00Z 5",
            "2024-01-02T08:00:00Z 6"
        ]
    );
    assert_eq!(read_ends[0].0.interval, Some(8 * crate::time::HOUR));
    assert_eq!(read_ends[0].2.tally.cells, 6);
    let steps = DescribedTable {
        entries: Some(EntryTable::Day(DayTable::Stepped {
            first: "08:00".to_owned(),
            step: 8 * crate::time::HOUR,
        })),
        ..ends
    };
    let stepped = text.replace("08:00,16:00,24:00", "HE1,HE2,HE3");
    assert_eq!(
        series(&read("Asia/Taipei", &stepped, steps)),
        series(&read_ends)
    );
    // As many fields as the row of names has, or nobody knows which one is missing.
    let ragged =
        "n,d,08:00,16:00,24:00\nA,2024/01/01,1,2\nA,2024/01/02,4,5,6\nA,2024/01/03,4,5,6,7\n";
    let read = read("Asia/Taipei", ragged, day("%H:%M"));
    let tally = &read[0].2.tally;
    assert_eq!(
        (tally.cells, tally.rejected_cells, tally.rejected_rows),
        (9, 6, 2)
    );
}

#[test]
fn a_day_of_23_hours_has_no_value_in_the_hour_that_never_was() {
    let text = "n,d,01:00,02:00,03:00\nA,2024/03/31,1,2,3\nB,2024/03/31,4,,6\n";
    let read = read("Europe/Zurich", text, day("%H:%M"));
    assert_eq!(
        series(&read),
        BTreeMap::from([
            (
                "A".to_owned(),
                vec![
                    "2024-03-31T00:00:00Z 1".to_owned(),
                    "2024-03-31T01:00:00Z 3".to_owned()
                ]
            ),
            (
                "B".to_owned(),
                vec![
                    "2024-03-31T00:00:00Z 4".to_owned(),
                    "2024-03-31T01:00:00Z 6".to_owned()
                ]
            ),
        ])
    );
    let tally = &read[0].2.tally;
    assert_eq!(tally.cells, 5);
    assert_eq!(
        tally.points[0].statuses.get("(no such time on this day)"),
        Some(&1)
    );
}

#[test]
fn a_day_of_25_hours_has_two_columns_for_the_doubled_hour_or_values_of_the_first_pass() {
    let first = "n,d,01:00,02:00,03:00\nA,2024/10/27,1,2,3\n";
    let said = read("Europe/Zurich", first, day("%H:%M"));
    assert_eq!(
        series(&said).remove("A").unwrap(),
        [
            "2024-10-26T23:00:00Z 1",
            "2024-10-27T00:00:00Z 2",
            "2024-10-27T02:00:00Z 3"
        ]
    );
    let statuses = &said[0].2.tally.points[0].statuses;
    assert_eq!(statuses.get("(first pass of a doubled hour)"), Some(&1));
    let both = "n,d,01:00,02:00,02:00,03:00\nA,2024/10/26,7,8,,9\nA,2024/10/27,1,2,3,4\n";
    assert_eq!(
        numbers("Europe/Zurich", both, day("%H:%M"))[3..],
        [
            "2024-10-26T23:00:00Z 1",
            "2024-10-27T00:00:00Z 2",
            "2024-10-27T01:00:00Z 3",
            "2024-10-27T02:00:00Z 4"
        ]
    );
}

#[test]
fn what_is_not_as_it_is_described_is_refused_with_what_stands_there() {
    let shown = [
        ("t,n,w\n2024-01-01 00:00,A,1\n", long()),
        ("Zeit,n,v\n2024-01-01 00:00,A,1\n", long()),
        ("t,n,v\n01.02.2024 00:00,A,1\n", long()),
        ("t,n,v\n", long()),
        (
            "t,n,v\n2024-01-01 00:00,A,1\nt,m,n,v\n2024-01-01 00:00,B,A,1\n",
            long(),
        ),
        ("n,d,Unit,01:00\nA,2024/01/01,kWh,1\n", day("%H:%M")),
        ("n,d,HE1,HE2\nA,2024/01/01,1,2\n", day("%H:%M")),
        ("n,d,01:00\nA,2024-01-01,1\n", day("%H:%M")),
    ]
    .map(|(text, table)| refusal(text, table));
    insta::assert_snapshot!(
        shown.join("\n\n"),
        @r#"
    a.csv:1: expected a column "v" of the value in the row of names, found "t", "n", "w"
    help: correct the name in the description, or `header` if this is not the row of names

    a.csv: expected the row of names, with a field for each of "t", and found none
    help: correct `header`, or `time.columns` where it is left out; or state the description for other files

    a.csv:2: expected a time in the format "iso" in the first row, found "01.02.2024 00:00"
    help: correct the description of the table, or state it for the files alone that are written so

    a.csv: the table has no rows
    help: the export was cut short, or there was nothing in this time; remove the file

    a.csv:3: the row of names of another table stands below the first one, with other columns
    help: files were joined, or columns were added: give every table a file of its own

    a.csv:1: the column "Unit" is no time in the format "%H:%M", and described as nothing else
    help: name it under `skip` if it is none of the columns of a day

    a.csv:1: expected columns of a day whose names are times in the format "%H:%M", found "HE1"
    help: correct `day.columns`; or, where names are no times, say `day: {first: "00:15", step: 15m}`

    a.csv:2: expected a time in the format "%Y/%m/%d" in the first row, found "2024-01-01"
    help: correct the description of the table, or state it for the files alone that are written so
    "#
    );
}

#[test]
fn names_beyond_ascii_in_a_column_decide_the_encoding_or_refuse_the_text() {
    let text = encoding_rs::WINDOWS_1252
        .encode("t,n,v\n2024-01-01 00:00,Geb\u{e4}ude,1\n")
        .0;
    let file = FileBytes::in_memory(&text, Path::new("a.csv"));
    let (rule, cancel) = (rule("Europe/Berlin"), &Cancel::default());
    let names = |stated: &StatedReading| {
        let looking = Looking {
            rule: &rule,
            stated,
            cancel,
            sorting: None,
        };
        sniff::reports_in(&file, &mut *file.open().unwrap(), looking)
    };
    let error = names(&stated(long())).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a.csv:2: the names of the points are not in UTF-8"),
        "{error}"
    );
    let told = StatedReading {
        encoding: Some("windows-1252".parse().unwrap()),
        ..stated(long())
    };
    assert_eq!(
        names(&told).unwrap()[0].points[0].id.to_string(),
        "Geb\u{e4}ude"
    );
}

#[test]
fn a_number_whose_own_unit_measures_something_else_than_the_one_beside_it_is_none() {
    let described = DescribedTable {
        units: Some(UnitsPlace::Column("u".to_owned())),
        ..long()
    };
    let text =
        "n,t,v,u\nA,2024-01-01 00:00,7,%\nA,2024-01-01 00:15,52 psi,%\nA,2024-01-01 00:30,52 %,%\n";
    let read = read("UTC", text, described);
    assert_eq!(read[0].2.tally.points[0].unit_mismatch, 1);
    assert_eq!(series(&read)["A"].len(), 2);
}
