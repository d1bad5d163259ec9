//! Which process a value belongs to.
//!
//! A process that forks has a child with a copy of all that it holds. What undoes or unlocks when it is dropped would do so once
//! more when the child ends, under the parent's feet: so it remembers its process, and in another one it does nothing.

use crate::error::{Error, Result};

/// The process that made a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The process that asks.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// Whether it is this one.
    pub(crate) fn is_this(self) -> bool {
        self == Self::this()
    }

    /// Refuses to go on with `what` in any other process.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage).
    pub(crate) fn require(self, what: &str) -> Result<()> {
        if self.is_this() {
            return Ok(());
        }
        let Self(id) = self;
        Err(Error::usage(format!(
            "{what} belongs to process {id}, and this is a fork of it"
        ))
        .hint("end it where it was begun, or begin another one in the child"))
    }

    /// One that is not this one.
    #[cfg(test)]
    pub(crate) fn other_for_test() -> Self {
        Self(std::process::id() ^ 1)
    }
}
