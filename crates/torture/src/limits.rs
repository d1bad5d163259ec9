//! A process that may open few files, or have little memory: every limit up to what the step needs.

use super::bench::Bench;
use super::judge::{self, Leftovers};
use super::program::{Ending, SITE, finish};
use super::scenario::Ready;
use crate::Result;
use std::ffi::OsString;
use std::path::Path;

/// What is limited, and in which steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Files,
    Memory,
}

impl Limit {
    pub(super) const ALL: [(&str, Self); 2] = [("files", Self::Files), ("memory", Self::Memory)];

    /// The limits that are tried: from one with which the program cannot even be loaded to one that suffices.
    pub(super) fn amounts(self) -> impl Iterator<Item = u64> {
        let (first, step, count) = match self {
            Self::Files => (3, 1, 30),
            Self::Memory => (4 << 20, 1 << 18, 240),
        };
        (0..count).map(move |n| first + n * step)
    }

    fn option(self, amount: u64) -> String {
        match self {
            Self::Files => format!("--nofile={amount}"),
            Self::Memory => format!("--as={amount}"),
        }
    }
}

/// One trial. Where there is no memory for as much as an error message, the process dies; that is judged like a kill.
///
/// # Errors
/// The promise that was broken.
pub(super) fn once(bench: &Bench, data: &Path, ready: &Ready, limit: Limit, amount: u64) -> Result {
    ready.start.put(data)?;
    let mut words: Vec<OsString> = vec!["prlimit".into(), limit.option(amount).into(), "--".into()];
    words.extend(bench.program.words(ready.scenario.step, SITE, data));
    let mut outcome = finish(&words)?;
    // Parquet's codec of Zstandard panics (101) where there is no memory for its contexts, as Rust aborts where there is none for a vector.
    let died = matches!(outcome.ending, Ending::Signal(_) | Ending::Exit(101 | 127));
    // Where not even the loader has what it needs, there is no program that could say so.
    if died && (limit == Limit::Memory || outcome.ending == Ending::Exit(127)) {
        outcome.ending = Ending::Signal(9);
    }
    // Listing a folder, to remove what is in it, takes memory too; and it is opened for that, so that no link is followed.
    let left = Leftovers::of_abandoned(ready.scenario.step);
    judge::at_once(data, ready, &outcome, &left)?;
    judge::at_rest(data, ready, &bench.program)
}
