//! The books of a batch: every cell of every report in exactly one count.
//!
//! Pure. Enters what the tasks counted; leaves the sums a report and a point, after it has been shown that they add up. What
//! is refused is a batch in which they do not: that is a bug of ours, and nothing of it is committed.

use super::settle::Written;
use crate::acquire::{PointTally, Tally};
use crate::clean::{MergeCounts, Rule, RuleCounts, Weeks};
use crate::error::{Error, ErrorKind, Result};
use crate::month::Month;
use crate::publish::Cells;
use crate::workers::{ColumnStatistics, KeptCounts, Plan, Read, Standing, TaskResult};
use std::collections::BTreeMap;

/// What became of all cells of a batch.
#[derive(Debug, Clone)]
pub(super) struct Books {
    /// For each input of the plan its digest and counts, in their order, in the lists that the tasks made: one list of them all would
    /// have to be copied together.
    inputs: Vec<Vec<(usize, Read)>>,
    /// For each column of the roster the counts over all inputs.
    pub(super) columns: Vec<PointTally>,
    /// What became of the numbers when the reports were merged.
    pub(super) merged: MergeCounts,
    /// For each month, and each column, what its values are.
    values: Vec<(Month, Vec<ColumnStatistics>)>,
    /// For each column what the rules said, month by month.
    verdicts: Vec<BTreeMap<(Rule, i64), RuleCounts>>,
    /// For each check of equipment how close its heats were, by week.
    pub(super) weeks: Vec<Weeks>,
    /// Bins that kept committed cells because a report behind them is gone.
    pub(super) approximate_bins: u64,
    /// The sums over everything.
    pub(super) total: Cells,
}

/// Sums up what the tasks of `plan` counted; what they know of their inputs is taken from them.
pub(super) fn close_books(plan: &Plan, results: &mut [TaskResult]) -> Result<Books> {
    let mut inputs = Vec::new();
    let mut columns = vec![PointTally::default(); plan.roster.len()];
    let mut merged = MergeCounts::default();
    let mut values = Vec::new();
    let mut kept = KeptCounts::default();
    let mut weeks = vec![Weeks::new(); plan.equipment.checks.len()];
    let mut verdicts = vec![BTreeMap::<(Rule, i64), RuleCounts>::new(); plan.roster.len()];
    for result in results {
        add_weeks(&mut weeks, &result.verdicts.weeks);
        merged.merge(result.counts.clone());
        kept.cells += result.kept.cells;
        kept.bins += result.kept.bins;
        kept.gave_way += result.kept.gave_way;
        values.extend(result.months.iter().cloned());
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
        add_inputs(plan, &mut inputs, std::mem::take(&mut result.inputs))?;
    }
    let found = inputs.iter().flatten().map(|(input, _)| *input);
    if !found.eq(0..plan.inputs.len()) {
        return Err(Error::bug("a planned report was read by no task"));
    }
    let total = total(inputs.iter().flatten(), &merged, &kept);
    let books = Books {
        inputs,
        columns,
        merged,
        values,
        verdicts,
        weeks,
        approximate_bins: kept.bins,
        total,
    };
    books.prove(plan)?;
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

/// Adds what one more task knows of its inputs to what the tasks before it know. Tasks follow each other in time as inputs do, so
/// those of its inputs that none of them read come after all that they did.
fn add_inputs(
    plan: &Plan,
    known: &mut Vec<Vec<(usize, Read)>>,
    mut more: Vec<(usize, Read)>,
) -> Result<()> {
    let mut changed = None;
    more.retain(|(input, read)| {
        let ends = |list: &Vec<(usize, Read)>| list.last().is_some_and(|(last, _)| last < input);
        let list = known.partition_point(ends);
        let Some(list) = known.get_mut(list) else {
            return true;
        };
        match list.binary_search_by_key(input, |(input, _)| *input) {
            Ok(place) if list[place].1.sha256 == read.sha256 => list[place].1.merge(read),
            Ok(_) => changed = Some(*input),
            Err(_) => return true,
        }
        false
    });
    if let Some(input) = changed {
        let path = &plan.inputs[input].report.path;
        return Err(
            Error::new(ErrorKind::Changing, "the report changed while it was read").at(path),
        );
    }
    // No list is empty, so that the last of each tells where an input would be.
    if !more.is_empty() {
        known.push(more);
    }
    Ok(())
}

fn total<'a>(
    inputs: impl Iterator<Item = &'a (usize, Read)>,
    merged: &MergeCounts,
    kept: &KeptCounts,
) -> Cells {
    let mut total = Cells {
        input: kept.cells,
        gave_way: kept.gave_way,
        used: merged.used,
        equal_duplicates: merged.equal_duplicates,
        conflict_losers: merged.conflict_losers,
        ..Cells::default()
    };
    for (_, read) in inputs {
        let (tally, cells) = (read.tally(), read.cells());
        total.input += tally.cells;
        total.rejected += tally.rejected_cells;
        total.missing += cells.missing.values().sum::<u64>();
        total.unrecognised += cells.unrecognised;
        total.unit_mismatch += cells.unit_mismatch;
        total.not_finite += cells.not_finite;
    }
    total
}

