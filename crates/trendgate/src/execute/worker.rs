//! One task, wherever it was sent.
//!
//! Enters: a [`TaskSpec`] as bytes. Leaves: a [`TaskReturn`] as bytes, and the same in the attempt's folder, so that whoever commits finds it there
//! should the one who waited for it be gone. An outcome is one file, whole or not at all; of two executions of a task at the same time each has
//! its own.

use super::spec::{TaskReturn, TaskSpec};
use super::task::{TaskContext, TaskEnd, Trouble, run_task};
use super::workload::Workload;
use crate::clean::EvenSeries;
use crate::error::{Error, Result};
use crate::plan::Budget;
use crate::progress::{Cancel, Watch};
use crate::store;
use std::path::{Path, PathBuf};

/// What the names of outcomes in an attempt's folder begin with.
const OUTCOME: &str = "outcome-";
/// No outcome is larger.
const MOST_BYTES: u64 = 4 << 30;

/// Carries out a task by itself, with all that it needs from the attempt's folder. One that was done already, and ended well, is not done again.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a task that stands in no file, and whatever keeps it from being done that is no report's fault: it may be done
/// again. What is wrong with a report is part of what comes back.
pub(crate) fn execute(spec: &TaskSpec, watch: Watch<'_>) -> Result<TaskReturn> {
    let digest = spec.workload.ok_or_else(|| {
        Error::usage("expected a task with its workload in a file, found one without")
    })?;
    let folder = spec.folder();
    let done = match TaskReturn::kept_of(&folder, &format!("{OUTCOME}{}-", spec.number)) {
        // It is over; what became of it is found out below.
        Err(_) if store::named(&folder)?.is_none() => Vec::new(),
        done => done?,
    };
    let good = done.into_iter().find(|back| back.ended.is_ok());
    if let Some(back) = good.filter(|_| !store::skipped("check:done")) {
        return Ok(back);
    }
    let name = spec.execution();
    let alone = || -> TaskEnd {
        let workload = Workload::load(&folder, digest)?;
        let (plan, rules) = (&workload.plan, &workload.rules);
        workload.committed.is_in_reach()?;
        let budget = Budget::new(plan, rules.memory, rules.memory_action, 1);
        let context = TaskContext {
            plan,
            rules,
            committed: &workload.committed,
            cleaner: &EvenSeries::new(rules.even),
            time: &rules.time()?,
            budget: &budget,
            watch,
            failed: &Cancel::default(),
        };
        run_task(spec, &name, &context)
    };
    let ended = match alone() {
        // It was committed, or another version is: whoever commits says which. The folder goes whole, its name first.
        Err(Trouble::Fatal(_)) if store::named(&folder)?.is_none() => Err(Trouble::Stopped),
        Err(Trouble::Fatal(error)) => return Err(error),
        Err(Trouble::Stopped) => return Err(Error::stopped("while a task was done")),
        ended => ended,
    };
    let back = TaskReturn {
        site: spec.site.clone(),
        dirs: spec.dirs.clone(),
        attempt: spec.attempt.clone(),
        number: spec.number,
        count: spec.count,
        ended,
    };
    keep(&folder, spec.number, &name, &back)?;
    Ok(back)
}

/// Keeps an outcome for whoever commits, durably. Where the attempt is over, nobody needs it.
fn keep(folder: &Path, number: usize, name: &str, back: &TaskReturn) -> Result<()> {
    if store::named(folder)?.is_none() {
        return Ok(());
    }
    let path = folder.join(format!("{OUTCOME}{number}-{name}"));
    // With its name those of the parts.
    match store::replace_durably(&path, &back.to_bytes()?) {
        Err(_) if store::named(folder)?.is_none() => Ok(()),
        kept => kept,
    }
}

impl TaskReturn {
    /// What is kept of the tasks of the attempt in `folder`: of each at most one outcome, one that ended well where there is one. A file that a power
    /// loss left without its content counts for nothing: its task is done again.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be read.
    pub(crate) fn kept_in(folder: &Path) -> Result<Vec<Self>> {
        Self::kept_of(folder, OUTCOME)
    }

    /// As [`kept_in`](Self::kept_in), of the outcomes whose names begin so.
    fn kept_of(folder: &Path, begin: &str) -> Result<Vec<Self>> {
        let is_outcome = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(begin))
        };
        let mut kept: Vec<Self> = Vec::new();
        if store::named(folder)?.is_none() {
            return Ok(kept);
        }
        for path in store::list_dir(folder)?.into_iter().filter(is_outcome) {
            kept.extend(Self::from_bytes(&store::read(&path, MOST_BYTES)?));
        }
        Ok(first_good(kept))
    }
}

/// Of each task one outcome, in the order of the tasks: the first that ended well, else the first.
pub(crate) fn first_good(mut all: Vec<TaskReturn>) -> Vec<TaskReturn> {
    all.sort_by_key(|back| (back.number, back.ended.is_err()));
    all.dedup_by_key(|back| back.number);
    all
}
