//! Tasks that are carried to other processes as bytes.

use super::executor::{Executor, in_order};
use super::spec::{Returned, Sent, TaskSpec};
use super::task::{TaskContext, TaskEnd, TaskOutcome, Trouble};
use crate::error::{Error, Result};
use crate::parallel::{in_parallel, locked};
use std::sync::{Mutex, PoisonError};

/// Carries the bytes of a task to whoever does it, and brings back those of its outcome.
pub type Carry<'a> = &'a (dyn Fn(&[u8]) -> Result<Vec<u8>> + Sync);

/// Who does the tasks of a batch.
#[derive(Clone, Copy)]
pub(crate) enum Workers<'a> {
    /// Threads of this process.
    Threads,
    /// Whoever the bytes of tasks are carried to, so many at once.
    Carried(usize, Carry<'a>),
}

/// Sends every task through bytes, some at a time. The attempt's folder has to be reached from where they go, with the workload in it.
pub(crate) struct Carried<'a> {
    /// How many tasks are sent at the same time.
    pub(crate) at_once: usize,
    /// What carries them.
    pub(crate) carry: Carry<'a>,
}

impl Executor for Carried<'_> {
    fn run(
        &self,
        tasks: &[TaskSpec],
        context: &TaskContext<'_>,
    ) -> std::result::Result<Vec<TaskOutcome>, Trouble> {
        let ended = Mutex::new(Vec::with_capacity(tasks.len()));
        in_parallel(tasks.len(), self.at_once, |number| {
            let go_on = || context.watch.go_on("while reading");
            let outcome = match go_on() {
                Ok(()) if context.failed.is_cancelled() => Err(Trouble::Stopped),
                // Who was told to stop did not fail.
                Ok(()) => (self.carried(&tasks[number]))
                    .map_err(|trouble| go_on().map_or_else(Trouble::from, |()| trouble)),
                Err(error) => Err(error.into()),
            };
            if outcome.is_err() {
                context.failed.cancel();
            }
            locked(&ended).push((number, outcome));
        })?;
        in_order(ended.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Carried<'_> {
    fn carried(&self, task: &TaskSpec) -> TaskEnd {
        let sent = Sent::Task(Box::new(task.clone())).to_bytes()?;
        let Returned::Task(back) = Returned::from_bytes(&(self.carry)(&sent)?)? else {
            return Err(Error::bug("no outcome of a task came back").into());
        };
        if back.attempt != task.attempt || back.number != task.number {
            return Err(Error::bug("the outcome of another task came back").into());
        }
        back.ended
    }
}
