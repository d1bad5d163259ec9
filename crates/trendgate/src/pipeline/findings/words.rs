//! What stands in new reports beside numbers, or in their place: units that no table knows, a K that may be kelvin or a difference, units in some
//! cells and none in others, numbers that a spreadsheet has rounded, words that are neither on nor off.
//!
//! Points that lose more cells of a report than they may are left out of the last: of them it is said that they do.

use super::losses::{MOST_POINTS, loses};
use crate::acquire::Report;
use crate::error::Result;
use crate::execute::{NumberNotes, Read};
use crate::model::{ColumnId, Unit};
use crate::partition::ColumnStatistics;
use crate::pipeline::report_accounts::ReportAccounts;
use crate::plan::Plan;
use crate::warning::{EXAMPLES, Warning, is_word, states_line};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Everything that was seen of the points in question.
#[derive(Default)]
pub(super) struct Words {
    /// What stands beside numbers, by column, and the first few reports with it.
    words: BTreeMap<ColumnId, (NumberNotes, Vec<PathBuf>)>,
    /// Words that are no states, by column.
    unknown: BTreeMap<ColumnId, BTreeSet<String>>,
    unknown_in: Vec<PathBuf>,
}

impl Words {
    /// Adds what stands in a new report.
    pub(super) fn add(&mut self, report: &Report, read: &Read) {
        for (column, words) in &read.words {
            let (sum, files) = self.words.entry(*column).or_default();
            sum.merge(words);
            if files.len() < EXAMPLES {
                files.push(report.shown());
            }
        }
        let few = (read.losing.iter()).filter(|(_, loss)| !loses(loss, read.tally.rows));
        let mut any = false;
        for (column, loss) in few {
            let words = loss.examples.texts().filter(|text| is_word(text));
            let mut words = words.map(ToOwned::to_owned).peekable();
            if words.peek().is_some() {
                any = true;
                self.unknown.entry(*column).or_default().extend(words);
            }
        }
        if any && self.unknown_in.len() < EXAMPLES {
            self.unknown_in.push(report.shown());
        }
    }

    /// The warnings; `values` are those of the dataset, by column.
    pub(super) fn warnings(
        self,
        plan: &Plan,
        accounts: &ReportAccounts,
        values: &[ColumnStatistics],
    ) -> Result<Vec<Warning>> {
        let mixed = mixed(plan, accounts, &self)?;
        let mut warnings = Vec::new();
        for (column, (words, files)) in &self.words {
            let spec = &plan.roster[*column];
            if !words.unknown_units.is_empty() {
                warnings.push(Warning::UnknownUnits {
                    point: spec.id.to_string(),
                    column: spec.column.clone(),
                    cells: words.unknown_units.values().sum(),
                    words: words.unknown_units.keys().take(EXAMPLES).cloned().collect(),
                    files: files.clone(),
                });
            }
            if let (Some(cells), None) = (words.units.get(Unit::Kelvin.symbol()), spec.unit) {
                warnings.push(Warning::UndeclaredKelvin {
                    point: spec.id.to_string(),
                    column: spec.column.clone(),
                    cells: *cells,
                    files: files.clone(),
                });
            }
            let cells = &accounts.all.points()[column.index()].cells;
            let value = values
                .get(column.index())
                .and_then(ColumnStatistics::constant);
            if let (true, Some(value)) = (
                words.rounded > 0 && cells.rounded == cells.numbers && cells.numbers > 1,
                value,
            ) {
                warnings.push(Warning::RoundedNumbers {
                    point: spec.id.to_string(),
                    column: spec.column.clone(),
                    value,
                    cells: cells.numbers,
                    files: files.clone(),
                });
            }
        }
        warnings.extend(mixed);
        warnings.truncate(MOST_POINTS);
        warnings.extend(self.unknown_states(plan));
        Ok(warnings)
    }

    fn unknown_states(self, plan: &Plan) -> Option<Warning> {
        let point = |column: &ColumnId| plan.roster[*column].id.to_string();
        let (first, words) = self.unknown.first_key_value()?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let examples = self.unknown.iter().take(EXAMPLES).map(|(column, words)| {
            let words: Vec<&str> = words.iter().map(String::as_str).take(EXAMPLES).collect();
            format!("{} {}", point(column), words.join(" "))
        });
        Some(Warning::UnknownStates {
            points: self.unknown.len() as u64,
            examples: examples.collect(),
            line: states_line(&point(first), &words),
            files: self.unknown_in,
        })
    }
}

/// The points without a stated unit of whose numbers some have one: each with a report that has units and one that has none.
fn mixed(plan: &Plan, accounts: &ReportAccounts, seen: &Words) -> Result<Vec<Warning>> {
    let mut found = BTreeMap::new();
    for (column, (words, files)) in &seen.words {
        let cells = &accounts.all.points()[column.index()].cells;
        let with_unit: u64 = cells.units.values().sum();
        let unknown: u64 = cells.unknown_units.values().sum();
        let without = cells
            .numbers
            .saturating_sub(cells.states + with_unit + unknown);
        let spec = &plan.roster[*column];
        if !words.units.is_empty() && without > 0 && spec.unit.is_none() {
            let warning = Warning::MixedUnits {
                point: spec.id.to_string(),
                column: spec.column.clone(),
                with_unit,
                without,
                units: words.units.keys().take(EXAMPLES).cloned().collect(),
                files: files.iter().take(1).cloned().collect(),
            };
            found.insert(*column, (warning, true));
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    for read in accounts.inputs(plan) {
        let (input, read) = read?;
        let columns = plan.columns(input.form());
        let has_numbers = |column: &ColumnId| {
            columns.contains(column) && read.silent.binary_search(column).is_err()
        };
        for (column, (warning, waits)) in &mut found {
            if *waits
                && has_numbers(column)
                && !read.words.contains_key(column)
                && let Warning::MixedUnits { files, .. } = warning
            {
                files.push(plan.inputs.of(&input)?.report.shown());
                *waits = false;
            }
        }
    }
    Ok(found.into_values().map(|(warning, _)| warning).collect())
}
