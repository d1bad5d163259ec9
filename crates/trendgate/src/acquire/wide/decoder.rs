//! A wide table → chunks of columns.
//!
//! Cells are parsed into one row-major block and turned into columns when a chunk is full, so a row that proves ragged is
//! undone by cutting the block back; nothing is allocated for a cell or a row. What is not a number is noted beside the
//! block and counted when its row is accepted.

use super::block::TextBlock;
use super::cell_statuses::CellStatuses;
use super::counts::CellCounts;
use super::doubled::{DoubledHour, WaitingRow};
use super::parse::CellParser;
use super::range_lines::RangeLines;
use super::rows::{NextRow, Row, Rows, Timed};
use super::stated_cells::StatedCells;
use super::uneven::UnevenSteps;
use super::{Furniture, Met};
use crate::acquire::ask::Ask;
use crate::acquire::cells::Cell;
use crate::acquire::chunk::chunk_rows;
use crate::acquire::clock_faults::{FAR, fault_reason};
use crate::acquire::decimal;
use crate::acquire::dialects::{Decode, DecodeStep, Decoded};
use crate::acquire::fold::{ToldBy, too_many_doubled};
use crate::acquire::lines::{Line, Lines, is_cut};
use crate::acquire::local_clock::{Doubled, Resolved};
use crate::acquire::text::Text;
use crate::acquire::times::{NO_DATE, future};
use crate::acquire::{Chunk, Decimals, Report, RowOrder, Tally, TimeRule, Window};
use crate::error::{Error, Result};
use crate::time::{Instant, Span};
use std::sync::Arc;

/// Reads one table once, from the first byte to the last.
struct WideDecoder {
    rows: Rows,
    report: Arc<Report>,
    cells: CellParser,
    window: Window,
    time: TimeRule,
    block: TextBlock,
    /// The doubled hour whose rows are the last of the block, if their passes are not told yet.
    doubled: Option<DoubledHour>,
    counts: CellCounts,
    rows_seen: u64,
    chunk_rows: usize,
    previous: Instant,
    uneven: UnevenSteps,
    /// The time that rows without one are counted under.
    owner: Instant,
    /// Whether rows are looked at that are passed over.
    beyond: bool,
    ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Kept,
    /// The report has to be read whole first.
    Broken,
}

/// Begins to read `report`; `text` is its text, and `others` has seen nothing of its head yet.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(in crate::acquire) fn decoder(
    text: Text,
    report: &Arc<Report>,
    ask: Ask<'_>,
    others: Box<dyn Furniture>,
) -> Result<Box<dyn Decode<Chunk>>> {
    let (points, columns) = (report.points.len(), &report.layout.columns);
    let (cells, skipped) = (report.cells(), report.skipped_cells().len());
    let lines = Lines::new(text, ask.block_bytes).starting_at(report.first_line());
    let range = ask
        .range
        .map(|range| RangeLines::of(range, report.layout.header_line));
    let rows = Rows::new(report, lines, ask.time, others)?;
    Ok(Box::new(WideDecoder {
        rows: match range {
            Some(range) => rows.of_range(range),
            None => rows,
        },
        cells: CellParser::new(
            ask.cells,
            report.layout.decimals.of_points(points),
            columns.most_cells(cells),
            (StatedCells::of(report), CellStatuses::of(report)),
            ask.cells_at_a_time,
        ),
        window: ask.window,
        time: ask.time.clone(),
        block: TextBlock::default(),
        doubled: None,
        counts: CellCounts::of(cells, columns.cells + skipped),
        rows_seen: 0,
        chunk_rows: chunk_rows(ask.chunk_cells, points),
        previous: Instant::MIN,
        uneven: UnevenSteps::of(report.interval),
        owner: report.range.first,
        beyond: ask.looks_beyond && report.layout.decimals == Decimals::Assumed,
        ended: false,
        report: Arc::clone(report),
    }))
}

