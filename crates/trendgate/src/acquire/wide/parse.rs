//! The cells of a row → numbers, and what else stands there.
//!
//! The innermost loop of a run: every cell passes through it once. Bytes become `f64`s; nothing is allocated for a cell or a row.

use super::block::{Noted, Other, TextBlock};
use super::cell_statuses::CellStatuses;
use super::many_cells::{ManyCells, ROOM};
use super::stated_cells::StatedCells;
use super::written::WrittenNumber;
use crate::acquire::cells::{self, Cell};
use crate::acquire::fields::{first_field, is_blank};
use crate::acquire::tokens::{self, Spelled};
use crate::acquire::{CellRule, CellsAtATime, Decimal, states};

/// Reads the cells of rows, one for each point.
pub(super) struct CellParser {
    /// For each cell of a row how it is read; `None` for those of no point.
    rules: Vec<Option<CellRule>>,
    /// For each point, its decimal sign.
    decimals: Vec<Decimal>,
    /// For each point, how its last number was written.
    written: Vec<WrittenNumber>,
    /// For each point, the spellings of missing tokens, unless a word of its own is one.
    tokens: Vec<Option<&'static Spelled>>,
    /// How many cells a row may have, if those behind the points' are blank.
    most: usize,
    /// What is stated of cells beyond their rules.
    stated: StatedCells,
    /// The cells with words about others, where there are some.
    statuses: Option<CellStatuses>,
    /// What reads many cells at a time, where the processor can.
    many: Option<ManyCells>,
}

/// Rows with fewer numbers are read one by one: with others there is nothing to gain.
const LEAST_NUMBERS: usize = 16;

impl CellParser {
    /// Reads rows of points with these rules and decimal signs, and `most` cells; of a described table, with what is stated of its cells.
    pub(super) fn new(
        rules: Vec<CellRule>,
        decimals: Vec<Decimal>,
        most: usize,
        (stated, statuses): (StatedCells, Option<CellStatuses>),
        at_a_time: CellsAtATime,
    ) -> Self {
        let rules = stated.spread(rules.into_iter().map(Some), || None);
        let decimals = stated.spread(decimals.into_iter(), || Decimal::Assumed);
        let written = |place: usize, rule: &CellRule, decimal: Decimal| {
            let is_plain = cells::reads_plain(rule, decimal) && !stated.has_unit(place);
            match states::claim_numbers(rule) || !is_plain {
                true => WrittenNumber::NEVER,
                false => WrittenNumber::UNKNOWN,
            }
        };
        let places = || (0..).zip(&rules).zip(&decimals);
        let written: Vec<_> = places()
            .map(|((place, rule), decimal)| {
                let rule = rule.as_ref();
                rule.map_or(WrittenNumber::NEVER, |rule| written(place, rule, *decimal))
            })
            .collect();
        let never = (0..)
            .zip(&written)
            .filter(|(_, written)| written.is_never());
        let never: Vec<u32> = never.map(|(place, _)| place).collect();
        let pays = written.len() - never.len() >= LEAST_NUMBERS;
        Self {
            many: match at_a_time {
                CellsAtATime::Many if pays => ManyCells::new(never),
                CellsAtATime::Many | CellsAtATime::One => None,
            },
            tokens: (rules.iter())
                .map(|rule| {
                    let rule = rule.as_ref()?;
                    (!states::claim_tokens(rule)).then_some(&*tokens::SPELLED)
                })
                .collect(),
            written,
            rules,
            decimals,
            most,
            stated,
            statuses,
        }
    }

    /// What is stated of cells beyond their rules.
    pub(super) fn stated(&self) -> &StatedCells {
        &self.stated
    }

    /// How many cells a row has, those of no point among them.
    pub(super) fn cells(&self) -> usize {
        self.rules.len()
    }

