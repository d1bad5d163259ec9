//! A report → chunks of columns. The heart of the program: bytes straight into `f64`s.
//!
//! Cells are parsed into one row-major block and turned into columns when a chunk is full, so a row that proves ragged is
//! undone by cutting the block back; nothing is allocated for a cell or a row. What is not a number is noted beside the
//! block and counted when its row is accepted.

use super::block::{Block, Other};
use super::cells::{self, Cell};
use super::fields::first_field;
use super::lines::{Line, Lines};
use super::local_clock::{Fold, Resolved};
use super::rows::{Row, Rows, Timed};
use super::sniff::future;
use super::sort::{Sorted, Sorter};
use super::text::{Bytes, Text};
use super::tokens::Spelled;
use super::written::Written;
use super::{
    CellRule, Chunk, Extreme, Outcome, RejectedRow, Report, RowOrder, Tally, TimeRule, Window,
    states, tokens,
};
use crate::error::{Error, ErrorKind, Result};
use crate::shelf::Shelf;
use crate::store::{self, Stamp};
use std::io::Read as _;
use std::sync::Arc;

/// How many rejected rows, and how many unrecognised texts a point, are kept as examples.
pub(super) const EXAMPLES: usize = 5;

/// How a report is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// About how many cells a chunk has. By default as many as a core's second cache holds twice: a chunk takes 8 bytes a cell,
    /// twice while it is turned into columns. Fewer hold less memory, and are hardly slower.
    pub chunk_cells: usize,
    /// How many bytes of text are read at a time.
    pub block_bytes: usize,
    /// About how many cells are held of a report whose rows are not in order; in a run, the others wait on disk.
    pub held_cells: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_cells: 1 << 15,
            block_bytes: 256 << 10,
            held_cells: usize::MAX,
        }
    }
}

/// What a reader gives.
#[derive(Debug)]
pub enum Step {
    /// The next rows.
    Rows(Chunk),
    /// There are no more.
    End,
    /// The rows are not in time order, and the report was not marked as such: see [`survey`](super::survey).
    Disordered,
}

/// Reads one report once, from the first byte to the last.
pub struct Reader {
    rows: Rows,
    report: Report,
    rules: Vec<CellRule>,
    /// For each point, how its last number was written.
    written: Vec<Written>,
    /// For each point, the spellings of missing tokens, unless a word of its own is one.
    tokens: Vec<Option<&'static Spelled>>,
    window: Window,
    time: TimeRule,
    /// Whether the bytes come from the report's path.
    on_disk: bool,
    block: Block,
    tally: Tally,
    /// For each point, how often each kind of missing token was met: of the tally, until it is finished.
    missing: Vec<[u64; tokens::NAMES.len()]>,
    rows_seen: u64,
    chunk_rows: usize,
    previous: i64,
    /// The time that rows without one are counted under.
    owner: i64,
    ended: bool,
    /// So many cells are held where rows cannot leave yet.
    held_cells: usize,
    scratch: Arc<Shelf>,
    sorting: Sorting,
}

/// How far the rows of a report that is not in time order have come.
enum Sorting {
    Unread,
    Reading(Sorter),
    Sorted(Sorted),
}

impl Reader {
    /// Opens `report` to read the rows of `window`; `cells` says how each of its points is read.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it cannot be read, [`Changing`](ErrorKind::Changing) where it is not the file
    /// that was sniffed any more.
    pub fn open(
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let file = store::open(&report.path)?;
        if Stamp::of(&file, &report.path)? != report.stamp {
            return Err(changing(&report));
        }
        // Whether there is more by now the stamp says at the end.
        let bytes = file.take(report.stamp.bytes);
        let mut reader = Self::over(Box::new(bytes), report, window, time, cells, options)?;
        reader.on_disk = true;
        Ok(reader)
    }

