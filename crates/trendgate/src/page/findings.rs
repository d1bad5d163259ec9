//! What the rows and the evidence of a snapshot say, day by day and point by point: one walk through them.
//!
//! Enters: a [`Snapshot`], a range, the site's [`Days`]. Leaves: [`RowFindings`]: what the points are (the figures of `trendgate points`),
//! [`DayCounts`] for the maps, the anomalous stretches. Memory holds a number for each point and day, not the rows.

use super::clock::Days;
use super::stretches::{StretchFinder, StretchesByPoint, Together};
use super::walk::{SeriesBin, Visitor, points, walk};
use crate::error::Result;
use crate::model::{Flag, Rule};
use crate::partition::Falls;
use crate::time::{Span, TimeRange};
use crate::verify::{FoundPoints, SitePoints, Snapshot};
use arrow::array::RecordBatch;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is found of a dataset.
#[derive(Debug)]
pub(crate) struct RowFindings {
    /// What its points are.
    pub(crate) points: SitePoints,
    /// What was counted day by day.
    pub(crate) days: DayCounts,
    /// The anomalous stretches, by point (`None`: of whole rows) and anomaly.
    pub(crate) stretches: StretchesByPoint,
    /// Those of several points at the same time, those of most points first.
    pub(crate) together: Vec<Together>,
    /// Where the values of each counter fell, by column.
    pub(crate) falls: BTreeMap<String, Falls>,
}

/// Bins, counted by point and local day.
#[derive(Debug)]
pub(crate) struct DayCounts {
    /// The days.
    pub(crate) days: Days,
    /// Of each day, the rows of the dataset.
    pub(crate) rows: Vec<u32>,
    /// Of each point, day by day, the bins that have a value.
    pub(crate) values: Vec<Vec<u32>>,
    /// By flag, of each point that has it (`None`: whole rows), day by day, the bins that are flagged, by however many rules.
    pub(crate) flagged: BTreeMap<Flag, BTreeMap<Option<usize>, Vec<u32>>>,
    /// By point and rule, day by day, the bins that the rule flags or records.
    pub(crate) by_rule: BTreeMap<(Option<usize>, Rule), Vec<u32>>,
}

struct Finder {
    counts: DayCounts,
    points: FoundPoints,
    stretches: StretchFinder,
}

impl RowFindings {
    /// Reads what is to be found in the rows of `snapshot` that are in `range`.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where a part cannot be read, [`Damaged`](crate::ErrorKind::Damaged) where one is not what it was.
    pub(crate) fn read(
        snapshot: &Snapshot,
        range: TimeRange,
        interval: Span,
        days: Days,
    ) -> Result<Self> {
        let width = points(snapshot).count();
        let length = days.dates().len();
        let mut finder = Finder {
            counts: DayCounts {
                rows: vec![0; length],
                values: vec![vec![0; length]; width],
                flagged: BTreeMap::new(),
                by_rule: BTreeMap::new(),
                days,
            },
            points: FoundPoints::of(snapshot),
            stretches: StretchFinder::new(interval, width),
        };
        walk(snapshot, range, &mut finder)?;
        let falls = finder.points.falls();
        let falls = falls
            .filter(|(_, falls)| falls.count > 0)
            .map(|(name, falls)| (name.to_owned(), falls.clone()));
        let falls = falls.collect();
        let (stretches, together) = finder.stretches.finish();
        Ok(Self {
            points: finder.points.points(snapshot),
            days: finder.counts,
            stretches,
            together,
            falls,
        })
    }
}

impl Visitor for Finder {
    fn rows(&mut self, rows: &RecordBatch, file: &Path) -> Result<()> {
        self.points.take_rows(rows, file)
    }

    fn bin(&mut self, bin: &SeriesBin<'_>) {
        for mark in bin.marks {
            self.points.take_evidence(&mark.row);
        }
        self.counts.take(bin);
        self.stretches.take(bin);
    }
}

impl DayCounts {
    fn take(&mut self, bin: &SeriesBin<'_>) {
        let day = self.days.place(bin.time);
        let length = self.rows.len();
        self.rows[day] += 1;
        for (counts, value) in self.values.iter_mut().zip(bin.values) {
            counts[day] += u32::from(value.is_some());
        }
        let mut flags = BTreeSet::new();
        for mark in bin.marks {
            let by_rule = self.by_rule.entry((mark.point, mark.row.rule));
            by_rule.or_insert_with(|| vec![0; length])[day] += 1;
            flags.extend(mark.row.rule.flag().map(|flag| (flag, mark.point)));
        }
        for (flag, point) in flags {
            let of_flag = self.flagged.entry(flag).or_default();
            of_flag.entry(point).or_insert_with(|| vec![0; length])[day] += 1;
        }
    }
}
