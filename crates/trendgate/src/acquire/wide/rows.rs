//! Lines below the header → rows with a time. What the decoder and the survey of a whole report have in common.

use super::{Furniture, Met};
use crate::acquire::dates::{self, DateOrder};
use crate::acquire::exchanged::{ExchangedDates, OutsideRange, Sign};
use crate::acquire::fields::{are_cells, first_field, is_blank, skipped};
use crate::acquire::lines::{Line, Lines};
use crate::acquire::local_clock::{LocalClock, RowTime};
use crate::acquire::{Report, TimeRule};
use crate::error::{Error, Result};
use jiff::civil;
use std::path::PathBuf;

/// The rows of a report, in the order of the file.
pub(super) struct Rows {
    path: PathBuf,
    date_order: DateOrder,
    /// How many fields stand before the date, between date and time, and between time and cells.
    skipped: [usize; 3],
    /// Cells that a row has, and that it may have if those beyond are blank.
    cells: (usize, usize),
    lines: Lines,
    clock: LocalClock,
    date: DateCache,
    dates: ExchangedDates,
    others: Box<dyn Furniture>,
    /// Lines of furniture since they were last taken.
    pub(super) furniture: u64,
    /// Whether the trailer has been passed.
    trailer: bool,
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
    pub(super) at: RowTime,
    /// Where the cells begin within the line; `None` where the line ends after the time.
    pub(super) cells_at: Option<usize>,
}

#[derive(Debug, Default)]
struct DateCache {
    text: Vec<u8>,
    date: Option<civil::Date>,
}

impl Rows {
    /// The rows of `report`, whose text `lines` begins at its first line; `others` has seen nothing of its head yet.
    pub(super) fn new(
        report: &Report,
        mut lines: Lines,
        time: &TimeRule,
        mut others: Box<dyn Furniture>,
    ) -> Result<Self> {
        for _ in 0..report.layout.header_line {
            if let Some(line) = lines.next_line(&report.path)? {
                others.see(lines.bytes(&line));
            }
        }
        let (points, columns) = (report.points.len(), report.layout.columns);
        Ok(Self {
            path: report.path.clone(),
            date_order: report.layout.date_order,
            skipped: [columns.date, columns.between(), columns.before_cells()],
            cells: (points, columns.most_cells(points)),
            lines,
            clock: LocalClock::new(time),
            date: DateCache::default(),
            dates: ExchangedDates::new(report.layout.stated_range, report.interval),
            others,
            furniture: 0,
            trailer: false,
        })
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(super) fn into_lines(self) -> Lines {
        self.lines
    }

    /// Whether a row has a cell for each point, and the file does not end within it: only then is it accepted.
    pub(super) fn is_accepted(&self, line: &Line, timed: Timed) -> bool {
        let bytes = self.lines.bytes(line);
        let cells = timed.cells_at.map(|at| &bytes[at..]);
        are_cells(cells, self.cells) && !is_cut(bytes, line.whole)
    }

    /// The error for dates in which day and month have changed places, as soon as one row or the end of the file shows it.
    #[inline]
    pub(super) fn exchanged(&self) -> Option<Error> {
        self.dates.sign().map(|sign| self.refusal(sign))
    }

    #[cold]
    fn refusal(&self, sign: &Sign) -> Error {
        let (line, message) = match sign {
            Sign::Range { line, date, stated } => (
                line,
                format!(
                    "day and month have changed places: {date} is outside of the Date Range that the report states, {stated}, and \
                     inside with day and month exchanged"
                ),
            ),
            Sign::Step {
                line,
                before,
                after,
            } => (
                line,
                format!(
                    "day and month have changed places: after {before} comes {after}, which are next to each other only with day and \
                     month exchanged"
                ),
            ),
        };
        let error = Error::input(message).at(&self.path).line(*line);
        error.hint("a spreadsheet does this when it saves a report: export it again and do not open it there")
    }

    /// Whether the report, which was read to its end, was not cut short.
    pub(super) fn is_complete(&self) -> bool {
        self.trailer || !self.others.has_trailer()
    }

    /// The rows that lie outside of the stated range.
    pub(super) fn outside_range(&self) -> Option<OutsideRange> {
        self.dates.outside()
    }

    /// The next line that should be a row; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(line) = self.lines.next_line(&self.path)? else {
                self.dates.end();
                return Ok(None);
            };
            let bytes = self.lines.bytes(&line);
            if bytes.first().is_none_or(|first| {
                !first.is_ascii_digit() && bytes.get(1).is_none_or(|b| !b.is_ascii_digit())
            }) {
                if is_blank(bytes) {
                    continue;
                }
                if self.others.is_trailer(bytes) {
                    self.trailer = true;
                    continue;
                }
            }
            let mut time = self.time(&line);
            if time.is_err() && self.is_furniture(&line)? {
                self.furniture += 1;
                continue;
            }
            if self.trailer {
                if time.is_ok() {
                    return Err(self.behind_the_trailer(&line));
                }
                time = Err("stands after the end of the report");
            }
            return Ok(Some(Row { line, time }));
        }
    }

    /// Whether a line that is no row is furniture.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where it is of another head: what follows has other points.
    pub(super) fn is_furniture(&self, line: &Line) -> Result<bool> {
        let bytes = self.lines.bytes(line);
        match self.others.meets(bytes, line.whole) {
            Met::Nothing => Ok(false),
            Met::Furniture => Ok(true),
            Met::Head => Err(self.others.refuse(bytes, line.number).at(&self.path)),
        }
    }

    fn behind_the_trailer(&self, line: &Line) -> Error {
        Error::input("a row stands behind the end of the report, and no head says which points it is of")
            .at(&self.path)
            .line(line.number)
            .hint("files were joined, or rows were appended: give every report a file of its own, from its first line to its trailer")
    }

    fn time(&mut self, line: &Line) -> std::result::Result<Timed, &'static str> {
        let bytes = self.lines.bytes(line);
        let [before, between, behind] = self.skipped;
        let at_date = skipped(bytes, before).ok_or("has no date")?;
        let (date, after) = first_field(at_date);
        let at_time = after.and_then(|after| skipped(after, between));
        let (time, after) = first_field(at_time.ok_or("has no time")?);
        let cells = after.and_then(|after| skipped(after, behind));
        let date = match self.date.date {
            Some(known) if self.date.text == date => known,
            _ => {
                let parsed =
                    dates::date(date, self.date_order).ok_or("has a date that cannot be read")?;
                self.date.text.clear();
                self.date.text.extend_from_slice(date);
                self.date.date = Some(parsed);
                parsed
            }
        };
        let time = dates::time_of_day(time).ok_or("has a time that cannot be read")?;
        self.dates.row(date, time, line.number);
        let cells_at = cells.map(|cells| bytes.len() - cells.len());
        let at = self.clock.resolve(date, time);
        let at = at.ok_or("has a date outside of all calendars")?;
        Ok(Timed { at, cells_at })
    }
}

/// Whether the file ends within this row, so that its last cell may be the beginning of a longer one. A last line is whole
/// without a line end only if its last quote is closed.
pub(super) fn is_cut(line: &[u8], has_end: bool) -> bool {
    let quotes = || line.iter().filter(|byte| **byte == b'"').count();
    let is_closed = || line.ends_with(b"\"") && quotes().is_multiple_of(2);
    !(has_end || is_closed())
}
