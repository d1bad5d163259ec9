//! The equipment of the plant as it is written: chillers, pumps and fans, with what measures them.
//!
//! Points are named as the reports name them. Rated values are in the dataset's units (kW, Hz, K): they come from data
//! sheets, not from reports, so no unit system touches them.

use super::RangeConfig;
use crate::error::{Error, Result};
use crate::time::{MINUTE, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The equipment of the plant, by name. Without it, HEAT_IMBALANCE and AFFINITY_VIOLATION are off, and the run says so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EquipmentConfig {
    /// Chillers: the heat that the water carries against the load or the balance of the machine (HEAT_IMBALANCE).
    pub(crate) chillers: BTreeMap<String, ChillerConfig>,
    /// Pumps: power against the cube of the speed (AFFINITY_VIOLATION).
    pub(crate) pumps: BTreeMap<String, DriveConfig>,
    /// Fans: as pumps.
    pub(crate) fans: BTreeMap<String, DriveConfig>,
}

/// A chiller. With flow, supply, return and load, the load is checked; with power and condenser beside them, the balance of the
/// machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChillerConfig {
    /// The point that says whether it runs. Without one, its power does (above 1 % of capacity_kw), and without that its flow: give one
    /// where water flows through a chiller at rest.
    pub(crate) running: Option<String>,
    /// The cooling load that it is designed for, in kW (1 RT is 3.5168528 kW). Tolerances are wider at a small share of it.
    pub(crate) capacity_kw: Option<f64>,
    /// The difference of the chilled water at that load, in K.
    pub(crate) design_delta_t_k: f64,
    /// Chilled water: the volume flow.
    pub(crate) flow: Option<String>,
    /// Chilled water: the temperature at which it leaves the chiller.
    pub(crate) supply: Option<String>,
    /// Chilled water: the temperature at which it comes back.
    #[serde(rename = "return")]
    pub(crate) return_: Option<String>,
    /// The cooling load as a meter or the machine's own controller states it.
    pub(crate) load: Option<String>,
    /// The electrical power of the machine.
    pub(crate) power: Option<String>,
    /// The water of its condenser.
    pub(crate) condenser: Option<CondenserConfig>,
    /// The share (0 to 1) of the power that does not reach the refrigerant: the losses of an open drive's motor.
    pub(crate) drive_loss: f64,
    /// Heat of pumps between the sensors, in kW; it reaches the condenser's water beside that of the compressor.
    pub(crate) pump_heat_kw: f64,
    /// The error of one temperature sensor, in K. Larger judges less sharply where the difference is small.
    pub(crate) temperature_error_k: f64,
    /// The relative error of a flow meter (0 to 1).
    pub(crate) flow_error: f64,
    /// The tolerance as a share (0 to 1) of the heat, in place of that of AHRI 550/590.
    pub(crate) tolerance: Option<f64>,
    /// How long after a start and before a stop nothing is judged.
    pub(crate) settle: Span,
    /// What has to run while it runs, by a name for it: one at least of the equipment listed. A breach is recorded as evidence and
    /// counted; it raises no flag.
    pub(crate) needs: BTreeMap<String, Vec<String>>,
}

impl Default for ChillerConfig {
    fn default() -> Self {
        Self {
            running: None,
            capacity_kw: None,
            design_delta_t_k: 10.0 / 1.8,
            flow: None,
            supply: None,
            return_: None,
            load: None,
            power: None,
            condenser: None,
            drive_loss: 0.0,
            pump_heat_kw: 0.0,
            temperature_error_k: 0.1,
            flow_error: 0.01,
            tolerance: None,
            settle: 15 * MINUTE,
            needs: BTreeMap::new(),
        }
    }
}

/// The water of a chiller's condenser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CondenserConfig {
    /// The volume flow.
    pub(crate) flow: String,
    /// The temperature at which it comes from the cooling tower.
    pub(crate) entering: String,
    /// The temperature at which it leaves the condenser.
    pub(crate) leaving: String,
}

/// A pump or a fan on a drive of variable speed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DriveConfig {
    /// The point that says whether it runs. Without one, its frequency does (above a tenth of the rated one), and without that its power.
    pub(crate) running: Option<String>,
    /// The point of its frequency or speed.
    pub(crate) frequency: Option<String>,
    /// The point of its electrical power.
    pub(crate) power: Option<String>,
    /// The frequency (or speed) of its design point, in the dataset's unit of that point: Hz, or % for a speed in percent.
    pub(crate) rated_frequency: Option<f64>,
    /// The power at its design point, in kW: from the data sheet, never from the data.
    pub(crate) rated_power_kw: Option<f64>,
    /// How power follows speed.
    pub(crate) exponent: f64,
    /// The band of the power, as a share of what the design point lets expect, from 0.8 of the rated frequency on.
    pub(crate) band: RangeConfig,
    /// The band from 0.6 to 0.8 of the rated frequency; below that nothing is judged.
    pub(crate) low_speed_band: RangeConfig,
    /// How long after a start and before a stop nothing is judged.
    pub(crate) settle: Span,
    /// What has to run while it runs: as for a chiller.
    pub(crate) needs: BTreeMap<String, Vec<String>>,
}

