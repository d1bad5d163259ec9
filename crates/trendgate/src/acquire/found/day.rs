//! A table with one row a day, and one column for each time of day → how its columns are labelled, and which name its points.

use super::stamp::{Holds, candidates};
use super::time::step_of_day;
use super::wide::FormFound;
use super::words::{Role, plain_word, says};
use super::{DayLabels, FoundDay, FoundForm, FoundUnits, Said, Seen};
use crate::time::{HOUR, MINUTE, Span};
use std::collections::BTreeMap;

/// Fewer columns are no day.
const LEAST: usize = 24;

/// What the columns of a table with a row a day are; `None` where it is none.
pub(super) fn day(seen: &Seen<'_>) -> Option<FormFound> {
    if seen.layout.formats.holds != Holds::Date {
        return None;
    }
    let (first, labels) = labels(seen)?;
    let before: Vec<usize> = seen.others().filter(|place| *place < first).collect();
    let unit = before.iter().copied().find(|place| {
        let counts = &seen.counts[*place];
        says(Role::Unit, seen.name(*place)) && counts.numbers == 0
            || counts.units > 0 && counts.units == counts.all()
    });
    let is_name = |place: &&usize| {
        let counts = &seen.counts[**place];
        Some(**place) != unit
            && !counts.counts_rows
            && (counts.is_text()
                || says(Role::Point, seen.name(**place))
                || says(Role::Id, seen.name(**place)))
    };
    let rank = |place: &usize| {
        (
            !seen.counts[*place].is_constant(),
            says(Role::Point, seen.name(*place)),
        )
    };
    let point = before
        .iter()
        .filter(is_name)
        .rev()
        .max_by_key(|place| rank(place));
    let point: Vec<usize> = point.copied().into_iter().collect();
    let name = |place: &usize| seen.name(*place).to_owned();
    let mut points: Vec<String> = match point.first() {
        Some(place) => seen
            .layout
            .rows
            .iter()
            .map(|row| seen.cell(*row, *place).to_owned())
            .collect(),
        None => vec!["value".to_owned()],
    };
    points.sort_unstable();
    points.dedup();
    let units =
        unit.map(|place| Said::proved(FoundUnits::Column(name(&place)), "its cells are units"));
    let form = FoundDay {
        labels,
        point: point.iter().map(name).collect(),
    };
    Some(FormFound {
        form: FoundForm::Day(form),
        skip: Vec::new(),
        points,
        units,
        words: BTreeMap::new(),
    })
}

/// The first of the columns of times of day, and how these are labelled.
fn labels(seen: &Seen<'_>) -> Option<(usize, Said<DayLabels>)> {
    seen.layout.header?;
    let places: Vec<usize> = seen.others().collect();
    let formats = |place: &usize| {
        let all = candidates(seen.name(*place))
            .into_iter()
            .filter(|candidate| candidate.holds == Holds::Time);
        all.map(|candidate| candidate.format).collect::<Vec<_>>()
    };
    let timed: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| !formats(place).is_empty())
        .collect();
    if timed.len() >= LEAST {
        let format = formats(timed.first()?).into_iter().next()?;
        let why = format!(
            "{} columns have times of day as names, from {:?} to {:?}",
            timed.len(),
            seen.name(timed[0]),
            seen.name(*timed.last()?)
        );
        return Some((timed[0], Said::proved(DayLabels::Times(format), why)));
    }
    let are_four = |place: &usize| {
        let name = seen.name(*place);
        name.len() == 4
            && name
                .parse::<u32>()
                .is_ok_and(|time| time / 100 <= 24 && time % 100 < 60)
    };
    let four: Vec<usize> = places.iter().copied().filter(are_four).collect();
    if four.len() >= LEAST {
        let why = format!(
            "{} columns have times of day as names, from {:?} to {:?}",
            four.len(),
            seen.name(four[0]),
            seen.name(*four.last()?)
        );
        return Some((
            four[0],
            Said::proved(DayLabels::Times("%H%M".to_owned()), why),
        ));
    }
    let numbered: Vec<(usize, u32)> = places
        .iter()
        .filter_map(|place| Some((*place, number_of(seen.name(*place))?)))
        .collect();
    let run = numbered
        .windows(2)
        .filter(|pair| pair[1].1 == pair[0].1 + 1)
        .count()
        + 1;
    if numbered.len() < LEAST || run < numbered.len() {
        return None;
    }
    let step = step_of_day(numbered.len())?;
    let (place, number) = numbered[0];
    let is_end = number == 1;
    let first = if is_end { step } else { Span::ZERO };
    let minutes = first.nanos() / MINUTE.nanos();
    let first = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let labels = DayLabels::Steps { first, step };
    let names = format!(
        "{:?} to {:?}",
        seen.name(place),
        seen.name(numbered.last()?.0)
    );
    let is_said = seen.name(place).to_uppercase().starts_with("HE");
    let why = format!(
        "{} columns from {names} are a day of steps of {step}",
        numbered.len()
    );
    Some((
        place,
        match is_said || !is_end {
            true => Said::proved(labels, why),
            false => Said::check(
                labels,
                format!(
                    "{why}; the first is taken for the one that ends at {}, as such exports have it",
                    if step == HOUR { "01:00" } else { "its step" }
                ),
            ),
        },
    ))
}

/// The number in a name such as `HE01`, `Hour 1`, `Interval 1`, `H1`, `1`.
fn number_of(name: &str) -> Option<u32> {
    const WORDS: [&str; 15] = [
        "", "he", "h", "hr", "hh", "hour", "interval", "int", "i", "p", "period", "kwh", "val",
        "value", "q",
    ];
    let word = plain_word(name);
    let digits = word.len()
        - word
            .trim_start_matches(|letter: char| !letter.is_ascii_digit())
            .len();
    let (before, number) = word.split_at(digits);
    WORDS
        .contains(&before)
        .then(|| number.parse().ok())
        .flatten()
}

/// Whether columns that are labelled so are for the time before their label.
pub(super) fn labels_are_ends(labels: &DayLabels, names: &[String]) -> bool {
    match labels {
        DayLabels::Steps { first, .. } => first != "00:00",
        DayLabels::Times(_) => {
            let is_one_of =
                |name: &String, all: &[&str]| all.iter().any(|begin| name.starts_with(begin));
            names.iter().any(|name| is_one_of(name, &["24:00", "2400"]))
                || !names.iter().any(|name| {
                    is_one_of(name, &["0:00", "00:00", "0000", "12:00 AM", "12:00:00 AM"])
                })
        }
    }
}
