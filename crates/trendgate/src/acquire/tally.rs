//! What becomes of the cells of a report, counted: every cell of an accepted or a rejected row is in exactly one count.

use super::cells::{Cell, CellNote, decode, folded};
use super::clock_tally::ClockTally;
use super::decimal::is_ambiguous_number;
use super::exchanged::OutsideRange;
use super::names;
use super::tokens;
use super::words::{Parts, UnitWord};
use crate::text_id::FileId;
use crate::text_pieces::TextPiece;
use crate::time::{Extent, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many rejected rows, and how many unrecognised texts a point, are kept as examples.
pub(super) const EXAMPLES: usize = 5;

/// What became of every cell of a report (or of the part of it that one task owns). Adds up with [`Tally::merge`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Cells met: for an accepted row one a point, for a rejected row those that it has.
    pub cells: u64,
    /// Rows accepted.
    pub rows: u64,
    /// Rows rejected, and the cells in them.
    pub rejected_rows: u64,
    /// Of those, rows without a date.
    pub(crate) without_date: u64,
    /// Cells in rejected rows.
    pub rejected_cells: u64,
    /// The first few rejected rows.
    pub(crate) rejected_examples: Vec<RejectedRow>,
    /// Lines of furniture, which are no rows: the header once more, or what stands on a printed page beside them.
    pub(crate) furniture: u64,
    /// Per point of the report, what became of its cells in accepted rows.
    pub points: Vec<PointTally>,
    /// Rows whose local time happens twice and whose order in the report told which one it is.
    pub(crate) ambiguous_resolved: u64,
    /// Rows whose local time happens twice and that the configured rule decided.
    pub(crate) ambiguous_by_rule: u64,
    /// Rows whose local time never happens and that the configured rule moved.
    pub(crate) nonexistent: u64,
    /// Rows of which a spreadsheet had exchanged day and month, and that were read as they were meant.
    pub(crate) mended: u64,
    /// First and last time of the rows accepted.
    pub(crate) time_range: Option<Extent>,
    /// What the logger's clock did.
    pub(crate) clock: ClockTally,
    /// Rows outside of the stated `Date Range:`, of the whole report.
    pub(crate) outside_range: Option<OutsideRange>,
    /// Its points whose numbers are totals of a time that nothing says, so that none is taken.
    pub(crate) left_out: Vec<String>,
}

impl Tally {
    /// Adds the counts of another part of the same report.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.cells += other.cells;
        self.rows += other.rows;
        self.rejected_rows += other.rejected_rows;
        self.without_date += other.without_date;
        self.rejected_cells += other.rejected_cells;
        self.furniture += other.furniture;
        self.rejected_examples
            .extend_from_slice(&other.rejected_examples);
        self.rejected_examples.sort_by_key(|row| row.line);
        self.rejected_examples.truncate(EXAMPLES);
        for (point, more) in self.points.iter_mut().zip(&other.points) {
            point.merge(more);
        }
        self.ambiguous_resolved += other.ambiguous_resolved;
        self.ambiguous_by_rule += other.ambiguous_by_rule;
        self.nonexistent += other.nonexistent;
        self.mended += other.mended;
        self.clock.merge(&other.clock);
        if self.left_out.is_empty() {
            self.left_out.clone_from(&other.left_out);
        }
        self.time_range = Extent::around(self.time_range.into_iter().chain(other.time_range));
        self.outside_range = self.outside_range.or(other.outside_range);
    }

    /// Counts a rejected row of so many cells.
    pub(super) fn reject(&mut self, line: u64, cells: u64, reason: String) {
        self.rejected_rows += 1;
        self.rejected_cells += cells;
        self.cells += cells;
        if self.rejected_examples.len() < EXAMPLES {
            self.rejected_examples.push(RejectedRow { line, reason });
        }
    }

    pub(super) fn extend_range(&mut self, time: Instant) {
        self.time_range = Some(Extent::joined(self.time_range, time));
    }
}

/// What became of the cells of one point in accepted rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PointTally {
    /// Cells that were numbers or states, and were delivered.
    pub numbers: u64,
    /// Of those, two-state words.
    pub(crate) states: u64,
    /// Of those, numbers with a unit of their own, by its symbol.
    #[serde(deserialize_with = "names::units")]
    pub(crate) units: BTreeMap<&'static str, u64>,
    /// Of those, numbers with a unit that no table knows, which were taken as they are, by the unit.
    pub(crate) unknown_units: BTreeMap<String, u64>,
    /// Of those, large numbers with a power of ten and without their last digits.
    pub(crate) rounded: u64,
    /// Marks behind numbers, of those and of numbers that are missing by their status, as they are written.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Numbers that were removed for their size.
    pub not_finite: u64,
    /// Numbers with a unit that does not fit the point's.
    pub unit_mismatch: u64,
    /// Missing tokens, by the canonical name of the token.
    #[serde(deserialize_with = "names::tokens")]
    pub missing: BTreeMap<&'static str, u64>,
    /// Texts that are none of these.
    pub unrecognised: u64,
    /// Of those, numbers of which nothing tells whether a comma or point is the decimal sign or sets thousands apart.
    pub(crate) ambiguous_numbers: u64,
    /// The first few of those texts, each once.
    pub(crate) unrecognised_examples: TextExamples,
}

