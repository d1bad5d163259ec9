//! What is committed, and whether it is what it should be: manifests, snapshots of a dataset, verification, the contract.

use crate::errors::{broken, detached, json, raised};
use crate::settings::Place;
use arrow::datatypes::SchemaRef;
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatchReader, PySchema};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use trendgate::files::{self, What, read_manifest, what_is};
use trendgate::time::Instant;
use trendgate::vocabulary::TimestampUnit;
use trendgate::{AsOf, Error, Result, Site, Snapshot};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(manifest, module)?)?;
    module.add_function(wrap_pyfunction!(manifest_files, module)?)?;
    module.add_function(wrap_pyfunction!(columns_with_values, module)?)?;
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

/// The parts and the evidence files of the manifest at `path`, as paths that open, and the fingerprint of the parts.
#[pyfunction]
fn manifest_files(py: Python<'_>, path: PathBuf) -> PyResult<(Vec<PathBuf>, Vec<PathBuf>, String)> {
    let snapshot = detached(py, || Snapshot::of_manifest(&path))?;
    let parts = snapshot.parts.into_iter().map(|part| part.file);
    Ok((
        parts.collect(),
        snapshot.evidence,
        snapshot.fingerprint.to_string(),
    ))
}

/// The columns that have a value in any of these parts.
#[pyfunction]
fn columns_with_values(py: Python<'_>, parts: Vec<PathBuf>) -> PyResult<BTreeSet<String>> {
    detached(py, || {
        let mut found = BTreeSet::new();
        for part in &parts {
            found.extend(files::columns_with_values(part)?);
        }
        Ok(found)
    })
}

/// The folder of the dataset.
#[pyfunction]
fn dataset_root(py: Python<'_>, place: Place) -> PyResult<PathBuf> {
    Ok(detached(py, || place.dataset())?.folder().to_owned())
}

/// The sites of the dataset.
#[pyfunction]
fn dataset_sites(py: Python<'_>, place: Place) -> PyResult<Vec<String>> {
    detached(py, || place.dataset()?.existing()?.committed_sites())
}

/// The records of a site's versions after `after`, oldest first.
#[pyfunction]
fn records(py: Python<'_>, place: Place, site: &str, after: u64) -> PyResult<Vec<PathBuf>> {
    let history = detached(py, || {
        let history = known(&place, site)?.history()?;
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
        let as_of = match (version, as_of) {
            (None, None) => AsOf::Latest,
            (Some(version), None) => AsOf::Version(version),
            (None, Some(time)) => AsOf::Time(Instant::from_nanos(time)),
            (Some(_), Some(_)) => {
                return Err(Error::usage("expected a version or a time, found both"));
            }
        };
        known(&place, site)?.snapshot(as_of)
    })?;
    json(&snapshot)
}

/// Verifies a manifest and what it adds.
#[pyfunction]
fn verify_manifest(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let verified = detached(py, || {
        exists(&path)?;
        files::verify_manifest(&path)
    })?;
    json(&verified)
}

/// Verifies the log of a site and everything in it.
#[pyfunction]
fn verify_site(py: Python<'_>, place: Place, site: &str) -> PyResult<String> {
    let verified = detached(py, || known(&place, site)?.verify())?;
    json(&verified)
}

/// Checks a Parquet file against the contract.
#[pyfunction]
fn check_file(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let report = detached(py, || {
        exists(&path)?;
        files::check_file(&path)
    })?;
    json(&report)
}

/// Checks the schema of an object with Arrow's C interface against the points of a dataset, by their columns, and what its timestamps
/// count: `ns` or `us`.
#[pyfunction]
fn check_schema(found: &Bound<'_, PyAny>, columns: Vec<String>, unit: &str) -> PyResult<()> {
    let unit = match unit {
        "us" => TimestampUnit::Us,
        _ => TimestampUnit::Ns,
    };
    let violations = files::check_schema(schema_of(found)?, columns, unit);
    match violations.map_err(|error| raised(&error))? {
        none if none.is_empty() => Ok(()),
        violations => Err(broken(&violations, None)),
    }
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

/// The site, if the dataset has it.
fn known(place: &Place, site: &str) -> Result<Site> {
    let dataset = place.dataset()?.existing()?;
    let all = dataset.sites()?;
    if all.iter().any(|known| known == site) {
        return dataset.site(site);
    }
    let error = Error::usage(format!("the dataset has no site {site:?}")).at(dataset.folder());
    Err(if all.is_empty() {
        error.hint("nothing is committed in it yet")
    } else {
        error.hint(format!("it has {}", all.join(", ")))
    })
}
