//! Times in several columns → whether one of them is that of a second table at the side of the first: `Time, A, , Time, B`.

use super::column::wall;
use super::layout::{ChosenTime, TimeColumn, joined};
use super::sample::Sample;
use super::stamp::{FormatCandidate, Holds};
use super::words::{plain_word, said_edge};
use crate::time::{HOUR, Span};
use std::collections::BTreeSet;

/// The first column of times that is of a second table: values stand before it and behind it, and its times are others, or are called the same.
pub(super) fn second_axis(
    (sample, rows, names): (&Sample, &[usize], &[String]),
    chosen: &ChosenTime,
    others: &[&TimeColumn],
) -> Option<usize> {
    let last = *chosen.columns.iter().max()?;
    let is_time = |place: usize| {
        chosen.columns.contains(&place) || others.iter().any(|other| other.place == place)
    };
    let has_values = |mut places: std::ops::Range<usize>| {
        places.any(|place| {
            !is_time(place)
                && rows
                    .iter()
                    .any(|row| !sample.lines[*row].field(place).is_empty())
        })
    };
    let name = |place: usize| names.get(place).map_or("", |name| name);
    let first = name(*chosen.columns.first()?);
    let is_axis = |other: &&&TimeColumn| {
        let place = other.place;
        let is_between = other.formats.holds == Holds::Both
            && place > last
            && has_values(last + 1..place)
            && has_values(place + 1..names.len());
        let is_alike = plain_word(name(place)) == plain_word(first);
        let differences = || differences((sample, rows), chosen, other);
        is_between
            && match is_alike {
                true => differences() != Some(BTreeSet::from([Span::ZERO])),
                false => {
                    said_edge(name(place)).is_none()
                        && differences().is_none_or(|found| !are_clocks(&found))
                }
            }
    };
    others.iter().find(is_axis).map(|other| other.place)
}

/// How far the times of a column are from those of the rows, each distance once; `None` where a row has no time in it.
fn differences(
    (sample, rows): (&Sample, &[usize]),
    chosen: &ChosenTime,
    other: &TimeColumn,
) -> Option<BTreeSet<Span>> {
    let readers = [&chosen.formats, &other.formats]
        .map(|formats| formats.formats.first().and_then(FormatCandidate::reader));
    let [Some(first), Some(second)] = readers else {
        return None;
    };
    let of = |row: &usize| {
        let line = &sample.lines[*row];
        Some(
            wall(&second, line.field(other.place))? - wall(&first, &joined(line, &chosen.columns))?,
        )
    };
    rows.iter().map(of).collect()
}

/// Whether times are so far apart as two clocks are, one of which may keep daylight saving time, or as the ends of an interval.
fn are_clocks(differences: &BTreeSet<Span>) -> bool {
    let quarter = HOUR.nanos() / 4;
    match differences.len() {
        1 => true,
        2 => differences.iter().all(|far| far.nanos() % quarter == 0),
        _ => false,
    }
}
