//! The books of a batch: every cell of every report in exactly one count.
//!
//! Pure. Enters what the tasks counted; leaves the sums a report and a point, after it has been shown that they add up. What
//! is refused is a batch in which they do not: that is a bug of ours, and nothing of it is committed.

use super::settle::ChangedMonths;
use crate::acquire::PointTally;
use crate::clean::{MergeCounts, Weeks};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DatasetSchema, Rule, RuleCounts};
use crate::partition::ColumnStatistics;
use crate::publish::Cells;
use crate::time::{Instant, Month, TimeRange};
use crate::workers::{KeptCounts, Next, Plan, Read, Reads, Standing, TaskResult};
use std::collections::BTreeMap;

/// What became of all cells of a batch.
#[derive(Debug)]
pub(super) struct Books {
    /// For each task what is known of its inputs.
    reads: Vec<Reads>,
    /// For each column of the roster the counts over all inputs.
    pub(super) columns: Vec<PointTally>,
    /// What became of the numbers when the reports were merged.
    pub(super) merged: MergeCounts,
    /// For each month, and each column, what its values are.
    values: Vec<(Month, Vec<ColumnStatistics>)>,
    /// For each column what the rules said, month by month.
    verdicts: Vec<BTreeMap<(Rule, Month), RuleCounts>>,
    /// For each check of equipment how close its heats were, by week.
    pub(super) weeks: Vec<Weeks>,
    /// Bins that kept committed cells because a report behind them is gone.
    pub(super) approximate_bins: u64,
    /// The sums over everything.
    pub(super) total: Cells,
}

/// Sums up what the tasks of `plan` counted; what they know of their inputs is taken from them.
pub(super) fn close_books(plan: &Plan, results: &mut [TaskResult]) -> Result<Books> {
    let mut reads = Vec::with_capacity(results.len());
    let mut columns = vec![PointTally::default(); plan.roster.len()];
    let mut merged = MergeCounts::default();
    let mut values = Vec::new();
    let mut kept = KeptCounts::default();
    let mut weeks = vec![Weeks::new(); plan.equipment.checks.len()];
    let mut verdicts = vec![BTreeMap::<(Rule, Month), RuleCounts>::new(); plan.roster.len()];
    for result in results {
        add_weeks(&mut weeks, &result.verdicts.weeks);
        merged.merge(result.counts.clone());
        kept.cells += result.kept.cells;
        kept.bins += result.kept.bins;
        kept.gave_way += result.kept.gave_way;
        values.append(&mut result.written.months);
        for (sum, more) in verdicts.iter_mut().zip(&result.verdicts.points) {
            for (rule, counts) in more {
                for (month, counts) in counts.iter() {
                    sum.entry((*rule, month)).or_default().merge(counts);
                }
            }
        }
        for (sum, more) in columns.iter_mut().zip(&result.columns) {
            sum.merge(more);
        }
        reads.push(std::mem::take(&mut result.reads));
    }
    let mut books = Books {
        reads,
        columns,
        merged,
        values,
        verdicts,
        weeks,
        approximate_bins: kept.bins,
        total: Cells::default(),
    };
    books.total = books.add_up(plan, &kept)?;
    Ok(books)
}

fn add_weeks(sums: &mut [Weeks], more: &[Weeks]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        for (week, counts) in more {
            let sum = sum.entry(*week).or_default();
            sum.judged += counts.judged;
            sum.close += counts.close;
        }
    }
}

