//! Time: instants, lengths of time, stretches of time, months of the calendar, and the one clock.
//!
//! Instants are UTC throughout; local time exists only where reports are read and where people are shown a time.
//!
//! | type | what |
//! |---|---|
//! | [`Instant`] | one point of time |
//! | [`Span`] | a length of time: what lies between two instants |
//! | [`TimeRange`] | the instants from one on and before another, `[start, end)` |
//! | [`Extent`] | from a first to a last instant, both included, `[first, last]` |
//! | [`Month`] | a month of the UTC calendar |

mod clock;
mod day;
mod instant;
mod month;
pub(crate) mod plain;
mod range;
mod span;

pub use clock::{Stopwatch, now};
pub(crate) use clock::{after, pause, this_millisecond, zone};
pub(crate) use day::CalendarDay;
pub use instant::Instant;
pub use month::Month;
pub use range::{Extent, TimeRange};
pub(crate) use span::MICROSECOND;
pub use span::{DAY, HOUR, MILLISECOND, MINUTE, SECOND, Span};
