//! A raw frame → what our cleaner makes of it: the rules for whoever has no reports.
//!
//! ```text
//! frame ─ points (names, units, rules) ─ chunks ─ merge ─ clean ─ contract ─▶ rows with flags, evidence
//! ```
//!
//! A frame is one report of one kind: its points are those of the report, its rows are the report's rows, and from the chunks on all is
//! the code by which reports are cleaned. So the rows of a report, given as a frame with the report's interval, leave the rows, flags and
//! evidence that a run on the report leaves. What of a report is only text is not there: no cell is a word, no time local.
//!
//! Enters: record batches with `timestamp`, in ascending order, and any points by their names or by their columns, in the units that the
//! configuration says; times may repeat, and need not lie on any grid. Leaves: rows of the dataset, and why they are flagged. What is
//! refused: a frame with flags, two columns of one point, columns of other types, rows out of order or in the future, and what the
//! configuration refuses of a report.

mod points;
mod rows;
mod source;

use super::Refusal;
use super::coerce::{CoercedFrame, Coercion, CoercionKind};
use crate::clean::Cleaner as _;
use crate::contract::{Conforming, FUTURE_TOLERANCE};
use crate::error::Result;
use crate::model::{ColumnId, DatasetSchema, Evidence, Rule, Unit};
use crate::partition::{EvidenceLine, evidence_batch};
use crate::pipeline::findings;
use crate::pipeline::{Settings, own_cleaner};
use crate::progress::Watch;
use crate::time::{self, Instant, Span};
use crate::warning::{EXAMPLES, Warning};
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use points::RawPoints;
use rows::CleanRows;
use std::collections::{BTreeMap, BTreeSet};

/// So many rows of evidence are one batch.
const EVIDENCE_ROWS: usize = 8192;

/// What is said of a raw frame beside its rows.
///
/// ```
/// use trendgate::frames::RawFrame;
/// use trendgate::time::MINUTE;
///
/// // A report would say `Time Interval: 5 minutes`.
/// let raw = RawFrame { interval: Some(5 * MINUTE), ..RawFrame::default() };
/// assert!(raw.coercion.is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct RawFrame {
    /// How often it has a row, as a report states it; without it, a row stands for its own bin.
    pub interval: Option<Span>,
    /// Whether its columns may be changed into the types that are wanted.
    pub coercion: Option<Coercion>,
}

/// What our cleaner made of a frame.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CleanedFrame {
    /// The columns of the rows.
    pub schema: SchemaRef,
    /// The rows, in the shape of a dataset.
    pub rows: Vec<RecordBatch>,
    /// The columns of the evidence.
    pub evidence_schema: SchemaRef,
    /// Why rows are flagged.
    pub evidence: Vec<RecordBatch>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What of the frame was changed before it was cleaned, where that was allowed.
    pub coerced: BTreeMap<CoercionKind, u64>,
}

