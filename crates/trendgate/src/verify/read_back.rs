//! A part that was just written → is it what its writer meant?
//!
//! Read through the same door as anyone's file: the footer against the schema, every row through the contract, then
//! rows, range and flags against what was counted while writing.

use super::parquet_file;
use crate::clock::rfc3339;
use crate::contract::{Contract, ContractRules, DatasetSchema, Findings, TIMESTAMP};
use crate::error::{Error, Result};
use crate::partition::{Month, Part};
use crate::store::{self, Stamp};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use std::fmt::Debug;
use std::path::Path;

/// Reads the part at `path` and compares it with what `expected` says of it.
///
/// # Errors
/// [`Damaged`](crate::error::ErrorKind::Damaged) where they differ, or where a row breaks the contract;
/// [`Storage`](crate::error::ErrorKind::Storage) where the file cannot be read.
pub fn read_back(
    path: &Path,
    expected: &Part,
    schema: &DatasetSchema,
    rules: ContractRules,
) -> Result<()> {
    compare(path, expected, schema, rules).map_err(|error| {
        error
            .at(path)
            .hint("the part on disk is not what was written; look at the disk and the memory of this machine")
    })
}

fn compare(
    path: &Path,
    expected: &Part,
    schema: &DatasetSchema,
    rules: ContractRules,
) -> Result<()> {
    let stamp = Stamp::of(&store::open(path)?, path)?;
    same("size in bytes", expected.bytes, stamp.bytes)?;
    let file = parquet_file::open(path).map_err(as_damage)?;
    same("schema", schema.arrow(), file.schema().clone())?;
    same_timestamps(file.metadata())?;
    let in_footer = file.metadata().file_metadata().num_rows();
    same(
        "number of rows in the footer",
        Ok(expected.rows),
        in_footer.try_into(),
    )?;
    let mut contract = Contract::new(schema.clone(), rules)?;
    for batch in parquet_file::rows(file, path).map_err(as_damage)? {
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
    let range = found
        .range
        .map(|(first, last)| (rfc3339(first), rfc3339(last)));
    let meant = (rfc3339(expected.first), rfc3339(expected.last));
    same("time range", Some(meant), range)?;
    let month = |nanos: i64| (Month::of(nanos).year(), Month::of(nanos).month());
    let months = found.range.map(|(first, last)| [month(first), month(last)]);
    same("month", Some([(expected.year, expected.month); 2]), months)?;
    same("rows per flag", &expected.flags, &found.flags)?;
    same("extreme cells", &Default::default(), &found.extremes)
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
