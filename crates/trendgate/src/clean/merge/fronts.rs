//! The order in which rows of many sources come: the front of each source that is open, and those that wait to be.

use super::{Source, Stop};
use crate::acquire::Chunk;
use crate::time::Instant;
use std::iter::Enumerate;

/// The place of a source, and why it stopped the merge.
pub(super) type Stopped = (usize, Stop);

/// A source that was opened: a chunk of it, and the next row of that.
pub(super) struct SourceFront<S> {
    pub(super) source: S,
    /// Its place among all sources.
    pub(super) order: usize,
    pub(super) chunk: Chunk,
    pub(super) next: usize,
    pub(super) next_extreme: usize,
}

impl<S> SourceFront<S> {
    #[inline]
    pub(super) fn time(&self) -> Instant {
        self.chunk.times[self.next]
    }

    /// Whether the next row was moved out of an hour that never happened.
    #[inline]
    pub(super) fn is_moved(&self) -> bool {
        self.chunk.is_moved(self.next)
    }
}

impl<S: Source> SourceFront<S> {
    /// Takes the next chunk. Whether there is one.
    fn refill(&mut self) -> Result<bool, Stopped> {
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

/// The sources, in order of precedence.
pub(super) struct Fronts<I: Iterator> {
    /// Those that are not even made yet: a task can have a hundred thousand.
    waiting: Enumerate<I>,
    /// The first that waits.
    next: Option<(usize, I::Item)>,
    /// Those that have rows left and may have one at the earliest time.
    pub(super) open: Vec<SourceFront<I::Item>>,
}

impl<I: Iterator<Item: Source>> Fronts<I> {
    pub(super) fn new(sources: I) -> Self {
        let mut waiting = sources.enumerate();
        Self {
            next: waiting.next(),
            waiting,
            open: Vec::new(),
        }
    }

    /// The earliest time at the front.
    #[inline]
    pub(super) fn earliest(&self) -> Option<Instant> {
        self.open.iter().map(SourceFront::time).min()
    }

    /// The place of the first source that has a row at `time`.
    pub(super) fn first_at(&self, time: Instant) -> usize {
        let first = self.open.iter().find(|front| front.time() == time);
        first.map_or(0, |front| front.order)
    }

    /// Opens every source that may have a row at the earliest time at the front.
    pub(super) fn open_due(&mut self) -> Result<(), Stopped> {
        loop {
            let front = self.earliest();
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
                let at = self.open.partition_point(|other| other.order < order);
                self.open.insert(at, front);
            }
        }
    }

    /// How many rows the fronts at `time` can be copied together, column by column: they carry different points, step
    /// through the same times, no other report comes between, and each time occurs once. At most `most`; the roster has `columns`
    /// columns.
    pub(super) fn run_length(&self, time: Instant, columns: usize, most: usize) -> Option<usize> {
        let mut taken = vec![false; columns];
        let mut limit = self
            .next
            .as_ref()
            .map_or(Instant::MAX, |(_, source)| source.starts());
        let mut length = most;
        let mut leader: Option<&[Instant]> = None;
        for front in &self.open {
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
            && self.open.iter().any(|front| {
                let times = &front.chunk.times[front.next..];
                front.time() == time
                    && match times.get(run) {
                        Some(next) => *next == times[run - 1],
                        None => front.chunk.continues,
                    }
            })
    }

    /// Gives the front at `index` its next chunk; removes it where there is none. Whether it is still there.
    pub(super) fn refill_at(&mut self, index: usize) -> Result<bool, Stopped> {
        let front = &mut self.open[index];
        if front.refill()? {
            return Ok(true);
        }
        self.open.remove(index);
        Ok(false)
    }

    /// Moves the fronts at `time` on by `length` rows.
    pub(super) fn advance(&mut self, time: Instant, length: usize) -> Result<(), Stopped> {
        let mut index = 0;
        while let Some(front) = self.open.get_mut(index) {
            if front.time() == time {
                front.next += length;
            }
            let there = front.next < front.chunk.times.len() || self.refill_at(index)?;
            index += usize::from(there);
        }
        Ok(())
    }
}

fn common_prefix(a: &[Instant], b: &[Instant]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
