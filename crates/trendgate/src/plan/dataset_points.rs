//! What holds for the whole dataset: its kinds of report, and its points with the rules that judge them. No I/O.
//!
//! Enters: the shapes of all reports of the dataset, whether they are read or not. Leaves: [`DatasetPoints`]. A point's rules follow from
//! *all* its reports (how often they log it, whether any of them has a number for it), so a batch that read only its own would
//! judge a month differently than one that read everything. So too the values of a point hold, in all its reports, if one of them logs its
//! changes alone and has no grid of its own. What is refused: two points that become one column, a column name that is reserved, a resample
//! interval finer than the finest kind's, and sums of which it is not known over which time they are, or that bins cannot hold.

use super::sums::SumIntervals;
use crate::acquire::{DialectId, Report, ReportPoint};
use crate::clean::{Cleaner, Kind, Look, fit_to_trend};
use crate::error::{Error, Result};
use crate::model::{ColumnId, Equipment, KindId, PointId, PointSpec};
use crate::roster::Description;
use crate::time::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What a report says of itself that others have to reckon with.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    /// Its points.
    pub points: &'a [ReportPoint],
    /// Its stated interval.
    pub interval: Option<Span>,
    /// The dialect of its text.
    pub dialect: DialectId,
    /// The entry of the configuration that describes it, if its text has one value a line.
    pub entry: Option<&'a str>,
}

impl<'a> Shape<'a> {
    /// The shape of a report that was looked at.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        Self {
            points: &report.points,
            interval: report.interval,
            dialect: report.dialect,
            entry: report.entry(),
        }
    }
}

/// The kinds and the points of a dataset.
#[derive(Debug, Clone)]
pub struct DatasetPoints {
    /// The kinds of report.
    pub kinds: Vec<Kind>,
    /// The points, sorted by column.
    pub roster: Vec<PointSpec>,
    /// What is checked of the equipment.
    pub equipment: Equipment,
    column_of: BTreeMap<PointId, ColumnId>,
    kind_of: BTreeMap<KindKey, KindId>,
}

/// What the reports of a kind have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum KindKey {
    /// A header with these columns, and an interval.
    Header(Vec<ColumnId>, Option<Span>),
    /// One value a line, in a text of this dialect or as this entry describes it, and an interval.
    Entries(DialectId, Option<String>, Option<Span>),
}

