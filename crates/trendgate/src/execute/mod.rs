//! Tasks of a plan → parts, evidence, and what became of every cell.
//!
//! Enters: [`Task`](crate::plan::Task)s. Leaves: a [`TaskResult`] each, whose files are durable and read back. Refuses: reports that cannot
//! be read, and whatever else is a [`Trouble`].

mod number_notes;
mod read;
mod stand_ins;
mod task;
mod threads;

pub use number_notes::NumberNotes;
pub use read::{PointLoss, Read, Reads};
pub use stand_ins::KeptCounts;
pub use task::{TaskContext, TaskResult, Trouble};
pub use threads::{Spare, run_tasks};
