//! Whether day and month have changed places in the dates of a report.
//!
//! A spreadsheet that takes 10/1/2025, the first of October, for the tenth of January saves it as such, and leaves 10/13/2025 as
//! it is. Rows keep their order and their times of day, so two things tell it:
//!
//! - the stated `Date Range:`, where a date is outside of it as written and inside with day and month exchanged;
//! - the step from one date to the next, where the one does not follow the other as written, and does with day and month
//!   exchanged in one of them or in both. *To follow* is to be the next day or, from a Friday, the next Monday.
//!
//! A step tells nothing where a date that would have to be exchanged is certain as written: because it follows its other neighbour so,
//! or because it lies in the stated range so and not the other way. And it tells something only among rows that are more
//! than readings once a month, which step by months, too: where the rows pass midnight within the stated interval (an hour at least), or
//! where four rows or more are of each of the two dates. Of rows in no order no step tells anything: dates that were exchanged step back
//! twice in a month at most, those of shuffled rows every other time.
//!
//! Enters: the dates of all rows, in the order of the file. Leaves: the first sign that was found, and the rows outside of the stated
//! range that are no such sign.

use super::dates::{DateOrder, date};
use super::stated::StatedOrder;
use crate::error::Error;
use crate::time::{DAY, HOUR, Instant, Span, TimeRange};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Rows of a date from which on it is no single reading.
const DENSE: u64 = 4;

/// So many steps against the others are none of rows in no order.
const FEW_STEPS: u64 = 8;

/// The first and the last day of the stated `Date Range:`, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatedRange {
    first: i32,
    last: i32,
}

/// The dates of rows that lie outside of the stated range, without those that it may end with (the midnight after it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutsideRange {
    /// How many rows.
    pub(crate) rows: u64,
    /// The earliest of their dates, and the latest, in days from 1970-01-01.
    dates: (i32, i32),
}

/// Why a report is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A date that the stated range holds only with day and month exchanged.
    Range {
        line: u64,
        date: Date,
        stated: StatedRange,
    },
    /// Two dates of which the second follows the first only with day and month exchanged.
    Step {
        line: u64,
        before: Date,
        after: Date,
    },
}

/// The remedy for dates that a spreadsheet exchanged, and left as such.
pub(super) const MEND: &str = "a spreadsheet exchanged them when it read the export: say `mend: exchanged_day_month` in the entry of cleaner.sources that is about it, or export it again and do not open it there";

impl Sign {
    /// The refusal of a report that has it; `stated` is the order of dates that is stated.
    #[cold]
    pub(super) fn refusal(&self, stated: Option<StatedOrder>) -> Error {
        let (line, message) = match self {
            Sign::Range {
                line,
                date,
                stated: range,
            } => (
                line,
                format!(
                    "day and month have changed places: {date} is outside of the Date Range that the report states, {range}, and \
                     inside with day and month exchanged"
                ),
            ),
            Sign::Step {
                line,
                before,
                after,
            } => (
                line,
                format!(
                    "day and month have changed places: after {before} comes {after}, which are next to each other only with day and \
                     month exchanged"
                ),
            ),
        };
        let error = Error::input(message).line(*line);
        error.hint(match stated {
            Some(_) => "`date_order` states an order that these dates are not in; or a spreadsheet did this when it saved the report",
            None => "a spreadsheet does this when it saves a report: export it again and do not open it there",
        })
    }
}

/// What is found out, date by date.
#[derive(Debug)]
pub(super) struct ExchangedDates {
    stated: Option<StatedRange>,
    /// Rows at most so far apart pass midnight without a pause.
    longest_step: Span,
    day: Option<WrittenDay>,
    /// Whether dates stand before the first one, which nobody gave.
    is_within: bool,
    /// Steps to a later date, and to an earlier one.
    later: u64,
    earlier: u64,
    suspicion: Option<Suspicion>,
    sign: Option<Sign>,
    outside: Option<OutsideRange>,
}

/// The rows of one date, as far as they stand together.
#[derive(Debug, Clone, Copy)]
struct WrittenDay {
    date: Date,
    rows: u64,
    /// The time of day of the last of them.
    last: Span,
    /// Whether it follows the date before it as written.
    follows: bool,
}

