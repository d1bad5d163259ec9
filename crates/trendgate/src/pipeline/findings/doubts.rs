//! What new reports leave in doubt: numbers whose comma can be read in two ways, and rows outside of the range that the report states.
//!
//! Known reports that are read again are left out: of them it was said when they came. So are the points that lose more cells of a report
//! than they may: of them it is said that they do.

use super::losses::loses;
use crate::acquire::is_ambiguous_number;
use crate::error::Result;
use crate::model::ColumnId;
use crate::pipeline::report_accounts::ReportAccounts;
use crate::warning::{EXAMPLES, Warning};
use crate::workers::{Plan, PointLoss, Read, Standing};
use std::collections::BTreeMap;

/// One warning for each of the two, where there is something to say.
pub(in crate::pipeline) fn doubts(plan: &Plan, accounts: &ReportAccounts) -> Result<Vec<Warning>> {
    let mut points: BTreeMap<ColumnId, PointLoss> = BTreeMap::new();
    let mut numbers_in = Vec::new();
    let (mut rows, mut reports, mut ranges) = (0, 0, Vec::new());
    for read in accounts.inputs(plan) {
        let (input, read) = read?;
        let numbers = || in_doubt(&read);
        let has_numbers = numbers().next().is_some();
        if input.standing() != Standing::New || !has_numbers && read.tally.outside_range.is_none() {
            continue;
        }
        let report = plan.inputs.of(&input)?.report;
        for (column, loss) in numbers() {
            points.entry(*column).or_default().merge(loss);
        }
        if has_numbers && numbers_in.len() < EXAMPLES && !numbers_in.contains(&report.path) {
            numbers_in.push(report.path.clone());
        }
        if let (Some(outside), Some(stated)) =
            (read.tally.outside_range, report.layout.stated_range)
        {
            rows += outside.rows;
            reports += 1;
            if ranges.len() < EXAMPLES {
                let path = report.path.display();
                ranges.push(format!("{path} states {stated} and has rows of {outside}"));
            }
        }
    }
    let numbers = (!points.is_empty()).then(|| Warning::AmbiguousNumbers {
        cells: points.values().map(|loss| loss.ambiguous_numbers).sum(),
        files: numbers_in,
        examples: examples(plan, &points),
    });
    let outside = (reports > 0).then_some(Warning::OutsideRange {
        rows,
        reports,
        examples: ranges,
    });
    Ok(numbers.into_iter().chain(outside).collect())
}

/// The points of a report with such numbers.
fn in_doubt(read: &Read) -> impl Iterator<Item = (&ColumnId, &PointLoss)> {
    let few = |loss: &PointLoss| loss.ambiguous_numbers > 0 && !loses(loss, read.tally.rows);
    read.losing.iter().filter(move |(_, loss)| few(loss))
}

/// The first of the points, each with its first texts as far as they are known.
fn examples(plan: &Plan, points: &BTreeMap<ColumnId, PointLoss>) -> Vec<String> {
    let points = points.iter().take(EXAMPLES);
    let example = |(column, loss): (&ColumnId, &PointLoss)| {
        let texts = loss.examples.iter().map(String::as_str);
        let texts = texts.filter(|text| is_ambiguous_number(text.as_bytes()));
        let words: Vec<&str> = texts.take(2).collect();
        let id = &plan.roster[*column].id;
        match words.is_empty() {
            true => id.to_string(),
            false => format!("{id} {}", words.join(" ")),
        }
    };
    points.map(example).collect()
}