    pub(super) fn over(
        bytes: Bytes,
        report: Report,
        window: Window,
        time: &TimeRule,
        cells: Vec<CellRule>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let points = report.points.len();
        if cells.len() != points {
            return Err(Error::bug(format!(
                "{points} points, but {} rules for their cells",
                cells.len()
            )));
        }
        let text = Text::new(bytes, report.gzip, report.encoding);
        // A small report needs no large block; unless it unpacks to more, and then the block is filled more than once.
        let size = usize::try_from(report.stamp.bytes).unwrap_or(usize::MAX);
        let block = options.block_bytes.min(size.saturating_add(1));
        Ok(Self {
            rows: Rows::new(&report, Lines::new(text, block), time)?,
            tokens: (cells.iter())
                .map(|rule| (!states::claim_tokens(rule)).then_some(&*tokens::SPELLED))
                .collect(),
            written: (cells.iter())
                .map(|rule| match states::claim_numbers(rule) {
                    true => Written::NEVER,
                    false => Written::UNKNOWN,
                })
                .collect(),
            rules: cells,
            window,
            time: time.clone(),
            on_disk: false,
            block: Block::default(),
            missing: vec![[0; tokens::NAMES.len()]; points],
            tally: Tally {
                points: vec![super::PointTally::default(); points],
                ..Tally::default()
            },
            rows_seen: 0,
            chunk_rows: chunk_rows(options.chunk_cells, points),
            previous: i64::MIN,
            owner: report.first,
            ended: false,
            held_cells: options.held_cells,
            scratch: Arc::default(),
            sorting: Sorting::Unread,
            report,
        })
    }

    /// What it reads.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Makes the next chunks of about `cells` cells.
    pub fn hold_at_most(&mut self, cells: usize) {
        self.chunk_rows = chunk_rows(cells, self.report.points.len());
    }

    /// Bytes of the file read so far.
    pub fn bytes_read(&mut self) -> u64 {
        self.rows.lines().bytes_read()
    }

    /// Has rows that are too many to be held wait in `scratch`; without it they wait in memory.
    #[must_use]
    pub(crate) fn spilling_to(mut self, scratch: &Arc<Shelf>) -> Self {
        self.scratch = Arc::clone(scratch);
        self
    }

    /// The next rows; there may be none in a chunk while a report that is not in order is read.
    ///
    /// # Errors
    /// [`Future`](ErrorKind::Future) for a row in the future, [`Input`](ErrorKind::Input) for days and months that have changed places;
    /// [`Storage`](ErrorKind::Storage) where the file, or what was put away of it, cannot be read.
    pub fn next_chunk(&mut self) -> Result<Step> {
        if self.report.order == RowOrder::Ascending {
            return self.next_in_order();
        }
        loop {
            self.sorting = match std::mem::replace(&mut self.sorting, Sorting::Unread) {
                Sorting::Unread => {
                    let points = self.report.points.len();
                    let scratch = Arc::clone(&self.scratch);
                    Sorting::Reading(Sorter::new(scratch, points, self.held_cells))
                }
                Sorting::Reading(mut sorter) => match self.next_in_order()? {
                    Step::Rows(chunk) => {
                        let full = sorter.push(chunk)?;
                        self.sorting = Sorting::Reading(sorter);
                        if full {
                            return Ok(Step::Rows(Chunk::default()));
                        }
                        continue;
                    }
                    Step::End => Sorting::Sorted(sorter.finish(self.chunk_rows)?),
                    Step::Disordered => return Ok(Step::Disordered),
                },
                Sorting::Sorted(mut sorted) => {
                    let next = sorted.next()?;
                    self.sorting = Sorting::Sorted(sorted);
                    return Ok(next.map_or(Step::End, Step::Rows));
                }
            };
        }
    }

    /// Ends the reading; what the report was found to hold.
    ///
    /// # Errors
    /// [`Changing`](ErrorKind::Changing) where the file was written to in the meantime.
    pub fn finish(mut self) -> Result<Outcome> {
        while !matches!(self.next_chunk()?, Step::End) {}
        self.finish_tally();
        let complete = self.rows.trailer;
        let (sha256, bytes) = self
            .rows
            .into_lines()
            .into_text()
            .finish()
            .map_err(|error| super::lines::read_error(&self.report.path, error))?;
        let path = &self.report.path;
        let same = !self.on_disk || Stamp::at(path)? == self.report.stamp;
        if !same || bytes != self.report.stamp.bytes {
            return Err(changing(&self.report));
        }
        Ok(Outcome {
            tally: self.tally,
            sha256,
            rows_seen: self.rows_seen,
            complete,
        })
    }

