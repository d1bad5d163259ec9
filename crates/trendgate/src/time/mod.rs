//! Time: instants, lengths of time, months of the calendar, and the one clock.
//!
//! Instants are nanoseconds since 1970-01-01T00:00:00Z throughout; local time exists only where reports are read and where people are
//! shown a time.

mod clock;
mod month;
mod span;

pub use clock::{
    DAY, HOUR, MINUTE, SECOND, Stopwatch, local, millisecond, now, parse_rfc3339, parse_time,
    pause, rfc3339, this_millisecond, zone,
};
pub use month::Month;
pub use span::Span;
