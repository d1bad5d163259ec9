//! A table with one row a time → which columns are its points, and which are none.

use super::column::{ColumnCells, is_like_value};
use super::long::{MOST_CONTRADICTIONS, contradictions, is_of_the_row};
use super::statuses::{is_good, is_stand_in};
use super::statuses_beside::StatusesFound;
use super::words::{ColumnRole, is_calendar_word, is_truth, says};
use super::{FoundBeside, FoundFact, FoundForm, FoundUnits, FoundWhy, SeenTable};
use crate::model::Unit;
use std::collections::{BTreeMap, BTreeSet};

/// What a form of table makes of the columns.
pub(super) struct FormFound {
    pub(super) form: FoundForm,
    /// What is no point.
    pub(super) skip: Vec<FoundFact<String>>,
    pub(super) points: Vec<String>,
    pub(super) units: Option<FoundFact<FoundUnits>>,
    /// The columns with words about values, where each stands beside the one that it is about.
    pub(super) statuses: Option<FoundFact<FoundBeside>>,
    /// The words of points whose cells are a few words.
    pub(super) words: BTreeMap<String, Vec<String>>,
}

/// What the columns of a wide table are; `None` where no column has values, or rows hold several points with several values.
pub(super) fn wide(seen: &SeenTable<'_>) -> Option<FormFound> {
    if ids(seen).is_some() {
        return None;
    }
    let others: Vec<usize> = seen.others().collect();
    let beside = StatusesFound::of(seen, &others);
    let is_status = |place: &usize| beside.as_ref().is_some_and(|found| found.have(*place));
    let others: Vec<usize> = others
        .into_iter()
        .filter(|place| !is_status(place))
        .collect();
    let (places, skip) = points_among(seen, &others)?;
    let points: Vec<String> = places
        .iter()
        .map(|place| seen.name(*place).to_owned())
        .collect();
    Some(FormFound {
        form: FoundForm::Wide,
        skip,
        words: state_words(seen, &places),
        units: units(seen, &points),
        points,
        statuses: beside.map(|found| found.about(seen, &places)),
    })
}

/// Which of the columns are points, and what the others are; `None` where none has values.
pub(super) fn points_among(
    seen: &SeenTable<'_>,
    others: &[usize],
) -> Option<(Vec<usize>, Vec<FoundFact<String>>)> {
    let mut skip: Vec<FoundFact<String>> = Vec::new();
    let mut points = Vec::new();
    for place in others.iter().copied() {
        match no_point(seen, place) {
            Some(why) => {
                let name = pattern(seen.name(place));
                match skip.iter_mut().find(|said| said.what == name) {
                    Some(said) => said.why = said.why.clone().max(why),
                    None => skip.push(FoundFact { what: name, why }),
                }
            }
            None => points.push(place),
        }
    }
    let has_values = others.iter().any(|place| {
        !seen.counts[*place].has_no_values()
            && !skip
                .iter()
                .any(|said| said.what == pattern(seen.name(*place)))
    });
    has_values.then_some((points, skip))
}

/// The words of those of these columns whose cells are a few words.
pub(super) fn state_words(seen: &SeenTable<'_>, points: &[usize]) -> BTreeMap<String, Vec<String>> {
    let words = points.iter().filter_map(|place| {
        let words = seen.counts[*place].state_words()?;
        Some((seen.name(*place).to_owned(), words))
    });
    words.collect()
}

