//! What the points of a dataset are: their ranges, what is flagged of them, and when they last had a value.
//!
//! Enters: a [`Snapshot`]. Leaves: [`SitePoints`], read from its parts and its evidence, a batch of rows at a time. It holds for all
//! versions together: a manifest counts the months that its own version wrote. Refused: files that cannot be read.

use super::Snapshot;
use crate::clean::rule_entry;
use crate::error::{Error, Result};
use crate::model::{Rule, SchemaColumn, TIMESTAMP};
use crate::partition::{ColumnStatistics, EvidenceRow, Falls, evidence_rows, read_part};
use crate::time::{Extent, Instant};
use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The points of a site's dataset, as of a version.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SitePoints {
    /// The site.
    pub site_id: String,
    /// The version.
    pub version: u64,
    /// The rows of the dataset.
    pub rows: u64,
    /// The first and the last of them.
    pub time_range: Option<Extent>,
    /// The rows that are flagged as a whole, by rule.
    pub flagged_rows: BTreeMap<Rule, FlaggedShare>,
    /// The points, in the order of their columns.
    pub points: Vec<PointSummary>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PointSummary {
    /// Its column: name, unit, physical type, aggregation.
    #[serde(flatten)]
    pub column: SchemaColumn,
    /// Whether no bin of the dataset has a value of it.
    pub dead: bool,
    /// Bins that have a value.
    pub values: u64,
    /// The smallest of those values.
    pub min: Option<f64>,
    /// The largest of those values.
    pub max: Option<f64>,
    /// The first bin that has a value.
    pub first_value: Option<Instant>,
    /// The last bin that has a value.
    pub last_value: Option<Instant>,
    /// What rules have evidence for, by rule; those that have none are absent.
    pub flagged: BTreeMap<Rule, FlaggedShare>,
}

/// How much is flagged by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FlaggedShare {
    /// The bins that it flags; of a rule without a flag, those that it records.
    pub bins: u64,
    /// Their share of the bins that have a value; of a rule that flags bins for want of one, of the bins that have a value or such a
    /// flag; of rows that are flagged as a whole, of all rows.
    pub share: f64,
}

impl FlaggedShare {
    #[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
    fn new(bins: u64, of: u64) -> Self {
        Self {
            bins,
            share: bins as f64 / of.max(1) as f64,
        }
    }

    /// Of the bins that a rule flags for a point with so many values.
    fn of_point(rule: Rule, bins: u64, values: u64) -> Self {
        match rule_entry(rule).is_of_bins() {
            true => Self::new(bins, values + bins),
            false => Self::new(bins, values),
        }
    }
}

/// What is found of one column, part by part.
struct FoundColumn {
    column: SchemaColumn,
    statistics: ColumnStatistics,
    range: Option<Extent>,
    flagged: BTreeMap<Rule, u64>,
}

impl SitePoints {
    /// Reads what the points of `snapshot` are.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) and [`Damaged`](crate::ErrorKind::Damaged) where a part or an evidence file cannot be read.
    ///
    /// ```
    /// use trendgate::details::SitePoints;
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let points = SitePoints::read(&site.snapshot(AsOf::Latest)?)?;
    /// assert_eq!(points.points[0].values, 4);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn read(snapshot: &Snapshot) -> Result<Self> {
        let mut found = FoundPoints::of(snapshot);
        for part in &snapshot.parts {
            for rows in read_part(&part.file)? {
                found.take_rows(&rows?, &part.file)?;
            }
        }
        for file in &snapshot.evidence {
            for rows in read_part(file)? {
                for row in evidence_rows(&rows?).map_err(|error| error.at(file))? {
                    found.take_evidence(&row);
                }
            }
        }
        Ok(found.points(snapshot))
    }

    /// How many of the points have no value.
    ///
    /// ```
    /// use trendgate::details::SitePoints;
    /// use trendgate::{AsOf, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let points = SitePoints::read(&site.snapshot(AsOf::Latest)?)?;
    /// assert_eq!(points.dead(), 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn dead(&self) -> usize {
        self.points.iter().filter(|point| point.dead).count()
    }
}

/// The points of a snapshot, as far as its rows and its evidence were seen.
pub(crate) struct FoundPoints {
    columns: BTreeMap<String, FoundColumn>,
    flagged_rows: BTreeMap<Rule, u64>,
    rows: u64,
    time_range: Option<Extent>,
}

