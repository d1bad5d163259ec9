//! What stood beside the numbers of a point in a report: units, and powers of ten.
//!
//! Enters: what became of the cells of a point. Leaves: what warnings are made of; nothing for the many points with plain numbers.

use crate::acquire::PointTally;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stood beside the numbers of a point.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NumberNotes {
    /// Numbers with a unit that is known, by its symbol.
    pub units: BTreeMap<String, u64>,
    /// Numbers with a unit that no table knows, by the unit.
    pub unknown_units: BTreeMap<String, u64>,
    /// Large numbers with a power of ten and without their last digits.
    pub rounded: u64,
}

impl NumberNotes {
    /// What stood beside the numbers of `point`, if anything did.
    pub(super) fn of(point: &PointTally) -> Option<Self> {
        let units = point.units.iter();
        let words = Self {
            units: units
                .map(|(unit, count)| ((*unit).to_owned(), *count))
                .collect(),
            unknown_units: point.unknown_units.clone(),
            rounded: point.rounded,
        };
        let any = words.rounded > 0 || !words.units.is_empty() || !words.unknown_units.is_empty();
        any.then_some(words)
    }

    /// Adds what stood there in another part of the report, or in another report.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (unit, count) in &other.units {
            *self.units.entry(unit.clone()).or_default() += count;
        }
        for (unit, count) in &other.unknown_units {
            *self.unknown_units.entry(unit.clone()).or_default() += count;
        }
        self.rounded += other.rounded;
    }
}