/// The column that says which of several points a row is of, each with several values.
pub(super) fn ids(seen: &SeenTable<'_>) -> Option<usize> {
    let rows = seen.layout.rows.len();
    let repeats =
        seen.steps.same * 5 > rows || seen.steps.back * 20 > rows || contradicts_itself(seen);
    let mut others = (seen.others()).filter(|place| !seen.layout.other_times.contains(place));
    others.find(|place| {
        let counts = &seen.counts[*place];
        let comes_again = counts.different.len() * 2 <= rows && !counts.is_constant();
        let is_text = repeats && counts.is_text() && !is_of_the_row(seen, *place);
        // A number of a device, without a word for it: with it no time stands twice.
        let is_number = || {
            let are_whole = (counts.different.iter()).all(|cell| cell.parse::<u64>().is_ok());
            repeats
                && are_whole
                && !count_up(&counts.different)
                && contradictions(seen, &[*place]) == 0
        };
        comes_again && (is_text || is_number()) || tells_points_apart(seen, *place)
    })
}

/// Whether numbers are those from one to some dozen, as those of the intervals of a day are.
fn count_up(cells: &BTreeSet<String>) -> bool {
    let numbers: BTreeSet<u64> = cells.iter().filter_map(|cell| cell.parse().ok()).collect();
    let (first, last) = (numbers.first().copied(), numbers.last().copied());
    let (Some(first @ 0..=1), Some(last)) = (first, last) else {
        return false;
    };
    numbers.len() >= 12 && last - first + 1 == numbers.len() as u64
}

/// Whether several rows have one time and different values.
fn contradicts_itself(seen: &SeenTable<'_>) -> bool {
    contradictions(seen, &[]) * MOST_CONTRADICTIONS > seen.layout.rows.len()
}

/// Numbers that devices write where they have no value.
const SENTINELS: [&str; 12] = [
    "-9999", "-999", "-99999", "-999999", "-99", "-32768", "9999", "99999", "999999", "65535",
    "32767", "-9999.0",
];

/// Words that stand among numbers, few of them, where the program knows none of them: they mean that there is no value.
pub(super) fn missing_words(counts: &[&ColumnCells]) -> Vec<FoundFact<String>> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for counts in counts {
        let is_rare =
            counts.texts * 2 <= counts.numbers && counts.words.len() <= 3 && !counts.has_more_words;
        // A unit, or a number in another spelling, is no such word.
        let plain = counts
            .words
            .iter()
            .filter(|(word, _)| !word.bytes().any(|byte| byte.is_ascii_digit()));
        for (word, count) in plain.filter(|_| is_rare) {
            *found.entry(word).or_default() += count;
        }
    }
    let often = found.into_iter().filter(|(_, count)| *count >= 2);
    often
        .map(|(word, count)| {
            let why = format!("{word:?} stands in the place of {count} numbers of the sample, and is taken for no value");
            FoundFact::check(word.to_owned(), why)
        })
        .collect()
}

