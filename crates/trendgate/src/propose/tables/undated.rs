//! The name of a file or sheet → what it says of its source: the name without dates, and nothing where it has only words for exports.

use crate::acquire::is_calendar_word;

/// Words that say what a file is, and not of what it is.
const GENERIC: [&str; 33] = [
    "export", "exports", "data", "daten", "report", "reports", "trend", "trends", "log", "logs",
    "history", "hist", "file", "part", "page", "sheet", "tabelle", "feuil", "hoja", "foglio",
    "table", "csv", "download", "week", "day", "month", "year", "values", "readings", "new",
    "copy", "to", "bis",
];

/// What the name of a text says of its source; empty where that is nothing.
pub(in super::super) fn undated(name: &str) -> String {
    let parts: Vec<(usize, &str)> = parts(name);
    let is_date: Vec<bool> = dates(&parts);
    let mut kept = String::new();
    let mut end = 0;
    for ((at, part), is_date) in parts.iter().zip(is_date) {
        if !is_date {
            if !kept.is_empty() {
                kept.push_str(&name[end..*at]);
            }
            kept.push_str(part);
        }
        end = at + part.len();
    }
    let says_nothing = kept
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .all(|word| GENERIC.contains(&&*word.to_lowercase()));
    let has_word = kept.chars().any(char::is_alphabetic);
    match says_nothing && has_word {
        true => String::new(),
        false => kept,
    }
}

/// The runs of letters, and of digits, with where they begin.
fn parts(name: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = None;
    let kind = |letter: char| (letter.is_alphabetic(), letter.is_ascii_digit());
    let mut before = (false, false);
    for (at, letter) in name.char_indices() {
        let here = kind(letter);
        if here != before {
            if let Some(start) = start.take() {
                parts.push((start, &name[start..at]));
            }
            start = (here != (false, false)).then_some(at);
        }
        before = here;
    }
    parts.extend(start.map(|start| (start, &name[start..])));
    parts
}

/// Which parts are of dates: a year with what follows or goes before it, a day in eight digits, the name of a month.
fn dates(parts: &[(usize, &str)]) -> Vec<bool> {
    let is_number = |at: usize| {
        parts
            .get(at)
            .is_some_and(|(_, part)| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut dates: Vec<bool> = (parts.iter())
        .map(|(_, part)| is_of_date(part) || is_calendar_word(part) && part.chars().count() >= 3)
        .collect();
    let short = |at: usize| is_number(at) && parts[at].1.len() <= 2;
    // 05-01-2024
    for at in 0..parts.len() {
        for before in [1, 2] {
            let is_behind = at >= before && (1..=before).all(|back| short(at - back));
            if is_behind && is_year(parts[at].1) {
                dates[at - before] = true;
            }
        }
    }
    // 01.02.24
    for at in 0..parts.len().saturating_sub(2) {
        if (at..at + 3).all(|at| short(at) && parts[at].1.len() == 2) {
            dates[at..at + 3].fill(true);
        }
    }
    // 2024-01-05
    for at in 1..parts.len() {
        dates[at] |= dates[at - 1] && short(at);
    }
    dates
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && is_of_date(part)
}

/// Whether digits begin with a year of these times, and have as many as dates have.
fn is_of_date(part: &str) -> bool {
    let is_year = part.starts_with("19") || part.starts_with("20");
    part.bytes().all(|byte| byte.is_ascii_digit())
        && is_year
        && matches!(part.len(), 4 | 6 | 8 | 10 | 12 | 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_name_is_of_what_the_file_is() {
        for (name, left) in [
            ("Kitchen_2024-01", "Kitchen"),
            ("plant_2024-01", "plant"),
            ("AHU-1", "AHU-1"),
            ("2024-01", ""),
            ("export_1", ""),
            ("20250105 trend (2)", ""),
            ("meter_10023", "meter_10023"),
            ("Jan 2024", ""),
            ("RTU_7 05.01.2024", "RTU_7"),
            ("Sheet2", ""),
            ("北棟_202401", "北棟"),
        ] {
            assert_eq!(undated(name), left, "{name}");
        }
    }
}
