//! Equipment as written + the points of a site → what is checked.
//!
//! Enters: an [`EquipmentConfig`], meters, and the roster. Leaves: [`Equipment`]. A machine some of whose points no report has is not
//! an error (the reports of tomorrow may have them): what takes those points is off, with the reason. Refused: a point without the unit
//! that the check needs, and two machines that would be judged by one column.

mod running;

pub(super) use running::{find, run_state};

use super::machines::{ChillerConfig, CondenserConfig, DriveConfig, EquipmentConfig, place};
use super::{Description, MeterConfig};
use crate::error::{Error, Result};
use crate::model::{
    Check, CheckOff, ColumnId, DesignPoint, Dimension, Equipment, EquipmentCheck, HeatLimits, Need,
    PointSpec, RunState, Water,
};
use crate::time::Span;
use running::NamedMachine;
use std::collections::BTreeMap;

impl EquipmentConfig {
    /// What is checked at a site with these points.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): see the head of this module.
    pub(crate) fn resolve(&self, roster: &[PointSpec]) -> Result<Equipment> {
        let mut resolver = Resolver {
            roster,
            machines: self.machines(roster)?,
            found: Equipment::default(),
        };
        for (name, chiller) in &self.chillers {
            resolver.chiller(name, chiller)?;
        }
        for (kind, drives) in [("pumps", &self.pumps), ("fans", &self.fans)] {
            for (name, drive) in drives {
                resolver.drive(kind, name, drive)?;
            }
        }
        let mut found = resolver.found;
        found.checks.sort_by(|a, b| a.equipment.cmp(&b.equipment));
        found.off.sort_by(|a, b| a.equipment.cmp(&b.equipment));
        one_judge_a_column(&found.checks, roster)?;
        Ok(found)
    }
}

impl Description<'_> {
    /// What is checked of machines and meters at a site with these points.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): see the head of this module.
    pub(crate) fn checks(&self, roster: &[PointSpec]) -> Result<Equipment> {
        let mut resolver = Resolver {
            roster,
            machines: BTreeMap::new(),
            found: self.equipment.resolve(roster)?,
        };
        for (name, meter) in self.meters {
            resolver.meter(name, meter)?;
        }
        let found = resolver.found;
        one_judge_a_column(&found.checks, roster)?;
        Ok(found)
    }
}

struct Resolver<'a> {
    roster: &'a [PointSpec],
    machines: BTreeMap<&'a str, NamedMachine<'a>>,
    found: Equipment,
}

/// A point of a machine: what it is to it, its name, and what it has to measure.
type WantedPoint<'a> = (&'a str, &'a Option<String>, &'a [Dimension]);

impl<'a> Resolver<'a> {
    fn state(&self, name: &str) -> RunState {
        let known = self.machines.get(name).map(|machine| machine.state);
        known.unwrap_or(RunState {
            column: None,
            rest: 0.0,
        })
    }

    /// The point that would say whether a machine runs, where no report has it.
    fn stateless(&self, name: &str) -> Option<String> {
        let machine = self.machines.get(name);
        machine.and_then(NamedMachine::missing).cloned()
    }

    fn chiller(&mut self, name: &str, chiller: &'a ChillerConfig) -> Result<()> {
        let place = place("chillers", name);
        let limits = HeatLimits {
            capacity: chiller.capacity_kw.unwrap_or(f64::NAN),
            design_delta_t: chiller.design_delta_t_k,
            temperature_error: chiller.temperature_error_k,
            flow_error: chiller.flow_error,
            tolerance: chiller.tolerance,
        };
        if chiller.load.is_some() {
            self.heat_load(name, &place, chiller, limits)?;
        }
        if let Some(condenser) = &chiller.condenser {
            self.heat_balance(name, &place, chiller, condenser, limits)?;
        }
        self.needs(name, &place, chiller.settle, &chiller.needs)
    }

