//! Who does what: the plan, and the threads that carry it out.
//!
//! [`plan()`] is pure: it turns what the heads and tails of the reports say into [`Task`]s, each one stretch of the time axis.
//! [`run_tasks`] takes them from reports to parts, on threads of this machine.

mod local;
mod plan;
mod statistics;
mod task;

pub use local::run_tasks;
pub use plan::{Input, Overlap, Plan, Task, plan, ties};
pub use statistics::{ColumnStatistics, Fall};
pub use task::{TaskContext, TaskResult, Trouble};

#[cfg(test)]
mod tests;
