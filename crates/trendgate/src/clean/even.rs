//! Our cleaner: merged rows → an even series with flags.
//!
//! ```text
//! MergedRows ─ bin by bin ─▶ pending bins (values, flags) ─ settled? ─▶ RecordBatch
//!                 ├ coverage of each kind ─▶ INSUFFICIENT_DATA ┤
//!                 ├ rules of each point ──▶ FROZEN, OUTLIER ───┤
//!                 └ rules of the machines ▶ HEAT_IMBALANCE, … ─┘
//! ```
//!
//! Numbers are averaged as the reports have them and converted to the dataset's unit once, when their bin is done.
//!
//! A bin leaves when no later row can change it: a kind that has gone silent may still come back within `max_gap`, and
//! only then is it known that the bins in between lacked it; a point that has stood still for less than its `min_duration` may
//! go on standing still. Nor does it before the last bin that is judged by its neighbours has looked back on it. So at most about
//! the largest of these is held.

use super::coverage::{AnyCoverage, KindCoverage, Rules, enough};
use super::pending::{Pending, row, sorted, too_large};
use super::resample::Accumulator;
use super::rules::{Bins, Panel, Verdicts, frozen, machine};
use super::{Cleaner, Cleaning, Kind, Look, MergedRows, Stretch};
use crate::error::{Error, Result};
use crate::model::{
    ColumnId, DatasetSchema, EXTREME, Equipment, Evidence, Flag, FlagSet, KindId, PointSpec, Rule,
    Unit, flag_lists,
};
use crate::time::{Instant, Month, Span, TimeRange};
use arrow::array::{ArrayRef, Float64Array, TimestampNanosecondArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::record_batch::RecordBatch;
use std::ops::Range;
use std::sync::Arc;

/// What the even series is made by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvenRules {
    /// The length of a bin; divides 24 h.
    pub interval: Span,
    /// The longest stretch without rows that is filled with empty bins.
    pub max_gap: Span,
    /// The share of a bin that an active kind has to cover.
    pub min_coverage: f64,
}

/// Our cleaner: resampling by each point's aggregation onto an unbroken axis.
#[derive(Debug, Clone, Copy)]
pub struct EvenSeries {
    rules: EvenRules,
}

impl EvenSeries {
    /// A cleaner by `rules`.
    #[must_use]
    pub const fn new(rules: EvenRules) -> Self {
        Self { rules }
    }
}

impl Cleaner for EvenSeries {
    fn look(&self, kinds: &[Kind], points: &[PointSpec], equipment: &Equipment) -> Look {
        let interval = self.rules.interval;
        let longest = kinds.iter().filter_map(|kind| kind.interval).max();
        let reach = interval.max(longest.unwrap_or_default());
        let still = points.iter().filter_map(|point| point.frozen.as_ref());
        let looks = still.map(|rule| frozen::look(rule, interval, self.rules.max_gap));
        let filters = points.iter().filter_map(|point| point.hampel);
        let looks = looks.chain(filters.map(|filter| filter.half_width));
        let machines = equipment.checks.iter();
        let looks = looks.chain(machines.map(|check| machine::reach(check, interval)));
        // One bin more: the outermost may be cut, and then its value is another.
        let rules = looks.max().map_or(Span::ZERO, |look| look + interval);
        Look {
            before: rules.max(self.rules.max_gap + reach),
            after: rules.max(self.rules.max_gap + interval),
        }
    }

    fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>> {
        Ok(Box::new(Evening::new(self.rules, stretch)))
    }
}

/// How many settled bins are gathered before they leave: enough that shifting the rest down costs nothing.
const BATCH: usize = 1024;
/// About how many cells they have at most: with thousands of points, bins leave a few at a time.
const BATCH_CELLS: usize = 1 << 20;

struct Evening<'a> {
    rules: EvenRules,
    own: TimeRange,
    schema: &'a DatasetSchema,
    /// How many settled bins leave at a time.
    batch: usize,
    kinds: Vec<(Option<Span>, KindCoverage)>,
    any: AnyCoverage,
    required: Vec<ColumnId>,
    accumulators: Vec<Accumulator>,
    /// For each column, from which unit to which its bins are converted.
    conversions: Vec<Option<(Unit, Unit)>>,
    panel: Panel<'a>,
    verdicts: Verdicts,
    current: Option<OpenBin>,
    /// What the rows that are being taken are to the bins.
    runs: Vec<RowRun>,
    /// Bins without a row, of those that have ended since the columns were filled.
    empty: Vec<EmptyBins>,
    pending: Pending,
    /// Evidence of bins that have left.
    left: Vec<Evidence>,
}

