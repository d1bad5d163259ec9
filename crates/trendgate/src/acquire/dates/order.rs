//! What the rows of a report prove of the order of their dates.

use super::written::{DateForm, form};
use super::{DateOrder, date};
use crate::acquire::exchanged::StatedRange;
use crate::acquire::stated::StatedOrder;
use crate::time::{DAY, HOUR, Span};
use jiff::civil;

/// What the rows of a report, met one after the other, prove of the order of their dates.
///
/// Proof is a number above 12 where a month would have to be, or two rows around a midnight that only one order puts next to each
/// other, or a stated range that only one order keeps to.
#[derive(Debug)]
pub(in crate::acquire) struct OrderProof {
    /// The stated interval, or an hour.
    interval: Span,
    /// The ranges that the `Date Range:` may state.
    stated: Vec<(DateOrder, StatedRange)>,
    any: bool,
    /// Whether a date says by itself that its year stands first.
    year_first: bool,
    /// Whether years of two digits were met, and such of four behind month and day.
    two_digits: bool,
    year_last: bool,
    /// In the order of [`DateOrder::ALL`].
    candidates: [Candidate; 4],
    last: Option<(Vec<u8>, Span)>,
}

/// What the dates of a report prove of their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::acquire) enum Proved {
    /// The rows prove this order.
    Order(DateOrder),
    /// They prove orders that contradict each other.
    Several,
    /// They fit several orders and prove none.
    Nothing,
}

/// What is known of one order.
#[derive(Debug)]
struct Candidate {
    order: DateOrder,
    /// Whether every date is one in it.
    possible: bool,
    /// Whether it puts rows around a midnight next to each other, and no other order does.
    joins: bool,
    /// Of the stated ranges those that all dates keep to in this order, by their places.
    keeps_to: Vec<bool>,
}

