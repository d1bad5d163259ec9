//! Which reports that are gone committed bins stand in for. No I/O.
//!
//! Enters: which columns over which time a report that is gone fed, and the reports of the plan. Leaves: until when its values held behind it.

use super::Plan;
use crate::model::{ColumnId, KindId};
use crate::time::{Extent, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is kept of a report that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The kind of the report.
    pub kind: KindId,
    /// The columns that it fed.
    pub columns: Vec<ColumnId>,
    /// From the first to the last time of its rows.
    pub extent: Extent,
    /// The committed parts with rows in that time, and as long after it as its values held, in the order of time.
    #[serde(with = "crate::path_bytes::exact::list")]
    pub parts: Vec<PathBuf>,
    /// For each column until when a value of it held behind the report: up to where another report of the plan has it.
    pub held_to: Vec<Instant>,
}

impl Plan {
    /// Takes what stands in for reports that are gone, and finds until when their values held behind them.
    pub(crate) fn stand_in(&mut self, kept: Vec<Kept>) {
        let mut others: BTreeMap<ColumnId, Vec<Extent>> = BTreeMap::new();
        let columns = kept.iter().flat_map(|kept| &kept.columns);
        for column in columns.filter(|column| self.roster[**column].hold.is_some()) {
            others.entry(*column).or_default();
        }
        for input in self.inputs.ids() {
            if others.is_empty() {
                break;
            }
            for column in self.columns_of(input) {
                if let Some(others) = others.get_mut(column) {
                    others.push(self.inputs.extent(input));
                }
            }
        }
        let held_to = |column: &ColumnId, last: Instant| {
            let hold = self.roster[*column].hold.unwrap_or_default();
            let others = others.get(column).into_iter().flatten();
            let later = others.filter(|extent| extent.last > last);
            let next = later.map(|extent| extent.first).min();
            (last + hold).min(next.unwrap_or(Instant::MAX))
        };
        let kept = kept.into_iter().map(|kept| Kept {
            held_to: (kept.columns.iter())
                .map(|column| held_to(column, kept.extent.last))
                .collect(),
            ..kept
        });
        self.kept = kept.collect();
    }
}
