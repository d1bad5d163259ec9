//! A column of numbers beside dates → how it says the time of day: an hour, or hour and minute without a sign between them.

use super::layout::{TimeColumn, name_of};
use super::sample::Sample;
use super::stamp::reads;
use super::words::{ColumnRole, part_of_time, plain_word, says};

/// The hours of a day.
const HOURS: u32 = 24;

/// How the column at `place` says the time of day of the dates in `date`, by its name or by how its numbers follow each other; `None` where it
/// does not.
pub(super) fn bare_time(sample: &Sample, date: &TimeColumn, place: usize) -> Option<String> {
    let name = name_of(sample, place);
    let is_hour = part_of_time(&name) == Some(3) && plain_word(&name) != "hhmm";
    let is_named = says(ColumnRole::Time, &name);
    let reader = date.formats.formats.first()?.reader()?;
    let rows = sample.lines.iter().filter(|line| {
        let text = line.field(date.place);
        !text.is_empty() && reads(&reader, date.formats.holds, text)
    });
    let cells: Vec<(&str, &str)> = rows
        .map(|line| (line.field(date.place), line.field(place)))
        .filter(|(_, cell)| !cell.is_empty() && !is_repeated(cell))
        .collect();
    let numbers: Vec<(&str, u32)> = cells
        .iter()
        .map(|(date, cell)| {
            let is_number = cell.len() <= 4 && cell.bytes().all(|byte| byte.is_ascii_digit());
            Some((*date, cell.parse().ok().filter(|_| is_number)?))
        })
        .collect::<Option<_>>()?;
    if numbers.len() < 2 {
        return None;
    }
    let are_hours = numbers.iter().all(|(_, hour)| *hour <= HOURS);
    if are_hours && (is_hour || is_whole_day(&numbers)) {
        return Some("%H".to_owned());
    }
    let are_times = numbers
        .iter()
        .all(|(_, time)| time / 100 <= HOURS && time % 100 < 60);
    let are_four = cells.iter().all(|(_, cell)| cell.len() == 4);
    let is_said = (is_named || is_hour) && (are_four || !are_hours);
    (are_times && (is_said || are_even(&numbers))).then(|| "%H%M".to_owned())
}

/// Whether it is the hour that the clock repeats: `02X`.
fn is_repeated(cell: &str) -> bool {
    let hour = cell.strip_suffix('X').unwrap_or_default();
    (1..=2).contains(&hour.len()) && hour.bytes().all(|byte| byte.is_ascii_digit())
}

/// The numbers of each day, in their order.
fn days<'d>(numbers: &[(&'d str, u32)]) -> Vec<Vec<u32>> {
    let of_day = numbers.chunk_by(|one, next: &(&'d str, u32)| one.0 == next.0);
    of_day
        .map(|day| day.iter().map(|(_, number)| *number).collect())
        .collect()
}

/// Whether the numbers go forward in each day, and are all hours of one of them.
fn is_whole_day(numbers: &[(&str, u32)]) -> bool {
    let days = days(numbers);
    let go_forward = |day: &Vec<u32>| day.windows(2).all(|pair| pair[1] > pair[0]);
    let is_whole =
        |day: &Vec<u32>| day.len() == 24 && matches!((day[0], day[23]), (0, 23) | (1, HOURS));
    days.iter().all(go_forward) && days.iter().any(is_whole)
}

/// Whether the numbers are in even steps over the hours of each day, as hour and minute side by side are: 45 is followed by 100.
fn are_even(numbers: &[(&str, u32)]) -> bool {
    let minutes = |time: u32| i64::from(time / 100 * 60 + time % 100);
    let days = days(numbers);
    let mut steps: Vec<i64> = Vec::new();
    for day in &days {
        steps.extend(
            day.windows(2)
                .map(|pair| minutes(pair[1]) - minutes(pair[0])),
        );
    }
    let Some(first) = steps.first().copied().filter(|step| *step > 0) else {
        return false;
    };
    let passes_hours = days
        .iter()
        .any(|day| day.windows(2).any(|pair| pair[0] / 100 < pair[1] / 100));
    let even = steps.iter().filter(|step| **step == first).count();
    passes_hours
        && steps.len() >= 8
        && even * 10 >= steps.len() * 9
        && steps.iter().all(|step| *step > 0)
}
