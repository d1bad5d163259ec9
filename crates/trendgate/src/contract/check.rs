//! The contract itself: batch after batch of one stream, judged, and mended where the contract allows it.

use super::axis::{Axis, Gap};
use super::conforming::{Conforming, Draft, ExtremeCell};
use super::judge::{Judged, Stand, off_the_epoch};
use super::layout::ColumnPlaces;
use super::values::without;
use super::violation::Violations;
use crate::error::{Error, Result};
use crate::model::{Column, ColumnId, DatasetSchema, Flag, FlagSet, TimestampUnit, in_nanoseconds};
use crate::time::{Extent, Instant, Span};
use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{SchemaRef, TimestampNanosecondType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked of the time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractRules {
    /// The distance of two bins; `None` where it is not known, and then neither spacing nor gaps are judged.
    pub interval: Option<Span>,
    /// The longest stretch without rows (missing bins × interval) that is filled with nulls.
    pub max_gap: Span,
    /// The last timestamp that is not in the future: the batch's start + 5 min, the same for all its
    /// contracts.
    pub not_after: Instant,
}

/// What a stream was found to hold, beside violations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Findings {
    /// Rows that came in.
    pub rows: u64,
    /// The earliest and the latest timestamp that came in.
    #[serde(serialize_with = "crate::time::plain::extent")]
    #[schemars(with = "Option<(i64, i64)>")]
    pub range: Option<Extent>,
    /// Per column, the cells whose value is infinite or at least 1e20 in size; admitted as null, their rows as `OUTLIER`.
    pub extremes: BTreeMap<String, u64>,
    /// Per column, the cells that are NaN; admitted as null.
    pub nans: BTreeMap<String, u64>,
    /// Missing bins in stretches up to `max_gap`; inserted where the batch was admitted.
    pub missing_bins: u64,
    /// The stretches longer than `max_gap`; never filled.
    pub gaps: Vec<Gap>,
    /// Per flag, the rows that have it: as they went out where the batch was admitted, else as they came in.
    pub(crate) flags: BTreeMap<Flag, u64>,
}

/// The contract over one stream of batches, whose state it carries.
#[derive(Debug, Clone)]
pub struct Contract {
    schema: DatasetSchema,
    rules: ContractRules,
    axis: Axis,
    layout: Option<(SchemaRef, ColumnPlaces)>,
    findings: Findings,
    violations: Violations,
}

/// Holds the schema of a stream against the points of a dataset, by their columns, without a row of it; `unit` is what its timestamps count.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the columns are none of a dataset.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// use trendgate::files::check_schema;
/// use trendgate::vocabulary::TimestampUnit;
///
/// let found = Schema::new(vec![Field::new("chst", DataType::Float64, true)]);
/// let violations = check_schema(found.into(), vec!["chst".to_owned()], TimestampUnit::Ns)?;
/// // It has no timestamps and no flags.
/// assert_eq!(violations.total(), 2);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn check_schema(
    found: SchemaRef,
    columns: Vec<String>,
    unit: TimestampUnit,
) -> Result<Violations> {
    let points = columns
        .into_iter()
        .map(|name| Column::gauge(name.clone(), name));
    let rules = ContractRules {
        interval: None,
        max_gap: Span::ZERO,
        not_after: Instant::MAX,
    };
    let mut contract = Contract::new(DatasetSchema::new(points.collect())?, rules)?;
    contract.inspect_columns(found, unit == TimestampUnit::Us)?;
    Ok(contract.violations)
}

impl Contract {
    /// The contract for a stream of `schema` under `rules`.
    ///
    /// # Errors
    /// [`Config`](crate::error::ErrorKind::Config) where the interval is not positive or `max_gap` is negative.
    pub fn new(schema: DatasetSchema, rules: ContractRules) -> Result<Self> {
        if rules
            .interval
            .is_some_and(|interval| interval <= Span::ZERO)
            || rules.max_gap < Span::ZERO
        {
            let message =
                "expected a positive resample_interval and a max_gap that is not negative";
            return Err(Error::config(format!("{message}, found {rules:?}")));
        }
        Ok(Self {
            schema,
            rules,
            axis: Axis::default(),
            layout: None,
            findings: Findings::default(),
            violations: Violations::default(),
        })
    }

    /// What the stream was found to hold so far.
    #[must_use]
    pub(crate) fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The stretches longer than `max_gap` so far.
    #[must_use]
    pub(crate) fn gaps(&self) -> &[Gap] {
        &self.findings.gaps
    }

    /// What [`inspect`](Self::inspect) found so far.
    #[must_use]
    pub(crate) fn violations(&self) -> &Violations {
        &self.violations
    }

    /// The violation of a stream whose first row is at `first`, if that is not on the grid of the dataset: the multiples of the
    /// interval since the epoch. All later rows stand to the first as the contract wants it.
    #[must_use]
    pub(crate) fn off_grid(&self, first: Instant) -> Option<Violations> {
        let interval = self.rules.interval?;
        (first != first.floor(interval)).then(|| off_the_epoch(first, interval))
    }

