//! How far work is, what is to be said of it, and whether it is still wanted.
//!
//! Enters: events, from any thread, in the words of the work. Leaves: the same events, at whoever listens; they are values with counts
//! and durations and no English, so that a terminal, Python and metrics make of them what they need. A [`Cancel`] goes the other way:
//! one flag that whoever waits sets and the work looks at.

use crate::error::{Error, ErrorKind, Result};
use crate::warning::Warning;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Something that happens while work is done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage begins.
    Began(Stage),
    /// One more file has been looked at.
    LookedAt,
    /// Reading begins, or begins anew after a report turned out to be unusable or out of order.
    Planned {
        /// Reports to read.
        reports: usize,
        /// Tasks that they are read in.
        tasks: usize,
        /// Bytes to read; of a report in several tasks, several times.
        bytes: u64,
    },
    /// So many more bytes of reports have been read.
    Read {
        /// How many.
        bytes: u64,
    },
    /// A task has come to its end.
    TaskEnded {
        /// Rows that it made.
        rows: u64,
        /// How long it took.
        elapsed: Duration,
    },
    /// Something that a person should know and that does not stop the work.
    Warned(&'a Warning),
    /// The process takes more memory than it may, and does less at a time from now on.
    Throttled {
        /// Bytes that it takes.
        taken: u64,
        /// Bytes that it may take.
        limit: u64,
        /// Cells of a report that are read at a time from now on.
        chunk_cells: usize,
    },
    /// A version is committed.
    Committed {
        /// The site.
        site: &'a str,
        /// The version.
        version: u64,
        /// Rows of its parts.
        rows: u64,
        /// How long the run took.
        elapsed: Duration,
    },
    /// The run failed.
    Failed {
        /// Whose move it is.
        kind: ErrorKind,
        /// How long the run took.
        elapsed: Duration,
    },
}

/// What a run is about to do, beyond reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Look at the heads and tails of so many files.
    Looking {
        /// How many.
        files: usize,
    },
    /// Hold what was made against what is committed.
    Checking,
    /// Publish them.
    Committing,
}

/// Someone who is told of events, by several threads at once.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use trendgate::{Event, Progress};
///
/// /// How many bytes of reports were read.
/// #[derive(Default)]
/// struct BytesRead(AtomicU64);
///
/// impl Progress for BytesRead {
///     fn event(&self, event: &Event<'_>) {
///         if let Event::Read { bytes } = event {
///             self.0.fetch_add(*bytes, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let read = BytesRead::default();
/// read.event(&Event::Read { bytes: 10 });
/// assert_eq!(read.0.into_inner(), 10);
/// ```
pub trait Progress: Sync {
    /// Takes an event.
    fn event(&self, event: &Event<'_>);
}

/// Whether work is still wanted: clones share one flag, which is set once and stays so.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    looks: Option<Arc<Looks>>,
}

/// How often a cancel has been looked at, and how often that goes well.
#[derive(Debug)]
struct Looks {
    made: AtomicU64,
    most: u64,
}

impl Cancel {
    /// One that is cancelled when it has been looked at so often: work can be ended at each of the places where it looks, one by one,
    /// to see what it leaves there.
    ///
    /// ```
    /// let cancel = trendgate::Cancel::after(1);
    /// assert!(!cancel.is_cancelled());
    /// assert!(cancel.is_cancelled());
    /// ```
    #[must_use]
    pub fn after(looks: u64) -> Self {
        Self {
            looks: Some(Arc::new(Looks {
                made: AtomicU64::new(0),
                most: looks,
            })),
            ..Self::default()
        }
    }

