//! Reports → tasks. No I/O: everything here follows from the heads and tails that were read before.
//!
//! ```text
//! Input, Input, … ─ order (precedence) ─ kinds and columns, by the frame ─ stretches of whole months ─▶ Plan { tasks }
//! ```
//!
//! What is refused is refused by the [`Frame`] already.

use super::frame::{Frame, Shape};
use super::kept::Kept;
use crate::acquire::{CellRule, Report, ReportPoint, Window};
use crate::clean::{Kind, Look};
use crate::config::{Equipment, PointSpec};
use crate::contract::{Column, DatasetSchema};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::month::Month;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A report to be read, with its digest where it had to be known beforehand.
#[derive(Debug, Clone)]
pub struct Input {
    /// The report.
    pub report: Report,
    /// The digest of its bytes, if they were read before; the reading has to confirm it.
    pub digest: Option<Digest>,
    /// What it is to the batch.
    pub standing: Standing,
}

/// What a report that is read is to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The dataset does not have it yet.
    New,
    /// The dataset has it; its months are made again.
    Committed,
}

/// Which months a plan makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Months {
    /// All that the inputs have rows in.
    All,
    /// These, by their first instants.
    Only(BTreeSet<i64>),
}

/// What a run will do.
#[derive(Debug)]
pub struct Plan {
    /// The reports in order of precedence: first timestamp, then digest.
    pub inputs: Vec<Input>,
    /// For each input its kind.
    pub kind_of: Vec<usize>,
    /// For each input, for each of its points, the column of the roster.
    pub columns_of: Vec<Arc<[usize]>>,
    /// The kinds of report.
    pub kinds: Vec<Kind>,
    /// The points, sorted by column.
    pub roster: Vec<PointSpec>,
    /// What is checked of the equipment.
    pub equipment: Equipment,
    /// The shape of the dataset's rows.
    pub schema: DatasetSchema,
    /// The tasks, in order of time.
    pub tasks: Vec<Task>,
    /// Committed bins that stand in for reports that are gone.
    pub kept: Vec<Kept>,
}

/// One contiguous stretch of the site's time axis: whole months, so that no part is shared by two tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The rows to write, and those to read around them.
    pub window: Window,
    /// The inputs with rows in the window, in order of precedence.
    pub inputs: Vec<usize>,
}

/// Reports of one kind, or sharing points, that cover the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The earlier input.
    pub first: usize,
    /// The later one.
    pub second: usize,
    /// From when to when both have rows.
    pub range: (i64, i64),
}

/// The inputs whose order of precedence their first timestamps leave open although they share points, and which may even be
/// the same report twice: their digests must be known before planning.
#[must_use]
pub fn ties(reports: &[&Report]) -> Vec<usize> {
    let mut by_start: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (index, report) in reports.iter().enumerate() {
        by_start.entry(report.first).or_default().push(index);
    }
    let shares_points = |group: &[usize]| {
        let mut lists = BTreeSet::new();
        // One list twice is all that has to be known; and only lists that differ need to be looked into.
        if !group
            .iter()
            .all(|index| lists.insert(reports[*index].points.as_ptr()))
        {
            return true;
        }
        let mut seen = BTreeSet::new();
        let mut points = group.iter().flat_map(|index| reports[*index].points.iter());
        !points.all(|point| seen.insert(&point.id))
    };
    let groups = by_start.into_values();
    groups
        .filter(|group| group.len() > 1 && shares_points(group))
        .flatten()
        .collect()
}

/// Plans the reading of `inputs` in about `tasks` tasks. `frame` is that of the whole dataset, these inputs among it; `look`
/// says how far the cleaner looks; `months` which months are made.
///
/// # Errors
/// [`Bug`](crate::ErrorKind::Bug) where an input is not in the frame.
pub fn plan(
    mut inputs: Vec<Input>,
    frame: Frame,
    look: Look,
    months: &Months,
    tasks: usize,
) -> Result<Plan> {
    by_precedence(&mut inputs);
    let mut kind_of = Vec::with_capacity(inputs.len());
    let mut columns_of = Vec::with_capacity(inputs.len());
    let mut places = Places::new();
    for input in &inputs {
        let (kind, columns) = place(&frame, &input.report, &mut places)
            .ok_or_else(|| Error::bug("a report is not in the frame").at(&input.report.path))?;
        kind_of.push(kind);
        columns_of.push(columns);
    }
    drop(places);
    let tasks = match months {
        Months::All => cut(&inputs, tasks, look),
        Months::Only(months) => cut_months(&inputs, months, tasks, look),
    };
    let Frame {
        kinds,
        roster,
        equipment,
        ..
    } = frame;
    let schema = DatasetSchema::new(roster.iter().map(column).collect())?;
    Ok(Plan {
        inputs,
        kind_of,
        columns_of,
        kinds,
        roster,
        equipment,
        schema,
        tasks,
        kept: Vec::new(),
    })
}

/// By list of points and interval: the kind, and the columns.
type Places = BTreeMap<(*const ReportPoint, Option<i64>), (usize, Arc<[usize]>)>;

/// The kind and the columns of a report; those of reports that share their points are looked for once.
fn place(frame: &Frame, report: &Report, places: &mut Places) -> Option<(usize, Arc<[usize]>)> {
    let shape = Shape::of(report);
    let key = (shape.points.as_ptr(), shape.interval);
    if let Some(known) = places.get(&key) {
        return Some(known.clone());
    }
    let (kind, columns) = frame.place(shape)?;
    Some(places.entry(key).or_insert((kind, columns.into())).clone())
}