/// For each of so many columns what its values are in the months that the version writes, given those of all months in order.
pub(super) fn values_of(
    months: &[(Month, Vec<ColumnStatistics>)],
    columns: usize,
    written: &Written,
) -> Vec<ColumnStatistics> {
    let mut sums = vec![ColumnStatistics::default(); columns];
    let mut end = i64::MAX;
    for (month, columns) in months.iter().filter(|(month, _)| written.has(*month)) {
        let follows = !written.is_interrupted(end, month.start());
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
    /// For each input of the plan its digest and counts.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Read> + Clone {
        self.inputs.iter().flatten().map(|(_, read)| read)
    }

    /// For each column what its values are in the months that the version writes.
    pub(super) fn values(&self, written: &Written) -> Vec<ColumnStatistics> {
        values_of(&self.values, self.columns.len(), written)
    }

    /// For each column what the rules said of those months.
    pub(super) fn verdicts(&self, written: &Written) -> Vec<BTreeMap<Rule, RuleCounts>> {
        let sum = |counts: &BTreeMap<(Rule, i64), RuleCounts>| {
            let mut sums = BTreeMap::<Rule, RuleCounts>::new();
            for ((rule, month), counts) in counts {
                let sum = sums.entry(*rule).or_default();
                if written.has(Month::of(*month)) {
                    sum.merge(counts);
                }
            }
            sums
        };
        self.verdicts.iter().map(sum).collect()
    }

    /// What each rule said of each of those months, over all points.
    pub(super) fn monthly(&self, written: &Written) -> BTreeMap<(Rule, i64), RuleCounts> {
        let mut sums = BTreeMap::<(Rule, i64), RuleCounts>::new();
        for ((rule, month), counts) in self.verdicts.iter().flatten() {
            if written.has(Month::of(*month)) {
                sums.entry((*rule, *month)).or_default().merge(counts);
            }
        }
        sums
    }

    /// The columns that have a number in one of the reports.
    pub(super) fn alive<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        let points = plan.roster.iter().zip(&self.columns);
        let heard = points.filter(|(_, tally)| tally.numbers > 0);
        heard.map(|(spec, _)| spec.column.as_str())
    }

    /// Shows that no cell and no row is lost.
    fn prove(&self, plan: &Plan) -> Result<()> {
        let unequal = |what: &str, input: u64, counted: u64| {
            Error::bug(format!(
                "{what}: {input} in the reports, {counted} accounted for"
            ))
            .hint("nothing was committed; please report this with the reports that it happened on")
        };
        if self.total.input != self.total.accounted() {
            return Err(unequal("cells", self.total.input, self.total.accounted()));
        }
        for (read, input) in self.inputs().zip(&plan.inputs) {
            // Of a known report only the rows of the months that are made again are counted.
            if input.standing == Standing::Committed {
                continue;
            }
            let Tally {
                rows,
                rejected_rows,
                ..
            } = read.tally();
            if rows + rejected_rows != read.rows_seen {
                let error = unequal("rows", read.rows_seen, rows + rejected_rows);
                return Err(error.at(&input.report.path));
            }
        }
        Ok(())
    }
}
