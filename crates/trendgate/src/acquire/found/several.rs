//! A table with several values a row, and columns that say which of several things a row is of → those columns, and those of the values.

use super::long::{duplicates, extended, is_named, is_of_the_row, of_point, repeats, unit};
use super::states::state_numbers;
use super::status_column::{good, is_of_values};
use super::statuses_beside::StatusesFound;
use super::wide::{FormFound, ids, points_among, state_words, units};
use super::{FoundFact, FoundForm, FoundLong, FoundUnits, FoundValues, FoundWhy, SeenTable};
use std::collections::{BTreeMap, BTreeSet};

/// What the columns of such a table are; `None` where it is none.
pub(super) fn several(seen: &SeenTable<'_>) -> Option<FormFound> {
    if seen.layout.second_axis.is_some() {
        return None;
    }
    let id = ids(seen)?;
    let columns = named_with(seen, id);
    if columns.iter().any(|place| seen.name(*place).is_empty()) {
        return None;
    }
    let free = |place: &usize| !columns.contains(place);
    let others: Vec<usize> = seen.others().filter(free).collect();
    let beside = StatusesFound::of(seen, &others);
    let is_beside = |place: usize| beside.as_ref().is_some_and(|found| found.have(place));
    let unit = unit(seen, id).filter(|place| others.contains(place));
    let statuses = others.iter().copied();
    let mut statuses = statuses.filter(|place| is_of_values(seen, *place) && !is_beside(*place));
    // A description says the one or the other.
    let status = statuses
        .next()
        .filter(|_| statuses.next().is_none() && beside.is_none());
    let is_value =
        |place: &usize| !is_beside(*place) && unit != Some(*place) && status != Some(*place);
    let others = others.into_iter().filter(is_value);
    let (labels, others): (Vec<usize>, Vec<usize>) =
        others.partition(|place| says_what_it_is(seen, &columns, *place));
    let (values, mut skip) = points_among(seen, &others)?;
    skip.extend(labels.iter().map(|place| {
        FoundFact::proved(
            seen.name(*place).replace('*', "?"),
            "a text that is the same in all rows of one thing, and says what it is",
        )
    }));
    let names: Vec<String> = values
        .iter()
        .map(|place| seen.name(*place).to_owned())
        .collect();
    let units = match unit {
        Some(place) => Some(FoundFact::proved(
            FoundUnits::Column(seen.name(place).to_owned()),
            "its cells are units, or its name says so",
        )),
        None => units(seen, &names),
    };
    let value = FoundFact::proved(
        FoundValues::Columns(names),
        "each row has several values; a point is what the row is of, and the name of the column",
    );
    Some(FormFound {
        points: points(seen, &columns, &values),
        words: state_words(seen, &values),
        form: FoundForm::Long(FoundLong {
            point: point(seen, &columns),
            value,
            status: status.map(|place| good(seen, place)),
            left: Vec::new(),
        }),
        skip,
        units,
        statuses: beside.map(|found| found.about(seen, &values)),
    })
}

/// The column that tells what a row is of, and those that it takes to tell all rows of one time apart.
fn named_with(seen: &SeenTable<'_>, id: usize) -> Vec<usize> {
    let is_candidate = |place: &usize| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        *place != id
            && (is_named(name) || counts.is_text())
            && !seen.layout.other_times.contains(place)
            && !counts.counts_rows
            && !is_of_the_row(seen, *place)
    };
    let candidates: Vec<usize> = seen.others().filter(is_candidate).collect();
    extended(seen, vec![id], &|_, _| false, &candidates)
}

/// Whether a column has one text in all rows of what these columns name, and not the state of something.
fn says_what_it_is(seen: &SeenTable<'_>, columns: &[usize], place: usize) -> bool {
    let counts = &seen.counts[place];
    let words: BTreeSet<String> = counts.words.keys().cloned().collect();
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    let is_same = |row: &usize| {
        let text = seen.cell(*row, place);
        text.is_empty() || *known.entry(id(seen, columns, *row)).or_insert(text) == text
    };
    counts.is_text() && seen.layout.rows.iter().all(is_same) && state_numbers(&words).is_none()
}

/// What a row is of.
fn id(seen: &SeenTable<'_>, columns: &[usize], row: usize) -> String {
    let id = columns.iter().map(|place| seen.cell(row, *place));
    id.collect::<Vec<_>>().join("/")
}

/// What a row is of, and whether that is proved.
fn point(seen: &SeenTable<'_>, columns: &[usize]) -> FoundFact<Vec<String>> {
    let found = of_point(seen, columns);
    let why = if duplicates(seen, columns) > 0 {
        return found;
    } else if !repeats(seen) {
        "no time stands twice, so that rows may all be of one thing: then it is a table of `table: wide`, and these columns are to be skipped"
    } else if !columns.iter().any(|place| is_named(seen.name(*place))) {
        "with them no time stands twice for one thing, but no name says that they tell what a row is of"
    } else {
        return found;
    };
    FoundFact {
        why: FoundWhy::Check(why.to_owned()),
        ..found
    }
}

/// The names of the points of the sample.
fn points(seen: &SeenTable<'_>, columns: &[usize], values: &[usize]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut points = Vec::new();
    for row in &seen.layout.rows {
        let id = id(seen, columns, *row);
        if known.insert(id.clone()) {
            let names = values.iter().map(|place| seen.name(*place));
            points.extend(names.map(|name| format!("{id}/{name}")));
        }
    }
    points
}
