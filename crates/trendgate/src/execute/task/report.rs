//! A report as the merger sees it: opened when its time comes, read a chunk at a time, closed at its end.
//!
//! Enters: what the plan knows of a report. Leaves: its chunks, without the numbers that give way to committed bins; and, at its end, what became of
//! its cells. Refuses: a report that cannot be read, or whose text is another than when it was planned.

use super::super::read::{Read, Reads};
use super::super::stand_ins::Mask;
use super::{BATCH_CELLS, TaskContext};
use crate::acquire::{Chunk, PointTally, ReadOptions, ReadStep, Reader};
use crate::clean::{Chunks, Source, Stop};
use crate::error::{Error, ErrorKind};
use crate::model::{ColumnId, InputId, KindId};
use crate::plan::{NO_KIND, Next, Standing, Task};
use crate::progress::Event;
use crate::scratch::SpillFile;
use crate::text_id::TextId;
use crate::time::Instant;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What the reports of a task add to while they are read.
pub(super) struct Sums {
    /// Where they give way to committed bins, and how many of their numbers did.
    pub(super) mask: Mask,
    pub(super) gave_way: Cell<u64>,
    /// Cells since what the process takes was looked at: many chunks may come before the next batch of rows.
    pub(super) unchecked: Cell<usize>,
    /// What became of the cells of each column.
    pub(super) columns: RefCell<Vec<PointTally>>,
    /// What is known of each that came to its end.
    pub(super) reads: RefCell<Reads>,
    /// Those with numbers that only the whole report decides.
    pub(super) undecided: RefCell<Vec<InputId>>,
}

/// What is merged: a report, or committed bins in the place of one.
pub(super) enum Merged<'a> {
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

    fn is_committed(&self) -> bool {
        matches!(self, Self::Kept(_))
    }

    fn columns(&self) -> &[ColumnId] {
        match self {
            Self::Kept(kept) => kept.columns(),
            Self::Report(report) => report.columns(),
            Self::Lost(_) => &[],
        }
    }

    fn note_repeat(&self, column: ColumnId) {
        if let Self::Report(report) = self {
            report.note_repeat(column);
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

/// A report as the merger sees it: opened when its time comes, closed at its end.
pub(super) struct ReportSource<'a> {
    context: &'a TaskContext<'a>,
    next: Next,
    task: &'a Task,
    sums: &'a Sums,
    /// Takes what a reader cannot hold.
    scratch: &'a Arc<SpillFile>,
    state: ReportState,
    bytes: u64,
    /// For each column its numbers of times of which the report has another one before.
    repeats: RefCell<BTreeMap<ColumnId, u64>>,
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
    /// Whether a range of it is read, and not all.
    is_range: bool,
    /// Whether its bytes come from what the dataset keeps of its file.
    is_kept: bool,
}

impl<'a> ReportSource<'a> {
    pub(super) fn new(
        context: &'a TaskContext<'a>,
        next: Next,
        task: &'a Task,
        sums: &'a Sums,
        scratch: &'a Arc<SpillFile>,
    ) -> Self {
        Self {
            context,
            next,
            task,
            sums,
            scratch,
            state: ReportState::Waiting,
            bytes: 0,
            repeats: RefCell::default(),
        }
    }

    /// The next step of the reader, which is opened first where it has to be.
    fn step(&mut self) -> std::result::Result<ReadStep, Stop> {
        let context = self.context;
        context.watch.go_on("while reading").map_err(Stop::Broken)?;
        if matches!(self.state, ReportState::Waiting) {
            let input = context.plan.inputs.of(&self.next).map_err(Stop::Broken)?;
            let options = ReadOptions {
                digests: input.digests(),
                // Of a report of the dataset only some months are read again.
                looks_beyond: input.standing == Standing::Committed,
                ..context.budget.read_options()
            };
            let known_by = input.digest.or(input.known_by);
            let report = input.report;
            let path = report.path.clone();
            let is_kept = report.kept.is_some();
            let range = self.task.ranges.get(&self.next.input);
            let (window, time) = (self.task.window, context.time);
            let cells = context.plan.cell_rules(self.next.form());
            let unpacked = context.plan.unpacked.get(&self.next.input);
            let reader = match (unpacked, range) {
                (Some(text), range) => {
                    Reader::open_unpacked(report, (text, range), window, time, cells, &options)
                }
                (None, Some(range)) => {
                    Reader::open_range(report, range, window, time, cells, &options)
                }
                (None, None) => {
                    let entries = context.plan.inputs.entries();
                    Reader::open_planned(report, window, time, cells, &options, entries)
                }
            };
            let reader = reader.map_err(|error| stop(error, &path))?;
            self.state = ReportState::Open(Box::new(OpenReport {
                reader: reader.spilling_to(self.scratch),
                known_by,
                is_range: range.is_some(),
                is_kept,
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
        // A reader gives an empty chunk where it has spilled a run of rows instead.
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
        let OpenReport {
            reader,
            known_by,
            is_range,
            is_kept,
        } = *open;
        let path = reader.report().path.clone();
        if is_range {
            let outcome = reader.finish_range().map_err(|error| stop(error, &path))?;
            return self.keep(outcome.undecided, |places, columns| {
                Read::of_range(outcome, places, columns)
            });
        }
        let outcome = reader.finish().map_err(|error| stop(error, &path))?;
        let other = known_by.is_some_and(|known_by| !outcome.id.is(known_by));
        if other && is_kept {
            let error = Error::damaged("what is kept of the file has other bytes than were read of it")
                .hint("`trendgate verify` names what is damaged; restore that from a copy, or remove it: then committed bins stand in for it");
            return Err(stop(error, &path));
        }
        if other && !crate::store::skipped("digest:report") {
            let error = Error::new(ErrorKind::Changing, "the report changed while it was read")
                .hint("run again when its writer has finished");
            return Err(stop(error, &path));
        }
        self.keep(outcome.undecided, |places, columns| {
            Read::of(outcome, places, columns)
        })
    }

    /// Keeps what is known of the report, which was read to its end.
    fn keep(
        &self,
        undecided: bool,
        read: impl FnOnce(&[ColumnId], &mut [PointTally]) -> Read,
    ) -> std::result::Result<(), Stop> {
        if undecided {
            self.sums.undecided.borrow_mut().push(self.next.input);
        }
        let places = self.context.plan.columns(self.next.form());
        let mut read = read(places, &mut self.sums.columns.borrow_mut());
        read.add_repeats(&self.repeats.borrow());
        let mut reads = self.sums.reads.borrow_mut();
        reads.put(self.next.input, &read).map_err(Stop::Broken)
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

    fn note_repeat(&self, column: ColumnId) {
        *self.repeats.borrow_mut().entry(column).or_default() += 1;
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        match self.step()? {
            ReadStep::NeedsWhole => Err(Stop::NeedsWhole),
            ReadStep::Rows(mut chunk) => {
                self.check(&chunk)?;
                let columns = self.context.plan.columns(self.next.form());
                let window = &self.task.window;
                let gave_way = self.sums.mask.apply(&mut chunk, columns, window);
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

/// Why the merge stops at a report that cannot be read on.
fn stop(error: Error, path: &Path) -> Stop {
    match error.kind() {
        ErrorKind::Stopped => Stop::Broken(error),
        // That no more files can be opened says nothing about this one.
        _ if error.is_exhaustion() => Stop::Broken(error.exhausted()),
        _ => Stop::Failed(error.at_if_nowhere(path)),
    }
}
