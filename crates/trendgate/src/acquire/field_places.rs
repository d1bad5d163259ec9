//! A line → where its fields stand, all of them at once: short fields cost more to begin looking than to look.

use super::fields::first_field;

/// Where the fields of a line begin. It is kept from line to line.
#[derive(Debug, Default)]
pub(super) struct FieldPlaces {
    /// Where each field begins, and where one more would.
    begins: Vec<usize>,
    has_quotes: bool,
}

/// In each byte of a word the same.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte of `word` that is the byte in `every`.
#[inline]
const fn equal(word: u64, every_byte: u64) -> u64 {
    const LOW: u64 = every(0x7F);
    let other = word ^ every_byte;
    !(((other & LOW) + LOW) | other | LOW)
}

impl FieldPlaces {
    /// Finds the fields of `line`.
    #[inline]
    pub(super) fn find(&mut self, line: &[u8]) {
        const COMMAS: u64 = every(b',');
        const QUOTES: u64 = every(b'"');
        self.begins.clear();
        self.begins.push(0);
        self.has_quotes = false;
        let (words, rest) = line.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for (at, word) in words.iter().chain([&last]).enumerate() {
            let word = u64::from_le_bytes(*word);
            if equal(word, QUOTES) != 0 {
                return self.find_quoted(line);
            }
            let mut commas = equal(word, COMMAS);
            while commas != 0 {
                self.begins
                    .push(at * 8 + commas.trailing_zeros() as usize / 8 + 1);
                commas &= commas - 1;
            }
        }
        self.begins.push(line.len() + 1);
    }

    #[cold]
    fn find_quoted(&mut self, line: &[u8]) {
        self.begins.clear();
        self.has_quotes = true;
        let mut rest = Some(line);
        while let Some(field) = rest {
            self.begins.push(line.len() - field.len());
            rest = first_field(field).1;
        }
        self.begins.push(line.len() + 1);
    }

    /// How many there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// One of them, without quotes and blanks around it; nothing where the line has fewer. `line` is the one that they were found in.
    #[inline]
    pub(super) fn field<'l>(&self, line: &'l [u8], place: usize) -> &'l [u8] {
        let Some([begin, next]) = self.begins.get(place..place + 2) else {
            return &[];
        };
        let field = match self.has_quotes {
            false => line.get(*begin..next - 1),
            true => line.get(*begin..).map(|rest| first_field(rest).0),
        }
        .unwrap_or_default();
        match field {
            // Most have no blanks around them.
            [b'!'..=u8::MAX, .., b'!'..=u8::MAX] => field,
            _ => field.trim_ascii(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::fields::fields;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_the_fields_that_are_read_one_after_the_other(line in "[a, \";é]{0,40}") {
            let line = line.as_bytes();
            let mut places = FieldPlaces::default();
            places.find(line);
            let found = (0..places.count()).map(|place| places.field(line, place));
            let expected: Vec<_> = fields(line).map(<[u8]>::trim_ascii).collect();
            prop_assert_eq!(found.collect::<Vec<_>>(), expected);
            prop_assert!(places.field(line, places.count()).is_empty());
        }
    }
}