    fn next_in_order(&mut self) -> Result<Step> {
        while !self.ended {
            let row = self.rows.next_row()?;
            if self.rows.furniture > 0 {
                self.count_furniture();
            }
            let Some(row) = row else {
                if let Some(error) = self.rows.exchanged() {
                    return Err(error);
                }
                self.ended = true;
                let fold = self.rows.end_fold();
                self.end_fold(fold);
                break;
            };
            self.rows_seen += 1;
            match row.time {
                Err(reason) => self.reject(&row.line, reason.to_owned()),
                Ok(timed) => {
                    if self.take(&row, timed)? == Order::Broken {
                        return Ok(Step::Disordered);
                    }
                }
            }
            if self.block.times.len() >= self.chunk_rows && self.block.fold.is_none() {
                return Ok(Step::Rows(self.full_chunk()));
            }
        }
        if self.block.times.is_empty() {
            return Ok(Step::End);
        }
        let rows = self.block.times.len();
        Ok(Step::Rows(self.block.leave(rows, self.report.points.len())))
    }

    /// A chunk of all rows but those of the last time, which the next row may share; or of all, where they have one time.
    fn full_chunk(&mut self) -> Chunk {
        let times = &self.block.times;
        let others = times.iter().rposition(|time| times.last() != Some(time));
        let rows = others.map_or(times.len(), |last| last + 1);
        Chunk {
            continues: others.is_none(),
            ..self.block.leave(rows, self.report.points.len())
        }
    }

    fn take(&mut self, row: &Row, timed: Timed) -> Result<Order> {
        if timed.ended.is_some() {
            self.end_fold(timed.ended);
        }
        if let Some(error) = self.rows.exchanged() {
            return Err(error);
        }
        let time = timed.resolved.time();
        if time > self.time.not_after {
            return Err(future(&self.report, row.line.number, time, false));
        }
        // Tasks were cut by what head and tail say: a row beyond them may belong to a task that does not read this report.
        if !(self.report.first..=self.report.last).contains(&time) {
            return Ok(Order::Broken);
        }
        self.owner = time;
        if !self.window.read.contains(&time) {
            return Ok(self.step(time));
        }
        let owned = self.window.own.contains(&time);
        if is_cut(self.rows.lines_ref().bytes(&row.line), row.line.whole) {
            self.reject(&row.line, "is cut short: the file ends in it".to_owned());
            return Ok(Order::Kept);
        }
        if let Err(found) = self.parse(&row.line, timed.cells_at) {
            self.block.cut_back(self.report.points.len());
            self.rows.is_furniture(&row.line)?;
            let expected = self.report.points.len();
            self.reject(
                &row.line,
                format!("has {found} cells instead of {expected}"),
            );
            return Ok(Order::Kept);
        }
        let order = self.step(time);
        if order == Order::Broken {
            return Ok(order);
        }
        self.accept(&row.line, timed.resolved, owned);
        let waiting = self.block.fold.map(|first| self.block.times.len() - first);
        if waiting.is_some_and(|rows| rows > MOST_DOUBLED) {
            return Err(too_many_doubled(&self.report, row.line.number));
        }
        Ok(order)
    }

    fn step(&mut self, time: i64) -> Order {
        if time < self.previous && self.report.order == RowOrder::Ascending {
            return Order::Broken;
        }
        self.previous = time;
        Order::Kept
    }