    /// The flag that stands for it, for whoever can only set a flag, such as the handler of a signal.
    ///
    /// ```
    /// let cancel = trendgate::Cancel::default();
    /// cancel.flag().store(true, std::sync::atomic::Ordering::SeqCst);
    /// assert!(cancel.is_cancelled());
    /// ```
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// Says that the work is not wanted any more.
    ///
    /// ```
    /// let cancel = trendgate::Cancel::default();
    /// cancel.cancel();
    /// assert!(cancel.is_cancelled());
    /// ```
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether it is not wanted any more.
    ///
    /// ```
    /// let cancel = trendgate::Cancel::default();
    /// assert!(!cancel.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        if let Some(looks) = &self.looks {
            let made = looks.made.fetch_add(1, Ordering::Relaxed);
            self.flag.fetch_or(made >= looks.most, Ordering::Relaxed);
        }
        self.flag.load(Ordering::Relaxed)
    }

    /// How often it has been looked at, where that is counted.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> Option<u64> {
        let looks = self.looks.as_ref()?;
        Some(looks.made.load(Ordering::Relaxed))
    }

    /// Fails where the work is not wanted any more, and says `when` that was: `while reading`.
    ///
    /// # Errors
    /// [`Stopped`](ErrorKind::Stopped).
    ///
    /// ```
    /// let cancel = trendgate::Cancel::default();
    /// assert!(cancel.check("before anything").is_ok());
    /// cancel.cancel();
    /// assert_eq!(cancel.check("at once").unwrap_err().kind(), trendgate::ErrorKind::Stopped);
    /// ```
    pub fn check(&self, when: &str) -> Result<()> {
        match self.is_cancelled() {
            true => Err(Error::stopped(when)),
            false => Ok(()),
        }
    }
}

/// Passes over every event.
struct Nobody;

impl Progress for Nobody {
    fn event(&self, _: &Event<'_>) {}
}

/// Who listens to some work, and who may cancel it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Who listens.
    pub progress: &'a dyn Progress,
    /// Whether the work is still wanted.
    pub cancel: &'a Cancel,
}

impl<'a> Watch<'a> {
    /// `progress` listens, and `cancel` ends the work.
    ///
    /// ```
    /// use trendgate::{Cancel, Event, Progress, Watch};
    ///
    /// struct Silent;
    ///
    /// impl Progress for Silent {
    ///     fn event(&self, _: &Event<'_>) {}
    /// }
    ///
    /// let cancel = Cancel::default();
    /// let _watch = Watch::new(&Silent, &cancel);
    /// ```
    #[must_use]
    pub fn new(progress: &'a dyn Progress, cancel: &'a Cancel) -> Self {
        Self { progress, cancel }
    }

    /// Events are passed over, and the work is not cancelled.
    ///
    /// ```
    /// let _watch = trendgate::Watch::unwatched();
    /// ```
    #[must_use]
    pub fn unwatched() -> Watch<'static> {
        static NEVER: LazyLock<Cancel> = LazyLock::new(Cancel::default);
        Watch::new(&Nobody, &NEVER)
    }

    /// Tells of an event.
    pub(crate) fn tell(self, event: &Event<'_>) {
        self.progress.event(event);
    }

    /// A stage begins.
    pub(crate) fn begin(self, stage: Stage) {
        self.tell(&Event::Began(stage));
    }

    /// Tells of something that a person should know.
    pub(crate) fn warn(self, warning: &Warning) {
        self.tell(&Event::Warned(warning));
    }

    /// As [`Cancel::check`].
    pub(crate) fn go_on(self, when: &str) -> Result<()> {
        self.cancel.check(when)
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("cancel", self.cancel)
            .finish_non_exhaustive()
    }
}

/// For tests: keeps the warnings, and can be cancelled.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Heard {
    warnings: std::sync::Mutex<Vec<Warning>>,
    pub(crate) cancel: Cancel,
}

#[cfg(test)]
impl Heard {
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch::new(self, &self.cancel)
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.warnings.lock().unwrap().clone()
    }
}

#[cfg(test)]
impl Progress for Heard {
    fn event(&self, event: &Event<'_>) {
        if let Event::Warned(warning) = event {
            self.warnings.lock().unwrap().push((*warning).clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_cancel_are_one_and_say_when_it_was_met() {
        let (cancel, flag) = (Cancel::default(), Cancel::default());
        cancel.clone().check("while reading").unwrap();
        cancel.clone().cancel();
        flag.flag().store(true, Ordering::Relaxed);
        for cancel in [cancel, flag] {
            let error = cancel.check("while reading").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Stopped);
            assert_eq!(error.message(), "stopped while reading");
        }
    }

    #[test]
    fn one_that_is_cancelled_after_so_many_looks_stays_so() {
        let cancel = Cancel::after(2);
        let looks: Vec<bool> = (0..4).map(|_| cancel.clone().is_cancelled()).collect();
        assert_eq!(looks, [false, false, true, true]);
    }
}
