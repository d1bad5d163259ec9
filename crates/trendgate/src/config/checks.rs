//! Equipment as written + the points of a site → what is checked, column by column.
//!
//! Enters: an [`EquipmentConfig`] and the roster. Leaves: [`Equipment`]. A machine some of whose points no report has is not
//! an error (the reports of tomorrow may have them): what takes those points is off, with the reason. Refused: a point without the unit
//! that the check needs, and two machines that would be judged by one column.

use super::equipment::{ChillerConfig, DriveConfig, EquipmentConfig, place};
use super::points::PointSpec;
use crate::clean::Rule;
use crate::error::{Error, Result};
use crate::units::{Dimension, Unit};
use std::collections::BTreeMap;

/// Whether a machine runs: the size of a point's value is above what it has at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunState {
    /// The column of the point; `None` where no report has it, and nothing is known.
    pub column: Option<usize>,
    /// At or below this size it is at rest.
    pub rest: f64,
}

/// What is known of a machine at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// It runs.
    Yes,
    /// It is at rest.
    No,
    /// Nobody knows.
    Unknown,
}

impl RunState {
    /// That of a machine whose point in `column` says whether it runs; `place` is where the configuration says so.
    pub(super) fn of(roster: &[PointSpec], column: Option<usize>, place: &str) -> Result<Self> {
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
        Ok(Self {
            column,
            rest: rest.unwrap_or(0.0),
        })
    }

    /// What the values of one time say; `value` gives that of a column, NaN for none.
    pub fn at(&self, value: impl Fn(usize) -> f64) -> Running {
        let value = self.column.map_or(f64::NAN, value);
        if value.is_nan() {
            Running::Unknown
        } else if value.abs() > self.rest {
            Running::Yes
        } else {
            Running::No
        }
    }
}

/// Water that passes a heat exchanger, by the columns of its flow and its two temperatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Water {
    /// The volume flow, L/min.
    pub flow: usize,
    /// The lower temperature at normal operation, °C.
    pub cold: usize,
    /// The higher one, °C.
    pub warm: usize,
}

/// How much two ways to measure a heat may differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeatLimits {
    /// The design cooling load, kW.
    pub capacity: f64,
    /// The difference of the chilled water at that load, K.
    pub design_delta_t: f64,
    /// The error of a temperature sensor, K.
    pub temperature_error: f64,
    /// The relative error of a flow meter.
    pub flow_error: f64,
    /// A tolerance in place of that of AHRI 550/590.
    pub tolerance: Option<f64>,
}

/// The design point of a pump or fan, and what is let pass around its cube.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DesignPoint {
    /// The frequency or speed, in the dataset's unit of its point.
    pub frequency: f64,
    /// The power, kW.
    pub power: f64,
    /// How power follows speed.
    pub exponent: f64,
    /// The band from 0.8 of the frequency on.
    pub band: (f64, f64),
    /// The band from 0.6 to 0.8 of it.
    pub low_speed_band: (f64, f64),
}

/// Machines of which one at least has to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// What they are needed for.
    pub name: String,
    /// Their states, by their names.
    pub any_of: Vec<(String, RunState)>,
}

/// What is held against what.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// The heat that the chilled water carries against the load that is measured.
    HeatLoad {
        /// The chilled water.
        water: Water,
        /// The column of the load, kW.
        load: usize,
        /// The tolerance.
        limits: HeatLimits,
    },
    /// The heat that the condenser's water carries away against that of the chilled water and the machine's power.
    HeatBalance {
        /// The chilled water.
        water: Water,
        /// The condenser's water.
        condenser: Water,
        /// The column of the power, kW.
        power: usize,
        /// The share of the power that does not reach the refrigerant.
        drive_loss: f64,
        /// Heat of pumps between the sensors, kW.
        pump_heat: f64,
        /// The tolerance.
        limits: HeatLimits,
    },
    /// Power against speed.
    Affinity {
        /// The column of the frequency or speed.
        frequency: usize,
        /// The column of the power, kW.
        power: usize,
        /// What it is held against.
        design: DesignPoint,
    },
    /// What has to run while the machine runs.
    Needs(Vec<Need>),
}

/// One check of one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct EquipmentCheck {
    /// The machine.
    pub equipment: String,
    /// The column that it judges: evidence and counts are under it.
    pub column: usize,
    /// Whether the machine runs.
    pub state: RunState,
    /// How long after a start and before a stop nothing is judged, in nanoseconds.
    pub settle: i64,
    /// What is held against what.
    pub check: Check,
}

