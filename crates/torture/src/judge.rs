//! What is on disk after a disturbance → whether the promise was kept.
//!
//! - What is committed is whole: the witness can read all of it.
//! - What is there is the state before the step or the state after it, nothing in between.
//! - What was acknowledged is there. A failure (exit 1) committed nothing and left nothing; exit 4 may be either.
//! - The way back to rest ends where the undisturbed run does, with staging empty and no file that no version names.

use super::driver::TASKS;
use super::program::{Ending, Outcome, Program, SITE, Step};
use super::reader::{self, Dataset};
use super::scenario::{Ready, steps};
use super::tree::{self, Item};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every path below a folder of data.
pub(super) type Paths = BTreeSet<String>;

/// Every path below `data`.
///
/// # Errors
/// Where the file system refuses.
pub(super) fn paths_of(data: &Path) -> Result<Paths> {
    Ok(tree::list(data)?.into_keys().collect())
}

/// What a dataset is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    version: u64,
    dataset: Dataset,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leftovers {
    /// A failure leaves the disk as it was, with these paths.
    None(Paths),
    /// A failure leaves no file but the lock, and what a driver makes anew: tasks.
    Folders(Paths),
    /// A failure leaves the disk as it was, or without the attempt that waited.
    Attempt(Paths),
    /// What could not be removed may be there until the next run.
    Some,
    /// All that the step does: only its result could not be told.
    Version,
    /// As `Some`, or all that the step does: it commits before the last of its work.
    Either,
    /// As `None`, or all that the step does.
    NoneOrVersion(Paths),
}

impl Leftovers {
    /// What may be left where the step fails and nothing keeps it from undoing what it did. `before` is what there was.
    pub(super) fn of_failed(step: Step, before: Paths) -> Self {
        match step {
            Step::Plan(..) => Self::Folders(before),
            // What a task has made goes with its attempt.
            Step::Task(_) | Step::Tasks => Self::Some,
            Step::Commit(_) => Self::Attempt(before),
            // A run goes on after it has committed the change of unit.
            Step::InMicros => Self::NoneOrVersion(before),
            _ => Self::None(before),
        }
    }

    /// What may be left where the step fails and something keeps it from undoing what it did.
    pub(super) fn of_abandoned(step: Step) -> Self {
        match step {
            Step::InMicros => Self::Either,
            _ => Self::Some,
        }
    }
}

/// Judges the disk right after a disturbance.
///
/// # Errors
/// The promise that was broken.
pub(super) fn at_once(data: &Path, ready: &Ready, outcome: &Outcome, left: &Leftovers) -> Result {
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
        Ending::Exit(75) if ready.scenario.step.has_tasks() => {
            (!before).then(|| "to be planned again, and committed".to_owned())
        }
        Ending::Exit(1) if *left == Leftovers::Version => {
            (!after).then(|| "only its result could not be told, and it is not there".to_owned())
        }
        Ending::Exit(1) if *left == Leftovers::Either => None,
        Ending::Exit(1) if !before && matches!(left, Leftovers::NoneOrVersion(_)) => None,
        Ending::Exit(1) if !before => Some("a failure that committed".to_owned()),
        Ending::Exit(1) => left_over(left, data)?,
        Ending::Exit(0 | 3 | 4) | Ending::Signal(9) => None,
        Ending::Exit(_) | Ending::Signal(_) | Ending::Hung => Some("not a clean end".to_owned()),
    };
    fault.map_or(Ok(()), |fault| Err(told(fault)))
}

