//! What is in a report, for a person who wants to know before running anything.

use crate::acquire::{
    self, CellRule, Chunk, DateOrder, Encoding, FieldSeparator, ReadOptions, ReadOutcome, ReadStep,
    Reader, Report, StatedReadings, StatedTexts, Tally, TimeRule, Window,
};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::execute::PointLoss;
use crate::model::column_name;
use crate::path_bytes::as_text;
use crate::pipeline::loses;
use crate::progress::Cancel;
use crate::time::{Extent, Instant, Span, TimeRange};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is in a file: in its first report, and in the others, if there are any. Times are in nanoseconds since the epoch (UTC).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// The name of the report's text in it, where it names its texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// The line of the report's head, from 1.
    pub line: u64,
    /// The dialect.
    pub dialect: &'static str,
    /// How its text is encoded.
    pub encoding: Encoding,
    /// What separates its fields.
    pub separator: FieldSeparator,
    /// Whether it is compressed.
    pub gzip: bool,
    /// How the file holds its texts: `plain`, `gzip`, `zip`, `xlsx`, `xls`, `ods`.
    pub container: &'static str,
    /// The first line.
    pub title: String,
    /// The stated `Date Range:`.
    pub date_range: Option<String>,
    /// The order of year, month and day.
    pub date_order: DateOrder,
    /// The header's line, from 1.
    pub header_line: u64,
    /// The stated time interval, in nanoseconds.
    #[serde(serialize_with = "crate::time::plain::span")]
    #[schemars(with = "Option<i64>")]
    pub stated_interval: Option<Span>,
    /// The most common distance of two rows, in nanoseconds.
    #[serde(serialize_with = "crate::time::plain::span")]
    #[schemars(with = "Option<i64>")]
    pub observed_interval: Option<Span>,
    /// Accepted rows.
    pub rows: u64,
    /// First and last of them.
    #[serde(serialize_with = "crate::time::plain::extent")]
    #[schemars(with = "Option<(i64, i64)>")]
    pub time_range: Option<Extent>,
    /// Whether the rows are in time order.
    pub in_order: bool,
    /// Whether the trailer is there.
    pub complete: bool,
    /// Cells, those of rejected rows included.
    pub cells: u64,
    /// The points.
    pub points: Vec<PointInspection>,
    /// What is wrong, with line numbers where there are any.
    pub problems: Vec<String>,
    /// How it was read, if no dialect knows it and nothing is stated of it: the entry of `cleaner.sources` that `init` writes for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<String>,
    /// Its first rows as they are read so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<InspectedRow>,
    /// The other reports of the file, in their order.
    pub more: Vec<Inspection>,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InspectedRow {
    /// Its time, in nanoseconds since the epoch (UTC).
    #[serde(with = "crate::time::plain")]
    #[schemars(with = "i64")]
    pub time: Instant,
    /// The number of each point; none where it has none.
    pub values: Vec<Option<f64>>,
}

/// What is in one column of a report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PointInspection {
    /// The point.
    pub point: String,
    /// The column that it would become.
    pub column: String,
    /// The trend definition.
    pub definition: String,
    /// Its first few numbers.
    pub first_values: Vec<f64>,
    /// Cells that are numbers or states.
    pub numbers: u64,
    /// For each kind of missing token its share of the cells, from 0 to 1.
    pub missing: BTreeMap<String, f64>,
    /// Cells that are neither, with examples.
    pub unrecognised: u64,
    /// The first few of them.
    pub examples: Vec<String>,
    /// Whether there is no number at all.
    pub dead: bool,
}

/// How many first values are shown.
const FIRST_VALUES: usize = 3;
/// How many first rows.
const FIRST_ROWS: usize = 5;

impl Inspection {
    /// Reads a whole file as a run by `config` would, and says what is in it; `timezone` goes before that of the configuration, and without any
    /// the clock is read as that of UTC.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such zone; [`Input`](crate::ErrorKind::Input) where the file is no report;
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    ///
    /// ```
    /// use trendgate::{Config, Inspection};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let file = folder.path().join("power.csv");
    /// std::fs::write(&file, "time,CH1.KW\n2026-02-01 00:00,120\n2026-02-01 00:15,121\n").unwrap();
    /// let config = Config::parse("cleaner: {sources: [{match: '*.csv', table: wide, time: {columns: time, format: '%Y-%m-%d %H:%M'}}]}")?;
    /// let inspection = Inspection::of(&file, &config, Some("Asia/Taipei"))?;
    /// assert_eq!((inspection.rows, inspection.points.len()), (2, 1));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn of(path: &Path, config: &Config, timezone: Option<&str>) -> Result<Self> {
        let (time, sources) = how_read(config, timezone)?;
        let given = [path];
        inspect(path, &time, &sources.file(path, &given))
            .map_err(|error| sources.blamed(error, path, &given))
    }
}

