//! Lines below the header → rows with a time. What the decoder and the survey of a whole report have in common.

use super::range_lines::RangeLines;
use super::row_texts::{RowTexts, stamp_texts};
use super::table::{MendedSteps, Misread, RowStamps};
use super::{Furniture, Met};
use crate::acquire::clock_faults::ClockFaults;
use crate::acquire::dates::{self, DateOrder};
use crate::acquire::exchanged::{ExchangedDates, MEND, OutsideRange};
use crate::acquire::fields::{are_cells, first_field, is_blank, skipped};
use crate::acquire::lines::{Line, Lines, is_cut};
use crate::acquire::local_clock::{LocalClock, RowTime};
use crate::acquire::snap::Snap;
use crate::acquire::times::{NO_DATE, NO_TIME, no_date, no_time};
use crate::acquire::{Columns, Report, RowOrder, StatedOrder, TimeRule};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{HOUR, Instant, Span};
use jiff::civil;
use std::path::PathBuf;

/// The rows of a report, in the order of the file.
pub(super) struct Rows {
    path: PathBuf,
    date_order: DateOrder,
    /// The order that is stated, where one is.
    stated_order: Option<StatedOrder>,
    /// How many fields stand before the date, between date and time, and between time and cells.
    skipped: [usize; 3],
    columns: Columns,
    /// Cells that a row has, and that it may have if those beyond are blank.
    cells: (usize, usize),
    lines: Lines,
    clock: LocalClock,
    /// The grid of times that are near it.
    snap: Option<Snap>,
    date: DateCache,
    /// What reads the times of a described table.
    stamps: Option<RowStamps>,
    /// What the rows of a table have to follow whose day and month were exchanged back.
    mended: Option<MendedSteps>,
    /// Why the text is not as it is described.
    unlike: Option<Error>,
    /// Whether a spreadsheet that exchanged day and month left the dates themselves, which can be exchanged back.
    is_mendable: bool,
    dates: ExchangedDates,
    /// Whether all of the rows were looked at before, and are in no order: then a part of them tells nothing of their dates.
    is_settled: bool,
    /// Rows whose time is a fault of the clock, and those before this time.
    faults: ClockFaults,
    not_before: Instant,
    /// The wall clock of the last row that has a time.
    last: Option<Span>,
    interval: Option<Span>,
    others: Box<dyn Furniture>,
    /// Lines of furniture since they were last taken.
    pub(super) furniture: u64,
    /// Whether the trailer has been passed.
    trailer: bool,
    /// Whether a page ends above, and no row stands below it yet.
    between_pages: bool,
    /// The last line of the report, where its text has several.
    last_line: Option<u64>,
    /// Whether that line is a row which was cut, with the next head behind it.
    cut: bool,
    /// What is to be known of the lines, where they are not all of the report's.
    range: Option<RangeLines>,
}

/// What comes next of a report.
pub(super) enum NextRow {
    /// A line that should be a row.
    Row(Row),
    /// A line of another head: the text has several reports.
    Head,
    /// No more.
    End,
}

/// A line that should be a row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) time: std::result::Result<Timed, &'static str>,
}

