//! The books of a batch: every cell of every report in exactly one count.
//!
//! Pure. Enters what the tasks counted; leaves the sums a report and a point, after it has been shown that they add up. What
//! is refused is a batch in which they do not: that is a bug of ours, and nothing of it is committed.

use super::settle::Written;
use crate::acquire::{Outcome, PointTally, Tally};
use crate::clean::{MergeCounts, Rule, RuleCounts, Weeks};
use crate::error::{Error, ErrorKind, Result};
use crate::month::Month;
use crate::publish::Cells;
use crate::workers::{ColumnStatistics, KeptCounts, Plan, Standing, TaskResult};
use std::collections::BTreeMap;

/// What became of all cells of a batch.
#[derive(Debug, Clone)]
pub(super) struct Books {
    /// For each input of the plan its digest and counts.
    pub(super) inputs: Vec<Outcome>,
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

/// Sums up what the tasks of `plan` counted.
pub(super) fn close_books(plan: &Plan, results: &[TaskResult]) -> Result<Books> {
    let mut inputs: Vec<Option<Outcome>> = vec![None; plan.inputs.len()];
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
        for (input, outcome) in &result.outcomes {
            add_outcome(plan, &mut inputs[*input], *input, outcome)?;
        }
    }
    let inputs: Vec<Outcome> = inputs.into_iter().flatten().collect();
    if inputs.len() != plan.inputs.len() {
        return Err(Error::bug("a planned report was read by no task"));
    }
    let columns = columns(plan, &inputs);
    let total = total(&inputs, &merged, &kept);
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

fn add_outcome(
    plan: &Plan,
    sum: &mut Option<Outcome>,
    input: usize,
    outcome: &Outcome,
) -> Result<()> {
    match sum {
        None => *sum = Some(outcome.clone()),
        Some(sum) if sum.sha256 == outcome.sha256 => sum.tally.merge(&outcome.tally),
        Some(_) => {
            let path = &plan.inputs[input].report.path;
            return Err(
                Error::new(ErrorKind::Changing, "the report changed while it was read").at(path),
            );
        }
    }
    Ok(())
}

fn columns(plan: &Plan, inputs: &[Outcome]) -> Vec<PointTally> {
    let mut columns = vec![PointTally::default(); plan.roster.len()];
    for (outcome, places) in inputs.iter().zip(&plan.columns_of) {
        for (point, column) in outcome.tally.points.iter().zip(places) {
            columns[*column].merge(point);
        }
    }
    columns
}

fn total(inputs: &[Outcome], merged: &MergeCounts, kept: &KeptCounts) -> Cells {
    let mut total = Cells {
        input: kept.cells,
        gave_way: kept.gave_way,
        used: merged.used,
        equal_duplicates: merged.equal_duplicates,
        conflict_losers: merged.conflict_losers,
        ..Cells::default()
    };
    for Outcome { tally, .. } in inputs {
        total.input += tally.cells;
        total.rejected += tally.rejected_cells;
        for point in &tally.points {
            total.missing += point.missing.values().sum::<u64>();
            total.unrecognised += point.unrecognised;
            total.unit_mismatch += point.unit_mismatch;
            total.not_finite += point.not_finite;
        }
    }
    total
}

impl Books {
    /// For each column what its values are in the months that the version writes.
    pub(super) fn values(&self, written: &Written) -> Vec<ColumnStatistics> {
        let mut sums = vec![ColumnStatistics::default(); self.columns.len()];
        let mut end = i64::MAX;
        for (month, columns) in self.values.iter().filter(|(month, _)| written.has(*month)) {
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
        for (outcome, input) in self.inputs.iter().zip(&plan.inputs) {
            // Of a known report only the rows of the months that are made again are counted.
            if input.standing == Standing::Committed {
                continue;
            }
            let Tally {
                rows,
                rejected_rows,
                ..
            } = &outcome.tally;
            if rows + rejected_rows != outcome.rows_seen {
                let error = unequal("rows", outcome.rows_seen, rows + rejected_rows);
                return Err(error.at(&input.report.path));
            }
        }
        Ok(())
    }
}
