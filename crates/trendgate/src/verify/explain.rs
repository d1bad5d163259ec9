//! Why is a row flagged? The row, its values and its evidence.
//!
//! Enters: a site and a time. Leaves: an [`Explanation`] of the bin that the time falls into, as of the last version. Refuses: a time
//! outside the dataset, or in a stretch without rows.

use crate::error::{Error, ErrorKind, Missing, Result};
use crate::model::{Flag, QUALITY_FLAGS, SchemaColumn, StatedEvidence, TIMESTAMP, Term};
use crate::partition::{EvidenceEntry, EvidenceRow, evidence_entries, read_part};
use crate::publish::{Dirs, EquipmentEntry, History, Manifest, PointStatistics, join_details};
use crate::time::{Extent, Instant, Span, TimeRange};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One row, and why it is flagged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The bin's left edge.
    pub bin: Instant,
    /// The length of the bin.
    pub interval: Span,
    /// The IANA zone of the reports' clock.
    pub timezone: String,
    /// The version that wrote the row.
    pub version: u64,
    /// The part that has it.
    pub part: PathBuf,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its columns, in their order, each with its value.
    pub values: Vec<(SchemaColumn, Option<f64>)>,
    /// Its evidence, and that of the same rules and columns in the other rows of its month; sorted by time.
    pub related: Vec<EvidenceRow>,
    /// What a caller of its own cleaner stated of the row, and of its cells.
    pub stated: Vec<StatedFlag>,
    /// What the batch checked of the equipment.
    pub equipment: Vec<EquipmentEntry>,
    /// What the batch says of each point.
    pub points: BTreeMap<String, PointStatistics>,
}

/// What a caller stated of a row or a cell, by a rule of its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StatedFlag {
    /// The point's column; null where it is said of the whole row.
    pub column: Option<String>,
    /// The flag; null where it raised none.
    pub flag: Option<Flag>,
    /// The caller's name for the rule.
    pub rule: String,
    /// What was found, in the dataset's unit.
    pub value: Option<f64>,
    /// The lower end of the band that it was held against.
    pub limit_low: Option<f64>,
    /// The upper end.
    pub limit_high: Option<f64>,
    /// From when on it is certain.
    pub known_at: Instant,
}

impl StatedFlag {
    fn of(evidence: StatedEvidence<String>) -> Self {
        let reason = evidence.reason;
        let number = |number: f64| Some(number).filter(|number| !number.is_nan());
        Self {
            column: evidence.column,
            flag: reason.flag,
            rule: reason.rule,
            value: number(reason.value),
            limit_low: number(reason.low),
            limit_high: number(reason.high),
            known_at: reason.known_at,
        }
    }
}

impl Explanation {
    /// The evidence of the row.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let row = site.explain("2026-02-01T00:15:00Z".parse().unwrap())?;
    /// assert_eq!(row.evidence().count(), 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn evidence(&self) -> impl Iterator<Item = &EvidenceRow> {
        self.related.iter().filter(|row| row.time == self.bin)
    }

    /// The column that goes by `name`, its own or that of its point.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there is none.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let row = site.explain("2026-02-01T00:15:00Z".parse().unwrap())?;
    /// assert_eq!(row.column_named("CH1.CHWS")?.name, "ch1_chws");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn column_named(&self, name: &str) -> Result<&SchemaColumn> {
        let is_it =
            |column: &&SchemaColumn| column.name == name || column.point.as_deref() == Some(name);
        let mut columns = self.values.iter().map(|(column, _)| column);
        columns.find(is_it).ok_or_else(|| {
            Error::missing(Missing::Column, format!("there is no column {name:?}"))
                .hint("`trendgate points` lists the columns")
        })
    }

    /// The unit of the column that a piece of evidence is of; none is "".
    #[must_use]
    pub fn unit_of(&self, evidence: &EvidenceRow) -> &str {
        let mut columns = self.values.iter().map(|(column, _)| column);
        let column = columns.find(|column| Some(&column.name) == evidence.column.as_ref());
        column
            .and_then(|column| column.unit.as_ref().map(Term::name))
            .unwrap_or_default()
    }

    /// The check that a piece of evidence is of, where it is one of a machine.
    ///
    /// ```
    /// # use trendgate::details::EvidenceRow;
    /// # use trendgate::Explanation;
    /// /// What was judged: a machine, or a column in its unit.
    /// fn subject(row: &Explanation, evidence: &EvidenceRow) -> String {
    ///     match row.check_of(evidence) {
    ///         Some(check) => check.equipment.clone(),
    ///         None => format!("{:?} in {}", evidence.column, row.unit_of(evidence)),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn check_of(&self, evidence: &EvidenceRow) -> Option<&EquipmentEntry> {
        self.equipment.iter().find(|entry| {
            entry.rule == evidence.rule && Some(&entry.column) == evidence.column.as_ref()
        })
    }

    /// From the first to the last bin of the unbroken stretch in which `row`'s rule flags its column, within the month.
    #[must_use]
    pub(crate) fn stretch(&self, row: &EvidenceRow) -> Extent {
        let same = |other: &&EvidenceRow| other.rule == row.rule && other.column == row.column;
        let (mut first, mut last) = (row.time, row.time);
        for other in self.related.iter().filter(same) {
            if other.time == last + self.interval {
                last = other.time;
            }
        }
        for other in self.related.iter().rev().filter(same) {
            if other.time == first - self.interval {
                first = other.time;
            }
        }
        Extent::new(first, last)
    }
}

