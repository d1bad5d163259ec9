//! Wide tables whose columns have words about their values beside them.

use super::super::described::tests::table;
use super::*;

fn described(beside: &str) -> DescribedTable {
    DescribedTable {
        statuses: Some(StatusBeside {
            beside: beside.to_owned(),
            good: vec!["alarm".to_owned(), "good".to_owned()],
            without: vec!["S*".to_owned()],
        }),
        ..table("iso", &["t"])
    }
}

fn read_so(text: &str, table: DescribedTable) -> Result<(Report, Vec<Chunk>, Tally)> {
    let stated = StatedReading {
        table: Some(Box::new(table)),
        ..StatedReading::default()
    };
    let (rule, cancel) = (rule("UTC"), Cancel::default());
    let looking = Looking {
        rule: &rule,
        stated: &stated,
        cancel: &cancel,
        sorting: None,
    };
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let reports = sniff::reports_in(&file, &mut *file.open()?, looking)?;
    let read = read_in_memory::read_all(&file, reports, looking, &ReadOptions::default())?;
    let (report, chunks, outcome) = only(read);
    account(&outcome.tally);
    Ok((report, chunks, outcome.tally))
}

fn names(report: &Report) -> Vec<String> {
    let points = report.points.iter();
    points.map(|point| point.id.to_string()).collect()
}

#[test]
fn a_value_with_another_word_beside_it_is_missing_and_the_word_is_counted() {
    let text = "t,B Status,A,A Status,S,\"B\"\n\
                2024-01-01 00:00,Good,1,good,7,2\n\
                2024-01-01 00:15, BAD ,3,\"Good\",7,4\n\
                2024-01-01 00:30,Alarm,-,Bad,7,NaN\n\
                2024-01-01 00:45,bad,5,\"no, \"\"bad\"\"\",7,1e999\n";
    let (report, chunks, tally) = read_so(text, described("* Status")).unwrap();
    assert_eq!(names(&report), ["A", "S", "B"]);
    assert_eq!(
        show(&chunks),
        [
            "2024-01-01T00:00:00Z 1 7 2",
            "2024-01-01T00:15:00Z 3 7 -",
            "2024-01-01T00:30:00Z - 7 -",
            "2024-01-01T00:45:00Z - 7 -"
        ]
    );
    let said = |point: usize| {
        let point = &tally.points[point];
        format!("{:?} {:?}", point.missing, point.statuses)
    };
    insta::assert_snapshot!([said(0), said(1), said(2)].join("\n"), @r#"
    {"(status)": 2} {"Bad": 1, "no, \"\"bad\"\"": 1}
    {} {}
    {"(status)": 2, "NaN": 1} {"BAD": 1, "bad": 1}
    "#);
    assert_eq!((tally.cells, tally.points[2].not_finite), (12, 0));
}

#[test]
fn a_status_of_one_name_stands_behind_each_value() {
    let text = "t,A,Quality,B (°F),Quality,S\n2024-01-01 00:00,1,Good,32,Bad,7\n2024-01-01 00:15,2,Stale,50,Good,8\n";
    let table = DescribedTable {
        units: Some(UnitsPlace::Brackets),
        ..described("Quality")
    };
    let (report, chunks, tally) = read_so(text, table.clone()).unwrap();
    assert_eq!(names(&report), ["A", "B", "S"]);
    assert_eq!(
        show(&chunks),
        ["2024-01-01T00:00:00Z 1 - 7", "2024-01-01T00:15:00Z - 10 8"]
    );
    assert_eq!(tally.points[0].statuses.get("Stale"), Some(&1));
    // Also where they are told by the names without their units.
    let named = text
        .replacen("Quality", "A Quality", 1)
        .replacen(",Quality", ",B Quality", 1);
    let table = DescribedTable {
        statuses: described("* Quality").statuses,
        ..table
    };
    assert_eq!(show(&read_so(&named, table).unwrap().1), show(&chunks));
}

#[test]
fn a_status_that_is_gone_refuses_the_table() {
    let refusal =
        |text: &str, beside: &str| read_so(text, described(beside)).unwrap_err().to_string();
    let gone = "t,A,A Status,B\n2024-01-01 00:00,1,Good,2\n";
    insta::assert_snapshot!(refusal(gone, "* Status"), @r#"a.csv:1: expected a column "B Status" with words about the values of "B", found none"#);
    let gone = "t,A,B,Quality\n2024-01-01 00:00,1,2,Good\n";
    insta::assert_snapshot!(refusal(gone, "Quality"), @r#"a.csv:1: expected a column "Quality" right behind it with words about the values of "A", found none"#);
    let moved = "t,A,Quality,Quality\n2024-01-01 00:00,1,Good,Good\n";
    insta::assert_snapshot!(refusal(moved, "Quality"), @r#"a.csv:1: the column "Quality[2]" has words about the column before it, as it is described, and that has no values"#);
}

#[test]
fn what_is_stated_of_a_table_holds_too_where_many_cells_of_a_row_are_read_at_a_time() {
    let described = DescribedTable {
        skip: vec!["Note".to_owned()],
        missing: vec!["-9999".to_owned(), "kaputt".to_owned()],
        ..described("* Status")
    };
    let mut text = "t,S1,Note,A,A Status".to_owned();
    (0..30).for_each(|point| text += &format!(",SP{point}"));
    for row in 0..20 {
        text += &format!("\n2024-01-01 {row:02}:00,{row},{row}.5,-{row}.25,");
        text += ["Good", "bad", "\"Bad, so\"", ""][row % 4];
        for point in 0..30 {
            let cell = (row * 31 + point * 7) % 97;
            text += &match cell {
                0 => ",-9999".to_owned(),
                1 => ",kaputt".to_owned(),
                2 => ",\"No Data\"".to_owned(),
                3 => ",ON".to_owned(),
                4 => ",\"-9999.0\"".to_owned(),
                _ => format!(",{point}.{cell}"),
            };
        }
    }
    text += "\n";
    let stated = StatedReading {
        table: Some(Box::new(described)),
        ..StatedReading::default()
    };
    let read = |cells_at_a_time| {
        let options = ReadOptions {
            cells_at_a_time,
            ..ReadOptions::default()
        };
        let name = (Path::new("a.csv"), &stated);
        only(read_bytes_as(text.as_bytes(), name, &rule("UTC"), &options).unwrap())
    };
    let (report, chunks, outcome) = read(CellsAtATime::Many);
    let one = read(CellsAtATime::One);
    assert_eq!(
        format!("{report:?} {chunks:?} {outcome:?}"),
        format!("{:?} {:?} {:?}", one.0, one.1, one.2)
    );
    account(&outcome.tally);
    assert_eq!((report.points.len(), outcome.tally.rows), (32, 20));
    assert_eq!(chunks[0].columns[0][7], 7.0);
    assert_eq!(chunks[0].columns[1][4], -4.25);
    assert!(chunks[0].columns[1][5].is_nan());
    assert_eq!(chunks[0].columns[3][1], 1.38);
    let missing = |kind| {
        let points = outcome.tally.points.iter();
        let counts = points.filter_map(|point| point.missing.get(kind));
        counts.sum::<u64>()
    };
    assert_eq!((missing("(stated)") > 0, missing("(status)")), (true, 15));
}
