//! A plan → the same, with the lines that tasks read of the reports that several of them need.
//!
//! Enters: a plan, whose inputs are at hand. Leaves: in its tasks, the ranges of large reports whose rows go by time. Nothing is refused: of a
//! report that cannot be looked at, the task says so that reads it.

use super::plan::{Plan, Task};
use crate::acquire::{LEAST_BYTES, TimeRule, find_ranges};
use crate::error::Result;
use crate::model::InputId;
use crate::text_id::Digests;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

impl Plan {
    /// Finds which lines tasks read of reports that several of them need; without those of files that are to be read `whole`.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the inputs cannot be read.
    pub(crate) fn find_ranges(&mut self, time: &TimeRule, whole: &BTreeSet<PathBuf>) -> Result<()> {
        for (input, tasks) in shared(&self.tasks, |input| self.inputs.bytes(input)) {
            let input_of = self.inputs.get(input)?;
            let digests = input_of.digests();
            let report = input_of.report;
            if digests != Digests::Today || whole.contains(&report.path) {
                continue;
            }
            let windows = tasks.iter().map(|task| self.tasks[*task].window.read);
            let windows: Vec<_> = windows.collect();
            let Ok(Some(ranges)) = find_ranges(&report, &windows, time) else {
                continue;
            };
            for (task, range) in tasks.into_iter().zip(ranges) {
                self.tasks[task].ranges.insert(input, range);
            }
        }
        Ok(())
    }
}

/// The large inputs that several tasks need, with these tasks.
fn shared(tasks: &[Task], bytes: impl Fn(InputId) -> u64) -> BTreeMap<InputId, Vec<usize>> {
    let mut large: BTreeMap<InputId, Vec<usize>> = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        for input in task.inputs.iter() {
            if bytes(input) >= LEAST_BYTES {
                large.entry(input).or_default().push(place);
            }
        }
    }
    large.retain(|_, tasks| tasks.len() > 1);
    large
}

#[cfg(test)]
mod tests;
