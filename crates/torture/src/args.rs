//! What is typed: which modes, which scenarios, for how long.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// What is done to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// The trace of the undisturbed step is checked: was everything durable when it had to be?
    Trace,
    /// It is killed at every call
    Kill,
    /// Every call fails: no space left
    Enospc,
    /// Every call fails: input/output error
    Eio,
    /// From every call on, all calls of its name fail: the disk is gone
    Gone,
    /// Every call is interrupted by a signal
    Eintr,
    /// Every write to a part is lost without a word
    Lost,
    /// The power goes at every call (ext4 and XFS in a loop device; needs root)
    Power,
    /// The way back from every state that a kill leaves is killed at every call
    Nested,
    /// The disk is too small, in bytes and in inodes (needs root)
    Space,
    /// Few files may be open, or little memory be used
    Limits,
    /// One byte of a file is changed: does verify notice?
    Tamper,
    /// The program leaves out one fsync, the read-back or a digest: does one of the above notice? (builds it anew)
    Mutations,
    /// Eight writers at four sites, killed at random, and readers
    Crowd,
}

impl Mode {
    /// How much of the budget it gets, in proportion: where a trial takes longer, more.
    pub(super) const fn weight(self) -> u32 {
        match self {
            Self::Trace | Self::Mutations | Self::Crowd => 0,
            Self::Power => 8,
            Self::Nested => 6,
            Self::Space => 2,
            _ => 1,
        }
    }
}

/// Proves the commit path: every call of a run is killed, fails or loses its power, and a witness looks at what is left.
#[derive(Debug, Clone, Parser)]
#[command(bin_name = "cargo xtask torture")]
pub(crate) struct TortureArgs {
    /// What is done; everything without one
    #[arg(value_name = "MODE")]
    pub(super) modes: Vec<Mode>,
    /// Only this scenario, or those whose names begin so (apart)
    #[arg(long, value_name = "NAME")]
    pub(super) scenario: Option<String>,
    /// Only the points whose name begins so, such as run:kill:renameat2:3
    #[arg(long, value_name = "POINT")]
    pub(super) only: Option<String>,
    /// The program; without it, the release build is made and taken
    #[arg(long, value_name = "FILE")]
    pub(super) program: Option<PathBuf>,
    /// The program with mutations; without it, it is made where it is needed
    #[arg(long, value_name = "FILE")]
    pub(super) mutant: Option<PathBuf>,
    /// A sample of what can be tried in so many seconds; without it, everything
    #[arg(long, value_name = "SECONDS")]
    pub(super) budget: Option<u64>,
    /// How long the crowd goes on [default: 600, with a budget 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) seconds: Option<u64>,
    /// What the reports, the sample and the crowd depend on
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// How many threads try points
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) jobs: usize,
    /// Where strace cannot be used, say so and succeed
    #[arg(long)]
    pub(super) where_possible: bool,
    /// Where to work [default: /dev/shm, or the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(super) place: Option<PathBuf>,
}
