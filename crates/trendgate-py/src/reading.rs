//! What is committed, and whether it is what it should be: manifests, snapshots of a dataset, verification, the contract.

use crate::errors::{broken, detached, json, raised};
use crate::running::watch::watched;
use crate::settings::Place;
use arrow::datatypes::SchemaRef;
use pyo3::prelude::*;
use pyo3_arrow::{PyRecordBatchReader, PySchema};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use trendgate::files::{self, What, read_manifest, what_is};
use trendgate::time::Instant;
use trendgate::vocabulary::TimestampUnit;
use trendgate::{AsOf, Error, Missing, Result, Site, Snapshot, Watch, WhenLocked};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(manifest, module)?)?;
    module.add_function(wrap_pyfunction!(manifest_files, module)?)?;
    module.add_function(wrap_pyfunction!(columns_with_values, module)?)?;
    module.add_function(wrap_pyfunction!(dataset_root, module)?)?;
    module.add_function(wrap_pyfunction!(dataset_sites, module)?)?;
    module.add_function(wrap_pyfunction!(records, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(changes, module)?)?;
    module.add_function(wrap_pyfunction!(tag, module)?)?;
    module.add_function(wrap_pyfunction!(tags, module)?)?;
    module.add_function(wrap_pyfunction!(untag, module)?)?;
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
    let snapshot = detached(py, || {
        exists(&path)?;
        Snapshot::of_manifest(&path)
    })?;
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

/// A version, as a caller names it.
#[derive(FromPyObject)]
enum Asked {
    Number(u64),
    Tag(String),
}

impl Asked {
    fn of(&self, site: &Site) -> Result<u64> {
        match self {
            Self::Number(version) => Ok(*version),
            Self::Tag(name) => site.version_of(name),
        }
    }
}

/// The records of a site's versions after `after`, oldest first.
#[pyfunction]
fn records(py: Python<'_>, place: Place, site: &str, after: Asked) -> PyResult<Vec<PathBuf>> {
    detached(py, || {
        let site = known(&place, site)?;
        site.records_after(after.of(&site)?)
    })
}

/// A dataset as of its last version with what changed since version `since`: stretches in nanoseconds, the columns that came and went.
type Changed = (String, Vec<(i64, i64)>, Vec<String>, Vec<String>);

/// What changed since version `since`; 0 for the beginning.
#[pyfunction]
fn changes(py: Python<'_>, place: Place, site: &str, since: Asked) -> PyResult<Changed> {
    let found = detached(py, || {
        let site = known(&place, site)?;
        site.changes(since.of(&site)?)
    })?;
    let changed = found.changed.iter();
    let changed = changed.map(|range| (range.start.nanos(), range.end.nanos()));
    let snapshot = json(&found.snapshot)?;
    Ok((snapshot, changed.collect(), found.added, found.removed))
}

/// What a reader has to open: of the last version, of a given one, or of the last one by a time.
#[pyfunction]
fn snapshot(
    py: Python<'_>,
    place: Place,
    site: &str,
    version: Option<Asked>,
    as_of: Option<i64>,
) -> PyResult<String> {
    let snapshot = detached(py, || {
        let site = known(&place, site)?;
        let as_of = match (version, as_of) {
            (None, None) => AsOf::Latest,
            (Some(version), None) => AsOf::Version(version.of(&site)?),
            (None, Some(time)) => AsOf::Time(Instant::from_nanos(time)),
            (Some(_), Some(_)) => {
                return Err(Error::usage("expected a version or a time, found both"));
            }
        };
        site.snapshot(as_of)
    })?;
    json(&snapshot)
}

/// Gives a version a name: that one, or the last; returns its number.
#[pyfunction]
fn tag(
    py: Python<'_>,
    place: Place,
    site: &str,
    name: &str,
    version: Option<Asked>,
) -> PyResult<u64> {
    let tag = detached(py, || {
        let site = known(&place, site)?;
        let version = version.map(|version| version.of(&site)).transpose()?;
        site.tag(name, version, WhenLocked::Fail, Watch::unwatched())
    })?;
    Ok(tag.version)
}

/// The names of versions, sorted, each with its version.
#[pyfunction]
fn tags(py: Python<'_>, place: Place, site: &str) -> PyResult<Vec<(String, u64)>> {
    let tags = detached(py, || known(&place, site)?.tags())?;
    Ok(tags
        .into_iter()
        .map(|tag| (tag.name, tag.version))
        .collect())
}

/// Takes a name away.
#[pyfunction]
fn untag(py: Python<'_>, place: Place, site: &str, name: &str) -> PyResult<()> {
    detached(py, || {
        known(&place, site)?.untag(name, WhenLocked::Fail, Watch::unwatched())
    })
}

/// Verifies a manifest and what it adds.
#[pyfunction]
fn verify_manifest(py: Python<'_>, path: PathBuf, tell: &Bound<'_, PyAny>) -> PyResult<String> {
    let verified = watched(py, tell, |watch| {
        exists(&path)?;
        files::verify_manifest(&path, watch)
    })?;
    json(&verified)
}

/// Verifies the log of a site and everything in it.
#[pyfunction]
fn verify_site(
    py: Python<'_>,
    place: Place,
    site: &str,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let verified = watched(py, tell, |watch| known(&place, site)?.verify(watch))?;
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

pub(crate) fn exists(path: &Path) -> Result<()> {
    match what_is(path)? {
        Some(What::File) => Ok(()),
        Some(What::Folder) => Err(Error::usage("expected a file, found a folder").at(path)),
        None => Err(Error::missing(Missing::Path, "no such file")
            .at(path)
            .hint("check the spelling")),
    }
}

/// The site, if the dataset has it.
pub(crate) fn known(place: &Place, site: &str) -> Result<Site> {
    let dataset = place.dataset()?.existing()?;
    let all = dataset.sites()?;
    if all.iter().any(|known| known == site) {
        return dataset.site(site);
    }
    let message = format!("the dataset has no site {site:?}");
    let error = Error::missing(Missing::Site, message).at(dataset.folder());
    Err(if all.is_empty() {
        error.hint("nothing is committed in it yet")
    } else {
        error.hint(format!("it has {}", all.join(", ")))
    })
}