/// Cleans a frame as a run cleans a report: by the configuration's points, machines and meters, onto its grid. No dataset is needed.
///
/// # Errors
/// [`Refusal::Contract`] for what is refused of the rows, [`Refusal::Failed`] with [`Config`](crate::ErrorKind::Config) for what is
/// refused of the points, with what one of `rows` is, or with [`Stopped`](crate::ErrorKind::Stopped).
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
/// use trendgate::frames::{RawFrame, clean_frame};
/// use trendgate::{Config, Overrides, Settings, Watch};
///
/// let config = Config::parse(
///     "cleaner: {site_id: S, timezone: UTC, points: {CH1.CHST: {physical_type: chilled_water_temperature, unit: °F}}}",
/// )?;
/// let settings = Settings::new(&config, &Overrides::default())?;
/// let times = TimestampNanosecondArray::from(vec![0, 300_000_000_000]).with_timezone("UTC");
/// let frame = RecordBatch::try_from_iter([
///     ("timestamp", Arc::new(times) as ArrayRef),
///     ("CH1.CHST", Arc::new(Float64Array::from(vec![44.6, 1000.0]))),
/// ]).unwrap();
///
/// let cleaned = clean_frame(
///     &settings, &frame.schema(), [Ok(frame.clone())], &RawFrame::default(), Watch::unwatched(),
/// ).map_err(trendgate::Error::from)?;
/// assert_eq!(cleaned.rows[0].column_by_name("ch1_chst").unwrap().len(), 2);
/// // 1000 °F is no chilled water.
/// assert_eq!(cleaned.evidence[0].num_rows(), 1);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn clean_frame(
    settings: &Settings,
    schema: &Schema,
    rows: impl IntoIterator<Item = Result<RecordBatch>>,
    raw: &RawFrame,
    watch: Watch<'_>,
) -> std::result::Result<CleanedFrame, Refusal> {
    let mut batches = Vec::new();
    let not_after = time::now() + FUTURE_TOLERANCE;
    let cleaned = cleaned_rows(
        RawGround {
            settings,
            source: FRAME,
            not_after,
            watch,
        },
        schema,
        rows,
        raw,
        &mut |rows| {
            batches.push(rows.batch().clone());
            Ok(())
        },
    )?;
    let evidence = cleaned.evidence_batches()?;
    Ok(CleanedFrame {
        schema: cleaned.schema.arrow(),
        rows: batches,
        evidence_schema: evidence_batch(&[], &[])?.schema(),
        evidence,
        warnings: cleaned.warnings,
        coerced: cleaned.coerced,
    })
}

/// What a frame without a name is called.
const FRAME: &str = "frame";

/// Where and when a frame is cleaned.
#[derive(Clone, Copy)]
pub(super) struct RawGround<'a> {
    pub(super) settings: &'a Settings,
    /// What the frame is called.
    pub(super) source: &'a str,
    pub(super) not_after: Instant,
    pub(super) watch: Watch<'a>,
}

/// What came of a frame beside its rows.
pub(super) struct CleanedRows {
    pub(super) schema: DatasetSchema,
    pub(super) evidence: Vec<Evidence>,
    pub(super) warnings: Vec<Warning>,
    pub(super) coerced: BTreeMap<CoercionKind, u64>,
    /// How long after a bin each rule knows, at the latest.
    pub(super) known_after: BTreeMap<Rule, Span>,
}

impl CleanedRows {
    /// The evidence, in the columns of evidence files.
    pub(super) fn evidence_batches(&self) -> Result<Vec<RecordBatch>> {
        let columns = self.schema.columns().iter();
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        evidence_batches(&self.evidence, &columns)
    }
}

/// Evidence in the columns of evidence files; `columns` are the names of its columns.
pub(super) fn evidence_batches(
    evidence: &[Evidence],
    columns: &[String],
) -> Result<Vec<RecordBatch>> {
    let batches = evidence.chunks(EVIDENCE_ROWS).map(|rows| {
        let lines: Vec<EvidenceLine> = rows.iter().map(EvidenceLine::from).collect();
        evidence_batch(&lines, columns)
    });
    batches.collect()
}

/// Cleans a frame; `give` takes its rows as they become certain.
///
/// # Errors
/// As [`clean_frame`]; what `give` says.
pub(super) fn cleaned_rows(
    ground: RawGround<'_>,
    schema: &Schema,
    rows: impl IntoIterator<Item = Result<RecordBatch>>,
    raw: &RawFrame,
    give: &mut dyn FnMut(Conforming) -> Result<()>,
) -> std::result::Result<CleanedRows, Refusal> {
    let Some(coercion) = &raw.coercion else {
        return clean(ground, schema, rows.into_iter(), raw, give);
    };
    let coerced = CoercedFrame::take(schema, rows, coercion, None)?;
    let cleaned = clean(ground, coerced.schema(), coerced.rows(), raw, give);
    let cleaned = cleaned.map_err(|refusal| match refusal {
        Refusal::Contract(found) => {
            Refusal::Contract(found.numbered(|row| coerced.row_as_it_came(row)))
        }
        other => other,
    })?;
    Ok(CleanedRows {
        coerced: coerced.counts().0.clone(),
        ..cleaned
    })
}

