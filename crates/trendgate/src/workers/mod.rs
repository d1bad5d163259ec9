//! Who does what: the plan, and the threads that carry it out.
//!
//! [`plan()`] is pure: it turns what the heads and tails of the reports say into [`Task`]s, each one stretch of the time axis.
//! [`run_tasks`] takes them from reports to parts, on threads of this machine.

mod budget;
mod dataset_points;
mod inputs;
mod kept;
mod local;
mod number_notes;
mod plan;
mod reach;
mod read;
mod slots;
mod sums;
mod task;

pub(crate) use budget::{Budget, MemoryAction};
pub use dataset_points::{DatasetPoints, Shape};
pub(crate) use inputs::Next;
pub(crate) use inputs::ties;
pub use inputs::{Input, Inputs, Standing};
pub(crate) use kept::{Kept, KeptCounts};
pub(crate) use local::{Spare, run_tasks};
pub(crate) use number_notes::NumberNotes;
#[cfg(test)]
pub(crate) use plan::Selection;
pub(crate) use plan::Task;
pub use plan::{Months, Plan, plan};
pub(crate) use reach::{months_around, read_window};
pub(crate) use read::{PointLoss, Read, Reads};
pub(crate) use task::{TaskContext, TaskResult, Trouble};

#[cfg(test)]
mod tests;
