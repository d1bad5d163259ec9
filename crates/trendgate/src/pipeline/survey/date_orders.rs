//! Reports whose dates can be read in several ways, and what the other new reports prove: said, and left to a person. Whatever others prove, it
//! decides nothing in a run.

use super::look::SeenFile;
use super::looking::SeenFiles;
use crate::acquire::{DateOrder, Report, StatedOrder};
use crate::error::{Error, Result};
use crate::plan::Inputs;

/// The field of the configuration that decides it.
const FIELD: &str = "date_order";

/// How many reports prove each order of day and month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OrderCounts {
    month_first: u64,
    day_first: u64,
}

impl OrderCounts {
    /// Counts a report: one whose dates begin with the year, or of which the order is stated, proves nothing.
    pub(crate) fn add(&mut self, report: &Report) {
        match report.layout.date_order {
            _ if report.stated.date_order.is_some() || report.stated.table.is_some() => {}
            DateOrder::YearMonthDay | DateOrder::ShortYearMonthDay => {}
            DateOrder::MonthDayYear => self.month_first += 1,
            DateOrder::DayMonthYear => self.day_first += 1,
        }
    }

    /// The order that some prove, and none another.
    pub(crate) fn one(self) -> Option<(u64, DateOrder)> {
        match (self.month_first, self.day_first) {
            (reports @ 1.., 0) => Some((reports, DateOrder::MonthDayYear)),
            (0, reports @ 1..) => Some((reports, DateOrder::DayMonthYear)),
            _ => None,
        }
    }

    /// What is to be done, in words; `None` where no report proves anything.
    fn hint(self) -> Option<String> {
        let OrderCounts {
            month_first,
            day_first,
        } = self;
        if let Some((reports, order)) = self.one() {
            let (prove, stated) = (prove(reports), StatedOrder::of(order));
            return Some(format!(
                "{prove} {order}, none another: add `{FIELD}: {stated}` under cleaner, or in an entry of cleaner.sources"
            ));
        }
        (month_first > 0).then(|| {
            format!(
                "{} {}, and {day_first} {}: state `{FIELD}` for these files in an entry of cleaner.sources",
                prove(month_first),
                DateOrder::MonthDayYear,
                DateOrder::DayMonthYear
            )
        })
    }
}

fn prove(reports: u64) -> String {
    match reports {
        1 => "1 report of this site proves".to_owned(),
        _ => format!("{reports} reports of this site prove"),
    }
}

/// The same files; where the dates of one can be read in several ways, with what the reports among `new` prove.
pub(super) fn counted(seen: SeenFiles, new: &Inputs) -> Result<SeenFiles> {
    let is_open = |error: &Error| error.is_decided_by(FIELD);
    let has_open = |(_, seen): &(usize, Result<SeenFile>)| match seen {
        Ok(seen) => seen.failed.iter().any(is_open),
        Err(error) => is_open(error),
    };
    if !seen.iter().any(has_open) {
        return Ok(seen);
    }
    let mut counts = OrderCounts::default();
    for input in new.iter() {
        counts.add(&input?.report);
    }
    let hint = counts.hint();
    let hinted = |error: Error| match &hint {
        Some(hint) if is_open(&error) => error.hint(hint.clone()),
        _ => error,
    };
    let seen = seen.into_iter().map(|(place, seen)| {
        let seen = seen.map_err(hinted).map(|seen| SeenFile {
            failed: seen.failed.into_iter().map(hinted).collect(),
            ..seen
        });
        (place, seen)
    });
    Ok(seen.collect())
}