fn clean(
    ground: RawGround<'_>,
    schema: &Schema,
    mut rows: impl Iterator<Item = Result<RecordBatch>>,
    raw: &RawFrame,
    give: &mut dyn FnMut(Conforming) -> Result<()>,
) -> std::result::Result<CleanedRows, Refusal> {
    let settings = ground.settings;
    let mut points = RawPoints::of(schema, settings, raw.interval, &BTreeSet::new())?;
    let (held, dead) = until_alive(&points, &mut rows)?;
    if !dead.is_empty() {
        points = RawPoints::of(schema, settings, raw.interval, &dead)?;
    }
    let cleaner = own_cleaner(settings);
    let rows = held.into_iter().map(Ok).chain(rows);
    let mut clean = CleanRows::new(&points, &cleaner, ground, rows)?;
    while let Some(rows) = clean.next_rows()? {
        rows.into_iter().try_for_each(&mut *give)?;
    }
    let found = clean.finish();
    let warnings = warnings(ground, &points, &dead, &found);
    let known_after = cleaner.known_after(&points.of.roster, &points.of.equipment);
    Ok(CleanedRows {
        evidence: found.evidence,
        schema: points.schema,
        warnings,
        known_after,
        coerced: BTreeMap::new(),
    })
}

/// The first batches, until every point that is required has had a number, and the columns of those that never have. A point that is dead
/// throughout flags no row, which has to be known before the first one leaves.
fn until_alive(
    points: &RawPoints,
    rows: &mut impl Iterator<Item = Result<RecordBatch>>,
) -> Result<(Vec<RecordBatch>, BTreeSet<String>)> {
    let mut held = Vec::new();
    let mut waiting = points.required();
    while !waiting.is_empty() {
        let Some(batch) = rows.next().transpose()? else {
            break;
        };
        waiting.retain(|column| !points.has_number(*column, &batch));
        held.push(batch);
    }
    let name = |column: &ColumnId| points.of.roster[*column].column.clone();
    Ok((held, waiting.iter().map(name).collect()))
}

/// What a person should know, in the words that runs have for it.
fn warnings(
    ground: RawGround<'_>,
    points: &RawPoints,
    dead: &BTreeSet<String>,
    found: &rows::FoundInFrame,
) -> Vec<Warning> {
    let roster = &points.of.roster;
    let mut warnings = findings::of_points(ground.settings, roster, &points.of.equipment);
    let tally = &found.tally;
    let cells = |column: ColumnId| tally.cells.get(column.index()).copied().unwrap_or_default();
    let columns = || (0..roster.len()).map(ColumnId::new);
    let alive: Vec<ColumnId> = columns()
        .filter(|column| cells(*column).numbers > 0)
        .collect();
    let unmapped = alive.iter().filter(|column| !roster[**column].mapped);
    let unmapped: Vec<String> = unmapped
        .map(|column| roster[*column].id.to_string())
        .collect();
    if !unmapped.is_empty() {
        warnings.push(Warning::UnmappedPoints {
            unmapped: unmapped.len(),
            points: alive.len(),
            examples: unmapped.into_iter().take(EXAMPLES).collect(),
        });
    }
    for column in columns() {
        let spec = &roster[column];
        if dead.contains(&spec.column) {
            warnings.push(Warning::DeadRequiredPoint {
                point: spec.id.to_string(),
                column: spec.column.clone(),
            });
        }
        let cells = cells(column);
        if let Some(repeated) = tally.repeats.get(&column) {
            warnings.push(Warning::LostCells {
                point: spec.id.to_string(),
                column: spec.column.clone(),
                unit: spec.unit.map(Unit::symbol),
                reports: 1,
                cells: cells.all(),
                unrecognised: 0,
                ambiguous_numbers: 0,
                unit_mismatch: 0,
                repeated: *repeated,
                files: vec![ground.source.into()],
                examples: Vec::new(),
            });
        }
        if cells.extremes > 0 {
            warnings.push(Warning::ExtremeCells {
                source: ground.source.to_owned(),
                column: spec.column.clone(),
                cells: cells.extremes,
            });
        }
    }
    warnings
}
