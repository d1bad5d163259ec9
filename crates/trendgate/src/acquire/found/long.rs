//! A table with one value a row → the columns of the value, of the name of its point, of its unit and of its status.

use super::column::{ColumnCells, is_like_value};
use super::layout::joined;
use super::status_column::{good, has_others, status};
use super::wide::{FormFound, tells_points_apart};
use super::words::{ColumnRole, is_generic, plain_word, says};
use super::{FoundFact, FoundForm, FoundLong, FoundUnits, FoundValues, SeenTable};
use std::collections::{BTreeMap, BTreeSet};

/// Names of a point are made of so many columns at most.
const MOST_COLUMNS: usize = 4;

/// One row in so many may have the time and the point of another one and say something else: an hour that happens twice.
pub(super) const MOST_CONTRADICTIONS: usize = 8;

/// What the columns of a long table are; `None` where it is none.
pub(super) fn long(seen: &SeenTable<'_>) -> Option<FormFound> {
    seen.layout.header?;
    if seen.layout.second_axis.is_some() {
        return None;
    }
    let value = value(seen)?;
    let unit = unit(seen, value.what);
    let status = status(seen, value.what);
    let taken = [Some(value.what), unit, status];
    let free: Vec<usize> = seen
        .others()
        .filter(|place| !taken.contains(&Some(*place)))
        .collect();
    let repeats = repeats(seen);
    let columns = names(seen, &free);
    let is_long = match &columns[..] {
        // One series, with a status or a unit: a wide table has neither.
        [] => {
            (status.is_some_and(|place| seen.counts[place].different.len() > 1) || unit.is_some())
                && !repeats
                && others_are_no_points(seen, &free)
        }
        columns => repeats || are_named_so(seen, columns) && others_are_no_points(seen, &free),
    };
    let has_a_name = !columns.is_empty()
        || is_generic(seen.name(value.what))
        || unit.is_some()
        || status.is_some_and(|place| has_others(seen, place));
    if !is_long || !has_a_name {
        return None;
    }
    let name = |place: &usize| seen.name(*place).to_owned();
    let all = [
        &[value.what][..],
        &columns,
        unit.as_slice(),
        status.as_slice(),
    ]
    .concat();
    if all.iter().any(|place| seen.name(*place).is_empty()) {
        return None;
    }
    let keys = keys(seen, &columns);
    let PointsOfRows {
        skip,
        points,
        words,
    } = points(seen, value.what, &keys);
    let units = unit.map(|place| {
        FoundFact::proved(
            FoundUnits::Column(name(&place)),
            "its cells are units, or its name says so",
        )
    });
    let point = match columns.is_empty() {
        true => FoundFact::proved(Vec::new(), "no column has names"),
        false => of_point(seen, &columns),
    };
    let value = FoundFact {
        what: FoundValues::Column(name(&value.what)),
        why: value.why,
    };
    let left = left(seen, &free, &columns);
    let status = status.map(|place| good(seen, place));
    Some(FormFound {
        form: FoundForm::Long(FoundLong {
            point,
            value,
            status,
            left,
        }),
        skip,
        points,
        units,
        words,
        statuses: None,
    })
}

/// The columns that say which point a row is of, and whether they tell all of them apart.
pub(super) fn of_point(seen: &SeenTable<'_>, columns: &[usize]) -> FoundFact<Vec<String>> {
    let names = columns.iter().map(|place| seen.name(*place).to_owned());
    let names = names.collect();
    match duplicates(seen, columns) {
        0 => FoundFact::proved(names, "with them no time stands twice for one point"),
        some => FoundFact::check(
            names,
            format!("{some} rows of the sample have a time and a point that another one has, too"),
        ),
    }
}

/// Whether rows of one time follow each other, or times begin again.
pub(super) fn repeats(seen: &SeenTable<'_>) -> bool {
    let rows = rows(seen);
    (seen.steps.same + seen.steps.back) * 10 > rows
        || seen.steps.same > 0 && rows < 10
        || duplicates(seen, &[]) * MOST_CONTRADICTIONS > rows
}

/// Whether one of the columns says which point a row is of by its name, or its cells are ids.
fn are_named_so(seen: &SeenTable<'_>, columns: &[usize]) -> bool {
    columns.iter().any(|place| {
        let name = seen.name(*place);
        says(ColumnRole::Point, name)
            || says(ColumnRole::Id, name)
            || tells_points_apart(seen, *place)
            || seen.counts[*place].is_constant()
    })
}

