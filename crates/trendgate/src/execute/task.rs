//! One task: the reports of a stretch → its parts, streaming.
//!
//! ```text
//! Reader ┐
//! Reader ┼ merge ─ clean ─ contract ─ partition ─▶ Part, Part, … + counts
//! Reader ┘
//! ```
//!
//! What is held at any moment: one chunk a report that is open, the cleaner's window, one row group.

mod report;

use super::compare::{CommittedMonths, ComparedMonths};
use super::read::Reads;
use super::spec::TaskSpec;
use super::stand_ins::{KeptCounts, StandIns};
use super::workload::TaskRules;
use crate::acquire::{PointTally, TimeRule};
use crate::clean::{
    Chunks, Cleaner, ColumnConflicts, MergeCounts, MergedRows, Merger, Stop, Stretch, Verdicts,
};
use crate::contract::Violations;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ColumnId, InputId, PointSpec};
use crate::partition::{Destination, MonthWriter, WrittenMonths};
use crate::plan::{Budget, Plan, Task};
use crate::progress::{Cancel, Event, Watch};
use crate::scratch::SpillFile;
use crate::time::{Instant, Stopwatch};
use report::{Merged, ReportSource, Sums};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all tasks of a batch share, and who is at work on them here.
pub(crate) struct TaskContext<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// By what they read, clean and write.
    pub(crate) rules: &'a TaskRules,
    /// What is committed of the months that are made.
    pub(crate) committed: &'a CommittedMonths,
    /// The cleaner.
    pub(crate) cleaner: &'a dyn Cleaner,
    /// How local time becomes UTC, as the rules say.
    pub(crate) time: &'a TimeRule,
    /// How much is held at a time.
    pub(crate) budget: &'a Budget,
    /// Who is told of progress, and may cancel.
    pub(crate) watch: Watch<'a>,
    /// Set when another task failed, so that this one need not go on.
    pub(crate) failed: &'a Cancel,
}

impl TaskContext<'_> {
    /// What is to be done.
    fn task(&self, spec: &TaskSpec) -> Result<&Task> {
        let task = self.plan.tasks.get(spec.number);
        task.ok_or_else(|| Error::bug("a task beyond the last of its plan"))
    }
}

/// What a task leaves.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TaskOutcome {
    /// Its parts, evidence and statistics.
    pub(crate) written: WrittenMonths,
    /// What is known of each of its inputs.
    pub(crate) reads: Reads,
    /// Those with numbers that only the whole report decides: all was done without these numbers, and is to be done again.
    pub(crate) undecided: Vec<InputId>,
    /// For each column of the roster what became of its cells in the stretch.
    pub(crate) columns: Vec<PointTally>,
    /// What became of the numbers.
    pub(crate) counts: MergeCounts,
    /// Of each column that has any, the conflicts between reports.
    pub(crate) conflicts: BTreeMap<ColumnId, ColumnConflicts>,
    /// What the cleaner's rules said; empty for a cleaner without rules.
    pub(crate) verdicts: Verdicts,
    /// What became of the committed bins that stood in for reports that are gone.
    pub(crate) kept: KeptCounts,
    /// Which of its months differ from what is committed.
    pub(crate) changed: ComparedMonths,
}

/// How a task ended: with what it leaves, or not.
pub(crate) type TaskEnd = std::result::Result<TaskOutcome, Trouble>;

/// Why a task has to be done again, or the batch fails.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Trouble {
    /// This input has to be read whole before any of it can be.
    NeedsWhole(InputId),
    /// This input cannot be used.
    BadInput(InputId, Error),
    /// This input has a cell that another one before it has, and that is forbidden.
    Repeated {
        /// The input.
        input: InputId,
        /// The time of the cell.
        time: Instant,
        /// Its column of the roster.
        column: ColumnId,
        /// What to say of it.
        error: Error,
    },
    /// The batch fails.
    Fatal(Error),
    /// Another task had trouble first.
    Stopped,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

/// Carries out one task, and tells of its end. `name` is that of this execution: files are called by it.
///
/// # Errors
/// [`Trouble`]: nothing of the task is of use then, and its files in staging are to be removed.
pub(super) fn run_task(spec: &TaskSpec, name: &str, context: &TaskContext<'_>) -> TaskEnd {
    let since = Stopwatch::start();
    let done = made(spec, name, context)?;
    let parts = &done.written.parts;
    let rows = parts.iter().map(|part| part.rows).sum();
    let elapsed = since.elapsed();
    let around = done.written.range;
    tracing::debug!(
        name: "task_ended",
        task = spec.number,
        from = around.map(|around| around.first.to_string()),
        to = around.map(|around| around.last.to_string()),
        reports = context.task(spec)?.inputs.len(),
        parts = parts.len(),
        rows,
        seconds = elapsed.as_secs_f64(),
        "a task has come to its end"
    );
    context.watch.tell(&Event::TaskEnded { rows, elapsed });
    Ok(done)
}

