//! Tasks on threads of this machine.

use super::plan::Task;
use super::task::{TaskContext, TaskResult, Trouble, run_task};
use crate::parallel::{locked, with_helpers};
use crate::progress::Event;
use crate::time::Stopwatch;
use std::sync::{Mutex, PoisonError};

/// What a thread may do that finds no task left while others still run.
pub(crate) struct Spare<'a> {
    /// How many pieces it has.
    pub(crate) count: usize,
    /// Does the piece of this number. None has to be done.
    pub(crate) work: &'a (dyn Fn(usize) + Sync),
}

/// Runs the plan's tasks on as many threads as the budget allows and gives their results in the order of the tasks.
///
/// # Errors
/// The trouble of the earliest task that had any; the others stop at their next batch of rows.
pub(crate) fn run_tasks(
    context: &TaskContext<'_>,
    spare: &Spare<'_>,
) -> std::result::Result<Vec<TaskResult>, Trouble> {
    let tasks: &[Task] = &context.plan.tasks;
    let results = Mutex::new(Vec::with_capacity(tasks.len()));
    let work = |index: usize| {
        if let Some(piece) = index.checked_sub(tasks.len()) {
            // All of them have begun; on one thread all have ended.
            if locked(&results).len() < tasks.len() && !context.failed.is_cancelled() {
                (spare.work)(piece);
            }
            return;
        }
        let since = Stopwatch::start();
        let result = run_task(&tasks[index], context);
        match &result {
            Ok(done) => {
                let rows = done.written.parts.iter().map(|part| part.rows).sum();
                let elapsed = since.elapsed();
                let around = done.written.range;
                tracing::debug!(
                    name: "task_ended",
                    task = index,
                    from = around.map(|around| around.first.to_string()),
                    to = around.map(|around| around.last.to_string()),
                    reports = tasks[index].inputs.len(),
                    parts = done.written.parts.len(),
                    rows,
                    seconds = elapsed.as_secs_f64(),
                    "a task has come to its end"
                );
                context.watch.tell(&Event::TaskEnded { rows, elapsed });
            }
            Err(_) => context.failed.cancel(),
        }
        locked(&results).push((index, result));
    };
    let is_short = || context.budget.is_short();
    with_helpers(
        tasks.len() + spare.count,
        context.budget.threads,
        is_short,
        work,
    )?;
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
