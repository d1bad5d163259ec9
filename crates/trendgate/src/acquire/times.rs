//! The times of all rows of a report → from when to when it has rows, which way the file runs, and whether its rows are in order.
//!
//! The way of a file is the sign of the majority of the steps from row to row, by the wall clock, outside of doubled hours; where there
//! are none, of those within; else forward. Which instants the rows of a doubled hour are depends on it (see [`super::fold`]), and it is
//! known only at the end: so both ways are followed at once.

use super::dates::{self, DateOrder};
use super::fields::is_blank;
use super::fold::{Direction, HourPasses, MOST_DOUBLED, too_many_doubled};
use super::local_clock::{Resolved, RowTime};
use super::{Choice, Report, RowOrder, TimeRule};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Extent, Instant, Span};

/// What a row lacks whose date is blank, or all `#`, as a spreadsheet leaves it whose column is too narrow.
pub(super) const NO_DATE: &str = "has no date";
/// What a row lacks whose time of day is blank.
pub(super) const NO_TIME: &str = "has no time";

/// What the rows so far say.
pub(super) struct Times {
    ambiguous: Choice,
    forward: Course,
    backward: Course,
    /// The rows of the doubled hour that is open, and their lines.
    fold: HourPasses,
    lines: Vec<u64>,
    /// The last row by the wall clock, and whether it is in a doubled hour.
    last: Option<(Span, bool)>,
    /// Steps on less steps back: outside of doubled hours, and within.
    outside: i64,
    within: i64,
    /// All rows with a time, accepted or not.
    all: Course,
    /// The line from which on a doubled hour has more rows than are held.
    too_many: Option<u64>,
}

/// Rows as they lie if the file runs one way.
struct Course {
    range: Option<Extent>,
    previous: Instant,
    disorder: bool,
    not_after: Instant,
    rows: u64,
    /// Rows in the future, and the first of them: line and time.
    future: u64,
    first_future: Option<(u64, Instant)>,
}

impl Course {
    fn new(not_after: Instant) -> Self {
        Self {
            range: None,
            previous: Instant::MIN,
            disorder: false,
            not_after,
            rows: 0,
            future: 0,
            first_future: None,
        }
    }

    fn take(&mut self, time: Instant, line: u64) {
        self.rows += 1;
        if time > self.not_after {
            self.future += 1;
            self.first_future.get_or_insert((line, time));
        }
        self.disorder |= time < self.previous;
        self.previous = time;
        self.range = Some(Extent::joined(self.range, time));
    }

    fn refuse_future(&self, report: &Report) -> Result<()> {
        match self.first_future {
            Some((line, time)) => Err(future(report, line, time, self.future == self.rows)),
            None => Ok(()),
        }
    }
}

impl Times {
    pub(super) fn new(rule: &TimeRule) -> Self {
        let course = || Course::new(rule.not_after);
        Self {
            ambiguous: rule.ambiguous,
            forward: course(),
            backward: course(),
            fold: HourPasses::default(),
            lines: Vec::new(),
            last: None,
            outside: 0,
            within: 0,
            all: course(),
            too_many: None,
        }
    }

    /// Takes the next row of the file; one that is not accepted counts only where it is in the future.
    pub(super) fn take(&mut self, at: RowTime, line: u64, accepted: bool) {
        self.all.take(at.utc.earliest(), line);
        if !accepted {
            return;
        }
        let doubled = matches!(at.utc, Resolved::Doubled(_));
        if let Some((last, was_doubled)) = self.last.replace((at.local, doubled)) {
            let step = (at.local - last).nanos().signum();
            match doubled && was_doubled {
                true => self.within += step,
                false => self.outside += step,
            }
        }
        match at.utc {
            Resolved::Doubled(doubled) => {
                if !self.fold.take(doubled) {
                    self.end_fold();
                    self.fold.take(doubled);
                }
                self.lines.push(line);
                if self.lines.len() > MOST_DOUBLED {
                    self.too_many.get_or_insert(line);
                    self.end_fold();
                }
            }
            Resolved::Sure(time) | Resolved::Moved(time) => {
                self.end_fold();
                self.forward.take(time, line);
                self.backward.take(time, line);
            }
        }
    }

    fn end_fold(&mut self) {
        if self.fold.is_empty() {
            return;
        }
        let fold = std::mem::take(&mut self.fold);
        for (course, direction) in [
            (&mut self.forward, Direction::Forward),
            (&mut self.backward, Direction::Backward),
        ] {
            let (_, instants) = fold.instants(direction, self.ambiguous);
            for (time, line) in instants.zip(&self.lines) {
                course.take(time, *line);
            }
        }
        self.lines.clear();
    }

    /// Sets what was found.
    pub(super) fn settle(mut self, report: &mut Report) -> Result<()> {
        self.end_fold();
        if let Some(line) = self.too_many {
            return Err(too_many_doubled(report, line));
        }
        let backward = if self.outside == 0 {
            self.within < 0
        } else {
            self.outside < 0
        };
        let course = match backward {
            true => &self.backward,
            false => &self.forward,
        };
        self.all.refuse_future(report)?;
        course.refuse_future(report)?;
        // A report of which no row is accepted is read all the same: each is said to be rejected, and why.
        let range = course.range.or(self.all.range);
        report.range = range.ok_or_else(|| {
            Error::input("no row of the report has a date and a time that can be read")
                .at(&report.path)
                .hint("export the report again")
        })?;
        report.layout.backward = backward;
        report.order = match course.disorder {
            true => RowOrder::Unordered,
            false => RowOrder::Ascending,
        };
        Ok(())
    }
}

/// The error for a row that is later than now.
pub(super) fn future(report: &Report, line: u64, time: Instant, all: bool) -> Error {
    let message = format!("the row's time {time} is in the future");
    let error = Error::new(ErrorKind::Future, message)
        .at(&report.path)
        .line(line);
    error.hint(match (all, report.stated.clock.is_some()) {
        (true, true) => {
            "all rows of the report are in the future: the `clock` that is stated is probably wrong"
        }
        (true, false) => {
            "all rows of the report are in the future: the time zone is probably wrong (--timezone)"
        }
        (false, true) => "check the logger's clock, and the `clock` that is stated",
        (false, false) => "check the logger's clock and the time zone (--timezone)",
    })
}

/// Why the text of a date is none.
#[cold]
pub(super) fn no_date(text: &[u8], order: DateOrder) -> &'static str {
    if is_blank(text) || text.iter().all(|byte| *byte == b'#') {
        NO_DATE
    } else if dates::is_of_another_age(text, order) {
        "has a year outside of 1970 to 2200"
    } else {
        "has a date that cannot be read"
    }
}

/// Why the text of a time is none.
#[cold]
pub(super) fn no_time(text: &[u8]) -> &'static str {
    match is_blank(text) {
        true => NO_TIME,
        false => "has a time that cannot be read",
    }
}
