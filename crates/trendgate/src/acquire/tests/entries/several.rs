//! Tables with several values a row, each of a point of its own, that are described.

use super::tables::long;
use super::*;

/// The time in `t`, what names the points of a row in `n`, values in all other columns.
fn several() -> DescribedTable {
    DescribedTable {
        entries: Some(EntryTable::Long(LongTable {
            value: String::new(),
            status: None,
        })),
        values: vec!["*".to_owned()],
        ..long()
    }
}

fn read(zone: &str, text: &str, table: DescribedTable) -> Vec<(Report, Vec<Chunk>, ReadOutcome)> {
    let stated = StatedReading {
        table: Some(Box::new(table)),
        ..StatedReading::default()
    };
    read_named("a.csv", text, zone, stated).unwrap()
}

fn refusal(text: &str, table: DescribedTable) -> String {
    let stated = StatedReading {
        table: Some(Box::new(table)),
        ..StatedReading::default()
    };
    let error = read_named("a.csv", text, "UTC", stated).unwrap_err();
    format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-"))
}

/// The last value of each point.
fn last(read: &[(Report, Vec<Chunk>, ReadOutcome)]) -> Vec<String> {
    let all = series(read).into_iter();
    all.map(|(name, values)| format!("{name} {}", values.last().map_or("-", |value| &value[21..])))
        .collect()
}

#[test]
fn a_point_is_what_the_row_is_of_and_the_name_of_the_column() {
    let text = "n,t,x,air (°F),grid,note\n7,2024-01-01 00:00,0,32,1,a\n8,2024-01-01 00:00,0,50,2,b\n7,2024-01-01 00:15,0,,3,c\n";
    let described = DescribedTable {
        units: Some(UnitsPlace::Brackets),
        skip: vec!["note".to_owned(), "8/grid".to_owned(), "x".to_owned()],
        prefix: "G:".to_owned(),
        ..several()
    };
    let read = read("UTC", text, described);
    assert_eq!(last(&read), ["G:7/air 0", "G:7/grid 3", "G:8/air 10"]);
    let tally = &read[0].2.tally;
    assert_eq!((tally.cells, tally.rejected_rows), (5, 0));
    assert_eq!(tally.points[0].missing.get("(empty)"), Some(&1));
}

#[test]
fn a_point_may_be_named_by_as_many_columns_as_a_description_takes() {
    let columns: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
    let described = DescribedTable {
        names: PointNames::Columns {
            columns,
            join: ".".to_owned(),
        },
        ..several()
    };
    let text = "a,b,c,d,e,f,t,v\n1,2,3,4,5,6,2024-01-01 00:00,7\n";
    assert_eq!(last(&read("UTC", text, described)), ["1.2.3.4.5.6.v 7"]);
}

#[test]
fn units_stand_below_the_names_or_in_a_column() {
    let below = DescribedTable {
        units: Some(UnitsPlace::Below),
        ..several()
    };
    let text =
        "n,t,T,P\n,,°F,lx?\nA,2024-01-01 00:00,32,5\nn,t,T,P\n,,°F,lx?\nA,2024-01-01 00:15,50,6\n";
    let read_below = read("UTC", text, below);
    assert_eq!(last(&read_below), ["A/P 6", "A/T 10"]);
    let tally = &read_below[0].2.tally;
    assert_eq!((tally.cells, tally.furniture), (4, 2));
    assert_eq!(tally.points[1].unknown_units.get("lx?"), Some(&2));
    let beside = DescribedTable {
        units: Some(UnitsPlace::Column("u".to_owned())),
        ..several()
    };
    let text = "n,t,u,low,high\nA,2024-01-01 00:00,°F,32,50\n";
    assert_eq!(last(&read("UTC", text, beside)), ["A/high 10", "A/low 0"]);
}

