//! The date and time texts of a row → the wall clock's date and time of day.

use crate::clock::SECOND;
use jiff::civil;
use serde::{Deserialize, Serialize};

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// 2016/10/9
    #[serde(rename = "year/month/day")]
    YearMonthDay,
    /// 10/9/2016
    #[serde(rename = "month/day/year")]
    MonthDayYear,
    /// 9/10/2016
    #[serde(rename = "day/month/year")]
    DayMonthYear,
}

impl std::fmt::Display for DateOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::YearMonthDay => "year/month/day",
            Self::MonthDayYear => "month/day/year",
            Self::DayMonthYear => "day/month/year",
        })
    }
}

/// The years that a trend report can be of: nanoseconds since the epoch reach no further than this by far, and a date outside
/// is a slip.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;

/// The three numbers of a date text, separated by `/`, `-` or `.`; whether the first has four digits.
pub(super) fn parts(text: &[u8]) -> Option<([i16; 3], bool)> {
    let text = text.trim_ascii();
    let mut parts = [0_i16; 3];
    let mut digits = [0_u8; 3];
    let mut at = 0;
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                parts[at] = parts[at]
                    .checked_mul(10)?
                    .checked_add(i16::from(byte - b'0'))?;
                digits[at] = digits[at].saturating_add(1);
            }
            b'/' | b'-' | b'.' if at < 2 && digits[at] > 0 => at += 1,
            _ => return None,
        }
    }
    match digits {
        [4, 1..=2, 1..=2] => Some((parts, true)),
        [1..=2, 1..=2, 4] => Some((parts, false)),
        _ => None,
    }
}