/// A row's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timed {
    pub(super) at: RowTime,
    /// Where the cells begin within the line; `None` where the line ends after the time.
    pub(super) cells_at: Option<usize>,
    /// Whether it is a fault of the clock, as far as that is known.
    pub(super) is_fault: bool,
    /// The wall clock of the row before it in the file.
    pub(super) after: Option<Span>,
    /// Whether its day and month were exchanged back.
    pub(super) mended: bool,
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
        for _ in lines.number()..report.layout.header_line {
            if let Some(line) = lines.next_line(&report.path)? {
                others.see(lines.bytes(&line));
            }
        }
        let (cells, columns) = (report.cells(), report.layout.columns);
        let stamps = RowStamps::of_report(report, time)?;
        let mended = stamps.as_ref().and_then(|stamps| stamps.mended_steps(time));
        Ok(Self {
            path: report.path.clone(),
            date_order: report.layout.date_order,
            stated_order: report.stated.date_order,
            skipped: [columns.date, columns.between(), columns.before_cells()],
            columns,
            cells: (cells, columns.most_cells(cells)),
            lines,
            clock: LocalClock::new(time, report.stated.clock),
            snap: Snap::added(&report.stated, report.interval),
            date: DateCache::default(),
            is_mendable: stamps.is_some() && mended.is_none() && report.text.is_sheet(),
            stamps,
            mended,
            unlike: None,
            faults: report.layout.clock_faults.clone().unwrap_or_default(),
            not_before: time.not_before,
            last: None,
            interval: report.interval,
            dates: ExchangedDates::new(report.layout.stated_range, report.interval),
            is_settled: report.order == RowOrder::Unordered && report.layout.clock_faults.is_some(),
            others,
            furniture: 0,
            trailer: false,
            between_pages: false,
            last_line: (report.section.as_ref()).map(|section| section.lines.end - 1),
            cut: (report.section.as_ref()).is_some_and(|section| section.cut),
            range: None,
        })
    }

    /// The same, where the lines are a range of those of the report.
    pub(super) fn of_range(self, range: RangeLines) -> Self {
        let dates = match range.is_within() {
            true => self.dates.within(),
            false => self.dates,
        };
        Self {
            dates,
            range: Some(range),
            ..self
        }
    }

    /// What is to be known of the lines, where they are not all of the report's.
    pub(super) fn range(&self) -> Option<&RangeLines> {
        self.range.as_ref()
    }

    /// Whether the dates were exchanged, and are read exchanged back.
    pub(super) fn are_mended(&self) -> bool {
        self.mended.is_some()
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

    /// The error for dates in which day and month have changed places, as soon as one row or the end of the file shows it; and for a table
    /// that is not as it is described.
    #[inline]
    pub(super) fn exchanged(&mut self) -> Option<Error> {
        let sign = self.dates.sign().filter(|_| !self.is_settled);
        let refusal = |error: Error| match self.is_mendable {
            true => error.hint(MEND),
            false => error,
        };
        let exchanged = sign.map(|sign| refusal(sign.refusal(self.stated_order)).at(&self.path));
        exchanged.or_else(|| self.unlike.take())
    }

    /// Whether the report, which was read to its end, was not cut short.
    pub(super) fn is_complete(&self) -> bool {
        self.trailer || !self.others.has_trailer()
    }

    /// The rows that lie outside of the stated range, of those that are counted.
    pub(super) fn outside_range(&self) -> Option<OutsideRange> {
        match &self.range {
            Some(range) => range.own().outside,
            None => self.dates.outside(),
        }
    }

    /// What comes next.
    pub(super) fn next_row(&mut self) -> Result<NextRow> {
        loop {
            let at_end = self.last_line == Some(self.lines.number());
            let line = match at_end {
                true => None,
                false => self.lines.next_line(&self.path)?,
            };
            let Some(mut line) = line else {
                if !self.range.as_ref().is_some_and(RangeLines::goes_on) {
                    self.dates.end();
                }
                if let Some(range) = &mut self.range {
                    range.end(self.lines.number(), self.dates.outside());
                }
                return Ok(NextRow::End);
            };
            if let Some(range) = &mut self.range {
                let outside = || self.dates.outside();
                range.take_line(self.lines.start_of(&line), line.number, outside);
            }
            let bytes = self.lines.bytes(&line);
            if bytes.first().is_none_or(|first| {
                !first.is_ascii_digit() && bytes.get(1).is_none_or(|b| !b.is_ascii_digit())
            }) {
                if is_blank(bytes) {
                    self.furniture += u64::from(self.others.has_pages());
                    continue;
                }
                if self.others.is_trailer(bytes) {
                    self.trailer = true;
                    continue;
                }
            }
            let mut time = match self.stamps {
                None => self.time(&line),
                Some(_) => self.stamped(&line),
            };
            // The date of a page has no time, too.
            if time == Err(NO_TIME)
                && self.others.meets(self.lines.bytes(&line), line.whole) != Met::PageText
            {
                time = self.midnight(&mut line)?;
            }
            if self.cut && self.is_last(&line) {
                time = Err("is cut short: the head of another report stands behind it");
            }
            if time.is_err() {
                match self.met(&line)? {
                    Met::Head => return Ok(NextRow::Head),
                    Met::PageText if self.between_pages => {
                        self.furniture += 1;
                        continue;
                    }
                    met @ (Met::Furniture | Met::PageBreak) => {
                        self.between_pages = met == Met::PageBreak;
                        self.furniture += 1;
                        continue;
                    }
                    Met::Nothing | Met::PageText => {}
                }
            } else {
                self.between_pages = false;
            }
            if self.trailer {
                if time.is_ok() {
                    return Err(self.behind_the_trailer(&line));
                }
                time = Err("stands after the end of the report");
            }
            return Ok(NextRow::Row(Row { line, time }));
        }
    }

    /// What a line is that is no row.
    ///
    /// # Errors
    /// [`Changing`](ErrorKind::Changing) for a head in a section: its text was divided at all of them.
    pub(super) fn met(&self, line: &Line) -> Result<Met> {
        if self.cut && self.is_last(line) {
            return Ok(Met::Nothing);
        }
        let met = self.others.meets(self.lines.bytes(line), line.whole);
        match met {
            Met::Head if self.last_line.is_some() => Err(Error::new(
                ErrorKind::Changing,
                "the report changed while it was read",
            )
            .at(&self.path)
            .line(line.number)
            .hint("run again when its writer has finished")),
            met => Ok(met),
        }
    }

    fn is_last(&self, line: &Line) -> bool {
        self.last_line == Some(line.number)
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
        let at_date = skipped(bytes, before).ok_or(NO_DATE)?;
        let (date, after) = first_field(at_date);
        let ((date, time), after) = match self.columns.are_one_field() {
            true => (stamp_texts(date), after),
            false => {
                let at_time = after.and_then(|after| skipped(after, between));
                let (time, after) = first_field(at_time.ok_or(NO_TIME)?);
                ((date, time), after)
            }
        };
        let cells = after.and_then(|after| skipped(after, behind));
        let date = match self.date.date {
            Some(known) if self.date.text == date => known,
            _ => {
                let parsed = dates::date(date, self.date_order)
                    .ok_or_else(|| no_date(date, self.date_order))?;
                self.date.text.clear();
                self.date.text.extend_from_slice(date);
                self.date.date = Some(parsed);
                parsed
            }
        };
        let time = dates::time_of_day(time).ok_or_else(|| no_time(time))?;
        let cells_at = cells.map(|cells| bytes.len() - cells.len());
        self.timed(date, time, line.number, cells_at)
    }

    #[inline]
    fn timed(
        &mut self,
        date: civil::Date,
        time: Span,
        line: u64,
        cells_at: Option<usize>,
    ) -> std::result::Result<Timed, &'static str> {
        let on_grid = self.snap.map_or(time, |snap| snap.snapped(time));
        let at = self.clock.resolve(date, on_grid);
        let at = at.ok_or("has a date outside of all calendars")?;
        Ok(self.at(at, Some((date, time)), line, cells_at))
    }

    #[inline]
    fn at(
        &mut self,
        at: RowTime,
        written: Option<(civil::Date, Span)>,
        line: u64,
        cells_at: Option<usize>,
    ) -> Timed {
        let is_fault = at.utc.earliest() < self.not_before || self.faults.contains(line);
        if let (Some((date, time)), false) = (written, is_fault) {
            self.dates.row(date, time, line);
        }
        let after = self.last.replace(at.local);
        Timed {
            at,
            cells_at,
            is_fault,
            after,
            mended: false,
        }
    }

    /// The time of a row of a described table.
    fn stamped(&mut self, line: &Line) -> std::result::Result<Timed, &'static str> {
        let Some(stamps) = &mut self.stamps else {
            return Err(NO_TIME);
        };
        match stamps.read(self.lines.bytes(line)) {
            Ok(row) => {
                let timed = self.at(row.at, row.written, line.number, row.cells_at);
                if let Some(steps) = self.mended.as_mut().filter(|_| !timed.is_fault)
                    && let Some(error) = steps.row(row.at)
                {
                    let error = error.at(&self.path).line(line.number);
                    self.unlike.get_or_insert(error);
                }
                Ok(Timed {
                    mended: row.mended,
                    ..timed
                })
            }
            Err(Misread::Blank) => Err(NO_DATE),
            Err(Misread::Unlike) => Err("has a time that is not written as it is described"),
            Err(Misread::Against(error)) => {
                let error = error.at(&self.path).line(line.number);
                self.unlike.get_or_insert(error);
                Err("has a time that is against what is described")
            }
        }
    }

    /// The time of a row that has a date and a blank time. A spreadsheet drops the time of midnight: it is that, where midnight lies between
    /// the times of its neighbours and one of them is the stated interval from it, or, where none is stated, both are equally far from
    /// it, an hour at most. At the beginning and the end of a report, and beside a row without a time, there is one neighbour only.
    #[cold]
    fn midnight(&mut self, line: &mut Line) -> Result<std::result::Result<Timed, &'static str>> {
        let columns = self.columns;
        let bytes = self.lines.bytes(line);
        let read = RowTexts::of(bytes, &columns).and_then(|row| {
            let cells_at = row.cells.map(|cells| bytes.len() - cells.len());
            Some((dates::date(row.date, self.date_order)?, cells_at))
        });
        let Some((date, cells_at)) = read else {
            return Ok(Err(NO_TIME));
        };
        let mut clock = |date, time| self.clock.resolve(date, time).map(|at| at.local);
        let Some(midnight) = clock(date, Span::ZERO) else {
            return Ok(Err(NO_TIME));
        };
        let next = self.lines.peek(line, &self.path)?.and_then(|next| {
            let next = RowTexts::of(next, &columns)?;
            clock(
                dates::date(next.date, self.date_order)?,
                dates::time_of_day(next.time)?,
            )
        });
        Ok(match is_missing(midnight, self.last, next, self.interval) {
            true => self.timed(date, Span::ZERO, line.number, cells_at),
            false => Err(NO_TIME),
        })
    }
}

/// Whether a row at `midnight` is missing between two neighbours, or beside the only one, in a report of this stated interval.
fn is_missing(
    midnight: Span,
    before: Option<Span>,
    after: Option<Span>,
    interval: Option<Span>,
) -> bool {
    let is_step = |neighbour: Span| Some((neighbour - midnight).abs()) == interval;
    match (before, after) {
        (Some(before), Some(after)) => {
            let (one, other) = (before - midnight, after - midnight);
            let between = one.nanos().signum() * other.nanos().signum() == -1;
            let even = interval.is_none() && one.abs() == other.abs() && one.abs() <= HOUR;
            between && (is_step(before) || is_step(after) || even)
        }
        (Some(only), None) | (None, Some(only)) => is_step(only),
        (None, None) => false,
    }
}