impl Candidate {
    fn take(&mut self, text: &[u8], stated: &[(DateOrder, StatedRange)], form: DateForm) {
        let date = date(text, self.order);
        self.possible &= date.is_some();
        for ((_, range), keeps) in stated.iter().zip(&mut self.keeps_to) {
            // A date that is years away in every order may be a fault of the clock.
            let may_be_fault = form == DateForm::YearLast;
            *keeps &= date.is_some_and(|date| {
                !range.is_left_by(date) || may_be_fault && range.is_far_from(date)
            });
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
    pub(in crate::acquire) fn new(range: &str, interval: Option<Span>) -> Self {
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
            two_digits: false,
            year_last: false,
            candidates: DateOrder::ALL.map(candidate),
            last: None,
            stated,
        }
    }

    /// Takes the date and the time of day of the next row.
    pub(in crate::acquire) fn row(&mut self, date: &[u8], time: Span) {
        if let Some((last, at)) = &mut self.last
            && last.as_slice() == date
        {
            *at = time;
            return;
        }
        let Some(form) = form(date) else {
            return;
        };
        // Most reports write the year first, and nothing else is asked of them.
        if form == DateForm::YearFirst {
            let is_day = self::date(date, DateOrder::YearMonthDay).is_some();
            self.year_first |= is_day;
            self.any |= is_day;
            self.last = is_day.then(|| (date.to_vec(), time));
            return;
        }
        // The 30th of February is no day in any order: its row is rejected, and proves nothing.
        if DateOrder::ALL
            .into_iter()
            .all(|order| self::date(date, order).is_none())
        {
            return;
        }
        self.any = true;
        self.two_digits |= matches!(form, DateForm::TwoDigits | DateForm::DayFirst);
        self.year_last |= form == DateForm::YearLast;
        for candidate in &mut self.candidates {
            candidate.take(date, &self.stated, form);
        }
        if let Some(last) = &self.last {
            let step = |order: &Candidate| order.is_step(last, (date, time), self.interval);
            let steps = self.candidates.each_ref().map(step);
            let one = steps.iter().filter(|is_step| **is_step).count() == 1;
            for (candidate, is_step) in self.candidates.iter_mut().zip(steps) {
                candidate.joins |= one && is_step;
            }
        }
        self.last = Some((date.to_vec(), time));
    }

    /// The rows that follow are not next to those before.
    pub(in crate::acquire) fn pause(&mut self) {
        self.last = None;
    }

    /// The orders that every date fits.
    pub(in crate::acquire) fn possible(&self) -> Vec<DateOrder> {
        let possible = self.candidates.iter().filter(|order| order.possible);
        possible.map(|candidate| candidate.order).collect()
    }

    /// What the rows prove.
    pub(in crate::acquire) fn proved(&self) -> Proved {
        if self.year_first {
            return Proved::Order(DateOrder::YearMonthDay);
        }
        if !self.any {
            return Proved::Nothing;
        }
        // Nobody writes so: one of them is damaged, and would decide for all the others.
        if self.two_digits && self.year_last {
            return Proved::Several;
        }
        // `Some(None)` where several do.
        let one = |of: fn(&Candidate) -> bool| {
            let mut orders = self.candidates.iter().filter(|order| of(order));
            let first = orders.next()?;
            Some(orders.next().is_none().then_some(first.order))
        };
        // A number above 12 leaves fewer orders, and often one.
        match one(|order| order.possible) {
            Some(None) => {}
            Some(Some(order)) => return Proved::Order(order),
            None => return Proved::Several,
        }
        let joined = one(|order| order.possible && order.joins);
        let kept = one(|order| order.possible && order.keeps_to.contains(&true));
        match (joined, kept) {
            (Some(Some(joined)), None | Some(None)) => Proved::Order(joined),
            (Some(Some(joined)), Some(Some(kept))) if joined == kept => Proved::Order(joined),
            (Some(_), _) => Proved::Several,
            (None, Some(Some(kept))) => Proved::Order(kept),
            (None, _) => Proved::Nothing,
        }
    }

    /// The order that is proved, or else the one of the stated range; `None` where there is none, or several are proved.
    pub(in crate::acquire) fn order(&self) -> Option<DateOrder> {
        match self.proved() {
            Proved::Order(order) => Some(order),
            Proved::Several => None,
            Proved::Nothing => self.any.then(|| self.style()).flatten(),
        }
    }

    /// The order that is stated, if every date fits it.
    pub(in crate::acquire) fn as_stated(&self, stated: StatedOrder) -> Option<DateOrder> {
        let mut possible = self.possible().into_iter();
        possible.find(|order| stated.is(*order))
    }

    /// The stated range of a report whose dates have this order: the reading of it that the rows keep to, or else that in their own order.
    /// `None` where it has no two dates, or it cannot be told which.
    pub(in crate::acquire) fn stated(&self, order: DateOrder) -> Option<StatedRange> {
        let mut rows = self.candidates.iter();
        let rows = rows.find(|rows| rows.order == order && !self.year_first);
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
        let [(order, _)] = self.stated.as_slice() else {
            return None;
        };
        let mut candidates = self.candidates.iter();
        candidates
            .any(|candidate| candidate.possible && candidate.order == *order)
            .then_some(*order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn years_of_two_digits_leave_three_orders_and_need_proof_too() {
        let prove = |dates: &[(&str, i64)], stated: &str| {
            let mut proof = OrderProof::new(stated, Some(HOUR));
            for (date, hour) in dates {
                proof.row(date.as_bytes(), *hour * HOUR);
            }
            (proof.order(), proof.possible())
        };
        let (year, month, day) = (
            DateOrder::ShortYearMonthDay,
            DateOrder::MonthDayYear,
            DateOrder::DayMonthYear,
        );
        assert_eq!(prove(&[("1/14/26", 0)], ""), (Some(month), vec![month]));
        assert_eq!(prove(&[("5/6/7", 0)], "").0, None);
        // A midnight proves nothing of an order that another row does not fit.
        let against = [("10/11/12", 23), ("10/12/12", 0), ("26/1/10", 5)];
        assert_eq!(prove(&against, ""), (None, vec![year, day]));
        // Beside years of four digits those of two are not read, and prove nothing.
        let mixed = [("26/1/14", 0), ("1/14/2026", 1)];
        assert_eq!(prove(&mixed, "").0, None);
        assert_eq!(
            prove(&[("10-Jan-26", 0), ("11/01/26", 1)], "").0,
            Some(DateOrder::YearMonthDay)
        );
        let all = vec![year, month, day];
        assert_eq!(prove(&[("10/11/12", 0)], ""), (None, all.clone()));
        for (next, expected) in [("10/11/13", year), ("10/12/12", month), ("11/11/12", day)] {
            let dates = [("10/11/12", 23), (next, 0)];
            // A day that no month has leaves fewer; the midnight tells among the rest.
            assert_eq!(prove(&dates, "").0, Some(expected), "{next}");
        }
        assert_eq!(prove(&[("14.01.26", 0)], ""), (Some(day), vec![day]));
        assert_eq!(prove(&[("01.02.26", 0)], ""), (Some(day), vec![day]));
        assert_eq!(
            prove(&[("26/1/10", 0)], "2026/1/1 - 2026/1/31"),
            (Some(year), vec![year, day])
        );
    }
}
