//! Work that takes its time: run, plan, inspect.

pub(crate) mod watch;

use crate::errors::{detached, json, raised};
use crate::settings::Request;
use pyo3::prelude::*;
use std::path::PathBuf;
use trendgate::time::Stopwatch;
use trendgate::{Config, Error, Inspection, Retraction, Run, Site, TextId};
use watch::watched;

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run, module)?)?;
    module.add_function(wrap_pyfunction!(retract, module)?)?;
    module.add_function(wrap_pyfunction!(rebuild, module)?)?;
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

/// Takes reports or frames out of a dataset: those of a file (or a frame) of this name, of this content, or of this version.
#[pyfunction]
fn retract(
    py: Python<'_>,
    request: Request,
    source: Option<PathBuf>,
    digest: Option<&str>,
    version: Option<u64>,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let content = digest.map(str::parse::<TextId>).transpose();
    let content = content.map_err(|error| raised(&Error::usage(error)))?;
    let what = match (source, content, version) {
        (Some(source), None, None) => Retraction::File(source),
        (None, Some(content), None) => Retraction::Content(content),
        (None, None, Some(version)) => Retraction::Version(version),
        _ => {
            let message = "expected one of source, digest and version";
            return Err(raised(&Error::usage(message)));
        }
    };
    let settings = detached(py, || request.settings())?;
    let (site, since) = (Site::of(&settings), Stopwatch::start());
    let outcome = watched(py, tell, |watch| {
        site.retract(&settings, &what, request.options(), watch)
    })?;
    ended_json(&site, &outcome, since)
}

/// Makes all months of a dataset of frames again from what is kept of them.
#[pyfunction]
fn rebuild(py: Python<'_>, request: Request, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let settings = detached(py, || request.settings())?;
    let (site, since) = (Site::of(&settings), Stopwatch::start());
    let outcome = watched(py, tell, |watch| site.rebuild_frames(&settings, watch))?;
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