    /// Parses the cells of a row, which begin at `cells_at` of its line, onto the block. The line is the first `length` bytes of `text`, and
    /// behind it there are [`MARGIN`](crate::acquire::lines::MARGIN) others. The number of cells found, where it is not that of the points.
    #[inline]
    pub(super) fn parse(
        &mut self,
        (text, length): (&[u8], usize),
        cells_at: Option<usize>,
        block: &mut TextBlock,
    ) -> Result<(), usize> {
        let points = self.rules.len();
        let TextBlock { cells, noted, .. } = block;
        noted.clear();
        let row = cells.len();
        cells.resize(row + points + ROOM, f64::NAN);
        let many = self.many.as_mut().zip(cells_at);
        let many = many.and_then(|(many, at)| many.read((text, length), at, &mut cells[row..]));
        let bytes = &text[..length];
        cells.truncate(row + points);
        let row = &mut cells[row..];
        let (count, excess) = match many {
            Some(count) => (count, self.read_others(bytes, count, row, noted)),
            None => self.read_each(bytes, cells_at, row, noted),
        };
        if count < points || count > self.most || excess {
            return Err(count);
        }
        if self.stated.has_missing_numbers() {
            let is_plain = |column: usize| !self.written[column].is_never();
            self.stated.remove_missing(row, is_plain, noted);
        }
        if let Some(statuses) = &mut self.statuses {
            statuses.remove_bad(bytes, cells_at, row, noted);
        }
        Ok(())
    }

    /// Reads the cells of a row one by one. How many there are, and whether there is more than blanks beyond those of the points.
    #[inline]
    fn read_each(
        &mut self,
        bytes: &[u8],
        cells_at: Option<usize>,
        row: &mut [f64],
        noted: &mut Noted,
    ) -> (usize, bool) {
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
                (Some(cell), Some(Some(rule))) => {
                    let column = (count, rule, self.decimals[count]);
                    let (value, next) = unusual(bytes, start, column, &self.stated, noted);
                    *cell = value;
                    next
                }
                (_, of_point) => {
                    let (field, after) = first_field(&bytes[start..]);
                    excess |= of_point.is_none() && !is_blank(field);
                    after.map(|after| bytes.len() - after.len())
                }
            };
            count += 1;
        }
        (count, excess)
    }

    /// Reads those of the `count` cells of a row that were not read with the many others. Whether there is more than blanks beyond those of
    /// the points.
    #[inline]
    fn read_others(
        &mut self,
        bytes: &[u8],
        count: usize,
        row: &mut [f64],
        noted: &mut Noted,
    ) -> bool {
        let Some(many) = &self.many else {
            return false;
        };
        for column in many.odd() {
            let column = *column as usize;
            let cell = many.cell(column);
            let (start, written) = (cell.start, &mut self.written[column]);
            row[column] = f64::NAN;
            if let Some(kind) = self.tokens[column].and_then(|spelled| spelled.kind_in(bytes, cell))
            {
                noted.missing.push((column, kind));
            } else if let Some((value, _)) = written.read(bytes, start) {
                row[column] = value;
            } else if let Some((value, _)) = written.another(bytes, start) {
                row[column] = value;
            } else if let Some(rule) = &self.rules[column] {
                let column = (column, rule, self.decimals[column]);
                let (value, _) = unusual(bytes, start, column, &self.stated, noted);
                row[column.0] = value;
            }
        }
        (row.len()..count).any(|cell| !is_blank(&bytes[many.cell(cell)]))
    }
}

/// Reads the cell that begins at `start` of a line and is written in no usual way, of the column `column`: its number, or NaN, and where the
/// next cell begins.
#[inline(never)]
fn unusual(
    bytes: &[u8],
    start: usize,
    (column, rule, decimal): (usize, &CellRule, Decimal),
    stated: &StatedCells,
    noted: &mut Noted,
) -> (f64, Option<usize>) {
    let (field, after) = first_field(&bytes[start..]);
    let next = after.map(|after| bytes.len() - after.len());
    let text = start..next.map_or(bytes.len(), |next| next - 1);
    let cell = cells::classify(field, rule, decimal);
    let value = match stated.read(column, field, cell, rule) {
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
