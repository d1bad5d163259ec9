//! Reports for tests, benchmarks and examples, and what the developer's programs share.
//!
//! Enters: points and cells, or the shape and the seed of a corpus. Leaves: texts and folders of reports in the forms that trend exports
//! have; the same input gives the same bytes on every machine. Refused: a folder that has something in it, where a corpus is written.
//! Nothing here knows the library, so that its own tests can use it.

#![allow(
    clippy::disallowed_methods,
    reason = "the rules about the disk are the library's and the program's; this is for tests"
)]

pub mod corpus;
mod damaged;
pub mod example;
mod flaws;
mod forms;
mod plant;
pub mod prng;
pub mod programs;
mod report;
pub mod scheduler;
mod weather;
mod workbook;

pub use forms::Form;
pub use report::{LocalTime, Report};

use std::path::Path;
use std::process::ExitCode;

/// What a developer's program returns; the text says what to do.
pub type Result<T = ()> = std::result::Result<T, String>;

/// Names the path in an error of the file system.
pub fn at(path: &Path) -> impl FnOnce(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

/// How a developer's program ends: an error is printed.
#[allow(clippy::print_stderr, reason = "it is the end of a program of its own")]
#[must_use]
pub fn ended(result: Result) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
