//! The text of a date → its parts.
//!
//! Read are three numbers with `/`, `-` or `.` between them, of which the first or the last is a year of four digits or of two, or the first one a
//! year of the Republic (three digits, counted from 1911); the same with 年, 月 and 日 or 년, 월 and 일 behind the numbers; and a month by its name (see
//! [`super::months`]). A time of midnight behind the date is passed over.

use super::months::month;
use super::{DateOrder, folded, time_of_day};
use crate::time::Span;
use jiff::civil;
use std::ops::RangeInclusive;

/// The years that a trend report can be of: nanoseconds since the epoch reach no further than this by far, and a date outside
/// is a slip.
pub(super) const YEARS: RangeInclusive<i16> = 1970..=2200;
/// A year of the Republic and one of the Common Era.
pub(super) const REPUBLIC: i16 = 1911;

/// What of a date its text says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateForm {
    /// Year, month and day.
    YearFirst,
    /// Only that the year is the last number.
    YearLast,
    /// Day, month and year: two dots, and a year of two digits.
    DayFirst,
    /// Nothing: the year has two digits.
    TwoDigits,
}

/// Whether a text is a date in some order.
pub(in crate::acquire) fn is_date(text: &[u8]) -> bool {
    form(text).is_some()
}

/// How a date is written; `None` where the text is none.
pub(super) fn form(text: &[u8]) -> Option<DateForm> {
    parts(text).map(|(_, form)| form)
}

/// The date that `text` is in this order.
pub(in crate::acquire) fn date(text: &[u8], order: DateOrder) -> Option<civil::Date> {
    let (year, month, day) = numbered(text, order)?;
    YEARS.contains(&year).then_some(())?;
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether `text` is a date in this order, of a year that no report is of.
#[cold]
pub(in crate::acquire) fn is_of_another_age(text: &[u8], order: DateOrder) -> bool {
    numbered(text, order).is_some_and(|(year, ..)| !YEARS.contains(&year))
}

/// Year, month and day of a text in this order.
fn numbered(text: &[u8], order: DateOrder) -> Option<(i16, i16, i16)> {
    let ([a, b, c], form) = parts(text)?;
    let (year, month, day) = match (order, form) {
        (DateOrder::YearMonthDay, DateForm::YearFirst)
        | (DateOrder::ShortYearMonthDay, DateForm::TwoDigits) => (a, b, c),
        (DateOrder::MonthDayYear, DateForm::YearLast | DateForm::TwoDigits) => (c, a, b),
        (
            DateOrder::DayMonthYear,
            DateForm::YearLast | DateForm::DayFirst | DateForm::TwoDigits,
        ) => (c, b, a),
        _ => return None,
    };
    let year = match form {
        DateForm::TwoDigits => of_two_digits(year),
        DateForm::YearFirst | DateForm::YearLast | DateForm::DayFirst => year,
    };
    Some((year, month, day))
}

/// The year of two digits, as POSIX has it: 69 is 1969, and 68 is 2068.
pub(super) fn of_two_digits(year: i16) -> i16 {
    year + if year < 69 { 2000 } else { 1900 }
}

/// The three numbers of a date text in the order in which they stand, or year, month and day.
fn parts(text: &[u8]) -> Option<([i16; 3], DateForm)> {
    let trimmed = text.trim_ascii();
    match numbers(trimmed) {
        Some(found) => Some(found),
        None => otherwise(trimmed),
    }
}

/// Three numbers, separated by `/`, `-` or `.`.
fn numbers(text: &[u8]) -> Option<([i16; 3], DateForm)> {
    let mut parts = [0_i16; 3];
    let mut digits = [0_u8; 3];
    let mut dots = 0;
    let mut at = 0;
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                parts[at] = parts[at]
                    .checked_mul(10)?
                    .checked_add(i16::from(byte - b'0'))?;
                digits[at] = digits[at].saturating_add(1);
            }
            b'/' | b'-' | b'.' if at < 2 && digits[at] > 0 => {
                at += 1;
                dots += u8::from(*byte == b'.');
            }
            _ => return None,
        }
    }
    let [a, b, c] = parts;
    match digits {
        [4, 1..=2, 1..=2] => Some((parts, DateForm::YearFirst)),
        [1..=2, 1..=2, 4] => Some((parts, DateForm::YearLast)),
        [3, 1..=2, 1..=2] => Some(([a + REPUBLIC, b, c], DateForm::YearFirst)),
        // Nobody who sets dots puts the month first.
        [1..=2, 1..=2, 2] if dots == 2 => Some(([a, b, of_two_digits(c)], DateForm::DayFirst)),
        [1..=2, 1..=2, 1..=2] if digits.contains(&2) => Some((parts, DateForm::TwoDigits)),
        _ => None,
    }
}

