//! What is stated to mean "no value", beside the usual words.

use super::cells::{Cell, number};
use super::text::lossy;

/// Words and numbers that mean "no value".
#[derive(Debug, Default)]
pub(super) struct StatedMissing {
    words: Vec<String>,
    numbers: Vec<f64>,
}

impl StatedMissing {
    /// They, in small letters, as they are stated.
    pub(super) fn of(words: &[String]) -> Self {
        let numbers = words.iter().filter_map(|word| number(word.as_bytes()));
        Self {
            numbers: numbers.collect(),
            words: words.to_vec(),
        }
    }

    pub(super) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    pub(super) fn is_number(&self, value: f64) -> bool {
        self.numbers.contains(&value)
    }

    /// Whether `text`, which was read as `cell`, means "no value", and is no usual word for that.
    #[inline]
    pub(super) fn means_nothing(&self, text: &[u8], cell: Cell) -> bool {
        !self.words.is_empty() && self.is_stated(text, cell)
    }

    fn is_stated(&self, text: &[u8], cell: Cell) -> bool {
        if matches!(cell, Cell::Missing(_)) {
            return false;
        }
        let text = lossy(text).trim().to_lowercase();
        let plain = text.replace(',', ".");
        let is_number = || number(plain.as_bytes()).is_some_and(|value| self.is_number(value));
        self.words.contains(&text) || is_number()
    }
}
