//! Paths with nothing to read: why nothing begins.
//!
//! Enters: what was given and what was met there. Leaves: the error that says so, with what to do.

use crate::error::{Error, Missing, Result};
use crate::pipeline::Settings;
use crate::store;
use crate::warning::EXAMPLES;
use std::path::PathBuf;

/// Finds out early that a path is wrong, before anything is made on disk.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a path that does not exist.
pub(in crate::pipeline) fn exist(paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        if store::what_is(path)?.is_none() {
            return Err(Error::missing(Missing::Path, "no such file or folder")
                .at(path)
                .hint("check the spelling; relative paths start at the working directory"));
        }
    }
    Ok(())
}

/// Of files that were found, none is a report.
pub(super) fn none_is_a_report(passed_over: &[PathBuf]) -> Error {
    let names: Vec<String> = (passed_over.iter().take(EXAMPLES))
        .map(|path| path.display().to_string())
        .collect();
    let more = match passed_over.len() > EXAMPLES {
        true => ", …",
        false => "",
    };
    let names = names.join(", ");
    Error::input(format!(
        "no reports found: nothing that is there is one: {names}{more}"
    ))
    .hint("check the path; `trendgate inspect FILE` says what was looked for in one")
}

/// All files that were found are ignored.
pub(super) fn all_ignored(files: usize) -> Error {
    Error::input(format!(
        "no reports found: cleaner.ignore passes over all {files} files"
    ))
    .hint("check the patterns of cleaner.ignore")
}

/// There is no file that could be a report.
pub(super) fn no_reports(settings: &Settings, paths: &[PathBuf]) -> Error {
    let places: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let places = places.join(", ");
    Error::input(match &settings.input_pattern {
        Some(pattern) => format!("no reports found: no file in {places} matches {pattern:?}"),
        None => format!("no reports found: there is no file in {places}"),
    })
    .hint("check the path, or set batch.input_pattern")
}