/// The column of the value.
fn value(seen: &SeenTable<'_>) -> Option<FoundFact<usize>> {
    let numbers = |place: &usize| seen.counts[*place].numbers + seen.counts[*place].states;
    let named = seen
        .others()
        .filter(|place| says(ColumnRole::Value, seen.name(*place)));
    let most = named
        .clone()
        .map(|place| numbers(&place))
        .max()
        .unwrap_or(0);
    let named = named.filter(|place| numbers(place) > 0 && numbers(place) * 2 >= most);
    // Of several the one with the shortest name: `value`, not `value_raw`.
    let rank = |place: &usize| {
        let name = seen.name(*place);
        (is_beside_the_value(name), name.len(), *place)
    };
    if let Some(place) = named.min_by_key(rank) {
        return Some(FoundFact::proved(
            place,
            "its name says so, and its cells are numbers",
        ));
    }
    let is_value = |place: &usize| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let others = [
            ColumnRole::Point,
            ColumnRole::Id,
            ColumnRole::Record,
            ColumnRole::Unit,
        ];
        let is_status = says(ColumnRole::Status, name)
            && !counts
                .different
                .iter()
                .any(|cell| cell.contains(['.', ',']));
        counts.numbers * 2 > counts.all()
            && !counts.counts_rows
            && !is_status
            && !others.iter().any(|role| says(*role, name))
    };
    let values: Vec<usize> = seen.others().filter(is_value).collect();
    let [only] = values[..] else {
        return None;
    };
    let has_unit = || unit(seen, only).is_some();
    let tells = || {
        seen.others()
            .any(|place| place != only && tells_points_apart(seen, place))
    };
    let has_status = || status(seen, only).is_some_and(|place| has_others(seen, place));
    (repeats(seen) || tells() || has_unit() || has_status())
        .then(|| FoundFact::proved(only, "no other column has numbers that are no ids"))
}

/// Whether a name says that its numbers are what a value was made of, or what it was before.
fn is_beside_the_value(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| ["raw", "old", "previous", "prev", "min", "max", "std"].contains(&word))
}

pub(super) fn unit(seen: &SeenTable<'_>, value: usize) -> Option<usize> {
    // W may be a watt, or the status of a value; A an ampere, or the name of a point.
    let is_other = |place: &usize| *place != value && !says(ColumnRole::Status, seen.name(*place));
    let mut others = seen.others().filter(is_other);
    others.find(|place| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let filled = counts.all() - empty(seen, *place);
        let is_unit = says(ColumnRole::Unit, name);
        let are_units = counts.units * 2 > filled && filled > 0;
        counts.numbers == 0 && (is_unit || are_units && !is_only_name(seen, *place))
    })
}

/// Whether a column is by its name that of the point, and no other one is.
pub(super) fn is_only_name(seen: &SeenTable<'_>, place: usize) -> bool {
    let mut others = seen.others().filter(|other| *other != place);
    says(ColumnRole::Point, seen.name(place)) && !others.any(|other| is_named(seen.name(other)))
}

fn empty(seen: &SeenTable<'_>, place: usize) -> usize {
    seen.layout
        .rows
        .iter()
        .filter(|row| seen.cell(**row, place).is_empty())
        .count()
}

/// The columns that name a point.
fn names(seen: &SeenTable<'_>, free: &[usize]) -> Vec<usize> {
    let is_candidate = |place: &usize| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let is_word = counts.is_text() || is_named(name);
        let is_number = counts.texts == 0
            && counts.numbers > 0
            && counts
                .different
                .iter()
                .all(|cell| cell.parse::<u64>().is_ok());
        (is_word || is_number)
            && !seen.layout.other_times.contains(place)
            && !counts.counts_rows
            && !is_of_the_row(seen, *place)
    };
    let candidates: Vec<usize> = free.iter().copied().filter(is_candidate).collect();
    let Some(best) = best_name(seen, &candidates) else {
        return Vec::new();
    };
    extended(
        seen,
        vec![best],
        &|chosen, place| adds_places(seen, chosen, place),
        &candidates,
    )
}

