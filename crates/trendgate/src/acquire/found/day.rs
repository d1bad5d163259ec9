//! A table with one row a day, and one column for each time of day → how its columns are labelled, and which name its points.

use super::super::dates::time_of_day;
use super::long::is_only_name;
use super::stamp::{Holds, candidates};
use super::time::step_of_day;
use super::wide::FormFound;
use super::words::{ColumnRole, plain_word, says};
use super::{DayLabels, FoundDay, FoundFact, FoundForm, FoundUnits, SeenTable};
use crate::time::{MINUTE, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer columns are no day.
const LEAST: usize = 24;

/// What the columns of a table with a row a day are; `None` where it is none.
pub(super) fn day(seen: &SeenTable<'_>) -> Option<FormFound> {
    if seen.layout.formats.holds != Holds::Date || seen.layout.second_axis.is_some() {
        return None;
    }
    let DayColumns { columns, labels } = day_columns(seen)?;
    let others: Vec<usize> = seen
        .others()
        .filter(|place| !columns.contains(place))
        .collect();
    let unit = others.iter().copied().find(|place| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let is_unit = says(ColumnRole::Unit, name);
        let are_units = counts.units > 0 && counts.units == counts.all();
        counts.numbers == 0 && (is_unit || are_units && !is_only_name(seen, *place))
    });
    let is_name = |place: &&usize| {
        let (name, counts) = (seen.name(**place), &seen.counts[**place]);
        let is_id = says(ColumnRole::Point, name) || says(ColumnRole::Id, name);
        let is_whole = || {
            counts
                .different
                .iter()
                .all(|cell| cell.len() >= 5 && cell.parse::<u64>().is_ok())
        };
        Some(**place) != unit && !counts.counts_rows && (counts.is_text() || is_id || is_whole())
    };
    let rank = |place: &usize| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let is_point = says(ColumnRole::Point, name);
        (
            is_point || says(ColumnRole::Id, name),
            !counts.is_constant(),
            is_point,
            *place < columns[0],
        )
    };
    let point = others
        .iter()
        .filter(is_name)
        .rev()
        .max_by_key(|place| rank(place));
    let mut point: Vec<usize> = point.copied().into_iter().collect();
    // Rows of one day are of different things, so long as a text tells them apart.
    let texts = others
        .iter()
        .filter(|place| Some(**place) != unit && seen.counts[**place].is_text());
    for place in texts {
        let with = [&point[..], &[*place]].concat();
        if !point.contains(place) && equal_days(seen, &with) < equal_days(seen, &point) {
            point = with;
        }
    }
    point.sort_unstable();
    let name = |place: &usize| seen.name(*place).to_owned();
    let named = |row: &usize| {
        let cells: Vec<&str> = point.iter().map(|place| seen.cell(*row, *place)).collect();
        cells.join("/")
    };
    let mut points: Vec<String> = match point.is_empty() {
        false => seen.layout.rows.iter().map(named).collect(),
        true => vec!["value".to_owned()],
    };
    points.sort_unstable();
    points.dedup();
    let units = unit
        .map(|place| FoundFact::proved(FoundUnits::Column(name(&place)), "its cells are units"));
    let is_left = |place: &&usize| Some(**place) != unit && !point.contains(place);
    let left = others.iter().filter(is_left).map(|place| {
        FoundFact::proved(
            name(place),
            "its name is no time of day, and its cells name no point",
        )
    });
    let form = FoundDay {
        labels,
        point: point.iter().map(name).collect(),
    };
    Some(FormFound {
        form: FoundForm::Day(form),
        skip: left.collect(),
        points,
        units,
        words: BTreeMap::new(),
        statuses: None,
    })
}

/// How many rows have a day, and texts in these columns, that another one has, too.
fn equal_days(seen: &SeenTable<'_>, columns: &[usize]) -> usize {
    let mut known = BTreeSet::new();
    let key = |row: &usize| {
        let all = seen.layout.time.iter().chain(columns);
        all.map(|place| seen.cell(*row, *place)).collect::<Vec<_>>()
    };
    let keys = seen.layout.rows.iter().map(key);
    keys.filter(|key| !known.insert(key.clone())).count()
}

/// The columns of times of day, and how they are labelled.
struct DayColumns {
    columns: Vec<usize>,
    labels: FoundFact<DayLabels>,
}

fn day_columns(seen: &SeenTable<'_>) -> Option<DayColumns> {
    seen.layout.header?;
    let places: Vec<usize> = seen.others().collect();
    by_stretches(seen, &places)
        .or_else(|| by_times(seen, &places))
        .or_else(|| by_digits(seen, &places))
        .or_else(|| by_numbers(seen, &places))
}

/// From which name to which columns are.
fn from_to(seen: &SeenTable<'_>, columns: &[usize]) -> String {
    let name = |place: Option<&usize>| place.map_or("", |place| seen.name(*place)).to_owned();
    format!(
        "from {:?} to {:?}",
        name(columns.first()),
        name(columns.last())
    )
}

