//! Reports → tasks. No report is opened: everything here follows from the heads and tails that were read before. The list of the reports
//! itself may lie in scratch (see [`Inputs`]), and what is asked of it is read from there.
//!
//! ```text
//! Input, Input, … ─ order (precedence) ─ kinds and columns, by the dataset's points ─ stretches of whole months ─▶ Plan { tasks }
//! ```
//!
//! What is refused is refused by the [`DatasetPoints`] already.

use super::dataset_points::DatasetPoints;
use super::inputs::Inputs;
use super::kept::Kept;
use crate::acquire::{CellRule, TextRange, UnpackedText, Window};
use crate::clean::{Kind, Look};
use crate::error::{Error, Result};
use crate::model::{
    Column, ColumnId, DatasetSchema, Equipment, FormId, InputId, KindId, PointSpec,
};
use crate::time::{Extent, Instant, Month, TimeRange};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// For what is of no kind: a plan has no report of it, so no row is either.
pub(crate) const NO_KIND: KindId = KindId::new(u32::MAX as usize);

/// Which months a plan makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Months {
    /// All months that the inputs have rows in.
    All,
    /// These months.
    Only(BTreeSet<Month>),
}

/// What a run will do.
#[derive(Debug)]
pub struct Plan {
    /// The reports in order of precedence: first timestamp, then digest.
    pub inputs: Inputs,
    /// For each form of report, its kind, and for each of its points the column of the roster; `None` for one that no input has any more.
    pub(super) places: Vec<Option<(KindId, Vec<ColumnId>)>>,
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
    /// The texts in scratch of inputs that several tasks need.
    pub(crate) unpacked: BTreeMap<InputId, UnpackedText>,
}

/// One contiguous stretch of the site's time axis: whole months, so that no part is shared by two tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The rows to write, and those to read around them.
    pub window: Window,
    /// The inputs with rows in the window, in order of precedence.
    pub inputs: Selection,
    /// The lines that are read of those that other tasks need, too, and that need not be read whole.
    pub ranges: BTreeMap<InputId, TextRange>,
}

/// Some inputs, in ascending order: most follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection(Vec<Range<usize>>);

impl Selection {
    /// How many they are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Range::len).sum()
    }

    /// Goes through the inputs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = InputId> + Clone {
        self.0.iter().cloned().flatten().map(InputId::new)
    }
}

impl FromIterator<InputId> for Selection {
    fn from_iter<I: IntoIterator<Item = InputId>>(inputs: I) -> Self {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for input in inputs.into_iter().map(InputId::index) {
            match ranges.last_mut() {
                Some(last) if last.end == input => last.end += 1,
                _ => ranges.push(input..input + 1),
            }
        }
        Self(ranges)
    }
}

/// Reports of one kind, or sharing points, that cover the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// The earlier input.
    pub first: InputId,
    /// The later one.
    pub second: InputId,
    /// From when to when both have rows.
    pub range: Extent,
}

/// Plans the reading of `inputs`, which are settled, in about `tasks` tasks. `points` are those of the whole dataset, these inputs among it; `look`
/// says how far the cleaner looks; `months` which months are made.
///
/// # Errors
/// [`Bug`](crate::ErrorKind::Bug) where an input has none of them.
pub fn plan(
    inputs: Inputs,
    points: DatasetPoints,
    look: Look,
    months: &Months,
    tasks: usize,
) -> Result<Plan> {
    let places: Vec<_> = inputs.forms().map(|shape| points.place(shape)).collect();
    if let Some(lost) = (inputs.ids()).find(|input| places[inputs.form(*input)].is_none()) {
        let path = inputs.get(lost)?.report.path;
        return Err(Error::bug("a report is of no known kind").at(path));
    }
    let tasks = match months {
        Months::All => cut(&inputs, tasks, look),
        Months::Only(months) => cut_months(&inputs, months, tasks, look),
    };
    let DatasetPoints {
        kinds,
        roster,
        equipment,
        ..
    } = points;
    let schema = DatasetSchema::new(roster.iter().map(Column::of).collect())?;
    Ok(Plan {
        inputs,
        places,
        kinds,
        roster,
        equipment,
        schema,
        tasks,
        kept: Vec::new(),
        unpacked: BTreeMap::new(),
    })
}

impl Plan {
    /// The kind of an input.
    #[must_use]
    pub(crate) fn kind_of(&self, input: InputId) -> KindId {
        self.kind(self.inputs.form(input))
    }

    /// The kind of reports of a form.
    pub(crate) fn kind(&self, form: FormId) -> KindId {
        let place = self.places[form].as_ref();
        place.map_or(NO_KIND, |(kind, _)| *kind)
    }

    /// For each point of an input, the column of the roster.
    #[must_use]
    pub(crate) fn columns_of(&self, input: InputId) -> &[ColumnId] {
        self.columns(self.inputs.form(input))
    }

    /// For each point of reports of a form, the column of the roster.
    pub(crate) fn columns(&self, form: FormId) -> &[ColumnId] {
        let place = self.places[form].as_ref();
        place.map_or(&[], |(_, columns)| columns)
    }

    /// How the cells of reports of a form are to be read, point by point.
    pub(crate) fn cell_rules(&self, form: FormId) -> Vec<CellRule> {
        let columns = self.columns(form).iter();
        let specs = columns.map(|column| &self.roster[*column]);
        specs
            .map(|spec| CellRule {
                unit: spec.unit,
                on: spec.on.clone(),
                off: spec.off.clone(),
                words: spec.words.clone(),
                scale: spec.scale,
                left_out: spec.left_out,
            })
            .collect()
    }

