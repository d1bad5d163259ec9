//! Chunks of many reports → one stream of rows, each time once.
//!
//! Rows of the same time are merged cell by cell: the first number wins, where "first" is the order of the sources (the
//! report's first timestamp, then its digest) and within one report the order of its rows. A later number that is equal
//! is a duplicate, one that differs a conflict; both are counted, and nothing else is lost.
//!
//! A row that was moved out of an hour that never happened comes after all others of its time, whatever report it is of: nobody knows that
//! it is of that time. Where its numbers lose they are counted by themselves, and a row that gives no number is no sample.
//!
//! Most of the work is not cell by cell: as long as the reports at the front carry different points and step through the
//! same times, their columns are copied in runs.

use crate::acquire::Chunk;
use crate::model::{ColumnId, KindId};
use crate::time::{Instant, TimeRange};
use std::iter::Enumerate;

/// Rows of a site in strictly ascending order of time, with the columns of the whole roster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MergedRows {
    /// The time of each row.
    pub times: Vec<Instant>,
    /// For each column of the roster one value a row; NaN where there is none.
    pub columns: Vec<Vec<f64>>,
    /// Which kinds of report had a row at which time, in the order of the rows.
    pub kind_rows: Vec<KindRow>,
    /// Numbers that were removed for their size, in the order of the rows. Of several for one cell the smallest.
    pub extremes: Vec<MergedExtreme>,
}

/// A number that was removed for its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergedExtreme {
    /// The row within its [`MergedRows`].
    pub row: usize,
    /// The column of the roster.
    pub column: ColumnId,
    /// The number, in the report's unit.
    pub value: f64,
}

/// That reports of one kind had a row at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRow {
    /// The row within its [`MergedRows`].
    pub row: usize,
    /// The kind.
    pub kind: KindId,
    /// Whether the row held at least one number, which makes it a sample.
    pub sample: bool,
}

impl MergedRows {
    fn new(columns: usize) -> Self {
        Self {
            columns: vec![Vec::new(); columns],
            ..Self::default()
        }
    }

    fn clear(&mut self) {
        self.times.clear();
        self.columns.iter_mut().for_each(Vec::clear);
        self.kind_rows.clear();
        self.extremes.clear();
    }
}

/// What became of the numbers in the rows that the task owns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeCounts {
    /// Numbers that stand in the merged rows.
    pub used: u64,
    /// Numbers equal to the one that stands.
    pub equal_duplicates: u64,
    /// Numbers different from the one that stands.
    pub conflict_losers: u64,
    /// Numbers of moved rows that do not stand.
    pub moved_lost: u64,
    /// The first few conflicts.
    pub examples: Vec<CellConflict>,
}

/// Two numbers for one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellConflict {
    /// When.
    pub time: Instant,
    /// The column of the roster.
    pub column: ColumnId,
    /// The number that stands.
    pub kept: f64,
    /// The number that lost.
    pub lost: f64,
}

impl Eq for CellConflict {}

/// How many conflicts are kept as examples.
const EXAMPLES: usize = 10;

impl MergeCounts {
    /// Adds the counts of another task.
    pub fn merge(&mut self, other: Self) {
        self.used += other.used;
        self.equal_duplicates += other.equal_duplicates;
        self.conflict_losers += other.conflict_losers;
        self.moved_lost += other.moved_lost;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}

/// Where a merger gets the chunks of one report.
pub trait Source {
    /// The first time of the report; at any rate none before which it has a row.
    fn starts(&self) -> Instant;
    /// The kind of the report.
    fn kind(&self) -> KindId;
    /// For each column of its chunks, the column of the roster.
    fn columns(&self) -> &[ColumnId];
    /// The next chunk; `None` at the end of the report.
    ///
    /// # Errors
    /// Whatever keeps the report from being read.
    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop>;
}

/// Why merging stopped: one report has to be treated differently, and the task done again.
#[derive(Debug)]
pub enum Stop {
    /// The report's rows are not in time order.
    Disordered,
    /// The report repeats a cell, and that is forbidden.
    Repeated {
        /// When.
        time: Instant,
        /// The column of the roster.
        column: ColumnId,
    },
    /// The report cannot be used.
    Failed(crate::Error),
    /// Something failed that says nothing about the report.
    Broken(crate::Error),
}

/// What to do with a second number for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// The first wins, the second is counted.
    FirstWins,
    /// The report that brings it fails.
    Refuse,
}

struct SourceFront<S> {
    source: S,
    order: usize,
    chunk: Chunk,
    next: usize,
    next_extreme: usize,
}

impl<S> SourceFront<S> {
    fn time(&self) -> Instant {
        self.chunk.times[self.next]
    }

    /// Whether the next row was moved out of an hour that never happened.
    fn is_moved(&self) -> bool {
        self.chunk.moved.binary_search(&self.next).is_ok()
    }
}