/// Columns that are named by times of day, in one format.
fn by_times(seen: &SeenTable<'_>, places: &[usize]) -> Option<DayColumns> {
    let formats = |place: &usize| {
        let all = candidates(seen.name(*place)).into_iter();
        all.filter(|candidate| candidate.holds == Holds::Time && !candidate.format.contains("%z"))
    };
    let first = places.iter().find_map(|place| formats(place).next())?;
    let is_so = |place: &usize| formats(place).any(|candidate| candidate == first);
    let columns: Vec<usize> = places.iter().copied().filter(is_so).collect();
    (columns.len() >= LEAST).then_some(())?;
    let labels = DayLabels::Times(first.format);
    let why = format!(
        "{} columns have times of day as names, {}",
        columns.len(),
        from_to(seen, &columns)
    );
    Some(DayColumns {
        columns,
        labels: FoundFact::proved(labels, why),
    })
}

/// Columns that are named by hour and minute in four digits.
fn by_digits(seen: &SeenTable<'_>, places: &[usize]) -> Option<DayColumns> {
    let are_four = |place: &usize| {
        let name = seen.name(*place);
        let is_time = |time: u32| time / 100 <= 24 && time % 100 < 60;
        name.len() == 4 && name.parse().is_ok_and(is_time)
    };
    let columns: Vec<usize> = places.iter().copied().filter(are_four).collect();
    let why = format!(
        "{} columns have times of day as names, {}",
        columns.len(),
        from_to(seen, &columns)
    );
    let labels = FoundFact::proved(DayLabels::Times("%H%M".to_owned()), why);
    (columns.len() >= LEAST).then_some(DayColumns { columns, labels })
}

/// Columns that are named by stretches of the day: `00:00-00:30`.
fn by_stretches(seen: &SeenTable<'_>, places: &[usize]) -> Option<DayColumns> {
    let begin = |place: &usize| {
        let (begin, end) = seen.name(*place).split_once(['-', '–'])?;
        Some((hour_and_minute(begin)?, hour_and_minute(end)?))
    };
    let columns: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| begin(place).is_some())
        .collect();
    (columns.len() >= LEAST).then_some(())?;
    let (from, to) = begin(columns.first()?)?;
    let follow = columns.windows(2).all(|pair| {
        let [one, next] = [begin(&pair[0]), begin(&pair[1])];
        one.map(|(_, end)| end) == next.map(|(begin, _)| begin)
    });
    follow.then_some(())?;
    let why = format!(
        "{} columns have stretches of a day as names, {}",
        columns.len(),
        from_to(seen, &columns)
    );
    let labels = FoundFact::proved(
        DayLabels::Steps {
            first: shown(from),
            step: to - from,
        },
        why,
    );
    (to > from).then_some(DayColumns { columns, labels })
}

/// The time of day that `08:30`, `0830` or `08` is.
fn hour_and_minute(text: &str) -> Option<Span> {
    let text = text.trim();
    let (hour, minute) = match text.len() {
        1 | 2 => (text, "00"),
        4 => text.split_at_checked(2)?,
        _ => return time_of_day(text.as_bytes()),
    };
    time_of_day(text.as_bytes()).or_else(|| time_of_day(format!("{hour}:{minute}").as_bytes()))
}

/// A time of day, as a description has it.
fn shown(time: Span) -> String {
    let minutes = time.nanos() / MINUTE.nanos();
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Columns that are numbered: `HE01`, `Interval 1`.
fn by_numbers(seen: &SeenTable<'_>, places: &[usize]) -> Option<DayColumns> {
    let number = |place: &usize| number_of(seen.name(*place));
    let follows = |one: &usize, next: &usize| match (number(one), number(next)) {
        (Some((word, one)), Some((other, next))) => word == other && next == one + 1,
        _ => false,
    };
    // A number beside them, of a meter or a total, is none of them.
    let stretches = places.chunk_by(follows);
    let columns = stretches.max_by_key(|stretch| stretch.len())?.to_vec();
    let numbers: Vec<u32> = columns
        .iter()
        .filter_map(number)
        .map(|(_, number)| number)
        .collect();
    (columns.len() >= LEAST && matches!(numbers.first(), Some(0 | 1))).then_some(())?;
    let step = step_of_day(columns.len())?;
    let is_end = numbers.first() == Some(&1);
    let first = if is_end { step } else { Span::ZERO };
    let first = shown(first);
    let is_said = seen
        .name(*columns.first()?)
        .to_uppercase()
        .starts_with("HE");
    let why = format!(
        "{} columns are a day of steps of {step}, {}",
        columns.len(),
        from_to(seen, &columns)
    );
    let assumed =
        format!("{why}; the first one is taken to end at {first}, as such exports have it");
    let labels = DayLabels::Steps { first, step };
    let labels = match is_said || !is_end {
        true => FoundFact::proved(labels, why),
        false => FoundFact::check(labels, assumed),
    };
    Some(DayColumns { columns, labels })
}

/// The word and the number in a name such as `HE01`, `Hour 1`, `Interval 1`, `H1`, `1`.
fn number_of(name: &str) -> Option<(String, u32)> {
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
    let is_known = WORDS.contains(&before);
    Some((before.to_owned(), number.parse().ok().filter(|_| is_known)?))
}

/// Whether columns that are labelled so are for the time before their label.
pub(super) fn labels_are_ends(labels: &DayLabels, names: &[String]) -> bool {
    match labels {
        DayLabels::Steps { first, .. } => !["00:00", "0:00", "00:00:00"].contains(&first.as_str()),
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
