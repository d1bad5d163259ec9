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