/// A date that is not written as three numbers of ASCII.
#[cold]
fn otherwise(text: &[u8]) -> Option<([i16; 3], DateForm)> {
    // The longest has a month by its name, and a midnight behind it.
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let folded = folded(text);
    let text = std::str::from_utf8(&folded).ok()?;
    let text = without_midnight(text).unwrap_or(text);
    numbers(text.as_bytes())
        .or_else(|| Some((behind_each_number(text)?, DateForm::YearFirst)))
        .or_else(|| Some((with_a_month(text)?, DateForm::YearFirst)))
}

/// The bytes of the longest text that is a date.
const LONGEST: usize = 64;

/// What stands before a time of midnight, as a spreadsheet writes it behind the date of a cell that has no time.
fn without_midnight(text: &str) -> Option<&str> {
    text.match_indices([' ', 'T']).find_map(|(at, _)| {
        let (date, time) = (text[..at].trim_end(), text[at + 1..].trim());
        let is_time = time.contains(':') && time_of_day(time.as_bytes()) == Some(Span::ZERO);
        is_time.then_some(date)
    })
}

/// `2026年1月10日`, `民國115年1月10日`, `2026년 1월 10일`.
fn behind_each_number(text: &str) -> Option<[i16; 3]> {
    let of_republic = ["民國", "民国", "中華民國", "中华民国"];
    let republic = of_republic.iter().find_map(|word| text.strip_prefix(word));
    let mut rest = republic.unwrap_or(text);
    let mut parts = [0; 3];
    for (part, words) in parts
        .iter_mut()
        .zip([['年', '년'], ['月', '월'], ['日', '일']])
    {
        let (number, behind) = rest.split_once(words)?;
        let number = number.trim();
        let is_number =
            (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        *part = number.parse().ok().filter(|_| is_number)?;
        rest = behind;
    }
    rest.trim().is_empty().then_some(())?;
    let [year, month, day] = parts;
    match (republic.is_some(), year) {
        (true, 1..) | (false, 100..=999) => Some([year + REPUBLIC, month, day]),
        (false, 1000..) => Some([year, month, day]),
        // A year of two digits may be of either.
        _ => None,
    }
}

/// `10-Jan-26`, `Jan 10, 2026`, `10. Januar 2026`: a year of two digits stands last, as nobody writes it otherwise.
fn with_a_month(text: &str) -> Option<[i16; 3]> {
    let is_between = |letter: char| matches!(letter, ' ' | '-' | '/' | '.' | ',');
    let mut words = text.split(is_between).filter(|word| !word.is_empty());
    let words = [words.next()?, words.next()?, words.next()?]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>();
    let [first, second, third] = words[..] else {
        return None;
    };
    let number = |word: &str| -> Option<(i16, usize)> {
        let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        Some((word.parse().ok().filter(|_| is_number)?, word.len()))
    };
    let (month, one, other) = match (month(first), month(second)) {
        (Some(month), _) => (month, second, third),
        (None, Some(month)) => (month, first, third),
        (None, None) => return None,
    };
    match (number(one)?, number(other)?) {
        ((day, 1 | 2), (year, 4)) | ((year, 4), (day, 1 | 2)) => Some([year, month, day]),
        ((day, 1 | 2), (year, 2)) => Some([of_two_digits(year), month, day]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_and_without_leading_zeros_in_every_order() {
        let expected = Some(civil::date(2016, 1, 9));
        for (text, order) in [
            ("2016/01/09", DateOrder::YearMonthDay),
            ("2016/1/9", DateOrder::YearMonthDay),
            ("2016-1-09", DateOrder::YearMonthDay),
            ("1/9/2016", DateOrder::MonthDayYear),
            ("09/01/2016", DateOrder::DayMonthYear),
        ] {
            assert_eq!(date(text.as_bytes(), order), expected, "{text}");
        }
        for text in [
            "2016/13/1",
            "2016/2/30",
            "2016/1",
            "2016/1/9/",
            "",
            "a/b/c",
            "2016//1",
        ] {
            assert_eq!(
                date(text.as_bytes(), DateOrder::YearMonthDay),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn dates_are_read_as_spreadsheets_and_other_countries_write_them() {
        use DateOrder::{DayMonthYear, MonthDayYear, ShortYearMonthDay, YearMonthDay};
        let expected = Some(civil::date(2026, 1, 10));
        for (text, order) in [
            ("26/1/10", ShortYearMonthDay),
            ("1/10/26", MonthDayYear),
            ("10-1-26", DayMonthYear),
            ("10.01.26", DayMonthYear),
            ("115/01/10", YearMonthDay),
            ("115.1.10", YearMonthDay),
            ("民國115年1月10日", YearMonthDay),
            ("115年01月10日", YearMonthDay),
            ("2026年1月10日", YearMonthDay),
            ("2026年 1月 10日", YearMonthDay),
            ("２０２６／１／１０", YearMonthDay),
            ("２０２６年１月１０日", YearMonthDay),
            ("2026년 1월 10일", YearMonthDay),
            ("10-Jan-26", YearMonthDay),
            ("10 January 2026", YearMonthDay),
            ("Jan 10, 2026", YearMonthDay),
            ("2026-JAN-10", YearMonthDay),
            ("10. Januar 2026", YearMonthDay),
            ("10 janv. 2026", YearMonthDay),
            ("2026/1/10 00:00:00", YearMonthDay),
            ("2026-01-10T00:00:00", YearMonthDay),
            ("1/10/2026 12:00:00 AM", MonthDayYear),
        ] {
            assert_eq!(date(text.as_bytes(), order), expected, "{text}");
            for other in DateOrder::ALL.into_iter().filter(|other| *other != order) {
                let two_digits = form(text.as_bytes()) == Some(DateForm::TwoDigits);
                let found = date(text.as_bytes(), other);
                assert!(two_digits || found != expected, "{text} as {other}");
            }
        }
        for text in [
            "1/2/3",
            "26年1月10日",
            "2026年1月",
            "2026年1月10日x",
            "2026/1/10 00:15:00",
            "10-Foo-26",
            "Jan 10",
            "Jan Jan 10",
            "26-Jan-2026-1",
            "10.01.026",
            "999/1/10",
        ] {
            for order in DateOrder::ALL {
                assert_eq!(date(text.as_bytes(), order), None, "{text} as {order}");
            }
        }
    }

    #[test]
    fn a_year_that_no_report_is_of_is_told_in_the_order_of_the_report() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        for (text, order, expected) in [
            ("1900/1/0", YearMonthDay, true),
            ("9999/12/31", YearMonthDay, true),
            ("1/13/69", MonthDayYear, true),
            ("1/13/70", MonthDayYear, false),
            ("13/1/1969", DayMonthYear, true),
            ("2026/1/32", YearMonthDay, false),
            ("1/13/1969", YearMonthDay, false),
            ("soon", YearMonthDay, false),
        ] {
            let found = is_of_another_age(text.as_bytes(), order);
            assert_eq!(found, expected, "{text} as {order}");
        }
    }
}