#[test]
fn words_about_values_are_of_the_row_or_of_each_value() {
    let text = "n,t,T,T q,P,P q,q\nA,2024-01-01 00:00,1,ok,2,ok,ok\nA,2024-01-01 00:15,3,bad,4,OK,ok\nA,2024-01-01 00:30,5,ok,6,ok,Off\n";
    let described = DescribedTable {
        entries: Some(EntryTable::Long(LongTable {
            value: String::new(),
            status: Some(StatusColumn {
                column: "q".to_owned(),
                good: vec!["ok".to_owned()],
            }),
        })),
        statuses: Some(StatusBeside {
            beside: "* q".to_owned(),
            good: vec!["ok".to_owned()],
            without: Vec::new(),
        }),
        ..several()
    };
    let read = read("UTC", text, described);
    assert_eq!(last(&read), ["A/P 4", "A/T 1"]);
    let tally = &read[0].2.tally;
    let said = |point: usize| format!("{:?}", tally.points[point].statuses);
    assert_eq!(
        [said(0), said(1)],
        [r#"{"Off": 1, "bad": 1}"#, r#"{"Off": 1}"#]
    );
}

#[test]
fn rows_of_another_shape_and_of_no_point_are_rejected_with_all_their_values() {
    let text = "n,t,T,P\nA,2024-01-01 00:00,1,2\nA,2024-01-01 00:15,3\n,2024-01-01 00:30,4,5\nA,never,6,7\nn,t,T,P\nA,2024-01-01 00:45,8,9";
    let read = read("UTC", text, several());
    let tally = &read[0].2.tally;
    assert_eq!(
        (
            tally.cells,
            tally.rejected_cells,
            tally.rejected_rows,
            tally.furniture
        ),
        (10, 8, 4, 1)
    );
}

#[test]
fn columns_that_are_not_as_described_are_named() {
    let text = "n,t,T,P\nA,2024-01-01 00:00,1,2\n";
    let values = |names: &[&str]| DescribedTable {
        values: names.iter().map(ToString::to_string).collect(),
        ..several()
    };
    insta::assert_snapshot!(refusal(text, values(&["air*"])), @r#"
    a.csv:1: expected columns of values such as "air*", and found none that is not described as something else, or skipped
    help: correct `value.columns`
    "#);
    let statuses = DescribedTable {
        statuses: Some(StatusBeside {
            beside: "* q".to_owned(),
            good: vec!["ok".to_owned()],
            without: vec!["P".to_owned()],
        }),
        ..several()
    };
    insta::assert_snapshot!(refusal(text, statuses), @r#"
    a.csv:1: expected a column "T q" with words about the values of "T", found none
    help: name the column under `value.status.without` if nothing is said about its values, or under `skip`
    "#);
}

#[test]
fn what_the_ends_of_a_long_text_do_not_tell_is_found_when_it_is_read() {
    let start = jiff::civil::date(2024, 5, 1).at(0, 0, 0, 0);
    let mut text = "t,n,P,T,x\n".to_owned();
    for minute in 0..3000_i64 {
        let time = start + jiff::SignedDuration::from_mins(minute);
        let devices: &[&str] = match minute {
            1500 => &["1", "2", "3"],
            _ => &["1", "2"],
        };
        for device in devices {
            text += &format!(
                "{time},{device},{},{minute}.5,{}\n",
                minute % 60,
                ".".repeat(60)
            );
        }
    }
    let described = DescribedTable {
        interval: Some(MINUTE),
        skip: vec!["x".to_owned()],
        ..several()
    };
    let read = read("UTC", &text, described);
    assert_eq!(
        last(&read),
        [
            "1/P 59",
            "1/T 2999.5",
            "2/P 59",
            "2/T 2999.5",
            "3/P 0",
            "3/T 1500.5"
        ]
    );
    assert_eq!(read[0].2.tally.cells, 2 * 6001);
}

/// Rows of a random plant: minutes from a day on, the device, and its cells.
fn plant() -> impl Strategy<Value = Vec<(i64, usize, [Option<u32>; 2])>> {
    let cell = || prop::option::weighted(0.9, 0..9_u32);
    let row = (0..400_i64, 0..3_usize, [cell(), cell()]);
    prop::collection::vec(row, 1..80)
}

proptest! {
    #[test]
    fn several_values_a_row_are_what_they_are_as_one_value_a_row_in_any_order(plant in plant()) {
        let at = |minute: &i64| {
            let start = jiff::civil::date(2025, 10, 25).at(22, 0, 0, 0);
            start + jiff::SignedDuration::from_mins(*minute)
        };
        let cell = |cell: &Option<u32>| cell.map_or_else(String::new, |cell| cell.to_string());
        // A row of each device and time, in the order of the plant.
        let mut known = std::collections::BTreeSet::new();
        let rows: Vec<_> = plant.iter().filter(|(minute, device, _)| known.insert((*minute, *device))).collect();
        let (mut one, mut other) = ("t,n,v\n".to_owned(), "n,P,t,T\n".to_owned());
        for (minute, device, cells) in rows {
            let (time, [p, t]) = (at(minute), cells);
            one += &format!("{time},{device}/P,{}\n{time},{device}/T,{}\n", cell(p), cell(t));
            other += &format!("{device},{},{time},{}\n", cell(p), cell(t));
        }
        let (one, other) = (read("UTC", &one, long()), read("UTC", &other, several()));
        prop_assert_eq!(series(&one), series(&other));
        prop_assert_eq!(one[0].2.tally.cells, other[0].2.tally.cells);
        prop_assert_eq!(one[0].0.range, other[0].0.range);
    }
}