/// A step that looks exchanged; what comes after it may prove that it is not.
#[derive(Debug, Clone, Copy)]
struct Suspicion {
    line: u64,
    before: WrittenDay,
    after: Date,
    /// Whether the second date would have to be exchanged.
    moves_after: bool,
    /// Whether the rows pass midnight without a pause.
    close: bool,
}

impl OutsideRange {
    /// The rows of both.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            dates: (
                self.dates.0.min(other.dates.0),
                self.dates.1.max(other.dates.1),
            ),
        }
    }
}

impl ExchangedDates {
    /// `interval` is the stated one.
    pub(super) fn new(stated: Option<StatedRange>, interval: Option<Span>) -> Self {
        let longest_step = interval.unwrap_or(HOUR).max(HOUR);
        Self {
            stated,
            // Who logs more rarely than once a day has no neighbouring dates.
            longest_step: if longest_step > DAY {
                Span::ZERO
            } else {
                longest_step
            },
            day: None,
            is_within: false,
            later: 0,
            earlier: 0,
            suspicion: None,
            sign: None,
            outside: None,
        }
    }

    /// The same, where other dates stand before the first one: that says nothing of the step to the second.
    pub(super) fn within(self) -> Self {
        Self {
            is_within: true,
            ..self
        }
    }

    /// Takes the date and the time of day of the next row.
    #[inline]
    pub(super) fn row(&mut self, date: Date, time: Span, line: u64) {
        match &mut self.day {
            Some(day) if day.date == date => {
                day.rows += 1;
                day.last = time;
            }
            _ => self.next_date(date, time, line),
        }
    }

    /// No more rows come.
    pub(super) fn end(&mut self) {
        self.settle(None);
        self.day = None;
    }

    /// The first sign that was found, as far as the rows so far tell it.
    #[inline]
    pub(super) fn sign(&self) -> Option<&Sign> {
        let sign = self.sign.as_ref();
        sign.filter(|sign| matches!(sign, Sign::Range { .. }) || self.are_in_order())
    }

    /// Whether the dates go one way, but for some.
    fn are_in_order(&self) -> bool {
        let against = self.later.min(self.earlier);
        against <= FEW_STEPS || against * 4 <= self.later + self.earlier
    }

    /// The rows outside of the stated range.
    pub(super) fn outside(&self) -> Option<OutsideRange> {
        match self.day.and_then(|day| self.outside_of(day)) {
            Some(last) => Some(self.outside.map_or(last, |outside| outside.and(last))),
            None => self.outside,
        }
    }

    /// The rows of a day, if that is outside of the stated range.
    fn outside_of(&self, day: WrittenDay) -> Option<OutsideRange> {
        let at = days(day.date);
        let is_outside = self
            .stated
            .is_some_and(|stated| stated.is_left_by(day.date));
        is_outside.then_some(OutsideRange {
            rows: day.rows,
            dates: (at, at),
        })
    }

    fn next_date(&mut self, date: Date, time: Span, line: u64) {
        self.settle(Some(date));
        let before = self.day;
        match before {
            Some(before) if before.date < date => self.later += 1,
            Some(_) => self.earlier += 1,
            None => {}
        }
        let before = before.filter(|_| self.are_in_order());
        let follows = match before {
            Some(before) => follow(before.date, date),
            None => self.is_within && self.day.is_none(),
        };
        self.day = Some(WrittenDay {
            date,
            rows: 1,
            last: time,
            follows,
        });
        if let Some(stated) = self.stated
            && stated.is_left_by(date)
            && exchanged(date).is_some_and(|other| stated.contains(other))
        {
            self.sign.get_or_insert(Sign::Range { line, date, stated });
        }
        if let Some(before) = before.filter(|_| !follows) {
            self.suspicion = self.suspect(before, date, time, line);
        }
    }

    /// The rows of the present date have come to an end, and those of `next` begin.
    fn settle(&mut self, next: Option<Date>) {
        let Some(day) = self.day else { return };
        if self.outside_of(day).is_some() {
            self.outside = self.outside();
        }
        let Some(suspicion) = self.suspicion.take() else {
            return;
        };
        let dense = suspicion.before.rows >= DENSE && day.rows >= DENSE;
        let certain = next.is_some_and(|next| follow(day.date, next));
        if (suspicion.close || dense) && !(suspicion.moves_after && certain) {
            self.sign.get_or_insert(Sign::Step {
                line: suspicion.line,
                before: suspicion.before.date,
                after: suspicion.after,
            });
        }
    }

