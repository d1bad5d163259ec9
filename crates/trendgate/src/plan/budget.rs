//! `batch.memory_limit_mb` → how much is done at a time, and what happens where that was not little enough.
//!
//! Enters a plan and the limit; leaves how many tasks run at once and how much of a report each reader holds. Both follow from
//! what is known before anything is read: how many reports have rows at the same time, and what a task holds beside them. The
//! process's own resident size is the check: it is looked at before every batch of rows, and [`MemoryAction`] says what
//! happens above the limit. What is refused: going on, under `stop`; points that take more than the limit, unless under `warn`.

use super::tasks::{Plan, Task};
use crate::acquire::ReadOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Event, Watch};
use crate::store;
use crate::time::{Extent, Span};
use crate::warning::Warning;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What a task holds beside its reports: bins that have not left, a row group, a column's encoder.
const TASK_BYTES: u64 = 56 << 20;
/// What the program takes beside what hangs on the points: measured on reports of 600 to 30 000 points, with what the allocator keeps.
const PROGRAM_BYTES: u64 = 32 << 20;
/// What a point takes in the plan, the schema, the statistics and the manifest.
const POINT_BYTES: u64 = 2 << 10;
/// What a point takes in a task, beside its rows: the rules for its cells, what is counted of them, its bin, its place in the part.
const TASK_POINT_BYTES: u64 = 15 << 8;
/// What a cell takes until its row group is written: its value and whether there is one.
const CELL_BYTES: u64 = 9;
/// The fewest cells that a chunk is made of.
const FEWEST_CELLS: usize = 64;
/// The fewest cells of a report that are held until they can be given out in order.
const FEWEST_HELD: usize = 1024;
/// The shortest block of text that is read.
const SHORTEST_BLOCK: usize = 4 << 10;
/// What a reader takes beside its chunk and its block.
const READER_BYTES: usize = 3 << 10;
/// Batches of rows between two steps down: memory that was freed shows in the resident size only after a while.
const BATCHES_A_STEP: u64 = 32;

/// What happens when a run takes more memory than it may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MemoryAction {
    /// A warning.
    Warn,
    /// Less is done at a time, until it fits. More points than could ever fit are refused before anything is read.
    #[default]
    Throttle,
    /// The batch fails, and leaves nothing.
    Stop,
}

/// What a batch may take, and what it is found to take.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    /// What the process may take: more than the limit, where the limit is a share of that.
    process: u64,
    action: MemoryAction,
    /// How many tasks run at once.
    pub threads: usize,
    /// How much a reader holds of its report, at first.
    first: ReadOptions,
    /// The cells of a chunk now.
    chunk_cells: AtomicUsize,
    /// Batches of rows since the last step down.
    since: AtomicU64,
    warned: AtomicBool,
}

impl Budget {
    /// The budget of a plan, with a limit in bytes, for a machine that has `threads` threads to give.
    #[must_use]
    pub(crate) fn new(plan: &Plan, limit: u64, action: MemoryAction, threads: usize) -> Self {
        let open = plan.tasks.iter().map(|task| most_open(plan, task)).max();
        let open = open.unwrap_or(1).max(1);
        let least = open * (SHORTEST_BLOCK + 16 * FEWEST_CELLS + READER_BYTES);
        let points = plan.roster.len() as u64;
        let shared = limit.saturating_sub(PROGRAM_BYTES + points * POINT_BYTES);
        let tasks = (shared / 4 * 3) / (TASK_BYTES + points * TASK_POINT_BYTES + least as u64);
        let threads = usize::try_from(tasks)
            .unwrap_or(usize::MAX)
            .clamp(1, threads.max(1));
        let open = open * threads;
        // A quarter of the limit for all readers, half of each one's share for its text. A cell takes eight bytes, and twice
        // that while rows become columns.
        let share = usize::try_from(limit / 4).unwrap_or(usize::MAX) / open / 2;
        let most = ReadOptions::default();
        let first = ReadOptions {
            chunk_cells: (share / 16).clamp(FEWEST_CELLS, most.chunk_cells),
            block_bytes: share.clamp(SHORTEST_BLOCK, most.block_bytes),
            // A report that cannot give out its rows yet makes no chunks of them.
            held_cells: (share / 8).max(FEWEST_HELD),
            ..most
        };
        Self {
            limit,
            process: limit,
            action,
            threads,
            chunk_cells: AtomicUsize::new(first.chunk_cells),
            first,
            since: AtomicU64::new(0),
            warned: AtomicBool::new(false),
        }
    }

