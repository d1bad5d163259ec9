//! What a name can say that a point measures, finer than a physical type: condenser water and chilled water are usual in
//! different ranges, and that tells °C from °F.
//!
//! The ranges here are what an engineer takes for usual at first sight. They are narrower than what is plausible, and only
//! `init` uses them: to choose among units, and to notice that a name and its values contradict each other.

use crate::model::{PhysicalType, Unit};

/// What a point measures, as far as a name can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    ChilledWater,
    CondenserWater,
    HotWater,
    Water,
    Air,
    OutdoorAir,
    TemperatureDifference,
    Energy,
    IntervalEnergy,
    ThermalEnergy,
    IntervalThermalEnergy,
    Volume,
    Power,
    ApparentPower,
    ReactivePower,
    CoolingLoad,
    Flow,
    AirFlow,
    Pressure,
    WaterPressureDifference,
    AirPressureDifference,
    Humidity,
    Co2,
    Light,
    Frequency,
    Position,
    Status,
    Current,
    Voltage,
    PowerFactor,
}

/// A unit, and from where to where the values of a quantity usually are in it.
pub(super) type Usual = (Unit, f64, f64);

impl Quantity {
    /// Its physical type.
    pub(super) fn physical_type(self) -> PhysicalType {
        match self {
            Self::ChilledWater => PhysicalType::ChilledWaterTemperature,
            Self::CondenserWater => PhysicalType::CondenserWaterTemperature,
            Self::HotWater | Self::Water => PhysicalType::WaterTemperature,
            Self::Air | Self::OutdoorAir => PhysicalType::AirTemperature,
            Self::TemperatureDifference => PhysicalType::TemperatureDifference,
            Self::Energy => PhysicalType::EnergyCounter,
            Self::IntervalEnergy => PhysicalType::Energy,
            Self::ThermalEnergy => PhysicalType::ThermalEnergyCounter,
            Self::IntervalThermalEnergy => PhysicalType::ThermalEnergy,
            Self::Volume => PhysicalType::VolumeCounter,
            Self::Power => PhysicalType::Power,
            Self::ApparentPower => PhysicalType::ApparentPower,
            Self::ReactivePower => PhysicalType::ReactivePower,
            Self::CoolingLoad => PhysicalType::CoolingLoad,
            Self::Flow | Self::AirFlow => PhysicalType::Flow,
            Self::Pressure => PhysicalType::Pressure,
            Self::WaterPressureDifference | Self::AirPressureDifference => {
                PhysicalType::DifferentialPressure
            }
            Self::Humidity => PhysicalType::RelativeHumidity,
            Self::Co2 => PhysicalType::Co2,
            Self::Light => PhysicalType::Illuminance,
            Self::Frequency => PhysicalType::Frequency,
            Self::Position => PhysicalType::Position,
            Self::Status => PhysicalType::Status,
            Self::Current => PhysicalType::Current,
            Self::Voltage => PhysicalType::Voltage,
            Self::PowerFactor => PhysicalType::Dimensionless,
        }
    }

    /// The quantity that a unit alone says; `None` where a unit leaves several.
    pub(super) fn of_unit(unit: Unit) -> Option<Self> {
        Some(match unit.base() {
            _ if unit == Unit::RefrigerationTonHour => Self::ThermalEnergy,
            Unit::KilowattHour => Self::Energy,
            Unit::CubicMetre => Self::Volume,
            Unit::KilovoltAmpere => Self::ApparentPower,
            Unit::Kilovar => Self::ReactivePower,
            Unit::Lux => Self::Light,
            Unit::DeltaCelsius => Self::TemperatureDifference,
            Unit::LitrePerMinute => Self::Flow,
            Unit::Kilopascal => Self::Pressure,
            Unit::Hertz => Self::Frequency,
            Unit::Ampere => Self::Current,
            Unit::Volt => Self::Voltage,
            _ if unit == Unit::RefrigerationTon => Self::CoolingLoad,
            _ => return None,
        })
    }

    /// What it is if it is the reading of a counter, and each number counts an interval instead.
    pub(super) fn of_intervals(self) -> Option<Self> {
        match self {
            Self::Energy => Some(Self::IntervalEnergy),
            Self::ThermalEnergy => Some(Self::IntervalThermalEnergy),
            _ => None,
        }
    }