impl Decode<Chunk> for WideDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Chunk>> {
        while !self.ended {
            let next = self.rows.next_row()?;
            if self.rows.furniture > 0 {
                self.count_furniture();
            }
            let row = match next {
                NextRow::Row(row) => row,
                NextRow::Head => return Ok(DecodeStep::NeedsWhole),
                NextRow::End => {
                    if let Some(error) = self.rows.exchanged() {
                        return Err(error);
                    }
                    self.ended = true;
                    if self.end_doubled(None)? == Order::Broken || !self.may_end() {
                        return Ok(DecodeStep::NeedsWhole);
                    }
                    break;
                }
            };
            let is_own = self.rows.range().is_none_or(RangeLines::counts);
            self.rows_seen += u64::from(is_own);
            match row.time {
                Err(reason) => {
                    if reason == NO_DATE && self.window.own.contains(self.owner) {
                        self.counts.tally.without_date += 1;
                    }
                    self.reject(&row.line, reason.to_owned());
                }
                Ok(timed) => {
                    if self.take(&row, timed)? == Order::Broken {
                        return Ok(DecodeStep::NeedsWhole);
                    }
                }
            }
            if self.block.times.len() >= self.chunk_rows && self.doubled.is_none() {
                return Ok(DecodeStep::Rows(self.full_chunk()));
            }
        }
        if self.block.times.is_empty() {
            return Ok(DecodeStep::End);
        }
        let rows = self.block.times.len();
        Ok(DecodeStep::Rows(self.chunk(rows)))
    }

    fn hold_at_most(&mut self, cells: usize) {
        self.chunk_rows = chunk_rows(cells, self.report.points.len());
    }

    fn bytes_read(&self) -> u64 {
        self.rows.lines().file_bytes()
    }

    fn finish(self: Box<Self>) -> Decoded {
        let tally = Tally {
            outside_range: self.rows.outside_range(),
            ..self.cells.stated().counts_of_points(self.counts.finish())
        };
        Decoded {
            tally,
            lines: self.rows.range().map_or(0, |range| range.own().lines),
            rows_seen: self.rows_seen,
            undecided: self.block.undecided,
            complete: self.rows.is_complete(),
            text: self.rows.into_lines().into_text().into(),
        }
    }
}

impl WideDecoder {
    /// Whether the lines may end here.
    fn may_end(&self) -> bool {
        let range = self.rows.range();
        range.is_none_or(|range| range.may_end_at(self.previous, self.window))
    }

    /// A chunk of all rows but those of the last time, which the next row may share; or of all, where they have one time.
    fn full_chunk(&mut self) -> Chunk {
        let times = &self.block.times;
        let others = times.iter().rposition(|time| times.last() != Some(time));
        let rows = others.map_or(times.len(), |last| last + 1);
        Chunk {
            continues: others.is_none(),
            ..self.chunk(rows)
        }
    }

    /// A chunk of the first rows of the block.
    fn chunk(&mut self, rows: usize) -> Chunk {
        let chunk = self.block.take_chunk(rows, self.cells.cells());
        self.cells.stated().of_points(chunk)
    }

