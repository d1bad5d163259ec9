//! The dates of a report → the order of their parts, as it is proved, or as it is stated.

use crate::acquire::dates::{self, DateOrder, OrderProof, Proved};
use crate::acquire::exchanged::StatedRange;
use crate::acquire::stated::StatedOrder;
use crate::acquire::text::lossy;
use crate::error::Error;
use crate::time::Span;

/// What the rows of a report prove of the order of their dates, and what is stated of it.
pub(in crate::acquire) struct OrderOfDates {
    proof: OrderProof,
    stated: Option<StatedOrder>,
    /// The date of the first row.
    first: Option<String>,
    /// The first date that is none in the order that is stated, and its line.
    against: Option<(u64, String)>,
}

impl OrderOfDates {
    pub(in crate::acquire) fn new(proof: OrderProof, stated: Option<StatedOrder>) -> Self {
        Self {
            proof,
            stated,
            first: None,
            against: None,
        }
    }

    /// Takes the date, the time of day and the line of the next row.
    pub(in crate::acquire) fn row(&mut self, date: &[u8], time: Span, line: u64) {
        self.proof.row(date, time);
        self.against(date, line);
    }

    /// The next row does not follow the last one.
    pub(in crate::acquire) fn pause(&mut self) {
        self.proof.pause();
    }

    /// Notes a date, if it is the first one, or the first that is not of the stated order.
    pub(super) fn against(&mut self, date: &[u8], line: u64) {
        if self.first.is_none() && dates::is_date(date) {
            self.first = Some(lossy(date).into_owned());
        }
        let (Some(stated), None) = (self.stated, &self.against) else {
            return;
        };
        let fits = |order: &DateOrder| dates::date(date, *order).is_some();
        let orders = || DateOrder::ALL.into_iter().filter(fits);
        if orders().next().is_some() && !orders().any(|order| stated.is(order)) {
            self.against = Some((line, lossy(date).into_owned()));
        }
    }

    /// Whether more rows than these need not be looked at.
    pub(in crate::acquire) fn is_decided(&self) -> bool {
        match self.stated {
            None => self.proof.order().is_some(),
            Some(_) => self.proof.proved() != Proved::Nothing,
        }
    }

    /// The order, and the range that the report states; `None` where no order is proved or stated, or another one than the stated.
    pub(in crate::acquire) fn decided(&self) -> Option<(DateOrder, Option<StatedRange>)> {
        let order = match self.stated {
            None => self.proof.order(),
            Some(stated) => match self.proof.proved() {
                // A year of four digits that stands first leaves nothing open.
                Proved::Order(DateOrder::YearMonthDay) => Some(DateOrder::YearMonthDay),
                Proved::Order(order) => Some(order).filter(|order| stated.is(*order)),
                Proved::Nothing => self.proof.as_stated(stated),
                Proved::Several => None,
            },
        }?;
        Some((order, self.proof.stated(order)))
    }

    /// Why nothing is decided of the rows below the header in this line.
    pub(in crate::acquire) fn refusal(&self, header_line: u64) -> Error {
        match self.stated {
            Some(stated) if self.proof.proved() != Proved::Several => {
                self.refuse_stated(stated, header_line)
            }
            _ => self.in_doubt(header_line),
        }
    }

    /// The error for dates of another order than the one that is stated.
    fn refuse_stated(&self, stated: StatedOrder, header_line: u64) -> Error {
        let orders: Vec<DateOrder> = match self.proof.proved() {
            Proved::Order(order) => vec![order],
            Proved::Several | Proved::Nothing => self.proof.possible(),
        };
        let orders = orders.iter().map(ToString::to_string).collect::<Vec<_>>();
        let orders = orders.join(" or ");
        let (line, by) = match &self.against {
            Some((line, date)) => (*line, format!("as {date:?} proves")),
            None => (
                header_line + 1,
                "as the rows around midnight, or the Date Range, prove".to_owned(),
            ),
        };
        let words = format!("the dates are {orders}, {by}, and `date_order: {stated}` is stated");
        Error::input(words).line(line).hint(
            "state the order of this report's dates in an entry of cleaner.sources, or nothing where reports prove it",
        )
    }

    /// The error for dates that several orders fit, or none.
    fn in_doubt(&self, header_line: u64) -> Error {
        let orders = self.proof.possible();
        let example = self.first.as_deref().unwrap_or_default();
        let message = match &orders[..] {
            [] => {
                format!("the dates fit no order of day, month and year: {example:?} is one of them")
            }
            [_] => {
                format!(
                    "some dates have years of two digits and others of four: {example:?} is one of them, and nobody can tell their order"
                )
            }
            orders => {
                let orders: Vec<String> = orders.iter().map(ToString::to_string).collect();
                let orders = orders.join(" and as ");
                format!("the dates can be read as {orders}: {example:?} and all others fit either")
            }
        };
        let error = Error::input(message).line(header_line + 1);
        let export = "export the report with dates as year/month/day, or over a month's end";
        match &orders[..] {
            [_, _, ..] => error.decided_by("date_order").hint(format!(
                "state `date_order` (mdy, dmy or ymd) under cleaner, or in an entry of cleaner.sources; or {export}"
            )),
            _ => error.hint(export),
        }
    }
}
