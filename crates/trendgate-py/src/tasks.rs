//! Runs whose tasks others do: plan, execute, commit, with tasks and outcomes as bytes.

use crate::errors::{detached, json, raised};
use crate::running::watch::watched;
use crate::settings::Request;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use trendgate::tasks;

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(plan_tasks, module)?)?;
    module.add_function(wrap_pyfunction!(resumed_tasks, module)?)?;
    module.add_function(wrap_pyfunction!(keep_tasks, module)?)?;
    module.add_function(wrap_pyfunction!(forget_tasks, module)?)?;
    module.add_function(wrap_pyfunction!(execute_task, module)?)?;
    module.add_function(wrap_pyfunction!(site_of_task, module)?)?;
    module.add_function(wrap_pyfunction!(commit_tasks, module)?)
}

/// The tasks of all sites, or of those that are named.
#[pyfunction]
fn plan_tasks<'py>(
    py: Python<'py>,
    request: Request,
    sites: Option<Vec<String>>,
    tell: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let tasks = watched(py, tell, |watch| {
        let (config, mut overrides) = request.config_and_overrides()?;
        let sites = match sites {
            // A configuration without sections is one of whatever site is named.
            Some(sites) if !config.is_of_several() && sites.len() == 1 => {
                overrides.site = sites.into_iter().next();
                None
            }
            sites => sites,
        };
        let sites = sites.as_deref();
        tasks::plan(
            &config,
            &overrides,
            sites,
            &request.paths,
            request.options(),
            watch,
        )
    })?;
    Ok(as_python(py, tasks))
}

/// The tasks in `folder` that a driver that goes on with them has to hand out; None where there is nothing to go on with.
#[pyfunction]
fn resumed_tasks(py: Python<'_>, folder: PathBuf) -> PyResult<Option<Vec<Bound<'_, PyBytes>>>> {
    let tasks = detached(py, || tasks::folder::resumed(&folder))?;
    Ok(tasks.map(|tasks| as_python(py, tasks)))
}

/// Writes tasks into `folder`.
#[pyfunction]
fn keep_tasks(py: Python<'_>, folder: PathBuf, tasks: Vec<PyBackedBytes>) -> PyResult<()> {
    let tasks: Vec<Vec<u8>> = tasks.iter().map(|task| task.to_vec()).collect();
    detached(py, || tasks::folder::keep(&folder, &tasks)).map(drop)
}

/// Removes the tasks in `folder`.
#[pyfunction]
fn forget_tasks(py: Python<'_>, folder: PathBuf) -> PyResult<()> {
    detached(py, || tasks::folder::forget(&folder))
}

/// Does a task; its outcome.
#[pyfunction]
fn execute_task<'py>(
    py: Python<'py>,
    task: PyBackedBytes,
    tell: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let outcome = watched(py, tell, |watch| tasks::execute(&task, watch))?;
    Ok(PyBytes::new(py, &outcome))
}

/// The site of a task, or of an outcome.
#[pyfunction]
fn site_of_task(bytes: PyBackedBytes) -> PyResult<String> {
    tasks::site_of(&bytes).map_err(|error| raised(&error))
}

/// Commits what tasks made; for each site what `trendgate task commit --json` says of it, and whether it is to be planned again.
#[pyfunction]
fn commit_tasks(
    py: Python<'_>,
    outcomes: Vec<PyBackedBytes>,
    tell: &Bound<'_, PyAny>,
) -> PyResult<Vec<(String, bool)>> {
    let ends = watched(py, tell, |watch| {
        tasks::commit(outcomes.iter().map(|outcome| outcome.to_vec()), watch)
    })?;
    let ends = ends.into_iter();
    ends.map(|end| Ok((json(&end.answer)?, end.again)))
        .collect()
}

fn as_python(py: Python<'_>, tasks: Vec<Vec<u8>>) -> Vec<Bound<'_, PyBytes>> {
    let tasks = tasks.into_iter();
    tasks.map(|task| PyBytes::new(py, &task)).collect()
}