/// The bin that the accumulators fill.
#[derive(Debug, Clone, Copy)]
struct OpenBin {
    start: Instant,
    flags: FlagSet,
    /// Whether a sample covers any of it.
    sampled: bool,
}

/// Rows of one bin, and what ends with them: a column is filled with all its runs before the next one is, so that its numbers are
/// close together.
#[derive(Debug, Default)]
struct RowRun {
    rows: Range<usize>,
    /// How many bins end after them: none, or theirs and the empty ones behind it.
    bins: usize,
}

/// Bins without a row, from the first on up to the next row: it puts them on the axis.
#[derive(Debug, Clone, Copy)]
struct EmptyBins {
    first: Instant,
    next_row: Instant,
}

/// Places reached in the sparse lists of a [`MergedRows`].
#[derive(Debug, Default)]
struct SparsePlaces {
    kind_row: usize,
    extreme: usize,
}

impl<'a> Evening<'a> {
    fn new(rules: EvenRules, stretch: Stretch<'a>) -> Self {
        let coverage = Rules {
            bin: rules.interval,
            max_gap: rules.max_gap,
            enough: enough(rules.min_coverage, rules.interval),
        };
        let points = stretch.points;
        let columns = (0..points.len()).map(ColumnId::new);
        Self {
            rules,
            own: stretch.own,
            schema: stretch.schema,
            batch: (BATCH_CELLS / points.len().max(1)).clamp(1, BATCH),
            kinds: stretch
                .kinds
                .iter()
                .map(|kind| (kind.interval, KindCoverage::new(kind, coverage)))
                .collect(),
            any: AnyCoverage::new(),
            required: columns.filter(|column| points[*column].required).collect(),
            accumulators: points
                .iter()
                .map(|point| Accumulator::new(point.aggregation))
                .collect(),
            conversions: points.iter().map(conversion).collect(),
            panel: Panel::new(stretch, rules.interval, rules.max_gap),
            verdicts: Verdicts::default(),
            current: None,
            runs: Vec::new(),
            empty: Vec::new(),
            pending: Pending {
                starts: Vec::new(),
                flags: Vec::new(),
                columns: vec![Vec::new(); points.len()],
                months: Vec::new(),
                month: Month::of(Instant::EPOCH),
                judged: 0,
                evidence: Vec::new(),
                own: stretch.own,
            },
            left: Vec::new(),
        }
    }

    /// Ends the current bin and begins the one at `start`, that of the next row, with the empty bins between them.
    fn step(&mut self, start: Instant, next_row: Instant) {
        if let Some(previous) = self.current {
            let first = previous.start + self.rules.interval;
            self.end_bin(first);
            if first < start && start - first <= self.rules.max_gap {
                self.empty.push(EmptyBins { first, next_row });
                let mut empty = first;
                while empty < start {
                    self.begin_bin(empty);
                    self.end_bin(next_row);
                    empty += self.rules.interval;
                }
            }
        }
        self.begin_bin(start);
    }

    fn begin_bin(&mut self, start: Instant) {
        self.current = Some(OpenBin {
            start,
            flags: FlagSet::CLEAN,
            sampled: self.any.reaches(start),
        });
    }

    /// Puts the current bin on the axis, as is certain from `known_at` on.
    fn end_bin(&mut self, known_at: Instant) {
        let Some(current) = self.current.take() else {
            return;
        };
        let pending = &mut self.pending;
        pending.starts.push(current.start);
        if !pending.month.range().contains(current.start) {
            pending.month = Month::of(current.start);
        }
        let owned = self.own.contains(current.start);
        pending.months.push(owned.then_some(pending.month));
        pending.flags.push(current.flags);
        if !current.sampled {
            pending.flag(row(current.start, None, Rule::NoSample, known_at));
        }
        if let Some(run) = self.runs.last_mut() {
            run.bins += 1;
        }
    }