    /// The load of a chiller against the heat of its water.
    fn heat_load(
        &mut self,
        name: &str,
        place: &str,
        chiller: &'a ChillerConfig,
        limits: HeatLimits,
    ) -> Result<()> {
        let mut wanted = chilled_water(chiller).to_vec();
        wanted.push(("load", &chiller.load, &[Dimension::Power]));
        let columns = self.columns(name, place, &wanted)?;
        if let Some([flow, cold, warm, load]) = columns.as_deref() {
            let check = Check::HeatLoad {
                water: Water {
                    flow: *flow,
                    cold: *cold,
                    warm: *warm,
                },
                load: *load,
                limits,
            };
            self.add(name, *load, chiller.settle, check);
        }
        Ok(())
    }

    /// The power of a chiller against the heats of both its waters.
    fn heat_balance(
        &mut self,
        name: &str,
        place: &str,
        chiller: &'a ChillerConfig,
        condenser: &CondenserConfig,
        limits: HeatLimits,
    ) -> Result<()> {
        let [flow, entering, leaving] = [&condenser.flow, &condenser.entering, &condenser.leaving]
            .map(|point| Some(point.clone()));
        let mut wanted = chilled_water(chiller).to_vec();
        wanted.push(("condenser.flow", &flow, &[Dimension::Flow]));
        wanted.push(("condenser.entering", &entering, &[Dimension::Temperature]));
        wanted.push(("condenser.leaving", &leaving, &[Dimension::Temperature]));
        wanted.push(("power", &chiller.power, &[Dimension::Power]));
        let columns = self.columns(name, place, &wanted)?;
        if let Some([flow, cold, warm, c_flow, c_cold, c_warm, power]) = columns.as_deref() {
            let check = Check::HeatBalance {
                water: Water {
                    flow: *flow,
                    cold: *cold,
                    warm: *warm,
                },
                condenser: Water {
                    flow: *c_flow,
                    cold: *c_cold,
                    warm: *c_warm,
                },
                power: *power,
                drive_loss: chiller.drive_loss,
                pump_heat: chiller.pump_heat_kw,
                limits,
            };
            self.add(name, *power, chiller.settle, check);
        }
        Ok(())
    }

    fn drive(&mut self, kind: &str, name: &str, drive: &'a DriveConfig) -> Result<()> {
        let place = place(kind, name);
        let settle = drive.settle;
        if let (Some(frequency), Some(power)) = (drive.rated_frequency, drive.rated_power_kw) {
            let speeds = [Dimension::Frequency, Dimension::Percent];
            let wanted = [
                ("frequency", &drive.frequency, &speeds[..]),
                ("power", &drive.power, &[Dimension::Power]),
            ];
            let design = DesignPoint {
                frequency,
                power,
                exponent: drive.exponent,
                band: (drive.band.min, drive.band.max),
                low_speed_band: (drive.low_speed_band.min, drive.low_speed_band.max),
            };
            if let Some([frequency, power]) = self.columns(name, &place, &wanted)?.as_deref() {
                let (frequency, power) = (*frequency, *power);
                let check = Check::Affinity {
                    frequency,
                    power,
                    design,
                };
                self.add(name, power, settle, check);
            }
        }
        self.needs(name, &place, settle, &drive.needs)
    }

    /// The counter of a meter against its power.
    fn meter(&mut self, name: &str, meter: &MeterConfig) -> Result<()> {
        let place = format!("cleaner.meters {name:?}");
        let [power, energy] = [&meter.power, &meter.energy].map(|point| Some(point.clone()));
        let wanted = [
            ("power", &power, &[Dimension::Power][..]),
            ("energy", &energy, &[Dimension::Energy]),
        ];
        if let Some([power, energy]) = self.columns(name, &place, &wanted)?.as_deref() {
            let spec = &self.roster[*energy];
            if !spec.aggregation.is_last() {
                return Err(Error::config(format!(
                    "{place}: energy: expected a counter, of which the last reading counts; of {:?} it is the {}",
                    spec.id.to_string(),
                    spec.aggregation.name()
                )));
            }
            let check = Check::Meter { power: *power };
            self.add(name, *energy, Span::ZERO, check);
        }
        Ok(())
    }

