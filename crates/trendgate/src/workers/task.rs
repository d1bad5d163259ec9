//! One task: the reports of a stretch → its parts, streaming.
//!
//! ```text
//! Reader ┐
//! Reader ┼ merge ─ clean ─ contract ─ partition ─▶ Part, Part, … + counts
//! Reader ┘
//! ```
//!
//! What is held at any moment: one chunk a report that is open, the cleaner's window, one row group.

use super::budget::Budget;
use super::inputs::Next;
use super::kept::{KeptCounts, Mask, StandIns};
use super::plan::{NO_KIND, Plan, Task};
use super::read::{Read, Reads};
use crate::acquire::{Chunk, PointTally, ReadOptions, ReadStep, Reader, TimeRule, Window};
use crate::clean::{
    Chunks, Cleaner, MergeCounts, Merger, Repeats, Source, Stop, Stretch, Verdicts,
};
use crate::contract::Violations;
use crate::error::{Error, ErrorKind};
use crate::model::{ColumnId, InputId, KindId};
use crate::partition::{Destination, MonthWriter, WrittenMonths};
use crate::progress::{Cancel, Event, Watch};
use crate::scratch::SpillFile;
use crate::text_id::TextId;
use crate::time::{Instant, Span};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;

/// What all tasks of a batch share.
pub struct TaskContext<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The cleaner.
    pub cleaner: &'a dyn Cleaner,
    /// How local time becomes UTC.
    pub time: &'a TimeRule,
    /// How much is held at a time.
    pub budget: &'a Budget,
    /// Where and how its files are written.
    pub target: Destination<'a>,
    /// What to do with a second number for one cell.
    pub repeats: Repeats,
    /// Who watches.
    pub watch: Watch<'a>,
    /// Set when another task failed, so that this one need not go on.
    pub failed: &'a Cancel,
}

/// What a task leaves.
#[derive(Debug)]
pub struct TaskResult {
    /// Its parts, evidence and statistics.
    pub written: WrittenMonths,
    /// What is known of each of its inputs.
    pub reads: Reads,
    /// For each column of the roster what became of its cells in the stretch.
    pub columns: Vec<PointTally>,
    /// What became of the numbers.
    pub counts: MergeCounts,
    /// What the cleaner's rules said; empty for a cleaner without rules.
    pub verdicts: Verdicts,
    /// What became of the committed bins that stood in for reports that are gone.
    pub kept: KeptCounts,
}

