//! Our cleaner: merged rows → an even series with flags.
//!
//! ```text
//! MergedRows ─ bin by bin ─▶ pending bins (values, flags) ─ settled? ─▶ RecordBatch
//!                 ├ what holds, of points that log their changes
//!                 ├ what adds up, of points whose numbers are sums
//!                 ├ coverage of each kind ─▶ INSUFFICIENT_DATA ┤
//!                 ├ rules of each point ──▶ FROZEN, OUTLIER ───┤
//!                 └ rules of the machines ▶ HEAT_IMBALANCE, … ─┘
//! ```
//!
//! Numbers are averaged as the reports have them and converted to the dataset's unit once, when their bin is done.
//!
//! A bin leaves when no later row can change it: a kind that has gone silent may still come back within `max_gap`, and
//! only then is it known that the bins in between lacked it; a point that has stood still for less than its `min_duration` may
//! go on standing still; of a value that holds it may turn out that it did not. Nor does it before the last bin that is judged by its
//! neighbours has looked back on it. So at most about the largest of these is held.

mod columns;
mod restarts;
mod settled;

use super::coverage::{AnyCoverage, KindCoverage, Rules, enough};
use super::held::{Held, HeldPoint};
use super::pending::{Pending, row, too_large};
use super::resample::{Accumulator, Means};
use super::rules::{self, Panel, Verdicts};
use super::summed::SummedPoint;
use super::{Cleaner, Cleaning, Kind, Look, MergedRows, Stretch};
use crate::acquire::NumberColumns;
use crate::error::Result;
use crate::model::{
    ColumnId, DatasetSchema, Equipment, Evidence, Flag, FlagSet, KindId, PointSpec, Rule, Unit,
};
use crate::time::{Instant, Month, Span, TimeRange};
use arrow::record_batch::RecordBatch;
use columns::{EmptyBins, RowRun, conversion, in_dataset_unit};
use restarts::Unsampled;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// What the even series is made by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvenRules {
    /// The length of a bin; divides 24 h.
    pub interval: Span,
    /// The longest stretch without rows that is filled with empty bins.
    pub max_gap: Span,
    /// The share of a bin that an active kind has to cover.
    pub min_coverage: f64,
}

/// Our cleaner: resampling by each point's aggregation onto an unbroken axis.
///
/// ```
/// use trendgate::cleaner::{Cleaner as _, Equipment, EvenRules, EvenSeries};
/// use trendgate::time::{HOUR, MINUTE};
///
/// let cleaner = EvenSeries::new(EvenRules {
///     interval: MINUTE.times(15),
///     max_gap: HOUR,
///     min_coverage: 0.5,
/// });
/// assert!(cleaner.look(&[], &[], &Equipment::default()).before >= HOUR);
/// ```
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
        let of_rules = rules::reach(points, equipment, self.rules);
        // One bin more: the outermost may be cut, and then its value is another.
        let whole =
            |side: fn(Look) -> Span| of_rules.map_or(Span::ZERO, |look| side(look) + interval);
        // A value holds into each of these bins from as long before it, unless a row as long behind it says that it did not.
        let hold = points.iter().filter_map(|point| point.hold).max();
        let hold = hold.unwrap_or_default();
        // And only a row as far behind it says whether it is on the axis.
        let to_next_row = self.rules.max_gap + interval;
        let held_behind = match hold {
            Span::ZERO => Span::ZERO,
            hold => hold.max(to_next_row),
        };
        Look {
            before: (whole(|look| look.before) + hold).max(self.rules.max_gap + reach),
            after: (whole(|look| look.after) + held_behind).max(to_next_row),
        }
    }

    fn known_after(&self, points: &[PointSpec], equipment: &Equipment) -> BTreeMap<Rule, Span> {
        rules::known_after(points, equipment, self.rules)
    }

    fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>> {
        Ok(Box::new(EvenStretch::new(self.rules, stretch)))
    }
}

/// How many settled bins are gathered before they leave: enough that shifting the rest down costs nothing.
const BATCH: usize = 1024;

/// About how many cells they have at most: with thousands of points, bins leave a few at a time.
const BATCH_CELLS: usize = 1 << 20;

struct EvenStretch<'a> {
    rules: EvenRules,
    own: TimeRange,
    schema: &'a DatasetSchema,
    /// How many settled bins leave at a time.
    batch: usize,
    kinds: Vec<(Option<Span>, KindCoverage)>,
    any: AnyCoverage,
    required: Vec<ColumnId>,
    /// For each column its bin; `None` for those of `timed`.
    accumulators: Vec<Option<Accumulator>>,
    /// Of points whose rows are known row by row.
    means: Means,
    /// The points of which it matters when their samples stand, in the order of their columns.
    timed: Vec<TimedPoint>,
    /// For each column, from which unit to which its bins are converted.
    conversions: Vec<Option<(Unit, Unit)>>,
    panel: Panel<'a>,
    verdicts: Verdicts,
    current: Option<OpenBin>,
    /// What the rows that are being taken are to the bins.
    runs: Vec<RowRun>,
    /// Bins without a row, of those that have ended since the columns were filled.
    empty: Vec<EmptyBins>,
    /// Bins in which nothing but values that may not have held makes a sample, in order.
    unsampled: Vec<Unsampled>,
    pending: Pending,
    /// Evidence of bins that have left.
    left: Vec<Evidence>,
}

/// A point of which it matters when its samples stand.
enum TimedPoint {
    Held(HeldPoint),
    Summed(SummedPoint),
}

