//! Any record batch → a batch that keeps the dataset's promises.
//!
//! ```text
//! RecordBatch ─ layout (columns, types) ─ axis (order, spacing, future) ─ flags ─ values ─▶ Conforming …
//!                    └──────────────────── what breaks a rule ───────────────────────────▶ Violations
//! ```
//!
//! What enters is record batches from anyone: our own cleaner, a caller's, a file on disk. What leaves is [`Conforming`]
//! batches, a type that cannot be made anywhere else, so that whatever writes one need not check again; or
//! [`Violations`], each with its column, its row, what was expected and what was found. What is refused: columns
//! that are missing, unexpected or of another type; timestamps that are null, repeated, out of order, off the grid or in
//! the future; flags that are null or unknown. What is mended and counted, not refused: NaN (null), values that no sensor can
//! have measured (null and `OUTLIER`), and bins without a row up to `max_gap` (nulls and `INSUFFICIENT_DATA`).

mod axis;
mod check;
mod conforming;
mod flag_lists;
mod judge;
mod layout;
mod values;
mod violation;

use crate::time::{MINUTE, Span};

/// How far a row may lie beyond the batch's clock reading: the clocks of loggers differ. Five minutes.
pub(crate) const FUTURE_TOLERANCE: Span = MINUTE.times(5);

pub use axis::Gap;
pub(crate) use check::Findings;
pub(crate) use check::count_flags;
pub use check::{Contract, ContractRules, check_schema};
pub(crate) use conforming::{Conforming, ExtremeCell};
pub(crate) use layout::type_name;
#[cfg(test)]
pub(crate) use violation::Violation;
pub(crate) use violation::ViolationKind;
pub use violation::Violations;

#[cfg(test)]
mod tests;