fn made(spec: &TaskSpec, name: &str, context: &TaskContext<'_>) -> TaskEnd {
    let plan = context.plan;
    let task = context.task(spec)?;
    let folder = spec.folder();
    let stretch = Stretch {
        own: task.window.own,
        points: &plan.roster,
        equipment: &plan.equipment,
        kinds: &plan.kinds,
        schema: &plan.schema,
    };
    let StandIns {
        sources,
        mask,
        counts: mut kept,
    } = stand_ins(task, context)?;
    let first = sources.len();
    let sums = Sums {
        mask,
        columns: RefCell::new(vec![PointTally::default(); plan.roster.len()]),
        reads: RefCell::new(Reads::new(Some(&folder))),
        undecided: RefCell::default(),
        gave_way: Cell::new(0),
        unchecked: Cell::new(0),
    };
    let scratch = Arc::new(SpillFile::new(Some(&folder)));
    let mut merger = merger(task, context, sources, &sums, &scratch);
    let mut cleaning = context.cleaner.begin(stretch)?;
    let mut writer = MonthWriter::new(
        &plan.schema,
        Destination {
            staging: &folder,
            attempt: name,
            footer: context.rules.footer(),
            contract: context.rules.contract(),
            parts: context.rules.parts,
        },
    )?;
    while let Some(rows) = next_rows(&mut merger, first, task, context)? {
        if let Some(batch) = cleaning.push(rows)? {
            writer.push(&batch, broken_by_cleaner, &mut |_| {})?;
        }
        writer.explain(&cleaning.evidence())?;
    }
    if let Some(batch) = cleaning.finish()? {
        writer.push(&batch, broken_by_cleaner, &mut |_| {})?;
    }
    writer.explain(&cleaning.evidence())?;
    let conflicts = merger.conflicts().clone();
    let counts = merger.finish();
    kept.gave_way += sums.gave_way.get();
    let reads = sums.reads.into_inner();
    if reads.len() != task.inputs.len() {
        return Err(Error::bug("a report was merged and not read to its end").into());
    }
    let written = writer.finish()?;
    context
        .watch
        .go_on("while comparing with what is committed")?;
    let site = context.rules.site.as_str();
    Ok(TaskOutcome {
        changed: (context.committed).compare(site, &written.parts, &written.evidence),
        written,
        reads,
        undecided: sums.undecided.into_inner(),
        columns: sums.columns.into_inner(),
        counts,
        conflicts,
        verdicts: cleaning.verdicts(),
        kept,
    })
}

/// What stands in for the reports of the task that are gone.
fn stand_ins(task: &Task, context: &TaskContext<'_>) -> Result<StandIns> {
    let plan = context.plan;
    if plan.kept.is_empty() {
        return Ok(StandIns::default());
    }
    StandIns::load(plan, &task.window, context.rules.even.interval)
}

/// The next rows, unless the task is to stop or takes too much memory. The reports of the task are the merger's sources from `first` on.
fn next_rows<'m, 'a>(
    merger: &'m mut Merger<impl Iterator<Item = Merged<'a>>>,
    first: usize,
    task: &Task,
    context: &TaskContext<'_>,
) -> std::result::Result<Option<&'m MergedRows>, Trouble> {
    if context.failed.is_cancelled() {
        return Err(Trouble::Stopped);
    }
    context.watch.go_on("while reading")?;
    context.budget.check(context.watch)?;
    merger
        .next_rows()
        .map_err(|(place, stop)| match place.checked_sub(first) {
            Some(place) => trouble(context.plan, task.inputs.iter().nth(place), stop),
            None => Trouble::Fatal(Error::bug(format!(
                "a committed bin stopped the merge: {stop:?}"
            ))),
        })
}

fn merger<'a>(
    task: &'a Task,
    context: &'a TaskContext<'a>,
    kept: Vec<Chunks>,
    sums: &'a Sums,
    scratch: &'a Arc<SpillFile>,
) -> Merger<impl Iterator<Item = Merged<'a>>> {
    let plan = context.plan;
    let reports = plan.inputs.each(task.inputs.iter()).map(move |next| {
        let report = |next| ReportSource::new(context, next, task, sums, scratch);
        next.map_or_else(Merged::Lost, |next| Merged::Report(Box::new(report(next))))
    });
    // What is committed goes before every report.
    let sources = kept.into_iter().map(Merged::Kept).chain(reports);
    let own = task.window.own;
    let rows = (BATCH_CELLS / plan.roster.len().max(1)).clamp(1, 8192);
    let states = plan.roster.iter().map(PointSpec::is_state).collect();
    Merger::new(sources, plan.roster.len(), rows, own, context.rules.repeats)
        .with_states(states)
        .with_points(&plan.roster, &plan.kinds)
}

/// Whose trouble it is that the merge stopped at an input.
fn trouble(plan: &Plan, input: Option<InputId>, stop: Stop) -> Trouble {
    let Some(input) = input else {
        return Error::bug("the merge stopped at no input").into();
    };
    match stop {
        Stop::NeedsWhole => Trouble::NeedsWhole(input),
        Stop::Repeated { time, column } => {
            let error = Error::input(format!(
                "the cell at {time} was given by an earlier report (or row) already, and batch.deduplicate_timestamps is false"
            ));
            let hint =
                "remove one of the overlapping reports, or set batch.deduplicate_timestamps: true";
            let name = plan.roster[column].id.to_string();
            Trouble::Repeated {
                input,
                time,
                column,
                error: error.point(name).hint(hint),
            }
        }
        Stop::Failed(error) => Trouble::BadInput(input, error),
        Stop::Broken(error) => Trouble::Fatal(error),
    }
}

/// About how many cells are merged at a time: what fits a core's cache.
const BATCH_CELLS: usize = 1 << 15;

/// The error of a cleaner whose rows break the contract.
fn broken_by_cleaner(violations: &Violations) -> Error {
    let message = format!("the cleaner broke the contract: {violations}");
    Error::new(ErrorKind::Contract, message).hint(
        "nothing was committed; if the cleaner is Trendgate's own, please report this as a bug",
    )
}