    /// The suspicion that a step raises which, as written, leads to no neighbour.
    fn suspect(&self, before: WrittenDay, after: Date, time: Span, line: u64) -> Option<Suspicion> {
        let first = self.exchangeable(before.date).filter(|_| !before.follows);
        let second = self.exchangeable(after);
        let readings = [
            (first, Some(after), false),
            (Some(before.date), second, true),
            (first, second, true),
        ];
        let (one, other, moves_after) = readings.into_iter().find_map(|(one, other, moves)| {
            let (one, other) = (one?, other?);
            follow(one, other).then_some((one, other, moves))
        })?;
        let (earlier, later) = if other > one {
            (before.last, time)
        } else {
            (time, before.last)
        };
        let step = DAY - earlier + later;
        let next_day = one.tomorrow().ok() == Some(other) || other.tomorrow().ok() == Some(one);
        Some(Suspicion {
            line,
            before,
            after,
            moves_after,
            close: next_day && step <= self.longest_step,
        })
    }

    /// `date` with day and month exchanged, where it may have been: not where the stated range holds it as written and not so.
    fn exchangeable(&self, date: Date) -> Option<Date> {
        exchanged(date).filter(|other| {
            (self.stated).is_none_or(|stated| stated.contains(*other) || !stated.contains(date))
        })
    }
}

/// `date` with day and month exchanged; `None` where there is no such date, or it is the same.
fn exchanged(date: Date) -> Option<Date> {
    Date::new(date.year(), date.day(), date.month())
        .ok()
        .filter(|other| *other != date)
}

/// Whether one of two dates follows the other.
fn follow(a: Date, b: Date) -> bool {
    let (earlier, later) = if a < b { (a, b) } else { (b, a) };
    match later.since(earlier).map(|span| span.get_days()) {
        Ok(1) => true,
        Ok(3) => earlier.weekday() == jiff::civil::Weekday::Friday,
        _ => false,
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn days(date: Date) -> i32 {
    date.since(EPOCH).map_or(0, |span| span.get_days())
}

fn date_of(days: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().days(days))
}

impl StatedRange {
    /// The ranges that the text may state, each with the order that it is read in.
    pub(super) fn readings(text: &str) -> Vec<(DateOrder, Self)> {
        // A time with dots has the form of a date, and is none.
        let is_day = |word: &[u8]| {
            let mut orders = DateOrder::ALL.into_iter();
            orders.any(|order| date(word, order).is_some())
        };
        let mut dates = text
            .split_whitespace()
            .map(str::as_bytes)
            .filter(|word| is_day(word));
        let (Some(first), Some(last)) = (dates.next(), dates.next()) else {
            return Vec::new();
        };
        let read = |order: DateOrder| {
            let (first, last) = (days(date(first, order)?), days(date(last, order)?));
            (first <= last).then_some((order, Self { first, last }))
        };
        DateOrder::ALL.into_iter().filter_map(read).collect()
    }

    /// The instants of its days, whatever the zone.
    pub(super) fn in_any_zone(self) -> TimeRange {
        let begin = |day: i32| Instant::EPOCH + i64::from(day) * DAY;
        TimeRange::new(begin(self.first - 1), begin(self.last + 2))
    }

    pub(super) fn contains(self, date: Date) -> bool {
        (self.first..=self.last).contains(&days(date))
    }

    /// Whether `date` is more than two years away, so that no exchange of day and month leads to it.
    pub(super) fn is_far_from(self, date: Date) -> bool {
        const TWO_YEARS: i32 = 2 * 366;
        !(self.first - TWO_YEARS..=self.last + TWO_YEARS).contains(&days(date))
    }

    /// Whether `date` is outside, by more than the midnight that may end it and a day of another zone.
    pub(super) fn is_left_by(self, date: Date) -> bool {
        !(self.first - 1..=self.last + 1).contains(&days(date))
    }
}

impl std::fmt::Display for StatedRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", date_of(self.first), date_of(self.last))
    }
}

impl std::fmt::Display for OutsideRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", date_of(self.dates.0), date_of(self.dates.1))
    }
}
