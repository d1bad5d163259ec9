//! What is to be done: the reports of a batch in their order, the points of the dataset, and the tasks.
//!
//! [`plan()`] opens no report: it turns what the heads and tails of the reports say into [`Task`]s, each one stretch of the time axis.
//! The list of the reports may lie in scratch ([`Inputs`]).

mod budget;
mod dataset_points;
mod inputs;
mod kept;
mod reach;
mod saved;
mod slots;
mod sums;
mod tasks;

pub(crate) use budget::{Budget, MemoryAction};
pub use dataset_points::{DatasetPoints, Shape};
pub(crate) use inputs::Next;
pub(crate) use inputs::ties;
pub use inputs::{Input, Inputs, Standing};
pub(crate) use kept::Kept;
pub(crate) use reach::{months_around, read_window};
pub(crate) use saved::SavedPlan;
pub(crate) use tasks::NO_KIND;
#[cfg(test)]
pub(crate) use tasks::Selection;
pub(crate) use tasks::Task;
pub use tasks::{Months, Plan, plan};

#[cfg(test)]
mod tests;