/// Explains the bin of the site's dataset that `at` falls into.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) where the dataset has no such row; [`Damaged`](crate::ErrorKind::Damaged) and
/// [`Storage`](crate::ErrorKind::Storage) where log, part or evidence cannot be read.
pub(crate) fn explain(dirs: &Dirs, site: &str, at: Instant) -> Result<Explanation> {
    let mut history = History::read(dirs, site)?;
    loop {
        let error = match explain_as_of(&history, dirs, at) {
            Err(error) if error.kind() == ErrorKind::Storage => error,
            explained => return explained,
        };
        // A file may have been replaced, and collected, while this came to it: then there is another version, or a base record.
        let now = History::read(dirs, site)?;
        if (now.version(), now.compacted()) == (history.version(), history.compacted()) {
            return Err(error);
        }
        history = now;
    }
}

fn explain_as_of(history: &History, dirs: &Dirs, at: Instant) -> Result<Explanation> {
    let site = history.site();
    let interval = interval(history.head().map(|version| &version.manifest))?;
    let bin = at.floor(interval);
    let parts = history.live_parts();
    let inside = |entry: &crate::publish::PartEntry| entry.time_range.contains(bin);
    let Some(part) = parts.iter().find(|part| inside(part.entry)) else {
        return Err(no_row(site, bin, history));
    };
    let path = dirs.processed.join(&part.entry.path);
    let row = find_row(&path, bin)?.ok_or_else(|| no_row(site, bin, history))?;
    let mut manifest = history
        .manifest_of(part.version)
        .cloned()
        .ok_or_else(|| Error::bug("a live part of no version"))?;
    join_details(dirs, &mut manifest)?;
    let files = manifest.evidence_files.iter();
    let files = files.filter(|file| file.path.folder() == part.entry.path.folder());
    let files: Vec<PathBuf> = files.map(|file| dirs.evidence.join(&file.path)).collect();
    let (mut wanted, mut stated) = (BTreeSet::new(), Vec::new());
    each_entry(&files, |entry| match entry {
        EvidenceEntry::Found(row) if row.time == bin => {
            wanted.insert((row.rule, row.column));
        }
        EvidenceEntry::Stated(row) if row.time == bin => stated.push(StatedFlag::of(row)),
        EvidenceEntry::Found(_) | EvidenceEntry::Stated(_) => {}
    })?;
    let mut related = Vec::new();
    each_entry(&files, |entry| {
        if let EvidenceEntry::Found(row) = entry
            && wanted
                .iter()
                .any(|(rule, column)| *rule == row.rule && *column == row.column)
        {
            related.push(row);
        }
    })?;
    let value = |column: &SchemaColumn| {
        let values = row
            .column_by_name(&column.name)?
            .as_primitive_opt::<Float64Type>()?;
        values.is_valid(0).then(|| values.value(0))
    };
    let points = manifest
        .schema
        .iter()
        .filter(|column| column.point.is_some());
    Ok(Explanation {
        bin,
        interval,
        timezone: manifest.timezone.clone(),
        version: part.version,
        flags: flags(&row),
        values: points
            .map(|column| (column.clone(), value(column)))
            .collect(),
        part: path,
        related,
        stated,
        equipment: manifest.equipment.clone(),
        points: manifest.statistics.points,
    })
}

fn interval(manifest: Option<&Manifest>) -> Result<Span> {
    let manifest = manifest.ok_or_else(|| Error::usage("the site has no committed dataset"))?;
    manifest.resample_interval.parse().map_err(Error::damaged)
}

fn no_row(site: &str, bin: Instant, history: &History) -> Error {
    let error = Error::usage(format!("{site} has no row at {bin}"));
    let gap = history
        .gaps()
        .into_iter()
        .find(|gap| TimeRange::new(gap.from, gap.to).contains(bin));
    let parts = history.live_parts();
    match (gap, parts.first(), parts.last()) {
        (Some(gap), ..) => error.hint(format!(
            "no report has anything from {} to {}",
            gap.from, gap.to
        )),
        (None, Some(first), Some(last)) => error.hint(format!(
            "the dataset goes from {} to {} (UTC)",
            first.entry.time_range.first, last.entry.time_range.last
        )),
        _ => error,
    }
}

/// Gives each row of evidence files: a month has many of them.
fn each_entry(files: &[PathBuf], mut each: impl FnMut(EvidenceEntry)) -> Result<()> {
    for file in files {
        for batch in read_part(file)? {
            let rows = evidence_entries(&batch?).map_err(|error| error.at(file))?;
            rows.into_iter().for_each(&mut each);
        }
    }
    Ok(())
}

/// The one row of the part at `bin`.
fn find_row(path: &std::path::Path, bin: Instant) -> Result<Option<RecordBatch>> {
    for batch in read_part(path)? {
        let batch = batch?;
        let times = batch
            .column_by_name(TIMESTAMP)
            .and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>())
            .ok_or_else(|| Error::damaged("expected a column \"timestamp\"").at(path))?;
        if let Ok(row) = times.values().binary_search(&bin.nanos()) {
            return Ok(Some(batch.slice(row, 1)));
        }
    }
    Ok(None)
}

fn flags(row: &RecordBatch) -> Vec<Flag> {
    let list = row
        .column_by_name(QUALITY_FLAGS)
        .and_then(|column| column.as_list_opt::<i32>());
    let names = list.map(|list| list.value(0));
    let names = names
        .as_ref()
        .and_then(|names| names.as_string_opt::<i32>());
    let known = names.into_iter().flat_map(|names| names.iter().flatten());
    known.filter_map(Flag::from_name).collect()
}
