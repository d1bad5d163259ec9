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
mod ranges;
mod reach;
mod read;
mod slots;
mod sums;
mod task;

pub use budget::{Budget, MemoryAction};
pub use dataset_points::{DatasetPoints, Shape};
pub(crate) use inputs::Next;
pub use inputs::{Input, Inputs, Standing, ties};
pub use kept::{Kept, KeptCounts};
pub use local::{Spare, run_tasks};
pub use number_notes::NumberNotes;
pub use plan::{Months, Overlap, Plan, Selection, Task, plan};
pub(crate) use ranges::Sharing;
pub use reach::{months_around, read_window};
pub use read::{PointLoss, Read, ReadText, Reads};
pub use task::{TaskContext, TaskResult, Trouble};

#[cfg(test)]
mod tests;
