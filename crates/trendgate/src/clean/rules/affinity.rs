//! `AFFINITY_VIOLATION`: a pump or fan does not take the power that its speed asks for.
//!
//! **Definition.** With `n = f / f_rated`, the power expected is `P_rated · n³` (the exponent can be set). A bin is flagged when
//! the power is outside of 0.65 to 1.25 times that for `n ≥ 0.8`, and outside of 0.5 to 1.5 times for `0.6 ≤ n < 0.8`. Evidence is under
//! the column of the power: the power, and the band in kW.
//!
//! The baseline is the design point of the configuration, never the data's own median: by that,
//! a plant that is always wrong would be right. The bands are not symmetric. Static head lowers `P/n³` against measured speed (with 40 % of the head static to 0.90
//! at 80 % and to 0.76 at 70 % of the speed), the losses of the drive raise it; ±20 % would flag good plants.
//!
//! **Not judged:** without a power; at rest; with an unknown state; without a speed; below 0.6 of the rated speed; while the speed is not
//! steady, that is, more than 5 % of the rated one away from that of a neighbouring bin; and as long as `settle` (15 minutes; one bin
//! at least) after a start and before a stop. Neighbouring bins are those within `settle`; one without a value says nothing.
//!
//! **Units and defaults.** kW; the speed in the unit of its point (Hz, or %), as the rated one.
//!
//! **Source.** The affinity laws of centrifugal machines (ASHRAE Handbook, HVAC Systems and Equipment, "Centrifugal Pumps").

use super::NotJudged;
use super::entry::{Breach, RuleEntry, RuleWords};
use super::machine::{CheckFinding, MACHINES};
use crate::model::{DesignPoint, Rule};

/// The rule, as it is registered.
pub(super) const AFFINITY: RuleEntry = RuleEntry {
    rule: Rule::Affinity,
    judges: MACHINES,
    words: &AffinityWords,
};

struct AffinityWords;

impl RuleWords for AffinityWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!("the power is {value}, and the speed asks for {low} to {high}")
    }
}

/// From this share of the rated speed on the narrow band holds.
const FULL_SPEED: f64 = 0.8;

/// Below this share nothing is judged.
const LOWEST_SPEED: f64 = 0.6;

/// How far the speeds of neighbouring bins may be apart, as a share of the rated one.
pub(super) const STEADY: f64 = 0.05;

/// The power against the speed.
pub(super) fn judge(
    speed: f64,
    power: f64,
    design: &DesignPoint,
) -> Result<CheckFinding, NotJudged> {
    let share = speed / design.frequency;
    if share.is_nan() {
        return Err(NotJudged::MissingInput);
    }
    // A speed that a unit's rounding puts just below a limit is at it.
    if share < LOWEST_SPEED - 1e-9 {
        return Err(NotJudged::LowSpeed);
    }
    let (low, high) = if share < FULL_SPEED - 1e-9 {
        design.low_speed_band
    } else {
        design.band
    };
    let expected = design.power * share.powf(design.exponent);
    Ok(CheckFinding {
        value: power,
        low: low * expected,
        high: high * expected,
        deviation: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: DesignPoint = DesignPoint {
        frequency: 60.0,
        power: 45.0,
        exponent: 3.0,
        band: (0.65, 1.25),
        low_speed_band: (0.5, 1.5),
    };

    fn bad(speed: f64, share_of_power: f64) -> Result<bool, NotJudged> {
        judge(speed, share_of_power * 45.0, &DESIGN).map(|found| found.is_bad())
    }

    #[test]
    fn a_pump_at_four_fifths_of_its_speed_takes_half_of_its_power() {
        assert_eq!(bad(48.0, 0.51), Ok(false));
        assert_eq!(bad(48.0, 0.9), Ok(true));
        assert_eq!(bad(48.0, 0.2), Ok(true));
        assert_eq!(bad(30.0, 0.9), Err(NotJudged::LowSpeed));
        assert_eq!(bad(f64::NAN, 0.9), Err(NotJudged::MissingInput));
        // At 45 Hz the wider band holds: 0.42 of the power are expected, 0.21 to 0.63 pass.
        assert_eq!([bad(45.0, 0.22), bad(45.0, 0.62)], [Ok(false); 2]);
        assert_eq!([bad(45.0, 0.2), bad(45.0, 0.65)], [Ok(true); 2]);
        assert_eq!(bad(60.0, 1.25), Ok(false), "bounds pass");
    }
}
