//! How the numbers of a point are written.
//!
//! Loggers write the numbers of a point alike: so many digits, so many decimals. So a cell is first taken to be written as the last
//! number of its point was. Then where it ends is known before it is looked at, all its bytes are read at once, and one
//! comparison says whether they are what they were taken for. Where they are not, it is read byte by byte.

use crate::acquire::cells::{POWERS, short_decimal};

/// How a number of at most eight bytes is written: its length, and which of its bytes, the last of eight being the highest, are
/// what.
#[derive(Debug, Clone, Copy)]
pub(super) struct WrittenNumber {
    /// With its quotes.
    length: usize,
    /// The quotes on either side: one or none.
    quotes: usize,
    /// The digits before the point, if there is one.
    whole: u64,
    /// The other digits.
    digits: u64,
    /// Blanks, minus and point.
    marks: u64,
    /// These, as what is left of them when a zero is taken away bit by bit.
    said: u64,
    /// What the digits, read as one number, are to be divided by.
    power: f64,
}

/// What is looked for in the eight places, all at once.
const ZEROS: u64 = each(b'0');
const ABOVE_NINE: u64 = each(0x7f - 9);
const HIGHEST: u64 = each(0x80);

/// A byte in each of the eight places.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

impl WrittenNumber {
    /// As nothing is: no line has room for it.
    pub(super) const UNKNOWN: Self = Self {
        length: usize::MAX,
        quotes: 0,
        whole: 0,
        digits: 0,
        marks: 0,
        said: 0,
        power: 1.0,
    };

    /// As a number that is never read here: a word of the point's own is spelled as one.
    pub(super) const NEVER: Self = Self {
        quotes: usize::MAX,
        ..Self::UNKNOWN
    };

    /// Whether it is as a number is that is never read here.
    pub(super) fn is_never(&self) -> bool {
        self.quotes == Self::NEVER.quotes
    }

    /// How `text` is written, which [`short_decimal`] takes whole; `None` where it is longer than eight bytes.
    fn of(text: &[u8], quoted: bool) -> Option<Self> {
        let first = 8_usize.checked_sub(text.len())?;
        let quotes = usize::from(quoted);
        let mut written = Self {
            length: text.len() + 2 * quotes,
            quotes,
            ..Self::UNKNOWN
        };
        for (at, byte) in text.iter().enumerate() {
            let place = 8 * (first + at);
            if byte.is_ascii_digit() {
                written.digits |= 0xff << place;
                continue;
            }
            written.marks |= 0xff << place;
            written.said |= u64::from(byte ^ b'0') << place;
            if *byte == b'.' {
                written.whole = std::mem::take(&mut written.digits);
                written.power *= POWERS[text.len() - at - 1];
            } else if *byte == b'-' {
                written.power = -written.power;
            }
        }
        Some(written)
    }

    /// The number at `start` of `line`, and where its cell ends, if it is written so.
    #[inline]
    pub(super) fn read(&self, line: &[u8], start: usize) -> Option<(f64, usize)> {
        let end = start.checked_add(self.length)?;
        let cell = line.get(start..end)?;
        if line.get(end).is_some_and(|byte| *byte != b',') {
            return None;
        }
        if self.quotes == 1 && (cell.first(), cell.last()) != (Some(&b'"'), Some(&b'"')) {
            return None;
        }
        let text = line.get(..end - self.quotes)?.last_chunk()?;
        let bytes = u64::from_le_bytes(*text) ^ ZEROS;
        // Where there is a point, the digits before it move up into its place.
        let digits = ((bytes & self.whole) << 8) | (bytes & self.digits);
        let no_digits = (digits | digits.wrapping_add(ABOVE_NINE)) & HIGHEST;
        if no_digits | ((bytes & self.marks) ^ self.said) != 0 {
            return None;
        }
        // Neighbours become pairs, pairs fours, fours the number.
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
        let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
        let [_, _, _, _, number @ ..] = low.wrapping_add(high).to_le_bytes();
        Some((f64::from(u32::from_le_bytes(number)) / self.power, end))
    }

    /// The same for one that is plain, and written in another way than the last; the next one is taken to be written as it is.
    pub(super) fn another(&mut self, line: &[u8], start: usize) -> Option<(f64, usize)> {
        if self.is_never() {
            return None;
        }
        let cell = line.get(start..)?;
        let quoted = cell.first() == Some(&b'"');
        let text = &cell[usize::from(quoted)..];
        let (value, length) = short_decimal(text)?;
        let (text, rest) = text.split_at(length);
        let rest = if quoted {
            rest.strip_prefix(b"\"")?
        } else {
            rest
        };
        if rest.first().is_some_and(|byte| *byte != b',') {
            return None;
        }
        *self = Self::of(text, quoted).unwrap_or(*self);
        Some((value, line.len() - rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A cell as a logger may write it.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "(\"?) {0,2}-?[0-9]{0,9}(\\.[0-9]{0,4})?\"?",
            1 => "[-0-9. \"x/:,\u{e9}]{0,11}",
        ]
    }

    proptest! {
        #[test]
        fn a_cell_is_the_same_number_whatever_the_last_one_was(
            before in "(2016/10/13,00:00:00)?",
            last in cell(),
            next in cell(),
            after in ",?",
        ) {
            let (last, line) = (format!("{before},{last}"), format!("{before},{next}{after}"));
            let start = before.len() + 1;
            let number = |written: &mut WrittenNumber, line: &str| {
                let (line, read) = (line.as_bytes(), written.read(line.as_bytes(), start));
                let number = read.or_else(|| written.another(line, start));
                number.map(|(value, end)| (value.to_bits(), end))
            };
            let mut written = WrittenNumber::UNKNOWN;
            let alone = number(&mut written, &line);
            // Once more as itself, then as the last one.
            prop_assert_eq!(number(&mut written, &line), alone);
            let mut written = WrittenNumber::UNKNOWN;
            number(&mut written, &last);
            prop_assert_eq!(number(&mut written, &line), alone);
            if let Some((value, end)) = alone {
                let text = line[start..end].trim_matches('"').trim_start_matches(' ');
                prop_assert_eq!(value, text.parse::<f64>().unwrap().to_bits(), "{}", line);
            }
        }
    }

    #[test]
    fn numbers_up_to_eight_bytes_are_read_at_once_and_others_one_by_one() {
        for text in [
            "7", "51.4", "-0.2", " 51.4", "1234.567", "12345678", ".5", "5.", "-0",
        ] {
            for quote in ["", "\""] {
                let line = format!("00:00:00,{quote}{text}{quote},1");
                let written = WrittenNumber::of(text.as_bytes(), !quote.is_empty()).unwrap();
                let (value, end) = written.read(line.as_bytes(), 9).unwrap();
                let expected: f64 = text.trim().parse().unwrap();
                assert_eq!(value.to_bits(), expected.to_bits(), "{line}");
                assert_eq!(end, line.len() - 2);
            }
        }
        assert!(WrittenNumber::of(b"1234567.8", false).is_none());
        assert!(WrittenNumber::UNKNOWN.read(b"00:00:00,5", 9).is_none());
    }
}