    /// This budget as a share of what a process may take that works at several sites at the same time: the size of the process is held
    /// against that.
    #[must_use]
    pub(crate) fn of_process(self, process: u64) -> Self {
        Self { process, ..self }
    }

    /// How much a reader that is opened now may hold of its report.
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            chunk_cells: self.chunk_cells.load(Ordering::Relaxed),
            ..self.first
        }
    }

    /// Looks at what the process takes, before a batch of rows is read.
    ///
    /// # Errors
    /// [`Memory`](ErrorKind::Memory) where that is more than the limit and the run is to stop then.
    pub(crate) fn check(&self, watch: Watch<'_>) -> Result<()> {
        match store::resident() {
            Some(taken) => self.judge(taken, watch),
            None => Ok(()),
        }
    }

    /// Looks at what the points of a plan take with the rows that are held until `row_group` are there, a row every `interval`:
    /// nothing here can make that less.
    ///
    /// # Errors
    /// [`Memory`](ErrorKind::Memory) where that is more than the limit, unless the run is only to warn of it.
    pub(crate) fn foresee(
        &self,
        plan: &Plan,
        interval: Span,
        row_group: usize,
        watch: Watch<'_>,
    ) -> Result<()> {
        let points = plan.roster.len() as u64;
        let rows = plan
            .tasks
            .iter()
            .map(|task| most_rows(plan, task, interval));
        let rows = rows.max().unwrap_or(0).min(row_group as u64);
        let need = PROGRAM_BYTES + points * (POINT_BYTES + TASK_POINT_BYTES + CELL_BYTES * rows);
        // What only warns is not kept to its share.
        let limit = match self.action {
            MemoryAction::Warn => self.process,
            MemoryAction::Throttle | MemoryAction::Stop => self.limit,
        };
        if need <= limit {
            return Ok(());
        }
        let found = Warning::ManyPoints {
            points,
            need,
            limit,
        };
        if self.action != MemoryAction::Warn {
            let hint = format!(
                "nothing was committed; set batch.memory_limit_mb to at least {}, or make two sites of the reports",
                need.div_ceil(1_000_000)
            );
            return Err(Error::new(ErrorKind::Memory, found.message()).hint(hint));
        }
        self.warn_once(watch, &found);
        Ok(())
    }

    fn judge(&self, taken: u64, watch: Watch<'_>) -> Result<()> {
        let limit = self.process;
        if taken <= limit {
            return Ok(());
        }
        let found = |at_least| Warning::Memory {
            taken,
            limit,
            at_least,
        };
        match self.action {
            MemoryAction::Stop => Err(Error::new(ErrorKind::Memory, found(false).message()).hint(
                "nothing was committed; raise the limit, or set batch.memory_action: throttle, which does less at a time",
            )),
            MemoryAction::Warn => {
                self.warn_once(watch, &found(false));
                Ok(())
            }
            MemoryAction::Throttle => {
                if !self.step_down(taken, watch) {
                    self.warn_once(watch, &found(true));
                }
                Ok(())
            }
        }
    }

    /// Halves the chunks, if the last time was long enough ago. Whether there is still something to halve.
    fn step_down(&self, taken: u64, watch: Watch<'_>) -> bool {
        let cells = self.chunk_cells.load(Ordering::Relaxed);
        if self
            .since
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(BATCHES_A_STEP)
        {
            let less = (cells / 2).max(FEWEST_CELLS);
            self.chunk_cells.store(less, Ordering::Relaxed);
            if less < cells {
                watch.tell(&Event::Throttled {
                    taken,
                    limit: self.process,
                    chunk_cells: less,
                });
            }
        }
        cells > FEWEST_CELLS
    }

    /// Whether a worker is to take no further task while others are at work.
    pub(crate) fn is_short(&self) -> bool {
        self.action == MemoryAction::Throttle
            && store::resident().is_some_and(|taken| taken > self.process)
    }

    fn warn_once(&self, watch: Watch<'_>, warning: &Warning) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            watch.warn(warning);
        }
    }
}