/// The order in which reports go before each other: first timestamp, then digest.
pub fn by_precedence(inputs: &mut [Input]) {
    inputs.sort_unstable_by(|a, b| {
        let key = |input: &Input| (input.report.first, input.digest);
        (key(a), &a.report.path).cmp(&(key(b), &b.report.path))
    });
}

impl Plan {
    /// How the cells of an input are to be read, point by point.
    #[must_use]
    pub fn cell_rules(&self, input: usize) -> Vec<CellRule> {
        let specs = self.columns_of[input]
            .iter()
            .map(|column| &self.roster[*column]);
        specs
            .map(|spec| CellRule {
                unit: spec.unit,
                on: spec.on.clone(),
                off: spec.off.clone(),
            })
            .collect()
    }

    /// The bytes that all tasks together will read; reports that several tasks look at count for each.
    #[must_use]
    pub fn bytes_to_read(&self) -> u64 {
        let inputs = self.tasks.iter().flat_map(|task| &task.inputs);
        inputs
            .map(|input| self.inputs[*input].report.stamp.bytes)
            .sum()
    }

    /// The UTC months that are written, as the times at which they start.
    #[must_use]
    pub fn months(&self) -> Vec<i64> {
        let first = self.inputs.iter().map(|input| input.report.first).min();
        let last = self.inputs.iter().map(|input| input.report.last).max();
        match (first, last) {
            (Some(first), Some(last)) => months_between(first, last),
            _ => Vec::new(),
        }
    }

    /// Inputs that share points and time.
    #[must_use]
    pub fn overlaps(&self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for (second, input) in self.inputs.iter().enumerate() {
            open.retain(|first| self.inputs[*first].report.last >= input.report.first);
            for first in &open {
                let share = self.kind_of[*first] == self.kind_of[second]
                    || self.columns_of[*first]
                        .iter()
                        .any(|c| self.columns_of[second].contains(c));
                if share {
                    let end = self.inputs[*first].report.last.min(input.report.last);
                    let range = (input.report.first, end);
                    overlaps.push(Overlap {
                        first: *first,
                        second,
                        range,
                    });
                }
            }
            open.push(second);
        }
        overlaps
    }
}

/// The column of a point.
pub(crate) fn column(spec: &PointSpec) -> Column {
    Column {
        name: spec.column.clone(),
        point: spec.id.to_string(),
        unit: spec.dataset_unit().map(|unit| unit.symbol().to_owned()),
        physical_type: spec
            .physical_type
            .map(|physical| physical.name().to_owned()),
        aggregation: spec.aggregation,
    }
}

pub(super) fn months_between(first: i64, last: i64) -> Vec<i64> {
    std::iter::successors(Some(Month::of(first).start()), |month| {
        Some(Month::of(*month).end())
    })
    .take_while(|month| *month <= last)
    .collect()
}

/// Groups the months into about `count` stretches; months that do not follow each other are never in one.
fn cut_months(inputs: &[Input], months: &BTreeSet<i64>, count: usize, look: Look) -> Vec<Task> {
    let most = months.len().div_ceil(count.max(1));
    let mut stretches: Vec<(i64, i64, usize)> = Vec::new();
    for start in months {
        let end = Month::of(*start).end();
        match stretches.last_mut() {
            Some((_, last, held)) if *last == *start && *held < most => {
                *last = end;
                *held += 1;
            }
            _ => stretches.push((*start, end, 1)),
        }
    }
    let tasks = stretches.into_iter();
    tasks
        .map(|(start, end, _)| task(inputs, start, end, look))
        .collect()
}

/// Cuts the axis at month starts into about `count` stretches of the same number of bytes.
fn cut(inputs: &[Input], count: usize, look: Look) -> Vec<Task> {
    let Some(first) = inputs.iter().map(|input| input.report.first).min() else {
        return Vec::new();
    };
    let last = inputs
        .iter()
        .map(|input| input.report.last)
        .max()
        .unwrap_or(first);
    let months = months_between(first, last);
    let weights = weights(inputs, &months);
    let share = weights.iter().sum::<f64>() / as_f64(count.max(1));
    let mut starts = vec![i64::MIN];
    let mut filled = 0.0;
    for (month, weight) in months.iter().zip(&weights) {
        // A stretch ends before the month with which it would be further from its share than without it.
        let full = filled + weight / 2.0 > share * as_f64(starts.len());
        if full && starts.len() < count && *month != months[0] {
            starts.push(*month);
        }
        filled += weight;
    }
    let ends = starts.iter().skip(1).copied().chain([i64::MAX]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| task(inputs, *start, end, look))
        .collect()
}

fn task(inputs: &[Input], start: i64, end: i64, look: Look) -> Task {
    let read = start.saturating_sub(look.before)..end.saturating_add(look.after);
    let inside = |input: &Input| input.report.first < read.end && input.report.last >= read.start;
    Task {
        inputs: (0..inputs.len())
            .filter(|index| inside(&inputs[*index]))
            .collect(),
        window: Window {
            own: start..end,
            read,
        },
    }
}

/// The bytes of each month, taking each report's as spread evenly over its time.
fn weights(inputs: &[Input], months: &[i64]) -> Vec<f64> {
    let mut weights = vec![0.0; months.len()];
    for input in inputs {
        let report = &input.report;
        let bytes = as_f64(usize::try_from(report.stamp.bytes).unwrap_or(usize::MAX));
        let from = months.partition_point(|month| *month <= report.first) - 1;
        let span = seconds(report.last - report.first).max(1.0);
        for (index, month) in months.iter().enumerate().skip(from) {
            if *month > report.last {
                break;
            }
            let begin = report.first.max(*month);
            let end = report.last.min(Month::of(*month).end());
            weights[index] += bytes * (seconds(end - begin) / span).max(1e-9);
        }
    }
    weights
}

#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
