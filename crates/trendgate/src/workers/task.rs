//! One task: the reports of a stretch → its parts, streaming.
//!
//! ```text
//! Reader ┐
//! Reader ┼ merge ─ clean ─ contract ─ partition ─▶ OpenPart, OpenPart, … + counts
//! Reader ┘
//! ```
//!
//! What is held at any moment: one chunk a report that is open, the cleaner's window, one row group.

use super::plan::{Plan, Task};
use super::statistics::{ColumnStatistics, Statistics};
use crate::acquire::{Chunk, Outcome, ReadOptions, Reader, Step, TimeRule, Window};
use crate::clean::{Cleaner, MergeCounts, Merger, Repeats, Source, Stop, Stretch, Verdicts};
use crate::clock::rfc3339;
use crate::contract::{Contract, ContractRules, Gap};
use crate::error::{Error, ErrorKind, Result};
use crate::partition::{EvidenceFile, EvidenceWriter, OpenPart, PartRules, Partitioner};
use crate::pipeline::Observer;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What all tasks of a batch share.
pub struct TaskContext<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The cleaner.
    pub cleaner: &'a dyn Cleaner,
    /// How local time becomes UTC.
    pub time: &'a TimeRule,
    /// How chunks are sized and where reports that are out of order are sorted.
    pub read: &'a ReadOptions,
    /// What the rows are checked against.
    pub contract: ContractRules,
    /// How rows become parts.
    pub parts: PartRules,
    /// What to do with a second number for one cell.
    pub repeats: Repeats,
    /// Where parts are written before the commit.
    pub staging: &'a Path,
    /// The site's id, for the folders.
    pub site: &'a str,
    /// The attempt's id, for the names of the parts.
    pub attempt: &'a str,
    /// Who watches.
    pub observer: &'a dyn Observer,
    /// Set when another task failed, so that this one need not go on.
    pub stop: &'a AtomicBool,
}

/// What a task leaves.
#[derive(Debug)]
pub struct TaskResult {
    /// Its parts, without footers: those carry the batch's id, which is known when every report has been read.
    pub parts: Vec<OpenPart>,
    /// Its evidence files.
    pub evidence: Vec<EvidenceFile>,
    /// For each of its inputs what its reader knows.
    pub outcomes: Vec<(usize, Outcome)>,
    /// What became of the numbers.
    pub counts: MergeCounts,
    /// For each month, in the order of time, what the values of each column are.
    pub months: Vec<Vec<ColumnStatistics>>,
    /// What the cleaner's rules said; empty for a cleaner without rules.
    pub verdicts: Verdicts,
    /// Gaps within the stretch.
    pub gaps: Vec<Gap>,
    /// Its first and last bin.
    pub range: Option<(i64, i64)>,
}

/// Why a task has to be done again, or the batch fails.
#[derive(Debug)]
pub enum Trouble {
    /// The rows of this input are not in time order.
    Disordered(usize),
    /// This input cannot be used.
    BadInput(usize, Error),
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
    let own = (task.window.own.start, task.window.own.end);
    let stretch = Stretch {
        own,
        points: &plan.roster,
        equipment: &plan.equipment,
        kinds: &plan.kinds,
        schema: &plan.schema,
    };
    let mut merger = merger(task, context, own);
    let mut cleaning = context.cleaner.begin(stretch)?;
    let mut gate = Gate::new(context)?;
    loop {
        if context.stop.load(Ordering::Relaxed) {
            return Err(Trouble::Stopped);
        }
        let rows = merger
            .next_rows()
            .map_err(|(place, stop)| trouble(plan, task.inputs[place], stop))?;
        let Some(rows) = rows else { break };
        if let Some(batch) = cleaning.push(rows)? {
            gate.pass(&batch)?;
        }
        gate.evidence.push(&cleaning.evidence())?;
    }
    if let Some(batch) = cleaning.finish()? {
        gate.pass(&batch)?;
    }
    gate.evidence.push(&cleaning.evidence())?;
    let (counts, sources) = merger.finish();
    let mut outcomes = Vec::with_capacity(sources.len());
    for (place, mut source) in sources {
        let input = task.inputs[place];
        let outcome = source
            .finish()
            .map_err(|error| trouble(plan, input, Stop::Failed(error)))?;
        outcomes.push((input, outcome));
    }
    outcomes.sort_by_key(|(input, _)| *input);
    Ok(gate.finish(counts, outcomes, cleaning.verdicts())?)
}

fn merger<'a>(
    task: &Task,
    context: &'a TaskContext<'a>,
    own: (i64, i64),
) -> Merger<ReportSource<'a>> {
    let plan = context.plan;
    let sources = task
        .inputs
        .iter()
        .map(|input| ReportSource {
            context,
            input: *input,
            window: task.window.clone(),
            state: State::Waiting,
            bytes: 0,
        })
        .collect();
    let rows = (BATCH_CELLS / plan.roster.len().max(1)).clamp(64, 8192);
    Merger::new(sources, plan.roster.len(), rows, own, context.repeats)
}