/// The chosen columns, with those of the candidates with which fewer times stand twice for one name, and where none does, those that `adds` says.
pub(super) fn extended(
    seen: &SeenTable<'_>,
    mut chosen: Vec<usize>,
    adds: &dyn Fn(&[usize], usize) -> bool,
    candidates: &[usize],
) -> Vec<usize> {
    while chosen.len() < MOST_COLUMNS {
        let before = duplicates(seen, &chosen);
        let with = |place: &usize| [&chosen[..], &[*place]].concat();
        let is_next = |place: &usize| match before {
            // Each building has points of the same names.
            0 => adds(&chosen, *place),
            _ => {
                duplicates(seen, &with(place)) < before
                    && !says(ColumnRole::Record, seen.name(*place))
                    && come_again(seen, &with(place))
            }
        };
        let next = candidates
            .iter()
            .filter(|place| !chosen.contains(place))
            .filter(|place| is_next(place));
        let next = match before {
            0 => next.min().copied(),
            _ => next
                .min_by_key(|place| (duplicates(seen, &with(place)), **place))
                .copied(),
        };
        match next {
            Some(next) => chosen.push(next),
            None => break,
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The column that most likely names the point. Where no time stands twice nothing needs a name, and only a column that says that it is one, or has one text
/// in all rows, is taken for it.
fn best_name(seen: &SeenTable<'_>, candidates: &[usize]) -> Option<usize> {
    let rank = |place: &usize| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let comes_again = counts.different.len() * 2 <= rows(seen) || rows(seen) < 8;
        (
            comes_again,
            !counts.is_constant(),
            says(ColumnRole::Point, name),
            counts.is_text(),
            counts.different.len(),
        )
    };
    let is_needed = duplicates(seen, &[]) * 20 > rows(seen);
    let says_so = |place: usize| is_named(seen.name(place)) || tells_points_apart(seen, place);
    let is_text = |place: usize| seen.counts[place].is_text();
    let best = |is: &dyn Fn(usize) -> bool| {
        let those = candidates.iter().copied().filter(|place| is(*place));
        those.rev().max_by_key(rank)
    };
    match is_needed {
        true => best(&|place| is_named(seen.name(place)) || is_text(place)),
        false => best(&says_so)
            .or_else(|| best(&|place| is_text(place) && seen.counts[place].is_constant())),
    }
}

pub(super) fn is_named(name: &str) -> bool {
    says(ColumnRole::Point, name) || says(ColumnRole::Id, name)
}

/// Whether a column says something of the row, and not which point it is of: a status, a remark, a unit, the zone of the time, money, or numbers in another
/// spelling.
pub(super) fn is_of_the_row(seen: &SeenTable<'_>, place: usize) -> bool {
    let (name, counts) = (seen.name(place), &seen.counts[place]);
    let are_values = || counts.is_text() && counts.words.keys().all(|word| is_like_value(word));
    !is_named(name)
        && (says(ColumnRole::Status, name)
            || says(ColumnRole::Remark, name)
            || says(ColumnRole::Unit, name))
        || is_zone(name, counts)
        || are_values()
}

/// Whether a column has the zone of the time.
fn is_zone(name: &str, counts: &ColumnCells) -> bool {
    const ZONES: [&str; 28] = [
        "UTC", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT",
        "HST", "WET", "WEST", "CET", "CEST", "MEZ", "MESZ", "EET", "EEST", "BST", "JST", "KST",
        "AEST", "AEDT", "NZST", "NZDT",
    ];
    let are_zones = || counts.is_text() && counts.words.keys().all(|word| ZONES.contains(&&**word));
    ["timezone", "tz"].contains(&&*plain_word(name)) || are_zones()
}

/// Whether names that columns give come again and again, as those of points do.
fn come_again(seen: &SeenTable<'_>, columns: &[usize]) -> bool {
    let names: BTreeSet<String> = keys(seen, columns).into_iter().collect();
    names.len() * 3 <= rows(seen) || rows(seen) < 12
}

/// Whether a column says where points of one name are: it differs between rows of one name, and names things again and again.
fn adds_places(seen: &SeenTable<'_>, chosen: &[usize], place: usize) -> bool {
    let (name, counts) = (seen.name(place), &seen.counts[place]);
    let is_place = counts.is_text()
        || says(ColumnRole::Id, name)
        || says(ColumnRole::Point, name) && !says(ColumnRole::Record, name);
    let names: BTreeSet<String> = keys(seen, chosen).into_iter().collect();
    let with: BTreeSet<String> = keys(seen, &[chosen, &[place]].concat())
        .into_iter()
        .collect();
    is_place
        && with.len() > names.len()
        && with.len() * 3 <= seen.layout.rows.len()
        && counts.different.len() < names.len().max(2) * 8
}

/// The name of the point of each row.
fn keys(seen: &SeenTable<'_>, columns: &[usize]) -> Vec<String> {
    let key = |row: &usize| {
        columns
            .iter()
            .map(|place| seen.cell(*row, *place))
            .collect::<Vec<_>>()
            .join("/")
    };
    seen.layout.rows.iter().map(key).collect()
}

pub(super) fn rows(seen: &SeenTable<'_>) -> usize {
    seen.layout.rows.len()
}

/// How many rows have a time and a point that another one has, too, and say something else of it.
pub(super) fn contradictions(seen: &SeenTable<'_>, columns: &[usize]) -> usize {
    let mut known: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    let mut some = 0;
    for (row, key) in seen.layout.rows.iter().zip(keys(seen, columns)) {
        let rest: Vec<&str> = seen.others().map(|place| seen.cell(*row, place)).collect();
        let time = joined(&seen.sample.lines[*row], &seen.layout.time);
        let first = known.entry((time, key)).or_insert_with(|| rest.clone());
        some += usize::from(*first != rest);
    }
    some
}

/// How many rows have a time and a point that another one has, too.
pub(super) fn duplicates(seen: &SeenTable<'_>, columns: &[usize]) -> usize {
    let mut known = BTreeSet::new();
    let keys = keys(seen, columns);
    let times = seen
        .layout
        .rows
        .iter()
        .map(|row| joined(&seen.sample.lines[*row], &seen.layout.time));
    times
        .zip(keys)
        .filter(|row| !known.insert(row.clone()))
        .count()
}

/// Whether the columns that are left are no points: texts, ids, the same in all rows.
fn others_are_no_points(seen: &SeenTable<'_>, free: &[usize]) -> bool {
    let is_point = |place: &&usize| {
        let (name, counts) = (seen.name(**place), &seen.counts[**place]);
        let has_decimals = counts.different.iter().any(|cell| {
            cell.contains(['.', ',']) && cell.bytes().any(|byte| byte.is_ascii_digit())
        });
        let is_id = says(ColumnRole::Id, name)
            || says(ColumnRole::Point, name)
            || says(ColumnRole::Record, name);
        counts.numbers * 2 > counts.all() && !counts.is_constant() && !is_id && has_decimals
    };
    free.iter().filter(is_point).count() == 0
}

/// The names of columns with numbers or statuses that are neither values nor of the point, and are not read.
fn left(seen: &SeenTable<'_>, free: &[usize], columns: &[usize]) -> Vec<String> {
    let of_points: BTreeSet<String> = keys(seen, columns).into_iter().collect();
    let is_left = |place: &&usize| {
        let (name, counts) = (seen.name(**place), &seen.counts[**place]);
        let is_id = says(ColumnRole::Id, name)
            || says(ColumnRole::Point, name)
            || says(ColumnRole::Record, name);
        // What is the same in all rows of a point says nothing of their times.
        let with = || -> BTreeSet<String> {
            keys(seen, &[columns, &[**place]].concat())
                .into_iter()
                .collect()
        };
        let is_status = says(ColumnRole::Status, name) && !counts.is_constant();
        (counts.numbers > 0 || is_status)
            && !counts.counts_rows
            && !is_id
            && with().len() > of_points.len()
    };
    let left = free
        .iter()
        .filter(|place| !columns.contains(place))
        .filter(is_left);
    left.map(|place| seen.name(*place).to_owned()).collect()
}

/// The points that rows are of.
struct PointsOfRows {
    /// Those that are texts alone, as patterns.
    skip: Vec<FoundFact<String>>,
    points: Vec<String>,
    /// The words of those that are a few words.
    words: BTreeMap<String, Vec<String>>,
}

fn points(seen: &SeenTable<'_>, value: usize, keys: &[String]) -> PointsOfRows {
    let mut cells: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (row, key) in seen.layout.rows.iter().zip(keys) {
        cells.entry(key).or_default().push(seen.cell(*row, value));
    }
    let counts = |key: &str| ColumnCells::of(cells[key].iter().map(|cell| Some(*cell)));
    let is_text = |key: &&str| counts(key).is_text() && !counts(key).are_few_words();
    let (texts, points): (Vec<&str>, Vec<&str>) = cells.keys().copied().partition(is_text);
    let last = |key: &str| {
        key.rsplit_once('/')
            .map_or(key.to_owned(), |(_, last)| format!("*/{last}"))
    };
    let mut skip: Vec<FoundFact<String>> = Vec::new();
    for key in texts {
        let pattern = last(key);
        let hides = points.iter().any(|point| last(point) == pattern);
        let pattern = if hides { key.to_owned() } else { pattern };
        if !skip.iter().any(|said| said.what == pattern) {
            skip.push(FoundFact::proved(pattern, "texts, and no number"));
        }
    }
    let words = points
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), counts(key).state_words()?)));
    PointsOfRows {
        skip,
        words: words.collect(),
        points: points.into_iter().map(ToOwned::to_owned).collect(),
    }
}