/// The numbers that seem to mean that there is no value: they are far from all others of their column.
pub(super) fn sentinels(columns: &[Vec<&str>]) -> Vec<FoundFact<String>> {
    let mut found: Vec<FoundFact<String>> = Vec::new();
    for cells in columns {
        let numbers = || {
            cells
                .iter()
                .filter_map(|cell| Some((*cell, cell.parse::<f64>().ok()?)))
        };
        let is_sentinel = |number: f64| SENTINELS.iter().any(|known| known.parse() == Ok(number));
        let others = || {
            numbers()
                .map(|(_, number)| number)
                .filter(|number| !is_sentinel(*number))
        };
        let (low, high) = others().fold((f64::MAX, f64::MIN), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        for (cell, number) in numbers().filter(|(_, number)| is_sentinel(*number)) {
            let is_far = low.abs().max(high.abs()) * 4.0 < number.abs() && low <= high;
            if is_far && !found.iter().any(|said| said.what == cell) {
                let again = numbers()
                    .filter(|(_, other)| other.total_cmp(&number).is_eq())
                    .count();
                let why = format!(
                    "{cell} stands {again} times among numbers from {low} to {high}, as devices write that have no value"
                );
                let is_plain = again >= 3 && low.abs().max(high.abs()) * 20.0 < number.abs();
                found.push(match is_plain {
                    true => FoundFact::proved(cell.to_owned(), why),
                    false => FoundFact::check(cell.to_owned(), why),
                });
            }
        }
    }
    found
}

/// Whether a column says which of several points a row is of, as far as its name and cells show: an id that comes again and differs.
pub(super) fn tells_points_apart(seen: &SeenTable<'_>, place: usize) -> bool {
    let (name, counts) = (seen.name(place), &seen.counts[place]);
    let rows = seen.layout.rows.len();
    let comes_again = !seen.layout.other_times.contains(&place)
        && !counts.is_constant()
        && counts.different.len() * 3 <= rows.max(6)
        && !counts.counts_rows;
    let are_ids = || {
        counts.is_text()
            && counts
                .words
                .keys()
                .all(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
            // A state with its number.
            && !counts.words.keys().all(|word| word.ends_with(')'))
    };
    let is_named = says(ColumnRole::Point, name) || says(ColumnRole::Id, name);
    let is_whole = counts
        .different
        .iter()
        .all(|cell| !cell.contains(['.', ',']));
    comes_again
        && (is_named && (counts.is_text() || is_whole && counts.states == 0) || are_ids())
        && !is_of_the_row(seen, place)
}

/// A name as a pattern that only it matches.
fn pattern(name: &str) -> String {
    name.replace('*', "?")
}

/// Why a column is no point; `None` for one that is.
fn no_point(seen: &SeenTable<'_>, place: usize) -> Option<FoundWhy> {
    let (name, counts) = (seen.name(place), &seen.counts[place]);
    let proved = |why: &str| Some(FoundWhy::Proved(why.to_owned()));
    if let Some(axis) = seen.layout.second_axis
        && place >= axis
        && !name.is_empty()
    {
        let time = seen.name(axis);
        return Some(FoundWhy::Check(format!(
            "from {time:?} on a second table stands at the side, whose times are others: it is not read; export it to a file of its own"
        )));
    }
    if name.is_empty() {
        return match counts.has_no_values() || counts.counts_rows {
            true => proved("without a name, and without values or with the number of the row"),
            false => Some(FoundWhy::Check(
                "a column without a name cannot be a point; it has values, which are not read"
                    .to_owned(),
            )),
        };
    }
    if seen.layout.other_times.contains(&place) {
        return proved("a time, too");
    }
    if is_truth(name) {
        return proved("its name says that it was found out by hand");
    }
    if counts.counts_rows && (says(ColumnRole::Record, name) || says(ColumnRole::Id, name)) {
        return proved("counts the rows");
    }
    if counts.is_constant() && says(ColumnRole::Id, name) && counts.all() > 2 {
        return proved("the same number in all rows, and its name says what it is");
    }
    if let Some((first, _)) = name.rsplit_once('[').filter(|_| is_second(seen, place)) {
        let of = (0..place).find(|other| seen.name(*other) == first)?;
        let is_equal = seen
            .layout
            .rows
            .iter()
            .all(|row| seen.cell(*row, of) == seen.cell(*row, place));
        return match is_equal {
            true => proved("the column before it of that name once more"),
            false => Some(FoundWhy::Check(
                "the second column of one name, with other values: only the first is read"
                    .to_owned(),
            )),
        };
    }
    if counts.is_text() && counts.words.keys().all(|word| is_calendar_word(word)) {
        return proved("names of days or months");
    }
    if counts.is_text()
        && says(ColumnRole::Status, name)
        && counts
            .state_words()
            .is_none_or(|words| words.iter().any(|word| is_good(word)))
    {
        return Some(status_of_rows(counts));
    }
    if counts.is_text() && says(ColumnRole::Remark, name) {
        return proved("its name says that it is a remark, a person or money");
    }
    if counts.is_text() && counts.words.keys().all(|word| is_like_value(word)) {
        return Some(FoundWhy::Check(format!(
            "numbers in a spelling that no run reads, such as {:?}",
            counts.words.keys().next().map_or("", |word| word)
        )));
    }
    if counts.is_text() && !counts.are_few_words() && counts.state_words().is_none() {
        let filled = counts
            .different
            .iter()
            .filter(|cell| !cell.is_empty())
            .count();
        return match (counts.words.len(), filled) {
            (1, 1) if counts.is_constant() => proved("one text in all rows of the sample"),
            (1, 1) => proved("one text, or nothing"),
            (1, _) => Some(FoundWhy::Check(format!(
                "the text {:?}, and words for no value, which are not read",
                counts.words.keys().next().map_or("", |word| word)
            ))),
            _ => proved("texts, and no number"),
        };
    }
    None
}

/// Why a column with the status of rows that have several values is not read.
fn status_of_rows(counts: &ColumnCells) -> FoundWhy {
    let filled = counts.different.iter().filter(|cell| !cell.is_empty());
    let others: Vec<String> = filled
        .filter(|word| !is_good(word) && !is_stand_in(word))
        .map(|word| format!("{word:?}"))
        .collect();
    match others.is_empty() {
        true if counts.is_constant() => {
            FoundWhy::Proved("a status, good in all rows of the sample".to_owned())
        }
        true => FoundWhy::Check("words for the status of a row, which are not read".to_owned()),
        false => FoundWhy::Check(format!(
            "words for the status of values, and nothing says of which; values are read whatever it says, {} among it",
            others.join(", ")
        )),
    }
}

/// Whether a column has a name that one before it has, too.
fn is_second(seen: &SeenTable<'_>, place: usize) -> bool {
    let name = seen.name(place);
    name.ends_with(']')
        && name.rsplit_once('[').is_some_and(|(first, number)| {
            number.trim_end_matches(']').parse::<usize>().is_ok()
                && (0..place).any(|other| seen.name(other) == first)
        })
}

/// Where the units of the points stand.
pub(super) fn units(seen: &SeenTable<'_>, points: &[String]) -> Option<FoundFact<FoundUnits>> {
    if seen.layout.has_units_below {
        return Some(FoundFact::proved(
            FoundUnits::Below,
            "the row below the names has units, and no number",
        ));
    }
    seen.layout.header?;
    in_brackets(points)
}

/// Whether what stands in brackets behind names is their units.
pub(super) fn in_brackets(points: &[String]) -> Option<FoundFact<FoundUnits>> {
    let split: Vec<(&str, &str)> = points.iter().filter_map(|name| bracketed(name)).collect();
    let known = split
        .iter()
        .filter(|(_, unit)| Unit::parse(unit).is_some())
        .count();
    let mut names = BTreeSet::new();
    let stay_different = points
        .iter()
        .all(|name| names.insert(bracketed(name).map_or(name.as_str(), |(name, _)| name)));
    let are_units = split.iter().all(|(_, unit)| is_like_unit(unit));
    let shown = split.iter().find(|(_, unit)| Unit::parse(unit).is_some())?;
    (known * 2 >= split.len() && stay_different && are_units).then(|| {
        FoundFact::proved(
            FoundUnits::Brackets,
            format!("names end in units, such as {:?}", shown.1),
        )
    })
}

/// A name, and what stands in brackets at its end.
fn bracketed(name: &str) -> Option<(&str, &str)> {
    [('[', ']'), ('(', ')')]
        .into_iter()
        .find_map(|(open, close)| {
            let (before, inside) = name.strip_suffix(close)?.rsplit_once(open)?;
            (!before.trim().is_empty()).then_some((before.trim_end(), inside.trim()))
        })
}

/// Whether a text may be the symbol of a unit.
fn is_like_unit(text: &str) -> bool {
    Unit::parse(text).is_some()
        || text.is_empty()
        || text.len() <= 10
            && !text
                .chars()
                .next()
                .is_some_and(|first| first.is_ascii_digit())
            && text.split_whitespace().count() <= 2
}
