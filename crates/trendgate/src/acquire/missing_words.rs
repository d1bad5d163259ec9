//! Words and numbers that are stated to mean "no value", beside the usual ones.

use super::cells::{Cell, number};
use super::text::lossy;

/// The words in small letters; those that are numbers also as numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct MissingWords {
    words: Vec<String>,
    numbers: Vec<f64>,
}

impl MissingWords {
    /// The words and numbers that are stated.
    pub(super) fn of(stated: &[String]) -> Self {
        let numbers = stated.iter().filter_map(|word| number(word.as_bytes()));
        Self {
            numbers: numbers.collect(),
            words: stated.to_vec(),
        }
    }

    /// Whether any is a number.
    pub(super) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Whether this number is one.
    pub(super) fn has_number(&self, value: f64) -> bool {
        self.numbers.contains(&value)
    }

    /// Whether a cell with this text, which was read as `cell`, is one of them.
    pub(super) fn have(&self, text: &[u8], cell: Cell) -> bool {
        if self.words.is_empty() || matches!(cell, Cell::Missing(_)) {
            return false;
        }
        let text = lossy(text).trim().to_lowercase();
        let plain = text.replace(',', ".");
        let is_number = || number(plain.as_bytes()).is_some_and(|value| self.has_number(value));
        self.words.contains(&text) || is_number()
    }
}
