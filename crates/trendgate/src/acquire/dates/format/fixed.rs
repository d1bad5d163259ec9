//! Texts in which every part of a format has all its digits, as nearly all have → what they say, by the places of these digits.
//!
//! Most are written as ISO 8601 does, whose places are known when the program is compiled.

use super::super::time_of_day::of_day;
use super::super::written::YEARS;
use super::FormatPart;
use crate::time::{SECOND, Span};
use jiff::civil;

/// Where the digits of each part stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FixedPlaces {
    length: usize,
    year: usize,
    month: usize,
    day: usize,
    hour: Option<usize>,
    minute: Option<usize>,
    second: Option<usize>,
    /// What stands between them.
    others: Vec<(usize, u8)>,
    /// What stands between date and time of day, where all else is as in ISO 8601.
    iso: Option<u8>,
    ends_in_clock: bool,
}

impl FixedPlaces {
    /// Those of a format that has only a year of four digits and numbers of two, and single blanks.
    pub(super) fn of(parts: &[FormatPart]) -> Option<Self> {
        let (mut year, mut month, mut day) = (None, None, None);
        let (mut hour, mut minute, mut second) = (None, None, None);
        let (mut length, mut others) = (0, Vec::new());
        for part in parts {
            let (place, digits) = match part {
                FormatPart::Year => (&mut year, 4),
                FormatPart::Month => (&mut month, 2),
                FormatPart::Day => (&mut day, 2),
                FormatPart::Hour => (&mut hour, 2),
                FormatPart::Minute => (&mut minute, 2),
                FormatPart::Second => (&mut second, 2),
                FormatPart::Blanks => {
                    others.push((length, b' '));
                    length += 1;
                    continue;
                }
                FormatPart::Text(text) => {
                    others.extend((length..).zip(text.iter().copied()));
                    length += text.len();
                    continue;
                }
                _ => return None,
            };
            if place.replace(length).is_some() {
                return None;
            }
            length += digits;
        }
        let mut fixed = Self {
            length,
            year: year?,
            month: month?,
            day: day?,
            hour,
            minute,
            second,
            others,
            iso: None,
            ends_in_clock: false,
        };
        fixed.iso = fixed.separator();
        fixed.ends_in_clock = fixed.has_clock_at_end();
        Some(fixed)
    }

    /// What stands between date and time of day, if all else is as in ISO 8601.
    fn separator(&self) -> Option<u8> {
        let [(4, b'-'), (7, b'-'), (10, separator), (13, b':'), rest @ ..] = &*self.others else {
            return None;
        };
        let is_iso = (self.year, self.month, self.day) == (0, 5, 8)
            && (self.hour, self.minute) == (Some(11), Some(14))
            && match rest {
                [] => self.second.is_none() && self.length == 16,
                [(16, b':')] => self.second == Some(17) && self.length == 19,
                _ => false,
            };
        is_iso.then_some(*separator)
    }

    /// Whether a text ends in a time of day as `23:59:59`.
    pub(super) const fn ends_in_clock(&self) -> bool {
        self.ends_in_clock
    }

    /// Whether that stands at these places.
    fn has_clock_at_end(&self) -> bool {
        let end = |place: Option<usize>, digits: usize| {
            place.is_some_and(|place| place + digits == self.length)
        };
        let colons = [6, 3].map(|from_end| (self.length.wrapping_sub(from_end), b':'));
        end(self.hour, 8)
            && end(self.minute, 5)
            && end(self.second, 2)
            && colons.iter().all(|colon| self.others.contains(colon))
    }

    /// The date and the time of day that `text` says; `None` where it has to be read part by part.
    #[inline]
    pub(super) fn read(&self, text: &[u8]) -> Option<(civil::Date, Span)> {
        if text.len() != self.length {
            return None;
        }
        if let Some(separator) = self.iso {
            return iso(text, &[separator]);
        }
        if self.others.iter().any(|(at, byte)| text[*at] != *byte) {
            return None;
        }
        let year = i16::from(two(text, self.year)?) * 100 + i16::from(two(text, self.year + 2)?);
        YEARS.contains(&year).then_some(())?;
        let date = civil::Date::new(year, two(text, self.month)?, two(text, self.day)?).ok()?;
        let number = |place: Option<usize>| match place {
            Some(place) => two(text, place).map(i64::from),
            None => Some(0),
        };
        let second = number(self.second)? * SECOND;
        let time = of_day(number(self.hour)?, number(self.minute)?, second)?;
        Some((date, time))
    }
}