impl EquipmentCheck {
    /// The rule that judges it.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self.check {
            Check::HeatLoad { .. } => Rule::HeatLoad,
            Check::HeatBalance { .. } => Rule::HeatBalance,
            Check::Affinity { .. } => Rule::Affinity,
            Check::Needs(_) => Rule::Needs,
        }
    }

    /// The columns that it takes, by what they are to the machine.
    #[must_use]
    pub fn inputs(&self) -> BTreeMap<String, usize> {
        let water = |of: &str, cold: &str, warm: &str, water: &Water| {
            let named = |name: &str, column| (format!("{of}{name}"), column);
            [
                named("flow", water.flow),
                named(cold, water.cold),
                named(warm, water.warm),
            ]
        };
        let running = self
            .state
            .column
            .map(|column| ("running".to_owned(), column));
        let mut inputs: BTreeMap<String, usize> = running.into_iter().collect();
        match &self.check {
            Check::HeatLoad { water: w, load, .. } => {
                inputs.extend(water("", "supply", "return", w));
                inputs.insert("load".to_owned(), *load);
            }
            Check::HeatBalance {
                water: w,
                condenser,
                power,
                ..
            } => {
                inputs.extend(water("", "supply", "return", w));
                inputs.extend(water("condenser.", "entering", "leaving", condenser));
                inputs.insert("power".to_owned(), *power);
            }
            Check::Affinity {
                frequency, power, ..
            } => {
                inputs.insert("frequency".to_owned(), *frequency);
                inputs.insert("power".to_owned(), *power);
            }
            Check::Needs(needs) => {
                for need in needs {
                    let known = need.any_of.iter();
                    let known = known.filter_map(|(name, state)| Some((name, state.column?)));
                    inputs.extend(known.map(|(name, c)| (format!("{}: {name}", need.name), c)));
                }
            }
        }
        inputs
    }
}

/// A check that is off because no report has one of its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOff {
    /// The machine.
    pub equipment: String,
    /// The points that are missing, as the configuration names them.
    pub missing: Vec<String>,
}

