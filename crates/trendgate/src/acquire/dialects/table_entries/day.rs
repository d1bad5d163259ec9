//! The columns of a table with one day a row: times of day by their names, or one after the other.

use crate::acquire::dates::{StampFormat, WrittenTime, time_of_day};
use crate::acquire::described::DayTable;
use crate::error::{Error, Result};
use crate::time::{DAY, Span};
use jiff::civil;

/// A column of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    /// Its place in a row.
    pub(super) place: usize,
    /// What it says: the time since midnight.
    pub(super) time: Span,
    /// Whether it is the second column of that time: of the second pass of a doubled hour.
    pub(super) again: bool,
}

/// The day in front of labels when they are read: any will do.
const ANY_DAY: civil::Date = civil::date(2000, 1, 1);

/// The columns of a day among `others`, which are no other thing, each with its place and its name; and the time from one to the next.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where there are none, or more than a day has.
pub(super) fn labels<'n>(
    day: &DayTable,
    others: impl Iterator<Item = (usize, &'n str)>,
) -> Result<(Vec<Label>, Option<Span>)> {
    let labels = match day {
        DayTable::Labelled(format) => labelled(format, others)?,
        DayTable::Stepped { first, step } => stepped(first, *step, others)?,
    };
    let mut steps = labels
        .windows(2)
        .filter(|pair| !pair[1].again && !pair[0].again)
        .map(|pair| pair[1].time - pair[0].time);
    let step = steps.next().filter(|step| *step > Span::ZERO);
    let step = step.filter(|step| steps.all(|other| other == *step));
    Ok((labels, step))
}

/// What reads labels that are written so, behind a day.
fn label_format(format: &str) -> std::result::Result<StampFormat, String> {
    format!("%Y-%m-%d {format}").parse()
}

/// Whether columns of a day can be described so.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_labels(day: &DayTable) -> std::result::Result<(), String> {
    match day {
        DayTable::Labelled(format) => match label_format(format) {
            Err(error) => Err(format!("columns: {format:?} {error}")),
            Ok(_) if !format.contains('%') => {
                Err(format!("columns: {format:?} has no word for an hour"))
            }
            Ok(_) => Ok(()),
        },
        DayTable::Stepped { first, step } => match time_of_day(first.as_bytes()) {
            None => Err(format!(
                "first: expected a time of day such as \"00:15\", found {first:?}"
            )),
            Some(_) if *step > DAY => Err(format!("step: expected at most 1d, found {step}")),
            Some(_) => Ok(()),
        },
    }
}

fn labelled<'n>(
    format: &str,
    others: impl Iterator<Item = (usize, &'n str)>,
) -> Result<Vec<Label>> {
    let reader = label_format(format).map_err(|error| {
        Error::config(format!(
            "the format {format:?} of the columns of a day {error}"
        ))
    })?;
    let mut labels: Vec<Label> = Vec::new();
    let mut unlike = None;
    for (place, name) in others {
        // The second of equal names is `02:00[2]`.
        let (plain, again) = match name.strip_suffix("[2]") {
            Some(plain) => (plain, true),
            None => (name, false),
        };
        let written = format!("{ANY_DAY} {plain}");
        match reader.read(written.as_bytes()) {
            Some(WrittenTime::Clock { date, time, .. }) => {
                let time = match date == ANY_DAY {
                    true => time,
                    false => time + DAY,
                };
                let again = again || labels.iter().any(|label| label.time == time);
                labels.push(Label { place, time, again });
            }
            _ => unlike = unlike.or(Some(name)),
        }
    }
    match (labels.is_empty(), unlike) {
        (true, Some(name)) => Err(Error::input(format!(
            "expected columns of a day whose names are times in the format {format:?}, found {name:?}"
        ))
        .hint("correct `day.columns`; or, where names are no times, say `day: {first: \"00:15\", step: 15m}`")),
        (true, None) => Err(Error::input(format!(
            "expected columns of a day whose names are times in the format {format:?}, found none"
        ))),
        (false, Some(name)) => Err(Error::input(format!(
            "the column {name:?} is no time in the format {format:?}, and described as nothing else"
        ))
        .hint("name it under `skip` if it is none of the columns of a day")),
        (false, None) => Ok(labels),
    }
}

fn stepped<'n>(
    first: &str,
    step: Span,
    others: impl Iterator<Item = (usize, &'n str)>,
) -> Result<Vec<Label>> {
    let first = time_of_day(first.as_bytes()).ok_or_else(|| {
        Error::config(format!(
            "expected a time of day such as \"00:15\" as `day.first`, found {first:?}"
        ))
    })?;
    let mut labels = Vec::new();
    let mut time = first;
    for (place, name) in others {
        if time > DAY {
            return Err(Error::input(format!(
                "the column {name:?} would be behind the end of the day: there are more columns than it has steps of {step}"
            ))
            .hint("name those under `skip` that are none of the columns of a day"));
        }
        labels.push(Label {
            place,
            time,
            again: false,
        });
        time = time + step;
    }
    match labels.is_empty() {
        true => Err(Error::input(
            "no column of the table is one of a day: all are something else, or skipped",
        )),
        false => Ok(labels),
    }
}
