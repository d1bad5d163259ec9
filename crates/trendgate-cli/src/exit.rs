//! Exit codes: the only place where they are numbers.

use crate::{signals, text};
use std::process::ExitCode;
use trendgate::{Error, ErrorKind, RunOutcome};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Committed, nothing new, or nothing found wrong.
    Good = 0,
    /// Nothing committed, or something found wrong; or the output could not be written.
    Failed = 1,
    /// The command or the configuration is wrong.
    Usage = 2,
    /// Committed, but some input files were rejected.
    Partly = 3,
    /// Whether the commit happened is not known.
    Unsettled = 4,
    /// Another run holds the site.
    Locked = 75,
    /// Stopped by SIGINT.
    Interrupted = 130,
    /// Stopped by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The exit that an error means.
    pub(crate) fn of(error: &Error) -> Self {
        Self::of_kind(error.kind()).unwrap_or_else(|| signals::listen().exit())
    }

    /// The exit that an error of this kind means; `None` where a signal was the cause, because it depends on the signal.
    pub(crate) fn of_kind(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::Usage | ErrorKind::Config => Some(Self::Usage),
            ErrorKind::Unsettled => Some(Self::Unsettled),
            ErrorKind::Locked => Some(Self::Locked),
            ErrorKind::Stopped => None,
            _ => Some(Self::Failed),
        }
    }

    /// The exit that a run had which ended so; `None` where a signal stopped it, because it depends on the signal.
    pub(crate) fn of_outcome(outcome: &RunOutcome) -> Option<Self> {
        match outcome {
            RunOutcome::Committed(counts) | RunOutcome::NothingNew(counts) if counts.partly => {
                Some(Self::Partly)
            }
            RunOutcome::Failed(failure) => Self::of_kind(failure.kind),
            _ => Some(Self::Good),
        }
    }

    /// The worst of several ends, which is the end of all of them together.
    pub(crate) fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let badness = |exit: &Self| Self::FROM_WORST.iter().position(|known| known == exit);
        exits.into_iter().min_by_key(badness).unwrap_or(Self::Good)
    }

    /// What is not known goes before what failed, that before what a person stopped or another run holds, and that before what was left out.
    const FROM_WORST: [Self; 8] = [
        Self::Unsettled,
        Self::Failed,
        Self::Usage,
        Self::Interrupted,
        Self::Terminated,
        Self::Locked,
        Self::Partly,
        Self::Good,
    ];

    /// This exit, or, where it would say that all is well and the output is not whole, that of a failure; which is said.
    pub(crate) fn unless_unprinted(self) -> Self {
        if let Some(error) = text::unprinted() {
            let message = format!("cannot write to standard output: {error}");
            let error = Error::new(ErrorKind::Storage, message)
                .hint("what the command did stands, only its output is not whole");
            text::print_error(&error);
        }
        self.if_unprinted()
    }

    /// As [`unless_unprinted`](Self::unless_unprinted), without a word.
    pub(crate) fn if_unprinted(self) -> Self {
        match self {
            Self::Good | Self::Partly if text::unprinted().is_some() => Self::Failed,
            other => other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_many_is_the_worst_of_them() {
        let ranks = [4, 1, 2, 130, 143, 75, 3, 0];
        assert_eq!(Exit::FROM_WORST.map(|exit| exit as u8), ranks);
        for (place, worse) in Exit::FROM_WORST.into_iter().enumerate() {
            for better in &Exit::FROM_WORST[place..] {
                assert_eq!(Exit::worst([worse, *better]), worse);
                assert_eq!(Exit::worst([*better, worse]), worse);
            }
        }
        assert_eq!(Exit::worst([]), Exit::Good);
        assert_eq!(
            Exit::worst([Exit::Good, Exit::Locked, Exit::Partly]),
            Exit::Locked
        );
    }
}