/// The equipment of a site, as far as its reports go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Equipment {
    /// What is checked, by machine.
    pub checks: Vec<EquipmentCheck>,
    /// What is not.
    pub off: Vec<CheckOff>,
}

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
    fn machines<'a>(&'a self, roster: &[PointSpec]) -> Result<BTreeMap<&'a str, Machine<'a>>> {
        let mut machines = BTreeMap::new();
        for (name, chiller) in &self.chillers {
            let place = place("chillers", name);
            let of = [&chiller.running, &chiller.power, &chiller.flow];
            let mut machine = Machine::of(roster, &place, of)?;
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
                let mut machine = Machine::of(roster, &place(kind, name), of)?;
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
struct Machine<'a> {
    /// The point, as the configuration names it.
    point: Option<&'a String>,
    state: RunState,
}

impl<'a> Machine<'a> {
    /// That of the first of `points` that is given.
    fn of(roster: &[PointSpec], place: &str, points: [&'a Option<String>; 3]) -> Result<Self> {
        let point = points.into_iter().flatten().next();
        let column = match point {
            Some(point) => find(roster, place, point)?,
            None => None,
        };
        Ok(Self {
            point,
            state: RunState::of(roster, column, place)?,
        })
    }

    /// The point, where no report has it.
    fn missing(&self) -> Option<&'a String> {
        self.point.filter(|_| self.state.column.is_none())
    }
}

/// The column of the point `name`, which stands at `place` of the configuration: by its full name, or by the name alone where only one
/// point has it.
pub(super) fn find(roster: &[PointSpec], place: &str, name: &str) -> Result<Option<usize>> {
    if let Some(full) = roster.iter().position(|spec| spec.id.to_string() == name) {
        return Ok(Some(full));
    }
    let named: Vec<usize> = (0..roster.len())
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
    machines: BTreeMap<&'a str, Machine<'a>>,
    found: Equipment,
}

/// A point of a machine: what it is to it, its name, and what it has to measure.
type Wanted<'a> = (&'a str, &'a Option<String>, &'a [Dimension]);

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
        machine.and_then(Machine::missing).cloned()
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
        let settle = chiller.settle.nanos();
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
        let settle = drive.settle.nanos();
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
        settle: i64,
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

    fn add(&mut self, name: &str, column: usize, settle: i64, check: Check) {
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
        wanted: &[Wanted<'_>],
    ) -> Result<Option<Vec<usize>>> {
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
mod tests {
    use super::*;
    use crate::config::{Config, Overrides, Settings};
    use crate::point::PointId;

    const POINTS: &str = "{S.*: {physical_type: status}, F.*: {physical_type: flow}, '*.T': {physical_type: water_temperature}, \
                          '*.KW': {physical_type: power}, '*.HZ': {physical_type: frequency}}";

    fn resolve(equipment: &str, names: &[&str]) -> (Vec<PointSpec>, Result<Equipment>) {
        let text = format!(
            "cleaner:\n  site_id: A\n  timezone: UTC\n  points: {POINTS}\n  equipment: {equipment}\n"
        );
        let settings =
            Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap();
        let ids = names.iter().map(|name| PointId {
            name: (*name).to_owned(),
            suffix: String::new(),
        });
        let roster = settings.points().roster(ids).unwrap();
        let found = settings.equipment().resolve(&roster);
        (roster, found)
    }

    const CHILLER: &str = "{flow: F.1, supply: S1.T, return: R1.T, load: Q.KW, capacity_kw: 1000, running: S.1, needs: {pump: [P1, P2]}}";

    #[test]
    fn machines_are_checked_by_the_columns_of_their_points() {
        let equipment = format!(
            "{{chillers: {{CH1: {CHILLER}}}, pumps: {{P1: {{running: S.2}}, P2: {{frequency: P.HZ, power: P.KW, rated_frequency: 60, rated_power_kw: 45}}}}}}"
        );
        let names = ["F.1", "S1.T", "R1.T", "Q.KW", "S.1", "S.2", "P.HZ", "P.KW"];
        let (roster, found) = resolve(&equipment, &names);
        let found = found.unwrap();
        let name = |column: usize| roster[column].id.to_string();
        let shown: Vec<String> = found
            .checks
            .iter()
            .map(|check| {
                let inputs = check.inputs();
                let inputs = inputs
                    .iter()
                    .map(|(role, c)| format!("{role}={}", name(*c)));
                let inputs = inputs.collect::<Vec<_>>().join(" ");
                format!(
                    "{} {} {} [{inputs}]",
                    check.equipment,
                    check.rule().name(),
                    name(check.column)
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "CH1 heat_load Q.KW [flow=F.1 load=Q.KW return=R1.T running=S.1 supply=S1.T]",
                "CH1 needs S.1 [pump: P1=S.2 pump: P2=P.HZ running=S.1]",
                "P2 affinity P.KW [frequency=P.HZ power=P.KW running=P.HZ]",
            ]
        );
        assert!(found.off.is_empty());
        // A pump without a state of its own is at rest below a tenth of its rated speed.
        assert!((found.checks[2].state.rest - 6.0).abs() < 1e-12);
        assert_eq!(found.checks[0].state.at(|_| 0.0), Running::No);
        assert_eq!(found.checks[0].state.at(|_| f64::NAN), Running::Unknown);
    }

    #[test]
    fn a_point_that_no_report_has_yet_turns_its_check_off_and_says_which() {
        let equipment = format!(
            "{{chillers: {{CH1: {CHILLER}}}, pumps: {{P1: {{running: S.2}}, P2: {{running: S.3}}}}}}"
        );
        let (_, found) = resolve(&equipment, &["F.1", "S1.T", "Q.KW", "S.1", "S.2"]);
        let found = found.unwrap();
        let off: Vec<_> = found.off.iter().map(|off| off.missing.join(" ")).collect();
        assert_eq!(off, ["R1.T", "S.3"]);
        let [needs] = found.checks.as_slice() else {
            panic!("{:?}", found.checks)
        };
        let Check::Needs(needs) = &needs.check else {
            panic!()
        };
        assert_eq!(needs[0].any_of[1].1.at(|_| 1.0), Running::Unknown);
    }

    #[test]
    fn a_point_that_measures_something_else_is_refused_and_so_is_one_for_two_machines() {
        let refusal =
            |equipment: &str, names: &[&str]| resolve(equipment, names).1.unwrap_err().to_string();
        let names = ["F.1", "S1.T", "R1.T", "Q.KW", "S.1", "P.HZ", "P.KW", "X"];
        let chiller = CHILLER
            .replace("R1.T", "X")
            .replace(", needs: {pump: [P1, P2]}", "");
        insta::assert_snapshot!(refusal(&format!("{{chillers: {{CH1: {chiller}}}}}"), &names), @r#"cleaner.equipment.chillers "CH1": return: expected a point in °C, and the unit of "X" is none"#);
        let pump = "{frequency: P.HZ, power: P.KW, rated_frequency: 60, rated_power_kw: 45}";
        insta::assert_snapshot!(refusal(&format!("{{pumps: {{P1: {}}}}}", pump.replace("P.HZ", "P.KW")), &names), @r#"cleaner.equipment.pumps "P1": frequency: expected a point in Hz or %, and the unit of "P.KW" is kW"#);
        insta::assert_snapshot!(refusal(&format!("{{pumps: {{P1: {pump}, P2: {pump}}}}}"), &names), @r#"cleaner.equipment: "P1" and "P2" would both be judged by the point "P.KW""#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S.1, needs: {pump: [P1]}}}, pumps: {P1: {}}}", &names), @r#"cleaner.equipment.chillers "CH1": needs: expected a running point, or another measurement, of "P1": otherwise nobody knows when it runs"#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S1.T, needs: {pump: [P1]}}}, pumps: {P1: {running: S.1}}}", &names), @r#"cleaner.equipment.chillers "CH1": expected a state, or a measurement that is 0 at rest; "S1.T" is in °C"#);
    }
}