impl<S: Source> SourceFront<S> {
    /// Takes the next chunk. Whether there is one.
    fn refill(&mut self) -> std::result::Result<bool, (usize, Stop)> {
        loop {
            let next = self.source.next_chunk();
            match next.map_err(|stop| (self.order, stop))? {
                None => return Ok(false),
                Some(chunk) if chunk.times.is_empty() => {}
                Some(chunk) => {
                    self.chunk = chunk;
                    self.next = 0;
                    self.next_extreme = 0;
                    return Ok(true);
                }
            }
        }
    }
}

/// Merges the reports of one task.
pub struct Merger<I: Iterator> {
    /// Those that are not even made yet: a task can have a hundred thousand.
    waiting: Enumerate<I>,
    /// The first that waits.
    next: Option<(usize, I::Item)>,
    fronts: Vec<SourceFront<I::Item>>,
    rows: MergedRows,
    /// For each kind, the place of its last entry in the rows' list of kinds.
    last_of_kind: Vec<usize>,
    batch_rows: usize,
    own: TimeRange,
    repeats: Repeats,
    last: Instant,
    counts: MergeCounts,
    /// For each column the number that moved rows of the time being merged give, and their kind; empty where there are none.
    moved: Vec<Option<(f64, KindId)>>,
}

impl<I: Iterator<Item: Source>> Merger<I> {
    /// A merger of `sources`, given out in order of precedence (so also of [`Source::starts`]), onto a roster of `columns`
    /// columns. Numbers in rows of `own` are counted.
    pub fn new(
        sources: impl IntoIterator<IntoIter = I>,
        columns: usize,
        batch_rows: usize,
        own: TimeRange,
        repeats: Repeats,
    ) -> Self {
        let mut waiting = sources.into_iter().enumerate();
        Self {
            next: waiting.next(),
            waiting,
            fronts: Vec::new(),
            rows: MergedRows::new(columns),
            last_of_kind: Vec::new(),
            batch_rows,
            own,
            repeats,
            last: Instant::MIN,
            counts: MergeCounts::default(),
            moved: Vec::new(),
        }
    }

    /// The next merged rows; `None` when all reports are at their end.
    ///
    /// # Errors
    /// The place of the source among those given to [`Merger::new`], and why it stopped the merge.
    pub fn next_rows(&mut self) -> std::result::Result<Option<&MergedRows>, (usize, Stop)> {
        self.rows.clear();
        while self.rows.times.len() < self.batch_rows {
            self.open_due()?;
            let Some(time) = self.fronts.iter().map(SourceFront::time).min() else {
                break;
            };
            if time <= self.last {
                let late = self.fronts.iter().find(|front| front.time() == time);
                return Err((late.map_or(0, |front| front.order), Stop::Disordered));
            }
            match self.run_length(time) {
                Some(length) => self.copy_run(time, length)?,
                None => self.merge_row(time)?,
            }
        }
        Ok((!self.rows.times.is_empty()).then_some(&self.rows))
    }

    /// The counts.
    pub fn finish(self) -> MergeCounts {
        self.counts
    }

    /// Opens every source that may have a row at the earliest time at the front.
    fn open_due(&mut self) -> std::result::Result<(), (usize, Stop)> {
        loop {
            let front = self.fronts.iter().map(SourceFront::time).min();
            let due = |source: &I::Item| front.is_none_or(|time| source.starts() <= time);
            let Some((order, source)) = self.next.take_if(|(_, source)| due(source)) else {
                return Ok(());
            };
            self.next = self.waiting.next();
            let mut front = SourceFront {
                source,
                order,
                chunk: Chunk::default(),
                next: 0,
                next_extreme: 0,
            };
            if front.refill()? {
                let at = self.fronts.partition_point(|other| other.order < order);
                self.fronts.insert(at, front);
            }
        }
    }

    /// How many rows the fronts at `time` can be copied together, column by column: they carry different points, step
    /// through the same times, no other report comes between, and each time occurs once.
    fn run_length(&self, time: Instant) -> Option<usize> {
        let mut taken = vec![false; self.rows.columns.len()];
        let mut limit = self
            .next
            .as_ref()
            .map_or(Instant::MAX, |(_, source)| source.starts());
        let mut length = self.batch_rows - self.rows.times.len();
        let mut leader: Option<&[Instant]> = None;
        for front in &self.fronts {
            if front.time() != time {
                limit = limit.min(front.time());
                continue;
            }
            if front
                .source
                .columns()
                .iter()
                .any(|column| std::mem::replace(&mut taken[*column], true))
            {
                return None;
            }
            let times = &front.chunk.times[front.next..];
            length = length.min(times.len());
            match leader {
                None => leader = Some(times),
                Some(leader) => length = common_prefix(&leader[..length], &times[..length]),
            }
        }
        let leader = &leader?[..length];
        let mut run = leader.partition_point(|at| *at < limit);
        // A time that repeats within a report is merged by itself; nor may the run end just before its repetition.
        if let Some(repeat) = leader[..run].windows(2).position(|pair| pair[0] >= pair[1]) {
            run = repeat;
        }
        if self.repeats_after(time, run) {
            run = run.saturating_sub(1);
        }
        (run > 0).then_some(run)
    }