/// What a failure left or took that it should not have.
fn left_over(left: &Leftovers, data: &Path) -> Result<Option<String>> {
    let (Leftovers::None(before)
    | Leftovers::NoneOrVersion(before)
    | Leftovers::Folders(before)
    | Leftovers::Attempt(before)) = left
    else {
        return Ok(None);
    };
    let found = tree::list(data)?;
    let may_stay = |path: &str, item: &Item| {
        let is_no_file =
            *item == Item::Folder || path.ends_with("/lock") || path == "trendgate.json";
        matches!(left, Leftovers::Folders(_)) && (is_no_file || path.starts_with(TASKS))
    };
    let new: Vec<&String> = (found.iter())
        .filter(|(path, item)| !before.contains(*path) && !may_stay(path, item))
        .map(|(path, _)| path)
        .filter(|path| !tree::is_aside(path) && !is_kept(path))
        .collect();
    let lost: Vec<&String> = before
        .iter()
        .filter(|path| !found.contains_key(*path))
        .collect();
    let undone = matches!(left, Leftovers::Attempt(_))
        && lost.iter().all(|path| path.starts_with(".staging"))
        && !found.keys().any(|path| path.starts_with(".staging/"));
    let same = new.is_empty() && (lost.is_empty() || undone);
    Ok((!same).then(|| format!("a failure that left {new:?} and took {lost:?}")))
}

/// Judges what recovery left of attempts under the names by which their owners know them: all of each, or nothing. An owner that was wrongly taken
/// for dead would go on with the rest.
///
/// # Errors
/// The first of which there is less.
pub(super) fn all_or_nothing(data: &Path, before: &Paths) -> Result {
    let found = paths_of(data)?;
    let of_attempts = |paths: &Paths| {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        let staged = paths
            .iter()
            .filter_map(|path| path.strip_prefix(".staging/"));
        for name in staged.filter_map(|path| path.split('/').next()) {
            *count.entry(name.to_owned()).or_default() += 1;
        }
        count
    };
    let there = of_attempts(&found);
    for (name, count) in of_attempts(before) {
        let left = there.get(&name).copied().unwrap_or_default();
        if left != 0 && left != count && !name.ends_with(".undo") {
            return Err(format!(
                "recovery left {left} of the {count} files of {name}"
            ));
        }
    }
    Ok(())
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

    /// A folder of files of these names.
    fn folder(paths: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        dir
    }

    fn said(left: fn(Paths) -> Leftovers, before: &[&str], after: &[&str]) -> Option<String> {
        let before = paths_of(folder(before).path()).unwrap();
        left_over(&left(before), folder(after).path()).unwrap()
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
        let aside = ["manifests/errors-T.jsonl", "manifests/.log/T/stamps.json"];
        let after = ["a", "b", "manifests/rejects-T.jsonl", aside[0], aside[1]];
        let folders = said(Leftovers::None, &["a", "b"], &after);
        let left = "a failure that left [\"manifests/.log\", \"manifests/.log/T\"] and took []";
        assert_eq!(folders.as_deref(), Some(left));
        assert_eq!(said(Leftovers::Folders, &["a", "b"], &after), None);
        let other = said(Leftovers::None, &["a", "b"], &["b", "c"]).unwrap();
        assert_eq!(other, "a failure that left [\"c\"] and took [\"a\"]");
    }

    #[test]
    fn recovery_takes_an_attempt_from_its_owner_before_it_removes_any_of_it() {
        let files = [".staging/T.0/attempt.json", ".staging/T.0/part-0"];
        let before = paths_of(folder(&files).path()).unwrap();
        let judged = |after: &[&str]| all_or_nothing(folder(after).path(), &before);
        assert_eq!(judged(&files), Ok(()));
        assert_eq!(judged(&[".staging/T.0.undo/part-0"]), Ok(()));
        let said = judged(&files[1..]).unwrap_err();
        assert_eq!(said, "recovery left 2 of the 3 files of T.0");
    }

    #[test]
    fn a_failed_commit_leaves_the_attempt_as_it_was_or_nothing_of_it() {
        let before = [".staging/T.0/attempt.json", ".staging/T.0/part-0"];
        let after = |paths: &[&str]| said(Leftovers::Attempt, &before, paths);
        assert_eq!(after(&before), None);
        assert_eq!(after(&[]), None);
        assert!(after(&[before[0]]).is_some());
        assert!(after(&[before[0], before[1], "processed/part-0"]).is_some());
    }
}
