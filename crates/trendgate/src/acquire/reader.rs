//! A report → chunks of columns. The heart of the program: bytes straight into `f64`s.
//!
//! Cells are parsed into one row-major block and turned into columns when a chunk is full, so a row that proves ragged is
//! undone by cutting the block back; nothing is allocated for a cell or a row. What is not a number is noted beside the
//! block and counted when its row is accepted.

use super::block::{Noted, Other, TextBlock};
use super::cells::{self, Cell};
use super::counts::CellCounts;
use super::fields::first_field;
use super::fold::{By, HourPasses};
use super::lines::{Line, Lines};
use super::local_clock::{Doubled, Resolved};
use super::rows::{Row, Rows, Timed, is_cut};
use super::sniff::future;
use super::sort::{RowSorter, SortedRows};
use super::text::{Bytes, Finished, Text};
use super::tokens::Spelled;
use super::written::WrittenNumber;
use super::{
    CellRule, Chunk, ReadOutcome, Report, RowOrder, Tally, TimeRule, Window, states, tokens,
};
use crate::error::{Error, ErrorKind, Result};
use crate::shelf::Shelf;
use crate::store::{self, Stamp};
use crate::text_id::Digests;
use crate::time::{Instant, TimeRange};
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
    /// Which digests are taken of the text on the way.
    pub digests: Digests,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_cells: 1 << 15,
            block_bytes: 256 << 10,
            held_cells: usize::MAX,
            digests: Digests::Today,
        }
    }
}

/// What a reader gives.
#[derive(Debug)]
pub enum ReadStep {
    /// The next rows.
    Rows(Chunk),
    /// There are no more.
    End,
    /// The rows are not in time order, and the report was not marked as such, or there are rows before its first or after its last
    /// time: see [`survey_disordered`](super::survey_disordered).
    Disordered,
}

/// Rows of a doubled hour that wait for its end, when their instants are known.
struct DoubledHour {
    /// The first of them in the block.
    from: usize,
    fold: HourPasses,
    /// What each will be counted by: its line's number, its text, and what was noted of it.
    rows: Vec<(u64, Vec<u8>, Noted)>,
}

/// Reads one report once, from the first byte to the last.
pub struct Reader {
    rows: Rows,
    report: Report,
    rules: Vec<CellRule>,
    /// For each point, how its last number was written.
    written: Vec<WrittenNumber>,
    /// For each point, the spellings of missing tokens, unless a word of its own is one.
    tokens: Vec<Option<&'static Spelled>>,
    window: Window,
    time: TimeRule,
    /// Whether the bytes come from the report's path.
    on_disk: bool,
    block: TextBlock,
    /// The doubled hour whose rows are the last of the block, if their passes are not told yet.
    doubled: Option<DoubledHour>,
    counts: CellCounts,
    rows_seen: u64,
    chunk_rows: usize,
    previous: Instant,
    /// The time that rows without one are counted under.
    owner: Instant,
    ended: bool,
    /// So many cells are held where rows cannot leave yet.
    held_cells: usize,
    scratch: Arc<Shelf>,
    sorting: Sorting,
}

