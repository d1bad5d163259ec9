//! What a text looks like that no dialect knows and nothing describes, for the message that refuses it.

use super::layout::TableLayout;
use super::sample::Sample;
use super::{FoundForm, FoundValues, NoTable, find, no_table};
use crate::acquire::separators::Separators;

/// Words that describe a text, and what to do about it.
pub(in super::super) struct LooksLike {
    pub(in super::super) like: String,
    pub(in super::super) described: String,
}

/// How near a text that looks like nothing that can be described comes to a table.
pub(in super::super) fn near(head: &[u8]) -> LooksLike {
    let times = Separators::candidates(head, None).find_map(|separators| {
        let sample = Sample::of(&separators.rewritten(head), &[]);
        let layout = TableLayout::of(&sample)?;
        let names = layout.time.iter().map(|place| {
            layout
                .names
                .get(*place)
                .map_or_else(|| "\"\"".to_owned(), |name| format!("{name:?}"))
        });
        Some(names.collect::<Vec<_>>().join(" and "))
    });
    LooksLike {
        like: match times {
            Some(columns) => format!("has times in {columns}, and beside them no column that can be a point"),
            None => "has no column of times by which it would be a table".to_owned(),
        },
        described: "remove the file, or set batch.input_pattern so that it is not taken for a report; if it is an export, `trendgate init FILE` begins a configuration, and cleaner.sources can describe it".to_owned(),
    }
}

/// What a text that begins with `head` looks like; `None` where it looks like nothing that can be described.
pub(in super::super) fn looks(head: &[u8]) -> Option<LooksLike> {
    let Some(table) = find(head, &[], (None, false)) else {
        return Some(match no_table(head)? {
            NoTable::Events => LooksLike {
                like: "looks like a list of alarms or of changes by people, and no trend".to_owned(),
                described: "leave it out".to_owned(),
            },
            NoTable::Contradictions { time, point } => LooksLike {
                like: format!(
                    "looks like a table whose rows say several things of {point:?} at one time, such as {time}: no column is known that says the time of day, or which point a row is of"
                ),
                described: "export the whole time in one column, or in one of the date and one of the time of day such as 23:45; where rows are of several points, one value a row with its name".to_owned(),
            },
        });
    };
    let time = format!(
        "time in {} ({})",
        quoted(&table.time.columns),
        table.time.shown
    );
    let plural = |number: usize| if number == 1 { "" } else { "s" };
    let points = table.points.len();
    let points = format!("{points} point{}", plural(points));
    let like = match &table.form {
        FoundForm::Wide => format!("looks like a wide table: {time}, {points}"),
        FoundForm::Long(long) => match &long.value.what {
            FoundValues::Column(value) => format!(
                "looks like a table with one value a row: {time}, value in {value:?}, {points}"
            ),
            FoundValues::Columns(_) => format!(
                "looks like a table with several values a row: {time}, told apart by {}, {points}",
                quoted(&long.point.what)
            ),
        },
        FoundForm::Day(_) => format!("looks like a table with one day a row: {time}, {points}"),
    };
    Some(LooksLike {
        like,
        described: "`trendgate init FILE` writes its description, for cleaner.sources".to_owned(),
    })
}

fn quoted(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| format!("{name:?}")).collect();
    columns.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_known_by_a_time_and_numbers() {
        let like = |text: &str| looks(text.as_bytes()).map(|looks| looks.like);
        let rows = |date: &[&str]| {
            date.iter()
                .map(|date| format!("{date},1.5,,on\n"))
                .collect::<String>()
        };
        let one = rows(&["4/3/2019 23:50", "4/3/2019 23:55", "4/4/2019 0:00"]);
        insta::assert_snapshot!(like(&format!("A title\n\nDatetime,A,B,C\n{one}")).unwrap(), @r#"looks like a wide table: time in "Datetime" (4/3/2019 23:50), 3 points"#);
        let two = rows(&["4/3/2019,23:50", "4/3/2019,23:55", "4/4/2019,0:00"]);
        insta::assert_snapshot!(like(&format!("Date,Time,A,B,C\n{two}")).unwrap(), @r#"looks like a wide table: time in "Date" and "Time" (4/3/2019 23:50), 3 points"#);
        let long = "Time,Point,Value\n4/3/2019 23:50,A,1.5\n4/3/2019 23:50,B,2.5\n4/3/2019 23:55,A,1.6\n4/3/2019 23:55,B,2.6\n";
        insta::assert_snapshot!(like(long).unwrap(), @r#"looks like a table with one value a row: time in "Time" (4/3/2019 23:50), value in "Value", 2 points"#);
        let several = "time,site,t,h\n2024-01-01 00:00,a1,1.5,2\n2024-01-01 00:00,a2,2.5,2\n2024-01-01 01:00,a1,1.5,2\n2024-01-01 01:00,a2,2.5,2\n";
        insta::assert_snapshot!(like(several).unwrap(), @r#"looks like a table with several values a row: time in "time" (2024-01-01 00:00), told apart by "site", 4 points"#);
        let periods: String = (1..=48)
            .map(|period| format!("2024-01-01,{period},{period}.5\n"))
            .collect();
        insta::assert_snapshot!(like(&format!("Settlement Date,Settlement Period,Demand\n{periods}")).unwrap(), @r#"looks like a table whose rows say several things of "Settlement Period" at one time, such as 2024-01-01: no column is known that says the time of day, or which point a row is of"#);
        for text in ["", "a,b\n1,2\n3,4\n5,6\n", "just\nsome\nlines\nof text\n"] {
            assert_eq!(like(text), None, "{text}");
        }
    }
}
