//! The cells of a row → numbers, and what else stands there.
//!
//! The innermost loop of a run: every cell passes through it once. Bytes become `f64`s; nothing is allocated for a cell or a row.

use super::block::{Noted, Other, TextBlock};
use super::written::WrittenNumber;
use crate::acquire::cells::{self, Cell};
use crate::acquire::fields::{first_field, is_blank};
use crate::acquire::tokens::{self, Spelled};
use crate::acquire::{CellRule, Decimal, states};

/// Reads the cells of rows, one for each point.
pub(super) struct CellParser {
    rules: Vec<CellRule>,
    /// For each point, its decimal sign.
    decimals: Vec<Decimal>,
    /// For each point, how its last number was written.
    written: Vec<WrittenNumber>,
    /// For each point, the spellings of missing tokens, unless a word of its own is one.
    tokens: Vec<Option<&'static Spelled>>,
    /// How many cells a row may have, if those behind the points' are blank.
    most: usize,
}

impl CellParser {
    pub(super) fn new(rules: Vec<CellRule>, decimals: Vec<Decimal>, most: usize) -> Self {
        Self {
            tokens: (rules.iter())
                .map(|rule| (!states::claim_tokens(rule)).then_some(&*tokens::SPELLED))
                .collect(),
            written: (rules.iter().zip(&decimals))
                .map(|(rule, decimal)| {
                    match states::claim_numbers(rule) || !cells::reads_plain(rule, *decimal) {
                        true => WrittenNumber::NEVER,
                        false => WrittenNumber::UNKNOWN,
                    }
                })
                .collect(),
            rules,
            decimals,
            most,
        }
    }

    /// How many cells a row has.
    pub(super) fn points(&self) -> usize {
        self.rules.len()
    }

    /// Parses the cells of a row, which begin at `cells_at` of its line, onto the block. The number of cells found, where it is not that
    /// of the points.
    #[inline]
    pub(super) fn parse(
        &mut self,
        bytes: &[u8],
        cells_at: Option<usize>,
        block: &mut TextBlock,
    ) -> Result<(), usize> {
        let points = self.rules.len();
        let TextBlock { cells, noted, .. } = block;
        noted.clear();
        let row = cells.len();
        cells.resize(row + points, f64::NAN);
        let row = &mut cells[row..];
        let mut next = cells_at;
        let mut count = 0;
        let mut excess = false;
        while let Some(start) = next {
            if let (Some(cell), Some(written)) = (row.get_mut(count), self.written.get_mut(count)) {
                let end = if let Some((value, end)) = written.read(bytes, start) {
                    *cell = value;
                    Some(end)
                } else if let Some((kind, end)) =
                    self.tokens[count].and_then(|spelled| spelled.kind(bytes, start))
                {
                    noted.missing.push((count, kind));
                    Some(end)
                } else if let Some((value, end)) = written.another(bytes, start) {
                    *cell = value;
                    Some(end)
                } else {
                    None
                };
                if let Some(end) = end {
                    next = (end < bytes.len()).then_some(end + 1);
                    count += 1;
                    continue;
                }
            }
            next = match (row.get_mut(count), self.rules.get(count)) {
                (Some(cell), Some(rule)) => {
                    let (value, next) =
                        unusual(bytes, start, (count, rule, self.decimals[count]), noted);
                    *cell = value;
                    next
                }
                _ => {
                    let (field, after) = first_field(&bytes[start..]);
                    excess |= !is_blank(field);
                    after.map(|after| bytes.len() - after.len())
                }
            };
            count += 1;
        }
        if count < points || count > self.most || excess {
            Err(count)
        } else {
            Ok(())
        }
    }
}

/// Reads the cell that begins at `start` of a line and is written in no usual way, of the column `column`: its number, or NaN, and where the
/// next cell begins.
#[inline(never)]
fn unusual(
    bytes: &[u8],
    start: usize,
    (column, rule, decimal): (usize, &CellRule, Decimal),
    noted: &mut Noted,
) -> (f64, Option<usize>) {
    let (field, after) = first_field(&bytes[start..]);
    let next = after.map(|after| bytes.len() - after.len());
    let text = start..next.map_or(bytes.len(), |next| next - 1);
    let value = match cells::classify(field, rule, decimal) {
        Cell::Number(value) => value,
        Cell::Missing(kind) => {
            noted.missing.push((column, kind));
            if kind == tokens::STATUS {
                noted.marked.push((column, text));
            }
            f64::NAN
        }
        Cell::Marked(value) => {
            noted.marked.push((column, text));
            value
        }
        Cell::Said(value, what) => {
            noted.said.push((column, what));
            value
        }
        cell => {
            noted.others.push(Other { column, cell, text });
            f64::NAN
        }
    };
    (value, next)
}