    /// Parses the cells of a row onto the block. The number of cells found, where it is not that of the points.
    fn parse(&mut self, line: &Line, cells_at: Option<usize>) -> std::result::Result<(), usize> {
        let bytes = self.rows.lines_ref().bytes(line);
        let points = self.rules.len();
        let Block {
            cells,
            missing,
            others,
            said,
            ..
        } = &mut self.block;
        missing.clear();
        others.clear();
        said.clear();
        let row = cells.len();
        cells.resize(row + points, f64::NAN);
        let row = &mut cells[row..];
        let mut next = cells_at;
        let mut count = 0;
        let mut excess = false;
        while let Some(start) = next {
            if let (Some(cell), Some(written)) = (row.get_mut(count), self.written.get_mut(count)) {
                let end = if let Some((value, end)) = written.read(bytes, start) {
                    *cell = value;
                    Some(end)
                } else if let Some((kind, end)) =
                    self.tokens[count].and_then(|spelled| spelled.kind(bytes, start))
                {
                    missing.push((count, kind));
                    Some(end)
                } else if let Some((value, end)) = written.another(bytes, start) {
                    *cell = value;
                    Some(end)
                } else {
                    None
                };
                if let Some(end) = end {
                    next = (end < bytes.len()).then_some(end + 1);
                    count += 1;
                    continue;
                }
            }
            let (field, after) = first_field(&bytes[start..]);
            next = after.map(|after| bytes.len() - after.len());
            if let Some(cell) = row.get_mut(count) {
                match cells::classify(field, &self.rules[count]) {
                    Cell::Number(value) => *cell = value,
                    Cell::Missing(kind) => missing.push((count, kind)),
                    Cell::Said(value, what) => {
                        *cell = value;
                        said.push((count, what));
                    }
                    class => others.push(Other {
                        column: count,
                        cell: class,
                        text: start..next.map_or(bytes.len(), |next| next - 1),
                    }),
                }
            } else {
                excess |= !super::fields::is_blank(field);
            }
            count += 1;
        }
        let padded = self.report.layout.padded.saturating_sub(2).max(points);
        if count < points || count > padded || excess {
            Err(count)
        } else {
            Ok(())
        }
    }

    /// Counts the row that was parsed last.
    fn accept(&mut self, line: &Line, resolved: Resolved, owned: bool) {
        let row = self.block.times.len();
        let time = resolved.time();
        self.block.times.push(time);
        self.block
            .samples
            .push(self.block.missing.len() + self.block.others.len() < self.rules.len());
        if matches!(resolved, Resolved::Folded(_)) {
            self.block.fold.get_or_insert(row);
        }
        for Other { column, cell, .. } in &self.block.others {
            if let Cell::Extreme(value) = cell {
                self.block.extremes.push(Extreme {
                    row,
                    column: *column,
                    value: *value,
                });
            }
        }
        if !owned {
            return;
        }
        self.tally.rows += 1;
        self.tally.cells += self.rules.len() as u64;
        self.tally.nonexistent += u64::from(matches!(resolved, Resolved::Moved(_)));
        if self.block.fold.is_none() {
            self.tally.extend_range(time);
        }
        for (column, said) in &self.block.said {
            self.tally.points[*column].add_said(*said);
        }
        for (column, kind) in &self.block.missing {
            self.missing[*column][usize::from(*kind)] += 1;
        }
        for Other { column, cell, text } in &self.block.others {
            let point = &mut self.tally.points[*column];
            match cell {
                Cell::Number(_) | Cell::Said(..) | Cell::Missing(_) => {}
                Cell::Extreme(_) => point.not_finite += 1,
                Cell::UnitMismatch => point.unit_mismatch += 1,
                Cell::Unrecognised => {
                    let text = &self.rows.lines_ref().bytes(line)[text.clone()];
                    point.unrecognised += 1;
                    point.ambiguous_numbers += u64::from(cells::is_ambiguous_number(text));
                    if point.unrecognised_examples.len() < EXAMPLES {
                        point.add_example(&cells::decode(text));
                    }
                }
            }
        }
    }

    /// Settles the times of a fold that has ended, and books them.
    fn end_fold(&mut self, fold: Option<Fold>) {
        let (Some(fold), Some(from)) = (fold, self.block.fold.take()) else {
            return;
        };
        let by = if let Fold::ByRule(by) = fold { by } else { 0 };
        let mut owned = 0;
        for time in &mut self.block.times[from..] {
            *time += by;
            if self.window.own.contains(time) {
                owned += 1;
                self.tally.extend_range(*time);
            }
        }
        match fold {
            Fold::ByOrder => self.tally.ambiguous_resolved += owned,
            Fold::ByRule(_) => self.tally.ambiguous_by_rule += owned,
        }
        self.previous = self.block.times.last().copied().unwrap_or(self.previous);
    }

