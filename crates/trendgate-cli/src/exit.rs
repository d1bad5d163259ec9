//! Exit codes: the only place where they are numbers.

use crate::signals;
use std::process::ExitCode;
use trendgate::{Error, ErrorKind};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Committed, nothing new, or nothing found wrong.
    Good = 0,
    /// Nothing committed, or something found wrong.
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
        match error.kind() {
            ErrorKind::Usage | ErrorKind::Config => Self::Usage,
            ErrorKind::Unsettled => Self::Unsettled,
            ErrorKind::Locked => Self::Locked,
            ErrorKind::Stopped => signals::listen().exit(),
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
