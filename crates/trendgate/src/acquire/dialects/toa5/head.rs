//! The head of a table of a Campbell logger: four lines.
//!
//! ```text
//! "TOA5","Roof","CR1000","9999","CR1000.Std.27","CPU:Roof.CR1","52","FiveMin"    station, logger, program, table
//! "TIMESTAMP","RECORD","AirT_Avg","AirT_TMx","RH"                                names
//! "TS","RN","Deg C","","%"                                                       units
//! "","","Avg","TMx","Smp"                                                        what the logger made of its readings
//! "2026-01-10 00:05:00",0,21.4,"2026-01-10 00:02:30",45.1
//! ```
//!
//! The last word of a column says when its numbers are of: a mean, an extreme, a deviation or a total is of the time before the row's, a sample
//! is of that instant. Columns of times are no points. How long the time before is, which a total needs to be told, the head does not say.

use crate::acquire::fields::{field_texts, plain};
use crate::acquire::report::{ReportPoint, TakenColumns};
use crate::acquire::wide::{WideHead, stamp_texts};
use crate::acquire::{Columns, Report, Trend, dates};
use crate::error::{Error, Result};
use crate::model::PointId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the first line begins with.
pub(super) const MARK: &str = "TOA5";
/// The name of the column of times.
pub(super) const TIME: &str = "TIMESTAMP";
/// The name of the column that numbers the rows.
const RECORD: &str = "RECORD";
/// Lines of the head.
pub(super) const LINES: usize = 4;

/// What stands between what was made of the readings of a column and their unit, in the definition of its point.
const BEFORE_UNIT: &str = ", ";

/// Columns of the time before that of their row, of that instant, of times themselves, and, of those of the time before, totals.
const OF_TIME_BEFORE: [&str; 7] = ["avg", "min", "max", "std", "wvc", "med", TOTAL];
const OF_INSTANT: [&str; 1] = ["smp"];
const TIMES: [&str; 2] = ["tmx", "tmn"];
const TOTAL: &str = "tot";

/// The head of the table that `text` begins with; `None` where that is none, or ends before its fourth line.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where the four lines do not fit each other.
pub(super) fn head(text: &str) -> Result<Option<WideHead>> {
    let lines: Vec<&str> = text.split_inclusive('\n').take(LINES).collect();
    let &[first, names, units, processes] = &lines[..] else {
        return Ok(None);
    };
    let texts = |line: &'_ str| -> Vec<String> {
        let texts = field_texts(plain(line.as_bytes()));
        let written = texts.iter().rposition(|text| !text.is_empty());
        let texts = texts.iter().take(written.map_or(0, |last| last + 1));
        texts.map(|text| text.clone().into_owned()).collect()
    };
    let (first, names) = (texts(first), texts(names));
    if first.first().is_none_or(|text| text != MARK) || !processes.ends_with('\n') {
        return Ok(None);
    }
    if names
        .first()
        .is_none_or(|name| !name.eq_ignore_ascii_case(TIME))
    {
        let message = format!("the second line of the table does not begin with {TIME}");
        return Err(Error::input(message).line(2).hint(AGAIN));
    }
    let (units, processes) = (texts(units), texts(processes));
    if units.len() > names.len() || processes.len() > names.len() {
        let message = "the lines of units and of processing have more fields than that of names";
        return Err(Error::input(message).line(2).hint(AGAIN));
    }
    let cells = 1 + usize::from(
        names
            .get(1)
            .is_some_and(|name| name.eq_ignore_ascii_case(RECORD)),
    );
    let columns = (cells..names.len()).map(|place| {
        let text = |texts: &[String]| texts.get(place).cloned().unwrap_or_default();
        (text(&names), text(&processes), text(&units))
    });
    Ok(Some(WideHead {
        points: points(columns, cells)
            .map_err(|error| error.line(2))?
            .into(),
        title: [first.get(1), first.last()]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" "),
        interval: None,
        date_range: None,
        header_line: LINES as u64,
        columns: Columns {
            date: 0,
            time: 0,
            cells,
            padded: names.len(),
        },
        rows_at: lines.iter().map(|line| line.len()).sum(),
    }))
}

