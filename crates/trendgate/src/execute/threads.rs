//! Tasks on threads of this machine.

use super::executor::{Executor, in_order};
use super::spec::TaskSpec;
use super::task::{TaskContext, TaskOutcome, Trouble, run_task};
use crate::parallel::{locked, with_helpers};
use std::sync::{Mutex, PoisonError};

/// What a thread may do that finds no task left while others still run; fewer pieces than threads are done before the tasks, because behind these
/// some threads would have nothing to do.
pub(crate) struct Spare<'a> {
    /// How many pieces it has.
    pub(crate) count: usize,
    /// Does the piece of this number. None has to be done.
    pub(crate) work: &'a (dyn Fn(usize) + Sync),
}

/// As many threads of this process as the budget allows.
pub(crate) struct Threads<'a> {
    /// What they do in the end.
    pub(crate) spare: Spare<'a>,
}

impl Executor for Threads<'_> {
    fn run(
        &self,
        tasks: &[TaskSpec],
        context: &TaskContext<'_>,
    ) -> std::result::Result<Vec<TaskOutcome>, Trouble> {
        let ended = Mutex::new(Vec::with_capacity(tasks.len()));
        let threads = context.budget.threads;
        let spare = self.spare.count;
        let ahead = if spare < threads { spare } else { 0 };
        let work = |index: usize| {
            let Some(index) = index.checked_sub(ahead) else {
                if !context.failed.is_cancelled() {
                    (self.spare.work)(index);
                }
                return;
            };
            if let Some(piece) = index.checked_sub(tasks.len()) {
                // All of them have begun; on one thread all have ended.
                if locked(&ended).len() < tasks.len() && !context.failed.is_cancelled() {
                    (self.spare.work)(piece);
                }
                return;
            }
            let outcome = run_task(&tasks[index], &tasks[index].execution(), context);
            if outcome.is_err() {
                context.failed.cancel();
            }
            locked(&ended).push((index, outcome));
        };
        let is_short = || context.budget.is_short();
        with_helpers(tasks.len() + spare, threads, is_short, work)?;
        in_order(ended.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
