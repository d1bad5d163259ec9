//! Work that takes its time: run, plan, inspect.

pub(crate) mod watch;

use crate::errors::{detached, json};
use crate::settings::Request;
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;
use trendgate::config::Settings;
use trendgate::inspect::{inspect as look, time_rule};
use trendgate::pipeline::{self, FailedInput, Run};
use trendgate::publish::record_path;
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
    let outcome = watched(py, tell, |observer| {
        let cleaner = pipeline::own_cleaner(&settings);
        pipeline::run_with(&settings, paths, request.options(), &cleaner, observer)
    })?;
    ended_json(&settings, outcome)
}

/// How a run ended, and where the manifest is that says more.
pub(crate) fn ended_json(settings: &Settings, outcome: Run) -> PyResult<String> {
    let record = |version| record_path(&settings.dirs, settings.site.as_str(), version);
    json(&match outcome {
        Run::Committed(done) => json!({
            "status": "committed",
            "manifest": done.committed.public.unwrap_or(done.committed.record),
            "known": done.known,
            "known_rejects": done.known_rejects,
            "withdrawn": done.withdrawn,
            "ignored": done.ignored,
            "failed": failed(&done.failed),
            "warnings": done.warnings,
        }),
        Run::NothingNew(nothing) => json!({
            "status": "nothing new",
            "manifest": record(nothing.version),
            "known": nothing.known,
            "known_rejects": nothing.known_rejects,
            "withdrawn": nothing.withdrawn,
            "ignored": nothing.ignored,
            "failed": failed(&nothing.failed),
            "warnings": nothing.warnings,
        }),
    })
}

/// Finds out what a run would do, and writes nothing.
#[pyfunction]
fn plan(py: Python<'_>, request: Request, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let settings = detached(py, || request.settings())?;
    let plan = watched(py, tell, |observer| {
        pipeline::prospect(&settings, &request.paths, request.options(), observer)?.json()
    })?;
    json(&plan)
}

/// Looks into one report; its clock is read as that of `timezone`.
#[pyfunction]
fn inspect(py: Python<'_>, path: PathBuf, timezone: &str) -> PyResult<String> {
    let inspection = detached(py, || look(&path, &time_rule(timezone)?))?;
    json(&inspection)
}

fn failed(failed: &[FailedInput]) -> Vec<Value> {
    failed.iter().map(FailedInput::json).collect()
}