const AGAIN: &str =
    "collect the table from the logger again, or give every table a file of its own";

/// A point for each column, whatever it is of; its definition has what was made of its readings, and their unit.
fn points(
    columns: impl Iterator<Item = (String, String, String)>,
    first: usize,
) -> Result<Vec<ReportPoint>> {
    let mut places = BTreeMap::new();
    let mut points = Vec::new();
    for ((name, process, unit), column) in columns.zip(first + 1..) {
        if name.is_empty() {
            return Err(
                Error::input(format!("column {column} of the table has no name")).hint(AGAIN),
            );
        }
        let id = PointId::new(&name, "");
        if let Some(other) = places.insert(id.clone(), column) {
            return Err(Error::input(format!(
                "the table has one name twice: columns {other} and {column} are both {name:?}"
            ))
            .hint(AGAIN));
        }
        let unit = Some(unit).filter(|unit| !unit.is_empty());
        let definition = unit.map_or_else(
            || process.clone(),
            |unit| process.clone() + BEFORE_UNIT + &unit,
        );
        points.push(ReportPoint {
            id,
            trend: trend(&definition),
            definition,
        });
    }
    Ok(points)
}

/// What was made of the readings of a point, and their unit, as its definition says.
fn defined(definition: &str) -> (&str, &str) {
    definition
        .split_once(BEFORE_UNIT)
        .unwrap_or((definition, ""))
}

/// How a point of this definition is logged.
pub(super) fn trend(definition: &str) -> Trend {
    Trend {
        is_total: defined(definition).0.eq_ignore_ascii_case(TOTAL),
        ..Trend::default()
    }
}

/// The unit of a point's numbers, as the head writes it; empty where it has none.
pub(super) fn unit(point: &ReportPoint) -> &str {
    defined(&point.definition).1
}

/// The reports of a table: one of the columns of the time before that of their row, and one of those of that instant. `report` has all columns.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where it has a column of which it is not known when its numbers are of, or no other than times.
pub(super) fn reports(report: &Report) -> Result<Vec<Report>> {
    let (mut before, mut at) = (Vec::new(), Vec::new());
    for (point, column) in report.points.iter().zip(0..) {
        let process = defined(&point.definition).0.to_lowercase();
        let is = |words: &[&str]| words.contains(&process.as_str());
        if is(&OF_TIME_BEFORE) {
            before.push(column);
        } else if is(&OF_INSTANT) {
            at.push(column);
        } else if !is(&TIMES) {
            return Err(unknown(point)
                .line(report.first_line() + 1)
                .at(&report.path));
        }
    }
    let columns = [(before, true), (at, false)];
    let parts = columns
        .into_iter()
        .filter(|(columns, _)| !columns.is_empty());
    let parts: Vec<Report> = parts
        .zip(0..)
        .map(|((columns, is_before), place)| {
            let mut one = report.clone();
            one.points = columns
                .iter()
                .map(|column| report.points[*column].clone())
                .collect();
            let of_table = TakenColumns {
                cells: report.points.len(),
                columns,
                is_before,
                is_first: place == 0,
            };
            one.range = of_table.outer(report.range);
            one.layout.taken = Some(Box::new(of_table));
            one
        })
        .collect();
    match parts.is_empty() {
        false => Ok(parts),
        true => Err(
            Error::input("the table has no columns but times, which are no points")
                .line(report.first_line() + 1)
                .at(&report.path)
                .hint("let the logger store samples or means beside them"),
        ),
    }
}

fn unknown(point: &ReportPoint) -> Error {
    let process = defined(&point.definition).0;
    Error::input(format!(
        "the column {} is {process:?}, and it is not known whether that is of the row's instant or of the time before it",
        point.id
    ))
    .hint("known are Smp, Avg, Min, Max, Std, WVc, Med and Tot; collect the table without this column")
}

/// Whether a line of these fields is a row.
pub(super) fn is_row(texts: &[Cow<'_, str>]) -> bool {
    texts.first().is_some_and(|text| {
        let (date, time) = stamp_texts(text.as_bytes());
        dates::is_date(date) && dates::time_of_day(time).is_some()
    })
}
