//! A part that was just written → is it what its writer meant?
//!
//! Read as a file of unknown origin is: the footer against the schema, every row through the contract, then
//! rows, range and flags against what was counted while writing.

use super::{EvidenceFile, Part, evidence_entries, read};
use crate::contract::{Contract, ContractRules, Findings};
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, TIMESTAMP};
use crate::store;
use crate::time::{Extent, Instant, Month, Span};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

const SUSPECT: &str =
    "the file on disk is not what was written; look at the disk and the memory of this machine";

/// Reads the part at `path` and compares it with what `expected` says of it.
///
/// # Errors
/// [`Damaged`](crate::error::ErrorKind::Damaged) where they differ, or where a row breaks the contract;
/// [`Storage`](crate::error::ErrorKind::Storage) where the file cannot be read.
pub(crate) fn read_back(
    path: &Path,
    expected: &Part,
    schema: &DatasetSchema,
    rules: ContractRules,
) -> Result<()> {
    if store::skipped("read_back:part") {
        return Ok(());
    }
    compare(path, expected, schema, rules).map_err(|error| error.at(path).hint(SUSPECT))
}

/// Reads an evidence file that was just written, of bins of this length, and compares it with what was meant; without a length for one that
/// does not say from when on its rows are certain.
///
/// # Errors
/// [`Damaged`](crate::error::ErrorKind::Damaged) where they differ; [`Storage`](crate::error::ErrorKind::Storage) where the file
/// cannot be read.
pub(crate) fn read_back_evidence(expected: &EvidenceFile, bin: Option<Span>) -> Result<()> {
    let path = &expected.staged;
    let compare = || {
        let (mut rows, mut last) = (0, Instant::MIN);
        for batch in read::read_part(path).map_err(as_damage)? {
            for row in evidence_entries(&batch.map_err(as_damage)?)? {
                same("order of the evidence", true, last <= row.time())?;
                let known = row.known_at().map(|known| known - row.time());
                let known = bin.is_none_or(|bin| known.is_some_and(|after| bin <= after));
                same("evidence that is known once its bin has ended", true, known)?;
                last = row.time();
                rows += 1;
            }
        }
        same("rows of evidence", expected.rows, rows)
    };
    if store::skipped("read_back:evidence") {
        return Ok(());
    }
    compare().map_err(|error| error.at(path).hint(SUSPECT))
}

fn compare(
    path: &Path,
    expected: &Part,
    schema: &DatasetSchema,
    rules: ContractRules,
) -> Result<()> {
    let (file, bytes) = read::open_sized(path).map_err(as_damage)?;
    same("size in bytes", expected.bytes, bytes)?;
    same_columns(&schema.stored(), file.schema())?;
    same_timestamps(file.metadata())?;
    let in_footer = file.metadata().file_metadata().num_rows().unsigned_abs();
    same("number of rows in the footer", expected.rows, in_footer)?;
    let count = schema.columns().len();
    if count <= GROUP {
        let rows = read::rows(file, path).map_err(as_damage)?;
        return compare_rows(rows, expected, schema.clone(), rules);
    }
    let footer =
        ArrowReaderMetadata::try_new(Arc::clone(file.metadata()), ArrowReaderOptions::new());
    drop(file);
    let footer = footer.map_err(|error| Error::damaged(error.to_string()))?;
    for from in (0..count).step_by(GROUP) {
        let columns = from..count.min(from + GROUP);
        let group = DatasetSchema::new(schema.columns()[columns.clone()].to_vec())?;
        let places = columns.start + FIXED..columns.end + FIXED;
        let rows = read::rows_of(&footer, path, FIXED, places).map_err(as_damage)?;
        compare_rows(rows, expected, group, rules)?;
    }
    Ok(())
}

/// So many points are read at a time.
const GROUP: usize = 1024;
/// The columns before the points: `timestamp` and `quality_flags`.
const FIXED: usize = 2;

/// Compares the rows of a part, with all its points or some of them.
fn compare_rows(
    rows: impl Iterator<Item = Result<RecordBatch>>,
    expected: &Part,
    schema: DatasetSchema,
    rules: ContractRules,
) -> Result<()> {
    let mut contract = Contract::new(schema, rules)?;
    for batch in rows {
        contract.inspect(&batch.map_err(as_damage)?);
    }
    if !contract.violations().is_empty() {
        let found = contract.violations();
        return Err(Error::damaged(format!(
            "the part breaks the contract: {found}"
        )));
    }
    same_findings(expected, contract.findings())
}

/// Names, types and metadata of the columns; what the file says of itself is not part of the schema.
fn same_columns(expected: &Schema, found: &Schema) -> Result<()> {
    let describe = |field: &Arc<Field>| {
        let metadata: BTreeMap<_, _> = field.metadata().clone().into_iter().collect();
        let (name, nullable) = (field.name().clone(), field.is_nullable());
        (name, field.data_type().clone(), nullable, metadata)
    };
    let count = (expected.fields().len(), found.fields().len());
    same("number of columns", count.0, count.1)?;
    for (expected, found) in expected.fields().iter().zip(found.fields()) {
        same("column", describe(expected), describe(found))?;
    }
    Ok(())
}

/// Older readers take INT96 for a timestamp, and it has no place for UTC; a schema that looks right in Arrow can hide it.
fn same_timestamps(footer: &ParquetMetaData) -> Result<()> {
    let columns = footer.file_metadata().schema_descr().columns();
    let time = columns.iter().find(|column| column.name() == TIMESTAMP);
    let physical = time.map(|column| column.physical_type());
    same(
        "Parquet type of timestamp",
        Some(PhysicalType::INT64),
        physical,
    )
}

fn same_findings(expected: &Part, found: &Findings) -> Result<()> {
    same("number of rows", expected.rows, found.rows)?;
    let Some(range) = found.range else {
        return Err(Error::damaged("a part without rows"));
    };
    let shown = |range: Extent| [range.first, range.last].map(|time| time.to_string());
    same("time range", shown(expected.range), shown(range))?;
    let month = |time| (Month::of(time).year(), Month::of(time).month());
    let meant = [(expected.year, expected.month); 2];
    same("month", meant, [month(range.first), month(range.last)])?;
    same("missing bins", 0, found.missing_bins)?;
    same("rows per flag", &expected.flags, &found.flags)?;
    same("NaN cells", &BTreeMap::new(), &found.nans)?;
    same("extreme cells", &BTreeMap::new(), &found.extremes)
}

fn same<T: PartialEq + Debug>(what: &str, expected: T, found: T) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::damaged(format!(
        "{what}: expected {expected:?}, found {found:?}"
    )))
}

/// A file that this program wrote is no one's input.
fn as_damage(error: Error) -> Error {
    if error.io().is_some() {
        return error;
    }
    Error::damaged(error.message())
}
