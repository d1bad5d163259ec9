//! Tasks on threads of this machine.

use super::plan::Task;
use super::task::{TaskContext, TaskResult, Trouble, run_task};
use crate::parallel::{locked, with_helpers};
use crate::progress::Event;
use crate::time::Stopwatch;
use std::sync::{Mutex, PoisonError};

/// Runs the plan's tasks on as many threads as the budget allows and gives their results in the order of the tasks.
///
/// # Errors
/// The trouble of the earliest task that had any; the others stop at their next batch of rows.
pub fn run_tasks(context: &TaskContext<'_>) -> std::result::Result<Vec<TaskResult>, Trouble> {
    let tasks: &[Task] = &context.plan.tasks;
    let results = Mutex::new(Vec::with_capacity(tasks.len()));
    let work = |index: usize| {
        let since = Stopwatch::start();
        let result = run_task(&tasks[index], context);
        match &result {
            Ok(done) => context.watch.tell(&Event::TaskEnded {
                rows: done.written.parts.iter().map(|part| part.rows).sum(),
                elapsed: since.elapsed(),
            }),
            Err(_) => context.failed.cancel(),
        }
        locked(&results).push((index, result));
    };
    let is_short = || context.budget.is_short();
    with_helpers(tasks.len(), context.budget.threads, is_short, work)?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, result)| result.is_ok());
    let trouble = bad.into_iter().filter_map(|(_, result)| result.err());
    // A task that only stopped because another failed has nothing to say.
    match trouble.reduce(|first, other| {
        if matches!(first, Trouble::Stopped) {
            other
        } else {
            first
        }
    }) {
        Some(trouble) => Err(trouble),
        None => Ok(good
            .into_iter()
            .filter_map(|(_, result)| result.ok())
            .collect()),
    }
}
