//! The cells of a column → what they are: times, and how these are written; numbers, states, texts, the numbers of rows.

use super::super::CellRule;
use super::super::cells::{Cell, CellNote, classify};
use super::super::dates::{StampFormat, StampZone, WrittenTime};
use super::super::decimal::Decimal;
use super::stamp::{FormatCandidate, Holds, candidates, reads};
use super::states::state_numbers;
use crate::model::Unit;
use crate::time::{DAY, HOUR, Instant, Span};
use jiff::civil;
use std::collections::{BTreeMap, BTreeSet};

/// Of so many cells that may be times the formats are tried.
const TRIED: usize = 12;
/// So many of a hundred cells of a time are read.
const LEAST_READ: usize = 80;
/// Different texts of a column that are kept.
const MOST_WORDS: usize = 24;

/// The formats that read a column, those that read most of it.
#[derive(Debug, Clone)]
pub(super) struct TimeFormats {
    pub(super) holds: Holds,
    /// The likeliest first.
    pub(super) formats: Vec<FormatCandidate>,
    /// Others that read some cells of it, and why they are not right: so many it does not read.
    pub(super) refuted: Vec<(FormatCandidate, usize)>,
}

impl TimeFormats {
    /// Those of a column of these cells; `None` where it holds no times.
    pub(super) fn of<'c>(cells: impl Iterator<Item = &'c str> + Clone) -> Option<Self> {
        let cells = cells.filter(|cell| !cell.is_empty());
        let mut tried: BTreeSet<FormatCandidate> = BTreeSet::new();
        let mut order: Vec<FormatCandidate> = Vec::new();
        for cell in cells
            .clone()
            .filter(|cell| !candidates(cell).is_empty())
            .take(TRIED)
        {
            for candidate in candidates(cell) {
                if tried.insert(candidate.clone()) {
                    order.push(candidate);
                }
            }
        }
        let all = cells.clone().count();
        let mut counted = Vec::new();
        for candidate in order {
            let reader = candidate.reader()?;
            let read = cells
                .clone()
                .filter(|cell| reads(&reader, candidate.holds, cell))
                .count();
            counted.push((candidate, read));
        }
        let most = counted.iter().map(|(_, read)| *read).max()?;
        if most * 100 < all * LEAST_READ {
            return None;
        }
        let (formats, refuted): (Vec<_>, Vec<_>) =
            counted.into_iter().partition(|(_, read)| *read == most);
        let mut formats: Vec<FormatCandidate> = formats
            .into_iter()
            .map(|(candidate, _)| candidate)
            .collect();
        // `iso` reads all that its parts do.
        if formats.iter().any(|candidate| candidate.format == "iso") {
            formats.retain(|candidate| candidate.format == "iso");
        }
        let holds = formats.first()?.holds;
        formats.retain(|candidate| candidate.holds == holds);
        Some(Self {
            holds,
            formats,
            refuted: refuted
                .into_iter()
                .map(|(candidate, read)| (candidate, most - read))
                .collect(),
        })
    }
}

/// The time in a text, by the wall clock that it is of, since 1970.
pub(super) fn wall(reader: &StampFormat, text: &str) -> Option<Span> {
    match reader.read(text.as_bytes())? {
        WrittenTime::Instant(instant) => Some(instant - Instant::EPOCH),
        WrittenTime::Clock { date, time, .. } => {
            let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
            Some(Span::from_nanos(i64::from(days).checked_mul(DAY.nanos())?) + time)
        }
    }
}

/// The word for a zone in the text of a time.
pub(super) fn zone_word(reader: &StampFormat, text: &str) -> Option<String> {
    match reader.read(text.as_bytes())? {
        WrittenTime::Clock {
            zone: StampZone::Word(word),
            ..
        } => Some(word.into_owned()),
        _ => None,
    }
}

/// How the times of rows follow each other, read in one format.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    /// How often each distance of two rows occurs, forward or back.
    pub(super) all: BTreeMap<Span, usize>,
    /// How many rows are of another day than the row before, and yet so near to it as rows of one day are.
    near: usize,
    /// How many rows are twenty days or more from the row before.
    far: usize,
    /// Rows of the same time as the row before.
    pub(super) same: usize,
    /// Rows of an earlier time than the row before.
    pub(super) back: usize,
}

impl Steps {
    pub(super) fn of(times: &[Span]) -> Self {
        let mut steps = Self::default();
        for pair in times.windows(2) {
            let step = pair[1] - pair[0];
            match step {
                step if step == Span::ZERO => steps.same += 1,
                step if step < Span::ZERO => steps.back += 1,
                _ => {}
            }
            *steps.all.entry(step.abs()).or_default() += 1;
            let other_day =
                pair[0].nanos().div_euclid(DAY.nanos()) != pair[1].nanos().div_euclid(DAY.nanos());
            steps.near += usize::from(other_day && step.abs() <= 3 * HOUR);
            steps.far += usize::from(step.abs() >= 20 * DAY);
        }
        steps
    }

    /// Whether they show that the order of the dates is right: rows go over midnight, and never far.
    pub(super) fn prove(&self) -> bool {
        self.near > 0 && self.far == 0
    }

    /// Whether they show that it is wrong: where another order goes over midnight, it is far.
    pub(super) fn refute(&self) -> bool {
        self.far > 0
    }