/// How far the rows of a report that is not in time order have come.
enum Sorting {
    Unread,
    Reading(RowSorter),
    Sorted(SortedRows),
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
        let text = Text::new(bytes, report.gzip, report.encoding, options.digests);
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
                    true => WrittenNumber::NEVER,
                    false => WrittenNumber::UNKNOWN,
                })
                .collect(),
            rules: cells,
            window,
            time: time.clone(),
            on_disk: false,
            block: TextBlock::default(),
            doubled: None,
            counts: CellCounts::of(points),
            rows_seen: 0,
            chunk_rows: chunk_rows(options.chunk_cells, points),
            previous: Instant::MIN,
            owner: report.range.first,
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
    pub fn next_chunk(&mut self) -> Result<ReadStep> {
        if self.report.order == RowOrder::Ascending {
            return self.next_in_order();
        }
        loop {
            self.sorting = match std::mem::replace(&mut self.sorting, Sorting::Unread) {
                Sorting::Unread => {
                    let points = self.report.points.len();
                    let scratch = Arc::clone(&self.scratch);
                    Sorting::Reading(RowSorter::new(scratch, points, self.held_cells))
                }
                Sorting::Reading(mut sorter) => match self.next_in_order()? {
                    ReadStep::Rows(chunk) => {
                        let full = sorter.push(chunk)?;
                        self.sorting = Sorting::Reading(sorter);
                        if full {
                            return Ok(ReadStep::Rows(Chunk::default()));
                        }
                        continue;
                    }
                    ReadStep::End => Sorting::Sorted(sorter.finish(self.chunk_rows)?),
                    ReadStep::Disordered => return Ok(ReadStep::Disordered),
                },
                Sorting::Sorted(mut sorted) => {
                    let next = sorted.next()?;
                    self.sorting = Sorting::Sorted(sorted);
                    return Ok(next.map_or(ReadStep::End, ReadStep::Rows));
                }
            };
        }
    }

    /// Ends the reading; what the report was found to hold.
    ///
    /// # Errors
    /// [`Changing`](ErrorKind::Changing) where the file was written to in the meantime.
    pub fn finish(mut self) -> Result<ReadOutcome> {
        while !matches!(self.next_chunk()?, ReadStep::End) {}
        let complete = self.rows.trailer;
        let outside_range = self.rows.outside_range();
        let Finished { id, file_bytes } = self
            .rows
            .into_lines()
            .into_text()
            .finish()
            .map_err(|error| super::lines::read_error(&self.report.path, error))?;
        let path = &self.report.path;
        let same = !self.on_disk || Stamp::at(path)? == self.report.stamp;
        if !same || file_bytes != self.report.stamp.bytes {
            return Err(changing(&self.report));
        }
        Ok(ReadOutcome {
            tally: Tally {
                outside_range,
                ..self.counts.finish()
            },
            id,
            rows_seen: self.rows_seen,
            complete,
        })
    }

    fn next_in_order(&mut self) -> Result<ReadStep> {
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
                if self.end_doubled()? == Order::Broken {
                    return Ok(ReadStep::Disordered);
                }
                break;
            };
            self.rows_seen += 1;
            match row.time {
                Err(reason) => self.reject(&row.line, reason.to_owned()),
                Ok(timed) => {
                    if self.take(&row, timed)? == Order::Broken {
                        return Ok(ReadStep::Disordered);
                    }
                }
            }
            if self.block.times.len() >= self.chunk_rows && self.doubled.is_none() {
                return Ok(ReadStep::Rows(self.full_chunk()));
            }
        }
        if self.block.times.is_empty() {
            return Ok(ReadStep::End);
        }
        let rows = self.block.times.len();
        Ok(ReadStep::Rows(
            self.block.leave(rows, self.report.points.len()),
        ))
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
        let line = &row.line;
        let time = timed.at.utc.earliest();
        if let Some(error) = self.rows.exchanged() {
            return Err(error);
        }
        self.check_future(time, line.number)?;
        let inside = self.report.range.contains(time);
        // What is rejected outside of the report's time is for the task to count that has its nearest row.
        self.owner = time.clamp(self.report.range.first, self.report.range.last);
        let read = self.window.read.contains(time);
        let doubled = match timed.at.utc {
            Resolved::Doubled(doubled) => Some(doubled),
            Resolved::Sure(_) | Resolved::Moved(_) => None,
        };
        if inside && !read && doubled.is_none() && self.doubled.is_none() {
            // A moved row may be one that is rejected, and then says nothing of the order: whoever reads its cells knows.
            return Ok(match timed.at.utc {
                Resolved::Moved(_) => Order::Kept,
                _ => self.step(time),
            });
        }
        if is_cut(self.rows.lines_ref().bytes(line), line.whole) {
            self.reject(line, "is cut short: the file ends in it".to_owned());
            return Ok(Order::Kept);
        }
        if let Err(found) = self.parse(line, timed.cells_at) {
            self.block.cut_back(self.report.points.len());
            self.rows.is_furniture(&row.line)?;
            let expected = self.report.points.len();
            self.reject(line, format!("has {found} cells instead of {expected}"));
            return Ok(Order::Kept);
        }
        if let Some(doubled) = doubled {
            return self.wait(line, doubled);
        }
        if self.end_doubled()? == Order::Broken {
            return Ok(Order::Broken);
        }
        // Tasks were cut by the report's first and last time: a row beyond them may belong to a task that does not read it.
        if !inside || self.step(time) == Order::Broken {
            return Ok(Order::Broken);
        }
        if read {
            self.accept(line, timed.at.utc, time);
        } else {
            self.block.cut_back(self.report.points.len());
        }
        Ok(Order::Kept)
    }

    fn check_future(&self, time: Instant, line: u64) -> Result<()> {
        match time > self.time.not_after {
            true => Err(future(&self.report, line, time, false)),
            false => Ok(()),
        }
    }

    /// Adds the row that was parsed last to the block, to wait for the end of its doubled hour.
    fn wait(&mut self, line: &Line, doubled: Doubled) -> Result<Order> {
        if self
            .doubled
            .as_mut()
            .is_some_and(|hour| !hour.fold.take(doubled))
            && self.end_doubled()? == Order::Broken
        {
            return Ok(Order::Broken);
        }
        let hour = self.doubled.get_or_insert_with(|| {
            let mut fold = HourPasses::default();
            fold.take(doubled);
            DoubledHour {
                from: self.block.times.len(),
                fold,
                rows: Vec::new(),
            }
        });
        self.block.push(doubled.earlier, self.rules.len());
        let text = self.rows.lines_ref().bytes(line).to_vec();
        let noted = std::mem::take(&mut self.block.noted);
        hour.rows.push((line.number, text, noted));
        match hour.rows.len() > MOST_DOUBLED {
            true => Err(too_many_doubled(&self.report, line.number)),
            false => Ok(Order::Kept),
        }
    }

    /// Ends the doubled hour, if one is open: its rows get their instants and are counted.
    fn end_doubled(&mut self) -> Result<Order> {
        let Some(DoubledHour { from, fold, rows }) = self.doubled.take() else {
            return Ok(Order::Kept);
        };
        let direction = self.report.layout.direction();
        let (by, instants) = fold.instants(direction, self.time.ambiguous);
        let mut read = false;
        for ((line, text, noted), (place, time)) in rows.iter().zip((from..).zip(instants)) {
            self.check_future(time, *line)?;
            let inside = self.report.range.contains(time);
            if !inside || self.step(time) == Order::Broken {
                return Ok(Order::Broken);
            }
            self.block.times[place] = time;
            read |= self.window.read.contains(time);
            if self.window.own.contains(time) {
                self.counts.accept(time, text, noted);
                match by {
                    By::Order => self.counts.tally.ambiguous_resolved += 1,
                    By::Rule => self.counts.tally.ambiguous_by_rule += 1,
                }
            }
        }
        if !read {
            self.block.drop_from(from, self.rules.len());
        }
        Ok(Order::Kept)
    }

    fn step(&mut self, time: Instant) -> Order {
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
        let TextBlock { cells, noted, .. } = &mut self.block;
        noted.clear();
        let Noted {
            missing,
            others,
            said,
        } = noted;
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
        let padded = self.report.layout.cells(points);
        if count < points || count > padded || excess {
            Err(count)
        } else {
            Ok(())
        }
    }

    /// Adds the row that was parsed last to the block, and counts it.
    fn accept(&mut self, line: &Line, resolved: Resolved, time: Instant) {
        let moved = matches!(resolved, Resolved::Moved(_));
        if moved {
            self.block.moved.push(self.block.times.len());
        }
        self.block.push(time, self.rules.len());
        if self.window.own.contains(time) {
            let text = self.rows.lines_ref().bytes(line);
            self.counts.accept(time, text, &self.block.noted);
            self.counts.tally.nonexistent += u64::from(moved);
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
            let text = self.rows.lines_ref().bytes(line);
            self.counts.reject(line.number, text, reason);
        }
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

/// Rows of a doubled hour wait for its end. At a row a second, both passes have 7 200.
pub(super) const MOST_DOUBLED: usize = 1 << 14;

pub(super) fn too_many_doubled(report: &Report, line: u64) -> Error {
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
) -> Result<(Report, Vec<Chunk>, ReadOutcome)> {
    let mut report = super::sniff::sniff_bytes(bytes, name, time)?;
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    loop {
        let rules = vec![CellRule::default(); report.points.len()];
        let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let mut chunks = Vec::new();
        let read = {
            let mut reader =
                Reader::over(source, report.clone(), everything, time, rules, options)?;
            loop {
                match reader.next_chunk()? {
                    ReadStep::Rows(chunk) => chunks.push(chunk),
                    ReadStep::End => break Some(reader.finish()?),
                    ReadStep::Disordered => break None,
                }
            }
        };
        match read {
            Some(outcome) => return Ok((report, chunks, outcome)),
            None if report.order == RowOrder::Unordered => {
                return Err(Error::bug("sorted rows are out of order").at(name));
            }
            None => super::sniff::survey_bytes(&mut report, bytes, time)?,
        }
    }
}
