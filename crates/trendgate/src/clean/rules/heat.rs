//! `HEAT_IMBALANCE`: the heat that a chiller's water carries does not fit what else is measured of it.
//!
//! **Definition.** `Q = ρ·cp·V̇·ΔT` is the heat of the chilled water ([`super::water`]). Two checks, each of a bin in which the
//! machine runs:
//!
//! - `heat_load`, where a load is measured: flagged when `|Q - load| > tol · |load|`. Evidence is under the load's column: the load,
//!   and the loads from `Q / (1 + tol)` to `Q / (1 - tol)` that would have passed.
//! - `heat_balance`, where the condenser's water and the power are measured: `HB = (Q_evap + W - Q_cond) / Q_cond`, with
//!   `W = power · (1 - drive_loss) + pump_heat`; flagged when `|HB| > tol`. Evidence is under the power's column: the power, and
//!   those that would have passed.
//!
//! `tol = max(Tol1(L), 2·u)`. `Tol1(L) = 0.105 - 0.07·L + 0.0833 / (ΔT_FL · L)`, with `L` the heat of the chilled water as a share of the
//! design load, from 0.1 to 1, and `ΔT_FL` the design difference in K: at 10 °F it is 5.0 % at full load, 7.25 % at 75 %,
//! 10.0 % at 50 % and 14.75 % at 25 %. `u = sqrt((√2·u_T/ΔT)² + u_V²)` is what the sensors' own errors make of `Q`; of the two heats of
//! the balance both count. A `tolerance` of the configuration takes the place of `Tol1`.
//!
//! **Not judged:** without a value of the column; at rest; with an unknown state; where another measurement is missing; where neither heat
//! reaches 10 % of the design load (for the balance: that of the chilled water); where a difference is less than 1 K, or so small that `tol` reaches 1; and as long as `settle` (15 minutes; one bin at
//! least) after a start and before a stop, because then the water still shows what was before.
//!
//! **Units and defaults.** kW, L/min, °C, K; `u_T` 0.1 K a sensor, `u_V` 1 %.
//!
//! **Source.** AHRI 550/590-2011 with Addendum 3, Table 10 (tolerance and balance); Green Mark practice asks for 80 % of the judged
//! readings within ±5 %, which is counted by week.

use super::entry::{Breach, RuleEntry, RuleWords};
use super::machine::{CheckFinding, MACHINES};
use super::{NotJudged, water};
use crate::model::{ColumnId, HeatLimits, Rule, Water};

/// The load against the heat of the water, as it is registered.
pub(super) const HEAT_LOAD: RuleEntry = RuleEntry {
    rule: Rule::HeatLoad,
    judges: MACHINES,
    words: &HeatLoadWords,
};

/// The balance of the whole machine, as it is registered.
pub(super) const HEAT_BALANCE: RuleEntry = RuleEntry {
    rule: Rule::HeatBalance,
    judges: MACHINES,
    words: &HeatBalanceWords,
};

struct HeatLoadWords;

impl RuleWords for HeatLoadWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!("the load is {value}, and the heat of the water suggests {low} to {high}")
    }
}

struct HeatBalanceWords;

impl RuleWords for HeatBalanceWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!("the power is {value}, and the heats of both waters leave {low} to {high} for it")
    }
}

/// Below this share of its design load a chiller's heat is not judged.
const LOWEST_LOAD: f64 = 0.1;

/// Below this difference (K) sensors tell too little.
const SMALLEST_DIFFERENCE: f64 = 1.0;

/// `0.15 / °F` of the tolerance's last term, in K.
const TOLERANCE_SLOPE: f64 = 0.15 / 1.8;

/// The heat of the water in kW, and the relative error that its sensors leave.
fn heat(
    water: Water,
    limits: &HeatLimits,
    at: impl Fn(ColumnId) -> f64,
) -> Result<(f64, f64), NotJudged> {
    let (flow, cold, warm) = (at(water.flow), at(water.cold), at(water.warm));
    if flow.is_nan() || cold.is_nan() || warm.is_nan() {
        return Err(NotJudged::MissingInput);
    }
    let difference = (warm - cold).abs();
    // A difference that a unit's rounding puts just below is one of 1 K.
    if difference < SMALLEST_DIFFERENCE - 1e-9 {
        return Err(NotJudged::SmallDifference);
    }
    let temperature = std::f64::consts::SQRT_2 * limits.temperature_error / difference;
    Ok((
        water::heat(flow, cold, warm),
        temperature.hypot(limits.flow_error),
    ))
}

