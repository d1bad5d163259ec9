//! A frame against the contract, without a dataset. Reports only.
//!
//! Enters: record batches, and maybe the settings of a site and leave to coerce. Leaves: a [`FrameCheck`]. What a frame breaks is no error,
//! but stands in it.

use super::Refusal;
use super::coerce::{CoercedFrame, Coercion, CoercionKind, in_memory};
use super::form::refuse_index;
use crate::contract::{Contract, ContractRules, FUTURE_TOLERANCE, Findings, Violations};
use crate::error::Result;
use crate::model::{DatasetSchema, TimestampUnit};
use crate::pipeline::Settings;
use crate::progress::Watch;
use crate::roster::PointTable;
use crate::time::{self, Span};
use crate::verify::CheckReport;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a frame is, and where it breaks the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrameCheck {
    /// As of a file: its size is that of its arrays, its row groups are its batches.
    #[serde(flatten)]
    pub report: CheckReport,
    /// What of it had to be changed before the contract takes it, where that was allowed.
    pub coerced: BTreeMap<CoercionKind, u64>,
}

/// Checks a frame against the contract: with `settings`, as a batch of that site would, also where its bins and gaps are. With `coercion`,
/// what [`Batch::add_coerced`](super::Batch::add_coerced) would make of it is checked.
///
/// # Errors
/// What one of `rows` is; [`Config`](crate::ErrorKind::Config) where the settings describe a point in two ways;
/// [`Stopped`](crate::ErrorKind::Stopped).
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Float32Array, RecordBatch, TimestampSecondArray};
/// use trendgate::frames::check_frame;
/// use trendgate::frames::Coercion;
/// use trendgate::Watch;
///
/// let frame = RecordBatch::try_from_iter([
///     ("Timestamp", Arc::new(TimestampSecondArray::from(vec![300, 0])) as ArrayRef),
///     ("CH1.CHST", Arc::new(Float32Array::from(vec![7.5, 7.25]))),
/// ]).unwrap();
/// let check = |coercion| {
///     check_frame(&frame.schema(), [Ok(frame.clone())], None, coercion, Watch::unwatched())
/// };
/// assert!(!check(None)?.report.violations.is_empty());
/// let found = check(Some(&Coercion::new(Some("Asia/Taipei"))?))?;
/// assert!(found.report.violations.is_empty());
/// let coerced: Vec<&str> = found.coerced.keys().map(|kind| kind.name()).collect();
/// assert_eq!(coerced, ["time_unit", "local_time", "sorted", "names", "no_flags", "small_floats"]);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn check_frame(
    schema: &Schema,
    rows: impl IntoIterator<Item = Result<RecordBatch>>,
    settings: Option<&Settings>,
    coercion: Option<&Coercion>,
    watch: Watch<'_>,
) -> Result<FrameCheck> {
    let rules = rules(settings);
    let unit = settings.map_or(TimestampUnit::Ns, |settings| settings.timestamp_unit);
    let rows = rows.into_iter().map(|batch| {
        watch.go_on("while checking a frame")?;
        batch
    });
    let broken = |violations| FrameCheck {
        report: CheckReport {
            violations,
            ..empty(schema, rules)
        },
        coerced: BTreeMap::new(),
    };
    if let Err(Refusal::Contract(violations)) = refuse_index(schema) {
        return Ok(broken(violations));
    }
    let Some(coercion) = coercion else {
        let report = report(schema, rows, rules, unit)?;
        return Ok(FrameCheck {
            report,
            coerced: BTreeMap::new(),
        });
    };
    let none = PointTable::default();
    let points = settings.map_or(&none, Settings::points);
    match CoercedFrame::take(schema, rows, coercion, Some(points)) {
        Ok(coerced) => {
            let mut report = report(coerced.schema(), coerced.rows(), rules, unit)?;
            let found = report.violations;
            report.violations = found.numbered(|row| coerced.row_as_it_came(row));
            Ok(FrameCheck {
                report,
                coerced: coerced.counts().0.clone(),
            })
        }
        Err(Refusal::Contract(violations)) => Ok(broken(violations)),
        Err(other) => Err(other.into()),
    }
}

fn rules(settings: Option<&Settings>) -> ContractRules {
    ContractRules {
        interval: settings.map(|settings| settings.resample_interval),
        max_gap: settings.map_or(Span::ZERO, |settings| settings.max_gap),
        not_after: time::now() + FUTURE_TOLERANCE,
    }
}

fn empty(schema: &Schema, rules: ContractRules) -> CheckReport {
    CheckReport {
        bytes: 0,
        row_groups: 0,
        columns: schema.fields().len(),
        created_by: None,
        metadata: schema.metadata().clone().into_iter().collect(),
        interval: rules.interval,
        findings: Findings::default(),
        violations: Violations::default(),
    }
}

fn report(
    schema: &Schema,
    rows: impl Iterator<Item = Result<RecordBatch>>,
    rules: ContractRules,
    unit: TimestampUnit,
) -> Result<CheckReport> {
    let mut report = empty(schema, rules);
    let mut contract = Contract::new(DatasetSchema::expected_of(schema)?, rules)?;
    let or_micros = unit == TimestampUnit::Us;
    // Also a frame without rows has columns to judge.
    contract.inspect_columns(schema.clone().into(), or_micros)?;
    let (mut seen, mut too_far) = (0, Violations::default());
    for batch in rows {
        let batch = batch?;
        let arrays = batch.columns().iter();
        // Of a slice its own share of what it shares with others.
        let bytes = arrays.map(|array| array.to_data().get_slice_memory_size());
        report.bytes += bytes.flatten().sum::<usize>() as u64;
        report.row_groups += 1;
        let first = seen;
        seen += batch.num_rows() as u64;
        match in_memory(batch, first, unit) {
            Ok(batch) => contract.inspect(&batch),
            // What is behind them cannot be judged: it has no row before it.
            Err(violations) => {
                too_far = violations;
                break;
            }
        }
    }
    report.findings = contract.findings().clone();
    if let Some(range) = report.findings.range
        && contract.violations().is_empty()
    {
        report.violations = contract.off_grid(range.first).unwrap_or_default();
    }
    report.violations.append(contract.violations().clone());
    report.violations.append(too_far);
    Ok(report)
}
