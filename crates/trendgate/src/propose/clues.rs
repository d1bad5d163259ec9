//! What the reports of a site say of the order of their dates and of the clock of their logger → lines of a configuration.
//!
//! An order that other reports prove is written as a comment: a person decides it. A clock that never changes is written as it is shown, unless
//! others contradict it.

use crate::acquire::{ClockOffset, Report, StatedOrder, Tally};
use crate::pipeline::OrderCounts;
use std::collections::BTreeMap;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Clues {
    orders: OrderCounts,
    /// How many reports show each offset of a clock that never changes.
    unchanged: BTreeMap<ClockOffset, u64>,
    /// Reports with both passes of an hour that happens twice.
    changing: u64,
}

/// A line of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClueLine {
    /// For a person.
    Comment(String),
    /// A field and its value.
    Field(String),
}

impl Clues {
    /// Adds what a report says.
    pub(super) fn add(&mut self, report: &Report, tally: &Tally) {
        self.orders.add(report);
        if let Some(seen) = tally.clock.unchanged {
            *self.unchanged.entry(seen.offset).or_default() += 1;
        }
        self.changing += u64::from(tally.ambiguous_resolved > 0);
    }

    /// Why the dates of `open` reports, which can be read in several ways, are likely in an order; `likely` is that of the country.
    pub(super) fn order(&self, open: usize, likely: StatedOrder) -> (String, StatedOrder) {
        let of = if open == 1 { "report" } else { "reports" };
        let open = format!("CHECK: the dates of {open} {of} can be read in several ways");
        match self.orders.one() {
            Some((reports, order)) => (
                format!(
                    "{open}; {reports} others prove {order}, none another. If theirs are written so, too, let the last line be one:"
                ),
                StatedOrder::of(order),
            ),
            None => (
                format!(
                    "{open}, and a run leaves them out until it is stated how: mdy, dmy or ymd. In the country of the zone {likely} is likely; where it is so, let the last line be one:"
                ),
                likely,
            ),
        }
    }

    /// The lines on the clock of the loggers.
    pub(super) fn clock(&self) -> Vec<ClueLine> {
        let all: u64 = self.unchanged.values().sum();
        let Some((offset, _)) = self.unchanged.iter().max_by_key(|(_, reports)| **reports) else {
            return Vec::new();
        };
        let of = if all == 1 {
            "report shows"
        } else {
            "reports show"
        };
        let field = format!("clock: \"{offset}\"");
        let shown = format!("CHECK: {all} {of} a clock that does not keep daylight saving time");
        if self.unchanged.len() == 1 && self.changing == 0 {
            return vec![
                ClueLine::Comment(format!("{shown}.")),
                ClueLine::Field(field),
            ];
        }
        vec![
            ClueLine::Comment(format!(
                "{shown}, and others another one: state it in an entry of sources, with the files that it is of:"
            )),
            ClueLine::Comment(field),
        ]
    }
}
