//! Density and heat capacity of liquid water, and the heat that a flow of it carries.
//!
//! **Formula.** `Q = ρ(t) · cp(t) · V̇ · Δt`, with both properties at the mean of the two temperatures.
//!
//! **Units.** `V̇` in L/min, temperatures in °C, `Q` in kW: `kg/m³ · kJ/(kg·K) · L/min · K / 60 000`.
//!
//! **Source.** IAPWS-95 at 101.325 kPa, every 5 °C from 0 to 100 °C, interpolated linearly (error below 0.02 %). Outside of that
//! range the nearest end is taken: no chilled or condenser water is there, and what reads so is implausible by itself.

/// Density in kg/m³ and heat capacity in kJ/(kg·K) at 0, 5, … 100 °C.
const PROPERTIES: [(f64, f64); 21] = [
    (999.844, 4.21941),
    (999.967, 4.20504),
    (999.702, 4.19516),
    (999.103, 4.18846),
    (998.207, 4.18405),
    (997.048, 4.18131),
    (995.649, 4.17982),
    (994.033, 4.17926),
    (992.216, 4.17941),
    (990.213, 4.18014),
    (988.035, 4.18134),
    (985.693, 4.18296),
    (983.196, 4.18495),
    (980.551, 4.18732),
    (977.765, 4.19007),
    (974.843, 4.19320),
    (971.790, 4.19675),
    (968.611, 4.20074),
    (965.310, 4.20521),
    (961.888, 4.21017),
    (958.385, 4.21562),
];

/// The step of [`PROPERTIES`] in °C.
const STEP: f64 = 5.0;

/// The heat in kW that `flow` (L/min) of water takes up from `cold` to `warm` (°C); negative where `warm` is the colder one.
pub(super) fn heat(flow: f64, cold: f64, warm: f64) -> f64 {
    let (density, capacity) = properties(f64::midpoint(cold, warm));
    density * capacity * flow * (warm - cold) / 60_000.0
}

/// Density and heat capacity at `celsius`.
fn properties(celsius: f64) -> (f64, f64) {
    let end = PROPERTIES.len() - 1;
    let mut place = 0;
    while place + 1 < end && celsius >= STEP * index(place + 1) {
        place += 1;
    }
    let share = (celsius / STEP - index(place)).clamp(0.0, 1.0);
    let (below, above) = (PROPERTIES[place], PROPERTIES[place + 1]);
    let between = |a: f64, b: f64| a + (b - a) * share;
    (between(below.0, above.0), between(below.1, above.1))
}

#[allow(clippy::cast_precision_loss, reason = "twenty-one places")]
fn index(place: usize) -> f64 {
    place as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;

    #[test]
    fn a_hundred_gallons_a_minute_and_ten_fahrenheit_are_forty_two_tons() {
        let celsius = |f: f64| Unit::Fahrenheit.convert(f, Unit::Celsius).unwrap();
        let flow = Unit::UsGallonPerMinute
            .convert(100.0, Unit::LitrePerMinute)
            .unwrap();
        let heat = heat(flow, celsius(45.0), celsius(55.0));
        // By hand: 999.702 kg/m³ · 4.19516 kJ/(kg·K) · 0.006309020 m³/s · 5.5556 K.
        assert!((heat - 146.997).abs() < 0.0005, "{heat}");
        let tons = Unit::Kilowatt
            .convert(heat, Unit::RefrigerationTon)
            .unwrap();
        assert!((tons - 41.798).abs() < 0.001, "{tons}");
    }

    #[test]
    fn properties_are_those_of_the_table_between_its_ends_and_beyond_them() {
        assert_eq!(properties(10.0), (999.702, 4.19516));
        assert_eq!(properties(-3.0), PROPERTIES[0]);
        assert_eq!(properties(100.0), PROPERTIES[20]);
        assert_eq!(properties(120.0), PROPERTIES[20]);
        // IAPWS-95 at 7.5 °C: 999.881 kg/m³, 4.19977 kJ/(kg·K).
        let (density, capacity) = properties(7.5);
        assert!((density / 999.881 - 1.0).abs() < 1e-4);
        assert!((capacity / 4.199_77 - 1.0).abs() < 2e-4);
        assert!(heat(100.0, 12.0, 7.0) < 0.0);
    }
}
