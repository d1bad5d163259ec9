//! Work that takes its time: run, plan, inspect.

pub(crate) mod watch;

use crate::errors::{detached, json};
use crate::settings::Request;
use pyo3::prelude::*;
use std::path::PathBuf;
use trendgate::acquire::StatedReading;
use trendgate::answer::{PlanAnswer, RunAnswer};
use trendgate::config::Settings;
use trendgate::inspect::{inspect as look, time_rule};
use trendgate::pipeline::{self, Run};
use trendgate::time::Stopwatch;
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
    let since = Stopwatch::start();
    let outcome = watched(py, tell, |watch| {
        let cleaner = pipeline::own_cleaner(&settings);
        pipeline::run_with(&settings, paths, request.options(), &cleaner, watch)
    })?;
    ended_json(&settings, &outcome, since)
}

/// How a run ended, and where the manifest is that says more.
pub(crate) fn ended_json(settings: &Settings, outcome: &Run, since: Stopwatch) -> PyResult<String> {
    let seconds = since.elapsed().as_secs_f64();
    json(&RunAnswer::new(settings, outcome, seconds))
}

/// Finds out what a run would do, and writes nothing.
#[pyfunction]
fn plan(py: Python<'_>, request: Request, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let settings = detached(py, || request.settings())?;
    let plan = watched(py, tell, |watch| {
        let prospect = pipeline::prospect(&settings, &request.paths, request.options(), watch)?;
        PlanAnswer::new(settings.site.as_str(), &prospect)
    })?;
    json(&plan)
}

/// Looks into one report; its clock is read as that of `timezone`.
#[pyfunction]
fn inspect(py: Python<'_>, path: PathBuf, timezone: &str) -> PyResult<String> {
    let inspection = detached(py, || {
        look(&path, &time_rule(timezone)?, &StatedReading::default())
    })?;
    json(&inspection)
}
