//! What a point measures: the only table of physical types.
//!
//! Aggregation, units, plausible range and the `FROZEN` rule of a point follow from here; a point's own configuration goes
//! before them. All figures are in the type's unit. A plausible range is what a working sensor on working equipment can read,
//! with room for its error: beyond it the sensor, its wiring or its scaling is wrong.
//!
//! **Standing still.** For every type only equal readings are the same reading, whatever the sensor's resolution: one step proves that it
//! works. A tolerance of one step, which suits noisy raw signals, flags far too much of what controllers log: on a hospital's reports, whose points
//! log steps of 0.01 to 1, it flagged 28 % of the judged cells, among them 80 % of those of a header whose sensor worked. The durations are the
//! shortest at which a sensor of that type that follows its process is suspicious: water in use 2 h, air and pressures under control
//! 4 h, humidity 6 h. One that moves more seldom needs a longer one of its own, which `trendgate init` takes from its readings.

use crate::model::{Aggregation, Dimension, Unit};
use crate::time::{HOUR, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a point of a type stands still for too long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StandStill {
    /// Values within this of each other are the same reading. At one step of the sensor or more, one that works looks like one that does not.
    pub(crate) tolerance: f64,
    /// The shortest stretch that is suspicious.
    pub min_duration: Span,
    /// At or below this size the equipment is at rest, and may stand still.
    pub idle_below: Option<f64>,
}

const fn still(hours: i64, idle_below: Option<f64>) -> Option<StandStill> {
    Some(StandStill {
        tolerance: 0.0,
        min_duration: HOUR.times(hours),
        idle_below,
    })
}

macro_rules! physical_types {
    ($($variant:ident $name:literal $unit:ident $aggregation:ident $range:expr, $resolution:expr, $still:expr, $doc:literal;)*) => {
        /// What a point measures. It decides how its samples become one value, which units it may have, and how it is judged.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum PhysicalType {
            $(#[doc = $doc] $variant,)*
        }

        /// ```
        /// use trendgate::vocabulary::{Aggregation, PhysicalType, Unit};
        ///
        /// let flow = PhysicalType::Flow;
        /// assert_eq!((flow.name(), flow.unit()), ("flow", Unit::LitrePerMinute));
        /// assert_eq!(flow.aggregation(), Aggregation::Mean);
        /// assert!(flow.description().contains("flow of water"));
        /// assert!(flow.plausible().is_some_and(|(low, high)| low < 0.0 && high > 1e6));
        /// assert!(flow.resolution() > 0.0 && flow.stand_still().is_some());
        /// ```
        impl PhysicalType {
            /// Every physical type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as configuration and metadata write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it is, in words.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }

            /// Its unit; units of the same dimension are accepted beside it.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit),* }
            }

            /// How the samples of a bin become one value.
            #[must_use]
            pub const fn aggregation(self) -> Aggregation {
                match self { $(Self::$variant => Aggregation::$aggregation),* }
            }

            /// The lowest and the highest plausible value, both plausible themselves; `None` where anything is.
            #[must_use]
            pub const fn plausible(self) -> Option<(f64, f64)> {
                match self { $(Self::$variant => $range),* }
            }

            /// The resolution of common sensors, in the type's unit; 0 where there is none to speak of.
            #[must_use]
            pub const fn resolution(self) -> f64 {
                match self { $(Self::$variant => $resolution),* }
            }

            /// When it stands still for too long; `None` where it may.
            #[must_use]
            pub const fn stand_still(self) -> Option<StandStill> {
                match self { $(Self::$variant => $still),* }
            }
        }
    };
}

