//! The text of a time → what has passed since midnight.
//!
//! Read are `H:MM` and `H:MM:SS`, with or without a leading zero and with a fraction of a second; `24:00:00`, which is the end of the day; and
//! times of twelve hours with a word for the half of the day before or behind them.

use super::folded;
use crate::time::{DAY, HOUR, MINUTE, SECOND, Span};

/// Words for the half of the day before noon, and for that after it.
const BEFORE_NOON: [&str; 6] = ["am", "a.m.", "a", "上午", "午前", "오전"];
const AFTER_NOON: [&str; 6] = ["pm", "p.m.", "p", "下午", "午後", "오후"];

/// Whether a word says which half of the day a time of twelve hours is in.
pub(in crate::acquire) fn is_half_of_day(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_lowercase();
    BEFORE_NOON.contains(&&*word) || AFTER_NOON.contains(&&*word)
}

/// The time since midnight that `text` is; a whole day for the end of the day.
#[inline]
pub(in crate::acquire) fn time_of_day(text: &[u8]) -> Option<Span> {
    if let [h1, h2, b':', m1, m2, b':', s1, s2] = text {
        let two = |tens: &u8, ones: &u8| {
            let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
        };
        if let (Some(hour), Some(minute), Some(second)) = (two(h1, h2), two(m1, m2), two(s1, s2)) {
            return of_day(hour, minute, second * SECOND);
        }
    }
    let text = text.trim_ascii();
    match clock(text) {
        Some((hour, minute, second)) => of_day(hour, minute, second),
        None => otherwise(text),
    }
}

/// The time since midnight; a whole day for 24:00.
pub(super) fn of_day(hour: i64, minute: i64, second: Span) -> Option<Span> {
    let time = hour * HOUR + minute * MINUTE + second;
    let within = hour < 24 && minute < 60 && second < MINUTE;
    (within || time == DAY && hour == 24).then_some(time)
}

/// The numbers of hour, minute and second; no second is none.
fn clock(text: &[u8]) -> Option<(i64, i64, Span)> {
    let mut numbers = text.split(|byte| *byte == b':');
    let two = |digits: &[u8]| {
        let is_number = (1..=2).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| number(digits))
    };
    let (hour, minute) = (two(numbers.next()?)?, two(numbers.next()?)?);
    let second = match numbers.next() {
        None => Span::ZERO,
        Some(second) => {
            let mut parts = second.splitn(2, |byte| matches!(byte, b'.' | b','));
            two(parts.next()?)? * SECOND + parts.next().map_or(Some(Span::ZERO), fraction)?
        }
    };
    numbers.next().is_none().then_some((hour, minute, second))
}

/// The digits behind the second's sign.
pub(super) fn fraction(digits: &[u8]) -> Option<Span> {
    let is_number = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let zeros = u32::try_from(9_usize.checked_sub(digits.len())?).ok()?;
    is_number.then(|| Span::from_nanos(number(digits) * 10_i64.pow(zeros)))
}

fn number(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

/// A time of twelve hours, or in fullwidth digits.
#[cold]
fn otherwise(text: &[u8]) -> Option<Span> {
    // The longest has a word, and nine digits behind the second.
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let folded = folded(text);
    let text = std::str::from_utf8(&folded).ok()?;
    if !text.contains(':') {
        return None;
    }
    let begins = text.find(|letter: char| letter.is_ascii_digit())?;
    let ends = text.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let word = match (text[..begins].trim(), text[ends..].trim()) {
        ("", word) | (word, "") => word.to_lowercase(),
        _ => return None,
    };
    let (hour, minute, second) = clock(&text.as_bytes()[begins..ends])?;
    let hour = match word.is_empty() {
        true => hour,
        false => HalfOfDay::of(&word)?.hour(hour)?,
    };
    of_day(hour, minute, second)
}

/// Half of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HalfOfDay {
    /// The half before noon.
    Before,
    /// The half after noon.
    After,
}

impl HalfOfDay {
    fn of(word: &str) -> Option<Self> {
        if BEFORE_NOON.contains(&word) {
            return Some(Self::Before);
        }
        AFTER_NOON.contains(&word).then_some(Self::After)
    }

    /// The half for which a text begins with a word, in small letters or capitals, and the length of the word.
    pub(super) fn begins(text: &str) -> Option<(Self, usize)> {
        let half = |words: &[&str], half| {
            let is_begin = |word: &&&str| {
                let begin = text.get(..word.len());
                begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
            };
            let longest = words.iter().filter(is_begin).map(|word| word.len()).max();
            longest.map(|length| (half, length))
        };
        half(&BEFORE_NOON, Self::Before).or_else(|| half(&AFTER_NOON, Self::After))
    }

    /// The hour of the day that this hour of the half is.
    pub(super) fn hour(self, hour: i64) -> Option<i64> {
        match (self, hour) {
            // Noon and midnight are 12 there, and 0 in Japanese.
            (Self::Before, 12) => Some(0),
            (Self::Before, 0..=11) | (Self::After, 12..=23) => Some(hour),
            (Self::After, 0..=11) => Some(hour + 12),
            _ => None,
        }
    }
}

/// The bytes of the longest text that is a time.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_seconds() {
        for (text, expected) in [
            ("00:15:00", Some(15 * MINUTE)),
            ("23:59:59", Some(24 * HOUR - SECOND)),
            ("7:05", Some(7 * HOUR + 5 * MINUTE)),
            (" 7:05:09", Some(7 * HOUR + 5 * MINUTE + 9 * SECOND)),
            (" 7:05:09 ", Some(7 * HOUR + 5 * MINUTE + 9 * SECOND)),
            ("24:00:00", Some(DAY)),
            ("24:00", Some(DAY)),
            ("24:00:01", None),
            ("24:15:00", None),
            ("25:00:00", None),
            ("12:60", None),
            ("12", None),
            ("1:2:3:4", None),
            ("::", None),
            ("0a:00:00", None),
        ] {
            assert_eq!(time_of_day(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn times_are_read_as_spreadsheets_write_them() {
        let quarter = Some(15 * MINUTE);
        let noon = Some(12 * HOUR + 15 * MINUTE);
        for (text, expected) in [
            ("12:15:00 AM", quarter),
            ("12:15 am", quarter),
            ("12:15:00AM", quarter),
            ("12:15:00 a.m.", quarter),
            ("0:15 AM", quarter),
            ("上午 12:15:00", quarter),
            ("上午12:15", quarter),
            ("午前0:15", quarter),
            ("오전 12:15:00", quarter),
            ("０：１５：００", quarter),
            ("12:15:00 PM", noon),
            ("下午 12:15:00", noon),
            ("下午12:15:00", noon),
            ("12:15:00 下午", noon),
            ("午後0:15:00", noon),
            ("오후 12:15", noon),
            ("1:15 p.m.", Some(13 * HOUR + 15 * MINUTE)),
            ("13:15 PM", Some(13 * HOUR + 15 * MINUTE)),
            (
                "00:15:00.5",
                Some(15 * MINUTE + Span::from_nanos(500_000_000)),
            ),
            (
                "00:15:00,000000001",
                Some(15 * MINUTE + Span::from_nanos(1)),
            ),
            ("13:15 AM", None),
            ("24:00 AM", None),
            ("AM 12:15 PM", None),
            ("12:15 XM", None),
            ("AM", None),
            ("00:15:00.", None),
            ("00:15.5", None),
            ("00:15:00.0000000001", None),
            ("noon", None),
        ] {
            assert_eq!(time_of_day(text.as_bytes()), expected, "{text}");
        }
    }
}
