//! What is checked of a site's equipment, column by column.

use super::ids::ColumnId;
use super::rule::Rule;
use super::units::exceeds;
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a machine runs: the size of a point's value is above what it has at rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunState {
    /// The column of the point; `None` where no report has it, and nothing is known.
    pub(crate) column: Option<ColumnId>,
    /// At or below this size it is at rest.
    pub(crate) rest: f64,
}

/// What is known of a machine at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    /// The machine runs.
    Yes,
    /// The machine is at rest.
    No,
    /// Not known: what would say so has no value.
    Unknown,
}

impl RunState {
    /// What the values of one time say; `value` gives that of a column, NaN for none. Sizes count: water that flows backwards flows.
    pub(crate) fn at(&self, value: impl Fn(ColumnId) -> f64) -> Running {
        let value = self.column.map_or(f64::NAN, value);
        if value.is_nan() {
            Running::Unknown
        } else if exceeds(value.abs(), self.rest) {
            Running::Yes
        } else {
            Running::No
        }
    }
}

/// Water that passes a heat exchanger, by the columns of its flow and its two temperatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Water {
    /// The volume flow, L/min.
    pub(crate) flow: ColumnId,
    /// The lower temperature at normal operation, °C.
    pub(crate) cold: ColumnId,
    /// The higher one, °C.
    pub(crate) warm: ColumnId,
}

/// How much two ways to measure a heat may differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeatLimits {
    /// The design cooling load, kW.
    pub(crate) capacity: f64,
    /// The difference of the chilled water at that load, K.
    pub(crate) design_delta_t: f64,
    /// The error of a temperature sensor, K.
    pub(crate) temperature_error: f64,
    /// The relative error of a flow meter.
    pub(crate) flow_error: f64,
    /// A tolerance in place of that of AHRI 550/590.
    pub(crate) tolerance: Option<f64>,
}

/// The design point of a pump or fan, and what is let pass around its cube.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct DesignPoint {
    /// The frequency or speed, in the dataset's unit of its point.
    pub(crate) frequency: f64,
    /// The power, kW.
    pub(crate) power: f64,
    /// How power follows speed.
    pub(crate) exponent: f64,
    /// The band from 0.8 of the frequency on.
    pub(crate) band: (f64, f64),
    /// The band from 0.6 to 0.8 of it.
    pub(crate) low_speed_band: (f64, f64),
}

/// Machines of which one at least has to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Need {
    /// What they are needed for.
    pub(crate) name: String,
    /// Their states, by their names.
    pub(crate) any_of: Vec<(String, RunState)>,
}

/// What is held against what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Check {
    /// The heat that the chilled water carries against the load that is measured.
    HeatLoad {
        /// The chilled water.
        water: Water,
        /// The column of the load, kW.
        load: ColumnId,
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
        power: ColumnId,
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
        frequency: ColumnId,
        /// The column of the power, kW.
        power: ColumnId,
        /// What it is held against.
        design: DesignPoint,
    },
    /// What has to run while the machine runs.
    Needs(Vec<Need>),
    /// The counter of a meter, which is the column that is judged, against its power.
    Meter {
        /// The column of the power, kW.
        power: ColumnId,
    },
}

/// One check of one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EquipmentCheck {
    /// The machine.
    pub(crate) equipment: String,
    /// The column that it judges: evidence and counts are under it.
    pub(crate) column: ColumnId,
    /// Whether the machine runs.
    pub(crate) state: RunState,
    /// How long after a start and before a stop nothing is judged.
    pub(crate) settle: Span,
    /// What is held against what.
    pub(crate) check: Check,
}

impl EquipmentCheck {
    /// The rule that judges it.
    #[must_use]
    pub(crate) fn rule(&self) -> Rule {
        match self.check {
            Check::HeatLoad { .. } => Rule::HeatLoad,
            Check::HeatBalance { .. } => Rule::HeatBalance,
            Check::Affinity { .. } => Rule::Affinity,
            Check::Needs(_) => Rule::Needs,
            Check::Meter { .. } => Rule::Meter,
        }
    }

    /// The columns that it takes, by what they are to the machine.
    #[must_use]
    pub(crate) fn inputs(&self) -> BTreeMap<String, ColumnId> {
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
        let mut inputs: BTreeMap<String, ColumnId> = running.into_iter().collect();
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
            Check::Meter { power } => {
                inputs.insert("power".to_owned(), *power);
                inputs.insert("energy".to_owned(), self.column);
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckOff {
    /// The machine.
    pub(crate) equipment: String,
    /// The points that are missing, as the configuration names them.
    pub(crate) missing: Vec<String>,
}

/// The equipment of a site, as far as its reports go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Equipment {
    /// What is checked, by machine.
    pub(crate) checks: Vec<EquipmentCheck>,
    /// What is not.
    pub(crate) off: Vec<CheckOff>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_runs_above_its_rest_whichever_way_and_without_a_value_that_is_unknown() {
        let state = RunState {
            column: Some(ColumnId::new(0)),
            rest: 10.0,
        };
        for (value, running) in [
            (10.5, Running::Yes),
            (-1892.7, Running::Yes),
            (10.0, Running::No),
            (-10.0, Running::No),
            (f64::NAN, Running::Unknown),
        ] {
            assert_eq!(state.at(|_| value), running, "{value}");
        }
    }
}
