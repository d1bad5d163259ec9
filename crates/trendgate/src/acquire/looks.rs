//! The beginning of a text that no dialect knows → what it looks like to a person, for the message that refuses it. Nothing is read by it.

use super::dates::{is_date, time_of_day};
use super::fields::{fields, is_blank, without_end};
use super::text::lossy;
use crate::model::plain_name;

/// Lines at the beginning that are looked at.
const LINES: usize = 24;
/// Rows that have to be alike.
const ROWS: usize = 3;
/// Columns that are looked at for the time.
const TIME_COLUMNS: usize = 4;

/// What a text with commas and line feeds looks like, and how its description begins.
pub(super) struct LooksLike {
    pub(super) like: String,
    pub(super) described: String,
}

/// What `text` looks like; `None` where it looks like nothing that can be described.
pub(super) fn looks(text: &str) -> Option<LooksLike> {
    let lines: Vec<Vec<String>> = (text.lines())
        .filter(|line| !is_blank(line.as_bytes()))
        .take(LINES)
        .map(|line| {
            fields(without_end(line.as_bytes()))
                .map(|field| plain_name(&lossy(field)))
                .collect()
        })
        .collect();
    let mut tables = lines.windows(ROWS + 1);
    tables.find_map(|window| {
        let (names, rows) = window.split_first()?;
        table(names, rows)
    })
}

/// What a row of names and the rows below it look like.
fn table(names: &[String], rows: &[Vec<String>]) -> Option<LooksLike> {
    let width = names.len();
    let are_alike = width > 1 && rows.iter().all(|row| row.len() == width);
    let is_named = names
        .iter()
        .any(|name| name.chars().any(char::is_alphabetic));
    if !are_alike || !is_named {
        return None;
    }
    let all = |place: usize, is: fn(&str) -> bool| rows.iter().all(|row| is(&row[place]));
    let one = |place: &usize| all(*place, is_stamp);
    let two = |place: &usize| {
        place + 1 < width
            && all(*place, |text| is_date(text.as_bytes()))
            && all(place + 1, |text| time_of_day(text.as_bytes()).is_some())
    };
    let mut places = 0..width.min(TIME_COLUMNS);
    let (first, columns) = match places.clone().find(one) {
        Some(place) => (place, vec![&names[place]]),
        None => {
            let place = places.find(two)?;
            (place, vec![&names[place], &names[place + 1]])
        }
    };
    let is_value = |place: &usize| {
        all(*place, |text| {
            text.is_empty()
                || text
                    .trim_start_matches('-')
                    .starts_with(|first: char| first.is_ascii_digit())
        })
    };
    let points = (first + columns.len()..width).filter(is_value).count();
    if points == 0 {
        return None;
    }
    let listed: Vec<String> = columns.iter().map(|name| format!("{name:?}")).collect();
    let shown = rows[0][first..first + columns.len()].join(" ");
    let time = |row: &Vec<String>| row[first..first + columns.len()].join(" ");
    if rows.windows(2).any(|pair| time(&pair[0]) == time(&pair[1])) {
        return Some(LooksLike {
            like: format!(
                "looks like a table with several rows of one time: time in {} ({shown})",
                listed.join(" and ")
            ),
            described:
                "such tables are not read yet: export the points side by side, a column for each"
                    .to_owned(),
        });
    }
    let plural = if points == 1 { "" } else { "s" };
    Some(LooksLike {
        like: format!(
            "looks like a wide table: time in {} ({shown}), {points} point{plural}",
            listed.join(" and ")
        ),
        described: format!(
            "describe it in cleaner.sources: `{{match: \"*.csv\", table: wide, time: {{columns: [{}], format: …}}}}`, the format being how {shown:?} is written, such as \"%m/%d/%Y %H:%M\"",
            listed.join(", ")
        ),
    })
}

/// Whether a text is a date with a time behind it, or a number of seconds or milliseconds of these years.
fn is_stamp(text: &str) -> bool {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    if matches!(whole.len(), 10 | 13) && whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    text.match_indices([' ', 'T']).any(|(at, _)| {
        let (date, time) = (&text[..at], &text[at + 1..]);
        is_date(date.as_bytes()) && time_of_day(time.as_bytes()).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_known_by_a_time_and_numbers_below_a_row_of_names() {
        let like = |text: &str| looks(text).map(|looks| looks.like);
        let rows = |date: &[&str]| {
            date.iter()
                .map(|date| format!("{date},1.5,,on\n"))
                .collect::<String>()
        };
        let one = rows(&["4/3/2019 23:50", "4/3/2019 23:55", "4/4/2019 0:00"]);
        insta::assert_snapshot!(like(&format!("A title\n\nDatetime,A,B,C\n{one}")).unwrap(), @r#"looks like a wide table: time in "Datetime" (4/3/2019 23:50), 2 points"#);
        let two = rows(&["4/3/2019,23:50", "4/3/2019,23:55", "4/4/2019,0:00"]);
        insta::assert_snapshot!(like(&format!("Date,Time,A,B,C\n{two}")).unwrap(), @r#"looks like a wide table: time in "Date" and "Time" (4/3/2019 23:50), 2 points"#);
        let epoch = rows(&["1735689600", "1735690500", "1735691400"]);
        insta::assert_snapshot!(looks(&format!("t,A,B,C\n{epoch}")).unwrap().described, @r#"describe it in cleaner.sources: `{match: "*.csv", table: wide, time: {columns: ["t"], format: …}}`, the format being how "1735689600" is written, such as "%m/%d/%Y %H:%M""#);
        let long = rows(&["4/3/2019 23:50,A", "4/3/2019 23:50,B", "4/3/2019 23:55,A"]);
        insta::assert_snapshot!(like(&format!("Time,Point,Value,Unit,Status\n{long}")).unwrap(), @r#"looks like a table with several rows of one time: time in "Time" (4/3/2019 23:50)"#);
        for text in [
            "",
            "a,b\n1,2\n3,4\n5,6\n",
            "just\nsome\nlines\nof text\n",
            &one,
        ] {
            assert_eq!(like(text), None, "{text}");
        }
    }
}
