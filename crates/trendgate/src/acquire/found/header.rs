//! The lines above the first row → the row of names, and the row of units below it; names for a table that has none.

use super::sample::{Sample, SampleLine};
use super::stamp::candidates;
use super::words::{ColumnRole, part_of_time, says};
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
    // Cells at the end of all rows may be empty.
    let most = sample.lines[first].fields.len().max(width) + 2;
    let is_wide = |at: &usize| (least..=most).contains(&sample.lines[*at].width());
    let wide: Vec<usize> = above.iter().copied().take_while(is_wide).collect();
    let Some(names) = row_of_names(sample, &wide, time) else {
        return (None, false);
    };
    // Only the row right below the names is known as one of units.
    let below = wide.iter().find(|at| **at == names + 1);
    let names_row = &sample.lines[names];
    let has_units =
        below.is_some_and(|below| is_of_units(&sample.lines[*below], time, Some(names_row)));
    (Some(names), has_units)
}

/// The row of names among lines above the first row, of which the lowest comes first: the lowest with a word for the time over the time; or the
/// lowest that may be one, and is neither one of units nor of numbers, as the least and the greatest of each column are.
fn row_of_names(sample: &Sample, wide: &[usize], time: &[usize]) -> Option<usize> {
    let may_be = || {
        wide.iter()
            .copied()
            .filter(|at| is_of_names(&sample.lines[*at], time))
    };
    let has_time = |at: &usize| {
        let line = &sample.lines[*at];
        time.iter().all(|place| {
            let name = line.field(*place);
            says(ColumnRole::Time, name) || time.len() > 1 && part_of_time(name).is_some()
        })
    };
    let is_plain = |at: &usize| {
        let line = &sample.lines[*at];
        let mut others = (0..line.width()).filter(|place| !time.contains(place));
        let has_words = others.any(|place| line.field(place).chars().any(char::is_alphabetic));
        has_words && !is_of_units(line, time, None)
    };
    let lowest = may_be().next()?;
    // Names of groups of columns stand in the row of the time's name, too.
    let is_full = |at: &usize| sample.lines[*at].filled() >= sample.lines[lowest].filled();
    let mut with_time = may_be().filter(|at| has_time(at) && is_full(at));
    let is_no_unit = |at: &usize| !is_of_units(&sample.lines[*at], time, None);
    let named = with_time
        .clone()
        .find(is_no_unit)
        .or_else(|| with_time.next());
    named.or_else(|| may_be().find(is_plain)).or(Some(lowest))
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

/// Whether a line is a row of units: hardly anything else stands in it but what stands in the row of names above it, and the time has none.
fn is_of_units(line: &SampleLine, time: &[usize], names: Option<&SampleLine>) -> bool {
    let is_unit = |field: &str| {
        let plain = field.trim_matches(['[', ']', '(', ')']).trim();
        Unit::parse(plain).is_some()
    };
    let is_other = |(place, field): (usize, &str)| {
        let is_name = |names: &SampleLine| names.field(place) == field;
        field.is_empty()
            || names.is_some_and(is_name)
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
            .map(|(place, field)| (place, field.as_str()))
    };
    let units = of_points().filter(|(_, field)| is_unit(field)).count();
    let others = of_points()
        .filter(|(place, field)| !is_unit(field) && !is_other((*place, field)))
        .count();
    // How dates are written, as it stands in a row of units: `m/d/y h:m`.
    let is_pattern = |place: &usize| {
        let field = line.field(*place).to_lowercase();
        let is_of_pattern = |letter: char| "ymdhsi/.-: ".contains(letter);
        field.len() > 2 && field.contains(['m', 'y', 'h']) && field.chars().all(is_of_pattern)
    };
    let has_pattern = !time.is_empty() && time.iter().all(is_pattern);
    units > 0 && (has_pattern || units > 2 * others)
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
