//! Lines under the header → rows with a time. What the reader and the survey of a whole report have in common.

use super::dates::{self, DateOrder};
use super::fields::{first_field, is_blank, is_trailer};
use super::lines::{Line, Lines};
use super::local_clock::{Direction, Fold, LocalClock, Resolved};
use super::{Report, TimeRule};
use crate::clock::{DAY, HOUR};
use crate::error::Result;
use jiff::civil;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The rows of a report, in the order of the file.
pub(super) struct Rows {
    path: PathBuf,
    date_order: DateOrder,
    /// The stated interval, or an hour where that is more.
    longest_step: i64,
    lines: Lines,
    clock: LocalClock,
    date: DateCache,
    /// Whether the trailer has been passed.
    pub(super) trailer: bool,
    /// How often month and day look exchanged.
    pub(super) swaps: u32,
}

/// A line that should be a row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) time: std::result::Result<Timed, &'static str>,
}

/// A row's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub(super) resolved: Resolved,
    /// The fold that ended before this row.
    pub(super) ended: Option<Fold>,
    /// Where the cells begin within the line; `None` where the line ends after the time.
    pub(super) cells_at: Option<usize>,
}

#[derive(Debug, Default)]
struct DateCache {
    text: Vec<u8>,
    date: Option<civil::Date>,
    /// The time of day of the last row, in nanoseconds.
    time: i64,
}

impl Rows {
    /// The rows of `report`, whose text `lines` begins at the start of the file.
    pub(super) fn new(report: &Report, mut lines: Lines, time: &TimeRule) -> Result<Self> {
        for _ in 0..report.layout.header_line {
            lines.next_line(&report.path)?;
        }
        let direction = if report.layout.backward {
            Direction::Backward
        } else {
            Direction::Forward
        };
        Ok(Self {
            path: report.path.clone(),
            date_order: report.layout.date_order,
            longest_step: report.interval.unwrap_or(HOUR).max(HOUR),
            lines,
            clock: LocalClock::new(time, direction),
            date: DateCache::default(),
            trailer: false,
            swaps: 0,
        })
    }

    pub(super) fn lines(&mut self) -> &mut Lines {
        &mut self.lines
    }

    pub(super) fn lines_ref(&self) -> &Lines {
        &self.lines
    }

    pub(super) fn into_lines(self) -> Lines {
        self.lines
    }

    /// What the last fold was, at the end of the report.
    pub(super) fn end_fold(&mut self) -> Option<Fold> {
        self.clock.end_fold()
    }

    /// The next line that should be a row; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(line) = self.lines.next_line(&self.path)? else {
                return Ok(None);
            };
            let bytes = self.lines.bytes(&line);
            if bytes.first().is_none_or(|first| {
                !first.is_ascii_digit() && bytes.get(1).is_none_or(|b| !b.is_ascii_digit())
            }) {
                if is_blank(bytes) {
                    continue;
                }
                if !self.trailer && is_trailer(bytes) {
                    self.trailer = true;
                    continue;
                }
            }
            if self.trailer {
                return Ok(Some(Row {
                    line,
                    time: Err("stands after the end of the report"),
                }));
            }
            let time = self.time(&line);
            return Ok(Some(Row { line, time }));
        }
    }

    fn time(&mut self, line: &Line) -> std::result::Result<Timed, &'static str> {
        let bytes = self.lines.bytes(line);
        let (date, after) = first_field(bytes);
        let after = after.ok_or("has no time")?;
        let (time, cells) = first_field(after);
        let mut changed = None;
        let date = match self.date.date {
            Some(known) if self.date.text == date => known,
            _ => {
                let parsed =
                    dates::date(date, self.date_order).ok_or("has a date that cannot be read")?;
                self.date.text.clear();
                self.date.text.extend_from_slice(date);
                changed = self.date.date.replace(parsed);
                parsed
            }
        };
        let time = dates::time_of_day(time).ok_or("has a time that cannot be read")?;
        if let Some(previous) = changed {
            // Only where the rows would be neighbours if month and day were exchanged: monthly readings step by months, too.
            let step = DAY - self.date.time + time;
            let near = step <= self.longest_step;
            self.swaps += u32::from(near && dates::looks_swapped(previous, date));
        }
        self.date.time = time;
        let cells_at = cells.map(|cells| bytes.len() - cells.len());
        let (resolved, ended) = self
            .clock
            .resolve(date, time)
            .ok_or("has a date outside of all calendars")?;
        Ok(Timed {
            resolved,
            ended,
            cells_at,
        })
    }
}

/// Where rows begin and how they are laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The header's line, counted from 1.
    pub header_line: u64,
    /// Fields that a row may have: the points, date and time, and as many empty ones at the end as the header has.
    pub padded: usize,
    /// The order of year, month and day.
    pub date_order: DateOrder,
    /// Whether the rows run from the latest to the earliest.
    pub backward: bool,
}
