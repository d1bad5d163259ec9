//! Texts in which every part of a format has all its digits, as nearly all have → what they say, by the places of these digits.

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
        Some(Self {
            length,
            year: year?,
            month: month?,
            day: day?,
            hour,
            minute,
            second,
            others,
        })
    }

    /// The date and the time of day that `text` says; `None` where it has to be read part by part.
    #[inline]
    pub(super) fn read(&self, text: &[u8]) -> Option<(civil::Date, Span)> {
        if text.len() != self.length || self.others.iter().any(|(at, byte)| text[*at] != *byte) {
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

/// The number of two digits.
#[inline]
fn two(text: &[u8], at: usize) -> Option<i8> {
    let [tens, ones] = [text.get(at)?, text.get(at + 1)?].map(|digit| digit.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| (tens * 10 + ones).cast_signed())
}
