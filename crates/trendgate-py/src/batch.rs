//! A batch of frames of the caller's own cleaner.
//!
//! Enters: objects with Arrow's C stream interface, whose arrays are taken as they are. Leaves: what became of each, and of the batch.
//! Refuses: whatever comes after the batch has ended.

use crate::errors::{broken_frame, contradicted, detached, json, raised};
use crate::frames::{Handling, batches, by_contract};
use crate::running::{ended_json, watch::watched};
use crate::settings::Request;
use arrow::record_batch::RecordBatchReader;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatchReader;
use std::sync::{Mutex, MutexGuard, PoisonError};
use trendgate::frames::{Added, FrameOptions, OnConflict, Refusal, Violations};
use trendgate::time::Stopwatch;
use trendgate::{Batch, Error, Result, Site, Watch};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FrameBatch>()
}

/// A batch that holds its site from `begin` until it is committed or abandoned.
#[pyclass(frozen, module = "trendgate._trendgate")]
struct FrameBatch {
    site: Site,
    batch: Mutex<Option<Batch>>,
}

#[pymethods]
impl FrameBatch {
    /// Takes the site.
    #[staticmethod]
    fn begin(
        py: Python<'_>,
        request: Request,
        on_conflict: &str,
        tell: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let on_conflict = on_conflict_named(on_conflict).map_err(|error| raised(&error))?;
        let settings = detached(py, || request.settings())?;
        let site = Site::of(&settings);
        let batch = watched(py, tell, |watch| site.frames(settings, watch))?;
        let batch = batch.on_conflict(on_conflict);
        Ok(Self {
            site,
            batch: Mutex::new(Some(batch)),
        })
    }

    /// Adds a frame, with what is stated of its cells.
    fn add(
        &self,
        py: Python<'_>,
        frame: PyRecordBatchReader,
        source: &str,
        evidence: Option<PyRecordBatchReader>,
        handling: Handling,
        tell: &Bound<'_, PyAny>,
    ) -> PyResult<String> {
        let on_conflict = handling.on_conflict.as_deref();
        let on_conflict = on_conflict.map(on_conflict_named).transpose();
        let reader = frame.into_reader()?;
        let stated = evidence.map(PyRecordBatchReader::into_reader).transpose()?;
        let stated = stated.into_iter();
        let evidence = stated.flat_map(|reader| batches(reader, source));
        let options = on_conflict.and_then(|on_conflict| {
            Ok(FrameOptions {
                on_conflict,
                evidence: evidence.collect::<Result<Vec<_>>>()?,
            })
        });
        let options = options.map_err(|error| raised(&error))?;
        let added = watched(py, tell, |watch| {
            self.take(source, reader, (&options, &handling), watch)
        })?;
        match added {
            Ok(added) => json(&added),
            Err(violations) => Err(broken_frame(&violations, Some(source), handling.coerce)),
        }
    }

    /// Commits what was added.
    fn commit(&self, py: Python<'_>, tell: &Bound<'_, PyAny>) -> PyResult<String> {
        let batch = self.batch().take();
        let batch = batch.ok_or_else(|| raised(&ended()))?;
        let since = Stopwatch::start();
        let outcome = watched(py, tell, |watch| match batch.commit(watch) {
            Err(Refusal::Conflicts(conflicts)) => Ok(Err(conflicts)),
            ended => Ok(Ok(ended?)),
        })?;
        match outcome {
            Ok(outcome) => ended_json(&self.site, &outcome, since),
            Err(conflicts) => Err(contradicted(&conflicts)),
        }
    }

    /// Undoes everything, if there is anything left to undo.
    fn abandon(&self, py: Python<'_>) {
        py.detach(|| drop(self.batch().take()));
    }
}

impl FrameBatch {
    fn batch(&self) -> MutexGuard<'_, Option<Batch>> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(
        &self,
        source: &str,
        reader: Box<dyn RecordBatchReader + Send>,
        (options, handling): (&FrameOptions, &Handling),
        watch: Watch<'_>,
    ) -> Result<std::result::Result<Added, Violations>> {
        let mut batch = self.batch();
        let batch = batch.as_mut().ok_or_else(ended)?;
        let schema = reader.schema();
        let rows = batches(reader, source);
        by_contract(match (handling.rules, handling.coercion()?) {
            (true, _) => batch.add_raw(source, &schema, rows, &handling.raw()?, options, watch),
            (false, Some(coercion)) => {
                batch.add_coerced(source, &schema, rows, &coercion, options, watch)
            }
            (false, None) => batch.add_with(source, &schema, rows, options, watch),
        })
    }
}

fn on_conflict_named(name: &str) -> Result<OnConflict> {
    let mut all = OnConflict::ALL.iter().copied();
    all.find(|known| known.name() == name).ok_or_else(|| {
        let names: Vec<_> = OnConflict::ALL.iter().map(|known| known.name()).collect();
        let names = names.join(", ");
        Error::usage(format!(
            "expected on_conflict to be one of {names}, found {name:?}"
        ))
    })
}

fn ended() -> Error {
    Error::usage("the batch has ended")
        .hint("add frames inside of `with trendgate.Batch(…) as batch:`")
}