    /// Fills the columns of the bins that have ended with the rows of the runs.
    fn fill(&mut self, rows: &[Vec<f64>]) {
        let runs = std::mem::take(&mut self.runs);
        let pending = &mut self.pending;
        let first = pending.starts.len() - runs.iter().map(|run| run.bins).sum::<usize>();
        let mut lost = Vec::new();
        for (column, accumulator) in self.accumulators.iter_mut().enumerate() {
            let rows = rows.get(column).map_or(&[][..], Vec::as_slice);
            let bins = &mut pending.columns[column];
            // A copy, which stays in the processor's registers.
            let mut filling = *accumulator;
            for run in &runs {
                filling.take(&rows[run.rows.clone()]);
                if run.bins > 0 {
                    bins.push(filling.finish());
                    bins.extend(std::iter::repeat_n(f64::NAN, run.bins - 1));
                }
            }
            *accumulator = filling;
            let units = self.conversions[column];
            let ended = &mut bins[first..];
            if units.is_none() && !any(ended, is_too_large) {
                continue;
            }
            for (start, bin) in pending.starts[first..].iter().zip(ended) {
                let converted = units.and_then(|(from, to)| from.convert(*bin, to));
                let converted = converted.unwrap_or(*bin);
                // What is a number in the report's unit can be none in the dataset's.
                if is_too_large(converted) {
                    let end = *start + self.rules.interval;
                    lost.push(too_large(*start, end, ColumnId::new(column), *bin));
                    *bin = f64::NAN;
                } else {
                    *bin = converted;
                }
            }
        }
        for column in &self.required {
            let bins = pending.starts.iter().zip(&pending.columns[*column]);
            let empty = bins.skip(first).filter(|(_, value)| value.is_nan());
            lost.extend(empty.map(|(start, _)| {
                let known_at = certain_from(&self.empty, *start, self.rules.interval);
                row(*start, Some(*column), Rule::Required, known_at)
            }));
        }
        for evidence in lost {
            pending.flag(evidence);
        }
        self.empty.clear();
        self.runs = runs;
        self.runs.clear();
    }

    /// Notes what the rows `range` of `rows`, all of the current bin, say beside their numbers.
    fn note(&mut self, rows: &MergedRows, range: Range<usize>, places: &mut SparsePlaces) {
        while let Some(kind_row) = rows.kind_rows.get(places.kind_row) {
            if kind_row.row >= range.end {
                break;
            }
            places.kind_row += 1;
            self.cover(rows.times[kind_row.row], kind_row.kind, kind_row.sample);
        }
        while let Some(extreme) = rows.extremes.get(places.extreme) {
            if extreme.row >= range.end {
                break;
            }
            places.extreme += 1;
            if let Some(current) = &mut self.current {
                current.flags.insert(Flag::Outlier);
                if self.own.contains(current.start) {
                    let end = current.start + self.rules.interval;
                    let evidence = too_large(current.start, end, extreme.column, extreme.value);
                    self.pending.evidence.push(evidence);
                }
            }
        }
    }

    /// A row of `kind`: its sample covers, and its silence before may show.
    fn cover(&mut self, time: Instant, kind: KindId, sample: bool) {
        let (interval, coverage) = &mut self.kinds[kind];
        if sample {
            self.any.sample(time, *interval);
            if let Some(current) = &mut self.current {
                current.sampled = true;
            }
        }
        let pending = &mut self.pending;
        let min_coverage = self.rules.min_coverage;
        coverage.row(time, sample, &mut |bin, known_at| {
            pending.thin(bin, known_at, min_coverage);
        });
    }

    /// How many of the pending bins no later row can change.
    fn settled(&mut self, front: Instant) -> usize {
        let pending = &mut self.pending;
        let min_coverage = self.rules.min_coverage;
        let mut unsettled = Instant::MAX;
        for (_, coverage) in &mut self.kinds {
            coverage.pass(front, &mut |bin, known_at| {
                pending.thin(bin, known_at, min_coverage);
            });
            unsettled = unsettled.min(coverage.unsettled_from().unwrap_or(Instant::MAX));
        }
        // The bin of `front` may be under way; those before it are done.
        self.judge(front.floor(self.rules.interval));
        let starts = &self.pending.starts;
        unsettled = unsettled.min(self.panel.needed_from(starts).unwrap_or(Instant::MAX));
        starts.partition_point(|start| *start < unsettled)
    }

    /// Shows the rules the bins that they have not seen; no later one starts before `front`.
    fn judge(&mut self, front: Instant) {
        let pending = &mut self.pending;
        let bins = Bins {
            starts: &pending.starts,
            columns: &pending.columns,
            months: &pending.months,
        };
        let new = pending.judged..pending.starts.len();
        let mut found = Vec::new();
        let mut find = |evidence| found.push(evidence);
        self.panel.push(bins, new.clone(), front, &mut find);
        pending.judged = new.end;
        for evidence in found {
            pending.flag(evidence);
        }
    }