physical_types! {
    WaterTemperature "water_temperature" Celsius Mean Some((0.0, 100.0)), 0.1, still(2, None), "Temperature of water of any use.";
    ChilledWaterTemperature "chilled_water_temperature" Celsius Mean Some((1.0, 30.0)), 0.1, still(2, None), "Temperature of chilled water, supply or return.";
    CondenserWaterTemperature "condenser_water_temperature" Celsius Mean Some((5.0, 50.0)), 0.1, still(2, None), "Temperature of condenser water, supply or return.";
    AirTemperature "air_temperature" Celsius Mean Some((-40.0, 60.0)), 0.1, still(4, None), "Temperature of indoor, supply, return or outdoor air.";
    RefrigerantTemperature "refrigerant_temperature" Celsius Mean Some((-60.0, 150.0)), 0.1, still(2, None), "Temperature of a refrigerant.";
    TemperatureDifference "temperature_difference" DeltaCelsius Mean Some((-60.0, 60.0)), 0.0, None, "Difference of two temperatures.";
    Flow "flow" LitrePerMinute Mean Some((-100.0, 5_000_000.0)), 0.1, still(2, Some(10.0)), "Volume flow of water or air.";
    Power "power" Kilowatt Mean Some((-1.0, 50_000.0)), 0.1, still(2, Some(1.0)), "Electrical power.";
    EnergyCounter "energy_counter" KilowattHour Last Some((0.0, 1e12)), 0.0, None, "Counter of energy: its last reading counts.";
    Energy "energy" KilowattHour Sum Some((-24.0, 1.2e6)), 0.0, None, "Energy of an interval, not a counter: the sum counts, where the samples cover the bin whole.";
    ThermalEnergyCounter "thermal_energy_counter" KilowattHour Last Some((0.0, 1e12)), 0.0, None, "Counter of heat or cold: its last reading counts.";
    ThermalEnergy "thermal_energy" KilowattHour Sum Some((-12_000.0, 4.8e6)), 0.0, None, "Heat or cold of an interval, not a counter: the sum counts, where the samples cover the bin whole.";
    VolumeCounter "volume_counter" CubicMetre Last Some((0.0, 1e12)), 0.0, None, "Counter of water, gas or steam: its last reading counts.";
    ApparentPower "apparent_power" KilovoltAmpere Mean Some((-1.0, 60_000.0)), 0.0, None, "Apparent electrical power.";
    ReactivePower "reactive_power" Kilovar Mean Some((-60_000.0, 60_000.0)), 0.0, None, "Reactive electrical power.";
    CoolingLoad "cooling_load" Kilowatt Mean Some((-500.0, 200_000.0)), 0.1, still(2, Some(5.0)), "Thermal power.";
    Pressure "pressure" Kilopascal Mean Some((-101.325, 5_000.0)), 0.1, still(4, Some(1.0)), "Pressure above that of the atmosphere.";
    DifferentialPressure "differential_pressure" Kilopascal Mean Some((-1_000.0, 2_000.0)), 0.1, still(4, Some(1.0)), "Difference of two pressures.";
    RelativeHumidity "relative_humidity" Percent Mean Some((-2.0, 102.0)), 0.1, still(6, None), "Relative humidity.";
    Co2 "co2" PartPerMillion Mean Some((200.0, 10_000.0)), 0.0, None, "Carbon dioxide in air.";
    Illuminance "illuminance" Lux Mean Some((-1.0, 200_000.0)), 0.0, None, "Light on a surface.";
    Frequency "frequency" Hertz Mean Some((-1.0, 400.0)), 0.0, None, "Frequency of a drive, or a speed.";
    Position "position" Percent Mean Some((-2.0, 102.0)), 0.0, None, "Position of a valve or damper, or another control signal.";
    Status "status" One Max None, 0.0, None, "State of equipment: 1 where it was on at any time of the bin.";
    Setpoint "setpoint" One Last None, 0.0, None, "Setpoint, in whatever unit the point has.";
    Current "current" Ampere Mean Some((-1.0, 20_000.0)), 0.0, None, "Electrical current.";
    Voltage "voltage" Volt Mean Some((-10.0, 50_000.0)), 0.0, None, "Electrical voltage.";
    Dimensionless "dimensionless" One Mean None, 0.0, None, "A number without a unit, such as a power factor.";
}

