//! How times are written, as it is stated, → a reader of them.
//!
//! A format is made of the words of `strptime` (`%d.%m.%Y %H:%M`), or one word for all of it: `iso`, `epoch_s`, `epoch_ms`, `excel`, `sheet`. It is
//! compiled once; then a text is read in one pass, without a copy. What is refused here: words that are none, a format that leaves a part of the date open,
//! or says a part twice.

mod compile;
mod fixed;
mod read;
#[cfg(test)]
mod tests;

use super::DateOrder;
use crate::time::{Instant, Span};
use fixed::FixedPlaces;
use jiff::civil;
use std::borrow::Cow;

/// How the text of a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::acquire) struct StampFormat {
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Parts(Vec<FormatPart>, Option<FixedPlaces>),
    Iso,
    EpochSeconds,
    EpochMillis,
    Excel,
    Sheet,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FormatPart {
    /// `%Y`: four digits.
    Year,
    /// `%y`: two.
    ShortYear,
    /// `%EY`: a year of the Republic, counted from 1911.
    RepublicYear,
    /// `%m`: the number of the month.
    Month,
    /// `%b`, `%B`: its name, or short for it.
    MonthName,
    /// `%d`: the day of the month.
    Day,
    /// `%a`, `%A`: a word, which is passed over.
    Weekday,
    /// `%H`: the hour of the day.
    Hour,
    /// `%I`: the hour of a half of the day.
    HourOfHalf,
    /// `%p`: which half of the day.
    Half,
    /// `%M`: the minutes.
    Minute,
    /// `%H%M` where no digit stands beside it: the last two digits are the minutes, and what lacks zeros is of the first hours.
    HourAndMinute,
    /// `%S`: the seconds.
    Second,
    /// `%f`: the digits behind the second's sign.
    Fraction,
    /// `%z`: how far from UTC the clock is.
    Offset,
    /// `%Z`: a word for that.
    ZoneWord,
    /// Any number of blanks, or none.
    Blanks,
    /// These very bytes.
    Text(Vec<u8>),
}

/// What the text of a time says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::acquire) enum WrittenTime<'t> {
    /// What a clock showed.
    Clock {
        date: civil::Date,
        /// Since midnight; a whole day for 24:00.
        time: Span,
        zone: StampZone<'t>,
    },
    /// An instant.
    Instant(Instant),
}

/// What the text of a time says of the zone of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::acquire) enum StampZone<'t> {
    /// The text says nothing of it.
    Unsaid,
    /// How far ahead of UTC it is.
    Offset(Span),
    /// A word for a zone, such as CEST.
    Word(Cow<'t, str>),
    /// That the hour is there for the second time: `02X`.
    Again,
}

impl StampFormat {
    /// That of a real date of a spreadsheet, as containers write it.
    pub(in crate::acquire) const SHEET: Self = Self { form: Form::Sheet };

    /// The order of year, month and day.
    pub(in crate::acquire) fn date_order(&self) -> DateOrder {
        let Form::Parts(parts, _) = &self.form else {
            return DateOrder::YearMonthDay;
        };
        let place = |wanted: &[FormatPart]| parts.iter().position(|part| wanted.contains(part));
        let year = place(&[
            FormatPart::Year,
            FormatPart::ShortYear,
            FormatPart::RepublicYear,
        ]);
        let month = place(&[FormatPart::Month, FormatPart::MonthName]);
        let day = place(&[FormatPart::Day]);
        match (year < month, month < day) {
            (true, _) if parts.contains(&FormatPart::ShortYear) => DateOrder::ShortYearMonthDay,
            (true, _) => DateOrder::YearMonthDay,
            (false, true) => DateOrder::MonthDayYear,
            (false, false) => DateOrder::DayMonthYear,
        }
    }
}