    /// Lets the first `count` pending bins go; those of them that are ours to write, as a record batch.
    fn release(&mut self, count: usize) -> Result<Option<RecordBatch>> {
        let leaving = &self.pending.starts[..count];
        let from = leaving.partition_point(|start| *start < self.own.start);
        let to = leaving.partition_point(|start| *start < self.own.end);
        self.pending.judged -= count.min(self.pending.judged);
        let batch = (from < to).then(|| self.batch(from..to)).transpose()?;
        let pending = &mut self.pending;
        if let Some(last) = pending.starts[..count].last().copied() {
            let (leaving, staying) = std::mem::take(&mut pending.evidence)
                .into_iter()
                .partition(|evidence| evidence.time <= last);
            pending.evidence = staying;
            self.left.extend(sorted(leaving));
        }
        pending.starts.drain(..count);
        pending.flags.drain(..count);
        pending.months.drain(..count);
        for column in &mut pending.columns {
            column.drain(..count);
        }
        Ok(batch)
    }

    fn batch(&self, range: Range<usize>) -> Result<RecordBatch> {
        let starts = self.pending.starts[range.clone()].iter();
        let starts: Vec<i64> = starts.map(|start| start.nanos()).collect();
        let flags = &self.pending.flags[range.clone()];
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(TimestampNanosecondArray::from(starts).with_timezone("UTC")),
            flag_lists(flags),
        ];
        for column in &self.pending.columns {
            columns.push(Arc::new(with_nulls(&column[range.clone()])));
        }
        RecordBatch::try_new(self.schema.arrow(), columns).map_err(|error| {
            Error::bug(format!("the cleaner's rows do not fit the schema: {error}"))
        })
    }
}

impl Cleaning for Evening<'_> {
    fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>> {
        let mut places = SparsePlaces::default();
        // What ends before the first of these rows.
        self.runs.push(RowRun::default());
        let mut from = 0;
        while let Some(first) = rows.times.get(from) {
            let start = first.floor(self.rules.interval);
            let end = start + self.rules.interval;
            let to = from + rows.times[from..].partition_point(|time| *time < end);
            if self.current.is_none_or(|current| current.start != start) {
                self.step(start, *first);
            }
            self.note(rows, from..to, &mut places);
            self.runs.push(RowRun {
                rows: from..to,
                bins: 0,
            });
            from = to;
        }
        self.fill(&rows.columns);
        match rows.times.last() {
            Some(front) if self.pending.starts.len() >= self.batch => {
                let settled = self.settled(*front);
                self.release(if settled >= self.batch { settled } else { 0 })
            }
            _ => Ok(None),
        }
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>> {
        self.runs.push(RowRun::default());
        if let Some(last) = self.current {
            self.end_bin(last.start + self.rules.interval);
        }
        self.fill(&[]);
        let min_coverage = self.rules.min_coverage;
        let pending = &mut self.pending;
        for (_, coverage) in &mut self.kinds {
            coverage.close(&mut |bin, known_at| pending.thin(bin, known_at, min_coverage));
        }
        self.judge(Instant::MAX);
        let Self { panel, pending, .. } = self;
        self.verdicts = panel.finish(&mut |evidence| pending.flag(evidence));
        self.release(self.pending.starts.len())
    }

    fn evidence(&mut self) -> Vec<Evidence> {
        std::mem::take(&mut self.left)
    }

    fn verdicts(&mut self) -> Verdicts {
        std::mem::take(&mut self.verdicts)
    }
}

/// From when on it is certain that the bin at `start`, one of those that have ended, is on the axis and which values it lacks.
fn certain_from(empty: &[EmptyBins], start: Instant, bin: Span) -> Instant {
    let end = start + bin;
    let before = empty.partition_point(|empty| empty.first <= start);
    // The next row of bins before this one is in this one at the latest.
    let next_row = empty[..before].last().map(|empty| empty.next_row);
    next_row.map_or(end, |next_row| next_row.max(end))
}

/// Whether `is` holds for any of `values`. It does not stop at the first one, so that many are looked at at once.
fn any(values: &[f64], is: impl Fn(f64) -> bool) -> bool {
    values.iter().fold(false, |any, value| any | is(*value))
}

fn is_too_large(value: f64) -> bool {
    value.abs() >= EXTREME
}

/// The values as an array; NaN is null, and its place holds 0.0: the contract takes a second look at what is no number.
fn with_nulls(values: &[f64]) -> Float64Array {
    let valid = any(values, f64::is_nan)
        .then(|| BooleanBuffer::collect_bool(values.len(), |at| !values[at].is_nan()));
    let number = |value: &f64| if value.is_nan() { 0.0 } else { *value };
    let numbers: Vec<f64> = values.iter().map(number).collect();
    Float64Array::new(numbers.into(), valid.map(NullBuffer::new))
}

/// From which unit to which a point's bins are converted, if they are.
fn conversion(point: &PointSpec) -> Option<(Unit, Unit)> {
    let (from, to) = (point.unit?, point.dataset_unit()?);
    (from != to).then_some((from, to))
}
