//! What new reports leave in doubt: numbers whose comma can be read in two ways, rows outside of the range that the report states, rows whose day
//! and month were exchanged back, and totals over a time that nothing says.
//!
//! The points that lose more cells of a report than they may are left out: of them it is said that they do.

use super::losses::loses;
use crate::acquire::{Report, is_ambiguous_number};
use crate::execute::{PointLoss, Read};
use crate::model::ColumnId;
use crate::plan::Plan;
use crate::warning::{EXAMPLES, Warning};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is in doubt.
#[derive(Default)]
pub(super) struct Doubts {
    points: BTreeMap<ColumnId, PointLoss>,
    numbers_in: Vec<PathBuf>,
    rows: u64,
    reports: u64,
    ranges: Vec<String>,
    mended: u64,
    with_mended: u64,
    mended_in: Vec<PathBuf>,
    columns: u64,
    with_columns: u64,
    left_out: Vec<String>,
}

impl Doubts {
    /// Adds what a new report leaves in doubt.
    pub(super) fn add(&mut self, report: &Report, read: &Read) {
        let mut any = false;
        for (column, loss) in in_doubt(read) {
            self.points.entry(*column).or_default().append(loss);
            any = true;
        }
        let files = &mut self.numbers_in;
        if any && files.len() < EXAMPLES && !files.contains(&report.shown()) {
            files.push(report.shown());
        }
        if let (Some(outside), Some(stated)) =
            (read.tally.outside_range, report.layout.stated_range)
        {
            self.rows += outside.rows;
            self.reports += 1;
            if self.ranges.len() < EXAMPLES {
                let path = report.shown();
                let path = path.display();
                let range = format!("{path} states {stated} and has rows of {outside}");
                self.ranges.push(range);
            }
        }
        if read.tally.mended > 0 {
            self.mended += read.tally.mended;
            self.with_mended += 1;
            if self.mended_in.len() < EXAMPLES {
                self.mended_in.push(report.shown());
            }
        }
        let left_out = &read.tally.left_out;
        self.columns += left_out.len() as u64;
        self.with_columns += u64::from(!left_out.is_empty());
        if !left_out.is_empty() && self.left_out.len() < EXAMPLES {
            let path = report.path.display();
            self.left_out
                .push(format!("{path}: {}", left_out.join(", ")));
        }
    }

    /// One warning for each of these, where there is something to say.
    pub(super) fn warnings(self, plan: &Plan) -> impl Iterator<Item = Warning> {
        let numbers = (!self.points.is_empty()).then(|| Warning::AmbiguousNumbers {
            cells: (self.points.values())
                .map(|loss| loss.ambiguous_numbers)
                .sum(),
            files: self.numbers_in,
            examples: examples(plan, &self.points),
        });
        let outside = (self.reports > 0).then_some(Warning::OutsideRange {
            rows: self.rows,
            reports: self.reports,
            examples: self.ranges,
        });
        let mended = (self.mended > 0).then_some(Warning::MendedDates {
            rows: self.mended,
            reports: self.with_mended,
            files: self.mended_in,
        });
        let left_out = (self.columns > 0).then_some(Warning::ColumnsLeftOut {
            columns: self.columns,
            reports: self.with_columns,
            examples: self.left_out,
        });
        numbers
            .into_iter()
            .chain(outside)
            .chain(mended)
            .chain(left_out)
    }
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
        let texts = loss.examples.texts();
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
