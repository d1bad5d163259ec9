//! What rules said of the bins of a stretch, counted.

use super::machine::Weeks;
use super::meter::MeterDays;
use crate::model::{Rule, RuleCounts};
use crate::time::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts by month, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MonthlyCounts(Vec<(Month, RuleCounts)>);

impl MonthlyCounts {
    /// The months with their counts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Month, &RuleCounts)> {
        self.0.iter().map(|(month, counts)| (*month, counts))
    }

    /// The sum of all months.
    #[cfg(test)]
    pub(crate) fn total(&self) -> RuleCounts {
        let mut total = RuleCounts::default();
        self.0.iter().for_each(|(_, counts)| total.merge(counts));
        total
    }

    /// The counts of a month; months come one after the other.
    pub(in crate::clean) fn of(&mut self, month: Month) -> &mut RuleCounts {
        let place = match self.0.last() {
            Some((last, _)) if *last == month => self.0.len() - 1,
            _ => self.0.partition_point(|(known, _)| *known < month),
        };
        if self.0.get(place).is_none_or(|(known, _)| *known != month) {
            self.0.insert(place, (month, RuleCounts::default()));
        }
        &mut self.0[place].1
    }
}

/// What the rules said of one point, by rule; rules that the point does not have are absent.
pub(crate) type PointVerdicts = BTreeMap<Rule, MonthlyCounts>;

/// What all rules said of a stretch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// Of each point, in the order of the columns.
    pub(crate) points: Vec<PointVerdicts>,
    /// Of each check of equipment, in its order: how close heats were, by week.
    pub(crate) weeks: Vec<Weeks>,
    /// Of each check of equipment, in its order: the breaches of a meter, by day.
    pub(crate) meters: Vec<MeterDays>,
}
