//! What a point measures: the only table of physical types.

use crate::point::Aggregation;
use crate::units::{Dimension, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! physical_types {
    ($($variant:ident $name:literal $unit:ident $aggregation:ident $doc:literal;)*) => {
        /// What a point measures. It decides how its samples become one value and which units it may have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum PhysicalType {
            $(#[doc = $doc] $variant,)*
        }

        impl PhysicalType {
            /// Every physical type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as configuration and metadata write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
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
        }
    };
}

physical_types! {
    WaterTemperature "water_temperature" Celsius Mean "Temperature of chilled, hot or condenser water.";
    AirTemperature "air_temperature" Celsius Mean "Temperature of indoor, supply, return or outdoor air.";
    RefrigerantTemperature "refrigerant_temperature" Celsius Mean "Temperature of a refrigerant.";
    Flow "flow" LitrePerMinute Mean "Volume flow.";
    Power "power" Kilowatt Mean "Electrical power.";
    EnergyCounter "energy_counter" KilowattHour Last "Counter of energy: its last reading counts.";
    CoolingLoad "cooling_load" Kilowatt Mean "Thermal power.";
    Pressure "pressure" Kilopascal Mean "Pressure.";
    DifferentialPressure "differential_pressure" Kilopascal Mean "Difference of two pressures.";
    RelativeHumidity "relative_humidity" Percent Mean "Relative humidity.";
    Frequency "frequency" Hertz Mean "Frequency of a drive.";
    Position "position" Percent Mean "Position of a valve or damper, or another control signal.";
    Status "status" One Max "State of equipment: 1 where it was on at any time of the bin.";
    Setpoint "setpoint" One Last "Setpoint, in whatever unit the point has.";
    Current "current" Ampere Mean "Electrical current.";
    Voltage "voltage" Volt Mean "Electrical voltage.";
    Dimensionless "dimensionless" One Mean "A number without a unit, such as a power factor.";
}

impl PhysicalType {
    /// Whether a point of this type may have `unit`.
    #[must_use]
    pub fn accepts(self, unit: Unit) -> bool {
        match self {
            // A setpoint is that of anything.
            Self::Setpoint => true,
            Self::Status => unit.dimension() == Dimension::Dimensionless,
            _ => unit.dimension() == self.unit().dimension(),
        }
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
        }
        assert!(!PhysicalType::Flow.accepts(Unit::Kilowatt));
        assert!(PhysicalType::Setpoint.accepts(Unit::Fahrenheit));
    }
}