/// As [`FixedPlaces::read`], of a date and a time of day to the second, or to the minute, as ISO 8601 writes them with all digits; `separators` may
/// stand between them.
#[inline]
pub(super) fn iso(text: &[u8], separators: &[u8]) -> Option<(civil::Date, Span)> {
    let (minutes, seconds) = text.split_first_chunk::<16>()?;
    let [date, clock] = minutes.as_chunks().0 else {
        return None;
    };
    const DATE: DigitForm = DigitForm::of(b"0000-00-");
    const CLOCK: DigitForm = DigitForm::of(b"00 00:00");
    let date = DATE.digits(u64::from_le_bytes(*date))?;
    // Any separator that may stand there is read as a blank.
    separators.contains(&clock[2]).then_some(())?;
    let blank = u64::from(clock[2] ^ b' ') << 16;
    let clock = CLOCK.digits(u64::from_le_bytes(*clock) ^ blank)?;
    let second = match seconds {
        [] => 0,
        [b':', tens, ones] => number(*tens, *ones)?,
        _ => return None,
    };
    let year = i16::from(pair(date, 0)) * 100 + i16::from(pair(date, 2));
    YEARS.contains(&year).then_some(())?;
    let date = civil::Date::new(year, pair(date, 5), pair(clock, 0)).ok()?;
    let (hour, minute) = (pair(clock, 3), pair(clock, 6));
    let time = of_day(hour.into(), minute.into(), i64::from(second) * SECOND)?;
    Some((date, time))
}

/// Eight bytes that are digits where there is a zero, and as they are elsewhere.
struct DigitForm {
    bytes: u64,
    /// What makes the highest bit of a byte one where the byte is more than it may be above the form's.
    room: u64,
}

impl DigitForm {
    const fn of(form: &[u8; 8]) -> Self {
        let mut room = [0x7F; 8];
        let mut at = 0;
        while at < form.len() {
            if form[at] == b'0' {
                room[at] -= 9;
            }
            at += 1;
        }
        Self {
            bytes: u64::from_le_bytes(*form),
            room: u64::from_le_bytes(room),
        }
    }

    /// The digits of a text as numbers, each at its place, and zeros.
    #[inline]
    const fn digits(&self, text: u64) -> Option<u64> {
        const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
        let found = text ^ self.bytes;
        match (found.wrapping_add(self.room) | found) & HIGH {
            0 => Some(found),
            _ => None,
        }
    }
}

/// The time of day at the end of a text, as `23:59:59`, and what stands before it.
#[inline]
pub(super) fn split_clock(text: &[u8]) -> Option<(&[u8], Span)> {
    const CLOCK: DigitForm = DigitForm::of(b"00:00:00");
    let (before, clock) = text.split_last_chunk()?;
    let clock = CLOCK.digits(u64::from_le_bytes(*clock))?;
    let [hour, minute, second] = [0, 3, 6].map(|at| i64::from(pair(clock, at)));
    let is_within = hour < 24 && minute < 60 && second < 60;
    let seconds = (hour * 60 + minute) * 60 + second;
    is_within.then_some((before, seconds * SECOND))
}

/// The number of the two digits from this place on.
#[inline]
const fn pair(digits: u64, at: u32) -> i8 {
    let [tens, ones, ..] = (digits >> (8 * at)).to_le_bytes();
    (tens * 10 + ones).cast_signed()
}

/// The number of two digits of a text.
#[inline]
fn two(text: &[u8], at: usize) -> Option<i8> {
    number(*text.get(at)?, *text.get(at + 1)?)
}

/// The number that two bytes are, which have to be digits.
#[inline]
fn number(tens: u8, ones: u8) -> Option<i8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| (tens * 10 + ones).cast_signed())
}
