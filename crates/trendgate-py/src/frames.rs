//! Frames of the caller's without a dataset: held against the contract, or cleaned by our rules.
//!
//! Enters: objects with Arrow's C stream interface, and how they are to be taken. Leaves: what was found, and tables with that interface.
//! Refuses: a zone of local times where columns may not be changed.

use crate::errors::{broken_frame, json};
use crate::running::watch::watched;
use crate::settings::Request;
use arrow::record_batch::{RecordBatch, RecordBatchReader};
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatchReader, PyTable};
use trendgate::details::WarningEntry;
use trendgate::frames::{CleanedFrame, Coercion, RawFrame, Refusal, Violations, clean_frame};
use trendgate::time::Span;
use trendgate::{Error, Result, frames};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(check_frame, module)?)?;
    module.add_function(wrap_pyfunction!(clean, module)?)
}

/// How a frame is to be taken, as a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Handling {
    /// Whether its columns may be changed into what the contract wants.
    pub(crate) coerce: bool,
    /// The zone of times without one.
    tz: Option<String>,
    /// Whether our rules are to judge it.
    pub(crate) rules: bool,
    /// How often it has a row.
    interval: Option<String>,
    /// What becomes of its numbers for cells of a dataset that have others.
    pub(crate) on_conflict: Option<String>,
}

impl Handling {
    /// What of its columns may be changed.
    pub(crate) fn coercion(&self) -> Result<Option<Coercion>> {
        match (self.coerce, &self.tz) {
            (true, zone) => Coercion::new(zone.as_deref()).map(Some),
            (false, None) => Ok(None),
            (false, Some(_)) => Err(Error::usage(
                "tz says whose clock times without a zone are of, and times are changed with coerce=True alone",
            )
            .hint("pass both, or give the times their zone")),
        }
    }

    /// What is said of it as a raw frame.
    pub(crate) fn raw(&self) -> Result<RawFrame> {
        let span = |text: &String| text.parse::<Span>().map_err(Error::usage);
        Ok(RawFrame {
            interval: self.interval.as_ref().map(span).transpose()?,
            coercion: self.coercion()?,
        })
    }
}

/// The batches of a frame, which `source` names.
pub(crate) fn batches(
    reader: Box<dyn RecordBatchReader + Send>,
    source: &str,
) -> impl Iterator<Item = Result<RecordBatch>> {
    let source = source.to_owned();
    reader.map(move |rows| rows.map_err(|error| unreadable(&source, &error)))
}

/// Checks a frame against the contract, by the configuration where there is one.
#[pyfunction]
fn check_frame(
    py: Python<'_>,
    frame: PyRecordBatchReader,
    request: Option<Request>,
    handling: Handling,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let reader = frame.into_reader()?;
    let found = watched(py, tell, |watch| {
        let settings = request.map(|request| request.settings()).transpose()?;
        let coercion = handling.coercion()?;
        let schema = reader.schema();
        let rows = batches(reader, FRAME);
        frames::check_frame(&schema, rows, settings.as_ref(), coercion.as_ref(), watch)
    })?;
    json(&found)
}

/// Cleans a frame; its rows, its evidence, and what is to be said of it, in JSON.
#[pyfunction]
fn clean(
    py: Python<'_>,
    frame: PyRecordBatchReader,
    request: Request,
    handling: Handling,
    tell: &Bound<'_, PyAny>,
) -> PyResult<(PyTable, PyTable, String)> {
    let reader = frame.into_reader()?;
    let cleaned = watched(py, tell, |watch| {
        let (settings, raw) = (request.settings()?, handling.raw()?);
        let schema = reader.schema();
        let rows = batches(reader, FRAME);
        by_contract(clean_frame(&settings, &schema, rows, &raw, watch))
    })?;
    let cleaned = cleaned.map_err(|violations| broken_frame(&violations, None, handling.coerce))?;
    let CleanedFrame {
        schema,
        rows,
        evidence_schema,
        evidence,
        warnings,
        coerced,
        ..
    } = cleaned;
    let warnings: Vec<WarningEntry> = warnings.iter().map(trendgate::Warning::entry).collect();
    let said = json(&serde_json::json!({"warnings": warnings, "coerced": coerced}))?;
    Ok((
        PyTable::try_new(rows, schema)?,
        PyTable::try_new(evidence, evidence_schema)?,
        said,
    ))
}

/// What a frame without a name is called.
const FRAME: &str = "frame";

/// Broken rules apart from errors.
pub(crate) fn by_contract<T>(
    ended: std::result::Result<T, Refusal>,
) -> Result<std::result::Result<T, Violations>> {
    match ended {
        Ok(made) => Ok(Ok(made)),
        Err(Refusal::Contract(violations)) => Ok(Err(violations)),
        Err(other) => Err(other.into()),
    }
}

fn unreadable(source: &str, error: &arrow::error::ArrowError) -> Error {
    Error::input(format!("the frame cannot be read to its end: {error}"))
        .at(source)
        .hint("Polars hands over a column without a type (quality_flags that are all []) so that it cannot be read: give it one, pl.List(pl.String), or pl.Float64 for a point")
}
