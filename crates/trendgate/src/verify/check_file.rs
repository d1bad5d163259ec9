//! Anyone's Parquet file → a report of what it is and where it breaks the contract. Reports only; mends nothing.

use crate::contract::{
    Contract, ContractRules, FUTURE_TOLERANCE, Findings, ViolationKind, Violations,
};
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, TIMESTAMP};
use crate::partition::{INTERVAL_KEY, MAX_GAP_KEY, UNIT_KEY, guarded, open_sized, rows};
use crate::time::{self, Span};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a file is, and where it breaks the contract.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CheckReport {
    /// Its size.
    pub bytes: u64,
    /// Its row groups.
    pub row_groups: usize,
    /// Its columns, `timestamp` and `quality_flags` among them.
    pub columns: usize,
    /// What wrote it.
    pub created_by: Option<String>,
    /// Its own metadata, Arrow's schema left out.
    pub metadata: BTreeMap<String, String>,
    /// The bin width that it states, or that it was held against, in nanoseconds; without one neither spacing nor gaps were judged.
    #[serde(serialize_with = "crate::time::plain::span")]
    #[schemars(with = "Option<i64>")]
    pub interval: Option<Span>,
    /// Rows, range, NaN and extreme cells, missing bins, gaps and flags.
    pub findings: Findings,
    /// The broken rules: the first 20 in words, all of them counted.
    pub violations: Violations,
}

/// Checks a Parquet file against the contract. Every column that is not reserved is taken for a point; bin width and
/// longest gap are those that the file's metadata states.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read; [`Input`](crate::error::ErrorKind::Input) where
/// it is not Parquet, or damaged. Broken rules are no error: they stand in the report.
///
/// ```
/// use trendgate::files::check_file;
/// use trendgate::{AsOf, RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let part = &site.snapshot(AsOf::Latest)?.parts[0];
/// let report = check_file(&part.file)?;
/// assert!(report.violations.is_empty());
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn check_file(path: &Path) -> Result<CheckReport> {
    guarded(path, || check(path, None))
}

/// As [`check_file`], of a file that has a row every `interval` and need not state it.
///
/// # Errors
/// As [`check_file`]; [`Usage`](crate::error::ErrorKind::Usage) where the file states another interval.
///
/// ```
/// use trendgate::files::check_file_every;
/// use trendgate::time::MINUTE;
/// use trendgate::{AsOf, RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let part = &site.snapshot(AsOf::Latest)?.parts[0];
/// let report = check_file_every(&part.file, 15 * MINUTE)?;
/// assert_eq!(report.findings.missing_bins, 0);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn check_file_every(path: &Path, interval: Span) -> Result<CheckReport> {
    guarded(path, || check(path, Some(interval)))
}

fn check(path: &Path, expected: Option<Span>) -> Result<CheckReport> {
    let (file, bytes) = open_sized(path)?;
    let metadata = key_values(file.metadata());
    let stated_interval = stated(&metadata, INTERVAL_KEY).filter(|interval| *interval > Span::ZERO);
    let interval = match (stated_interval, expected) {
        (Some(stated), Some(expected)) if stated != expected => {
            return Err(Error::usage(format!(
                "the file states that it has a row every {stated}, and --interval says {expected}"
            ))
            .at(path)
            .hint("leave --interval out for a file that states its own"));
        }
        (stated, expected) => stated.or(expected),
    };
    let rules = ContractRules {
        interval,
        max_gap: stated(&metadata, MAX_GAP_KEY)
            .unwrap_or_default()
            .max(Span::ZERO),
        not_after: time::now() + FUTURE_TOLERANCE,
    };
    let mut contract = Contract::new(DatasetSchema::expected_of(file.schema())?, rules)?;
    let mut report = CheckReport {
        bytes,
        row_groups: file.metadata().num_row_groups(),
        columns: file.schema().fields().len(),
        created_by: file.metadata().file_metadata().created_by().map(Into::into),
        metadata,
        interval,
        findings: Findings::default(),
        violations: physical_types(file.metadata()),
    };
    // Also a file without rows has columns to judge.
    let counts_micros = report
        .metadata
        .get(UNIT_KEY)
        .is_some_and(|unit| unit == "us");
    contract.inspect_columns(file.schema().clone(), counts_micros)?;
    for batch in rows(file, path)? {
        contract.inspect(&batch?);
    }
    report.findings = contract.findings().clone();
    report.violations.append(contract.violations().clone());
    Ok(report)
}

/// INT96 looks like a timestamp in Arrow, so only the file itself can tell.
fn physical_types(footer: &ParquetMetaData) -> Violations {
    let mut found = Violations::default();
    let columns = footer.file_metadata().schema_descr().columns();
    for column in columns.iter().filter(|column| column.name() == TIMESTAMP) {
        if column.physical_type() == PhysicalType::INT96 {
            let kind = ViolationKind::TypeMismatch;
            found.add_column(kind, TIMESTAMP, "Parquet INT64", "Parquet INT96");
        }
    }
    found
}

fn key_values(footer: &ParquetMetaData) -> BTreeMap<String, String> {
    let entries = footer.file_metadata().key_value_metadata();
    entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.key != "ARROW:schema")
        .map(|entry| (entry.key.clone(), entry.value.clone().unwrap_or_default()))
        .collect()
}

fn stated(metadata: &BTreeMap<String, String>, key: &str) -> Option<Span> {
    let text = metadata.get(key)?;
    let span: jiff::Span = text.parse().ok()?;
    let days_are_24_hours = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days_are_24_hours).ok()?;
    i64::try_from(duration.as_nanos())
        .ok()
        .map(Span::from_nanos)
}
