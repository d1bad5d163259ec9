//! What a driver does of a run whose tasks are done apart: plan, each task that has no outcome, commit; again where it is told so.
//!
//! Enters: a folder of data, in which a driver before this one may have died. Leaves: how the last command ended. Refused: a plan that names other
//! tasks than those without an outcome, and a worker that does again what has one.

use super::program::{Ending, Outcome, Program, SITE, Step, Waits, finish};
use crate::{Result, at};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the tasks, in that of the data.
pub(super) const TASKS: &str = "tasks";
/// How often a site may have to be planned.
const ROUNDS: usize = 4;
/// What an outcome begins with.
const OUTCOME: &[u8] = b"trendgate outcome ";

/// The task of this number; where there is none, a path that leads to nothing.
pub(super) fn task(data: &Path, number: usize) -> PathBuf {
    let end = format!(".{number:05}.task");
    let mut tasks = tasks(data).unwrap_or_default().into_iter();
    let found = tasks.find(|task| task.to_string_lossy().ends_with(&end));
    found.unwrap_or_else(|| data.join(TASKS).join(end))
}

/// The files of tasks.
fn tasks(data: &Path) -> Result<Vec<PathBuf>> {
    let mut tasks = entries(&data.join(TASKS))?;
    tasks.retain(|path| path.extension().is_some_and(|end| end == "task"));
    Ok(tasks)
}

/// Those of them that have no outcome.
fn undone(data: &Path) -> Result<Vec<PathBuf>> {
    let mut tasks = tasks(data)?;
    tasks.retain(|task| !task.with_extension("outcome").exists());
    Ok(tasks)
}

/// What is in a folder, in the order of names; nothing where there is none.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(folder)(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<std::io::Result<_>>().map_err(at(folder))?;
    paths.sort();
    Ok(paths)
}

/// Plans, does and commits until nothing is to be planned again.
///
/// # Errors
/// Where something is done twice that should not be, or there is no end.
pub(super) fn drive(program: &Program, reports: &'static str, data: &Path) -> Result<Outcome> {
    for _ in 0..ROUNDS {
        let plan = Step::Plan(reports, 2);
        let planned = program.go(plan, data)?;
        if !plan.is_good(&planned) {
            return Ok(planned);
        }
        named(&planned, &undone(data)?)?;
        let done = all_tasks(program, data)?;
        if done.as_ref().is_some_and(|done| !done.is_good()) {
            return done.ok_or_else(String::new);
        }
        let committed = program.go(Step::Commit(Waits::Either), data)?;
        if committed.ending != Ending::Exit(75) {
            return Ok(committed);
        }
    }
    Err(format!("to be planned again after {ROUNDS} rounds"))
}

/// Checks that a plan names the tasks without an outcome.
fn named(planned: &Outcome, undone: &[PathBuf]) -> Result {
    let answer: serde_json::Value = serde_json::from_str(&planned.told)
        .map_err(|error| format!("the answer of a plan: {error}: {}", planned.told))?;
    let named = answer["pending"].as_array().into_iter().flatten();
    let named: BTreeSet<&str> = named.filter_map(|path| path.as_str()).collect();
    let undone: Vec<_> = undone.iter().map(|path| path.to_string_lossy()).collect();
    match undone.iter().map(AsRef::as_ref).collect::<BTreeSet<&str>>() == named {
        true => Ok(()),
        false => Err(format!(
            "the plan names {named:?}, to be done are {undone:?}"
        )),
    }
}

/// Does the tasks without an outcome, up to the first that fails; how the last ended.
///
/// # Errors
/// Where one was done whose outcome was kept beside the attempt.
pub(super) fn all_tasks(program: &Program, data: &Path) -> Result<Option<Outcome>> {
    let mut last = None;
    for task in undone(data)? {
        let kept = has_outcome(data, &task)?
            .then(|| files_of(data))
            .transpose()?;
        let outcome = finish(&program.of_task(&task))?;
        if !outcome.is_good() {
            return Ok(Some(outcome));
        }
        if kept.is_some_and(|kept| files_of(data).is_ok_and(|now| now != kept)) {
            return Err(format!(
                "{} had an outcome, and was done again",
                task.display()
            ));
        }
        last = Some(outcome);
    }
    Ok(last)
}

/// Whether an outcome of the task is kept beside its attempt. One that a loss of power left without content is none.
fn has_outcome(data: &Path, task: &Path) -> Result<bool> {
    let stem = task.file_stem().unwrap_or_default().to_string_lossy();
    let Some((attempt, number)) = stem.rsplit_once('.') else {
        return Ok(false);
    };
    let begin = format!("outcome-{}-", number.parse::<usize>().unwrap_or_default());
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&begin) && fs::read(path).is_ok_and(|bytes| bytes.starts_with(OUTCOME))
    };
    let kept = entries(&data.join(".staging").join(attempt))?;
    Ok(kept.iter().any(is_one))
}

/// All parts that are in staging.
fn files_of(data: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut parts = BTreeSet::new();
    for attempt in entries(&data.join(".staging"))? {
        if attempt.is_dir() {
            parts.extend(entries(&attempt)?.into_iter().filter(|path| is_part(path)));
        }
    }
    Ok(parts)
}

/// Whether it is a part, by its name.
pub(super) fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("part-")
}

/// The folder in staging of the one attempt of the site.
///
/// # Errors
/// Where there is none.
pub(super) fn attempt(data: &Path) -> Result<PathBuf> {
    let begin = format!("{SITE}.");
    let mut found = entries(&data.join(".staging"))?.into_iter();
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&begin)
    };
    found
        .rfind(is_ours)
        .ok_or_else(|| "no attempt in staging".to_owned())
}
