//! The lines above the first row → the row of names, and the row of units below it; names for a table that has none.

use super::sample::{Sample, SampleLine};
use super::stamp::candidates;
use super::words::{ColumnRole, says};
use crate::model::Unit;

/// The second of equal names is `name[2]`.
pub(super) fn number_equal(names: &mut [String]) {
    for place in (0..names.len()).rev() {
        let equal = names[..place]
            .iter()
            .filter(|name| **name == names[place])
            .count();
        if equal > 0 && !names[place].is_empty() {
            names[place] = format!("{}[{}]", names[place], equal + 1);
        }
    }
}

/// The row of names above the first row, and whether a row of units stands below it.
pub(super) fn header(
    sample: &Sample,
    first: usize,
    width: usize,
    time: &[usize],
) -> (Option<usize>, bool) {
    let above: Vec<usize> = (0..first)
        .rev()
        .filter(|at| sample.lines[*at].filled() > 0)
        .collect();
    let least = width.div_ceil(2).max(2).min(width);
    let is_wide =
        |at: &usize| sample.lines[*at].width() >= least && sample.lines[*at].width() <= width + 2;
    let mut wide = above.iter().copied().take_while(is_wide).peekable();
    let mut has_units = false;
    if let Some(lowest) = wide.peek().copied()
        && is_of_units(&sample.lines[lowest], time)
        && above.iter().skip(1).take(1).any(is_wide)
    {
        // Only the row right below the names is known as one of units.
        has_units = above.get(1).is_some_and(|names| names + 1 == lowest);
        wide.next();
    }
    let found = wide.find(|at| is_of_names(&sample.lines[*at], time));
    (
        found,
        has_units
            && found.is_some_and(|found| {
                found + 1 < first && is_of_units(&sample.lines[found + 1], time)
            }),
    )
}

/// The names of a table whose row of names lacks that of the first column, which has the numbers of the rows.
pub(super) fn shifted_names(
    sample: &Sample,
    first: usize,
    width: usize,
    time: &[usize],
) -> Option<Vec<String>> {
    let above = (0..first).rev().find(|at| sample.lines[*at].filled() > 0)?;
    let line = &sample.lines[above];
    let rows = sample.lines[first..]
        .iter()
        .filter(|line| line.fields.len() == width)
        .take(8);
    let are_numbered =
        rows.clone().count() > 1 && rows.clone().all(|row| row.field(0).parse::<u64>().is_ok());
    let [time] = time else {
        return None;
    };
    let is_shifted = *time > 0
        && line.fields.len() + 1 == width
        && says(ColumnRole::Time, line.field(time - 1))
        && !says(ColumnRole::Time, line.field(*time));
    (is_shifted && are_numbered).then(|| {
        let names = line.names().into_iter();
        std::iter::once("row".to_owned()).chain(names).collect()
    })
}

/// Whether a line may be the names of columns.
fn is_of_names(line: &SampleLine, time: &[usize]) -> bool {
    let own = &line.fields[..line.width()];
    let is_word =
        |field: &str| field.is_empty() || field.chars().any(char::is_alphabetic) || field == "#";
    let of_time = time
        .iter()
        .all(|place| is_word(line.field(*place)) && candidates(line.field(*place)).is_empty());
    let mut different: Vec<&String> = own.iter().filter(|field| !field.is_empty()).collect();
    let filled = different.len();
    different.sort_unstable();
    different.dedup();
    of_time && filled > 0 && different.len() * 2 >= filled
}

/// Whether a line is a row of units: nothing else stands in it, and the time has none.
fn is_of_units(line: &SampleLine, time: &[usize]) -> bool {
    let is_unit = |field: &str| {
        let plain = field.trim_matches(['[', ']', '(', ')']).trim();
        Unit::parse(plain).is_some()
    };
    let is_other = |field: &str| {
        field.is_empty()
            || matches!(
                field,
                "-" | "--" | "n/a" | "none" | "bool" | "boolean" | "unit" | "units" | "1"
            )
    };
    let of_points = || {
        line.fields
            .iter()
            .enumerate()
            .filter(|(place, _)| !time.contains(place))
            .map(|(_, field)| field.as_str())
    };
    let units = of_points().filter(|field| is_unit(field)).count();
    let others = of_points()
        .filter(|field| !is_unit(field) && !is_other(field))
        .count();
    units > 0 && units > 2 * others
}

/// Names for the columns of a table that has none.
pub(super) fn made_up(width: usize, time: &[usize]) -> Vec<String> {
    let points = width - time.len().min(width);
    let mut number = 0;
    let name = |place: usize| match (time.iter().position(|column| *column == place), time.len()) {
        (Some(_), 1) => "t".to_owned(),
        (Some(of), _) => format!("t{}", of + 1),
        (None, _) if points == 1 => "value".to_owned(),
        (None, _) => {
            number += 1;
            format!("value{number}")
        }
    };
    (0..width).map(name).collect()
}