/// The date that `text` is in this order.
pub(super) fn date(text: &[u8], order: DateOrder) -> Option<civil::Date> {
    let ([a, b, c], year_first) = parts(text)?;
    let (year, month, day) = match (order, year_first) {
        (DateOrder::YearMonthDay, true) => (a, b, c),
        (DateOrder::MonthDayYear, false) => (c, a, b),
        (DateOrder::DayMonthYear, false) => (c, b, a),
        _ => return None,
    };
    YEARS.contains(&year).then_some(())?;
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Nanoseconds after midnight of `H:MM` or `H:MM:SS`, with or without a leading zero.
#[inline]
pub(super) fn time_of_day(text: &[u8]) -> Option<i64> {
    if let [h1, h2, b':', m1, m2, b':', s1, s2] = text {
        let two = |tens: &u8, ones: &u8| {
            let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
        };
        return seconds(two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    }
    let mut numbers = [0; 3];
    let mut count = 0;
    for part in text.trim_ascii().split(|byte| *byte == b':') {
        let digits = (1..=2).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
        if count == 3 || !digits {
            return None;
        }
        numbers[count] = part
            .iter()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        count += 1;
    }
    if count < 2 {
        return None;
    }
    seconds(numbers[0], numbers[1], numbers[2])
}

fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then(|| ((hour * 60 + minute) * 60 + second) * SECOND)
}

/// The order that the dates of a report prove, from rows in the order of the file (date text, time of day) and other texts
/// that may hold dates, such as the `Date Range:` line. `interval` is the stated one.
///
/// Proof is a number above 12 where a month would have to be, or two rows around a midnight that only one order puts next
/// to each other.
pub(super) fn prove_order(
    rows: &[(&[u8], i64)],
    others: &[&[u8]],
    interval: Option<i64>,
) -> Option<DateOrder> {
    let texts = rows
        .iter()
        .map(|(date, _)| *date)
        .chain(others.iter().copied());
    let (mut month_first, mut day_first) = (true, true);
    let mut any = false;
    for (parts, year_first) in texts.filter_map(parts) {
        any = true;
        if year_first {
            return Some(DateOrder::YearMonthDay);
        }
        month_first &= parts[0] <= 12;
        day_first &= parts[1] <= 12;
    }
    match (any, month_first, day_first) {
        (false, ..) | (_, false, false) => None,
        (_, true, false) => Some(DateOrder::MonthDayYear),
        (_, false, true) => Some(DateOrder::DayMonthYear),
        (_, true, true) => prove_by_midnight(rows, interval),
    }
}

fn prove_by_midnight(rows: &[(&[u8], i64)], interval: Option<i64>) -> Option<DateOrder> {
    let adjacent = |order: DateOrder, pair: &[(&[u8], i64)]| {
        let at = |row: &(&[u8], i64)| {
            let days = date(row.0, order)?
                .since(civil::date(1970, 1, 1))
                .ok()?
                .get_days();
            Some(i128::from(days) * i128::from(crate::clock::DAY) + i128::from(row.1))
        };
        let step = at(&pair[1])? - at(&pair[0])?;
        Some(step.abs() <= i128::from(interval.unwrap_or(crate::clock::HOUR)))
    };
    for pair in rows.windows(2).filter(|pair| pair[0].0 != pair[1].0) {
        let month_first = adjacent(DateOrder::MonthDayYear, pair).unwrap_or(false);
        let day_first = adjacent(DateOrder::DayMonthYear, pair).unwrap_or(false);
        match (month_first, day_first) {
            (true, false) => return Some(DateOrder::MonthDayYear),
            (false, true) => return Some(DateOrder::DayMonthYear),
            _ => {}
        }
    }
    None
}

/// Whether stepping from one date to the next looks like a month and a day that changed places: as they stand the dates are
/// not neighbours, and with month and day exchanged they are.
pub(super) fn looks_swapped(previous: civil::Date, next: civil::Date) -> bool {
    let swap = |date: civil::Date| civil::Date::new(date.year(), date.day(), date.month()).ok();
    let neighbours = |a: civil::Date, b: civil::Date| a.tomorrow().is_ok_and(|day| day == b);
    match (swap(previous), swap(next)) {
        (Some(a), Some(b)) => neighbours(a, b) && !neighbours(previous, next),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{HOUR, MINUTE};

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
            "16/1/9",
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
    fn times_are_read_with_and_without_seconds() {
        for (text, expected) in [
            ("00:15:00", Some(15 * MINUTE)),
            ("23:59:59", Some(24 * HOUR - SECOND)),
            ("7:05", Some(7 * HOUR + 5 * MINUTE)),
            (" 7:05:09 ", Some(7 * HOUR + 5 * MINUTE + 9 * SECOND)),
            ("24:00:00", None),
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
    fn an_order_needs_proof() {
        let prove = |dates: &[(&str, i64)], other: &str| {
            let rows = dates.iter();
            let rows: Vec<(&[u8], i64)> = rows
                .map(|(date, hour)| (date.as_bytes(), hour * HOUR))
                .collect();
            prove_order(&rows, &[other.as_bytes()], Some(HOUR))
        };
        assert_eq!(prove(&[("2016/1/2", 0)], ""), Some(DateOrder::YearMonthDay));
        assert_eq!(
            prove(&[("5/14/2026", 0)], ""),
            Some(DateOrder::MonthDayYear)
        );
        assert_eq!(
            prove(&[("14/5/2026", 0)], ""),
            Some(DateOrder::DayMonthYear)
        );
        assert_eq!(prove(&[("5/6/2026", 0)], ""), None);
        assert_eq!(
            prove(&[("5/6/2026", 0)], "5/31/2026"),
            Some(DateOrder::MonthDayYear)
        );
        assert_eq!(
            prove(&[("5/6/2026", 23), ("5/7/2026", 0)], ""),
            Some(DateOrder::MonthDayYear)
        );
        assert_eq!(
            prove(&[("6/5/2026", 23), ("7/5/2026", 0)], ""),
            Some(DateOrder::DayMonthYear)
        );
        assert_eq!(prove(&[("13/5/2026", 0), ("5/13/2026", 0)], ""), None);
    }

    #[test]
    fn a_swap_of_month_and_day_shows_at_midnight() {
        let day = civil::date;
        assert!(looks_swapped(day(2025, 9, 3), day(2025, 10, 3)));
        assert!(!looks_swapped(day(2025, 9, 3), day(2025, 9, 4)));
        assert!(!looks_swapped(day(2025, 9, 13), day(2025, 10, 13)));
        assert!(!looks_swapped(day(2025, 9, 3), day(2025, 11, 3)));
    }
}
