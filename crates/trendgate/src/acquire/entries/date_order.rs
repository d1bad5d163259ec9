//! The dates of a text with one value a line → the order of their parts.

use super::each_line::each_line;
use super::survey::{mends, no_entries};
use super::{BeginLines, EntryLine};
use crate::acquire::dates::{self, DateOrder, OrderProof};
use crate::acquire::exchanged::StatedRange;
use crate::acquire::open_text::WholeText;
use crate::acquire::sniff::Looking;
use crate::acquire::time_stamp::{EntryStamp, TimeStamp};
use crate::acquire::wide::OrderOfDates;
use crate::error::Result;
use std::ops::ControlFlow;

/// The order of the parts of the dates, and the stated range, which is `range` as it is written.
pub(super) fn date_order(
    begin: BeginLines<'_>,
    text: WholeText<'_>,
    looking: Looking<'_>,
    range: Option<&str>,
) -> Result<(DateOrder, Option<StatedRange>)> {
    let mut lines = begin(&text.name());
    if let Some(order) = lines.date_order() {
        return Ok((order, None));
    }
    let mut order: Option<OrderOfDates> = None;
    let (mut header_line, mut last) = (0, LastDates::default());
    let (mends, mut are_real) = (mends(looking), false);
    each_line(text, looking, |line, bytes| {
        let entry = match lines.next(bytes, line.whole) {
            EntryLine::Entry(entry) => entry,
            EntryLine::Refused(error) => return Err(error.line(line.number)),
            _ => return Ok(ControlFlow::Continue(())),
        };
        let EntryStamp::Written(stamp) = entry.stamp else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(time) = dates::time_of_day(stamp.time) else {
            return Ok(ControlFlow::Continue(()));
        };
        // Of dates that are exchanged back the order is known.
        if mends && stamp.is_real_date() {
            are_real = true;
            return Ok(ControlFlow::Continue(()));
        }
        let order = order.get_or_insert_with(|| {
            header_line = line.number - 1;
            let interval = lines.points().last().and_then(|point| point.trend.interval);
            let proof = OrderProof::new(range.unwrap_or_default(), interval);
            OrderOfDates::new(proof, looking.stated.date_order)
        });
        if !last.goes_on(entry.point, stamp) {
            order.pause();
        }
        order.row(stamp.date, time, line.number);
        Ok(match order.is_decided() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    if are_real && order.is_none() {
        return Ok((DateOrder::YearMonthDay, None));
    }
    let order = order.ok_or_else(no_entries)?;
    order.decided().ok_or_else(|| order.refusal(header_line))
}

/// The date of the last entry of each point, and of all: the step from one date to the next says something where it is one of a point.
#[derive(Default)]
struct LastDates {
    of_points: Vec<Vec<u8>>,
    of_all: Vec<u8>,
}

impl LastDates {
    /// Whether the entry before this one has the date of the one before it of its point.
    fn goes_on(&mut self, point: usize, stamp: TimeStamp<'_>) -> bool {
        if point >= self.of_points.len() {
            self.of_points.resize(point + 1, Vec::new());
        }
        let (own, date) = (&mut self.of_points[point], stamp.date);
        let goes_on = *own == self.of_all;
        for last in [own, &mut self.of_all] {
            if last != date {
                last.clear();
                last.extend_from_slice(date);
            }
        }
        goes_on
    }
}
