//! Who watches a run, and is told how far it is.

use crate::error::{Error, Result};
use crate::workers::Plan;

/// What a run is about to do, beyond reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Look at the heads and tails of so many files.
    Looking {
        /// How many.
        files: usize,
    },
    /// Read the written parts back.
    Checking,
    /// Publish them.
    Committing,
}

/// Someone who watches a run. Called from several threads; every method may be left as it is.
pub trait Observer: Sync {
    /// A stage begins.
    fn stage(&self, _stage: Stage) {}
    /// One more file has been looked at.
    fn looked_at(&self) {}
    /// Reading begins, or begins anew after a report turned out to be unusable or out of order.
    fn planned(&self, _plan: &Plan) {}
    /// So many more bytes have been read.
    fn read(&self, _bytes: u64) {}
    /// Whether the run is to stop: asked again and again, until the commit begins.
    fn stops(&self) -> bool {
        false
    }
    /// Something that a person should know and that does not stop the run.
    fn warning(&self, _warning: &str) {}
}

/// Fails where the run is to stop, and says `when` that was: `while reading`.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped).
pub(crate) fn go_on(observer: &dyn Observer, when: &str) -> Result<()> {
    match observer.stops() {
        true => Err(Error::stopped(when)),
        false => Ok(()),
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Observer for Unwatched {}
