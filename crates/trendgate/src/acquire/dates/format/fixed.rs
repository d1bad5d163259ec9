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
        };
        fixed.iso = fixed.separator();
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
    let [
        _,
        _,
        _,
        _,
        b'-',
        _,
        _,
        b'-',
        _,
        _,
        separator,
        _,
        _,
        b':',
        _,
        _,
    ] = minutes
    else {
        return None;
    };
    separators.contains(separator).then_some(())?;
    let second = match seconds {
        [] => 0,
        [b':', digits @ ..] if digits.len() == 2 => two(digits, 0)?,
        _ => return None,
    };
    let year = i16::from(two(minutes, 0)?) * 100 + i16::from(two(minutes, 2)?);
    YEARS.contains(&year).then_some(())?;
    let date = civil::Date::new(year, two(minutes, 5)?, two(minutes, 8)?).ok()?;
    let (hour, minute) = (two(minutes, 11)?, two(minutes, 14)?);
    let time = of_day(hour.into(), minute.into(), i64::from(second) * SECOND)?;
    Some((date, time))
}

/// The number of two digits.
#[inline]
fn two(text: &[u8], at: usize) -> Option<i8> {
    let [tens, ones] = [text.get(at)?, text.get(at + 1)?].map(|digit| digit.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| (tens * 10 + ones).cast_signed())
}
