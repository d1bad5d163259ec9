//! The weather over the plant, invented: a step of its clock in, the temperatures of the air out.
//!
//! ```text
//! a curve of the day (least at six, most at half past two) × how clear the day is + a slow wave of weather + small gusts
//! ```
//!
//! Waves are drawn at knots and run smoothly between them. All is made of the four basic operations, so that every machine computes the
//! same digits.

use crate::plant::STEPS_A_DAY;
use crate::prng::{SplitMix64, mix};

/// The mean over months, in °C: a mild winter.
const MEAN: f64 = 16.5;

/// The hours at which the air is coldest and warmest.
const COLDEST: f64 = 6.0;
const WARMEST: f64 = 14.5;

/// Steps of an hour.
const HOUR: u64 = STEPS_A_DAY / 24;

/// The weather of one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    seed: u64,
}

impl Weather {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The temperature of the air in °C.
    pub(crate) fn air(self, step: u64) -> f64 {
        let fronts = 3.0 * self.wave(step, 4 * STEPS_A_DAY, 1) + self.wave(step, STEPS_A_DAY, 2);
        let gusts = 0.25 * self.wave(step, HOUR, 3);
        let clearness = 3.6 + 1.6 * self.wave(step, STEPS_A_DAY, 4);
        MEAN + fronts + gusts + clearness * (2.0 * curve(hour(step)) - 0.8)
    }

    /// Its wet bulb temperature in °C: the warmer the air, the drier.
    pub(crate) fn wet_bulb(self, step: u64) -> f64 {
        13.6 + 0.62 * (self.air(step) - MEAN)
    }

    /// A smooth wave from -1 to 1 through a number drawn every `period` steps.
    fn wave(self, step: u64, period: u64, signal: u64) -> f64 {
        let knot = step / period;
        let drawn = |knot| SplitMix64::new(mix(self.seed ^ mix(signal)) ^ mix(knot)).noise();
        let (from, to) = (drawn(knot), drawn(knot + 1));
        from + (to - from) * smooth(share(step % period, period))
    }
}

/// The hour of the day of a step, with its fraction.
pub(crate) fn hour(step: u64) -> f64 {
    24.0 * share(step % STEPS_A_DAY, STEPS_A_DAY)
}

/// From 0 to 1 without a bend at the ends.
pub(crate) fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// The day from its coldest hour, 0, to its warmest, 1, and back: fast at first in the evening, slowly towards the morning.
fn curve(hour: f64) -> f64 {
    if (COLDEST..WARMEST).contains(&hour) {
        return smooth((hour - COLDEST) / (WARMEST - COLDEST));
    }
    let since = if hour < COLDEST { hour + 24.0 } else { hour } - WARMEST;
    let x = since / (24.0 - WARMEST + COLDEST);
    1.0 - smooth(x * (1.4 - 0.4 * x))
}

fn share(part: u64, whole: u64) -> f64 {
    let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(part) / number(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: u64 = 28;

    fn day(day: u64) -> Vec<f64> {
        let weather = Weather::new(2026);
        (day * STEPS_A_DAY..(day + 1) * STEPS_A_DAY)
            .map(|step| weather.air(step))
            .collect()
    }

    fn extreme(day: &[f64], better: fn(f64, f64) -> bool) -> usize {
        (0..day.len()).fold(
            0,
            |best, at| if better(day[at], day[best]) { at } else { best },
        )
    }

    #[test]
    fn most_days_are_warmest_after_noon_and_coldest_around_sunrise() {
        let hours = |better: fn(f64, f64) -> bool, range: std::ops::Range<usize>| {
            (0..DAYS)
                .filter(|&d| range.contains(&(extreme(&day(d), better) / 4)))
                .count()
        };
        assert!(hours(|a, b| a > b, 12..18) >= 24);
        assert!(hours(|a, b| a < b, 3..9) >= 18);
    }

    #[test]
    fn no_two_days_are_alike_and_none_leaps() {
        let weather = Weather::new(2026);
        let air: Vec<f64> = (0..DAYS * STEPS_A_DAY).map(|s| weather.air(s)).collect();
        assert!(air.windows(2).all(|two| (two[1] - two[0]).abs() < 1.0));
        let means: Vec<f64> = (0..DAYS)
            .map(|d| day(d).iter().sum::<f64>() / STEPS_A_DAY as f64)
            .collect();
        let most = means.iter().copied().fold(f64::MIN, f64::max);
        let least = means.iter().copied().fold(f64::MAX, f64::min);
        assert!((3.0..12.0).contains(&(most - least)), "{least} to {most}");
        assert!(air.iter().all(|t| (5.0..30.0).contains(t)));
    }

    #[test]
    fn the_air_is_no_colder_than_its_wet_bulb() {
        let weather = Weather::new(2026);
        for step in 0..DAYS * STEPS_A_DAY {
            assert!(weather.air(step) > weather.wet_bulb(step), "{step}");
        }
    }

    #[test]
    fn the_curve_of_a_day_closes() {
        assert!((curve(COLDEST) - 0.0).abs() < 1e-12);
        assert!((curve(WARMEST) - 1.0).abs() < 1e-12);
        assert!((curve(23.999) - curve(0.0)).abs() < 1e-3);
    }
}
