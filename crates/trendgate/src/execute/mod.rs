//! Tasks of a plan → parts, evidence, and what became of every cell.
//!
//! ```text
//! Plan ─ TaskSpec, TaskSpec, … ─ Executor ─┬─ threads of this process ───────────────────┬─▶ TaskOutcome, TaskOutcome, …
//!             and what they share          └─ bytes ─ another process ─ bytes (Carried) ─┘
//! ```
//!
//! Enters: [`TaskSpec`]s, values that say which months of which attempt; what they share is a value, too ([`Workload`]). Leaves: a
//! [`TaskOutcome`] each, whose files are durable and read back, and compared with what is committed of their months. Refuses: reports that cannot
//! be read, and whatever else is a [`Trouble`], which is a value as well. A task needs nothing from another one.

mod carried;
mod compare;
mod executor;
mod number_notes;
mod ranges;
mod read;
mod spec;
mod stand_ins;
mod task;
mod threads;
mod worker;
mod workload;

pub use carried::Carry;
pub(crate) use carried::{Carried, Workers};
pub(crate) use compare::{CommittedMonth, CommittedMonths, ComparedMonths};
pub(crate) use executor::Executor;
pub(crate) use number_notes::NumberNotes;
pub(crate) use ranges::Sharing;
pub(crate) use read::Reads;
pub(crate) use read::{PointLoss, Read, ReadText};
pub(crate) use spec::{Returned, Sent, TaskReturn, TaskSpec};
pub(crate) use stand_ins::KeptCounts;
pub(crate) use task::{TaskContext, TaskEnd, TaskOutcome, Trouble};
pub(crate) use threads::{Spare, Threads};
pub(crate) use worker::{execute, first_good};
pub(crate) use workload::{TaskRules, Workload};
