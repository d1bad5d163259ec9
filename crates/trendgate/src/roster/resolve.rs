//! Equipment as written + the points of a site → what is checked.
//!
//! Enters: an [`EquipmentConfig`] and the roster. Leaves: [`Equipment`]. A machine some of whose points no report has is not
//! an error (the reports of tomorrow may have them): what takes those points is off, with the reason. Refused: a point without the unit
//! that the check needs, and two machines that would be judged by one column.

use super::machines::{ChillerConfig, DriveConfig, EquipmentConfig, place};
use super::table::whole_name;
use crate::error::{Error, Result};
use crate::model::{
    Check, CheckOff, ColumnId, DesignPoint, Dimension, Equipment, EquipmentCheck, HeatLimits, Need,
    PointSpec, RunState, Unit, Water, plain_name,
};
use crate::time::Span;
use std::collections::BTreeMap;

impl EquipmentConfig {
    /// What is checked at a site with these points.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): see the head of this module.
    pub fn resolve(&self, roster: &[PointSpec]) -> Result<Equipment> {
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

    /// What says of each machine whether it runs.
    fn machines<'a>(&'a self, roster: &[PointSpec]) -> Result<BTreeMap<&'a str, NamedMachine<'a>>> {
        let mut machines = BTreeMap::new();
        for (name, chiller) in &self.chillers {
            let place = place("chillers", name);
            let of = [&chiller.running, &chiller.power, &chiller.flow];
            let mut machine = NamedMachine::of(roster, &place, of)?;
            if chiller.running.is_none() && chiller.power.is_some() {
                // Heaters of the oil and the controls of a chiller at rest take power, too.
                let share = STANDBY_SHARE * chiller.capacity_kw.unwrap_or(0.0);
                machine.state.rest = machine.state.rest.max(share);
            }
            machines.insert(name.as_str(), machine);
        }
        for (kind, drives) in [("pumps", &self.pumps), ("fans", &self.fans)] {
            for (name, drive) in drives {
                let of = [&drive.running, &drive.frequency, &drive.power];
                let mut machine = NamedMachine::of(roster, &place(kind, name), of)?;
                if let (None, Some(rated)) = (&drive.running, drive.rated_frequency) {
                    machine.state.rest = TURNING_SHARE * rated;
                }
                machines.insert(name.as_str(), machine);
            }
        }
        Ok(machines)
    }
}

/// A chiller that takes less power than this share of its cooling capacity does not cool.
const STANDBY_SHARE: f64 = 0.01;

/// Below this share of its rated speed a drive does not turn anything.
const TURNING_SHARE: f64 = 0.1;

/// What says whether a machine runs.
struct NamedMachine<'a> {
    /// The point, as the configuration names it.
    point: Option<&'a String>,
    state: RunState,
}

impl<'a> NamedMachine<'a> {
    /// That of the first of `points` that is given.
    fn of(roster: &[PointSpec], place: &str, points: [&'a Option<String>; 3]) -> Result<Self> {
        let point = points.into_iter().flatten().next();
        let column = match point {
            Some(point) => find(roster, place, point)?,
            None => None,
        };
        Ok(Self {
            point,
            state: run_state(roster, column, place)?,
        })
    }

    /// The point, where no report has it.
    fn missing(&self) -> Option<&'a String> {
        self.point.filter(|_| self.state.column.is_none())
    }
}

/// The state of a machine whose point in `column` says whether it runs; `place` is where the configuration says so.
pub(super) fn run_state(
    roster: &[PointSpec],
    column: Option<ColumnId>,
    place: &str,
) -> Result<RunState> {
    let spec = column.map(|column| &roster[column]);
    if let Some(spec) = spec {
        let never_rests = [Dimension::Temperature, Dimension::Energy];
        let dimension = spec.dataset_unit().map(Unit::dimension);
        if dimension.is_some_and(|dimension| never_rests.contains(&dimension)) {
            return Err(Error::config(format!(
                "{place}: expected a state, or a measurement that is 0 at rest; {:?} is in {}",
                spec.id.to_string(),
                spec.dataset_unit().map_or("?", Unit::symbol)
            )));
        }
    }
    let rest = spec.and_then(|spec| spec.idle_below);
    Ok(RunState {
        column,
        rest: rest.unwrap_or(0.0),
    })
}

/// The column of the point `name`, which stands at `place` of the configuration: by its full name, or by the name alone where only one
/// point has it.
pub(super) fn find(roster: &[PointSpec], place: &str, name: &str) -> Result<Option<ColumnId>> {
    let (name, whole) = (plain_name(name), whole_name(name));
    let is_whole = |spec: &PointSpec| {
        let full = spec.id.to_string();
        full == whole || full == name
    };
    if let Some(full) = roster.iter().position(is_whole) {
        return Ok(Some(ColumnId::new(full)));
    }
    let columns = (0..roster.len()).map(ColumnId::new);
    let named: Vec<ColumnId> = columns
        .filter(|column| roster[*column].id.name == name)
        .collect();
    if let [first, second, ..] = named.as_slice() {
        let [first, second] = [first, second].map(|column| roster[*column].id.to_string());
        return Err(
            Error::config(format!("{place}: {name:?} may be {first:?} or {second:?}"))
                .hint("write the point with its suffix"),
        );
    }
    Ok(named.first().copied())
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
        let water = [
            ("flow", &chiller.flow, &[Dimension::Flow][..]),
            ("supply", &chiller.supply, &[Dimension::Temperature]),
            ("return", &chiller.return_, &[Dimension::Temperature]),
        ];
        let settle = chiller.settle;
        if chiller.load.is_some() {
            let mut wanted = water.to_vec();
            wanted.push(("load", &chiller.load, &[Dimension::Power]));
            if let Some([flow, cold, warm, load]) = self.columns(name, &place, &wanted)?.as_deref()
            {
                let water = Water {
                    flow: *flow,
                    cold: *cold,
                    warm: *warm,
                };
                let load = *load;
                self.add(
                    name,
                    load,
                    settle,
                    Check::HeatLoad {
                        water,
                        load,
                        limits,
                    },
                );
            }
        }
        if let Some(condenser) = &chiller.condenser {
            let [flow, entering, leaving] =
                [&condenser.flow, &condenser.entering, &condenser.leaving]
                    .map(|point| Some(point.clone()));
            let mut wanted = water.to_vec();
            wanted.push(("condenser.flow", &flow, &[Dimension::Flow]));
            wanted.push(("condenser.entering", &entering, &[Dimension::Temperature]));
            wanted.push(("condenser.leaving", &leaving, &[Dimension::Temperature]));
            wanted.push(("power", &chiller.power, &[Dimension::Power]));
            let columns = self.columns(name, &place, &wanted)?;
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
                self.add(name, *power, settle, check);
            }
        }
        self.needs(name, &place, settle, &chiller.needs)
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
                "cleaner.equipment: {:?} and {:?} would both be judged by the point {:?}",
                other.equipment,
                check.equipment,
                roster[check.column].id.to_string()
            ))
            .hint("each machine takes a point of its own"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