    /// The distance of nearly all rows, where there is one.
    pub(super) fn usual(&self) -> Option<(Span, usize, usize)> {
        let moves = self.all.iter().filter(|(step, _)| **step > Span::ZERO);
        let all: usize = moves.clone().map(|(_, count)| count).sum();
        let (step, count) = moves.max_by_key(|(_, count)| **count)?;
        (count * 10 >= all * 9 && all >= 3).then_some((*step, *count, all))
    }
}

/// Whether a text is a number in a spelling that no run reads: money, or negative in brackets.
pub(super) fn is_like_value(text: &str) -> bool {
    let plain = text.trim_matches(['$', '€', '£', '¥', '￥', '(', ')', '+', '-', '−', ' ']);
    plain.starts_with(|first: char| first.is_ascii_digit())
        && plain
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '\''))
}

/// What the cells of a column are that are no times.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnCells {
    pub(super) numbers: usize,
    pub(super) states: usize,
    pub(super) missing: usize,
    pub(super) texts: usize,
    /// The texts, and how often each occurs.
    pub(super) words: BTreeMap<String, usize>,
    /// Whether there are more of them than are kept.
    pub(super) has_more_words: bool,
    /// How many different cells there are, up to some.
    pub(super) different: BTreeSet<String>,
    /// Whether each row's number is that of the row before and one.
    pub(super) counts_rows: bool,
    /// Cells that are the symbol of a unit.
    pub(super) units: usize,
    previous: Option<i64>,
    counted: usize,
}

/// Different cells of a column that are kept.
const MOST_DIFFERENT: usize = 512;

impl ColumnCells {
    /// Those of the cells of a column; where the sample has left out rows, a `None`.
    pub(super) fn of<'c>(cells: impl Iterator<Item = Option<&'c str>>) -> Self {
        let rule = CellRule::default();
        let mut counts = Self {
            counts_rows: true,
            ..Self::default()
        };
        for cell in cells {
            match cell {
                Some(cell) => counts.take(cell, &rule),
                None => counts.previous = None,
            }
        }
        counts.counts_rows &= counts.counted >= 2;
        counts
    }

    fn take(&mut self, cell: &str, rule: &CellRule) {
        match classify(cell.as_bytes(), rule, Decimal::Assumed) {
            Cell::Missing(_) => self.missing += 1,
            Cell::Said(_, CellNote::State) => self.states += 1,
            Cell::Unrecognised => {
                self.texts += 1;
                if self.words.len() < MOST_WORDS || self.words.contains_key(cell) {
                    *self.words.entry(cell.to_owned()).or_default() += 1;
                } else {
                    self.has_more_words = true;
                }
            }
            _ => self.numbers += 1,
        }
        self.units += usize::from(Unit::parse(cell).is_some());
        if self.different.len() < MOST_DIFFERENT {
            self.different.insert(cell.to_owned());
        }
        let number = cell.parse::<i64>().ok();
        if let Some(previous) = self.previous {
            self.counted += 1;
            self.counts_rows &= number == previous.checked_add(1);
        }
        self.counts_rows &= number.is_some();
        self.previous = number;
    }

    /// How many cells there are.
    pub(super) fn all(&self) -> usize {
        self.numbers + self.states + self.missing + self.texts
    }

    /// Whether it has texts, and hardly anything else.
    pub(super) fn is_text(&self) -> bool {
        self.texts > 0 && self.numbers + self.states == 0
    }

    /// Whether it has no number and no state.
    pub(super) fn has_no_values(&self) -> bool {
        self.numbers + self.states == 0
    }

    /// Whether all its cells are equal.
    pub(super) fn is_constant(&self) -> bool {
        self.different.len() <= 1
    }

    /// The words of a column of words, some of which no table of states knows; none where they are many, or there are numbers. A word alone is one
    /// where it is known to be that of a state.
    pub(super) fn state_words(&self) -> Option<Vec<String>> {
        if self.texts == 0 || self.numbers > 0 {
            return None;
        }
        let filled = self.different.iter().filter(|cell| !cell.is_empty());
        let all: BTreeSet<String> = filled.cloned().collect();
        if state_numbers(&all).is_some() {
            return Some(all.into_iter().collect());
        }
        let is_missing = |cell: &&String| {
            let cell = classify(cell.as_bytes(), &CellRule::default(), Decimal::Assumed);
            matches!(cell, Cell::Missing(_))
        };
        let words: Vec<String> = (self.different.iter())
            .filter(|cell| !is_missing(cell))
            .cloned()
            .collect();
        let is_few = (2..=8).contains(&words.len()) && self.texts + self.states >= 2 * words.len();
        is_few.then_some(words)
    }

    /// Whether its texts are a few words that come again and again.
    pub(super) fn are_few_words(&self) -> bool {
        !self.has_more_words
            && self.words.len() >= 2
            && self.words.len() <= 8
            && self.texts >= 2 * self.words.len()
    }
}

impl Steps {
    /// Adds those of another stretch of rows.
    pub(super) fn add(&mut self, other: Self) {
        for (step, count) in other.all {
            *self.all.entry(step).or_default() += count;
        }
        self.near += other.near;
        self.far += other.far;
        self.same += other.same;
        self.back += other.back;
    }
}
