//! The date and time texts of a row → the wall clock's date and time of day.
//!
//! A text is read in every form that loggers and spreadsheets write and that can be read in one way only; the order of day and month is
//! proved by the rows of a report together.

mod format;
mod months;
mod order;
mod time_of_day;
mod written;

pub(super) use format::{StampFormat, StampZone, WrittenTime};
pub(super) use order::{OrderProof, Proved};
pub(super) use time_of_day::{is_half_of_day, time_of_day};
pub(super) use written::{date, is_date, is_of_another_age};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DateOrder {
    /// As 2016/10/9.
    #[serde(rename = "year/month/day")]
    YearMonthDay,
    /// As 10/9/2016.
    #[serde(rename = "month/day/year")]
    MonthDayYear,
    /// As 16/10/9, in a report without years of four digits.
    #[serde(rename = "yy/month/day")]
    ShortYearMonthDay,
    /// As 9/10/2016.
    #[serde(rename = "day/month/year")]
    DayMonthYear,
}

impl DateOrder {
    /// Every order.
    pub(super) const ALL: [Self; 4] = [
        Self::YearMonthDay,
        Self::ShortYearMonthDay,
        Self::MonthDayYear,
        Self::DayMonthYear,
    ];
}

impl std::fmt::Display for DateOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::YearMonthDay => "year/month/day",
            Self::ShortYearMonthDay => "yy/month/day",
            Self::MonthDayYear => "month/day/year",
            Self::DayMonthYear => "day/month/year",
        })
    }
}

/// Whether `text` is a format of times.
///
/// # Errors
/// Why it is none.
pub(crate) fn check_format(text: &str) -> Result<(), String> {
    text.parse::<StampFormat>().map(|_| ())
}

/// Whether a word is the name of a month, or short for one.
pub(super) fn is_month(word: &str) -> bool {
    months::month(word).is_some()
}

/// A text without blanks around it, and with the digits and signs of fullwidth forms as those of ASCII.
fn folded(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.trim_ascii();
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return Cow::Borrowed(text);
    };
    let fold = |letter: char| match letter {
        // Each stands as far from its form in ASCII as all others do.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        letter if letter.is_whitespace() => ' ',
        letter => letter,
    };
    let text: String = text.chars().map(fold).collect();
    Cow::Owned(text.trim().as_bytes().to_vec())
}