/// How a configuration has a file read whose clock is that of a zone: of UTC where neither of them names one.
pub(crate) fn how_read(
    config: &Config,
    timezone: Option<&str>,
) -> Result<(TimeRule, StatedReadings)> {
    let zone = timezone.or(config.timezone()).unwrap_or("UTC");
    let time = TimeRule {
        max_gap: config.cleaner.max_gap,
        ..time_rule(zone)?
    };
    Ok((time, config.cleaner.stated()?))
}

/// Reads a whole file, of whose texts this is stated, and says what is in it.
///
/// # Errors
/// As [`acquire::sniff`] and [`Reader::next_chunk`].
pub(crate) fn inspect(
    path: &Path,
    time: &TimeRule,
    stated: &dyn StatedTexts,
) -> Result<Inspection> {
    let mut found = inspect_rows(path, time, stated)?;
    found.first_rows.clear();
    found
        .more
        .iter_mut()
        .for_each(|more| more.first_rows.clear());
    Ok(found)
}

/// The same, with the first rows.
///
/// # Errors
/// As [`inspect`].
pub(crate) fn inspect_rows(
    path: &Path,
    time: &TimeRule,
    stated: &dyn StatedTexts,
) -> Result<Inspection> {
    let mut reports = WholeReports::of(path, time, stated)?;
    let mut found = Vec::new();
    while let Some(whole) = reports.next(First::of, First::take)? {
        found.push(inspection(&whole.report, &whole.outcome, whole.seen));
    }
    let mut found = found.into_iter();
    let first = found.next();
    let first = first.ok_or_else(|| Error::bug("a file without a report").at(path))?;
    Ok(Inspection {
        more: found.collect(),
        ..first
    })
}

/// A report that was read from the first byte to the last, and what was seen on the way.
pub(crate) struct Whole<S> {
    /// What it says of itself.
    pub(crate) report: Report,
    /// What was gathered from its chunks.
    pub(crate) seen: S,
    /// What became of its cells.
    pub(crate) outcome: ReadOutcome,
}

/// The reports of a file, read one after the other from the first byte to the last.
pub(crate) struct WholeReports<'a> {
    time: &'a TimeRule,
    /// Those that are still to be read, the next one last.
    waiting: Vec<Report>,
}

impl<'a> WholeReports<'a> {
    /// Those of the file at `path`, of whose texts this is stated.
    ///
    /// # Errors
    /// As [`acquire::sniff`].
    pub(crate) fn of(path: &Path, time: &'a TimeRule, stated: &dyn StatedTexts) -> Result<Self> {
        let mut waiting = acquire::sniff_until(path, time, stated, &Cancel::default())?;
        waiting.reverse();
        Ok(Self { time, waiting })
    }

    /// Reads the next one, a chunk at a time: `take` gathers into what `start` begins with. Where it turns out that the report has to be
    /// read whole first, both begin again.
    ///
    /// # Errors
    /// As [`acquire::sniff`] and [`Reader::next_chunk`].
    pub(crate) fn next<S>(
        &mut self,
        start: impl Fn(&Report) -> S,
        take: impl Fn(&mut S, Chunk),
    ) -> Result<Option<Whole<S>>> {
        while let Some(report) = self.waiting.pop() {
            let mut seen = start(&report);
            let outcome = read(&report, self.time, |chunk| take(&mut seen, chunk))?;
            if let Some(outcome) = outcome.filter(|outcome| !outcome.undecided) {
                return Ok(Some(Whole {
                    report,
                    seen,
                    outcome,
                }));
            }
            let found = acquire::read_whole(report, self.time, &Cancel::default())?;
            self.waiting.extend(found.into_iter().rev());
        }
        Ok(None)
    }
}

/// What became of the cells; none if the report has to be read whole first.
fn read(
    report: &Report,
    time: &TimeRule,
    mut take: impl FnMut(Chunk),
) -> Result<Option<ReadOutcome>> {
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let rules = vec![CellRule::default(); report.points.len()];
    let mut reader = Reader::open(
        report.clone(),
        everything,
        time,
        rules,
        &ReadOptions::default(),
    )?;
    loop {
        match reader.next_chunk()? {
            ReadStep::NeedsWhole => return Ok(None),
            ReadStep::End => return reader.finish().map(Some),
            ReadStep::Rows(chunk) => take(chunk),
        }
    }
}

/// The first values of every point, and the distances of the rows.
struct First {
    values: Vec<Vec<f64>>,
    rows: Vec<InspectedRow>,
    distances: BTreeMap<Span, u64>,
    previous: Option<Instant>,
}

impl First {
    fn of(report: &Report) -> Self {
        Self {
            values: vec![Vec::new(); report.points.len()],
            rows: Vec::new(),
            distances: BTreeMap::new(),
            previous: None,
        }
    }

