//! What is committed, and whether it is what it should be: manifests, snapshots of a dataset, verification, the contract.

use crate::errors::{broken, detached, json, raised};
use crate::settings::Place;
use arrow::datatypes::SchemaRef;
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatchReader, PySchema};
use std::path::{Path, PathBuf};
use trendgate::contract::{Contract, ContractRules};
use trendgate::model::{Column, DatasetSchema};
use trendgate::publish::{Dirs, History, PublicCopy, read_manifest, sites};
use trendgate::store::{What, what_is};
use trendgate::time::{Instant, Span};
use trendgate::verify::{self, Snapshot, same_as_stated};
use trendgate::{Error, Result};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(manifest, module)?)?;
    module.add_function(wrap_pyfunction!(manifest_files, module)?)?;
    module.add_function(wrap_pyfunction!(dataset_root, module)?)?;
    module.add_function(wrap_pyfunction!(dataset_sites, module)?)?;
    module.add_function(wrap_pyfunction!(records, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(verify_manifest, module)?)?;
    module.add_function(wrap_pyfunction!(verify_site, module)?)?;
    module.add_function(wrap_pyfunction!(check_file, module)?)?;
    module.add_function(wrap_pyfunction!(check_schema, module)?)
}

/// The manifest at `path`, proven whole.
#[pyfunction]
fn manifest(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let manifest = detached(py, || {
        exists(&path)?;
        read_manifest(&path)
    })?;
    json(&manifest)
}

/// The parts and the evidence files of the manifest at `path`, as paths that open.
#[pyfunction]
fn manifest_files(py: Python<'_>, path: PathBuf) -> PyResult<(Vec<PathBuf>, Vec<PathBuf>)> {
    let snapshot = detached(py, || Snapshot::of_manifest(&path))?;
    let parts = snapshot.parts.into_iter().map(|part| part.file);
    Ok((parts.collect(), snapshot.evidence))
}

/// The folder of the dataset.
#[pyfunction]
fn dataset_root(py: Python<'_>, place: Place) -> PyResult<PathBuf> {
    Ok(detached(py, || place.dirs())?.root)
}

/// The sites of the dataset.
#[pyfunction]
fn dataset_sites(py: Python<'_>, place: Place) -> PyResult<Vec<String>> {
    detached(py, || {
        let dirs = place.dirs()?.existing()?;
        match sites(&dirs)? {
            none if none.is_empty() => {
                Err(Error::usage("nothing is committed in this dataset yet").at(dirs.root))
            }
            sites => Ok(sites),
        }
    })
}

/// The records of a site's versions after `after`, oldest first.
#[pyfunction]
fn records(py: Python<'_>, place: Place, site: &str, after: u64) -> PyResult<Vec<PathBuf>> {
    let history = detached(py, || {
        let history = History::read(&known(&place, site)?, site)?;
        // Who goes on from an earlier version would miss what was compacted.
        history.refuse_compacted(after + 1)?;
        Ok(history)
    })?;
    let versions = history.versions().iter();
    let later = versions.filter(|version| version.number > after);
    Ok(later.map(|version| version.record.clone()).collect())
}

/// What a reader has to open: of the last version, of a given one, or of the last one by a time.
#[pyfunction]
fn snapshot(
    py: Python<'_>,
    place: Place,
    site: &str,
    version: Option<u64>,
    as_of: Option<i64>,
) -> PyResult<String> {
    let snapshot = detached(py, || {
        let dirs = known(&place, site)?;
        match (version, as_of) {
            (None, None) => Snapshot::of_site(&dirs, site),
            (Some(version), None) => Snapshot::of_version(&dirs, site, version),
            (None, Some(time)) => Snapshot::as_of(&dirs, site, Instant::from_nanos(time)),
            (Some(_), Some(_)) => Err(Error::usage("expected a version or a time, found both")),
        }
    })?;
    json(&snapshot)
}

/// Verifies a manifest and what it adds.
#[pyfunction]
fn verify_manifest(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let verified = detached(py, || {
        exists(&path)?;
        verify::verify_manifest(&path, &same_as_stated)
    })?;
    json(&verified)
}

/// Verifies the log of a site and everything in it.
#[pyfunction]
fn verify_site(py: Python<'_>, place: Place, site: &str) -> PyResult<String> {
    let verified = detached(py, || {
        let dirs = known(&place, site)?;
        let copy = PublicCopy::of_site(&dirs, site)?;
        verify::verify_site(&dirs, site, copy, &same_as_stated)
    })?;
    json(&verified)
}

/// Checks a Parquet file against the contract.
#[pyfunction]
fn check_file(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let report = detached(py, || {
        exists(&path)?;
        verify::check_file(&path)
    })?;
    json(&report)
}

/// Checks the schema of an object with Arrow's C interface against the points of a dataset, by their columns, and what its timestamps
/// count: `ns` or `us`.
#[pyfunction]
fn check_schema(found: &Bound<'_, PyAny>, columns: Vec<String>, unit: &str) -> PyResult<()> {
    let schema = schema_of(found)?;
    let points = columns
        .into_iter()
        .map(|name| Column::gauge(name.clone(), name));
    let rules = ContractRules {
        interval: None,
        max_gap: Span::ZERO,
        not_after: Instant::MAX,
    };
    let contract = DatasetSchema::new(points.collect()).and_then(|s| Contract::new(s, rules));
    let mut contract = contract.map_err(|error| raised(&error))?;
    contract
        .inspect_columns(schema, unit == "us")
        .map_err(|error| raised(&error))?;
    if contract.violations().is_empty() {
        return Ok(());
    }
    Err(broken(contract.violations(), None))
}

/// The schema alone where the object has it alone: asking for its rows could use them up.
fn schema_of(found: &Bound<'_, PyAny>) -> PyResult<SchemaRef> {
    if found.hasattr("__arrow_c_schema__")? {
        return Ok(found.extract::<PySchema>()?.into_inner());
    }
    found.extract::<PyRecordBatchReader>()?.schema_ref()
}

fn exists(path: &Path) -> Result<()> {
    match what_is(path)? {
        Some(What::File) => Ok(()),
        Some(What::Folder) => Err(Error::usage("expected a file, found a folder").at(path)),
        None => Err(Error::usage("no such file")
            .at(path)
            .hint("check the spelling")),
    }
}

/// The directories of the dataset, if it has the site.
fn known(place: &Place, site: &str) -> Result<Dirs> {
    let dirs = place.dirs()?.existing()?;
    let all = sites(&dirs)?;
    if all.iter().any(|known| known == site) {
        return Ok(dirs);
    }
    let error = Error::usage(format!("the dataset has no site {site:?}")).at(&dirs.root);
    Err(if all.is_empty() {
        error.hint("nothing is committed in it yet")
    } else {
        error.hint(format!("it has {}", all.join(", ")))
    })
}