    /// Lets the next batch of the stream through: as it is, but with its columns in the dataset's order, NaN as null, extreme cells as
    /// null (their rows `OUTLIER`), and missing bins up to `max_gap` as rows of nulls (`INSUFFICIENT_DATA`).
    ///
    /// How a stream is cut into batches changes nothing about the rows that come out, nor about the first violation.
    ///
    /// # Errors
    /// The violations of the batch, where there is any; nothing of it is let through then, and the contract stands where
    /// it stood before.
    pub fn admit(
        &mut self,
        batch: &RecordBatch,
    ) -> std::result::Result<Vec<Conforming>, Violations> {
        let mut found = Violations::default();
        let layout = self.layout_of(batch, &mut found);
        if !found.is_empty() {
            return Err(found);
        }
        let judged = self.judge(batch, &layout, &mut found);
        if !found.is_empty() {
            return Err(found);
        }
        let conforming = self.mend(batch, &layout, &judged)?;
        self.layout = Some((batch.schema(), layout));
        self.take_note(batch, &judged);
        for part in &conforming {
            count_flags(&mut self.findings.flags, part.flags());
        }
        Ok(conforming)
    }

    /// Looks at the next batch of the stream and keeps its violations: for data that exists already and is not to be
    /// changed. Columns of a wrong type are reported once, and passed over.
    pub(crate) fn inspect(&mut self, batch: &RecordBatch) {
        let mut found = Violations::default();
        let layout = self.layout_of(batch, &mut found);
        let judged = self.judge(batch, &layout, &mut found);
        self.layout = Some((batch.schema(), layout));
        self.take_note(batch, &judged);
        count_flags(&mut self.findings.flags, &judged.flags);
        self.violations.append(found);
    }

    /// Looks at the columns of a stream of which there are no rows; `or_micros` takes timestamps in microseconds for right, too.
    ///
    /// # Errors
    /// None in practice; [`Bug`](crate::ErrorKind::Bug) where no rows at all cannot be converted.
    pub(crate) fn inspect_columns(&mut self, columns: SchemaRef, or_micros: bool) -> Result<()> {
        let none = RecordBatch::new_empty(columns);
        let none = match or_micros {
            true => in_nanoseconds(none).map_err(|error| Error::bug(error.to_string()))?,
            false => none,
        };
        self.inspect(&none);
        Ok(())
    }

    fn layout_of(&self, batch: &RecordBatch, found: &mut Violations) -> ColumnPlaces {
        match &self.layout {
            Some((schema, layout)) if *schema == batch.schema() => layout.clone(),
            _ => ColumnPlaces::of(&self.schema, &batch.schema(), found),
        }
    }

    fn judge(&self, batch: &RecordBatch, layout: &ColumnPlaces, found: &mut Violations) -> Judged {
        let stand = Stand {
            axis: self.axis,
            rules: self.rules,
            row: self.findings.rows,
        };
        stand.judge(batch, layout, found)
    }

    fn mend(
        &self,
        batch: &RecordBatch,
        layout: &ColumnPlaces,
        judged: &Judged,
    ) -> std::result::Result<Vec<Conforming>, Violations> {
        let mut flags = judged.flags.clone();
        let mut points: Vec<ArrayRef> = layout
            .points
            .iter()
            .flatten()
            .map(|at| Arc::clone(batch.column(*at)))
            .collect();
        let times = layout.timestamp.map(|at| {
            let column = batch.column(at).as_primitive::<TimestampNanosecondType>();
            column.values().clone()
        });
        let times = times.unwrap_or_default();
        let mut extremes = Vec::new();
        for (point, bad) in &judged.bad {
            let cells: &Float64Array = points[*point].as_primitive();
            for row in &bad.extremes {
                flags[*row].insert(Flag::Outlier);
                extremes.push(ExtremeCell {
                    time: Instant::from_nanos(times[*row]),
                    column: ColumnId::new(*point),
                    value: cells.value(*row),
                });
            }
            let finite = without(&without(cells, &bad.nans), &bad.extremes);
            points[*point] = Arc::new(finite);
        }
        let draft = Draft {
            times,
            flags,
            points,
            extremes,
        };
        let holes = judged.gaps.iter().filter(|(_, gap)| self.fills(*gap));
        draft.conform(&self.schema, holes, self.rules.interval)
    }

    fn fills(&self, gap: Gap) -> bool {
        gap.length() <= self.rules.max_gap
    }

    fn take_note(&mut self, batch: &RecordBatch, judged: &Judged) {
        self.axis = judged.axis;
        self.findings.rows += batch.num_rows() as u64;
        for (_, gap) in &judged.gaps {
            if self.fills(*gap) {
                let interval = self.rules.interval.unwrap_or(Span::MAX);
                self.findings.missing_bins += (gap.length() / interval).unsigned_abs();
            } else {
                self.findings.gaps.push(*gap);
            }
        }
        for (point, bad) in &judged.bad {
            let name = &self.schema.columns()[*point].name;
            let Findings { extremes, nans, .. } = &mut self.findings;
            for (counts, rows) in [(extremes, &bad.extremes), (nans, &bad.nans)] {
                if !rows.is_empty() {
                    *counts.entry(name.clone()).or_default() += rows.len() as u64;
                }
            }
        }
        if let Some((_, layout)) = &self.layout
            && let Some(at) = layout.timestamp
        {
            widen(&mut self.findings.range, batch.column(at));
        }
    }
}

fn widen(range: &mut Option<Extent>, column: &ArrayRef) {
    let times = column.as_primitive::<TimestampNanosecondType>();
    for time in times.iter().flatten().map(Instant::from_nanos) {
        *range = Some(Extent::joined(*range, time));
    }
}

/// Adds the rows that have each flag to `counts`.
pub(crate) fn count_flags(counts: &mut BTreeMap<Flag, u64>, rows: &[FlagSet]) {
    for flag in rows.iter().flat_map(|set| set.iter()) {
        *counts.entry(flag).or_default() += 1;
    }
}
