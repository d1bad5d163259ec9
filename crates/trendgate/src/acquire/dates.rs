//! The date and time texts of a row → the wall clock's date and time of day.

use super::exchanged::StatedRange;
use crate::time::{DAY, HOUR, SECOND, Span};
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl DateOrder {
    /// Every order.
    pub(super) const ALL: [Self; 3] = [Self::YearMonthDay, Self::MonthDayYear, Self::DayMonthYear];
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

/// The time after midnight of `H:MM` or `H:MM:SS`, with or without a leading zero.
#[inline]
pub(super) fn time_of_day(text: &[u8]) -> Option<Span> {
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

fn seconds(hour: i64, minute: i64, second: i64) -> Option<Span> {
    (hour < 24 && minute < 60 && second < 60).then(|| ((hour * 60 + minute) * 60 + second) * SECOND)
}

/// What the rows of a report, met one after the other, prove of the order of their dates.
///
/// Proof is a number above 12 where a month would have to be, or two rows around a midnight that only one order puts next to each
/// other, or a stated range that only one order keeps to.
#[derive(Debug)]
pub(super) struct OrderProof {
    /// The stated interval, or an hour.
    interval: Span,
    /// The ranges that the `Date Range:` may state.
    stated: Vec<(DateOrder, StatedRange)>,
    any: bool,
    year_first: bool,
    month_first: Candidate,
    day_first: Candidate,
    last: Option<(Vec<u8>, Span)>,
}

/// What is known of one order.
#[derive(Debug)]
struct Candidate {
    order: DateOrder,
    /// Whether every date is one in it.
    possible: bool,
    /// Whether it puts rows around a midnight next to each other, and the other order does not.
    joins: bool,
    /// Of the stated ranges those that all dates keep to in this order, by their places.
    keeps_to: Vec<bool>,
}

impl Candidate {
    fn take(&mut self, text: &[u8], stated: &[(DateOrder, StatedRange)]) {
        let date = date(text, self.order);
        self.possible &= date.is_some();
        for ((_, range), keeps) in stated.iter().zip(&mut self.keeps_to) {
            *keeps &= date.is_some_and(|date| !range.is_left_by(date));
        }
    }

    /// Whether two rows are next to each other in this order.
    fn is_step(&self, one: &(Vec<u8>, Span), other: (&[u8], Span), interval: Span) -> bool {
        let at = |text: &[u8], time: Span| {
            let days = date(text, self.order)?
                .since(civil::date(1970, 1, 1))
                .ok()?
                .get_days();
            Some(i64::from(days) * DAY + time)
        };
        match (at(&one.0, one.1), at(other.0, other.1)) {
            (Some(one), Some(other)) => (other - one).abs() <= interval,
            _ => false,
        }
    }
}

impl OrderProof {
    /// `range` is the text of the stated range, `interval` the stated one.
    pub(super) fn new(range: &str, interval: Option<Span>) -> Self {
        let stated = StatedRange::readings(range);
        let candidate = |order| Candidate {
            order,
            possible: true,
            joins: false,
            keeps_to: vec![true; stated.len()],
        };
        Self {
            interval: interval.unwrap_or(HOUR),
            any: false,
            year_first: false,
            month_first: candidate(DateOrder::MonthDayYear),
            day_first: candidate(DateOrder::DayMonthYear),
            last: None,
            stated,
        }
    }

    /// Takes the date and the time of day of the next row.
    pub(super) fn row(&mut self, date: &[u8], time: Span) {
        if let Some((last, at)) = &mut self.last
            && last.as_slice() == date
        {
            *at = time;
            return;
        }
        let Some((_, year_first)) = parts(date) else {
            return;
        };
        // The 30th of February is no day in any order: its row is rejected, and proves nothing.
        if DateOrder::ALL
            .into_iter()
            .all(|order| self::date(date, order).is_none())
        {
            return;
        }
        self.any = true;
        self.year_first |= year_first;
        for candidate in [&mut self.month_first, &mut self.day_first] {
            candidate.take(date, &self.stated);
        }
        if let Some(last) = &self.last {
            let (month, day) = (&mut self.month_first, &mut self.day_first);
            let joined =
                [&*month, &*day].map(|order| order.is_step(last, (date, time), self.interval));
            month.joins |= joined == [true, false];
            day.joins |= joined == [false, true];
        }
        self.last = Some((date.to_vec(), time));
    }

    /// The rows that follow are not next to those before.
    pub(super) fn pause(&mut self) {
        self.last = None;
    }

    /// The order that is proved; `None` where none is, or both.
    pub(super) fn order(&self) -> Option<DateOrder> {
        if self.year_first {
            return Some(DateOrder::YearMonthDay);
        }
        if !self.any {
            return None;
        }
        let one = |of: fn(&Candidate) -> bool| match (of(&self.month_first), of(&self.day_first)) {
            (true, false) => Some(Some(DateOrder::MonthDayYear)),
            (false, true) => Some(Some(DateOrder::DayMonthYear)),
            (true, true) => Some(None),
            (false, false) => None,
        };
        // A number above 12 leaves one order at most.
        match one(|order| order.possible) {
            Some(None) => {}
            proved => return proved.flatten(),
        }
        let joined = one(|order| order.joins);
        let kept = one(|order| order.keeps_to.contains(&true));
        match (joined, kept) {
            (Some(joined), None | Some(None)) => joined,
            (Some(joined), Some(kept)) => joined.filter(|order| Some(*order) == kept),
            (None, Some(Some(kept))) => Some(kept),
            (None, _) => self.style(),
        }
    }

    /// The stated range of a report whose dates have this order: the reading of it that the rows keep to, or else that in their own order.
    /// `None` where it has no two dates, or it cannot be told which.
    pub(super) fn stated(&self, order: DateOrder) -> Option<StatedRange> {
        let rows = match order {
            DateOrder::YearMonthDay => None,
            DateOrder::MonthDayYear => Some(&self.month_first),
            DateOrder::DayMonthYear => Some(&self.day_first),
        };
        let is_own = |(reading, _): &&(DateOrder, StatedRange)| *reading == order;
        let own = self.stated.iter().find(is_own);
        let kept = || {
            let keeps = rows.map_or(&[][..], |rows| &rows.keeps_to);
            let readings = self.stated.iter().zip(keeps);
            readings.filter_map(|(reading, keeps)| keeps.then_some(reading))
        };
        let kept = kept().find(is_own).or_else(|| kept().next());
        let only = match self.stated.as_slice() {
            [only] => Some(only),
            [one, other] if one.1 == other.1 => Some(one),
            _ => None,
        };
        let (_, range) = kept.or(own).or(only)?;
        Some(*range)
    }

    /// The order of the stated range, which a logger writes as it writes its rows.
    fn style(&self) -> Option<DateOrder> {
        match self.stated.as_slice() {
            [(order, _)] if *order != DateOrder::YearMonthDay => Some(*order),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

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
            let mut proof = OrderProof::new(other, Some(HOUR));
            for (date, hour) in dates {
                proof.row(date.as_bytes(), *hour * HOUR);
            }
            proof.order()
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
        for none in ["2/30/2026", "30/2/2026", "2026/2/30"] {
            assert_eq!(
                prove(&[("5/14/2026", 0), (none, 1)], ""),
                Some(DateOrder::MonthDayYear),
                "{none} is no day"
            );
        }
        assert_eq!(
            prove(&[("5/6/2026", 0)], "5/1/2026 - 5/31/2026"),
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
}