    /// From the first to the last time of the reports that a task reads; `None` where there are none.
    #[must_use]
    pub(crate) fn around(&self, task: &Task) -> Option<Extent> {
        Extent::around(task.inputs.iter().map(|input| self.inputs.extent(input)))
    }

    /// Whether tasks read ranges of an input, and not all of it.
    pub(crate) fn is_read_in_ranges(&self, input: InputId) -> bool {
        let mut tasks = self.tasks.iter();
        tasks.any(|task| task.ranges.contains_key(&input))
    }

    /// The bytes that all tasks together will read; what several tasks read of a report counts for each.
    #[must_use]
    pub(crate) fn bytes_to_read(&self) -> u64 {
        let of_task = |task: &Task| -> u64 {
            let inputs = task.inputs.iter();
            let bytes = inputs.map(|input| {
                let range = task.ranges.get(&input);
                range.map_or(self.inputs.bytes(input), |range| {
                    range.share_of(self.inputs.bytes(input))
                })
            });
            bytes.sum()
        };
        let unpacked = self.unpacked.keys().map(|input| self.inputs.bytes(*input));
        self.tasks.iter().map(of_task).sum::<u64>() + unpacked.sum::<u64>()
    }

    /// The UTC months that are written.
    #[must_use]
    pub(crate) fn months(&self) -> Vec<Month> {
        Extent::around(self.inputs.extents()).map_or_else(Vec::new, Month::between)
    }

    /// Inputs that share points and time.
    #[must_use]
    pub(crate) fn overlaps(&self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        let mut open: Vec<InputId> = Vec::new();
        for (second, Extent { first: begin, last }) in self.inputs.ids().zip(self.inputs.extents())
        {
            open.retain(|first| self.inputs.extent(*first).last >= begin);
            for first in &open {
                let columns = self.columns_of(second);
                let share = self.kind_of(*first) == self.kind_of(second)
                    || self.columns_of(*first).iter().any(|c| columns.contains(c));
                if share {
                    let range = Extent::new(begin, self.inputs.extent(*first).last.min(last));
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

/// Groups the months into about `count` stretches; months that do not follow each other are never in one.
fn cut_months(inputs: &Inputs, months: &BTreeSet<Month>, count: usize, look: Look) -> Vec<Task> {
    let most = months.len().div_ceil(count.max(1));
    let mut stretches: Vec<(TimeRange, usize)> = Vec::new();
    for month in months {
        let range = month.range();
        match stretches.last_mut() {
            Some((stretch, held)) if stretch.end == range.start && *held < most => {
                stretch.end = range.end;
                *held += 1;
            }
            _ => stretches.push((range, 1)),
        }
    }
    let tasks = stretches.into_iter();
    tasks.map(|(own, _)| task(inputs, own, look)).collect()
}

/// A stretch with less than this of its share is none of its own: where the time zone puts a few hours into the month before or after,
/// these would have their reports read twice.
const LEAST_OF_SHARE: f64 = 0.1;

/// Cuts the axis at month starts into about `count` stretches of the same number of bytes.
fn cut(inputs: &Inputs, count: usize, look: Look) -> Vec<Task> {
    let Some(extent) = Extent::around(inputs.extents()) else {
        return Vec::new();
    };
    let months = Month::between(extent);
    let weights = weights(inputs, &months);
    let mut starts = vec![Instant::MIN];
    let all: f64 = weights.iter().sum();
    let share = all / as_f64(count.max(1));
    let (mut filled, mut held) = (0.0, 0.0);
    for (month, weight) in months.iter().zip(&weights) {
        // A stretch ends before the month with which it would be further from its share than without it.
        let full = filled + weight / 2.0 > share * as_f64(starts.len());
        let least = share * LEAST_OF_SHARE;
        if full && starts.len() < count && held > least && all - filled > least {
            starts.push(month.start());
            held = 0.0;
        }
        filled += weight;
        held += weight;
    }
    let ends = starts.iter().skip(1).copied().chain([Instant::MAX]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| task(inputs, TimeRange::new(*start, end), look))
        .collect()
}

fn task(inputs: &Inputs, own: TimeRange, look: Look) -> Task {
    let read = own.widened(look.before, look.after);
    let extents = inputs.ids().zip(inputs.extents());
    let inside = extents.filter(|(_, extent)| read.meets(*extent));
    Task {
        inputs: inside.map(|(input, _)| input).collect(),
        window: Window { own, read },
        ranges: BTreeMap::new(),
    }
}

/// The bytes of each month, taking each report's as spread evenly over its time.
fn weights(inputs: &Inputs, months: &[Month]) -> Vec<f64> {
    let mut weights = vec![0.0; months.len()];
    for (input, extent) in inputs.ids().zip(inputs.extents()) {
        let bytes = as_f64(usize::try_from(inputs.bytes(input)).unwrap_or(usize::MAX));
        let Extent { first, last } = extent;
        let from = months.partition_point(|month| month.start() <= first) - 1;
        let length = extent.length().seconds().max(1.0);
        for (index, month) in months.iter().enumerate().skip(from) {
            if month.start() > last {
                break;
            }
            let begin = first.max(month.start());
            let end = last.min(month.end());
            weights[index] += bytes * ((end - begin).seconds() / length).max(1e-9);
        }
    }
    weights
}

#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