impl Default for DriveConfig {
    fn default() -> Self {
        Self {
            running: None,
            frequency: None,
            power: None,
            rated_frequency: None,
            rated_power_kw: None,
            exponent: 3.0,
            band: RangeConfig {
                min: 0.65,
                max: 1.25,
            },
            low_speed_band: RangeConfig { min: 0.5, max: 1.5 },
            settle: 15 * MINUTE,
            needs: BTreeMap::new(),
        }
    }
}

impl EquipmentConfig {
    /// Refuses what cannot be, whatever the reports say.
    pub(crate) fn check(&self) -> Result<()> {
        let mut names = BTreeMap::new();
        let kinds = [
            ("chillers", self.chillers.keys().collect::<Vec<_>>()),
            ("pumps", self.pumps.keys().collect()),
            ("fans", self.fans.keys().collect()),
        ];
        for (kind, known) in kinds {
            for name in known {
                if let Some(other) = names.insert(name, kind) {
                    return Err(Error::config(format!(
                        "cleaner.equipment: {name:?} is among the {other} and among the {kind}"
                    ))
                    .hint("give every machine a name of its own"));
                }
            }
        }
        self.chillers
            .iter()
            .try_for_each(|(name, chiller)| check_chiller(&place("chillers", name), chiller))?;
        let drives = self
            .pumps
            .iter()
            .map(|(name, drive)| ("pumps", name, drive));
        let fans = self.fans.iter().map(|(name, drive)| ("fans", name, drive));
        for (kind, name, drive) in drives.chain(fans) {
            check_drive(&place(kind, name), drive)?;
        }
        self.needs()
            .try_for_each(|(of, need, machines)| check_need(&names, of, need, machines))
    }

    /// What has to run while something runs: the machine, the name of the need, and those of which one has to run.
    pub(super) fn needs(&self) -> impl Iterator<Item = (&str, &str, &[String])> {
        let chillers = self.chillers.iter().map(|(name, c)| (name, &c.needs));
        let drives = self.pumps.iter().chain(&self.fans);
        let all = chillers.chain(drives.map(|(name, drive)| (name, &drive.needs)));
        all.flat_map(|(of, needs)| {
            let each = needs.iter();
            each.map(|(need, machines)| (of.as_str(), need.as_str(), machines.as_slice()))
        })
    }
}

/// Where a machine stands in the configuration.
pub(super) fn place(kind: &str, name: &str) -> String {
    format!("cleaner.equipment.{kind} {name:?}")
}

fn check_need<T>(
    names: &BTreeMap<&String, T>,
    of: &str,
    need: &str,
    machines: &[String],
) -> Result<()> {
    if machines.iter().any(|machine| machine == of) {
        return Err(Error::config(format!(
            "cleaner.equipment: {of:?} needs {need:?}, and is listed for it itself"
        )));
    }
    if machines.is_empty() {
        return Err(Error::config(format!(
            "cleaner.equipment: {of:?} needs {need:?}, and no machine is listed for it"
        )));
    }
    match machines.iter().find(|name| !names.contains_key(name)) {
        Some(unknown) => Err(Error::config(format!(
            "cleaner.equipment: {of:?} needs {unknown:?}, which is no equipment"
        ))
        .hint("describe it among the chillers, pumps or fans, with a running point")),
        None => Ok(()),
    }
}

fn refuse(place: &str, bad: bool, expected: &str) -> Result<()> {
    match bad {
        true => Err(Error::config(format!("{place}: {expected}"))),
        false => Ok(()),
    }
}

fn positive(value: Option<f64>) -> bool {
    value.is_none_or(|value| value.is_finite() && value > 0.0)
}

fn share(value: f64) -> bool {
    (0.0..1.0).contains(&value)
}