/// Why a task has to be done again, or the batch fails.
#[derive(Debug)]
pub enum Trouble {
    /// The rows of this input are not in time order.
    Disordered(InputId),
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

/// Carries out one task.
///
/// # Errors
/// [`Trouble`]: nothing of the task is of use then, and its files in staging are to be removed.
pub(super) fn run_task(
    task: &Task,
    context: &TaskContext<'_>,
) -> std::result::Result<TaskResult, Trouble> {
    let plan = context.plan;
    let stretch = Stretch {
        own: task.window.own,
        points: &plan.roster,
        equipment: &plan.equipment,
        kinds: &plan.kinds,
        schema: &plan.schema,
    };
    let stand_ins = match context.plan.kept.is_empty() {
        true => StandIns::default(),
        false => StandIns::load(
            plan,
            &task.window,
            context
                .target
                .contract
                .interval
                .unwrap_or(Span::from_nanos(1)),
        )?,
    };
    let StandIns {
        sources,
        mask,
        counts: mut kept,
    } = stand_ins;
    let first = sources.len();
    let sums = Sums {
        mask,
        columns: RefCell::new(vec![PointTally::default(); plan.roster.len()]),
        reads: RefCell::new(Reads::new(plan.inputs.folder())),
        gave_way: Cell::new(0),
        unchecked: Cell::new(0),
    };
    let scratch = Arc::new(SpillFile::new(Some(context.target.staging)));
    let mut merger = merger(task, context, sources, &sums, &scratch);
    let mut cleaning = context.cleaner.begin(stretch)?;
    let mut writer = MonthWriter::new(&plan.schema, context.target)?;
    loop {
        if context.failed.is_cancelled() {
            return Err(Trouble::Stopped);
        }
        context.watch.go_on("while reading")?;
        context.budget.check(context.watch)?;
        let rows = merger
            .next_rows()
            .map_err(|(place, stop)| match place.checked_sub(first) {
                Some(place) => trouble(plan, task.inputs.iter().nth(place), stop),
                None => Trouble::Fatal(Error::bug(format!(
                    "a committed bin stopped the merge: {stop:?}"
                ))),
            })?;
        let Some(rows) = rows else { break };
        if let Some(batch) = cleaning.push(rows)? {
            writer.push(&batch, broken_by_cleaner, &mut |_| {})?;
        }
        writer.explain(&cleaning.evidence())?;
    }
    if let Some(batch) = cleaning.finish()? {
        writer.push(&batch, broken_by_cleaner, &mut |_| {})?;
    }
    writer.explain(&cleaning.evidence())?;
    let counts = merger.finish();
    kept.gave_way += sums.gave_way.get();
    let reads = sums.reads.into_inner();
    if reads.len() != task.inputs.len() {
        return Err(Error::bug("a report was merged and not read to its end").into());
    }
    Ok(TaskResult {
        written: writer.finish()?,
        reads,
        columns: sums.columns.into_inner(),
        counts,
        verdicts: cleaning.verdicts(),
        kept,
    })
}

/// What the reports of a task add to while they are read.
struct Sums {
    /// Where they give way to committed bins, and how many of their numbers did.
    mask: Mask,
    gave_way: Cell<u64>,
    /// Cells since what the process takes was looked at: many chunks may come before the next batch of rows.
    unchecked: Cell<usize>,
    /// What became of the cells of each column.
    columns: RefCell<Vec<PointTally>>,
    /// What is known of each that came to its end.
    reads: RefCell<Reads>,
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
        let report = |next| ReportSource {
            context,
            next,
            window: &task.window,
            sums,
            scratch,
            state: ReportState::Waiting,
            bytes: 0,
        };
        next.map_or_else(Merged::Lost, |next| Merged::Report(Box::new(report(next))))
    });
    // What is committed goes before every report.
    let sources = kept.into_iter().map(Merged::Kept).chain(reports);
    let own = task.window.own;
    let rows = (BATCH_CELLS / plan.roster.len().max(1)).clamp(1, 8192);
    Merger::new(sources, plan.roster.len(), rows, own, context.repeats)
}

/// Whose trouble it is that the merge stopped at an input.
fn trouble(plan: &Plan, input: Option<InputId>, stop: Stop) -> Trouble {
    let Some(input) = input else {
        return Error::bug("the merge stopped at no input").into();
    };
    match stop {
        Stop::Disordered => Trouble::Disordered(input),
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

/// What a cleaner that broke the contract is blamed with.
fn broken_by_cleaner(violations: &Violations) -> Error {
    let message = format!("the cleaner broke the contract: {violations}");
    Error::new(ErrorKind::Contract, message).hint(
        "nothing was committed; if the cleaner is Trendgate's own, please report this as a bug",
    )
}

/// A report as the merger sees it: opened when its time comes, closed at its end.
struct ReportSource<'a> {
    context: &'a TaskContext<'a>,
    next: Next,
    window: &'a Window,
    sums: &'a Sums,
    /// Takes what a reader cannot hold.
    scratch: &'a Arc<SpillFile>,
    state: ReportState,
    bytes: u64,
}

/// What is merged: a report, or committed bins in the place of one.
enum Merged<'a> {
    Kept(Chunks),
    Report(Box<ReportSource<'a>>),
    /// A report that cannot be had from the list.
    Lost(Error),
}

impl Source for Merged<'_> {
    fn starts(&self) -> Instant {
        match self {
            Self::Kept(_) | Self::Lost(_) => Instant::MIN,
            Self::Report(report) => report.starts(),
        }
    }

    fn kind(&self) -> KindId {
        match self {
            Self::Kept(kept) => kept.kind(),
            Self::Report(report) => report.kind(),
            Self::Lost(_) => NO_KIND,
        }
    }

    fn columns(&self) -> &[ColumnId] {
        match self {
            Self::Kept(kept) => kept.columns(),
            Self::Report(report) => report.columns(),
            Self::Lost(_) => &[],
        }
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        match self {
            Self::Kept(kept) => kept.next_chunk(),
            Self::Report(report) => report.next_chunk(),
            Self::Lost(error) => {
                let again = Error::bug("a report was asked for that could not be had");
                Err(Stop::Broken(std::mem::replace(error, again)))
            }
        }
    }
}

enum ReportState {
    Waiting,
    Open(Box<OpenReport>),
    Done,
}