/// So many rows of the dataset a task can have.
fn most_rows(plan: &Plan, task: &Task, interval: Span) -> u64 {
    let interval = interval.nanos().unsigned_abs().max(1);
    let rows = |extent: Extent| extent.last.nanos().abs_diff(extent.first.nanos()) / interval + 1;
    let of_each: u64 = (task.inputs.iter())
        .map(|input| rows(plan.inputs.extent(input)))
        .sum();
    plan.around(task).map_or(0, rows).min(of_each)
}

/// How many reports of a task have rows at the same time, at most.
fn most_open(plan: &Plan, task: &Task) -> usize {
    let mut open = BinaryHeap::new();
    let mut most = 0;
    for input in task.inputs.iter() {
        let Extent { first, last } = plan.inputs.extent(input);
        while open.peek().is_some_and(|Reverse(last)| *last < first) {
            open.pop();
        }
        open.push(Reverse(last));
        most = most.max(open.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::super::tests::{planned, report};
    use super::*;
    use crate::progress::Heard;

    const MB: u64 = 1_000_000;

    fn said(heard: &Heard) -> Vec<String> {
        heard.warnings().iter().map(Warning::message).collect()
    }

    /// So many reports over the same days.
    fn side_by_side(count: usize) -> Plan {
        let reports = (0..count).map(|n| report(&format!("{n}"), &[&format!("P{n}")], 0, 20));
        planned(reports.collect(), 1).unwrap()
    }

    #[test]
    fn only_reports_that_overlap_in_time_share_the_budget() {
        let in_a_row = (0..50).map(|n| report(&format!("{n}"), &["A"], n * 2, n * 2 + 1));
        let in_a_row = planned(in_a_row.collect(), 1).unwrap();
        assert_eq!(most_open(&in_a_row, &in_a_row.tasks[0]), 1);
        let together = side_by_side(50);
        assert_eq!(most_open(&together, &together.tasks[0]), 50);
    }

    #[test]
    fn thousands_of_reports_at_once_are_read_in_small_pieces_and_few_in_large_ones() {
        let few = Budget::new(&side_by_side(2), 256 * MB, MemoryAction::Throttle, 2);
        assert_eq!(few.threads, 2);
        assert_eq!(few.read_options().block_bytes, 256 << 10);
        let many = Budget::new(&side_by_side(6000), 256 * MB, MemoryAction::Throttle, 2);
        let options = many.read_options();
        assert_eq!(many.threads, 1, "two tasks would not fit");
        assert_eq!((options.block_bytes, options.chunk_cells), (5333, 333));
        let held = 6000 * (options.block_bytes + 16 * options.chunk_cells);
        assert!(held as u64 <= 64 * MB, "{held}");
    }

    #[test]
    fn a_small_limit_leaves_one_task_at_a_time() {
        let threads =
            |limit| Budget::new(&side_by_side(1), limit, MemoryAction::Throttle, 8).threads;
        assert_eq!(threads(64 * MB), 1);
        assert_eq!(threads(512 * MB), 6);
        assert_eq!(threads(4096 * MB), 8);
        assert_eq!(threads(u64::MAX), 8);
    }

    #[test]
    fn above_the_limit_stop_fails_warn_says_so_once_and_throttle_does_less() {
        let plan = side_by_side(1);
        let budget = |action| Budget::new(&plan, 256 * MB, action, 2);
        let heard = Heard::default();
        budget(MemoryAction::Stop)
            .judge(256 * MB, heard.watch())
            .unwrap();
        let error = budget(MemoryAction::Stop)
            .judge(300 * MB, Watch::unwatched())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
        let message = "the run takes 300 MB of memory, more than batch.memory_limit_mb: 256";
        assert_eq!(error.message(), message);
        let warn = budget(MemoryAction::Warn);
        warn.judge(300 * MB, heard.watch()).unwrap();
        warn.judge(301 * MB, heard.watch()).unwrap();
        assert_eq!(said(&heard), [message]);
        let throttle = budget(MemoryAction::Throttle);
        let before = throttle.read_options().chunk_cells;
        throttle.judge(300 * MB, heard.watch()).unwrap();
        throttle.judge(300 * MB, heard.watch()).unwrap();
        assert_eq!(throttle.read_options().chunk_cells, before / 2);
        assert_eq!(said(&heard).len(), 1, "there is less to be done yet");
        for _ in 0..BATCHES_A_STEP * 20 {
            throttle.judge(300 * MB, heard.watch()).unwrap();
        }
        assert_eq!(throttle.read_options().chunk_cells, FEWEST_CELLS);
        let said = said(&heard);
        assert_eq!(said.len(), 2);
        assert!(said[1].ends_with("although it does as little at a time as it can"));
    }

    #[test]
    fn a_share_decides_how_much_is_done_at_a_time_and_the_process_is_held_against_the_whole() {
        let plan = side_by_side(1);
        let share = |action| Budget::new(&plan, 64 * MB, action, 8).of_process(512 * MB);
        assert_eq!(share(MemoryAction::Throttle).threads, 1);
        let stop = share(MemoryAction::Stop);
        stop.judge(500 * MB, Watch::unwatched()).unwrap();
        let error = stop.judge(513 * MB, Watch::unwatched()).unwrap_err();
        assert_eq!(
            error.message(),
            "the run takes 513 MB of memory, more than batch.memory_limit_mb: 512"
        );
        let names: Vec<String> = (0..20_000).map(|n| format!("P{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = planned(vec![report("a", &names, 0, 1)], 1).unwrap();
        let foresee = |action| {
            let share = Budget::new(&plan, 64 * MB, action, 1).of_process(512 * MB);
            share.foresee(&plan, 15 * crate::time::MINUTE, 256, Watch::unwatched())
        };
        let refused = foresee(MemoryAction::Throttle).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Memory);
        foresee(MemoryAction::Warn).unwrap();
    }

    #[test]
    fn more_points_than_the_limit_has_room_for_are_refused_or_said_before_anything_is_read() {
        let names: Vec<String> = (0..20_000).map(|n| format!("P{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = planned(vec![report("a", &names, 0, 1)], 1).unwrap();
        let budget = |limit, action| Budget::new(&plan, limit, action, 1);
        // A day of bins of a quarter of an hour, and a row group of 256.
        let foresee = |budget: &Budget, watch: Watch<'_>| {
            budget.foresee(&plan, 15 * crate::time::MINUTE, 256, watch)
        };
        let error = foresee(&budget(64 * MB, MemoryAction::Stop), Watch::unwatched()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
        assert_eq!(
            error.message(),
            "20000 points take at least 169 MB of memory, more than batch.memory_limit_mb: 64"
        );
        let throttle = budget(64 * MB, MemoryAction::Throttle);
        let refused = foresee(&throttle, Watch::unwatched()).unwrap_err();
        assert_eq!(refused.message(), error.message());
        let heard = Heard::default();
        let warn = budget(64 * MB, MemoryAction::Warn);
        foresee(&warn, heard.watch()).unwrap();
        foresee(&warn, heard.watch()).unwrap();
        foresee(&budget(169 * MB, MemoryAction::Stop), heard.watch()).unwrap();
        assert_eq!(said(&heard), [error.message()]);
    }

    #[test]
    fn the_rows_that_are_held_are_those_of_the_reports_and_at_most_a_row_group() {
        let hours = |hours: i64| hours * crate::time::HOUR;
        let need = |reports, row_group| {
            let plan = planned(reports, 1).unwrap();
            let budget = Budget::new(&plan, 0, MemoryAction::Stop, 1);
            let error = budget.foresee(&plan, hours(1), row_group, Watch::unwatched());
            error.unwrap_err().message().to_owned()
        };
        let names: Vec<String> = (0..10_000).map(|n| format!("P{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let says = |mb: u64| {
            format!(
                "10000 points take at least {mb} MB of memory, more than batch.memory_limit_mb: 0"
            )
        };
        // A thousandth of a megabyte a row: 25 rows, 50 of two days that are 100 days apart, and 10 of a row group.
        let day = |name: &str, day| report(name, &names, day, day + 1);
        assert_eq!(need(vec![day("a", 0)], 1000), says(95));
        assert_eq!(need(vec![day("a", 0), day("b", 20)], 1000), says(97));
        assert_eq!(need(vec![day("a", 0)], 10), says(94));
    }

    #[test]
    fn tasks_of_thousands_of_points_are_fewer_at_a_time() {
        let names: Vec<String> = (0..10_000).map(|n| format!("P{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = planned(vec![report("a", &names, 0, 1)], 1).unwrap();
        let threads = |limit| Budget::new(&plan, limit, MemoryAction::Throttle, 8).threads;
        assert_eq!(threads(512 * MB), 3);
    }
}
