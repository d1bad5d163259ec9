//! Work that takes its time: run, plan, retract, inspect, init.

pub(crate) mod watch;

use crate::errors::{detached, json, raised};
use crate::reading::exists;
use crate::settings::{Place, Request};
use pyo3::prelude::*;
use serde::Serialize;
use std::path::PathBuf;
use trendgate::answers::FailureAnswer;
use trendgate::details::ProposalCounts;
use trendgate::time::Stopwatch;
use trendgate::{Error, Inspection, Result, Retraction, Run, Site, SiteWishes};
use watch::watched;

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run, module)?)?;
    module.add_function(wrap_pyfunction!(rebuild, module)?)?;
    module.add_function(wrap_pyfunction!(plan, module)?)?;
    module.add_function(wrap_pyfunction!(retract, module)?)?;
    module.add_function(wrap_pyfunction!(plan_retraction, module)?)?;
    module.add_function(wrap_pyfunction!(propose, module)?)?;
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

/// What is to leave the dataset: a file of this name, this content, or what this version took.
fn leaving(
    source: Option<PathBuf>,
    digest: Option<&str>,
    version: Option<u64>,
) -> Result<Retraction> {
    let content = digest.map(str::parse).transpose();
    match (source, content.map_err(Error::usage)?, version) {
        (Some(source), None, None) => Ok(Retraction::File(source)),
        (None, Some(content), None) => Ok(Retraction::Content(content)),
        (None, None, Some(version)) => Ok(Retraction::Version(version)),
        _ => Err(Error::usage("expected one of source, digest and version")),
    }
}

/// Takes reports out of the dataset; how it ended.
#[pyfunction]
fn retract(
    py: Python<'_>,
    request: Request,
    source: Option<PathBuf>,
    digest: Option<&str>,
    version: Option<u64>,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let what = leaving(source, digest, version).map_err(|error| raised(&error))?;
    let settings = detached(py, || request.settings())?;
    let (site, since) = (Site::of(&settings), Stopwatch::start());
    let outcome = watched(py, tell, |watch| {
        site.retract(&settings, &what, request.options(), watch)
    })?;
    ended_json(&site, &outcome, since)
}

/// Finds out what a retraction would do, and writes nothing.
#[pyfunction]
fn plan_retraction(
    py: Python<'_>,
    request: Request,
    source: Option<PathBuf>,
    digest: Option<&str>,
    version: Option<u64>,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let what = leaving(source, digest, version).map_err(|error| raised(&error))?;
    let settings = detached(py, || request.settings())?;
    let answer = watched(py, tell, |watch| {
        Site::of(&settings).plan_retraction(&settings, &what, request.options(), watch)
    })?;
    json(&answer)
}

/// A configuration that was proposed.
#[derive(Serialize)]
struct Proposed {
    config: String,
    #[serde(flatten)]
    counts: ProposalCounts,
    failed: Vec<FailureAnswer>,
}

/// Proposes a configuration for reports.
#[pyfunction]
fn propose(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    site: Option<String>,
    timezone: Option<String>,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let wanted = SiteWishes { site, timezone };
    let proposal = watched(py, tell, |watch| trendgate::propose(&paths, &wanted, watch))?;
    let failed = proposal.failed.iter();
    json(&Proposed {
        config: proposal.yaml,
        counts: proposal.counts,
        failed: failed
            .map(|(_, error)| FailureAnswer::new(error, None))
            .collect(),
    })
}

/// Looks into one report, which is read as the configuration says; its clock is read as that of `timezone`, else as that of the configuration.
#[pyfunction]
fn inspect(
    py: Python<'_>,
    path: PathBuf,
    place: Place,
    timezone: Option<&str>,
) -> PyResult<String> {
    let inspection = detached(py, || {
        exists(&path)?;
        Inspection::of(&path, &place.config()?.of_report(&path), timezone)
    })?;
    json(&inspection)
}