/// A report that is being read.
struct OpenReport {
    reader: Reader,
    /// What its text was known by when the task was planned.
    known_by: Option<TextId>,
}

impl ReportSource<'_> {
    /// The next step of the reader, which is opened first where it has to be.
    fn step(&mut self) -> std::result::Result<ReadStep, Stop> {
        let context = self.context;
        context.watch.go_on("while reading").map_err(Stop::Broken)?;
        if matches!(self.state, ReportState::Waiting) {
            let input = context.plan.inputs.of(&self.next).map_err(Stop::Broken)?;
            let options = ReadOptions {
                digests: input.digests(),
                ..context.budget.read_options()
            };
            let known_by = input.digest.or(input.known_by);
            let report = input.report;
            let path = report.path.clone();
            let reader = Reader::open(
                report,
                *self.window,
                context.time,
                context.plan.cell_rules(self.next.form()),
                &options,
            );
            let reader = reader.map_err(|error| stop(error, &path))?;
            self.state = ReportState::Open(Box::new(OpenReport {
                reader: reader.spilling_to(self.scratch),
                known_by,
            }));
        }
        let ReportState::Open(open) = &mut self.state else {
            return Ok(ReadStep::End);
        };
        let reader = &mut open.reader;
        reader.hold_at_most(context.budget.read_options().chunk_cells);
        let step = match reader.next_chunk() {
            Ok(step) => step,
            Err(error) => return Err(stop(error, &reader.report().path)),
        };
        let read = reader.bytes_read();
        context.watch.tell(&Event::Read {
            bytes: read - self.bytes,
        });
        self.bytes = read;
        Ok(step)
    }

    /// Looks at what the process takes once in a while.
    fn check(&self, chunk: &Chunk) -> std::result::Result<(), Stop> {
        let cells = chunk.times.len() * (chunk.columns.len() + 2);
        let unchecked = &self.sums.unchecked;
        unchecked.update(|sum| sum + cells);
        // An empty chunk is a report's that has spilled a run.
        if cells > 0 && unchecked.get() < BATCH_CELLS {
            return Ok(());
        }
        unchecked.set(0);
        let context = self.context;
        let checked = context.budget.check(context.watch);
        checked.map_err(Stop::Broken)
    }

    /// Closes the report and keeps what its reader knows: thousands of reports must not stay open until the task ends.
    fn close(&mut self) -> std::result::Result<(), Stop> {
        let ReportState::Open(open) = std::mem::replace(&mut self.state, ReportState::Done) else {
            return Ok(());
        };
        let OpenReport { reader, known_by } = *open;
        let path = reader.report().path.clone();
        let outcome = reader.finish().map_err(|error| stop(error, &path))?;
        let other = known_by.is_some_and(|known_by| !outcome.id.is(known_by));
        if other && !crate::store::skipped("digest:report") {
            let error = Error::new(ErrorKind::Changing, "the report changed while it was read")
                .hint("run again when its writer has finished");
            return Err(stop(error, &path));
        }
        let places = self.context.plan.columns(self.next.form());
        let read = Read::of(outcome, places, &mut self.sums.columns.borrow_mut());
        let mut reads = self.sums.reads.borrow_mut();
        reads.put(self.next.input, &read).map_err(Stop::Broken)
    }
}

/// Why the merge stops at a report that cannot be read on.
fn stop(error: Error, path: &Path) -> Stop {
    match error.kind() {
        ErrorKind::Stopped => Stop::Broken(error),
        // That no more files can be opened says nothing about this one.
        _ if error.is_exhaustion() => Stop::Broken(error.exhausted()),
        _ => Stop::Failed(error.at_if_nowhere(path)),
    }
}

impl Source for ReportSource<'_> {
    fn starts(&self) -> Instant {
        self.next.first()
    }

    fn kind(&self) -> KindId {
        self.context.plan.kind(self.next.form())
    }

    fn columns(&self) -> &[ColumnId] {
        self.context.plan.columns(self.next.form())
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        match self.step()? {
            ReadStep::Disordered => Err(Stop::Disordered),
            ReadStep::Rows(mut chunk) => {
                self.check(&chunk)?;
                let columns = self.context.plan.columns(self.next.form());
                let gave_way = self.sums.mask.apply(&mut chunk, columns, self.window);
                self.sums.gave_way.update(|sum| sum + gave_way);
                Ok(Some(chunk))
            }
            ReadStep::End => {
                self.close()?;
                Ok(None)
            }
        }
    }
}