impl FoundPoints {
    /// None of them seen yet.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let points = snapshot.columns.iter();
        let points = points.filter(|column| column.point.is_some());
        Self {
            columns: points
                .map(|column| (column.name.clone(), FoundColumn::of(column)))
                .collect(),
            flagged_rows: BTreeMap::new(),
            rows: 0,
            time_range: None,
        }
    }

    /// Takes the next rows, which were read from `file`.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where they have no time.
    pub(crate) fn take_rows(&mut self, rows: &RecordBatch, file: &Path) -> Result<()> {
        let times = row_times(rows, file)?;
        for time in [times.first(), times.last()].into_iter().flatten() {
            self.time_range = Some(Extent::joined(self.time_range, *time));
        }
        self.rows += times.len() as u64;
        for (field, values) in rows.schema().fields().iter().zip(rows.columns()) {
            if let Some(column) = self.columns.get_mut(field.name().as_str())
                && let Some(values) = values.as_primitive_opt::<Float64Type>()
            {
                column.take(&times, values);
            }
        }
        Ok(())
    }

    /// Takes a piece of evidence.
    pub(crate) fn take_evidence(&mut self, row: &EvidenceRow) {
        let flagged = match &row.column {
            None => Some(&mut self.flagged_rows),
            Some(name) => {
                let column = self.columns.get_mut(name.as_str());
                column.map(|column| &mut column.flagged)
            }
        };
        if let Some(flagged) = flagged {
            *flagged.entry(row.rule).or_default() += 1;
        }
    }

    /// Where the values of each counter fell, by column.
    pub(crate) fn falls(&self) -> impl Iterator<Item = (&str, &Falls)> {
        self.columns.iter().filter_map(|(name, column)| {
            let falls = column.statistics.falls.as_deref()?;
            Some((name.as_str(), falls))
        })
    }

    /// What the points of `snapshot` are.
    pub(crate) fn points(self, snapshot: &Snapshot) -> SitePoints {
        let rows = self.rows;
        let flagged_rows = self.flagged_rows.into_iter();
        SitePoints {
            site_id: snapshot.site.clone(),
            version: snapshot.version,
            rows,
            time_range: self.time_range,
            flagged_rows: flagged_rows
                .map(|(rule, bins)| (rule, FlaggedShare::new(bins, rows)))
                .collect(),
            points: (self.columns.into_values())
                .map(FoundColumn::summary)
                .collect(),
        }
    }
}

impl FoundColumn {
    fn of(column: &SchemaColumn) -> Self {
        Self {
            column: column.clone(),
            statistics: ColumnStatistics::of(&column.clone().into()),
            range: None,
            flagged: BTreeMap::new(),
        }
    }

    fn take(&mut self, times: &[Instant], values: &Float64Array) {
        self.statistics.take_rows(times, values, 0..values.len());
        let valid = || (0..values.len()).filter(|row| values.is_valid(*row));
        if let (Some(first), Some(last)) = (valid().next(), valid().next_back()) {
            for row in [first, last] {
                self.range = Some(Extent::joined(self.range, times[row]));
            }
        }
    }

    fn summary(self) -> PointSummary {
        let values = self.statistics.count;
        let any = |value: f64| (values > 0).then_some(value);
        let flagged = self.flagged.into_iter();
        PointSummary {
            column: self.column,
            dead: values == 0,
            values,
            min: any(self.statistics.min),
            max: any(self.statistics.max),
            first_value: self.range.map(|range| range.first),
            last_value: self.range.map(|range| range.last),
            flagged: flagged
                .map(|(rule, bins)| (rule, FlaggedShare::of_point(rule, bins, values)))
                .collect(),
        }
    }
}

/// The times of rows that were read from `file`.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where they have none.
pub(crate) fn row_times(rows: &RecordBatch, file: &Path) -> Result<Vec<Instant>> {
    let times = rows
        .column_by_name(TIMESTAMP)
        .and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>())
        .ok_or_else(|| Error::damaged(format!("expected a column {TIMESTAMP:?}")).at(file))?;
    Ok((times.values().iter())
        .map(|nanos| Instant::from_nanos(*nanos))
        .collect())
}
