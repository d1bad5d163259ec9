//! Points that are proposed → meters: a power and a counter of energy that are the only ones of their equipment, by their names.

use super::judge::{PointVerdict, Proposed};
use super::names::equipment;
use crate::model::{PhysicalType, PointId};
use std::collections::BTreeMap;

/// A meter that gives both.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProposedMeter {
    /// What both names begin with, as the counter has it.
    pub(super) name: String,
    /// The power.
    pub(super) power: String,
    /// The counter.
    pub(super) energy: String,
}

/// The powers and the counters of one piece of equipment.
#[derive(Default)]
struct BothOf<'a> {
    powers: Vec<&'a PointId>,
    counters: Vec<&'a PointId>,
}

/// The meters among `proposed`, the points with a line of their own.
pub(super) fn meters<'a>(
    proposed: impl Iterator<Item = (&'a PointId, &'a PointVerdict)>,
) -> Vec<ProposedMeter> {
    let mut of: BTreeMap<String, BothOf<'_>> = BTreeMap::new();
    for (id, verdict) in proposed {
        let PointVerdict::Proposed(Proposed {
            physical_type: Some(physical),
            ..
        }) = verdict
        else {
            continue;
        };
        let Some((key, _)) = equipment(&id.to_string()) else {
            continue;
        };
        let both = of.entry(key).or_default();
        match physical {
            PhysicalType::Power => both.powers.push(id),
            PhysicalType::EnergyCounter => both.counters.push(id),
            _ => {}
        }
    }
    of.into_values().filter_map(|both| both.meter()).collect()
}

impl BothOf<'_> {
    /// The meter, where there is no doubt which points are its own.
    fn meter(&self) -> Option<ProposedMeter> {
        let ([power], [counter]) = (&self.powers[..], &self.counters[..]) else {
            return None;
        };
        let energy = counter.to_string();
        let end = energy.rfind(|c: char| !c.is_alphanumeric())?;
        let name = energy[..end].trim_matches(|c: char| !c.is_alphanumeric());
        (!name.is_empty()).then(|| ProposedMeter {
            name: name.to_owned(),
            power: power.to_string(),
            energy: energy.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(points: &[(&str, PhysicalType)]) -> Vec<String> {
        let verdicts: BTreeMap<PointId, PointVerdict> = points
            .iter()
            .map(|(name, physical)| {
                let proposed = Proposed {
                    physical_type: Some(*physical),
                    ..Proposed::default()
                };
                (PointId::new(name, ""), PointVerdict::Proposed(proposed))
            })
            .collect();
        let meters = meters(verdicts.iter());
        let shown = |m: &ProposedMeter| format!("{}: {} {}", m.name, m.power, m.energy);
        meters.iter().map(shown).collect()
    }

    #[test]
    fn a_power_and_a_counter_are_of_one_meter_where_both_are_the_only_ones_of_their_equipment() {
        use PhysicalType::{EnergyCounter, Power, WaterTemperature};
        assert_eq!(
            found(&[
                ("MMCB.KW", Power),
                ("mmcb.KWH", EnergyCounter),
                ("MMCB.T", WaterTemperature),
                ("CH1 KW", Power),
                ("CH2 KWH", EnergyCounter),
                ("A.KW1", Power),
                ("A.KW2", Power),
                ("A.KWH", EnergyCounter),
                ("KW", Power),
                (".KWH", EnergyCounter),
                (".KW", Power),
                ("主盤_電力", Power),
                ("主盤_電量", EnergyCounter),
            ]),
            ["mmcb: MMCB.KW mmcb.KWH", "主盤: 主盤_電力 主盤_電量"]
        );
    }
}
