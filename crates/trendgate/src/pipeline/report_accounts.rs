//! The account of a batch of reports: what the tasks counted, report by report and point by point. Pure.
//!
//! Enters: what each task counted. Leaves: [`ReportAccounts`]. Refuses: a report that another task read differently, and counts that do not
//! add up: no cell and no row is lost.

use super::version::{Accounts, Counts, PointAccount, unequal};
use crate::acquire::{PointTally, Report, TextExamples};
use crate::clean::{ColumnConflicts, MeterDays, Weeks};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{KeptCounts, Read, ReadText, Reads, TaskOutcome};
use crate::model::{ColumnId, PointSpec};
use crate::plan::{Next, Plan, Standing};
use crate::publish::{Cells, Conversion};
use std::collections::BTreeMap;

/// What became of all cells of a batch of reports.
#[derive(Debug)]
pub(super) struct ReportAccounts {
    pub(super) all: Accounts,
    /// For each task what is known of its inputs.
    reads: Vec<Reads>,
    /// For each check of equipment how close its heats were, by week.
    pub(super) weeks: Vec<Weeks>,
    /// For each check of equipment the breaches of a meter, by day.
    pub(super) meters: Vec<MeterDays>,
    /// Of each column that has any, the conflicts between reports.
    pub(super) conflicts: BTreeMap<ColumnId, ColumnConflicts>,
    /// Bins that kept committed cells because a report behind them is gone.
    pub(super) approximate_bins: u64,
}

impl ReportAccounts {
    /// Sums up what the tasks of `plan` counted; what they know of their inputs is taken from them.
    ///
    /// # Errors
    /// [`Changing`](ErrorKind::Changing) for a report that two tasks read differently, [`Bug`](ErrorKind::Bug) where the counts do not add up.
    pub(super) fn of(plan: &Plan, results: &mut [TaskOutcome]) -> Result<Self> {
        let points = plan.roster.len();
        let mut reads = Vec::with_capacity(results.len());
        let mut cells = vec![PointTally::default(); points];
        let mut kept = KeptCounts::default();
        let mut conflicts = BTreeMap::<ColumnId, ColumnConflicts>::new();
        let mut weeks = vec![Weeks::new(); plan.equipment.checks.len()];
        let mut meters = vec![MeterDays::new(); plan.equipment.checks.len()];
        let mut counts = Counts {
            verdicts: vec![BTreeMap::new(); points],
            ..Counts::default()
        };
        for result in results {
            add_weeks(&mut weeks, &result.verdicts.weeks);
            for (sum, more) in meters.iter_mut().zip(&mut result.verdicts.meters) {
                sum.append(more);
            }
            counts.merged.merge(result.counts.clone());
            for (column, more) in std::mem::take(&mut result.conflicts) {
                match conflicts.get_mut(&column) {
                    Some(sum) => sum.merge(more),
                    None => {
                        conflicts.insert(column, more);
                    }
                }
            }
            kept.cells += result.kept.cells;
            kept.bins += result.kept.bins;
            kept.gave_way += result.kept.gave_way;
            counts.values.append(&mut result.written.months);
            for (sum, more) in counts.verdicts.iter_mut().zip(&result.verdicts.points) {
                for (rule, counts) in more {
                    for (month, counts) in counts.iter() {
                        sum.entry((*rule, month)).or_default().merge(counts);
                    }
                }
            }
            for (sum, more) in cells.iter_mut().zip(&result.columns) {
                sum.merge(more);
            }
            reads.push(std::mem::take(&mut result.reads));
        }
        let points = plan.roster.iter().zip(cells);
        counts.points = points.map(|(spec, cells)| account(spec, cells)).collect();
        counts.unmerged = unmerged(plan, &reads, &kept, &mut counts.points)?;
        Ok(Self {
            all: Accounts::new(counts)?,
            reads,
            weeks,
            meters,
            conflicts,
            approximate_bins: kept.bins,
        })
    }