    /// Whether a front at `time` has, right after a run of `run` rows, one more row of the run's last time, or may have one in
    /// its next chunk.
    fn repeats_after(&self, time: Instant, run: usize) -> bool {
        run > 0
            && self.fronts.iter().any(|front| {
                let times = &front.chunk.times[front.next..];
                front.time() == time
                    && match times.get(run) {
                        Some(next) => *next == times[run - 1],
                        None => front.chunk.continues,
                    }
            })
    }

    fn copy_run(&mut self, time: Instant, length: usize) -> std::result::Result<(), (usize, Stop)> {
        let base = self.rows.times.len();
        let mut at_front = self.fronts.iter_mut().filter(|front| front.time() == time);
        if let Some(front) = at_front.next() {
            let times = &front.chunk.times[front.next..front.next + length];
            self.rows.times.extend_from_slice(times);
            self.last = times[length - 1];
        }
        let mut counted = self.owned(base);
        counted = (counted.0 - base, counted.1 - base);
        let Self {
            fronts,
            rows,
            last_of_kind,
            counts,
            ..
        } = self;
        for front in fronts.iter_mut().filter(|front| front.time() == time) {
            let range = front.next..front.next + length;
            for (values, column) in front.chunk.columns.iter().zip(front.source.columns()) {
                let values = &values[range.clone()];
                let target = &mut rows.columns[*column];
                target.resize(base, f64::NAN);
                target.extend_from_slice(values);
                let numbers = values[counted.0..counted.1].iter().filter(|v| !v.is_nan());
                counts.used += numbers.count() as u64;
            }
            take_extremes(front, base, length, &mut rows.extremes);
        }
        for column in &mut rows.columns {
            column.resize(base + length, f64::NAN);
        }
        rows.extremes[..].sort_by_key(|extreme| extreme.row);
        for row in 0..length {
            for front in fronts.iter().filter(|front| front.time() == time) {
                let sample = front.chunk.samples[front.next + row];
                let kind = front.source.kind();
                push_kind(rows, last_of_kind, base + row, kind, sample);
            }
        }
        self.advance(time, length)
    }

    fn merge_row(&mut self, time: Instant) -> std::result::Result<(), (usize, Stop)> {
        let row = self.rows.times.len();
        self.rows.times.push(time);
        self.last = time;
        let counted = self.own.contains(time);
        for column in &mut self.rows.columns {
            column.push(f64::NAN);
        }
        let extremes = self.rows.extremes.len();
        // However many rows have this time, of their extremes only a few a column are held.
        let most = extremes + 2 * self.rows.columns.len();
        let mut index = 0;
        while index < self.fronts.len() {
            let mut there = true;
            while there && self.fronts[index].time() == time {
                match self.fronts[index].is_moved() {
                    true => self.set_aside(index, row, counted),
                    false => self.merge_cells(index, row, counted)?,
                }
                if self.rows.extremes.len() > most {
                    keep_smallest(&mut self.rows.extremes, extremes);
                }
                let front = &mut self.fronts[index];
                front.next += 1;
                if front.next == front.chunk.times.len() {
                    there = self.refill_at(index)?;
                }
            }
            // A front that came to its end has left its place to the next one.
            index += usize::from(there);
        }
        keep_smallest(&mut self.rows.extremes, extremes);
        self.merge_moved(row, counted);
        Ok(())
    }

    /// Keeps the numbers of the front's next row, which was moved, until all others of its time are merged.
    fn set_aside(&mut self, index: usize, row: usize, counted: bool) {
        let Self {
            fronts,
            rows,
            last_of_kind,
            counts,
            moved,
            ..
        } = self;
        let front = &mut fronts[index];
        moved.resize(rows.columns.len(), None);
        let kind = front.source.kind();
        for (values, column) in front.chunk.columns.iter().zip(front.source.columns()) {
            let value = values[front.next];
            if value.is_nan() {
                continue;
            }
            match &mut moved[*column] {
                Some(_) => counts.moved_lost += u64::from(counted),
                free => *free = Some((value, kind)),
            }
        }
        push_kind(rows, last_of_kind, row, kind, false);
        take_extremes(front, row, 1, &mut rows.extremes);
    }