impl PointTally {
    /// All cells.
    #[must_use]
    pub(crate) fn all(&self) -> u64 {
        let missing: u64 = self.missing.values().sum();
        self.numbers + missing + self.unrecognised + self.unit_mismatch + self.not_finite
    }

    /// Adds the counts of another part of the same point's cells.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.numbers += other.numbers;
        self.states += other.states;
        for (unit, count) in &other.units {
            *self.units.entry(unit).or_default() += count;
        }
        for (unit, count) in &other.unknown_units {
            add_word(&mut self.unknown_units, unit, *count);
        }
        self.rounded += other.rounded;
        for (status, count) in &other.statuses {
            add_word(&mut self.statuses, status, *count);
        }
        self.not_finite += other.not_finite;
        self.unit_mismatch += other.unit_mismatch;
        for (token, count) in &other.missing {
            *self.missing.entry(token).or_default() += count;
        }
        self.unrecognised += other.unrecognised;
        self.ambiguous_numbers += other.ambiguous_numbers;
        let examples = &mut self.unrecognised_examples;
        examples.append(&other.unrecognised_examples);
    }

    /// Counts a cell with this text.
    pub(super) fn add_cell(&mut self, cell: Cell, line: u64, text: &[u8]) {
        match cell {
            Cell::Number(_) => self.numbers += 1,
            Cell::Said(_, said) => {
                self.numbers += 1;
                self.add_said(said);
            }
            Cell::Marked(_) => {
                self.numbers += 1;
                self.add_words(&decode(text));
            }
            Cell::Missing(kind) => {
                *self
                    .missing
                    .entry(tokens::NAMES[usize::from(kind)])
                    .or_default() += 1;
                if kind == tokens::STATUS {
                    self.add_words(&decode(text));
                }
            }
            other => self.add_other(other, line, text),
        }
    }

    /// Counts a cell that is neither a number nor missing.
    pub(super) fn add_other(&mut self, cell: Cell, line: u64, text: &[u8]) {
        match cell {
            Cell::Number(_) | Cell::Said(..) | Cell::Marked(_) | Cell::Missing(_) => {}
            Cell::Extreme(_) => self.not_finite += 1,
            Cell::UnitMismatch => self.unit_mismatch += 1,
            Cell::Undecided | Cell::OtherSign | Cell::Unrecognised => {
                self.unrecognised += 1;
                self.ambiguous_numbers += u64::from(is_ambiguous_number(text));
                if !self.unrecognised_examples.are_enough() {
                    self.unrecognised_examples.add(line, &decode(text));
                }
            }
        }
    }

    /// Counts a number with a unit beside it that no table knows.
    pub(super) fn add_unknown_unit(&mut self, unit: &str) {
        add_word(&mut self.unknown_units, unit, 1);
    }

    /// Counts the numbers, which are totals of a time that nothing says, as missing.
    pub(super) fn leave_out(&mut self) {
        let totals = std::mem::take(&mut self.numbers) + std::mem::take(&mut self.not_finite);
        if totals > 0 {
            let token = tokens::NAMES[usize::from(tokens::TOTAL)];
            *self.missing.entry(token).or_default() += totals;
        }
        (self.states, self.rounded) = (0, 0);
        self.units.clear();
        self.unknown_units.clear();
    }

    /// Counts values with a word beside them.
    pub(super) fn add_status(&mut self, word: &str, count: u64) {
        add_word(&mut self.statuses, word, count);
    }

    pub(super) fn add_said(&mut self, said: CellNote) {
        match said {
            CellNote::State => self.states += 1,
            CellNote::Unit(unit) => *self.units.entry(unit.symbol()).or_default() += 1,
            CellNote::Rounded => self.rounded += 1,
        }
    }

    /// Counts the words behind a number; `text` is that of its cell.
    pub(super) fn add_words(&mut self, text: &str) {
        let text = folded(text.trim());
        let parts = Parts::of(&text);
        if let Some(mark) = parts.mark {
            add_word(&mut self.statuses, mark.trim_start(), 1);
        }
        match parts.unit() {
            _ if parts.has_no_value() => {}
            UnitWord::Known(unit) => self.add_said(CellNote::Unit(unit)),
            UnitWord::Unknown => add_word(&mut self.unknown_units, parts.unit, 1),
            UnitWord::None | UnitWord::NoUnit => {}
        }
    }

    /// Counts numbers with a unit that no table knows.
    pub(super) fn add_unknown_units(&mut self, unit: &str, numbers: u64) {
        if numbers > 0 {
            add_word(&mut self.unknown_units, unit, numbers);
        }
    }
}

