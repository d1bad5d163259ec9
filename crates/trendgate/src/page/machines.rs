//! What was checked of machines and meters, over time.
//!
//! Enters: the manifests of the versions that wrote the live months, newest last, and the counts of the rows. Leaves: a [`MachineCheck`] for
//! each rule of each machine or meter. Pure. The weeks of a heat are those that the versions counted: where the months of one
//! week are of two versions, both have a share in it.

use super::findings::DayCounts;
use crate::model::{Rule, RuleCounts};
use crate::publish::{EquipmentOff, Manifest, WeekEntry};
use crate::time::Instant;
use std::collections::BTreeMap;

/// One check of one machine or meter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MachineCheck {
    /// The machine, as the configuration names it.
    pub(crate) equipment: String,
    /// The rule.
    pub(crate) rule: Rule,
    /// The column that it judges.
    pub(crate) column: String,
    /// The columns that it takes, by what they are to the machine.
    pub(crate) inputs: BTreeMap<String, String>,
    /// Of a heat, how close it was, by week.
    pub(crate) weeks: Vec<WeekEntry>,
    /// What the rule said of the column's bins, as the last version counted them that judged it; with that version.
    pub(crate) counts: Option<(u64, RuleCounts)>,
    /// Day by day, the bins that it flags or records.
    pub(crate) flagged: Vec<u32>,
}

/// The checks of all machines and meters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct MachineChecks {
    /// The checks that judge.
    pub(crate) checks: Vec<MachineCheck>,
    /// The checks that are off, as the last version found them.
    pub(crate) off: Vec<EquipmentOff>,
}

impl MachineChecks {
    /// The checks of `versions`, the newest last; `places` are those of the columns among the points.
    #[must_use]
    pub(crate) fn of(
        versions: &[Manifest],
        counts: &DayCounts,
        places: &BTreeMap<&str, usize>,
    ) -> Self {
        let mut checks: BTreeMap<(String, Rule, String), MachineCheck> = BTreeMap::new();
        let mut weeks: BTreeMap<(String, Rule, String), BTreeMap<Instant, WeekEntry>> =
            BTreeMap::new();
        for manifest in versions {
            for entry in &manifest.equipment {
                let key = (entry.equipment.clone(), entry.rule, entry.column.clone());
                for week in &entry.weeks {
                    let sums = weeks.entry(key.clone()).or_default();
                    let sum = sums.entry(week.week).or_insert(WeekEntry {
                        judged: 0,
                        within_5_percent: 0,
                        ..*week
                    });
                    sum.judged += week.judged;
                    sum.within_5_percent += week.within_5_percent;
                }
                let point = manifest.statistics.points.get(&entry.column);
                let said = point.and_then(|point| point.rules.get(&entry.rule));
                let earlier = checks.remove(&key).and_then(|check| check.counts);
                let place = places.get(entry.column.as_str()).copied();
                let check = MachineCheck {
                    equipment: entry.equipment.clone(),
                    rule: entry.rule,
                    column: entry.column.clone(),
                    inputs: entry.inputs.clone(),
                    weeks: Vec::new(),
                    counts: said
                        .map(|counts| (manifest.version, counts.clone()))
                        .or(earlier),
                    flagged: (counts.by_rule.get(&(place, entry.rule)))
                        .filter(|_| place.is_some())
                        .cloned()
                        .unwrap_or_default(),
                };
                checks.insert(key, check);
            }
        }
        for (key, sums) in weeks {
            if let Some(check) = checks.get_mut(&key) {
                check.weeks = sums.into_values().collect();
            }
        }
        Self {
            checks: checks.into_values().collect(),
            off: versions
                .last()
                .map_or_else(Vec::new, |last| last.equipment_off.clone()),
        }
    }

    /// The machines' checks, or the meters'.
    pub(crate) fn of_meters(&self, meters: bool) -> impl Iterator<Item = &MachineCheck> {
        let checks = self.checks.iter();
        checks.filter(move |check| (check.rule == Rule::Meter) == meters)
    }
}
