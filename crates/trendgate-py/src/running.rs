//! Work that takes its time: run, plan, inspect.

pub(crate) mod watch;

use crate::errors::{detached, json};
use crate::settings::Request;
use pyo3::prelude::*;
use std::path::PathBuf;
use trendgate::time::Stopwatch;
use trendgate::{Config, Inspection, Run, Site};
use watch::watched;

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run, module)?)?;
    module.add_function(wrap_pyfunction!(plan, module)?)?;
    module.add_function(wrap_pyfunction!(inspect, module)?)
}

/// Does what `trendgate run` does. `tell` is called with every step (stage, done, total) and every warning (None, text), in the
/// thread of the caller.
#[pyfunction]
fn run(py: Python<'_>, request: Request, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let (settings, paths) = detached(py, || Ok((request.settings()?, &request.paths)))?;
    let (site, since) = (Site::of(&settings), Stopwatch::start());
    let outcome = watched(py, tell, |watch| {
        site.run(&settings, paths, request.options(), watch)
    })?;
    ended_json(&site, &outcome, since)
}

/// How a run ended, and where the manifest is that says more.
pub(crate) fn ended_json(site: &Site, outcome: &Run, since: Stopwatch) -> PyResult<String> {
    let seconds = since.elapsed().as_secs_f64();
    json(&site.answer(outcome, seconds))
}

/// Finds out what a run would do, and writes nothing.
#[pyfunction]
fn plan(py: Python<'_>, request: Request, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let settings = detached(py, || request.settings())?;
    let plan = watched(py, tell, |watch| {
        Site::of(&settings).plan(&settings, &request.paths, request.options(), watch)
    })?;
    json(&plan.answer)
}

/// Looks into one report; its clock is read as that of `timezone`.
#[pyfunction]
fn inspect(py: Python<'_>, path: PathBuf, timezone: &str) -> PyResult<String> {
    let inspection = detached(py, || {
        Inspection::of(&path, &Config::default(), Some(timezone))
    })?;
    json(&inspection)
}