    /// Each input of the plan, which the accounts are of, with its digest and counts.
    pub(super) fn inputs<'a>(
        &'a self,
        plan: &'a Plan,
    ) -> impl Iterator<Item = Result<(Next, Read)>> + 'a {
        inputs(plan, &self.reads)
    }

    /// The columns that have a number in one of the reports.
    pub(super) fn alive(&self) -> impl Iterator<Item = &str> {
        let points = self.all.points().iter();
        let heard = points.filter(|point| point.cells.numbers > 0);
        heard.map(|point| point.column.as_str())
    }
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

fn account(spec: &PointSpec, cells: PointTally) -> PointAccount {
    PointAccount {
        point: spec.id.to_string(),
        column: spec.column.clone(),
        cells,
        converted: conversion(spec),
        scale: spec.scale,
    }
}

/// The conversion that a point's bins went through, if any.
fn conversion(spec: &PointSpec) -> Option<Conversion> {
    let (from, to) = (spec.unit?, spec.dataset_unit()?);
    let (factor, offset) = from.to_base();
    (from != to).then(|| Conversion {
        from: from.symbol().to_owned(),
        to: to.symbol().to_owned(),
        factor,
        offset,
    })
}

/// Each input of the plan with what all tasks together read of it.
fn inputs<'a>(
    plan: &'a Plan,
    reads: &'a [Reads],
) -> impl Iterator<Item = Result<(Next, Read)>> + 'a {
    let tasks = plan.tasks.iter().zip(reads);
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
            all = match all {
                None => Some(read),
                Some(all) => Some(joined(all, read, plan, &next)?),
            };
        }
        let all = all.ok_or_else(|| Error::bug("a planned report was read by no task"))?;
        Ok((next, settled(all, plan, &next)?))
    })
}

/// What two tasks read of an input.
fn joined(mut all: Read, read: Read, plan: &Plan, next: &Next) -> Result<Read> {
    let head_lines = match read.text {
        ReadText::Range { .. } => plan.inputs.of(next)?.report.layout.header_line,
        ReadText::Known { .. } => 0,
    };
    match all.join(read, head_lines) {
        true => Ok(all),
        false => Err(changing(&plan.inputs.of(next)?.report)),
    }
}

/// What all tasks read of an input, whose text is the one that it was when it was planned.
fn settled(mut all: Read, plan: &Plan, next: &Next) -> Result<Read> {
    if matches!(all.text, ReadText::Range { .. }) {
        let input = plan.inputs.of(next)?;
        let known = input.digest.or(input.known_by);
        if !all.settle(&input.report)? {
            return Err(changing(&input.report));
        }
        let digest = all.digest()?;
        let other = known.is_some_and(|known| known != digest);
        if other && !crate::store::skipped("digest:report") {
            return Err(changing(&input.report));
        }
    }
    Ok(all)
}

fn changing(report: &Report) -> Error {
    Error::new(ErrorKind::Changing, "the report changed while it was read").at(&report.path)
}

/// All cells that came in, and what became of those that were not merged, after it has been shown that no row of a report is lost. The points get
/// the first texts that they lost in the order of the reports, which is the same however these were divided among tasks.
fn unmerged(
    plan: &Plan,
    reads: &[Reads],
    kept: &KeptCounts,
    points: &mut [PointAccount],
) -> Result<Cells> {
    for point in &mut *points {
        point.cells.unrecognised_examples = TextExamples::default();
    }
    let mut sums = Cells {
        input: kept.cells,
        gave_way: kept.gave_way,
        ..Cells::default()
    };
    for read in inputs(plan, reads) {
        let (input, read) = read?;
        let (tally, cells) = (&read.tally, &read.cells);
        for (column, loss) in &read.losing {
            let examples = &mut points[column.index()].cells.unrecognised_examples;
            examples.append(&loss.examples);
        }
        sums.input += tally.cells;
        sums.rejected += tally.rejected_cells;
        sums.missing += cells.missing.values().sum::<u64>();
        sums.unrecognised += cells.unrecognised;
        sums.unit_mismatch += cells.unit_mismatch;
        sums.not_finite += cells.not_finite;
        // Of a known report only the rows of the months that are made again are counted.
        let counted = tally.rows + tally.rejected_rows;
        if counted != read.rows_seen && input.standing() == Standing::New {
            let path = plan.inputs.of(&input)?.report.path;
            return Err(unequal("rows", read.rows_seen, counted).at(path));
        }
    }
    Ok(sums)
}