impl TimedPoint {
    fn of(column: ColumnId, point: &PointSpec) -> Option<Self> {
        let held = HeldPoint::of(column, point).map(Self::Held);
        held.or_else(|| SummedPoint::of(column, point).map(Self::Summed))
    }

    fn begin_bin(&mut self, start: Instant) {
        match self {
            Self::Held(point) => point.begin_bin(start),
            Self::Summed(point) => point.begin_bin(start),
        }
    }

    /// Its bins that have ended, until they are taken.
    fn bins(&mut self) -> &mut Vec<f64> {
        match self {
            Self::Held(point) => &mut point.bins,
            Self::Summed(point) => &mut point.bins,
        }
    }
}

/// The bin that the accumulators fill.
#[derive(Debug, Clone, Copy)]
struct OpenBin {
    start: Instant,
    flags: FlagSet,
    /// Whether a sample covers any of it.
    sampled: bool,
}

/// Places reached in the sparse lists of a [`MergedRows`].
#[derive(Debug, Default)]
struct SparsePlaces {
    kind_row: usize,
    extreme: usize,
    mark: usize,
}

impl<'a> EvenStretch<'a> {
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
            required: columns
                .clone()
                .filter(|column| points[*column].required)
                .collect(),
            accumulators: points
                .iter()
                .map(|point| Accumulator::of(point.aggregation))
                .collect(),
            means: Means::default(),
            timed: columns
                .filter_map(|column| TimedPoint::of(column, &points[column]))
                .collect(),
            conversions: points.iter().map(conversion).collect(),
            panel: Panel::new(stretch, rules),
            verdicts: Verdicts::default(),
            current: None,
            runs: Vec::new(),
            empty: Vec::new(),
            unsampled: Vec::new(),
            pending: Pending::new(points.len(), stretch.own),
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
        for point in &mut self.timed {
            point.begin_bin(start);
        }
        self.current = Some(OpenBin {
            start,
            flags: FlagSet::CLEAN,
            sampled: self.any.reaches(start),
        });
    }

    /// Puts the current bin on the axis, as is certain from `known_at` on.
    fn end_bin(&mut self, known_at: Instant) {
        let Some(mut current) = self.current.take() else {
            return;
        };
        let end = current.start + self.rules.interval;
        let pending = &mut self.pending;
        if !pending.month.range().contains(current.start) {
            pending.month = Month::of(current.start);
        }
        let owned = self.own.contains(current.start);
        let month = owned.then_some(pending.month);
        let (mut partial, mut holders) = (Vec::new(), 0);
        for point in &mut self.timed {
            match point {
                TimedPoint::Held(point) => match point.end_bin(end) {
                    Held::Nothing => {}
                    Held::Perhaps => holders += 1,
                    Held::Surely => current.sampled = true,
                },
                TimedPoint::Summed(point) => {
                    let found = point.end_bin(current.start, end, month);
                    let units = self.conversions[point.column];
                    partial.extend(found.map(|found| in_dataset_unit(found, units)));
                }
            }
        }
        pending.starts.push(current.start);
        pending.on_axis.push(known_at.max(end));
        pending.months.push(month);
        pending.flags.push(current.flags);
        for evidence in partial {
            pending.flag(evidence);
        }
        match (current.sampled, holders) {
            (true, _) => {}
            (false, 0) => pending.flag(row(current.start, None, Rule::NoSample, known_at)),
            (false, holders) => self.unsampled.push(Unsampled {
                start: current.start,
                known_at,
                holders,
            }),
        }
        if let Some(run) = self.runs.last_mut() {
            run.bins += 1;
        }
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

    /// Shows the points of which it matters when their samples stand the rows `range` of `rows`, all of the current bin.
    fn show(&mut self, rows: &MergedRows, range: Range<usize>, places: &mut SparsePlaces) {
        let marks = &rows.marks[places.mark..];
        let marks = &marks[..marks.partition_point(|mark| mark.row < range.end)];
        places.mark += marks.len();
        for point in &mut self.timed {
            match point {
                TimedPoint::Held(point) => point.take(rows, range.clone(), marks),
                TimedPoint::Summed(point) => point.take(rows, range.clone(), marks),
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
}

impl Cleaning for EvenStretch<'_> {
    fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>> {
        let mut places = SparsePlaces::default();
        // For the bins that end before the first of these rows.
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
            self.show(rows, from..to, &mut places);
            self.runs.push(RowRun {
                rows: from..to,
                bins: 0,
            });
            from = to;
        }
        self.fill(&rows.columns);
        self.undo();
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
        self.fill(&NumberColumns::default());
        self.undo();
        let min_coverage = self.rules.min_coverage;
        let pending = &mut self.pending;
        for (_, coverage) in &mut self.kinds {
            coverage.close(&mut |bin, known_at| pending.thin(bin, known_at, min_coverage));
        }
        self.judge(self.pending.starts.len(), Instant::MAX);
        self.verdicts = self.panel.finish();
        for point in &mut self.timed {
            if let TimedPoint::Summed(point) = point {
                let verdicts = &mut self.verdicts.points[point.column];
                verdicts.insert(Rule::PartialSum, point.finish());
            }
        }
        self.release(self.pending.starts.len())
    }

    fn evidence(&mut self) -> Vec<Evidence> {
        std::mem::take(&mut self.left)
    }

    fn verdicts(&mut self) -> Verdicts {
        std::mem::take(&mut self.verdicts)
    }
}
