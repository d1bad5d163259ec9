//! What is on disk after a disturbance → whether the promise was kept.
//!
//! - What is committed is whole: the witness can read all of it.
//! - What is there is the state before the step or the state after it, nothing in between.
//! - What was acknowledged is there. A failure (exit 1) committed nothing and left nothing; exit 4 may be either.
//! - The way back to rest ends where the undisturbed run does, with staging empty and no file that no version names.

use super::program::{Ending, Outcome, Program, SITE};
use super::reader::{self, Dataset};
use super::scenario::{Ready, steps};
use super::tree::{self, Item};
use crate::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// What a dataset is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    version: u64,
    dataset: Dataset,
    /// Every path below the folder.
    paths: BTreeSet<String>,
}

impl State {
    /// The state of the folder `data`.
    ///
    /// # Errors
    /// Where what is committed is not whole.
    pub(super) fn of(data: &Path) -> Result<Self> {
        let site = reader::read(data, SITE)?;
        Ok(Self {
            version: site.version,
            dataset: site.dataset,
            paths: tree::list(data)?.into_keys().collect(),
        })
    }

    /// How many rows the dataset has.
    pub(super) fn rows(&self) -> usize {
        self.dataset.rows()
    }

    /// What it says.
    pub(super) fn dataset(&self) -> Dataset {
        self.dataset.clone()
    }

    fn says_as(&self, other: &Self) -> bool {
        (self.version, &self.dataset) == (other.version, &other.dataset)
    }
}

/// How strictly a failure is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftovers {
    /// A failure leaves the disk as it was.
    None,
    /// What could not be removed may be there until the next run.
    Some,
    /// All that the step does: only its result could not be told.
    Version,
    /// As `Some`, or all that the step does: it commits before the last of its work.
    Either,
}

/// Judges the disk right after a disturbance.
///
/// # Errors
/// The promise that was broken.
pub(super) fn at_once(data: &Path, ready: &Ready, outcome: &Outcome, left: Leftovers) -> Result {
    let told = |error: String| {
        format!(
            "{error}; it ended with {:?}: {}",
            outcome.ending, outcome.said
        )
    };
    let found = State::of(data).map_err(told)?;
    let (before, after) = (found.says_as(&ready.before), found.says_as(&ready.after));
    let fault = match outcome.ending {
        _ if !before && !after => {
            let differs = ready.after.dataset.difference(&found.dataset);
            let differs = differs.unwrap_or_default();
            Some(format!(
                "neither the state before nor the one after: version {}, {differs}",
                found.version
            ))
        }
        _ if outcome.acknowledged && !after => Some("acknowledged, and not there".to_owned()),
        Ending::Exit(0 | 3) if !after => Some("a good end, and nothing committed".to_owned()),
        Ending::Exit(1) if left == Leftovers::Version => {
            (!after).then(|| "only its result could not be told, and it is not there".to_owned())
        }
        Ending::Exit(1) if left == Leftovers::Either => None,
        Ending::Exit(1) if !before => Some("a failure that committed".to_owned()),
        Ending::Exit(1) if left == Leftovers::None => left_over(&ready.before, &found),
        Ending::Exit(0 | 1 | 3 | 4) | Ending::Signal(9) => None,
        Ending::Exit(_) | Ending::Signal(_) | Ending::Hung => Some("not a clean end".to_owned()),
    };
    fault.map_or(Ok(()), |fault| Err(told(fault)))
}

fn left_over(before: &State, found: &State) -> Option<String> {
    let left: Vec<&str> = found
        .paths
        .difference(&before.paths)
        .map(String::as_str)
        .filter(|path| !tree::is_aside(path) && !is_kept(path))
        .collect();
    let lost: Vec<&str> = before
        .paths
        .difference(&found.paths)
        .map(String::as_str)
        .collect();
    let same = left.is_empty() && lost.is_empty();
    (!same).then(|| format!("a failure that left {left:?} and took {lost:?}"))
}

/// Goes back to rest and judges what that comes to.
///
/// # Errors
/// The promise that was broken.
pub(super) fn at_rest(data: &Path, ready: &Ready, program: &Program) -> Result {
    steps(program, ready.scenario.after, data).map_err(|error| format!("the way back: {error}"))?;
    let site = reader::read(data, SITE)?;
    if let Some(differs) = ready.rest.dataset.difference(&site.dataset) {
        return Err(format!("the way back leads elsewhere: {differs}"));
    }
    if !site.nameless.is_empty() {
        return Err(format!("no public name after all: {:?}", site.nameless));
    }
    let orphans: Vec<String> = tree::list(data)?
        .into_iter()
        .filter(|(path, item)| is_orphan(path, item, &site.named))
        .map(|(path, _)| path)
        .collect();
    if orphans.is_empty() {
        return Ok(());
    }
    Err(format!("left for good: {orphans:?}"))
}

/// What is kept of files: a collection's, not an undoing's, where no version names it.
fn is_kept(path: &str) -> bool {
    path == "sources" || path.starts_with("sources/")
}

/// What no version names and is no part of the log; of staging, anything.
pub(super) fn is_orphan(path: &str, item: &Item, named: &BTreeSet<String>) -> bool {
    if path.starts_with(".staging/") {
        return true;
    }
    let known = path.starts_with("manifests/.log/")
        || path == "trendgate.json"
        || tree::is_aside(path)
        || is_kept(path)
        || named.contains(path);
    let probe = path.contains("/.probe-");
    *item != Item::Folder && (!known || probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(paths: &[&str]) -> State {
        State {
            version: 0,
            dataset: Dataset::default(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    #[test]
    fn what_no_version_names_is_an_orphan_and_the_log_and_the_error_log_are_not() {
        let named = BTreeSet::from(["processed/T/a.parquet".to_owned()]);
        let file = Item::File { bytes: 1, links: 1 };
        let orphan = |path: &str| is_orphan(path, &file, &named);
        assert!(orphan("processed/T/b.parquet"));
        assert!(orphan("manifests/manifest-b-t.json"));
        assert!(orphan("manifests/.log/T/.probe-1"));
        assert!(is_orphan(".staging/a", &Item::Folder, &named));
        assert!(!orphan("processed/T/a.parquet"));
        assert!(!orphan("manifests/.log/T/lock"));
        assert!(!orphan("manifests/errors-T.jsonl"));
        assert!(!orphan("trendgate.json"));
        assert!(!orphan("manifests/rejects-T.jsonl"));
        assert!(!orphan("manifests/.runs/T/01764443612123456789.json"));
        assert!(!is_orphan("processed/T", &Item::Folder, &named));
    }

    #[test]
    fn a_failure_leaves_and_takes_nothing_but_may_write_what_is_aside() {
        let before = state(&["a", "b"]);
        let aside = ["manifests/errors-T.jsonl", "manifests/.log/T/stamps.json"];
        let same = state(&["a", "b", "manifests", aside[0], aside[1]]);
        assert_eq!(left_over(&before, &same), None);
        let said = left_over(&before, &state(&["b", "c"])).unwrap();
        assert_eq!(said, "a failure that left [\"c\"] and took [\"a\"]");
    }
}
