//! A line → where its fields stand, all of them at once: short fields cost more to begin looking than to look.

use super::fields::first_field;

/// Lines with no more fields than these are gone through faster.
const FEW: usize = 15;

/// Where the fields of a line begin. It is kept from line to line.
#[derive(Debug, Default)]
pub(super) struct FieldPlaces {
    /// Where each field begins, and where one more would, of a line with few fields.
    few: [usize; FEW + 1],
    /// The same of a line with more.
    many: Vec<usize>,
    /// How many fields there are.
    count: usize,
    has_quotes: bool,
}

/// In each byte of a word the same.
pub(super) const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte of `word` that is the byte in `every`.
#[inline]
pub(super) const fn equal(word: u64, every_byte: u64) -> u64 {
    const LOW: u64 = every(0x7F);
    let other = word ^ every_byte;
    !(((other & LOW) + LOW) | other | LOW)
}

/// Not zero where any byte of `word` is the byte in `every`.
#[inline]
const fn any_equal(word: u64, every_byte: u64) -> u64 {
    let other = word ^ every_byte;
    other.wrapping_sub(every(1)) & !other & every(0x80)
}

/// The bytes of a line behind its last whole word of eight, and zeros.
#[inline]
fn last_word(line: &[u8]) -> u64 {
    let rest = line.len() % 8;
    match line.last_chunk() {
        Some(last) if rest > 0 => u64::from_le_bytes(*last) >> (8 * (8 - rest)),
        Some(_) => 0,
        None => (line.iter().rev()).fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

impl FieldPlaces {
    /// Finds the fields of `line`.
    #[inline]
    pub(super) fn find(&mut self, line: &[u8]) {
        const COMMAS: u64 = every(b',');
        const QUOTES: u64 = every(b'"');
        let words = line.as_chunks::<8>().0.iter();
        let words = words.map(|word| u64::from_le_bytes(*word));
        let (mut count, mut quotes) = (1, 0);
        for (at, word) in words.chain([last_word(line)]).enumerate() {
            quotes |= any_equal(word, QUOTES);
            let mut commas = equal(word, COMMAS);
            while commas != 0 {
                let Some(begin) = self.few.get_mut(count) else {
                    return self.find_each(line);
                };
                *begin = at * 8 + commas.trailing_zeros() as usize / 8 + 1;
                count += 1;
                commas &= commas - 1;
            }
        }
        if quotes != 0 || count > FEW {
            return self.find_each(line);
        }
        self.few[count] = line.len() + 1;
        (self.count, self.has_quotes) = (count, false);
    }

    /// Finds the fields of a line that has many, or quotes.
    #[cold]
    fn find_each(&mut self, line: &[u8]) {
        self.has_quotes = memchr::memchr(b'"', line).is_some();
        self.many.clear();
        self.many.push(0);
        if self.has_quotes {
            let rests = std::iter::successors(first_field(line).1, |rest| first_field(rest).1);
            self.many.extend(rests.map(|rest| line.len() - rest.len()));
        } else {
            let commas = memchr::memchr_iter(b',', line);
            self.many.extend(commas.map(|comma| comma + 1));
        }
        self.count = self.many.len();
        self.many.push(line.len() + 1);
        if let Some(few) = self.few.get_mut(..self.many.len()) {
            few.copy_from_slice(&self.many);
        }
    }

    /// How many there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// One of them, without quotes and blanks around it; nothing where the line has fewer. `line` is the one that they were found in.
    #[inline]
    pub(super) fn field<'l>(&self, line: &'l [u8], place: usize) -> &'l [u8] {
        if place >= self.count {
            return &[];
        }
        let begins = match self.count <= FEW {
            true => self.few.get(place..place + 2),
            false => self.many.get(place..place + 2),
        };
        let Some([begin, next]) = begins else {
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
        fn they_are_the_fields_that_are_read_one_after_the_other(
            line in "[a, \";é]{0,40}",
            more in prop::sample::select(vec!["", ",,,,,,,,,", ",a,b,c,d,e,f,g"]),
        ) {
            let line = format!("{line}{more}");
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