fn check_chiller(place: &str, chiller: &ChillerConfig) -> Result<()> {
    let water = [&chiller.flow, &chiller.supply, &chiller.return_];
    let given = water.iter().filter(|point| point.is_some()).count();
    refuse(
        place,
        given % 3 != 0,
        "flow, supply and return belong together",
    )?;
    let measured = chiller.load.is_some() || chiller.condenser.is_some();
    refuse(
        place,
        given == 3 && !measured,
        "expected a load, or power and condenser, to hold the heat of the water against",
    )?;
    refuse(
        place,
        measured && given == 0,
        "expected flow, supply and return beside load or condenser",
    )?;
    refuse(
        place,
        chiller.condenser.is_some() && chiller.power.is_none(),
        "expected a power beside the condenser: the machine's balance takes both",
    )?;
    refuse(
        place,
        given == 3 && chiller.capacity_kw.is_none(),
        "expected capacity_kw, the design cooling load in kW",
    )?;
    refuse(
        place,
        !positive(chiller.capacity_kw) || !positive(Some(chiller.design_delta_t_k)),
        "expected a capacity_kw and a design_delta_t_k above 0",
    )?;
    let shares = [
        chiller.drive_loss,
        chiller.flow_error,
        chiller.tolerance.unwrap_or(0.0),
    ];
    refuse(
        place,
        !shares.into_iter().all(share),
        "expected drive_loss, flow_error and tolerance from 0 to below 1",
    )?;
    let sizes = [chiller.pump_heat_kw, chiller.temperature_error_k];
    refuse(
        place,
        !sizes.iter().all(|size| size.is_finite() && *size >= 0.0),
        "expected a pump_heat_kw and a temperature_error_k of at least 0",
    )?;
    check_settle(place, chiller.settle)
}

fn check_drive(place: &str, drive: &DriveConfig) -> Result<()> {
    let speed = [drive.frequency.is_some(), drive.rated_frequency.is_some()];
    let rated = [drive.rated_power_kw.is_some(), speed[1]];
    refuse(
        place,
        speed[0] != speed[1] || rated[0] != rated[1] || (speed[0] && drive.power.is_none()),
        "frequency, power, rated_frequency and rated_power_kw belong together",
    )?;
    refuse(
        place,
        !(positive(drive.rated_frequency)
            && positive(drive.rated_power_kw)
            && drive.exponent > 0.0
            && drive.exponent <= 5.0),
        "expected a rated_frequency and a rated_power_kw above 0, and an exponent from above 0 to 5",
    )?;
    let good = |band: RangeConfig| band.is_ascending() && band.min >= 0.0;
    refuse(
        place,
        !good(drive.band) || !good(drive.low_speed_band),
        "band, low_speed_band: expected a min of at least 0 below the max",
    )?;
    check_settle(place, drive.settle)
}

fn check_settle(place: &str, settle: Span) -> Result<()> {
    refuse(
        place,
        settle > crate::time::DAY,
        "settle: expected at most 1d",
    )
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Overrides, Settings};

    fn refusal(equipment: &str) -> String {
        let text = format!("cleaner:\n  site_id: A\n  timezone: UTC\n  equipment: {equipment}\n");
        let config = Config::parse(&text).unwrap();
        let error = Settings::new(&config, &Overrides::default()).unwrap_err();
        format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-"))
    }

    #[test]
    fn equipment_that_cannot_be_judged_as_written_is_refused_with_what_is_missing() {
        insta::assert_snapshot!(refusal("{chillers: {CH1: {flow: F, supply: S, capacity_kw: 1000, load: L}}}"), @r#"
        cleaner.equipment.chillers "CH1": flow, supply and return belong together
        help: -
        "#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {flow: F, supply: S, return: R, capacity_kw: 1000}}}"), @r#"
        cleaner.equipment.chillers "CH1": expected a load, or power and condenser, to hold the heat of the water against
        help: -
        "#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {flow: F, supply: S, return: R, load: L}}}"), @r#"
        cleaner.equipment.chillers "CH1": expected capacity_kw, the design cooling load in kW
        help: -
        "#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {flow: F, supply: S, return: R, capacity_kw: 1, condenser: {flow: C, entering: E, leaving: L}}}}"), @r#"
        cleaner.equipment.chillers "CH1": expected a power beside the condenser: the machine's balance takes both
        help: -
        "#);
        insta::assert_snapshot!(refusal("{pumps: {P1: {frequency: F, power: P}}}"), @r#"
        cleaner.equipment.pumps "P1": frequency, power, rated_frequency and rated_power_kw belong together
        help: -
        "#);
        insta::assert_snapshot!(refusal("{pumps: {P1: {band: {min: 1.2, max: 0.8}}}}"), @r#"
        cleaner.equipment.pumps "P1": band, low_speed_band: expected a min of at least 0 below the max
        help: -
        "#);
        insta::assert_snapshot!(refusal("{pumps: {X: {}}, fans: {X: {}}}"), @r#"
        cleaner.equipment: "X" is among the pumps and among the fans
        help: give every machine a name of its own
        "#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S, needs: {pump: [P9]}}}}"), @r#"
        cleaner.equipment: "CH1" needs "P9", which is no equipment
        help: describe it among the chillers, pumps or fans, with a running point
        "#);
        insta::assert_snapshot!(refusal("{chillers: {CH1: {running: S, needs: {pump: [CH1]}}}}"), @r#"
        cleaner.equipment: "CH1" needs "pump", and is listed for it itself
        help: -
        "#);
    }
}
