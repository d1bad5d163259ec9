//! A plan → the same, with what its tasks share of the reports that several of them need.
//!
//! Enters: a plan, whose inputs are in memory. Leaves: the texts of such reports in scratch that their files hold packed or in another encoding, each
//! unpacked once; and in the tasks, which lines they read of those whose rows go by time. Small reports are read by each task: that costs no more.
//! Nothing is refused: of a report that cannot be unpacked or looked at, the task says so that reads it.

use crate::acquire::{LEAST_BYTES, Report, TextRange, TimeRule, UnpackedText, find_ranges};
use crate::error::Result;
use crate::model::InputId;
use crate::parallel::{in_parallel, locked};
use crate::plan::{Plan, Task};
use crate::progress::{Event, Watch};
use crate::scratch::TextScratch;
use crate::text_id::{Digests, TextId};
use crate::time::TimeRange;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A packed file of so many bytes may have a text that is none of the small ones.
const LEAST_PACKED: u64 = LEAST_BYTES / 16;

/// What is to be known to share reports among tasks.
pub(crate) struct Sharing<'a> {
    /// How local time becomes UTC.
    pub(crate) time: &'a TimeRule,
    /// The files of reports that every task reads whole.
    pub(crate) whole: &'a BTreeSet<PathBuf>,
    /// On how many threads texts are unpacked.
    pub(crate) threads: usize,
    /// Who is told of progress, and may cancel.
    pub(crate) watch: Watch<'a>,
}

/// A report that several tasks need.
struct Shared {
    input: InputId,
    report: Report,
    /// What its text is known by, if that is known.
    known: Option<TextId>,
    /// The places of the tasks.
    tasks: Vec<usize>,
}

/// What the tasks share of it.
#[derive(Default)]
struct SharedReading {
    unpacked: Option<UnpackedText>,
    ranges: Option<Vec<TextRange>>,
}

impl Plan {
    /// The bytes that texts may take in scratch once [`share_reports`](Self::share_reports) has unpacked them.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the inputs cannot be read.
    pub(crate) fn most_unpacked(&self) -> Result<u64> {
        let packed = self.shared()?.into_iter().map(|shared| shared.report);
        let packed = packed.filter(UnpackedText::is_worth_it);
        Ok(packed.map(|report| UnpackedText::most_bytes(&report)).sum())
    }

    /// Unpacks the texts of reports that several tasks need, and finds which lines each of these reads.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the inputs cannot be read, or no file can be made for the texts.
    pub(crate) fn share_reports(&mut self, sharing: &Sharing<'_>) -> Result<()> {
        let shared = self.shared()?;
        let any_packed = shared
            .iter()
            .any(|of| UnpackedText::is_worth_it(&of.report));
        let folder = self.inputs.folder().filter(|_| any_packed);
        let scratch = folder.map(TextScratch::create).transpose()?.map(Arc::new);
        let found = Mutex::new(Vec::with_capacity(shared.len()));
        in_parallel(shared.len(), sharing.threads, |place| {
            let of = self.reading_of(&shared[place], sharing, scratch.as_ref());
            locked(&found).push((place, of));
        })?;
        for (place, of) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let Shared { input, tasks, .. } = &shared[place];
            if let Some(unpacked) = of.unpacked {
                self.unpacked.insert(*input, unpacked);
            }
            for (task, range) in tasks.iter().zip(of.ranges.into_iter().flatten()) {
                self.tasks[*task].ranges.insert(*input, range);
            }
        }
        Ok(())
    }

    fn reading_of(
        &self,
        shared: &Shared,
        sharing: &Sharing<'_>,
        scratch: Option<&Arc<TextScratch>>,
    ) -> SharedReading {
        let report = &shared.report;
        let scratch = scratch.filter(|_| UnpackedText::is_worth_it(report));
        let unpacked = scratch.and_then(|scratch| {
            let unpacked = UnpackedText::of(report, scratch, sharing.watch.cancel).ok()?;
            // Where it is another one, the task that reads it whole says so.
            let is_known = |known| unpacked.is(known, report);
            shared.known.is_none_or(is_known).then_some(unpacked)
        });
        if unpacked.is_some() {
            sharing.watch.tell(&Event::Read {
                bytes: report.bytes(),
            });
        }
        if sharing.whole.contains(&report.path) {
            return SharedReading {
                unpacked,
                ranges: None,
            };
        }
        let windows = shared.tasks.iter();
        let windows: Vec<TimeRange> = windows.map(|task| self.tasks[*task].window.read).collect();
        let ranges = find_ranges(report, unpacked.as_ref(), &windows, sharing.time);
        SharedReading {
            ranges: ranges.ok().flatten(),
            unpacked,
        }
    }

    /// The large reports that several tasks need.
    fn shared(&self) -> Result<Vec<Shared>> {
        let of_tasks = several(&self.tasks, |input| {
            self.inputs.bytes(input) >= LEAST_PACKED
        });
        let mut shared = Vec::with_capacity(of_tasks.len());
        for (input, tasks) in of_tasks {
            let of = self.inputs.get(input)?;
            let least = match of.report.text.is_packed() {
                true => LEAST_PACKED,
                false => LEAST_BYTES,
            };
            if of.digests() == Digests::Today && of.report.bytes() >= least {
                shared.push(Shared {
                    input,
                    known: of.digest.or(of.known_by),
                    report: of.report,
                    tasks,
                });
            }
        }
        Ok(shared)
    }
}

/// The inputs that several tasks need, of those that are `large`, with these tasks.
fn several(tasks: &[Task], large: impl Fn(InputId) -> bool) -> BTreeMap<InputId, Vec<usize>> {
    let mut found: BTreeMap<InputId, Vec<usize>> = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        for input in task.inputs.iter().filter(|input| large(*input)) {
            found.entry(input).or_default().push(place);
        }
    }
    found.retain(|_, tasks| tasks.len() > 1);
    found
}

#[cfg(test)]
mod tests;