    /// Gives the cells that are still free what moved rows have for them.
    fn merge_moved(&mut self, row: usize, counted: bool) {
        let Self {
            rows,
            last_of_kind,
            counts,
            moved,
            ..
        } = self;
        for (column, number) in moved.drain(..).enumerate() {
            let Some((value, kind)) = number else {
                continue;
            };
            let target = &mut rows.columns[column][row];
            if target.is_nan() {
                *target = value;
                counts.used += u64::from(counted);
                push_kind(rows, last_of_kind, row, kind, true);
            } else {
                counts.moved_lost += u64::from(counted);
            }
        }
    }

    /// Gives the front at `index` its next chunk; removes it where there is none. Whether it is still there.
    fn refill_at(&mut self, index: usize) -> std::result::Result<bool, (usize, Stop)> {
        let front = &mut self.fronts[index];
        if front.refill()? {
            return Ok(true);
        }
        self.fronts.remove(index);
        Ok(false)
    }

    fn merge_cells(
        &mut self,
        index: usize,
        row: usize,
        counted: bool,
    ) -> std::result::Result<(), (usize, Stop)> {
        let Self {
            fronts,
            rows,
            last_of_kind,
            counts,
            repeats,
            ..
        } = self;
        let front = &mut fronts[index];
        let time = front.time();
        for (values, column) in front.chunk.columns.iter().zip(front.source.columns()) {
            let value = values[front.next];
            if value.is_nan() {
                continue;
            }
            let target = &mut rows.columns[*column][row];
            if target.is_nan() {
                *target = value;
                counts.used += u64::from(counted);
                continue;
            }
            if *repeats == Repeats::Refuse {
                let column = *column;
                return Err((front.order, Stop::Repeated { time, column }));
            }
            if !counted {
                continue;
            }
            // Bit for bit would call 0.0 and -0.0 a conflict.
            if *target == value {
                counts.equal_duplicates += 1;
            } else {
                counts.conflict_losers += 1;
                if counts.examples.len() < EXAMPLES {
                    counts.examples.push(CellConflict {
                        time,
                        column: *column,
                        kept: *target,
                        lost: value,
                    });
                }
            }
        }
        let sample = front.chunk.samples[front.next];
        push_kind(rows, last_of_kind, row, front.source.kind(), sample);
        take_extremes(front, row, 1, &mut rows.extremes);
        Ok(())
    }

    /// Moves the fronts at `time` on by `length` rows.
    fn advance(&mut self, time: Instant, length: usize) -> std::result::Result<(), (usize, Stop)> {
        let mut index = 0;
        while let Some(front) = self.fronts.get_mut(index) {
            if front.time() == time {
                front.next += length;
            }
            let there = front.next < front.chunk.times.len() || self.refill_at(index)?;
            index += usize::from(there);
        }
        Ok(())
    }

    /// The merged rows from `base` on that the task owns, as `(from, to)`.
    fn owned(&self, base: usize) -> (usize, usize) {
        let times = &self.rows.times[base..];
        let from = times.partition_point(|time| *time < self.own.start);
        let to = times.partition_point(|time| *time < self.own.end);
        (base + from, base + to.max(from))
    }
}

fn common_prefix(a: &[Instant], b: &[Instant]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Notes that `kind` had a row; two reports of one kind at one time are one row of that kind.
fn push_kind(
    rows: &mut MergedRows,
    last_of_kind: &mut Vec<usize>,
    row: usize,
    kind: KindId,
    sample: bool,
) {
    if last_of_kind.len() <= kind.index() {
        last_of_kind.resize(kind.index() + 1, usize::MAX);
    }
    // The place may be one of rows that have left: then what stands there now is of another kind or row, or nothing.
    match rows.kind_rows.get_mut(last_of_kind[kind]) {
        Some(known) if known.kind == kind && known.row == row => known.sample |= sample,
        _ => {
            last_of_kind[kind] = rows.kind_rows.len();
            rows.kind_rows.push(KindRow { row, kind, sample });
        }
    }
}

/// Of the extremes from `from` on, which are of one row, keeps the smallest of each column.
fn keep_smallest(extremes: &mut Vec<MergedExtreme>, from: usize) {
    let mut row = extremes.split_off(from);
    row.sort_by(|a, b| (a.column.cmp(&b.column)).then(a.value.total_cmp(&b.value)));
    row.dedup_by_key(|extreme| extreme.column);
    extremes.append(&mut row);
}

/// Moves the extremes of the front's next `length` rows to `target`, where those rows begin at `base`.
fn take_extremes<S: Source>(
    front: &mut SourceFront<S>,
    base: usize,
    length: usize,
    target: &mut Vec<MergedExtreme>,
) {
    while let Some(extreme) = front.chunk.extremes.get(front.next_extreme) {
        if extreme.row >= front.next + length {
            break;
        }
        target.push(MergedExtreme {
            row: base + (extreme.row - front.next),
            column: front.source.columns()[extreme.column],
            value: extreme.value,
        });
        front.next_extreme += 1;
    }
}
