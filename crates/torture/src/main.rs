//! The proof of the commit path, by enumeration: `cargo xtask torture`.
//!
//! ```text
//! scenario ─ start state ─ undisturbed under strace ─▶ every call that touches the disk = the points
//!    each point × kill, ENOSPC, EIO, EINTR, loss of power ─▶ the witness reads ─▶ the way back ─▶ the same dataset?
//!    each state that a kill leaves × each point of the way back × kill (nested)
//!    the trace itself ─▶ was everything durable when it had to be?
//!    small disks, small limits, a crowd of writers and readers
//! ```
//!
//! Enters: the program, built for release, and one that can be told to leave out a durable step. Leaves: for each mode how many points there are, how many were tried and which
//! broke a promise, with the command that replays one. Refuses: a machine without strace; modes that need more than the
//! machine allows (mounting) are listed as skipped with the reason, never passed.
//!
//! Without `--budget` everything is tried; with it, a seeded sample. `--only run:kill:renameat2:3` replays one point.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rules about the disk, the clock and the terminal are the library's and the program's; this is a developer's command"
)]

mod apart;
mod args;
mod bench;
mod budget;
mod crowd;
mod driver;
mod durable;
mod inject;
mod judge;
mod limits;
mod mutations;
mod nested;
mod points;
mod power;
mod program;
mod reader;
mod reports;
mod scenario;
mod session;
mod space;
mod stale;
mod start;
mod strace;
mod sweeps;
mod tally;
mod tamper;
mod trace;
mod traces;
mod tree;

use clap::Parser as _;
use std::process::ExitCode;
use testkit::{Result, at};

fn main() -> ExitCode {
    testkit::ended(session::run(&args::TortureArgs::parse()))
}