    fn take(&mut self, row: &Row, timed: Timed) -> Result<Order> {
        let line = &row.line;
        let time = timed.at.utc.earliest();
        if let Some(error) = self.rows.exchanged() {
            return Err(error);
        }
        if timed.is_fault {
            self.reject_fault(line, timed);
            return Ok(Order::Kept);
        }
        if self.is_future(time, line.number)? {
            return Ok(Order::Broken);
        }
        let inside = self.report.range.contains(time);
        // What is rejected outside of the report's time is for the task to count that has its nearest row.
        self.owner = time.clamp(self.report.range.first, self.report.range.last);
        let read = self.window.read.contains(time);
        let doubled = match timed.at.utc {
            Resolved::Doubled(doubled) => Some(doubled),
            Resolved::Sure(_) | Resolved::Moved(_) => None,
        };
        if inside && !read && doubled.is_none() && self.doubled.is_none() {
            self.look_beyond(&row.line, timed);
            // A moved row may be one that is rejected, and then says nothing of the order: that is known to the task that reads its cells.
            return Ok(match timed.at.utc {
                Resolved::Moved(_) => Order::Kept,
                _ => self.step(time),
            });
        }
        let bytes = self.rows.lines().bytes(line);
        if is_cut(bytes, line.whole) {
            self.reject(line, "is cut short: the file ends in it".to_owned());
            return Ok(Order::Kept);
        }
        let text = (self.rows.lines().bytes_and_margin(line), bytes.len());
        if let Err(found) = self.cells.parse(text, timed.cells_at, &mut self.block) {
            self.block.cut_back(self.cells.cells());
            if self.rows.met(&row.line)? == Met::Head {
                return Ok(Order::Broken);
            }
            // Which reading counts it, the times of all rows around it tell.
            if self.rows.range().is_some() && doubled.is_none() && self.step(time) == Order::Broken
            {
                return Ok(Order::Broken);
            }
            let expected = self.cells.cells();
            self.reject(line, format!("has {found} cells instead of {expected}"));
            return Ok(Order::Kept);
        }
        if let Some(error) = self.against_stated(line) {
            return Err(error);
        }
        if let Some(doubled) = doubled {
            return self.wait(line, timed, doubled);
        }
        if self.end_doubled(Some(timed.at.local))? == Order::Broken {
            return Ok(Order::Broken);
        }
        // Tasks were cut by the report's first and last time: a row beyond them may belong to a task that does not read it.
        if !inside || self.step(time) == Order::Broken {
            return Ok(Order::Broken);
        }
        if read {
            self.accept(line, timed, time);
        } else {
            self.block.cut_back(self.cells.cells());
            self.look_beyond(line, timed);
        }
        Ok(Order::Kept)
    }

    /// Looks for numbers that only the whole report decides in a row that is passed over, where no other task reads it.
    #[inline]
    fn look_beyond(&mut self, line: &Line, timed: Timed) {
        if !self.beyond || self.block.undecided {
            return;
        }
        let cells = timed
            .cells_at
            .map(|at| &self.rows.lines().bytes(line)[at..]);
        self.block.undecided =
            cells.is_some_and(decimal::are_undecided) && self.rows.is_accepted(line, timed);
    }

    /// The refusal of a report in which a cell of the row that was parsed last proves another decimal sign than the stated one.
    fn against_stated(&self, line: &Line) -> Option<Error> {
        let mut others = self.block.noted.others.iter();
        let found = others.find(|other| other.cell == Cell::OtherSign)?;
        let text = &self.rows.lines().bytes(line)[found.text.clone()];
        let error = decimal::against_stated(
            &self.report,
            self.cells.stated().point(found.column),
            text,
            line.number,
        );
        Some(error)
    }

    /// Whether a row is in the future and may be a fault of the clock, which all rows together tell.
    ///
    /// # Errors
    /// [`Future`](crate::ErrorKind::Future) where they told that it is none.
    fn is_future(&self, time: Instant, line: u64) -> Result<bool> {
        let is_future = time > self.time.not_after;
        match is_future && self.report.layout.clock_faults.is_some() {
            true => Err(future(&self.report, line, time, false)),
            false => Ok(is_future),
        }
    }

    #[cold]
    fn reject_fault(&mut self, line: &Line, timed: Timed) {
        let reason = fault_reason(timed.at, &self.time);
        if self.window.own.contains(self.owner) {
            self.counts.tally.clock.fault(line.number, &reason);
        }
        self.reject(line, reason);
    }

    /// Adds the row that was parsed last to the block, to wait for the end of its doubled hour.
    fn wait(&mut self, line: &Line, timed: Timed, doubled: Doubled) -> Result<Order> {
        if self
            .doubled
            .as_mut()
            .is_some_and(|hour| !hour.passes.take(doubled))
            && self.end_doubled(Some(timed.at.local))? == Order::Broken
        {
            return Ok(Order::Broken);
        }
        let from = self.block.times.len();
        let hour = self
            .doubled
            .get_or_insert_with(|| DoubledHour::begin(doubled, timed.after, from));
        self.block.push(doubled.earlier, self.report.points.len());
        let noted = std::mem::take(&mut self.block.noted);
        hour.add(line, self.rows.lines().bytes(line), noted, doubled, timed);
        match hour.is_too_long() {
            true => Err(too_many_doubled(&self.report, line.number)),
            false => Ok(Order::Kept),
        }
    }