/// Refuses to judge where the largest heat that is measured (kW) is too small.
fn loaded(largest: f64, limits: &HeatLimits) -> Result<(), NotJudged> {
    if largest / limits.capacity < LOWEST_LOAD - 1e-9 {
        return Err(NotJudged::LowLoad);
    }
    Ok(())
}

/// The tolerance at a heat of the water of `size` (kW), given the error of the sensors.
fn tolerance(size: f64, error: f64, limits: &HeatLimits) -> Result<f64, NotJudged> {
    let share = (size / limits.capacity).clamp(LOWEST_LOAD, 1.0);
    let by_load = 0.105 - 0.07 * share + TOLERANCE_SLOPE / (limits.design_delta_t * share);
    let tolerance = limits.tolerance.unwrap_or(by_load).max(2.0 * error);
    if tolerance < 1.0 - 1e-9 {
        Ok(tolerance)
    } else {
        Err(NotJudged::SmallDifference)
    }
}

/// The load that is measured against the heat of the water.
pub(super) fn load(
    water: Water,
    load: ColumnId,
    limits: &HeatLimits,
    at: impl Fn(ColumnId) -> f64,
) -> Result<CheckFinding, NotJudged> {
    let load = at(load);
    let (heat, error) = heat(water, limits, at)?;
    loaded(heat.abs().max(load.abs()), limits)?;
    let tolerance = tolerance(heat.abs(), error, limits)?;
    let (one, other) = (heat / (1.0 + tolerance), heat / (1.0 - tolerance));
    Ok(CheckFinding {
        value: load,
        low: one.min(other),
        high: one.max(other),
        deviation: Some((heat - load).abs() / load.abs()),
    })
}

/// What a balance takes beside the heat of the chilled water.
pub(super) struct MachineBalance {
    pub(super) condenser: Water,
    pub(super) power: ColumnId,
    pub(super) drive_loss: f64,
    pub(super) pump_heat: f64,
}