impl DatasetPoints {
    /// Those of the reports of these shapes. The columns in `dead` are not required, whatever the description says.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): see the head of this module.
    pub fn new(
        shapes: &[Shape<'_>],
        site: Description<'_>,
        dead: &BTreeSet<String>,
    ) -> Result<Self> {
        let shapes = each_once(shapes);
        let ids: BTreeSet<PointId> = shapes
            .iter()
            .flat_map(|shape| shape.points.iter().map(|point| point.id.clone()))
            .collect();
        let mut roster = site.points.roster(ids)?;
        for spec in &mut roster {
            spec.required &= !dead.contains(&spec.column);
            if spec.change_of_value {
                hold(spec, site.max_hold)?;
            }
        }
        let columns = roster.iter().enumerate();
        let mut points = Self {
            column_of: columns
                .map(|(column, spec)| (spec.id.clone(), ColumnId::new(column)))
                .collect(),
            kinds: Vec::new(),
            kind_of: BTreeMap::new(),
            equipment: Equipment::default(),
            roster,
        };
        let mut sums = SumIntervals::default();
        for shape in &shapes {
            let columns = points.columns(*shape).ok_or_else(without_column)?;
            sums.add(&points.roster, *shape, &columns);
            apply_trends(&mut points.roster, *shape, &columns, site.max_hold)?;
        }
        sums.settle(&mut points.roster, site.resample_interval)?;
        for shape in shapes {
            points.add(shape)?;
        }
        points.refuse_upsampling(site)?;
        points.equipment = site.checks(&points.roster)?;
        Ok(points)
    }

    /// The kind of a report of this shape, and for each of its points the column of the roster.
    #[must_use]
    pub(crate) fn place(&self, shape: Shape<'_>) -> Option<(KindId, Vec<ColumnId>)> {
        let columns = self.columns(shape)?;
        let kind = self.kind_of.get(&self.key(shape, &columns))?;
        Some((*kind, columns))
    }

    /// How far a cleaner looks in this dataset.
    #[must_use]
    pub fn look(&self, cleaner: &dyn Cleaner) -> Look {
        cleaner.look(&self.kinds, &self.roster, &self.equipment)
    }

    /// For how long a value of any point of a report of this shape holds at the most.
    #[must_use]
    pub(crate) fn longest_hold(&self, shape: Shape<'_>) -> Span {
        let columns = self.columns(shape).unwrap_or_default();
        let holds = columns
            .iter()
            .filter_map(|column| self.roster[*column].hold);
        holds.max().unwrap_or_default()
    }

    /// The columns that are required.
    #[must_use]
    pub(crate) fn required(&self) -> BTreeSet<String> {
        let required = self.roster.iter().filter(|spec| spec.required);
        required.map(|spec| spec.column.clone()).collect()
    }

    /// Those of the columns `required` that a report of this shape has.
    #[must_use]
    pub(crate) fn required_of<'c>(
        &self,
        shape: Shape<'_>,
        required: &'c BTreeSet<String>,
    ) -> Vec<&'c str> {
        let columns = shape.points.iter();
        let columns = columns.filter_map(|point| self.column_of.get(&point.id));
        let names = columns.filter_map(|column| required.get(&self.roster[*column].column));
        names.map(String::as_str).collect()
    }

    /// The points that both have and judge differently.
    #[must_use]
    pub(crate) fn judged_differently(&self, other: &Self) -> BTreeSet<PointId> {
        let differs = |id: &&PointId| {
            let (ours, theirs) = (self.rules_of(id), other.rules_of(id));
            theirs.is_some() && ours != theirs
        };
        self.column_of.keys().filter(differs).cloned().collect()
    }

    /// All that decides how a point is judged: its own description, and that of the point that it runs by. The place of the latter is
    /// left out: it changes with every point that comes before it.
    /// A check of equipment needs a value of each of its points, so its coming and going changes no bin without them.
    fn rules_of(&self, id: &PointId) -> Option<(PointSpec, Option<f64>, Option<PointSpec>)> {
        let placeless = |column: ColumnId| PointSpec {
            running: None,
            ..self.roster[column].clone()
        };
        let column = *self.column_of.get(id)?;
        let running = self.roster[column].running;
        let state = running.and_then(|running| running.column);
        Some((
            placeless(column),
            running.map(|running| running.rest),
            state.map(placeless),
        ))
    }

    fn columns(&self, shape: Shape<'_>) -> Option<Vec<ColumnId>> {
        let columns = shape.points.iter();
        columns
            .map(|point| self.column_of.get(&point.id).copied())
            .collect()
    }

    fn add(&mut self, shape: Shape<'_>) -> Result<()> {
        let columns = self.columns(shape).ok_or_else(without_column)?;
        let interval = self.interval(shape, &columns);
        let key = self.key(shape, &columns);
        let next = KindId::new(self.kinds.len());
        let kind = self.kind_of.entry(key);
        let kind = *kind.or_insert(next);
        if kind == next {
            self.kinds.push(Kind {
                columns: Vec::new(),
                interval,
            });
        }
        let all = &mut self.kinds[kind].columns;
        all.extend(columns);
        all.sort_unstable();
        all.dedup();
        Ok(())
    }

    /// What the reports of this shape have in common with others of their kind.
    fn key(&self, shape: Shape<'_>, columns: &[ColumnId]) -> KindKey {
        match shape.dialect.has_entries() {
            false => KindKey::Header(sorted(columns), shape.interval),
            true => {
                let entry = shape.entry.map(str::to_owned);
                KindKey::Entries(shape.dialect, entry, shape.interval)
            }
        }
    }

    /// The interval of a report: its own, or what the configuration states of all its points.
    fn interval(&self, shape: Shape<'_>, columns: &[ColumnId]) -> Option<Span> {
        match shape.dialect.has_entries() {
            // Which points a text has says nothing of their kind.
            true => shape.interval,
            false => shape.interval.or_else(|| self.stated_of_all(columns)),
        }
    }

    /// The interval that the configuration states of all these points, those aside whose values hold.
    fn stated_of_all(&self, columns: &[ColumnId]) -> Option<Span> {
        let specs = columns.iter().map(|column| &self.roster[*column]);
        let mut stated = specs
            .filter(|spec| spec.hold.is_none())
            .map(|spec| spec.interval);
        let first = stated.next()?;
        first.filter(|_| stated.all(|interval| interval == first))
    }

    fn refuse_upsampling(&self, site: Description<'_>) -> Result<()> {
        let finest = self.kinds.iter().filter_map(|kind| kind.interval).min();
        match finest {
            Some(finest) if finest > site.resample_interval && !site.allow_upsample => {
                Err(Error::config(format!(
                    "cleaner.resample_interval is {}, but the finest report has a row every {finest}",
                    site.resample_interval
                ))
                .hint(format!(
                    "use --resample {finest} (or set cleaner.resample_interval: {finest}); cleaner.allow_upsample: true \
                     accepts bins without a row of their own"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// The shapes in the order in which they come first. Only lists of points that are shared are known to be the same.
fn each_once<'a>(shapes: &[Shape<'a>]) -> Vec<Shape<'a>> {
    let mut seen = BTreeSet::new();
    let first = |shape: &&Shape<'a>| {
        seen.insert((
            shape.points.as_ptr(),
            shape.points.len(),
            shape.interval,
            shape.dialect,
            shape.entry,
        ))
    };
    shapes.iter().filter(first).copied().collect()
}

fn without_column() -> Error {
    Error::bug("a point of a report has no column")
}

/// Lets the values of a point hold until the next one, and for `max_hold` at the most.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) for one whose numbers are to be added up.
fn hold(spec: &mut PointSpec, max_hold: Span) -> Result<()> {
    spec.aggregation = spec.aggregation.held().ok_or_else(|| {
        let name = spec.id.to_string();
        Error::config(format!(
            "the point {name:?} is to be added up (agg: sum) and logs its changes of value, which are no sums over a time"
        ))
        .hint(format!(
            "under cleaner.points state the `interval` that each of its numbers is a sum over, or another agg: `{name:?}: {{agg: last}}`"
        ))
    })?;
    spec.hold = Some(max_hold);
    Ok(())
}

fn sorted(columns: &[ColumnId]) -> Vec<ColumnId> {
    let mut columns = columns.to_vec();
    columns.sort_unstable();
    columns
}

/// What a report says of how often its points are logged.
fn apply_trends(
    roster: &mut [PointSpec],
    shape: Shape<'_>,
    columns: &[ColumnId],
    max_hold: Span,
) -> Result<()> {
    for (point, column) in shape.points.iter().zip(columns) {
        let spec = &mut roster[*column];
        let changes_only = point.trend.changes_only() && spec.interval.is_none();
        spec.change_of_value |= changes_only;
        // In a report with a grid every row is a sample, and says that the value is still the same.
        if changes_only && shape.interval.is_none() {
            hold(spec, max_hold)?;
        }
        if let Some(own) = spec.interval.or(said_interval(point, shape)) {
            fit_to_trend(spec, own);
        }
    }
    Ok(())
}

/// How often a point of a report is logged, as that says: no more often than the report has rows.
pub(super) fn said_interval(point: &ReportPoint, shape: Shape<'_>) -> Option<Span> {
    point.trend.interval.max(shape.interval)
}