    /// The units that it comes in, each with its usual range. Of temperatures the whole usual range of the values counts, of
    /// everything else its larger end: what stands still is 0 in any unit.
    pub(super) fn usual(self) -> &'static [Usual] {
        use Unit::{
            Ampere, Bar, Celsius, CubicFoot, CubicFootPerMinute, CubicMetre, CubicMetrePerHour,
            DeltaCelsius, DeltaFahrenheit, Fahrenheit, FootCandle, Gigajoule, Hertz, InchOfWater,
            KilogramForcePerSquareCentimetre, Kilopascal, Kilovar, Kilovolt, KilovoltAmpere,
            Kilowatt, KilowattHour, LitrePerMinute, LitrePerSecond, Lux, MegawattHour,
            MetreOfWater, One, PartPerMillion, Pascal, Percent, Psi, RefrigerationTon,
            RefrigerationTonHour, UsGallon, UsGallonPerMinute, Var, Volt, VoltAmpere, Watt,
            WattHour,
        };
        match self {
            Self::ChilledWater => &[(Celsius, 1.0, 30.0), (Fahrenheit, 34.0, 86.0)],
            Self::CondenserWater => &[(Celsius, 14.0, 45.0), (Fahrenheit, 57.0, 113.0)],
            Self::HotWater => &[(Celsius, 20.0, 95.0), (Fahrenheit, 100.0, 203.0)],
            Self::Water => &[(Celsius, 2.0, 95.0), (Fahrenheit, 35.0, 203.0)],
            Self::Air => &[(Celsius, 5.0, 45.0), (Fahrenheit, 46.0, 113.0)],
            Self::OutdoorAir => &[(Celsius, -35.0, 48.0), (Fahrenheit, -31.0, 118.0)],
            Self::Energy => &[
                (KilowattHour, 0.0, 1e10),
                (MegawattHour, 0.0, 1e7),
                (WattHour, 0.0, 1e13),
            ],
            Self::TemperatureDifference => {
                &[(DeltaCelsius, 0.5, 40.0), (DeltaFahrenheit, 1.0, 72.0)]
            }
            Self::IntervalEnergy => &[
                (KilowattHour, 0.0, 1e5),
                (MegawattHour, 0.0, 100.0),
                (WattHour, 0.0, 1e8),
            ],
            Self::ThermalEnergy => &[
                (KilowattHour, 0.0, 1e10),
                (MegawattHour, 0.0, 1e7),
                (Gigajoule, 0.0, 1e7),
                (RefrigerationTonHour, 0.0, 1e10),
            ],
            Self::IntervalThermalEnergy => &[
                (KilowattHour, 0.0, 1e5),
                (MegawattHour, 0.0, 100.0),
                (Gigajoule, 0.0, 1000.0),
                (RefrigerationTonHour, 0.0, 1e5),
            ],
            Self::Volume => &[
                (CubicMetre, 0.0, 1e9),
                (UsGallon, 0.0, 1e11),
                (CubicFoot, 0.0, 1e10),
            ],
            Self::ApparentPower => &[(KilovoltAmpere, 0.05, 50_000.0), (VoltAmpere, 50.0, 5e7)],
            Self::ReactivePower => &[(Kilovar, 0.05, 50_000.0), (Var, 50.0, 5e7)],
            Self::Co2 => &[(PartPerMillion, 300.0, 10_000.0)],
            Self::Light => &[(Lux, 1.0, 150_000.0), (FootCandle, 1.0, 14_000.0)],
            Self::Power => &[(Kilowatt, 0.05, 50_000.0), (Watt, 50.0, 5e7)],
            Self::CoolingLoad => &[
                (RefrigerationTon, 5.0, 20_000.0),
                (Kilowatt, 15.0, 70_000.0),
            ],
            Self::Flow => &[
                (LitrePerMinute, 40.0, 60_000.0),
                (UsGallonPerMinute, 10.0, 15_000.0),
                (CubicMetrePerHour, 2.0, 3_500.0),
                (LitrePerSecond, 0.6, 1_000.0),
            ],
            Self::AirFlow => &[
                (CubicFootPerMinute, 50.0, 200_000.0),
                (CubicMetrePerHour, 80.0, 350_000.0),
                (LitrePerSecond, 20.0, 100_000.0),
            ],
            Self::Pressure => &[
                (Kilopascal, 30.0, 3_000.0),
                (Psi, 4.0, 450.0),
                (Bar, 0.3, 30.0),
                (KilogramForcePerSquareCentimetre, 0.3, 30.0),
            ],
            Self::WaterPressureDifference => &[
                (Kilopascal, 20.0, 500.0),
                (Psi, 2.0, 75.0),
                (MetreOfWater, 2.0, 50.0),
                (KilogramForcePerSquareCentimetre, 0.2, 5.0),
                (Bar, 0.2, 5.0),
            ],
            Self::AirPressureDifference => &[(Pascal, 10.0, 2_500.0), (InchOfWater, 0.05, 10.0)],
            Self::Humidity | Self::Position => &[(Percent, 1.5, 102.0)],
            Self::Frequency => &[(Hertz, 0.0, 70.0)],
            Self::Status => &[(One, 0.0, 1.0)],
            Self::Current => &[(Ampere, 0.05, 20_000.0)],
            Self::Voltage => &[(Volt, 80.0, 40_000.0), (Kilovolt, 0.2, 40.0)],
            Self::PowerFactor => &[(One, 0.0, 1.05)],
        }
    }

    /// Whether it is a temperature.
    pub(super) fn is_temperature(self) -> bool {
        self.physical_type().unit() == Unit::Celsius
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_a_quantity_is_one_of_its_type_and_usual_values_are_plausible() {
        use Quantity::*;
        for quantity in [
            ChilledWater,
            CondenserWater,
            HotWater,
            Water,
            Air,
            OutdoorAir,
            TemperatureDifference,
            Energy,
            IntervalEnergy,
            ThermalEnergy,
            IntervalThermalEnergy,
            Volume,
            Power,
            ApparentPower,
            ReactivePower,
            CoolingLoad,
            Flow,
            AirFlow,
            Pressure,
            WaterPressureDifference,
            AirPressureDifference,
            Humidity,
            Co2,
            Light,
            Frequency,
            Position,
            Status,
            Current,
            Voltage,
            PowerFactor,
        ] {
            let physical = quantity.physical_type();
            for (unit, low, high) in quantity.usual() {
                assert!(physical.accepts(*unit), "{quantity:?} {unit}");
                let Some((lowest, highest)) = physical.plausible() else {
                    continue;
                };
                // Air handlers can move more than the type takes for plausible: a person has to widen that.
                let bounds = if quantity == AirFlow {
                    vec![*low]
                } else {
                    vec![*low, *high]
                };
                for bound in bounds {
                    let value = unit.convert(bound, physical.unit()).unwrap();
                    assert!(
                        (lowest..=highest).contains(&value),
                        "{quantity:?} {bound} {unit} is {value}"
                    );
                }
            }
        }
    }
}