    /// Ends the doubled hour, if one is open: its rows get their instants and are counted.
    /// `next` is the wall clock of the row behind it.
    fn end_doubled(&mut self, next: Option<Span>) -> Result<Order> {
        let Some(DoubledHour {
            from,
            passes,
            rows,
            steps,
        }) = self.doubled.take()
        else {
            return Ok(Order::Kept);
        };
        let direction = self.report.layout.direction();
        let (by, instants) = passes.instants(direction, self.time.ambiguous);
        let unchanged = by == ToldBy::Rule && steps.are_even(next);
        let mut read = false;
        for (row, (place, time)) in rows.iter().zip((from..).zip(instants)) {
            let WaitingRow {
                line,
                text,
                noted,
                mended,
                ..
            } = row;
            if self.is_future(time, *line)? {
                return Ok(Order::Broken);
            }
            let inside = self.report.range.contains(time);
            if !inside || self.step(time) == Order::Broken {
                return Ok(Order::Broken);
            }
            self.block.times[place] = time;
            read |= self.window.read.contains(time);
            if self.window.own.contains(time) {
                self.counts.accept(time, *line, text, noted);
                self.counts.tally.mended += u64::from(*mended);
                match by {
                    ToldBy::Order => self.counts.tally.ambiguous_resolved += 1,
                    ToldBy::Rule => self.counts.tally.ambiguous_by_rule += 1,
                }
                if unchanged {
                    let clock = &mut self.counts.tally.clock;
                    clock.single_pass += 1;
                    clock.see(time, row.second_offset);
                }
            }
        }
        if !read {
            self.block.drop_from(from, self.cells.cells());
        }
        Ok(Order::Kept)
    }

    fn step(&mut self, time: Instant) -> Order {
        let step = time - self.previous;
        if (step < Span::ZERO || step > FAR) && !self.takes_step(time, step) {
            return Order::Broken;
        }
        self.previous = time;
        Order::Kept
    }

    /// Whether the rows may begin, or go on with a step back, or one that leaps over a year.
    #[cold]
    fn takes_step(&self, time: Instant, step: Span) -> bool {
        if self.previous == Instant::MIN {
            let range = self.rows.range();
            return range.is_none_or(|range| range.may_begin_at(time, self.window));
        }
        if step < Span::ZERO && self.report.order == RowOrder::Ascending {
            return false;
        }
        // Either side of the leap may be a fault of the clock, which all rows together tell.
        step.abs() <= FAR || self.report.layout.clock_faults.is_some()
    }

    /// Adds the row that was parsed last to the block, and counts it.
    #[inline]
    fn accept(&mut self, line: &Line, timed: Timed, time: Instant) {
        let moved = matches!(timed.at.utc, Resolved::Moved(_));
        if moved {
            self.block.moved.push(self.block.times.len());
        }
        self.block.push(time, self.report.points.len());
        if self.window.own.contains(time) {
            let text = self.rows.lines().bytes(line);
            self.counts
                .accept(time, line.number, text, &self.block.noted);
            let tally = &mut self.counts.tally;
            tally.nonexistent += u64::from(moved);
            tally.mended += u64::from(timed.mended);
            if moved {
                let offset = self.time.offset_before_gap(timed.at.local, time);
                tally.clock.see(time, offset);
            }
            self.uneven.count(timed, &mut tally.clock);
        }
    }

    fn count_furniture(&mut self) {
        let lines = std::mem::take(&mut self.rows.furniture);
        if self.window.own.contains(self.owner) {
            self.counts.tally.furniture += lines;
        }
    }

    fn reject(&mut self, line: &Line, reason: String) {
        if self.window.own.contains(self.owner) {
            let text = self.rows.lines().bytes(line);
            self.counts.reject(line.number, text, reason);
        }
    }
}
