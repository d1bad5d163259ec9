//! Tasks as files of one folder, so that a driver that dies can be followed by another one.
//!
//! Enters: tasks. Leaves: a file of each, and, last of all, one that says that they are all there; later the files, or those of their tasks that are
//! to be handed out. Nothing is refused: files of a plan that was not written to its end are removed, and everything is planned again.
//!
//! ```
//! use trendgate::tasks::{self, folder};
//! use trendgate::{RunOptions, Watch};
//!
//! # let place = tempfile::tempdir().unwrap();
//! # let (config, overrides, reports) = trendgate::internals::example_config(place.path());
//! let (paths, options) = ([reports], RunOptions::default());
//! let planned = tasks::plan(&config, &overrides, None, &paths, options, Watch::unwatched())?;
//! let plan = place.path().join("plan");
//! let files = folder::keep(&plan, &planned)?;
//! assert_eq!(folder::kept(&plan)?, files);
//! assert_eq!(folder::files_of(&plan, "task")?, files);
//!
//! // Another driver goes on with what has no outcome yet.
//! assert_eq!(folder::resumed(&plan)?, Some(planned.clone()));
//!
//! tasks::abandon(&planned)?;
//! folder::forget(&plan)?;
//! assert!(folder::kept(&plan)?.is_empty());
//! # Ok::<(), trendgate::Error>(())
//! ```

use super::{abandon, name_of, pending};
use crate::error::Result;
use crate::execute::Sent;
use crate::publish::sync_parents;
use crate::store;
use std::path::{Path, PathBuf};

/// Says that all tasks of a plan are in the folder.
const WHOLE: &str = "plan.whole";
/// No task is larger.
const MOST_BYTES: u64 = 1 << 30;

/// Writes the tasks of a plan into `folder`, which is made; their files.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage), also where a task is there already: then the attempts of all of them are undone.
pub fn keep(folder: &Path, tasks: &[Vec<u8>]) -> Result<Vec<PathBuf>> {
    let written = write(folder, tasks);
    if written.is_err() {
        // Nobody will do them.
        abandon(tasks)?;
    }
    written
}

fn write(folder: &Path, tasks: &[Vec<u8>]) -> Result<Vec<PathBuf>> {
    sync_parents(&store::create_dir_all(folder)?)?;
    let mut files = Vec::with_capacity(tasks.len());
    for task in tasks {
        let path = folder.join(name_of(task)?);
        store::write_all_synced(&path, task)?;
        files.push(path);
    }
    store::fsync_dir(folder)?;
    store::write_all_synced(&folder.join(WHOLE), &[])?;
    store::fsync_dir(folder)?;
    Ok(files)
}

/// The file of the outcome of a task, beside that of the task.
#[must_use]
pub fn outcome_of(task: &Path) -> PathBuf {
    task.with_extension("outcome")
}

/// Writes the outcome of the task in the file `task` beside it, in the place of an earlier one. Durable on return: one that is there counts as done.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage).
pub fn keep_outcome(task: &Path, outcome: &[u8]) -> Result<()> {
    store::replace_durably(&outcome_of(task), outcome)
}

/// The files of the tasks in `folder`, in the order of their names; none where there is no whole plan.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage).
pub fn kept(folder: &Path) -> Result<Vec<PathBuf>> {
    if store::named(folder)?.is_none() {
        return Ok(Vec::new());
    }
    let is_whole = store::named(&folder.join(WHOLE))?.is_some() || store::skipped("check:whole");
    if !is_whole {
        forget(folder)?;
        return Ok(Vec::new());
    }
    files_of(folder, "task")
}

/// The tasks in `folder` that are to be handed out, as [`pending`] has it, where an attempt of one of them is neither committed nor undone. `None`
/// where there is none: then what is left in the folder is removed.
///
/// # Errors
/// As [`pending`].
pub fn resumed(folder: &Path) -> Result<Option<Vec<Vec<u8>>>> {
    let files = kept(folder)?;
    let mut tasks = Vec::with_capacity(files.len());
    let mut waits = false;
    for file in &files {
        let task = store::read(file, MOST_BYTES)?;
        waits = waits
            || match Sent::from_bytes(&task).map_err(|error| error.at_if_nowhere(file))? {
                Sent::Task(spec) => store::named(&spec.folder())?.is_some(),
                Sent::Over { .. } => false,
            };
        tasks.push(task);
    }
    if waits {
        return pending(tasks).map(Some);
    }
    forget(folder)?;
    Ok(None)
}

