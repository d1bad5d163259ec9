//! Who carries out tasks.

use super::spec::TaskSpec;
use super::task::{TaskContext, TaskEnd, TaskOutcome, Trouble};

/// Carries out the tasks of a batch, wherever that is.
pub(crate) trait Executor {
    /// Carries out all of them; their outcomes in their order.
    ///
    /// # Errors
    /// The trouble of one of them. What the others have made stays in the attempt's folder, and goes with it.
    fn run(
        &self,
        tasks: &[TaskSpec],
        context: &TaskContext<'_>,
    ) -> std::result::Result<Vec<TaskOutcome>, Trouble>;
}

/// The outcomes, in the order of their tasks, or the trouble of the earliest task that had any.
pub(super) fn in_order(
    mut ended: Vec<(usize, TaskEnd)>,
) -> std::result::Result<Vec<TaskOutcome>, Trouble> {
    ended.sort_by_key(|(number, _)| *number);
    let (good, bad): (Vec<_>, Vec<_>) = ended.into_iter().partition(|(_, ended)| ended.is_ok());
    let trouble = bad.into_iter().filter_map(|(_, ended)| ended.err());
    // A task that only stopped because another failed has nothing to say.
    let first = trouble.reduce(|first, other| match first {
        Trouble::Stopped => other,
        first => first,
    });
    match first {
        Some(trouble) => Err(trouble),
        None => Ok(good
            .into_iter()
            .filter_map(|(_, ended)| ended.ok())
            .collect()),
    }
}