    fn reject(&mut self, line: &Line, reason: String) {
        if !self.window.own.contains(&self.owner) {
            return;
        }
        let bytes = self.rows.lines_ref().bytes(line);
        let cells = super::fields::fields(bytes).count().saturating_sub(2) as u64;
        self.tally.rejected_rows += 1;
        self.tally.rejected_cells += cells;
        self.tally.cells += cells;
        if self.tally.rejected_examples.len() < EXAMPLES {
            self.tally.rejected_examples.push(RejectedRow {
                line: line.number,
                reason,
            });
        }
    }

    fn count_furniture(&mut self) {
        let lines = std::mem::take(&mut self.rows.furniture);
        if self.window.own.contains(&self.owner) {
            self.tally.furniture += lines;
        }
    }

    /// Numbers are what is left when everything else has been counted.
    fn finish_tally(&mut self) {
        for (point, missing) in self.tally.points.iter_mut().zip(&self.missing) {
            let met = tokens::NAMES.iter().zip(missing);
            let met = met.filter(|(_, cells)| **cells > 0);
            point.missing = met.map(|(name, cells)| (*name, *cells)).collect();
            let others = point.missing.values().sum::<u64>()
                + point.not_finite
                + point.unit_mismatch
                + point.unrecognised;
            point.numbers = self.tally.rows - others;
        }
        self.tally.outside_range = self.rows.outside_range();
    }
}

/// The rows of a chunk of about `cells` cells, the time of a row and what else is noted of it counted as two.
fn chunk_rows(cells: usize, points: usize) -> usize {
    // The rows of the last time wait for the next row, so a chunk of one row would never be sure to have all of its time.
    (cells / (points + 2)).clamp(2, 1 << 16)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Kept,
    Broken,
}

/// Whether the file ends within this row, so that its last cell may be the beginning of a longer one. A last line is whole
/// without a line end only if its last quote is closed.
fn is_cut(line: &[u8], has_end: bool) -> bool {
    let quotes = || line.iter().filter(|byte| **byte == b'"').count();
    let is_closed = || line.ends_with(b"\"") && quotes().is_multiple_of(2);
    !(has_end || is_closed())
}

/// Rows of a doubled hour wait for its end. At a row a second, both passes have 7 200.
const MOST_DOUBLED: usize = 1 << 14;

fn too_many_doubled(report: &Report, line: u64) -> Error {
    Error::input(format!(
        "more than {MOST_DOUBLED} rows stand in an hour that the clocks repeat; which pass they are of is known at its end"
    ))
    .at(&report.path)
    .line(line)
    .hint("export the report with a longer interval, or without that hour")
}

fn changing(report: &Report) -> Error {
    Error::new(ErrorKind::Changing, "the report changed while it was read")
        .at(&report.path)
        .hint("run again when its writer has finished")
}

/// Reads a whole report that is in memory: what it says of itself and what becomes of its cells. For tests and fuzzing; `name`
/// stands for the path.
///
/// # Errors
/// As [`sniff`](super::sniff) and [`Reader`].
pub fn read_bytes(
    bytes: &[u8],
    name: &std::path::Path,
    time: &TimeRule,
    options: &ReadOptions,
) -> Result<(Report, Vec<Chunk>, Outcome)> {
    let mut report = super::sniff::sniff_bytes(bytes, name, time)?;
    let everything = Window {
        own: i64::MIN..i64::MAX,
        read: i64::MIN..i64::MAX,
    };
    loop {
        let rules = vec![CellRule::default(); report.points.len()];
        let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let mut chunks = Vec::new();
        let read = {
            let mut reader = Reader::over(
                source,
                report.clone(),
                everything.clone(),
                time,
                rules,
                options,
            )?;
            loop {
                match reader.next_chunk()? {
                    Step::Rows(chunk) => chunks.push(chunk),
                    Step::End => break Some(reader.finish()?),
                    Step::Disordered => break None,
                }
            }
        };
        match read {
            Some(outcome) => return Ok((report, chunks, outcome)),
            None => super::sniff::survey_bytes(&mut report, bytes, time)?,
        }
    }
}
