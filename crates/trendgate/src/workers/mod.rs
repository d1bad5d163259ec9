//! Who does what: the plan, and the threads that carry it out.
//!
//! [`plan`] is pure: it turns what the heads and tails of the reports say into tasks. [`task`] is one stretch of the time
//! axis on its way from reports to parts; [`local`] runs the tasks on threads.

mod local;
mod plan;
mod task;

pub use local::run_tasks;
pub use plan::{Input, Overlap, Plan, Task, plan, ties};
pub use task::{TaskContext, TaskResult, Trouble};