/// For each column what its values are in the months that the version writes, given those of all months in order.
pub(super) fn values_of(
    months: &[(Month, Vec<ColumnStatistics>)],
    schema: &DatasetSchema,
    written: &ChangedMonths,
) -> Vec<ColumnStatistics> {
    let columns = schema.columns().iter();
    let mut sums: Vec<_> = columns.map(ColumnStatistics::of).collect();
    let mut end = Instant::MAX;
    for (month, columns) in months.iter().filter(|(month, _)| written.has(*month)) {
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

impl Books {
    /// Each input of the plan, which the books are of, with its digest and counts.
    pub(super) fn inputs<'a>(
        &'a self,
        plan: &'a Plan,
    ) -> impl Iterator<Item = Result<(Next, Read)>> + 'a {
        let tasks = plan.tasks.iter().zip(&self.reads);
        let mut tasks: Vec<_> = tasks
            .map(|(task, reads)| (task.inputs.iter().peekable(), reads.again()))
            .collect();
        plan.inputs.each(plan.inputs.ids()).map(move |next| {
            let next = next?;
            let input = next.input;
            let mut all: Option<Read> = None;
            for (inputs, reads) in &mut tasks {
                if inputs.next_if_eq(&input).is_none() {
                    continue;
                }
                let read = reads.of(input)?;
                let read = read.ok_or_else(|| Error::bug("a task has not read its report"))?;
                match &mut all {
                    None => all = Some(read),
                    Some(all) if all.digest == read.digest => all.merge(&read),
                    Some(_) => {
                        let message = "the report changed while it was read";
                        let path = plan.inputs.of(&next)?.report.path;
                        return Err(Error::new(ErrorKind::Changing, message).at(path));
                    }
                }
            }
            let all = all.ok_or_else(|| Error::bug("a planned report was read by no task"))?;
            Ok((next, all))
        })
    }

    /// For each column what its values are in the months that the version writes.
    pub(super) fn values(
        &self,
        schema: &DatasetSchema,
        written: &ChangedMonths,
    ) -> Vec<ColumnStatistics> {
        values_of(&self.values, schema, written)
    }

    /// For each column what the rules said of those months.
    pub(super) fn verdicts(&self, written: &ChangedMonths) -> Vec<BTreeMap<Rule, RuleCounts>> {
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

    /// What each rule said of each of those months, point by point, in the order of the roster.
    pub(super) fn monthly_by_point<'a>(
        &'a self,
        written: &'a ChangedMonths,
    ) -> impl Iterator<Item = impl Iterator<Item = (Rule, Month, &'a RuleCounts)> + 'a> + 'a {
        self.verdicts.iter().map(move |counts| {
            let counts = counts.iter();
            let counts = counts.filter(|((_, month), _)| written.has(*month));
            counts.map(|((rule, month), counts)| (*rule, *month, counts))
        })
    }

    /// The columns that have a number in one of the reports.
    pub(super) fn alive<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        let points = plan.roster.iter().zip(&self.columns);
        let heard = points.filter(|(_, tally)| tally.numbers > 0);
        heard.map(|(spec, _)| spec.column.as_str())
    }

    /// The sums over everything, after it has been shown that no cell and no row is lost.
    fn add_up(&self, plan: &Plan, kept: &KeptCounts) -> Result<Cells> {
        let unequal = |what: &str, input: u64, counted: u64| {
            Error::bug(format!(
                "{what}: {input} in the reports, {counted} accounted for"
            ))
            .hint("nothing was committed; please report this with the reports that it happened on")
        };
        let mut total = Cells {
            input: kept.cells,
            gave_way: kept.gave_way,
            used: self.merged.used,
            equal_duplicates: self.merged.equal_duplicates,
            conflict_losers: self.merged.conflict_losers,
            moved_lost: self.merged.moved_lost,
            ..Cells::default()
        };
        for read in self.inputs(plan) {
            let (input, read) = read?;
            let (tally, cells) = (&read.tally, &read.cells);
            total.input += tally.cells;
            total.rejected += tally.rejected_cells;
            total.missing += cells.missing.values().sum::<u64>();
            total.unrecognised += cells.unrecognised;
            total.unit_mismatch += cells.unit_mismatch;
            total.not_finite += cells.not_finite;
            // Of a known report only the rows of the months that are made again are counted.
            let counted = tally.rows + tally.rejected_rows;
            if counted != read.rows_seen && input.standing() == Standing::New {
                let path = plan.inputs.of(&input)?.report.path;
                return Err(unequal("rows", read.rows_seen, counted).at(path));
            }
        }
        if total.input != total.accounted() {
            return Err(unequal("cells", total.input, total.accounted()));
        }
        Ok(total)
    }
}
