//! What new reports leave in doubt: numbers whose comma can be read in two ways, and rows outside of the range that the report states.
//!
//! Known reports that are read again are left out: of them it was said when they came.

use crate::acquire::is_ambiguous_number;
use crate::error::Result;
use crate::pipeline::account::Books;
use crate::warning::{EXAMPLES, Warning};
use crate::workers::{Plan, Standing};

/// One warning for each of the two, where there is something to say.
pub(in crate::pipeline) fn doubts(plan: &Plan, books: &Books) -> Result<Vec<Warning>> {
    let (mut cells, mut numbers_in) = (0, Vec::new());
    let (mut rows, mut reports, mut ranges) = (0, 0, Vec::new());
    for read in books.inputs(plan) {
        let (input, read) = read?;
        let ambiguous = read.cells.ambiguous_numbers;
        if input.standing() != Standing::New || ambiguous == 0 && read.tally.outside_range.is_none()
        {
            continue;
        }
        let report = plan.inputs.of(&input)?.report;
        cells += ambiguous;
        if ambiguous > 0 && numbers_in.len() < EXAMPLES {
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
    let numbers = (cells > 0).then(|| Warning::AmbiguousNumbers {
        cells,
        files: numbers_in,
        examples: points(plan, books),
    });
    let outside = (reports > 0).then_some(Warning::OutsideRange {
        rows,
        reports,
        examples: ranges,
    });
    Ok(numbers.into_iter().chain(outside).collect())
}

/// The first points with such numbers, each with its first texts as far as they are known.
fn points(plan: &Plan, books: &Books) -> Vec<String> {
    let columns = plan.roster.iter().zip(&books.columns);
    columns
        .filter(|(_, tally)| tally.ambiguous_numbers > 0)
        .take(EXAMPLES)
        .map(|(spec, tally)| {
            let texts = tally.unrecognised_examples.iter().map(String::as_str);
            let texts = texts.filter(|text| is_ambiguous_number(text.as_bytes()));
            let words: Vec<&str> = texts.take(2).collect();
            match words.is_empty() {
                true => spec.id.to_string(),
                false => format!("{} {}", spec.id, words.join(" ")),
            }
        })
        .collect()
}