/// The first few texts of a kind, each once and with its first line. They are the same however the rows were divided among tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextExamples(Vec<(u64, String)>);

impl TextExamples {
    /// Whether no more are kept.
    pub(super) fn are_enough(&self) -> bool {
        self.0.len() >= EXAMPLES
    }

    /// Adds the text of a cell in this line, which is behind all that were added.
    pub(crate) fn add(&mut self, line: u64, text: &str) {
        let text = text.trim_matches('"').trim();
        if !self.are_enough() && !self.texts().any(|known| known == text) {
            self.0.push((line, text.to_owned()));
        }
    }

    /// Adds those of other rows of the same report.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.0.sort();
        let all = std::mem::take(self);
        all.0.iter().for_each(|(line, text)| self.add(*line, text));
    }

    /// Adds those of another report.
    pub(crate) fn append(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(line, text)| self.add(*line, text));
    }

    /// The same, where so many more lines stand before them.
    pub(crate) fn move_lines(&mut self, by: u64) {
        for (line, _) in &mut self.0 {
            *line += by;
        }
    }

    /// The texts, in the order of their lines.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, text)| text.as_str())
    }

    /// The texts as a list for people.
    #[must_use]
    pub(crate) fn listed(&self) -> String {
        self.texts().collect::<Vec<_>>().join(", ")
    }
}

/// Adds to the count of a word. A report of nothing but different words must not fill the memory: those beyond the most are one.
fn add_word(words: &mut BTreeMap<String, u64>, word: &str, count: u64) {
    const MOST: usize = 256;
    const OTHERS: &str = "(others)";
    let fits = words.len() < MOST || words.contains_key(word);
    let word = if fits { word } else { OTHERS };
    *words.entry(word.to_owned()).or_default() += count;
}

/// A row that was rejected, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RejectedRow {
    /// The line in the file, counted from 1.
    pub(crate) line: u64,
    /// Why it was rejected.
    pub(crate) reason: String,
}

/// What a reader knows when it has read its report to the end.
#[derive(Debug, Clone)]
pub struct ReadOutcome {
    /// The counts over the rows of the window's `own` range.
    pub tally: Tally,
    /// Rows met in the whole file, whatever the window.
    pub rows_seen: u64,
    /// Whether numbers were met that only the whole report decides, and that were not read: it is to be [surveyed](super::survey) and read again.
    pub(crate) undecided: bool,
    /// Whether the trailer was met: a report without one was cut short.
    pub(crate) complete: bool,
    /// What the text is known by, taken from the very bytes that were decoded.
    pub(crate) id: FileId,
}

/// What a reader knows when it has read its range of a report to the end.
#[derive(Debug, Clone)]
pub(crate) struct RangeOutcome {
    /// As [`ReadOutcome::tally`], with lines counted as the reader met them: from the first of the text, or below the head.
    pub(crate) tally: Tally,
    /// The rows that this reading counts.
    pub(crate) rows_seen: u64,
    /// The lines that it counts.
    pub(crate) lines: u64,
    /// As [`ReadOutcome::undecided`].
    pub(crate) undecided: bool,
    /// Whether the trailer was met.
    pub(crate) complete: bool,
    /// What the text is known by, where that was known before.
    pub(crate) known: Option<FileId>,
    /// The digests of what was read of the text, where it was not.
    pub(crate) pieces: Vec<TextPiece>,
}

impl Tally {
    /// The same, where so many more lines stand before those that were counted.
    pub(crate) fn move_lines(&mut self, by: u64) {
        let rejected = self.rejected_examples.iter_mut();
        for row in rejected.chain(&mut self.clock.fault_examples) {
            row.line += by;
        }
        for point in &mut self.points {
            point.unrecognised_examples.move_lines(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn examples_are_those_of_the_whole_report_however_its_rows_are_divided(
            texts in prop::collection::vec(0..9_u8, 0..40),
            tasks in prop::collection::vec(0..3_usize, 40),
        ) {
            let mut whole = TextExamples::default();
            let mut parts = [(); 3].map(|()| TextExamples::default());
            for ((line, text), task) in (1..).zip(&texts).zip(&tasks) {
                whole.add(line, &text.to_string());
                parts[*task].add(line, &text.to_string());
            }
            for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
                let mut merged = TextExamples::default();
                order.iter().for_each(|part| merged.merge(&parts[*part]));
                prop_assert_eq!(&merged, &whole);
            }
        }
    }
}
