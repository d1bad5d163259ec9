//! What became of every cell of a batch: each in exactly one count, whatever the rows were made of. Pure.
//!
//! Enters: what was counted while the rows were read, merged and written. Leaves: [`Accounts`]. Refuses: counts that do not add up. That
//! is a bug of ours, and nothing of the batch is committed.

use super::changes::ChangedMonths;
use crate::acquire::PointTally;
use crate::clean::{CellConflict, MergeCounts};
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, Rule, RuleCounts};
use crate::partition::{ColumnStatistics, Fall};
use crate::publish::{Cells, Conflict, Conflicts, Conversion, CounterReset, PointStatistics};
use crate::time::{Instant, Month, TimeRange};
use std::collections::BTreeMap;

/// What became of all cells of a batch. Lists of points are in the order of the dataset's columns.
#[derive(Debug)]
pub(in crate::pipeline) struct Accounts {
    points: Vec<PointAccount>,
    /// What became of the numbers when the rows were merged.
    merged: MergeCounts,
    /// For each month, and each column, what its values are.
    values: Vec<(Month, Vec<ColumnStatistics>)>,
    /// For each column what the rules said, month by month; nothing where the rules are not ours.
    verdicts: Vec<BTreeMap<(Rule, Month), RuleCounts>>,
    /// The sums over everything.
    total: Cells,
}

/// What became of the cells of a point.
#[derive(Debug)]
pub(in crate::pipeline) struct PointAccount {
    /// Its name where the rows come from.
    pub(in crate::pipeline) point: String,
    /// Its name in the dataset.
    pub(in crate::pipeline) column: String,
    /// The counts over all inputs.
    pub(in crate::pipeline) cells: PointTally,
    /// What its values went through.
    pub(in crate::pipeline) converted: Option<Conversion>,
    /// What its numbers were multiplied with before.
    pub(in crate::pipeline) scale: Option<f64>,
}

/// What was counted of a batch.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Counts {
    pub(in crate::pipeline) points: Vec<PointAccount>,
    pub(in crate::pipeline) merged: MergeCounts,
    pub(in crate::pipeline) values: Vec<(Month, Vec<ColumnStatistics>)>,
    pub(in crate::pipeline) verdicts: Vec<BTreeMap<(Rule, Month), RuleCounts>>,
    /// All cells that came in, and what became of those that did not come to be merged.
    pub(in crate::pipeline) unmerged: Cells,
}

impl Accounts {
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) where a cell is lost, or counted twice.
    pub(in crate::pipeline) fn new(counts: Counts) -> Result<Self> {
        let Counts {
            points,
            merged,
            values,
            verdicts,
            unmerged,
        } = counts;
        let total = Cells {
            used: merged.used,
            equal_duplicates: merged.equal_duplicates,
            conflict_losers: merged.conflict_losers,
            moved_lost: merged.moved_lost,
            ..unmerged
        };
        if total.input != total.accounted() {
            return Err(unequal("cells", total.input, total.accounted()));
        }
        Ok(Self {
            points,
            merged,
            values,
            verdicts,
            total,
        })
    }

    /// What became of the cells of each point.
    pub(in crate::pipeline) fn points(&self) -> &[PointAccount] {
        &self.points
    }

    /// The sums over everything.
    pub(super) fn total(&self) -> Cells {
        self.total
    }

    /// For each column what its values are in the months that the version writes.
    pub(in crate::pipeline) fn values(
        &self,
        schema: &DatasetSchema,
        written: &ChangedMonths,
    ) -> Vec<ColumnStatistics> {
        let columns = schema.columns().iter();
        let mut sums: Vec<_> = columns.map(ColumnStatistics::of).collect();
        let mut end = Instant::MAX;
        let months = self.values.iter().filter(|(month, _)| written.has(*month));
        for (month, columns) in months {
            let follows = !written.is_interrupted(TimeRange::new(end, month.start()));
            for (sum, more) in sums.iter_mut().zip(columns) {
                if !follows {
                    sum.interrupt();
                }
                sum.merge(more);
            }
            end = month.end();
        }
        sums
    }

    /// For each column what the rules said of those months.
    pub(in crate::pipeline) fn verdicts(
        &self,
        written: &ChangedMonths,
    ) -> Vec<BTreeMap<Rule, RuleCounts>> {
        let sum = |counts: &BTreeMap<(Rule, Month), RuleCounts>| {
            let mut sums = BTreeMap::<Rule, RuleCounts>::new();
            for ((rule, month), counts) in counts {
                let sum = sums.entry(*rule).or_default();
                if written.has(*month) {
                    sum.merge(counts);
                }
            }
            sums
        };
        self.verdicts.iter().map(sum).collect()
    }

    /// What each rule said of each of those months, over all points.
    pub(super) fn monthly(&self, written: &ChangedMonths) -> BTreeMap<(Rule, Month), RuleCounts> {
        let mut sums = BTreeMap::<(Rule, Month), RuleCounts>::new();
        for ((rule, month), counts) in self.verdicts.iter().flatten() {
            if written.has(*month) {
                sums.entry((*rule, *month)).or_default().merge(counts);
            }
        }
        sums
    }

    /// What each rule said of each of those months, point by point.
    pub(super) fn monthly_by_point<'a>(
        &'a self,
        written: &'a ChangedMonths,
    ) -> impl Iterator<Item = (&'a PointAccount, Rule, Month, &'a RuleCounts)> + 'a {
        let points = self.points.iter().zip(&self.verdicts);
        points.flat_map(move |(point, counts)| {
            let counts = counts.iter();
            let counts = counts.filter(|((_, month), _)| written.has(*month));
            counts.map(move |((rule, month), counts)| (point, *rule, *month, counts))
        })
    }

    /// The account of each point, by its column, with what its values are in the months that the version writes.
    pub(super) fn statistics(
        &self,
        schema: &DatasetSchema,
        written: &ChangedMonths,
    ) -> BTreeMap<String, PointStatistics> {
        let values = self.values(schema, written).into_iter();
        let mut verdicts = self.verdicts(written).into_iter();
        let points = self.points.iter().zip(values);
        points
            .map(|(point, values)| {
                let rules = verdicts.next().unwrap_or_default();
                (point.column.clone(), point.statistics(&values, rules))
            })
            .collect()
    }

    /// The numbers that lost against others of the same point and time.
    pub(super) fn conflicts(&self) -> Conflicts {
        let example = |conflict: &CellConflict| Conflict {
            timestamp: conflict.time,
            column: self.points[conflict.column.index()].column.clone(),
            kept: conflict.kept,
            lost: conflict.lost,
        };
        Conflicts {
            cells: self.merged.conflict_losers,
            equal_duplicates: self.merged.equal_duplicates,
            examples: self.merged.examples.iter().map(example).collect(),
        }
    }
}