/// The units in which plain numbers of points come that do not state one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UnitSystem {
    /// °C, L/min, kW, kPa, m³.
    #[default]
    Metric,
    /// °F, GPM, RT for cooling loads, psi, gal; electrical power and energy stay kW and kWh.
    Imperial,
}

impl PhysicalType {
    /// Whether it is the reading of a counter, which falls only where that was reset or ran over.
    #[must_use]
    pub(crate) const fn is_counter(self) -> bool {
        matches!(
            self,
            Self::EnergyCounter | Self::ThermalEnergyCounter | Self::VolumeCounter
        )
    }

    /// Whether a point of this type may have `unit`.
    ///
    /// ```
    /// use trendgate::vocabulary::{PhysicalType, Unit};
    ///
    /// assert!(PhysicalType::Flow.accepts(Unit::UsGallonPerMinute));
    /// assert!(!PhysicalType::Flow.accepts(Unit::Kilowatt));
    /// ```
    #[must_use]
    pub fn accepts(self, unit: Unit) -> bool {
        match self {
            // A setpoint is that of anything.
            Self::Setpoint => true,
            Self::Status => unit.dimension() == Dimension::Dimensionless,
            _ => unit.dimension() == self.unit().dimension(),
        }
    }

    /// The unit that plain numbers of a point are in where none is stated; `None` where a number says nothing of it.
    #[must_use]
    pub(crate) fn usual_unit(self, system: UnitSystem) -> Option<Unit> {
        if matches!(self, Self::Setpoint | Self::Status) {
            return None;
        }
        let imperial = match (self, self.unit()) {
            (Self::CoolingLoad, _) => Unit::RefrigerationTon,
            (_, Unit::Celsius) => Unit::Fahrenheit,
            (_, Unit::DeltaCelsius) => Unit::DeltaFahrenheit,
            (_, Unit::LitrePerMinute) => Unit::UsGallonPerMinute,
            (_, Unit::Kilopascal) => Unit::Psi,
            (_, Unit::CubicMetre) => Unit::UsGallon,
            (_, same) => same,
        };
        Some(match system {
            UnitSystem::Metric => self.unit(),
            UnitSystem::Imperial => imperial,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_as_its_name_and_accepts_its_own_unit() {
        for physical in PhysicalType::ALL {
            assert_eq!(
                serde_json::to_string(physical).unwrap(),
                format!("\"{}\"", physical.name())
            );
            assert!(physical.accepts(physical.unit()));
            assert_eq!(physical.unit(), physical.unit().base(), "{physical:?}");
            for system in [UnitSystem::Metric, UnitSystem::Imperial] {
                let usual = physical.usual_unit(system);
                assert!(usual.is_none_or(|unit| physical.accepts(unit)));
            }
        }
        assert!(!PhysicalType::Flow.accepts(Unit::Kilowatt));
        assert!(PhysicalType::Setpoint.accepts(Unit::Fahrenheit));
    }

    #[test]
    fn ranges_and_durations_are_the_right_way_round() {
        for physical in PhysicalType::ALL {
            assert!(physical.plausible().is_none_or(|(low, high)| low < high));
            let still = physical.stand_still();
            assert!(still.is_none_or(|s| s.tolerance >= 0.0 && s.min_duration > Span::ZERO));
            assert!(physical.resolution() >= 0.0);
        }
        // What is summed over the longest bin is plausible where its rate is.
        for (sum, rate) in [
            (PhysicalType::Energy, PhysicalType::Power),
            (PhysicalType::ThermalEnergy, PhysicalType::CoolingLoad),
        ] {
            let a_day = rate
                .plausible()
                .map(|(low, high)| (24.0 * low, 24.0 * high));
            assert_eq!(sum.plausible(), a_day);
        }
        // Setpoints, states, positions and drives may stand still for ever.
        for physical in [
            PhysicalType::Setpoint,
            PhysicalType::Status,
            PhysicalType::Position,
            PhysicalType::Frequency,
        ] {
            assert_eq!(physical.stand_still(), None);
        }
    }
}