/// Removes the tasks and their outcomes from `folder`; what is called otherwise is somebody else's, and stays.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage).
pub fn forget(folder: &Path) -> Result<()> {
    if store::named(folder)?.is_none() {
        return Ok(());
    }
    // First, so that what is left of an interruption is no whole plan.
    store::remove_file(&folder.join(WHOLE))?;
    for end in ["task", "outcome"] {
        for file in files_of(folder, end)? {
            store::remove_file(&file)?;
        }
    }
    let left = store::list_dir(folder)?.into_iter();
    left.filter(|path| is_draft(path))
        .try_for_each(|draft| store::remove_file(&draft))
}

/// Whether it is what a worker left that was killed while it kept an outcome.
fn is_draft(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let hidden = name.and_then(|name| name.strip_prefix('.')?.strip_suffix(".tmp"));
    let parts = hidden.and_then(|name| name.split_once(".outcome."));
    parts.is_some_and(|(stem, _)| is_called_as_a_task(stem))
}

/// The files of a folder that end so, as `task` or `outcome`, and are called as [`name_of`] says, in the order of their names.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage).
pub fn files_of(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let is_ours = |path: &PathBuf| {
        let name = path.file_stem().and_then(|name| name.to_str());
        let ends = path.extension().is_some_and(|found| found == end);
        ends && name.is_some_and(is_called_as_a_task)
    };
    let mut files = store::list_dir(folder)?;
    files.retain(is_ours);
    files.sort();
    Ok(files)
}

/// Whether this is `{site}.over`, or `{site}.{attempt}.{number}`.
fn is_called_as_a_task(stem: &str) -> bool {
    let mut parts = stem.rsplitn(3, '.');
    let digits = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.len() >= 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (parts.next(), parts.next(), parts.next()) {
        (Some("over"), Some(_), _) => true,
        (Some(number), Some(attempt), Some(_)) => digits(number) && hex(attempt),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(site: &str) -> Vec<u8> {
        let (site, answer) = (site.to_owned(), "{}".to_owned());
        Sent::Over { site, answer }.to_bytes().unwrap()
    }

    #[test]
    fn a_plan_that_was_not_written_to_its_end_is_none() {
        let folder = store::test_folder();
        assert_eq!(
            keep(folder.path(), &[over("A"), over("B")]).unwrap().len(),
            2
        );
        assert_eq!(kept(folder.path()).unwrap().len(), 2);
        store::remove_file(&folder.path().join(WHOLE)).unwrap();
        assert_eq!(kept(folder.path()).unwrap(), Vec::<PathBuf>::new());
        assert_eq!(
            store::list_dir(folder.path()).unwrap(),
            Vec::<PathBuf>::new()
        );
    }

    #[test]
    fn the_outcome_of_a_task_stands_beside_it_and_a_later_one_takes_its_place() {
        let folder = store::test_folder();
        let task = keep(folder.path(), &[over("A")]).unwrap().remove(0);
        for bytes in [b"one", b"two"] {
            keep_outcome(&task, bytes).unwrap();
            assert_eq!(store::read(&outcome_of(&task), 9).unwrap(), bytes);
        }
        let outcomes = files_of(folder.path(), "outcome").unwrap();
        assert_eq!(outcomes, [outcome_of(&task)]);
    }

    #[test]
    fn files_that_are_no_tasks_stay_where_they_are() {
        let folder = store::test_folder();
        let others = [
            ".notes.outcome.host-1.tmp",
            "notes.task",
            "a.b.task",
            "over.outcome",
            "S.12ab.00001.task",
        ];
        for name in others {
            store::write_all(&folder.path().join(name), b"mine").unwrap();
        }
        for ours in [
            "S.x.18ecbb4e0acce7bd0060ef02.00001.outcome",
            ".S.x.18ecbb4e0acce7bd0060ef02.00001.outcome.host-1.tmp",
        ] {
            store::write_all(&folder.path().join(ours), b"").unwrap();
        }
        assert_eq!(kept(folder.path()).unwrap(), Vec::<PathBuf>::new());
        keep(folder.path(), &[over("A")]).unwrap();
        forget(folder.path()).unwrap();
        let mut left = store::list_dir(folder.path()).unwrap();
        left.sort();
        let mut expected = others.map(|name| folder.path().join(name));
        expected.sort();
        assert_eq!(left, expected);
    }

    #[test]
    fn tasks_of_attempts_that_are_all_over_are_not_gone_on_with_and_a_folder_that_is_not_there_has_none()
     {
        let folder = store::test_folder();
        keep(folder.path(), &[over("A")]).unwrap();
        assert_eq!(resumed(folder.path()).unwrap(), None);
        assert_eq!(
            store::list_dir(folder.path()).unwrap(),
            Vec::<PathBuf>::new()
        );
        assert_eq!(resumed(&folder.path().join("none")).unwrap(), None);
        forget(&folder.path().join("none")).unwrap();
    }
}