impl PointAccount {
    fn statistics(
        &self,
        values: &ColumnStatistics,
        rules: BTreeMap<Rule, RuleCounts>,
    ) -> PointStatistics {
        let cells = &self.cells;
        let missing = cells.missing.iter();
        let falls = values.falls.as_deref();
        PointStatistics {
            point: self.point.clone(),
            cells: cells.all(),
            numbers: cells.numbers,
            missing: missing
                .map(|(token, cells)| ((*token).to_owned(), *cells))
                .collect(),
            unrecognised: cells.unrecognised,
            unrecognised_examples: cells
                .unrecognised_examples
                .texts()
                .map(ToOwned::to_owned)
                .collect(),
            unit_mismatch: cells.unit_mismatch,
            not_finite: cells.not_finite,
            statuses: cells.statuses.clone(),
            unknown_units: cells.unknown_units.clone(),
            scale: self.scale,
            dead: cells.numbers == 0,
            converted: self.converted.clone(),
            rules,
            values: values.count,
            min: values.mean().map(|_| values.min),
            max: values.mean().map(|_| values.max),
            mean: values.mean(),
            resets: falls.map(|falls| falls.count),
            reset_examples: falls.map_or_else(Vec::new, |falls| resets(&falls.examples)),
        }
    }
}

/// Where the values of a counter fell.
fn resets(falls: &[Fall]) -> Vec<CounterReset> {
    falls
        .iter()
        .map(|fall| CounterReset {
            timestamp: fall.time,
            before: fall.before,
            after: fall.after,
            roll_over: fall.is_roll_over(),
        })
        .collect()
}

/// Counts that should be equal and are not.
pub(in crate::pipeline) fn unequal(what: &str, input: u64, counted: u64) -> Error {
    Error::bug(format!("{what}: {input} came in, {counted} accounted for"))
        .hint("nothing was committed; please report this with the reports that it happened on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_cell_that_is_lost_or_counted_twice_is_refused() {
        let accounts = |input: u64, missing: u64| {
            Accounts::new(Counts {
                merged: MergeCounts {
                    used: 5,
                    equal_duplicates: 2,
                    conflict_losers: 1,
                    moved_lost: 1,
                    ..MergeCounts::default()
                },
                unmerged: Cells {
                    input,
                    missing,
                    ..Cells::default()
                },
                ..Counts::default()
            })
        };
        assert_eq!(accounts(12, 3).unwrap().total().used, 5);
        for (input, missing) in [(12, 2), (12, 4)] {
            let error = accounts(input, missing).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Bug);
            let expected = format!("cells: 12 came in, {} accounted for", 9 + missing);
            assert_eq!(error.message(), expected);
        }
    }
}