    fn take(&mut self, chunk: Chunk) {
        let more = FIRST_ROWS - self.rows.len();
        for (row, time) in chunk.times.iter().enumerate().take(more) {
            let number =
                |column: &Vec<f64>| column.get(row).copied().filter(|value| !value.is_nan());
            let values = chunk.columns.iter().map(number).collect();
            self.rows.push(InspectedRow {
                time: *time,
                values,
            });
        }
        for time in chunk.times {
            if let Some(previous) = self.previous.replace(time) {
                *self.distances.entry(time - previous).or_default() += 1;
            }
        }
        for (first, column) in self.values.iter_mut().zip(chunk.columns) {
            let missing = FIRST_VALUES - first.len();
            let numbers = column.into_iter().filter(|value| !value.is_nan());
            first.extend(numbers.take(missing));
        }
    }
}

fn inspection(report: &Report, outcome: &ReadOutcome, first: First) -> Inspection {
    let tally = &outcome.tally;
    let observed = first
        .distances
        .iter()
        .max_by_key(|(_, count)| **count)
        .map(|(distance, _)| *distance);
    let heading = report.heading.as_deref();
    Inspection {
        path: report.path.clone(),
        member: report.text.member_name().map(ToOwned::to_owned),
        bytes: report.stamp.bytes,
        line: report.first_line(),
        dialect: report.dialect.title(),
        encoding: report.form.encoding,
        separator: report.form.separators.fields,
        gzip: report.text.container.as_str() == "gzip",
        container: report.text.container.as_str(),
        title: heading.map_or_else(String::new, |heading| heading.title.clone()),
        date_range: heading.and_then(|heading| heading.date_range.clone()),
        date_order: report.layout.date_order,
        header_line: report.layout.header_line,
        stated_interval: report.interval,
        observed_interval: observed,
        rows: tally.rows,
        time_range: tally.time_range,
        in_order: report.order == acquire::RowOrder::Ascending,
        complete: outcome.complete,
        cells: tally.cells,
        points: points(report, tally, first.values),
        problems: problems(report, outcome, observed),
        entry: Vec::new(),
        first_rows: first.rows,
        more: Vec::new(),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share for a person")]
fn points(report: &Report, tally: &Tally, first_values: Vec<Vec<f64>>) -> Vec<PointInspection> {
    let all = report.points.iter().zip(&tally.points).zip(first_values);
    all.map(|((point, counts), first_values)| PointInspection {
        point: point.id.to_string(),
        column: column_name(&format!("{} {}", point.id.name, point.id.suffix)),
        definition: point.definition.clone(),
        first_values,
        numbers: counts.numbers,
        missing: counts
            .missing
            .iter()
            .map(|(token, cells)| {
                (
                    (*token).to_owned(),
                    *cells as f64 / tally.rows.max(1) as f64,
                )
            })
            .collect(),
        unrecognised: counts.unrecognised + counts.unit_mismatch,
        examples: counts
            .unrecognised_examples
            .texts()
            .map(ToOwned::to_owned)
            .collect(),
        dead: counts.numbers == 0,
    })
    .collect()
}

fn problems(report: &Report, outcome: &ReadOutcome, observed: Option<Span>) -> Vec<String> {
    let tally = &outcome.tally;
    let ambiguous = tally.points.iter().map(|point| point.ambiguous_numbers);
    let mut problems = crate::pipeline::problems(report, tally, ambiguous.sum(), outcome.complete);
    problems.extend(unread(report, tally));
    if report.interval.is_some() && observed.is_some() && report.interval != observed {
        problems.push("the observed interval is not the stated one".to_owned());
    }
    problems
}

/// Points whose cells are texts that cannot be read, if it is more of them than a run would pass over; and that there is no number at all.
fn unread(report: &Report, tally: &Tally) -> Vec<String> {
    let points = || report.points.iter().zip(&tally.points);
    let mut problems: Vec<String> = points()
        .filter_map(|(point, cells)| {
            let loss = PointLoss::of(cells).filter(|loss| loses(loss, tally.rows))?;
            let (id, lost) = (&point.id, loss.cells());
            let of = tally.rows;
            let examples = loss.examples.listed();
            Some(format!(
                "{id}: {lost} of {of} cells cannot be read: {examples}"
            ))
        })
        .collect();
    if points().all(|(_, cells)| cells.numbers == 0) {
        problems.push("no cell of the report is a number".to_owned());
    }
    problems
}

/// The zone of `name`, for an inspection without a configuration.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where there is no such zone.
pub fn time_rule(name: &str) -> Result<TimeRule> {
    let zone = crate::time::zone(name).ok_or_else(|| {
        Error::config(format!("{name:?} is not an IANA time zone"))
            .hint("zones are called like Asia/Taipei or America/New_York")
    })?;
    Ok(TimeRule {
        not_before: crate::pipeline::NOT_BEFORE.begin(&zone),
        zone,
        ambiguous: acquire::Choice::Earlier,
        nonexistent: acquire::Choice::Later,
        not_after: crate::time::now() + crate::contract::FUTURE_TOLERANCE,
        max_gap: crate::config::CleanerConfig::default().max_gap,
    })
}