    fn needs(
        &mut self,
        name: &str,
        place: &str,
        settle: Span,
        needs: &BTreeMap<String, Vec<String>>,
    ) -> Result<()> {
        if needs.is_empty() {
            return Ok(());
        }
        let all = || std::iter::once(name).chain(needs.values().flatten().map(String::as_str));
        let mute = |machine: &&str| {
            self.machines
                .get(machine)
                .is_some_and(|m| m.point.is_none())
        };
        if let Some(mute) = all().find(mute) {
            return Err(Error::config(format!(
                "{place}: needs: expected a running point, or another measurement, of {mute:?}: otherwise nobody knows when it runs"
            )));
        }
        let missing: Vec<String> = all()
            .filter_map(|machine| self.stateless(machine))
            .collect();
        if !missing.is_empty() {
            self.off(name, missing);
        }
        let Some(column) = self.state(name).column else {
            return Ok(());
        };
        let need = |(need, machines): (&String, &Vec<String>)| Need {
            name: need.clone(),
            any_of: machines
                .iter()
                .map(|machine| (machine.clone(), self.state(machine)))
                .collect(),
        };
        let needs = needs.iter().map(need).collect();
        self.add(name, column, settle, Check::Needs(needs));
        Ok(())
    }

    fn add(&mut self, name: &str, column: ColumnId, settle: Span, check: Check) {
        self.found.checks.push(EquipmentCheck {
            equipment: name.to_owned(),
            column,
            state: self.state(name),
            settle,
            check,
        });
    }

    fn off(&mut self, name: &str, missing: Vec<String>) {
        self.found.off.push(CheckOff {
            equipment: name.to_owned(),
            missing,
        });
    }

    /// The columns of the points `wanted`; `None`, and noted, where no report has one of them.
    fn columns(
        &mut self,
        name: &str,
        place: &str,
        wanted: &[WantedPoint<'_>],
    ) -> Result<Option<Vec<ColumnId>>> {
        let mut missing: Vec<String> = self.stateless(name).into_iter().collect();
        let mut columns = Vec::new();
        for (role, point, dimensions) in wanted {
            let Some(point) = point else { continue };
            let Some(column) = find(self.roster, place, point)? else {
                missing.push(point.clone());
                continue;
            };
            measures(place, role, &self.roster[column], dimensions)?;
            columns.push(column);
        }
        missing.dedup();
        if missing.is_empty() {
            return Ok(Some(columns));
        }
        self.off(name, missing);
        Ok(None)
    }
}

/// The points of the water that a chiller cools.
fn chilled_water(chiller: &ChillerConfig) -> [WantedPoint<'_>; 3] {
    [
        ("flow", &chiller.flow, &[Dimension::Flow]),
        ("supply", &chiller.supply, &[Dimension::Temperature]),
        ("return", &chiller.return_, &[Dimension::Temperature]),
    ]
}

/// Refuses a point that is not known to measure what a check takes it for.
fn measures(place: &str, role: &str, spec: &PointSpec, dimensions: &[Dimension]) -> Result<()> {
    let unit = spec.dataset_unit();
    if unit.is_some_and(|unit| dimensions.contains(&unit.dimension())) {
        return Ok(());
    }
    let found = unit.map_or("none".to_owned(), |unit| unit.to_string());
    let expected: Vec<String> = dimensions
        .iter()
        .filter_map(|dimension| dimension.base())
        .map(|unit| unit.to_string())
        .collect();
    Err(Error::config(format!(
        "{place}: {role}: expected a point in {}, and the unit of {:?} is {found}",
        expected.join(" or "),
        spec.id.to_string()
    ))
    .hint("give the point a physical_type and a unit in cleaner.points"))
}

/// Counts are by rule and column, so two machines cannot share the column that judges them.
fn one_judge_a_column(checks: &[EquipmentCheck], roster: &[PointSpec]) -> Result<()> {
    let kind = |check: &EquipmentCheck| std::mem::discriminant(&check.check);
    for (place, check) in checks.iter().enumerate() {
        let same =
            |other: &&EquipmentCheck| other.column == check.column && kind(other) == kind(check);
        if let Some(other) = checks[..place].iter().find(same) {
            return Err(Error::config(format!(
                "cleaner.{}: {:?} and {:?} would both be judged by the point {:?}",
                match check.check {
                    Check::Meter { .. } => "meters",
                    _ => "equipment",
                },
                other.equipment,
                check.equipment,
                roster[check.column].id.to_string()
            ))
            .hint("each takes a point of its own"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