/// The balance of the whole machine.
pub(super) fn balance(
    water: Water,
    machine: &MachineBalance,
    limits: &HeatLimits,
    at: impl Fn(ColumnId) -> f64,
) -> Result<CheckFinding, NotJudged> {
    let power = at(machine.power);
    let (cooling, error) = heat(water, limits, &at)?;
    let (rejected, rejected_error) = heat(machine.condenser, limits, &at)?;
    if rejected == 0.0 {
        return Err(NotJudged::LowLoad);
    }
    let error = (error * cooling / rejected).hypot(rejected_error);
    loaded(cooling.abs(), limits)?;
    let tolerance = tolerance(cooling.abs(), error, limits)?;
    let power_for =
        |rejected: f64| (rejected - cooling - machine.pump_heat) / (1.0 - machine.drive_loss);
    let (one, other) = (
        power_for(rejected * (1.0 - tolerance)),
        power_for(rejected * (1.0 + tolerance)),
    );
    let work = power * (1.0 - machine.drive_loss) + machine.pump_heat;
    Ok(CheckFinding {
        value: power,
        low: one.min(other),
        high: one.max(other),
        deviation: Some((cooling + work - rejected).abs() / rejected.abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeatLimits = HeatLimits {
        capacity: 500.0,
        design_delta_t: 10.0 / 1.8,
        temperature_error: 0.0,
        flow_error: 0.0,
        tolerance: None,
    };
    const WATER: Water = Water {
        flow: ColumnId::new(0),
        cold: ColumnId::new(1),
        warm: ColumnId::new(2),
    };

    /// The answer for the load that is `factor` times the heat.
    fn judged(
        flow: f64,
        warm: f64,
        factor: f64,
        limits: &HeatLimits,
    ) -> Result<CheckFinding, NotJudged> {
        let heat = water::heat(flow, 7.0, warm);
        let row = [flow, 7.0, warm, heat * factor];
        load(WATER, ColumnId::new(3), limits, |column| row[column])
    }

    #[test]
    fn the_tolerance_is_that_of_the_standard_at_its_four_loads() {
        for (load, expected) in [(1.0, 0.05), (0.75, 0.0725), (0.5, 0.1), (0.25, 0.1475)] {
            let found = tolerance(load * 500.0, 0.0, &LIMITS).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} at {load}");
        }
        assert_eq!(loaded(49.9, &LIMITS), Err(NotJudged::LowLoad));
        assert_eq!(tolerance(1.0, 0.0, &LIMITS), tolerance(50.0, 0.0, &LIMITS));
        assert!((tolerance(600.0, 0.0, &LIMITS).unwrap() - 0.05).abs() < 1e-12);
        // The sensors' own error goes before a sharper tolerance.
        assert_eq!(tolerance(500.0, 0.06, &LIMITS), Ok(0.12));
        assert_eq!(
            tolerance(500.0, 0.5, &LIMITS),
            Err(NotJudged::SmallDifference)
        );
    }

    #[test]
    fn a_balanced_chiller_is_clean_and_a_fifth_too_much_or_too_little_is_not() {
        // 1 200 L/min from 7 to 12 °C: 419 kW, 84 % of the design load; the tolerance is 6.4 %.
        assert!(!judged(1200.0, 12.0, 1.0, &LIMITS).unwrap().is_bad());
        assert!(!judged(1200.0, 12.0, 1.06, &LIMITS).unwrap().is_bad());
        for factor in [0.8, 1.2, 0.0, -1.0] {
            assert!(
                judged(1200.0, 12.0, factor, &LIMITS).unwrap().is_bad(),
                "{factor}"
            );
        }
        let found = judged(1200.0, 12.0, 1.0, &LIMITS).unwrap();
        assert!(found.low < found.value && found.value < found.high);
        let wide = HeatLimits {
            tolerance: Some(0.3),
            ..LIMITS
        };
        assert!(!judged(1200.0, 12.0, 1.2, &wide).unwrap().is_bad());
        // Evidence says which loads pass: those at its ends do, and those beyond do not.
        let heat = water::heat(1200.0, 7.0, 12.0);
        for (end, beyond) in [(found.low, 0.999), (found.high, 1.001)] {
            assert!(!judged(1200.0, 12.0, end / heat, &LIMITS).unwrap().is_bad());
            assert!(
                judged(1200.0, 12.0, end * beyond / heat, &LIMITS)
                    .unwrap()
                    .is_bad()
            );
        }
        // A flow meter that stands still does not hide behind its own low load.
        let dead = load(WATER, ColumnId::new(3), &LIMITS, |column| {
            [1.0, 7.0, 12.0, 419.0][column]
        });
        assert!(dead.unwrap().is_bad());
        // Water that leaves warmer than it came: the sensors are exchanged.
        let swapped = load(WATER, ColumnId::new(3), &LIMITS, |column| {
            [1200.0, 12.0, 7.0, 419.0][column]
        });
        assert!(swapped.unwrap().is_bad());
    }

    #[test]
    fn outside_of_its_domain_nothing_is_said() {
        assert_eq!(
            judged(1200.0, 7.9, 1.0, &LIMITS),
            Err(NotJudged::SmallDifference)
        );
        assert_eq!(judged(100.0, 12.0, 1.0, &LIMITS), Err(NotJudged::LowLoad));
        assert_eq!(
            judged(f64::NAN, 12.0, 1.0, &LIMITS),
            Err(NotJudged::MissingInput)
        );
    }

    #[test]
    fn the_balance_of_the_machine_counts_the_power_that_reaches_the_refrigerant() {
        let machine = |drive_loss| MachineBalance {
            condenser: Water {
                flow: ColumnId::new(3),
                cold: ColumnId::new(4),
                warm: ColumnId::new(5),
            },
            power: ColumnId::new(6),
            drive_loss,
            pump_heat: 0.0,
        };
        let cooling = water::heat(1200.0, 7.0, 12.0);
        let rejected = water::heat(1500.0, 30.0, 35.0);
        let row = |power: f64| [1200.0, 7.0, 12.0, 1500.0, 30.0, 35.0, power];
        let judge = |power: f64, loss: f64| {
            balance(WATER, &machine(loss), &LIMITS, |column| row(power)[column]).unwrap()
        };
        let fitting = rejected - cooling;
        assert!(!judge(fitting, 0.0).is_bad());
        assert!(judge(fitting, 0.0).deviation.unwrap() < 1e-12);
        assert!(!judge(fitting / 0.9, 0.1).is_bad());
        assert!(judge(fitting + 0.2 * rejected, 0.0).is_bad());
        assert!(judge(fitting - 0.2 * rejected, 0.0).is_bad());
    }
}