/// Whose trouble it is that the merge stopped at an input.
fn trouble(plan: &Plan, input: usize, stop: Stop) -> Trouble {
    let path = &plan.inputs[input].report.path;
    match stop {
        Stop::Disordered => Trouble::Disordered(input),
        Stop::Repeated { time, column } => {
            let error = Error::input(format!(
                "the cell at {} was given by an earlier report (or row) already, and batch.deduplicate_timestamps is false",
                rfc3339(time)
            ));
            let hint =
                "remove one of the overlapping reports, or set batch.deduplicate_timestamps: true";
            Trouble::BadInput(
                input,
                error
                    .at(path)
                    .point(plan.roster[column].id.to_string())
                    .hint(hint),
            )
        }
        // That no more files can be opened says nothing about this one.
        Stop::Failed(error) if is_exhaustion(&error) => Trouble::Fatal(
            error.hint("raise the limit of open files (ulimit -n), or use fewer threads"),
        ),
        Stop::Failed(error) => Trouble::BadInput(input, error.at_if_nowhere(path)),
    }
}

/// Whether the process, or the machine, has no more files or memory to give.
fn is_exhaustion(error: &Error) -> bool {
    use rustix::io::Errno;
    let code = error.io().and_then(std::io::Error::raw_os_error);
    [Errno::MFILE, Errno::NFILE, Errno::NOMEM]
        .iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}

/// About how many cells are merged at a time: what fits a core's cache.
const BATCH_CELLS: usize = 1 << 17;

/// The contract and what lies behind it.
struct Gate {
    contract: Contract,
    partitioner: Partitioner,
    evidence: EvidenceWriter,
    statistics: Statistics,
    range: Option<(i64, i64)>,
}

impl Gate {
    fn new(context: &TaskContext<'_>) -> Result<Self> {
        let schema = &context.plan.schema;
        Ok(Self {
            contract: Contract::new(schema.clone(), context.contract)?,
            partitioner: Partitioner::new(
                context.staging.to_owned(),
                context.site,
                context.attempt,
                schema,
                context.parts,
            )?,
            evidence: EvidenceWriter::new(
                context.staging.to_owned(),
                context.site,
                context.attempt,
                schema,
            ),
            statistics: Statistics::default(),
            range: None,
        })
    }

    fn pass(&mut self, batch: &arrow::record_batch::RecordBatch) -> Result<()> {
        let conforming = self.contract.admit(batch).map_err(|violations| {
            Error::new(ErrorKind::Contract, format!("the cleaner broke the contract: {violations}"))
                .hint("nothing was committed; if the cleaner is Trendgate's own, please report this as a bug")
        })?;
        for batch in conforming {
            if let [first, .., last] | [first @ last] = batch.times() {
                self.range = Some((self.range.map_or(*first, |range| range.0), *last));
            }
            self.statistics.push(&batch);
            self.partitioner.push(batch)?;
        }
        Ok(())
    }

    fn finish(
        self,
        counts: MergeCounts,
        outcomes: Vec<(usize, Outcome)>,
        verdicts: Verdicts,
    ) -> Result<TaskResult> {
        Ok(TaskResult {
            gaps: self.contract.gaps().to_vec(),
            parts: self.partitioner.finish()?,
            evidence: self.evidence.finish()?,
            outcomes,
            counts,
            months: self.statistics.finish(),
            verdicts,
            range: self.range,
        })
    }
}

/// A report as the merger sees it: opened when its time comes, closed at its end.
struct ReportSource<'a> {
    context: &'a TaskContext<'a>,
    input: usize,
    window: Window,
    state: State<'a>,
    bytes: u64,
}

enum State<'a> {
    Waiting,
    Open(Box<Reader<'a>>),
    Done(Option<Outcome>),
}

impl ReportSource<'_> {
    /// The next step of the reader, which is opened first where it has to be.
    fn step(&mut self) -> Result<Step> {
        let context = self.context;
        if matches!(self.state, State::Waiting) {
            self.state = State::Open(Box::new(Reader::open(
                &context.plan.inputs[self.input].report,
                self.window.clone(),
                context.time,
                context.plan.cell_rules(self.input),
                context.read,
            )?));
        }
        let State::Open(reader) = &mut self.state else {
            return Ok(Step::End);
        };
        let step = reader.next_chunk()?;
        let read = reader.bytes_read();
        context.observer.read(read - self.bytes);
        self.bytes = read;
        Ok(step)
    }

    /// Closes the report and keeps what its reader knows: thousands of reports must not stay open until the task ends.
    fn close(&mut self) -> Result<()> {
        let State::Open(reader) = std::mem::replace(&mut self.state, State::Done(None)) else {
            return Ok(());
        };
        let input = &self.context.plan.inputs[self.input];
        let outcome = reader.finish()?;
        if input.digest.is_some_and(|digest| digest != outcome.sha256) {
            let error = Error::new(ErrorKind::Changing, "the report changed while it was read");
            return Err(error
                .at(&input.report.path)
                .hint("run again when its writer has finished"));
        }
        self.state = State::Done(Some(outcome));
        Ok(())
    }

    /// What the reader knows, at the end of the report.
    fn finish(&mut self) -> Result<Outcome> {
        match &mut self.state {
            State::Done(outcome) => outcome.take(),
            _ => None,
        }
        .ok_or_else(|| Error::bug("a report was merged and not read to its end"))
    }
}

impl Source for ReportSource<'_> {
    fn starts(&self) -> i64 {
        self.context.plan.inputs[self.input].report.first
    }

    fn kind(&self) -> usize {
        self.context.plan.kind_of[self.input]
    }

    fn columns(&self) -> &[usize] {
        &self.context.plan.columns_of[self.input]
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        match self.step().map_err(Stop::Failed)? {
            Step::Disordered => Err(Stop::Disordered),
            Step::Rows(chunk) => Ok(Some(chunk)),
            Step::End => {
                self.close().map_err(Stop::Failed)?;
                Ok(None)
            }
        }
    }
}
